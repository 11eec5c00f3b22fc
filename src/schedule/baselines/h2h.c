/*
 * H2H (Zhang, Hao, et al., DAC 2022), its four steps:
 *   1. take the steps whose predecessors are mapped; of all ways of giving as many of them as
 *      there are units to different units, keep the first whose latest end is least, every
 *      tensor moved both ways;
 *   2. locality of weights: void where all units share one memory;
 *   3. transitions are paid only where the unit changes;
 *   4. networks by decreasing end, their steps from the first, twice: move a step to its
 *      predecessor's unit, then to its successor's, where the round gets strictly shorter.
 * The round is always evaluated anew along both orders, the networks' and the units': the list
 * of step 1 keeps them. It knows no contention.
 */
#include "h2h.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines.h"
#include "evaluate.h"
#include "greedy_schedule.h"

enum {
    WAYS_MAX = 2000, /* of one choice: beyond, fewer steps are given away at once */
    TOGETHER_MAX = HAX_MAX_UNITS,
};

/* ---- step 1 ------------------------------------------------------------------------------- */

/* One way of giving steps to units, and the best so far. */
typedef struct giving {
    hax_greedy_schedule *greedy;
    const int *frontier;
    int frontier_count;
    int together; /* so many at once */
    bool unit_taken[HAX_MAX_UNITS];
    int chosen[TOGETHER_MAX], unit[TOGETHER_MAX];
    int best_step[TOGETHER_MAX], best_unit[TOGETHER_MAX];
    double best_end_ms;
    bool found;
} giving;

/* The most expensive way of taking a step's tensor over. */
static double most_expensive_in_ms(const hax_cost *first)
{
    double ms = first->in_ms;
    for (int e = 0; e < first->entering_count; e++)
        ms = fmax(ms, first->entering[e].ms);
    return ms;
}

/* IN, the step, OUT: as if its tensors always moved. */
static double length_ms(const hax_greedy_schedule *greedy, int s, int unit)
{
    const hax_greedy_task *step = &greedy->steps[s];
    const hax_cost *first = hax_cost_of(greedy->problem, step->instance, step->first, unit);
    const hax_cost *last =
        hax_cost_of(greedy->problem, step->instance, step->first + step->count - 1, unit);
    return most_expensive_in_ms(first) + step->ms[unit] + last->out_ms;
}

/* Steps on units that share a resource run one after the other. */
static void put_down(hax_greedy_schedule *greedy, const int *steps, const int *units, int count,
                     double *end_ms)
{
    *end_ms = 0;
    for (int n = 0; n < count; n++) {
        double ms = length_ms(greedy, steps[n], units[n]);
        double start_ms = hax_greedy_start_ms(greedy, steps[n], units[n], ms);
        hax_greedy_place(greedy, steps[n], units[n], start_ms, start_ms + ms);
        *end_ms = fmax(*end_ms, start_ms + ms);
    }
}

static void judge(giving *giving)
{
    const hax_greedy_clock before = giving->greedy->clock;
    double end_ms;
    put_down(giving->greedy, giving->chosen, giving->unit, giving->together, &end_ms);
    hax_greedy_take_back(giving->greedy, giving->together, &before);
    if (giving->found && end_ms >= giving->best_end_ms)
        return;
    giving->found = true;
    giving->best_end_ms = end_ms;
    memcpy(giving->best_step, giving->chosen, sizeof giving->best_step);
    memcpy(giving->best_unit, giving->unit, sizeof giving->best_unit);
}

static void give_next(giving *giving, int from, int given)
{
    if (given == giving->together) {
        judge(giving);
        return;
    }
    for (int f = from; f < giving->frontier_count; f++) {
        for (int u = 0; u < giving->greedy->problem->unit_count; u++) {
            if (giving->unit_taken[u] || !hax_greedy_may(giving->greedy, giving->frontier[f], u))
                continue;
            giving->unit_taken[u] = true;
            giving->chosen[given] = giving->frontier[f];
            giving->unit[given] = u;
            give_next(giving, f + 1, given + 1);
            giving->unit_taken[u] = false;
        }
    }
}

static double ways(int steps, int units, int together)
{
    double count = 1;
    for (int n = 0; n < together; n++)
        count *= (double) (steps - n) * (units - n) / (n + 1);
    return count;
}

static hax_status map_frontier(hax_greedy_schedule *greedy, const int *frontier, int count,
                               hax_error *err)
{
    int units = greedy->problem->unit_count;
    giving context = { .greedy = greedy, .frontier = frontier, .frontier_count = count };
    context.together = count < units ? count : units;
    while (context.together > 1 && ways(count, units, context.together) > WAYS_MAX)
        context.together--;
    give_next(&context, 0, 0);
    while (!context.found && context.together > 1) { /* not every step may run on every unit */
        context.together--;
        give_next(&context, 0, 0);
    }
    if (!context.found)
        return hax_greedy_stuck(greedy, frontier[0], "h2h", err);
    double end_ms;
    put_down(greedy, context.best_step, context.best_unit, context.together, &end_ms);
    return HAX_OK;
}

