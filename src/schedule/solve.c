/* The best schedule with its proof: baselines first, then the exact search, then a check of the
 * answer by code that the search does not use. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "multi.h"
#include "pair.h"

#include "config.h"

/* What baselines behind the search may take of its time: a share, but not more seconds than they
 * need. */
static const double late_share = 0.25, late_s = 0.5;

/* What those before it may take. */
static const double early_share = 0.25;

/* What those behind a search that was cancelled may take together: theirs may be the better plan.
 */
static const double cancelled_s = 0.03;

typedef struct solution {
    const hax_problem *problem;
    const hax_solve_options *options;
    uint64_t start_ns;
    uint64_t cancelled_end_ns; /* of baselines behind a search that was cancelled; 0: it was not */
    const hax_schedule *best;
    double bound;
    uint64_t nodes;
    bool complete;
    bool all_waits; /* complete for waits of any length */
} solution;

/* Takes over `other`; keeps the better of the two. */
static void keep_better(solution *solution, const hax_schedule *other)
{
    if (solution->best &&
        !hax_objective_better(solution->problem->objective, other->value, solution->best->value)) {
        hax_schedule_destroy(other);
        return;
    }
    hax_schedule_destroy(solution->best);
    solution->best = other;
}

/* Trying all mappings of whole instances, in all orders, takes no longer than the search itself. */
static bool few_mappings(const hax_problem *problem)
{
    double ways = 1;
    for (int i = 0; i < problem->instance_count; i++)
        ways *= problem->unit_count * (i + 1.0);
    return problem->instance_count <= 2 || ways <= 2000;
}

/* Plain deployments give the search something to beat. What takes longer to make than they do comes
 * after it, and only where the search has not proven that nothing is better. */
static bool is_due(const hax_problem *problem, const hax_baseline *baseline, bool late)
{
    bool dear =
        !baseline->plain || (baseline->make == hax_baseline_per_network && !few_mappings(problem));
    return !baseline->searches && dear == late;
}

/* What is left of a part of the time; INFINITY: no limit. */
static double left_s(const solution *solution, double share)
{
    const double spent_s = (double) (hax_clock_ns() - solution->start_ns) * 1e-9;
    return fmax(share * solution->options->time_limit_s - spent_s, 0);
}

static hax_baseline_limits limits_of(solution *solution, bool late)
{
    const hax_baseline_limits limits = { .time_limit_s = left_s(solution, late ? 1 : early_share),
                                         .cancel = solution->options->cancel };
    if (!late || !hax_cancel_requested(limits.cancel))
        return limits;
    if (!solution->cancelled_end_ns)
        solution->cancelled_end_ns = hax_time_budget_end_ns(hax_clock_ns(), cancelled_s);
    const hax_time_budget soon = { .end_ns = solution->cancelled_end_ns };
    return (hax_baseline_limits){ .time_limit_s = hax_time_budget_left_s(&soon) };
}

static hax_status add_baselines(solution *solution, bool late, hax_error *err)
{
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    for (int b = 0; b < count; b++) {
        const hax_schedule *schedule = NULL;
        hax_error why = { 0 };
        const hax_baseline_limits limits = limits_of(solution, late);
        hax_status status = is_due(solution->problem, &baseline[b], late)
                                ? baseline[b].make(solution->problem, &limits, &schedule, &why)
                                : HAX_INFEASIBLE;
        if (status == HAX_OK)
            keep_better(solution, schedule);
        /* a baseline that does not exist here, or has no time, is no error */
        else if (status != HAX_INFEASIBLE && status != HAX_LIMIT)
            return hax_fail(err, status, "%s", why.message);
    }
    return HAX_OK;
}

static hax_status add_result(solution *solution, const hax_search_result *result, hax_error *err)
{
    const hax_schedule *schedule = NULL;
    solution->nodes += result->nodes;
    if (result->count == 0)
        return HAX_OK;
    HAX_TRY(hax_schedule_from_placements(solution->problem, "haxconn", result->count,
                                         result->placements, &schedule, err));
    keep_better(solution, schedule);
    return HAX_OK;
}

static double worst(const hax_problem *problem)
{
    return problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
}

/* Many instances leave some of the time to the baselines that come behind the search. */
static hax_solve_options search_options(const solution *solution)
{
    hax_solve_options options = *solution->options;
    if (isinf(options.time_limit_s))
        return options;
    const double late = fmin(late_share * options.time_limit_s, late_s);
    options.time_limit_s = left_s(solution, 1);
    assert(options.time_limit_s >= 0);
    if (solution->problem->instance_count > 2)
        options.time_limit_s = fmax(options.time_limit_s - late, 0);
    return options;
}

