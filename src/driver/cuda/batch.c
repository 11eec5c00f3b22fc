#define _GNU_SOURCE
#include "batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "program.h"
#include "times.h"

/* Jobs in one queue. */
typedef struct queue {
    const hax_cuda_unit *unit; /* of the tasks */
    int stream;
    bool gated;       /* its first job waits for nothing but the start */
    CUgraphNode last; /* so far, while the graph is put together */
    int last_job;
} queue;

typedef struct batch_job {
    int queue;
    int before; /* in its queue, -1 */
    int behind_first, behind_count;
    int64_t delay_ns;
    int after;       /* from whose end the delay counts, -1: from the batch's start */
    int64_t cost_ns; /* of the kernel that takes its time */
    bool untimed;
    int witness; /* the next timed one in its queue, itself if it is: has that ended, so has it */
    CUgraphNode end;
    bool known; /* that it has ended, and when: */
    hax_job_times times;
    int64_t end_gpu_ns; /* on the GPU's clock, as it was stamped */
} batch_job;

struct hax_batch {
    hax_device *device;
    hax_cuda_unit *leader; /* on whose stream it is launched */
    CUgraphExec graph;
    int count, queue_count;
    batch_job *jobs;
    queue *queues;
    int *behind;
    /* the host's, mapped: when jobs ended and queues began, when they are to begin, and did: later
     * than that where the launch was late */
    void *memory;
    volatile unsigned long long *stamps, *begins, *until, *began; /* in it */
    int64_t start_ns, submitted_ns, ahead_ns;                     /* of the run under way */
    bool on_time; /* it was submitted before it was to start */
    unsigned looks;
    pthread_mutex_t judging; /* who asks what has ended may be several threads */
};

/* ---- put together ---------------------------------------------------------------------------- */

static int find_queue(hax_batch *batch, const hax_batch_job *job)
{
    const hax_cuda_unit *unit = job->task->program->unit;
    for (int q = 0; q < batch->queue_count; q++)
        if (batch->queues[q].unit == unit && batch->queues[q].stream == job->stream)
            return q;
    batch->queues[batch->queue_count] = (queue){
        .unit = unit, .stream = job->stream, .gated = job->behind_count == 0, .last_job = -1
    };
    return batch->queue_count++;
}

static hax_status allocate(hax_batch *batch, const hax_batch_job *jobs, hax_error *err)
{
    size_t count = (size_t) batch->count, behind = 1;
    for (size_t j = 0; j < count; j++)
        behind += (size_t) jobs[j].behind_count;
    batch->jobs = calloc(count, sizeof *batch->jobs);
    batch->queues = calloc(count, sizeof *batch->queues);
    batch->behind = calloc(behind, sizeof *batch->behind);
    return batch->jobs && batch->queues && batch->behind ? HAX_OK
                                                         : hax_fail_memory(err, "a batch of jobs");
}

/* A group without kernels is nothing that others could wait for: it is timed. */
static bool has_work(const hax_batch_job *job)
{
    return job->task->graphs[job->group] != NULL;
}

/* The last job of a queue is timed. */
static void find_witnesses(hax_batch *batch)
{
    for (int q = 0; q < batch->queue_count; q++) {
        int witness = batch->queues[q].last_job;
        batch->jobs[witness].untimed = false;
        for (int j = witness; j >= 0; j = batch->jobs[j].before) {
            witness = batch->jobs[j].untimed ? witness : j;
            batch->jobs[j].witness = witness;
        }
    }
    for (int j = 0; j < batch->count; j++)
        assert(batch->jobs[j].delay_ns == 0 || batch->jobs[j].after < 0 ||
               !batch->jobs[batch->jobs[j].after].untimed);
}

