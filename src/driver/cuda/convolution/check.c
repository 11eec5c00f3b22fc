/*
 * Convolutions held against an own kernel (check.h), once for each plan that is chosen: plans that
 * a library proposes for the whole GPU were seen to compute other numbers on a part of it.
 */
#define _GNU_SOURCE
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "half.h"

double hax_cuda_tolerance(hax_cuda_precision precision)
{
    /* f16 and tf32 round operands to 2^-11, and f16 what lies between the parts of a graph */
    return precision == HAX_CUDA_F32 ? 1e-4 : 1e-2;
}

static hax_cuda_window_args args_of(const hax_cuda_convolution *convolution,
                                    const hax_cuda_check *check)
{
    hax_cuda_window_args args = {
        .out = (void *) (uintptr_t) check->wanted,
        .in = (const void *) (uintptr_t) check->in,
        .weights = (const void *) (uintptr_t) check->weights,
        .bias = (const void *) (uintptr_t) check->bias,
        .residual = (const void *) (uintptr_t) check->residual,
        .count = (unsigned) (convolution->out.n * convolution->out.c * convolution->out.h *
                             convolution->out.w),
        .n_step_in = convolution->in.n_step,
        .c_step_in = convolution->in.c_step,
        .h_step_in = convolution->in.h_step,
        .w_step_in = convolution->in.w_step,
        .n_step_out = convolution->out.n_step,
        .c_step_out = convolution->out.c_step,
        .h_step_out = convolution->out.h_step,
        .w_step_out = convolution->out.w_step,
        .n_step_residual = convolution->residual.n_step,
        .c_step_residual = convolution->residual.c_step,
        .h_step_residual = convolution->residual.h_step,
        .w_step_residual = convolution->residual.w_step,
        .in_height = convolution->in.h,
        .in_width = convolution->in.w,
        .out_channels = (unsigned) convolution->out.c,
        .out_height = (unsigned) convolution->out.h,
        .out_width = (unsigned) convolution->out.w,
        .group_in = convolution->in.c / convolution->group,
        .group_out = convolution->out.c / convolution->group,
        .kernel_h = convolution->kernel_h,
        .kernel_w = convolution->kernel_w,
        .stride_h = convolution->stride_h,
        .stride_w = convolution->stride_w,
        .pad_top = convolution->pad_top,
        .pad_left = convolution->pad_left,
        .dilation_h = convolution->dilation_h,
        .dilation_w = convolution->dilation_w,
        .channels_last = convolution->channels_last,
        .residual_scale = 1,
        .curve = hax_cuda_curve_of(&convolution->activation),
    };
    args.c_step_weights =
        convolution->channels_last ? 1 : convolution->kernel_h * convolution->kernel_w;
    args.w_step_weights = convolution->channels_last ? args.group_in : 1;
    args.h_step_weights = args.w_step_weights * convolution->kernel_w;
    args.o_step_weights = args.group_in * convolution->kernel_h * convolution->kernel_w;
    return args;
}

hax_status hax_cuda_check_begin(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_check *check, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    hax_cuda_window_args args = args_of(convolution, check);
    void *parameters[] = { &args };
    CUfunction function;
    HAX_TRY(hax_cuda_function(program->device, "convolution", true, &function, err));
    HAX_CUDA_TRY(api, cuLaunchKernel(function, hax_cuda_blocks(args.count), 1, 1, HAX_CUDA_BLOCK, 1,
                                     1, 0, program->unit->stream, parameters, NULL));
    HAX_CUDA_TRY(api, cuStreamSynchronize(program->unit->stream));
    return HAX_OK;
}

static float value_at(const unsigned char *values, size_t index, size_t bytes)
{
    float value;
    uint16_t half;
    if (bytes == sizeof half) {
        memcpy(&half, values + index * bytes, bytes);
        return hax_float_of_half(half);
    }
    memcpy(&value, values + index * bytes, bytes);
    return value;
}

static double compare(const unsigned char *wanted, const unsigned char *got, size_t count,
                      size_t bytes)
{
    double largest = 0, apart = 0;
    for (size_t i = 0; i < count; i++) {
        double right = (double) value_at(wanted, i, bytes), is = (double) value_at(got, i, bytes);
        if (!isfinite(right) || !isfinite(is))
            return INFINITY;
        largest = fmax(largest, fabs(right));
        apart = fmax(apart, fabs(right - is));
    }
    return largest > 0 ? apart / largest : apart;
}

hax_status hax_cuda_check_apart(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_check *check, CUdeviceptr out, double *apart,
                                hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    size_t bytes = program->device->element_bytes;
    size_t count = (size_t) convolution->out.n * (size_t) convolution->out.c *
                   (size_t) convolution->out.h * (size_t) convolution->out.w;
    unsigned char *values = malloc(2 * count * bytes);
    if (!values)
        return hax_fail_memory(err, "checking a convolution");
    CUresult result = api->cuMemcpyDtoH(values, check->wanted, count * bytes);
    if (result == CUDA_SUCCESS)
        result = api->cuMemcpyDtoH(values + count * bytes, out, count * bytes);
    if (result == CUDA_SUCCESS)
        *apart = compare(values, values + count * bytes, count, bytes);
    free(values);
    return result == CUDA_SUCCESS ? HAX_OK
                                  : hax_cuda_fail(api, result, "checking a convolution", err);
}
