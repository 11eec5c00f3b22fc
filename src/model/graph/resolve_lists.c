/* Layers whose parameters are lists: shapes, axes, ranges, all made complete. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "resolve.h"

static int64_t *new_longs(const hax_constant_resolver *resolver, int count)
{
    assert(count >= 0);
    return hax_arena_alloc(resolver->model->arena, (size_t) count + 1, sizeof(int64_t));
}

static hax_status out_of_memory(const hax_constant_resolver *resolver)
{
    return hax_fail_memory(resolver->err, "a network");
}

/* Only the first bottom stays. */
static hax_status keep_first(const hax_constant_resolver *resolver)
{
    resolver->spec->bottom_count = 1;
    return HAX_OK;
}

static hax_status wrong_list(const hax_constant_resolver *resolver, const char *what, int count,
                             int needs)
{
    return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                          "%s: %d numbers, needs %d", what, count, needs);
}

/* Axes counted from the front, no two the same, in the order told; all of them if none is told. */
static hax_status resolve_axes(const hax_constant_resolver *resolver, int rank)
{
    assert(rank >= 0 && rank <= HAX_MAX_RANK);
    hax_layer_longs *axes = &resolver->spec->params.axes;
    bool used[HAX_MAX_RANK] = { false };
    int count = axes->values ? axes->count : rank;
    if (count > rank)
        return wrong_list(resolver, "axes", count, rank);
    int64_t *made = new_longs(resolver, count);
    if (!made)
        return out_of_memory(resolver);
    for (int i = 0; i < count; i++) {
        int axis;
        HAX_TRY(hax_resolve_axis(resolver, axes->values ? axes->values[i] : i, rank, &axis));
        if (used[axis])
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "axis %d is given twice", axis);
        used[axis] = true;
        made[i] = axis;
    }
    *axes = (hax_layer_longs){ count, made };
    return HAX_OK;
}

/* ---- other shapes of the same elements ------------------------------------------------------ */

static hax_status set_sizes(const hax_constant_resolver *resolver, const hax_shape *shape)
{
    assert(shape->rank >= 0 && shape->rank <= HAX_MAX_RANK);
    int64_t *made = new_longs(resolver, shape->rank);
    if (!made)
        return out_of_memory(resolver);
    memcpy(made, shape->dims, (size_t) shape->rank * sizeof *made);
    resolver->spec->params.sizes = (hax_layer_longs){ shape->rank, made };
    return keep_first(resolver);
}

static hax_status wrong_reshape(const hax_constant_resolver *resolver, const hax_shape *in)
{
    char text[100];
    hax_shape_text(in, text, sizeof text);
    return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                          "an input of shape %s does not fit the shape wanted", text);
}

hax_status hax_resolve_reshape(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    HAX_TRY(hax_resolve_longs(resolver, 1, &params->sizes));
    if (params->sizes.count > HAX_MAX_RANK)
        return wrong_list(resolver, "shape", params->sizes.count, HAX_MAX_RANK);
    hax_shape out = { .rank = params->sizes.count };
    int rest = -1;
    int64_t known = 1, total = hax_shape_elements(in);
    for (int d = 0; d < out.rank; d++) {
        int64_t size = params->sizes.values[d];
        if (size == 0 && !params->allow_zero)
            size = d < in->rank ? in->dims[d] : 0;
        if (size == -1 && rest < 0)
            rest = d;
        else if (size < 1 || size > total / known)
            return wrong_reshape(resolver, in);
        else
            known *= size;
        out.dims[d] = size;
    }
    if (rest >= 0)
        out.dims[rest] = total / known;
    if (total % known != 0 || (rest < 0 && known != total))
        return wrong_reshape(resolver, in);
    return set_sizes(resolver, &out);
}

hax_status hax_resolve_squeeze(const hax_constant_resolver *resolver)
{
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    hax_layer_longs *axes = &resolver->spec->params.axes;
    HAX_TRY(hax_resolve_longs(resolver, 1, axes));
    bool all = !axes->values;
    bool gone[HAX_MAX_RANK] = { false };
    HAX_TRY(resolve_axes(resolver, in->rank));
    for (int i = 0; i < axes->count; i++) {
        int64_t extent = in->dims[axes->values[i]];
        if (extent != 1 && !all)
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "axis %" PRId64 " has %" PRId64 " elements and cannot go",
                                  axes->values[i], extent);
        gone[axes->values[i]] = extent == 1;
    }
    hax_shape out = { 0 };
    for (int d = 0; d < in->rank; d++)
        if (!gone[d])
            out.dims[out.rank++] = in->dims[d];
    return set_sizes(resolver, &out);
}

