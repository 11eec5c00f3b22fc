/* The exact search against brute force on tiny problems. One on which they differ is made smaller
 * and kept (property.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "brute.h"
#include "evaluator.h"
#include "instrumented.h"
#include "multi.h"
#include "pair_waits.h"
#include "property.h"

static double slack(double value)
{
    return 1e-6 * fmax(1, fabs(value));
}

/* How much better a is than b in the objective's direction. */
static double lead(const hax_problem *problem, double a, double b)
{
    return problem->objective == HAX_THROUGHPUT ? a - b : b - a;
}

static bool infeasible(const hax_problem *problem, double best)
{
    return problem->objective == HAX_THROUGHPUT ? best == 0 : isinf(best);
}

typedef struct outcome_tally {
    int solved, infeasible, proven, waits_gained;
} outcome_tally;

/* An answer with `status` against the best over event waits: never behind it if proven, and its
 * bound holds; never ahead without contention, where longer waits gain nothing; always proven
 * without contention, and for more than two instances. */
static bool is_right(const hax_problem *problem, hax_status status, const hax_schedule *schedule,
                     double best)
{
    double by = lead(problem, schedule->value, best);
    bool plain = !hax_has_contention(problem), proven = status == HAX_OK;
    return (proven || status == HAX_LIMIT) && (!proven || by >= -slack(best)) &&
           (!plain || (proven && by <= slack(best))) && (problem->instance_count <= 2 || proven) &&
           lead(problem, schedule->bound, best) >= -slack(best);
}

static bool agrees(const hax_problem *problem, unsigned long number, void *context,
                   property_why *why)
{
    if (!brute_fits(problem))
        return true;
    outcome_tally *tally = context;
    double best = brute_best(problem);
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    bool none = infeasible(problem, best);
    bool holds =
        none ? status == HAX_INFEASIBLE : schedule && is_right(problem, status, schedule, best);
    (void) number;
    tally->infeasible += none;
    tally->solved += !none;
    tally->proven += status == HAX_OK;
    tally->waits_gained += !none && schedule && lead(problem, schedule->value, best) > slack(best);
    if (!holds)
        property_fails(why, "status %s (%s): search %.9g, bound %.9g, brute force %.9g",
                       hax_status_name(status), err.message, schedule ? schedule->value : NAN,
                       schedule ? schedule->bound : NAN, best);
    hax_schedule_destroy(schedule);
    return holds;
}

static void check_many(const char *name, unsigned long count, const random_options *options)
{
    outcome_tally tally = { 0 };
    const property of = { .name = name, .holds = agrees, .context = &tally };
    assert_true(property_check(&of, count, options));
    print_message("%d solved, %d proven, %d infeasible, waits of any length better in %d\n",
                  tally.solved, tally.proven, tally.infeasible, tally.waits_gained);
    assert_true(tally.proven * 10 >= tally.solved * 9);
}

static void agrees_exactly_without_contention(void **state)
{
    (void) state;
    check_many(__func__, 7000,
               &(random_options){ .contention = false, .group_max = 3, .unit_max = 3 });
}

static void is_never_behind_with_contention(void **state)
{
    (void) state;
    check_many(__func__, 7000,
               &(random_options){ .contention = true, .group_max = 3, .unit_max = 3 });
}

static void many_agree_exactly_without_contention(void **state)
{
    (void) state;
    check_many(__func__, 4000,
               &(random_options){
                   .contention = false, .group_max = 2, .unit_max = 3, .instance_count = 3 });
}

static void many_are_never_behind_event_waits(void **state)
{
    (void) state;
    check_many(__func__, 4000,
               &(random_options){
                   .contention = true, .group_max = 2, .unit_max = 3, .instance_count = 3 });
    check_many(__func__, 300,
               &(random_options){
                   .contention = true, .group_max = 1, .unit_max = 3, .instance_count = 4 });
}

/* ---- waits of any length --------------------------------------------------------------------- */

