/* How tensors lie in the GPU's memory (layout.h). */
#include "layout.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"

hax_cuda_precision hax_cuda_precision_find(const char *name)
{
    static const char *const names[] = { "f32", "tf32", "f16" };
    int found = 0;
    while (found < HAX_CUDA_PRECISIONS && strcmp(name, names[found]) != 0)
        found++;
    return (hax_cuda_precision) found;
}

/* ---- which order ----------------------------------------------------------------------------- */

/* Does the kernel pass windows over images? */
static bool has_windows(const hax_kernel *kernel)
{
    return kernel->form == HAX_FORM_OWN &&
           (kernel->op == HAX_OP_CONVOLUTION || kernel->op == HAX_OP_DECONVOLUTION ||
            kernel->op == HAX_OP_POOLING || kernel->op == HAX_OP_LRN ||
            kernel->op == HAX_OP_RESIZE);
}

/* Does it compute element by element, whatever their order? */
static bool is_indifferent(const hax_kernel *kernel)
{
    if (kernel->form == HAX_FORM_POINTWISE || kernel->form == HAX_FORM_BINARY)
        return true;
    return kernel->form == HAX_FORM_OWN &&
           (kernel->op == HAX_OP_SCALE || kernel->op == HAX_OP_PRELU ||
            kernel->op == HAX_OP_ELTWISE || kernel->op == HAX_OP_CONCAT ||
            kernel->op == HAX_OP_PAD);
}

/* Can this tensor have its channels last? What a product makes lies in its own order. */
static bool may_be_last(const hax_model *model, int tensor)
{
    const hax_tensor *lowered = hax_model_tensor(model, tensor);
    const hax_kernel *kernel =
        lowered->producer >= 0 ? hax_model_kernel(model, lowered->producer) : NULL;
    return lowered->shape.rank == 4 &&
           !(kernel && kernel->form == HAX_FORM_OWN && kernel->op == HAX_OP_INNER_PRODUCT);
}

/* Marks the images that a kernel touches; true if any was not marked before. */
static bool mark(const hax_model *model, const hax_kernel *kernel, bool *channels_last)
{
    bool changed = false;
    for (int i = -2; i < kernel->input_count; i++) {
        int tensor = i == -2 ? kernel->output : i == -1 ? kernel->residual : kernel->inputs[i];
        if (tensor < 0 || channels_last[tensor] || !may_be_last(model, tensor))
            continue;
        channels_last[tensor] = changed = true;
    }
    return changed;
}

static bool touches_marked(const hax_kernel *kernel, const bool *channels_last)
{
    bool found = channels_last[kernel->output];
    for (int i = 0; i < kernel->input_count; i++)
        found = found || channels_last[kernel->inputs[i]];
    return found;
}

void hax_cuda_choose_layouts(const hax_model *model, hax_cuda_precision precision,
                             bool *channels_last)
{
    int kernels = hax_model_kernel_count(model);
    memset(channels_last, 0, (size_t) hax_model_tensor_count(model) * sizeof *channels_last);
    bool changed = precision != HAX_CUDA_F32;
    while (changed) {
        changed = false;
        for (int k = 0; k < kernels; k++) {
            const hax_kernel *kernel = hax_model_kernel(model, k);
            if (has_windows(kernel) ||
                (is_indifferent(kernel) && touches_marked(kernel, channels_last)))
                changed = mark(model, kernel, channels_last) || changed;
        }
    }
}

/* ---- places ---------------------------------------------------------------------------------- */

hax_cuda_place hax_cuda_place_make(const hax_shape *shape, bool channels_last)
{
    hax_cuda_place place = { .rank = shape->rank };
    int step = 1;
    for (int d = shape->rank - 1; d >= 0; d--) {
        place.dims[d] = (unsigned) shape->dims[d];
        place.steps[d] = step;
        step *= (int) shape->dims[d];
    }
    if (channels_last) {
        assert(shape->rank == 4);
        int channels = (int) shape->dims[1], width = (int) shape->dims[3];
        place.steps[1] = 1;
        place.steps[3] = channels;
        place.steps[2] = channels * width;
    }
    return place;
}

bool hax_cuda_is_padded(const hax_model *model, int tensor, const bool *channels_last)
{
    const hax_tensor *tensor_info = hax_model_tensor(model, tensor);
    return channels_last[tensor] && tensor_info->producer < 0 && !tensor_info->constant &&
           tensor_info->shape.dims[1] > 1 && tensor_info->shape.dims[1] < HAX_CUDA_PADDED;
}

