/* What jobs lose beside each other: every pair, by an evaluation of its own, and lists that leave
 * out what costs least. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chains.h"
#include "documents.h"
#include "haxconn/schedule.h"
#include "instrumented.h"
#include "problem.h"

static const hax_problem *problem_of(const chains_shape *shape, uint64_t seed)
{
    const hax_problem *problem = NULL;
    hax_error err;
    if (chains_make(shape, seed, &problem, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return problem;
}

static const hax_schedule *schedule_of(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    hax_error err;
    if (hax_baseline_earliest_finish(problem, NULL, &schedule, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return schedule;
}

static hax_overlaps overlaps_of(const hax_problem *problem, const hax_schedule *schedule, int most)
{
    hax_overlaps overlaps;
    hax_error err;
    if (hax_schedule_overlaps(problem, schedule, most, &overlaps, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return overlaps;
}

/* ---- every pair ------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static bool runs(const hax_job *job, double from_ms, double to_ms)
{
    return job->start_ms <= from_ms && job->end_ms >= to_ms;
}

/* What one job loses beside another, stretch by stretch between all edges. */
static double lost_beside(const hax_problem *problem, const hax_schedule *schedule,
                          const double *edges_ms, int one, int other)
{
    const hax_job *jobs = schedule->jobs;
    double lost_ms = 0;
    for (int e = 1; e < 2 * schedule->job_count; e++) {
        const double from_ms = edges_ms[e - 1], to_ms = edges_ms[e];
        double external_gbps = 0;
        if (!(to_ms > from_ms) || !runs(&jobs[one], from_ms, to_ms) ||
            !runs(&jobs[other], from_ms, to_ms))
            continue;
        for (int j = 0; j < schedule->job_count; j++)
            if (j != one && runs(&jobs[j], from_ms, to_ms))
                external_gbps += hax_job_gbps(problem, &jobs[j]);
        if (!(external_gbps > 0))
            continue;
        const double slowdown =
            hax_slowdown_value(&problem->units[jobs[one].unit].slowdown,
                               hax_job_own_gbps(problem, &jobs[one]), external_gbps);
        lost_ms += (to_ms - from_ms) * (1 - 1 / slowdown) * hax_job_gbps(problem, &jobs[other]) /
                   external_gbps;
    }
    return lost_ms;
}

static const hax_overlap *find(const hax_overlaps *overlaps, int one, int other)
{
    for (int o = 0; o < overlaps->count; o++)
        if (overlaps->most_expensive[o].job == one && overlaps->most_expensive[o].other == other)
            return &overlaps->most_expensive[o];
    return NULL;
}

static void check_pair(const hax_problem *problem, const hax_schedule *schedule,
                       const double *edges_ms, const hax_overlaps *overlaps, int one, int other)
{
    const hax_job *a = &schedule->jobs[one], *b = &schedule->jobs[other];
    const hax_overlap *found = find(overlaps, one, other);
    const double lost_ms = one == other ? 0 : lost_beside(problem, schedule, edges_ms, one, other);
    const double together_ms = fmin(a->end_ms, b->end_ms) - fmax(a->start_ms, b->start_ms);
    if (fabs(lost_ms - HAX_TIME_TOLERANCE_MS) < 1e-12) /* either way */
        return;
    assert_true((found != NULL) == (lost_ms > HAX_TIME_TOLERANCE_MS));
    if (!found)
        return;
    assert_true(fabs(found->lost_ms - lost_ms) <= 1e-9 * (1 + lost_ms));
    assert_true(fabs(found->together_ms - together_ms) <= 1e-9 * (1 + together_ms));
}

static void each_pair_is_told_as_it_is(void **state)
{
    static const chains_shape shapes[] = {
        { 2, 4, 2, HEAVY, true, HAX_LATENCY, 0 },
        { 5, 3, 4, XAVIER, true, HAX_SUM, 0 },
        { 6, 4, 6, HEAVY, true, HAX_LATENCY, 8 },
        { 3, 4, 3, NONE, true, HAX_LATENCY, 0 },
    };
    (void) state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            const hax_problem *problem = problem_of(&shapes[s], seed);
            const hax_schedule *schedule = schedule_of(problem);
            hax_overlaps overlaps = overlaps_of(problem, schedule, INT_MAX);
            double *edges_ms = calloc(2 * (size_t) schedule->job_count, sizeof *edges_ms);
            assert_non_null(edges_ms);
            for (int j = 0; j < schedule->job_count; j++) {
                edges_ms[2 * j] = schedule->jobs[j].start_ms;
                edges_ms[2 * j + 1] = schedule->jobs[j].end_ms;
            }
            qsort(edges_ms, 2 * (size_t) schedule->job_count, sizeof *edges_ms, by_number);
            for (int a = 0; a < schedule->job_count; a++)
                for (int b = 0; b < schedule->job_count; b++)
                    check_pair(problem, schedule, edges_ms, &overlaps, a, b);
            assert_true(overlaps.left_out == 0 && overlaps.left_out_ms == 0);
            assert_true((overlaps.count == 0) == (shapes[s].contention == NONE));
            free(edges_ms);
            free(overlaps.most_expensive);
            hax_schedule_destroy(schedule);
            hax_problem_destroy(problem);
        }
}

/* ---- the most expensive ---------------------------------------------------------------------- */

