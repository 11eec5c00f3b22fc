/* Products of matrices by cuBLASLt (library_product.h). */
#define _GNU_SOURCE
#include "library_product.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convolution.h"
#include "plan_store.h"

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
    if (product->added)
        api->cublasLtMatrixLayoutDestroy(product->added);
    free(product);
}

/* ---- cuBLASLt's descriptors ------------------------------------------------------------------ */

static bool set_operation(const hax_cuda_api *api, cublasLtMatmulDesc_t operation,
                          cublasLtMatmulDescAttributes_t name, const void *value, size_t size)
{
    return api->cublasLtMatmulDescSetAttribute(operation, name, value, size) ==
           CUBLAS_STATUS_SUCCESS;
}

static bool make_operation(const hax_program *program, const hax_cuda_factors *factors,
                           hax_cuda_product *product)
{
    static const cublasComputeType_t types[] = { [HAX_CUDA_F32] = CUBLAS_COMPUTE_32F_PEDANTIC,
                                                 [HAX_CUDA_TF32] = CUBLAS_COMPUTE_32F_FAST_TF32,
                                                 [HAX_CUDA_F16] = CUBLAS_COMPUTE_32F };
    const hax_cuda_api *api = &program->device->api;
    cublasOperation_t first = factors->transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasOperation_t second = factors->transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasLtEpilogue_t epilogue = factors->has_bias && factors->relu ? CUBLASLT_EPILOGUE_RELU_BIAS
                                  : factors->has_bias                ? CUBLASLT_EPILOGUE_BIAS
                                  : factors->relu                    ? CUBLASLT_EPILOGUE_RELU
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
    if (ok && factors->has_bias)
        ok = set_operation(api, product->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                           &factors->bias.fixed, sizeof factors->bias.fixed);
    return ok;
}

static cublasLtMatrixLayout_t make_layout(const hax_program *program, int rows, int columns,
                                          int row_step, int batches, int64_t step)
{
    const hax_cuda_api *api = &program->device->api;
    cudaDataType_t type = program->device->precision == HAX_CUDA_F16 ? CUDA_R_16F : CUDA_R_32F;
    cublasLtMatrixLayout_t made = NULL;
    int32_t count = batches;
    if (api->cublasLtMatrixLayoutCreate(&made, type, (uint64_t) rows, (uint64_t) columns,
                                        row_step > 0 ? row_step : rows) != CUBLAS_STATUS_SUCCESS)
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

static bool make_descriptors(const hax_program *program, const hax_cuda_factors *factors,
                             hax_cuda_product *product)
{
    int b_rows = factors->transpose_b ? factors->depth : factors->columns;
    int b_columns = factors->transpose_b ? factors->columns : factors->depth;
    int a_rows = factors->transpose_a ? factors->rows : factors->depth;
    int a_columns = factors->transpose_a ? factors->depth : factors->rows;
    int added_row = factors->has_added ? factors->added_row : factors->out_row;
    if (!make_operation(program, factors, product))
        return false;
    product->a =
        make_layout(program, b_rows, b_columns, factors->b_row, factors->batches, factors->b_step);
    product->b =
        make_layout(program, a_rows, a_columns, factors->a_row, factors->batches, factors->a_step);
    product->out = make_layout(program, factors->columns, factors->rows, factors->out_row,
                               factors->batches, factors->out_step);
    product->added = make_layout(program, factors->columns, factors->rows, added_row,
                                 factors->batches, factors->out_step);
    return product->a && product->b && product->out && product->added;
}

/* ---- choosing -------------------------------------------------------------------------------- */

bool hax_cuda_product_enqueue(const hax_cuda_api *api, const hax_cuda_unit *unit,
                              const hax_cuda_product *product, const CUdeviceptr *addresses)
{
    void *out = (void *) (uintptr_t) addresses[OPERAND_OUT];
    const void *added = (const void *) (uintptr_t) addresses[OPERAND_RESIDUAL];
    return api->cublasLtMatmul(unit->cublas, product->operation, &product->alpha,
                               (const void *) (uintptr_t) addresses[OPERAND_WEIGHTS], product->a,
                               (const void *) (uintptr_t) addresses[OPERAND_IN], product->b,
                               &product->beta, added ? added : out, product->added, out,
                               product->out, &product->algorithm,
                               (void *) (uintptr_t) unit->workspace, unit->workspace_bytes,
                               unit->stream) == CUBLAS_STATUS_SUCCESS;
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
    return hax_cuda_product_enqueue(timed->api, timed->unit, timed->product, timed->addresses);
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
                                            product->b, product->added, product->out, preference,
                                            PROPOSALS, proposals, &found) != CUBLAS_STATUS_SUCCESS)
        found = 0;
    api->cublasLtMatmulPreferenceDestroy(preference);
    return found;
}

