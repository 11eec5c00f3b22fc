/*
 * Units that take up batches: jobs that are handed over together run in order, wait for those of
 * other queues that they need, and compute what they would one by one.
 */
#define _GNU_SOURCE
#include "fixture.h"
#include "processes.h"

#include <stdatomic.h>
#include <string.h>

#include "batching.h"

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
enum { JOBS = sizeof crossing / sizeof *crossing, JOBS_MOST = 18, OUTPUTS_MAX = 1 << 12 };
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

/* Waits behind jobs of the batch, and behind its start, are the device's too. */
static void a_batch_waits(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 1, .instance = 1, .group = 0, .after = -1, .delay_ms = 1 },
        { .unit = 0, .instance = 0, .group = 1, .after = 1, .delay_ms = 2 },
        { .unit = 0, .instance = 0, .group = 2, .after = 0, .delay_ms = 1 },
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
    for (int round = 0; round < 10; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
        in_order(stamp, 6);
        assert_true(stamp[1].start_ns >= 1000000);
        assert_true(stamp[2].start_ns >= stamp[1].end_ns + 2000000);
        assert_true(stamp[3].start_ns >= stamp[2].end_ns && stamp[5].start_ns >= stamp[4].end_ns);
        assert_computed(&rig, units, wanted);
    }
    rig_close(&rig);
    assert_int_equal(atomic_load(&seen->compiled), 1);
    assert_int_equal(atomic_load(&seen->lone), 0);
    assert_int_equal(atomic_load(&seen->run), 10 * 6);
}

/* What a thread does divides the round: before it one batch for all units, behind it one of what
 * goes on, of which a wait behind something outside is none. */
static void a_thread_divides_the_round(void **state)
{
    (void) state;
    static const hax_plan_job jobs[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 2, .instance = 1, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 0, .part = HAX_PART_OUT, .to_unit = 2, .after = -1 },
        { .unit = 0, .instance = 0, .group = 1, .after = -1 },
        { .unit = 0, .instance = 0, .group = 2, .after = 3, .delay_ms = 1 },
        { .unit = 0, .instance = 1, .group = 1, .after = 1, .delay_ms = 2 },
        { .unit = 2, .instance = 1, .group = 2, .after = -1 },
    };
    static const hax_plan plan = { 7, jobs };
    static const int units[] = { 0, 2 };
    static float wanted[2][OUTPUTS_MAX];
    rig_state rig;
    hax_stamp stamp[7];
    memset(seen, 0, sizeof *seen);
    compute(&plan, units, wanted);
    rig_open(&rig, "batching", NULL);
    for (int round = 0; round < 10; round++) {
        assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
        in_order(stamp, 7);
        assert_true(stamp[4].start_ns >= stamp[3].end_ns + 1000000);
        assert_true(stamp[5].start_ns >= stamp[1].end_ns + 2000000);
        assert_true(stamp[6].start_ns >= stamp[5].end_ns);
        assert_computed(&rig, units, wanted);
    }
    rig_close(&rig);
    assert_int_equal(atomic_load(&seen->too_early), 0);
    assert_int_equal(atomic_load(&seen->lone), 10);    /* 5 */
    assert_int_equal(atomic_load(&seen->compiled), 3); /* 0, 1 | 3, 4 | 6 */
    assert_int_equal(atomic_load(&seen->largest), 2);
    assert_int_equal(atomic_load(&seen->run), 10 * 5);
}

/* Where times are not asked for: all but the ends of instances and of queues, what others outside
 * of the batch wait for, and what delays count from. */
static void untimed_jobs_are_few(void **state)
{
    (void) state;
    static const hax_plan untimed = { JOBS, crossing, true };
    static const hax_plan_job waiting[] = {
        { .unit = 0, .instance = 0, .group = 0, .after = -1 },
        { .unit = 0, .instance = 0, .group = 1, .after = -1 },
        { .unit = 0, .instance = 0, .group = 2, .after = 0, .delay_ms = 1 },
    };
    static const hax_plan waits = { 3, waiting, true };
    static float wanted[2][OUTPUTS_MAX];
    static const int units[] = { 2, 1 };
    rig_state rig;
    hax_stamp stamp[JOBS];
    memset(seen, 0, sizeof *seen);
    compute(&crossing_plan, units, wanted);
    rig_open(&rig, "batching", NULL);
    assert_int_equal(hax_session_execute(rig.session, &untimed, stamp, NULL), HAX_OK);
    assert_computed(&rig, units, wanted);
    assert_int_equal(atomic_load(&seen->untimed), 3); /* 0, 1 and 2: 3 is its unit's last */
    assert_int_equal(hax_session_execute(rig.session, &crossing_plan, stamp, NULL), HAX_OK);
    assert_int_equal(atomic_load(&seen->compiled), 2); /* they are two batches */
    assert_int_equal(hax_session_execute(rig.session, &waits, stamp, NULL), HAX_OK);
    assert_int_equal(atomic_load(&seen->untimed), 4); /* 1 */
    rig_close(&rig);
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
    jobs[3].after = 2; /* in another stream of the unit: it is waited for all the same */
    assert_int_equal(hax_session_execute(rig.session, &plan, stamp, NULL), HAX_OK);
    assert_true(stamp[3].start_ns >= stamp[2].end_ns);
    jobs[3].after = -1;
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
    return batching_share_counts() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_is_one_batch),
        cmocka_unit_test(a_batch_waits),
        cmocka_unit_test(a_thread_divides_the_round),
        cmocka_unit_test(untimed_jobs_are_few),
        cmocka_unit_test(kinds_hand_over),
        cmocka_unit_test(streams_share_a_unit),
        cmocka_unit_test(what_is_refused_ends_the_round),
        cmocka_unit_test(a_job_that_fails_ends_the_round),
        cmocka_unit_test(a_death_within_a_batch_is_named),
        cmocka_unit_test(stamps_out_of_order_are_named),
    };
    return cmocka_run_group_tests(tests, share_counts, NULL);
}
