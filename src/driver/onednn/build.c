/*
 * Building a program: operands, their places in memory, and steps.
 *
 * A tensor is kept in the layout in which its kernel left it; a kernel that wants another
 * one gets a reordered copy. A tensor that crosses groups lives in its slot, in the
 * layout that the first program of the device chose, so that all units of the kind agree.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "program.h"

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

void *hax_large_alloc(size_t bytes)
{
    size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    size_t rounded = (bytes + alignment) / alignment * alignment;
    void *memory = aligned_alloc(alignment, rounded);
    if (memory && alignment == HUGE_PAGE)
        madvise(memory, rounded, MADV_HUGEPAGE); /* a wish: fewer misses of the address cache */
    return memory;
}

void hax_large_free(void *memory, size_t bytes)
{
    (void) bytes;
    free(memory);
}

/* ---- growing lists ---------------------------------------------------------------------- */

static bool grow(void **list, int count, int *capacity, size_t size)
{
    assert(count >= 0 && count <= *capacity);
    if (count < *capacity)
        return true;
    int wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = wanted;
    return true;
}

int hax_storage_new(hax_program *program, size_t bytes)
{
    void *list = program->storages;
    if (!grow(&list, program->storage_count, &program->storage_capacity, sizeof(hax_storage)))
        return -1;
    program->storages = list;
    program->storages[program->storage_count] =
        (hax_storage){ .bytes = bytes, .first = INT32_MAX, .last = -1, .slot = -1 };
    return program->storage_count++;
}

int hax_operand_new(hax_program *program, hax_const_md desc, int storage_index)
{
    void *list = program->operands;
    if (storage_index < 0 ||
        !grow(&list, program->operand_count, &program->operand_capacity, sizeof(hax_operand)))
        return -1;
    program->operands = list;
    hax_operand operand = { .desc = hax_dnnl_md_copy(desc), .storage = storage_index };
    if (!operand.desc)
        return -1;
    program->operands[program->operand_count] = operand;
    return program->operand_count++;
}

int hax_operand_fixed(hax_program *program, hax_const_md desc, const void *data)
{
    int place = hax_storage_new(program, 0);
    if (place >= 0)
        program->storages[place].fixed = data;
    return hax_operand_new(program, desc, place);
}

int hax_operand_seen(hax_program *program, int operand, hax_const_md desc)
{
    assert(operand >= 0 && operand < program->operand_count);
    size_t offset = program->operands[operand].offset;
    int made = hax_operand_new(program, desc, program->operands[operand].storage);
    if (made >= 0)
        program->operands[made].offset = offset;
    return made;
}

/* ---- steps --------------------------------------------------------------------------------- */

static void use(hax_program *program, int operand_index)
{
    assert(operand_index >= 0 && operand_index < program->operand_count);
    hax_storage *storage = &program->storages[program->operands[operand_index].storage];
    int now = program->step_count;
    storage->first = now < storage->first ? now : storage->first;
    storage->last = now > storage->last ? now : storage->last;
}

static hax_status step_fill(hax_program *program, hax_program_step *step, int count,
                            const int *args, const int *operands, hax_error *err)
{
    assert(count >= 1);
    step->args = malloc((size_t) (count + 1) * sizeof *step->args);
    step->operands = malloc((size_t) (count + 1) * sizeof *step->operands);
    if (!step->args || !step->operands)
        return hax_fail_memory(err, "a program");
    for (int a = 0; a < count; a++) {
        step->args[a] = args[a];
        step->operands[a] = operands[a];
        use(program, operands[a]);
    }
    step->arg_count = count;
    return HAX_OK;
}

/* Every step has a scratchpad operand of its own layout on the one scratch storage (0). */
static hax_status add_scratch(hax_program *program, hax_program_step *step,
                              dnnl_primitive_desc_t pd, hax_error *err)
{
    assert(program->storage_count > 0 && !program->storages[0].fixed);
    hax_const_md desc = hax_dnnl_pd_md(pd, dnnl_query_scratchpad_md);
    int scratch = hax_operand_new(program, desc, 0);
    if (scratch < 0)
        return hax_fail_memory(err, "a program");
    if (hax_dnnl_md_bytes(desc) > program->scratch_bytes)
        program->scratch_bytes = hax_dnnl_md_bytes(desc);
    step->args[step->arg_count] = DNNL_ARG_SCRATCHPAD;
    step->operands[step->arg_count++] = scratch;
    return HAX_OK;
}

