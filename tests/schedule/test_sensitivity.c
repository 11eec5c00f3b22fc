/* Ranges of speed and regrets that are known by hand, and what must hold on random problems. A
 * failing case prints its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/sensitivity.h"
#include "random_problem.h"

enum { PROBLEMS = 60, PROBLEMS_OF_THREE = 8 };

static const hax_schedule *solve(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    if (hax_solve(problem, NULL, &schedule, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return schedule;
}

/* One network of one group: 10 ms on "slow", 12 ms on "fast". It runs on the first as long as that
 * is under 1.2 times slower, and as long as the other is under 1.2 times faster. */
static const hax_problem *one_choice(hax_objective objective)
{
    static const char *const resources[] = { "r0", "r1" };
    static const hax_unit_spec units[] = {
        { .name = "slow", .resources = 1, .max_pieces = -1 },
        { .name = "fast", .resources = 2, .max_pieces = -1 },
    };
    static const hax_cost costs[] = { { .allowed = true, .time_ms = 10 },
                                      { .allowed = true, .time_ms = 12 } };
    static const hax_group_spec group = { .name = "0", .on = costs };
    static const hax_instance_spec instance = {
        .name = "A", .group_count = 1, .groups = &group, .weight = 1, .deadline_ms = 11
    };
    const hax_problem problem = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = 2,
                                  .units = units,
                                  .instance_count = 1,
                                  .instances = &instance,
                                  .objective = objective,
                                  .max_transitions = -1 };
    const hax_problem *copy = NULL;
    assert_int_equal(hax_problem_copy(&problem, &copy, NULL), HAX_OK);
    return copy;
}

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > 0.006 * expected)
        fail_msg("%g is not %g", value, expected);
}

static void ranges_are_those_by_hand(void **state)
{
    (void) state;
    const hax_objective objectives[] = { HAX_LATENCY, HAX_THROUGHPUT, HAX_SUM, HAX_DEADLINE };
    for (size_t o = 0; o < sizeof objectives / sizeof *objectives; o++) {
        const hax_problem *problem = one_choice(objectives[o]);
        const hax_schedule *schedule = solve(problem);
        hax_sensitivity seen = hax_sensitivity_default();
        assert_int_equal(hax_schedule_sensitivity(problem, schedule, NULL, &seen, NULL), HAX_OK);
        assert_true(seen.optimal && !seen.limited);
        assert_true(seen.units[0].low_open && !seen.units[0].high_open);
        assert_true(!seen.units[1].low_open && seen.units[1].high_open);
        assert_near(seen.units[0].low, 0.25);
        assert_near(seen.units[0].high, 1.2);
        assert_near(seen.units[1].low, 10. / 12);
        assert_near(seen.units[1].high, 4);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
    }
}

/* At 20 % the corner is 12 against 9.6. */
static void regret_is_that_by_hand(void **state)
{
    (void) state;
    const hax_objective objectives[] = { HAX_LATENCY, HAX_THROUGHPUT, HAX_SUM, HAX_DEADLINE };
    hax_sensitivity_options options = hax_sensitivity_options_default();
    options.spread = 0.2;
    for (size_t o = 0; o < sizeof objectives / sizeof *objectives; o++) {
        const hax_problem *problem = one_choice(objectives[o]);
        const hax_schedule *schedule = solve(problem);
        hax_sensitivity seen = hax_sensitivity_default();
        assert_int_equal(hax_schedule_sensitivity(problem, schedule, &options, &seen, NULL),
                         HAX_OK);
        assert_float_equal(seen.regret, 12 / 9.6 - 1, 1e-9);
        assert_float_equal(seen.worst[0], 1.2, 1e-12);
        assert_float_equal(seen.worst[1], 0.8, 1e-12);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
    }
}

