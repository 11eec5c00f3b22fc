/* Layers that only move elements, as steps through their input. */
#include <assert.h>

#include "graph.h"

static void dense_steps(const hax_shape *shape, int64_t *steps)
{
    int64_t step = 1;
    for (int d = shape->rank - 1; d >= 0; d--) {
        steps[d] = step;
        step *= shape->dims[d];
    }
}

hax_strided_view hax_strided_view_broadcast(const hax_shape *from, const hax_shape *to)
{
    assert(from->rank <= to->rank);
    hax_strided_view view = { 0 };
    int64_t dense[HAX_MAX_RANK];
    int missing = to->rank - from->rank;
    dense_steps(from, dense);
    for (int d = 0; d < from->rank; d++)
        view.steps[d + missing] = from->dims[d] == 1 ? 0 : dense[d];
    return view;
}

int64_t hax_strided_view_index(const hax_strided_view *view, const hax_shape *out, int64_t index)
{
    assert(index >= 0);
    int64_t place = view->offset;
    for (int d = out->rank - 1; d >= 0; d--) {
        place += index % out->dims[d] * view->steps[d];
        index /= out->dims[d];
    }
    assert(index == 0);
    return place;
}

static hax_strided_view walk_slice(const hax_layer_params *params, const hax_shape *in)
{
    assert(params->starts.count == params->axes.count);
    assert(params->steps.count == params->axes.count);
    hax_strided_view view = { 0 };
    dense_steps(in, view.steps);
    for (int a = 0; a < params->axes.count; a++) {
        int64_t *step = &view.steps[params->axes.values[a]];
        view.offset += params->starts.values[a] * *step;
        *step *= params->steps.values[a];
    }
    return view;
}

static hax_strided_view walk_part(const hax_layer_params *params, const hax_shape *in, int top)
{
    assert(top >= 0 && top < params->sizes.count);
    hax_strided_view view = { 0 };
    dense_steps(in, view.steps);
    for (int t = 0; t < top; t++)
        view.offset += params->sizes.values[t] * view.steps[params->axis];
    return view;
}

static hax_strided_view walk_transpose(const hax_layer_params *params, const hax_shape *in)
{
    assert(params->order.count == in->rank);
    hax_strided_view view = { 0 };
    int64_t dense[HAX_MAX_RANK];
    dense_steps(in, dense);
    for (int d = 0; d < in->rank; d++)
        view.steps[d] = dense[params->order.values[d]];
    return view;
}

bool hax_layer_view(const hax_model *model, const hax_graph_layer *layer, int top,
                    const hax_shape *out, hax_strided_view *view)
{
    const hax_layer_params *params = &layer->spec->params;
    if (layer->spec->bottom_count == 0)
        return false;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    *view = (hax_strided_view){ 0 };
    switch (layer->spec->op) {
    case HAX_OP_SLICE: *view = walk_slice(params, in); return true;
    case HAX_OP_SPLIT:
        if (params->parts)
            *view = walk_part(params, in, top);
        else
            dense_steps(out, view->steps);
        return true;
    case HAX_OP_TRANSPOSE: *view = walk_transpose(params, in); return true;
    case HAX_OP_EXPAND: *view = hax_strided_view_broadcast(in, out); return true;
    default: break;
    }
    hax_op_class class = hax_op_class_of(layer->spec->op);
    if (class != HAX_CLASS_RENAME && class != HAX_CLASS_PASS)
        return false;
    dense_steps(out, view->steps);
    return true;
}
