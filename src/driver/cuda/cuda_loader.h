/* The CUDA driver as the rest of the library sees it. */
#ifndef HAX_DRIVER_CUDA_CUDA_LOADER_H
#define HAX_DRIVER_CUDA_CUDA_LOADER_H

#include "driver.h"

extern const hax_driver hax_driver_cuda;

/* Loads the module and says what it found of GPU 0. */
void hax_cuda_probe(hax_driver_probe *probe);

#endif
