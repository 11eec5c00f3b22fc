/* Of plans that are equally good, the one with the fewest changes of unit. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "multi.h"
#include "pair.h"

#include "config.h"

/* What all searches may take together, beside what the best plan took. */
static const uint64_t nodes_least = 20000, nodes_factor = 4;

typedef struct fewest {
    const hax_problem *problem;
    hax_solve_options options;
    const hax_schedule *best;
    double worst;              /* the worst value that is as good as the best */
    const hax_schedule *found; /* NULL: nothing but `best` so far */
    uint64_t nodes_left;       /* of all searches */
    bool proven;               /* nothing with fewer changes than were looked at is as good */
} fewest;

int hax_schedule_changes(const hax_problem *problem, const hax_schedule *schedule)
{
    int count = 0;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 1; g < problem->instances[i].group_count; g++)
            count += schedule->assignment[i][g] != schedule->assignment[i][g - 1];
    return count;
}

static double worst_of(const hax_problem *problem, const hax_schedule *best, double tie)
{
    const double value = best->value;
    switch (problem->objective) {
    case HAX_THROUGHPUT: return value * (1 - tie);
    case HAX_DEADLINE: /* a deadline that is missed is not missed by more */
        return value > 0 ? value : fmin(value + tie * hax_schedule_round_ms(best), 0);
    default: return value + tie * fabs(value);
    }
}

static bool is_good(const fewest *fewest, double value)
{
    return !hax_objective_better(fewest->problem->objective, fewest->worst, value);
}

/* Takes over `schedule`: keeps it if it is as good as the best and better than what was found. */
static void keep(fewest *fewest, const hax_schedule *schedule)
{
    const hax_objective objective = fewest->problem->objective;
    if (!is_good(fewest, schedule->value) ||
        (fewest->found &&
         !hax_objective_better(objective, schedule->value, fewest->found->value))) {
        hax_schedule_destroy(schedule);
        return;
    }
    hax_schedule_destroy(fewest->found);
    fewest->found = schedule;
}

/* Whole networks change no unit. */
static hax_status keep_whole(fewest *fewest, hax_error *err)
{
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    for (int b = 0; b < count; b++) {
        const hax_schedule *schedule = NULL;
        hax_error why;
        if (!baseline[b].plain)
            continue;
        hax_status status = baseline[b].make(fewest->problem, NULL, &schedule, &why);
        if (status == HAX_OK)
            keep(fewest, schedule);
        else if (status != HAX_INFEASIBLE)
            return hax_fail(err, status, "%s", why.message);
    }
    return HAX_OK;
}

/* Only what is better than this is looked for: what is as good as the best is among it. */
static double incumbent(const fewest *fewest)
{
    const double margin = 2 * hax_objective_tolerance(fewest->problem, fewest->worst);
    if (fewest->found)
        return fewest->found->value;
    return fewest->problem->objective == HAX_THROUGHPUT ? fewest->worst - margin
                                                        : fewest->worst + margin;
}

static hax_status search(const fewest *fewest, const hax_problem *limited,
                         hax_search_result *result, hax_error *err)
{
    const hax_solve_options *options = &fewest->options;
    const bool blind = options->ignore_contention;
    switch (limited->instance_count) {
    case 1: return hax_single_search(limited, options, result, err);
    case 2: return hax_pair_search(limited, options, incumbent(fewest), blind, result, err);
    default: return hax_portfolio_search(limited, options, incumbent(fewest), blind, result, err);
    }
}

/* With at most so many changes of all instances. */
static hax_status look(fewest *fewest, int changes, hax_error *err)
{
    hax_problem limited = *fewest->problem;
    hax_search_result result = { 0 };
    hax_error why = { 0 };
    limited.max_transitions = hax_limit_changes(fewest->problem, changes);
    fewest->options.node_limit = fewest->nodes_left;
    hax_status status = search(fewest, &limited, &result, &why);
    if (status == HAX_INFEASIBLE) /* there is no way through with so few */
        return HAX_OK;
    if (status == HAX_LIMIT) {
        fewest->proven = false;
        return HAX_OK;
    }
    if (status != HAX_OK)
        return hax_fail(err, status, "%s", why.message);
    const hax_schedule *schedule = NULL;
    if (result.count > 0)
        status = hax_schedule_from_placements(fewest->problem, fewest->best->name, result.count,
                                              result.placements, &schedule, err);
    free(result.placements);
    HAX_TRY(status);
    fewest->nodes_left -= result.nodes < fewest->nodes_left ? result.nodes : fewest->nodes_left;
    assert(!schedule || hax_schedule_changes(fewest->problem, schedule) <= changes);
    if (schedule)
        keep(fewest, schedule);
    fewest->proven = fewest->proven && (result.complete || fewest->found);
    return HAX_OK;
}

/* The best again, or what was found in its place: evaluated, with the best's bound. */
static hax_status answer(const fewest *fewest, double tie, const hax_schedule **schedule,
                         hax_error *err)
{
    const hax_schedule *chosen = fewest->found ? fewest->found : fewest->best, *evaluated = NULL;
    HAX_TRY(hax_schedule_improve(fewest->problem, fewest->best, chosen, &evaluated, err));
    hax_schedule *own = hax_schedule_edit(evaluated);
    own->tie = tie;
    own->fewest = fewest->proven && fewest->best->proof != HAX_PROOF_NO;
    if (!fewest->found)
        own->proof = fewest->best->proof;
    hax_status status = hax_schedule_verify(fewest->problem, evaluated, err);
    if (status != HAX_OK) {
        hax_schedule_destroy(evaluated);
        return status;
    }
    *schedule = evaluated;
    return HAX_OK;
}

static hax_status find(fewest *fewest, hax_error *err)
{
    const int most = hax_schedule_changes(fewest->problem, fewest->best);
    if (most > HAX_CHANGES_MOST) {
        fewest->proven = false;
        return HAX_OK;
    }
    if (most > 0)
        HAX_TRY(keep_whole(fewest, err));
    for (int changes = 0; changes < most; changes++) {
        if (fewest->nodes_left == 0 || fewest->best->proof == HAX_PROOF_NO ||
            hax_cancel_requested(fewest->options.cancel)) {
            fewest->proven = fewest->found && changes == 0; /* nothing has fewer than none */
            return HAX_OK;
        }
        HAX_TRY(look(fewest, changes, err));
        if (fewest->found)
            return HAX_OK;
    }
    return HAX_OK;
}

hax_status hax_solve_fewest(const hax_problem *problem, const hax_solve_options *options,
                            const hax_schedule *best, double tie, const hax_schedule **schedule,
                            hax_error *err)
{
    assert(problem && best && schedule);
    HAX_CONFIG_TAKE(hax_solve_options, own, options, err);
    if (!(tie >= 0 && tie < 1))
        return hax_fail(err, HAX_USAGE, "a tie of %g: give a share of at least 0 and below 1", tie);
    fewest fewest = { .problem = problem,
                      .options = own,
                      .best = best,
                      .worst = worst_of(problem, best, tie),
                      .proven = true };
    const uint64_t nodes = nodes_factor * best->nodes + nodes_least;
    fewest.nodes_left = own.node_limit < nodes ? own.node_limit : nodes;
    fewest.options.improved = NULL;
    hax_status status = find(&fewest, err);
    if (status == HAX_OK)
        status = answer(&fewest, tie, schedule, err);
    hax_schedule_destroy(fewest.found);
    return status;
}
