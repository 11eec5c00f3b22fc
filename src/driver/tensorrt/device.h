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
#include "slot_buffers.h"
#include "target.h"
#include "tensorrt.h"

enum { HAX_TRT_DLA_MAX = 8 };

typedef struct hax_trt_unit {
    int dla; /* as in hax_unit */
    void *stream;
    struct hax_trt_unit *next;
} hax_trt_unit;

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
    hax_slot_buffers buffers;           /* in memory that GPU and DLA see */
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

#endif
