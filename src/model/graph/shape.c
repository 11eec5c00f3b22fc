/* Shape rules of the operations (Caffe's), with their work and parameters. */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "infer.h"

/* The largest tensor: what 32-bit kernels can index, 8 GiB of floats. */
#define ELEMENTS_MAX INT64_C(0x7fffffff)

int64_t hax_shape_elements(const hax_shape *shape)
{
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++)
        elements *= shape->dims[i];
    return elements;
}

bool hax_shape_valid(const hax_shape *shape, char *why, size_t why_size)
{
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 1) {
            snprintf(why, why_size, "dimension %d would be %" PRId64, i, shape->dims[i]);
            return false;
        }
        if (shape->dims[i] > ELEMENTS_MAX / elements) {
            snprintf(why, why_size, "more than %" PRId64 " elements", ELEMENTS_MAX);
            return false;
        }
        elements *= shape->dims[i];
    }
    return true;
}

hax_status(hax_layer_fail)(const hax_model *model, const hax_layer_spec *layer, hax_error *err,
                           const char *format, ...)
{
    char message[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hax_fail_at(err, HAX_BAD_INPUT, model->file, layer->line, layer->column,
                       "layer '%.100s' (%s): %s", layer->name, hax_op_name(layer->op), message);
}

static const hax_shape *input_shape(const hax_model *model, const hax_graph_layer *layer, int input)
{
    return &model->blobs[layer->inputs[input]].shape;
}

static hax_status need_image(const hax_model *model, const hax_graph_layer *layer, hax_error *err)
{
    int rank = input_shape(model, layer, 0)->rank;
    if (rank == 4)
        return HAX_OK;
    return hax_layer_fail(model, layer->spec, err, "needs an input of 4 dimensions, has %d", rank);
}

static hax_status check_window(const hax_model *model, const hax_layer_spec *layer, hax_error *err)
{
    enum { PAD_MAX = 1 << 20 }; /* so that sums of two stay in an int */
    const hax_window *w = &layer->params.window;
    if (w->pad_top > PAD_MAX || w->pad_left > PAD_MAX || w->pad_bottom > PAD_MAX ||
        w->pad_right > PAD_MAX)
        return hax_layer_fail(model, layer, err, "padding must not be larger than %d",
                              (int) PAD_MAX);
    if (w->kernel_h < 1 || w->kernel_w < 1)
        return hax_layer_fail(model, layer, err, "kernel size missing or below 1");
    if (w->stride_h < 1 || w->stride_w < 1 || w->dilation_h < 1 || w->dilation_w < 1)
        return hax_layer_fail(model, layer, err, "stride and dilation must be at least 1");
    if (w->pad_top < 0 || w->pad_left < 0 || w->pad_bottom < 0 || w->pad_right < 0)
        return hax_layer_fail(model, layer, err, "padding must not be negative");
    return HAX_OK;
}

static int64_t conv_extent(int64_t in, int kernel, int stride, int pads, int dilation)
{
    assert(in >= 1 && kernel >= 1 && stride >= 1 && pads >= 0 && dilation >= 1);
    int64_t reach = (int64_t) dilation * (kernel - 1) + 1;
    int64_t capacity = in + pads - reach;
    return capacity < 0 ? 0 : capacity / stride + 1;
}

static int64_t deconv_extent(int64_t in, int kernel, int stride, int pads, int dilation)
{
    assert(in >= 1 && kernel >= 1 && stride >= 1 && pads >= 0 && dilation >= 1);
    return stride * (in - 1) + (int64_t) dilation * (kernel - 1) + 1 - pads;
}

hax_status hax_infer_convolution(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                                 hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_window *w = &params->window;
    HAX_TRY(need_image(model, layer, err));
    HAX_TRY(check_window(model, layer->spec, err));
    const hax_shape *in = input_shape(model, layer, 0);
    if (params->outputs < 1)
        return hax_layer_fail(model, layer->spec, err, "num_output missing or below 1");
    if (params->group < 1 || in->dims[1] % params->group || params->outputs % params->group)
        return hax_layer_fail(model, layer->spec, err,
                              "group %d must divide its %" PRId64 " input and %d output channels",
                              params->group, in->dims[1], params->outputs);
    *out = (hax_shape){ 4, { in->dims[0], params->outputs, 0, 0 } };
    int down = w->pad_top + w->pad_bottom, across = w->pad_left + w->pad_right;
    if (layer->spec->op == HAX_OP_CONVOLUTION) {
        out->dims[2] = conv_extent(in->dims[2], w->kernel_h, w->stride_h, down, w->dilation_h);
        out->dims[3] = conv_extent(in->dims[3], w->kernel_w, w->stride_w, across, w->dilation_w);
    } else {
        out->dims[2] = deconv_extent(in->dims[2], w->kernel_h, w->stride_h, down, w->dilation_h) +
                       params->output_pad_h;
        out->dims[3] = deconv_extent(in->dims[3], w->kernel_w, w->stride_w, across, w->dilation_w) +
                       params->output_pad_w;
    }
    int64_t taps = (int64_t) w->kernel_h * w->kernel_w;
    hax_shape weights = { 3, { in->dims[1] / params->group, params->outputs, taps } };
    char why[80];
    if (!hax_shape_valid(&weights, why, sizeof why))
        return hax_layer_fail(model, layer->spec, err, "weights: %s", why);
    layer->parameters = hax_shape_elements(&weights) + (params->bias ? params->outputs : 0);
    const hax_shape *plane = layer->spec->op == HAX_OP_CONVOLUTION ? out : in;
    if (plane->dims[2] > 0 && plane->dims[3] > 0 &&
        plane->dims[2] * plane->dims[3] < (INT64_MAX >> 32) / in->dims[0])
        layer->macs = hax_shape_elements(&weights) * in->dims[0] * plane->dims[2] * plane->dims[3];
    return HAX_OK;
}

/* Caffe rounds up; with padding in either dimension it drops, in both, a last window that would
 * begin beyond the input (PoolingLayer, pooling_layer.cpp). */
static int64_t pool_extent(int64_t in, int kernel, int stride, int pad, bool padded)
{
    assert(in >= 1 && kernel >= 1 && stride >= 1 && pad >= 0);
    int64_t capacity = in + 2 * (int64_t) pad - kernel;
    if (capacity < 0)
        return 1;
    int64_t out = (capacity + stride - 1) / stride + 1;
    if (padded && (out - 1) * stride >= in + pad)
        out--;
    return out;
}

/* Without padding Caffe keeps a last window that begins beyond the input (a stride larger than the
 * window can make one) and leaves the least float or 0/0 in its place. Dropping it would give
 * another shape than Caffe's, and no kernel can compute it: such a layer is refused. */
static hax_status check_last_window(const hax_model *model, const hax_layer_spec *layer, int64_t in,
                                    int64_t out, int stride, int pad, hax_error *err)
{
    int64_t start = (out - 1) * stride - pad;
    if (start < in)
        return HAX_OK;
    return hax_layer_fail(model, layer, err,
                          "the last of its %" PRId64 " windows would begin at %" PRId64
                          ", beyond its input of %" PRId64
                          ", and hold nothing: make the stride (%d) no larger than the window",
                          out, start, in, stride);
}

/* ONNX's: rounded down, or up without a window that would begin in the padding behind the input. A
 * window that reaches beyond all of it by less than a stride is one: rounding up says so, and ONNX
 * Runtime rounds towards zero where it rounds down. What an average that counts padding is to
 * divide by there, its versions do not agree upon (`may_reach`: false). */
static int64_t told_pool_extent(int64_t in, int kernel, int stride, int dilation, int low, int high,
                                bool round_up, bool may_reach)
{
    assert(in >= 1 && kernel >= 1 && stride >= 1 && low >= 0 && high >= 0);
    int64_t capacity = in + low + high - ((int64_t) dilation * (kernel - 1) + 1);
    if (capacity < 0)
        return -capacity < stride && may_reach ? 1 : 0;
    int64_t out = (capacity + (round_up ? stride - 1 : 0)) / stride + 1;
    return (out - 1) * stride >= in + low ? out - 1 : out;
}

/* Each window holds something. */
static hax_status infer_told_pool(const hax_model *model, const hax_layer_spec *layer,
                                  const hax_shape *in, hax_shape *out, hax_error *err)
{
    const hax_window *w = &layer->params.window;
    bool up = layer->params.round_up, may_reach = up || layer->params.pool != HAX_POOL_AVERAGE;
    int64_t reach_h = (int64_t) w->dilation_h * (w->kernel_h - 1) + 1;
    int64_t reach_w = (int64_t) w->dilation_w * (w->kernel_w - 1) + 1;
    if (w->pad_top >= reach_h || w->pad_bottom >= reach_h || w->pad_left >= reach_w ||
        w->pad_right >= reach_w)
        return hax_layer_fail(model, layer, err, "padding must be smaller than the window");
    out->dims[2] = told_pool_extent(in->dims[2], w->kernel_h, w->stride_h, w->dilation_h,
                                    w->pad_top, w->pad_bottom, up, may_reach);
    out->dims[3] = told_pool_extent(in->dims[3], w->kernel_w, w->stride_w, w->dilation_w,
                                    w->pad_left, w->pad_right, up, may_reach);
    return HAX_OK;
}

hax_status hax_infer_pooling(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                             hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_window *w = &params->window;
    HAX_TRY(need_image(model, layer, err));
    const hax_shape *in = input_shape(model, layer, 0);
    *out = *in;
    if (params->global) {
        out->dims[2] = out->dims[3] = 1;
        return HAX_OK;
    }
    HAX_TRY(check_window(model, layer->spec, err));
    if (params->exact_window)
        return infer_told_pool(model, layer->spec, in, out, err);
    if (w->pad_top >= w->kernel_h || w->pad_left >= w->kernel_w)
        return hax_layer_fail(model, layer->spec, err, "padding must be smaller than the window");
    bool padded = w->pad_top > 0 || w->pad_left > 0;
    out->dims[2] = pool_extent(in->dims[2], w->kernel_h, w->stride_h, w->pad_top, padded);
    out->dims[3] = pool_extent(in->dims[3], w->kernel_w, w->stride_w, w->pad_left, padded);
    HAX_TRY(check_last_window(model, layer->spec, in->dims[2], out->dims[2], w->stride_h,
                              w->pad_top, err));
    return check_last_window(model, layer->spec, in->dims[3], out->dims[3], w->stride_w,
                             w->pad_left, err);
}

hax_status hax_infer_inner_product(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                                   hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = input_shape(model, layer, 0);
    if (params->outputs < 1)
        return hax_layer_fail(model, layer->spec, err, "num_output missing or below 1");
    hax_shape rest = { 0 };
    int64_t rows = 1;
    *out = (hax_shape){ .rank = params->axis + 1 };
    for (int d = 0; d < params->axis; d++)
        rows *= out->dims[d] = in->dims[d];
    for (int d = params->axis; d < in->rank; d++)
        rest.dims[rest.rank++] = in->dims[d];
    out->dims[params->axis] = params->outputs;
    hax_shape weights = { 2, { params->outputs, hax_shape_elements(&rest) } };
    char why[80];
    if (!hax_shape_valid(&weights, why, sizeof why))
        return hax_layer_fail(model, layer->spec, err, "weights: %s", why);
    if (params->weights &&
        hax_shape_elements(&params->weights->shape) != hax_shape_elements(&weights))
        return hax_layer_fail(
            model, layer->spec, err, "its weights are for %" PRId64 " inputs, it has %" PRId64,
            hax_shape_elements(&params->weights->shape) / params->outputs, weights.dims[1]);
    layer->macs = rows * hax_shape_elements(&weights);
    layer->parameters = hax_shape_elements(&weights) + (params->bias ? params->outputs : 0);
    return HAX_OK;
}

void hax_shape_text(const hax_shape *shape, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < shape->rank && used < size; i++)
        used +=
            (size_t) snprintf(text + used, size - used, "%s%" PRId64, i ? "x" : "", shape->dims[i]);
}