static bool no_wait_is_missed(const hax_problem *problem, unsigned long number, void *context,
                              property_why *why)
{
    outcome_tally *tally = context;
    const hax_schedule *schedule = NULL;
    char reason[EVALUATOR_WHY_BYTES];
    (void) number;
    if (!pair_waits_fits(problem) || hax_solve(problem, NULL, &schedule, NULL) != HAX_OK)
        return true;
    double waits = pair_waits_best(problem, schedule->value);
    bool holds = evaluator_agrees(problem, schedule, reason) || property_fails(why, "%s", reason);
    if (lead(problem, waits, schedule->value) > slack(waits))
        holds =
            property_fails(why, "%.12g, with waits of any length %.12g", schedule->value, waits);
    tally->solved++;
    tally->waits_gained += lead(problem, schedule->value, brute_best(problem)) > slack(waits);
    hax_schedule_destroy(schedule);
    return holds;
}

static void no_wait_of_any_length_is_missed(void **state)
{
    (void) state;
    outcome_tally tally = { 0 };
    const property of = { .name = __func__, .holds = no_wait_is_missed, .context = &tally };
    assert_true(property_check(
        &of, 5000, &(random_options){ .contention = true, .group_max = 2, .unit_max = 3 }));
    print_message("%d solved, longer waits gain in %d\n", tally.solved, tally.waits_gained);
    assert_true(tally.waits_gained > TEST_COUNT(20));
}

/* ---- extremes ------------------------------------------------------------------------------ */

/* How many problems of each kind; the program's second argument. */
static unsigned long extremes_count = 6000;

/* What the words around an answer promise: a gap of 0 is a proof and the other way round; nothing
 * is endless; the bound is on the right side; deadlines that are missed do not pass. */
static bool is_consistent(const hax_problem *problem, hax_status status,
                          const hax_schedule *schedule, property_why *why)
{
    bool proven = schedule->proof == HAX_PROOF_ALL;
    if ((schedule->gap == 0) != proven || (schedule->proof != HAX_PROOF_NO) != (status == HAX_OK))
        return property_fails(why, "gap %.9g, proven %s, %s", schedule->gap,
                              hax_proof_name(schedule->proof), hax_status_name(status));
    if (!isfinite(schedule->value) || lead(problem, schedule->bound, schedule->value) < 0 ||
        (proven && schedule->bound != schedule->value))
        return property_fails(why, "value %.17g, bound %.17g", schedule->value, schedule->bound);
    bool missed = problem->objective == HAX_DEADLINE && schedule->value > 1e-9;
    hax_status met = hax_deadlines_check(problem, schedule, NULL);
    if (missed != (met != HAX_OK) || (missed && proven && met != HAX_INFEASIBLE))
        return property_fails(why, "lateness %.9g, deadlines: %s", schedule->value,
                              hax_status_name(met));
    return true;
}

/* The same with hardly a search: what it says must be true of the optimum. */
static bool stopped_is_consistent(const hax_problem *problem, const hax_schedule *best,
                                  double rounding, property_why *why)
{
    hax_solve_options few = hax_solve_options_default();
    few.node_limit = 1;
    const hax_schedule *stopped = NULL;
    hax_status status = hax_solve(problem, &few, &stopped, NULL);
    bool holds = stopped == NULL || is_consistent(problem, status, stopped, why);
    if (holds && stopped && lead(problem, stopped->bound, best->value) < -rounding)
        holds = property_fails(why, "stopped, the bound is %.9g, optimum %.9g", stopped->bound,
                               best->value);
    if (holds && stopped && stopped->proof == HAX_PROOF_ALL &&
        lead(problem, stopped->value, best->value) < -rounding)
        holds = property_fails(why, "stopped, %.9g is proven, optimum %.9g", stopped->value,
                               best->value);
    hax_schedule_destroy(stopped);
    return holds;
}

/* Relative to what the value comes from: a lateness is a difference of times. */
static double extreme_slack(const hax_problem *problem, const hax_schedule *schedule)
{
    double size = fabs(schedule->value);
    for (int i = 0; problem->objective == HAX_DEADLINE && i < problem->instance_count; i++)
        if (schedule->finish_ms[i] - problem->instances[i].deadline_ms >= schedule->value)
            size = fmax(size, schedule->finish_ms[i]);
    return problem->objective == HAX_THROUGHPUT || problem->objective == HAX_SUM
               ? 1e-7 * size
               : fmax(1e-7 * size, 2e-9);
}