hax_status hax_resolve_unsqueeze(const hax_constant_resolver *resolver)
{
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    hax_layer_longs *axes = &resolver->spec->params.axes;
    HAX_TRY(hax_resolve_longs(resolver, 1, axes));
    if (!axes->values || in->rank + axes->count > HAX_MAX_RANK)
        return wrong_list(resolver, "axes", axes->count, HAX_MAX_RANK - in->rank);
    hax_shape out = { .rank = in->rank + axes->count };
    HAX_TRY(resolve_axes(resolver, out.rank));
    for (int i = 0; i < axes->count; i++)
        out.dims[axes->values[i]] = 1;
    for (int d = 0, from = 0; d < out.rank; d++)
        if (out.dims[d] == 0)
            out.dims[d] = in->dims[from++];
    return set_sizes(resolver, &out);
}

hax_status hax_resolve_expand(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    hax_shape out, want = { 0 };
    HAX_TRY(hax_resolve_longs(resolver, 1, &params->sizes));
    if (!params->sizes.values || params->sizes.count > HAX_MAX_RANK)
        return wrong_list(resolver, "shape", params->sizes.count, HAX_MAX_RANK);
    want.rank = params->sizes.count;
    memcpy(want.dims, params->sizes.values, (size_t) want.rank * sizeof want.dims[0]);
    if (!hax_shape_broadcast(hax_resolve_shape(resolver, 0), &want, &out))
        return wrong_reshape(resolver, hax_resolve_shape(resolver, 0));
    return set_sizes(resolver, &out);
}

hax_status hax_resolve_transpose(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    int rank = hax_resolve_shape(resolver, 0)->rank;
    bool used[HAX_MAX_RANK] = { false };
    if (params->order.values && params->order.count != rank)
        return wrong_list(resolver, "perm", params->order.count, rank);
    int64_t *made = new_longs(resolver, rank);
    if (!made)
        return out_of_memory(resolver);
    for (int d = 0; d < rank; d++) {
        int axis;
        HAX_TRY(hax_resolve_axis(
            resolver, params->order.values ? params->order.values[d] : rank - 1 - d, rank, &axis));
        if (used[axis])
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "axis %d is given twice", axis);
        used[axis] = true;
        made[d] = axis;
    }
    params->order = (hax_layer_longs){ rank, made };
    return HAX_OK;
}

/* ---- parts ----------------------------------------------------------------------------------- */

hax_status hax_resolve_split(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    int tops = resolver->spec->top_count;
    if (!params->parts)
        return resolver->spec->bottom_count == 1
                   ? HAX_OK
                   : hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                    "has %d bottoms, needs 1", resolver->spec->bottom_count);
    HAX_TRY(hax_resolve_axis(resolver, params->axis, in->rank, &params->axis));
    HAX_TRY(hax_resolve_longs(resolver, 1, &params->sizes));
    int64_t extent = in->dims[params->axis], sum = 0;
    if (params->sizes.values && params->sizes.count != tops)
        return wrong_list(resolver, "split", params->sizes.count, tops);
    int64_t *made = new_longs(resolver, tops);
    if (!made)
        return out_of_memory(resolver);
    int64_t part = (extent + tops - 1) / tops; /* the last may be smaller */
    for (int t = 0; t < tops; t++) {
        made[t] = params->sizes.values  ? params->sizes.values[t]
                  : part < extent - sum ? part
                                        : extent - sum;
        if (made[t] < 1 || made[t] > extent - sum)
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "part %d of %" PRId64 " elements; axis %d has %" PRId64 " left",
                                  t, made[t], params->axis, extent - sum);
        sum += made[t];
    }
    if (sum != extent)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "its parts have %" PRId64 " elements of %" PRId64 " on axis %d", sum,
                              extent, params->axis);
    params->sizes = (hax_layer_longs){ tops, made };
    return keep_first(resolver);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The elements of one axis: ONNX's Slice clamps both ends; a negative step walks back. */
static hax_status slice_axis(const hax_constant_resolver *resolver, int64_t extent, int64_t step,
                             int64_t *start, int64_t end, int64_t *count)
{
    assert(extent >= 1);
    int64_t first = *start < 0 ? *start + extent : *start, stop = end < 0 ? end + extent : end;
    if (step == 0 || step > INT32_MAX || step < INT32_MIN)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err, "a step of %" PRId64,
                              step);
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
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "nothing is left of %" PRId64 " elements", extent);
    *start = first;
    assert(first >= 0 && first < extent);
    assert(first + (*count - 1) * step >= 0 && first + (*count - 1) * step < extent);
    return HAX_OK;
}

