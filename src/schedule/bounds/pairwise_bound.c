#include "pairwise_bound.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "lower_bound.h"

/* One instance of the pair, after the other one if that is what the problem says. */
static void take_instance(const hax_problem *problem, int i, int other, int other_index, int *after,
                          hax_instance_spec *instance_spec)
{
    *instance_spec = problem->instances[i];
    instance_spec->after = after;
    instance_spec->after_count = 0;
    *after = other_index;
    for (int a = 0; a < problem->instances[i].after_count; a++)
        if (problem->instances[i].after[a] == other)
            instance_spec->after_count = 1;
}

/* The optimum of a pair as a cost; -INFINITY: not known. */
static hax_status pair_cost(const hax_problem *problem, bool ignore_contention, uint64_t states,
                            const int *pair, double *cost, hax_error *err)
{
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = states;
    bool most = problem->objective == HAX_THROUGHPUT;
    hax_instance_spec instances[2];
    hax_problem of_two = *problem;
    hax_search_result found = { 0 };
    int after[2];
    of_two.instance_count = 2;
    of_two.instances = instances;
    for (int i = 0; i < 2; i++)
        take_instance(problem, pair[i], pair[1 - i], 1 - i, &after[i], &instances[i]);
    HAX_TRY(
        hax_pair_search(&of_two, &options, most ? 0 : INFINITY, ignore_contention, &found, err));
    *cost = found.complete ? hax_objective_cost(problem, found.bound) : -INFINITY;
    free(found.placements);
    return HAX_OK;
}

/* Can the pair be worth more than the bound there is? One after the other they take no longer
 * than both alone. */
static bool is_promising(const hax_instance_set *instances, int a, int b, double bound)
{
    return instances->problem->objective != HAX_LATENCY ||
           instances->automata[a].nodes[0].rest_ms + instances->automata[b].nodes[0].rest_ms >
               bound;
}

/* About what one pair takes: the clock is looked at before each. */
static const uint64_t steps_of_pair = (uint64_t) 1 << 20;

/* More places of both than states that may be looked at: most of such tables is left out by bounds,
 * but each is asked. */
enum { PLACES_OF_STATE = 64 };

static double places_of(const hax_instance_set *instances, int i)
{
    return (double) instances->automata[i].node_count + instances->automata[i].item_count;
}

/* Can the table of a pair be filled with so many states? */
static bool is_small(const hax_instance_set *instances, int a, int b, uint64_t states)
{
    return places_of(instances, a) * places_of(instances, b) <= PLACES_OF_STATE * (double) states;
}

hax_status hax_pairwise_bound(const hax_instance_set *instances, uint64_t states,
                              const hax_effort *effort, double *bound, hax_error *err)
{
    const hax_problem *problem = instances->problem;
    int count = problem->instance_count;
    bool largest = problem->objective == HAX_LATENCY || problem->objective == HAX_DEADLINE;
    double most = -INFINITY, sum = 0;
    if (!instances->alone && !hax_outs_are_harmless(problem))
        return HAX_OK;
    for (int a = 0; a < count; a++) {
        for (int b = a + 1; b < count; b++) {
            double of_pair = -INFINITY;
            if (!is_promising(instances, a, b, *bound))
                continue;
            if (is_small(instances, a, b, states) && hax_effort_spend(effort, steps_of_pair))
                HAX_TRY(pair_cost(problem, instances->ignore_contention, states, (int[]){ a, b },
                                  &of_pair, err));
            most = fmax(most, of_pair);
            sum += of_pair;
        }
    }
    double reached = largest ? most : sum / (count - 1);
    assert(!isnan(reached));
    if (reached > *bound)
        *bound = reached;
    return HAX_OK;
}
