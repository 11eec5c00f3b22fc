/*
 * Concatenations that copy nothing: what is to be joined is written into its place in the whole
 * from the start, and a part of something is seen where it lies.
 *
 * Where all dimensions before the joined one are 1 (images one at a time, joined by channels), and
 * no block of channels lies across a border, every part is a dense tensor of its own within the
 * whole. A whole may itself be a part of a larger one, or the beginning of it: a dense block joins
 * 1 and 2, then 1, 2 and 3, and so on, all of which lie in the last.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

static bool leads(const hax_shape *shape, int axis)
{
    for (int d = 0; d < axis; d++)
        if (shape->dims[d] != 1)
            return false;
    return true;
}

static bool joins(const hax_program *program, const hax_kernel *kernel)
{
    return kernel->op == HAX_OP_CONCAT &&
           leads(hax_dnnl_shape_of(program, kernel->output), kernel->axis);
}

/* ---- aliases: where a tensor is to lie, before anything is emitted --------------------------- */

static int64_t extent(const hax_program *program, const hax_kernel *join, int input)
{
    return hax_dnnl_shape_of(program, join->inputs[input])->dims[join->axis];
}

/* A later join that begins with all that this one joins, -1. */
static int longer_join(const hax_program *program, int kernel)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    for (int k = hax_model_kernel_count(program->model) - 1; k > kernel; k--) {
        const hax_kernel *other = hax_model_kernel(program->model, k);
        if (joins(program, other) && other->axis == lowered->axis &&
            other->input_count > lowered->input_count &&
            memcmp(other->inputs, lowered->inputs, (size_t) lowered->input_count * sizeof(int)) ==
                0)
            return k;
    }
    return -1;
}

/* The tensor that input `input` of a join is a part of, and where along the joined dimension that
 * part begins; -1. */
static int part_of(const hax_program *program, const hax_kernel *join, int input, int64_t *begin)
{
    int producer = hax_model_tensor(program->model, join->inputs[input])->producer;
    const hax_kernel *lowered = producer < 0 ? NULL : hax_model_kernel(program->model, producer);
    int axis;
    if (!lowered || !hax_dnnl_is_part(program, lowered, &axis, begin) || axis != join->axis)
        return -1;
    return lowered->inputs[0];
}

/* All parts of one tensor in their order: then the tensor itself may lie there. */
static void find_home_of_split(hax_program *program, const hax_kernel *join, int first,
                               const hax_concat_alias *place)
{
    int64_t begin, covered = 0;
    int split = part_of(program, join, first, &begin);
    if (split < 0 || begin != 0 || program->aliases[split].aliased >= 0)
        return;
    for (int i = first; i < join->input_count; i++) {
        if (part_of(program, join, i, &begin) != split || begin != covered)
            break;
        covered += extent(program, join, i);
    }
    if (covered == hax_dnnl_shape_of(program, split)->dims[join->axis])
        program->aliases[split] = *place;
}

/* Longer and outer joins come later in the list, so one walk from its end knows them. */
static void find_home(hax_program *program, int kernel)
{
    const hax_kernel *join = hax_model_kernel(program->model, kernel);
    assert(joins(program, join));
    hax_concat_alias *own = &program->aliases[join->output];
    int longer = longer_join(program, kernel);
    if (own->aliased < 0 && longer >= 0)
        *own = program->aliases[hax_model_kernel(program->model, longer)->output];
    if (own->aliased < 0 || own->axis != join->axis || program->boundary[join->output])
        *own = (hax_concat_alias){ join->output, join->axis, 0, -1 };
    hax_concat_alias place = *own;
    for (int i = 0; i < join->input_count; i++) {
        hax_concat_alias *part = &program->aliases[join->inputs[i]];
        if (part->aliased < 0)
            *part = place;
        find_home_of_split(program, join, i, &place);
        place.start += extent(program, join, i);
    }
    /* the parts fill what they are joined to */
    assert(place.start - own->start == hax_dnnl_shape_of(program, join->output)->dims[join->axis]);
}

hax_status hax_concat_alias_find(hax_program *program, hax_error *err)
{
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    program->aliases = malloc((tensors + 1) * sizeof *program->aliases);
    program->aliased = malloc((tensors + 1) * sizeof *program->aliased);
    if (!program->aliases || !program->aliased)
        return hax_fail_memory(err, "a program");
    for (size_t t = 0; t < tensors; t++)
        program->aliases[t] = (hax_concat_alias){ .aliased = -1, .operand = -1 };
    for (int k = hax_model_kernel_count(program->model) - 1; k >= 0; k--)
        if (joins(program, hax_model_kernel(program->model, k)))
            find_home(program, k);
    return HAX_OK;
}

