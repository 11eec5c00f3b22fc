/*
 * What the jobs of a row took: on the virtual clock what was predicted, job by job and cause by
 * cause; the rules of causes on stamps by hand; and the same on a device that stamps only some
 * jobs.
 */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include <jansson.h>
#include <math.h>
#include <sched.h>

#include "batching.h"
#include "haxconn/run.h"
#include "row_times.h"

/* The virtual clock stamps whole nanoseconds: a length has two ends, a cause some jobs. */
static const double exact_ms = 2e-6, exact_sum_ms = 2e-5;

static double sum_of(const hax_causes *causes)
{
    return causes->alone_ms + causes->contention_ms + causes->entering_ms + causes->waiting_ms +
           causes->barrier_ms;
}

static void assert_adds_up(const hax_result *result)
{
    for (int r = 0; r < result->row_count; r++) {
        const double median_ms = result->rows[r].measured.median;
        for (int i = 0; i < result->problem->instance_count; i++)
            assert_float_equal(sum_of(&result->timelines[r].measured[i]), median_ms,
                               1e-9 * median_ms);
    }
}

static void assert_as_predicted(const hax_result *result, int r)
{
    const hax_timeline *timeline = &result->timelines[r];
    assert_true(timeline->job_count > 0 && timeline->piece_count > 0);
    for (int j = 0; j < timeline->job_count; j++) {
        const hax_timed_job *job = &timeline->jobs[j];
        assert_int_equal(job->took.count, result->rounds);
        assert_float_equal(job->start.median, job->predicted_start_ms, exact_ms);
        assert_float_equal(job->took.median, job->predicted_ms, exact_ms);
        assert_float_equal(job->took.p75, job->took.p25, 0);
    }
    for (int p = 0; p < timeline->piece_count; p++) {
        const hax_timed_piece *piece = &timeline->pieces[p];
        assert_float_equal(piece->start.median, piece->predicted_start_ms, exact_ms);
        assert_float_equal(piece->took.median, piece->predicted_ms, exact_ms);
    }
    for (int i = 0; i < result->problem->instance_count; i++) {
        const hax_causes *predicted = &timeline->predicted[i], *measured = &timeline->measured[i];
        assert_float_equal(sum_of(predicted), result->rows[r].predicted_ms, 1e-9);
        assert_float_equal(measured->alone_ms, predicted->alone_ms, exact_sum_ms);
        assert_float_equal(measured->contention_ms, predicted->contention_ms, exact_sum_ms);
        assert_float_equal(measured->entering_ms, predicted->entering_ms, exact_sum_ms);
        assert_float_equal(measured->waiting_ms, predicted->waiting_ms, exact_sum_ms);
        assert_float_equal(measured->barrier_ms, predicted->barrier_ms, exact_sum_ms);
    }
}

