/*
 * A GPU in its worker process: the library of own kernels, weights and tensors that all units
 * share, and for each unit (the whole GPU, or a partition of its SMs) a context that stays current
 * on the unit's thread, a stream and handles of the libraries.
 */
#ifndef HAX_DRIVER_CUDA_DEVICE_H
#define HAX_DRIVER_CUDA_DEVICE_H

#include <pthread.h>

#include "choosing.h"
#include "driver.h"
#include "dynload.h"
#include "gpu.h"
#include "layout.h"
#include "slot_buffers.h"

typedef struct hax_cuda_unit {
    int first_sm, sms;
    CUgreenCtx green; /* NULL: the whole GPU */
    CUcontext context;
    CUstream stream;
    cudnnHandle_t cudnn;
    cublasLtHandle_t cublas;
    CUdeviceptr workspace; /* of one kernel at a time, as the stream runs them */
    size_t workspace_bytes;
    CUdeviceptr numbers; /* that kernels are timed on, never written by them */
    size_t number_bytes;
    CUdeviceptr results; /* where they write */
    size_t result_bytes;
    CUevent begin, end;
    CUstream branch_streams[3];    /* beside its own, for branches of a graph (streams.c) */
    CUdeviceptr branch_workspace;  /* of each stream, its own first, as many bytes */
    int64_t stamp_ns;              /* what a kernel that takes a time costs on it */
    int stream_number, priority;   /* of a stream beside the unit's own */
    struct hax_cuda_unit *streams; /* beside its own, on the same SMs */
    /* of a part: on some of the other SMs, busy with kernels while others are timed on the part
     * (timing.c) */
    struct hax_cuda_unit *company;
    CUgraphExec company_run;
    bool sought_company;
    struct hax_cuda_unit *next;
} hax_cuda_unit;

/* Both clocks beside each other (times.h). */
typedef struct hax_cuda_clock {
    pthread_mutex_t comparing;
    void *memory; /* the host's, which the GPU sees: */
    volatile unsigned *asked;
    volatile unsigned long long *answers;
    int64_t compared_ns; /* on the host's clock; 0: never */
    int64_t ahead_ns;    /* the host's clock less the GPU's */
} hax_cuda_clock;

/* Bytes of a plain tensor that is converted straight out of the host's pinned memory, or into it,
 * at most: more is faster by a copy engine, which takes 12 us to begin. On an H200 in and out took
 * 16 and 13 us for 100 kB, and 28 and 15 for 200 kB, where copies of 400 kB took 24 and 26
 * (bench/gpu_round cross). */
enum { HAX_CUDA_MAPPED_IN_MOST = 128 << 10, HAX_CUDA_MAPPED_OUT_MOST = 1 << 20 };

/* What never changes in the GPU's memory: weights in the forms that kernels take. */
typedef enum hax_cuda_role {
    HAX_CUDA_WEIGHTS,        /* as they are, in the tensors' type */
    HAX_CUDA_WEIGHTS_LAST,   /* of a convolution, channels last */
    HAX_CUDA_WEIGHTS_PADDED, /* channels last, and zeros behind them */
    HAX_CUDA_WEIGHTS_TAPS,   /* of one channel a group, [kernel_h][kernel_w][channels] */
    HAX_CUDA_WEIGHTS_TURNED, /* of a deconvolution, as those of the convolution it turns round:
                                inputs first; channels last where its images have them so */
    HAX_CUDA_WEIGHTS_FLOAT,  /* as they are, 32-bit */
    HAX_CUDA_BIAS,           /* in the tensors' type */
    HAX_CUDA_BIAS_FLOAT,
    HAX_CUDA_CONSTANT, /* a constant tensor; the key is the tensor */
    HAX_CUDA_LIST,     /* indices; the key is the kernel */
} hax_cuda_role;

