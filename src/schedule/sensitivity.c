/* How a schedule fares when units are faster or slower than measured. */
#include "haxconn/sensitivity.h"

#include <math.h>
#include <stdlib.h>

#include "config.h"
#include "error.h"
#include "problem.h"

enum {
    ALL_COMBINATIONS_MAX = 4, /* units */
    CORNERS_MAX = 3 + 2 * HAX_MAX_UNITS,
};

/* What is asked, and until when. */
typedef struct question {
    const hax_sensitivity_options *options;
    hax_time_budget allowed;
} question;

static hax_status check_time_limit(const hax_sensitivity_options *options, hax_error *err)
{
    if (options->time_limit_s >= 0)
        return HAX_OK;
    return hax_fail(err, HAX_USAGE, "a time limit of %g s: give at least 0, or INFINITY for none",
                    options->time_limit_s);
}

static question ask(const hax_sensitivity_options *options)
{
    return (question){ options, hax_time_budget_from(&(hax_baseline_limits){ options->time_limit_s,
                                                                             options->cancel }) };
}

/* The problem with other times, and its optimum. */
typedef struct corner {
    double factors[HAX_MAX_UNITS];
    int limits[HAX_MAX_UNITS]; /* as in a variation; all 0: by the factors */
    const hax_problem *problem;
    const hax_schedule *best;
} corner;

static void close_corner(corner *limit)
{
    hax_problem_destroy(limit->problem);
    hax_schedule_destroy(limit->best);
    *limit = (corner){ 0 };
}

static hax_status fail_time(hax_error *err)
{
    return hax_fail(err, HAX_LIMIT, "the time was over while times were varied");
}

static hax_status fail_interrupted(hax_error *err)
{
    return hax_fail(err, HAX_INTERRUPTED, "interrupted while times were varied");
}

/* A cancellation is another matter. */
static hax_status check_time(const question *asked, hax_error *err)
{
    const hax_time_budget clock = { .end_ns = asked->allowed.end_ns };
    return hax_time_budget_is_over(&clock) ? fail_time(err) : HAX_OK;
}

/* Before every step that takes as long as an evaluation. */
static hax_status check_limits(const question *asked, hax_error *err)
{
    if (hax_cancel_requested(asked->options->cancel))
        return fail_interrupted(err);
    return check_time(asked, err);
}

/* Factors and limits are set; sets *limited where the search did not end by itself. */
static hax_status open_corner(const hax_problem *problem, const question *asked, corner *corner,
                              bool *limited, hax_error *err)
{
    const hax_sensitivity_options *options = asked->options;
    hax_solve_options search = hax_solve_options_default();
    search.time_limit_s = hax_time_budget_left_s(&asked->allowed);
    search.cancel = options->cancel;
    if (problem->instance_count > 2)
        search.node_limit = options->node_limit;
    const hax_variation variation = { corner->factors, corner->limits };
    HAX_TRY(check_time(asked, err));
    HAX_TRY(hax_problem_vary(problem, &variation, &corner->problem, err));
    hax_error why = { 0 };
    hax_status status = hax_solve(corner->problem, &search, &corner->best, &why);
    if (hax_cancel_requested(options->cancel))
        return fail_interrupted(err);
    if (status == HAX_LIMIT && isfinite(search.time_limit_s) &&
        (!corner->best || corner->best->nodes < search.node_limit))
        return fail_time(err);
    if (status == HAX_LIMIT && corner->best)
        *limited = true;
    else if (status != HAX_OK && err)
        *err = why;
    return status == HAX_LIMIT && corner->best ? HAX_OK : status;
}

/* Relative to the optimum; lateness has no zero of its own, so there to the round. */
static double regret_of(hax_objective objective, double value, const hax_schedule *best)
{
    double worse = objective == HAX_THROUGHPUT ? best->value - value : value - best->value;
    double whole = objective == HAX_THROUGHPUT ? value
                   : objective == HAX_DEADLINE ? hax_schedule_round_ms(best)
                                               : best->value;
    if (worse <= 0)
        return 0; /* the search was stopped, or waits are finer than its steps */
    return whole > 0 ? worse / whole : INFINITY;
}