/* Takes over pd; NULL makes a step of plain loops. */
hax_status hax_step_add(hax_program *program, int kernel, dnnl_primitive_desc_t pd, int count,
                        const int *args, const int *operands, hax_error *err)
{
    void *list = program->steps;
    if (!grow(&list, program->step_count, &program->step_capacity, sizeof(hax_program_step))) {
        dnnl_primitive_desc_destroy(pd);
        return hax_fail_memory(err, "a program");
    }
    program->steps = list;
    hax_program_step *step = &program->steps[program->step_count];
    *step = (hax_program_step){ .kernel = kernel };
    hax_status status = step_fill(program, step, count, args, operands, err);
    if (status == HAX_OK && pd)
        status = add_scratch(program, step, pd, err);
    if (status == HAX_OK && pd && dnnl_primitive_create(&step->primitive, pd) != dnnl_success)
        status = hax_fail(err, HAX_FAILURE, "oneDNN cannot create kernel %d of %s (%s)", kernel,
                          hax_model_name(program->model), hax_dnnl_pd_implementation(pd));
    dnnl_primitive_desc_destroy(pd);
    program->step_count++;
    return status;
}

hax_status hax_add_reorder(hax_program *program, int kernel, int from, int to, hax_error *err)
{
    dnnl_primitive_desc_t pd = hax_dnnl_pd_reorder(
        program->device->engine, program->operands[from].desc, program->operands[to].desc);
    if (!pd)
        return hax_fail(err, HAX_FAILURE, "oneDNN has no reorder for a tensor of %s",
                        hax_model_name(program->model));
    return hax_step_add(program, kernel, pd, 2, (const int[]){ DNNL_ARG_FROM, DNNL_ARG_TO },
                        (const int[]){ from, to }, err);
}

hax_status hax_operand_want(hax_program *program, int tensor, hax_const_md want, int *found,
                            hax_error *err)
{
    int have = program->tensor_operand[tensor], other = program->alternative[tensor];
    assert(have >= 0); /* its kernel comes before those that read it */
    if (hax_dnnl_md_equal(program->operands[have].desc, want)) {
        *found = have;
        return HAX_OK;
    }
    if (other >= 0 && hax_dnnl_md_equal(program->operands[other].desc, want)) {
        *found = other;
        return HAX_OK;
    }
    int made = hax_operand_new(program, want, hax_storage_new(program, hax_dnnl_md_bytes(want)));
    if (made < 0)
        return hax_fail_memory(err, "a program");
    program->alternative[tensor] = made;
    *found = made;
    return hax_add_reorder(program, -1, have, made, err);
}

/* ---- boundary tensors ------------------------------------------------------------------------ */

static const hax_canonical_weights *find_canonical(const hax_program *program, int tensor)
{
    uint64_t hash = hax_model_hash(program->model);
    for (const hax_canonical_weights *canonical = program->device->canonical; canonical;
         canonical = canonical->next)
        if (canonical->model_hash == hash && canonical->tensor == tensor)
            return canonical;
    return NULL;
}

static hax_status set_canonical(hax_program *program, int tensor, hax_const_md desc,
                                const hax_canonical_weights **weights, hax_error *err)
{
    hax_canonical_weights *canonical = calloc(1, sizeof *canonical);
    if (!canonical || !(canonical->desc = hax_dnnl_md_copy(desc))) {
        free(canonical);
        return hax_fail_memory(err, "a program");
    }
    canonical->model_hash = hax_model_hash(program->model);
    canonical->tensor = tensor;
    canonical->next = program->device->canonical;
    program->device->canonical = canonical;
    *weights = canonical;
    return HAX_OK;
}

hax_status hax_slot_operand(hax_program *program, int tensor, hax_const_md preferred, int *found,
                            hax_error *err)
{
    assert(program->boundary[tensor]);
    const hax_canonical_weights *agreed = find_canonical(program, tensor);
    if (!agreed)
        HAX_TRY(set_canonical(program, tensor, preferred, &agreed, err));
    hax_layout *layout = &program->layouts[tensor];
    *layout = (hax_layout){ .driver = "onednn", .bytes = hax_dnnl_md_bytes(agreed->desc) };
    if (!hax_dnnl_md_save(agreed->desc, layout->data, sizeof layout->data, &layout->data_bytes))
        return hax_fail(err, HAX_FAILURE, "a oneDNN layout does not fit its record");
    int place = hax_storage_new(program, layout->bytes);
    if (place < 0)
        return hax_fail_memory(err, "a program");
    program->storages[place].slot = tensor;
    *found = hax_operand_new(program, agreed->desc, place);
    return *found < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
}

