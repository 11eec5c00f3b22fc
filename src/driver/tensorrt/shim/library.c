#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tensorrt_module.h"

static const int majors[] = { 11, 10, 8 };
enum { MAJORS = sizeof majors / sizeof *majors };

/* The folder of the module that this code is in. */
static void folder_of_module(char *folder, size_t size)
{
    Dl_info info;
    folder[0] = '\0';
    if (dladdr(majors, &info) != 0 && info.dli_fname)
        snprintf(folder, size, "%s", info.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
}

/* Is the library of a version here for which no shim is? */
static int version_without_shim(const char *folder)
{
    char file[PATH_MAX];
    for (int m = 0; m < MAJORS; m++) {
        snprintf(file, sizeof file, "libnvinfer.so.%d", majors[m]);
        void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
        if (!library)
            continue;
        dlclose(library);
        snprintf(file, sizeof file, "%.3000s/haxconn-tensorrt-%d.so", folder, majors[m]);
        if (access(file, R_OK) != 0)
            return majors[m];
    }
    return 0;
}

static hax_status say_missing(const char *folder, int shims, const hax_error *last, hax_error *err)
{
    int here = version_without_shim(folder);
    if (here > 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "TensorRT %d is here, and haxconn was built without its headers: install "
                        "libnvinfer-headers-dev and libnvonnxparsers-dev, or configure with "
                        "-DHAX_TENSORRT_INCLUDE=DIR, and build haxconn again",
                        here);
    if (shims > 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "no TensorRT is here (%.300s): on a Jetson install nvidia-jetpack",
                        last->message);
    return hax_fail(err, HAX_UNAVAILABLE,
                    "no TensorRT is here (libnvinfer.so.8, .10 or .11), and haxconn was built "
                    "without its headers: on a Jetson install nvidia-jetpack, then build haxconn "
                    "again");
}

hax_status hax_trt_library_open(hax_trt_library *library, hax_error *err)
{
    char folder[PATH_MAX];
    hax_error last = { 0 };
    int shims = 0;
    folder_of_module(folder, sizeof folder);
    for (int m = 0; m < MAJORS; m++) {
        snprintf(library->shim_file, sizeof library->shim_file, "%.3000s/haxconn-tensorrt-%d.so",
                 folder, majors[m]);
        if (access(library->shim_file, R_OK) != 0)
            continue;
        shims++;
        if (hax_trt_shim_open(library->shim_file, &library->shim, &last) != HAX_OK)
            continue;
        snprintf(library->builder_file, sizeof library->builder_file, "%.3000s/%s", folder,
                 HAX_TRT_BUILDER_FILE);
        return HAX_OK;
    }
    return say_missing(folder, shims, &last, err);
}