hax_status hax_resolve_slice(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    hax_layer_longs *const lists[] = { &params->starts, &params->ends, &params->axes,
                                       &params->steps };
    for (int i = 0; i < 4; i++)
        HAX_TRY(hax_resolve_longs(resolver, i + 1, lists[i]));
    int count = params->starts.count;
    if (params->ends.count != count || (params->axes.values && params->axes.count != count) ||
        (params->steps.values && params->steps.count != count) || count > in->rank)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "starts, ends, axes and steps differ in length, or exceed the %d "
                              "dimensions",
                              in->rank);
    bool told = params->axes.values != NULL;
    HAX_TRY(resolve_axes(resolver, told ? in->rank : count));
    int64_t *starts = new_longs(resolver, count), *steps = new_longs(resolver, count);
    int64_t *sizes = new_longs(resolver, count);
    if (!starts || !steps || !sizes)
        return out_of_memory(resolver);
    for (int i = 0; i < count; i++) {
        starts[i] = params->starts.values[i];
        steps[i] = params->steps.values ? params->steps.values[i] : 1;
        HAX_TRY(slice_axis(resolver, in->dims[params->axes.values[i]], steps[i], &starts[i],
                           params->ends.values[i], &sizes[i]));
    }
    params->starts = (hax_layer_longs){ count, starts };
    params->steps = (hax_layer_longs){ count, steps };
    params->sizes = (hax_layer_longs){ count, sizes };
    return keep_first(resolver);
}

/* Indices into `sizes`, with the shape that they have. */
hax_status hax_resolve_gather(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    const hax_layer_constant *indices;
    HAX_TRY(hax_resolve_axis(resolver, params->axis, in->rank, &params->axis));
    HAX_TRY(hax_resolve_constant(resolver, 1, &indices));
    if (!indices || !indices->is_whole)
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "its indices must be whole numbers");
    int64_t count = hax_shape_elements(&indices->shape), extent = in->dims[params->axis];
    int64_t *made = count < INT32_MAX ? new_longs(resolver, (int) count) : NULL;
    if (!made)
        return out_of_memory(resolver);
    for (int64_t i = 0; i < count; i++) {
        made[i] = indices->integers[i] < 0 ? indices->integers[i] + extent : indices->integers[i];
        if (made[i] < 0 || made[i] >= extent)
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "index %" PRId64 " of %" PRId64 " elements", indices->integers[i],
                                  extent);
    }
    params->sizes = (hax_layer_longs){ (int) count, made };
    params->shape = indices->shape;
    return keep_first(resolver);
}

/* ---- larger and smaller ---------------------------------------------------------------------- */

/* Pads of all dimensions: begins, then ends. */
hax_status hax_resolve_pad(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    hax_layer_reals value = { 0 };
    HAX_TRY(hax_resolve_longs(resolver, 1, &params->pads));
    HAX_TRY(hax_resolve_reals(resolver, 2, &value));
    HAX_TRY(hax_resolve_longs(resolver, 3, &params->axes));
    if (value.count > 0)
        params->pad_value = value.values[0];
    HAX_TRY(resolve_axes(resolver, in->rank));
    if (params->pads.count != 2 * params->axes.count)
        return wrong_list(resolver, "pads", params->pads.count, 2 * params->axes.count);
    int64_t *made = new_longs(resolver, 2 * in->rank);
    if (!made)
        return out_of_memory(resolver);
    for (int i = 0; i < params->pads.count; i++) {
        int64_t axis = params->axes.values[i % params->axes.count], pad = params->pads.values[i];
        int64_t most = params->pad_mode == HAX_PAD_REFLECT ? in->dims[axis] - 1 : INT32_MAX;
        if (pad < 0 || pad > most)
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "a pad of %" PRId64 " on axis %" PRId64 ", not in 0..%" PRId64,
                                  pad, axis, most);
        made[axis + (i >= params->axes.count ? in->rank : 0)] = pad;
    }
    params->pads = (hax_layer_longs){ 2 * in->rank, made };
    return keep_first(resolver);
}

/* The one scale of all told sizes that keeps the ratio of the sides. In 32-bit floats, as all of
 * this: sizes and places must be those of ONNX Runtime (lower_fill.c). */
static float common_scale(const hax_layer_params *params, const hax_shape *in)
{
    float scale = 0;
    for (int i = 0; i < params->axes.count; i++) {
        float one = (float) params->sizes.values[i] / (float) in->dims[params->axes.values[i]];
        bool smaller = params->resize.policy == HAX_RESIZE_NOT_LARGER ? one < scale : one > scale;
        scale = i == 0 || smaller ? one : scale;
    }
    return scale;
}

