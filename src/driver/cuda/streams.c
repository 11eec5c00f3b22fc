/*
 * The steps of a group on several streams of a unit, which a capture makes branches of one graph
 * (stream_plan.h says which).
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "clock.h"
#include "program.h"
#include "statistics.h"
#include "stream_plan.h"

hax_status hax_cuda_branch_streams_open(const hax_cuda_api *api, hax_cuda_unit *unit,
                                        hax_error *err)
{
    for (int s = 0; s < HAX_CUDA_STREAMS - 1; s++) {
        if (!unit->branch_streams[s])
            HAX_TRY(hax_cuda_stream_open(api, unit, &unit->branch_streams[s], err));
    }
    return HAX_OK;
}

void hax_cuda_branch_streams_close(const hax_cuda_api *api, hax_cuda_unit *unit)
{
    for (int s = 0; s < HAX_CUDA_STREAMS - 1; s++)
        if (unit->branch_streams[s])
            api->cuStreamDestroy(unit->branch_streams[s]);
}

/* ---- who must wait for whom ------------------------------------------------------------------ */

typedef struct group_steps {
    const hax_program *program;
    const CUdeviceptr *memory; /* [storage] */
    int begin;
} group_steps;

static int root_of(const hax_program *program, int storage)
{
    while (program->storages[storage].root != storage)
        storage = program->storages[storage].root;
    return storage;
}

/* Can two storages have an element in common, one of them being written? Tensors that share their
 * memory are told apart by their places, other parts of it are not. */
static bool overlap(const group_steps *steps, int a, int b)
{
    const hax_program *program = steps->program;
    if (a < 0 || b < 0)
        return false;
    int a_root = root_of(program, a), b_root = root_of(program, b);
    CUdeviceptr a_memory = steps->memory[a_root], b_memory = steps->memory[b_root];
    if (a_root != b_root)
        return a_memory < b_memory + program->storages[b_root].bytes &&
               b_memory < a_memory + program->storages[a_root].bytes;
    int tensors = hax_model_tensor_count(program->model);
    if (a == b || a >= tensors || b >= tensors)
        return true;
    int64_t bytes = (int64_t) program->device->element_bytes;
    return !hax_cuda_places_are_apart(
        &program->places[a], (int64_t) (steps->memory[a] - a_memory) / bytes, &program->places[b],
        (int64_t) (steps->memory[b] - b_memory) / bytes);
}

/* The first operand is what a step writes. */
static bool conflict(const void *context, int a, int b)
{
    const group_steps *steps = context;
    const hax_cuda_step *first = &steps->program->steps[steps->begin + a];
    const hax_cuda_step *second = &steps->program->steps[steps->begin + b];
    bool found = first->uses_workspace && second->uses_workspace;
    for (int o = 0; o < second->operand_count && !found; o++)
        found = overlap(steps, first->operands[0].storage, second->operands[o].storage);
    for (int o = 1; o < first->operand_count && !found; o++)
        found = overlap(steps, second->operands[0].storage, first->operands[o].storage);
    return found;
}

/* ---- enqueued -------------------------------------------------------------------------------- */

typedef struct stream_fork {
    hax_program *program;
    const CUdeviceptr *memory;
    int begin, count;
    hax_cuda_stream_plan plan;
    CUstream streams[HAX_CUDA_STREAMS];
    bool used[HAX_CUDA_STREAMS];
    CUevent *ended; /* [step], of those that others wait for; [count]: the start */
} stream_fork;

static hax_status make_event(stream_fork *fork, int which, CUstream stream, hax_error *err)
{
    const hax_cuda_api *api = &fork->program->device->api;
    HAX_CUDA_TRY(api, cuEventCreate(&fork->ended[which], CU_EVENT_DISABLE_TIMING));
    HAX_CUDA_TRY(api, cuEventRecord(fork->ended[which], stream));
    return HAX_OK;
}