void hax_concat_alias_begin_group(hax_program *program)
{
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        program->aliases[t].operand = -1;
        program->aliased[t] = (hax_aliased_tensor){ .operand = -1 };
    }
}

/* ---- wholes: memory for what is joined ------------------------------------------------------- */

/* Channels of a block in a layout whose parts are dense, 0 for other layouts. */
static int dense_block(dnnl_format_tag_t tag, int rank)
{
    return tag == hax_plain_tag(rank) ? 1 : tag == dnnl_aBcd16b ? 16 : tag == dnnl_aBcd8b ? 8 : 0;
}

/* The layout of a descriptor, if its parts are dense; dnnl_format_tag_undef. */
static dnnl_format_tag_t dense_tag(const hax_shape *shape, hax_const_md desc)
{
    const dnnl_format_tag_t tags[] = { hax_plain_tag(shape->rank), dnnl_aBcd16b, dnnl_aBcd8b };
    for (int t = 0; t < (shape->rank == 4 ? 3 : 1); t++) {
        hax_md tagged = hax_dnnl_md_tag(shape, tags[t]);
        bool equal = tagged && hax_dnnl_md_equal(tagged, desc);
        hax_dnnl_md_free(tagged);
        if (equal)
            return tags[t];
    }
    return dnnl_format_tag_undef;
}

/* Does no block lie across a border of what is joined in this whole? */
static bool borders_fit(const hax_program *program, int tensor, int block)
{
    for (int k = 0; k < hax_model_kernel_count(program->model); k++) {
        const hax_kernel *join = hax_model_kernel(program->model, k);
        if (!joins(program, join) || program->aliases[join->output].aliased != tensor)
            continue;
        int64_t start = program->aliases[join->output].start;
        for (int i = 0; i < join->input_count && block > 1; i++) {
            if (join->axis != 1 || start % block != 0 || extent(program, join, i) % block != 0)
                return false;
            start += extent(program, join, i);
        }
    }
    return true;
}

static hax_status whole_make(hax_program *program, int tensor, dnnl_format_tag_t tag,
                             hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    hax_aliased_tensor *aliased_tensor = &program->aliased[tensor];
    int block = dense_block(tag, shape->rank), place = -1;
    if (aliased_tensor->refused || block == 0 || !borders_fit(program, tensor, block))
        return HAX_OK;
    hax_md desc = hax_dnnl_md_tag(shape, tag);
    hax_status status = desc ? HAX_OK : hax_fail_memory(err, "a program");
    if (status == HAX_OK && program->boundary[tensor]) {
        status = hax_slot_operand(program, tensor, desc, &place, err);
        aliased_tensor->refused =
            status == HAX_OK && !hax_dnnl_md_equal(program->operands[place].desc, desc);
    } else if (status == HAX_OK) {
        place = hax_operand_new(program, desc, hax_storage_new(program, hax_dnnl_md_bytes(desc)));
        status = place < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
    }
    hax_dnnl_md_free(desc);
    if (status == HAX_OK && !aliased_tensor->refused) {
        aliased_tensor->operand = place;
        aliased_tensor->tag = tag;
        program->storages[program->operands[place].storage].viewed = true;
    }
    return status;
}

/* An operand for a tensor from `start` on in a whole. */
static hax_status part_operand(hax_program *program, int whole_tensor, int axis, int64_t start,
                               int tensor, int *found, hax_error *err)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    int64_t inner = 1;
    assert(program->aliased[whole_tensor].operand >= 0);
    assert(start >= 0 &&
           start + shape->dims[axis] <= hax_dnnl_shape_of(program, whole_tensor)->dims[axis]);
    for (int d = axis + 1; d < shape->rank; d++)
        inner *= shape->dims[d];
    hax_md desc = hax_dnnl_md_tag(shape, program->aliased[whole_tensor].tag);
    *found = desc ? hax_operand_seen(program, program->aliased[whole_tensor].operand, desc) : -1;
    hax_dnnl_md_free(desc);
    if (*found < 0)
        return hax_fail_memory(err, "a program");
    program->operands[*found].offset += (size_t) (start * inner) * sizeof(float);
    return HAX_OK;
}