static const hax_result *run(const hax_platform *platform, const hax_profile_network *networks,
                             int rounds)
{
    const hax_result *result = NULL;
    hax_error err = { 0 };
    hax_run_config config = hax_run_config_default();
    config.platform = platform;
    config.network_count = 2;
    config.networks = networks;
    config.rounds = rounds;
    config.seconds = 0;
    config.all_baselines = true;
    config.ignore_contention = true;
    if (hax_run(&config, &result, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return result;
}

static bool has_entering(const hax_result *result)
{
    for (int r = 0; r < result->row_count; r++)
        for (int i = 0; i < result->problem->instance_count; i++)
            if (result->timelines[r].measured[i].entering_ms > exact_sum_ms)
                return true;
    return false;
}

/* Of two kinds, whose plans hand over, and of one kind, whose groups enter. */
static void measured_is_predicted_on_the_virtual_clock(void **state)
{
    (void) state;
    for (int kinds = 1; kinds <= 2; kinds++) {
        lab rig;
        lab_make(&rig);
        rig.platform.units[1].kind = kinds - 1;
        rig.platform.kinds[0].law.enter_ms = 0.25;
        const hax_result *result = run(&rig.platform.platform, rig.networks, 3);
        assert_true(result->row_count > 3 && has_entering(result));
        for (int r = 0; r < result->row_count; r++)
            assert_as_predicted(result, r);
        assert_adds_up(result);
        hax_result_destroy(result);
        lab_free(&rig);
    }
}

/* ---- causes by hand -------------------------------------------------------------------------- */

/* Two networks of two groups, 10 ms each alone, on two units of one kind, the second of which costs
 * 2 ms to enter. */
typedef struct hand {
    hax_entering entering;
    hax_cost costs[2][2]; /* [group][unit] */
    hax_group_spec groups[2];
    hax_instance_spec instances[2];
    hax_unit_spec units[2];
    hax_problem problem;
    trio platform;
    hax_plan_job jobs[4];
    hax_run_row row;
} hand;

static void hand_make(hand *hand)
{
    static const char *const resources[] = { "r0", "r1" };
    const int cpus[] = { 0, 1 };
    memset(hand, 0, sizeof *hand);
    trio_make(&hand->platform, "synthetic", cpus);
    hand->platform.units[1].kind = 0;
    hand->entering = (hax_entering){ 0, 2, 0 };
    for (int g = 0; g < 2; g++) {
        for (int u = 0; u < 2; u++)
            hand->costs[g][u] = (hax_cost){ .allowed = true, .time_ms = 10 };
        hand->groups[g] = (hax_group_spec){ .name = g ? "1" : "0", .on = hand->costs[g] };
    }
    hand->costs[1][1].entering_count = 1;
    hand->costs[1][1].entering = &hand->entering;
    for (int i = 0; i < 2; i++) {
        hand->instances[i] = (hax_instance_spec){ .name = i ? "b" : "a",
                                                  .group_count = 2,
                                                  .groups = hand->groups,
                                                  .weight = 1,
                                                  .deadline_ms = INFINITY };
        hand->units[i] = (hax_unit_spec){
            .name = i ? "u1" : "u0", .resources = 1u << i, .max_pieces = -1, .kind = "first"
        };
    }
    hand->problem = (hax_problem){ .resource_count = 2,
                                   .resources = resources,
                                   .unit_count = 2,
                                   .units = hand->units,
                                   .instance_count = 2,
                                   .instances = hand->instances,
                                   .max_transitions = -1 };
    hand->row = (hax_run_row){ .same_as = -1, .jobs = hand->jobs };
}

static hax_plan_job job(int instance, int group, int unit)
{
    return (hax_plan_job){ .instance = instance, .group = group, .unit = unit, .after = -1 };
}

/* `ms` are starts and ends. */
static void measure(hand *hand, int jobs, int rounds, const double (*ms)[2], const double *round_ms,
                    hax_arena *arena, hax_timeline *timeline)
{
    hax_stamp stamps[16];
    double times[4];
    hax_error err = { 0 };
    assert_true(jobs * rounds <= 16 && rounds <= 4);
    for (int j = 0; j < jobs * rounds; j++)
        stamps[j] = (hax_stamp){ llround(ms[j][0] * 1e6), llround(ms[j][1] * 1e6) };
    memcpy(times, round_ms, (size_t) rounds * sizeof *times);
    hand->row.stamps = stamps;
    hand->row.round_ms = times;
    hand->row.plan = (hax_plan){ .job_count = jobs, .jobs = hand->jobs };
    const hax_timeline_from from = { .platform = &hand->platform.platform,
                                     .problem = &hand->problem,
                                     .row = &hand->row,
                                     .timed = &hand->row,
                                     .rounds = rounds };
    assert_int_equal(hax_timeline_make(&from, arena, timeline, &err), HAX_OK);
}

static void assert_causes(const hax_causes *causes, double alone, double contention,
                          double entering, double waiting, double barrier)
{
    assert_float_equal(causes->alone_ms, alone, 1e-9);
    assert_float_equal(causes->contention_ms, contention, 1e-9);
    assert_float_equal(causes->entering_ms, entering, 1e-9);
    assert_float_equal(causes->waiting_ms, waiting, 1e-9);
    assert_float_equal(causes->barrier_ms, barrier, 1e-9);
}

/* a: group 0 on u0 from 1 to 12, in which b works beside it from 5 on; group 1 on u1, which it
 * enters. b: group 0 on u1 from 5 to 14, then group 1 on u1 with nothing in between and, when a has
 * moved there, behind it. */
static void causes_are_told_by_circumstances(void **state)
{
    (void) state;
    hand hand;
    hax_timeline timeline;
    hax_arena *arena = hax_arena_create();
    hand_make(&hand);
    hand.jobs[0] = job(0, 0, 0); /* enters at the round's begin, and beside: no prediction */
    hand.jobs[1] = job(1, 0, 1);
    hand.jobs[2] = job(1, 1, 1); /* goes on: 11 ms beside nobody are its own */
    hand.jobs[3] = job(0, 1, 1); /* enters: 3 ms more than alone */
    static const double ms[][2] = { { 1, 12 }, { 5, 14 }, { 14, 25 }, { 26, 39 } };
    static const double round_ms[] = { 39 };
    measure(&hand, 4, 1, ms, round_ms, arena, &timeline);
    assert_null(timeline.predicted);
    assert_true(isnan(timeline.jobs[0].predicted_ms));
    assert_causes(&timeline.measured[0], 20, 0, 1 + 3, 1 + 14, 0);
    assert_causes(&timeline.measured[1], 10 + 11, 0, -1, 5, 14);
    assert_int_equal(timeline.piece_count, 3);
    assert_float_equal(timeline.pieces[2].took.median, 20, 1e-9);
    /* b goes on beside a: longer by contention */
    static const double beside[][2] = { { 0, 10 }, { 0, 10 }, { 10, 23 }, { 23, 33 } };
    static const double beside_ms[] = { 33 };
    hand.jobs[3] = job(0, 1, 0);
    static const double together[][2] = { { 0, 10 }, { 0, 10 }, { 10, 23 }, { 10, 19 } };
    measure(&hand, 4, 1, together, (const double[]){ 23 }, arena, &timeline);
    assert_causes(&timeline.measured[1], 20, 3, 0, 0, 0);
    assert_causes(&timeline.measured[0], 20, -1, 0, 0, 4);
    hand.jobs[3] = job(0, 1, 1);
    measure(&hand, 4, 1, beside, beside_ms, arena, &timeline);
    assert_causes(&timeline.measured[1], 23, 0, 0, 0, 10);
    hax_arena_destroy(arena);
}

/* The outer rounds are left out, the rest is scaled to the median of all. */
static void causes_add_up_to_the_median_round(void **state)
{
    (void) state;
    hand hand;
    hax_timeline timeline;
    hax_arena *arena = hax_arena_create();
    hand_make(&hand);
    hand.jobs[0] = job(0, 0, 0);
    hand.jobs[1] = job(1, 0, 0);
    static const double ms[][2] = { { 0, 10 }, { 10, 20 }, { 0, 10 }, { 14, 24 },
                                    { 0, 11 }, { 11, 21 }, { 0, 12 }, { 12, 22 } };
    static const double round_ms[] = { 20, 24, 21, 22 };
    measure(&hand, 2, 4, ms, round_ms, arena, &timeline);
    const double median_ms = 21.5;
    for (int i = 0; i < 2; i++)
        assert_float_equal(sum_of(&timeline.measured[i]), median_ms, 1e-9);
    assert_float_equal(timeline.measured[0].barrier_ms, 10.75, 0.3);
    assert_float_equal(timeline.jobs[1].start.median, 11.5, 1e-9);
    assert_float_equal(timeline.jobs[0].took.p25, 10, 1e-9);
    assert_float_equal(timeline.jobs[0].took.p75, 11.25, 1e-9);
    hax_arena_destroy(arena);
}

/* Jobs without stamps of their own count as the next one of their network. */
static void untimed_jobs_count_with_the_next(void **state)
{
    (void) state;
    hand hand;
    hax_timeline timeline;
    hax_arena *arena = hax_arena_create();
    hand_make(&hand);
    hand.jobs[0] = job(0, 0, 0);
    hand.jobs[1] = job(0, 1, 0);
    static const double ms[][2] = { { 0, 0 }, { 0, 23 } };
    measure(&hand, 2, 1, ms, (const double[]){ 23 }, arena, &timeline);
    assert_causes(&timeline.measured[0], 20, 0, 3, 0, 0);
    assert_int_equal(timeline.jobs[0].first_group, -1);
    assert_int_equal(timeline.jobs[1].first_group, 0);
    /* beside another: most of them come from nowhere */
    hand.jobs[1] = job(1, 0, 1);
    hand.jobs[2] = job(0, 1, 0);
    hand.jobs[3] = job(1, 1, 1);
    static const double beside[][2] = { { 0, 0 }, { 0, 10 }, { 0, 23 }, { 10, 20 } };
    measure(&hand, 4, 1, beside, (const double[]){ 23 }, arena, &timeline);
    assert_causes(&timeline.measured[0], 20, 3, 0, 0, 0);
    assert_causes(&timeline.measured[1], 20, 0, 0, 0, 3);
    static const int first_groups[] = { -1, 0, 0, 1 };
    for (int j = 0; j < 4; j++)
        assert_int_equal(timeline.jobs[j].first_group, first_groups[j]);
    hax_arena_destroy(arena);
}

/* ---- a device that takes up whole rounds ------------------------------------------------------
 */

/* A group without a time of its own is in that of a later one, and all before that one are. */
static void assert_first_groups(const hax_timeline *timeline, int *untimed)
{
    for (int j = 0; j < timeline->job_count; j++) {
        const hax_timed_job *job = &timeline->jobs[j];
        int before = j - 1;
        while (before >= 0 && timeline->jobs[before].instance != job->instance)
            before--;
        *untimed += job->first_group < 0;
        assert_true(job->first_group <= job->group);
        assert_int_equal(job->first_group < 0, job->took.median == 0);
        if (job->first_group >= 0)
            assert_int_equal(job->first_group < job->group,
                             before >= 0 && timeline->jobs[before].first_group < 0);
    }
}

static void causes_add_up_where_streams_run_beside_each_other(void **state)
{
    (void) state;
    trio platform;
    chain net = chain_make();
    int cpus[2] = { sched_getcpu(), sched_getcpu() };
    memset(seen, 0, sizeof *seen);
    trio_make(&platform, "batching", cpus);
    platform.platform.kind_count = 1;
    platform.units[1].kind = 0;
    platform.units[1].first_sm = 8;
    for (int u = 0; u < 3; u++) {
        platform.units[u].sms = u < 2 ? 8 : 16;
        platform.units[u].cpu_count = 0;
    }
    const hax_profile_network networks[] = { { "a", net.model, net.grouping },
                                             { "b", net.model, net.grouping } };
    const hax_result *result = run(&platform.platform, networks, 3);
    assert_adds_up(result);
    bool streams = false;
    int untimed = 0;
    for (int r = 0; r < result->row_count; r++) {
        assert_first_groups(&result->timelines[r], &untimed);
        streams = streams || !result->rows[r].schedule;
        assert_int_equal(result->timelines[r].predicted == NULL, !result->rows[r].schedule);
    }
    assert_true(streams && untimed > 0);
    hax_result_destroy(result);
    chain_free(&net);
}

/* ---- the document ---------------------------------------------------------------------------- */

static void the_document_has_every_job(void **state)
{
    (void) state;
    lab rig;
    char *text = NULL;
    hax_error err = { 0 };
    lab_make(&rig);
    const hax_result *result = run(&rig.platform.platform, rig.networks, 1);
    assert_int_equal(hax_result_text(result, &text, &err), HAX_OK);
    json_t *tree = json_loads(text, 0, NULL), *row;
    size_t r;
    json_array_foreach(json_object_get(tree, "rows"), r, row)
    {
        const hax_timeline *timeline = &result->timelines[r];
        const json_t *jobs = json_object_get(row, "jobs"), *causes = json_object_get(row, "causes");
        assert_int_equal(jobs == NULL, result->rows[r].same_as >= 0);
        if (!jobs)
            continue;
        assert_int_equal(json_array_size(jobs), timeline->job_count);
        const json_t *last = json_array_get(jobs, (size_t) timeline->job_count - 1);
        assert_float_equal(
            json_real_value(json_object_get(json_object_get(last, "start_ms"), "median")),
            timeline->jobs[timeline->job_count - 1].start.median, 1e-9);
        assert_int_equal(json_array_size(causes), 2);
        assert_float_equal(
            json_real_value(json_object_get(json_object_get(json_array_get(causes, 1), "measured"),
                                            "barrier_ms")),
            timeline->measured[1].barrier_ms, 1e-9);
    }
    json_decref(tree);
    free(text);
    hax_result_destroy(result);
    lab_free(&rig);
}

static int share_counts(void **state)
{
    (void) state;
    return batching_share_counts() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_is_predicted_on_the_virtual_clock),
        cmocka_unit_test(causes_are_told_by_circumstances),
        cmocka_unit_test(causes_add_up_to_the_median_round),
        cmocka_unit_test(untimed_jobs_count_with_the_next),
        cmocka_unit_test(causes_add_up_where_streams_run_beside_each_other),
        cmocka_unit_test(the_document_has_every_job),
    };
    return cmocka_run_group_tests_name("timeline", tests, share_counts, NULL);
}