/* Bytes from the first batch's begin to the last one's end. */
static size_t span(const hax_program *program, int rows, int columns, int row_step, int64_t step,
                   int batches)
{
    int64_t matrix = (int64_t) (rows - 1) * (row_step > 0 ? row_step : columns) + columns;
    size_t elements = (size_t) (matrix + step * (batches - 1));
    return (elements * program->device->element_bytes + 255) / 256 * 256;
}

/* Memory of the unit's for every operand, by OPERAND_*. */
static hax_status take_memory(hax_program *program, const hax_cuda_factors *factors,
                              CUdeviceptr *addresses, hax_error *err)
{
    bool a_turned = factors->transpose_a, b_turned = factors->transpose_b;
    size_t a = span(program, a_turned ? factors->depth : factors->rows,
                    a_turned ? factors->rows : factors->depth, factors->a_row, factors->a_step,
                    factors->batches);
    size_t b = span(program, b_turned ? factors->columns : factors->depth,
                    b_turned ? factors->depth : factors->columns, factors->b_row, factors->b_step,
                    factors->batches);
    size_t out = span(program, factors->rows, factors->columns, factors->out_row, factors->out_step,
                      factors->batches);
    size_t added = span(program, factors->rows, factors->columns, factors->added_row,
                        factors->out_step, factors->batches);
    HAX_TRY(hax_cuda_scratch(program->device, program->unit, a + b + added, out, err));
    CUdeviceptr numbers = program->unit->numbers;
    addresses[OPERAND_OUT] = program->unit->results;
    addresses[OPERAND_IN] = numbers;
    addresses[OPERAND_WEIGHTS] = numbers + a;
    addresses[OPERAND_BIAS] = 0;
    addresses[OPERAND_RESIDUAL] = factors->has_added ? numbers + a + b : 0;
    return HAX_OK;
}

/* False: one hangs. */
static bool time_proposals(hax_program *program, hax_cuda_product *product,
                           const CUdeviceptr *addresses, double *best_us)
{
    cublasLtMatmulHeuristicResult_t proposals[PROPOSALS];
    int count = propose(program, product, proposals);
    cublasLtMatmulAlgo_t best = { { 0 } };
    size_t workspace = 0;
    for (int p = 0; p < count; p++) {
        product->algorithm = proposals[p].algo;
        product->workspace = proposals[p].workspaceSize;
        timed_product timed = { &program->device->api, program->unit, product, addresses };
        double us = hax_cuda_time_beside_us(program->device, program->unit, enqueue_timed, &timed);
        if (us >= 0 && (*best_us < 0 || us < *best_us)) {
            *best_us = us;
            best = proposals[p].algo;
            workspace = proposals[p].workspaceSize;
        }
        hax_cuda_beat(program);
    }
    product->algorithm = best;
    product->workspace = workspace;
    return true;
}

/* ---- known from before ----------------------------------------------------------------------- */

enum { ENGINE = 0 }; /* of a product in the store */

static void key_of(const hax_program *program, const hax_cuda_factors *factors, char *key,
                   size_t size)
{
    const hax_gpu *gpu = &program->device->gpu;
    snprintf(
        key, size,
        "product p%d %dx%dx%d b%d t%d%d rows %d,%d,%d,%d steps %lld,%lld,%lld e%d%d%d sms%d of "
        "%d %s cuda %s %s",
        (int) program->device->precision, factors->rows, factors->columns, factors->depth,
        factors->batches, factors->transpose_a, factors->transpose_b, factors->a_row,
        factors->b_row, factors->out_row, factors->has_added ? factors->added_row : 0,
        (long long) factors->a_step, (long long) factors->b_step, (long long) factors->out_step,
        factors->has_bias, factors->has_added, factors->relu, program->unit->sms, gpu->sms,
        gpu->name, gpu->driver, gpu->libraries);
}

/* An algorithm is plain data, which cuBLASLt of the same version takes again. */
static bool load(const hax_program *program, const char *key, hax_cuda_product *product, double *us)
{
    hax_cuda_stored stored;
    unsigned char *bytes = (unsigned char *) &product->algorithm;
    if (!program->device->plans[0] || !hax_cuda_plan_load(program->device->plans, key, &stored))
        return false;
    bool whole = stored.engine == ENGINE && strlen(stored.json) > 2 * sizeof product->algorithm;
    for (size_t i = 0; whole && i < sizeof product->algorithm; i++) {
        unsigned value;
        whole = sscanf(stored.json + 2 * i, "%2x", &value) == 1;
        bytes[i] = whole ? (unsigned char) value : 0;
    }
    whole = whole &&
            sscanf(stored.json + 2 * sizeof product->algorithm, " %zu", &product->workspace) == 1;
    *us = stored.us;
    free(stored.json);
    return whole;
}