static void check_most_expensive(const hax_problem *problem, const hax_schedule *schedule,
                                 const hax_overlaps *all, int most)
{
    hax_overlaps some = overlaps_of(problem, schedule, most);
    double left_out_ms = 0;
    assert_int_equal(some.count, most < all->count ? most : all->count);
    for (int o = 0; o < some.count; o++) /* of equal ones any */
        assert_true(some.most_expensive[o].lost_ms == all->most_expensive[o].lost_ms);
    for (int o = some.count; o < all->count; o++)
        left_out_ms += all->most_expensive[o].lost_ms;
    assert_int_equal(some.left_out, all->count - some.count);
    assert_true(fabs(some.left_out_ms - left_out_ms) <= 1e-9 * (1 + left_out_ms));
    free(some.most_expensive);
}

static void lists_have_the_most_expensive(void **state)
{
    static const chains_shape shape = { 24, 8, 16, HEAVY, true, HAX_LATENCY, 0 };
    static const int most[] = { 0, 1, 2, 31, 32, 33, 63, 64, 65, 200, 1000, 1000000 };
    (void) state;
    const hax_problem *problem = problem_of(&shape, 1);
    const hax_schedule *schedule = schedule_of(problem);
    hax_overlaps all = overlaps_of(problem, schedule, INT_MAX);
    assert_true(all.count > 1000);
    for (size_t m = 0; m < sizeof most / sizeof *most; m++)
        check_most_expensive(problem, schedule, &all, most[m]);
    check_most_expensive(problem, schedule, &all, all.count);
    check_most_expensive(problem, schedule, &all, all.count - 1);
    free(all.most_expensive);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* ---- what is read is not always so ----------------------------------------------------------- */

/* No valid schedule has two jobs of a unit at once; one that was read may claim it. */
static void two_jobs_of_a_unit_at_once_do_no_harm(void **state)
{
    static const chains_shape shape = { 4, 5, 3, HEAVY, true, HAX_LATENCY, 0 };
    (void) state;
    const hax_problem *problem = problem_of(&shape, 1);
    const hax_schedule *schedule = schedule_of(problem);
    hax_schedule claimed = *schedule;
    hax_job *jobs = calloc((size_t) schedule->job_count, sizeof *jobs);
    assert_non_null(jobs);
    for (int j = 0; j < schedule->job_count; j++) {
        jobs[j] = schedule->jobs[j];
        jobs[j].end_ms += 3;
    }
    claimed.jobs = jobs;
    hax_overlaps overlaps = overlaps_of(problem, &claimed, INT_MAX);
    for (int o = 0; o < overlaps.count; o++)
        assert_true(jobs[overlaps.most_expensive[o].job].unit !=
                    jobs[overlaps.most_expensive[o].other].unit);
    hax_overlaps valid = overlaps_of(problem, schedule, INT_MAX);
    assert_true(valid.count > 0);
    for (int o = 0; o < valid.count; o++) /* until the next one of its unit it runs all the same */
        assert_non_null(
            find(&overlaps, valid.most_expensive[o].job, valid.most_expensive[o].other));
    free(valid.most_expensive);
    free(overlaps.most_expensive);
    free(jobs);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* ---- documents ------------------------------------------------------------------------------- */

static double sum_of(const json_t *list)
{
    double lost_ms = 0;
    for (size_t o = 0; o < json_array_size(list); o++)
        lost_ms += json_number_value(json_object_get(json_array_get(list, o), "lost_ms"));
    return lost_ms;
}

static void documents_list_a_thousand_and_what_others_come_to(void **state)
{
    enum { LISTED = 1000 };
    static const chains_shape shape = { 24, 8, 16, HEAVY, true, HAX_LATENCY, 0 };
    (void) state;
    const hax_problem *problem = problem_of(&shape, 1);
    const hax_schedule *schedule = schedule_of(problem);
    hax_overlaps all = overlaps_of(problem, schedule, INT_MAX);
    json_t *document = document_evaluated(problem, schedule->job_count, schedule->jobs);
    json_t *list = json_object_get(document, "overlaps");
    json_t *left_out = json_object_get(document, "overlaps_left_out");
    const double lost_ms = sum_of(list) + json_number_value(json_object_get(left_out, "lost_ms"));
    assert_int_equal(json_array_size(list), LISTED);
    assert_int_equal(json_integer_value(json_object_get(left_out, "count")), all.count - LISTED);
    assert_true(fabs(lost_ms - schedule->lost.contention_ms) <= 1e-9 * lost_ms);
    assert_int_equal(document_verify(problem, document).status, HAX_OK);
    free(all.most_expensive);
    json_decref(document);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* Lists that leave out another one than the cheapest, or do not say how many. */
static void other_lists_are_refused(void **state)
{
    static const chains_shape shape = { 24, 8, 16, HEAVY, true, HAX_LATENCY, 0 };
    static const struct {
        const char *path, *value;
    } changes[] = { { "overlaps[0]", NULL },
                    { "overlaps[500]", NULL },
                    { "overlaps_left_out", NULL },
                    { "overlaps_left_out.count", "1" },
                    { "overlaps_left_out.lost_ms", "0.5" } };
    (void) state;
    const hax_problem *problem = problem_of(&shape, 1);
    const hax_schedule *schedule = schedule_of(problem);
    json_t *valid = document_evaluated(problem, schedule->job_count, schedule->jobs);
    assert_int_equal(document_verify(problem, valid).status, HAX_OK);
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        json_t *document = json_deep_copy(valid);
        assert_non_null(document);
        document_set(document, changes[c].path, changes[c].value);
        assert_int_equal(document_verify(problem, document).status, HAX_MISMATCH);
        json_decref(document);
    }
    json_decref(valid);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_is_told_as_it_is),
        cmocka_unit_test(lists_have_the_most_expensive),
        cmocka_unit_test(two_jobs_of_a_unit_at_once_do_no_harm),
        cmocka_unit_test(documents_list_a_thousand_and_what_others_come_to),
        cmocka_unit_test(other_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
