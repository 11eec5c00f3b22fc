/* Convolutions held against an own kernel. */
#ifndef HAX_DRIVER_CUDA_CHECK_H
#define HAX_DRIVER_CUDA_CHECK_H

#include "convolution.h"
#include "program.h"

/* Of a kernel, in the GPU's memory; 0: there is none. */
typedef struct hax_cuda_parameters {
    CUdeviceptr weights, bias, bias_float; /* bias: in the tensors' type, and as 32-bit floats */
} hax_cuda_parameters;

/* A convolution with memory of the unit's to run it on, and what is right. */
typedef struct hax_cuda_trial {
    const hax_cuda_convolution *convolution;
    CUdeviceptr by_operand[OPERAND_RESIDUAL + 1]; /* 0: there is none */
    size_t out_bytes;
    CUdeviceptr wanted;
} hax_cuda_trial;

/* Computes what is right, by plain loops. */
hax_status hax_cuda_trial_begin(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_parameters *parameters, hax_cuda_trial *trial,
                                hax_error *err);

/* Does what is enqueued, on the trial's memory, compute it too? As far as another order of sums in
 * the precision allows. HAX_WORKER_LOST: it hangs. */
hax_status hax_cuda_trial_is_right(hax_program *program, const hax_cuda_trial *trial,
                                   bool (*enqueue)(void *), void *context, bool *right,
                                   hax_error *err);

#endif