static hax_status regret_at(const corner *corner, const hax_schedule *schedule, double *regret,
                            hax_error *err)
{
    const hax_schedule *moved;
    HAX_TRY(hax_schedule_evaluate(corner->problem, schedule->name, schedule->job_count,
                                  schedule->jobs, &moved, err));
    *regret = regret_of(corner->problem->objective, moved->value, corner->best);
    hax_schedule_destroy(moved);
    return HAX_OK;
}

/* ---- ranges --------------------------------------------------------------------------------- */

typedef struct probe {
    const hax_problem *problem;
    const hax_schedule *schedule;
    const question *asked;
    bool limited;
} probe;

/* Is the schedule optimal when this unit's times are multiplied by a factor? */
static hax_status try_factor(probe *probe, int unit, double factor, bool *optimal, hax_error *err)
{
    corner limit = { 0 };
    double regret = 0;
    for (int u = 0; u < probe->problem->unit_count; u++)
        limit.factors[u] = u == unit ? factor : 1;
    hax_status status = open_corner(probe->problem, probe->asked, &limit, &probe->limited, err);
    if (status == HAX_OK)
        status = regret_at(&limit, probe->schedule, &regret, err);
    if (status == HAX_OK)
        *optimal = regret <= HAX_REGRET_TOLERANCE;
    close_corner(&limit);
    return status;
}

/* Away from 1 by `step`, 2 or 1/2, until it is not optimal; then halved. */
static hax_status find_end(probe *probe, int unit, double step, double *end, bool *open,
                           hax_error *err)
{
    const double last = step > 1 ? HAX_SPEED_FACTOR_MAX : 1 / HAX_SPEED_FACTOR_MAX;
    double good = 1, bad = 1;
    bool optimal = true;
    while (optimal && good != last) {
        HAX_TRY(try_factor(probe, unit, good * step, &optimal, err));
        *(optimal ? &good : &bad) = good * step;
    }
    while (!(*open = bad == 1) && fabs(good - bad) > HAX_SPEED_TOLERANCE * fmin(good, bad)) {
        double middle = sqrt(good * bad);
        HAX_TRY(try_factor(probe, unit, middle, &optimal, err));
        *(optimal ? &good : &bad) = middle;
    }
    *end = good;
    return HAX_OK;
}

static hax_status find_range(probe *probe, int unit, hax_speed_range *range, hax_error *err)
{
    HAX_TRY(find_end(probe, unit, 0.5, &range->low, &range->low_open, err));
    return find_end(probe, unit, 2, &range->high, &range->high_open, err);
}

/* ---- corners -------------------------------------------------------------------------------- */

typedef struct corners {
    const question *asked;
    int count;
    corner corner[CORNERS_MAX];
    bool limited;
} corners;

static int count_corners(int unit_count)
{
    return unit_count > ALL_COMBINATIONS_MAX ? 3 + 2 * unit_count : 1 + (1 << unit_count);
}

/* -1, 0 or 1: how this unit moves in corner c; 0 is the problem as it is. */
static int direction(int unit_count, int c, int unit)
{
    if (c == 0)
        return 0;
    if (unit_count <= ALL_COMBINATIONS_MAX)
        return (c - 1) >> unit & 1 ? 1 : -1;
    if (c < 3)
        return c == 1 ? -1 : 1;
    if ((c - 3) / 2 != unit)
        return 0;
    return (c - 3) % 2 ? 1 : -1;
}

static void close_corners(corners *corners)
{
    for (int c = 0; corners && c < corners->count; c++)
        close_corner(&corners->corner[c]);
    free(corners);
}

static double spread_of(const hax_sensitivity_options *options, int unit)
{
    return options->unit_spreads ? options->unit_spreads[unit] : options->spread;
}

