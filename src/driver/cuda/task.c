/* Instances of networks on a unit of a GPU (program.h). */
#define _GNU_SOURCE
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* ---- running steps ------------------------------------------------------------------------- */

static hax_status launch(const hax_program *program, const hax_cuda_step *step,
                         const CUdeviceptr *addresses, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    _Alignas(16) unsigned char args[HAX_CUDA_ARGS_BYTES];
    void *parameters[] = { args };
    memcpy(args, step->args, step->args_bytes);
    for (int o = 0; o < step->operand_count; o++)
        memcpy(args + step->pointers[o], &addresses[o], sizeof addresses[o]);
    HAX_CUDA_TRY(api, cuLaunchKernel(step->function, step->blocks, 1, 1, HAX_CUDA_BLOCK, 1, 1, 0,
                                     program->unit->stream, parameters, NULL));
    return HAX_OK;
}

hax_status hax_cuda_run_step(const hax_program *program, const hax_cuda_step *step,
                             const CUdeviceptr *memory, hax_error *err)
{
    CUdeviceptr addresses[HAX_CUDA_STEP_OPERANDS];
    for (int o = 0; o < step->operand_count; o++) {
        const hax_cuda_operand *operand = &step->operands[o];
        addresses[o] = operand->storage >= 0 ? memory[operand->storage] : operand->fixed;
    }
    if (step->function)
        return launch(program, step, addresses, err);
    if (step->plan)
        return hax_cuda_run_plan(program, step, addresses, err);
    return hax_cuda_run_product(program, step, addresses, err);
}

/* ---- bound and unbound ----------------------------------------------------------------------- */

static CUdeviceptr address_of(const hax_task *task, int storage)
{
    const hax_cuda_storage *storages = task->program->storages;
    size_t offset = 0;
    while (storages[storage].root != storage) {
        offset += storages[storage].offset;
        storage = storages[storage].root;
    }
    const hax_cuda_storage *root = &storages[storage];
    CUdeviceptr memory = root->boundary ? task->buffers[storage]->memory
                         : root->fixed  ? root->fixed
                                        : task->arena + root->offset;
    return memory + offset;
}

static hax_status take_memory(hax_task *task, void *const *slots, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_cuda_api *api = &program->device->api;
    size_t largest = 1;
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        size_t plain = hax_model_tensor(program->model, t)->bytes;
        if (!program->storages[t].boundary)
            continue;
        largest = plain > largest ? plain : largest;
        HAX_TRY(hax_slot_buffer_take(&program->device->buffers, slots[t],
                                     program->storages[t].bytes, &task->buffers[t], err));
    }
    HAX_CUDA_TRY(api, cuMemAlloc(&task->plain, largest));
    HAX_CUDA_TRY(api, cuMemAlloc(&task->arena, program->arena_bytes + 1));
    for (int s = 0; s < program->storage_count; s++)
        task->memory[s] = address_of(task, s);
    return HAX_OK;
}

/* A group is captured once and launched as a whole: the host's part of it is one call. The
 * program's steps go to its unit: while they are captured for a stream beside the unit's own, that
 * one stands for it. Units build, and batches are compiled, one at a time. */
