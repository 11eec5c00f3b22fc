/* What the CUDA module exports to the loader, and what the library knows of it. */
#ifndef HAX_DRIVER_CUDA_CUDA_MODULE_H
#define HAX_DRIVER_CUDA_CUDA_MODULE_H

#include "driver.h"
#include "gpu.h"
#include "haxconn/api.h"

#define HAX_CUDA_MODULE_FILE "haxconn-cuda.so"
#define HAX_CUDA_MODULE_DRIVER "hax_cuda_module_driver"
#define HAX_CUDA_MODULE_LOOK "hax_cuda_module_look"

typedef const hax_driver *hax_cuda_module_driver_function(void);
typedef hax_status hax_cuda_module_look_function(int device, hax_gpu *gpu, hax_error *err);

HAX_API hax_cuda_module_driver_function hax_cuda_module_driver;
HAX_API hax_cuda_module_look_function hax_cuda_module_look;

#endif
