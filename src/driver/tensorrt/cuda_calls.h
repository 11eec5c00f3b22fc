/*
 * The few calls of CUDA's driver that this driver makes, declared here so that it is built where no
 * CUDA is, and found in libcuda.so.1 when it runs. Names and numbers are those of cuda.h, whose
 * binary interface does not change; names with _v2 are what its macros make of the plain ones.
 * Contexts stay the device's primary one, which TensorRT uses too.
 */
#ifndef HAX_DRIVER_TENSORRT_CUDA_CALLS_H
#define HAX_DRIVER_TENSORRT_CUDA_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

typedef uint64_t hax_trt_pointer; /* CUdeviceptr */

enum { HAX_TRT_STREAM_NON_BLOCKING = 1, HAX_TRT_REGISTER_PORTABLE = 1, HAX_TRT_SCHED_SPIN = 1 };

/* CUdevice_attribute */
enum {
    HAX_TRT_ATTRIBUTE_SMS = 16,
    HAX_TRT_ATTRIBUTE_INTEGRATED = 18,
    HAX_TRT_ATTRIBUTE_MAJOR = 75,
    HAX_TRT_ATTRIBUTE_MINOR = 76,
};

/* symbol, what it takes */
#define HAX_TRT_CUDA_CALLS(X)                                                                   \
    X(cuInit, (unsigned flags))                                                                 \
    X(cuDriverGetVersion, (int *version))                                                       \
    X(cuDeviceGetCount, (int *count))                                                           \
    X(cuDeviceGet, (int *device, int number))                                                   \
    X(cuDeviceGetName, (char *name, int size, int device))                                      \
    X(cuDeviceTotalMem_v2, (size_t * bytes, int device))                                        \
    X(cuDeviceGetAttribute, (int *value, int attribute, int device))                            \
    X(cuDevicePrimaryCtxSetFlags_v2, (int device, unsigned flags))                              \
    X(cuDevicePrimaryCtxRetain, (void **context, int device))                                   \
    X(cuDevicePrimaryCtxRelease_v2, (int device))                                               \
    X(cuCtxSetCurrent, (void *context))                                                         \
    X(cuStreamCreate, (void **stream, unsigned flags))                                          \
    X(cuStreamDestroy_v2, (void *stream))                                                       \
    X(cuStreamSynchronize, (void *stream))                                                      \
    X(cuMemAlloc_v2, (hax_trt_pointer * memory, size_t bytes))                                  \
    X(cuMemFree_v2, (hax_trt_pointer memory))                                                   \
    X(cuMemsetD8_v2, (hax_trt_pointer memory, unsigned char value, size_t n))                   \
    X(cuMemHostAlloc, (void **memory, size_t bytes, unsigned flags))                            \
    X(cuMemFreeHost, (void *memory))                                                            \
    X(cuMemcpyHtoDAsync_v2, (hax_trt_pointer to, const void *from, size_t bytes, void *stream)) \
    X(cuMemcpyDtoHAsync_v2, (void *to, hax_trt_pointer from, size_t bytes, void *stream))       \
    X(cuMemcpyDtoDAsync_v2,                                                                     \
      (hax_trt_pointer to, hax_trt_pointer from, size_t bytes, void *stream))                   \
    X(cuEventCreate, (void **event, unsigned flags))                                            \
    X(cuEventDestroy_v2, (void *event))                                                         \
    X(cuEventRecord, (void *event, void *stream))                                               \
    X(cuEventQuery, (void *event))                                                              \
    X(cuGetErrorString, (int result, const char **text))

typedef struct hax_trt_cuda {
#define X(name, arguments) int(*name) arguments;
    HAX_TRT_CUDA_CALLS(X)
#undef X
} hax_trt_cuda;

/* HAX_UNAVAILABLE: no driver is installed, or it is too old (before 11). */
hax_status hax_trt_cuda_load(hax_trt_cuda *cuda, hax_error *err);

/* HAX_FAILURE with CUDA's words; a status of its own where memory is out. */
hax_status hax_trt_cuda_fail(const hax_trt_cuda *cuda, int result, const char *what,
                             hax_error *err);

#define HAX_TRT_CUDA_TRY(cuda, name, ...)                                  \
    do {                                                                   \
        int hax_trt_result_ = (cuda)->name(__VA_ARGS__);                   \
        if (hax_trt_result_ != 0)                                          \
            return hax_trt_cuda_fail((cuda), hax_trt_result_, #name, err); \
    } while (0)

#endif
