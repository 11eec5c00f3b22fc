/* Tensors at the ends of engines, as they lie in the device's memory (shim.h), from and to plain
 * floats. */
#ifndef HAX_DRIVER_TENSORRT_ENDS_H
#define HAX_DRIVER_TENSORRT_ENDS_H

#include "model.h"
#include "shim.h"

typedef struct hax_trt_end {
    hax_trt_format format;
    bool half;
    int64_t images, channels, pixels; /* of CHW16; else all elements are `pixels` */
    size_t bytes;
} hax_trt_end;

hax_trt_end hax_trt_end_of(hax_trt_precision precision, const hax_shape *shape);

void hax_trt_end_pack(const hax_trt_end *end, const float *plain, void *packed);
void hax_trt_end_unpack(const hax_trt_end *end, const void *packed, float *plain);

#endif
