/*
 * Units that take up batches: jobs that are handed over together run in order, wait for those of
 * other queues that they need, and compute what they would one by one. The device is a thread over
 * the portable driver, which runs what is ready in an order of its own.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "driver.h"
#include "fixture.h"
#include "processes.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { JOBS_MOST = 64, BEHIND_MOST = 16, UNITS_MOST = 4, BATCHES_MOST = 64 };

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

/* What the device does wrong, and when. */
typedef enum fault {
    FAULT_NONE,
    REFUSE_COMPILE,
    REFUSE_SUBMIT,
    FAIL_JOB,     /* asking whether it has ended */
    DIE_AT_JOB,   /* killed within a batch */
    STAMP_BEFORE, /* it ended before it began */
    STAMP_EARLY,  /* it began before the round */
} fault;

/* Counted in memory that workers share with the test. */
typedef struct counts {
    _Atomic int compiled, released, submitted, run, lone, largest, too_early, adopted;
    _Atomic int fault, fault_at; /* a fault, and the group that it comes at */
    _Atomic int streams, priorities;
} counts;

static counts *seen;
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
    return true;
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
    job->times = (hax_job_times){ ready_ns, now_ns };
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

/* ---- sessions -------------------------------------------------------------------------------- */

typedef struct rig_state {
    trio platform;
    chain net;
    hax_session_instance instances[2];
    hax_session *session;
} rig_state;

/* All units of the first kind, in one process; or the second one of a kind of another driver. */
static void rig_open(rig_state *rig, const char *driver, const char *second)
{
    int cpus[2];
    hax_error err = { 0 };
    usable_cpus(cpus);
    trio_make(&rig->platform, driver, cpus);
    if (second)
        rig->platform.kinds[1].driver = second;
    else
        rig->platform.units[1].kind = 0;
    rig->net = chain_make();
    for (int i = 0; i < 2; i++)
        rig->instances[i] =
            (hax_session_instance){ i ? "b" : "a", rig->net.model, rig->net.grouping };
    hax_session_config config = { .platform = &rig->platform.platform,
                                  .instance_count = 2,
                                  .instances = rig->instances };
    if (hax_session_open(&config, &rig->session, &err) != HAX_OK)
        fail_msg("%s", err.message);
}

static void rig_close(rig_state *rig)
{
    hax_session_close(rig->session);
    chain_free(&rig->net);
}

/* Both instances cross between the units at every cut; the third unit excludes both. */
static const hax_plan_job crossing[] = {
    { .unit = 0, .instance = 0, .group = 0, .after = -1 },
    { .unit = 1, .instance = 1, .group = 0, .after = -1 },
    { .unit = 1, .instance = 0, .group = 1, .after = -1 },
    { .unit = 0, .instance = 1, .group = 1, .after = -1 },
    { .unit = 2, .instance = 0, .group = 2, .after = -1 },
    { .unit = 1, .instance = 1, .group = 2, .after = 0 },
};
enum { JOBS = sizeof crossing / sizeof *crossing, OUTPUTS_MAX = 1 << 12 };
static const hax_plan crossing_plan = { JOBS, crossing };

static size_t fetch(rig_state *rig, int instance, int unit, float *kept)
{
    const float *values;
    size_t count;
    assert_int_equal(hax_session_output(rig->session, instance, unit, &values, &count, NULL),
                     HAX_OK);
    assert_true(count <= OUTPUTS_MAX);
    memcpy(kept, values, count * sizeof *kept);
    return count;
}

/* What a plan computes one by one, of the instances on these units. */
static void compute(const hax_plan *plan, const int units[2], float wanted[2][OUTPUTS_MAX])
{
    rig_state plain;
    hax_stamp stamp[JOBS_MOST];
    rig_open(&plain, "portable", NULL);
    assert_int_equal(hax_session_execute(plain.session, plan, stamp, NULL), HAX_OK);
    for (int i = 0; i < 2; i++)
        fetch(&plain, i, units[i], wanted[i]);
    rig_close(&plain);
}

static void assert_computed(rig_state *rig, const int units[2], float wanted[2][OUTPUTS_MAX])
{
    static float got[OUTPUTS_MAX];
    for (int i = 0; i < 2; i++) {
        size_t count = fetch(rig, i, units[i], got);
        assert_memory_equal(got, wanted[i], count * sizeof *got);
    }
}

static void in_order(const hax_stamp *stamp, int count)
{
    for (int j = 0; j < count; j++)
        assert_true(stamp[j].start_ns >= 0 && stamp[j].end_ns >= stamp[j].start_ns);
}

