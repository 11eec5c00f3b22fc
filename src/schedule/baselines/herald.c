/*
 * After Herald (Kwon et al., HPCA 2021): layers in turn over the networks, each to its fastest
 * unit unless that unit would be loaded too far beyond another; then idle slots are filled by
 * letting whatever is ready run first. Neither transitions nor contention are looked at. Called
 * herald-like because it follows a description of the scheduler and not its program.
 */
#include <math.h>

#include "greedy_schedule.h"

/* A unit may be loaded so many times as much as the most loaded other that could take the step. */
static const double balance = 1.5;

typedef struct loads {
    hax_greedy_schedule *greedy;
    double ms[HAX_MAX_UNITS];
} loads;

/* Would the unit's load, with the step, be too far beyond those of all others that could take it?
 */
static bool overloads(const loads *loads, int s, int unit)
{
    const hax_greedy_task *step = &loads->greedy->steps[s];
    double most_ms = -1;
    for (int v = 0; v < loads->greedy->problem->unit_count; v++)
        if (v != unit && !isinf(step->ms[v]))
            most_ms = fmax(most_ms, loads->ms[v]);
    return most_ms >= 0 && loads->ms[unit] + step->ms[unit] > balance * most_ms;
}

/* The fastest unit that is not overloaded, or the one that is loaded least with it; -1: none. */
static int choose(const loads *loads, int s)
{
    const hax_greedy_task *step = &loads->greedy->steps[s];
    int fastest = -1, least = -1;
    for (int u = 0; u < loads->greedy->problem->unit_count; u++) {
        if (!hax_greedy_may(loads->greedy, s, u))
            continue;
        if ((fastest < 0 || step->ms[u] < step->ms[fastest]) && !overloads(loads, s, u))
            fastest = u;
        if (least < 0 || loads->ms[u] + step->ms[u] < loads->ms[least] + step->ms[least])
            least = u;
    }
    return fastest >= 0 ? fastest : least;
}

static hax_status map_step(loads *loads, int s, hax_error *err)
{
    int unit = choose(loads, s);
    if (unit < 0)
        return hax_greedy_stuck(loads->greedy, s, "herald-like", err);
    hax_greedy_map(loads->greedy, s, unit);
    for (int v = 0; v < loads->greedy->problem->unit_count; v++)
        if (hax_share_resource(loads->greedy->problem, unit, v))
            loads->ms[v] += loads->greedy->steps[s].ms[unit];
    return HAX_OK;
}

/* The first step of every network, the second of every network, ... */
static hax_status map_all(loads *loads, hax_error *err)
{
    const hax_greedy_schedule *greedy = loads->greedy;
    for (int turn = 0, mapped = 0; mapped < greedy->step_count; turn++) {
        HAX_TRY(hax_time_budget_check(&greedy->allowed, "herald-like", err));
        for (int i = 0; i < greedy->problem->instance_count; i++) {
            if (greedy->first_step[i] + turn >= greedy->first_step[i + 1])
                continue;
            HAX_TRY(map_step(loads, greedy->first_step[i] + turn, err));
            mapped++;
        }
    }
    return HAX_OK;
}

hax_status hax_baseline_herald(const hax_problem *problem, const hax_baseline_limits *limits,
                               const hax_schedule **schedule, hax_error *err)
{
    hax_greedy_schedule greedy;
    HAX_TRY(hax_greedy_open(problem, limits, &greedy, err));
    loads context = { .greedy = &greedy };
    hax_status status = map_all(&context, err);
    if (status == HAX_OK)
        status = hax_greedy_arrange(&greedy, "herald-like", err);
    if (status == HAX_OK)
        status = hax_greedy_evaluate(&greedy, problem, "herald-like", schedule, err);
    hax_greedy_close(&greedy);
    return status;
}
