/* An instance of a program: its memory, and running it. */
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "task.h"

static void *address(const hax_task *task, const storage *at, int index)
{
    if (index == 0)
        return task->scratch;
    if (at->fixed)
        return (void *) (uintptr_t) at->fixed; /* the library takes no const handles */
    if (at->slot >= 0)
        return task->slots[at->slot];
    return task->arena + at->offset;
}

static hax_status make_memories(hax_task *task, hax_error *err)
{
    const hax_program *program = task->program;
    for (int o = 0; o < program->operand_count; o++) {
        const operand *at = &program->operands[o];
        unsigned char *place = address(task, &program->storages[at->storage], at->storage);
        void *where = place ? place + at->offset : NULL;
        if (dnnl_memory_create(&task->memories[o], at->desc, program->device->engine, where) !=
            dnnl_success)
            return hax_fail_memory(err, "a task");
    }
    return HAX_OK;
}

static hax_status make_args(hax_task *task, hax_error *err)
{
    const hax_program *program = task->program;
    for (int s = 0; s < program->step_count; s++) {
        const step *at = &program->steps[s];
        task->args[s] = calloc((size_t) at->arg_count + 1, sizeof *task->args[s]);
        if (!task->args[s])
            return hax_fail_memory(err, "a task");
        for (int a = 0; a < at->arg_count; a++)
            task->args[s][a] = (dnnl_exec_arg_t){ at->args[a], task->memories[at->operands[a]] };
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
    task->arena = large_alloc(program->arena_bytes + 1);
    task->scratch = large_alloc(program->scratch_bytes + 1);
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

hax_status task_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    hax_task *made = calloc(1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "a task");
    made->program = program;
    hax_status status = make(made, slots, err);
    if (status != HAX_OK) {
        task_unbind(made);
        return status;
    }
    *task = made;
    return HAX_OK;
}

static void free_conversion(conversion *at)
{
    dnnl_primitive_destroy(at->primitive);
    dnnl_memory_destroy(at->scratch);
    md_free(at->from_desc);
    free(at->room);
    free(at);
}

void task_unbind(hax_task *task)
{
    const hax_program *program = task->program;
    for (conversion *at = task->conversions, *next; at; at = next) {
        next = at->next;
        free_conversion(at);
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
    large_free(task->arena, program->arena_bytes + 1);
    large_free(task->scratch, program->scratch_bytes + 1);
    free(task);
}

/* ---- running ------------------------------------------------------------------------------ */

static void run_loops(hax_task *task, const step *at)
{
    const hax_program *program = task->program;
    const hax_kernel *kernel = hax_model_kernel(program->model, at->kernel);
    int count = loop_input_count(kernel);
    for (int i = 0; i <= count; i++) {
        int tensor = i < count ? loop_input(kernel, i) : kernel->output;
        const operand *lies = &program->operands[at->operands[i]];
        unsigned char *place = address(task, &program->storages[lies->storage], lies->storage);
        task->loop_tensors[tensor] = (float *) (void *) (place + lies->offset);
    }
    loops_run(program->model, kernel, at->weights, at->bias, task->loop_tensors);
}

hax_status task_run(hax_task *task, int group, hax_error *err)
{
    const hax_program *program = task->program;
    for (int s = program->group_first[group]; s < program->group_first[group + 1]; s++) {
        const step *at = &program->steps[s];
        if (!at->primitive) {
            run_loops(task, at);
            continue;
        }
        dnnl_status_t status =
            dnnl_primitive_execute(at->primitive, task->stream, at->arg_count, task->args[s]);
        if (status != dnnl_success)
            return hax_fail(err, HAX_FAILURE, "oneDNN: kernel %d of %s failed with status %d",
                            at->kernel, hax_model_name(program->model), (int) status);
    }
    dnnl_stream_wait(task->stream);
    return HAX_OK;
}

/* ---- tensors from elsewhere ------------------------------------------------------------------ */

/* Reorders between a slot and memory in layout `other`. */
static hax_status prepare(const hax_task *task, conversion *made, const_md from, const_md to,
                          hax_error *err)
{
    dnnl_primitive_desc_t pd = pd_reorder(task->program->device->engine, from, to);
    hax_status status = HAX_FAILURE;
    if (pd && dnnl_primitive_create(&made->primitive, pd) == dnnl_success) {
        const_md scratch = pd_md(pd, dnnl_query_scratchpad_md);
        made->room = large_alloc(md_bytes(scratch) + 1);
        if (made->room && dnnl_memory_create(&made->scratch, scratch, task->program->device->engine,
                                             made->room) == dnnl_success)
            status = HAX_OK;
    }
    dnnl_primitive_desc_destroy(pd);
    return status == HAX_OK ? HAX_OK
                            : hax_fail(err, HAX_FAILURE, "oneDNN cannot take tensor '%.100s' over",
                                       hax_model_tensor(task->program->model, made->tensor)->name);
}

static md desc_of(const hax_program *program, int tensor, const hax_layout *layout)
{
    const hax_shape *shape = &hax_model_tensor(program->model, tensor)->shape;
    if (strcmp(layout->driver, "plain") == 0)
        return md_tag(shape, plain_tag(shape->rank));
    return md_load(layout->data, layout->data_bytes);
}

static bool same_layout(const hax_layout *a, const hax_layout *b)
{
    return strcmp(a->driver, b->driver) == 0 && a->data_bytes == b->data_bytes &&
           memcmp(a->data, b->data, a->data_bytes) == 0;
}

static hax_status find_conversion(hax_task *task, int tensor, const hax_layout *other, bool out,
                                  conversion **found, hax_error *err)
{
    for (conversion *at = task->conversions; at; at = at->next) {
        if (at->tensor == tensor && at->out == out && same_layout(&at->from, other)) {
            *found = at;
            return HAX_OK;
        }
    }
    conversion *made = calloc(1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "a conversion");
    made->tensor = tensor;
    made->out = out;
    made->from = *other;
    made->from_desc = desc_of(task->program, tensor, other);
    const_md slot = task->program->operands[task->program->tensor_operand[tensor]].desc;
    hax_status status = made->from_desc ? prepare(task, made, out ? slot : made->from_desc,
                                                  out ? made->from_desc : slot, err)
                                        : hax_fail_memory(err, "a conversion");
    if (status != HAX_OK) {
        free_conversion(made);
        return status;
    }
    made->next = task->conversions;
    task->conversions = made;
    *found = made;
    return HAX_OK;
}

static hax_status convert(hax_task *task, conversion *with, void *data, hax_error *err)
{
    dnnl_memory_t foreign = NULL;
    dnnl_memory_t slot = task->memories[task->program->tensor_operand[with->tensor]];
    if (dnnl_memory_create(&foreign, with->from_desc, task->program->device->engine, data) !=
        dnnl_success)
        return hax_fail_memory(err, "a tensor");
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, with->out ? slot : foreign },
                                     { DNNL_ARG_TO, with->out ? foreign : slot },
                                     { DNNL_ARG_SCRATCHPAD, with->scratch } };
    bool ok = dnnl_primitive_execute(with->primitive, task->stream, 3, args) == dnnl_success &&
              dnnl_stream_wait(task->stream) == dnnl_success;
    dnnl_memory_destroy(foreign);
    return ok ? HAX_OK : hax_fail(err, HAX_FAILURE, "oneDNN: a reorder failed");
}

hax_status task_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                       hax_error *err)
{
    conversion *with;
    HAX_TRY(find_conversion(task, tensor, from, false, &with, err));
    return convert(task, with, (void *) (uintptr_t) data, err);
}

hax_status task_export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    conversion *with;
    HAX_TRY(find_conversion(task, tensor, &hax_layout_plain_tag, true, &with, err));
    return convert(task, with, plain, err);
}
