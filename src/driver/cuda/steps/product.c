/*
 * Products of matrices: by cuBLASLt, by an own kernel where one is a vector, and by plain loops
 * where cuBLASLt is not here or matrices lie as it does not take them.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "library_product.h"

/* *done false: cuBLASLt is not here, or does not take it. */
static hax_status emit_by_library(hax_program *program, int kernel, const hax_cuda_factors *wanted,
                                  bool *done, hax_error *err)
{
    hax_cuda_product *product;
    double us;
    HAX_TRY(hax_cuda_product_choose(program, wanted, &product, &us, err));
    *done = product != NULL;
    return product ? hax_cuda_emit_chosen(program, kernel, wanted, product, us, err) : HAX_OK;
}

/* ---- own kernel ------------------------------------------------------------------------------ */

static hax_status emit_loops(hax_program *program, int kernel, hax_cuda_product_args *args,
                             hax_cuda_operand out, hax_cuda_operand a, hax_cuda_operand b,
                             hax_cuda_operand added, hax_error *err)
{
    const hax_cuda_operand operands[] = { out, a, b, added };
    const unsigned pointers[] = { offsetof(hax_cuda_product_args, out),
                                  offsetof(hax_cuda_product_args, a),
                                  offsetof(hax_cuda_product_args, b),
                                  offsetof(hax_cuda_product_args, added) };
    args->count = 1;
    for (int d = 0; d < args->to.rank; d++)
        args->count *= args->to.dims[d];
    return hax_cuda_launch(program, kernel, "product", true, hax_cuda_blocks(32 * args->count),
                           args, sizeof *args, 4, operands, pointers, err);
}

/* ---- fully connected ------------------------------------------------------------------------- */

static const hax_kernel *kernel_of(const hax_program *program, int kernel)
{
    return hax_model_kernel(program->model, kernel);
}

/* The activation, bias and residual that the product itself has not done. */
static hax_status emit_behind(hax_program *program, int kernel, bool bias, bool residual,
                              bool activates, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    CUdeviceptr line = 0;
    if (!bias && !residual && !activates)
        return HAX_OK;
    if (bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &line, err));
    int outputs = lowered->channels_out;
    int rows =
        (int) (hax_model_tensor(program->model, lowered->output)->bytes / sizeof(float)) / outputs;
    const hax_cuda_place matrix = { 2, { (unsigned) rows, (unsigned) outputs }, { outputs, 1 } };
    const hax_cuda_place columns = { 2, { 1, (unsigned) outputs }, { 0, 1 } };
    hax_cuda_map map = { .element = HAX_CUDA_EPILOGUE,
                         .inputs = 3,
                         .out = hax_cuda_operand_of(lowered->output),
                         .in = { hax_cuda_operand_of(lowered->output), hax_cuda_operand_fixed(line),
                                 residual ? hax_cuda_operand_of(lowered->residual)
                                          : hax_cuda_operand_fixed(0) },
                         .to = &matrix,
                         .from = { &matrix, &columns, &matrix },
                         .coefficients = { 1, 1, 1 } };
    if (activates)
        map.curve = hax_cuda_curve_of(&lowered->activation);
    return hax_cuda_emit_map(program, kernel, &map, err);
}

/* Rows by plain loops: where cuBLASLt is not here, or rows do not lie together. */
static hax_status emit_rows(hax_program *program, int kernel, bool ordered,
                            hax_cuda_operand weights, int rows, int inputs, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_cuda_place *in = &program->places[lowered->inputs[0]];
    hax_cuda_product_args args = { .depth = inputs, .b_depth_step = 1, .scale = 1 };
    args.a_depth_step = ordered ? 1 : in->steps[in->rank - 1];
    if (ordered) {
        args.to = (hax_cuda_place){ 1, { (unsigned) rows }, { lowered->channels_out } };
        args.a_steps[0] = inputs;
    } else {
        for (int d = 0; d < lowered->axis; d++) {
            args.to.dims[d] = in->dims[d];
            args.a_steps[d] = in->steps[d];
        }
        args.to.rank = lowered->axis;
    }
    args.to.dims[args.to.rank] = (unsigned) lowered->channels_out;
    args.b_steps[args.to.rank++] = inputs;
    int step = 1;
    for (int d = args.to.rank - 1; d >= 0; d--) {
        args.to.steps[d] = step;
        step *= (int) args.to.dims[d];
    }
    HAX_TRY(emit_loops(program, kernel, &args, hax_cuda_operand_of(lowered->output),
                       hax_cuda_operand_of(lowered->inputs[0]), weights, hax_cuda_operand_fixed(0),
                       err));
    return emit_behind(program, kernel, lowered->bias, lowered->residual >= 0,
                       lowered->activation.curve != HAX_CURVE_NONE, err);
}

