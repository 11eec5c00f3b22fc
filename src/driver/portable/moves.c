/* Kernels that move elements and compute little or nothing. */
#include <assert.h>
#include <string.h>

#include "loops.h"

static const hax_shape *shape_of(const hax_model *model, int tensor)
{
    return &hax_model_tensor(model, tensor)->shape;
}

void hax_strided_place_next(const hax_shape *out, int64_t *index, const hax_strided_view *view,
                            int64_t *place)
{
    assert(out->rank <= HAX_MAX_RANK);
    for (int d = out->rank - 1; d >= 0; d--) {
        *place += view->steps[d];
        if (++index[d] < out->dims[d])
            return;
        *place -= index[d] * view->steps[d];
        index[d] = 0;
    }
}

hax_strided_view hax_strided_view_over(const hax_shape *from, const hax_shape *to)
{
    hax_strided_view view = { 0 };
    int64_t step = 1;
    for (int d = 1; d <= from->rank; d++) {
        int64_t extent = from->dims[from->rank - d];
        if (d <= to->rank)
            view.steps[to->rank - d] = extent == 1 ? 0 : step;
        step *= extent;
    }
    return view;
}

void hax_loops_walk(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_shape *out = shape_of(model, kernel->output);
    const float *from = tensors[kernel->inputs[0]];
    float *to = tensors[kernel->output];
    int64_t index[HAX_MAX_RANK] = { 0 }, place = kernel->walk.offset;
    int64_t count = hax_tensor_elements(model, kernel->output);
    int last = out->rank - 1;
    int64_t run = last >= 0 && kernel->walk.steps[last] == 1 ? out->dims[last] : 1;
    if (run == 1) {
        for (int64_t i = 0; i < count; i++) {
            to[i] = from[place];
            hax_strided_place_next(out, index, &kernel->walk, &place);
        }
        return;
    }
    hax_shape lines = *out; /* whole lines at once */
    lines.rank = last;
    for (int64_t i = 0; i < count; i += run) {
        memcpy(to + i, from + place, (size_t) run * sizeof *to);
        hax_strided_place_next(&lines, index, &kernel->walk, &place);
    }
}

void hax_loops_gather(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_shape *in = shape_of(model, kernel->inputs[0]);
    int64_t outer, extent, inner;
    hax_around_axis(in, kernel->axis, &outer, &extent, &inner);
    for (int i = 0; i < kernel->index_count; i++)
        assert(kernel->indices[i] >= 0 && kernel->indices[i] < extent);
    const float *from = tensors[kernel->inputs[0]];
    float *to = tensors[kernel->output];
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < kernel->index_count; i++, to += inner)
            memcpy(to, from + (o * extent + kernel->indices[i]) * inner,
                   (size_t) inner * sizeof *to);
}

/* Where element `index` of a padded dimension comes from; -1: it is padding. */
static int64_t unpadded(hax_pad_mode mode, int64_t index, int64_t extent)
{
    if (mode == HAX_PAD_CONSTANT)
        return index < 0 || index >= extent ? -1 : index;
    if (mode == HAX_PAD_EDGE)
        return index < 0 ? 0 : index >= extent ? extent - 1 : index;
    if (mode == HAX_PAD_WRAP)
        return (index % extent + extent) % extent;
    return index < 0 ? -index : index >= extent ? 2 * (extent - 1) - index : index;
}

void hax_loops_pad(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_shape *in = shape_of(model, kernel->inputs[0]);
    const hax_shape *out = shape_of(model, kernel->output);
    const float *from = tensors[kernel->inputs[0]];
    float *to = tensors[kernel->output];
    int64_t count = hax_tensor_elements(model, kernel->output);
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, place = 0, step = 1;
        for (int d = out->rank - 1; d >= 0 && place >= 0; d--) {
            int64_t at =
                unpadded(kernel->pad_mode, rest % out->dims[d] - kernel->pads[d], in->dims[d]);
            place = at < 0 ? -1 : place + at * step;
            rest /= out->dims[d];
            step *= in->dims[d];
        }
        assert(place < step); /* the product of the dimensions */
        to[i] = place < 0 ? kernel->pad_value : from[place];
    }
}

static float between(float a, float b, float fraction)
{
    return fraction == 0 ? a : a + fraction * (b - a);
}

/* Planes of one or two dimensions; those before are only walked over. */
void hax_loops_resize(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    static const int zero;
    static const float none;
    const hax_shape *in = shape_of(model, kernel->inputs[0]);
    const hax_shape *out = shape_of(model, kernel->output);
    bool image = in->rank == 4;
    assert(kernel->resize && in->rank == out->rank && in->rank >= 3);
    hax_resize_axis rows = image ? kernel->resize[2] : (hax_resize_axis){ &zero, &zero, &none };
    hax_resize_axis columns = kernel->resize[in->rank - 1];
    int64_t in_w = in->dims[in->rank - 1], in_h = image ? in->dims[2] : 1;
    int64_t out_w = out->dims[in->rank - 1], out_h = image ? out->dims[2] : 1;
    const float *from = tensors[kernel->inputs[0]];
    float *to = tensors[kernel->output];
    int64_t planes = in->dims[0] * in->dims[1];
    for (int64_t p = 0; p < planes; p++, from += in_h * in_w) {
        for (int64_t y = 0; y < out_h; y++) {
            const float *low = from + rows.low[y] * in_w, *high = from + rows.high[y] * in_w;
            for (int64_t x = 0; x < out_w; x++) {
                int a = columns.low[x], b = columns.high[x];
                assert(a >= 0 && a <= b && b < in_w);
                float f = columns.fraction[x];
                *to++ = between(between(low[a], low[b], f), between(high[a], high[b], f),
                                rows.fraction[y]);
            }
        }
    }
}
