/*
 * The optimum of two instances over all schedules, waits of any length included: by a table of
 * what is still to come (pair_table.h) whose optimum is read out (pair_trace.h).
 *
 * Throughput depends on the clock (1 / T), so it goes another way. The sum of 1 / T_d is convex
 * and falls with each T, so over the ends that can be reached it is largest at a corner of
 * their lower-left convex hull, and corners are optima of weighted sums. Every weighted sum
 * that has been minimised to v says w . T >= v for all schedules. The best throughput at
 * the corners of what these lines leave is a bound; the corner that promises most is cut
 * off by the next weighted sum, until no corner promises more than has been found.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/allowance.h"
#include "pair_table.h"
#include "pair_trace.h"
#include "search.h"

typedef struct search {
    const hax_problem *problem;
    const hax_solve_options *options;
    bool blind;
    const pair_corridor *corridor; /* NULL: everywhere */
    double proven;                 /* by the last table, if it was stopped */
    automaton pair[2];
    bounds *bounds;
    uint64_t nodes;
    metered_allowance until;
    search_result *result;
} search;

/* One optimum of a weighted or latest end. */
typedef struct optimum {
    double value; /* INFINITY: nothing below what was asked for */
    double finish_ms[2];
    placement *placements;
    int count;
} optimum;

static bool go_on(void *context, uint64_t states)
{
    enum { LOOK_EVERY = 1024 }; /* states between two looks at the clock */
    const search *at = context;
    const hax_solve_options *options = at->options;
    if (options && states && options->node_limit && at->nodes + states >= options->node_limit)
        return false;
    return states % LOOK_EVERY || !allowance_is_over(&at->until.allowed);
}

/* The optimum if it is below `below` by more than `tolerance`, HAX_LIMIT when a limit was hit. */
static hax_status minimise(search *at, const pair_objective *objective, double below,
                           double tolerance, optimum *made, hax_error *err)
{
    pair_table table = { .problem = at->problem,
                         .pair = at->pair,
                         .bounds = at->bounds,
                         .objective = objective,
                         .below = isinf(below) ? below : below - tolerance,
                         .blind = at->blind,
                         .corridor = at->corridor };
    size_t groups = (size_t) (at->pair[0].group_count + at->pair[1].group_count);
    *made = (optimum){ .value = INFINITY, .finish_ms = { INFINITY, INFINITY } };
    hax_status status = pair_table_fill(&table, go_on, at, err);
    at->nodes += table.states;
    if (status == HAX_LIMIT)
        at->proven = pair_table_bound(&table);
    if (status == HAX_OK && !isinf(made->value = pair_table_optimum(&table))) {
        made->placements = calloc(groups, sizeof *made->placements);
        if (made->placements)
            made->count = pair_trace(&table, made->placements, made->finish_ms);
        else
            status = hax_fail_memory(err, "a schedule");
    }
    pair_table_free(&table);
    return status;
}

static double root_bound(const search *at, const pair_objective *objective)
{
    const position zero = position_of(&at->pair[0], 0), one = position_of(&at->pair[1], 0);
    double finish_ms[2] = { zero.rest_ms, one.rest_ms };
    for (int i = 0; i < 2; i++)
        if (at->problem->instances[i].after_count > 0) /* the other is all that it can wait for */
            finish_ms[i] = zero.rest_ms + one.rest_ms;
    return larger(bounds_value(at->bounds, objective, &zero, &one),
                  pair_objective_value(objective, finish_ms));
}

/* ---- latency, sum, deadline --------------------------------------------------------------------
 */

static pair_objective objective_of(const hax_problem *problem)
{
    pair_objective made = { .sum = problem->objective == HAX_SUM };
    for (int i = 0; i < 2; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        made.weight[i] = spec->weight;
        made.deadline_ms[i] = problem->objective == HAX_DEADLINE ? spec->deadline_ms : 0;
    }
    return made;
}

static hax_status search_once(search *at, double incumbent, hax_error *err)
{
    const pair_objective objective = objective_of(at->problem);
    optimum found;
    hax_status status = minimise(at, &objective, incumbent,
                                 objective_tolerance(at->problem, incumbent), &found, err);
    search_result *result = at->result;
    result->complete = status == HAX_OK;
    result->placements = found.placements;
    result->count = found.count;
    result->value = fmin(found.value, incumbent);
    result->bound = result->complete ? result->value : fmax(root_bound(at, &objective), at->proven);
    return status == HAX_LIMIT ? HAX_OK : status;
}

/* ---- throughput
 * ---------------------------------------------------------------------------------- */

enum { CUTS_MAX = 200, LINES_MAX = CUTS_MAX + 2 };