static bool extreme_is_right(const hax_problem *problem, hax_status status,
                             const hax_schedule *schedule, double best, outcome_tally *tally,
                             property_why *why)
{
    char reason[EVALUATOR_WHY_BYTES];
    const double rounding = extreme_slack(problem, schedule);
    const int count = problem->instance_count;
    if (!evaluator_agrees(problem, schedule, reason))
        return property_fails(why, "%s", reason);
    if (status != HAX_OK || (count <= 2 && schedule->proof != HAX_PROOF_ALL))
        return property_fails(why, "%s, proven %s", hax_status_name(status),
                              hax_proof_name(schedule->proof));
    if (lead(problem, schedule->value, best) < -rounding)
        return property_fails(why, "%.12g, brute force %.12g", schedule->value, best);
    if ((count == 1 || !hax_has_contention(problem)) &&
        lead(problem, schedule->value, best) > rounding)
        return property_fails(why, "%.12g is better than brute force's %.12g", schedule->value,
                              best);
    tally->waits_gained += lead(problem, schedule->value, best) > rounding;
    if (hax_has_contention(problem) && pair_waits_fits(problem)) {
        double waits = pair_waits_best(problem, schedule->value);
        if (lead(problem, waits, schedule->value) > rounding)
            return property_fails(why, "%.12g, with waits of any length %.12g", schedule->value,
                                  waits);
    }
    return is_consistent(problem, status, schedule, why) &&
           stopped_is_consistent(problem, schedule, rounding, why);
}

static bool extreme_agrees(const hax_problem *problem, unsigned long number, void *context,
                           property_why *why)
{
    if (!brute_fits(problem))
        return true;
    outcome_tally *tally = context;
    double best = brute_best(problem);
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    bool none = infeasible(problem, best), holds;
    (void) number;
    if (none || !schedule)
        holds = (none && status == HAX_INFEASIBLE) ||
                property_fails(why, "%s (%s), brute force %.9g", hax_status_name(status),
                               err.message, best);
    else
        holds = extreme_is_right(problem, status, schedule, best, tally, why);
    tally->infeasible += none;
    tally->solved += !none;
    tally->proven += schedule && schedule->proof == HAX_PROOF_ALL;
    hax_schedule_destroy(schedule);
    return holds;
}

static void check_extremes(const char *name, int instances, int groups, int units)
{
    for (int contention = 0; contention < 2; contention++) {
        const random_options options = { .contention = contention,
                                         .group_max = groups,
                                         .unit_max = units,
                                         .instance_count = instances,
                                         .extremes = true };
        outcome_tally tally = { 0 };
        const property of = { .name = name, .holds = extreme_agrees, .context = &tally };
        assert_true(property_check(&of, extremes_count / 2, &options));
        print_message(
            "%d solved, %d proven over all waits, %d infeasible, longer waits gain in %d\n",
            tally.solved, tally.proven, tally.infeasible, tally.waits_gained);
    }
}

static void extremes_of_one_are_exact(void **state)
{
    (void) state;
    check_extremes(__func__, 1, 4, 3);
}

static void extremes_of_two_are_exact(void **state)
{
    (void) state;
    check_extremes(__func__, 2, 2, 3);
}

static void extremes_of_three_are_exact(void **state)
{
    (void) state;
    check_extremes(__func__, 3, 2, 2);
}

/* Too large for brute force: what two instances end with is a proof all the same. */
static bool is_proven(const hax_problem *problem, unsigned long number, void *context,
                      property_why *why)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    char reason[EVALUATOR_WHY_BYTES];
    (void) number;
    (void) context;
    if (problem->instance_count > 2)
        return true;
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    bool holds =
        status == HAX_INFEASIBLE ||
        (schedule && is_consistent(problem, status, schedule, why) &&
         (evaluator_agrees(problem, schedule, reason) || property_fails(why, "%s", reason)));
    if (holds && schedule && schedule->proof != HAX_PROOF_ALL)
        holds = property_fails(why, "%s (%s), value %.12g, bound %.12g", hax_status_name(status),
                               err.message, schedule->value, schedule->bound);
    hax_schedule_destroy(schedule);
    return holds;
}

