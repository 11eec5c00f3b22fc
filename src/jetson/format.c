/* How many bytes a tensor takes in TensorRT's formats, and what fits the convolution buffer. */
#include "layer.h"

const char *hax_jetson_format_name(hax_jetson_format format)
{
    static const char *const names[] = { "chw",   "dla_linear", "dla_hwc4", "chw4",
                                         "chw16", "chw32",      "hwc8" };
    return names[format];
}

static int64_t ceil_div(int64_t value, int64_t divisor)
{
    return (value + divisor - 1) / divisor;
}

static int64_t round_up(int64_t value, int64_t to)
{
    return ceil_div(value, to) * to;
}

/* [N][H][W rounded to a line][C'], C' = 1 or 4: a line is 32 bytes on Xavier, 64 on Orin. */
static int64_t hwc4_row(int64_t c, int64_t w, const hax_jetson_target *target)
{
    int64_t element = hax_jetson_element_bytes(target), packed = c == 1 ? 1 : 4;
    int64_t line = (target->board->orin ? 64 : 32) / packed / element;
    return c == 1 || c == 3 || c == 4 ? round_up(w, line) * packed : -1;
}

/* Elements of one plane position's row of all channels; -1: no such format. */
static int64_t row_elements(hax_jetson_format format, int64_t c, int64_t w,
                            const hax_jetson_target *target)
{
    hax_jetson_precision precision = target->precision;
    switch (format) {
    case HAX_JETSON_LINEAR: return c * w;
    case HAX_JETSON_DLA_LINEAR:
        return precision == HAX_JETSON_FP32
                   ? -1
                   : c * round_up(w, 64 / hax_jetson_element_bytes(target));
    case HAX_JETSON_DLA_HWC4: return precision == HAX_JETSON_FP32 ? -1 : hwc4_row(c, w, target);
    case HAX_JETSON_CHW4: return precision == HAX_JETSON_INT8 ? round_up(c, 4) * w : -1;
    case HAX_JETSON_CHW16: return precision == HAX_JETSON_FP16 ? round_up(c, 16) * w : -1;
    case HAX_JETSON_CHW32: return precision == HAX_JETSON_INT8 ? round_up(c, 32) * w : -1;
    case HAX_JETSON_HWC8: return precision == HAX_JETSON_FP16 ? round_up(c, 8) * w : -1;
    }
    return -1;
}

int64_t hax_jetson_format_bytes(hax_jetson_format format, const hax_shape *shape,
                                const hax_jetson_target *target)
{
    if (shape->rank < 2 || shape->rank > 4)
        return -1;
    int64_t h = shape->rank > 2 ? shape->dims[2] : 1, w = shape->rank > 3 ? shape->dims[3] : 1;
    int64_t row = row_elements(format, shape->dims[1], w, target);
    return row < 0 ? -1 : row * h * target->batch * hax_jetson_element_bytes(target);
}

hax_jetson_cbuf hax_jetson_cbuf_need(int64_t channels, int64_t width, int kernel_h, int kernel_w,
                                     int dilation_h, int element_bytes)
{
    int64_t taps = (int64_t) kernel_h * kernel_w;
    int64_t reach = (int64_t) (kernel_h - 1) * dilation_h + 1;
    int64_t atoms = ceil_div(channels * element_bytes, 32);
    return (hax_jetson_cbuf){
        .weights = ceil_div(round_up(channels * taps * element_bytes, 128), 32768),
        .data = ceil_div(ceil_div(atoms * width, 4) * reach, 256),
    };
}
