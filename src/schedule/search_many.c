/*
 * Any number of instances: bounds first, a schedule at hand soon, then whatever improves either
 * in turns: sweeps (sweep.h), which prove bounds and optima over all schedules; branch and bound,
 * which proves the optimum over event waits; small changes; beams.
 *
 * Sweeps stop at limits that grow from the bound to the best schedule: the labels grow with the
 * limit so fast that all sweeps together take little longer than the last one, and each of them
 * lifts the bound.
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
#include "sweep.h"

/* Steps for the values of load.h, about 5 ns each. */
static const uint64_t coarse_steps = 100000000, fine_steps = 200000000;

/* States of a pair's table: 20 groups on 3 units. */
static const uint64_t pair_states = 100000;

static const size_t sweep_bytes = (size_t) 512 << 20;

/* Sweeps, one after the other. */
typedef struct prover {
    sweep sweep;
    bool under_way;
    double reach;    /* of the way from the first bound to the best, that sweeps have gone */
    double first;    /* that bound */
    double next;     /* how far the next sweep is to go */
    uint64_t labels; /* of the sweep now */
    uint64_t before; /* of the one before */
    int points_most;
} prover;

typedef struct many {
    fleet fleet;
    load load;
    outlook outlook;
    hunt hunt;
    bool complete; /* over event waits */
    bool sweeps;   /* may still prove something over all schedules */
    bool narrow;   /* wider beams may still find something */
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
    for (int width = narrow; width <= wide && at->narrow && !met(at) && !at->hunt.stopped;
         width *= 4)
        HAX_TRY(beam_search(&at->hunt, width, &at->narrow, err));
    return HAX_OK;
}

/* A sweep goes towards the best schedule there is. */
static bool sweeps_now(const many *at)
{
    return at->sweeps && !isinf(at->hunt.cost);
}

/* Branch and bound alone is not the end where sweeps may still find longer waits that pay. */
static bool done(const many *at)
{
    return (at->complete && !sweeps_now(at)) || at->hunt.stopped || met(at);
}

/* Beyond so many rows the program that counts hand-overs does not get far enough to pay. */
static bool fine_load_pays(const many *at)
{
    enum { ROWS_MOST = 250 };
    return (at->hunt.group_count + 1) * at->fleet.problem->unit_count <= ROWS_MOST;
}

static void lift_bound(many *at, double bound)
{
    if (bound <= at->hunt.bound)
        return;
    at->hunt.bound = bound;
    if (at->hunt.best_count)
        hunt_report(&at->hunt);
}

/* ---- sweeps -----------------------------------------------------------------------------------
 */

static const double first_reach = 0.25, reach_step = 0.125;

/* How far to go next: all the way if the growth of labels so far says that this is done soon. */
static double next_reach(const prover *of)
{
    static const double labels_most = 1.5e7;
    double steps = (1 - of->next) / (of->next - of->reach);
    double growth = (double) of->labels / larger((double) of->before, 1);
    if (of->reach > 0 && (double) of->labels * pow(growth, steps) < labels_most)
        return 1;
    return smaller(of->next + reach_step, 1);
}

static void begin_sweep(many *at, prover *of)
{
    double limit = of->first + of->next * (at->hunt.cost - of->first);
    of->labels = 0;
    of->under_way = true;
    sweep_begin(&of->sweep, of->next < 1 ? limit : INFINITY, of->points_most);
}

/* A sweep has ended: what it proves, and where the next one goes. */
static void end_sweep(many *at, prover *of)
{
    of->under_way = false;
    at->sweeps = !of->sweep.full;
    if (!at->sweeps)
        return;
    lift_bound(at, sweep_bound(&of->sweep));
    if (of->next < 1) {
        double next = next_reach(of);
        of->reach = of->next;
        of->before = of->labels;
        of->next = next;
    } else if (of->points_most == SWEEP_EXACT || at->fleet.alone) {
        at->sweeps = false; /* that was all that sweeps can say */
    } else {
        of->points_most = SWEEP_EXACT;
    }
}

/* Sweeps so many labels far, through as many sweeps as they last. */
static hax_status prove(many *at, prover *of, uint64_t labels, hax_error *err)
{
    const uint64_t until = at->hunt.nodes + labels;
    while (sweeps_now(at) && !met(at) && at->hunt.nodes < until) {
        uint64_t from = at->hunt.nodes;
        if (!of->under_way)
            begin_sweep(at, of);
        bool ended = sweep_run(&of->sweep, until - from);
        of->labels += at->hunt.nodes - from;
        if (of->sweep.out_of_memory)
            return hax_fail_memory(err, "a search");
        if (!ended)
            break;
        end_sweep(at, of);
    }
    return HAX_OK;
}

/* ---- turns -------------------------------------------------------------------------------------
 */

typedef struct seekers {
    prover prover;
    branch tree;
    anneal walk;
} seekers;

/* Each turn is longer than the one before, until a limit or the proof. Small changes grow fastest:
 * what is not proven soon lives on them. */
static hax_status take_turns(many *at, seekers *all, hax_error *err)
{
    enum {
        TURN_NODES = 50000,
        TURN_CHANGES = 5,
        TURN_WIDTH = 2048,
        DOUBLINGS_MOST = 9,
        WIDTH_DOUBLINGS_MOST = 5, /* more would take hundreds of megabytes */
    };
    for (int turn = 0; !done(at); turn++) {
        int doublings = turn < DOUBLINGS_MOST ? turn : DOUBLINGS_MOST;
        HAX_TRY(prove(at, &all->prover, (uint64_t) TURN_NODES << doublings, err));
        if (!done(at) && !at->complete && !(sweeps_now(at) && at->fleet.alone))
            at->complete = branch_run(&all->tree, (uint64_t) TURN_NODES << doublings);
        if (!done(at))
            anneal_run(&all->walk, (uint64_t) TURN_CHANGES << (at->sweeps ? 1 : 2) * doublings);
        int width = TURN_WIDTH << (turn < WIDTH_DOUBLINGS_MOST ? turn : WIDTH_DOUBLINGS_MOST);
        if (!done(at))
            HAX_TRY(beams(at, width, width, err));
    }
    return HAX_OK;
}

static hax_status search(many *at, hax_error *err)
{
    seekers all = { 0 };
    hax_status status = branch_make(&at->hunt, &all.tree, err);
    if (status == HAX_OK)
        status = anneal_make(&at->hunt, 1, &all.walk, err);
    at->sweeps = sweep_fits(&at->fleet);
    all.prover = (prover){ .first = at->hunt.bound,
                           .next = first_reach,
                           .points_most = at->fleet.alone ? 1 : 2 };
    if (status == HAX_OK)
        status = sweep_make(&at->hunt, sweep_bytes, &all.prover.sweep, err);
    if (status == HAX_OK)
        status = take_turns(at, &all, err);
    sweep_free(&all.prover.sweep);
    branch_free(&all.tree);
    anneal_free(&all.walk);
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
    HAX_TRY(beams(at, 4, 64, err));
    if (!done(at) && fine_load_pays(at))
        HAX_TRY(add_load(at, false, fine_steps, err));
    HAX_TRY(beams(at, 64, 1024, err));
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
    at->narrow = true;
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
