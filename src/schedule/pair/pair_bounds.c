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
#include "pair_bounds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct hax_pair_bounds {
    int stride;       /* groups of instance 1, and one more */
    double *done_ms;  /* [groups done by 0][by 1]: least time they take */
    double *to_do_ms; /* the same: least time that the rest takes */
};

enum { WEIGHTINGS_MAX = 24 };

/* Least weighted loads while the tables are made. */
typedef struct loads {
    int count;         /* weightings */
    double *greedy[2]; /* [group][weighting]: of the groups before it */
} loads;

double hax_pair_objective_value(const hax_pair_objective *pair_objective, const double *finish_ms)
{
    if (pair_objective->sum)
        return pair_objective->weight[0] * finish_ms[0] + pair_objective->weight[1] * finish_ms[1];
    return hax_max(finish_ms[0] - pair_objective->deadline_ms[0],
                   finish_ms[1] - pair_objective->deadline_ms[1]);
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
    assert(count >= 1 && count <= WEIGHTINGS_MAX);
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
        assert(weight <= 1 + 1e-9); /* weights of all resources add up to 1 */
    }
    return least;
}

static bool fill_loads(loads *loads, const hax_problem *problem, int instance,
                       double (*weights)[HAX_MAX_RESOURCES])
{
    const hax_instance_spec *spec = &problem->instances[instance];
    int count = loads->count;
    double *load = calloc((size_t) (spec->group_count + 1) * (size_t) count, sizeof *load);
    loads->greedy[instance] = load;
    for (int g = 0; load && g < spec->group_count; g++)
        for (int w = 0; w < count; w++)
            load[(g + 1) * count + w] =
                load[g * count + w] + least_weighted(problem, &spec->groups[g], weights[w]);
    return load != NULL;
}

static void fill_tables(hax_pair_bounds *pair_bounds, const hax_problem *problem,
                        const loads *loads)
{
    int count = loads->count;
    const double *all[2];
    for (int i = 0; i < 2; i++)
        all[i] = loads->greedy[i] + problem->instances[i].group_count * count;
    for (int a = 0; a <= problem->instances[0].group_count; a++) {
        for (int b = 0; b <= problem->instances[1].group_count; b++) {
            double done = 0, to_do = 0;
            for (int w = 0; w < count; w++) {
                double load = loads->greedy[0][a * count + w] + loads->greedy[1][b * count + w];
                done = hax_max(done, load);
                to_do = hax_max(to_do, all[0][w] + all[1][w] - load);
            }
            pair_bounds->done_ms[a * pair_bounds->stride + b] = done;
            pair_bounds->to_do_ms[a * pair_bounds->stride + b] = to_do;
            assert(b == 0 || done >= pair_bounds->done_ms[a * pair_bounds->stride + b - 1]);
            assert(a == 0 || done >= pair_bounds->done_ms[(a - 1) * pair_bounds->stride + b]);
        }
    }
}

hax_pair_bounds *hax_pair_bounds_make(const hax_problem *problem)
{
    double weights[WEIGHTINGS_MAX][HAX_MAX_RESOURCES] = { { 0 } };
    loads context = { .count = choose_weightings(problem, weights) };
    hax_pair_bounds *pair_bounds = calloc(1, sizeof *pair_bounds);
    bool ok = fill_loads(&context, problem, 0, weights) &&
              fill_loads(&context, problem, 1, weights) && pair_bounds;
    if (ok) {
        size_t rows = (size_t) problem->instances[0].group_count + 1;
        pair_bounds->stride = problem->instances[1].group_count + 1;
        pair_bounds->done_ms = calloc(rows * (size_t) pair_bounds->stride, sizeof(double));
        pair_bounds->to_do_ms = calloc(rows * (size_t) pair_bounds->stride, sizeof(double));
        ok = pair_bounds->done_ms && pair_bounds->to_do_ms;
    }
    if (ok)
        fill_tables(pair_bounds, problem, &context);
    free(context.greedy[0]);
    free(context.greedy[1]);
    if (ok)
        return pair_bounds;
    hax_pair_bounds_free(pair_bounds);
    return NULL;
}

void hax_pair_bounds_free(hax_pair_bounds *pair_bounds)
{
    if (!pair_bounds)
        return;
    free(pair_bounds->done_ms);
    free(pair_bounds->to_do_ms);
    free(pair_bounds);
}

hax_position_bounds hax_position_bounds_of(const hax_automaton *automaton, hax_position position)
{
    if (hax_position_is_node(position)) {
        const hax_chain_node *n = &automaton->nodes[position];
        return (hax_position_bounds){ n->early_ms, 0, n->rest_ms, n->group, n->group };
    }
    const hax_chain_item *i = &automaton->items[hax_position_item(position)];
    int done = i->part != HAX_PART_IN;
    return (hax_position_bounds){ i->early_ms, i->ms, i->rest_ms,
                                  i->group + (i->part == HAX_PART_OUT), i->group + done };
}

double hax_pair_bounds_early(const hax_pair_bounds *pair_bounds, const hax_position_bounds *zero,
                             const hax_position_bounds *one)
{
    double chain = hax_max(zero->early_ms, one->early_ms);
    assert(one->before < pair_bounds->stride);
    return hax_max(chain, pair_bounds->done_ms[zero->before * pair_bounds->stride + one->before]);
}

double hax_pair_bounds_value(const hax_pair_bounds *pair_bounds,
                             const hax_pair_objective *objective, const hax_position_bounds *zero,
                             const hax_position_bounds *one)
{
    double early = hax_pair_bounds_early(pair_bounds, zero, one);
    const double finish[2] = { hax_max(early, zero->early_ms + zero->ms) + zero->rest_ms,
                               hax_max(early, one->early_ms + one->ms) + one->rest_ms };
    double chain = hax_pair_objective_value(objective, finish);
    if (objective->sum)
        return chain;
    double end = early + pair_bounds->to_do_ms[zero->after * pair_bounds->stride + one->after];
    return hax_max(chain, end - hax_max(objective->deadline_ms[0], objective->deadline_ms[1]));
}
