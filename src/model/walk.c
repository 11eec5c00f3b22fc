/* Layers that only move elements, as steps through their input. */
#include "graph.h"

static void dense_steps(const hax_shape *shape, int64_t *steps)
{
    int64_t step = 1;
    for (int d = shape->rank - 1; d >= 0; d--) {
        steps[d] = step;
        step *= shape->dims[d];
    }
}

hax_walk walk_broadcast(const hax_shape *from, const hax_shape *to)
{
    hax_walk at = { 0 };
    int64_t dense[HAX_MAX_RANK];
    int missing = to->rank - from->rank;
    dense_steps(from, dense);
    for (int d = 0; d < from->rank; d++)
        at.steps[d + missing] = from->dims[d] == 1 ? 0 : dense[d];
    return at;
}

int64_t walk_index(const hax_walk *at, const hax_shape *out, int64_t index)
{
    int64_t place = at->offset;
    for (int d = out->rank - 1; d >= 0; d--) {
        place += index % out->dims[d] * at->steps[d];
        index /= out->dims[d];
    }
    return place;
}

static hax_walk walk_slice(const layer_params *params, const hax_shape *in)
{
    hax_walk at = { 0 };
    dense_steps(in, at.steps);
    for (int a = 0; a < params->axes.count; a++) {
        int64_t *step = &at.steps[params->axes.at[a]];
        at.offset += params->starts.at[a] * *step;
        *step *= params->steps.at[a];
    }
    return at;
}

static hax_walk walk_part(const layer_params *params, const hax_shape *in, int top)
{
    hax_walk at = { 0 };
    dense_steps(in, at.steps);
    for (int t = 0; t < top; t++)
        at.offset += params->sizes.at[t] * at.steps[params->axis];
    return at;
}

static hax_walk walk_transpose(const layer_params *params, const hax_shape *in)
{
    hax_walk at = { 0 };
    int64_t dense[HAX_MAX_RANK];
    dense_steps(in, dense);
    for (int d = 0; d < in->rank; d++)
        at.steps[d] = dense[params->order.at[d]];
    return at;
}

bool layer_walk(const hax_model *model, const graph_layer *layer, int top, const hax_shape *out,
                hax_walk *at)
{
    const layer_params *params = &layer->spec->params;
    if (layer->spec->bottom_count == 0)
        return false;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    *at = (hax_walk){ 0 };
    switch (layer->spec->op) {
    case HAX_OP_SLICE: *at = walk_slice(params, in); return true;
    case HAX_OP_SPLIT:
        if (params->parts)
            *at = walk_part(params, in, top);
        else
            dense_steps(out, at->steps);
        return true;
    case HAX_OP_TRANSPOSE: *at = walk_transpose(params, in); return true;
    case HAX_OP_EXPAND: *at = walk_broadcast(in, out); return true;
    case HAX_OP_FLATTEN:
    case HAX_OP_RESHAPE:
    case HAX_OP_SQUEEZE:
    case HAX_OP_UNSQUEEZE:
    case HAX_OP_IDENTITY:
    case HAX_OP_DROPOUT: dense_steps(out, at->steps); return true;
    default: return false;
    }
}
