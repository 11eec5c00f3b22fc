/*
 * Two bounds, of which the larger counts.
 *
 * Chain: each instance alone, on the best units, through the place where it is said to be.
 *
 * Load: give every resource r a weight w_r >= 0, the weights adding up to 1. No resource
 * is busy for longer than the time that passes, so the weighted sum of busy times is
 * a bound on it; and it is at least what it would be if every group chose the unit with the
 * least weighted time. Every choice of weights gives a bound (Lagrangian duality of the
 * load relaxation); a few are tabulated and the best is taken.
 */
#include "bounds.h"

#include <math.h>
#include <stdlib.h>

enum { WEIGHTINGS_MAX = 24 };

struct bounds {
    const automaton *pair;
    int weighting_count;
    double *load[2]; /* [group][weighting]: least weighted load of the groups before it */
};

double pair_objective_value(const pair_objective *of, const double *finish_ms)
{
    if (of->sum)
        return of->weight[0] * finish_ms[0] + of->weight[1] * finish_ms[1];
    return fmax(finish_ms[0] - of->deadline_ms[0], finish_ms[1] - of->deadline_ms[1]);
}

/* Weightings: equal on all resources, and shares between pairs of them. */
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

static double least_weighted(const hax_problem *problem, const hax_group_spec *group,
                             const double *weights)
{
    double least = INFINITY;
    for (int u = 0; u < problem->unit_count; u++) {
        double weight = 0;
        for (int r = 0; r < problem->resource_count; r++)
            if (problem->units[u].resources >> r & 1)
                weight += weights[r];
        if (group->on[u].allowed)
            least = fmin(least, weight * group->on[u].time_ms);
    }
    return least;
}

static bool fill_loads(bounds *of, const hax_problem *problem, int instance,
                       double (*weights)[HAX_MAX_RESOURCES])
{
    const hax_instance_spec *spec = &problem->instances[instance];
    int count = of->weighting_count;
    double *load = calloc((size_t) (spec->group_count + 1) * (size_t) count, sizeof *load);
    of->load[instance] = load;
    for (int g = 0; load && g < spec->group_count; g++)
        for (int w = 0; w < count; w++)
            load[(g + 1) * count + w] =
                load[g * count + w] + least_weighted(problem, &spec->groups[g], weights[w]);
    return load != NULL;
}

bounds *bounds_make(const hax_problem *problem, const automaton *pair)
{
    double weights[WEIGHTINGS_MAX][HAX_MAX_RESOURCES] = { { 0 } };
    bounds *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->pair = pair;
    made->weighting_count = choose_weightings(problem, weights);
    if (!fill_loads(made, problem, 0, weights) || !fill_loads(made, problem, 1, weights)) {
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

position position_of(const automaton *of, place at)
{
    if (place_is_node(at)) {
        const node *n = &of->nodes[at];
        return (position){ n->early_ms, 0, n->rest_ms, n->group, n->group };
    }
    const item *i = &of->items[place_item(at)];
    int done = i->part != HAX_PART_IN;
    return (position){ i->early_ms, i->ms, i->rest_ms, i->group + (i->part == HAX_PART_OUT),
                       i->group + done };
}

/* Weighted load of the groups before `group`. */
static double load_before(const bounds *of, int instance, int group, int weighting)
{
    return of->load[instance][group * of->weighting_count + weighting];
}

double bounds_early(const bounds *of, const position *at)
{
    double early = fmax(at[0].early_ms, at[1].early_ms);
    for (int w = 0; w < of->weighting_count; w++)
        early = fmax(early,
                     load_before(of, 0, at[0].before, w) + load_before(of, 1, at[1].before, w));
    return early;
}

/* Least time that passes from `first` groups on (of either instance) to the end of the round. */
static double load_behind(const bounds *of, int first_0, int first_1)
{
    double most = 0;
    for (int w = 0; w < of->weighting_count; w++) {
        double all = load_before(of, 0, of->pair[0].group_count, w) +
                     load_before(of, 1, of->pair[1].group_count, w);
        most = fmax(most, all - load_before(of, 0, first_0, w) - load_before(of, 1, first_1, w));
    }
    return most;
}

double bounds_value(const bounds *of, const pair_objective *objective, const position *at)
{
    double early = bounds_early(of, at), finish[2];
    for (int i = 0; i < 2; i++)
        finish[i] = fmax(early, at[i].early_ms + at[i].ms) + at[i].rest_ms;
    double chain = pair_objective_value(objective, finish);
    if (objective->sum)
        return chain;
    double end = early + load_behind(of, at[0].after, at[1].after);
    return fmax(chain, end - fmax(objective->deadline_ms[0], objective->deadline_ms[1]));
}
