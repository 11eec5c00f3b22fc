/*
 * Units with queues: jobs that are submitted ahead run in order, wait for those of other units that
 * they need, and compute what they would one by one. The queues are threads over the portable
 * driver.
 */
#define _GNU_SOURCE
#include "driver.h"
#include "fixture.h"
#include "processes.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BEHIND_MAX = 16, ENTRIES = 64, LINES_MAX = 4 };

struct hax_mark {
    _Atomic bool submitted, passed;
};

/* What the queue of a unit has to do next. */
typedef struct entry {
    hax_task *task;
    int group, behind_count;
    hax_mark *behind[BEHIND_MAX];
    hax_mark *mark;
} entry;

typedef struct line {
    const hax_unit *unit;
    pthread_t thread;
    entry entries[ENTRIES];
    _Atomic unsigned put, taken;
} line;

struct hax_device {
    struct hax_device_base base;
    hax_device *inner;
    line lines[LINES_MAX];
    int line_count;
};

struct hax_program {
    hax_program *inner;
    line *line;
};

struct hax_task {
    hax_task *inner;
    line *line;
};

/* Counted in memory that workers share with the test. */
typedef struct counts {
    _Atomic int submitted, most_ahead, too_early, refuse_at;
} counts;

static counts *seen;
static const hax_driver queued;

const hax_driver *__real_hax_driver_find(const char *name);
const hax_driver *__wrap_hax_driver_find(const char *name);

static const hax_driver *portable(void)
{
    return __real_hax_driver_find("portable");
}

const hax_driver *__wrap_hax_driver_find(const char *name)
{
    return strcmp(name, "queued") == 0 ? &queued : __real_hax_driver_find(name);
}

/* ---- the driver ----------------------------------------------------------------------------- */

static void *work_off(void *argument)
{
    line *of = argument;
    for (;;) {
        unsigned next = atomic_load(&of->taken);
        if (next == atomic_load(&of->put)) {
            sched_yield();
            continue;
        }
        const entry *at = &of->entries[next % ENTRIES];
        for (int b = 0; b < at->behind_count; b++)
            while (!atomic_load(&at->behind[b]->passed))
                sched_yield();
        portable()->run(at->task->inner, at->group, NULL);
        hax_mark *mark = at->mark;
        atomic_store(&of->taken, next + 1);
        atomic_store(&mark->passed, true);
    }
    return NULL;
}

static bool supports(const hax_model *model, int kernel, char *why, size_t why_size)
{
    return portable()->supports(model, kernel, why, why_size);
}

static hax_status open_queued(const hax_kind *kind, hax_device **device, hax_error *err)
{
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &queued;
    hax_status status = portable()->open(kind, &result->inner, err);
    if (status == HAX_OK)
        *device = result;
    else
        free(result);
    return status;
}

