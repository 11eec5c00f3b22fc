/* Random chains: the problems that the search is measured on. */
#include "chains.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "random.h"

typedef struct chains {
    hax_unit_spec units[CHAINS_UNITS_MAX];
    char group_names[CHAINS_GROUPS_MAX][16];
    hax_group_spec groups[CHAINS_INSTANCES_MAX][CHAINS_GROUPS_MAX];
    hax_cost costs[CHAINS_INSTANCES_MAX][CHAINS_GROUPS_MAX][CHAINS_UNITS_MAX];
    hax_instance_spec instances[CHAINS_INSTANCES_MAX];
} chains;

static const char *const unit_names[CHAINS_UNITS_MAX] = { "u0", "u1", "u2", "u3" };
static const char *const instance_names[CHAINS_INSTANCES_MAX] = { "a", "b", "c", "d",
                                                                  "e", "f", "g", "h" };

static double between(hax_random *random, double low, double high)
{
    return low + (high - low) * hax_random_unit(random);
}

static void make_units(const chains_shape *of, chains *at)
{
    static const hax_pccs pccs[] = { [HEAVY] = { 20, 45, 5, 50, 45, 0.9, 60 },
                                     [XAVIER] = { 37.6, 65.7, 3.72, 82.8, 46.63, 0.571, 127.4 } };
    for (int u = 0; u < of->units; u++)
        at->units[u] = (hax_unit_spec){
            .name = unit_names[u],
            .resources = 1U << u,
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
    for (int g = 0; g < of->groups; g++) {
        double base = between(random, 0.5, 2);
        for (int u = 0; u < of->units; u++)
            at->costs[i][g][u] = make_cost(of, base, u, random);
        at->groups[i][g] = (hax_group_spec){ at->group_names[g], at->costs[i][g] };
    }
    at->instances[i] = (hax_instance_spec){ .name = instance_names[i],
                                            .group_count = of->groups,
                                            .groups = at->groups[i],
                                            .weight = 1,
                                            .deadline_ms = INFINITY };
}

hax_status chains_make(const chains_shape *of, uint64_t seed, hax_problem **problem, hax_error *err)
{
    if (of->instances < 1 || of->instances > CHAINS_INSTANCES_MAX || of->groups < 1 ||
        of->groups > CHAINS_GROUPS_MAX || of->units < 1 || of->units > CHAINS_UNITS_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "chains of %d x %d x %d: at least 1 x 1 x 1, at most %d x %d x %d",
                        of->instances, of->groups, of->units, CHAINS_INSTANCES_MAX,
                        CHAINS_GROUPS_MAX, CHAINS_UNITS_MAX);
    chains *at = calloc(1, sizeof *at);
    if (!at)
        return hax_fail_memory(err, "chains");
    hax_random random = hax_random_fork(seed, (uint64_t) (1000 * of->groups + of->units));
    for (int g = 0; g < of->groups; g++)
        snprintf(at->group_names[g], sizeof at->group_names[g], "g%d", g);
    make_units(of, at);
    for (int i = 0; i < of->instances; i++)
        make_instance(of, i, &random, at);
    const hax_problem made = { of->units,     unit_names,    of->units,     at->units,
                               of->instances, at->instances, of->objective, -1 };
    hax_status status = hax_problem_copy(&made, problem, err);
    free(at);
    return status;
}
