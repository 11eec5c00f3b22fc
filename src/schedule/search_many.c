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

#include "anneal.h"
#include "beam.h"
#include "branch.h"
#include "clock.h"
#include "order.h"
#include "pairs.h"

/* Steps for the values of load.h, about 5 ns each. */
static const uint64_t coarse_steps = 100000000, fine_steps = 200000000;

/* States of a pair's table: 20 groups on 3 units. */
static const uint64_t pair_states = 100000;

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
    double promise = outlook_promise(&at->outlook, start);
    free(start);
    if (promise > at->hunt.bound) {
        at->hunt.bound = promise;
        if (at->hunt.best_count)
            hunt_report(&at->hunt);
    }
    return HAX_OK;
}

static bool may_go_on(void *context)
{
    return hunt_in_time(context);
}

static hax_status add_load(many *at, bool coarse, uint64_t steps, hax_error *err)
{
    int *nodes = calloc((size_t) at->fleet.count, sizeof *nodes);
    if (!nodes)
        return hax_fail_memory(err, "a search");
    const load_effort effort = { steps, may_go_on, &at->hunt };
    hax_status status = load_refine(&at->load, nodes, coarse, &effort, err);
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

/* Beyond so many rows the program that counts hand-overs does not get far enough to pay. */
static bool fine_load_pays(const many *at)
{
    enum { ROWS_MOST = 250 };
    return (at->hunt.group_count + 1) * at->fleet.problem->unit_count <= ROWS_MOST;
}

/* Turns of branch and bound, of small changes, and of wider and wider beams, each longer than
 * the one before, until a limit or the proof. Small changes grow fastest: what is not proven
 * soon lives on them. */
static hax_status take_turns(many *at, branch *tree, anneal *walk, hax_error *err)
{
    enum { TURN_NODES = 50000, TURN_CHANGES = 20000, TURN_WIDTH = 32, DOUBLINGS_MOST = 9 };
    for (int turn = 0; !done(at); turn++) {
        int doublings = turn < DOUBLINGS_MOST ? turn : DOUBLINGS_MOST;
        at->complete = branch_run(tree, (uint64_t) TURN_NODES << doublings) || at->complete;
        if (!done(at))
            anneal_run(walk, (uint64_t) TURN_CHANGES << (2 * doublings));
        if (!done(at))
            HAX_TRY(beam_search(&at->hunt, TURN_WIDTH << doublings, err));
        if (!done(at) && turn == 0 && fine_load_pays(at))
            HAX_TRY(add_load(at, false, fine_steps, err));
    }
    return HAX_OK;
}

static hax_status search(many *at, hax_error *err)
{
    branch tree = { 0 };
    anneal walk = { 0 };
    hax_status status = branch_make(&at->hunt, &tree, err);
    if (status == HAX_OK)
        status = anneal_make(&at->hunt, 1, &walk, err);
    if (status == HAX_OK)
        status = take_turns(at, &tree, &walk, err);
    branch_free(&tree);
    anneal_free(&walk);
    return status;
}

static hax_status run(many *at, hax_error *err)
{
    HAX_TRY(load_make(&at->fleet, &at->load, err));
    HAX_TRY(outlook_make(&at->fleet, &at->load, &at->outlook, err));
    HAX_TRY(add_load(at, true, 0, err));
    HAX_TRY(beams(at, 1, 1, err));
    if (!met(at))
        HAX_TRY(add_load(at, true, coarse_steps, err));
    HAX_TRY(beams(at, 4, 16, err));
    if (!met(at))
        HAX_TRY(pairs_bound(&at->fleet, pair_states, &at->hunt.bound, err));
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
