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

/* How far another order of sums may be apart. */
static double tolerance_of(hax_cuda_precision precision)
{
    /* f16 and tf32 round operands to 2^-11, and f16 what lies between the parts of a graph */
    return precision == HAX_CUDA_F32 ? 1e-4 : 1e-2;
}

static hax_cuda_window_args args_of(const hax_cuda_convolution *convolution,
                                    const hax_cuda_trial *trial, CUdeviceptr bias)
{
    hax_cuda_window_args args = {
        .out = (void *) (uintptr_t) trial->wanted,
        .in = (const void *) (uintptr_t) trial->by_operand[OPERAND_IN],
        .weights = (const void *) (uintptr_t) trial->by_operand[OPERAND_WEIGHTS],
        .bias = (const void *) (uintptr_t) bias,
        .residual = (const void *) (uintptr_t) trial->by_operand[OPERAND_RESIDUAL],
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
    if (convolution->transposed) { /* inputs first; groups are told apart by the inputs alone */
        int taps = convolution->kernel_h * convolution->kernel_w;
        args.c_step_weights = args.group_out * taps;
        args.w_step_weights = convolution->channels_last ? args.group_out : 1;
        args.h_step_weights = args.w_step_weights * convolution->kernel_w;
        args.o_step_weights = convolution->channels_last ? 1 : taps;
    }
    return args;
}

/* Elements from an image's first to behind its last. */
static size_t span_of(const hax_cuda_image *image)
{
    return (size_t) (image->n - 1) * (size_t) image->n_step +
           (size_t) (image->c - 1) * (size_t) image->c_step +
           (size_t) (image->h - 1) * (size_t) image->h_step +
           (size_t) (image->w - 1) * (size_t) image->w_step + 1;
}

static size_t bytes_of(const hax_device *device, const hax_cuda_image *image)
{
    return (span_of(image) * device->element_bytes + 255) / 256 * 256;
}

static hax_status compute(const hax_program *program, const hax_cuda_trial *trial, CUdeviceptr bias,
                          hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    hax_cuda_window_args args = args_of(trial->convolution, trial, bias);
    void *parameters[] = { &args };
    CUfunction function;
    HAX_TRY(hax_cuda_function(program->device,
                              trial->convolution->transposed ? "deconvolution" : "convolution",
                              true, &function, err));
    HAX_CUDA_TRY(api, cuLaunchKernel(function, hax_cuda_blocks(args.count), 1, 1, HAX_CUDA_BLOCK, 1,
                                     1, 0, program->unit->stream, parameters, NULL));
    HAX_CUDA_TRY(api, cuStreamSynchronize(program->unit->stream));
    return HAX_OK;
}

hax_status hax_cuda_trial_begin(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_parameters *parameters, hax_cuda_trial *trial,
                                hax_error *err)
{
    hax_device *device = program->device;
    hax_cuda_unit *unit = program->unit;
    size_t in = bytes_of(device, &convolution->in), out = bytes_of(device, &convolution->out);
    size_t residual = convolution->has_residual ? bytes_of(device, &convolution->residual) : 0;
    HAX_TRY(hax_cuda_scratch(device, unit, in + residual, 2 * out, err));
    *trial = (hax_cuda_trial){
        .convolution = convolution,
        .by_operand = { [OPERAND_OUT] = unit->results,
                        [OPERAND_IN] = unit->numbers,
                        [OPERAND_WEIGHTS] = parameters->weights,
                        [OPERAND_BIAS] = convolution->bias ? parameters->bias : 0,
                        [OPERAND_RESIDUAL] = convolution->has_residual ? unit->numbers + in : 0 },
        .out_bytes = out,
        .wanted = unit->results + out,
    };
    return compute(program, trial, convolution->bias ? parameters->bias_float : 0, err);
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

static double compare(const unsigned char *wanted, const unsigned char *got,
                      const hax_cuda_image *image, size_t bytes)
{
    double largest = 0, apart = 0;
    for (int n = 0; n < image->n; n++)
        for (int y = 0; y < image->h; y++)
            for (int x = 0; x < image->w; x++)
                for (int c = 0; c < image->c; c++) {
                    size_t at =
                        (size_t) n * (size_t) image->n_step + (size_t) c * (size_t) image->c_step +
                        (size_t) y * (size_t) image->h_step + (size_t) x * (size_t) image->w_step;
                    double right = (double) value_at(wanted, at, bytes);
                    double is = (double) value_at(got, at, bytes);
                    if (!isfinite(right) || !isfinite(is))
                        return INFINITY;
                    largest = fmax(largest, fabs(right));
                    apart = fmax(apart, fabs(right - is));
                }
    return largest > 0 ? apart / largest : apart;
}

/* The largest difference, in units of the largest right number; infinite where something is not
 * finite. */
static hax_status find_apart(const hax_program *program, const hax_cuda_trial *trial, double *apart,
                             hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    size_t bytes = program->device->element_bytes;
    size_t span = span_of(&trial->convolution->out) * bytes;
    unsigned char *values = malloc(2 * span);
    if (!values)
        return hax_fail_memory(err, "checking a convolution");
    CUresult result = api->cuMemcpyDtoH(values, trial->wanted, span);
    if (result == CUDA_SUCCESS)
        result = api->cuMemcpyDtoH(values + span, trial->by_operand[OPERAND_OUT], span);
    if (result == CUDA_SUCCESS)
        *apart = compare(values, values + span, &trial->convolution->out, bytes);
    free(values);
    return result == CUDA_SUCCESS ? HAX_OK
                                  : hax_cuda_fail(api, result, "checking a convolution", err);
}

/* The output is not a number before. */
hax_status hax_cuda_trial_is_right(hax_program *program, const hax_cuda_trial *trial,
                                   bool (*enqueue)(void *), void *context, bool *right,
                                   hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    double apart = INFINITY;
    CUresult result;
    HAX_CUDA_TRY(api, cuMemsetD8(trial->by_operand[OPERAND_OUT], 0xff, trial->out_bytes));
    HAX_CUDA_TRY(api, cuStreamSynchronize(NULL));
    *right = enqueue(context);
    result = *right ? hax_cuda_await(api, program->unit->stream) : CUDA_SUCCESS;
    if (result == CUDA_ERROR_NOT_READY)
        return hax_fail(
            err, HAX_WORKER_LOST,
            "a kernel of a library's hangs in a convolution of %dx%dx%d on %d SMs; it is "
            "passed over from now on: do this again",
            trial->convolution->in.c, trial->convolution->in.h, trial->convolution->in.w,
            program->unit->sms);
    *right = *right && result == CUDA_SUCCESS;
    if (*right)
        HAX_TRY(find_apart(program, trial, &apart, err));
    *right = *right && apart <= tolerance_of(trial->convolution->precision);
    return HAX_OK;
}