bool hax_shape_same(const hax_shape *a, const hax_shape *b)
{
    return a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t) a->rank * sizeof a->dims[0]) == 0;
}

hax_status hax_infer_eltwise(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                             hax_error *err)
{
    const hax_shape *first = input_shape(model, layer, 0);
    for (int i = 1; i < layer->spec->bottom_count; i++) {
        char a[100], b[100];
        if (hax_shape_same(first, input_shape(model, layer, i)))
            continue;
        hax_shape_text(first, a, sizeof a);
        hax_shape_text(input_shape(model, layer, i), b, sizeof b);
        return hax_layer_fail(model, layer->spec, err, "inputs differ in shape: %s and %s", a, b);
    }
    *out = *first;
    return HAX_OK;
}

hax_status hax_infer_concat(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                            hax_error *err)
{
    int axis = layer->spec->params.axis;
    *out = *input_shape(model, layer, 0);
    if (axis < 0 || axis >= out->rank)
        return hax_layer_fail(model, layer->spec, err, "axis %d of %d dimensions", axis, out->rank);
    for (int i = 1; i < layer->spec->bottom_count; i++) {
        hax_shape other = *input_shape(model, layer, i);
        int64_t extent = other.rank == out->rank ? other.dims[axis] : 0;
        other.dims[axis] = out->dims[axis];
        if (!hax_shape_same(out, &other) || extent > ELEMENTS_MAX)
            return hax_layer_fail(model, layer->spec, err,
                                  "input %d fits the first in other dimensions than axis %d", i,
                                  axis);
        out->dims[axis] += extent;
    }
    return HAX_OK;
}

