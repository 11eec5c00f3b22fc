/*
 * The fewest changes of unit among schedules that are equally good, against brute force over all
 * assignments: none with fewer changes is as good as what is allowed, and what is given is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "brute.h"
#include "editable_problem.h"
#include "instrumented.h"
#include "multi.h"
#include "pair_waits.h"
#include "property.h"

enum { GROUPS_MOST = 12, ASSIGNMENTS_MOST = 800 };

/* All groups of a problem one after the other, with a unit for each. */
typedef struct mapping {
    int count;
    int instance[GROUPS_MOST], group[GROUPS_MOST], unit[GROUPS_MOST];
} mapping;

static bool mapping_begin(const hax_problem *problem, mapping *mapping)
{
    double ways = 1;
    mapping->count = 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            if (mapping->count == GROUPS_MOST)
                return false;
            mapping->instance[mapping->count] = i;
            mapping->group[mapping->count] = g;
            mapping->unit[mapping->count++] = 0;
            ways *= problem->unit_count;
        }
    return ways <= ASSIGNMENTS_MOST;
}

static bool mapping_next(const hax_problem *problem, mapping *mapping)
{
    for (int m = 0; m < mapping->count; m++) {
        if (++mapping->unit[m] < problem->unit_count)
            return true;
        mapping->unit[m] = 0;
    }
    return false;
}

static int mapping_changes(const mapping *mapping)
{
    int changes = 0;
    for (int m = 1; m < mapping->count; m++)
        changes += mapping->group[m] > 0 && mapping->unit[m] != mapping->unit[m - 1];
    return changes;
}

static bool is_better(const hax_problem *problem, double a, double b)
{
    return problem->objective == HAX_THROUGHPUT ? a > b : a < b;
}

/* The best of all schedules with these units, as far as brute force sees. */
static double best_of(const hax_problem *problem, const mapping *mapping)
{
    static editable_problem restricted;
    assert_true(editable_fill(&restricted, problem));
    for (int m = 0; m < mapping->count; m++)
        for (int u = 0; u < problem->unit_count; u++) {
            hax_cost *cost = &restricted.costs[mapping->instance[m]][mapping->group[m]][u];
            if (u != mapping->unit[m])
                cost->allowed = false;
            else if (!cost->allowed)
                return problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
        }
    double best = brute_best(&restricted.problem);
    if (hax_has_contention(problem) && pair_waits_fits(problem))
        best = pair_waits_best(&restricted.problem, best);
    return best;
}

/* The fewest changes with which something is as good as `worst`; -1: nothing is. */
static int fewest_by_force(const hax_problem *problem, double worst)
{
    mapping mapping;
    int fewest = -1;
    assert_true(mapping_begin(problem, &mapping));
    do {
        const int changes = mapping_changes(&mapping);
        if ((fewest < 0 || changes < fewest) &&
            is_better(problem, best_of(problem, &mapping), worst))
            fewest = changes;
    } while (mapping_next(problem, &mapping));
    return fewest;
}

typedef struct tally {
    int tried, fewer, split, proven;
} tally;

/* How bad a value may be, a share of it being given up. */
static double worse_by(const hax_problem *problem, const hax_schedule *best, double share)
{
    const double value = best->value;
    switch (problem->objective) {
    case HAX_THROUGHPUT: return value * (1 - share);
    case HAX_DEADLINE:
        return value > 0 ? value : fmin(value + share * hax_schedule_round_ms(best), 0);
    default: return value * (1 + share);
    }
}

static bool check_fewest(const hax_problem *problem, const hax_schedule *best,
                         const hax_schedule *schedule, double tie, tally *tally, property_why *why)
{
    const double rounding = 1e-6;
    const int changes = hax_schedule_changes(problem, schedule);
    const double worst = worse_by(problem, best, tie);
    if (is_better(problem, worst, schedule->value) &&
        fabs(worst - schedule->value) > rounding * fmax(1, fabs(worst)))
        return property_fails(why, "%.12g is worse than %.12g", schedule->value, worst);
    /* what is allowed a little less, and a little more: between them rounding decides */
    const double less =
        worst - (problem->objective == HAX_THROUGHPUT ? -1 : 1) * rounding * fmax(1, fabs(worst));
    const double more =
        worst + (problem->objective == HAX_THROUGHPUT ? -1 : 1) * rounding * fmax(1, fabs(worst));
    const int at_most = fewest_by_force(problem, less), at_least = fewest_by_force(problem, more);
    const bool exact =
        !hax_has_contention(problem) || pair_waits_fits(problem) || problem->instance_count == 1;
    if (at_most >= 0 && changes > at_most)
        return property_fails(why, "%d changes, brute force %d (tie %g)", changes, at_most, tie);
    if (exact && at_least >= 0 && changes < at_least)
        return property_fails(why, "%d changes, brute force needs %d (tie %g)", changes, at_least,
                              tie);
    tally->tried++;
    tally->fewer += changes < hax_schedule_changes(problem, best);
    tally->split += changes > 0;
    tally->proven += schedule->fewest;
    return true;
}

