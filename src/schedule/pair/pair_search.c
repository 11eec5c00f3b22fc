/*
 * The optimum of two instances over all schedules, waits of any length included: by a table of
 * what is still to come (pair_table.h) whose optimum is read out (pair_trace.h).
 *
 * Throughput depends on the clock (1 / T), so it goes another way. The sum of 1 / T_d is convex
 * and falls with each T, so over the ends that can be reached it is largest at a corner of
 * their lower-left convex hull, and corners are optima of weighted sums. Every weighted sum
 * that has been minimised to v says w . T >= v for all schedules. The best throughput at
 * the corners of what these lines leave is a bound; the corner whose bound is best is cut
 * off by the next weighted sum, until no corner's is better than what has been found.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pair_table.h"
#include "pair_trace.h"
#include "problem.h"
#include "search.h"

typedef struct search {
    const hax_problem *problem;
    const hax_solve_options *options;
    bool ignore_contention;
    const hax_pair_corridor *corridor; /* NULL: everywhere */
    double proven;                     /* by the last table, if it was stopped */
    hax_automaton pair[2];
    hax_pair_bounds *bounds;
    uint64_t nodes;
    hax_metered_budget until;
    hax_search_result *result;
} search;

/* One optimum of a weighted or latest end. */
typedef struct optimum {
    double value; /* INFINITY: nothing below what was asked for */
    double finish_ms[2];
    hax_placement *placements;
    int count;
} optimum;

static bool go_on(void *context, uint64_t states)
{
    enum { LOOK_EVERY = 1024 }; /* states between two looks at the clock */
    const search *polled = context;
    const hax_solve_options *options = polled->options;
    if (options && states && polled->nodes + states >= options->node_limit)
        return false;
    return states % LOOK_EVERY || !hax_time_budget_is_over(&polled->until.allowed);
}

/* The optimum if it is below `below` by more than `tolerance`, HAX_LIMIT when a limit was hit. */
static hax_status minimise(search *search, const hax_pair_objective *objective, double below,
                           double tolerance, optimum *result, hax_error *err)
{
    hax_pair_table table = { .problem = search->problem,
                             .pair = search->pair,
                             .bounds = search->bounds,
                             .objective = objective,
                             .below = isinf(below) ? below : below - tolerance,
                             .ignore_contention = search->ignore_contention,
                             .corridor = search->corridor };
    size_t groups = (size_t) (search->pair[0].group_count + search->pair[1].group_count);
    *result = (optimum){ .value = INFINITY, .finish_ms = { INFINITY, INFINITY } };
    hax_status status = hax_pair_table_fill(&table, go_on, search, err);
    search->nodes += table.states;
    if (status == HAX_LIMIT)
        search->proven = hax_pair_table_bound(&table);
    if (status == HAX_OK && !isinf(result->value = hax_pair_table_optimum(&table))) {
        result->placements = calloc(groups, sizeof *result->placements);
        if (result->placements)
            result->count = hax_pair_trace(&table, result->placements, result->finish_ms);
        else
            status = hax_fail_memory(err, "a schedule");
    }
    hax_pair_table_free(&table);
    return status;
}

static double root_bound(const search *search, const hax_pair_objective *objective)
{
    const hax_position_bounds zero = hax_position_bounds_of(&search->pair[0], 0),
                              one = hax_position_bounds_of(&search->pair[1], 0);
    double finish_ms[2] = { zero.rest_ms, one.rest_ms };
    for (int i = 0; i < 2; i++)
        if (search->problem->instances[i].after_count >
            0) /* the other is all that it can wait for */
            finish_ms[i] = zero.rest_ms + one.rest_ms;
    return hax_max(hax_pair_bounds_value(search->bounds, objective, &zero, &one),
                   hax_pair_objective_value(objective, finish_ms));
}

/* ---- latency, sum, deadline --------------------------------------------------------------------
 */

static hax_pair_objective objective_of(const hax_problem *problem)
{
    hax_pair_objective pair_objective = { .sum = problem->objective == HAX_SUM };
    for (int i = 0; i < 2; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        pair_objective.weight[i] = spec->weight;
        pair_objective.deadline_ms[i] = problem->objective == HAX_DEADLINE ? spec->deadline_ms : 0;
    }
    return pair_objective;
}

