/*
 * Any number of instances: bounds first, a schedule at hand soon, then beams and branch and
 * bound in turns.
 *
 * Branch and bound proves the optimum over event waits. It is the optimum over all schedules when
 * there is no contention, or when a bound that holds for all of them (outlook.h at the start
 * of the round, the exact optimum of a pair) meets it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "beam.h"
#include "branch.h"
#include "clock.h"
#include "order.h"

typedef struct many {
    fleet fleet;
    load load;
    outlook outlook;
    hunt hunt;
    bool complete;
} many;

/* ---- bounds at the start ------------------------------------------------------------------- */

static hax_status root_bound(many *at, hax_error *err)
{
    state *start = malloc(state_size(&at->fleet));
    if (!start)
        return hax_fail_memory(err, "a search");
    state_begin(&at->fleet, start);
    start->past = outlook_no_past(at->fleet.problem);
    at->hunt.bound = larger(at->hunt.bound, outlook_promise(&at->outlook, start));
    free(start);
    return HAX_OK;
}

static hax_status add_load(many *at, bool coarse, uint64_t steps, hax_error *err)
{
    int *nodes = calloc((size_t) at->fleet.count, sizeof *nodes);
    if (!nodes)
        return hax_fail_memory(err, "a search");
    hax_status status = load_refine(&at->load, nodes, coarse, steps, err);
    free(nodes);
    return status == HAX_OK ? root_bound(at, err) : status;
}

/* ---- the search --------------------------------------------------------------------------------
 */

static bool met(const many *at)
{
    return at->hunt.bound >= hunt_limit(&at->hunt);
}

static hax_status beams(many *at, int narrow, int wide, hax_error *err)
{
    for (int width = narrow; width <= wide && !met(at) && !at->hunt.stopped; width *= 4)
        HAX_TRY(beam_search(&at->hunt, width, err));
    return HAX_OK;
}

static bool done(const many *at)
{
    return at->complete || at->hunt.stopped || met(at);
}

/* Turns of branch and bound and of wider and wider beams, until one of them has seen all. */
static hax_status search(many *at, hax_error *err)
{
    enum { WIDEST = 1 << 14 };
    branch tree;
    hax_status status = branch_make(&at->hunt, &tree, err);
    uint64_t share = 100000;
    for (int width = 256; status == HAX_OK && !done(at); width *= 2, share *= 2) {
        at->complete = branch_run(&tree, share) || at->complete;
        if (!done(at) && width <= WIDEST)
            status = beams(at, width, width, err);
    }
    branch_free(&tree);
    return status;
}

static hax_status run(many *at, hax_error *err)
{
    static const uint64_t load_steps = 600000000;
    HAX_TRY(load_make(&at->fleet, &at->load, err));
    HAX_TRY(outlook_make(&at->fleet, &at->load, &at->outlook, err));
    HAX_TRY(add_load(at, true, 0, err));
    HAX_TRY(beams(at, 1, 1, err));
    if (!met(at))
        HAX_TRY(add_load(at, true, load_steps, err));
    HAX_TRY(beams(at, 4, 64, err));
    return done(at) ? HAX_OK : search(at, err);
}

static hax_status begin(many *at, const hax_problem *problem, const hax_solve_options *options,
                        double incumbent, bool blind, hax_error *err)
{
    if (problem->instance_count > FLEET_MAX)
        return hax_fail(err, HAX_BAD_INPUT, "%d instances: the search takes at most %d",
                        problem->instance_count, FLEET_MAX);
    HAX_TRY(fleet_make(problem, blind, &at->fleet, err));
    at->hunt = (hunt){ .fleet = &at->fleet,
                       .outlook = &at->outlook,
                       .options = options,
                       .start_ns = hax_clock_ns(),
                       .bound = -INFINITY,
                       .cost = outlook_cost(problem, incumbent) };
    for (int i = 0; i < problem->instance_count; i++)
        at->hunt.group_count += problem->instances[i].group_count;
    if (options && options->time_limit_s > 0)
        at->hunt.deadline_ns = at->hunt.start_ns + (uint64_t) (options->time_limit_s * 1e9);
    at->hunt.best = calloc((size_t) at->hunt.group_count, sizeof *at->hunt.best);
    at->hunt.trail = calloc((size_t) at->hunt.group_count, sizeof *at->hunt.trail);
    return at->hunt.best && at->hunt.trail ? HAX_OK : hax_fail_memory(err, "a search");
}

static void give(const many *at, search_result *result)
{
    bool most = at->fleet.problem->objective == HAX_THROUGHPUT;
    bool proven = at->complete || met(at);
    double bound = at->hunt.bound;
    if (met(at) || (at->complete && at->fleet.alone))
        bound = at->hunt.cost;
    *result = (search_result){ .placements = at->hunt.best,
                               .count = at->hunt.best_count,
                               .value = most ? -at->hunt.cost : at->hunt.cost,
                               .bound = most ? -bound : bound,
                               .complete = proven,
                               .all_waits = met(at) || at->fleet.alone,
                               .nodes = at->hunt.nodes };
}

hax_status search_many(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err)
{
    many at = { 0 };
    hax_status status = begin(&at, problem, options, incumbent, blind, err);
    if (status == HAX_OK)
        status = run(&at, err);
    if (status == HAX_OK)
        give(&at, result);
    else
        free(at.hunt.best);
    free(at.hunt.trail);
    outlook_free(&at.outlook);
    load_free(&at.load);
    fleet_free(&at.fleet);
    return status;
}