static bool holds(const hax_problem *problem, unsigned long number, void *context,
                  property_why *why)
{
    static const double ties[] = { 0, 0.01, 0.1, 0.5 };
    const double tie = ties[number % (sizeof ties / sizeof *ties)];
    mapping mapping;
    const hax_schedule *best = NULL, *schedule = NULL;
    hax_error err = { 0 };
    if (!brute_fits(problem) || !mapping_begin(problem, &mapping))
        return true;
    if (hax_solve(problem, NULL, &best, &err) != HAX_OK) {
        hax_schedule_destroy(best);
        return true;
    }
    bool right = hax_solve_fewest(problem, NULL, best, tie, &schedule, &err) == HAX_OK
                     ? check_fewest(problem, best, schedule, tie, context, why)
                     : property_fails(why, "%s", err.message);
    hax_schedule_destroy(best);
    hax_schedule_destroy(schedule);
    return right;
}

static void check_many(const char *name, unsigned long count, const random_options *options)
{
    tally tally = { 0 };
    const property of = { .name = name, .holds = holds, .context = &tally };
    assert_true(property_check(&of, TEST_COUNT(count), options));
    print_message("%d tried, %d proven, fewer changes in %d, some change needed in %d\n",
                  tally.tried, tally.proven, tally.fewer, tally.split);
    assert_int_equal(tally.proven, tally.tried);
    assert_true(tally.fewer > tally.tried / 50 && tally.split > tally.tried / 50);
}

static void fewest_changes_of_two_are_exact(void **state)
{
    (void) state;
    check_many(__func__, 800, &(random_options){ .group_max = 3, .unit_max = 3, .kinds = true });
}

static void fewest_changes_of_two_are_exact_with_contention(void **state)
{
    (void) state;
    check_many(
        __func__, 200,
        &(random_options){ .contention = true, .group_max = 2, .unit_max = 3, .kinds = true });
}

static void fewest_changes_of_three_are_exact(void **state)
{
    (void) state;
    check_many(
        __func__, 400,
        &(random_options){ .group_max = 2, .unit_max = 3, .instance_count = 3, .kinds = true });
}

/* Too large for brute force: the limit is kept by all that searches there (which is asserted where
 * it ends), and the answer is as good as is allowed. */
static void larger_ones_keep_the_limit(void **state)
{
    (void) state;
    const unsigned long count = TEST_COUNT(60);
    const random_options options = {
        .contention = true, .group_max = 5, .unit_max = 4, .instance_count = 4, .kinds = true
    };
    hax_solve_options limits = hax_solve_options_default();
    limits.node_limit = 3000;
    int tried = 0;
    for (unsigned long number = 0; number < count; number++) {
        const hax_problem *problem = random_problem(number, &options);
        const hax_schedule *best = NULL, *schedule = NULL;
        hax_error err = { 0 };
        hax_solve(problem, &limits, &best, &err);
        if (best) {
            assert_int_equal(hax_solve_fewest(problem, &limits, best, 0.1, &schedule, &err),
                             HAX_OK);
            assert_true(hax_schedule_changes(problem, schedule) <=
                        hax_schedule_changes(problem, best));
            const double worst = worse_by(problem, best, 0.1);
            assert_false(is_better(problem, worst, schedule->value) &&
                         fabs(worst - schedule->value) > 1e-6 * fmax(1, fabs(worst)));
            tried++;
        }
        hax_schedule_destroy(best);
        hax_schedule_destroy(schedule);
        hax_problem_destroy(problem);
    }
    assert_true(tried > (int) count / 2);
}

