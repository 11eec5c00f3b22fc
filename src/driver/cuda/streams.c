/*
 * The steps of a group on several streams of a unit, which a capture makes branches of one graph
 * (stream_plan.h says which).
 */
#define _GNU_SOURCE
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "clock.h"
#include "program.h"
#include "statistics.h"
#include "stream_plan.h"

/* Bytes that each stream has to itself for what kernels of cuDNN's and cuBLASLt's want: those of
 * most convolutions of one image want less. What wants more takes the unit's, one after the other.
 */
enum { WORKSPACE = 8 << 20 };

hax_status hax_cuda_branch_streams_open(const hax_cuda_api *api, hax_cuda_unit *unit,
                                        hax_error *err)
{
    for (int s = 0; s < HAX_CUDA_STREAMS - 1; s++) {
        if (!unit->branch_streams[s])
            HAX_TRY(hax_cuda_stream_open(api, unit, &unit->branch_streams[s], err));
    }
    if (!unit->branch_workspace)
        HAX_CUDA_TRY(api,
                     cuMemAlloc(&unit->branch_workspace, (size_t) HAX_CUDA_STREAMS * WORKSPACE));
    return HAX_OK;
}

void hax_cuda_branch_streams_close(const hax_cuda_api *api, hax_cuda_unit *unit)
{
    for (int s = 0; s < HAX_CUDA_STREAMS - 1; s++)
        if (unit->branch_streams[s])
            api->cuStreamDestroy(unit->branch_streams[s]);
    if (unit->branch_workspace)
        api->cuMemFree(unit->branch_workspace);
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
    bool found = first->workspace_bytes > WORKSPACE && second->workspace_bytes > WORKSPACE;
    for (int o = 0; o < second->operand_count && !found; o++)
        found = overlap(steps, first->operands[0].storage, second->operands[o].storage);
    for (int o = 1; o < first->operand_count && !found; o++)
        found = overlap(steps, second->operands[0].storage, first->operands[o].storage);
    return found;
}

/* ---- enqueued -------------------------------------------------------------------------------- */

typedef struct stream_fork {
    hax_program *program;
    CUdeviceptr workspace; /* the unit's */
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
    const hax_cuda_step *step = &program->steps[fork->begin + s];
    program->unit->stream = stream;
    program->unit->workspace =
        step->workspace_bytes <= WORKSPACE
            ? program->unit->branch_workspace + (CUdeviceptr) which * WORKSPACE
            : fork->workspace;
    if (program->unit->cudnn &&
        api->cudnnSetStream(program->unit->cudnn, stream) != CUDNN_STATUS_SUCCESS)
        return hax_fail(err, HAX_FAILURE, "cuDNN does not take a stream of unit's");
    HAX_TRY(hax_cuda_run_step(program, step, fork->memory, err));
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
    fork->workspace = unit->workspace;
    for (int s = 1; s < HAX_CUDA_STREAMS; s++)
        fork->streams[s] = unit->branch_streams[s - 1];
    fork->ended = calloc((size_t) fork->count + 1, sizeof(CUevent));
    hax_status status = fork->ended ? enqueue_all(fork, err) : hax_fail_memory(err, "a task");
    unit->stream = fork->streams[0];
    unit->workspace = fork->workspace;
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
    hax_status status = fork.plan.streams > 1 ? enqueue_forked(&fork, err)
                                              : enqueue_in_order(program, group, memory, err);
    hax_cuda_stream_plan_free(&fork.plan);
    return status;
}

/* ---- whether it is faster -------------------------------------------------------------------- */

/* Whole rounds of a task as batches run them: launching forks takes the host longer than launching
 * chains, but that is over before a round begins, and a group alone is too short to tell by the
 * host's clock. */
typedef struct trial {
    hax_task *task;
    hax_batch_job *jobs;
    int count;
    double us; /* of the branches as they are */
} trial;

static hax_status fail_hanging(const hax_program *program, hax_error *err)
{
    return hax_fail(err, HAX_WORKER_LOST, "network '%.60s' hangs on %d SMs",
                    hax_model_name(program->model), program->unit->sms);
}

