/* The steps of convolutions with one channel a group, where an own kernel takes them (program.h):
 * cuDNN's take three times as long on images one at a time. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>

#include "program.h"

static bool is_aligned(const hax_program *program, int tensor)
{
    const hax_cuda_operand operand = hax_cuda_operand_of(tensor);
    return hax_cuda_is_aligned(program, &operand, &program->places[tensor]);
}

bool hax_cuda_is_depthwise(const hax_program *program, int kernel)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_window *window = &lowered->window;
    const hax_cuda_place *in = &program->places[lowered->inputs[0]];
    int stride = window->stride_w, width = window->kernel_w;
    bool known = width == 7 ? stride == 1 : (width == 3 || width == 5) && stride <= 2;
    return lowered->op == HAX_OP_CONVOLUTION && known && window->stride_h == stride &&
           window->dilation_h == 1 && window->dilation_w == 1 &&
           program->channels_last[lowered->inputs[0]] && lowered->group == (int) in->dims[1] &&
           lowered->group == lowered->channels_out && is_aligned(program, lowered->inputs[0]) &&
           is_aligned(program, lowered->output) &&
           (lowered->residual < 0 || is_aligned(program, lowered->residual));
}

/* Outputs that a thread computes at once: many only where there is work for all of the unit. */
static int columns_at_once(const hax_program *program, const hax_cuda_image *out, int stride)
{
    int wide = 16 / (int) program->device->element_bytes, most = stride == 1 ? 4 : 2;
    int64_t threads = (int64_t) out->n * out->h * out->w * (out->c / wide) / most;
    return threads >= (int64_t) program->unit->sms * 2 * HAX_CUDA_BLOCK ? most : 1;
}

static hax_cuda_window_args args_of(const hax_program *program, const hax_kernel *kernel,
                                    const hax_cuda_image *out)
{
    const hax_window *window = &kernel->window;
    const hax_cuda_image in = hax_cuda_image_of(&program->places[kernel->inputs[0]]);
    int columns = columns_at_once(program, out, window->stride_w);
    int wide = 16 / (int) program->device->element_bytes;
    hax_cuda_window_args args = {
        .columns = (unsigned) ((out->w + columns - 1) / columns),
        .n_step_in = in.n_step,
        .h_step_in = in.h_step,
        .w_step_in = in.w_step,
        .n_step_out = out->n_step,
        .h_step_out = out->h_step,
        .w_step_out = out->w_step,
        .in_height = in.h,
        .in_width = in.w,
        .out_channels = (unsigned) out->c,
        .out_height = (unsigned) out->h,
        .out_width = (unsigned) out->w,
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .residual_scale = kernel->residual_scale,
        .curve = hax_cuda_curve_of(&kernel->activation),
    };
    args.count = (unsigned) (out->n * out->h * (out->c / wide)) * args.columns;
    if (kernel->residual >= 0) {
        const hax_cuda_image added = hax_cuda_image_of(&program->places[kernel->residual]);
        args.n_step_residual = added.n_step;
        args.h_step_residual = added.h_step;
        args.w_step_residual = added.w_step;
    }
    return args;
}

hax_status hax_cuda_emit_depthwise(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_cuda_image out = hax_cuda_image_of(&program->places[lowered->output]);
    hax_cuda_window_args args = args_of(program, lowered, &out);
    CUdeviceptr weights, bias = 0;
    char name[32];
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS_TAPS, &weights, err));
    if (lowered->bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &bias, err));
    const hax_cuda_operand operands[] = {
        hax_cuda_operand_of(lowered->output), hax_cuda_operand_of(lowered->inputs[0]),
        hax_cuda_operand_fixed(weights), hax_cuda_operand_fixed(bias),
        lowered->residual >= 0 ? hax_cuda_operand_of(lowered->residual) : hax_cuda_operand_fixed(0)
    };
    const unsigned pointers[] = { offsetof(hax_cuda_window_args, out),
                                  offsetof(hax_cuda_window_args, in),
                                  offsetof(hax_cuda_window_args, weights),
                                  offsetof(hax_cuda_window_args, bias),
                                  offsetof(hax_cuda_window_args, residual) };
    snprintf(name, sizeof name, "depthwise%d_%d_%d", lowered->window.kernel_w,
             lowered->window.stride_w, columns_at_once(program, &out, lowered->window.stride_w));
    hax_cuda_take_note(program, kernel, "own depthwise kernel", false);
    return hax_cuda_launch(program, kernel, name, true, hax_cuda_blocks(args.count), &args,
                           sizeof args, 5, operands, pointers, err);
}
