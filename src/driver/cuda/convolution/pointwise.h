/*
 * Convolutions of one tap and stride 1 as products of matrices: cuBLASLt's are a fifth faster on
 * parts of a GPU where its tiles fit, and half the time in strict f32.
 */
#ifndef HAX_DRIVER_CUDA_POINTWISE_H
#define HAX_DRIVER_CUDA_POINTWISE_H

#include "check.h"

/* Microseconds of what a convolution leaves to do of a kernel. */
typedef double hax_cuda_rest_us(const hax_program *program, const hax_kernel *kernel,
                                const hax_cuda_convolution *convolution);

/*
 * Emits the product if it takes less than `us` (negative: there is nothing else), with what it
 * leaves to do; *convolution is what it computes then. *done false: it is not emitted.
 */
hax_status hax_cuda_emit_pointwise(hax_program *program, int kernel,
                                   hax_cuda_convolution *convolution,
                                   const hax_cuda_parameters *parameters, double us,
                                   hax_cuda_rest_us *rest_us, bool *done, hax_error *err);

#endif