/* Any number of instances: the best baseline is among what the search begins with. */
static hax_status search_behind(const solution *solution, const hax_solve_options *options,
                                bool ignore_contention, hax_search_result *result, hax_error *err)
{
    hax_search_start from = { .value = solution->best ? solution->best->value
                                                      : worst(solution->problem) };
    hax_placement *placements = NULL;
    if (solution->best)
        HAX_TRY(hax_schedule_to_placements(solution->best, &placements, err));
    from.placements = placements;
    hax_status status = hax_portfolio_search_from(solution->problem, options, &from,
                                                  ignore_contention, result, err);
    free(placements);
    return status;
}

/* States that the table of two instances may have, about: most tables have far fewer. */
static double table_states(const hax_problem *problem)
{
    enum { PLACES = 5 }; /* two nodes; IN, group and OUT */
    double states = 1;
    for (int i = 0; i < 2; i++)
        states *= PLACES * (double) problem->instances[i].group_count * problem->unit_count;
    return states;
}

/* A part of the time that is left for two instances. */
static hax_solve_options share_of(const hax_solve_options *options, uint64_t end_ns, double share)
{
    hax_solve_options solve_options = *options;
    if (end_ns)
        solve_options.time_limit_s =
            fmax(share * (double) (int64_t) (end_ns - hax_clock_ns()) * 1e-9, 0);
    return solve_options;
}

/* Small changes of the best there is, for as long as there is time. */
static hax_status change_two(const solution *solution, const hax_solve_options *options,
                             bool ignore_contention, hax_search_result *result, hax_error *err)
{
    const double proven = result->bound;
    hax_search_result search_result = { 0 };
    free(result->placements);
    result->placements = NULL;
    result->count = 0;
    hax_status status = search_behind(solution, options, ignore_contention, &search_result, err);
    if (status != HAX_OK)
        return status == HAX_LIMIT ? HAX_OK : status;
    search_result.bound = solution->problem->objective == HAX_THROUGHPUT
                              ? fmin(search_result.bound, proven)
                              : fmax(search_result.bound, proven);
    *result = search_result;
    return HAX_OK;
}

/*
 * Two instances: the exact table. Where that may take longer than there is time, it comes behind a
 * good schedule, which cuts it shorter; and where it does not come to its end, what it has proven
 * stays, and the rest of the time is for small changes of the best schedule.
 */
static hax_status search_two(solution *solution, const hax_solve_options *options,
                             bool ignore_contention, hax_search_result *result, hax_error *err)
{
    static const double soon = 1e7, per_s = 2e6; /* states */
    static const double zoom_share = 0.35, table_share = 0.9, hopeless_share = 0.4;
    const double states = table_states(solution->problem);
    const uint64_t now_ns = hax_clock_ns();
    const uint64_t end_ns = hax_time_budget_end_ns(now_ns, options->time_limit_s);
    const bool by_nodes = options->node_limit < UINT64_MAX;
    const bool hopeless = end_ns && states / per_s > options->time_limit_s;
    const bool slow = states > soon || hopeless;
    if (slow && !by_nodes) {
        const hax_solve_options zoom = share_of(options, end_ns, zoom_share);
        HAX_TRY(hax_pair_zoom(solution->problem, &zoom, ignore_contention, &solution->best, err));
    }
    hax_solve_options exact =
        slow ? share_of(options, end_ns, hopeless ? hopeless_share : table_share) : *options;
    assert(solution->problem->instance_count == 2);
    double incumbent = solution->best ? solution->best->value : worst(solution->problem);
    hax_status status =
        hax_pair_search(solution->problem, &exact, incumbent, ignore_contention, result, err);
    if (status == HAX_LIMIT) { /* there is no room for a table */
        *result = (hax_search_result){ .count = 0 };
        status = hax_chain_bound(solution->problem, &result->bound, err);
    }
    if (status != HAX_OK || result->complete || by_nodes || !end_ns || hax_clock_ns() >= end_ns)
        return status;
    HAX_TRY(add_result(solution, result, err));
    const hax_solve_options rest = share_of(options, end_ns, 1);
    return change_two(solution, &rest, ignore_contention, result, err);
}

