/*
 * Stand-ins of cuDNN 9, cuBLASLt and NVRTC (stand_in.h). Of each convolution there are four
 * engines: two that were compiled before, one that is compiled at run time, one that takes nothing.
 */
#include <cublasLt.h>
#include <cudnn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stand_in.h"

#define REFUSED stand_in_refuses(__builtin_return_address(0))
#define DNN STAND_IN_API cudnnStatus_t CUDNNWINAPI
#define BLAS STAND_IN_API cublasStatus_t CUBLASWINAPI

enum { POINTERS = 8, OUTPUT = 3 }; /* the output's unique number (convolution_graph.h) */
static const struct {
    int64_t number;
    bool compiled, unusable;
} engines[] = {
    { 39, false, false }, { 4, true, false }, { 10, false, false }, { 11, false, true }
};
enum { ENGINES = sizeof engines / sizeof *engines };

typedef struct descriptor {
    int engine; /* its place */
    int64_t count, numbers[POINTERS];
    void *pointers[POINTERS];
} descriptor;

/* ---- cuDNN ----------------------------------------------------------------------------------- */

STAND_IN_API size_t CUDNNWINAPI cudnnGetVersion(void)
{
    return 91900;
}

STAND_IN_API const char *CUDNNWINAPI cudnnGetErrorString(cudnnStatus_t status)
{
    return status == CUDNN_STATUS_SUCCESS ? "no error" : "the stand-in refuses";
}

DNN cudnnCreate(cudnnHandle_t *handle)
{
    if (REFUSED)
        return CUDNN_STATUS_INTERNAL_ERROR;
    *handle = calloc(1, 1);
    stand_in_count("handle of cuDNN", 1);
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnDestroy(cudnnHandle_t handle)
{
    free(handle);
    stand_in_count("handle of cuDNN", -1);
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    (void) handle, (void) stream;
    return REFUSED ? CUDNN_STATUS_INTERNAL_ERROR : CUDNN_STATUS_SUCCESS;
}

DNN cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *made)
{
    (void) type;
    if (REFUSED)
        return CUDNN_STATUS_INTERNAL_ERROR;
    *made = calloc(1, sizeof(descriptor));
    stand_in_count("descriptor of cuDNN", 1);
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t made)
{
    free(made);
    stand_in_count("descriptor of cuDNN", -1);
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnBackendFinalize(cudnnBackendDescriptor_t made)
{
    const descriptor *one = made;
    if (REFUSED || engines[one->engine].unusable)
        return CUDNN_STATUS_NOT_SUPPORTED;
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnBackendSetAttribute(cudnnBackendDescriptor_t made, cudnnBackendAttributeName_t name,
                             cudnnBackendAttributeType_t type, int64_t count, const void *values)
{
    descriptor *one = made;
    (void) type;
    if (REFUSED)
        return CUDNN_STATUS_BAD_PARAM;
    if (name == CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)
        one->engine = (*(descriptor *const *) values)->engine;
    if (name == CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION)
        one->engine = atoi((const char *) values + strlen("{\"engine\":"));
    if (name == CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS) {
        one->count = count;
        memcpy(one->numbers, values, (size_t) count * sizeof *one->numbers);
    }
    if (name == CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS)
        memcpy(one->pointers, values, (size_t) count * sizeof *one->pointers);
    return CUDNN_STATUS_SUCCESS;
}

static void write_text(const descriptor *plan, int64_t room, int64_t *count, char *text)
{
    char whole[32];
    *count = snprintf(whole, sizeof whole, "{\"engine\":%d}", plan->engine);
    if (text && room >= *count)
        memcpy(text, whole, (size_t) *count);
}

DNN cudnnBackendGetAttribute(const cudnnBackendDescriptor_t made, cudnnBackendAttributeName_t name,
                             cudnnBackendAttributeType_t type, int64_t room, int64_t *count,
                             void *values)
{
    const descriptor *one = made;
    descriptor **others = values;
    (void) type;
    if (REFUSED)
        return CUDNN_STATUS_BAD_PARAM;
    *count = 1;
    switch ((int) name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS:
        for (*count = 0; *count < room && *count < ENGINES; ++*count)
            others[*count]->engine = (int) *count;
        break;
    case CUDNN_ATTR_ENGINECFG_ENGINE: others[0]->engine = one->engine; break;
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX: *(int64_t *) values = engines[one->engine].number; break;
    case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE: *count = 0; break;
    case CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE:
        *count = engines[one->engine].compiled;
        *(cudnnBackendBehaviorNote_t *) values = CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;
        break;
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
        *(int64_t *) values = one->engine == 0 ? 1024 : 0;
        break;
    case CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION: write_text(one, room, count, values); break;
    default: return CUDNN_STATUS_BAD_PARAM;
    }
    return CUDNN_STATUS_SUCCESS;
}

DNN cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                        cudnnBackendDescriptor_t pack)
{
    const descriptor *one = pack;
    (void) handle, (void) plan;
    if (REFUSED)
        return CUDNN_STATUS_EXECUTION_FAILED;
    for (int p = 0; p < one->count; p++)
        if (one->numbers[p] == OUTPUT)
            stand_in_clear(one->pointers[p]);
    return CUDNN_STATUS_SUCCESS;
}

/* ---- cuBLASLt -------------------------------------------------------------------------------- */

STAND_IN_API size_t CUBLASWINAPI cublasLtGetVersion(void)
{
    return 130100;
}

static cublasStatus_t open_one(void **made, bool refused)
{
    if (refused)
        return CUBLAS_STATUS_ALLOC_FAILED;
    *made = calloc(1, 1);
    stand_in_count("thing of cuBLASLt", 1);
    return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t close_one(void *made)
{
    free(made);
    stand_in_count("thing of cuBLASLt", -1);
    return CUBLAS_STATUS_SUCCESS;
}

BLAS cublasLtCreate(cublasLtHandle_t *handle)
{
    return open_one((void **) handle, REFUSED);
}

BLAS cublasLtDestroy(cublasLtHandle_t handle)
{
    return close_one(handle);
}

BLAS cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *made, cublasComputeType_t compute,
                              cudaDataType_t scale)
{
    (void) compute, (void) scale;
    return open_one((void **) made, REFUSED);
}

BLAS cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t made)
{
    return close_one(made);
}