static hax_status check_spreads(const hax_problem *problem, const hax_sensitivity_options *options,
                                hax_error *err)
{
    for (int u = 0; u < problem->unit_count; u++) {
        double spread = spread_of(options, u);
        if (!(spread >= 0) || spread >= 1)
            return hax_fail(err, HAX_BAD_INPUT, "unit '%s': a spread of %g is not in [0, 1)",
                            problem->units[u].name, spread);
    }
    return HAX_OK;
}

/* What a unit's times together are multiplied with at one of their two limits. */
static double move_of(const hax_problem *problem, const hax_sensitivity_options *options, int unit,
                      int limit, bool *measured)
{
    double factors[HAX_MAX_UNITS] = { 0 }, before_ms = 0, after_ms = 0;
    int limits[HAX_MAX_UNITS] = { 0 };
    const hax_variation variation = { factors, limits };
    factors[unit] = 1 + limit * spread_of(options, unit);
    limits[unit] = options->measured ? limit : 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++) {
            const hax_cost *cost = hax_cost_of(problem, i, g, unit);
            if (!cost->allowed)
                continue;
            before_ms += cost->time_ms;
            after_ms += cost->time_ms * hax_variation_factor(&variation, cost, unit);
            *measured = *measured || (options->measured && cost->high_ms > 0);
        }
    return before_ms > 0 ? after_ms / before_ms : factors[unit];
}

static void find_moves(const hax_problem *problem, const hax_sensitivity_options *options,
                       hax_time_moves *moves)
{
    *moves = (hax_time_moves){ 0 };
    for (int u = 0; u < problem->unit_count; u++) {
        moves->low[u] = move_of(problem, options, u, -1, &moves->measured);
        moves->high[u] = move_of(problem, options, u, 1, &moves->measured);
        moves->largest = fmax(moves->largest, fmax(1 - moves->low[u], moves->high[u] - 1));
    }
}

static void set_corner(const hax_problem *problem, const hax_sensitivity_options *options, int c,
                       corner *to)
{
    for (int u = 0; u < problem->unit_count; u++) {
        int limit = direction(problem->unit_count, c, u);
        to->factors[u] = 1 + limit * spread_of(options, u);
        to->limits[u] = options->measured ? limit : 0;
    }
}

static hax_status open_corners(const hax_problem *problem, const question *asked, corners **result,
                               hax_time_moves *moves, hax_error *err)
{
    const hax_sensitivity_options *options = asked->options;
    HAX_TRY(hax_problem_check(problem, err));
    HAX_TRY(check_spreads(problem, options, err));
    find_moves(problem, options, moves);
    corners *context = calloc(1, sizeof *context);
    if (!context)
        return hax_fail_memory(err, "the corners of a problem");
    context->asked = asked;
    hax_status status = HAX_OK;
    int wanted = moves->largest > 0 ? count_corners(problem->unit_count) : 1;
    while (status == HAX_OK && context->count < wanted) {
        corner *next = &context->corner[context->count];
        set_corner(problem, options, context->count, next);
        context->count++;
        status = open_corner(problem, asked, next, &context->limited, err);
    }
    if (status == HAX_OK)
        *result = context;
    else
        close_corners(context);
    return status;
}

/* The worst regret, and where it is; the first of equals. */
static hax_status worst_of(const corners *corners, const hax_schedule *schedule, double *regret,
                           int *where, hax_error *err)
{
    *regret = 0;
    *where = 0;
    for (int c = 0; c < corners->count; c++) {
        double here;
        HAX_TRY(check_limits(corners->asked, err));
        HAX_TRY(regret_at(&corners->corner[c], schedule, &here, err));
        if (here > *regret) {
            *regret = here;
            *where = c;
        }
    }
    return HAX_OK;
}

/* ---- the two questions ---------------------------------------------------------------------- */

