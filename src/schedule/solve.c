/* The best schedule with its proof: baselines first, then the exact search, then a check of the
 * answer by code that the search does not use. */
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "search.h"

/* What baselines behind the search may take of its time: a share, but not more seconds than they
 * need. */
static const double late_share = 0.25, late_s = 0.5;

/* What those before it may take. */
static const double early_share = 0.25;

/* What those behind a search that was cancelled may take: theirs may be the better plan. */
static const double cancelled_s = 0.1;

typedef struct solution {
    const hax_problem *problem;
    const hax_solve_options *options;
    uint64_t start_ns;
    hax_schedule *best;
    double bound;
    uint64_t nodes;
    bool complete;
    bool all_waits; /* complete for waits of any length */
} solution;

/* Takes over `other`; keeps the better of the two. */
static void keep_better(solution *at, hax_schedule *other)
{
    if (at->best && !hax_objective_better(at->problem->objective, other->value, at->best->value)) {
        hax_schedule_destroy(other);
        return;
    }
    hax_schedule_destroy(at->best);
    at->best = other;
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
static bool is_due(const hax_problem *problem, const hax_baseline *of, bool late)
{
    bool dear = !of->plain || (of->make == hax_baseline_per_network && !few_mappings(problem));
    return !of->searches && dear == late;
}

/* What is left of a part of the time; never 0, which would be no limit. */
static double left_s(const solution *at, double share)
{
    const double spent_s = (double) (hax_clock_ns() - at->start_ns) * 1e-9;
    return fmax(share * at->options->time_limit_s - spent_s, 1e-9);
}

static hax_baseline_limits limits_of(const solution *at, bool late)
{
    hax_baseline_limits limits = { .cancel = at->options ? at->options->cancel : NULL };
    if (at->options && at->options->time_limit_s > 0)
        limits.time_limit_s = left_s(at, late ? 1 : early_share);
    if (late && hax_cancel_requested(limits.cancel))
        return (hax_baseline_limits){ .time_limit_s = cancelled_s };
    return limits;
}

static hax_status add_baselines(solution *at, bool late, hax_error *err)
{
    int count;
    const hax_baseline *all = hax_baselines(&count);
    for (int b = 0; b < count; b++) {
        hax_schedule *made = NULL;
        hax_error why = { 0 };
        const hax_baseline_limits limits = limits_of(at, late);
        hax_status status = is_due(at->problem, &all[b], late)
                                ? all[b].make(at->problem, &limits, &made, &why)
                                : HAX_INFEASIBLE;
        if (status == HAX_OK)
            keep_better(at, made);
        /* a baseline that does not exist here, or has no time, is no error */
        else if (status != HAX_INFEASIBLE && status != HAX_LIMIT)
            return hax_fail(err, status, "%s", why.message);
    }
    return HAX_OK;
}

static hax_status add_result(solution *at, const search_result *result, hax_error *err)
{
    hax_schedule *made = NULL;
    at->nodes += result->nodes;
    if (result->count == 0)
        return HAX_OK;
    HAX_TRY(schedule_from_placements(at->problem, "haxconn", result->count, result->placements,
                                     &made, err));
    keep_better(at, made);
    return HAX_OK;
}

static double worst(const hax_problem *problem)
{
    return problem->objective == HAX_THROUGHPUT ? 0 : INFINITY;
}

/* Many instances leave some of the time to the baselines that come behind the search. */
static hax_solve_options search_options(const solution *at)
{
    hax_solve_options options = at->options ? *at->options : (hax_solve_options){ 0 };
    if (options.time_limit_s <= 0)
        return options;
    const double late = fmin(late_share * options.time_limit_s, late_s);
    options.time_limit_s = left_s(at, 1);
    if (at->problem->instance_count > 2)
        options.time_limit_s = fmax(options.time_limit_s - late, 1e-9);
    return options;
}

static hax_status search(solution *at, hax_error *err)
{
    search_result result = { 0 };
    const hax_solve_options options = search_options(at);
    bool blind = options.ignore_contention;
    double incumbent = at->best ? at->best->value : worst(at->problem);
    hax_status status;
    if (at->problem->instance_count == 1)
        status = search_single(at->problem, &result, err);
    else if (at->problem->instance_count == 2)
        status = search_pair(at->problem, &options, incumbent, blind, &result, err);
    else
        status = search_many(at->problem, &options, incumbent, blind, &result, err);
    if (status == HAX_OK)
        status = add_result(at, &result, err);
    at->bound = result.bound;
    at->complete = result.complete;
    at->all_waits = result.all_waits || at->problem->instance_count <= 2;
    free(result.placements);
    return status;
}

static double relative_gap(double value, double bound)
{
    if (value == bound) /* infinite throughput of what takes no time included */
        return 0;
    double gap = fabs(value - bound);
    return gap <= HAX_TIME_TOLERANCE_MS * fmax(1, fabs(value)) ? 0 : gap / fmax(fabs(value), 1e-12);
}

/* The bound can exceed the value by rounding only: the search adds times in another order than
 * the evaluator. */
static void close_gap(const hax_problem *problem, hax_schedule *schedule, double bound)
{
    double slack = 1e-7 * fmax(1, fabs(schedule->value));
    bool maximise = problem->objective == HAX_THROUGHPUT;
    bool met = maximise ? bound <= schedule->value + slack : bound >= schedule->value - slack;
    schedule->bound = met ? schedule->value : bound;
    schedule->gap = relative_gap(schedule->value, schedule->bound);
}

static hax_status finish(solution *at, hax_error *err)
{
    hax_schedule *schedule = at->best;
    if (!schedule)
        return at->options && hax_cancel_requested(at->options->cancel)
                   ? hax_fail(err, HAX_INTERRUPTED, "interrupted before any schedule was found")
               : at->complete
                   ? hax_fail(err, HAX_INFEASIBLE,
                              "no schedule keeps the limits on pieces of all instances")
                   : hax_fail(err, HAX_LIMIT, "a limit was hit before any schedule was found");
    schedule_rename(schedule, "haxconn");
    schedule->cut_short = false; /* that is for baselines: here the bound says what is missing */
    close_gap(at->problem, schedule, at->bound);
    bool blind = at->options && at->options->ignore_contention && has_contention(at->problem);
    bool proven = at->complete && (schedule->gap == 0 || (!at->all_waits && !blind));
    schedule->proof = !proven              ? HAX_PROOF_NO
                      : schedule->gap == 0 ? HAX_PROOF_ALL
                                           : HAX_PROOF_EVENT_WAITS;
    schedule->nodes = at->nodes;
    schedule->seconds = (double) (hax_clock_ns() - at->start_ns) * 1e-9;
    HAX_TRY(hax_schedule_verify(at->problem, schedule, err));
    if (proven)
        return HAX_OK;
    return hax_fail(err, HAX_LIMIT,
                    at->complete
                        ? "planned without contention: with it the schedule is not proven, "
                          "at most %.2g %% from the optimum"
                        : "a limit was reached: this is the best schedule so far, at most "
                          "%.2g %% from the optimum",
                    100 * schedule->gap);
}

hax_status hax_solve(const hax_problem *problem, const hax_solve_options *options,
                     hax_schedule **schedule, hax_error *err)
{
    solution at = { .problem = problem, .options = options, .start_ns = hax_clock_ns() };
    hax_status status = add_baselines(&at, false, err);
    if (status == HAX_OK)
        status = search(&at, err);
    if (status == HAX_OK && !at.complete)
        status = add_baselines(&at, true, err);
    if (status == HAX_OK)
        status = finish(&at, err);
    if (status == HAX_OK || status == HAX_LIMIT)
        *schedule = at.best;
    else
        hax_schedule_destroy(at.best);
    return status;
}
