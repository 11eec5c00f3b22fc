/*
 * Layers made complete: constant operands become parameters, axes count from the front, padding
 * is in numbers, and Gemm and MatMul with known weights are fully connected layers.
 */
#include "resolve.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const hax_shape *hax_resolve_shape(const hax_constant_resolver *resolver, int index)
{
    assert(index < resolver->spec->bottom_count && resolver->inputs[index] >= 0);
    return &resolver->model->blobs[resolver->inputs[index]].shape;
}

hax_status hax_resolve_constant(const hax_constant_resolver *resolver, int index,
                                const hax_layer_constant **found)
{
    *found = NULL;
    if (index >= resolver->spec->bottom_count || resolver->inputs[index] < 0)
        return HAX_OK;
    const hax_blob *from = &resolver->model->blobs[resolver->inputs[index]];
    if (!from->known)
        return hax_layer_fail(
            resolver->model, resolver->spec, resolver->err,
            "its input %d ('%.100s') must be a constant or follow from constants; it "
            "is computed",
            index, from->name);
    *found = from->known;
    return HAX_OK;
}

hax_status hax_resolve_longs(const hax_constant_resolver *resolver, int index,
                             hax_layer_longs *list)
{
    const hax_layer_constant *found;
    HAX_TRY(hax_resolve_constant(resolver, index, &found));
    if (!found)
        return HAX_OK;
    if (!found->is_whole || found->shape.rank > 1)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "its input %d ('%.100s') must be a list of whole numbers", index,
                              found->name);
    *list = (hax_layer_longs){ (int) hax_shape_elements(&found->shape), found->integers };
    return HAX_OK;
}

hax_status hax_resolve_reals(const hax_constant_resolver *resolver, int index,
                             hax_layer_reals *list)
{
    const hax_layer_constant *found;
    HAX_TRY(hax_resolve_constant(resolver, index, &found));
    if (!found)
        return HAX_OK;
    if (found->is_whole || !found->real || found->shape.rank > 1)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "its input %d ('%.100s') must be a list of real numbers", index,
                              found->name);
    *list = (hax_layer_reals){ (int) hax_shape_elements(&found->shape), found->real };
    return HAX_OK;
}

hax_status hax_resolve_axis(const hax_constant_resolver *resolver, int64_t axis, int rank, int *out)
{
    if (axis < -rank || axis >= rank)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "axis %" PRId64 " of %d dimensions", axis, rank);
    *out = (int) (axis < 0 ? axis + rank : axis);
    assert(*out >= 0 && *out < rank);
    return HAX_OK;
}

/* ---- weights -------------------------------------------------------------------------------- */

static hax_status wrong_constant(const hax_constant_resolver *resolver,
                                 const hax_layer_constant *constant, const char *needs)
{
    char text[100];
    hax_shape_text(&constant->shape, text, sizeof text);
    return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                          "'%.100s' of shape %s, needs %s", constant->name,
                          constant->shape.rank ? text : "()", needs);
}

/* A real constant of `count` elements at a bottom, NULL when it is left out. */
static hax_status take_vector(const hax_constant_resolver *resolver, int index, int64_t count,
                              const hax_layer_constant **found)
{
    char needs[60];
    HAX_TRY(hax_resolve_constant(resolver, index, found));
    if (!*found || (!(*found)->is_whole && hax_shape_elements(&(*found)->shape) == count))
        return HAX_OK;
    snprintf(needs, sizeof needs, "%" PRId64 " real numbers", count);
    return wrong_constant(resolver, *found, needs);
}

static hax_status take_weights(const hax_constant_resolver *resolver, int rank, const char *needs)
{
    HAX_TRY(hax_resolve_constant(resolver, 1, &resolver->spec->params.weights));
    const hax_layer_constant *weights = resolver->spec->params.weights;
    return !weights || (!weights->is_whole && weights->shape.rank == rank)
               ? HAX_OK
               : wrong_constant(resolver, weights, needs);
}

/* The bias at a bottom; without known weights the layer keeps the one it is told to have. */
static hax_status take_bias(const hax_constant_resolver *resolver, int index)
{
    hax_layer_params *params = &resolver->spec->params;
    HAX_TRY(take_vector(resolver, index, params->outputs, &params->weight_bias));
    if (params->weights)
        params->bias = params->weight_bias != NULL;
    return HAX_OK;
}

