#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "driver.h"

#include "batching.h"

enum { JOBS_MOST = 64, BEHIND_MOST = 16, BATCHES_MOST = 600 };

typedef struct fake_job {
    hax_batch_job job;
    int behind[BEHIND_MOST];
    hax_job_times times;
    _Atomic bool ended;
} fake_job;

struct hax_batch {
    hax_device *device;
    int count;
    fake_job jobs[JOBS_MOST];
    int64_t start_ns;
    _Atomic bool submitted;
    _Atomic int left;
};

struct hax_device {
    struct hax_device_base base;
    hax_device *inner;
    pthread_t thread;
    pthread_mutex_t listing;
    hax_batch *batches[BATCHES_MOST];
    int batch_count;
};

struct hax_program {
    hax_program *inner;
    const hax_unit *unit;
};

struct hax_task {
    hax_task *inner;
    const hax_unit *unit;
};

counts *seen;
static const hax_driver batching;

const hax_driver *__real_hax_driver_find(const char *name);
const hax_driver *__wrap_hax_driver_find(const char *name);

static const hax_driver *portable(void)
{
    return __real_hax_driver_find("portable");
}

const hax_driver *__wrap_hax_driver_find(const char *name)
{
    return strcmp(name, "batching") == 0 ? &batching : __real_hax_driver_find(name);
}

/* ---- the driver ----------------------------------------------------------------------------- */

static bool same_queue(const hax_batch_job *a, const hax_batch_job *b)
{
    return a->task->unit == b->task->unit && a->stream == b->stream;
}

/* Has all ended that a job waits for? *ready_ns is when. */
static bool is_ready(hax_batch *batch, int j, int64_t *ready_ns)
{
    const fake_job *job = &batch->jobs[j];
    *ready_ns = batch->start_ns;
    for (int other = 0; other < j; other++) {
        const fake_job *before = &batch->jobs[other];
        bool behind = same_queue(&before->job, &job->job);
        for (int b = 0; b < job->job.behind_count; b++)
            behind = behind || job->behind[b] == other;
        if (behind && !atomic_load(&before->ended))
            return false;
        if (behind && before->times.end_ns > *ready_ns)
            *ready_ns = before->times.end_ns;
    }
    int64_t delay_ns = job->job.delay_ns, from_ns = job->job.after < 0
                                                        ? batch->start_ns
                                                        : batch->jobs[job->job.after].times.end_ns;
    if (delay_ns > 0 && *ready_ns < from_ns + delay_ns)
        *ready_ns = from_ns + delay_ns;
    return (int64_t) hax_clock_ns() >= *ready_ns;
}

static void run_batched(hax_batch *batch, int j, int64_t ready_ns)
{
    fake_job *job = &batch->jobs[j];
    int at =
        atomic_load(&seen->fault_at) == job->job.group ? atomic_load(&seen->fault) : FAULT_NONE;
    if (at == DIE_AT_JOB)
        kill(getpid(), SIGKILL);
    portable()->run(job->job.task->inner, job->job.group, NULL);
    int64_t now_ns = (int64_t) hax_clock_ns();
    /* as the CUDA driver: the next one that is timed counts with it */
    job->times = (hax_job_times){ ready_ns, job->job.untimed ? ready_ns : now_ns };
    if (at == STAMP_BEFORE)
        job->times.end_ns = ready_ns - 1;
    if (at == STAMP_EARLY)
        job->times.start_ns = batch->start_ns - 1;
    atomic_fetch_add(&seen->run, 1);
    atomic_store(&job->ended, true);
    atomic_fetch_sub(&batch->left, 1);
}

/* Of what is ready the last one first: no other order than the one that is asked for. */
static bool run_one(hax_batch *batch)
{
    int64_t ready_ns;
    if (!atomic_load(&batch->submitted) || (int64_t) hax_clock_ns() < batch->start_ns)
        return false;
    for (int j = batch->count - 1; j >= 0; j--) {
        if (atomic_load(&batch->jobs[j].ended) || !is_ready(batch, j, &ready_ns))
            continue;
        run_batched(batch, j, ready_ns);
        return true;
    }
    return false;
}

static void *work_off(void *argument)
{
    hax_device *device = argument;
    for (;;) {
        bool any = false;
        pthread_mutex_lock(&device->listing);
        for (int b = 0; b < device->batch_count; b++)
            any = run_one(device->batches[b]) || any;
        pthread_mutex_unlock(&device->listing);
        if (!any)
            sched_yield();
    }
    return NULL;
}

static bool supports(const hax_model *model, int kernel, char *why, size_t why_size)
{
    return portable()->supports(model, kernel, why, why_size);
}

static hax_status open_batching(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &batching;
    pthread_mutex_init(&result->listing, NULL);
    hax_status status = portable()->open(kind, &result->inner, err);
    if (status == HAX_OK && pthread_create(&result->thread, NULL, work_off, result) != 0)
        status = hax_fail_memory(err, "a device");
    if (status == HAX_OK)
        *device = result;
    else
        free(result);
    return status;
}

static void close_batching(hax_device *device)
{
    portable()->close(device->inner); /* the thread ends with the process */
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    (void) device, (void) unit, (void) err;
    return HAX_OK;
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    result->unit = unit;
    *program = result;
    return portable()->build(device->inner, unit, model, grouping, beat, beat_context,
                             &result->inner, err);
}