static hax_status search_once(search *search, double incumbent, hax_error *err)
{
    const hax_pair_objective objective = objective_of(search->problem);
    optimum found;
    hax_status status = minimise(search, &objective, incumbent,
                                 hax_objective_tolerance(search->problem, incumbent), &found, err);
    hax_search_result *result = search->result;
    result->complete = status == HAX_OK;
    result->placements = found.placements;
    result->count = found.count;
    result->value = fmin(found.value, incumbent);
    result->bound =
        result->complete ? result->value : fmax(root_bound(search, &objective), search->proven);
    return status == HAX_LIMIT ? HAX_OK : status;
}

/* ---- throughput
 * ---------------------------------------------------------------------------------- */

enum { CUTS_MAX = 200, LINES_MAX = CUTS_MAX + 2 };

/* Corners whose bound is no more than this above what is known (relative) are that: lines meet
 * there but for rounding. */
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
    assert(a->weight[0] * b->weight[1] > a->weight[1] * b->weight[0]); /* sorted, none parallel */
    double area = a->weight[0] * b->weight[1] - a->weight[1] * b->weight[0];
    corner[0] = (a->value * b->weight[1] - b->value * a->weight[1]) / area;
    corner[1] = (a->weight[0] * b->value - b->weight[0] * a->value) / area;
}

/* Is line l void between its neighbours? */
static bool void_line(const hull *set, int l)
{
    double corner[2];
    if (l <= 0 || l + 1 >= set->count)
        return false;
    meet(&set->lines[l - 1], &set->lines[l + 1], corner);
    return weighted(set->lines[l].weight, corner) >= set->lines[l].value;
}

static void drop_line(hull *set, int l)
{
    set->count--;
    memmove(&set->lines[l], &set->lines[l + 1], (size_t) (set->count - l) * sizeof(line));
}

static void add_line(hull *set, line line)
{
    for (int k = 0; k < set->count; k++) { /* parallel: it was cut off from */
        if (set->lines[k].weight[0] * line.weight[1] != line.weight[0] * set->lines[k].weight[1])
            continue;
        set->lines[k] = line;
        return;
    }
    assert(set->count < LINES_MAX && line.weight[0] >= 0 && line.weight[1] >= 0);
    int l = set->count++;
    for (; l > 0 && set->lines[l - 1].weight[0] * line.weight[1] <
                        line.weight[0] * set->lines[l - 1].weight[1];
         l--)
        set->lines[l] = set->lines[l - 1];
    set->lines[l] = line;
    while (void_line(set, l + 1))
        drop_line(set, l + 1);
    while (void_line(set, l - 1))
        drop_line(set, --l);
}

/* The corner whose bound is best: between lines *at and *at + 1. INFINITY where a T of 0 is left.
 */
static double best_corner(const hull *set, int *index)
{
    double best = 0;
    for (int l = 0; l + 1 < set->count; l++) {
        double corner[2];
        meet(&set->lines[l], &set->lines[l + 1], corner);
        double value = corner[0] > 0 && corner[1] > 0 ? throughput(corner) : INFINITY;
        if (value <= best)
            continue;
        best = value;
        *index = l;
    }
    assert(set->count < 2 || (*index >= 0 && *index + 1 < set->count));
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
    assert(weight[0] >= 0 && weight[1] >= 0 && weight[0] + weight[1] > 0);
}

