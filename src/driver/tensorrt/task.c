/* Instances of networks on units of TensorRT: engines loaded, with memory of their own. */
#define _GNU_SOURCE
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_store.h"
#include "program.h"

struct hax_task {
    const hax_program *program;
    hax_trt_engine **engines;  /* [group]; NULL: nothing to run */
    hax_slot_buffer **buffers; /* [tensor]; NULL: no boundary tensor */
    void *plain;               /* pinned, for a tensor on its way in or out */
    int loaded;                /* engines on the unit's DLA */
};

/* ---- loading --------------------------------------------------------------------------------- */

/* A core holds so many engines at once. */
static hax_status count_loadable(hax_task *task, hax_error *err)
{
    hax_device *device = task->program->device;
    int core = task->program->unit->dla, most = hax_jetson_loadables_max(device->found.version);
    if (core == 0)
        return HAX_OK;
    if (device->loadables[core] >= most)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "%.60s needs more than the %d engines that a DLA core holds: %.40s would "
                        "get one for each group that it can run, of every network; make fewer "
                        "groups (--grouping %d for two networks, %d for three)",
                        hax_model_name(task->program->model), most, task->program->unit_name,
                        most / 2, most / 3);
    device->loadables[core]++;
    task->loaded++;
    return HAX_OK;
}

/* The tensor of the model that an engine calls so; -1: none. */
static int find_tensor(const hax_program *program, int group, const char *name)
{
    const hax_onnx_part *part = &program->parts[group];
    const hax_onnx_graph_tensor *tensors = program->graph.tensors;
    for (int i = 0; i < part->input_count; i++)
        if (strcmp(tensors[part->inputs[i]].name, name) == 0)
            return tensors[part->inputs[i]].kernel_tensor - 1;
    for (int o = 0; o < part->output_count; o++)
        if (strcmp(tensors[part->outputs[o]].name, name) == 0)
            return tensors[part->outputs[o]].kernel_tensor - 1;
    return -1;
}

/* What the engine was built with is what it has: else numbers would be taken for others. */
static hax_status give_memory(hax_task *task, int group, int index, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_shim *shim = program->device->library.shim;
    char why[HAX_TRT_WHY] = "", piece[300];
    hax_trt_tensor tensor = { .name = "" };
    hax_trt_piece_name(program, group, piece, sizeof piece);
    if (!shim->tensor(task->engines[group], index, &tensor, why))
        return hax_fail(err, HAX_FAILURE, "the engine of %.200s: %.300s", piece, why);
    int found = find_tensor(program, group, tensor.name);
    if (found < 0)
        return hax_fail(err, HAX_FAILURE,
                        "the engine of %.200s has a tensor '%.100s' that the "
                        "piece has not",
                        piece, tensor.name);
    const hax_trt_end *end = &program->ends[found];
    if (tensor.half != end->half || tensor.format != end->format)
        return hax_fail(err, HAX_FAILURE,
                        "the engine of %.200s has '%.100s' in another layout than it was built "
                        "with (%s, format %d)",
                        piece, tensor.name, tensor.half ? "FP16" : "FP32", (int) tensor.format);
    void *memory = (void *) (uintptr_t) task->buffers[found]->memory;
    if (!shim->address(task->engines[group], tensor.name, memory, why))
        return hax_fail(err, HAX_FAILURE, "the engine of %.200s: %.300s", piece, why);
    return HAX_OK;
}

static hax_status load_engine(hax_task *task, int group, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_group *own = &program->groups[group];
    const hax_trt_shim *shim = program->device->library.shim;
    char *file, why[HAX_TRT_WHY] = "", piece[300];
    size_t offset, bytes;
    hax_trt_piece_name(program, group, piece, sizeof piece);
    HAX_TRY(count_loadable(task, err));
    if (!hax_trt_engine_read(own->path, own->key, &file, &offset, &bytes))
        return hax_fail(err, HAX_IO, "the engine of %.200s is not in %.300s any more", piece,
                        own->path);
    task->engines[group] = shim->load(file + offset, bytes, program->unit->dla - 1, why);
    free(file);
    if (!task->engines[group])
        return hax_fail(
            err, HAX_UNAVAILABLE,
            "TensorRT does not load the engine of %.200s: %.300s: remove %.300s to have "
            "it built again",
            piece, why, own->path);
    for (int t = 0; t < shim->tensor_count(task->engines[group]); t++)
        HAX_TRY(give_memory(task, group, t, err));
    return HAX_OK;
}

/* ---- bound and unbound --------------------------------------------------------------------- */

