/* What must hold between the optima of a problem and of one changed in a known way, and between an
 * answer and all others. A problem that violates it is made smaller and kept (property.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "editable_problem.h"
#include "haxconn/schedule.h"
#include "problem.h"
#include "property.h"

enum { PROBLEMS = 2000, PROBLEMS_OF_THREE = 300, PROBLEMS_OF_MORE_UNITS = 2500 };

/* What the search says of a problem. */
typedef struct answer {
    double value; /* the worst there is where nothing is feasible; no number: the search failed */
    double bound;
    hax_proof proof;
} answer;

static answer solve(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, NULL, &schedule, &err);
    double worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    answer result = { worst, worst, HAX_PROOF_ALL };
    if (status == HAX_OK)
        result = (answer){ schedule->value, schedule->bound, schedule->proof };
    else if (status != HAX_INFEASIBLE)
        result.value = result.bound = NAN;
    if (isnan(result.value))
        print_error("%s: %s\n", hax_status_name(status), err.message);
    hax_schedule_destroy(schedule);
    return result;
}

static double optimum(const hax_problem *problem)
{
    return solve(problem).value;
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

/* Does a problem with the answer a have all schedules that one with the answer b has? The best over
 * event waits may be worse than the other's over all waits, but not so its bound. */
static bool has_more(const hax_problem *problem, const answer *a, const answer *b)
{
    const bool other_class = a->proof != HAX_PROOF_ALL && b->proof == HAX_PROOF_ALL;
    return at_least(problem, other_class ? a->bound : a->value, b->value);
}

/* False: nothing is said of this problem when it is changed so. */
typedef bool change(editable_problem *editable, unsigned long number);
typedef bool relation(const hax_problem *problem, const answer *before, const answer *after);

/* How the optimum of a changed problem stands to that of the problem. */
typedef struct comparison {
    change *apply;
    relation *holds;
} comparison;

static bool compare(const hax_problem *problem, unsigned long number, void *context,
                    property_why *why)
{
    const comparison *with = context;
    const hax_problem *changed = NULL;
    hax_error err = { 0 };
    static editable_problem editable;
    if (!editable_fill(&editable, problem))
        return property_fails(why, "the problem is too large to be changed");
    if (!with->apply(&editable, number))
        return true;
    if (hax_problem_copy(&editable.problem, &changed, &err) != HAX_OK)
        return property_fails(why, "changed it is no problem: %s", err.message);
    const answer before = solve(problem), after = solve(changed);
    hax_problem_destroy(changed);
    if (with->holds(problem, &before, &after))
        return true;
    return property_fails(why, "%.12g (%s), changed %.12g (%s), bound %.12g", before.value,
                          hax_proof_name(before.proof), after.value, hax_proof_name(after.proof),
                          after.bound);
}

static const random_options without = {
    .contention = false, .group_max = 4, .unit_max = 3, .kinds = true
};
static const random_options with = {
    .contention = true, .group_max = 4, .unit_max = 3, .kinds = true
};
static const random_options three_without = {
    .contention = false, .group_max = 2, .unit_max = 3, .instance_count = 3, .kinds = true
};
static const random_options three_with = {
    .contention = true, .group_max = 2, .unit_max = 3, .instance_count = 3, .kinds = true
};

static void check_so_many(const char *name, property_holds *holds, void *context, bool contention,
                          unsigned long of_three)
{
    const property of = { .name = name, .holds = holds, .context = context };
    assert_true(property_check(&of, PROBLEMS, contention ? &with : &without));
    assert_true(property_check(&of, of_three, contention ? &three_with : &three_without));
}

static void check(const char *name, property_holds *holds, void *context, bool contention)
{
    check_so_many(name, holds, context, contention, PROBLEMS_OF_THREE);
}

static void check_change(const char *name, change *apply, relation *holds, bool contention)
{
    comparison context = { apply, holds };
    check(name, compare, &context, contention);
}

static bool no_worse(const hax_problem *problem, const answer *before, const answer *after)
{
    return has_more(problem, after, before);
}

static bool no_better(const hax_problem *problem, const answer *before, const answer *after)
{
    return has_more(problem, before, after);
}

static bool equal(const hax_problem *problem, const answer *before, const answer *after)
{
    (void) problem;
    return same(before->value, after->value);
}

/* ---- changes ----------------------------------------------------------------------------- */

/* One more unit, with a resource of its own, that runs everything as the last one does. */
static bool add_unit(editable_problem *editable, unsigned long number)
{
    (void) number;
    if (editable->problem.unit_count == EDITABLE_UNITS ||
        editable->problem.resource_count == EDITABLE_UNITS)
        return false;
    int made = editable->problem.unit_count++;
    editable->units[made] = editable->units[made - 1];
    editable->units[made].name = "new";
    editable->units[made].max_pieces = -1;
    editable->resources[editable->problem.resource_count] = "new";
    editable->units[made].resources = 1U << editable->problem.resource_count++;
    for (int i = 0; i < editable->problem.instance_count; i++)
        for (int g = 0; g < editable->instances[i].group_count; g++) {
            editable->costs[i][g][made] = editable->costs[i][g][made - 1];
            memcpy(editable->entering[i][g][made], editable->entering[i][g][made - 1],
                   sizeof editable->entering[i][g][made]);
        }
    editable_link_entering(editable);
    return true;
}

/* One more unit like another one makes ties, between ways with an IN and ways without too, and
 * those are where a proof may go wrong: more of them are tried. */
static void check_one_unit_more(const char *name, relation *holds, bool contention)
{
    comparison context = { add_unit, holds };
    check_so_many(name, compare, &context, contention, PROBLEMS_OF_MORE_UNITS);
}

static void more_units_are_never_worse(void **state)
{
    (void) state;
    check_one_unit_more(__func__, no_worse, false);
    check_one_unit_more(__func__, no_worse, true);
}

/* Sweeps fit where no OUT demands more than its group (sweep.h). What they find is a schedule that
 * there is, nearly always: of many instances not even an IN that demands something is in the way.
 */
static bool is_over_all_waits(const hax_problem *problem, const answer *before, const answer *after)
{
    return problem->objective != HAX_LATENCY || !hax_outs_are_harmless(problem) ||
           (before->proof == HAX_PROOF_ALL && after->proof == HAX_PROOF_ALL);
}

static void latency_is_proven_over_all_waits(void **state)
{
    (void) state;
    check_one_unit_more(__func__, is_over_all_waits, true);
}

static bool loosen(editable_problem *editable, unsigned long number)
{
    (void) number;
    editable->problem.max_transitions = -1;
    for (int u = 0; u < editable->problem.unit_count; u++)
        editable->units[u].max_pieces = -1;
    return true;
}

static void looser_limits_are_never_worse(void **state)
{
    (void) state;
    check_change(__func__, loosen, no_worse, false);
    check_change(__func__, loosen, no_worse, true);
}

/* Any group of any instance. */
static void some_group(const editable_problem *editable, unsigned long number, int *instance,
                       int *group)
{
    *instance = (int) (number % (unsigned long) editable->problem.instance_count);
    *group = (int) (number / 2 % (unsigned long) editable->instances[*instance].group_count);
}

/* One choice less for a group that has several. */
static bool forbid(editable_problem *editable, unsigned long number)
{
    int i, g, allowed = 0;
    some_group(editable, number, &i, &g);
    for (int u = 0; u < editable->problem.unit_count; u++)
        allowed += editable->costs[i][g][u].allowed;
    for (int u = 0; u < editable->problem.unit_count && allowed > 1; u++) {
        if (!editable->costs[i][g][u].allowed)
            continue;
        editable->costs[i][g][u].allowed = false;
        return true;
    }
    return false;
}

static void forbidding_never_helps(void **state)
{
    (void) state;
    check_change(__func__, forbid, no_better, false);
    check_change(__func__, forbid, no_better, true);
}

static bool has_contention(const editable_problem *editable)
{
    for (int u = 0; u < editable->problem.unit_count; u++)
        if (editable->units[u].slowdown.kind != HAX_SLOWDOWN_NONE)
            return true;
    return false;
}

/* Every cost of one unit, and what it says of entering. */
typedef void each_cost(hax_cost *cost, hax_entering *entering);

static void change_costs(editable_problem *editable, int unit, each_cost *make)
{
    for (int i = 0; i < editable->problem.instance_count; i++)
        for (int g = 0; g < editable->instances[i].group_count; g++)
            make(&editable->costs[i][g][unit], editable->entering[i][g][unit]);
}

static void no_transition(hax_cost *cost, hax_entering *entering)
{
    (void) entering;
    cost->out_ms = cost->in_ms = 0;
    cost->entering_count = 0;
}

static bool has_transitions(const editable_problem *editable)
{
    for (int i = 0; i < editable->problem.instance_count; i++)
        for (int g = 0; g < editable->instances[i].group_count; g++)
            for (int u = 0; u < editable->problem.unit_count; u++)
                if (editable->costs[i][g][u].out_ms > 0 || editable->costs[i][g][u].in_ms > 0 ||
                    editable->costs[i][g][u].entering_count > 0)
                    return true;
    return false;
}

/* With contention and transitions a worse unit can help: a group that ends later brings its OUT,
 * which allows no pause, and what that demands, later upon the others. And where only event waits
 * are searched, every end is a chance to start. */
static bool worse_cannot_help(const editable_problem *editable)
{
    return !has_contention(editable) ||
           (editable->problem.instance_count <= 2 && !has_transitions(editable));
}

static bool slow_group(editable_problem *editable, unsigned long number)
{
    int i, g;
    some_group(editable, number, &i, &g);
    editable->costs[i][g][number % (unsigned long) editable->problem.unit_count].time_ms *= 1.5;
    return worse_cannot_help(editable);
}

static void take_longer(hax_cost *cost, hax_entering *entering, double times)
{
    cost->time_ms *= times;
    cost->out_ms *= times;
    cost->in_ms *= times;
    for (int e = 0; e < cost->entering_count; e++)
        entering[e].ms *= times;
}

static void slow_cost(hax_cost *cost, hax_entering *entering)
{
    take_longer(cost, entering, 1.5);
}

static bool slow_unit(editable_problem *editable, unsigned long number)
{
    change_costs(editable, (int) (number % (unsigned long) editable->problem.unit_count),
                 slow_cost);
    return worse_cannot_help(editable);
}

static void a_slower_group_never_helps(void **state)
{
    (void) state;
    check_change(__func__, slow_group, no_better, false);
}

static void a_worse_unit_never_helps(void **state)
{
    (void) state;
    check_change(__func__, slow_unit, no_better, false);
}

/* The same where nothing is to be paid for crossing over. */
static bool compare_without_transitions(const hax_problem *problem, unsigned long number,
                                        void *context, property_why *why)
{
    const hax_problem *plain = NULL;
    static editable_problem editable;
    if (!editable_fill(&editable, problem))
        return property_fails(why, "the problem is too large to be changed");
    for (int u = 0; u < problem->unit_count; u++)
        change_costs(&editable, u, no_transition);
    if (hax_problem_copy(&editable.problem, &plain, NULL) != HAX_OK)
        return property_fails(why, "without transitions it is no problem");
    bool holds = compare(plain, number, context, why);
    hax_problem_destroy(plain);
    return holds;
}

static void worse_never_helps_under_contention(void **state)
{
    (void) state;
    comparison group = { slow_group, no_better }, unit = { slow_unit, no_better };
    check(__func__, compare_without_transitions, &group, true);
    check(__func__, compare_without_transitions, &unit, true);
}

static bool without_slowdown(editable_problem *editable, unsigned long number)
{
    (void) number;
    for (int u = 0; u < editable->problem.unit_count; u++)
        editable->units[u].slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    return true;
}

static void contention_never_helps(void **state)
{
    (void) state;
    check_change(__func__, without_slowdown, no_worse, true);
}

/* Unit u becomes unit n - 1 - u, and so do the instances. */
static bool turn_round(editable_problem *editable, unsigned long number)
{
    (void) number;
    static editable_problem old;
    old = *editable;
    int units = editable->problem.unit_count, count = editable->problem.instance_count;
    for (int u = 0; u < units; u++)
        editable->units[u] = old.units[units - 1 - u];
    for (int i = 0; i < count; i++) {
        int from = count - 1 - i;
        editable->instances[i] = old.instances[from];
        editable->instances[i].groups = editable->groups[i];
        editable->instances[i].after = editable->after[i];
        for (int a = 0; a < editable->instances[i].after_count; a++)
            editable->after[i][a] = count - 1 - old.after[from][a];
        for (int g = 0; g < editable->instances[i].group_count; g++) {
            editable->groups[i][g] = old.groups[from][g];
            editable->groups[i][g].on = editable->costs[i][g];
            for (int u = 0; u < units; u++) {
                editable->costs[i][g][u] = old.costs[from][g][units - 1 - u];
                for (int e = 0; e < editable->costs[i][g][u].entering_count; e++) {
                    editable->entering[i][g][u][e] = old.entering[from][g][units - 1 - u][e];
                    editable->entering[i][g][u][e].from_unit =
                        units - 1 - editable->entering[i][g][u][e].from_unit;
                }
            }
        }
    }
    editable_link_entering(editable);
    return true;
}

static void names_do_not_matter(void **state)
{
    (void) state;
    check_change(__func__, turn_round, equal, false);
    check_change(__func__, turn_round, equal, true);
}

static const double factor = 2.5;

static void lengthen(hax_cost *cost, hax_entering *entering)
{
    take_longer(cost, entering, factor);
}

static bool scale(editable_problem *editable, unsigned long number)
{
    (void) number;
    for (int i = 0; i < editable->problem.instance_count; i++)
        editable->instances[i].deadline_ms *= factor;
    for (int u = 0; u < editable->problem.unit_count; u++)
        change_costs(editable, u, lengthen);
    return true;
}

static bool scaled(const hax_problem *problem, const answer *before, const answer *after)
{
    return same(problem->objective == HAX_THROUGHPUT ? before->value / factor
                                                     : before->value * factor,
                after->value);
}

static void time_scales(void **state)
{
    (void) state;
    check_change(__func__, scale, scaled, false);
    check_change(__func__, scale, scaled, true);
}

/* ---- the classic makespan -------------------------------------------------------------------- */

static bool must_follow(const hax_problem *problem, const hax_job *job, const hax_job *before)
{
    const hax_instance_spec *spec = &problem->instances[job->instance];
    for (int a = 0; a < spec->after_count; a++)
        if (spec->after[a] == before->instance)
            return true;
    return job->instance == before->instance ||
           (problem->units[job->unit].resources & problem->units[before->unit].resources);
}

static double alone_ms(const hax_problem *problem, const hax_job *job)
{
    const hax_cost *cost = &problem->instances[job->instance].groups[job->group].on[job->unit];
    for (int e = 0; job->part == HAX_PART_IN && e < cost->entering_count; e++)
        if (cost->entering[e].from_unit == job->from_unit)
            return cost->entering[e].ms;
    return job->part == HAX_PART_RUN   ? cost->time_ms
           : job->part == HAX_PART_OUT ? cost->out_ms
                                       : cost->in_ms;
}

/* The objective of the longest ways through the orders of a schedule, every job as long as it is
 * alone: what is called the makespan where nobody slows anybody down. */
static double classic_value(const hax_problem *problem, const hax_schedule *schedule)
{
    double finish_ms[EDITABLE_INSTANCES] = { 0 };
    double *end_ms = calloc((size_t) schedule->job_count, sizeof *end_ms);
    for (int j = 0; end_ms && j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        double start_ms = 0;
        for (int b = 0; b < j; b++)
            if (must_follow(problem, job, &schedule->jobs[b]))
                start_ms = fmax(start_ms, end_ms[b]);
        end_ms[j] = start_ms + alone_ms(problem, job);
        finish_ms[job->instance] = fmax(finish_ms[job->instance], end_ms[j]);
    }
    free(end_ms);
    return hax_objective_value(problem, finish_ms);
}

static void demand_nothing(hax_cost *cost, hax_entering *entering)
{
    cost->gbps = cost->own_gbps = cost->in_gbps = cost->out_gbps = 0;
    for (int e = 0; e < cost->entering_count; e++)
        entering[e].gbps = 0;
}

/* The optimum of a problem in which nothing demands bandwidth, whatever the slowdown functions, is
 * the longest way through its orders, and no other than without functions. */
static bool is_classic(const hax_problem *problem, unsigned long number, void *context,
                       property_why *why)
{
    static editable_problem editable;
    const hax_problem *quiet = NULL;
    const hax_schedule *schedule = NULL;
    (void) context;
    if (!editable_fill(&editable, problem))
        return property_fails(why, "the problem is too large to be changed");
    for (int u = 0; u < problem->unit_count; u++)
        change_costs(&editable, u, demand_nothing);
    if (hax_problem_copy(&editable.problem, &quiet, NULL) != HAX_OK)
        return property_fails(why, "without demands it is no problem");
    without_slowdown(&editable, number);
    double value = optimum(quiet), plain = optimum(&editable.problem), classic = value;
    if (hax_solve(quiet, NULL, &schedule, NULL) == HAX_OK)
        classic = classic_value(quiet, schedule);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(quiet);
    if (same(value, plain) && same(value, classic))
        return true;
    return property_fails(why, "no demands %.12g, no functions %.12g, longest way %.12g", value,
                          plain, classic);
}

static void no_contention_gives_the_classic_makespan(void **state)
{
    (void) state;
    check(__func__, is_classic, NULL, false);
    check(__func__, is_classic, NULL, true);
}

/* ---- answers ------------------------------------------------------------------------------- */

/* What every pair of jobs loses adds up to what the schedule loses. */
static bool overlaps_add_up(const hax_problem *problem, const hax_schedule *schedule,
                            property_why *why)
{
    enum { SOME = 3 };
    hax_overlaps overlaps;
    double sum_ms = 0;
    bool ordered = true;
    if (hax_schedule_overlaps(problem, schedule, SOME, &overlaps, NULL) != HAX_OK)
        return property_fails(why, "'%s': no overlaps", schedule->name);
    const double left_out_ms = overlaps.left_out_ms;
    free(overlaps.most_expensive);
    if (hax_schedule_overlaps(problem, schedule, INT_MAX, &overlaps, NULL) != HAX_OK)
        return property_fails(why, "'%s': no overlaps", schedule->name);
    for (int o = 0; o < overlaps.count; o++) {
        const hax_overlap *overlap = &overlaps.most_expensive[o];
        sum_ms += o < SOME ? overlap->lost_ms : 0;
        ordered = ordered && overlap->lost_ms <= overlap->together_ms &&
                  (o == 0 || overlap->lost_ms <= overlap[-1].lost_ms);
    }
    sum_ms += left_out_ms;
    free(overlaps.most_expensive);
    if (ordered && fabs(sum_ms - schedule->lost.contention_ms) <= 1e-6)
        return true;
    return property_fails(why, "'%s': overlaps lose %.12g of %.12g", schedule->name, sum_ms,
                          schedule->lost.contention_ms);
}

static bool baseline_is_valid(const hax_problem *problem, const hax_baseline *baseline, double best,
                              property_why *why)
{
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = baseline->make(problem, NULL, &schedule, &err);
    if (status == HAX_INFEASIBLE)
        return true;
    if (status == HAX_OK)
        status = hax_schedule_verify(problem, schedule, &err);
    bool holds = status == HAX_OK;
    if (!holds)
        property_fails(why, "'%s': %s", baseline->name, err.message);
    else if (!at_least(problem, best, schedule->value))
        holds = property_fails(why, "'%s' %.12g is better than %.12g", baseline->name,
                               schedule->value, best);
    else
        holds = overlaps_add_up(problem, schedule, why);
    hax_schedule_destroy(schedule);
    return holds;
}

static bool limited_is_between(const hax_problem *problem, uint64_t node_limit, double best,
                               property_why *why)
{
    hax_solve_options few = hax_solve_options_default();
    few.node_limit = node_limit;
    const hax_schedule *limited = NULL;
    hax_status status = hax_solve(problem, &few, &limited, NULL);
    bool holds = status == HAX_INFEASIBLE || status == HAX_LIMIT;
    if (limited)
        holds = hax_schedule_verify(problem, limited, NULL) == HAX_OK &&
                at_least(problem, best, limited->value) && at_least(problem, limited->bound, best);
    if (!holds)
        property_fails(why, "%s: optimum %.12g, limited %.12g, bound %.12g",
                       hax_status_name(status), best, limited ? limited->value : NAN,
                       limited ? limited->bound : NAN);
    hax_schedule_destroy(limited);
    return holds;
}

static bool answers_are_between(const hax_problem *problem, unsigned long number, void *context,
                                property_why *why)
{
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    double best = optimum(problem);
    bool holds = true;
    (void) context;
    for (int b = 0; b < count && holds; b++)
        holds = baseline_is_valid(problem, &baseline[b], best, why);
    return holds && limited_is_between(problem, 1 + number % 40, best, why);
}

static void answers_lie_between_bound_and_baselines(void **state)
{
    (void) state;
    check(__func__, answers_are_between, NULL, false);
    check(__func__, answers_are_between, NULL, true);
}

static bool same_schedule(const hax_schedule *a, const hax_schedule *b)
{
    bool same = a->nodes == b->nodes && a->value == b->value && a->bound == b->bound &&
                a->job_count == b->job_count;
    for (int j = 0; same && j < a->job_count; j++)
        same = a->jobs[j].start_ms == b->jobs[j].start_ms && a->jobs[j].unit == b->jobs[j].unit;
    return same;
}

static bool limit_repeats(const hax_problem *problem, unsigned long number, void *context,
                          property_why *why)
{
    hax_solve_options limit = hax_solve_options_default();
    limit.node_limit = 5000;
    const hax_schedule *first = NULL, *second = NULL;
    (void) number;
    (void) context;
    hax_status status = hax_solve(problem, &limit, &first, NULL);
    bool holds = hax_solve(problem, &limit, &second, NULL) == status &&
                 (first == NULL) == (second == NULL) && (!first || same_schedule(first, second));
    if (!holds)
        property_fails(why, "the second answer is another one");
    hax_schedule_destroy(first);
    hax_schedule_destroy(second);
    return holds;
}

static void the_same_limit_gives_the_same_schedule(void **state)
{
    (void) state;
    const random_options four = {
        .contention = true, .group_max = 8, .unit_max = 3, .instance_count = 4
    };
    const property of = { .name = __func__, .holds = limit_repeats };
    assert_true(property_check(&of, 20, &four));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_units_are_never_worse),
        cmocka_unit_test(latency_is_proven_over_all_waits),
        cmocka_unit_test(looser_limits_are_never_worse),
        cmocka_unit_test(forbidding_never_helps),
        cmocka_unit_test(a_slower_group_never_helps),
        cmocka_unit_test(a_worse_unit_never_helps),
        cmocka_unit_test(worse_never_helps_under_contention),
        cmocka_unit_test(contention_never_helps),
        cmocka_unit_test(names_do_not_matter),
        cmocka_unit_test(time_scales),
        cmocka_unit_test(no_contention_gives_the_classic_makespan),
        cmocka_unit_test(answers_lie_between_bound_and_baselines),
        cmocka_unit_test(the_same_limit_gives_the_same_schedule),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