static void keep_better(search *search, optimum *found)
{
    hax_search_result *result = search->result;
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
static const line *least_known(const hull *set, const double *weight)
{
    const line *best = NULL;
    for (int l = 0; l < set->count; l++)
        if (isfinite(set->lines[l].touches[0]) &&
            (!best || weighted(weight, set->lines[l].touches) < weighted(weight, best->touches)))
            best = &set->lines[l];
    return best;
}

/* Cuts the corner between lines l and l + 1 off. HAX_LIMIT when a limit was hit, HAX_INFEASIBLE
 * when no schedule exists. */
static hax_status cut_corner(search *search, hull *set, int l, hax_error *err)
{
    hax_pair_objective cut = { .sum = true };
    optimum found;
    choose_weights(&set->lines[l], &set->lines[l + 1], cut.weight);
    const line *known = least_known(set, cut.weight);
    double below = known ? weighted(cut.weight, known->touches) : INFINITY;
    line result = { .weight = { cut.weight[0], cut.weight[1] } };
    hax_status status = set->cuts++ == CUTS_MAX ? HAX_LIMIT
                                                : minimise(search, &cut, below,
                                                           relative_tolerance * below, &found, err);
    if (status != HAX_OK)
        return status;
    bool better = !isinf(found.value);
    if (!better && !known)
        return HAX_INFEASIBLE;
    memcpy(result.touches, better ? found.finish_ms : known->touches, sizeof result.touches);
    result.value = weighted(cut.weight, result.touches);
    add_line(set, result);
    keep_better(search, &found);
    return HAX_OK;
}

static hax_status search_throughput(search *search, double incumbent, hax_error *err)
{
    hull set = { .count = 0 };
    hax_search_result *result = search->result;
    hax_status status = HAX_OK;
    int corner = 0;
    result->value = incumbent;
    for (int i = 0; i < 2; i++) {
        hax_pair_objective alone = { .sum = true, .weight = { i == 0, i == 1 } };
        line made_line = { { i == 0, i == 1 }, root_bound(search, &alone), { INFINITY, INFINITY } };
        add_line(&set, made_line);
    }
    while (status == HAX_OK &&
           (result->bound = best_corner(&set, &corner)) > result->value * (1 + corner_slack))
        status = cut_corner(search, &set, corner, err);
    result->complete = status == HAX_OK || status == HAX_INFEASIBLE;
    if (status == HAX_OK)
        result->bound = result->value;
    return result->complete || status == HAX_LIMIT ? HAX_OK : status;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static hax_status run(search *search, double incumbent, hax_error *err)
{
    const hax_effort effort = { hax_time_budget_spend, &search->until };
    HAX_TRY(hax_automaton_build(search->problem, 0, &effort, &search->pair[0], err));
    HAX_TRY(hax_automaton_build(search->problem, 1, &effort, &search->pair[1], err));
    if (!hax_pair_table_fits(search->pair))
        return hax_fail(err, HAX_LIMIT, "the table of two instances is too large for memory");
    search->bounds = hax_pair_bounds_make(search->problem);
    if (!search->bounds)
        return hax_fail_memory(err, "a search");
    if (search->problem->objective == HAX_THROUGHPUT)
        return search_throughput(search, incumbent, err);
    return search_once(search, incumbent, err);
}

static hax_status search_within(const hax_problem *problem, const hax_solve_options *options,
                                const hax_pair_corridor *corridor, double incumbent,
                                bool ignore_contention, hax_search_result *result, hax_error *err)
{
    search context = { .problem = problem,
                       .options = options,
                       .ignore_contention = ignore_contention,
                       .corridor = corridor,
                       .proven = -INFINITY,
                       .until = { .allowed = hax_time_budget_of_search(options) },
                       .result = result };
    *result = (hax_search_result){ .count = 0 };
    hax_status status = run(&context, incumbent, err);
    result->nodes = context.nodes;
    hax_automaton_free(&context.pair[0]);
    hax_automaton_free(&context.pair[1]);
    hax_pair_bounds_free(context.bounds);
    return status;
}

hax_status hax_pair_search(const hax_problem *problem, const hax_solve_options *options,
                           double incumbent, bool ignore_contention, hax_search_result *result,
                           hax_error *err)
{
    return search_within(problem, options, NULL, incumbent, ignore_contention, result, err);
}

hax_status hax_pair_search_near(const hax_problem *problem, const hax_solve_options *options,
                                const hax_pair_corridor *corridor, bool ignore_contention,
                                hax_search_result *result, hax_error *err)
{
    const double worst = problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
    return search_within(problem, options, corridor, worst, ignore_contention, result, err);
}