/* One row by the own kernel, if it is faster here than cuBLASLt. */
static hax_status emit_row(hax_program *program, int kernel, const hax_cuda_factors *wanted,
                           bool *done, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_product *product;
    double library_us, own_us = -1;
    hax_cuda_dense dense = { .outputs = wanted->columns,
                             .depth = wanted->depth,
                             .out_step = 1,
                             .out = wanted->out,
                             .in = wanted->a,
                             .weights = wanted->b.fixed,
                             .activation = lowered->activation };
    if (wanted->has_bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &dense.bias, err));
    *done = false;
    if (wanted->rows != 1 || wanted->has_added)
        return HAX_OK;
    HAX_TRY(hax_cuda_time_dense(program, &dense, &own_us, err));
    HAX_TRY(hax_cuda_product_choose(program, wanted, &product, &library_us, err));
    hax_cuda_product_free(&program->device->api, product);
    *done = own_us >= 0 && (library_us < 0 || own_us < library_us);
    return *done ? hax_cuda_emit_dense(program, kernel, &dense, err) : HAX_OK;
}

static hax_status describe_rows(hax_program *program, int kernel, bool ordered,
                                hax_cuda_factors *wanted, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_model *model = program->model;
    int outputs = lowered->channels_out, in = lowered->inputs[0];
    int rows = (int) (hax_model_tensor(model, lowered->output)->bytes / sizeof(float)) / outputs;
    int inputs = (int) (hax_model_tensor(model, in)->bytes / sizeof(float)) / rows;
    bool relu = lowered->activation.curve == HAX_CURVE_RELU && lowered->activation.alpha == 0;
    *wanted = (hax_cuda_factors){ .rows = rows,
                                  .columns = outputs,
                                  .depth = inputs,
                                  .batches = 1,
                                  .transpose_b = true,
                                  .out = hax_cuda_operand_of(lowered->output),
                                  .a = hax_cuda_operand_of(in),
                                  .has_bias = lowered->bias,
                                  .has_added = lowered->residual >= 0,
                                  .relu = relu && lowered->residual < 0 };
    wanted->b.storage = wanted->bias.storage = -1;
    if (ordered && program->channels_last[in])
        HAX_TRY(hax_cuda_weights_ordered(program, kernel, &wanted->b.fixed, err));
    else
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS, &wanted->b.fixed, err));
    if (lowered->bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS, &wanted->bias.fixed, err));
    if (lowered->residual >= 0)
        wanted->added = hax_cuda_operand_of(lowered->residual);
    return HAX_OK;
}

hax_status hax_cuda_emit_inner_product(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    bool ordered = !program->channels_last[lowered->inputs[0]] || lowered->axis <= 1;
    bool done = false;
    hax_cuda_factors wanted;
    HAX_TRY(describe_rows(program, kernel, ordered, &wanted, err));
    if (ordered)
        HAX_TRY(emit_row(program, kernel, &wanted, &done, err));
    if (done)
        return HAX_OK;
    if (ordered)
        HAX_TRY(emit_by_library(program, kernel, &wanted, &done, err));
    if (!done)
        return emit_rows(program, kernel, ordered, wanted.b, wanted.rows, wanted.depth, err);
    bool activates = lowered->activation.curve != HAX_CURVE_NONE && !wanted.relu;
    return emit_behind(program, kernel, false, false, activates, err);
}

/* ---- two computed matrices ------------------------------------------------------------------- */

/* A factor as a matrix: a list is a row, or a column at the right. */
static hax_cuda_place matrix_of(const hax_program *program, int tensor, bool right)
{
    hax_cuda_place place = program->places[tensor];
    if (place.rank != 1)
        return place;
    hax_cuda_place list = place;
    list.rank = 2;
    list.dims[0] = right ? place.dims[0] : 1;
    list.dims[1] = right ? 1 : place.dims[0];
    list.steps[0] = right ? 1 : (int) place.dims[0];
    list.steps[1] = 1;
    return list;
}

static bool is_dense(const hax_cuda_place *place)
{
    int step = 1;
    for (int d = place->rank - 1; d >= 0; d--) {
        if (place->dims[d] != 1 && place->steps[d] != step)
            return false;
        step *= (int) place->dims[d];
    }
    return true;
}

/* The output as a matrix for each batch: lists among the factors leave its dimensions out. */
static hax_cuda_place output_matrix(const hax_cuda_place *a, const hax_cuda_place *b,
                                    const hax_kernel *kernel)
{
    hax_cuda_place place = { .rank = a->rank > b->rank ? a->rank : b->rank };
    for (int d = 0; d < place.rank - 2; d++) {
        int in_a = d - (place.rank - a->rank), in_b = d - (place.rank - b->rank);
        unsigned from_a = in_a >= 0 ? a->dims[in_a] : 1, from_b = in_b >= 0 ? b->dims[in_b] : 1;
        place.dims[d] = from_a > from_b ? from_a : from_b;
    }
    place.dims[place.rank - 2] = a->dims[a->rank - (kernel->transpose_a ? 1 : 2)];
    place.dims[place.rank - 1] = b->dims[b->rank - (kernel->transpose_b ? 2 : 1)];
    int step = 1;
    for (int d = place.rank - 1; d >= 0; d--) {
        place.steps[d] = step;
        step *= (int) place.dims[d];
    }
    return place;
}

