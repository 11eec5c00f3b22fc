/* The platform of a Jetson board. */
#ifndef HAX_PLATFORM_JETSON_PLATFORM_H
#define HAX_PLATFORM_JETSON_PLATFORM_H

#include "platforms.h"

/*
 * GPU and DLA cores of the board that this is, by TensorRT. `options` is what stands behind
 * "jetson" in a platform's name: "", or words with a comma before each: a precision ("f16", the
 * usual one, "tf32", "f32"), "cores" (beside them), "build=SECONDS" (that an engine may take).
 */
hax_status hax_platform_jetson(hax_platform_builder *maker, const char *options, hax_error *err);

#endif
