/* Shape rules (ONNX's) of layers that move, select or combine elements of any rank. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "infer.h"

bool hax_shape_broadcast(const hax_shape *a, const hax_shape *b, hax_shape *out)
{
    assert(a->rank <= HAX_MAX_RANK && b->rank <= HAX_MAX_RANK);
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
hax_status hax_infer_matmul(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
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
    if (a.dims[a.rank - 1] != b.dims[b.rank - 2] || !hax_shape_broadcast(&a_batch, &b_batch, tops))
        return do_not_fit(model, layer, err);
    if (in_a->rank > 1)
        tops->dims[tops->rank++] = a.dims[a.rank - 2];
    if (in_b->rank > 1)
        tops->dims[tops->rank++] = b.dims[b.rank - 1];
    return HAX_OK;
}

hax_status hax_infer_gemm(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                          hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *a = &model->blobs[layer->inputs[0]].shape;
    const hax_shape *b = &model->blobs[layer->inputs[1]].shape;
    int ta = params->transpose_a, tb = params->transpose_b;
    if (a->dims[1 - ta] != b->dims[tb])
        return do_not_fit(model, layer, err);
    hax_shape both;
    *tops = (hax_shape){ 2, { a->dims[ta], b->dims[1 - tb] } };
    if (layer->spec->bottom_count < 3)
        return HAX_OK;
    if (!hax_shape_broadcast(tops, &model->blobs[layer->inputs[2]].shape, &both) ||
        !hax_shape_same(tops, &both))
        return hax_layer_fail(model, layer->spec, err, "C does not fit the product");
    return HAX_OK;
}

hax_status hax_infer_broadcast(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                               hax_error *err)
{
    if (hax_shape_broadcast(&model->blobs[layer->inputs[0]].shape,
                            &model->blobs[layer->inputs[1]].shape, tops))
        return HAX_OK;
    return do_not_fit(model, layer, err);
}

hax_status hax_infer_where(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    hax_shape values;
    if (hax_shape_broadcast(&model->blobs[layer->inputs[1]].shape,
                            &model->blobs[layer->inputs[2]].shape, &values) &&
        hax_shape_broadcast(&model->blobs[layer->inputs[0]].shape, &values, tops))
        return HAX_OK;
    return do_not_fit(model, layer, err);
}

hax_status hax_infer_sizes(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    assert(layer->spec->params.sizes.count <= HAX_MAX_RANK);
    (void) model, (void) err;
    const hax_layer_longs *list = &layer->spec->params.sizes;
    *tops = (hax_shape){ .rank = list->count };
    for (int d = 0; d < list->count; d++)
        tops->dims[d] = list->values[d];
    return HAX_OK;
}

hax_status hax_infer_reduction(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                               hax_error *err)
{
    (void) err;
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(params->axes.count <= in->rank);
    bool gone[HAX_MAX_RANK] = { false };
    for (int a = 0; a < params->axes.count; a++)
        gone[params->axes.values[a]] = true;
    *tops = (hax_shape){ 0 };
    for (int d = 0; d < in->rank; d++)
        if (!gone[d] || params->keep_dims)
            tops->dims[tops->rank++] = gone[d] ? 1 : in->dims[d];
    return HAX_OK;
}

hax_status hax_infer_flatten(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                             hax_error *err)
{
    (void) err;
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    *tops = (hax_shape){ 2, { 1, 1 } };
    if (!params->flatten_2d)
        tops->dims[0] = in->dims[0];
    for (int d = params->flatten_2d ? 0 : 1; d < in->rank; d++)
        tops->dims[params->flatten_2d && d < params->axis ? 0 : 1] *= in->dims[d];
    return HAX_OK;
}

hax_status hax_infer_slice(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    (void) err;
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(params->sizes.count == params->axes.count);
    *tops = *in;
    for (int a = 0; a < params->axes.count; a++)
        tops->dims[params->axes.values[a]] = params->sizes.values[a];
    return HAX_OK;
}

hax_status hax_infer_split(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    (void) err;
    const hax_layer_spec *spec = layer->spec;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(!spec->params.parts || spec->params.sizes.count == spec->top_count);
    for (int t = 0; t < spec->top_count; t++) {
        tops[t] = *in;
        if (spec->params.parts)
            tops[t].dims[spec->params.axis] = spec->params.sizes.values[t];
    }
    return HAX_OK;
}

hax_status hax_infer_transpose(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                               hax_error *err)
{
    (void) err;
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(params->order.count == in->rank);
    tops->rank = in->rank;
    for (int d = 0; d < in->rank; d++)
        tops->dims[d] = in->dims[params->order.values[d]];
    return HAX_OK;
}

hax_status hax_infer_gather(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                            hax_error *err)
{
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(params->axis >= 0 && params->axis < in->rank);
    if (in->rank - 1 + params->shape.rank > HAX_MAX_RANK)
        return hax_layer_fail(model, layer->spec, err, "an output of more than %d dimensions",
                              (int) HAX_MAX_RANK);
    *tops = (hax_shape){ 0 };
    for (int d = 0; d < in->rank; d++) {
        for (int i = 0; d == params->axis && i < params->shape.rank; i++)
            tops->dims[tops->rank++] = params->shape.dims[i];
        if (d != params->axis)
            tops->dims[tops->rank++] = in->dims[d];
    }
    return HAX_OK;
}

hax_status hax_infer_pad(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                         hax_error *err)
{
    (void) err;
    const hax_layer_params *params = &layer->spec->params;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    assert(params->pads.count == 2 * in->rank);
    *tops = *in;
    for (int d = 0; d < in->rank; d++)
        tops->dims[d] += params->pads.values[d] + params->pads.values[in->rank + d];
    return HAX_OK;
}

hax_status hax_infer_shape(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
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
    *tops = (hax_shape){ 1, { end - start } };
    return HAX_OK;
}

hax_status hax_infer_range(const hax_model *model, hax_graph_layer *layer, hax_shape *tops,
                           hax_error *err)
{
    return hax_infer_input(model, layer, tops, err);
}
