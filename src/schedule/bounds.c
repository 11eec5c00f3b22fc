/*
 * Two bounds, of which the larger counts.
 *
 * Chain: each instance alone from where it is, on the best units.
 *
 * Load (latency only): give every resource r a weight w_r >= 0, the weights adding up to 1.
 * No resource is busy for longer than the round, so the weighted sum of busy times is
 * a bound; and it is at least what it would be if every group chose the unit with the
 * least weighted time. Every choice of weights gives a bound (Lagrangian duality of the
 * load relaxation); a few are tabulated and the best is taken.
 */
#include "bounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHTINGS_MAX = 24 };

struct bounds {
    const hax_problem *problem;
    const automaton *pair;
    int weighting_count;
    double unit_weight[WEIGHTINGS_MAX][HAX_MAX_UNITS];
    double *load[2]; /* [group][weighting]: least weighted load of groups from here on */
};

/* Weightings: all on one resource, equal on all, and shares between the first pairs. */
static int choose_weightings(const hax_problem *problem, double (*weights)[HAX_MAX_RESOURCES])
{
    enum { STEPS = 8 };
    int count = 0, resources = problem->resource_count;
    for (int r = 0; r < resources; r++)
        weights[count][r] = 1.0 / resources;
    count++;
    for (int a = 0; a < resources; a++) {
        for (int b = a + 1; b < resources; b++) {
            for (int step = 1; step < STEPS && count < WEIGHTINGS_MAX; step++) {
                weights[count][a] = (double) step / STEPS;
                weights[count][b] = 1 - (double) step / STEPS;
                count++;
            }
        }
    }
    return count;
}

static double least_weighted(const bounds *of, const hax_group_spec *group, int w)
{
    double least = INFINITY;
    for (int u = 0; u < of->problem->unit_count; u++)
        if (group->on[u].allowed)
            least = fmin(least, of->unit_weight[w][u] * group->on[u].time_ms);
    return least;
}

static bool fill_loads(bounds *of, int instance)
{
    const hax_instance_spec *spec = &of->problem->instances[instance];
    int weightings = of->weighting_count;
    double *load = calloc((size_t) (spec->group_count + 1) * (size_t) weightings, sizeof *load);
    of->load[instance] = load;
    for (int g = spec->group_count - 1; load && g >= 0; g--)
        for (int w = 0; w < weightings; w++)
            load[g * weightings + w] =
                load[(g + 1) * weightings + w] + least_weighted(of, &spec->groups[g], w);
    return load != NULL;
}

bounds *bounds_make(const hax_problem *problem, const automaton *pair)
{
    double weights[WEIGHTINGS_MAX][HAX_MAX_RESOURCES] = { { 0 } };
    bounds *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->problem = problem;
    made->pair = pair;
    made->weighting_count =
        problem->objective == HAX_LATENCY ? choose_weightings(problem, weights) : 0;
    for (int w = 0; w < made->weighting_count; w++)
        for (int u = 0; u < problem->unit_count; u++)
            for (int r = 0; r < problem->resource_count; r++)
                if (problem->units[u].resources >> r & 1)
                    made->unit_weight[w][u] += weights[w][r];
    if (!fill_loads(made, 0) || !fill_loads(made, 1)) {
        bounds_free(made);
        return NULL;
    }
    return made;
}

void bounds_free(bounds *of)
{
    if (!of)
        return;
    free(of->load[0]);
    free(of->load[1]);
    free(of);
}

static double minimised(const bounds *of, const double *finish_ms)
{
    double value = objective_value(of->problem, finish_ms);
    return of->problem->objective == HAX_THROUGHPUT ? -value : value;
}

static double chain_bound(const bounds *of, int first, int first_node, double first_ms,
                          int second_node, double second_ms)
{
    double finish[2];
    finish[first] = first_ms + of->pair[first].nodes[first_node].chain_ms;
    finish[1 - first] = second_ms + of->pair[1 - first].nodes[second_node].chain_ms;
    return minimised(of, finish);
}

/* `busy_unit` is taken until s_ms, -1: none. */
static double load_bound(const bounds *of, int idle, int idle_group, int other_group, double t_ms,
                         int busy_unit, double s_ms)
{
    double best = -INFINITY;
    int count = of->weighting_count;
    for (int w = 0; w < count; w++) {
        double load =
            of->load[idle][idle_group * count + w] + of->load[1 - idle][other_group * count + w];
        if (busy_unit >= 0)
            load += of->unit_weight[w][busy_unit] * (s_ms - t_ms);
        best = fmax(best, t_ms + load);
    }
    return best;
}

double bounds_value(const bounds *of, int idle, int at, double t_ms, int running, double s_ms)
{
    const arc *busy = &of->pair[1 - idle].arcs[running];
    double chain = chain_bound(of, idle, at, t_ms, busy->to, s_ms);
    double load = load_bound(of, idle, of->pair[idle].nodes[at].group,
                             of->pair[1 - idle].nodes[busy->to].group, t_ms, busy->unit, s_ms);
    return fmax(chain, load);
}

double bounds_both_idle(const bounds *of, int a, int b, double t_ms)
{
    double chain = chain_bound(of, 0, a, t_ms, b, t_ms);
    double load =
        load_bound(of, 0, of->pair[0].nodes[a].group, of->pair[1].nodes[b].group, t_ms, -1, t_ms);
    return fmax(chain, load);
}