/* Corners that promise no more than this above what is known (relative) are that: lines meet there
 * but for rounding. */
static const double corner_slack = 1e-8;

/* Of weighted sums: throughput has no times of its own that are the same. */
static const double relative_tolerance = 1e-10;

/* Weights below this: the bound on the other instance alone is tried first. */
static const double axis_near = 1e-2;

/* weight . T >= value for the ends T of all schedules. */
typedef struct line {
    double weight[2], value;
    double touches[2]; /* ends that were reached on it; INFINITY: none known */
} line;

typedef struct hull {
    line lines[LINES_MAX]; /* by falling weight[0] / weight[1]; none of them void */
    int count;
    int cuts; /* weighted sums made small so far */
} hull;

static double throughput(const double *finish_ms)
{
    return 1 / finish_ms[0] + 1 / finish_ms[1];
}

static double weighted(const double *weight, const double *finish_ms)
{
    return weight[0] * finish_ms[0] + weight[1] * finish_ms[1];
}

static void meet(const line *a, const line *b, double *corner)
{
    double area = a->weight[0] * b->weight[1] - a->weight[1] * b->weight[0];
    corner[0] = (a->value * b->weight[1] - b->value * a->weight[1]) / area;
    corner[1] = (a->weight[0] * b->value - b->weight[0] * a->value) / area;
}

/* Is line l void between its neighbours? */
static bool void_line(const hull *of, int l)
{
    double corner[2];
    if (l <= 0 || l + 1 >= of->count)
        return false;
    meet(&of->lines[l - 1], &of->lines[l + 1], corner);
    return weighted(of->lines[l].weight, corner) >= of->lines[l].value;
}

static void drop_line(hull *of, int l)
{
    of->count--;
    memmove(&of->lines[l], &of->lines[l + 1], (size_t) (of->count - l) * sizeof(line));
}

static void add_line(hull *of, line made)
{
    for (int k = 0; k < of->count; k++) { /* parallel: it was cut off from */
        if (of->lines[k].weight[0] * made.weight[1] != made.weight[0] * of->lines[k].weight[1])
            continue;
        of->lines[k] = made;
        return;
    }
    int l = of->count++;
    for (; l > 0 && of->lines[l - 1].weight[0] * made.weight[1] <
                        made.weight[0] * of->lines[l - 1].weight[1];
         l--)
        of->lines[l] = of->lines[l - 1];
    of->lines[l] = made;
    while (void_line(of, l + 1))
        drop_line(of, l + 1);
    while (void_line(of, l - 1))
        drop_line(of, --l);
}

/* The corner that promises most: between lines *at and *at + 1. INFINITY where a T of 0 is left. */
static double best_corner(const hull *of, int *at)
{
    double best = 0;
    for (int l = 0; l + 1 < of->count; l++) {
        double corner[2];
        meet(&of->lines[l], &of->lines[l + 1], corner);
        double value = corner[0] > 0 && corner[1] > 0 ? throughput(corner) : INFINITY;
        if (value <= best)
            continue;
        best = value;
        *at = l;
    }
    return best;
}

/* Weights that cut off a corner: along the ends known on both sides, else along the level of
 * throughput there. */
static void choose_direction(const line *a, const line *b, double *weight)
{
    double rise = a->touches[1] - b->touches[1], run = b->touches[0] - a->touches[0];
    double corner[2];
    if (isfinite(rise) && isfinite(run) && rise > 0 && run > 0) {
        weight[0] = rise / (rise + run);
        weight[1] = run / (rise + run);
        return;
    }
    meet(a, b, corner);
    for (int i = 0; i < 2; i++) {
        if (corner[i] > 0)
            continue;
        weight[i] = 1; /* no end is known to be above 0: how early it can be comes first */
        weight[1 - i] = 0;
        return;
    }
    double square[2] = { corner[0] * corner[0], corner[1] * corner[1] };
    weight[0] = square[1] / (square[0] + square[1]);
    weight[1] = square[0] / (square[0] + square[1]);
    const line *axes[] = { a, b };
    for (int i = 0; i < 2; i++) { /* the axis itself, rather than closer and closer to it */
        if (weight[1 - i] > axis_near || !isinf(axes[i]->touches[0]))
            continue;
        weight[i] = 1;
        weight[1 - i] = 0;
    }
}

/* The corner is at 1 then: where one instance takes a millionth of the other's time the shares of
 * both in the sum stay far above the rounding of a table's values. */
static void choose_weights(const line *a, const line *b, double *weight)
{
    double corner[2];
    choose_direction(a, b, weight);
    meet(a, b, corner);
    const double size = weighted(weight, corner);
    for (int i = 0; size > 0 && i < 2; i++)
        weight[i] /= size;
}