/* A network of two groups, each of which is 0.2 ms faster on a unit of its own: changing in the
 * middle gains one percent, and less than the tie is not worth a change. */
static void a_tie_takes_the_plan_without_changes(void **state)
{
    (void) state;
    static const double ms[2][2] = { { 10, 10.2 }, { 10.2, 10 } };
    hax_cost costs[2][2];
    hax_group_spec groups[2];
    for (int g = 0; g < 2; g++) {
        for (int u = 0; u < 2; u++)
            costs[g][u] = (hax_cost){ .allowed = true, .time_ms = ms[g][u] };
        groups[g] = (hax_group_spec){ .name = g ? "1" : "0", .on = costs[g] };
    }
    static const char *const resources[] = { "r0", "r1" };
    const hax_unit_spec units[] = { { .name = "u", .resources = 1, .max_pieces = -1 },
                                    { .name = "v", .resources = 2, .max_pieces = -1 } };
    const hax_instance_spec instance = {
        .name = "a", .group_count = 2, .groups = groups, .weight = 1, .deadline_ms = INFINITY
    };
    const hax_problem problem = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = 2,
                                  .units = units,
                                  .instance_count = 1,
                                  .instances = &instance,
                                  .max_transitions = -1 };
    const hax_schedule *best = NULL, *near = NULL, *tied = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_solve(&problem, NULL, &best, &err), HAX_OK);
    assert_float_equal(best->value, 20, 1e-9);
    assert_int_equal(hax_schedule_changes(&problem, best), 1);
    assert_int_equal(hax_solve_fewest(&problem, NULL, best, 0.009, &near, &err), HAX_OK);
    assert_int_equal(hax_schedule_changes(&problem, near), 1);
    assert_int_equal(near->proof, HAX_PROOF_ALL);
    assert_true(near->fewest);
    assert_int_equal(hax_solve_fewest(&problem, NULL, best, 0.011, &tied, &err), HAX_OK);
    assert_int_equal(hax_schedule_changes(&problem, tied), 0);
    assert_float_equal(tied->value, 20.2, 1e-9);
    assert_float_equal(tied->bound, 20, 1e-9);
    assert_int_equal(tied->proof, HAX_PROOF_NO); /* of the first objective */
    assert_true(tied->fewest && tied->tie == 0.011);
    const hax_schedule *none = NULL;
    assert_int_equal(hax_solve_fewest(&problem, NULL, best, 1, &none, &err), HAX_USAGE);
    assert_int_equal(hax_solve_fewest(&problem, NULL, best, NAN, &none, &err), HAX_USAGE);
    hax_schedule_destroy(best);
    hax_schedule_destroy(near);
    hax_schedule_destroy(tied);
}

/* The limit of each instance holds beside that of all. */
static void limits_are_told_apart(void **state)
{
    (void) state;
    for (int each = -1; each < 5; each++)
        for (int total = 0; total < 5; total++) {
            hax_problem problem = { .max_transitions = each };
            problem.max_transitions = hax_limit_changes(&problem, total);
            assert_int_equal(hax_total_changes(&problem), total);
            assert_int_equal(hax_transition_limit(&problem), each >= 0 && each < total ? each : -1);
        }
    const hax_problem none = { .max_transitions = -1 }, three = { .max_transitions = 3 };
    assert_int_equal(hax_total_changes(&none), -1);
    assert_int_equal(hax_total_changes(&three), -1);
    assert_int_equal(hax_transition_limit(&three), 3);
    hax_problem large = { .max_transitions = HAX_CHANGES_MOST - 1 };
    large.max_transitions = hax_limit_changes(&large, HAX_CHANGES_MOST);
    assert_int_equal(hax_total_changes(&large), HAX_CHANGES_MOST);
    assert_int_equal(hax_transition_limit(&large), HAX_CHANGES_MOST - 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tie_takes_the_plan_without_changes),
        cmocka_unit_test(limits_are_told_apart),
        cmocka_unit_test(fewest_changes_of_two_are_exact),
        cmocka_unit_test(fewest_changes_of_two_are_exact_with_contention),
        cmocka_unit_test(fewest_changes_of_three_are_exact),
        cmocka_unit_test(larger_ones_keep_the_limit),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("fewest", tests, NULL, NULL);
}