static hax_status search(solution *solution, hax_error *err)
{
    hax_search_result result = { 0 };
    const hax_solve_options options = search_options(solution);
    bool ignore_contention = options.ignore_contention;
    hax_status status;
    if (solution->problem->instance_count == 1)
        status = hax_single_search(solution->problem, &options, &result, err);
    else if (solution->problem->instance_count == 2)
        status = search_two(solution, &options, ignore_contention, &result, err);
    else
        status = search_behind(solution, &options, ignore_contention, &result, err);
    if (status == HAX_LIMIT) { /* it came before the search knew anything */
        result = (hax_search_result){ .count = 0 };
        status = hax_chain_bound(solution->problem, &result.bound, err);
    }
    if (status == HAX_OK)
        status = add_result(solution, &result, err);
    assert(status != HAX_OK || !isnan(result.bound));
    solution->bound = result.bound;
    solution->complete = result.complete;
    solution->all_waits = result.all_waits || solution->problem->instance_count <= 2;
    free(result.placements);
    return status;
}

static hax_status finish(solution *solution, hax_error *err)
{
    if (!solution->best)
        return hax_cancel_requested(solution->options->cancel)
                   ? hax_fail(err, HAX_INTERRUPTED, "interrupted before any schedule was found")
               : solution->complete
                   ? hax_fail(err, HAX_INFEASIBLE,
                              "no schedule keeps the limits on pieces of all instances")
                   : hax_fail(err, HAX_LIMIT, "a limit was hit before any schedule was found");
    hax_schedule *schedule = hax_schedule_edit(solution->best);
    hax_schedule_rename(schedule, "haxconn");
    schedule->cut_short = false; /* that is for baselines: here the bound says what is missing */
    hax_schedule_set_bound(solution->problem, schedule, solution->bound);
    bool ignore_contention =
        solution->options->ignore_contention && hax_has_contention(solution->problem);
    if (schedule->gap > 0 && solution->complete && !solution->all_waits && !ignore_contention)
        schedule->proof = HAX_PROOF_EVENT_WAITS;
    schedule->nodes = solution->nodes;
    schedule->seconds = (double) (hax_clock_ns() - solution->start_ns) * 1e-9;
    HAX_TRY(hax_schedule_verify(solution->problem, schedule, err));
    if (schedule->proof != HAX_PROOF_NO)
        return HAX_OK;
    return hax_fail(
        err, HAX_LIMIT,
        !solution->complete ? "a limit was reached: this is the best schedule so far, at most "
                              "%s from the optimum"
        : ignore_contention ? "planned without contention: with it the schedule is not "
                              "proven, at most %s from the optimum"
                            : "the schedule misses by rounding what the search has proven to "
                              "be possible, at most %s from the optimum",
        hax_schedule_gap_text(solution->problem, schedule).text);
}

static hax_status check_limits(const hax_solve_options *options, hax_error *err)
{
    if (options->time_limit_s >= 0)
        return HAX_OK;
    return hax_fail(err, HAX_USAGE, "a time limit of %g s: give at least 0, or INFINITY for none",
                    options->time_limit_s);
}

/* Before anything is begun that takes time. */
static hax_status check_size(const hax_problem *problem, hax_error *err)
{
    if (problem->instance_count <= HAX_MAX_INSTANCES)
        return HAX_OK;
    return hax_fail(err, HAX_BAD_INPUT,
                    "%d instances: at most %d can be planned together; split the problem",
                    problem->instance_count, HAX_MAX_INSTANCES);
}

hax_status hax_solve(const hax_problem *problem, const hax_solve_options *options,
                     const hax_schedule **schedule, hax_error *err)
{
    assert(problem && schedule);
    HAX_CONFIG_TAKE(hax_solve_options, own, options, err);
    HAX_TRY(check_limits(&own, err));
    HAX_TRY(check_size(problem, err));
    solution context = { .problem = problem, .options = &own, .start_ns = hax_clock_ns() };
    hax_status status = add_baselines(&context, false, err);
    if (status == HAX_OK)
        status = search(&context, err);
    if (status == HAX_OK && !context.complete)
        status = add_baselines(&context, true, err);
    if (status == HAX_OK)
        status = finish(&context, err);
    if (status == HAX_OK || status == HAX_LIMIT)
        *schedule = context.best;
    else
        hax_schedule_destroy(context.best);
    return status;
}

hax_status hax_schedule_improve(const hax_problem *problem, const hax_schedule *found,
                                const hax_schedule *better, const hax_schedule **answer,
                                hax_error *err)
{
    HAX_TRY(
        hax_schedule_evaluate(problem, found->name, better->job_count, better->jobs, answer, err));
    hax_schedule *own = hax_schedule_edit(*answer);
    hax_schedule_set_bound(problem, own, found->bound);
    own->nodes = found->nodes;
    own->seconds = found->seconds;
    return HAX_OK;
}