/* Steps of a factor over the batches of the output; its own last two dimensions are left out. */
static void batch_steps(const hax_cuda_place *factor, const hax_cuda_place *out, int *steps)
{
    hax_cuda_place own = *factor, batches = *out;
    own.rank -= 2;
    batches.rank -= 2;
    hax_cuda_broadcast(&own, &batches, steps);
}

static hax_status emit_product_loops(hax_program *program, int kernel, const hax_cuda_place *a,
                                     const hax_cuda_place *b, const hax_cuda_place *out,
                                     hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    int row = out->rank - 2, column = out->rank - 1;
    int a_row = a->steps[a->rank - 2], a_column = a->steps[a->rank - 1];
    int b_row = b->steps[b->rank - 2], b_column = b->steps[b->rank - 1];
    hax_cuda_product_args args = { .to = *out,
                                   .scale = lowered->product_scale,
                                   .added_scale = lowered->added_scale,
                                   .curve = hax_cuda_curve_of(&lowered->activation) };
    args.depth = (int) a->dims[a->rank - (lowered->transpose_a ? 2 : 1)];
    batch_steps(a, out, args.a_steps);
    batch_steps(b, out, args.b_steps);
    args.a_steps[row] = lowered->transpose_a ? a_column : a_row;
    args.a_depth_step = lowered->transpose_a ? a_row : a_column;
    args.b_steps[column] = lowered->transpose_b ? b_row : b_column;
    args.b_depth_step = lowered->transpose_b ? b_column : b_row;
    hax_cuda_operand added = hax_cuda_operand_fixed(0);
    if (lowered->input_count > 2) {
        hax_cuda_broadcast(&program->places[lowered->inputs[2]], out, args.added_steps);
        added = hax_cuda_operand_of(lowered->inputs[2]);
    }
    return emit_loops(program, kernel, &args, hax_cuda_operand_of(lowered->output),
                      hax_cuda_operand_of(lowered->inputs[0]),
                      hax_cuda_operand_of(lowered->inputs[1]), added, err);
}

/* Batches that one step leads through, in both factors; false: there are several dimensions. */
static bool find_batches(const hax_cuda_place *a, const hax_cuda_place *b,
                         const hax_cuda_place *out, hax_cuda_factors *wanted)
{
    int steps[3][HAX_CUDA_RANK] = { { 0 } };
    memcpy(steps[0], out->steps, sizeof steps[0]);
    batch_steps(a, out, steps[1]);
    batch_steps(b, out, steps[2]);
    hax_cuda_loop loop =
        hax_cuda_loop_make(out->rank - 2, out->dims, 3, (const int(*)[HAX_CUDA_RANK]) steps);
    wanted->batches = (int) loop.count;
    wanted->out_step = loop.steps[0][0];
    wanted->a_step = loop.steps[1][0];
    wanted->b_step = loop.steps[2][0];
    return loop.rank == 1;
}

hax_status hax_cuda_emit_product(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    hax_cuda_place a = matrix_of(program, lowered->inputs[0], false);
    hax_cuda_place b = matrix_of(program, lowered->inputs[1], true);
    hax_cuda_place out = output_matrix(&a, &b, lowered);
    bool done = false, own_order = !program->channels_last[lowered->output];
    if (!own_order) /* images of computed matrices: as they lie, of the same rank */
        memcpy(out.steps, program->places[lowered->output].steps, sizeof out.steps);
    hax_cuda_factors wanted = { .rows = (int) out.dims[out.rank - 2],
                                .columns = (int) out.dims[out.rank - 1],
                                .depth = (int) a.dims[a.rank - (lowered->transpose_a ? 2 : 1)],
                                .transpose_a = lowered->transpose_a,
                                .transpose_b = lowered->transpose_b,
                                .out = hax_cuda_operand_of(lowered->output),
                                .a = hax_cuda_operand_of(lowered->inputs[0]),
                                .b = hax_cuda_operand_of(lowered->inputs[1]) };
    bool fits = own_order && is_dense(&a) && is_dense(&b) && lowered->input_count == 2 &&
                lowered->product_scale == 1 && find_batches(&a, &b, &out, &wanted);
    if (fits)
        HAX_TRY(emit_by_library(program, kernel, &wanted, &done, err));
    if (!done)
        return emit_product_loops(program, kernel, &a, &b, &out, err);
    if (lowered->activation.curve == HAX_CURVE_NONE)
        return HAX_OK;
    return hax_cuda_emit_curve(program, kernel, wanted.out, &program->places[lowered->output],
                               &lowered->activation, err);
}
