/* What must hold between the optima of a random problem and of one changed in a known way. A
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

#include "haxconn/schedule.h"
#include "random_problem.h"

enum { UNITS = 5, INSTANCES = 3, GROUPS = 12, PROBLEMS = 2000, PROBLEMS_OF_THREE = 300 };

/* A problem that can be changed. */
typedef struct draft {
    hax_problem problem;
    hax_unit_spec units[UNITS];
    hax_instance_spec instances[INSTANCES];
    hax_group_spec groups[INSTANCES][GROUPS];
    hax_cost costs[INSTANCES][GROUPS][UNITS];
    int after[INSTANCES][INSTANCES];
} draft;

static void fill_draft(draft *made, const hax_problem *from)
{
    made->problem = *from;
    made->problem.units = made->units;
    made->problem.instances = made->instances;
    memcpy(made->units, from->units, (size_t) from->unit_count * sizeof *made->units);
    for (int i = 0; i < from->instance_count; i++) {
        made->instances[i] = from->instances[i];
        made->instances[i].groups = made->groups[i];
        made->instances[i].after = made->after[i];
        for (int a = 0; a < from->instances[i].after_count; a++)
            made->after[i][a] = from->instances[i].after[a];
        for (int g = 0; g < from->instances[i].group_count; g++) {
            made->groups[i][g] = from->instances[i].groups[g];
            made->groups[i][g].on = made->costs[i][g];
            memcpy(made->costs[i][g], from->instances[i].groups[g].on,
                   (size_t) from->unit_count * sizeof(hax_cost));
        }
    }
}

/* The worst there is where nothing is feasible. */
static double optimum(const hax_problem *problem)
{
    hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    if (status == HAX_INFEASIBLE)
        return problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    if (status != HAX_OK)
        print_error("%s: %s\n", hax_status_name(status), err.message);
    assert_int_equal(status, HAX_OK);
    double value = schedule->value;
    hax_schedule_destroy(schedule);
    return value;
}

static bool same(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-6 * fmax(1, fabs(a));
}

/* a at least as good as b */
static bool at_least(const hax_problem *problem, double a, double b)
{
    return same(a, b) || (problem->objective == HAX_THROUGHPUT ? a > b : a < b);
}

typedef void change(draft *of, unsigned long number);
typedef bool relation(const hax_problem *problem, double before, double after);

static void check_some(unsigned long count, const random_options *options, change *apply,
                       relation *holds)
{
    for (unsigned long number = 0; number < count; number++) {
        hax_problem *problem = random_problem(number, options), *changed = NULL;
        static draft of;
        fill_draft(&of, problem);
        apply(&of, number);
        hax_error err = { 0 };
        if (hax_problem_copy(&of.problem, &changed, &err) != HAX_OK)
            fail_msg("problem %lu: %s", number, err.message);
        double before = optimum(problem), after = optimum(changed);
        if (!holds(problem, before, after))
            fail_msg("problem %lu: %.12g, then %.12g", number, before, after);
        hax_problem_destroy(changed);
        hax_problem_destroy(problem);
    }
}

static void check_all(bool contention, change *apply, relation *holds)
{
    const random_options two = { .contention = contention, .group_max = 4, .unit_max = 3 };
    const random_options three = {
        .contention = contention, .group_max = 2, .unit_max = 3, .instance_count = 3
    };
    check_some(PROBLEMS, &two, apply, holds);
    check_some(PROBLEMS_OF_THREE, &three, apply, holds);
}

static bool no_worse(const hax_problem *problem, double before, double after)
{
    return at_least(problem, after, before);
}

static bool no_better(const hax_problem *problem, double before, double after)
{
    return at_least(problem, before, after);
}

static bool equal(const hax_problem *problem, double before, double after)
{
    (void) problem;
    return same(before, after);
}

/* ---- changes ----------------------------------------------------------------------------- */

/* One more unit, with a resource of its own, that runs everything as the last one does. */
static void add_unit(draft *of, unsigned long number)
{
    static const char *const resources[] = { "r0", "r1", "r2", "r3" };
    (void) number;
    int made = of->problem.unit_count++;
    of->units[made] = of->units[made - 1];
    of->units[made].name = "new";
    of->units[made].max_pieces = -1;
    of->units[made].resources = 1U << of->problem.resource_count++;
    of->problem.resources = resources;
    for (int i = 0; i < of->problem.instance_count; i++)
        for (int g = 0; g < of->instances[i].group_count; g++)
            of->costs[i][g][made] = of->costs[i][g][made - 1];
}

