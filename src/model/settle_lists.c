/* Layers whose parameters are lists: shapes, axes, ranges, all made complete. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "settle.h"

static int64_t *new_longs(const settling *at, int count)
{
    return hax_arena_alloc(at->model->arena, (size_t) count + 1, sizeof(int64_t));
}

static hax_status out_of_memory(const settling *at)
{
    return hax_fail_memory(at->err, "a network");
}

/* Only the first bottom stays. */
static hax_status keep_first(const settling *at)
{
    at->spec->bottom_count = 1;
    return HAX_OK;
}

static hax_status wrong_list(const settling *at, const char *what, int count, int needs)
{
    return layer_fail(at->model, at->spec, at->err, "%s: %d numbers, needs %d", what, count, needs);
}

/* Axes counted from the front, no two the same, in the order told; all of them if none is told. */
static hax_status settle_axes(const settling *at, int rank)
{
    layer_longs *axes = &at->spec->params.axes;
    bool used[HAX_MAX_RANK] = { false };
    int count = axes->at ? axes->count : rank;
    if (count > rank)
        return wrong_list(at, "axes", count, rank);
    int64_t *made = new_longs(at, count);
    if (!made)
        return out_of_memory(at);
    for (int i = 0; i < count; i++) {
        int axis;
        HAX_TRY(settle_axis(at, axes->at ? axes->at[i] : i, rank, &axis));
        if (used[axis])
            return layer_fail(at->model, at->spec, at->err, "axis %d is given twice", axis);
        used[axis] = true;
        made[i] = axis;
    }
    *axes = (layer_longs){ count, made };
    return HAX_OK;
}

/* ---- other shapes of the same elements ------------------------------------------------------ */

static hax_status set_sizes(const settling *at, const hax_shape *shape)
{
    int64_t *made = new_longs(at, shape->rank);
    if (!made)
        return out_of_memory(at);
    memcpy(made, shape->dims, (size_t) shape->rank * sizeof *made);
    at->spec->params.sizes = (layer_longs){ shape->rank, made };
    return keep_first(at);
}

static hax_status wrong_reshape(const settling *at, const hax_shape *in)
{
    char text[100];
    shape_text(in, text, sizeof text);
    return layer_fail(at->model, at->spec, at->err,
                      "an input of shape %s does not fit the shape wanted", text);
}

static hax_status settle_reshape(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    HAX_TRY(settle_longs(at, 1, &params->sizes));
    if (params->sizes.count > HAX_MAX_RANK)
        return wrong_list(at, "shape", params->sizes.count, HAX_MAX_RANK);
    hax_shape out = { .rank = params->sizes.count };
    int rest = -1;
    int64_t known = 1, total = shape_elements(in);
    for (int d = 0; d < out.rank; d++) {
        int64_t size = params->sizes.at[d];
        if (size == 0 && !params->allow_zero)
            size = d < in->rank ? in->dims[d] : 0;
        if (size == -1 && rest < 0)
            rest = d;
        else if (size < 1 || size > total / known)
            return wrong_reshape(at, in);
        else
            known *= size;
        out.dims[d] = size;
    }
    if (rest >= 0)
        out.dims[rest] = total / known;
    if (total % known != 0 || (rest < 0 && known != total))
        return wrong_reshape(at, in);
    return set_sizes(at, &out);
}

static hax_status settle_squeeze(const settling *at)
{
    const hax_shape *in = settle_shape(at, 0);
    layer_longs *axes = &at->spec->params.axes;
    HAX_TRY(settle_longs(at, 1, axes));
    bool all = !axes->at;
    bool gone[HAX_MAX_RANK] = { false };
    HAX_TRY(settle_axes(at, in->rank));
    for (int i = 0; i < axes->count; i++) {
        int64_t extent = in->dims[axes->at[i]];
        if (extent != 1 && !all)
            return layer_fail(at->model, at->spec, at->err,
                              "axis %" PRId64 " has %" PRId64 " elements and cannot go",
                              axes->at[i], extent);
        gone[axes->at[i]] = extent == 1;
    }
    hax_shape out = { 0 };
    for (int d = 0; d < in->rank; d++)
        if (!gone[d])
            out.dims[out.rank++] = in->dims[d];
    return set_sizes(at, &out);
}

