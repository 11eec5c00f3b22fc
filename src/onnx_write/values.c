#include "values.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "half.h"

size_t hax_onnx_type_bytes(int64_t type)
{
    switch (type) {
    case ONNX_TYPE_UINT8:
    case ONNX_TYPE_INT8:
    case ONNX_TYPE_BOOL: return 1;
    case ONNX_TYPE_UINT16:
    case ONNX_TYPE_INT16:
    case ONNX_TYPE_FLOAT16:
    case ONNX_TYPE_BFLOAT16: return 2;
    case ONNX_TYPE_FLOAT:
    case ONNX_TYPE_INT32:
    case ONNX_TYPE_UINT32: return 4;
    case ONNX_TYPE_DOUBLE:
    case ONNX_TYPE_INT64:
    case ONNX_TYPE_UINT64: return 8;
    default: return 0;
    }
}

int64_t hax_onnx_elements(const hax_shape *shape)
{
    int64_t count = 1;
    for (int d = 0; d < shape->rank; d++)
        count *= shape->dims[d];
    return count;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The upper half of a float, rounded in the same way. */
static uint16_t to_bfloat(float value)
{
    uint32_t bits = bits_of(value);
    if (isnan(value))
        return (uint16_t) (bits >> 16 | 0x40);
    return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static uint64_t real_bits(int64_t type, float value)
{
    double wide = (double) value;
    uint64_t bits;
    switch (type) {
    case ONNX_TYPE_FLOAT16: return hax_half_of_float(value);
    case ONNX_TYPE_BFLOAT16: return to_bfloat(value);
    case ONNX_TYPE_DOUBLE: memcpy(&bits, &wide, sizeof bits); return bits;
    default: return bits_of(value);
    }
}

static int64_t within(int64_t value, int64_t least, int64_t largest)
{
    return value < least ? least : value > largest ? largest : value;
}

static uint64_t whole_bits(int64_t type, int64_t value)
{
    switch (type) {
    case ONNX_TYPE_BOOL: return value != 0;
    case ONNX_TYPE_UINT8: return (uint64_t) within(value, 0, UINT8_MAX);
    case ONNX_TYPE_INT8: return (uint64_t) within(value, INT8_MIN, INT8_MAX);
    case ONNX_TYPE_UINT16: return (uint64_t) within(value, 0, UINT16_MAX);
    case ONNX_TYPE_INT16: return (uint64_t) within(value, INT16_MIN, INT16_MAX);
    case ONNX_TYPE_INT32: return (uint64_t) within(value, INT32_MIN, INT32_MAX);
    case ONNX_TYPE_UINT32: return (uint64_t) within(value, 0, UINT32_MAX);
    default: return (uint64_t) value;
    }
}

static bool is_real(int64_t type)
{
    return type == ONNX_TYPE_FLOAT || type == ONNX_TYPE_DOUBLE || type == ONNX_TYPE_FLOAT16 ||
           type == ONNX_TYPE_BFLOAT16;
}

/* A constant's values may be of the other sort than its type, as a Cast leaves them. */
static uint64_t element_bits(const hax_onnx_graph_tensor *tensor, int64_t index)
{
    if (is_real(tensor->type))
        return real_bits(tensor->type,
                         tensor->real ? tensor->real[index] : (float) tensor->whole[index]);
    return whole_bits(tensor->type,
                      tensor->whole ? tensor->whole[index] : (int64_t) tensor->real[index]);
}

void hax_onnx_encode(const hax_onnx_graph_tensor *tensor, int64_t first, size_t count,
                     unsigned char *bytes)
{
    size_t size = hax_onnx_type_bytes(tensor->type);
    assert(size > 0 && (tensor->real || tensor->whole));
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = element_bits(tensor, first + (int64_t) i);
        for (size_t b = 0; b < size; b++)
            bytes[i * size + b] = (unsigned char) (bits >> 8 * b);
    }
}

/* ---- drawn weights --------------------------------------------------------------------------- */

/* A deconvolution's, as a convolution's out x in/group x taps, to ONNX's in x out/group x taps. */
static void place_deconvolution(const hax_onnx_graph_tensor *tensor, const float *from,
                                int64_t group, float *to)
{
    int64_t inputs = tensor->shape.dims[0] / group, outputs = tensor->shape.dims[1];
    int64_t taps = tensor->shape.dims[2] * tensor->shape.dims[3];
    for (int64_t g = 0; g < group; g++)
        for (int64_t i = 0; i < inputs; i++)
            for (int64_t o = 0; o < outputs; o++) {
                memcpy(to, from + ((g * outputs + o) * inputs + i) * taps,
                       (size_t) taps * sizeof *to);
                to += taps;
            }
}

static size_t bias_count(const hax_model *model, int layer)
{
    int kernel = hax_model_layer_kernel(model, layer);
    assert(kernel >= 0);
    return hax_kernel_bias_count(model, kernel) + 1;
}

float *hax_onnx_draw(const hax_model *model, const hax_onnx_graph_tensor *tensor)
{
    hax_node node = hax_model_node(model, tensor->layer);
    bool wants_bias = tensor->content == HAX_ONNX_BIAS;
    bool has_bias = node.params->bias || hax_op_class_of(node.op) == HAX_CLASS_NORMALISE;
    int kernel = hax_model_layer_kernel(model, tensor->layer);
    size_t channels = bias_count(model, tensor->layer);
    size_t count = hax_kernel_weight_count(model, kernel);
    float *weights = calloc(count > channels ? count : channels, sizeof *weights);
    float *bias = calloc(channels, sizeof *bias);
    float *placed = NULL;
    if (weights && bias)
        hax_model_layer_weights(model, tensor->layer, weights, has_bias ? bias : NULL);
    bool back = weights && bias && node.op == HAX_OP_DECONVOLUTION && !wants_bias;
    if (back)
        placed = calloc(count, sizeof *placed);
    if (placed)
        place_deconvolution(tensor, weights, node.params->group, placed);
    float *wanted = !weights || !bias ? NULL : back ? placed : wants_bias ? bias : weights;
    if (wanted != weights)
        free(weights);
    if (wanted != bias)
        free(bias);
    return wanted;
}