hax_status hax_infer_lrn(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                         hax_error *err)
{
    HAX_TRY(need_image(model, layer, err));
    int size = layer->spec->params.lrn_size;
    if (size < 1 || size % 2 == 0)
        return hax_layer_fail(model, layer->spec, err, "local_size %d must be odd and positive",
                              size);
    *out = *input_shape(model, layer, 0);
    return HAX_OK;
}

hax_status hax_infer_softmax(const hax_model *model, hax_graph_layer *layer, hax_shape *out,
                             hax_error *err)
{
    *out = *input_shape(model, layer, 0);
    int axis = layer->spec->params.axis;
    if (axis < 0 || axis >= out->rank)
        return hax_layer_fail(model, layer->spec, err, "axis %d of %d dimensions", axis, out->rank);
    return HAX_OK;
}

hax_status hax_infer_input(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    (void) model, (void) err;
    *tops = layer->spec->params.shape;
    return HAX_OK;
}

hax_status hax_infer_first(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    (void) err;
    *tops = *input_shape(model, layer, 0);
    return HAX_OK;
}

static hax_infer_function *const infer_functions[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = hax_infer_##shape,
#include "op.def"
#undef X
};

/* Multiply-accumulates of a product of two computed matrices. */
static void count_product(const hax_model *model, hax_graph_layer *layer, const hax_shape *out)
{
    const hax_shape *a = input_shape(model, layer, 0);
    int inner = layer->spec->op == HAX_OP_GEMM && layer->spec->params.transpose_a ? 2 : 1;
    if (layer->spec->op == HAX_OP_MATMUL || layer->spec->op == HAX_OP_GEMM)
        layer->macs = hax_shape_elements(out) * a->dims[a->rank - inner];
}

hax_status hax_layer_infer(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    assert(layer->spec->op < HAX_OP_COUNT && layer->spec->top_count >= 1);
    char why[80];
    HAX_TRY(infer_functions[layer->spec->op](model, layer, tops, err));
    for (int t = 0; t < layer->spec->top_count; t++) {
        if (t > 0 && layer->spec->op != HAX_OP_SPLIT)
            tops[t] = tops[0];
        if (!hax_shape_valid(&tops[t], why, sizeof why))
            return hax_layer_fail(model, layer->spec, err, "output: %s", why);
    }
    count_product(model, layer, &tops[0]);
    return HAX_OK;
}