/* One round; HAX_WORKER_LOST: it hangs, and releasing the batch would wait for it. */
static hax_status run_round(const trial *trial, hax_batch *batch, double *us, hax_error *err)
{
    const int64_t lead_ns = 200 * 1000, patience_ns = (int64_t) 10 * 1000 * 1000 * 1000;
    hax_job_times first, last;
    bool ended = false;
    int64_t start_ns = (int64_t) hax_clock_ns() + lead_ns;
    HAX_TRY(hax_cuda_submit(batch, start_ns, err));
    while (!ended) {
        HAX_TRY(hax_cuda_ended(batch, trial->count - 1, &ended, &last, err));
        if (!ended && (int64_t) hax_clock_ns() - start_ns > patience_ns)
            return fail_hanging(trial->task->program, err);
    }
    HAX_TRY(hax_cuda_ended(batch, 0, &ended, &first, err));
    assert(ended && last.end_ns >= first.start_ns);
    *us = (double) (last.end_ns - first.start_ns) * 1e-3;
    return HAX_OK;
}

static void drop_graphs(hax_task *task)
{
    for (int g = 0; g < task->program->grouping->count; g++)
        if (task->graphs[g])
            task->program->device->api.cuGraphDestroy(task->graphs[g]);
    memset(task->graphs, 0, (size_t) task->program->grouping->count * sizeof *task->graphs);
}

/* The median of some rounds with the program's branches as they are now. */
static hax_status time_rounds(trial *trial, double *median_us, hax_error *err)
{
    enum { RUNS = 9, NOT_COUNTED = 2 };
    hax_task *task = trial->task;
    hax_program *program = task->program;
    hax_batch *batch = NULL;
    double us[RUNS + NOT_COUNTED];
    hax_status status = HAX_OK;
    for (int j = 0; j < trial->count && status == HAX_OK; j++)
        status = hax_cuda_capture(program, trial->jobs[j].group, task->memory, program->unit,
                                  &task->graphs[trial->jobs[j].group], err);
    if (status == HAX_OK)
        status = hax_cuda_compile(program->device, trial->jobs, trial->count, &batch, err);
    for (int r = 0; r < RUNS + NOT_COUNTED && status == HAX_OK; r++)
        status = run_round(trial, batch, &us[r], err);
    if (batch && status != HAX_WORKER_LOST)
        hax_cuda_release(batch);
    drop_graphs(task);
    if (status == HAX_OK)
        *median_us = hax_summarise(us + NOT_COUNTED, RUNS).median;
    hax_cuda_beat(program);
    return status;
}

static hax_status find_branches(const hax_task *task, int group, bool *found, hax_error *err)
{
    const hax_program *program = task->program;
    hax_cuda_stream_plan plan;
    int begin = program->group_first[group], end = program->group_first[group + 1];
    const group_steps steps = { program, task->memory, begin };
    HAX_TRY(hax_cuda_stream_plan_make(end - begin, conflict, &steps, &plan, err));
    *found = plan.streams > 1;
    hax_cuda_stream_plan_free(&plan);
    return HAX_OK;
}

/* All that can be side by side is; then each group by itself goes in order where that is shorter.
 * Less than that is not to be told from noise. */
static hax_status judge_each(trial *trial, hax_error *err)
{
    const double worth_us = 0.3;
    hax_program *program = trial->task->program;
    HAX_TRY(time_rounds(trial, &trial->us, err));
    for (int g = 0; g < program->grouping->count; g++) {
        double ordered_us;
        if (!program->branches[g])
            continue;
        program->branches[g] = false;
        HAX_TRY(time_rounds(trial, &ordered_us, err));
        program->branches[g] = ordered_us > trial->us - worth_us;
        trial->us = program->branches[g] ? trial->us : ordered_us;
    }
    return HAX_OK;
}

hax_status hax_cuda_judge_branches(hax_task *task, hax_error *err)
{
    hax_program *program = task->program;
    int groups = program->grouping->count;
    bool any = false;
    if (program->judged_branches || !program->unit->branch_streams[0])
        return HAX_OK;
    trial trial = { .task = task, .jobs = calloc((size_t) groups, sizeof *trial.jobs) };
    hax_status status = trial.jobs ? HAX_OK : hax_fail_memory(err, "a task");
    for (int g = 0; g < groups && status == HAX_OK; g++) {
        if (program->group_first[g] == program->group_first[g + 1])
            continue;
        trial.jobs[trial.count++] =
            (hax_batch_job){ .task = task, .group = g, .after = -1, .untimed = true };
        status = find_branches(task, g, &program->branches[g], err);
        any = any || program->branches[g];
    }
    if (any && status == HAX_OK)
        status = judge_each(&trial, err);
    program->judged_branches = status == HAX_OK;
    free(trial.jobs);
    return status;
}
