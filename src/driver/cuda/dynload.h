/*
 * NVIDIA's libraries, found when they are needed: nothing of haxconn is linked with them, and one
 * that is missing costs what it would have done (dynload.c says what).
 *
 * Functions are called through the table by their own names: cuda.h renames some of them (_v2),
 * here as there.
 */
#ifndef HAX_DRIVER_CUDA_DYNLOAD_H
#define HAX_DRIVER_CUDA_DYNLOAD_H

#include <cublasLt.h>
#include <cuda.h>
#include <cudnn.h>

#include <stdbool.h>

#include "error.h"

/* Those of every driver since CUDA 11.4. */
#define HAX_CUDA_FUNCTIONS(X)      \
    X(cuInit)                      \
    X(cuDriverGetVersion)          \
    X(cuGetErrorString)            \
    X(cuDeviceGetCount)            \
    X(cuDeviceGet)                 \
    X(cuDeviceGetName)             \
    X(cuDeviceGetAttribute)        \
    X(cuDeviceTotalMem)            \
    X(cuDevicePrimaryCtxRetain)    \
    X(cuDevicePrimaryCtxRelease)   \
    X(cuDevicePrimaryCtxSetFlags)  \
    X(cuCtxSetCurrent)             \
    X(cuCtxSynchronize)            \
    X(cuStreamDestroy)             \
    X(cuStreamSynchronize)         \
    X(cuStreamQuery)               \
    X(cuStreamCreateWithPriority)  \
    X(cuCtxGetStreamPriorityRange) \
    X(cuStreamBeginCapture)        \
    X(cuStreamEndCapture)          \
    X(cuGraphInstantiateWithFlags) \
    X(cuGraphLaunch)               \
    X(cuGraphCreate)               \
    X(cuGraphAddChildGraphNode)    \
    X(cuGraphExecDestroy)          \
    X(cuGraphDestroy)              \
    X(cuEventCreate)               \
    X(cuEventDestroy)              \
    X(cuStreamWaitEvent)           \
    X(cuEventRecord)               \
    X(cuEventSynchronize)          \
    X(cuMemAlloc)                  \
    X(cuMemFree)                   \
    X(cuMemAllocHost)              \
    X(cuMemFreeHost)               \
    X(cuMemHostRegister)           \
    X(cuMemHostUnregister)         \
    X(cuMemHostGetDevicePointer)   \
    X(cuMemcpyHtoD)                \
    X(cuMemcpyDtoH)                \
    X(cuMemcpyHtoDAsync)           \
    X(cuMemcpyDtoHAsync)           \
    X(cuMemsetD8)                  \
    X(cuMemsetD8Async)             \
    X(cuModuleLoadData)            \
    X(cuModuleUnload)              \
    X(cuModuleGetFunction)         \
    X(cuLaunchKernel)

/* Those that may be NULL: partitions (12.4), kernels that belong to no context (12.0), and two
 * whose names changed: times of events, and kernels in graphs. */
#define HAX_CUDA_LATER(X)          \
    X(cuDeviceGetDevResource)      \
    X(cuDevSmResourceSplitByCount) \
    X(cuDevResourceGenerateDesc)   \
    X(cuGreenCtxCreate)            \
    X(cuGreenCtxDestroy)           \
    X(cuGreenCtxStreamCreate)      \
    X(cuGreenCtxGetDevResource)    \
    X(cuCtxFromGreenCtx)           \
    X(cuLibraryLoadData)           \
    X(cuLibraryUnload)             \
    X(cuLibraryGetKernel)

#define HAX_CUDNN_FUNCTIONS(X)       \
    X(cudnnGetVersion)               \
    X(cudnnCreate)                   \
    X(cudnnDestroy)                  \
    X(cudnnSetStream)                \
    X(cudnnGetErrorString)           \
    X(cudnnBackendCreateDescriptor)  \
    X(cudnnBackendDestroyDescriptor) \
    X(cudnnBackendSetAttribute)      \
    X(cudnnBackendGetAttribute)      \
    X(cudnnBackendFinalize)          \
    X(cudnnBackendExecute)

#define HAX_CUBLASLT_FUNCTIONS(X)           \
    X(cublasLtGetVersion)                   \
    X(cublasLtCreate)                       \
    X(cublasLtDestroy)                      \
    X(cublasLtMatmulDescCreate)             \
    X(cublasLtMatmulDescDestroy)            \
    X(cublasLtMatmulDescSetAttribute)       \
    X(cublasLtMatrixLayoutCreate)           \
    X(cublasLtMatrixLayoutDestroy)          \
    X(cublasLtMatrixLayoutSetAttribute)     \
    X(cublasLtMatmulPreferenceCreate)       \
    X(cublasLtMatmulPreferenceDestroy)      \
    X(cublasLtMatmulPreferenceSetAttribute) \
    X(cublasLtMatmulAlgoGetHeuristic)       \
    X(cublasLtMatmul)

#define HAX_CUDA_MEMBER(name) __typeof__(&(name)) name;
typedef struct hax_cuda_api {
    HAX_CUDA_FUNCTIONS(HAX_CUDA_MEMBER)
    HAX_CUDA_LATER(HAX_CUDA_MEMBER)
    CUresult (*event_elapsed)(float *ms, CUevent start, CUevent end);
    /* before CUDA 12.0 without the last two members of the parameters */
    CUresult (*graph_add_kernel)(CUgraphNode *node, CUgraph graph, const CUgraphNode *behind,
                                 size_t behind_count, const CUDA_KERNEL_NODE_PARAMS *kernel);
    HAX_CUDNN_FUNCTIONS(HAX_CUDA_MEMBER)
    HAX_CUBLASLT_FUNCTIONS(HAX_CUDA_MEMBER)
    bool cudnn, cublas, nvrtc; /* these libraries are here */
    int nvrtc_version[2];
    char missing[256]; /* what is not, and what that costs; "" */
} hax_cuda_api;
#undef HAX_CUDA_MEMBER

/* HAX_UNAVAILABLE without a driver; other libraries may be missing. Loaded once a process. */
hax_status hax_cuda_api_load(hax_cuda_api *api, hax_error *err);

/* Fills `err` with what CUDA says. */
hax_status hax_cuda_fail(const hax_cuda_api *api, CUresult result, const char *what,
                         hax_error *err);

#define HAX_CUDA_TRY(api, call)                                        \
    do {                                                               \
        CUresult hax_cuda_result_ = (api)->call;                       \
        if (hax_cuda_result_ != CUDA_SUCCESS)                          \
            return hax_cuda_fail((api), hax_cuda_result_, #call, err); \
    } while (0)

#endif