static void keep(const hax_program *program, const char *key, const hax_cuda_product *product,
                 double us)
{
    char text[2 * sizeof product->algorithm + 24];
    const unsigned char *bytes = (const unsigned char *) &product->algorithm;
    for (size_t i = 0; i < sizeof product->algorithm; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    snprintf(text + 2 * sizeof product->algorithm, 24, " %zu", product->workspace);
    const hax_cuda_stored stored = { ENGINE, us, text };
    if (program->device->plans[0])
        hax_cuda_plan_keep(program->device->plans, key, &stored);
}

/* Does it run? An algorithm from a file may be anything. */
static CUresult run_kept(const hax_program *program, const hax_cuda_product *product,
                         const CUdeviceptr *addresses)
{
    const hax_cuda_api *api = &program->device->api;
    return hax_cuda_product_enqueue(api, program->unit, product, addresses)
               ? hax_cuda_await(api, program->unit->stream)
               : CUDA_ERROR_UNKNOWN;
}

static hax_status fail_hanging(const hax_program *program, const char *key, hax_error *err)
{
    hax_cuda_plan_forget(program->device->plans, key);
    return hax_fail(err, HAX_WORKER_LOST,
                    "cuBLASLt hangs in a product on %d SMs (%.120s): do this again",
                    program->unit->sms, key);
}

static hax_status find_algorithm(hax_program *program, const hax_cuda_factors *factors,
                                 hax_cuda_product *product, double *us, hax_error *err)
{
    char key[HAX_CUDA_KEY_BYTES];
    CUdeviceptr addresses[OPERAND_RESIDUAL + 1];
    HAX_TRY(take_memory(program, factors, addresses, err));
    key_of(program, factors, key, sizeof key);
    if (load(program, key, product, us)) {
        CUresult result = run_kept(program, product, addresses);
        if (result == CUDA_ERROR_NOT_READY)
            return fail_hanging(program, key, err);
        if (result == CUDA_SUCCESS)
            return HAX_OK;
    }
    *us = -1;
    if (!time_proposals(program, product, addresses, us))
        return fail_hanging(program, key, err);
    if (*us >= 0)
        keep(program, key, product, *us);
    return HAX_OK;
}

hax_status hax_cuda_product_choose(hax_program *program, const hax_cuda_factors *factors,
                                   hax_cuda_product **product, double *us, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    *product = NULL;
    *us = -1;
    if (!api->cublas)
        return HAX_OK;
    hax_cuda_product *made = calloc(1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "a product");
    made->alpha = 1;
    made->beta = factors->has_added ? 1 : 0;
    hax_status status = HAX_OK;
    if (make_descriptors(program, factors, made))
        status = find_algorithm(program, factors, made, us, err);
    if (status == HAX_OK && *us >= 0)
        *product = made;
    else
        hax_cuda_product_free(api, made);
    return status;
}

hax_status hax_cuda_emit_chosen(hax_program *program, int kernel, const hax_cuda_factors *factors,
                                hax_cuda_product *product, double us, hax_error *err)
{
    char note[48];
    hax_cuda_step *step = hax_cuda_step_new(program, kernel);
    if (!step) {
        hax_cuda_product_free(&program->device->api, product);
        return hax_fail_memory(err, "a program");
    }
    step->product = product;
    step->workspace_bytes = product->workspace;
    step->operand_count = OPERAND_RESIDUAL + 1;
    step->operands[OPERAND_OUT] = factors->out;
    step->operands[OPERAND_IN] = factors->a;
    step->operands[OPERAND_WEIGHTS] = factors->b;
    step->operands[OPERAND_BIAS] = hax_cuda_operand_fixed(0);
    step->operands[OPERAND_RESIDUAL] =
        factors->has_added ? factors->added : hax_cuda_operand_fixed(0);
    snprintf(note, sizeof note, "cuBLASLt (%.1f us)", us);
    hax_cuda_take_note(program, kernel, note, false);
    return HAX_OK;
}

hax_status hax_cuda_run_product(const hax_program *program, const hax_cuda_step *step,
                                const CUdeviceptr *addresses, hax_error *err)
{
    if (hax_cuda_product_enqueue(&program->device->api, program->unit, step->product, addresses))
        return HAX_OK;
    return hax_fail(err, HAX_FAILURE, "cuBLASLt does not run its product of layer '%.100s'",
                    hax_cuda_kernel_name(program, step->kernel));
}