hax_status hax_output_place(hax_program *program, int tensor, hax_const_md desc, int *found,
                            int *after, hax_error *err)
{
    *after = -1;
    if (program->boundary[tensor]) {
        int slot;
        HAX_TRY(hax_slot_operand(program, tensor, desc, &slot, err));
        if (hax_dnnl_md_equal(program->operands[slot].desc, desc)) {
            *found = slot;
            return HAX_OK;
        }
        *after = slot;
    }
    HAX_TRY(hax_concat_alias_place(program, tensor, desc, found, err));
    if (*found >= 0)
        return HAX_OK;
    *found = hax_operand_new(program, desc, hax_storage_new(program, hax_dnnl_md_bytes(desc)));
    return *found < 0 ? hax_fail_memory(err, "a program") : HAX_OK;
}

hax_status hax_output_finish(hax_program *program, int tensor, int computed, int after,
                             hax_error *err)
{
    assert(computed >= 0 && computed != after);
    program->tensor_operand[tensor] = after >= 0 ? after : computed;
    return after >= 0 ? hax_add_reorder(program, -1, computed, after, err) : HAX_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const hax_storage *x = *(hax_storage *const *) a, *y = *(hax_storage *const *) b;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static bool overlap(const hax_storage *a, const hax_storage *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which nothing placed before, and alive at the same time, lies. */
static void place_one(hax_storage *const *placed, int count, hax_storage *storage)
{
    assert(storage->bytes > 0 && storage->first <= storage->last);
    storage->offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int p = 0; p < count; p++) {
            const hax_storage *other = placed[p];
            if (!overlap(storage, other) || storage->offset >= other->offset + other->bytes ||
                other->offset >= storage->offset + storage->bytes)
                continue;
            storage->offset = other->offset + other->bytes;
            moved = true;
        }
    }
}