/* One batch, made once, over all units of the kind. */
static void a_round_is_one_batch(void **state)
{
    (void) state;
    static float wanted[2][OUTPUTS_MAX];
    static const int units[] = { 2, 1 };
    rig_state rig;
    hax_stamp stamp[JOBS];
    memset(seen, 0, sizeof *seen);
    compute(&crossing_plan, units, wanted);
    rig_open(&rig, "batching", NULL);
    for (int round = 0; round < 30; round++) {
        assert_int_equal(hax_session_execute(rig.session, &crossing_plan, stamp, NULL), HAX_OK);
        in_order(stamp, JOBS);
        assert_true(stamp[3].start_ns >= stamp[1].end_ns && stamp[2].start_ns >= stamp[0].end_ns);
        assert_true(stamp[3].start_ns >= stamp[0].end_ns && stamp[2].start_ns >= stamp[1].end_ns);
        assert_true(stamp[4].start_ns >= stamp[2].end_ns && stamp[4].start_ns >= stamp[3].end_ns);
        assert_true(stamp[5].start_ns >= stamp[4].end_ns);
        assert_computed(&rig, units, wanted);
    }
    rig_close(&rig);
    assert_int_equal(atomic_load(&seen->too_early), 0);
    assert_int_equal(atomic_load(&seen->compiled), 1);
    assert_int_equal(atomic_load(&seen->released), 1);
    assert_int_equal(atomic_load(&seen->submitted), 30);
    assert_int_equal(atomic_load(&seen->largest), JOBS);
    assert_int_equal(atomic_load(&seen->run), 30 * JOBS);
    assert_int_equal(atomic_load(&seen->lone), 0);
    assert_int_equal(atomic_load(&seen->adopted), 1);
}

/* A wait is the thread's: before it one batch for all units, behind it one of what goes on. */
static void a_wait_divides_the_round(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 1, .instance = 1, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 1, .after = 1, .delay_ms = 2 },
        { .unit = 0, .instance = 0, .group = 2, .after = -1 },
        { .unit = 1, .instance = 1, .group = 1, .after = -1 },
        { .unit = 0, .instance = 1, .group = 2, .after = -1 },
    };
    static const hax_plan plan = { 6, jobs };
    static const int units[] = { 0, 0 };
    static float wanted[2][OUTPUTS_MAX];
    rig_state rig;
    hax_stamp stamp[6];
    memset(seen, 0, sizeof *seen);
    compute(&plan, units, wanted);
    rig_open(&rig, "batching", NULL);
    for (int round = 0; round < 20; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
        in_order(stamp, 6);
        assert_true(stamp[2].start_ns >= stamp[1].end_ns + 2000000);
        assert_true(stamp[3].start_ns >= stamp[2].end_ns && stamp[5].start_ns >= stamp[4].end_ns);
        assert_computed(&rig, units, wanted);
    }
    rig_close(&rig);
    assert_int_equal(atomic_load(&seen->too_early), 0);
    assert_int_equal(atomic_load(&seen->lone), 20);
    /* 0, 1, 4 | 3 | 5, which waits for 4, of another batch */
    assert_int_equal(atomic_load(&seen->compiled), 3);
    assert_int_equal(atomic_load(&seen->largest), 3);
    assert_int_equal(atomic_load(&seen->run), 20 * 5);
}

/* Beside units that run what they are asked for, in another process. */
static void kinds_hand_over(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 1, .instance = 1, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 0, .part = HAX_PART_OUT, .to_unit = 1, .after = -1 },
        { .unit = 1, .instance = 0, .group = 1, .part = HAX_PART_IN, .from_unit = 0, .after = -1 },
        { .unit = 1, .instance = 0, .group = 1, .after = -1 },
        { .unit = 1, .instance = 0, .group = 1, .part = HAX_PART_OUT, .to_unit = 0, .after = -1 },
        { .unit = 1, .instance = 1, .group = 1, .after = -1 },
        { .unit = 1, .instance = 1, .group = 2, .after = -1 },
        { .unit = 0, .instance = 0, .group = 2, .part = HAX_PART_IN, .from_unit = 1, .after = -1 },
        { .unit = 0, .instance = 0, .group = 2, .after = -1 },
    };
    static const hax_plan plan = { 10, jobs };
    static const int units[] = { 0, 1 };
    static float wanted[2][OUTPUTS_MAX];
    rig_state rig;
    hax_stamp stamp[10];
    memset(seen, 0, sizeof *seen);
    rig_open(&rig, "portable", "portable");
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
    for (int i = 0; i < 2; i++)
        fetch(&rig, i, units[i], wanted[i]);
    rig_close(&rig);
    rig_open(&rig, "batching", "portable");
    for (int round = 0; round < 20; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
        in_order(stamp, 10);
        assert_true(stamp[9].start_ns >= stamp[8].end_ns && stamp[4].start_ns >= stamp[3].end_ns);
        assert_computed(&rig, units, wanted);
    }
    rig_close(&rig);
    assert_int_equal(atomic_load(&seen->compiled), 2);
    assert_int_equal(atomic_load(&seen->run), 40);
}

