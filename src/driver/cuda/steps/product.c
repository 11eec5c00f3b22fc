/*
 * Products of matrices by cuBLASLt, of its proposals the fastest on the unit's own SMs; by an own
 * kernel where it is not here, or where matrices lie as it does not take them.
 *
 * cuBLASLt counts by columns: a matrix of ours, by rows, is its transposed one there. So out =
 * a b is asked for as out' = b' a'.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* out[rows][columns] = a[rows][depth] b[depth][columns], `batches` times. */
typedef struct product {
    int rows, columns, depth, batches;
    bool transpose_a, transpose_b;           /* as they lie in memory */
    int64_t a_step, b_step, out_step;        /* from batch to batch */
    hax_cuda_operand out, a, b, bias, added; /* bias: of columns; added: like out */
    bool has_bias, has_added, relu;
} product;

void hax_cuda_product_free(const hax_cuda_api *api, hax_cuda_product *product)
{
    if (!product)
        return;
    if (product->operation)
        api->cublasLtMatmulDescDestroy(product->operation);
    if (product->a)
        api->cublasLtMatrixLayoutDestroy(product->a);
    if (product->b)
        api->cublasLtMatrixLayoutDestroy(product->b);
    if (product->out)
        api->cublasLtMatrixLayoutDestroy(product->out);
    free(product);
}

/* ---- cuBLASLt's descriptors ---------------------------------------------------------------- */

static bool set_operation(const hax_cuda_api *api, cublasLtMatmulDesc_t operation,
                          cublasLtMatmulDescAttributes_t name, const void *value, size_t size)
{
    return api->cublasLtMatmulDescSetAttribute(operation, name, value, size) ==
           CUBLAS_STATUS_SUCCESS;
}

static bool make_operation(const hax_program *program, const product *wanted,
                           hax_cuda_product *product)
{
    static const cublasComputeType_t types[] = { [HAX_CUDA_F32] = CUBLAS_COMPUTE_32F_PEDANTIC,
                                                 [HAX_CUDA_TF32] = CUBLAS_COMPUTE_32F_FAST_TF32,
                                                 [HAX_CUDA_F16] = CUBLAS_COMPUTE_32F };
    const hax_cuda_api *api = &program->device->api;
    cublasOperation_t first = wanted->transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasOperation_t second = wanted->transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasLtEpilogue_t epilogue = wanted->has_bias && wanted->relu ? CUBLASLT_EPILOGUE_RELU_BIAS
                                  : wanted->has_bias               ? CUBLASLT_EPILOGUE_BIAS
                                  : wanted->relu                   ? CUBLASLT_EPILOGUE_RELU
                                                                   : CUBLASLT_EPILOGUE_DEFAULT;
    int32_t sms = program->unit->sms;
    if (api->cublasLtMatmulDescCreate(&product->operation, types[program->device->precision],
                                      CUDA_R_32F) != CUBLAS_STATUS_SUCCESS)
        return false;
    bool ok =
        set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first) &&
        set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_TRANSB, &second,
                      sizeof second) &&
        set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
                      sizeof epilogue) &&
        set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET, &sms,
                      sizeof sms);
    if (ok && wanted->has_bias)
        ok = set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                           &wanted->bias.fixed, sizeof wanted->bias.fixed);
    return ok;
}

static cublasLtMatrixLayout_t make_layout(const hax_program *program, int rows, int columns,
                                          int batches, int64_t step)
{
    const hax_cuda_api *api = &program->device->api;
    cudaDataType_t type = program->device->precision == HAX_CUDA_F16 ? CUDA_R_16F : CUDA_R_32F;
    cublasLtMatrixLayout_t made = NULL;
    int32_t count = batches;
    if (api->cublasLtMatrixLayoutCreate(&made, type, (uint64_t) rows, (uint64_t) columns, rows) !=
        CUBLAS_STATUS_SUCCESS)
        return NULL;
    if (batches > 1 &&
        (api->cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count,
                                               sizeof count) != CUBLAS_STATUS_SUCCESS ||
         api->cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                               &step, sizeof step) != CUBLAS_STATUS_SUCCESS)) {
        api->cublasLtMatrixLayoutDestroy(made);
        return NULL;
    }
    return made;
}