static hax_status enqueue_step(stream_fork *fork, int s, int *next_wait, hax_error *err)
{
    hax_program *program = fork->program;
    const hax_cuda_api *api = &program->device->api;
    const hax_cuda_stream_plan *plan = &fork->plan;
    int which = plan->stream[s];
    CUstream stream = fork->streams[which];
    if (!fork->used[which] && which > 0)
        HAX_CUDA_TRY(api, cuStreamWaitEvent(stream, fork->ended[fork->count], 0));
    fork->used[which] = true;
    for (; *next_wait < plan->wait_count && plan->waits[*next_wait].step == s; ++*next_wait)
        HAX_CUDA_TRY(api,
                     cuStreamWaitEvent(stream, fork->ended[plan->waits[*next_wait].awaited], 0));
    program->unit->stream = stream;
    if (program->unit->cudnn &&
        api->cudnnSetStream(program->unit->cudnn, stream) != CUDNN_STATUS_SUCCESS)
        return hax_fail(err, HAX_FAILURE, "cuDNN does not take a stream of unit's");
    HAX_TRY(hax_cuda_run_step(program, &program->steps[fork->begin + s], fork->memory, err));
    return plan->awaited[s] ? make_event(fork, s, stream, err) : HAX_OK;
}

/* All streams meet on the unit's own stream again. */
static hax_status join(stream_fork *fork, hax_error *err)
{
    const hax_cuda_api *api = &fork->program->device->api;
    for (int s = 1; s < HAX_CUDA_STREAMS; s++) {
        if (!fork->used[s])
            continue;
        CUevent end;
        HAX_CUDA_TRY(api, cuEventCreate(&end, CU_EVENT_DISABLE_TIMING));
        CUresult result = api->cuEventRecord(end, fork->streams[s]);
        if (result == CUDA_SUCCESS)
            result = api->cuStreamWaitEvent(fork->streams[0], end, 0);
        api->cuEventDestroy(end);
        if (result != CUDA_SUCCESS)
            return hax_cuda_fail(api, result, "capturing a group", err);
    }
    return HAX_OK;
}

static hax_status enqueue_all(stream_fork *fork, hax_error *err)
{
    int next_wait = 0;
    hax_status status = make_event(fork, fork->count, fork->streams[0], err);
    for (int s = 0; s < fork->count && status == HAX_OK; s++)
        status = enqueue_step(fork, s, &next_wait, err);
    return status == HAX_OK ? join(fork, err) : status;
}

static hax_status enqueue_in_order(const hax_program *program, int group, const CUdeviceptr *memory,
                                   hax_error *err)
{
    for (int s = program->group_first[group]; s < program->group_first[group + 1]; s++)
        HAX_TRY(hax_cuda_run_step(program, &program->steps[s], memory, err));
    return HAX_OK;
}

static hax_status enqueue_forked(stream_fork *fork, hax_error *err)
{
    hax_cuda_unit *unit = fork->program->unit;
    const hax_cuda_api *api = &fork->program->device->api;
    fork->streams[0] = unit->stream;
    for (int s = 1; s < HAX_CUDA_STREAMS; s++)
        fork->streams[s] = unit->branch_streams[s - 1];
    fork->ended = calloc((size_t) fork->count + 1, sizeof(CUevent));
    hax_status status = fork->ended ? enqueue_all(fork, err) : hax_fail_memory(err, "a task");
    unit->stream = fork->streams[0];
    if (unit->cudnn)
        api->cudnnSetStream(unit->cudnn, unit->stream);
    for (int e = 0; fork->ended && e <= fork->count; e++)
        if (fork->ended[e])
            api->cuEventDestroy(fork->ended[e]);
    free(fork->ended);
    return status;
}

hax_status hax_cuda_enqueue_group(hax_program *program, int group, const CUdeviceptr *memory,
                                  hax_error *err)
{
    int begin = program->group_first[group], end = program->group_first[group + 1];
    const group_steps steps = { program, memory, begin };
    stream_fork fork = {
        .program = program, .memory = memory, .begin = begin, .count = end - begin
    };
    if (!program->branches[group] || !program->unit->branch_streams[0])
        return enqueue_in_order(program, group, memory, err);
    HAX_TRY(hax_cuda_stream_plan_make(fork.count, conflict, &steps, &fork.plan, err));
    hax_status status = fork.plan.wait_count > 0 ? enqueue_forked(&fork, err)
                                                 : enqueue_in_order(program, group, memory, err);
    hax_cuda_stream_plan_free(&fork.plan);
    return status;
}

