/* An instance of a program: its memory, and running it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "task.h"

static void *address(const hax_task *task, const hax_storage *storage, int index)
{
    assert(index >= 0 && index < task->program->storage_count);
    if (index == 0)
        return task->scratch;
    if (storage->fixed)
        return (void *) (uintptr_t) storage->fixed; /* the library takes no const handles */
    if (storage->slot >= 0)
        return task->slots[storage->slot];
    return task->arena + storage->offset;
}

static hax_status make_memories(hax_task *task, hax_error *err)
{
    const hax_program *program = task->program;
    for (int o = 0; o < program->operand_count; o++) {
        const hax_operand *operand = &program->operands[o];
        unsigned char *place =
            address(task, &program->storages[operand->storage], operand->storage);
        void *where = place ? place + operand->offset : NULL;
        if (dnnl_memory_create(&task->memories[o], operand->desc, program->device->engine, where) !=
            dnnl_success)
            return hax_fail_memory(err, "a task");
    }
    return HAX_OK;
}

static hax_status make_args(hax_task *task, hax_error *err)
{
    const hax_program *program = task->program;
    for (int s = 0; s < program->step_count; s++) {
        const hax_program_step *step = &program->steps[s];
        task->args[s] = calloc((size_t) step->arg_count + 1, sizeof *task->args[s]);
        if (!task->args[s])
            return hax_fail_memory(err, "a task");
        for (int a = 0; a < step->arg_count; a++)
            task->args[s][a] =
                (dnnl_exec_arg_t){ step->args[a], task->memories[step->operands[a]] };
    }
    return HAX_OK;
}

static hax_status make(hax_task *task, void *const *slots, hax_error *err)
{
    const hax_program *program = task->program;
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    task->slots = calloc(tensors, sizeof *task->slots);
    task->loop_tensors = calloc(tensors, sizeof *task->loop_tensors);
    task->memories = calloc((size_t) program->operand_count, sizeof(dnnl_memory_t));
    task->args = calloc((size_t) program->step_count, sizeof(dnnl_exec_arg_t *));
    task->arena = hax_large_alloc(program->arena_bytes + 1);
    task->scratch = hax_large_alloc(program->scratch_bytes + 1);
    if (!task->slots || !task->loop_tensors || !task->memories || !task->args || !task->arena ||
        !task->scratch)
        return hax_fail_memory(err, "a task");
    memcpy(task->slots, slots, tensors * sizeof *slots);
    memset(task->arena, 0, program->arena_bytes + 1); /* pages in place before the first round */
    if (dnnl_stream_create(&task->stream, program->device->engine, dnnl_stream_default_flags) !=
        dnnl_success)
        return hax_fail(err, HAX_FAILURE, "oneDNN cannot create a stream");
    HAX_TRY(make_memories(task, err));
    return make_args(task, err);
}

hax_status hax_task_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    result->program = program;
    hax_status status = make(result, slots, err);
    if (status != HAX_OK) {
        hax_task_unbind(result);
        return status;
    }
    *task = result;
    return HAX_OK;
}

static void free_conversion(hax_conversion *conversion)
{
    dnnl_primitive_destroy(conversion->primitive);
    dnnl_memory_destroy(conversion->scratch);
    hax_dnnl_md_free(conversion->from_desc);
    free(conversion->scratch_bytes);
    free(conversion);
}

void hax_task_unbind(hax_task *task)
{
    const hax_program *program = task->program;
    for (hax_conversion *conversion = task->conversions, *next; conversion; conversion = next) {
        next = conversion->next;
        free_conversion(conversion);
    }
    for (int o = 0; task->memories && o < program->operand_count; o++)
        dnnl_memory_destroy(task->memories[o]);
    for (int s = 0; task->args && s < program->step_count; s++)
        free(task->args[s]);
    if (task->stream)
        dnnl_stream_destroy(task->stream);
    free(task->memories);
    free(task->args);
    free(task->slots);
    free(task->loop_tensors);
    hax_large_free(task->arena, program->arena_bytes + 1);
    hax_large_free(task->scratch, program->scratch_bytes + 1);
    free(task);
}

/* ---- running ------------------------------------------------------------------------------ */

static void run_loops(hax_task *task, const hax_program_step *step)
{
    const hax_program *program = task->program;
    const hax_kernel *kernel = hax_model_kernel(program->model, step->kernel);
    int count = hax_loop_input_count(kernel);
    for (int i = 0; i <= count; i++) {
        int tensor = i < count ? hax_loop_input(kernel, i) : kernel->output;
        const hax_operand *lies = &program->operands[step->operands[i]];
        unsigned char *place = address(task, &program->storages[lies->storage], lies->storage);
        assert(place); /* slots of all that a program reads are given */
        task->loop_tensors[tensor] = (float *) (void *) (place + lies->offset);
    }
    hax_loops_run(program->model, kernel, step->weights, step->bias, task->loop_tensors);
}