static hax_status map_all(hax_greedy_schedule *greedy, hax_error *err)
{
    int instances = greedy->problem->instance_count;
    int *frontier = calloc((size_t) instances, sizeof *frontier);
    hax_status status = frontier ? HAX_OK : hax_fail_memory(err, "a baseline");
    while (status == HAX_OK && greedy->placed_count < greedy->step_count) {
        int count = 0;
        status = hax_time_budget_check(&greedy->allowed, "h2h", err);
        for (int i = 0; i < instances; i++) {
            int s = hax_greedy_ready(greedy, i);
            if (s >= 0)
                frontier[count++] = s;
        }
        if (status == HAX_OK)
            status = map_frontier(greedy, frontier, count, err);
    }
    free(frontier);
    return status;
}

/* ---- step 4 ------------------------------------------------------------------------------- */

typedef struct remapping {
    hax_greedy_schedule *greedy;
    const hax_problem *ignore_contention; /* the problem without contention */
    const hax_schedule *now;
    bool *visited; /* [instance] in this pass */
    bool cut;      /* no time is left for more */
} remapping;

/* Keeps the step on the unit if the round gets strictly shorter. */
static hax_status try_unit(remapping *remapping, int s, int unit, hax_error *err)
{
    hax_greedy_task *moved = &remapping->greedy->steps[s];
    int old = moved->unit;
    const hax_schedule *schedule = NULL;
    hax_error why;
    if (unit == old || isinf(moved->ms[unit]))
        return HAX_OK;
    remapping->cut = remapping->cut || hax_time_budget_is_over(&remapping->greedy->allowed);
    if (remapping->cut)
        return HAX_OK;
    moved->unit = unit;
    hax_status status = hax_greedy_evaluate(remapping->greedy, remapping->ignore_contention, "h2h",
                                            &schedule, &why);
    if (status == HAX_OK && hax_schedule_round_ms(schedule) <
                                hax_schedule_round_ms(remapping->now) - HAX_TIME_TOLERANCE_MS) {
        hax_schedule_destroy(remapping->now);
        remapping->now = schedule;
        return HAX_OK;
    }
    moved->unit = old;
    hax_schedule_destroy(schedule);
    return status == HAX_OK || status == HAX_INFEASIBLE ? HAX_OK
                                                        : hax_fail(err, status, "%s", why.message);
}

static hax_status walk_instance(remapping *remapping, int instance, hax_error *err)
{
    const hax_greedy_schedule *greedy = remapping->greedy;
    for (int s = greedy->first_step[instance]; s < greedy->first_step[instance + 1]; s++) {
        if (s > greedy->first_step[instance])
            HAX_TRY(try_unit(remapping, s, greedy->steps[s - 1].unit, err));
        if (s + 1 < greedy->first_step[instance + 1])
            HAX_TRY(try_unit(remapping, s, greedy->steps[s + 1].unit, err));
    }
    return HAX_OK;
}

/* The network that ends last of those not yet walked through. */
static int latest(const remapping *remapping)
{
    int last = -1;
    for (int i = 0; i < remapping->now->instance_count; i++)
        if (!remapping->visited[i] &&
            (last < 0 || remapping->now->finish_ms[i] > remapping->now->finish_ms[last]))
            last = i;
    return last;
}

static hax_status remap(remapping *remapping, hax_error *err)
{
    size_t instances = (size_t) remapping->greedy->problem->instance_count;
    HAX_TRY(hax_greedy_evaluate(remapping->greedy, remapping->ignore_contention, "h2h",
                                &remapping->now, err));
    for (int pass = 0; pass < 2; pass++) {
        memset(remapping->visited, 0, instances * sizeof *remapping->visited);
        for (int i; (i = latest(remapping)) >= 0;) {
            remapping->visited[i] = true;
            HAX_TRY(walk_instance(remapping, i, err));
        }
    }
    return HAX_OK;
}

static hax_status remap_blind(hax_greedy_schedule *greedy, bool *cut, hax_error *err)
{
    const hax_problem *ignore_contention;
    HAX_TRY(hax_problem_without_contention(greedy->problem, &ignore_contention, err));
    remapping context = { .greedy = greedy, .ignore_contention = ignore_contention };
    context.visited = calloc((size_t) greedy->problem->instance_count, sizeof *context.visited);
    hax_status status = context.visited ? remap(&context, err) : hax_fail_memory(err, "a baseline");
    *cut = context.cut;
    free(context.visited);
    hax_schedule_destroy(context.now);
    hax_problem_destroy(ignore_contention);
    return status;
}

hax_status hax_h2h_schedule(const hax_problem *problem, hax_h2h_stage stage,
                            const hax_baseline_limits *limits, const hax_schedule **schedule,
                            hax_error *err)
{
    hax_greedy_schedule greedy;
    HAX_TRY(hax_greedy_open(problem, limits, &greedy, err));
    bool cut = false;
    greedy.out_included = true;
    hax_status status = map_all(&greedy, err);
    if (status == HAX_OK && stage == H2H_REMAPPED)
        status = remap_blind(&greedy, &cut, err);
    if (status == HAX_OK)
        status = hax_greedy_evaluate(&greedy, problem, "h2h", schedule, err);
    if (status == HAX_OK)
        hax_schedule_edit(*schedule)->cut_short = cut;
    hax_greedy_close(&greedy);
    return status;
}

hax_status hax_baseline_h2h(const hax_problem *problem, const hax_baseline_limits *limits,
                            const hax_schedule **schedule, hax_error *err)
{
    return hax_h2h_schedule(problem, H2H_REMAPPED, limits, schedule, err);
}
