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
#include "baselines/h2h.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/baselines.h"
#include "baselines/draft.h"

enum {
    WAYS_MAX = 2000, /* of one choice: beyond, fewer steps are given away at once */
    TOGETHER_MAX = HAX_MAX_UNITS,
};

/* ---- step 1 ------------------------------------------------------------------------------- */

/* One way of giving steps to units, and the best so far. */
typedef struct giving {
    draft *of;
    const int *frontier;
    int frontier_count;
    int together; /* so many at once */
    bool unit_taken[HAX_MAX_UNITS];
    int chosen[TOGETHER_MAX], unit[TOGETHER_MAX];
    int best_step[TOGETHER_MAX], best_unit[TOGETHER_MAX];
    double best_end_ms;
    bool found;
} giving;

/* IN, the step, OUT: as if its tensors always moved. */
static double length_ms(const draft *of, int s, int unit)
{
    const step *at = &of->steps[s];
    const hax_cost *first = cost_of(of->problem, at->instance, at->first, unit);
    const hax_cost *last = cost_of(of->problem, at->instance, at->first + at->count - 1, unit);
    return first->in_ms + at->ms[unit] + last->out_ms;
}

/* Steps on units that share a resource run one after the other. */
static void put_down(draft *of, const int *steps, const int *units, int count, double *end_ms)
{
    *end_ms = 0;
    for (int n = 0; n < count; n++) {
        double ms = length_ms(of, steps[n], units[n]);
        double start_ms = draft_start_ms(of, steps[n], units[n], ms);
        draft_place(of, steps[n], units[n], start_ms, start_ms + ms);
        *end_ms = fmax(*end_ms, start_ms + ms);
    }
}

static void judge(giving *at)
{
    const draft_clock before = at->of->clock;
    double end_ms;
    put_down(at->of, at->chosen, at->unit, at->together, &end_ms);
    draft_take_back(at->of, at->together, &before);
    if (at->found && end_ms >= at->best_end_ms)
        return;
    at->found = true;
    at->best_end_ms = end_ms;
    memcpy(at->best_step, at->chosen, sizeof at->best_step);
    memcpy(at->best_unit, at->unit, sizeof at->best_unit);
}

