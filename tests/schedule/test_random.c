/* The exact search against brute force on random tiny problems. A failing case prints its
 * number: the problem is made from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "brute.h"
#include "random_problem.h"
#include "search.h"

static double slack(double value)
{
    return 1e-6 * fmax(1, fabs(value));
}

static void show(unsigned long number, const hax_problem *problem)
{
    char *text = NULL;
    hax_error err;
    if (hax_problem_text(problem, &text, &err) == HAX_OK)
        print_error("problem %lu:\n%s", number, text);
    free(text);
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

static void check_one(unsigned long number, const random_options *options, outcome_tally *tally)
{
    hax_problem *problem = random_problem(number, options);
    assert_non_null(problem);
    double best = brute_best(problem);
    hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    bool ok;
    if (infeasible(problem, best)) {
        ok = status == HAX_INFEASIBLE;
        tally->infeasible++;
    } else {
        ok = (status == HAX_OK || status == HAX_LIMIT) && schedule;
        double by = ok ? lead(problem, schedule->value, best) : 0;
        tally->solved++;
        tally->proven += status == HAX_OK;
        tally->waits_gained += by > slack(best);
        /* never behind event waits if proven; never ahead without contention; the bound holds */
        ok = ok && (status == HAX_LIMIT || by >= -slack(best));
        ok = ok && (options->contention || (status == HAX_OK && by <= slack(best)));
        ok = ok && (options->instance_count <= 2 || status == HAX_OK);
        ok = ok && lead(problem, schedule->bound, best) >= -slack(best);
    }
    if (!ok) {
        show(number, problem);
        print_error("status %s (%s): search %.9g, bound %.9g, brute force %.9g\n",
                    hax_status_name(status), err.message, schedule ? schedule->value : NAN,
                    schedule ? schedule->bound : NAN, best);
    }
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    assert_true(ok);
}

static void check_many(unsigned long count, const random_options *options)
{
    outcome_tally tally = { 0 };
    for (unsigned long number = 0; number < count; number++)
        check_one(number, options, &tally);
    print_message("%lu problems: %d solved, %d proven, %d infeasible, waits of any length better "
                  "in %d\n",
                  count, tally.solved, tally.proven, tally.infeasible, tally.waits_gained);
    assert_true(tally.proven * 10 >= tally.solved * 9);
}

static void agrees_exactly_without_contention(void **state)
{
    (void) state;
    check_many(7000, &(random_options){ .contention = false, .group_max = 3, .unit_max = 3 });
}

static void is_never_behind_with_contention(void **state)
{
    (void) state;
    check_many(7000, &(random_options){ .contention = true, .group_max = 3, .unit_max = 3 });
}

static void many_agree_exactly_without_contention(void **state)
{
    (void) state;
    check_many(4000, &(random_options){
                         .contention = false, .group_max = 2, .unit_max = 3, .instance_count = 3 });
}

static void many_are_never_behind_event_waits(void **state)
{
    (void) state;
    check_many(4000, &(random_options){
                         .contention = true, .group_max = 2, .unit_max = 3, .instance_count = 3 });
    check_many(300, &(random_options){
                        .contention = true, .group_max = 1, .unit_max = 3, .instance_count = 4 });
}

/* The search of many instances given two: as good as the table where it says that it has looked at
 * all waits, else between the table and event waits. Its bound never excludes the table's. */
static void check_pair(unsigned long number, const random_options *options, outcome_tally *tally)
{
    hax_problem *problem = random_problem(number, options);
    double best = brute_best(problem), worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    hax_schedule *exact = NULL;
    search_result many = { 0 };
    hax_status table = hax_solve(problem, NULL, &exact, NULL);
    hax_status status = search_many(problem, NULL, worst, false, &many, NULL);
    bool ok;
    if (table == HAX_INFEASIBLE) {
        ok = status == HAX_INFEASIBLE || (many.complete && many.count == 0);
    } else {
        double ahead = many.count ? lead(problem, many.value, exact->value) : NAN;
        double behind_brute = many.count ? lead(problem, best, many.value) : NAN;
        ok = table == HAX_OK && status == HAX_OK && many.complete && ahead <= slack(best) &&
             behind_brute <= slack(best) && lead(problem, many.bound, exact->value) >= -slack(best);
        ok = ok && (!many.all_waits || ahead >= -slack(best));
        tally->solved += problem->objective == HAX_LATENCY;
        tally->proven += problem->objective == HAX_LATENCY && many.all_waits;
        tally->waits_gained += behind_brute < -slack(best);
    }
    if (!ok) {
        show(number, problem);
        print_error("table %.9g, many %.9g, bound %.9g, brute force %.9g\n",
                    exact ? exact->value : NAN, many.value, many.bound, best);
    }
    free(many.placements);
    hax_schedule_destroy(exact);
    hax_problem_destroy(problem);
    assert_true(ok);
}

static void many_of_two_agree_with_the_table(void **state)
{
    (void) state;
    for (int contention = 0; contention < 2; contention++) {
        outcome_tally tally = { 0 };
        for (unsigned long number = 0; number < 2000; number++)
            check_pair(
                number,
                &(random_options){
                    .contention = contention, .group_max = 3, .unit_max = 3, .instance_count = 2 },
                &tally);
        print_message("%d of latency, %d proven over all waits; waits of any length better in %d\n",
                      tally.solved, tally.proven, tally.waits_gained);
        /* others have an OUT that demands more than its group */
        assert_true(tally.proven * 10 >= tally.solved * 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_exactly_without_contention),
        cmocka_unit_test(is_never_behind_with_contention),
        cmocka_unit_test(many_agree_exactly_without_contention),
        cmocka_unit_test(many_are_never_behind_event_waits),
        cmocka_unit_test(many_of_two_agree_with_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
