/*
 * TensorRT in its worker process: the GPU and the DLA cores are units of one kind, whose threads
 * share one context and the tensors between them, so that a tensor passes from one to another
 * without a copy.
 */
#ifndef HAX_DRIVER_TENSORRT_DEVICE_H
#define HAX_DRIVER_TENSORRT_DEVICE_H

#include <pthread.h>

#include "cuda_calls.h"
#include "driver.h"
#include "library.h"
#include "target.h"
#include "tensorrt.h"

enum { HAX_TRT_DLA_MAX = 8 };

typedef struct hax_trt_unit {
    int dla; /* as in hax_unit */
    void *stream;
    struct hax_trt_unit *next;
} hax_trt_unit;

/* A boundary tensor in memory that GPU and DLA see: one for all units, known by its slot. */
typedef struct hax_trt_buffer {
    const void *slot;
    hax_trt_pointer memory;
    size_t bytes;
    int users;
    struct hax_trt_buffer *next;
} hax_trt_buffer;

struct hax_device {
    struct hax_device_base base;
    hax_kind kind; /* texts are the platform's */
    hax_trt_target target;
    hax_trt_library library;
    hax_trt_cuda cuda;
    hax_tensorrt_found found;
    int device; /* CUDA's handle */
    void *context;
    hax_trt_unit *units;
    pthread_mutex_t buffering; /* units end at once, and share buffers */
    hax_trt_buffer *buffers;
    int loadables[HAX_TRT_DLA_MAX + 1]; /* of each core, counted from 1 */
    char engines[512];                  /* the folder where engines are kept */
    bool engines_pass;                  /* it is a temporary one */
};

hax_status hax_trt_look(hax_trt_cuda *cuda, hax_trt_library *library, int device,
                        hax_tensorrt_found *found, hax_error *err);

hax_status hax_trt_open(const hax_kind *kind, hax_device **device, hax_error *err);
void hax_trt_close(hax_device *device);
hax_status hax_trt_enter(hax_device *device, const hax_unit *unit, hax_error *err);
hax_trt_unit *hax_trt_unit_find(hax_device *device, const hax_unit *unit);

/* The buffer of a slot, made by its first user. */
hax_status hax_trt_buffer_take(hax_device *device, const void *slot, size_t bytes,
                               hax_trt_buffer **buffer, hax_error *err);
void hax_trt_buffer_leave(hax_device *device, hax_trt_buffer *buffer);

#endif
