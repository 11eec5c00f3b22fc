/* What the TensorRT module exports to the loader, and what the library knows of it. */
#ifndef HAX_DRIVER_TENSORRT_MODULE_H
#define HAX_DRIVER_TENSORRT_MODULE_H

#include "driver.h"
#include "haxconn/api.h"
#include "tensorrt.h"

#define HAX_TRT_MODULE_FILE "haxconn-tensorrt.so"
#define HAX_TRT_BUILDER_FILE "haxconn-tensorrt-build"
#define HAX_TRT_MODULE_DRIVER "hax_tensorrt_module_driver"
#define HAX_TRT_MODULE_LOOK "hax_tensorrt_module_look"

/* The folder that the module lies in, where its shims and the builder are too. */
typedef const hax_driver *hax_tensorrt_module_driver_function(void);
typedef hax_status hax_tensorrt_module_look_function(int device, hax_tensorrt_found *found,
                                                     hax_error *err);

HAX_API hax_tensorrt_module_driver_function hax_tensorrt_module_driver;
HAX_API hax_tensorrt_module_look_function hax_tensorrt_module_look;

#endif