typedef struct hax_cuda_fixed {
    uint64_t model_hash;
    int key; /* kernel or tensor */
    hax_cuda_role role;
    int form; /* of several of one role */
    CUdeviceptr memory;
    struct hax_cuda_fixed *next;
} hax_cuda_fixed;

/* A convolution's plan that was chosen before, by its key (convolution.c). */
typedef struct hax_cuda_choice hax_cuda_choice;

struct hax_device {
    struct hax_device_base base;
    hax_cuda_api api;
    hax_gpu gpu;
    CUdevice device;
    CUcontext primary;
    CUlibrary library; /* of own kernels, or */
    CUmodule module;   /* before CUDA 12.0 */
    hax_cuda_precision precision;
    size_t element_bytes;
    hax_cuda_unit *units;
    hax_slot_buffers buffers;
    hax_cuda_fixed *fixed;
    hax_cuda_choice *choices;
    hax_cuda_clock clock;
    void *shared; /* with other workers, pinned and mapped; NULL: it is not */
    size_t shared_bytes;
    CUdeviceptr shared_on_gpu;
    struct hax_cuda_candidates *candidates;
    hax_cuda_choosing choosing;                 /* of the network being built */
    char plans[512];                            /* the folder where plans are kept, "": nowhere */
    bool split;                                 /* the SMs have been split in groups */
    CUdevResource groups[2 * HAX_GPU_RUNS + 1]; /* the last one: the rest */
};

/* What GPU number `device` is; the driver is loaded and started. */
hax_status hax_cuda_look(hax_cuda_api *api, int device, hax_gpu *gpu, hax_error *err);

hax_status hax_cuda_open(const hax_kind *kind, hax_device **device, hax_error *err);
void hax_cuda_close(hax_device *device);
hax_status hax_cuda_enter(hax_device *device, const hax_unit *unit, hax_error *err);

void hax_cuda_adopt(hax_device *device, void *memory, size_t bytes);

/* A unit's context on SMs [first, first + count): whole groups, the last with the rest. */
hax_status hax_cuda_green_open(hax_device *device, const hax_unit *unit, hax_cuda_unit *cuda_unit,
                               hax_error *err);
/* Closes what of a unit is open. */
void hax_cuda_unit_free(const hax_cuda_api *api, hax_cuda_unit *unit);

/* Another stream on a unit's SMs, of its priority. */
hax_status hax_cuda_stream_open(const hax_cuda_api *api, const hax_cuda_unit *unit,
                                CUstream *stream, hax_error *err);

/* A stream of a unit, with libraries and memory of its own: the unit's own by number and priority
 * 0, or one beside it, made when it is first asked for. */
hax_status hax_cuda_stream_find(hax_device *device, hax_cuda_unit *unit, int number, int priority,
                                hax_cuda_unit **stream, hax_error *err);

/* The state of a unit that was entered. */
hax_cuda_unit *hax_cuda_unit_find(hax_device *device, const hax_unit *unit);

/* A kernel of kernels.cu, "map" with "_f32" or "_f16" behind it by the precision. */
hax_status hax_cuda_function(hax_device *device, const char *name, bool typed, CUfunction *function,
                             hax_error *err);

/* Copies to the GPU for good; found where it was done before. `bytes` of `data`. */
bool hax_cuda_fixed_find(hax_device *device, uint64_t model_hash, int key, hax_cuda_role role,
                         int form, CUdeviceptr *memory);
hax_status hax_cuda_fixed_add(hax_device *device, uint64_t model_hash, int key, hax_cuda_role role,
                              int form, const void *data, size_t bytes, CUdeviceptr *memory,
                              hax_error *err);

/* choices.c */
void hax_cuda_choices_free(hax_device *device);

/* streams.c: streams of a unit for branches of its graphs. */
hax_status hax_cuda_branch_streams_open(const hax_cuda_api *api, hax_cuda_unit *unit,
                                        hax_error *err);
void hax_cuda_branch_streams_close(const hax_cuda_api *api, hax_cuda_unit *unit);

#endif
