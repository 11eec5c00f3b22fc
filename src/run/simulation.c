#include "simulation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "random.h"

enum { PARTS = 3 };

struct hax_simulation {
    const hax_problem *problem;
    const hax_profile *profile;
    const int *network_of; /* [instance] */
    uint64_t seed;
    int unit_count;             /* of the platform */
    int unit_of[HAX_MAX_UNITS]; /* [the platform's unit]: the problem's, -1 */
    int network_count;
    double **factors; /* [network]: [group * units + unit] * PARTS + part */
};

static double *factor_of(const hax_simulation *simulation, int network, int group, int unit,
                         hax_part part)
{
    assert(group < simulation->profile->networks[network].group_count);
    assert(unit >= 0 && unit < simulation->unit_count && (int) part < PARTS);
    return &simulation
                ->factors[network][(group * simulation->unit_count + unit) * PARTS + (int) part];
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

static void draw_kind(hax_simulation *simulation, hax_random *random, int network, int kind)
{
    const hax_platform *platform = simulation->profile->platform;
    const hax_network_profile *from = &simulation->profile->networks[network];
    double common = normal(random);
    for (int g = 0; g < from->group_count; g++) {
        double own[PARTS];
        for (int p = 0; p < PARTS; p++)
            own[p] = normal(random);
        for (int u = 0; u < simulation->unit_count; u++)
            for (int p = 0; p < PARTS; p++)
                if (platform->units[u].kind == kind)
                    *factor_of(simulation, network, g, u, (hax_part) p) =
                        drawn(&from->cost[g][u], (hax_part) p, common, own[p]);
    }
}

void hax_simulation_draw(hax_simulation *simulation, int round)
{
    hax_random random = hax_random_fork(simulation->seed, (uint64_t) round + 1);
    for (int n = 0; n < simulation->network_count; n++)
        for (int k = 0; k < simulation->profile->platform->kind_count; k++)
            draw_kind(simulation, &random, n, k);
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
    const hax_simulation *simulation = context;
    int unit = simulation->unit_of[job->unit];
    assert(unit >= 0);
    const hax_cost *cost =
        &simulation->problem->instances[job->instance].groups[job->group].on[unit];
    double factor = *factor_of(simulation, simulation->network_of[job->instance], job->group,
                               job->unit, job->part);
    switch (job->part) {
    case HAX_PART_OUT: {
        const hax_handover out = hax_out_between(simulation->problem, job->instance, job->group,
                                                 unit, simulation->unit_of[job->to_unit]);
        return scaled(out.ms, out.gbps, 0, factor);
    }
    case HAX_PART_IN: {
        const hax_handover in = hax_in_between(simulation->problem, job->instance, job->group,
                                               simulation->unit_of[job->from_unit], unit);
        return scaled(in.ms, in.gbps, 0, factor);
    }
    default: return scaled(cost->time_ms, cost->gbps, cost->own_gbps, factor);
    }
}

static double slowdown(const void *context, int unit, double own_gbps, double external_gbps)
{
    const hax_simulation *simulation = context;
    assert(simulation->unit_of[unit] >= 0);
    return hax_slowdown_value(&simulation->problem->units[simulation->unit_of[unit]].slowdown,
                              own_gbps, external_gbps);
}

hax_session_clock hax_simulation_clock(const hax_simulation *simulation)
{
    return (hax_session_clock){ cost, slowdown, simulation };
}

/* ---- opened and closed ----------------------------------------------------------------------- */

static void match_units(hax_simulation *simulation)
{
    const hax_platform *platform = simulation->profile->platform;
    simulation->unit_count = platform->unit_count;
    for (int u = 0; u < platform->unit_count; u++) {
        simulation->unit_of[u] = -1;
        for (int p = 0; p < simulation->problem->unit_count; p++)
            if (strcmp(simulation->problem->units[p].name, platform->units[u].name) == 0)
                simulation->unit_of[u] = p;
    }
}

static hax_status reserve(hax_simulation *simulation, hax_error *err)
{
    size_t networks = (size_t) simulation->network_count;
    simulation->factors = calloc(networks + 1, sizeof *simulation->factors);
    for (size_t n = 0; simulation->factors && n < networks; n++) {
        size_t count = (size_t) simulation->profile->networks[n].group_count *
                       (size_t) simulation->unit_count * PARTS;
        if (!(simulation->factors[n] = calloc(count, sizeof **simulation->factors)))
            return hax_fail_memory(err, "a simulation");
        for (size_t f = 0; f < count; f++)
            simulation->factors[n][f] = 1;
    }
    return simulation->factors ? HAX_OK : hax_fail_memory(err, "a simulation");
}

hax_status hax_simulation_open(const hax_problem *problem, const hax_profile *profile,
                               const int *network_of, uint64_t seed, hax_simulation **out,
                               hax_error *err)
{
    hax_simulation *simulation = calloc(1, sizeof *simulation);
    if (!simulation)
        return hax_fail_memory(err, "a simulation");
    simulation->problem = problem;
    simulation->profile = profile;
    simulation->network_count = profile->network_count;
    simulation->network_of = network_of;
    simulation->seed = seed;
    match_units(simulation);
    hax_status status = reserve(simulation, err);
    if (status != HAX_OK) {
        hax_simulation_close(simulation);
        return status;
    }
    *out = simulation;
    return HAX_OK;
}

void hax_simulation_close(hax_simulation *simulation)
{
    if (!simulation)
        return;
    for (int n = 0; simulation->factors && n < simulation->network_count; n++)
        free(simulation->factors[n]);
    free(simulation->factors);
    free(simulation);
}
