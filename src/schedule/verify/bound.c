/*
 * What no schedule can be better than, by means as plain as can be: each network alone on its
 * cheapest way through the units, those it comes after before it; and for latency the work that
 * only one resource can do. Weaker than what the search proves; where it reaches the claimed bound,
 * that is confirmed without it.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "verify.h"

/* The cheapest way of one network from unit to unit; nothing is slowed. */
static double cheapest_way_ms(const hax_problem *problem, int i)
{
    const hax_instance_spec *spec = &problem->instances[i];
    double ms[HAX_MAX_UNITS] = { 0 }, least_ms = INFINITY;
    for (int g = 0; g < spec->group_count; g++) {
        const hax_cost *cost = spec->groups[g].on;
        double after_ms[HAX_MAX_UNITS];
        for (int u = 0; u < problem->unit_count; u++) {
            double from_ms = ms[u];
            for (int v = 0; g > 0 && !spec->groups[g].joined && v < problem->unit_count; v++)
                if (v != u && spec->groups[g - 1].on[v].allowed)
                    from_ms = fmin(from_ms, ms[v] + hax_verify_out(problem, i, g - 1, v, u).ms +
                                                hax_verify_in(problem, i, g, u, v).ms);
            after_ms[u] = cost[u].allowed ? from_ms + cost[u].time_ms : INFINITY;
        }
        for (int u = 0; u < problem->unit_count; u++)
            ms[u] = after_ms[u];
    }
    for (int u = 0; u < problem->unit_count; u++)
        least_ms = fmin(least_ms, ms[u]);
    assert(least_ms >= 0);
    return least_ms;
}

/* Ends behind those of the instances that must end before; passes enough for chains of 64, and
 * too early an end is still a bound. */
static void follow(const hax_problem *problem, const double *way_ms, double *finish_ms)
{
    bool changed = true;
    for (int pass = 0; changed && pass < 64; pass++) {
        changed = false;
        for (int i = 0; i < problem->instance_count; i++) {
            const hax_instance_spec *spec = &problem->instances[i];
            for (int a = 0; a < spec->after_count; a++) {
                double ms = finish_ms[spec->after[a]] + way_ms[i];
                changed = changed || ms > finish_ms[i];
                finish_ms[i] = fmax(finish_ms[i], ms);
            }
        }
    }
}

/* Work that every way of running a group puts on the resource. */
static double load_ms(const hax_problem *problem, int resource)
{
    double sum_ms = 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            const hax_cost *cost = problem->instances[i].groups[g].on;
            double least_ms = INFINITY;
            for (int u = 0; u < problem->unit_count; u++)
                if (cost[u].allowed)
                    least_ms =
                        fmin(least_ms,
                             problem->units[u].resources >> resource & 1 ? cost[u].time_ms : 0);
            assert(isfinite(least_ms)); /* some unit may run it */
            sum_ms += least_ms;
        }
    return sum_ms;
}

static double objective(const hax_problem *problem, const double *finish_ms)
{
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        switch (problem->objective) {
        case HAX_THROUGHPUT: sum += 1 / finish_ms[i]; break;
        case HAX_SUM: sum += spec->weight * finish_ms[i]; break;
        case HAX_DEADLINE: largest = fmax(largest, finish_ms[i] - spec->deadline_ms); break;
        case HAX_LATENCY: largest = fmax(largest, finish_ms[i]); break;
        }
    }
    return problem->objective == HAX_THROUGHPUT || problem->objective == HAX_SUM ? sum : largest;
}

hax_status hax_verify_own_bound(const hax_problem *problem, double *bound, hax_error *err)
{
    size_t count = (size_t) problem->instance_count;
    double *way_ms = calloc(2 * count, sizeof *way_ms);
    if (!way_ms)
        return hax_fail_memory(err, "a schedule's check");
    double *finish_ms = way_ms + count;
    for (int i = 0; i < problem->instance_count; i++)
        way_ms[i] = finish_ms[i] = cheapest_way_ms(problem, i);
    follow(problem, way_ms, finish_ms);
    *bound = objective(problem, finish_ms);
    for (int r = 0; problem->objective == HAX_LATENCY && r < problem->resource_count; r++)
        *bound = fmax(*bound, load_ms(problem, r));
    free(way_ms);
    return HAX_OK;
}