static void list_jobs(hax_batch *batch, const hax_batch_job *jobs)
{
    int used = 0;
    for (int j = 0; j < batch->count; j++) {
        batch_job *job = &batch->jobs[j];
        job->queue = find_queue(batch, &jobs[j]);
        job->before = batch->queues[job->queue].last_job;
        job->behind_first = used;
        job->behind_count = jobs[j].behind_count;
        job->delay_ns = jobs[j].delay_ns;
        job->after = jobs[j].after;
        job->untimed = jobs[j].untimed && has_work(&jobs[j]);
        job->cost_ns = batch->queues[job->queue].unit->stamp_ns;
        for (int b = 0; b < jobs[j].behind_count; b++) {
            assert(jobs[j].behind[b] >= 0 && jobs[j].behind[b] < j);
            batch->behind[used++] = jobs[j].behind[b];
        }
        batch->queues[job->queue].last_job = j;
    }
    find_witnesses(batch);
}

static hax_status map_stamps(hax_batch *batch, hax_error *err)
{
    const hax_cuda_api *api = &batch->device->api;
    size_t count = (size_t) (batch->count + batch->queue_count + 2);
    HAX_CUDA_TRY(api, cuMemAllocHost(&batch->memory, count * sizeof *batch->stamps));
    batch->stamps = batch->memory;
    batch->begins = batch->stamps + batch->count;
    batch->until = batch->begins + batch->queue_count;
    batch->began = batch->until + 1;
    return HAX_OK;
}

static hax_status add_gate(hax_batch *batch, int q, CUgraph graph, hax_error *err)
{
    queue *one = &batch->queues[q];
    volatile unsigned long long *until = batch->until, *begin = &batch->begins[q];
    void *arguments[] = { (void *) &until, (void *) &begin };
    return hax_cuda_times_node(batch->device, one->unit, "gate", 1, arguments, graph, NULL, 0,
                               &one->last, err);
}

/* The group's own work behind these nodes, which it then stands for. */
static hax_status add_work(hax_batch *batch, const hax_batch_job *job, CUgraph graph,
                           CUgraphNode *behind, size_t *behind_count, hax_error *err)
{
    const hax_cuda_api *api = &batch->device->api;
    hax_cuda_unit *stream;
    CUgraph work = job->task->graphs[job->group];
    CUgraphNode node;
    HAX_TRY(hax_cuda_stream_find(batch->device, job->task->program->unit, job->stream,
                                 job->priority, &stream, err));
    bool own = stream != job->task->program->unit;
    if (own)
        HAX_TRY(hax_cuda_capture(job->task->program, job->group, job->task->memory, stream, &work,
                                 err));
    if (!work)
        return HAX_OK;
    CUresult result = api->cuGraphAddChildGraphNode(&node, graph, behind, *behind_count, work);
    if (own)
        api->cuGraphDestroy(work);
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "a graph of a round", err);
    behind[0] = node;
    *behind_count = 1;
    return HAX_OK;
}

/* A delay behind these nodes. */
static hax_status add_delay(hax_batch *batch, const batch_job *job, CUgraph graph,
                            CUgraphNode *behind, size_t *behind_count, hax_error *err)
{
    const queue *one = &batch->queues[job->queue];
    volatile unsigned long long *from = job->after >= 0 ? &batch->stamps[job->after] : batch->began;
    unsigned long long delay_ns = (unsigned long long) job->delay_ns;
    void *arguments[] = { (void *) &from, &delay_ns };
    CUgraphNode node;
    if (job->delay_ns == 0)
        return HAX_OK;
    HAX_TRY(hax_cuda_times_node(batch->device, one->unit, "wait", 1, arguments, graph, behind,
                                *behind_count, &node, err));
    behind[0] = node;
    *behind_count = 1;
    return HAX_OK;
}

static hax_status add_job(hax_batch *batch, int j, const hax_batch_job *from, CUgraph graph,
                          CUgraphNode *behind, hax_error *err)
{
    batch_job *job = &batch->jobs[j];
    queue *one = &batch->queues[job->queue];
    size_t count = 0;
    volatile unsigned long long *stamp = &batch->stamps[j];
    void *arguments[] = { (void *) &stamp };
    if (one->gated && !one->last)
        HAX_TRY(add_gate(batch, job->queue, graph, err));
    if (one->last)
        behind[count++] = one->last;
    for (int b = 0; b < job->behind_count; b++)
        behind[count++] = batch->jobs[batch->behind[job->behind_first + b]].end;
    HAX_TRY(add_delay(batch, job, graph, behind, &count, err));
    HAX_TRY(add_work(batch, from, graph, behind, &count, err));
    if (job->untimed) {
        assert(count == 1); /* it has work */
        one->last = job->end = behind[0];
        return HAX_OK;
    }
    HAX_TRY(hax_cuda_times_node(batch->device, one->unit, "stamp", 1, arguments, graph, behind,
                                count, &job->end, err));
    one->last = job->end;
    return HAX_OK;
}

