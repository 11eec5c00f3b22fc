#include "simulation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { PARTS = 3 };

struct simulation {
    const hax_problem *problem;
    const hax_profile *profile;
    const int *network_of; /* [instance] */
    uint64_t seed;
    int unit_count;             /* of the platform */
    int unit_of[HAX_MAX_UNITS]; /* [the platform's unit]: the problem's, -1 */
    int network_count;
    double **factors; /* [network]: [group * units + unit] * PARTS + part */
};

static double *factor_of(const simulation *of, int network, int group, int unit, hax_part part)
{
    return &of->factors[network][(group * of->unit_count + unit) * PARTS + (int) part];
}

/* Standard normal, by the method of Box and Muller. */
static double normal(hax_random *random)
{
    const double two_pi = 6.283185307179586;
    double radius = sqrt(-2 * log(1 - hax_random_unit(random)));
    return radius * cos(two_pi * hax_random_unit(random));
}

static const hax_summary *summary_of(const hax_group_cost *cost, hax_part part)
{
    return part == HAX_PART_RUN ? &cost->run : part == HAX_PART_OUT ? &cost->out : &cost->in;
}

/* A summary's spread is twice the deviation. Half the variance is the network's own on this kind of
 * unit: a model that is wrong on one group is so on its neighbours. Units of a kind are alike. */
static double drawn(const hax_group_cost *cost, hax_part part, double common, double own)
{
    const hax_summary *summary = summary_of(cost, part);
    if (!cost->allowed || summary->count == 0)
        return 1;
    return exp(summary->spread / 2 * (common + own) / sqrt(2));
}

static void draw_kind(simulation *of, hax_random *random, int network, int kind)
{
    const hax_platform *platform = of->profile->platform;
    const hax_network_profile *from = &of->profile->networks[network];
    double common = normal(random);
    for (int g = 0; g < from->group_count; g++) {
        double own[PARTS];
        for (int p = 0; p < PARTS; p++)
            own[p] = normal(random);
        for (int u = 0; u < of->unit_count; u++)
            for (int p = 0; p < PARTS; p++)
                if (platform->units[u].kind == kind)
                    *factor_of(of, network, g, u, (hax_part) p) =
                        drawn(&from->cost[g][u], (hax_part) p, common, own[p]);
    }
}

void simulation_draw(simulation *of, int round)
{
    hax_random random = hax_random_fork(of->seed, (uint64_t) round + 1);
    for (int n = 0; n < of->network_count; n++)
        for (int k = 0; k < of->profile->platform->kind_count; k++)
            draw_kind(of, &random, n, k);
}

/* ---- the clock ------------------------------------------------------------------------------- */

/* Bytes stay what they are: what takes longer demands less. */
static hax_virtual_cost scaled(double ms, double gbps, double own_gbps, double factor)
{
    return (hax_virtual_cost){ ms * factor, gbps / factor,
                               (own_gbps > 0 ? own_gbps : gbps) / factor };
}

static hax_virtual_cost cost(const void *context, const hax_plan_job *job)
{
    const simulation *of = context;
    int unit = of->unit_of[job->unit];
    assert(unit >= 0);
    const hax_cost *on = &of->problem->instances[job->instance].groups[job->group].on[unit];
    double factor = *factor_of(of, of->network_of[job->instance], job->group, job->unit, job->part);
    switch (job->part) {
    case HAX_PART_OUT: return scaled(on->out_ms, on->out_gbps, 0, factor);
    case HAX_PART_IN: return scaled(on->in_ms, on->in_gbps, 0, factor);
    default: return scaled(on->time_ms, on->gbps, on->own_gbps, factor);
    }
}

static double slowdown(const void *context, int unit, double own_gbps, double external_gbps)
{
    const simulation *of = context;
    return hax_slowdown_value(&of->problem->units[of->unit_of[unit]].slowdown, own_gbps,
                              external_gbps);
}

hax_session_clock simulation_clock(const simulation *of)
{
    return (hax_session_clock){ cost, slowdown, of };
}

/* ---- opened and closed ----------------------------------------------------------------------- */

static void match_units(simulation *of)
{
    const hax_platform *platform = of->profile->platform;
    of->unit_count = platform->unit_count;
    for (int u = 0; u < platform->unit_count; u++) {
        of->unit_of[u] = -1;
        for (int p = 0; p < of->problem->unit_count; p++)
            if (strcmp(of->problem->units[p].name, platform->units[u].name) == 0)
                of->unit_of[u] = p;
    }
}

static hax_status reserve(simulation *of, hax_error *err)
{
    size_t networks = (size_t) of->network_count;
    of->factors = calloc(networks + 1, sizeof *of->factors);
    for (size_t n = 0; of->factors && n < networks; n++) {
        size_t count =
            (size_t) of->profile->networks[n].group_count * (size_t) of->unit_count * PARTS;
        if (!(of->factors[n] = calloc(count, sizeof **of->factors)))
            return hax_fail_memory(err, "a simulation");
        for (size_t f = 0; f < count; f++)
            of->factors[n][f] = 1;
    }
    return of->factors ? HAX_OK : hax_fail_memory(err, "a simulation");
}

hax_status simulation_open(const hax_problem *problem, const hax_profile *profile,
                           const int *network_of, uint64_t seed, simulation **out, hax_error *err)
{
    simulation *made = calloc(1, sizeof *made);
    if (!made)
        return hax_fail_memory(err, "a simulation");
    made->problem = problem;
    made->profile = profile;
    made->network_count = profile->network_count;
    made->network_of = network_of;
    made->seed = seed;
    match_units(made);
    hax_status status = reserve(made, err);
    if (status != HAX_OK) {
        simulation_close(made);
        return status;
    }
    *out = made;
    return HAX_OK;
}

void simulation_close(simulation *of)
{
    if (!of)
        return;
    for (int n = 0; of->factors && n < of->network_count; n++)
        free(of->factors[n]);
    free(of->factors);
    free(of);
}
