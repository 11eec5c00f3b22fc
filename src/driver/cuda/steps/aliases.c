/* Whose memory tensors lie in (aliases.h). */
#define _GNU_SOURCE
#include "aliases.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- places seen otherwise ------------------------------------------------------------------- */

int hax_cuda_place_alignment(const hax_cuda_place *place, int64_t offset, int most)
{
    int alignment = most;
    while (offset % alignment != 0)
        alignment /= 2;
    for (int d = 0; d < place->rank; d++)
        while (place->dims[d] > 1 && place->steps[d] != 1 && place->steps[d] % alignment != 0)
            alignment /= 2;
    return alignment;
}

/* Without dimensions of 1. */
static hax_cuda_place squeezed(const hax_cuda_place *place)
{
    hax_cuda_place result = { 0 };
    for (int d = 0; d < place->rank; d++) {
        if (place->dims[d] == 1)
            continue;
        result.dims[result.rank] = place->dims[d];
        result.steps[result.rank++] = place->steps[d];
    }
    return result;
}

/* As numpy reshapes without a copy: runs of old and new dimensions of as many elements, the old
 * ones dense within their run. */
bool hax_cuda_place_view(const hax_cuda_place *from, const hax_shape *shape, hax_cuda_place *to)
{
    const hax_cuda_place old = squeezed(from);
    hax_cuda_place view = { .rank = shape->rank };
    int before = 0, d = 0;
    for (int i = 0; i < shape->rank; i++) {
        view.dims[i] = (unsigned) shape->dims[i];
        view.steps[i] = 1; /* of dimensions of 1: nobody goes along them */
    }
    while (d < shape->rank) {
        if (shape->dims[d] == 1) {
            d++;
            continue;
        }
        if (before == old.rank)
            return false;
        int first = d, first_old = before;
        int64_t is = shape->dims[d++], was = old.dims[before++];
        while (is != was) {
            if (is < was && d < shape->rank)
                is *= shape->dims[d++];
            else if (is > was && before < old.rank)
                was *= old.dims[before++];
            else
                return false;
        }
        for (int o = first_old; o + 1 < before; o++)
            if (old.steps[o] != old.steps[o + 1] * (int) old.dims[o + 1])
                return false;
        int step = old.steps[before - 1];
        for (int i = d - 1; i >= first; i--) {
            view.steps[i] = step;
            step *= (int) shape->dims[i];
        }
    }
    *to = view;
    return before == old.rank;
}

bool hax_cuda_place_walk(const hax_cuda_place *from, const hax_strided_view *walk,
                         const hax_shape *shape, int64_t *offset, hax_cuda_place *to)
{
    hax_cuda_place found = { .rank = shape->rank };
    int64_t dense[HAX_CUDA_RANK], last[HAX_CUDA_RANK], step = 1, begin = 0;
    for (int d = from->rank - 1; d >= 0; d--) {
        dense[d] = step;
        step *= from->dims[d];
        last[d] = walk->offset / dense[d] % from->dims[d];
        begin += last[d] * from->steps[d];
    }
    for (int d = 0; d < shape->rank; d++) {
        found.dims[d] = (unsigned) shape->dims[d];
        if (shape->dims[d] == 1 || walk->steps[d] == 0)
            continue;
        int along = 0; /* the outermost dimension that the step is a multiple of */
        while (along < from->rank && (from->dims[along] == 1 || walk->steps[d] % dense[along] != 0))
            along++;
        if (walk->steps[d] < 0 || along == from->rank)
            return false;
        int64_t times = walk->steps[d] / dense[along];
        last[along] += times * (shape->dims[d] - 1);
        if (last[along] >= from->dims[along])
            return false;
        found.steps[d] = (int) times * from->steps[along];
    }
    *offset = begin;
    *to = found;
    return true;
}

/* ---- who may lie where ----------------------------------------------------------------------- */