static hax_status add_jobs(hax_batch *batch, const hax_batch_job *jobs, CUgraph graph,
                           hax_error *err)
{
    CUgraphNode *behind = calloc((size_t) batch->count + 2, sizeof *behind);
    hax_status status = behind ? HAX_OK : hax_fail_memory(err, "a batch of jobs");
    for (int j = 0; j < batch->count && status == HAX_OK; j++)
        status = add_job(batch, j, &jobs[j], graph, behind, err);
    free(behind);
    return status;
}

static hax_status make_graph(hax_batch *batch, const hax_batch_job *jobs, hax_error *err)
{
    const hax_cuda_api *api = &batch->device->api;
    CUgraph graph;
    HAX_CUDA_TRY(api, cuGraphCreate(&graph, 0));
    hax_status status = add_jobs(batch, jobs, graph, err);
    CUresult result = CUDA_SUCCESS;
    if (status == HAX_OK)
        result = api->cuGraphInstantiateWithFlags(&batch->graph, graph, 0);
    api->cuGraphDestroy(graph);
    api->cuCtxSetCurrent(batch->leader->context); /* capturing for other streams has changed it */
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "a graph of a round", err);
    return status;
}

hax_status hax_cuda_compile(hax_device *device, const hax_batch_job *jobs, int count,
                            hax_batch **batch, hax_error *err)
{
    assert(count > 0);
    hax_batch *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a batch of jobs");
    result->device = device;
    result->count = count;
    result->leader = jobs[0].task->program->unit;
    pthread_mutex_init(&result->judging, NULL);
    hax_status status = allocate(result, jobs, err);
    if (status == HAX_OK) {
        list_jobs(result, jobs);
        status = map_stamps(result, err);
    }
    if (status == HAX_OK)
        status = make_graph(result, jobs, err);
    if (status != HAX_OK) {
        hax_cuda_release(result);
        return status;
    }
    *batch = result;
    return HAX_OK;
}

void hax_cuda_release(hax_batch *batch)
{
    const hax_cuda_api *api = &batch->device->api;
    if (batch->graph)
        api->cuGraphExecDestroy(batch->graph);
    if (batch->memory)
        api->cuMemFreeHost(batch->memory);
    pthread_mutex_destroy(&batch->judging);
    free(batch->jobs);
    free(batch->queues);
    free(batch->behind);
    free(batch);
}

/* ---- at work --------------------------------------------------------------------------------- */

