/* What is proven of a problem before anything has been searched. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "search.h"

/* Least time of a group on any unit, and least share of all resources together that it takes. */
static double least_ms(const hax_problem *problem, int instance, int group, double *least_load_ms)
{
    double least = INFINITY;
    *least_load_ms = INFINITY;
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = hax_cost_of(problem, instance, group, u);
        int resources = __builtin_popcount(problem->units[u].resources);
        if (!cost->allowed)
            continue;
        least = fmin(least, cost->time_ms);
        *least_load_ms = fmin(*least_load_ms, cost->time_ms * resources / problem->resource_count);
    }
    assert(isfinite(least) && *least_load_ms <= least); /* some unit may run it */
    return least;
}

/* Ends of instances behind those that they come after; there is no circle. */
static void chain_ends(const hax_problem *problem, const double *alone_ms, double *end_ms)
{
    for (int i = 0; i < problem->instance_count; i++)
        end_ms[i] = alone_ms[i];
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < problem->instance_count; i++) {
            const hax_instance_spec *spec = &problem->instances[i];
            for (int a = 0; a < spec->after_count; a++) {
                if (end_ms[i] >= end_ms[spec->after[a]] + alone_ms[i])
                    continue;
                end_ms[i] = end_ms[spec->after[a]] + alone_ms[i];
                moved = true;
            }
        }
    }
}

hax_status hax_chain_bound(const hax_problem *problem, double *bound, hax_error *err)
{
    const size_t count = (size_t) problem->instance_count;
    double *alone_ms = calloc(2 * count, sizeof *alone_ms), load_ms = 0;
    if (!alone_ms)
        return hax_fail_memory(err, "a bound");
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            double of_group_ms;
            alone_ms[i] += least_ms(problem, i, g, &of_group_ms);
            load_ms += of_group_ms;
        }
    chain_ends(problem, alone_ms, alone_ms + count);
    *bound = hax_objective_value(problem, alone_ms + count);
    if (problem->objective == HAX_LATENCY)
        *bound = fmax(*bound, load_ms);
    free(alone_ms);
    return HAX_OK;
}