static hax_status keep_inputs(const hax_constant_resolver *resolver, int count)
{
    for (int i = 0; i < count; i++)
        if (i >= resolver->spec->bottom_count || resolver->inputs[i] < 0)
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "its input %d is left out", i);
    resolver->spec->bottom_count = count;
    return HAX_OK;
}

/* Pads of one dimension that make the output as large as the input over the stride, or of a
 * transposed convolution as the input times it, `beyond` of which no tap need reach. */
static void same_pads(int64_t in, int64_t reach, int stride, bool upper, bool transposed,
                      int beyond, int *low, int *high)
{
    assert(in >= 1 && reach >= 1 && stride >= 1);
    int64_t out = (in + stride - 1) / stride;
    int64_t all = transposed ? reach + beyond - stride : (out - 1) * stride + reach - in;
    all = all < 0 ? 0 : all;
    *low = (int) (upper ? all / 2 : all - all / 2);
    *high = (int) (all - *low);
    assert(*low >= 0 && *high >= 0);
}

static void resolve_window(const hax_constant_resolver *resolver, const hax_shape *in)
{
    hax_layer_params *params = &resolver->spec->params;
    /* ONNX Runtime leaves a pool's dilation out here, so that its output is smaller than ONNX says
     */
    bool pools = resolver->spec->op == HAX_OP_POOLING;
    hax_window *w = &params->window;
    bool transposed = resolver->spec->op == HAX_OP_DECONVOLUTION;
    bool upper = params->auto_pad == LAYER_PAD_SAME_UPPER;
    if (params->auto_pad == LAYER_PAD_VALID)
        w->pad_top = w->pad_left = w->pad_bottom = w->pad_right = 0;
    else if (params->auto_pad != LAYER_PAD_TOLD) {
        int64_t reach_h = (int64_t) (pools ? 1 : w->dilation_h) * (w->kernel_h - 1) + 1;
        int64_t reach_w = (int64_t) (pools ? 1 : w->dilation_w) * (w->kernel_w - 1) + 1;
        same_pads(in->dims[2], reach_h, w->stride_h, upper, transposed, params->output_pad_h,
                  &w->pad_top, &w->pad_bottom);
        same_pads(in->dims[3], reach_w, w->stride_w, upper, transposed, params->output_pad_w,
                  &w->pad_left, &w->pad_right);
    } else if (!params->exact_window) {
        w->pad_bottom = w->pad_top;
        w->pad_right = w->pad_left;
    }
}

/* Pads of a transposed convolution whose output is told (ONNX, ConvTranspose). Where even no pads
 * make too little of it, rows that no tap reaches follow. */
static void output_pads(int64_t in, int told, int reach, int stride, bool upper, int *low,
                        int *high, int *output_pad)
{
    int64_t all = stride * (in - 1) + *output_pad + reach - told;
    if (all < 0)
        *output_pad -= (int) all;
    all = all < 0 ? 0 : all > INT32_MAX / 2 ? INT32_MAX / 2 : all;
    *low = (int) (upper ? all / 2 : all - all / 2);
    *high = (int) (all - *low);
    assert(*low >= 0 && *high >= 0);
}

static void resolve_output(hax_layer_params *params, const hax_shape *in)
{
    hax_window *w = &params->window;
    bool upper = params->auto_pad == LAYER_PAD_SAME_UPPER;
    output_pads(in->dims[2], params->output_h, w->dilation_h * (w->kernel_h - 1) + 1, w->stride_h,
                upper, &w->pad_top, &w->pad_bottom, &params->output_pad_h);
    output_pads(in->dims[3], params->output_w, w->dilation_w * (w->kernel_w - 1) + 1, w->stride_w,
                upper, &w->pad_left, &w->pad_right, &params->output_pad_w);
}

static bool window_sane(const hax_window *w)
{
    return w->stride_h > 0 && w->stride_w > 0 && w->dilation_h > 0 && w->dilation_w > 0;
}