typedef struct finder {
    const hax_model *model;
    const bool *boundary, *channels_last;
    int pack_elements;
    hax_cuda_aliases *aliases;
    bool *holds; /* [tensor]: others lie in it */
} finder;

static const hax_kernel *kernel_of(const finder *finder, int kernel)
{
    return hax_model_kernel(finder->model, kernel);
}

/* Products take dense matrices, on both sides. */
static bool takes_steps(const hax_kernel *kernel)
{
    return kernel->form != HAX_FORM_PRODUCT &&
           !(kernel->form == HAX_FORM_OWN && kernel->op == HAX_OP_INNER_PRODUCT);
}

static bool has_windows(const hax_kernel *kernel)
{
    return kernel->form == HAX_FORM_OWN &&
           (kernel->op == HAX_OP_CONVOLUTION || kernel->op == HAX_OP_DECONVOLUTION ||
            kernel->op == HAX_OP_POOLING || kernel->op == HAX_OP_LRN ||
            kernel->op == HAX_OP_RESIZE);
}

static bool reads(const hax_kernel *kernel, int tensor)
{
    bool found = kernel->residual == tensor;
    for (int i = 0; i < kernel->input_count; i++)
        found = found || kernel->inputs[i] == tensor;
    return found;
}

static bool same_steps(const hax_cuda_place *a, const hax_cuda_place *b)
{
    bool same = a->rank == b->rank;
    for (int d = 0; same && d < a->rank; d++)
        same = a->dims[d] == b->dims[d] && (a->dims[d] == 1 || a->steps[d] == b->steps[d]);
    return same;
}

/* Do images lie as windows take them: channels, or lines, together? */
static bool suits_windows(const finder *finder, int tensor, const hax_cuda_place *place)
{
    if (place->rank != 4)
        return same_steps(place, &finder->aliases->tensors[tensor].place);
    int inner = finder->channels_last[tensor] ? 1 : 3;
    bool suits = place->dims[inner] == 1 || place->steps[inner] == 1;
    for (int d = 0; d < 4; d++)
        suits = suits && (place->dims[d] == 1 || place->steps[d] > 0);
    return suits;
}

/* Do all kernels that touch a tensor take it from this place? */
static bool suits(const finder *finder, int tensor, const hax_cuda_place *place)
{
    bool suits = true, own = same_steps(place, &finder->aliases->tensors[tensor].place);
    for (int k = 0; k < hax_model_kernel_count(finder->model) && suits; k++) {
        const hax_kernel *kernel = kernel_of(finder, k);
        if (kernel->output != tensor && !reads(kernel, tensor))
            continue;
        suits = (takes_steps(kernel) || own) &&
                (!has_windows(kernel) || suits_windows(finder, tensor, place));
    }
    return suits;
}

/* Can a tensor move to a place in another one's memory? */
static bool may_move(const finder *finder, int tensor, int64_t offset, const hax_cuda_place *place)
{
    const hax_tensor *info = hax_model_tensor(finder->model, tensor);
    const hax_cuda_alias *alias = &finder->aliases->tensors[tensor];
    int alone = hax_cuda_place_alignment(&alias->place, 0, finder->pack_elements);
    return alias->root == tensor && !finder->boundary[tensor] && info->producer >= 0 &&
           !info->constant && (!finder->holds[tensor] || same_steps(place, &alias->place)) &&
           hax_cuda_place_alignment(place, offset, finder->pack_elements) >= alone &&
           suits(finder, tensor, place);
}

/* Offsets of a root within others' memory come to it. */
static int resolve(const hax_cuda_aliases *aliases, int tensor, int64_t *offset)
{
    *offset = aliases->tensors[tensor].offset;
    while (aliases->tensors[tensor].root != tensor) {
        tensor = aliases->tensors[tensor].root;
        *offset += aliases->tensors[tensor].offset;
    }
    return tensor;
}

