/* The steps of kernels that are one vector times a matrix: fully connected layers of one row, and
 * convolutions of images of one element (program.h). They last as long as reading the matrix. */
#define _GNU_SOURCE
#include <stddef.h>

#include "program.h"

/* Can rows and the vector be loaded 16 bytes at once? */
static bool has_packs(const hax_program *program, const hax_cuda_dense *dense)
{
    const hax_cuda_place list = { 1, { (unsigned) dense->depth }, { 1 } };
    return dense->depth % (16 / (int) program->device->element_bytes) == 0 &&
           hax_cuda_is_aligned(program, &dense->in, &list);
}

static hax_cuda_dense_args args_of(const hax_program *program, const hax_cuda_dense *dense)
{
    unsigned wide = 16 / (unsigned) program->device->element_bytes;
    return (hax_cuda_dense_args){ .outputs = (unsigned) dense->outputs,
                                  .depth = (unsigned) dense->depth,
                                  .packs = has_packs(program, dense)
                                               ? (unsigned) dense->depth / wide
                                               : 0,
                                  .out_step = dense->out_step,
                                  .curve = hax_cuda_curve_of(&dense->activation) };
}

hax_status hax_cuda_emit_dense(hax_program *program, int kernel, const hax_cuda_dense *dense,
                               hax_error *err)
{
    const hax_cuda_dense_args args = args_of(program, dense);
    const hax_cuda_operand operands[] = { dense->out, dense->in,
                                          hax_cuda_operand_fixed(dense->weights),
                                          hax_cuda_operand_fixed(dense->bias) };
    const unsigned pointers[] = { offsetof(hax_cuda_dense_args, out),
                                  offsetof(hax_cuda_dense_args, in),
                                  offsetof(hax_cuda_dense_args, weights),
                                  offsetof(hax_cuda_dense_args, bias) };
    hax_cuda_take_note(program, kernel, "own vector kernel", false);
    return hax_cuda_launch(program, kernel, "dense", true, hax_cuda_blocks(32 * args.outputs),
                           &args, sizeof args, 4, operands, pointers, err);
}

typedef struct timed_dense {
    const hax_program *program;
    CUfunction function;
    hax_cuda_dense_args args;
} timed_dense;

static bool enqueue(void *context)
{
    timed_dense *timed = context;
    void *parameters[] = { &timed->args };
    return timed->program->device->api.cuLaunchKernel(
               timed->function, hax_cuda_blocks(32 * timed->args.outputs), 1, 1, HAX_CUDA_BLOCK, 1,
               1, 0, timed->program->unit->stream, parameters, NULL) == CUDA_SUCCESS;
}

hax_status hax_cuda_time_dense(hax_program *program, const hax_cuda_dense *dense, double *us,
                               hax_error *err)
{
    timed_dense timed = { program, NULL, args_of(program, dense) };
    size_t bytes = program->device->element_bytes;
    size_t in = (size_t) dense->depth * bytes, out = (size_t) dense->outputs * bytes;
    HAX_TRY(hax_cuda_function(program->device, "dense", true, &timed.function, err));
    HAX_TRY(hax_cuda_scratch(program->device, program->unit, (in + 255) / 256 * 256,
                             out * (size_t) dense->out_step, err));
    timed.args.in = (const void *) (uintptr_t) program->unit->numbers;
    timed.args.out = (void *) (uintptr_t) program->unit->results;
    timed.args.weights = (const void *) (uintptr_t) dense->weights;
    timed.args.bias = (const void *) (uintptr_t) dense->bias;
    *us = hax_cuda_time_beside_us(program->device, program->unit, enqueue, &timed);
    return HAX_OK;
}

/* ---- convolutions of images of one element --------------------------------------------------- */

static hax_cuda_dense vector_of(const hax_program *program, int kernel)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_cuda_image out = hax_cuda_image_of(&program->places[lowered->output]);
    return (hax_cuda_dense){
        .outputs = out.c,
        .depth = hax_cuda_image_of(&program->places[lowered->inputs[0]]).c,
        .out_step = out.c_step,
        .out = hax_cuda_operand_of(lowered->output),
        .in = hax_cuda_operand_of(lowered->inputs[0]),
        .activation = lowered->activation,
    };
}

bool hax_cuda_is_vector_convolution(const hax_program *program, int kernel)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_cuda_image in = hax_cuda_image_of(&program->places[lowered->inputs[0]]);
    const hax_cuda_image out = hax_cuda_image_of(&program->places[lowered->output]);
    return lowered->op == HAX_OP_CONVOLUTION && in.n == 1 && in.h == 1 && in.w == 1 && out.h == 1 &&
           out.w == 1 && lowered->window.kernel_h == 1 && lowered->window.kernel_w == 1 &&
           lowered->group == 1 && lowered->residual < 0 && in.c_step == 1;
}

hax_status hax_cuda_emit_vector_convolution(hax_program *program, int kernel, hax_error *err)
{
    hax_cuda_dense dense = vector_of(program, kernel);
    HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS, &dense.weights, err));
    if (hax_model_kernel(program->model, kernel)->bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &dense.bias, err));
    return hax_cuda_emit_dense(program, kernel, &dense, err);
}
