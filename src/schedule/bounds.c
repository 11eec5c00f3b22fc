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

struct bounds {
    int stride;       /* groups of instance 1, and one more */
    double *done_ms;  /* [groups done by 0][by 1]: least time they take */
    double *to_do_ms; /* the same: least time that the rest takes */
};

enum { WEIGHTINGS_MAX = 24 };

/* Least weighted loads while the tables are made. */
typedef struct loads {
    int count;     /* weightings */
    double *of[2]; /* [group][weighting]: of the groups before it */
} loads;

double pair_objective_value(const pair_objective *of, const double *finish_ms)
{
    if (of->sum)
        return of->weight[0] * finish_ms[0] + of->weight[1] * finish_ms[1];
    return larger(finish_ms[0] - of->deadline_ms[0], finish_ms[1] - of->deadline_ms[1]);
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

static bool fill_loads(loads *of, const hax_problem *problem, int instance,
                       double (*weights)[HAX_MAX_RESOURCES])
{
    const hax_instance_spec *spec = &problem->instances[instance];
    int count = of->count;
    double *load = calloc((size_t) (spec->group_count + 1) * (size_t) count, sizeof *load);
    of->of[instance] = load;
    for (int g = 0; load && g < spec->group_count; g++)
        for (int w = 0; w < count; w++)
            load[(g + 1) * count + w] =
                load[g * count + w] + least_weighted(problem, &spec->groups[g], weights[w]);
    return load != NULL;
}

static void fill_tables(bounds *made, const hax_problem *problem, const loads *of)
{
    int count = of->count;
    const double *all[2];
    for (int i = 0; i < 2; i++)
        all[i] = of->of[i] + problem->instances[i].group_count * count;
    for (int a = 0; a <= problem->instances[0].group_count; a++) {
        for (int b = 0; b <= problem->instances[1].group_count; b++) {
            double done = 0, to_do = 0;
            for (int w = 0; w < count; w++) {
                double load = of->of[0][a * count + w] + of->of[1][b * count + w];
                done = larger(done, load);
                to_do = larger(to_do, all[0][w] + all[1][w] - load);
            }
            made->done_ms[a * made->stride + b] = done;
            made->to_do_ms[a * made->stride + b] = to_do;
        }
    }
}

bounds *bounds_make(const hax_problem *problem)
{
    double weights[WEIGHTINGS_MAX][HAX_MAX_RESOURCES] = { { 0 } };
    loads of = { .count = choose_weightings(problem, weights) };
    bounds *made = calloc(1, sizeof *made);
    bool ok = fill_loads(&of, problem, 0, weights) && fill_loads(&of, problem, 1, weights) && made;
    if (ok) {
        size_t rows = (size_t) problem->instances[0].group_count + 1;
        made->stride = problem->instances[1].group_count + 1;
        made->done_ms = calloc(rows * (size_t) made->stride, sizeof(double));
        made->to_do_ms = calloc(rows * (size_t) made->stride, sizeof(double));
        ok = made->done_ms && made->to_do_ms;
    }
    if (ok)
        fill_tables(made, problem, &of);
    free(of.of[0]);
    free(of.of[1]);
    if (ok)
        return made;
    bounds_free(made);
    return NULL;
}

void bounds_free(bounds *of)
{
    if (!of)
        return;
    free(of->done_ms);
    free(of->to_do_ms);
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

double bounds_early(const bounds *of, const position *zero, const position *one)
{
    double chain = larger(zero->early_ms, one->early_ms);
    return larger(chain, of->done_ms[zero->before * of->stride + one->before]);
}

double bounds_value(const bounds *of, const pair_objective *objective, const position *zero,
                    const position *one)
{
    double early = bounds_early(of, zero, one);
    const double finish[2] = { larger(early, zero->early_ms + zero->ms) + zero->rest_ms,
                               larger(early, one->early_ms + one->ms) + one->rest_ms };
    double chain = pair_objective_value(objective, finish);
    if (objective->sum)
        return chain;
    double end = early + of->to_do_ms[zero->after * of->stride + one->after];
    return larger(chain, end - larger(objective->deadline_ms[0], objective->deadline_ms[1]));
}