static void discard(hax_program *program)
{
    portable()->discard(program->inner);
    free(program);
}

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return portable()->layout(program->inner, tensor);
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    portable()->note(program->inner, kernel, out);
}

static hax_status bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    result->unit = program->unit;
    *task = result;
    return portable()->bind(program->inner, slots, &result->inner, err);
}

static void unbind(hax_task *task)
{
    portable()->unbind(task->inner);
    free(task);
}

static hax_status run(hax_task *task, int group, hax_error *err)
{
    atomic_fetch_add(&seen->lone, 1);
    return portable()->run(task->inner, group, err);
}

static bool can_import(const hax_layout *from)
{
    return portable()->can_import(from);
}

static hax_status import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                         hax_error *err)
{
    return portable()->import(task->inner, tensor, from, data, err);
}

static hax_status export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    return portable()->export(task->inner, tensor, plain, err);
}

static void adopt(hax_device *device, void *memory, size_t bytes)
{
    (void) device;
    assert_true((uintptr_t) memory % 4096 == 0 && bytes % 4096 == 0);
    atomic_fetch_add(&seen->adopted, 1);
}

static void look_at(const hax_batch_job *job)
{
    if (job->stream > atomic_load(&seen->streams))
        atomic_store(&seen->streams, job->stream);
    atomic_fetch_add(&seen->untimed, job->untimed);
    if (job->priority > atomic_load(&seen->priorities))
        atomic_store(&seen->priorities, job->priority);
}

static hax_status compile(hax_device *device, const hax_batch_job *jobs, int count,
                          hax_batch **batch, hax_error *err)
{
    if (atomic_load(&seen->fault) == REFUSE_COMPILE)
        return hax_fail(err, HAX_FAILURE, "the batch is refused");
    assert_true(count > 0 && count <= JOBS_MOST && device->batch_count < BATCHES_MOST);
    hax_batch *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a batch");
    result->device = device;
    result->count = count;
    for (int j = 0; j < count; j++) {
        fake_job *job = &result->jobs[j];
        job->job = jobs[j];
        look_at(&jobs[j]);
        for (int b = 0; b < jobs[j].behind_count; b++)
            job->behind[b] = jobs[j].behind[b];
        atomic_store(&job->ended, true);
    }
    if (count > atomic_load(&seen->largest))
        atomic_store(&seen->largest, count);
    atomic_fetch_add(&seen->compiled, 1);
    pthread_mutex_lock(&device->listing);
    device->batches[device->batch_count++] = result;
    pthread_mutex_unlock(&device->listing);
    *batch = result;
    return HAX_OK;
}

static void release(hax_batch *batch)
{
    hax_device *device = batch->device;
    int b = 0;
    pthread_mutex_lock(&device->listing);
    while (device->batches[b] != batch)
        b++;
    device->batches[b] = device->batches[--device->batch_count];
    pthread_mutex_unlock(&device->listing);
    free(batch);
    atomic_fetch_add(&seen->released, 1);
}

static hax_status submit(hax_batch *batch, int64_t start_ns, hax_error *err)
{
    int64_t now_ns = (int64_t) hax_clock_ns();
    if (atomic_load(&seen->fault) == REFUSE_SUBMIT)
        return hax_fail(err, HAX_FAILURE, "the queue is refused");
    if (atomic_load(&batch->left) != 0)
        atomic_fetch_add(&seen->too_early, 1);
    pthread_mutex_lock(&batch->device->listing);
    batch->start_ns = start_ns > now_ns ? start_ns : now_ns;
    for (int j = 0; j < batch->count; j++)
        atomic_store(&batch->jobs[j].ended, false);
    atomic_store(&batch->left, batch->count);
    atomic_store(&batch->submitted, true);
    pthread_mutex_unlock(&batch->device->listing);
    atomic_fetch_add(&seen->submitted, 1);
    for (int j = 1; j < batch->count; j++)
        if (batch->jobs[j].job.task != batch->jobs[0].job.task)
            return HAX_OK;
    atomic_fetch_add(&seen->lone_networks, 1);
    return HAX_OK;
}

static hax_status ended(hax_batch *batch, int job, bool *has, hax_job_times *times, hax_error *err)
{
    const fake_job *asked = &batch->jobs[job];
    if (atomic_load(&seen->fault) == FAIL_JOB && atomic_load(&seen->fault_at) == asked->job.group)
        return hax_fail(err, HAX_FAILURE, "the job fails");
    *has = atomic_load(&asked->ended);
    if (*has)
        *times = asked->times;
    return HAX_OK;
}

static const hax_driver batching = {
    .name = "batching",
    .computes = true,
    .supports = supports,
    .open = open_batching,
    .close = close_batching,
    .enter = enter,
    .build = build,
    .discard = discard,
    .layout = layout,
    .note = note,
    .bind = bind,
    .unbind = unbind,
    .run = run,
    .compile = compile,
    .release = release,
    .submit = submit,
    .ended = ended,
    .adopt = adopt,
    .can_import = can_import,
    .import = import,
    .export = export,
};

bool batching_share_counts(void)
{
    void *mapped =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    seen = mapped == MAP_FAILED ? NULL : mapped;
    return seen != NULL;
}