static hax_status take_memory(hax_task *task, void *const *slots, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_cuda *cuda = &program->device->cuda;
    size_t largest = 1;
    for (int t = 0; t < hax_model_tensor_count(program->model); t++) {
        if (!slots[t])
            continue;
        size_t bytes = program->ends[t].bytes;
        largest = bytes > largest ? bytes : largest;
        HAX_TRY(hax_slot_buffer_take(&program->device->buffers, slots[t], bytes, &task->buffers[t],
                                     err));
    }
    HAX_TRT_CUDA_TRY(cuda, cuMemHostAlloc, &task->plain, largest, HAX_TRT_REGISTER_PORTABLE);
    return HAX_OK;
}

/* Every tensor of a piece has memory: they are those that the session shares. */
static void check_memory(const hax_task *task)
{
    for (int t = 0; t < hax_model_tensor_count(task->program->model); t++)
        assert(!task->program->is_end[t] || task->buffers[t]);
    (void) task;
}

hax_status hax_trt_bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    size_t groups = (size_t) program->grouping->count;
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    result->program = program;
    result->engines = calloc(groups, sizeof *result->engines);
    result->buffers =
        calloc((size_t) hax_model_tensor_count(program->model), sizeof *result->buffers);
    hax_status status = result->engines && result->buffers ? take_memory(result, slots, err)
                                                           : hax_fail_memory(err, "a task");
    if (status == HAX_OK)
        check_memory(result);
    for (size_t g = 0; g < groups && status == HAX_OK; g++)
        if (program->groups[g].runs && !program->groups[g].empty)
            status = load_engine(result, (int) g, err);
    if (status != HAX_OK) {
        hax_trt_unbind(result);
        return status;
    }
    *task = result;
    return HAX_OK;
}

void hax_trt_unbind(hax_task *task)
{
    const hax_program *program = task->program;
    hax_device *device = program->device;
    for (int g = 0; task->engines && g < program->grouping->count; g++)
        if (task->engines[g])
            device->library.shim->unload(task->engines[g]);
    device->loadables[program->unit->dla] -= task->loaded;
    assert(device->loadables[program->unit->dla] >= 0);
    for (int t = 0; task->buffers && t < hax_model_tensor_count(program->model); t++)
        if (task->buffers[t])
            hax_slot_buffer_leave(&device->buffers, task->buffers[t]);
    if (task->plain)
        device->cuda.cuMemFreeHost(task->plain);
    free(task->engines);
    free(task->buffers);
    free(task);
}

/* ---- at work ------------------------------------------------------------------------------- */

hax_status hax_trt_run(hax_task *task, int group, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_cuda *cuda = &program->device->cuda;
    char why[HAX_TRT_WHY] = "", piece[300];
    assert(group >= 0 && group < program->grouping->count);
    if (!task->engines[group]) {
        assert(program->groups[group].runs); /* nobody plans others */
        return HAX_OK;
    }
    if (!program->device->library.shim->enqueue(task->engines[group], program->unit->stream, why)) {
        hax_trt_piece_name(program, group, piece, sizeof piece);
        return hax_fail(err, HAX_FAILURE, "running %.200s: %.300s", piece, why);
    }
    HAX_TRT_CUDA_TRY(cuda, cuStreamSynchronize, program->unit->stream);
    return HAX_OK;
}

/* Others' layouts reach it as plain floats. */
bool hax_trt_can_import(const hax_layout *from)
{
    return strcmp(from->driver, "plain") == 0;
}

hax_status hax_trt_import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                          hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_cuda *cuda = &program->device->cuda;
    const hax_trt_end *end = &program->ends[tensor];
    assert(hax_trt_can_import(from) && task->buffers[tensor]);
    (void) from;
    hax_trt_end_pack(end, data, task->plain);
    HAX_TRT_CUDA_TRY(cuda, cuMemcpyHtoDAsync_v2, task->buffers[tensor]->memory, task->plain,
                     end->bytes, program->unit->stream);
    HAX_TRT_CUDA_TRY(cuda, cuStreamSynchronize, program->unit->stream);
    return HAX_OK;
}

hax_status hax_trt_export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    const hax_program *program = task->program;
    const hax_trt_cuda *cuda = &program->device->cuda;
    const hax_trt_end *end = &program->ends[tensor];
    assert(task->buffers[tensor]);
    HAX_TRT_CUDA_TRY(cuda, cuMemcpyDtoHAsync_v2, task->plain, task->buffers[tensor]->memory,
                     end->bytes, program->unit->stream);
    HAX_TRT_CUDA_TRY(cuda, cuStreamSynchronize, program->unit->stream);
    hax_trt_end_unpack(end, task->plain, plain);
    return HAX_OK;
}