static void keep_better(search *at, optimum *found)
{
    search_result *result = at->result;
    double value = isinf(found->value) ? 0 : throughput(found->finish_ms);
    if (!hax_objective_better(HAX_THROUGHPUT, value, result->value)) {
        free(found->placements);
        return;
    }
    free(result->placements);
    result->placements = found->placements;
    result->count = found->count;
    result->value = value;
}

/* The ends known that are least by these weights; NULL: none. */
static const line *least_known(const hull *of, const double *weight)
{
    const line *best = NULL;
    for (int l = 0; l < of->count; l++)
        if (isfinite(of->lines[l].touches[0]) &&
            (!best || weighted(weight, of->lines[l].touches) < weighted(weight, best->touches)))
            best = &of->lines[l];
    return best;
}

/* Cuts the corner between lines l and l + 1 off. HAX_LIMIT when a limit was hit, HAX_INFEASIBLE
 * when no schedule exists. */
static hax_status cut_corner(search *at, hull *all, int l, hax_error *err)
{
    pair_objective cut = { .sum = true };
    optimum found;
    choose_weights(&all->lines[l], &all->lines[l + 1], cut.weight);
    const line *known = least_known(all, cut.weight);
    double below = known ? weighted(cut.weight, known->touches) : INFINITY;
    line made = { .weight = { cut.weight[0], cut.weight[1] } };
    hax_status status = all->cuts++ == CUTS_MAX
                            ? HAX_LIMIT
                            : minimise(at, &cut, below, relative_tolerance * below, &found, err);
    if (status != HAX_OK)
        return status;
    bool better = !isinf(found.value);
    if (!better && !known)
        return HAX_INFEASIBLE;
    memcpy(made.touches, better ? found.finish_ms : known->touches, sizeof made.touches);
    made.value = weighted(cut.weight, made.touches);
    add_line(all, made);
    keep_better(at, &found);
    return HAX_OK;
}

static hax_status search_throughput(search *at, double incumbent, hax_error *err)
{
    hull all = { .count = 0 };
    search_result *result = at->result;
    hax_status status = HAX_OK;
    int corner = 0;
    result->value = incumbent;
    for (int i = 0; i < 2; i++) {
        pair_objective alone = { .sum = true, .weight = { i == 0, i == 1 } };
        line made = { { i == 0, i == 1 }, root_bound(at, &alone), { INFINITY, INFINITY } };
        add_line(&all, made);
    }
    while (status == HAX_OK &&
           (result->bound = best_corner(&all, &corner)) > result->value * (1 + corner_slack))
        status = cut_corner(at, &all, corner, err);
    result->complete = status == HAX_OK || status == HAX_INFEASIBLE;
    if (status == HAX_OK)
        result->bound = result->value;
    return result->complete || status == HAX_LIMIT ? HAX_OK : status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static hax_status run(search *at, double incumbent, hax_error *err)
{
    const hax_effort effort = { allowance_spend, &at->until };
    HAX_TRY(automaton_build(at->problem, 0, &effort, &at->pair[0], err));
    HAX_TRY(automaton_build(at->problem, 1, &effort, &at->pair[1], err));
    if (!pair_table_fits(at->pair))
        return hax_fail(err, HAX_LIMIT, "the table of two instances is too large for memory");
    at->bounds = bounds_make(at->problem);
    if (!at->bounds)
        return hax_fail_memory(err, "a search");
    if (at->problem->objective == HAX_THROUGHPUT)
        return search_throughput(at, incumbent, err);
    return search_once(at, incumbent, err);
}

static hax_status search_within(const hax_problem *problem, const hax_solve_options *options,
                                const pair_corridor *corridor, double incumbent, bool blind,
                                search_result *result, hax_error *err)
{
    search at = { .problem = problem,
                  .options = options,
                  .blind = blind,
                  .corridor = corridor,
                  .proven = -INFINITY,
                  .until = { .allowed = allowance_of_search(options) },
                  .result = result };
    *result = (search_result){ .count = 0 };
    hax_status status = run(&at, incumbent, err);
    result->nodes = at.nodes;
    automaton_free(&at.pair[0]);
    automaton_free(&at.pair[1]);
    bounds_free(at.bounds);
    return status;
}

hax_status search_pair(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err)
{
    return search_within(problem, options, NULL, incumbent, blind, result, err);
}

hax_status search_pair_near(const hax_problem *problem, const hax_solve_options *options,
                            const pair_corridor *corridor, bool blind, search_result *result,
                            hax_error *err)
{
    const double worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    return search_within(problem, options, corridor, worst, blind, result, err);
}
