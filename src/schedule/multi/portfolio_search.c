/*
 * Any number of instances: bounds first, a schedule at hand soon, then whatever improves either
 * in turns: sweeps (sweep.h), which prove bounds and optima over all schedules; branch and bound,
 * which proves the optimum over event waits; small changes; beams.
 *
 * Sweeps stop at limits that grow from the bound to the best schedule: the labels grow with the
 * limit so fast that all sweeps together take little longer than the last one, and each of them
 * lifts the bound.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "beam.h"
#include "bounds.h"
#include "branch.h"
#include "clock.h"
#include "local.h"
#include "multi.h"
#include "state.h"
#include "sweep.h"

/* Steps for the values of lp_bound.h, about 5 ns each. */
static const uint64_t coarse_steps = 100000000, fine_steps = 200000000;

/* States of a pair's table: 20 groups on 3 units. */
static const uint64_t pair_states = 100000;

static const size_t sweep_bytes = (size_t) 512 << 20;

/* Sweeps, one after the other. */
typedef struct prover {
    hax_sweep sweep;
    bool under_way, ended_once;
    double limit;        /* of the sweep now, or the next one; INFINITY: all the way; 0: unset */
    double limit_before; /* of the one before */
    uint64_t labels, before; /* how many they have taken; before: 0: there was none */
    int points_most;
} prover;

typedef struct many {
    hax_instance_set instances;
    hax_lp_bound lp;
    hax_potential_bound potential;
    hax_lower_bound lower_bound;
    hax_search_context search;
    hax_effort effort; /* the search context's */
    hax_anneal walk;
    bool complete;              /* over event waits */
    bool sweeps;                /* may still prove something over all schedules */
    bool narrow;                /* wider beams may still find something */
    const hax_placement *start; /* a schedule at hand, NULL: none */
} many;

/* ---- bounds at the start ------------------------------------------------------------------- */

static hax_status root_bound(many *many, hax_error *err)
{
    hax_round_state *start = malloc(hax_round_state_size(&many->instances));
    if (!start)
        return hax_fail_memory(err, "a search");
    hax_round_state_begin(&many->instances, start);
    start->past = hax_objective_no_past(many->instances.problem);
    double bound = hax_lower_bound_value(&many->lower_bound, start);
    free(start);
    if (bound > many->search.bound) {
        many->search.bound = bound;
        if (many->search.best_count)
            hax_search_report(&many->search);
    }
    return HAX_OK;
}

/* A program of more rows does not get anywhere in its time, and takes gigabytes. */
static bool load_fits(const many *many)
{
    enum { ROWS_MOST = 2000 };
    return many->search.group_count <= ROWS_MOST;
}

/* Shares that are best at the start of the round. */
static hax_status add_shares(many *many, hax_error *err)
{
    int *nodes = calloc((size_t) many->instances.count, sizeof *nodes);
    if (!nodes)
        return hax_fail_memory(err, "a search");
    hax_lp_bound_add_shares(&many->lp, nodes, &many->effort);
    free(nodes);
    return root_bound(many, err);
}

static hax_status add_load(many *many, bool coarse, uint64_t steps, hax_error *err)
{
    if (!load_fits(many))
        return HAX_OK;
    int *nodes = calloc((size_t) many->instances.count, sizeof *nodes);
    if (!nodes)
        return hax_fail_memory(err, "a search");
    const hax_lp_effort effort = { steps, &many->effort };
    hax_status status = hax_lp_bound_refine(&many->lp, nodes, coarse, &effort, err);
    free(nodes);
    return status == HAX_OK ? root_bound(many, err) : status;
}

/* Heights, where they say more than the load. */
static hax_status add_grid(many *many, hax_error *err)
{
    if (many->instances.problem->objective != HAX_LATENCY || many->instances.alone)
        return HAX_OK;
    HAX_TRY(hax_potential_make(&many->instances, many->search.bound, &many->effort,
                               &many->potential, err));
    if (many->potential.instances)
        many->lower_bound.potential = &many->potential;
    return root_bound(many, err);
}

/* ---- the search --------------------------------------------------------------------------------
 */

static bool met(const many *many)
{
    return many->search.bound >= hax_search_limit(&many->search);
}

static hax_status beams(many *many, int narrow, int wide, hax_error *err)
{
    for (int width = narrow; width <= wide && many->narrow && !met(many) && !many->search.stopped &&
                             !many->search.phase_over;
         width *= 4)
        HAX_TRY(hax_beam_search(&many->search, width, &many->narrow, err));
    return HAX_OK;
}