hax_status hax_resolve_convolution(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    bool transposed = resolver->spec->op == HAX_OP_DECONVOLUTION;
    HAX_TRY(take_weights(resolver, 4,
                         transposed ? "in x out/group x height x width"
                                    : "out x in/group x height x width"));
    const hax_layer_constant *weights = params->weights;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    if (weights) {
        const int64_t *dims = weights->shape.dims;
        int64_t outputs = transposed ? dims[1] * params->group : dims[0];
        int64_t inputs = transposed ? dims[0] : dims[1] * params->group;
        if (in->rank == 4 && inputs != in->dims[1])
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "its weights are for %" PRId64
                                  " channels, its input has %" PRId64,
                                  inputs, in->dims[1]);
        params->outputs = outputs > INT32_MAX ? 0 : (int) outputs;
        params->window.kernel_h = dims[2] > UINT16_MAX ? 0 : (int) dims[2];
        params->window.kernel_w = dims[3] > UINT16_MAX ? 0 : (int) dims[3];
    }
    HAX_TRY(take_bias(resolver, 2));
    bool told = params->output_h > 0 && params->output_w > 0;
    if (in->rank == 4 && window_sane(&params->window)) { /* else refused with the shape */
        if (told)
            resolve_output(params, in);
        else
            resolve_window(resolver, in);
    }
    return keep_inputs(resolver, 1);
}

hax_status hax_resolve_pooling(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    if (params->global && in->rank > 2 && in->rank != 4) { /* ONNX: all but the first two */
        resolver->spec->op = params->pool == HAX_POOL_MAX ? HAX_OP_REDUCE_MAX : HAX_OP_REDUCE_MEAN;
        params->axis = 2;
        params->to_last = params->keep_dims = true;
        return hax_resolve_reduction(resolver);
    }
    if (params->window.dilation_h == 0)
        params->window.dilation_h = 1;
    if (params->window.dilation_w == 0)
        params->window.dilation_w = 1;
    if (params->auto_pad != LAYER_PAD_TOLD)
        params->exact_window = true;
    if (in->rank == 4 && window_sane(&params->window))
        resolve_window(resolver, in);
    return HAX_OK;
}

hax_status hax_resolve_inner_product(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    HAX_TRY(hax_resolve_axis(resolver, params->axis, hax_resolve_shape(resolver, 0)->rank,
                             &params->axis));
    HAX_TRY(take_weights(resolver, 2, "out x in"));
    if (params->weights) {
        int64_t outputs = params->weights->shape.dims[params->transpose_b ? 1 : 0];
        params->outputs = outputs > INT32_MAX ? 0 : (int) outputs;
    }
    HAX_TRY(take_bias(resolver, 2));
    return keep_inputs(resolver, 1);
}

/* Known weights of two dimensions: a fully connected layer over the last axis. */
hax_status hax_resolve_matmul(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_layer_constant *b = resolver->model->blobs[resolver->inputs[1]].known;
    const hax_shape *a = hax_resolve_shape(resolver, 0);
    if (!b || b->shape.rank != 2 || a->rank < 2 ||
        resolver->model->blobs[resolver->inputs[0]].known)
        return HAX_OK;
    resolver->spec->op = HAX_OP_INNER_PRODUCT;
    params->transpose_b = true; /* in x out */
    params->axis = -1;
    return hax_resolve_inner_product(resolver);
}

/* Is C one number for each column, so that it is a bias? */
static bool is_row(const hax_layer_constant *c, int64_t columns)
{
    return c && !c->is_whole && hax_shape_elements(&c->shape) == columns &&
           (c->shape.rank == 0 || c->shape.dims[c->shape.rank - 1] == columns);
}

hax_status hax_resolve_gemm(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *a = hax_resolve_shape(resolver, 0), *b = hax_resolve_shape(resolver, 1);
    bool has_c = resolver->spec->bottom_count > 2 && resolver->inputs[2] >= 0;
    if (a->rank != 2 || b->rank != 2)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "needs two matrices, has %d and %d "
                              "dimensions",
                              a->rank, b->rank);
    if (params->alpha == 0 || (params->beta == 0 && has_c))
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "alpha or beta of 0 would leave an operand without effect");
    const hax_layer_constant *c = has_c ? resolver->model->blobs[resolver->inputs[2]].known : NULL;
    int64_t columns = b->dims[params->transpose_b ? 0 : 1];
    if (!resolver->model->blobs[resolver->inputs[1]].known || params->transpose_a ||
        resolver->model->blobs[resolver->inputs[0]].known || (has_c && !is_row(c, columns)))
        return keep_inputs(resolver, has_c ? 3 : 2);
    resolver->spec->op = HAX_OP_INNER_PRODUCT;
    params->transpose_b = !params->transpose_b; /* Caffe's are out x in */
    params->axis = 1;
    return hax_resolve_inner_product(resolver);
}

