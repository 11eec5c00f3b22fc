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

static int resource_count(const chains_shape *chains_shape)
{
    return chains_shape->resources > 0 ? chains_shape->resources : chains_shape->units;
}

static uint32_t resources_of(const chains_shape *chains_shape, int unit)
{
    uint32_t made = 0;
    for (int r = unit; r < resource_count(chains_shape); r += chains_shape->units)
        made |= 1U << r;
    return made;
}

static void make_units(const chains_shape *chains_shape, chains *chains)
{
    static const hax_pccs pccs[] = { [HEAVY] = { 20, 45, 5, 50, 45, 0.9, 60 },
                                     [XAVIER] = { 37.6, 65.7, 3.72, 82.8, 46.63, 0.571, 127.4 } };
    for (int u = 0; u < chains_shape->units; u++)
        chains->units[u] = (hax_unit_spec){
            .name = chains->resource_names[u],
            .resources = resources_of(chains_shape, u),
            .slowdown = { .kind = chains_shape->contention ? HAX_SLOWDOWN_PCCS : HAX_SLOWDOWN_NONE,
                          .pccs = pccs[chains_shape->contention] },
            .max_pieces = -1,
        };
}

static hax_cost make_cost(const chains_shape *chains_shape, double base, int u, hax_random *random)
{
    hax_cost cost = { .allowed = true };
    cost.time_ms = base * (u + 1) * between(random, 0.7, 1.4);
    cost.gbps =
        chains_shape->contention == XAVIER ? between(random, 25, 70) : between(random, 5, 60);
    cost.out_ms = chains_shape->handover * base * between(random, 0.02, 0.1);
    cost.in_ms = chains_shape->handover * base * between(random, 0.02, 0.1);
    return cost;
}

static void make_instance(const chains_shape *chains_shape, int i, hax_random *random,
                          chains *chains)
{
    hax_group_spec *groups = chains->groups + (size_t) i * (size_t) chains_shape->groups;
    for (int g = 0; g < chains_shape->groups; g++) {
        double base = between(random, 0.5, 2);
        hax_cost *costs =
            chains->costs + ((size_t) i * (size_t) chains_shape->groups + (size_t) g) *
                                (size_t) chains_shape->units;
        for (int u = 0; u < chains_shape->units; u++)
            costs[u] = make_cost(chains_shape, base, u, random);
        groups[g] = (hax_group_spec){ chains->group_names[g], costs, false };
    }
    chains->instances[i] = (hax_instance_spec){ .name = chains->instance_names[i],
                                                .group_count = chains_shape->groups,
                                                .groups = groups,
                                                .weight = 1,
                                                .deadline_ms = INFINITY };
}

/* Instances are called a, b, ... and i26, i27, ...: the first ones as they always were. */
static void name_all(const chains_shape *chains_shape, chains *chains)
{
    for (int r = 0; r < HAX_MAX_RESOURCES; r++) {
        snprintf(chains->resource_names[r], NAME_BYTES, "u%d", r);
        chains->resources[r] = chains->resource_names[r];
    }
    for (int i = 0; i < chains_shape->instances; i++)
        snprintf(chains->instance_names[i], NAME_BYTES, i < 26 ? "%c" : "i%d",
                 i < 26 ? 'a' + i : i);
    for (int g = 0; g < chains_shape->groups; g++)
        snprintf(chains->group_names[g], NAME_BYTES, "g%d", g);
}

static hax_status check_shape(const chains_shape *chains_shape, hax_error *err)
{
    if (chains_shape->instances < 1 || chains_shape->instances > CHAINS_INSTANCES_MAX ||
        chains_shape->groups < 1 || chains_shape->groups > CHAINS_GROUPS_MAX ||
        chains_shape->units < 1 || chains_shape->units > CHAINS_UNITS_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "chains of %d x %d x %d: at least 1 x 1 x 1, at most %d x %d x %d",
                        chains_shape->instances, chains_shape->groups, chains_shape->units,
                        CHAINS_INSTANCES_MAX, CHAINS_GROUPS_MAX, CHAINS_UNITS_MAX);
    if (chains_shape->resources != 0 && (chains_shape->resources < chains_shape->units ||
                                         chains_shape->resources > HAX_MAX_RESOURCES))
        return hax_fail(err, HAX_BAD_INPUT, "chains with %d resources: 0, or %d to %d",
                        chains_shape->resources, chains_shape->units, HAX_MAX_RESOURCES);
    return HAX_OK;
}

static bool open_chains(const chains_shape *chains_shape, chains *chains)
{
    size_t groups = (size_t) chains_shape->instances * (size_t) chains_shape->groups;
    chains->group_names = calloc((size_t) chains_shape->groups, sizeof *chains->group_names);
    chains->groups = calloc(groups, sizeof *chains->groups);
    chains->costs = calloc(groups * (size_t) chains_shape->units, sizeof *chains->costs);
    return chains->group_names && chains->groups && chains->costs;
}

static void close_chains(chains *chains)
{
    if (chains) {
        free(chains->group_names);
        free(chains->groups);
        free(chains->costs);
    }
    free(chains);
}

hax_status chains_make(const chains_shape *chains_shape, uint64_t seed, const hax_problem **problem,
                       hax_error *err)
{
    HAX_TRY(check_shape(chains_shape, err));
    chains *context = calloc(1, sizeof *context);
    if (!context || !open_chains(chains_shape, context)) {
        close_chains(context);
        return hax_fail_memory(err, "chains");
    }
    hax_random random =
        hax_random_fork(seed, (uint64_t) (1000 * chains_shape->groups + chains_shape->units));
    name_all(chains_shape, context);
    make_units(chains_shape, context);
    for (int i = 0; i < chains_shape->instances; i++)
        make_instance(chains_shape, i, &random, context);
    const hax_problem result = { resource_count(chains_shape), context->resources,
                                 chains_shape->units,          context->units,
                                 chains_shape->instances,      context->instances,
                                 chains_shape->objective,      -1 };
    hax_status status = hax_problem_copy(&result, problem, err);
    close_chains(context);
    return status;
}
