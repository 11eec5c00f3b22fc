#include "ends.h"

#include <assert.h>
#include <string.h>

#include "half.h"

enum { BLOCK = 16 };

hax_trt_end hax_trt_end_of(hax_trt_precision precision, const hax_shape *shape)
{
    hax_trt_end end = { .format = hax_trt_format_for(precision, shape->rank),
                        .half = precision == HAX_TRT_F16,
                        .images = 1,
                        .channels = 1,
                        .pixels = 1 };
    for (int d = 0; d < shape->rank; d++)
        end.pixels *= shape->dims[d];
    if (end.format == HAX_TRT_CHW16) {
        end.images = shape->dims[0];
        end.channels = shape->dims[1];
        end.pixels = shape->dims[2] * shape->dims[3];
    }
    assert(end.pixels > 0 && (end.format == HAX_TRT_LINEAR || end.half));
    int64_t channels =
        end.format == HAX_TRT_CHW16 ? (end.channels + BLOCK - 1) / BLOCK * BLOCK : end.channels;
    end.bytes = (size_t) (end.images * channels * end.pixels) * (end.half ? 2 : 4);
    return end;
}

/* Where an element lies, [image][channel / 16][pixel][channel % 16]. */
static size_t place(const hax_trt_end *end, int64_t image, int64_t channel, int64_t pixel)
{
    if (end->format == HAX_TRT_LINEAR)
        return (size_t) pixel;
    int64_t blocks = (end->channels + BLOCK - 1) / BLOCK;
    return (size_t) (((image * blocks + channel / BLOCK) * end->pixels + pixel) * BLOCK +
                     channel % BLOCK);
}

void hax_trt_end_pack(const hax_trt_end *end, const float *plain, void *packed)
{
    uint16_t *halves = packed;
    assert(end->images > 0 && end->channels > 0 && end->pixels > 0);
    if (!end->half) {
        memcpy(packed, plain, end->bytes);
        return;
    }
    memset(packed, 0, end->bytes); /* channels that are none */
    for (int64_t n = 0; n < end->images; n++)
        for (int64_t c = 0; c < end->channels; c++)
            for (int64_t p = 0; p < end->pixels; p++)
                halves[place(end, n, c, p)] = hax_half_of_float(*plain++);
}

void hax_trt_end_unpack(const hax_trt_end *end, const void *packed, float *plain)
{
    const uint16_t *halves = packed;
    if (!end->half) {
        memcpy(plain, packed, end->bytes);
        return;
    }
    for (int64_t n = 0; n < end->images; n++)
        for (int64_t c = 0; c < end->channels; c++)
            for (int64_t p = 0; p < end->pixels; p++)
                *plain++ = hax_float_of_half(halves[place(end, n, c, p)]);
}