hax_status hax_resolve_normalisation(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    const hax_layer_constant **const into[] = { &params->weights, &params->weight_bias,
                                                &params->mean, &params->variance };
    if (resolver->spec->bottom_count == 1)
        return HAX_OK;
    if (in->rank < 2)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "needs an input with channels");
    for (int i = 0; i < 4; i++)
        HAX_TRY(take_vector(resolver, i + 1, in->dims[1], into[i]));
    return keep_inputs(resolver, 1);
}

bool hax_slopes_of_channels(const hax_shape *slopes, const hax_shape *in)
{
    /* ONNX's slopes broadcast from the right: those of channels are C x 1 x 1 */
    int trailing = slopes->rank - 1;
    for (; trailing > 0 && slopes->dims[trailing] == 1;)
        trailing--;
    return hax_shape_elements(slopes) == in->dims[1] && slopes->rank - 1 - trailing == in->rank - 2;
}

hax_status hax_resolve_prelu(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    HAX_TRY(hax_resolve_constant(resolver, 1, &params->weights));
    if (in->rank < 2)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "needs an input with channels");
    const hax_layer_constant *slopes = params->weights;
    hax_shape both;
    if (slopes && (slopes->is_whole || !hax_shape_broadcast(in, &slopes->shape, &both) ||
                   !hax_shape_same(in, &both)))
        return wrong_constant(resolver, slopes, "slopes that broadcast to its input");
    return keep_inputs(resolver, 1);
}

static hax_status take_number(const hax_constant_resolver *resolver, int index, float *value,
                              bool *has)
{
    hax_layer_reals list = { 0 };
    HAX_TRY(hax_resolve_reals(resolver, index, &list));
    if (!list.values)
        return HAX_OK;
    if (list.count != 1)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "its input %d must be one number", index);
    *value = list.values[0];
    *has = true;
    return HAX_OK;
}

hax_status hax_resolve_clip(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    HAX_TRY(take_number(resolver, 1, &params->low, &params->has_low));
    HAX_TRY(take_number(resolver, 2, &params->high, &params->has_high));
    /* ONNX: a limit that is not given is the largest number, and infinity becomes that */
    params->low = params->has_low ? params->low : -FLT_MAX;
    params->high = params->has_high ? params->high : FLT_MAX;
    if (params->low > params->high) /* ONNX: the upper limit has the last word */
        params->low = params->high;
    return keep_inputs(resolver, 1);
}

hax_status hax_resolve_own_axis(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    int rank = hax_resolve_shape(resolver, 0)->rank;
    return hax_resolve_axis(resolver, params->axis, rank, &params->axis);
}

/* ONNX's may begin behind the last dimension; Caffe's is not told. */
hax_status hax_resolve_flatten(const hax_constant_resolver *resolver)
{
    const hax_layer_params *params = &resolver->spec->params;
    bool inside = params->axis != hax_resolve_shape(resolver, 0)->rank;
    return params->flatten_2d && inside ? hax_resolve_own_axis(resolver) : HAX_OK;
}

hax_status hax_resolve_none(const hax_constant_resolver *resolver)
{
    (void) resolver;
    return HAX_OK;
}

static hax_resolve_function *const resolve_functions[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = hax_resolve_##resolve,
#include "op.def"
#undef X
};

hax_status hax_resolve_constants(const hax_model *model, hax_layer_spec *spec, int *inputs,
                                 hax_error *err)
{
    const hax_constant_resolver resolver = { model, spec, inputs, err };
    assert(spec->op < HAX_OP_COUNT);
    return resolve_functions[spec->op](&resolver);
}