hax_status hax_cuda_submit(hax_batch *batch, int64_t start_ns, hax_error *err)
{
    const hax_cuda_api *api = &batch->device->api;
    HAX_TRY(hax_cuda_clock_ahead(batch->device, batch->leader, &batch->ahead_ns, err));
    for (int j = 0; j < batch->count; j++)
        batch->jobs[j].known = false;
    memset(batch->memory, 0, (size_t) (batch->count + batch->queue_count) * sizeof *batch->stamps);
    batch->submitted_ns = (int64_t) hax_clock_ns();
    batch->on_time = start_ns > batch->submitted_ns;
    batch->start_ns = start_ns;
    batch->looks = 0;
    *batch->until = batch->on_time ? (unsigned long long) (start_ns - batch->ahead_ns) : 0;
    *batch->began =
        (unsigned long long) ((batch->on_time ? start_ns : batch->submitted_ns) - batch->ahead_ns);
    HAX_CUDA_TRY(api, cuGraphLaunch(batch->graph, batch->leader->stream));
    return HAX_OK;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* From when a job could run: on the GPU's clock, and on the host's without what stamps took before.
 * False: something that it waits for is not known to have ended. */
static bool find_ready(const hax_batch *batch, const batch_job *job, int64_t *gpu_ns,
                       int64_t *host_ns)
{
    *gpu_ns = *host_ns = 0;
    if (job->before < 0 && batch->queues[job->queue].gated) {
        /* a launch that was not over in time is part of the first job */
        *gpu_ns = batch->on_time ? (int64_t) batch->begins[job->queue]
                                 : batch->submitted_ns - batch->ahead_ns;
        *host_ns = batch->on_time ? later(batch->start_ns, *gpu_ns + batch->ahead_ns)
                                  : batch->submitted_ns;
        if (batch->begins[job->queue] == 0)
            return false;
    }
    for (int b = -1; b < job->behind_count; b++) {
        int on = b < 0 ? job->before : batch->behind[job->behind_first + b];
        if (on < 0)
            continue;
        const batch_job *other = &batch->jobs[on];
        if (!other->known)
            return false;
        *gpu_ns = later(*gpu_ns, other->end_gpu_ns);
        *host_ns = later(*host_ns, other->times.end_ns);
    }
    if (job->delay_ns > 0) {
        const batch_job *after = job->after >= 0 ? &batch->jobs[job->after] : NULL;
        int64_t gpu_from_ns = after ? after->end_gpu_ns : (int64_t) *batch->began;
        int64_t host_from_ns = after ? after->times.end_ns : gpu_from_ns + batch->ahead_ns;
        *gpu_ns = later(*gpu_ns, gpu_from_ns + job->delay_ns);
        *host_ns = later(*host_ns, host_from_ns + job->delay_ns);
        return !after || after->known;
    }
    return true;
}

/* Jobs that a job waits for are judged before it: they stand before it. Untimed ones take no time,
 * which then is part of what comes behind them; whether they have ended is another question. */
static void judge(hax_batch *batch, int upto)
{
    for (int j = 0; j <= upto; j++) {
        batch_job *job = &batch->jobs[j];
        unsigned long long stamp = batch->stamps[j];
        int64_t gpu_ns, host_ns;
        if (job->known || (stamp == 0 && !job->untimed) ||
            !find_ready(batch, job, &gpu_ns, &host_ns))
            continue;
        job->end_gpu_ns = job->untimed ? gpu_ns : (int64_t) stamp;
        int64_t took_ns = job->untimed ? 0 : job->end_gpu_ns - gpu_ns - job->cost_ns;
        job->times = (hax_job_times){ host_ns, host_ns + later(took_ns, 0) };
        job->known = true;
    }
}

static bool has_ended(hax_batch *batch, int j)
{
    if (batch->stamps[batch->jobs[j].witness] == 0)
        return false;
    judge(batch, j);
    return batch->jobs[j].known;
}

/* A kernel that fails takes all behind it along: nothing is stamped then. */
static hax_status look_for_failure(hax_batch *batch, int j, hax_error *err)
{
    enum { LOOK_EVERY = 4096 };
    const hax_cuda_api *api = &batch->device->api;
    if (++batch->looks % LOOK_EVERY != 0)
        return HAX_OK;
    CUresult result = api->cuStreamQuery(batch->leader->stream);
    if (result == CUDA_ERROR_NOT_READY)
        return HAX_OK;
    if (result != CUDA_SUCCESS)
        return hax_cuda_fail(api, result, "running a batch of groups", err);
    if (!has_ended(batch, j))
        return hax_fail(err, HAX_FAILURE, "CUDA: job %d of a batch of %d has not been stamped", j,
                        batch->count);
    return HAX_OK;
}

hax_status hax_cuda_ended(hax_batch *batch, int job, bool *ended, hax_job_times *times,
                          hax_error *err)
{
    hax_status status = HAX_OK;
    assert(job >= 0 && job < batch->count);
    pthread_mutex_lock(&batch->judging);
    *ended = has_ended(batch, job);
    if (!*ended)
        status = look_for_failure(batch, job, err);
    *times = batch->jobs[job].times;
    pthread_mutex_unlock(&batch->judging);
    return status;
}