/* Everything but the ranges; the first corner is the problem as it is. */
static hax_status weigh(const corners *corners, const hax_schedule *schedule,
                        hax_sensitivity *sensitivity, hax_error *err)
{
    const int unit_count = corners->corner[0].problem->unit_count;
    double nominal;
    int where;
    HAX_TRY(regret_at(&corners->corner[0], schedule, &nominal, err));
    HAX_TRY(worst_of(corners, schedule, &sensitivity->regret, &where, err));
    sensitivity->optimal = nominal <= HAX_REGRET_TOLERANCE;
    sensitivity->limited = corners->limited;
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        int limit = direction(unit_count, where, u);
        sensitivity->worst[u] = limit < 0   ? sensitivity->moves.low[u]
                                : limit > 0 ? sensitivity->moves.high[u]
                                            : 1;
        sensitivity->units[u] = (hax_speed_range){ .low = 1, .high = 1 };
    }
    return HAX_OK;
}

hax_status hax_schedule_sensitivity(const hax_problem *problem, const hax_schedule *schedule,
                                    const hax_sensitivity_options *options,
                                    hax_sensitivity *sensitivity, hax_error *err)
{
    HAX_CONFIG_TAKE(hax_sensitivity_options, own, options, err);
    HAX_TRY(hax_answer_check("hax_sensitivity", sizeof *sensitivity, sensitivity, err));
    HAX_TRY(check_time_limit(&own, err));
    const question asked = ask(&own);
    probe prober = { .problem = problem, .schedule = schedule, .asked = &asked };
    hax_sensitivity result = hax_sensitivity_default();
    corners *context = NULL;
    HAX_TRY(open_corners(problem, &asked, &context, &result.moves, err));
    hax_status status = weigh(context, schedule, &result, err);
    close_corners(context);
    for (int u = 0; status == HAX_OK && result.optimal && u < problem->unit_count; u++)
        status = find_range(&prober, u, &result.units[u], err);
    result.limited = result.limited || prober.limited;
    if (status == HAX_OK)
        hax_answer_give(sensitivity, &result);
    return status;
}

/* The least worst regret of all; *chosen is not owned. */
static hax_status choose(const corners *corners, int count, const hax_schedule *const *candidates,
                         const hax_schedule **chosen, hax_robust *robust, hax_error *err)
{
    robust->candidate_count = count + corners->count;
    for (int c = 0; c < robust->candidate_count; c++) {
        const hax_schedule *one = c < count ? candidates[c] : corners->corner[c - count].best;
        double regret;
        int where;
        HAX_TRY(worst_of(corners, one, &regret, &where, err));
        if (c == 0)
            robust->nominal_regret = regret;
        if (c == 0 || regret < robust->regret - HAX_REGRET_TOLERANCE) {
            robust->regret = regret;
            *chosen = one;
        }
    }
    return HAX_OK;
}

hax_status hax_schedule_robust(const hax_problem *problem, int candidate_count,
                               const hax_schedule *const *candidates,
                               const hax_sensitivity_options *options,
                               const hax_schedule **schedule, hax_robust *robust, hax_error *err)
{
    HAX_CONFIG_TAKE(hax_sensitivity_options, own, options, err);
    HAX_TRY(hax_answer_check("hax_robust", sizeof *robust, robust, err));
    HAX_TRY(check_time_limit(&own, err));
    const question asked = ask(&own);
    if (candidate_count < 1)
        return hax_fail(err, HAX_BAD_INPUT, "no schedule to compare others with");
    hax_robust result = hax_robust_default();
    result.nominal_value = candidates[0]->value;
    const hax_schedule *chosen = NULL;
    const hax_schedule *kept = NULL;
    corners *context = NULL;
    HAX_TRY(open_corners(problem, &asked, &context, &result.moves, err));
    hax_status status = choose(context, candidate_count, candidates, &chosen, &result, err);
    if (status == HAX_OK && chosen != candidates[0])
        status =
            hax_schedule_evaluate(problem, "robust", chosen->job_count, chosen->jobs, &kept, err);
    if (status == HAX_OK) {
        result.value = kept ? kept->value : candidates[0]->value;
        result.limited = context->limited;
        *schedule = kept;
        hax_answer_give(robust, &result);
    }
    close_corners(context);
    return status;
}
