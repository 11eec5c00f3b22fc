/* One layer as a kernel of its own. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "lower.h"

/* The window with what rounding up adds at the bottom and the right. */
static hax_window pool_window(const hax_layer_params *params, const hax_shape *in,
                              const hax_shape *out)
{
    assert(in->rank == 4 && out->rank == 4);
    hax_window w = params->window;
    if (params->global)
        w = (hax_window){ .kernel_h = (int) in->dims[2],
                          .kernel_w = (int) in->dims[3],
                          .stride_h = 1,
                          .stride_w = 1,
                          .dilation_h = 1,
                          .dilation_w = 1 };
    int64_t reach_h = (int64_t) w.dilation_h * (w.kernel_h - 1) + 1;
    int64_t reach_w = (int64_t) w.dilation_w * (w.kernel_w - 1) + 1;
    int64_t down = (out->dims[2] - 1) * w.stride_h + reach_h - in->dims[2] - w.pad_top;
    int64_t right = (out->dims[3] - 1) * w.stride_w + reach_w - in->dims[3] - w.pad_left;
    w.pad_bottom = down > 0 ? (int) down : 0;
    w.pad_right = right > 0 ? (int) right : 0;
    return w;
}

static int64_t slope_count(const hax_model *model, const hax_graph_layer *layer)
{
    const hax_layer_constant *slopes = layer->spec->params.weights;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    int64_t told = slopes ? hax_shape_elements(&slopes->shape) : 1;
    return told == 1 || hax_slopes_of_channels(&slopes->shape, in) ? told : hax_shape_elements(in);
}

static int64_t weight_count(const hax_model *model, const hax_graph_layer *layer)
{
    const hax_layer_params *params = &layer->spec->params;
    hax_op_class class = hax_op_class_of(layer->spec->op);
    if (class == HAX_CLASS_NORMALISE)
        return model->blobs[layer->inputs[0]].shape.dims[1];
    if (class == HAX_CLASS_WEIGHTED)
        return layer->parameters - (params->bias ? params->outputs : 0);
    return layer->spec->op == HAX_OP_PRELU ? slope_count(model, layer) : 0;
}

/* ---- resize ---------------------------------------------------------------------------------- */

/* ONNX, operator Resize: the place in the input of element `x` of the output. In 32-bit floats, as
 * ONNX Runtime computes it: where a place falls just between two elements, rounding decides, and
 * 4 / (8 / 6) is 3 in these, but less than 3 once the ratio was rounded and the rest was not. */
static float place_of(hax_resize_place how, float x, float in, float out, float scale)
{
    switch (how) {
    case HAX_RESIZE_ASYMMETRIC: return x / scale;
    case HAX_RESIZE_ALIGN_CORNERS: return out == 1 ? 0 : x * (in - 1) / (out - 1);
    case HAX_RESIZE_HALF_PIXEL_SYMMETRIC: {
        /* what rounding the size down has cut off is taken from both sides */
        float kept = out / (scale * in), cut = in / 2 * (1 - kept);
        return (float) ((double) cut + ((double) x + 0.5) / (double) scale - 0.5);
    }
    case HAX_RESIZE_PYTORCH_HALF_PIXEL: return out > 1 ? (x + 0.5F) / scale - 0.5F : 0;
    default: return (x + 0.5F) / scale - 0.5F;
    }
}

/* What a place may be off a half and still be taken for one: the ratio of the sides is rounded, and
 * ONNX Runtime 1.32 allows for it so. */
static const float half_width = 1e-6F;

static float nearest(hax_resize_round how, float place, float scale)
{
    float beyond = place - floorf(place) - 0.5F; /* the middle of two elements */
    switch (how) {
    case HAX_RESIZE_FLOOR: return floorf(place);
    case HAX_RESIZE_CEIL: return ceilf(place);
    case HAX_RESIZE_ROUND_PREFER_CEIL: return floorf(place) + (beyond > -half_width);
    case HAX_RESIZE_OUTWARDS: return scale < 1 ? ceilf(place) : truncf(place);
    default: return floorf(place) + (beyond >= half_width);
    }
}

static int within(float place, int64_t extent)
{
    assert(extent >= 1);
    return place < 0 ? 0 : place > (float) (extent - 1) ? (int) extent - 1 : (int) place;
}

/* Tables are made for each extent, so it may not be any that a shape can have. */
enum { RESIZED_MAX = 1 << 16 };

static hax_status fill_axis(const hax_model *model, const hax_layer_spec *spec, int axis,
                            int64_t in, int64_t out, hax_resize_axis *resize_axis, hax_error *err)
{
    assert(axis >= 2 && in >= 1 && out >= 1);
    assert(axis < spec->params.scales.count);
    const hax_layer_params *params = &spec->params;
    if (out > RESIZED_MAX)
        return hax_layer_fail(model, spec, err,
                              "axis %d would have %lld elements; at most %d are made", axis,
                              (long long) out, (int) RESIZED_MAX);
    int *low = hax_arena_alloc(model->arena, (size_t) out, sizeof *low);
    int *high = hax_arena_alloc(model->arena, (size_t) out, sizeof *high);
    float *fraction = hax_arena_alloc(model->arena, (size_t) out, sizeof *fraction);
    if (!low || !high || !fraction)
        return hax_fail_memory(err, "a network");
    float scale = params->scales.values[axis];
    for (int64_t x = 0; x < out; x++) {
        /* an extent may be kept by a scale that is not 1, and its elements still move */
        float place =
            scale == 1 ? (float) x
                       : place_of(params->resize.place, (float) x, (float) in, (float) out, scale);
        if (!params->resize.linear) {
            low[x] = high[x] = within(nearest(params->resize.round, place, scale), in);
            continue;
        }
        float inside = fminf(fmaxf(place, 0), (float) (in - 1));
        low[x] = within(floorf(inside), in);
        high[x] = low[x] + 1 < in ? low[x] + 1 : low[x];
        fraction[x] = inside - floorf(inside);
    }
    *resize_axis = (hax_resize_axis){ low, high, fraction };
    return HAX_OK;
}