hax_status hax_cuda_capture(hax_program *program, int group, const CUdeviceptr *memory,
                            hax_cuda_unit *stream, CUgraph *graph, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    hax_cuda_unit *own = program->unit;
    CUgraph captured = NULL;
    *graph = NULL;
    if (program->group_first[group] == program->group_first[group + 1])
        return HAX_OK;
    HAX_CUDA_TRY(api, cuCtxSetCurrent(stream->context));
    HAX_CUDA_TRY(api, cuStreamBeginCapture(stream->stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    program->unit = stream;
    hax_status status = hax_cuda_enqueue_group(program, group, memory, err);
    program->unit = own;
    CUresult ended = api->cuStreamEndCapture(stream->stream, &captured);
    if (status == HAX_OK && ended != CUDA_SUCCESS)
        status = hax_cuda_fail(api, ended, "capturing a group", err);
    if (status == HAX_OK)
        *graph = captured;
    else if (captured)
        api->cuGraphDestroy(captured);
    return status;
}

hax_status hax_cuda_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    size_t groups = (size_t) program->grouping->count;
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    result->program = program;
    result->memory = calloc((size_t) program->storage_count, sizeof *result->memory);
    result->buffers =
        calloc((size_t) hax_model_tensor_count(program->model), sizeof *result->buffers);
    result->graphs = calloc(groups, sizeof *result->graphs);
    result->runs = calloc(groups, sizeof *result->runs);
    hax_status status = result->memory && result->buffers && result->graphs && result->runs
                            ? take_memory(result, slots, err)
                            : hax_fail_memory(err, "a task");
    if (status == HAX_OK)
        status = hax_cuda_judge_branches(result, err);
    for (size_t g = 0; g < groups && status == HAX_OK; g++)
        status = hax_cuda_capture(program, (int) g, result->memory, program->unit,
                                  &result->graphs[g], err);
    if (status != HAX_OK) {
        hax_cuda_unbind(result);
        return status;
    }
    *task = result;
    return HAX_OK;
}

void hax_cuda_unbind(hax_task *task)
{
    const hax_program *program = task->program;
    const hax_cuda_api *api = &program->device->api;
    for (int g = 0; g < program->grouping->count; g++) {
        if (task->runs && task->runs[g])
            api->cuGraphExecDestroy(task->runs[g]);
        if (task->graphs && task->graphs[g])
            api->cuGraphDestroy(task->graphs[g]);
    }
    for (int t = 0; task->buffers && t < hax_model_tensor_count(program->model); t++)
        if (task->buffers[t])
            hax_slot_buffer_leave(&program->device->buffers, task->buffers[t]);
    if (task->arena)
        api->cuMemFree(task->arena);
    if (task->plain)
        api->cuMemFree(task->plain);
    free(task->graphs);
    free(task->runs);
    free(task->buffers);
    free(task->memory);
    free(task);
}

/* ---- at work --------------------------------------------------------------------------------- */

hax_status hax_cuda_run(hax_task *task, int group, hax_error *err)
{
    const hax_cuda_api *api = &task->program->device->api;
    CUstream stream = task->program->unit->stream;
    if (!task->graphs[group])
        return HAX_OK;
    if (!task->runs[group])
        HAX_CUDA_TRY(api, cuGraphInstantiateWithFlags(&task->runs[group], task->graphs[group], 0));
    HAX_CUDA_TRY(api, cuGraphLaunch(task->runs[group], stream));
    HAX_CUDA_TRY(api, cuStreamSynchronize(stream));
    return HAX_OK;
}

/* Others' layouts reach it as plain floats. */
bool hax_cuda_can_import(const hax_layout *from)
{
    return strcmp(from->driver, "plain") == 0;
}

static hax_status convert(hax_task *task, const hax_cuda_step *step, CUdeviceptr out,
                          CUdeviceptr in, hax_error *err)
{
    const CUdeviceptr addresses[] = { out, in };
    return launch(task->program, step, addresses, err);
}

/* Where the GPU sees a place of the memory that workers share; 0: it does not, or what lies there
 * is better copied. */
static CUdeviceptr mapped(const hax_device *device, const void *data, size_t bytes, size_t most)
{
    const unsigned char *first = data, *shared = device->shared;
    if (!shared || first < shared || first + bytes > shared + device->shared_bytes)
        return 0;
    if (!device->gpu.integrated && bytes > most)
        return 0;
    return device->shared_on_gpu + (CUdeviceptr) (first - shared);
}

hax_status hax_cuda_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                           hax_error *err)
{
    const hax_program *program = task->program;
    const hax_cuda_api *api = &program->device->api;
    size_t bytes = hax_model_tensor(program->model, tensor)->bytes;
    CUdeviceptr plain = mapped(program->device, data, bytes, HAX_CUDA_MAPPED_IN_MOST);
    assert(hax_cuda_can_import(from));
    (void) from;
    if (!plain) {
        plain = task->plain;
        HAX_CUDA_TRY(api, cuMemcpyHtoDAsync(plain, data, bytes, program->unit->stream));
    }
    HAX_TRY(convert(task, &program->in[tensor], task->memory[tensor], plain, err));
    HAX_CUDA_TRY(api, cuStreamSynchronize(program->unit->stream));
    return HAX_OK;
}

hax_status hax_cuda_export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_cuda_api *api = &program->device->api;
    size_t bytes = hax_model_tensor(program->model, tensor)->bytes;
    CUdeviceptr to = mapped(program->device, plain, bytes, HAX_CUDA_MAPPED_OUT_MOST);
    HAX_TRY(convert(task, &program->out[tensor], to ? to : task->plain, task->memory[tensor], err));
    if (!to)
        HAX_CUDA_TRY(api, cuMemcpyDtoHAsync(plain, task->plain, bytes, program->unit->stream));
    HAX_CUDA_TRY(api, cuStreamSynchronize(program->unit->stream));
    return HAX_OK;
}