static hax_status settle_unsqueeze(const settling *at)
{
    const hax_shape *in = settle_shape(at, 0);
    layer_longs *axes = &at->spec->params.axes;
    HAX_TRY(settle_longs(at, 1, axes));
    if (!axes->at || in->rank + axes->count > HAX_MAX_RANK)
        return wrong_list(at, "axes", axes->count, HAX_MAX_RANK - in->rank);
    hax_shape out = { .rank = in->rank + axes->count };
    HAX_TRY(settle_axes(at, out.rank));
    for (int i = 0; i < axes->count; i++)
        out.dims[axes->at[i]] = 1;
    for (int d = 0, from = 0; d < out.rank; d++)
        if (out.dims[d] == 0)
            out.dims[d] = in->dims[from++];
    return set_sizes(at, &out);
}

static hax_status settle_expand(const settling *at)
{
    layer_params *params = &at->spec->params;
    hax_shape out, want = { 0 };
    HAX_TRY(settle_longs(at, 1, &params->sizes));
    if (!params->sizes.at || params->sizes.count > HAX_MAX_RANK)
        return wrong_list(at, "shape", params->sizes.count, HAX_MAX_RANK);
    want.rank = params->sizes.count;
    memcpy(want.dims, params->sizes.at, (size_t) want.rank * sizeof want.dims[0]);
    if (!shape_broadcast(settle_shape(at, 0), &want, &out))
        return wrong_reshape(at, settle_shape(at, 0));
    return set_sizes(at, &out);
}

static hax_status settle_transpose(const settling *at)
{
    layer_params *params = &at->spec->params;
    int rank = settle_shape(at, 0)->rank;
    bool used[HAX_MAX_RANK] = { false };
    if (params->order.at && params->order.count != rank)
        return wrong_list(at, "perm", params->order.count, rank);
    int64_t *made = new_longs(at, rank);
    if (!made)
        return out_of_memory(at);
    for (int d = 0; d < rank; d++) {
        int axis;
        HAX_TRY(
            settle_axis(at, params->order.at ? params->order.at[d] : rank - 1 - d, rank, &axis));
        if (used[axis])
            return layer_fail(at->model, at->spec, at->err, "axis %d is given twice", axis);
        used[axis] = true;
        made[d] = axis;
    }
    params->order = (layer_longs){ rank, made };
    return HAX_OK;
}

/* ---- parts ------------------------------------------------------------------------------------
 */