BLAS cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t made, cublasLtMatmulDescAttributes_t name,
                                    const void *value, size_t bytes)
{
    (void) made, (void) name, (void) value, (void) bytes;
    return REFUSED ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}

BLAS cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *made, cudaDataType type, uint64_t rows,
                                uint64_t columns, int64_t step)
{
    (void) type, (void) rows, (void) columns, (void) step;
    return open_one((void **) made, REFUSED);
}

BLAS cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t made)
{
    return close_one(made);
}

BLAS cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t made,
                                      cublasLtMatrixLayoutAttribute_t name, const void *value,
                                      size_t bytes)
{
    (void) made, (void) name, (void) value, (void) bytes;
    return REFUSED ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}

BLAS cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *made)
{
    return open_one((void **) made, REFUSED);
}

BLAS cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t made)
{
    return close_one(made);
}

BLAS cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t made,
                                          cublasLtMatmulPreferenceAttributes_t name,
                                          const void *value, size_t bytes)
{
    (void) made, (void) name, (void) value, (void) bytes;
    return REFUSED ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}

BLAS cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                                    cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                    cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                    cublasLtMatmulPreference_t preference, int room,
                                    cublasLtMatmulHeuristicResult_t results[], int *count)
{
    (void) handle, (void) product, (void) a, (void) b, (void) c, (void) d, (void) preference;
    if (REFUSED)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    for (*count = 0; *count < room && *count < 2; ++*count)
        memset(&results[*count], 0, sizeof results[*count]);
    return CUBLAS_STATUS_SUCCESS;
}

BLAS cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product, const void *alpha,
                    const void *a, cublasLtMatrixLayout_t a_layout, const void *b,
                    cublasLtMatrixLayout_t b_layout, const void *beta, const void *c,
                    cublasLtMatrixLayout_t c_layout, void *d, cublasLtMatrixLayout_t d_layout,
                    const cublasLtMatmulAlgo_t *algorithm, void *workspace, size_t workspace_bytes,
                    cudaStream_t stream)
{
    (void) handle, (void) product, (void) alpha, (void) a, (void) a_layout, (void) b;
    (void) b_layout, (void) beta, (void) c, (void) c_layout, (void) d_layout;
    (void) algorithm, (void) workspace, (void) workspace_bytes, (void) stream;
    if (REFUSED)
        return CUBLAS_STATUS_EXECUTION_FAILED;
    stand_in_clear(d);
    return CUBLAS_STATUS_SUCCESS;
}

/* ---- NVRTC ----------------------------------------------------------------------------------- */

STAND_IN_API int nvrtcVersion(int *major, int *minor);
int nvrtcVersion(int *major, int *minor)
{
    *major = 13;
    *minor = 0;
    return 0;
}
