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
    bool under_way, ended_once;
    double limit;        /* of the sweep now, or the next one; INFINITY: all the way; 0: unset */
    double limit_before; /* of the one before */
    uint64_t labels, before; /* how many they have taken; before: 0: there was none */
    int points_most;
} prover;

typedef struct many {
    fleet fleet;
    load load;
    grid grid;
    outlook outlook;
    hunt hunt;
    hax_effort effort; /* the hunt's */
    anneal walk;
    bool complete;          /* over event waits */
    bool sweeps;            /* may still prove something over all schedules */
    bool narrow;            /* wider beams may still find something */
    const placement *start; /* a schedule at hand, NULL: none */
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

/* A program of more rows does not get anywhere in its time, and takes gigabytes. */
static bool load_fits(const many *at)
{
    enum { ROWS_MOST = 2000 };
    return at->hunt.group_count <= ROWS_MOST;
}

static hax_status add_load(many *at, bool coarse, uint64_t steps, hax_error *err)
{
    if (steps > 0 && !load_fits(at))
        return HAX_OK;
    int *nodes = calloc((size_t) at->fleet.count, sizeof *nodes);
    if (!nodes)
        return hax_fail_memory(err, "a search");
    const load_effort effort = { steps, &at->effort };
    hax_status status = load_refine(&at->load, nodes, coarse, &effort, err);
    free(nodes);
    return status == HAX_OK ? root_bound(at, err) : status;
}

/* Heights, where they say more than the load. */
static hax_status add_grid(many *at, hax_error *err)
{
    if (at->fleet.problem->objective != HAX_LATENCY || at->fleet.alone)
        return HAX_OK;
    HAX_TRY(grid_make(&at->fleet, at->hunt.bound, &at->effort, &at->grid, err));
    if (at->grid.fleet)
        at->outlook.grid = &at->grid;
    return root_bound(at, err);
}

/* ---- the search --------------------------------------------------------------------------------
 */

static bool met(const many *at)
{
    return at->hunt.bound >= hunt_limit(&at->hunt);
}

static hax_status beams(many *at, int narrow, int wide, hax_error *err)
{
    for (int width = narrow;
         width <= wide && at->narrow && !met(at) && !at->hunt.stopped && !at->hunt.phase_over;
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

/* Shares of the gap that the first sweep goes, and others as long as nothing is known of how
 * labels grow. */
static const double first_step = 0.1, blind_step = 0.05;

static double next_limit(const many *at, const prover *of)
{
    static const double growth_wanted = 2.5, growth_most = 4, labels_soon = 2e6;
    enum { LABELS_TELLING = 10000 }; /* fewer say nothing of how many all would be */
    double left = at->hunt.cost - of->limit;
    double more = blind_step * (at->hunt.cost - at->hunt.bound);
    if (of->before > 0 && of->labels > of->before && of->limit > of->limit_before) {
        double growth = log((double) of->labels / (double) of->before);
        double per_ms = growth / (of->limit - of->limit_before);
        double all = exp(per_ms * left); /* times the labels, for all the way */
        if (of->labels > LABELS_TELLING &&
            (all < growth_most || all * (double) of->labels < labels_soon))
            return INFINITY;
        more = log(growth_wanted) / per_ms;
    }
    return more < left ? of->limit + more : INFINITY;
}

static void begin_sweep(many *at, prover *of)
{
    if (of->limit == 0)
        of->limit = at->hunt.bound + first_step * (at->hunt.cost - at->hunt.bound);
    if (of->limit >= at->hunt.cost)
        of->limit = INFINITY;
    of->labels = 0;
    of->under_way = true;
    sweep_begin(&of->sweep, of->limit, of->points_most);
}

/* A sweep has ended: what it proves, and where the next one goes. */
static void end_sweep(many *at, prover *of)
{
    of->under_way = false;
    at->sweeps = !of->sweep.full;
    if (!at->sweeps)
        return;
    of->ended_once = true;
    lift_bound(at, sweep_bound(&of->sweep));
    if (!isinf(of->limit)) {
        double next = next_limit(at, of);
        of->limit_before = of->limit;
        of->before = of->labels;
        of->limit = next;
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

/* Who has found nothing for some turns sits out more and more of them. */
typedef struct patience {
    int misses; /* turns without a gain, one after the other */
    int wait;   /* turns to sit out */
    double cost, bound;
} patience;

typedef struct seekers {
    prover prover;
    branch tree;
    patience of_prover, of_tree, of_walk, of_beams;
} seekers;

static bool takes_turn(const many *at, patience *of)
{
    of->cost = at->hunt.cost;
    of->bound = at->hunt.bound;
    return !done(at) && of->wait-- <= 0;
}

static void end_turn(const many *at, patience *of, bool promising)
{
    enum { FREE_MISSES = 2, WAIT_MOST = 15 };
    bool gained = promising || at->hunt.cost < of->cost || at->hunt.bound > of->bound;
    of->misses = gained ? 0 : of->misses + 1;
    int wait = of->misses > FREE_MISSES ? 1 << (of->misses - FREE_MISSES) : 1;
    of->wait = wait > WAIT_MOST ? WAIT_MOST : wait - 1;
}

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
        int width = TURN_WIDTH << (turn < WIDTH_DOUBLINGS_MOST ? turn : WIDTH_DOUBLINGS_MOST);
        bool branches = !at->complete && !(sweeps_now(at) && at->fleet.alone);
        if (takes_turn(at, &all->of_prover)) {
            HAX_TRY(prove(at, &all->prover, (uint64_t) TURN_NODES << doublings, err));
            end_turn(at, &all->of_prover, all->prover.ended_once); /* so will others */
        }
        if (branches && takes_turn(at, &all->of_tree)) {
            at->complete = branch_run(&all->tree, (uint64_t) TURN_NODES << doublings);
            end_turn(at, &all->of_tree, false);
        }
        if (takes_turn(at, &all->of_walk)) {
            anneal_runs(&at->walk, (uint64_t) TURN_CHANGES << (at->sweeps ? 1 : 2) * doublings);
            end_turn(at, &all->of_walk, false);
        }
        if (takes_turn(at, &all->of_beams)) {
            HAX_TRY(beams(at, width, width, err));
            end_turn(at, &all->of_beams, false);
        }
    }
    return HAX_OK;
}

static hax_status search(many *at, hax_error *err)
{
    seekers all = { 0 };
    hax_status status = branch_make(&at->hunt, &all.tree, err);
    at->sweeps = sweep_fits(&at->fleet);
    all.prover.points_most = at->fleet.alone ? 1 : 2;
    if (status == HAX_OK)
        status = sweep_make(&at->hunt, sweep_bytes, &all.prover.sweep, err);
    if (status == HAX_OK)
        status = take_turns(at, &all, err);
    sweep_free(&all.prover.sweep);
    branch_free(&all.tree);
    return status;
}

/* Of the time, what the first beams may take: where they are slow small changes are better. */
static const double beams_share = 0.25;

/* Schedules soon: beams, and small changes of what is best without contention. They may begin with
 * something worse than what was given. */
static hax_status first_schedules(many *at, hax_error *err)
{
    enum { WIDTH = 64, CHANGES_OF_GROUP = 1000, BLIND_NODES = 10000 };
    enum { FEW_GROUPS = 16 }; /* the search has them all before changes begin to pay */
    const hax_solve_options *given = at->hunt.options;
    hax_solve_options options = { .node_limit = BLIND_NODES,
                                  .cancel = given ? given->cancel : NULL };
    search_result blind = { 0 };
    hax_status status = HAX_OK;
    hunt_begin_phase(&at->hunt, beams_share);
    status = beams(at, 1, WIDTH, err);
    hunt_end_phase(&at->hunt);
    HAX_TRY(status);
    if (at->start)
        anneal_begin(&at->walk, at->start);
    if (met(at) || at->hunt.group_count <= FEW_GROUPS || !hunt_in_time(&at->hunt))
        return HAX_OK;
    if (at->hunt.deadline_ns) /* half of what is left; the clock has gone on since the look at it */
        options.time_limit_s =
            1e-9 + 0.5e-9 * larger((double) at->hunt.deadline_ns - (double) hax_clock_ns(), 0);
    if (!at->fleet.alone)
        status = search_many(at->fleet.problem, &options, INFINITY, true, &blind, err);
    if (status == HAX_OK && blind.count)
        anneal_begin(&at->walk, blind.placements);
    free(blind.placements);
    if (status == HAX_OK)
        anneal_run(&at->walk, CHANGES_OF_GROUP * (uint64_t) at->hunt.group_count);
    return status;
}

static hax_status run(many *at, hax_error *err)
{
    HAX_TRY(load_make(&at->fleet, &at->load, err));
    HAX_TRY(outlook_make(&at->fleet, &at->load, &at->outlook, err));
    HAX_TRY(anneal_make(&at->hunt, 1, &at->walk, err));
    HAX_TRY(add_load(at, true, 0, err));
    HAX_TRY(first_schedules(at, err));
    if (!met(at) && !at->fleet.alone) /* without contention shares are the best values */
        HAX_TRY(add_load(at, true, coarse_steps, err));
    HAX_TRY(beams(at, 16, 64, err));
    if (!done(at) && !at->fleet.alone && fine_load_pays(at))
        HAX_TRY(add_load(at, false, fine_steps, err));
    HAX_TRY(beams(at, 64, 1024, err));
    if (!done(at))
        HAX_TRY(add_grid(at, err));
    const hax_effort by_time = { hunt_spend_time, &at->hunt };
    if (!met(at))
        HAX_TRY(pairs_bound(&at->fleet, pair_states, &by_time, &at->hunt.bound, err));
    return done(at) ? HAX_OK : search(at, err);
}

static hax_status begin(many *at, const hax_problem *problem, const hax_solve_options *options,
                        const search_start *from, bool blind, hax_error *err)
{
    if (problem->instance_count > FLEET_MAX)
        return hax_fail(err, HAX_BAD_INPUT, "%d instances: the search takes at most %d",
                        problem->instance_count, FLEET_MAX);
    at->narrow = true;
    at->start = from->placements;
    at->effort = (hax_effort){ hunt_spend, &at->hunt };
    at->hunt = (hunt){ .fleet = &at->fleet,
                       .outlook = &at->outlook,
                       .options = options,
                       .start_ns = hax_clock_ns(),
                       .bound = -INFINITY,
                       .cost = outlook_cost(problem, from->value) };
    for (int i = 0; i < problem->instance_count; i++)
        at->hunt.group_count += problem->instances[i].group_count;
    if (options && options->time_limit_s > 0)
        at->hunt.deadline_ns = at->hunt.start_ns + (uint64_t) (options->time_limit_s * 1e9);
    HAX_TRY(fleet_make(problem, blind, &at->effort, &at->fleet, err));
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

hax_status search_many_from(const hax_problem *problem, const hax_solve_options *options,
                            const search_start *from, bool blind, search_result *result,
                            hax_error *err)
{
    many at = { 0 };
    hax_status status = begin(&at, problem, options, from, blind, err);
    if (status == HAX_OK)
        status = run(&at, err);
    if (status == HAX_OK)
        give(&at, result);
    else
        free(at.hunt.best);
    free(at.hunt.trail);
    anneal_free(&at.walk);
    outlook_free(&at.outlook);
    grid_free(&at.grid);
    load_free(&at.load);
    fleet_free(&at.fleet);
    return status;
}

hax_status search_many(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err)
{
    const search_start from = { .value = incumbent };
    return search_many_from(problem, options, &from, blind, result, err);
}
