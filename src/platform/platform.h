/* What a machine is: kinds and units, found on this machine, read from a document, or simulated. */
#ifndef HAX_PLATFORM_PLATFORM_H
#define HAX_PLATFORM_PLATFORM_H

#include "gpu.h"
#include "platforms.h"

/* Looks at a GPU in a process of its own: one that has started CUDA cannot ask other processes
 * about it, as the fingerprint does. HAX_UNAVAILABLE says what is missing. */
hax_status hax_platform_ask_gpu(int device, hax_gpu *gpu, hax_error *err);

#endif