/* Networks beside each other on one unit: neither waits for the other. */
static void streams_share_a_unit(void **state)
{
    (void) state;
    static const int units[] = { 2, 2 };
    static float wanted[2][OUTPUTS_MAX];
    hax_plan_job jobs[6];
    const hax_plan plan = { 6, jobs };
    rig_state rig;
    hax_stamp stamp[6];
    hax_error err = { 0 };
    for (int j = 0; j < 6; j++)
        jobs[j] = (hax_plan_job){ .unit = 2, .instance = j / 3, .group = j % 3, .after = -1 };
    memset(seen, 0, sizeof *seen);
    compute(&plan, units, wanted);
    for (int j = 3; j < 6; j++)
        jobs[j].stream = 1, jobs[j].priority = 2;
    rig_open(&rig, "batching", NULL);
    for (int round = 0; round < 5; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
        in_order(stamp, 6);
        /* the device runs the last that is ready: nothing of the first network was waited for */
        assert_true(stamp[3].start_ns <= stamp[0].end_ns);
        assert_true(stamp[5].end_ns <= stamp[0].end_ns);
        assert_computed(&rig, units, wanted);
    }
    assert_int_equal(atomic_load(&seen->streams), 1);
    assert_int_equal(atomic_load(&seen->priorities), 2);
    jobs[0].unit = 0;
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "job 0 on another unit"));
    rig_close(&rig);
    jobs[0].unit = 2;
    rig_open(&rig, "portable", NULL);
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "unit 'both' has no streams"));
    rig_close(&rig);
}

/* How a round ends where the device does something wrong at group 1. */
static void go_wrong(fault fault, hax_status wanted, const char *words)
{
    rig_state rig;
    hax_stamp stamp[JOBS];
    hax_error err = { 0 };
    memset(seen, 0, sizeof *seen);
    rig_open(&rig, "batching", NULL);
    atomic_store(&seen->fault_at, 1);
    atomic_store(&seen->fault, fault);
    assert_int_equal(hax_session_execute(rig.session, &crossing_plan, stamp, &err), wanted);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not say '%s'", err.message, words);
    atomic_store(&seen->fault, FAULT_NONE);
    if (wanted != HAX_WORKER_LOST && fault != FAIL_JOB) /* of which some is still to come */
        assert_int_equal(hax_session_execute(rig.session, &crossing_plan, stamp, &err), HAX_OK);
    rig_close(&rig);
}

static void what_is_refused_ends_the_round(void **state)
{
    (void) state;
    go_wrong(REFUSE_COMPILE, HAX_FAILURE, "the batch is refused");
    go_wrong(REFUSE_SUBMIT, HAX_FAILURE, "the queue is refused");
}

static void a_job_that_fails_ends_the_round(void **state)
{
    (void) state;
    go_wrong(FAIL_JOB, HAX_FAILURE, "the job fails");
}

static void a_death_within_a_batch_is_named(void **state)
{
    (void) state;
    go_wrong(DIE_AT_JOB, HAX_WORKER_LOST,
             "the worker process of kind 'first' was killed by signal 9");
}

static void stamps_out_of_order_are_named(void **state)
{
    (void) state;
    go_wrong(STAMP_BEFORE, HAX_FAILURE, "unit 'u1': the stamps of a group 1 are out of order");
    go_wrong(STAMP_EARLY, HAX_FAILURE,
             "unit 'u1': the stamps of a group 1 are out of order: -1 to");
}

static int share_counts(void **state)
{
    (void) state;
    void *mapped =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return 1;
    seen = mapped;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_is_one_batch),
        cmocka_unit_test(a_wait_divides_the_round),
        cmocka_unit_test(kinds_hand_over),
        cmocka_unit_test(streams_share_a_unit),
        cmocka_unit_test(what_is_refused_ends_the_round),
        cmocka_unit_test(a_job_that_fails_ends_the_round),
        cmocka_unit_test(a_death_within_a_batch_is_named),
        cmocka_unit_test(stamps_out_of_order_are_named),
    };
    return cmocka_run_group_tests(tests, share_counts, NULL);
}