hax_status hax_concat_alias_place(hax_program *program, int tensor, hax_const_md desc, int *found,
                                  hax_error *err)
{
    hax_concat_alias *alias = &program->aliases[tensor];
    const hax_shape *shape = hax_dnnl_shape_of(program, tensor);
    *found = -1;
    if (alias->aliased < 0 || alias->aliased == tensor || alias->operand >= 0 ||
        program->boundary[tensor])
        return HAX_OK;
    dnnl_format_tag_t tag = dense_tag(shape, desc);
    if (tag == dnnl_format_tag_undef ||
        shape->rank != hax_dnnl_shape_of(program, alias->aliased)->rank)
        return HAX_OK;
    if (program->aliased[alias->aliased].operand < 0)
        HAX_TRY(whole_make(program, alias->aliased, tag, err));
    if (program->aliased[alias->aliased].operand < 0 || program->aliased[alias->aliased].tag != tag)
        return HAX_OK;
    HAX_TRY(part_operand(program, alias->aliased, alias->axis, alias->start, tensor, found, err));
    alias->operand = *found;
    return HAX_OK;
}

/* ---- the join itself ------------------------------------------------------------------------- */

static bool lies_at(const hax_program *program, int a, int b)
{
    const hax_operand *x = &program->operands[a], *y = &program->operands[b];
    return x->storage == y->storage && x->offset == y->offset &&
           hax_dnnl_md_equal(x->desc, y->desc);
}

/* An input is in its place already, or copied there. */
static hax_status bring_home(hax_program *program, int tensor, const hax_concat_alias *place,
                             hax_error *err)
{
    hax_concat_alias *own = &program->aliases[tensor];
    int wanted, has = program->tensor_operand[tensor];
    assert(has >= 0);
    HAX_TRY(part_operand(program, place->aliased, place->axis, place->start, tensor, &wanted, err));
    if (lies_at(program, has, wanted) ||
        (own->operand >= 0 && lies_at(program, own->operand, wanted)))
        return HAX_OK;
    if (own->aliased == place->aliased && own->start == place->start)
        own->operand = wanted;
    return hax_add_reorder(program, -1, has, wanted, err);
}

hax_status hax_emit_join(hax_program *program, int kernel, dnnl_format_tag_t tag, bool *done,
                         hax_error *err)
{
    const hax_kernel *join = hax_model_kernel(program->model, kernel);
    hax_concat_alias *own = &program->aliases[join->output];
    int out;
    *done = joins(program, join);
    if (*done && program->aliased[own->aliased].operand < 0)
        HAX_TRY(whole_make(program, own->aliased, tag, err));
    *done = *done && program->aliased[own->aliased].operand >= 0;
    if (!*done)
        return HAX_OK;
    hax_concat_alias place = *own;
    for (int i = 0; i < join->input_count; i++) {
        HAX_TRY(bring_home(program, join->inputs[i], &place, err));
        place.start += extent(program, join, i);
    }
    if (own->aliased == join->output)
        out = program->aliased[own->aliased].operand;
    else
        HAX_TRY(
            part_operand(program, own->aliased, own->axis, own->start, join->output, &out, err));
    own->operand = out;
    hax_take_note(program, kernel, "in place");
    return hax_output_finish(program, join->output, out, -1, err);
}

/* ---- parts of a tensor ----------------------------------------------------------------------- */

hax_status hax_emit_part_in_place(hax_program *program, int kernel, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    const hax_shape *in = hax_dnnl_shape_of(program, lowered->inputs[0]);
    const hax_shape *shape = hax_dnnl_shape_of(program, lowered->output);
    int axis, whole_operand = program->tensor_operand[lowered->inputs[0]];
    int64_t begin, inner = 1;
    *done = false;
    if (program->boundary[lowered->output] || !hax_dnnl_is_part(program, lowered, &axis, &begin))
        return HAX_OK;
    dnnl_format_tag_t tag = dense_tag(in, program->operands[whole_operand].desc);
    int block = dense_block(tag, in->rank);
    if (block == 0 || (block > 1 && axis != 1) || begin % block != 0 ||
        shape->dims[axis] % block != 0)
        return HAX_OK;
    for (int d = axis + 1; d < in->rank; d++)
        inner *= in->dims[d];
    hax_md desc = hax_dnnl_md_tag(shape, tag);
    int out = desc ? hax_operand_seen(program, whole_operand, desc) : -1;
    hax_dnnl_md_free(desc);
    if (out < 0)
        return hax_fail_memory(err, "a program");
    program->operands[out].offset += (size_t) (begin * inner) * sizeof(float);
    program->storages[program->operands[out].storage].viewed = true;
    *done = true;
    hax_take_note(program, kernel, "in place");
    return hax_output_finish(program, lowered->output, out, -1, err);
}