/* A sweep goes towards the best schedule there is. */
static bool sweeps_now(const many *many)
{
    return many->sweeps && !isinf(many->search.cost);
}

/* Branch and bound alone is not the end where sweeps may still find longer waits that pay. */
static bool done(const many *many)
{
    return (many->complete && !sweeps_now(many)) || many->search.stopped || met(many);
}

/* Beyond so many rows the program that counts hand-overs does not get far enough to pay. */
static bool fine_load_pays(const many *many)
{
    enum { ROWS_MOST = 250 };
    return (many->search.group_count + 1) * many->instances.problem->unit_count <= ROWS_MOST;
}

static void lift_bound(many *many, double bound)
{
    assert(bound <= many->search.cost); /* nothing is proven against a schedule that is there */
    if (bound <= many->search.bound)
        return;
    many->search.bound = bound;
    if (many->search.best_count)
        hax_search_report(&many->search);
}

/* ---- sweeps -----------------------------------------------------------------------------------
 */

/* Shares of the gap that the first sweep goes, and others as long as nothing is known of how
 * labels grow. */
static const double first_step = 0.1, blind_step = 0.05;

static double next_limit(const many *many, const prover *prover)
{
    static const double growth_wanted = 2.5, growth_most = 4, labels_soon = 2e6;
    enum { LABELS_TELLING = 10000 }; /* fewer say nothing of how many all would be */
    double left = many->search.cost - prover->limit;
    double more = blind_step * (many->search.cost - many->search.bound);
    if (prover->before > 0 && prover->labels > prover->before &&
        prover->limit > prover->limit_before) {
        double growth = log((double) prover->labels / (double) prover->before);
        double per_ms = growth / (prover->limit - prover->limit_before);
        double all = exp(per_ms * left); /* times the labels, for all the way */
        if (prover->labels > LABELS_TELLING &&
            (all < growth_most || all * (double) prover->labels < labels_soon))
            return INFINITY;
        more = log(growth_wanted) / per_ms;
    }
    assert(more > 0 || met(many)); /* so that sweeps come to the best schedule */
    return more < left ? prover->limit + more : INFINITY;
}

static void begin_sweep(many *many, prover *prover)
{
    if (prover->limit == 0)
        prover->limit = many->search.bound + first_step * (many->search.cost - many->search.bound);
    if (prover->limit >= many->search.cost)
        prover->limit = INFINITY;
    assert(prover->limit > 0 && !prover->under_way);
    prover->labels = 0;
    prover->under_way = true;
    hax_sweep_begin(&prover->sweep, prover->limit, prover->points_most);
}

/* A sweep has ended: what it proves, and where the next one goes. */
static void end_sweep(many *many, prover *prover)
{
    prover->under_way = false;
    many->sweeps = !prover->sweep.full;
    if (!many->sweeps)
        return;
    prover->ended_once = true;
    lift_bound(many, hax_sweep_bound(&prover->sweep));
    if (!isinf(prover->limit)) {
        double next = next_limit(many, prover);
        prover->limit_before = prover->limit;
        prover->before = prover->labels;
        prover->limit = next;
    } else if (prover->points_most == SWEEP_EXACT || many->instances.alone) {
        many->sweeps = false; /* that was all that sweeps can say */
    } else {
        prover->points_most = SWEEP_EXACT;
    }
}