/* 12 against 10.8; where only the first moves, 12 against 12. */
static void units_may_have_spreads_of_their_own(void **state)
{
    (void) state;
    const double spreads[][2] = { { 0.2, 0.1 }, { 0.2, 0 }, { 0, 0.2 }, { 0, 0 } };
    const double regrets[] = { 12 / 10.8 - 1, 0, 10 / 9.6 - 1, 0 };
    const hax_problem *problem = one_choice(HAX_LATENCY);
    const hax_schedule *schedule = solve(problem);
    for (size_t s = 0; s < sizeof regrets / sizeof *regrets; s++) {
        hax_sensitivity_options options = hax_sensitivity_options_default();
        options.spread = 0.5;
        options.unit_spreads = spreads[s];
        hax_sensitivity seen = hax_sensitivity_default();
        assert_int_equal(hax_schedule_sensitivity(problem, schedule, &options, &seen, NULL),
                         HAX_OK);
        assert_float_equal(seen.regret, regrets[s], 1e-9);
        assert_float_equal(seen.moves.largest, fmax(spreads[s][0], spreads[s][1]), 1e-12);
        assert_float_equal(seen.moves.high[0], 1 + spreads[s][0], 1e-12);
        assert_float_equal(seen.moves.low[1], 1 - spreads[s][1], 1e-12);
        assert_false(seen.moves.measured);
    }
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* 10 ms goes up to 15 and 12 ms down to 9, as measured, whatever the spread is: 15 against 9. OUT
 * and IN would go with them; a group that says nothing moves by the spread. */
static void times_move_as_far_as_measured(void **state)
{
    (void) state;
    const hax_problem *problem = one_choice(HAX_LATENCY), *limited = NULL, *back = NULL;
    hax_instance_spec instance = problem->instances[0];
    hax_cost costs[] = { instance.groups[0].on[0], instance.groups[0].on[1] };
    const hax_group_spec group = { .name = "0", .on = costs };
    hax_problem changed = *problem;
    instance.groups = &group;
    changed.instances = &instance;
    costs[0].low_ms = 9;
    costs[0].high_ms = 15;
    costs[1].low_ms = 9;
    costs[1].high_ms = 13;
    assert_int_equal(hax_problem_copy(&changed, &limited, NULL), HAX_OK);
    const hax_schedule *schedule = solve(limited);
    hax_sensitivity_options options = hax_sensitivity_options_default();
    options.spread = 0.2;
    options.measured = true;
    hax_sensitivity seen = hax_sensitivity_default();
    assert_int_equal(hax_schedule_sensitivity(limited, schedule, &options, &seen, NULL), HAX_OK);
    assert_true(seen.moves.measured);
    assert_float_equal(seen.regret, 15.0 / 9 - 1, 1e-9);
    assert_float_equal(seen.worst[0], 1.5, 1e-12);
    assert_float_equal(seen.worst[1], 0.75, 1e-12);
    assert_float_equal(seen.moves.largest, 0.5, 1e-12);
    options.measured = false;
    assert_int_equal(hax_schedule_sensitivity(limited, schedule, &options, &seen, NULL), HAX_OK);
    assert_float_equal(seen.regret, 12 / 9.6 - 1, 1e-9);
    costs[1].low_ms = costs[1].high_ms = 0;
    options.measured = true;
    assert_int_equal(hax_schedule_sensitivity(&changed, schedule, &options, &seen, NULL), HAX_OK);
    assert_float_equal(seen.regret, 15 / 9.6 - 1, 1e-9);
    costs[0].high_ms = 9.5; /* under its time */
    assert_int_equal(hax_problem_copy(&changed, &back, NULL), HAX_BAD_INPUT);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(limited);
    hax_problem_destroy(problem);
}

static void what_is_not_optimal_has_no_range(void **state)
{
    (void) state;
    const hax_problem *problem = one_choice(HAX_LATENCY);
    const int units[] = { 1 };
    const hax_schedule *schedule = NULL;
    hax_sensitivity seen = hax_sensitivity_default();
    assert_int_equal(hax_schedule_whole(problem, "x", units, NULL, &schedule, NULL), HAX_OK);
    assert_int_equal(hax_schedule_sensitivity(problem, schedule, NULL, &seen, NULL), HAX_OK);
    assert_false(seen.optimal);
    assert_float_equal(seen.units[0].low, 1, 0);
    assert_float_equal(seen.units[0].high, 1, 0);
    assert_float_equal(seen.regret, 0.2, 1e-9);
    hax_sensitivity_options wrong = hax_sensitivity_options_default();
    wrong.spread = 1;
    hax_error err = { 0 };
    assert_int_equal(hax_schedule_sensitivity(problem, schedule, &wrong, &seen, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "spread of 1"));
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
}

/* By how much a schedule is worse than the optimum, relative, when one unit's times move. */
static double behind(const hax_problem *problem, const hax_schedule *schedule, int unit,
                     double factor)
{
    double factors[HAX_MAX_UNITS];
    const hax_problem *moved = NULL;
    const hax_schedule *here = NULL;
    for (int u = 0; u < problem->unit_count; u++)
        factors[u] = u == unit ? factor : 1;
    assert_int_equal(hax_problem_scale(problem, factors, &moved, NULL), HAX_OK);
    const hax_schedule *best = solve(moved);
    assert_int_equal(
        hax_schedule_evaluate(moved, "x", schedule->job_count, schedule->jobs, &here, NULL),
        HAX_OK);
    double worse = fabs(here->value - best->value) / fabs(best->value);
    hax_schedule_destroy(best);
    hax_schedule_destroy(here);
    hax_problem_destroy(moved);
    return worse;
}

static int check_ends(const hax_problem *problem, unsigned long number)
{
    const hax_schedule *schedule = solve(problem);
    hax_sensitivity seen = hax_sensitivity_default();
    int ends = 0;
    assert_int_equal(hax_schedule_sensitivity(problem, schedule, NULL, &seen, NULL), HAX_OK);
    if (!seen.optimal || seen.regret > HAX_REGRET_TOLERANCE)
        fail_msg("problem %lu: the optimum has a regret of %g", number, seen.regret);
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_speed_range *range = &seen.units[u];
        const double inside[] = { range->low, range->high };
        const double outside[] = { range->low / 1.0051, range->high * 1.0051 };
        const bool open[] = { range->low_open, range->high_open };
        for (int end = 0; end < 2; end++) {
            if (behind(problem, schedule, u, inside[end]) > 2e-6)
                fail_msg("problem %lu, unit %d: not optimal at %g", number, u, inside[end]);
            if (!open[end] && behind(problem, schedule, u, outside[end]) < 1e-7)
                fail_msg("problem %lu, unit %d: still optimal at %g", number, u, outside[end]);
            ends += !open[end];
        }
    }
    hax_schedule_destroy(schedule);
    return ends;
}

