/* What a machine is: kinds and units, found on this machine, read from a document, or simulated. */
#ifndef HAX_PLATFORM_PLATFORM_H
#define HAX_PLATFORM_PLATFORM_H

#include "gpu.h"
#include "haxconn/jetson.h"
#include "platforms.h"
#include "tensorrt.h"

/* Looks at a GPU in a process of its own: one that has started CUDA cannot ask other processes
 * about it, as the fingerprint does. HAX_UNAVAILABLE says what is missing. */
hax_status hax_platform_ask_gpu(int device, hax_gpu *gpu, hax_error *err);

/* The same for TensorRT; what is missing stands in the answer. */
hax_status hax_platform_ask_tensorrt(int device, hax_tensorrt_found *found, hax_error *err);

/* The Jetson board that this is; `model` is what its device tree calls it ("" if it has none), also
 * where the board is not known and HAX_UNAVAILABLE says so. */
hax_status hax_platform_this_board(const hax_jetson_board **board, char *model, size_t size,
                                   hax_error *err);

#endif