static void more_unit_is_never_worse(void **state)
{
    (void) state;
    check_all(false, add_unit, no_worse);
    check_all(true, add_unit, no_worse);
}

static void loosen(draft *of, unsigned long number)
{
    (void) number;
    of->problem.max_transitions = -1;
    for (int u = 0; u < of->problem.unit_count; u++)
        of->units[u].max_pieces = -1;
}

static void looser_limits_are_never_worse(void **state)
{
    (void) state;
    check_all(false, loosen, no_worse);
    check_all(true, loosen, no_worse);
}

/* Any group of any instance. */
static void some_group(const draft *of, unsigned long number, int *instance, int *group)
{
    *instance = (int) (number % (unsigned long) of->problem.instance_count);
    *group = (int) (number / 2 % (unsigned long) of->instances[*instance].group_count);
}

static void forbid(draft *of, unsigned long number)
{
    int i, g, allowed = 0;
    some_group(of, number, &i, &g);
    for (int u = 0; u < of->problem.unit_count; u++)
        allowed += of->costs[i][g][u].allowed;
    for (int u = 0; u < of->problem.unit_count && allowed > 1; u++) {
        if (!of->costs[i][g][u].allowed)
            continue;
        of->costs[i][g][u].allowed = false;
        return;
    }
}

static void forbidding_never_helps(void **state)
{
    (void) state;
    check_all(false, forbid, no_better);
    check_all(true, forbid, no_better);
}

static void slow_down(draft *of, unsigned long number)
{
    int i, g;
    some_group(of, number, &i, &g);
    of->costs[i][g][number % (unsigned long) of->problem.unit_count].time_ms *= 1.5;
}

/* Without contention only: with it, a group that ends sooner brings its OUT, and what that
 * demands, sooner upon the others. */
static void a_slower_group_never_helps(void **state)
{
    (void) state;
    check_all(false, slow_down, no_better);
}

static void turn_round(draft *of, unsigned long number)
{
    (void) number;
    static draft old;
    old = *of;
    int units = of->problem.unit_count, count = of->problem.instance_count;
    for (int u = 0; u < units; u++)
        of->units[u] = old.units[units - 1 - u];
    for (int i = 0; i < count; i++) {
        int from = count - 1 - i;
        of->instances[i] = old.instances[from];
        of->instances[i].groups = of->groups[i];
        of->instances[i].after = of->after[i];
        of->after[i][0] = count - 1 - old.after[from][0];
        for (int g = 0; g < of->instances[i].group_count; g++) {
            of->groups[i][g] = old.groups[from][g];
            of->groups[i][g].on = of->costs[i][g];
            for (int u = 0; u < units; u++)
                of->costs[i][g][u] = old.costs[from][g][units - 1 - u];
        }
    }
}

static void names_do_not_matter(void **state)
{
    (void) state;
    check_all(false, turn_round, equal);
    check_all(true, turn_round, equal);
}

static const double factor = 2.5;

static void scale(draft *of, unsigned long number)
{
    (void) number;
    for (int i = 0; i < of->problem.instance_count; i++) {
        of->instances[i].deadline_ms *= factor;
        for (int g = 0; g < of->instances[i].group_count; g++) {
            for (int u = 0; u < of->problem.unit_count; u++) {
                of->costs[i][g][u].time_ms *= factor;
                of->costs[i][g][u].out_ms *= factor;
                of->costs[i][g][u].in_ms *= factor;
            }
        }
    }
}

static bool scaled(const hax_problem *problem, double before, double after)
{
    return same(problem->objective == HAX_THROUGHPUT ? before / factor : before * factor, after);
}

static void time_scales(void **state)
{
    (void) state;
    check_all(false, scale, scaled);
    check_all(true, scale, scaled);
}

/* ---- answers ------------------------------------------------------------------------------- */

