/* The platform of a GPU. */
#ifndef HAX_PLATFORM_GPU_PLATFORM_H
#define HAX_PLATFORM_GPU_PLATFORM_H

#include "platforms.h"

/*
 * The units of a GPU: the whole, and parts of its SMs. `options` is what stands behind "gpu" in a
 * platform's name: "", or words with a comma before each: a precision ("f16", "tf32", "f32"), and
 * partitions ("100+32").
 */
hax_status hax_platform_gpu(hax_platform_builder *maker, const char *options, hax_error *err);

#endif