hax_cuda_place hax_cuda_place_padded(const hax_shape *shape)
{
    hax_shape wider = *shape;
    wider.dims[1] = HAX_CUDA_PADDED;
    hax_cuda_place place = hax_cuda_place_make(&wider, true);
    place.dims[1] = (unsigned) shape->dims[1];
    return place;
}

void hax_cuda_broadcast(const hax_cuda_place *from, const hax_cuda_place *to, int *steps)
{
    memset(steps, 0, HAX_CUDA_RANK * sizeof *steps);
    for (int d = 1; d <= from->rank; d++)
        if (d <= to->rank && from->dims[from->rank - d] != 1)
            steps[to->rank - d] = from->steps[from->rank - d];
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* Are steps of dimension `outer` those of `inner` times its extent, for every operand? */
static bool joins(const hax_cuda_loop *loop, int outer, int inner, int operands)
{
    for (int o = 0; o < operands; o++)
        if (loop->steps[o][outer] != loop->steps[o][inner] * (int) loop->dims[inner])
            return false;
    return true;
}

static void swap(hax_cuda_loop *loop, int a, int b, int operands)
{
    unsigned dim = loop->dims[a];
    loop->dims[a] = loop->dims[b];
    loop->dims[b] = dim;
    for (int o = 0; o < operands; o++) {
        int step = loop->steps[o][a];
        loop->steps[o][a] = loop->steps[o][b];
        loop->steps[o][b] = step;
    }
}

static void join(hax_cuda_loop *loop, int operands)
{
    int kept = 0;
    for (int d = 1; d < loop->rank; d++) {
        unsigned dim = loop->dims[d];
        if (joins(loop, kept, d, operands))
            dim *= loop->dims[kept];
        else
            kept++;
        loop->dims[kept] = dim;
        for (int o = 0; o < operands; o++)
            loop->steps[o][kept] = loop->steps[o][d];
    }
    loop->rank = kept + 1;
}

hax_cuda_loop hax_cuda_loop_make(int rank, const unsigned *dims, int operands,
                                 const int (*steps)[HAX_CUDA_RANK])
{
    hax_cuda_loop loop = { .count = 1 };
    assert(operands <= 1 + HAX_CUDA_OPERANDS);
    for (int d = 0; d < rank; d++) {
        loop.count *= dims[d];
        if (dims[d] == 1)
            continue;
        loop.dims[loop.rank] = dims[d];
        for (int o = 0; o < operands; o++)
            loop.steps[o][loop.rank] = steps[o][d];
        loop.rank++;
    }
    if (loop.rank == 0)
        loop.dims[loop.rank++] = 1;
    for (int d = 1; d < loop.rank; d++) /* by insertion: equal steps keep their order */
        for (int at = d; at > 0 && loop.steps[0][at - 1] < loop.steps[0][at]; at--)
            swap(&loop, at - 1, at, operands);
    join(&loop, operands);
    return loop;
}

hax_cuda_image hax_cuda_image_of(const hax_cuda_place *place)
{
    hax_cuda_image image = { 1, 1, 1, 1, 1, 1, 1, 1, 0 }; /* cuDNN wants steps above 0 */
    int *dims[] = { &image.n, &image.c, &image.h, &image.w };
    int *steps[] = { &image.n_step, &image.c_step, &image.h_step, &image.w_step };
    for (int d = 0; d < place->rank; d++) {
        int to = d < 3 ? d : 3;
        *dims[to] *= (int) place->dims[d];
        *steps[to] = place->steps[d]; /* of the last one: those behind the third are dense */
    }
    return image;
}

/* ---- what can run ---------------------------------------------------------------------------- */

static bool refuse(char *why, size_t why_size, const char *reason)
{
    if (why)
        snprintf(why, why_size, "%s", reason);
    return false;
}

bool hax_cuda_supports(const hax_model *model, int kernel, char *why, size_t why_size)
{
    const hax_kernel *lowered = hax_model_kernel(model, kernel);
    if (!hax_kernel_known(model, kernel, why, why_size))
        return false;
    for (int i = -2; i < lowered->input_count; i++) {
        int tensor = i == -2 ? lowered->output : i == -1 ? lowered->residual : lowered->inputs[i];
        if (tensor >= 0 && hax_model_tensor(model, tensor)->bytes / sizeof(float) > INT_MAX)
            return refuse(why, why_size, "a tensor of 2^31 elements or more");
    }
    return true;
}