/* Sweeps so many labels far, through as many sweeps as they last. */
static hax_status prove(many *many, prover *prover, uint64_t labels, hax_error *err)
{
    const uint64_t until = many->search.nodes + labels;
    while (sweeps_now(many) && !met(many) && many->search.nodes < until) {
        uint64_t from = many->search.nodes;
        if (!prover->under_way)
            begin_sweep(many, prover);
        bool ended = hax_sweep_run(&prover->sweep, until - from);
        prover->labels += many->search.nodes - from;
        if (prover->sweep.out_of_memory)
            return hax_fail_memory(err, "a search");
        if (!ended)
            break;
        end_sweep(many, prover);
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
    hax_branch tree;
    patience of_prover, of_tree, of_walk, of_beams;
} seekers;

static bool takes_turn(const many *many, patience *patience)
{
    patience->cost = many->search.cost;
    patience->bound = many->search.bound;
    return !done(many) && patience->wait-- <= 0;
}

static void end_turn(const many *many, patience *patience, bool promising)
{
    enum { FREE_MISSES = 2, WAIT_MOST = 15 };
    bool gained =
        promising || many->search.cost < patience->cost || many->search.bound > patience->bound;
    patience->misses = gained ? 0 : patience->misses + 1;
    int wait = patience->misses > FREE_MISSES ? 1 << (patience->misses - FREE_MISSES) : 1;
    patience->wait = wait > WAIT_MOST ? WAIT_MOST : wait - 1;
    assert(patience->wait >= 0);
}

/* Each turn is longer than the one before, until a limit or the proof. Small changes grow fastest:
 * what is not proven soon lives on them. */
static hax_status take_turns(many *many, seekers *seekers, hax_error *err)
{
    enum {
        TURN_NODES = 50000,
        TURN_CHANGES = 5,
        TURN_WIDTH = 2048,
        DOUBLINGS_MOST = 9,
        WIDTH_DOUBLINGS_MOST = 5, /* more would take hundreds of megabytes */
    };
    for (int turn = 0; !done(many); turn++) {
        int doublings = turn < DOUBLINGS_MOST ? turn : DOUBLINGS_MOST;
        int width = TURN_WIDTH << (turn < WIDTH_DOUBLINGS_MOST ? turn : WIDTH_DOUBLINGS_MOST);
        bool branches = !many->complete && !(sweeps_now(many) && many->instances.alone);
        if (takes_turn(many, &seekers->of_prover)) {
            HAX_TRY(prove(many, &seekers->prover, (uint64_t) TURN_NODES << doublings, err));
            end_turn(many, &seekers->of_prover, seekers->prover.ended_once); /* so will others */
        }
        if (branches && takes_turn(many, &seekers->of_tree)) {
            many->complete = hax_branch_run(&seekers->tree, (uint64_t) TURN_NODES << doublings);
            end_turn(many, &seekers->of_tree, false);
        }
        if (takes_turn(many, &seekers->of_walk)) {
            hax_anneal_runs(&many->walk,
                            (uint64_t) TURN_CHANGES << (many->sweeps ? 1 : 2) * doublings);
            end_turn(many, &seekers->of_walk, false);
        }
        if (takes_turn(many, &seekers->of_beams)) {
            HAX_TRY(beams(many, width, width, err));
            end_turn(many, &seekers->of_beams, false);
        }
    }
    return HAX_OK;
}

static hax_status search(many *many, hax_error *err)
{
    seekers context = { 0 };
    hax_status status = hax_branch_make(&many->search, &context.tree, err);
    many->sweeps = hax_sweep_fits(&many->instances);
    context.prover.points_most = many->instances.alone ? 1 : 2;
    if (status == HAX_OK)
        status = hax_sweep_make(&many->search, sweep_bytes, &context.prover.sweep, err);
    if (status == HAX_OK)
        status = take_turns(many, &context, err);
    hax_sweep_free(&context.prover.sweep);
    hax_branch_free(&context.tree);
    return status;
}

/* Of the time, what the first beams may take: where they are slow small changes are better. */
static const double beams_share = 0.25;

/* Schedules soon: beams, and small changes of what is best without contention. They may begin with
 * something worse than what was given. */
static hax_status first_schedules(many *many, hax_error *err)
{
    enum { WIDTH = 64, CHANGES_OF_GROUP = 1000, BLIND_NODES = 10000 };
    enum { FEW_GROUPS = 16 }; /* the search has them all before changes begin to pay */
    const hax_solve_options *given = many->search.options;
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = BLIND_NODES;
    options.cancel = given ? given->cancel : NULL;
    hax_search_result ignore_contention = { 0 };
    hax_status status = HAX_OK;
    hax_search_begin_phase(&many->search, beams_share);
    status = beams(many, 1, WIDTH, err);
    hax_search_end_phase(&many->search);
    HAX_TRY(status);
    if (many->start)
        hax_anneal_begin(&many->walk, many->start);
    if (met(many) || many->search.group_count <= FEW_GROUPS || !hax_search_in_time(&many->search))
        return HAX_OK;
    if (many->search
            .deadline_ns) /* half of what is left; the clock has gone on since the look at it */
        options.time_limit_s =
            0.5e-9 * hax_max((double) many->search.deadline_ns - (double) hax_clock_ns(), 0);
    if (!many->instances.alone)
        status = hax_portfolio_search(many->instances.problem, &options, INFINITY, true,
                                      &ignore_contention, err);
    if (status == HAX_OK && ignore_contention.count)
        hax_anneal_begin(&many->walk, ignore_contention.placements);
    free(ignore_contention.placements);
    if (status == HAX_OK)
        hax_anneal_run(&many->walk, CHANGES_OF_GROUP * (uint64_t) many->search.group_count);
    return status;
}

static hax_status run(many *many, hax_error *err)
{
    HAX_TRY(hax_lp_bound_make(&many->instances, &many->lp, err));
    HAX_TRY(hax_lower_bound_make(&many->instances, &many->lp, &many->lower_bound, err));
    HAX_TRY(hax_anneal_make(&many->search, 1, &many->walk, err));
    HAX_TRY(add_shares(many, err));
    HAX_TRY(first_schedules(many, err));
    if (!met(many) && !many->instances.alone) /* without contention shares are the best values */
        HAX_TRY(add_load(many, true, coarse_steps, err));
    HAX_TRY(beams(many, 16, 64, err));
    if (!done(many) && !many->instances.alone && fine_load_pays(many))
        HAX_TRY(add_load(many, false, fine_steps, err));
    HAX_TRY(beams(many, 64, 1024, err));
    if (!done(many))
        HAX_TRY(add_grid(many, err));
    const hax_effort by_time = { hax_search_spend_time, &many->search };
    if (!met(many))
        HAX_TRY(
            hax_pairwise_bound(&many->instances, pair_states, &by_time, &many->search.bound, err));
    return done(many) ? HAX_OK : search(many, err);
}

static hax_status begin(many *many, const hax_problem *problem, const hax_solve_options *options,
                        const hax_search_start *from, bool ignore_contention, hax_error *err)
{
    assert(problem->instance_count <= HAX_INSTANCES_MAX); /* hax_solve takes no more */
    many->narrow = true;
    many->start = from->placements;
    many->effort = (hax_effort){ hax_search_spend, &many->search };
    many->search = (hax_search_context){ .instances = &many->instances,
                                         .lower_bound = &many->lower_bound,
                                         .options = options,
                                         .start_ns = hax_clock_ns(),
                                         .bound = -INFINITY,
                                         .cost = hax_objective_cost(problem, from->value) };
    for (int i = 0; i < problem->instance_count; i++)
        many->search.group_count += problem->instances[i].group_count;
    if (options)
        many->search.deadline_ns =
            hax_time_budget_end_ns(many->search.start_ns, options->time_limit_s);
    HAX_TRY(
        hax_instance_set_make(problem, ignore_contention, &many->effort, &many->instances, err));
    many->search.best = calloc((size_t) many->search.group_count, sizeof *many->search.best);
    many->search.trail = calloc((size_t) many->search.group_count, sizeof *many->search.trail);
    return many->search.best && many->search.trail ? HAX_OK : hax_fail_memory(err, "a search");
}

static void give(const many *many, hax_search_result *result)
{
    bool most = many->instances.problem->objective == HAX_THROUGHPUT;
    bool proven = many->complete || met(many);
    double bound = many->search.bound;
    if (met(many) || (many->complete && many->instances.alone))
        bound = many->search.cost;
    assert(bound <= many->search.cost);
    assert(many->search.best_count == 0 || many->search.best_count == many->search.group_count);
    *result = (hax_search_result){ .placements = many->search.best,
                                   .count = many->search.best_count,
                                   .value = most ? -many->search.cost : many->search.cost,
                                   .bound = most ? -bound : bound,
                                   .complete = proven,
                                   .all_waits = met(many) || many->instances.alone,
                                   .nodes = many->search.nodes };
}

hax_status hax_portfolio_search_from(const hax_problem *problem, const hax_solve_options *options,
                                     const hax_search_start *from, bool ignore_contention,
                                     hax_search_result *result, hax_error *err)
{
    many context = { 0 };
    hax_status status = begin(&context, problem, options, from, ignore_contention, err);
    if (status == HAX_OK)
        status = run(&context, err);
    if (status == HAX_OK)
        give(&context, result);
    else
        free(context.search.best);
    free(context.search.trail);
    hax_anneal_free(&context.walk);
    hax_lower_bound_free(&context.lower_bound);
    hax_potential_free(&context.potential);
    hax_lp_bound_free(&context.lp);
    hax_instance_set_free(&context.instances);
    return status;
}

hax_status hax_portfolio_search(const hax_problem *problem, const hax_solve_options *options,
                                double incumbent, bool ignore_contention, hax_search_result *result,
                                hax_error *err)
{
    const hax_search_start from = { .value = incumbent };
    return hax_portfolio_search_from(problem, options, &from, ignore_contention, result, err);
}