/* Latency only: for the other objectives the regret is relative to something else. */
static void ends_are_where_another_schedule_takes_over(void **state)
{
    (void) state;
    int ends = 0;
    for (int contention = 0; contention < 2; contention++) {
        const random_options options = { .contention = contention, .group_max = 3, .unit_max = 3 };
        for (unsigned long number = 0; number < PROBLEMS; number++) {
            const hax_problem *problem = random_problem(number, &options);
            const hax_schedule *possible = NULL;
            if (problem->objective == HAX_LATENCY &&
                hax_solve(problem, NULL, &possible, NULL) == HAX_OK && possible->value > 0)
                ends += check_ends(problem, number);
            hax_schedule_destroy(possible);
            hax_problem_destroy(problem);
        }
    }
    assert_true(ends > 10);
}

/* Is another schedule than the optimum chosen? */
static bool check_robust(const hax_problem *problem, double spread, unsigned long number)
{
    hax_sensitivity_options options = hax_sensitivity_options_default();
    options.spread = spread;
    const hax_schedule *best = solve(problem), *chosen = NULL;
    const hax_schedule *const candidates[] = { best };
    hax_robust robust = hax_robust_default();
    hax_sensitivity first = hax_sensitivity_default(), second = first;
    assert_int_equal(hax_schedule_robust(problem, 1, candidates, &options, &chosen, &robust, NULL),
                     HAX_OK);
    const hax_schedule *taken = chosen ? chosen : best;
    if (hax_schedule_verify(problem, taken, NULL) != HAX_OK)
        fail_msg("problem %lu: the robust schedule is none", number);
    assert_int_equal(hax_schedule_sensitivity(problem, best, &options, &first, NULL), HAX_OK);
    assert_int_equal(hax_schedule_sensitivity(problem, taken, &options, &second, NULL), HAX_OK);
    if (second.regret > first.regret || fabs(second.regret - robust.regret) > 1e-9 ||
        fabs(first.regret - robust.nominal_regret) > 1e-9)
        fail_msg("problem %lu: worst regret %.12g (said %.12g), of the optimum %.12g (said %.12g)",
                 number, second.regret, robust.regret, first.regret, robust.nominal_regret);
    if (hax_objective_better(problem->objective, robust.value, robust.nominal_value))
        fail_msg("problem %lu: %g is better than the optimum", number, robust.value);
    bool another = chosen != NULL;
    hax_schedule_destroy(chosen);
    hax_schedule_destroy(best);
    return another;
}

static int check_robust_ones(unsigned long count, const random_options *options)
{
    int others = 0;
    for (unsigned long number = 0; number < count; number++) {
        const hax_problem *problem = random_problem(number, options);
        const hax_schedule *possible = NULL;
        if (hax_solve(problem, NULL, &possible, NULL) == HAX_OK) {
            assert_false(check_robust(problem, 0, number));
            others += check_robust(problem, 0.2, number);
        }
        hax_schedule_destroy(possible);
        hax_problem_destroy(problem);
    }
    return others;
}

static void robust_is_never_worse_than_the_optimum(void **state)
{
    (void) state;
    const random_options two = { .contention = true, .group_max = 3, .unit_max = 3 };
    const random_options three = {
        .contention = true, .group_max = 2, .unit_max = 2, .instance_count = 3
    };
    assert_true(check_robust_ones(PROBLEMS, &two) > 0);
    check_robust_ones(PROBLEMS_OF_THREE, &three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_those_by_hand),
        cmocka_unit_test(regret_is_that_by_hand),
        cmocka_unit_test(units_may_have_spreads_of_their_own),
        cmocka_unit_test(times_move_as_far_as_measured),
        cmocka_unit_test(what_is_not_optimal_has_no_range),
        cmocka_unit_test(ends_are_where_another_schedule_takes_over),
        cmocka_unit_test(robust_is_never_worse_than_the_optimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