/* Size and scale of the told axis `i` of `extent` elements. */
static void resize_axis(const hax_layer_params *params, const hax_shape *in, int i, double *size,
                        float *scale)
{
    float extent = (float) in->dims[params->axes.values[i]];
    if (params->sizes.count == 0) {
        *scale = params->scales.values[i];
        *size = (double) floorf(extent * *scale);
    } else if (params->resize.policy == HAX_RESIZE_STRETCH) {
        *size = (double) params->sizes.values[i];
        *scale = (float) params->sizes.values[i] / extent;
    } else {
        *scale = common_scale(params, in);
        *size = (double) roundf(extent * *scale);
    }
}

/* Sizes and scales of all dimensions, whichever of them was told. */
hax_status hax_resolve_resize(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    const hax_shape *in = hax_resolve_shape(resolver, 0);
    HAX_TRY(hax_resolve_reals(resolver, 2, &params->scales));
    HAX_TRY(hax_resolve_longs(resolver, 3, &params->sizes));
    HAX_TRY(resolve_axes(resolver, in->rank));
    bool by_size = params->sizes.count > 0;
    int told = by_size ? params->sizes.count : params->scales.count;
    if (told != params->axes.count)
        return wrong_list(resolver, by_size ? "sizes" : "scales", told, params->axes.count);
    int64_t *sizes = new_longs(resolver, in->rank);
    float *scales = hax_arena_alloc(resolver->model->arena, (size_t) in->rank, sizeof *scales);
    if (!sizes || !scales)
        return out_of_memory(resolver);
    for (int d = 0; d < in->rank; d++) {
        sizes[d] = in->dims[d];
        scales[d] = 1;
    }
    for (int i = 0; i < told; i++) {
        int d = (int) params->axes.values[i];
        double size;
        resize_axis(params, in, i, &size, &scales[d]);
        if (!(size >= 1 && size <= INT32_MAX))
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "dimension %d would be %.0f", d, size);
        sizes[d] = (int64_t) size;
        if (d < 2 && sizes[d] != in->dims[d])
            return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                                  "resizes dimension %d; only those of the plane can be", d);
    }
    params->sizes = (hax_layer_longs){ in->rank, sizes };
    params->scales = (hax_layer_reals){ in->rank, scales };
    return keep_first(resolver);
}

/* Axes from the told one to the last. */
static hax_status last_axes(const hax_constant_resolver *resolver, int rank)
{
    assert(rank <= HAX_MAX_RANK);
    hax_layer_params *params = &resolver->spec->params;
    HAX_TRY(hax_resolve_axis(resolver, params->axis, rank, &params->axis));
    int64_t *made = new_longs(resolver, rank - params->axis);
    if (!made)
        return out_of_memory(resolver);
    for (int d = params->axis; d < rank; d++)
        made[d - params->axis] = d;
    params->axes = (hax_layer_longs){ rank - params->axis, made };
    return HAX_OK;
}

hax_status hax_resolve_reduction(const hax_constant_resolver *resolver)
{
    if (resolver->spec->params.to_last)
        return last_axes(resolver, hax_resolve_shape(resolver, 0)->rank);
    HAX_TRY(hax_resolve_longs(resolver, 1, &resolver->spec->params.axes));
    if (resolver->spec->params.axes.count == 0) /* ONNX: an empty list is none */
        resolver->spec->params.axes.values = NULL;
    HAX_TRY(resolve_axes(resolver, hax_resolve_shape(resolver, 0)->rank));
    return keep_first(resolver);
}

/* ---- made out of nothing --------------------------------------------------------------------- */

hax_status hax_resolve_filled(const hax_constant_resolver *resolver)
{
    HAX_TRY(hax_resolve_longs(resolver, 0, &resolver->spec->params.sizes));
    if (resolver->spec->params.sizes.count > HAX_MAX_RANK)
        return wrong_list(resolver, "shape", resolver->spec->params.sizes.count, HAX_MAX_RANK);
    resolver->spec->bottom_count = 0;
    return HAX_OK;
}

hax_status hax_resolve_range(const hax_constant_resolver *resolver)
{
    hax_layer_params *params = &resolver->spec->params;
    hax_layer_longs *const lists[] = { &params->starts, &params->ends, &params->steps };
    for (int i = 0; i < 3; i++) {
        HAX_TRY(hax_resolve_longs(resolver, i, lists[i]));
        if (lists[i]->count != 1)
            return wrong_list(resolver, "start, limit and step", lists[i]->count, 1);
    }
    int64_t step = params->steps.values[0], length;
    if (step == 0 ||
        __builtin_sub_overflow(params->ends.values[0], params->starts.values[0], &length))
        return hax_layer_fail(resolver->model, resolver->spec, resolver->err,
                              "a step of 0, or a length beyond 63 bits");
    int64_t count = length / step + (length % step != 0);
    hax_shape shape = { 1, { (length > 0) == (step > 0) ? count : 0 } };
    params->shape = shape;
    resolver->spec->bottom_count = 0;
    return HAX_OK;
}
