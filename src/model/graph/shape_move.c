/* Shape rules (ONNX's) of layers that move, select or combine elements of any rank. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graph.h"

bool hax_shape_is_moved(hax_op op)
{
    return op == HAX_OP_SPLIT || op == HAX_OP_FLATTEN || (op >= HAX_OP_ADD && op < HAX_OP_COUNT);
}

bool hax_shape_broadcast(const hax_shape *a, const hax_shape *b, hax_shape *out)
{
    hax_shape shape = { .rank = a->rank > b->rank ? a->rank : b->rank };
    for (int d = 1; d <= shape.rank; d++) {
        int64_t x = d <= a->rank ? a->dims[a->rank - d] : 1;
        int64_t y = d <= b->rank ? b->dims[b->rank - d] : 1;
        if (x != y && x != 1 && y != 1)
            return false;
        shape.dims[shape.rank - d] = x == 1 ? y : x;
    }
    *out = shape;
    return true;
}

static hax_status do_not_fit(const hax_model *model, const hax_graph_layer *layer, hax_error *err)
{
    char a[100], b[100];
    hax_shape_text(&model->blobs[layer->inputs[0]].shape, a, sizeof a);
    hax_shape_text(&model->blobs[layer->inputs[1]].shape, b, sizeof b);
    return hax_layer_fail(model, layer->spec, err, "inputs of shapes %s and %s do not fit together",
                          a, b);
}

/* numpy's: the last two dimensions are matrices, those before broadcast; a list is a row at the
 * left, a column at the right, and leaves no dimension. */
static hax_status infer_matmul(const hax_model *model, const hax_graph_layer *layer, hax_shape *out,
                               hax_error *err)
{
    const hax_shape *in_a = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *in_b = &model->blobs[layer->inputs[1]].shape;
    if (in_a->rank < 1 || in_b->rank < 1)
        return hax_layer_fail(model, layer->spec, err, "needs matrices, has a single number");
    hax_shape a = hax_matrix_shape(in_a, false), b = hax_matrix_shape(in_b, true);
    hax_shape a_batch = a, b_batch = b;
    a_batch.rank -= 2;
    b_batch.rank -= 2;
    if (a.dims[a.rank - 1] != b.dims[b.rank - 2] || !hax_shape_broadcast(&a_batch, &b_batch, out))
        return do_not_fit(model, layer, err);
    if (in_a->rank > 1)
        out->dims[out->rank++] = a.dims[a.rank - 2];
    if (in_b->rank > 1)
        out->dims[out->rank++] = b.dims[b.rank - 1];
    return HAX_OK;
}

static hax_status infer_gemm(const hax_model *model, const hax_graph_layer *layer, hax_shape *out,
                             hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *a = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *b = &model->blobs[layer->inputs[1]].shape;
    int ta = params->transpose_a, tb = params->transpose_b;
    if (a->dims[1 - ta] != b->dims[tb])
        return do_not_fit(model, layer, err);
    hax_shape both;
    *out = (hax_shape){ 2, { a->dims[ta], b->dims[1 - tb] } };
    if (layer->spec->bottom_count < 3)
        return HAX_OK;
    if (!hax_shape_broadcast(out, &model->blobs[layer->inputs[2]].shape, &both) ||
        !hax_shape_same(out, &both))
        return hax_layer_fail(model, layer->spec, err, "C does not fit the product");
    return HAX_OK;
}

static hax_status infer_binary(const hax_model *model, const hax_graph_layer *layer, hax_shape *out,
                               hax_error *err)
{
    if (hax_shape_broadcast(&model->blobs[layer->inputs[0]].shape,
                            &model->blobs[layer->inputs[1]].shape, out))
        return HAX_OK;
    return do_not_fit(model, layer, err);
}

static hax_status infer_where(const hax_model *model, const hax_graph_layer *layer, hax_shape *out,
                              hax_error *err)
{
    hax_shape values;
    if (hax_shape_broadcast(&model->blobs[layer->inputs[1]].shape,
                            &model->blobs[layer->inputs[2]].shape, &values) &&
        hax_shape_broadcast(&model->blobs[layer->inputs[0]].shape, &values, out))
        return HAX_OK;
    return do_not_fit(model, layer, err);
}

static void shape_of_list(const hax_layer_longs *list, hax_shape *out)
{
    *out = (hax_shape){ .rank = list->count };
    for (int d = 0; d < list->count; d++)
        out->dims[d] = list->values[d];
}

static void infer_reduction(const hax_layer_params *params, const hax_shape *in, hax_shape *out)
{
    bool gone[HAX_MAX_RANK] = { false };
    for (int a = 0; a < params->axes.count; a++)
        gone[params->axes.values[a]] = true;
    *out = (hax_shape){ 0 };
    for (int d = 0; d < in->rank; d++)
        if (!gone[d] || params->keep_dims)
            out->dims[out->rank++] = gone[d] ? 1 : in->dims[d];
}