/* What every pair of jobs loses adds up to what the schedule loses. */
static void check_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                           unsigned long number)
{
    hax_overlap *all;
    int count;
    double sum_ms = 0;
    assert_int_equal(hax_schedule_overlaps(problem, schedule, &all, &count, NULL), HAX_OK);
    for (int o = 0; o < count; o++) {
        sum_ms += all[o].lost_ms;
        assert_true(all[o].lost_ms <= all[o].together_ms);
        assert_true(o == 0 || all[o].lost_ms <= all[o - 1].lost_ms);
    }
    if (fabs(sum_ms - schedule->lost.contention_ms) > 1e-6)
        fail_msg("problem %lu, '%s': overlaps lose %.12g of %.12g", number, schedule->name, sum_ms,
                 schedule->lost.contention_ms);
    free(all);
}

static void check_answers(const hax_problem *problem, unsigned long number)
{
    int count;
    const hax_baseline *all = hax_baselines(&count);
    double best = optimum(problem);
    for (int b = 0; b < count; b++) {
        hax_schedule *made = NULL;
        hax_error err = { 0 };
        hax_status status = all[b].make(problem, &made, &err);
        if (status != HAX_OK && status != HAX_INFEASIBLE)
            fail_msg("problem %lu: '%s': %s", number, all[b].name, err.message);
        if (status != HAX_OK)
            continue;
        if (hax_schedule_verify(problem, made, &err) != HAX_OK)
            fail_msg("problem %lu: '%s': %s", number, all[b].name, err.message);
        if (!at_least(problem, best, made->value))
            fail_msg("problem %lu: '%s' %.12g is better than %.12g", number, made->name,
                     made->value, best);
        check_overlaps(problem, made, number);
        hax_schedule_destroy(made);
    }
    const hax_solve_options few = { .node_limit = 1 + number % 40 };
    hax_schedule *limited = NULL;
    hax_status status = hax_solve(problem, &few, &limited, NULL);
    if (!limited) {
        assert_true(status == HAX_INFEASIBLE || status == HAX_LIMIT);
        return;
    }
    assert_int_equal(hax_schedule_verify(problem, limited, NULL), HAX_OK);
    if (!at_least(problem, best, limited->value) || !at_least(problem, limited->bound, best))
        fail_msg("problem %lu: optimum %.12g, limited %.12g, bound %.12g", number, best,
                 limited->value, limited->bound);
    hax_schedule_destroy(limited);
}

static void check_many_answers(unsigned long count, const random_options *options)
{
    for (unsigned long number = 0; number < count; number++) {
        hax_problem *problem = random_problem(number, options);
        check_answers(problem, number);
        hax_problem_destroy(problem);
    }
}

static void answers_lie_between_bound_and_baselines(void **state)
{
    (void) state;
    for (int contention = 0; contention < 2; contention++) {
        check_many_answers(
            PROBLEMS, &(random_options){ .contention = contention, .group_max = 5, .unit_max = 3 });
        check_many_answers(PROBLEMS_OF_THREE, &(random_options){ .contention = contention,
                                                                 .group_max = 2,
                                                                 .unit_max = 3,
                                                                 .instance_count = 3 });
    }
}

static void the_same_limit_gives_the_same_schedule(void **state)
{
    (void) state;
    const random_options options = {
        .contention = true, .group_max = 8, .unit_max = 3, .instance_count = 4
    };
    const hax_solve_options limit = { .node_limit = 5000 };
    for (unsigned long number = 0; number < 20; number++) {
        hax_problem *problem = random_problem(number, &options);
        hax_schedule *first = NULL, *second = NULL;
        hax_status status = hax_solve(problem, &limit, &first, NULL);
        assert_int_equal(hax_solve(problem, &limit, &second, NULL), status);
        assert_int_equal(first == NULL, second == NULL);
        if (first) {
            assert_int_equal(first->nodes, second->nodes);
            assert_true(first->value == second->value && first->bound == second->bound);
            assert_int_equal(first->job_count, second->job_count);
            for (int j = 0; j < first->job_count; j++)
                assert_true(first->jobs[j].start_ms == second->jobs[j].start_ms &&
                            first->jobs[j].unit == second->jobs[j].unit);
        }
        hax_schedule_destroy(first);
        hax_schedule_destroy(second);
        hax_problem_destroy(problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_unit_is_never_worse),
        cmocka_unit_test(looser_limits_are_never_worse),
        cmocka_unit_test(forbidding_never_helps),
        cmocka_unit_test(a_slower_group_never_helps),
        cmocka_unit_test(names_do_not_matter),
        cmocka_unit_test(time_scales),
        cmocka_unit_test(answers_lie_between_bound_and_baselines),
        cmocka_unit_test(the_same_limit_gives_the_same_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