hax_status hax_task_run(hax_task *task, int group, hax_error *err)
{
    const hax_program *program = task->program;
    assert(group >= 0 && group < program->grouping->count);
    for (int s = program->group_first[group]; s < program->group_first[group + 1]; s++) {
        const hax_program_step *step = &program->steps[s];
        if (!step->primitive) {
            run_loops(task, step);
            continue;
        }
        dnnl_status_t status =
            dnnl_primitive_execute(step->primitive, task->stream, step->arg_count, task->args[s]);
        if (status != dnnl_success)
            return hax_fail(err, HAX_FAILURE, "oneDNN: kernel %d of %s failed with status %d",
                            step->kernel, hax_model_name(program->model), (int) status);
    }
    dnnl_stream_wait(task->stream);
    return HAX_OK;
}

/* ---- tensors from elsewhere ------------------------------------------------------------------ */

/* Reorders between a slot and memory in layout `other`. */
static hax_status prepare(const hax_task *task, hax_conversion *conversion, hax_const_md from,
                          hax_const_md to, hax_error *err)
{
    dnnl_primitive_desc_t pd = hax_dnnl_pd_reorder(task->program->device->engine, from, to);
    hax_status status = HAX_FAILURE;
    if (pd && dnnl_primitive_create(&conversion->primitive, pd) == dnnl_success) {
        hax_const_md scratch = hax_dnnl_pd_md(pd, dnnl_query_scratchpad_md);
        conversion->scratch_bytes = hax_large_alloc(hax_dnnl_md_bytes(scratch) + 1);
        if (conversion->scratch_bytes &&
            dnnl_memory_create(&conversion->scratch, scratch, task->program->device->engine,
                               conversion->scratch_bytes) == dnnl_success)
            status = HAX_OK;
        else
            status = HAX_NO_MEMORY; /* both only ask for that */
    }
    dnnl_primitive_desc_destroy(pd);
    if (status == HAX_NO_MEMORY)
        return hax_fail_memory(err, "a conversion");
    return status == HAX_OK
               ? HAX_OK
               : hax_fail(err, HAX_FAILURE, "oneDNN cannot take tensor '%.100s' over",
                          hax_model_tensor(task->program->model, conversion->tensor)->name);
}

static hax_md desc_of(const hax_program *program, int tensor, const hax_layout *layout)
{
    const hax_shape *shape = &hax_model_tensor(program->model, tensor)->shape;
    if (strcmp(layout->driver, "plain") == 0)
        return hax_dnnl_md_tag(shape, hax_plain_tag(shape->rank));
    return hax_dnnl_md_load(layout->data, layout->data_bytes);
}

static bool same_layout(const hax_layout *a, const hax_layout *b)
{
    return strcmp(a->driver, b->driver) == 0 && a->data_bytes == b->data_bytes &&
           memcmp(a->data, b->data, a->data_bytes) == 0;
}

static hax_status find_conversion(hax_task *task, int tensor, const hax_layout *other, bool out,
                                  hax_conversion **found, hax_error *err)
{
    for (hax_conversion *conversion = task->conversions; conversion;
         conversion = conversion->next) {
        if (conversion->tensor == tensor && conversion->out == out &&
            same_layout(&conversion->from, other)) {
            *found = conversion;
            return HAX_OK;
        }
    }
    assert(task->program->boundary[tensor]);
    hax_conversion *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a conversion");
    result->tensor = tensor;
    result->out = out;
    result->from = *other;
    result->from_desc = desc_of(task->program, tensor, other);
    hax_const_md slot = task->program->operands[task->program->tensor_operand[tensor]].desc;
    hax_status status = result->from_desc ? prepare(task, result, out ? slot : result->from_desc,
                                                    out ? result->from_desc : slot, err)
                                          : hax_fail_memory(err, "a conversion");
    if (status != HAX_OK) {
        free_conversion(result);
        return status;
    }
    result->next = task->conversions;
    task->conversions = result;
    *found = result;
    return HAX_OK;
}

static hax_status convert(hax_task *task, hax_conversion *conversion, void *data, hax_error *err)
{
    dnnl_memory_t foreign = NULL;
    assert(conversion->primitive && data);
    dnnl_memory_t slot = task->memories[task->program->tensor_operand[conversion->tensor]];
    if (dnnl_memory_create(&foreign, conversion->from_desc, task->program->device->engine, data) !=
        dnnl_success)
        return hax_fail_memory(err, "a tensor");
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, conversion->out ? slot : foreign },
                                     { DNNL_ARG_TO, conversion->out ? foreign : slot },
                                     { DNNL_ARG_SCRATCHPAD, conversion->scratch } };
    bool ok =
        dnnl_primitive_execute(conversion->primitive, task->stream, 3, args) == dnnl_success &&
        dnnl_stream_wait(task->stream) == dnnl_success;
    dnnl_memory_destroy(foreign);
    return ok ? HAX_OK : hax_fail(err, HAX_FAILURE, "oneDNN: a reorder failed");
}

hax_status hax_task_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                           hax_error *err)
{
    hax_conversion *conversion;
    HAX_TRY(find_conversion(task, tensor, from, false, &conversion, err));
    return convert(task, conversion, (void *) (uintptr_t) data, err);
}

hax_status hax_task_export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    hax_conversion *conversion;
    HAX_TRY(find_conversion(task, tensor, &hax_layout_plain_tag, true, &conversion, err));
    return convert(task, conversion, plain, err);
}