static void two_are_always_proven(void **state)
{
    (void) state;
    for (int extremes = 0; extremes < 2; extremes++) {
        const random_options options = { .contention = true,
                                         .group_max = 12,
                                         .unit_max = 4,
                                         .instance_count = 2,
                                         .extremes = extremes };
        const property of = { .name = __func__, .holds = is_proven };
        assert_true(property_check(&of, extremes_count / 10, &options));
    }
}

/* The search of many instances given two: as good as the table where it says that it has looked at
 * all waits, else between the table and event waits. Its bound never excludes the table's. */
static bool many_is_right(const hax_problem *problem, const hax_schedule *exact,
                          const hax_search_result *many, double best)
{
    double ahead = many->count ? lead(problem, many->value, exact->value) : NAN;
    double behind_brute = many->count ? lead(problem, best, many->value) : NAN;
    return many->complete && ahead <= slack(best) && behind_brute <= slack(best) &&
           lead(problem, many->bound, exact->value) >= -slack(best) &&
           (!many->all_waits || ahead >= -slack(best));
}

static bool agrees_with_table(const hax_problem *problem, unsigned long number, void *context,
                              property_why *why)
{
    if (problem->instance_count != 2 || !brute_fits(problem))
        return true;
    double best = brute_best(problem), worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    outcome_tally *tally = context;
    const hax_schedule *exact = NULL;
    hax_search_result many = { 0 };
    (void) number;
    hax_status table = hax_solve(problem, NULL, &exact, NULL);
    hax_status status = hax_portfolio_search(problem, NULL, worst, false, &many, NULL);
    bool holds =
        table == HAX_INFEASIBLE
            ? status == HAX_INFEASIBLE || (many.complete && many.count == 0)
            : table == HAX_OK && status == HAX_OK && many_is_right(problem, exact, &many, best);
    tally->solved += table == HAX_OK && problem->objective == HAX_LATENCY;
    tally->proven += table == HAX_OK && problem->objective == HAX_LATENCY && many.all_waits;
    tally->waits_gained += many.count && lead(problem, many.value, best) > slack(best);
    if (!holds)
        property_fails(why, "table %.9g, many %.9g, bound %.9g, brute force %.9g",
                       exact ? exact->value : NAN, many.value, many.bound, best);
    free(many.placements);
    hax_schedule_destroy(exact);
    return holds;
}

static void many_of_two_agree_with_the_table(void **state)
{
    (void) state;
    for (int contention = 0; contention < 2; contention++) {
        outcome_tally tally = { 0 };
        const property of = { __func__, agrees_with_table, &tally, NULL };
        assert_true(property_check(
            &of, 2000,
            &(random_options){
                .contention = contention, .group_max = 3, .unit_max = 3, .instance_count = 2 }));
        print_message("%d of latency, %d proven over all waits; waits of any length better in %d\n",
                      tally.solved, tally.proven, tally.waits_gained);
        /* others have an OUT that demands more than its group */
        assert_true(tally.proven * 10 >= tally.solved * 8);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_exactly_without_contention),
        cmocka_unit_test(is_never_behind_with_contention),
        cmocka_unit_test(many_agree_exactly_without_contention),
        cmocka_unit_test(many_are_never_behind_event_waits),
        cmocka_unit_test(many_of_two_agree_with_the_table),
        cmocka_unit_test(no_wait_of_any_length_is_missed),
        cmocka_unit_test(extremes_of_one_are_exact),
        cmocka_unit_test(extremes_of_two_are_exact),
        cmocka_unit_test(extremes_of_three_are_exact),
        cmocka_unit_test(two_are_always_proven),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    if (argc > 2)
        extremes_count = strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