static hax_status fill_resize(const hax_model *model, const hax_graph_layer *layer,
                              hax_kernel *kernel, hax_error *err)
{
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *out = &model->blobs[layer->outputs[0]].shape;
    hax_resize_axis *axes = hax_arena_alloc(model->arena, (size_t) in->rank, sizeof *axes);
    if (!axes)
        return hax_fail_memory(err, "a network");
    for (int d = 2; d < in->rank; d++)
        HAX_TRY(fill_axis(model, layer->spec, d, in->dims[d], out->dims[d], &axes[d], err));
    kernel->resize = axes;
    kernel->linear = layer->spec->params.resize.linear;
    return HAX_OK;
}

/* ---- forms ----------------------------------------------------------------------------------- */

static hax_form form_of(const hax_model *model, const hax_graph_layer *layer)
{
    hax_activation unused;
    if (hax_layer_activation(model, layer, &unused))
        return HAX_FORM_POINTWISE;
    switch (hax_op_class_of(layer->spec->op)) {
    case HAX_CLASS_BINARY: return HAX_FORM_BINARY;
    case HAX_CLASS_PRODUCT: return HAX_FORM_PRODUCT;
    case HAX_CLASS_REDUCE: return HAX_FORM_REDUCE;
    case HAX_CLASS_PARTS:
    case HAX_CLASS_WALK: return HAX_FORM_WALK;
    case HAX_CLASS_RENAME: return HAX_FORM_VIEW;
    default: return HAX_FORM_OWN;
    }
}

static void fill_moved(const hax_model *model, const hax_graph_layer *layer, int top,
                       hax_kernel *kernel)
{
    const hax_layer_params *params = &layer->spec->params;
    hax_layer_view(model, layer, top, &model->blobs[layer->outputs[top]].shape, &kernel->walk);
    kernel->indices = params->sizes.values;
    kernel->index_count = layer->spec->op == HAX_OP_GATHER ? params->sizes.count : 0;
    kernel->pads = params->pads.values;
    kernel->pad_mode = params->pad_mode;
    kernel->pad_value = params->pad_value;
    kernel->transpose_a = params->transpose_a;
    kernel->transpose_b = params->transpose_b;
    kernel->product_scale = layer->spec->op == HAX_OP_GEMM ? params->alpha : 1;
    kernel->added_scale = params->beta;
    if (kernel->form != HAX_FORM_REDUCE)
        return;
    kernel->kept = model->blobs[layer->inputs[0]].shape;
    for (int a = 0; a < params->axes.count; a++)
        kernel->kept.dims[params->axes.values[a]] = 1;
}

hax_status hax_fill_kernel(const hax_model *model, int layer, int top, hax_graph_kernel *kernel,
                           hax_error *err)
{
    assert(top >= 0 && top < model->layers[layer].spec->top_count);
    assert(!model->layers[layer].folded);
    const hax_graph_layer *from = &model->layers[layer];
    const hax_layer_params *params = &from->spec->params;
    const hax_shape *in = &model->blobs[from->inputs[0]].shape;
    const hax_shape *out = &model->blobs[from->outputs[top]].shape;
    hax_op op = from->spec->op;
    bool normalises = hax_op_class_of(op) == HAX_CLASS_NORMALISE;
    kernel->output_scale = 1;
    kernel->public = (hax_kernel){
        .op = normalises ? HAX_OP_SCALE : op,
        .form = form_of(model, from),
        .layer = layer,
        .first = from->compute_index,
        .last = from->compute_index,
        .input_count = from->spec->bottom_count,
        .residual = -1,
        .residual_scale = 1,
        .window = op == HAX_OP_POOLING ? pool_window(params, in, out) : params->window,
        .counted_bottom = params->window.pad_bottom,
        .counted_right = params->window.pad_right,
        .group = params->group,
        .channels_out = params->outputs,
        .bias = params->bias || normalises,
        .pool = params->pool,
        .axis = params->axis,
        .softmax_flat = params->softmax_flat,
        .lrn_size = params->lrn_size,
        .lrn_alpha = params->lrn_alpha,
        .lrn_beta = params->lrn_beta,
        .lrn_k = params->lrn_k,
        .lrn_within = params->lrn_within,
        .eltwise = params->eltwise,
        .coefficients = params->coefficients,
        .macs = from->macs,
        .weight_bytes = (size_t) weight_count(model, from) * sizeof(float),
    };
    assert(weight_count(model, from) >= 0);
    hax_layer_activation(model, from, &kernel->public.activation);
    kernel->known_weights = params->weights && params->weights->real;
    fill_moved(model, from, top, &kernel->public);
    return op == HAX_OP_RESIZE ? fill_resize(model, from, &kernel->public, err) : HAX_OK;
}
