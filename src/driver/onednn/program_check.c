/*
 * What holds of every program that is built, asserted over the whole of it in builds that have
 * assertions: tasks compute addresses from it without asking.
 */
#include "program.h"

#ifndef NDEBUG

#include <assert.h>

static void check_operand(const hax_program *program, const hax_operand *operand)
{
    assert(operand->desc);
    assert(operand->storage >= 0 && operand->storage < program->storage_count);
    const hax_storage *storage = &program->storages[operand->storage];
    assert(operand->offset % sizeof(float) == 0);
    assert(operand->storage > 0 || operand->offset == 0); /* the scratchpad is seen as a whole */
    if (operand->storage == 0)
        assert(hax_dnnl_md_bytes(operand->desc) <= program->scratch_bytes);
    else if (!storage->fixed) /* no more: of a view with steps the library counts too much */
        assert(operand->offset < storage->bytes);
}

static bool is_temporary(const hax_storage *storage)
{
    return !storage->fixed && storage->slot < 0 && storage->last >= 0;
}

static void check_storage(const hax_program *program, int s)
{
    const hax_storage *storage = &program->storages[s];
    assert(storage->slot >= -1 && storage->slot < hax_model_tensor_count(program->model));
    assert(storage->slot < 0 || program->boundary[storage->slot]);
    assert(!storage->fixed || storage->slot < 0); /* constants lie in no slot */
    assert(!storage->fixed || storage->bytes == 0);
    assert(storage->last < program->step_count);
    assert(storage->last >= 0 ? storage->first >= 0 && storage->first <= storage->last
                              : storage->first > program->step_count);
    if (s > 0 && is_temporary(storage))
        assert(storage->offset + storage->bytes <= program->arena_bytes);
}

/* Who is in use at the same time has memory of its own. */
static void check_places(const hax_program *program)
{
    for (int a = 1; a < program->storage_count; a++)
        for (int b = a + 1; b < program->storage_count; b++) {
            const hax_storage *x = &program->storages[a], *y = &program->storages[b];
            if (!is_temporary(x) || !is_temporary(y) || x->last < y->first || y->last < x->first)
                continue;
            assert(x->offset + x->bytes <= y->offset || y->offset + y->bytes <= x->offset);
        }
}

static void check_step(const hax_program *program, int s)
{
    const hax_program_step *step = &program->steps[s];
    assert(step->kernel >= -1 && step->kernel < hax_model_kernel_count(program->model));
    assert(step->kernel >= 0 || step->primitive); /* loops are of a kernel, reorders of none */
    assert(step->arg_count >= 2 && step->args && step->operands);
    for (int a = 0; a < step->arg_count; a++) {
        assert(step->operands[a] >= 0 && step->operands[a] < program->operand_count);
        const int storage = program->operands[step->operands[a]].storage;
        assert(storage == 0 || program->storages[storage].first <= s);
        assert(storage == 0 || program->storages[storage].last >= s);
    }
    if (step->primitive) {
        assert(step->args[step->arg_count - 1] == DNNL_ARG_SCRATCHPAD);
        assert(program->operands[step->operands[step->arg_count - 1]].storage == 0);
    } else {
        assert(step->arg_count ==
               hax_loop_input_count(hax_model_kernel(program->model, step->kernel)) + 1);
    }
}

static void check_tensor(const hax_program *program, int tensor)
{
    const hax_concat_alias *alias = &program->aliases[tensor];
    const int operand = program->tensor_operand[tensor];
    assert(operand >= 0 && operand < program->operand_count);
    assert(alias->aliased >= -1 && alias->aliased < hax_model_tensor_count(program->model));
    assert(alias->operand >= -1 && alias->operand < program->operand_count);
    if (alias->aliased >= 0) {
        const hax_shape *whole = &hax_model_tensor(program->model, alias->aliased)->shape;
        assert(alias->axis >= 0 && alias->axis < whole->rank);
        assert(alias->start >= 0 && alias->start < whole->dims[alias->axis]);
        assert(alias->aliased != tensor || alias->start == 0);
    }
    if (!program->boundary[tensor])
        return;
    assert(program->storages[program->operands[operand].storage].slot == tensor ||
           hax_model_tensor(program->model, tensor)->constant);
}

static void check_groups(const hax_program *program)
{
    assert(program->group_first[0] == 0);
    for (int g = 0; g < program->grouping->count; g++)
        assert(program->group_first[g] <= program->group_first[g + 1]);
    assert(program->group_first[program->grouping->count] == program->step_count);
}

void hax_program_check(const hax_program *program)
{
    assert(program->threads >= 1 && program->storage_count >= 1);
    for (int o = 0; o < program->operand_count; o++)
        check_operand(program, &program->operands[o]);
    for (int s = 0; s < program->storage_count; s++)
        check_storage(program, s);
    check_places(program);
    for (int s = 0; s < program->step_count; s++)
        check_step(program, s);
    for (int t = 0; t < hax_model_tensor_count(program->model); t++)
        check_tensor(program, t);
    check_groups(program);
}

#endif