static void move(finder *finder, int tensor, int root, int64_t offset, const hax_cuda_place *place)
{
    assert(root != tensor);
    finder->aliases->tensors[tensor] = (hax_cuda_alias){ root, offset, *place };
    finder->holds[root] = true;
}

/* ---- concatenations -------------------------------------------------------------------------- */

static bool is_concat(const hax_kernel *kernel)
{
    return kernel->form == HAX_FORM_OWN && kernel->op == HAX_OP_CONCAT;
}

static hax_cuda_place part_of(const hax_cuda_place *whole, int axis, unsigned extent)
{
    hax_cuda_place part = *whole;
    part.dims[axis] = extent;
    return part;
}

/* All inputs lie one behind the other in a longer concatenation: so does what they make. */
static void join_within(finder *finder, const hax_kernel *join)
{
    const hax_cuda_aliases *aliases = finder->aliases;
    int64_t begin, offset;
    int axis = join->axis, root = resolve(aliases, join->inputs[0], &begin);
    hax_cuda_place whole = aliases->tensors[join->inputs[0]].place;
    int64_t behind = begin;
    if (root == join->inputs[0])
        return;
    whole.dims[axis] = 0;
    for (int i = 0; i < join->input_count; i++) {
        const hax_cuda_place *place = &aliases->tensors[join->inputs[i]].place;
        hax_cuda_place expected = part_of(&whole, axis, place->dims[axis]);
        if (resolve(aliases, join->inputs[i], &offset) != root || offset != behind ||
            memcmp(expected.steps, place->steps, sizeof expected.steps) != 0)
            return;
        behind += (int64_t) place->dims[axis] * place->steps[axis];
        whole.dims[axis] += place->dims[axis];
    }
    if (finder->channels_last[join->output] == finder->channels_last[join->inputs[0]] &&
        may_move(finder, join->output, begin, &whole))
        move(finder, join->output, root, begin, &whole);
}

static void join_inputs(finder *finder, const hax_kernel *join)
{
    int axis = join->axis;
    join_within(finder, join);
    const hax_cuda_place whole = finder->aliases->tensors[join->output].place;
    int64_t offset = 0;
    for (int i = 0; i < join->input_count; i++) {
        int tensor = join->inputs[i];
        hax_cuda_place part =
            part_of(&whole, axis, finder->aliases->tensors[tensor].place.dims[axis]);
        if (finder->channels_last[tensor] == finder->channels_last[join->output] &&
            may_move(finder, tensor, offset, &part))
            move(finder, tensor, join->output, offset, &part);
        offset += (int64_t) part.dims[axis] * part.steps[axis];
    }
}

bool hax_cuda_aliases_is_joined(const hax_cuda_aliases *aliases, const hax_model *model, int kernel,
                                int input)
{
    const hax_kernel *join = hax_model_kernel(model, kernel);
    const hax_cuda_alias *whole = &aliases->tensors[join->output];
    int64_t at, is;
    int root = resolve(aliases, join->output, &at);
    for (int i = 0; i < input; i++)
        at += (int64_t) aliases->tensors[join->inputs[i]].place.dims[join->axis] *
              whole->place.steps[join->axis];
    const hax_cuda_alias *alias = &aliases->tensors[join->inputs[input]];
    hax_cuda_place part = part_of(&whole->place, join->axis, alias->place.dims[join->axis]);
    return resolve(aliases, join->inputs[input], &is) == root && is == at &&
           same_steps(&part, &alias->place);
}

/* ---- views and walks ------------------------------------------------------------------------- */

static int readers(const finder *finder, int tensor)
{
    int count = 0;
    for (int k = 0; k < hax_model_kernel_count(finder->model); k++)
        count += reads(kernel_of(finder, k), tensor);
    return count;
}

