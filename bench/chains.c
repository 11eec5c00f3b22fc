/* Random chains: the problems that the search is measured on. */
#include "chains.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "random.h"

enum { NAME_BYTES = 16 };

typedef struct chains {
    hax_unit_spec units[CHAINS_UNITS_MAX];
    const char *resources[HAX_MAX_RESOURCES];
    char resource_names[HAX_MAX_RESOURCES][NAME_BYTES];
    char instance_names[CHAINS_INSTANCES_MAX][NAME_BYTES];
    char (*group_names)[NAME_BYTES]; /* [group] */
    hax_group_spec *groups;          /* [instance][group] */
    hax_cost *costs;                 /* [instance][group][unit] */
    hax_instance_spec instances[CHAINS_INSTANCES_MAX];
} chains;

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

static int resource_count(const chains_shape *of)
{
    return of->resources > 0 ? of->resources : of->units;
}

static uint32_t resources_of(const chains_shape *of, int unit)
{
    uint32_t made = 0;
    for (int r = unit; r < resource_count(of); r += of->units)
        made |= 1U << r;
    return made;
}

static void make_units(const chains_shape *of, chains *at)
{
    static const hax_pccs pccs[] = { [HEAVY] = { 20, 45, 5, 50, 45, 0.9, 60 },
                                     [XAVIER] = { 37.6, 65.7, 3.72, 82.8, 46.63, 0.571, 127.4 } };
    for (int u = 0; u < of->units; u++)
        at->units[u] = (hax_unit_spec){
            .name = at->resource_names[u],
            .resources = resources_of(of, u),
            .slowdown = { .kind = of->contention ? HAX_SLOWDOWN_PCCS : HAX_SLOWDOWN_NONE,
                          .pccs = pccs[of->contention] },
            .max_pieces = -1,
        };
}

static hax_cost make_cost(const chains_shape *of, double base, int u, hax_random *random)
{
    hax_cost cost = { .allowed = true };
    cost.time_ms = base * (u + 1) * between(random, 0.7, 1.4);
    cost.gbps = of->contention == XAVIER ? between(random, 25, 70) : between(random, 5, 60);
    cost.out_ms = of->handover * base * between(random, 0.02, 0.1);
    cost.in_ms = of->handover * base * between(random, 0.02, 0.1);
    return cost;
}

static void make_instance(const chains_shape *of, int i, hax_random *random, chains *at)
{
    hax_group_spec *groups = at->groups + (size_t) i * (size_t) of->groups;
    for (int g = 0; g < of->groups; g++) {
        double base = between(random, 0.5, 2);
        hax_cost *costs =
            at->costs + ((size_t) i * (size_t) of->groups + (size_t) g) * (size_t) of->units;
        for (int u = 0; u < of->units; u++)
            costs[u] = make_cost(of, base, u, random);
        groups[g] = (hax_group_spec){ at->group_names[g], costs, false };
    }
    at->instances[i] = (hax_instance_spec){ .name = at->instance_names[i],
                                            .group_count = of->groups,
                                            .groups = groups,
                                            .weight = 1,
                                            .deadline_ms = INFINITY };
}

/* Instances are called a, b, ... and i26, i27, ...: the first ones as they always were. */
static void name_all(const chains_shape *of, chains *at)
{
    for (int r = 0; r < HAX_MAX_RESOURCES; r++) {
        snprintf(at->resource_names[r], NAME_BYTES, "u%d", r);
        at->resources[r] = at->resource_names[r];
    }
    for (int i = 0; i < of->instances; i++)
        snprintf(at->instance_names[i], NAME_BYTES, i < 26 ? "%c" : "i%d", i < 26 ? 'a' + i : i);
    for (int g = 0; g < of->groups; g++)
        snprintf(at->group_names[g], NAME_BYTES, "g%d", g);
}

static hax_status check_shape(const chains_shape *of, hax_error *err)
{
    if (of->instances < 1 || of->instances > CHAINS_INSTANCES_MAX || of->groups < 1 ||
        of->groups > CHAINS_GROUPS_MAX || of->units < 1 || of->units > CHAINS_UNITS_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "chains of %d x %d x %d: at least 1 x 1 x 1, at most %d x %d x %d",
                        of->instances, of->groups, of->units, CHAINS_INSTANCES_MAX,
                        CHAINS_GROUPS_MAX, CHAINS_UNITS_MAX);
    if (of->resources != 0 && (of->resources < of->units || of->resources > HAX_MAX_RESOURCES))
        return hax_fail(err, HAX_BAD_INPUT, "chains with %d resources: 0, or %d to %d",
                        of->resources, of->units, HAX_MAX_RESOURCES);
    return HAX_OK;
}

static bool open_chains(const chains_shape *of, chains *at)
{
    size_t groups = (size_t) of->instances * (size_t) of->groups;
    at->group_names = calloc((size_t) of->groups, sizeof *at->group_names);
    at->groups = calloc(groups, sizeof *at->groups);
    at->costs = calloc(groups * (size_t) of->units, sizeof *at->costs);
    return at->group_names && at->groups && at->costs;
}

static void close_chains(chains *at)
{
    if (at) {
        free(at->group_names);
        free(at->groups);
        free(at->costs);
    }
    free(at);
}

hax_status chains_make(const chains_shape *of, uint64_t seed, hax_problem **problem, hax_error *err)
{
    HAX_TRY(check_shape(of, err));
    chains *at = calloc(1, sizeof *at);
    if (!at || !open_chains(of, at)) {
        close_chains(at);
        return hax_fail_memory(err, "chains");
    }
    hax_random random = hax_random_fork(seed, (uint64_t) (1000 * of->groups + of->units));
    name_all(of, at);
    make_units(of, at);
    for (int i = 0; i < of->instances; i++)
        make_instance(of, i, &random, at);
    const hax_problem made = { resource_count(of), at->resources, of->units,     at->units,
                               of->instances,      at->instances, of->objective, -1 };
    hax_status status = hax_problem_copy(&made, problem, err);
    close_chains(at);
    return status;
}
