/* TensorRT and the GPU that it runs on, as found on this machine. Plain data. */
#ifndef HAX_DRIVER_TENSORRT_H
#define HAX_DRIVER_TENSORRT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

typedef struct hax_tensorrt_found {
    int version;   /* major * 10000 + minor * 100 + patch; 0: it is not here */
    int headers;   /* that haxconn's part was compiled against; 0: that part is missing */
    int dla_cores; /* as TensorRT counts them */
    char why[512]; /* what is missing, and what to do about it; "": nothing */
    int device;
    char gpu[64];
    int sms;
    int capability;  /* 87: 8.7 */
    bool integrated; /* shares the processor's memory */
    size_t bytes;
    int cuda; /* that the driver offers, 12060: 12.6; 0: no GPU is found */
} hax_tensorrt_found;

/*
 * Looks with the module, in a process that may be changed by it (hax_ask_in_child). What is missing
 * stands in the answer's `why`; HAX_UNAVAILABLE where the module itself is.
 */
hax_status hax_tensorrt_look_at(int device, hax_tensorrt_found *found, hax_error *err);

#endif
