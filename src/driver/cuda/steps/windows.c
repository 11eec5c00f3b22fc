/* Kernels whose windows pass over images: pooling, LRN, resizing, convolutions (program.h). */
#define _GNU_SOURCE
#include <stddef.h>

#include "program.h"

static const hax_kernel *kernel_of(const hax_program *program, int kernel)
{
    return hax_model_kernel(program->model, kernel);
}

static hax_cuda_window_args window_of(const hax_program *program, const hax_kernel *kernel)
{
    const hax_window *window = &kernel->window;
    hax_cuda_image in = hax_cuda_image_of(&program->places[kernel->inputs[0]]);
    hax_cuda_image out = hax_cuda_image_of(&program->places[kernel->output]);
    hax_cuda_window_args args = {
        .count = (unsigned) (out.n * out.c * out.h * out.w),
        .n_step_in = in.n_step,
        .c_step_in = in.c_step,
        .h_step_in = in.h_step,
        .w_step_in = in.w_step,
        .n_step_out = out.n_step,
        .c_step_out = out.c_step,
        .h_step_out = out.h_step,
        .w_step_out = out.w_step,
        .in_height = in.h,
        .in_width = in.w,
        .out_channels = (unsigned) out.c,
        .out_height = (unsigned) out.h,
        .out_width = (unsigned) out.w,
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .stride_h = window->stride_h,
        .stride_w = window->stride_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .dilation_h = window->dilation_h,
        .dilation_w = window->dilation_w,
        .counted_bottom = kernel->counted_bottom,
        .counted_right = kernel->counted_right,
        .pool = (int) kernel->pool,
        .channels_last = program->channels_last[kernel->output],
        .curve = hax_cuda_curve_of(&kernel->activation),
    };
    return args;
}

/* Is it the mean of whole planes? */
static bool is_mean_of_planes(const hax_kernel *kernel, const hax_cuda_window_args *args)
{
    const hax_window *window = &kernel->window;
    return kernel->pool != HAX_POOL_MAX && args->out_height == 1 && args->out_width == 1 &&
           window->kernel_h == args->in_height && window->kernel_w == args->in_width &&
           window->pad_top == 0 && window->pad_left == 0 && window->dilation_h == 1 &&
           window->dilation_w == 1;
}

/* Channels that one thread takes at once, 16 bytes of them; 1 where they do not lie so. */
static int channels_at_once(const hax_program *program, const hax_kernel *kernel,
                            const hax_cuda_window_args *args)
{
    const hax_cuda_operand in = hax_cuda_operand_of(kernel->inputs[0]);
    const hax_cuda_operand out = hax_cuda_operand_of(kernel->output);
    int wide = 16 / (int) program->device->element_bytes;
    bool fits = args->channels_last && (int) args->out_channels % wide == 0 &&
                hax_cuda_is_aligned(program, &in, &program->places[kernel->inputs[0]]) &&
                hax_cuda_is_aligned(program, &out, &program->places[kernel->output]);
    return fits ? wide : 1;
}

hax_status hax_cuda_emit_pool(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_window_args args = window_of(program, lowered);
    const hax_cuda_operand operands[] = { hax_cuda_operand_of(lowered->output),
                                          hax_cuda_operand_of(lowered->inputs[0]) };
    const unsigned pointers[] = { offsetof(hax_cuda_window_args, out),
                                  offsetof(hax_cuda_window_args, in) };
    if (is_mean_of_planes(lowered, &args))
        return hax_cuda_emit_mean_of_planes(program, kernel, err);
    int wide = channels_at_once(program, lowered, &args);
    args.count /= (unsigned) wide;
    return hax_cuda_launch(program, kernel, wide > 1 ? "pool_wide" : "pool", true,
                           hax_cuda_blocks(args.count), &args, sizeof args, 2, operands, pointers,
                           err);
}

hax_status hax_cuda_emit_loops(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_window_args args = window_of(program, lowered);
    hax_cuda_image in = hax_cuda_image_of(&program->places[lowered->inputs[0]]);
    hax_cuda_operand operands[5] = { hax_cuda_operand_of(lowered->output),
                                     hax_cuda_operand_of(lowered->inputs[0]) };
    unsigned pointers[5] = { offsetof(hax_cuda_window_args, out),
                             offsetof(hax_cuda_window_args, in),
                             offsetof(hax_cuda_window_args, weights) };
    int count = 3;
    args.group_in = in.c / lowered->group;
    args.w_step_weights = 1;
    args.h_step_weights = args.kernel_w;
    args.c_step_weights = args.kernel_w * args.kernel_h;
    args.o_step_weights = args.c_step_weights * args.group_in;
    args.group_out = (int) args.out_channels / lowered->group;
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS, &operands[2].fixed, err));
    operands[2].storage = -1;
    if (lowered->bias) {
        HAX_TRY(
            hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &operands[count].fixed, err));
        operands[count].storage = -1;
        pointers[count++] = offsetof(hax_cuda_window_args, bias);
    }
    if (lowered->residual >= 0) {
        hax_cuda_image add = hax_cuda_image_of(&program->places[lowered->residual]);
        args.n_step_residual = add.n_step;
        args.c_step_residual = add.c_step;
        args.h_step_residual = add.h_step;
        args.w_step_residual = add.w_step;
        args.residual_scale = lowered->residual_scale;
        operands[count] = hax_cuda_operand_of(lowered->residual);
        pointers[count++] = offsetof(hax_cuda_window_args, residual);
    }
    bool transposed = lowered->op == HAX_OP_DECONVOLUTION;
    hax_cuda_take_note(program, kernel, "own plain loops", true);
    return hax_cuda_launch(program, kernel, transposed ? "deconvolution" : "convolution", true,
                           hax_cuda_blocks(args.count), &args, sizeof args, count, operands,
                           pointers, err);
}