static void infer_flatten(const hax_layer_params *params, const hax_shape *in, hax_shape *out)
{
    *out = (hax_shape){ 2, { 1, 1 } };
    if (!params->flatten_2d)
        out->dims[0] = in->dims[0];
    for (int d = params->flatten_2d ? 0 : 1; d < in->rank; d++)
        out->dims[params->flatten_2d && d < params->axis ? 0 : 1] *= in->dims[d];
}

static void infer_slice(const hax_layer_params *params, const hax_shape *in, hax_shape *out)
{
    *out = *in;
    for (int a = 0; a < params->axes.count; a++)
        out->dims[params->axes.values[a]] = params->sizes.values[a];
}

static void infer_split(const hax_layer_spec *spec, const hax_shape *in, hax_shape *tops)
{
    for (int t = 0; t < spec->top_count; t++) {
        tops[t] = *in;
        if (spec->params.parts)
            tops[t].dims[spec->params.axis] = spec->params.sizes.values[t];
    }
}

static void infer_transpose(const hax_layer_params *params, const hax_shape *in, hax_shape *out)
{
    out->rank = in->rank;
    for (int d = 0; d < in->rank; d++)
        out->dims[d] = in->dims[params->order.values[d]];
}

static hax_status infer_gather(const hax_model *model, const hax_graph_layer *layer, hax_shape *out,
                               hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    if (in->rank - 1 + params->shape.rank > HAX_MAX_RANK)
        return hax_layer_fail(model, layer->spec, err, "an output of more than %d dimensions",
                              (int) HAX_MAX_RANK);
    *out = (hax_shape){ 0 };
    for (int d = 0; d < in->rank; d++) {
        for (int i = 0; d == params->axis && i < params->shape.rank; i++)
            out->dims[out->rank++] = params->shape.dims[i];
        if (d != params->axis)
            out->dims[out->rank++] = in->dims[d];
    }
    return HAX_OK;
}

static void infer_pad(const hax_layer_params *params, const hax_shape *in, hax_shape *out)
{
    *out = *in;
    for (int d = 0; d < in->rank; d++)
        out->dims[d] += params->pads.values[d] + params->pads.values[in->rank + d];
}

static hax_status infer_shape(const hax_model *model, hax_graph_layer const *layer, hax_shape *out,
                              hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    int rank = model->blobs[layer->inputs[0]].shape.rank;
    int start = params->start < 0 ? params->start + rank : params->start;
    int end = params->end < 0 ? params->end + rank : params->end == 0 ? rank : params->end;
    start = start < 0 ? 0 : start;
    end = end > rank ? rank : end;
    if (start >= end)
        return hax_layer_fail(model, layer->spec, err, "dimensions %d to %d of %d", params->start,
                              params->end, rank);
    *out = (hax_shape){ 1, { end - start } };
    return HAX_OK;
}

hax_status hax_layer_infer_moved(const hax_model *model, const hax_graph_layer *layer,
                                 hax_shape *tops, hax_error *err)
{
    const hax_layer_spec *spec = layer->spec;
    const hax_layer_params *params = &spec->params;
    const hax_shape *in = spec->bottom_count ? &model->blobs[layer->inputs[0]].shape : NULL;
    switch (spec->op) {
    case HAX_OP_MATMUL: return infer_matmul(model, layer, tops, err);
    case HAX_OP_GEMM: return infer_gemm(model, layer, tops, err);
    case HAX_OP_REDUCE_MEAN:
    case HAX_OP_REDUCE_SUM:
    case HAX_OP_REDUCE_MAX: infer_reduction(params, in, tops); return HAX_OK;
    case HAX_OP_RESHAPE:
    case HAX_OP_SQUEEZE:
    case HAX_OP_UNSQUEEZE:
    case HAX_OP_EXPAND:
    case HAX_OP_RESIZE:
    case HAX_OP_CONSTANT_OF_SHAPE: shape_of_list(&params->sizes, tops); return HAX_OK;
    case HAX_OP_FLATTEN: infer_flatten(params, in, tops); return HAX_OK;
    case HAX_OP_TRANSPOSE: infer_transpose(params, in, tops); return HAX_OK;
    case HAX_OP_SLICE: infer_slice(params, in, tops); return HAX_OK;
    case HAX_OP_SPLIT: infer_split(spec, in, tops); return HAX_OK;
    case HAX_OP_GATHER: return infer_gather(model, layer, tops, err);
    case HAX_OP_PAD: infer_pad(params, in, tops); return HAX_OK;
    case HAX_OP_SHAPE: return infer_shape(model, layer, tops, err);
    case HAX_OP_RANGE: *tops = params->shape; return HAX_OK;
    case HAX_OP_WHERE: return infer_where(model, layer, tops, err);
    case HAX_OP_NOT:
    case HAX_OP_IDENTITY:
    case HAX_OP_CAST: *tops = *in; return HAX_OK;
    default: return infer_binary(model, layer, tops, err);
    }
}