/* Places all temporary storages, largest first, over each other where their lives do not meet. */
static hax_status place_all(hax_program *program, hax_error *err)
{
    hax_storage **list = calloc((size_t) program->storage_count, sizeof(hax_storage *));
    if (!list)
        return hax_fail_memory(err, "a program");
    int count = 0;
    for (int s = 1; s < program->storage_count; s++) {
        hax_storage *storage = &program->storages[s];
        if (storage->fixed || storage->slot >= 0 || storage->last < 0)
            continue;
        storage->bytes = (storage->bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
        list[count++] = storage;
    }
    qsort(list, (size_t) count, sizeof *list, by_size);
    for (int i = 0; i < count; i++) {
        place_one(list, i, list[i]);
        if (list[i]->offset + list[i]->bytes > program->arena_bytes)
            program->arena_bytes = list[i]->offset + list[i]->bytes;
    }
    free(list);
    return HAX_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_status allocate(hax_program *program, hax_error *err)
{
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    program->tensor_operand = malloc(tensors * sizeof(int));
    program->alternative = malloc(tensors * sizeof(int));
    program->boundary = calloc(tensors, sizeof(bool));
    program->layouts = calloc(tensors, sizeof(hax_layout));
    program->notes =
        calloc((size_t) hax_model_kernel_count(program->model), sizeof(hax_kernel_note));
    program->group_first = calloc((size_t) program->grouping->count + 1, sizeof(int));
    bool ok = program->tensor_operand && program->alternative && program->boundary &&
              program->layouts && program->notes && program->group_first &&
              hax_storage_new(program, 0) == 0;
    return ok ? HAX_OK : hax_fail_memory(err, "a program");
}

static hax_status place_constants(hax_program *program, hax_error *err)
{
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        const hax_tensor *tensor = hax_model_tensor(program->model, t);
        if (!tensor->constant)
            continue;
        hax_md plain = hax_dnnl_md_tag(&tensor->shape, hax_plain_tag(tensor->shape.rank));
        program->tensor_operand[t] =
            plain ? hax_operand_fixed(program, plain, tensor->constant) : -1;
        hax_dnnl_md_free(plain);
        if (program->tensor_operand[t] < 0)
            return hax_fail_memory(err, "a program");
    }
    return HAX_OK;
}

/* Inputs come as they are, in their plain form. */
static hax_status place_input(hax_program *program, int input, hax_error *err)
{
    const hax_shape *shape = &hax_model_tensor(program->model, input)->shape;
    hax_md plain = hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    if (!plain)
        return hax_fail_memory(err, "a program");
    program->boundary[input] = true;
    hax_status status =
        hax_slot_operand(program, input, plain, &program->tensor_operand[input], err);
    hax_dnnl_md_free(plain);
    return status;
}

static hax_status mark_boundaries(hax_program *program, hax_error *err)
{
    const hax_model *model = program->model;
    for (int g = 0; g < program->grouping->count; g++) {
        hax_crossing crossing = hax_group_crossing(model, program->grouping, g);
        for (int t = 0; t < crossing.count; t++)
            program->boundary[crossing.tensors[t]] = true;
    }
    for (int o = 0; o < hax_model_output_count(model); o++)
        program->boundary[hax_model_output(model, o)] = true;
    for (int i = 0; i < hax_model_input_count(model); i++)
        HAX_TRY(place_input(program, hax_model_input(model, i), err));
    return HAX_OK;
}

/* *again: a kernel was wrong, and all of it is to be emitted once more. */
static hax_status emit_groups(hax_program *program, void (*beat)(void *), void *beat_context,
                              bool *again, hax_error *err)
{
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    for (int g = 0; g < program->grouping->count; g++) {
        int begin, end;
        program->group_first[g] = program->step_count;
        memset(program->alternative, -1, tensors * sizeof(int));
        hax_concat_alias_begin_group(program);
        hax_group_kernels(program->model, &program->grouping->groups[g], &begin, &end);
        for (int k = begin; k < end && !*again; k++) {
            int first_step = program->step_count;
            HAX_TRY(hax_emit_kernel(program, k, err));
            HAX_TRY(hax_check_kernel(program, k, first_step, again, err));
            if (beat)
                beat(beat_context);
        }
    }
    program->group_first[program->grouping->count] = program->step_count;
    return HAX_OK;
}

static hax_status build_once(hax_program *program, void (*beat)(void *), void *beat_context,
                             bool *again, hax_error *err)
{
    HAX_TRY(allocate(program, err));
    HAX_TRY(mark_boundaries(program, err));
    HAX_TRY(place_constants(program, err));
    HAX_TRY(hax_conv_choice_find(program, beat, beat_context, err));
    HAX_TRY(hax_concat_alias_find(program, err));
    HAX_TRY(emit_groups(program, beat, beat_context, again, err));
    return *again ? HAX_OK : place_all(program, err);
}

hax_status hax_program_build(hax_device *device, const hax_unit *unit, const hax_model *model,
                             const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                             hax_program **program, hax_error *err)
{
    bool again;
    do { /* ends: each time a kernel has one way less, down to the loops */
        again = false;
        hax_program *result = calloc(1, sizeof *result);
        if (!result)
            return hax_fail_memory(err, "a program");
        result->device = device;
        result->model = model;
        result->grouping = grouping;
        result->threads = unit->threads;
        hax_status status = build_once(result, beat, beat_context, &again, err);
        if (status == HAX_OK && !again) {
            hax_program_check(result);
            *program = result;
        } else {
            hax_program_free(result);
        }
        HAX_TRY(status);
    } while (again);
    return HAX_OK;
}

void hax_program_free(hax_program *program)
{
    for (int o = 0; o < program->operand_count; o++)
        hax_dnnl_md_free(program->operands[o].desc);
    for (int s = 0; s < program->step_count; s++) {
        dnnl_primitive_destroy(program->steps[s].primitive);
        free(program->steps[s].args);
        free(program->steps[s].operands);
    }
    free(program->operands);
    free(program->storages);
    free(program->steps);
    free(program->group_first);
    free(program->tensor_operand);
    free(program->alternative);
    free(program->aliases);
    free(program->aliased);
    free(program->boundary);
    free(program->layouts);
    free(program->notes);
    free(program);
}