/* What a walk makes for a view alone is made as the view's output lies. */
static void view_backwards(finder *finder, int kernel)
{
    const hax_kernel *view = kernel_of(finder, kernel);
    int in = view->inputs[0];
    const hax_tensor *info = hax_model_tensor(finder->model, in);
    hax_cuda_place place;
    if (view->form != HAX_FORM_VIEW || info->producer < 0 ||
        kernel_of(finder, info->producer)->form != HAX_FORM_WALK || readers(finder, in) != 1 ||
        !hax_cuda_place_view(&finder->aliases->tensors[view->output].place, &info->shape, &place) ||
        !may_move(finder, in, 0, &place))
        return;
    move(finder, in, view->output, 0, &place);
    finder->aliases->in_place[kernel] = true;
}

static void look_forwards(finder *finder, int kernel)
{
    const hax_kernel *look = kernel_of(finder, kernel);
    int in = look->inputs[0];
    const hax_shape *shape = &hax_model_tensor(finder->model, look->output)->shape;
    const hax_cuda_place *from = &finder->aliases->tensors[in].place;
    hax_cuda_place place;
    int64_t offset = 0;
    bool repeats = false;
    if (finder->aliases->in_place[kernel] || hax_model_tensor(finder->model, in)->constant)
        return;
    if (look->form == HAX_FORM_VIEW
            ? !hax_cuda_place_view(from, shape, &place)
            : !hax_cuda_place_walk(from, &look->walk, shape, &offset, &place))
        return;
    for (int d = 0; d < place.rank; d++)
        repeats = repeats || (place.dims[d] > 1 && place.steps[d] == 0);
    if (repeats || !may_move(finder, look->output, offset, &place))
        return;
    move(finder, look->output, in, offset, &place);
    finder->aliases->in_place[kernel] = true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

void hax_cuda_aliases_free(hax_cuda_aliases *aliases)
{
    free(aliases->tensors);
    free(aliases->in_place);
    *aliases = (hax_cuda_aliases){ 0 };
}

/* Outer and longer concatenations come later, so one walk from the end knows them; what is seen
 * where it lies must know where that is, so that goes from the beginning. */
static void find(finder *finder)
{
    const hax_model *model = finder->model;
    int kernels = hax_model_kernel_count(model);
    for (int t = 0; t < hax_model_tensor_count(model); t++) {
        const hax_shape *shape = &hax_model_tensor(model, t)->shape;
        finder->aliases->tensors[t] =
            (hax_cuda_alias){ t, 0,
                              hax_cuda_is_padded(model, t, finder->channels_last)
                                  ? hax_cuda_place_padded(shape)
                                  : hax_cuda_place_make(shape, finder->channels_last[t]) };
    }
    for (int k = kernels - 1; k >= 0; k--) {
        if (is_concat(kernel_of(finder, k)))
            join_inputs(finder, kernel_of(finder, k));
        view_backwards(finder, k);
    }
    for (int k = 0; k < kernels; k++)
        if (kernel_of(finder, k)->form == HAX_FORM_VIEW ||
            kernel_of(finder, k)->form == HAX_FORM_WALK)
            look_forwards(finder, k);
}

hax_status hax_cuda_aliases_find(const hax_model *model, const bool *boundary,
                                 const bool *channels_last, int pack_elements,
                                 hax_cuda_aliases *aliases, hax_error *err)
{
    size_t tensors = (size_t) hax_model_tensor_count(model);
    finder finder = { model, boundary, channels_last, pack_elements, aliases, NULL };
    *aliases = (hax_cuda_aliases){ calloc(tensors + 1, sizeof *aliases->tensors),
                                   calloc((size_t) hax_model_kernel_count(model) + 1,
                                          sizeof *aliases->in_place) };
    finder.holds = calloc(tensors + 1, sizeof *finder.holds);
    hax_status status = HAX_OK;
    if (aliases->tensors && aliases->in_place && finder.holds)
        find(&finder);
    else
        status = hax_fail_memory(err, "a program");
    free(finder.holds);
    if (status != HAX_OK)
        hax_cuda_aliases_free(aliases);
    return status;
}