static bool make_descriptors(const hax_program *program, const product *wanted,
                             hax_cuda_product *product)
{
    int b_rows = wanted->transpose_b ? wanted->depth : wanted->columns;
    int b_columns = wanted->transpose_b ? wanted->columns : wanted->depth;
    int a_rows = wanted->transpose_a ? wanted->rows : wanted->depth;
    int a_columns = wanted->transpose_a ? wanted->depth : wanted->rows;
    if (!make_operation(program, wanted, product))
        return false;
    product->a = make_layout(program, b_rows, b_columns, wanted->batches, wanted->b_step);
    product->b = make_layout(program, a_rows, a_columns, wanted->batches, wanted->a_step);
    product->out =
        make_layout(program, wanted->columns, wanted->rows, wanted->batches, wanted->out_step);
    return product->a && product->b && product->out;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool enqueue(const hax_cuda_api *api, const hax_cuda_unit *unit,
                    const hax_cuda_product *product, const CUdeviceptr *addresses)
{
    void *out = (void *) (uintptr_t) addresses[OPERAND_OUT];
    const void *added = (const void *) (uintptr_t) addresses[OPERAND_RESIDUAL];
    return api->cublasLtMatmul(unit->cublas, product->operation, &product->alpha,
                               (const void *) (uintptr_t) addresses[OPERAND_WEIGHTS], product->a,
                               (const void *) (uintptr_t) addresses[OPERAND_IN], product->b,
                               &product->beta, added ? added : out, product->out, out, product->out,
                               &product->algorithm, (void *) (uintptr_t) unit->workspace,
                               unit->workspace_bytes, unit->stream) == CUBLAS_STATUS_SUCCESS;
}

typedef struct timed_product {
    const hax_cuda_api *api;
    const hax_cuda_unit *unit;
    const hax_cuda_product *product;
    const CUdeviceptr *addresses;
} timed_product;

static bool enqueue_timed(void *context)
{
    const timed_product *timed = context;
    return enqueue(timed->api, timed->unit, timed->product, timed->addresses);
}

enum { PROPOSALS = 8 };

static int propose(const hax_program *program, const hax_cuda_product *product,
                   cublasLtMatmulHeuristicResult_t *proposals)
{
    const hax_cuda_api *api = &program->device->api;
    const hax_cuda_unit *unit = program->unit;
    cublasLtMatmulPreference_t preference;
    int found = 0;
    if (api->cublasLtMatmulPreferenceCreate(&preference) != CUBLAS_STATUS_SUCCESS)
        return 0;
    if (api->cublasLtMatmulPreferenceSetAttribute(
            preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &unit->workspace_bytes,
            sizeof unit->workspace_bytes) != CUBLAS_STATUS_SUCCESS ||
        api->cublasLtMatmulAlgoGetHeuristic(unit->cublas, product->operation, product->a,
                                            product->b, product->out, product->out, preference,
                                            PROPOSALS, proposals, &found) != CUBLAS_STATUS_SUCCESS)
        found = 0;
    api->cublasLtMatmulPreferenceDestroy(preference);
    return found;
}

/* Bytes between the first batch's begin and the last one's end. */
static size_t span(const hax_program *program, int64_t size, int64_t step, int batches)
{
    size_t elements = (size_t) (size + step * (batches - 1));
    return (elements * program->device->element_bytes + 255) / 256 * 256;
}

static hax_status choose(hax_program *program, const product *wanted, hax_cuda_product *product,
                         double *best_us, hax_error *err)
{
    cublasLtMatmulHeuristicResult_t proposals[PROPOSALS];
    int count = propose(program, product, proposals);
    size_t a =
        span(program, (int64_t) wanted->rows * wanted->depth, wanted->a_step, wanted->batches);
    size_t b =
        span(program, (int64_t) wanted->columns * wanted->depth, wanted->b_step, wanted->batches);
    size_t out =
        span(program, (int64_t) wanted->rows * wanted->columns, wanted->out_step, wanted->batches);
    HAX_TRY(hax_cuda_scratch(program->device, program->unit, a + b + out, out, err));
    CUdeviceptr numbers = program->unit->numbers;
    const CUdeviceptr addresses[] = { [OPERAND_OUT] = program->unit->results,
                                      [OPERAND_IN] = numbers,
                                      [OPERAND_WEIGHTS] = numbers + a,
                                      [OPERAND_BIAS] = 0,
                                      [OPERAND_RESIDUAL] =
                                          wanted->has_added ? numbers + a + b : 0 };
    cublasLtMatmulAlgo_t best;
    *best_us = -1;
    for (int p = 0; p < count; p++) {
        product->algorithm = proposals[p].algo;
        timed_product timed = { &program->device->api, program->unit, product, addresses };
        double us = hax_cuda_time_us(timed.api, timed.unit, enqueue_timed, &timed);
        if (us >= 0 && (*best_us < 0 || us < *best_us)) {
            *best_us = us;
            best = proposals[p].algo;
        }
        hax_cuda_beat(program);
    }
    if (*best_us >= 0)
        product->algorithm = best;
    return HAX_OK;
}

/* *done false: cuBLASLt is not here, or does not take it. */
static hax_status emit_by_library(hax_program *program, int kernel, const product *wanted,
                                  bool *done, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    char note[48];
    double us = -1;
    *done = false;
    if (!api->cublas)
        return HAX_OK;
    hax_cuda_product *product = calloc(1, sizeof *product);
    if (!product)
        return hax_fail_memory(err, "a product");
    product->alpha = 1;
    product->beta = wanted->has_added ? 1 : 0;
    hax_status status = HAX_OK;
    if (make_descriptors(program, wanted, product))
        status = choose(program, wanted, product, &us, err);
    hax_cuda_step *step = status == HAX_OK && us >= 0 ? hax_cuda_step_new(program, kernel) : NULL;
    if (!step) {
        hax_cuda_product_free(api, product);
        return status == HAX_OK && us >= 0 ? hax_fail_memory(err, "a program") : status;
    }
    step->product = product;
    step->operand_count = OPERAND_RESIDUAL + 1;
    step->operands[OPERAND_OUT] = wanted->out;
    step->operands[OPERAND_IN] = wanted->a;
    step->operands[OPERAND_WEIGHTS] = wanted->b;
    step->operands[OPERAND_BIAS] = hax_cuda_operand_fixed(0);
    step->operands[OPERAND_RESIDUAL] =
        wanted->has_added ? wanted->added : hax_cuda_operand_fixed(0);
    snprintf(note, sizeof note, "cuBLASLt (%.1f us)", us);
    hax_cuda_take_note(program, kernel, note, false);
    *done = true;
    return HAX_OK;
}

hax_status hax_cuda_run_product(const hax_program *program, const hax_cuda_step *step,
                                const CUdeviceptr *addresses, hax_error *err)
{
    if (enqueue(&program->device->api, program->unit, step->product, addresses))
        return HAX_OK;
    return hax_fail(err, HAX_FAILURE, "cuBLASLt does not run its product of layer '%.100s'",
                    hax_cuda_kernel_name(program, step->kernel));
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

hax_status hax_cuda_emit_inner_product(hax_program *program, int kernel, hax_error *err)
{
    const hax_kernel *lowered = kernel_of(program, kernel);
    const hax_model *model = program->model;
    int outputs = lowered->channels_out;
    int rows = (int) (hax_model_tensor(model, lowered->output)->bytes / sizeof(float)) / outputs;
    int inputs = (int) (hax_model_tensor(model, lowered->inputs[0])->bytes / sizeof(float)) / rows;
    bool last = program->channels_last[lowered->inputs[0]], ordered = !last || lowered->axis <= 1;
    bool relu = lowered->activation.curve == HAX_CURVE_RELU && lowered->activation.alpha == 0;
    bool done = false;
    product wanted = { .rows = rows,
                       .columns = outputs,
                       .depth = inputs,
                       .batches = 1,
                       .transpose_b = true,
                       .out = hax_cuda_operand_of(lowered->output),
                       .a = hax_cuda_operand_of(lowered->inputs[0]),
                       .has_bias = lowered->bias,
                       .has_added = lowered->residual >= 0,
                       .relu = relu && lowered->residual < 0 };
    wanted.b.storage = wanted.bias.storage = -1;
    if (ordered && last)
        HAX_TRY(hax_cuda_weights_ordered(program, kernel, &wanted.b.fixed, err));
    else
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_WEIGHTS, &wanted.b.fixed, err));
    if (lowered->bias)
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS, &wanted.bias.fixed, err));
    if (lowered->residual >= 0)
        wanted.added = hax_cuda_operand_of(lowered->residual);
    if (ordered)
        HAX_TRY(emit_by_library(program, kernel, &wanted, &done, err));
    if (!done)
        return emit_rows(program, kernel, ordered, wanted.b, rows, inputs, err);
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
                         const hax_cuda_place *out, product *wanted)
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
    product wanted = { .rows = (int) out.dims[out.rank - 2],
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