hax_status hax_cuda_emit_lrn(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_image in = hax_cuda_image_of(&program->places[lowered->inputs[0]]);
    hax_cuda_image image = hax_cuda_image_of(&program->places[lowered->output]);
    float values =
        (float) lowered->lrn_size * (lowered->lrn_within ? (float) lowered->lrn_size : 1);
    hax_cuda_lrn_args args = {
        .count = (unsigned) (image.n * image.c * image.h * image.w),
        .n_step_in = in.n_step,
        .c_step_in = in.c_step,
        .h_step_in = in.h_step,
        .w_step_in = in.w_step,
        .n_step_out = image.n_step,
        .c_step_out = image.c_step,
        .h_step_out = image.h_step,
        .w_step_out = image.w_step,
        .channels = image.c,
        .height = image.h,
        .width = image.w,
        .size = lowered->lrn_size,
        .within = lowered->lrn_within,
        .channels_last = program->channels_last[lowered->output],
        .scale = lowered->lrn_alpha / values,
        .beta = lowered->lrn_beta,
        .k = lowered->lrn_k,
    };
    const hax_cuda_operand operands[] = { hax_cuda_operand_of(lowered->output),
                                          hax_cuda_operand_of(lowered->inputs[0]) };
    const unsigned pointers[] = { offsetof(hax_cuda_lrn_args, out),
                                  offsetof(hax_cuda_lrn_args, in) };
    return hax_cuda_launch(program, kernel, "lrn", true, hax_cuda_blocks(args.count), &args,
                           sizeof args, 2, operands, pointers, err);
}

/* The lists of one resized dimension in the GPU's memory, as fixed lists 3 axis, ... */
static hax_status put_axis(hax_program *program, int kernel, int number,
                           const hax_resize_axis *axis, int extent, hax_cuda_operand *operands,
                           hax_error *err)
{
    for (int i = 0; i < 3; i++)
        operands[i].storage = -1;
    HAX_TRY(hax_cuda_list(program, kernel, 3 * number, axis->low, extent, &operands[0].fixed, err));
    HAX_TRY(hax_cuda_list(program, kernel, 3 * number + 1, axis->high, extent, &operands[1].fixed,
                          err));
    return hax_cuda_floats(program, kernel, 3 * number + 2, axis->fraction, extent,
                           &operands[2].fixed, err);
}

hax_status hax_cuda_emit_resize(hax_program *program, int kernel, hax_error *err)
{
    static const int zero;
    static const float none;
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_cuda_place *to = &program->places[lowered->output];
    hax_cuda_image in = hax_cuda_image_of(&program->places[lowered->inputs[0]]);
    hax_cuda_image out = hax_cuda_image_of(to);
    hax_resize_axis rows = { &zero, &zero, &none };
    if (to->rank == 4) {
        rows = lowered->resize[2];
    } else { /* a line: its elements lie where rows do in images */
        in.w_step = in.h_step;
        out.w = out.h;
        out.w_step = out.h_step;
        in.h_step = out.h_step = 0;
        out.h = 1;
    }
    hax_cuda_resize_args args = {
        .count = (unsigned) (out.n * out.c * out.h * out.w),
        .n_step_in = in.n_step,
        .c_step_in = in.c_step,
        .h_step_in = in.h_step,
        .w_step_in = in.w_step,
        .n_step_out = out.n_step,
        .c_step_out = out.c_step,
        .h_step_out = out.h_step,
        .w_step_out = out.w_step,
        .channels = (unsigned) out.c,
        .height = (unsigned) out.h,
        .width = (unsigned) out.w,
        .channels_last = program->channels_last[lowered->output],
    };
    hax_cuda_operand operands[8] = { hax_cuda_operand_of(lowered->output),
                                     hax_cuda_operand_of(lowered->inputs[0]) };
    const size_t rows_at = offsetof(hax_cuda_resize_args, rows);
    const size_t columns_at = offsetof(hax_cuda_resize_args, columns);
    const size_t parts[] = { offsetof(hax_cuda_axis, low), offsetof(hax_cuda_axis, high),
                             offsetof(hax_cuda_axis, fraction) };
    unsigned pointers[8] = { offsetof(hax_cuda_resize_args, out),
                             offsetof(hax_cuda_resize_args, in) };
    for (int i = 0; i < 3; i++) {
        pointers[2 + i] = (unsigned) (rows_at + parts[i]);
        pointers[5 + i] = (unsigned) (columns_at + parts[i]);
    }
    HAX_TRY(put_axis(program, kernel, 0, &rows, out.h, &operands[2], err));
    HAX_TRY(put_axis(program, kernel, 1, &lowered->resize[to->rank - 1], out.w, &operands[5], err));
    return hax_cuda_launch(program, kernel, "resize", true, hax_cuda_blocks(args.count), &args,
                           sizeof args, 8, operands, pointers, err);
}
