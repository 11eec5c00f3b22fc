/*
 * TensorRT as it is found: the shims beside the module (shim.h), one for each major version that
 * haxconn was built with, and of those the newest whose library is installed.
 */
#ifndef HAX_DRIVER_TENSORRT_LIBRARY_H
#define HAX_DRIVER_TENSORRT_LIBRARY_H

#include <limits.h>

#include "error.h"
#include "shim.h"

typedef struct hax_trt_library {
    const hax_trt_shim *shim;
    char shim_file[PATH_MAX];
    char builder_file[PATH_MAX]; /* the program that builds engines */
} hax_trt_library;

/* HAX_UNAVAILABLE says what is missing and what to do. */
hax_status hax_trt_library_open(hax_trt_library *library, hax_error *err);

/* One shim by its file, with TensorRT's libraries by their usual names. */
hax_status hax_trt_shim_open(const char *file, const hax_trt_shim **shim, hax_error *err);

#endif