static void give_next(giving *at, int from, int given)
{
    if (given == at->together) {
        judge(at);
        return;
    }
    for (int f = from; f < at->frontier_count; f++) {
        for (int u = 0; u < at->of->problem->unit_count; u++) {
            if (at->unit_taken[u] || !draft_may(at->of, at->frontier[f], u))
                continue;
            at->unit_taken[u] = true;
            at->chosen[given] = at->frontier[f];
            at->unit[given] = u;
            give_next(at, f + 1, given + 1);
            at->unit_taken[u] = false;
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

static hax_status map_frontier(draft *of, const int *frontier, int count, hax_error *err)
{
    int units = of->problem->unit_count;
    giving at = { .of = of, .frontier = frontier, .frontier_count = count };
    at.together = count < units ? count : units;
    while (at.together > 1 && ways(count, units, at.together) > WAYS_MAX)
        at.together--;
    give_next(&at, 0, 0);
    while (!at.found && at.together > 1) { /* not every step may run on every unit */
        at.together--;
        give_next(&at, 0, 0);
    }
    if (!at.found)
        return draft_stuck(of, frontier[0], "h2h", err);
    double end_ms;
    put_down(of, at.best_step, at.best_unit, at.together, &end_ms);
    return HAX_OK;
}

static hax_status map_all(draft *of, hax_error *err)
{
    int instances = of->problem->instance_count;
    int *frontier = calloc((size_t) instances, sizeof *frontier);
    hax_status status = frontier ? HAX_OK : hax_fail_memory(err, "a baseline");
    while (status == HAX_OK && of->placed_count < of->step_count) {
        int count = 0;
        status = allowance_check(&of->allowed, "h2h", err);
        for (int i = 0; i < instances; i++) {
            int s = draft_ready(of, i);
            if (s >= 0)
                frontier[count++] = s;
        }
        if (status == HAX_OK)
            status = map_frontier(of, frontier, count, err);
    }
    free(frontier);
    return status;
}

/* ---- step 4 ------------------------------------------------------------------------------- */

static double end_of(const hax_schedule *schedule)
{
    double end_ms = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        end_ms = fmax(end_ms, schedule->finish_ms[i]);
    return end_ms;
}

typedef struct remapping {
    draft *of;
    const hax_problem *blind; /* the problem without contention */
    hax_schedule *now;
    bool *visited; /* [instance] in this pass */
    bool cut;      /* no time is left for more */
} remapping;

/* Keeps the step on the unit if the round gets strictly shorter. */
static hax_status try_unit(remapping *at, int s, int unit, hax_error *err)
{
    step *moved = &at->of->steps[s];
    int old = moved->unit;
    hax_schedule *made = NULL;
    hax_error why;
    if (unit == old || isinf(moved->ms[unit]))
        return HAX_OK;
    at->cut = at->cut || allowance_is_over(&at->of->allowed);
    if (at->cut)
        return HAX_OK;
    moved->unit = unit;
    hax_status status = draft_schedule(at->of, at->blind, "h2h", &made, &why);
    if (status == HAX_OK && end_of(made) < end_of(at->now) - HAX_TIME_TOLERANCE_MS) {
        hax_schedule_destroy(at->now);
        at->now = made;
        return HAX_OK;
    }
    moved->unit = old;
    hax_schedule_destroy(made);
    return status == HAX_OK || status == HAX_INFEASIBLE ? HAX_OK
                                                        : hax_fail(err, status, "%s", why.message);
}

static hax_status walk_instance(remapping *at, int instance, hax_error *err)
{
    const draft *of = at->of;
    for (int s = of->first_step[instance]; s < of->first_step[instance + 1]; s++) {
        if (s > of->first_step[instance])
            HAX_TRY(try_unit(at, s, of->steps[s - 1].unit, err));
        if (s + 1 < of->first_step[instance + 1])
            HAX_TRY(try_unit(at, s, of->steps[s + 1].unit, err));
    }
    return HAX_OK;
}

/* The network that ends last of those not yet walked through. */
static int latest(const remapping *at)
{
    int last = -1;
    for (int i = 0; i < at->now->instance_count; i++)
        if (!at->visited[i] && (last < 0 || at->now->finish_ms[i] > at->now->finish_ms[last]))
            last = i;
    return last;
}

static hax_status remap(remapping *at, hax_error *err)
{
    size_t instances = (size_t) at->of->problem->instance_count;
    HAX_TRY(draft_schedule(at->of, at->blind, "h2h", &at->now, err));
    for (int pass = 0; pass < 2; pass++) {
        memset(at->visited, 0, instances * sizeof *at->visited);
        for (int i; (i = latest(at)) >= 0;) {
            at->visited[i] = true;
            HAX_TRY(walk_instance(at, i, err));
        }
    }
    return HAX_OK;
}

static hax_status remap_blind(draft *of, bool *cut, hax_error *err)
{
    hax_problem *blind;
    HAX_TRY(problem_without_contention(of->problem, &blind, err));
    remapping at = { .of = of, .blind = blind };
    at.visited = calloc((size_t) of->problem->instance_count, sizeof *at.visited);
    hax_status status = at.visited ? remap(&at, err) : hax_fail_memory(err, "a baseline");
    *cut = at.cut;
    free(at.visited);
    hax_schedule_destroy(at.now);
    hax_problem_destroy(blind);
    return status;
}

hax_status h2h_schedule(const hax_problem *problem, h2h_stage stage,
                        const hax_baseline_limits *limits, hax_schedule **schedule, hax_error *err)
{
    draft of;
    HAX_TRY(draft_open(problem, limits, &of, err));
    bool cut = false;
    of.out_included = true;
    hax_status status = map_all(&of, err);
    if (status == HAX_OK && stage == H2H_REMAPPED)
        status = remap_blind(&of, &cut, err);
    if (status == HAX_OK)
        status = draft_schedule(&of, problem, "h2h", schedule, err);
    if (status == HAX_OK)
        (*schedule)->cut_short = cut;
    draft_close(&of);
    return status;
}

hax_status hax_baseline_h2h(const hax_problem *problem, const hax_baseline_limits *limits,
                            hax_schedule **schedule, hax_error *err)
{
    return h2h_schedule(problem, H2H_REMAPPED, limits, schedule, err);
}
