/* Convolutions held against an own kernel. */
#ifndef HAX_DRIVER_CUDA_CHECK_H
#define HAX_DRIVER_CUDA_CHECK_H

#include "convolution.h"
#include "program.h"

/* Where a convolution's operands lie; 0: there is none. */
typedef struct hax_cuda_check {
    CUdeviceptr in, weights, bias, residual; /* bias: 32-bit floats */
    CUdeviceptr wanted;                      /* room for what is right */
} hax_cuda_check;

/* Computes what is right. */
hax_status hax_cuda_check_begin(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_check *check, hax_error *err);

/* The largest difference of `out`, in units of the largest right number; infinite where something
 * is not finite. */
hax_status hax_cuda_check_apart(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_check *check, CUdeviceptr out, double *apart,
                                hax_error *err);

/* How far another order of sums may be apart, in the precision. */
double hax_cuda_tolerance(hax_cuda_precision precision);

#endif
