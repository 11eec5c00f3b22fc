/*
 * After Herald (Kwon et al., HPCA 2021): layers in turn over the networks, each to its fastest
 * unit unless that unit would be loaded too far beyond another; then idle slots are filled by
 * letting whatever is ready run first. Neither transitions nor contention are looked at. Called
 * herald-like because it follows a description of the scheduler and not its program.
 */
#include <math.h>

#include "baselines/draft.h"

/* A unit may be loaded so many times as much as the most loaded other that could take the step. */
static const double balance = 1.5;

typedef struct loads {
    draft *of;
    double ms[HAX_MAX_UNITS];
} loads;

/* Would the unit's load, with the step, be too far beyond those of all others that could take it?
 */
static bool overloads(const loads *at, int s, int unit)
{
    const step *of = &at->of->steps[s];
    double most_ms = -1;
    for (int v = 0; v < at->of->problem->unit_count; v++)
        if (v != unit && !isinf(of->ms[v]))
            most_ms = fmax(most_ms, at->ms[v]);
    return most_ms >= 0 && at->ms[unit] + of->ms[unit] > balance * most_ms;
}

/* The fastest unit that is not overloaded, or the one that is loaded least with it; -1: none. */
static int choose(const loads *at, int s)
{
    const step *of = &at->of->steps[s];
    int fastest = -1, least = -1;
    for (int u = 0; u < at->of->problem->unit_count; u++) {
        if (!draft_may(at->of, s, u))
            continue;
        if ((fastest < 0 || of->ms[u] < of->ms[fastest]) && !overloads(at, s, u))
            fastest = u;
        if (least < 0 || at->ms[u] + of->ms[u] < at->ms[least] + of->ms[least])
            least = u;
    }
    return fastest >= 0 ? fastest : least;
}

static hax_status map_step(loads *at, int s, hax_error *err)
{
    int unit = choose(at, s);
    if (unit < 0)
        return draft_stuck(at->of, s, "herald-like", err);
    draft_map(at->of, s, unit);
    for (int v = 0; v < at->of->problem->unit_count; v++)
        if (share_resource(at->of->problem, unit, v))
            at->ms[v] += at->of->steps[s].ms[unit];
    return HAX_OK;
}

/* The first step of every network, the second of every network, ... */
static hax_status map_all(loads *at, hax_error *err)
{
    const draft *of = at->of;
    for (int turn = 0, mapped = 0; mapped < of->step_count; turn++) {
        HAX_TRY(allowance_check(&of->allowed, "herald-like", err));
        for (int i = 0; i < of->problem->instance_count; i++) {
            if (of->first_step[i] + turn >= of->first_step[i + 1])
                continue;
            HAX_TRY(map_step(at, of->first_step[i] + turn, err));
            mapped++;
        }
    }
    return HAX_OK;
}

hax_status hax_baseline_herald(const hax_problem *problem, const hax_baseline_limits *limits,
                               hax_schedule **schedule, hax_error *err)
{
    draft of;
    HAX_TRY(draft_open(problem, limits, &of, err));
    loads at = { .of = &of };
    hax_status status = map_all(&at, err);
    if (status == HAX_OK)
        status = draft_arrange(&of, "herald-like", err);
    if (status == HAX_OK)
        status = draft_schedule(&of, problem, "herald-like", schedule, err);
    draft_close(&of);
    return status;
}