static hax_status settle_split(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    int tops = at->spec->top_count;
    if (!params->parts)
        return at->spec->bottom_count == 1
                   ? HAX_OK
                   : layer_fail(at->model, at->spec, at->err, "has %d bottoms, needs 1",
                                at->spec->bottom_count);
    HAX_TRY(settle_axis(at, params->axis, in->rank, &params->axis));
    HAX_TRY(settle_longs(at, 1, &params->sizes));
    int64_t extent = in->dims[params->axis], sum = 0;
    if (params->sizes.at && params->sizes.count != tops)
        return wrong_list(at, "split", params->sizes.count, tops);
    int64_t *made = new_longs(at, tops);
    if (!made)
        return out_of_memory(at);
    int64_t part = (extent + tops - 1) / tops; /* the last may be smaller */
    for (int t = 0; t < tops; t++) {
        made[t] = params->sizes.at      ? params->sizes.at[t]
                  : part < extent - sum ? part
                                        : extent - sum;
        if (made[t] < 1 || made[t] > extent - sum)
            return layer_fail(at->model, at->spec, at->err,
                              "part %d of %" PRId64 " elements; axis %d has %" PRId64 " left", t,
                              made[t], params->axis, extent - sum);
        sum += made[t];
    }
    if (sum != extent)
        return layer_fail(at->model, at->spec, at->err,
                          "its parts have %" PRId64 " elements of %" PRId64 " on axis %d", sum,
                          extent, params->axis);
    params->sizes = (layer_longs){ tops, made };
    return keep_first(at);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The elements of one axis: ONNX's Slice clamps both ends; a negative step walks back. */
static hax_status slice_axis(const settling *at, int64_t extent, int64_t step, int64_t *start,
                             int64_t end, int64_t *count)
{
    int64_t first = *start < 0 ? *start + extent : *start, stop = end < 0 ? end + extent : end;
    if (step == 0 || step > INT32_MAX || step < INT32_MIN)
        return layer_fail(at->model, at->spec, at->err, "a step of %" PRId64, step);
    if (step > 0) {
        first = clamp(first, 0, extent);
        stop = clamp(stop, 0, extent);
        *count = stop > first ? (stop - first + step - 1) / step : 0;
    } else {
        first = clamp(first, 0, extent - 1);
        stop = clamp(end < -extent ? -1 : stop, -1, extent - 1);
        *count = first > stop ? (first - stop - step - 1) / -step : 0;
    }
    if (*count == 0)
        return layer_fail(at->model, at->spec, at->err, "nothing is left of %" PRId64 " elements",
                          extent);
    *start = first;
    return HAX_OK;
}

static hax_status settle_slice(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    layer_longs *const lists[] = { &params->starts, &params->ends, &params->axes, &params->steps };
    for (int i = 0; i < 4; i++)
        HAX_TRY(settle_longs(at, i + 1, lists[i]));
    int count = params->starts.count;
    if (params->ends.count != count || (params->axes.at && params->axes.count != count) ||
        (params->steps.at && params->steps.count != count) || count > in->rank)
        return layer_fail(at->model, at->spec, at->err,
                          "starts, ends, axes and steps differ in length, or exceed the %d "
                          "dimensions",
                          in->rank);
    bool told = params->axes.at != NULL;
    HAX_TRY(settle_axes(at, told ? in->rank : count));
    int64_t *starts = new_longs(at, count), *steps = new_longs(at, count);
    int64_t *sizes = new_longs(at, count);
    if (!starts || !steps || !sizes)
        return out_of_memory(at);
    for (int i = 0; i < count; i++) {
        starts[i] = params->starts.at[i];
        steps[i] = params->steps.at ? params->steps.at[i] : 1;
        HAX_TRY(slice_axis(at, in->dims[params->axes.at[i]], steps[i], &starts[i],
                           params->ends.at[i], &sizes[i]));
    }
    params->starts = (layer_longs){ count, starts };
    params->steps = (layer_longs){ count, steps };
    params->sizes = (layer_longs){ count, sizes };
    return keep_first(at);
}

/* Indices into `sizes`, with the shape that they have. */
static hax_status settle_gather(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    const layer_constant *indices;
    HAX_TRY(settle_axis(at, params->axis, in->rank, &params->axis));
    HAX_TRY(settle_constant(at, 1, &indices));
    if (!indices || !indices->is_whole)
        return layer_fail(at->model, at->spec, at->err, "its indices must be whole numbers");
    int64_t count = shape_elements(&indices->shape), extent = in->dims[params->axis];
    int64_t *made = count < INT32_MAX ? new_longs(at, (int) count) : NULL;
    if (!made)
        return out_of_memory(at);
    for (int64_t i = 0; i < count; i++) {
        made[i] = indices->whole[i] < 0 ? indices->whole[i] + extent : indices->whole[i];
        if (made[i] < 0 || made[i] >= extent)
            return layer_fail(at->model, at->spec, at->err,
                              "index %" PRId64 " of %" PRId64 " elements", indices->whole[i],
                              extent);
    }
    params->sizes = (layer_longs){ (int) count, made };
    params->shape = indices->shape;
    return keep_first(at);
}

/* ---- larger and smaller ------------------------------------------------------------------------
 */

/* Pads of all dimensions: begins, then ends. */
static hax_status settle_pad(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    layer_reals value = { 0 };
    HAX_TRY(settle_longs(at, 1, &params->pads));
    HAX_TRY(settle_reals(at, 2, &value));
    HAX_TRY(settle_longs(at, 3, &params->axes));
    if (value.count > 0)
        params->pad_value = value.at[0];
    HAX_TRY(settle_axes(at, in->rank));
    if (params->pads.count != 2 * params->axes.count)
        return wrong_list(at, "pads", params->pads.count, 2 * params->axes.count);
    int64_t *made = new_longs(at, 2 * in->rank);
    if (!made)
        return out_of_memory(at);
    for (int i = 0; i < params->pads.count; i++) {
        int64_t axis = params->axes.at[i % params->axes.count], pad = params->pads.at[i];
        int64_t most = params->pad_mode == HAX_PAD_REFLECT ? in->dims[axis] - 1 : INT32_MAX;
        if (pad < 0 || pad > most)
            return layer_fail(at->model, at->spec, at->err,
                              "a pad of %" PRId64 " on axis %" PRId64 ", not in 0..%" PRId64, pad,
                              axis, most);
        made[axis + (i >= params->axes.count ? in->rank : 0)] = pad;
    }
    params->pads = (layer_longs){ 2 * in->rank, made };
    return keep_first(at);
}

/* The one scale of all told sizes that keeps the ratio of the sides. In 32-bit floats, as all of
 * this: sizes and places must be those of ONNX Runtime (lower_fill.c). */
static float common_scale(const layer_params *params, const hax_shape *in)
{
    float scale = 0;
    for (int i = 0; i < params->axes.count; i++) {
        float one = (float) params->sizes.at[i] / (float) in->dims[params->axes.at[i]];
        bool smaller = params->resize.policy == HAX_RESIZE_NOT_LARGER ? one < scale : one > scale;
        scale = i == 0 || smaller ? one : scale;
    }
    return scale;
}

/* Size and scale of the told axis `i` of `extent` elements. */
static void resize_axis(const layer_params *params, const hax_shape *in, int i, double *size,
                        float *scale)
{
    float extent = (float) in->dims[params->axes.at[i]];
    if (params->sizes.count == 0) {
        *scale = params->scales.at[i];
        *size = (double) floorf(extent * *scale);
    } else if (params->resize.policy == HAX_RESIZE_STRETCH) {
        *size = (double) params->sizes.at[i];
        *scale = (float) params->sizes.at[i] / extent;
    } else {
        *scale = common_scale(params, in);
        *size = (double) roundf(extent * *scale);
    }
}

/* Sizes and scales of all dimensions, whichever of them was told. */
static hax_status settle_resize(const settling *at)
{
    layer_params *params = &at->spec->params;
    const hax_shape *in = settle_shape(at, 0);
    HAX_TRY(settle_reals(at, 2, &params->scales));
    HAX_TRY(settle_longs(at, 3, &params->sizes));
    HAX_TRY(settle_axes(at, in->rank));
    bool by_size = params->sizes.count > 0;
    int told = by_size ? params->sizes.count : params->scales.count;
    if (told != params->axes.count)
        return wrong_list(at, by_size ? "sizes" : "scales", told, params->axes.count);
    int64_t *sizes = new_longs(at, in->rank);
    float *scales = hax_arena_alloc(at->model->arena, (size_t) in->rank, sizeof *scales);
    if (!sizes || !scales)
        return out_of_memory(at);
    for (int d = 0; d < in->rank; d++) {
        sizes[d] = in->dims[d];
        scales[d] = 1;
    }
    for (int i = 0; i < told; i++) {
        int d = (int) params->axes.at[i];
        double size;
        resize_axis(params, in, i, &size, &scales[d]);
        if (!(size >= 1 && size <= INT32_MAX))
            return layer_fail(at->model, at->spec, at->err, "dimension %d would be %.0f", d, size);
        sizes[d] = (int64_t) size;
        if (d < 2 && sizes[d] != in->dims[d])
            return layer_fail(at->model, at->spec, at->err,
                              "resizes dimension %d; only those of the plane can be", d);
    }
    params->sizes = (layer_longs){ in->rank, sizes };
    params->scales = (layer_reals){ in->rank, scales };
    return keep_first(at);
}

/* Axes from the told one to the last. */
static hax_status last_axes(const settling *at, int rank)
{
    layer_params *params = &at->spec->params;
    HAX_TRY(settle_axis(at, params->axis, rank, &params->axis));
    int64_t *made = new_longs(at, rank - params->axis);
    if (!made)
        return out_of_memory(at);
    for (int d = params->axis; d < rank; d++)
        made[d - params->axis] = d;
    params->axes = (layer_longs){ rank - params->axis, made };
    return HAX_OK;
}

static hax_status settle_reduction(const settling *at)
{
    if (at->spec->params.to_last)
        return last_axes(at, settle_shape(at, 0)->rank);
    HAX_TRY(settle_longs(at, 1, &at->spec->params.axes));
    if (at->spec->params.axes.count == 0) /* ONNX: an empty list is none */
        at->spec->params.axes.at = NULL;
    HAX_TRY(settle_axes(at, settle_shape(at, 0)->rank));
    return keep_first(at);
}

/* ---- made out of nothing ------------------------------------------------------------------------
 */

static hax_status settle_filled(const settling *at)
{
    HAX_TRY(settle_longs(at, 0, &at->spec->params.sizes));
    if (at->spec->params.sizes.count > HAX_MAX_RANK)
        return wrong_list(at, "shape", at->spec->params.sizes.count, HAX_MAX_RANK);
    at->spec->bottom_count = 0;
    return HAX_OK;
}

static hax_status settle_range(const settling *at)
{
    layer_params *params = &at->spec->params;
    layer_longs *const lists[] = { &params->starts, &params->ends, &params->steps };
    for (int i = 0; i < 3; i++) {
        HAX_TRY(settle_longs(at, i, lists[i]));
        if (lists[i]->count != 1)
            return wrong_list(at, "start, limit and step", lists[i]->count, 1);
    }
    int64_t step = params->steps.at[0], length;
    if (step == 0 || __builtin_sub_overflow(params->ends.at[0], params->starts.at[0], &length))
        return layer_fail(at->model, at->spec, at->err, "a step of 0, or a length beyond 63 bits");
    int64_t count = length / step + (length % step != 0);
    hax_shape shape = { 1, { (length > 0) == (step > 0) ? count : 0 } };
    params->shape = shape;
    at->spec->bottom_count = 0;
    return HAX_OK;
}

hax_status settle_lists(const settling *at)
{
    switch (at->spec->op) {
    case HAX_OP_RESHAPE: return settle_reshape(at);
    case HAX_OP_SQUEEZE: return settle_squeeze(at);
    case HAX_OP_UNSQUEEZE: return settle_unsqueeze(at);
    case HAX_OP_EXPAND: return settle_expand(at);
    case HAX_OP_TRANSPOSE: return settle_transpose(at);
    case HAX_OP_SPLIT: return settle_split(at);
    case HAX_OP_SLICE: return settle_slice(at);
    case HAX_OP_GATHER: return settle_gather(at);
    case HAX_OP_PAD: return settle_pad(at);
    case HAX_OP_RESIZE: return settle_resize(at);
    case HAX_OP_REDUCE_MEAN:
    case HAX_OP_REDUCE_SUM:
    case HAX_OP_REDUCE_MAX: return settle_reduction(at);
    case HAX_OP_CONSTANT_OF_SHAPE: return settle_filled(at);
    case HAX_OP_RANGE: return settle_range(at);
    default: return HAX_OK;
    }
}