/* ---- whether it is faster -------------------------------------------------------------------- */

/* The group some times over in one graph, as in a round groups follow each other: launching forks
 * takes longer, but that is done once for all. */
enum { COPIES = 4 };

static hax_status add_copies(const hax_cuda_api *api, CUgraph graph, CUgraph copies, hax_error *err)
{
    CUgraphNode before = NULL, node;
    for (int c = 0; c < COPIES; c++) {
        HAX_CUDA_TRY(api, cuGraphAddChildGraphNode(&node, copies, &before, c > 0, graph));
        before = node;
    }
    return HAX_OK;
}

static hax_status capture(hax_program *program, int group, const CUdeviceptr *memory,
                          CUgraphExec *run, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    CUgraph graph, copies = NULL;
    HAX_TRY(hax_cuda_capture(program, group, memory, program->unit, &graph, err));
    CUresult result = api->cuGraphCreate(&copies, 0);
    hax_status status = HAX_OK;
    if (result == CUDA_SUCCESS)
        status = add_copies(api, graph, copies, err);
    if (result == CUDA_SUCCESS && status == HAX_OK)
        result = api->cuGraphInstantiateWithFlags(run, copies, 0);
    api->cuGraphDestroy(graph);
    if (copies)
        api->cuGraphDestroy(copies);
    return result == CUDA_SUCCESS ? status : hax_cuda_fail(api, result, "capturing a group", err);
}

static hax_status time_group(hax_program *program, int group, const CUdeviceptr *memory,
                             double *median_us, hax_error *err)
{
    enum { RUNS = 9, NOT_COUNTED = 2 };
    const hax_cuda_api *api = &program->device->api;
    CUgraphExec run;
    CUresult result = CUDA_SUCCESS;
    double us[RUNS];
    HAX_TRY(capture(program, group, memory, &run, err));
    for (int r = -NOT_COUNTED; r < RUNS && result == CUDA_SUCCESS; r++) {
        uint64_t begin = hax_clock_ns();
        result = api->cuGraphLaunch(run, program->unit->stream);
        if (result == CUDA_SUCCESS)
            result = hax_cuda_await(api, program->unit->stream);
        if (r >= 0)
            us[r] = (double) (hax_clock_ns() - begin) * 1e-3 / COPIES;
    }
    if (result == CUDA_ERROR_NOT_READY) /* destroying would wait for it */
        return hax_fail(err, HAX_WORKER_LOST, "group %d of network '%.60s' hangs on %d SMs", group,
                        hax_model_name(program->model), program->unit->sms);
    api->cuGraphExecDestroy(run);
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "timing a group", err);
    *median_us = hax_summarise(us, RUNS).median;
    return HAX_OK;
}

static hax_status judge(hax_program *program, int group, const CUdeviceptr *memory, hax_error *err)
{
    const double worth = 0.98;
    double branched_us, ordered_us;
    hax_cuda_stream_plan plan;
    int begin = program->group_first[group], end = program->group_first[group + 1];
    const group_steps steps = { program, memory, begin };
    HAX_TRY(hax_cuda_stream_plan_make(end - begin, conflict, &steps, &plan, err));
    bool has_branches = plan.wait_count > 0;
    hax_cuda_stream_plan_free(&plan);
    if (!has_branches)
        return HAX_OK;
    HAX_TRY(time_group(program, group, memory, &ordered_us, err));
    program->branches[group] = true;
    HAX_TRY(time_group(program, group, memory, &branched_us, err));
    program->branches[group] = branched_us < worth * ordered_us;
    return HAX_OK;
}

hax_status hax_cuda_judge_branches(hax_program *program, const CUdeviceptr *memory, hax_error *err)
{
    if (program->judged_branches || !program->unit->branch_streams[0])
        return HAX_OK;
    for (int g = 0; g < program->grouping->count; g++) {
        HAX_TRY(judge(program, g, memory, err));
        hax_cuda_beat(program);
    }
    program->judged_branches = true;
    return HAX_OK;
}