static void close_queued(hax_device *device)
{
    portable()->close(device->inner); /* the queues' threads end with the process */
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    line *result = &device->lines[device->line_count++];
    result->unit = unit;
    if (pthread_create(&result->thread, NULL, work_off, result) != 0)
        return hax_fail_memory(err, "a queue");
    return HAX_OK;
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    for (int n = 0; n < device->line_count; n++)
        if (device->lines[n].unit == unit)
            result->line = &device->lines[n];
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
    result->line = program->line;
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

static hax_status mark_open(hax_device *device, hax_mark **mark, hax_error *err)
{
    (void) device;
    *mark = calloc(1, sizeof **mark);
    return *mark ? HAX_OK : hax_fail_memory(err, "a mark");
}

static void mark_close(hax_device *device, hax_mark *mark)
{
    (void) device;
    free(mark);
}

static hax_status submit(hax_task *task, int group, hax_mark *const *behind, int behind_count,
                         hax_mark *mark, hax_error *err)
{
    line *of = task->line;
    unsigned next = atomic_load(&of->put);
    int ahead = (int) (next - atomic_load(&of->taken)) + 1;
    if (atomic_fetch_add(&seen->submitted, 1) + 1 == atomic_load(&seen->refuse_at))
        return hax_fail(err, HAX_FAILURE, "the queue is refused");
    if (ahead > atomic_load(&seen->most_ahead))
        atomic_store(&seen->most_ahead, ahead);
    entry *at = &of->entries[next % ENTRIES];
    *at = (entry){ .task = task, .group = group, .behind_count = behind_count, .mark = mark };
    for (int b = 0; b < behind_count; b++) {
        at->behind[b] = behind[b];
        if (!atomic_load(&behind[b]->submitted))
            atomic_fetch_add(&seen->too_early, 1);
    }
    atomic_store(&mark->passed, false);
    atomic_store(&mark->submitted, true);
    atomic_store(&of->put, next + 1);
    return HAX_OK;
}

static hax_status has_passed(const hax_device *device, const hax_mark *mark, bool *passed,
                             hax_error *err)
{
    (void) device, (void) err;
    *passed = atomic_load(&mark->passed);
    return HAX_OK;
}

static const hax_driver queued = {
    .name = "queued",
    .computes = true,
    .supports = supports,
    .open = open_queued,
    .close = close_queued,
    .enter = enter,
    .build = build,
    .discard = discard,
    .layout = layout,
    .note = note,
    .bind = bind,
    .unbind = unbind,
    .run = run,
    .mark_open = mark_open,
    .mark_close = mark_close,
    .submit = submit,
    .has_passed = has_passed,
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

static void rig_open(rig_state *rig, const char *driver)
{
    int cpus[2];
    hax_error err = { 0 };
    usable_cpus(cpus);
    trio_make(&rig->platform, driver, cpus);
    rig->platform.units[1].kind = 0; /* one process, one device */
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

/* Both instances cross between the units at every cut; the third unit excludes both; a wait. */
static const hax_plan_job crossing[] = {
    { .unit = 0, .instance = 0, .group = 0, .after = -1 },
    { .unit = 1, .instance = 1, .group = 0, .after = -1 },
    { .unit = 1, .instance = 0, .group = 1, .after = -1 },
    { .unit = 0, .instance = 1, .group = 1, .after = -1 },
    { .unit = 2, .instance = 0, .group = 2, .after = -1 },
    { .unit = 1, .instance = 1, .group = 2, .after = 0, .delay_ms = 2 },
};
enum { JOBS = sizeof crossing / sizeof *crossing, OUTPUTS_MAX = 1 << 12 };

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

static void jobs_ahead_compute_the_same(void **state)
{
    (void) state;
    static float wanted[2][OUTPUTS_MAX], got[OUTPUTS_MAX];
    rig_state plain, ahead;
    hax_stamp stamp[JOBS];
    const hax_plan plan = { JOBS, crossing };
    memset(seen, 0, sizeof *seen);
    rig_open(&plain, "portable");
    assert_int_equal(hax_session_execute(plain.session, &plan, stamp, NULL), HAX_OK);
    fetch(&plain, 0, 2, wanted[0]);
    fetch(&plain, 1, 1, wanted[1]);
    rig_close(&plain);
    rig_open(&ahead, "queued");
    for (int round = 0; round < 30; round++) {
        assert_int_equal(hax_session_execute(ahead.session, &plan, stamp, NULL), HAX_OK);
        for (int j = 0; j < JOBS; j++)
            assert_true(stamp[j].start_ns >= 0 && stamp[j].end_ns >= stamp[j].start_ns);
        assert_true(stamp[3].end_ns >= stamp[1].end_ns && stamp[2].end_ns >= stamp[0].end_ns);
        assert_true(stamp[3].start_ns >= stamp[0].end_ns); /* of one unit */
        assert_true(stamp[5].start_ns >= stamp[0].end_ns + 2000000);
        for (int i = 0; i < 2; i++) {
            size_t count = fetch(&ahead, i, i ? 1 : 2, got);
            assert_memory_equal(got, wanted[i], count * sizeof *got);
        }
    }
    rig_close(&ahead);
    assert_int_equal(atomic_load(&seen->too_early), 0);
    assert_int_equal(atomic_load(&seen->submitted), 30 * (JOBS - 1)); /* all but that which waits */
}

/* All groups of a network are in the queue before the first has ended, or soon after. */
static void groups_follow_each_other_in_the_queue(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 1, .after = -1 },
        { .unit = 0, .instance = 0, .group = 2, .after = -1 },
    };
    rig_state rig;
    hax_stamp stamp[3];
    const hax_plan plan = { 3, jobs };
    memset(seen, 0, sizeof *seen);
    rig_open(&rig, "queued");
    for (int round = 0; round < 200 && atomic_load(&seen->most_ahead) < 2; round++)
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
    assert_true(stamp[1].start_ns >= stamp[0].end_ns && stamp[2].start_ns >= stamp[1].end_ns);
    rig_close(&rig);
    assert_true(atomic_load(&seen->most_ahead) >= 2);
}

static void a_refused_job_ends_the_round(void **state)
{
    (void) state;
    rig_state rig;
    hax_stamp stamp[JOBS];
    hax_error err = { 0 };
    const hax_plan plan = { JOBS, crossing };
    memset(seen, 0, sizeof *seen);
    rig_open(&rig, "queued");
    atomic_store(&seen->refuse_at, 2);
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, &err), HAX_FAILURE);
    assert_non_null(strstr(err.message, "the queue is refused"));
    rig_close(&rig);
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
        cmocka_unit_test(jobs_ahead_compute_the_same),
        cmocka_unit_test(groups_follow_each_other_in_the_queue),
        cmocka_unit_test(a_refused_job_ends_the_round),
    };
    return cmocka_run_group_tests(tests, share_counts, NULL);
}
