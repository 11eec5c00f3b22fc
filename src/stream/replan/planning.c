#include "planning.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "splits.h"

enum { MAPPINGS_MOST = 27 };

/* For splits, some seconds at most are simulated; and what one candidate counts, of which a search
 * for the highest rates of each network has about so many frames. */
enum { SPLIT_FRAMES_MOST = 200 * 1000, SPLIT_TICKS = 1000, SPLIT_RATE_FRAMES = 1500 };

enum {
    FIRST_NODES = 1000,
    TIMES = 4,                 /* as many nodes at the next step */
    IN_VAIN_MOST = 4,          /* for each search */
    LEAST_NODES = 1000 * 1000, /* before a search is given up for bringing nothing */
    MOST_NODES = 64 * 1000 * 1000
};

static hax_objective other_than(hax_objective objective)
{
    return objective == HAX_THROUGHPUT ? HAX_LATENCY : HAX_THROUGHPUT;
}

static hax_status add_search(hax_planning *planning, hax_objective objective, hax_error *err)
{
    hax_planning_search *search = &planning->searches[planning->search_count];
    HAX_TRY(
        hax_problem_adjust(planning->figures.problem, objective, 0, NULL, &search->problem, err));
    search->node_limit = FIRST_NODES;
    planning->search_count++;
    return HAX_OK;
}

hax_status hax_planning_open(hax_planning *planning, const hax_judge *judge, hax_figures *figures,
                             const hax_schedule *current, int tried_unit, const hax_cancel *cancel,
                             hax_error *err)
{
    memset(planning, 0, sizeof *planning);
    planning->judge = *judge;
    planning->figures = *figures;
    planning->current = current;
    planning->tried_unit = tried_unit;
    planning->cancel = cancel;
    planning->bound = planning->optimum = NAN;
    figures->problem = NULL;
    return add_search(planning, planning->figures.problem->objective, err);
}

void hax_planning_close(hax_planning *planning)
{
    for (int s = 0; s < planning->search_count; s++)
        hax_problem_destroy(planning->searches[s].problem);
    hax_schedule_destroy(planning->current);
    hax_schedule_destroy(planning->best);
    hax_figures_free(&planning->figures);
    memset(planning, 0, sizeof *planning);
}

static bool uses(const hax_schedule *schedule, int unit)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].unit == unit)
            return true;
    return false;
}

/* May it be in force at all? */
static bool is_allowed(const hax_planning *planning, const hax_schedule *schedule,
                       const hax_judgement *worth)
{
    if (planning->tried_unit < 0)
        return true;
    return uses(schedule, planning->tried_unit) &&
           (!planning->current || worth->late <= planning->current_worth.late);
}

hax_status hax_planning_consider(hax_planning *planning, const hax_schedule *schedule, bool *better,
                                 hax_error *err)
{
    const hax_objective objective = planning->figures.problem->objective;
    hax_judgement worth;
    *better = false;
    hax_status status =
        hax_judge_schedule(&planning->judge, &planning->figures, schedule, &worth, err);
    planning->candidates += status == HAX_OK;
    if (status == HAX_OK)
        *better = is_allowed(planning, schedule, &worth) &&
                  (!planning->best || hax_judgement_better(objective, &worth, &planning->worth));
    if (!*better) {
        hax_schedule_destroy(schedule);
        return status;
    }
    hax_schedule_destroy(planning->best);
    planning->best = schedule;
    planning->worth = worth;
    return HAX_OK;
}

static hax_status consider_plain(hax_planning *planning, hax_error *err)
{
    hax_baseline_set *plain = NULL;
    const hax_baseline_limits limits = { .time_limit_s = INFINITY, .cancel = planning->cancel };
    bool better;
    HAX_TRY(hax_baselines_make(planning->figures.problem, true, &limits, &plain, err));
    hax_status status = HAX_OK;
    for (int b = 0; status == HAX_OK && b < hax_baseline_set_count(plain); b++)
        status = hax_planning_consider(planning, hax_baseline_set_take(plain, b), &better, err);
    hax_baseline_set_destroy(plain);
    return status;
}

/* Every network whole on some unit: where frames decide, the mapping with the best round need not
 * be the best. With more mappings than can be simulated in no time it has to do. */
static hax_status consider_mappings(hax_planning *planning, hax_error *err)
{
    const hax_problem *problem = planning->figures.problem;
    const int count = problem->instance_count;
    int units[HAX_MAX_INSTANCES] = { 0 };
    if (pow(problem->unit_count, count) > MAPPINGS_MOST)
        return HAX_OK;
    for (int moved = 0; moved < count;) {
        const hax_schedule *schedule = NULL;
        bool better;
        hax_status status = hax_schedule_whole(problem, "whole", units, NULL, &schedule, err);
        if (status == HAX_OK)
            status = hax_planning_consider(planning, schedule, &better, err);
        if (status != HAX_OK && status != HAX_INFEASIBLE && status != HAX_BAD_INPUT)
            return status;
        for (moved = 0; moved < count && ++units[moved] == problem->unit_count; moved++)
            units[moved] = 0;
    }
    return HAX_OK;
}

/* What is in force is the first candidate, unless another one is to be tried. */
static hax_status consider_current(hax_planning *planning, hax_error *err)
{
    const hax_schedule *current = planning->current, *copy = NULL;
    bool better;
    if (!current)
        return HAX_OK;
    HAX_TRY(hax_judge_schedule(&planning->judge, &planning->figures, current,
                               &planning->current_worth, err));
    if (planning->tried_unit >= 0)
        return HAX_OK;
    HAX_TRY(hax_schedule_evaluate(planning->figures.problem, current->name, current->job_count,
                                  current->jobs, &copy, err));
    return hax_planning_consider(planning, copy, &better, err);
}

/* A problem whose throughput is infinite has none to search for. */
static hax_status add_other_search(hax_planning *planning, hax_error *err)
{
    hax_status status = add_search(planning, other_than(planning->figures.problem->objective), err);
    return status == HAX_BAD_INPUT ? HAX_OK : status;
}

hax_status hax_planning_first(hax_planning *planning, hax_error *err)
{
    HAX_TRY(consider_current(planning, err));
    HAX_TRY(consider_plain(planning, err));
    if (hax_judge_is_by_frames(&planning->judge, &planning->figures))
        HAX_TRY(consider_mappings(planning, err));
    assert(planning->best || planning->tried_unit >= 0);
    planning->ended = planning->tried_unit >= 0;
    return hax_judge_is_by_frames(&planning->judge, &planning->figures) && !planning->ended
               ? add_other_search(planning, err)
               : HAX_OK;
}

/* What a search says of the round. */
static void note_round(hax_planning *planning, const hax_schedule *found)
{
    planning->optimum = found->value;
    planning->bound = found->bound;
    planning->proof = found->proof;
}

/* With the objective of the figures, whatever it was searched by. */
static hax_status consider_found(hax_planning *planning, const hax_schedule *found, bool *better,
                                 hax_error *err)
{
    const hax_schedule *evaluated = NULL;
    HAX_TRY(hax_schedule_evaluate(planning->figures.problem, found->name, found->job_count,
                                  found->jobs, &evaluated, err));
    return hax_planning_consider(planning, evaluated, better, err);
}

/* One search; what it finds may be the best. HAX_LIMIT: it was not done. */
static hax_status search_for(hax_planning *planning, int number, const hax_solve_options *options,
                             bool *better, hax_error *err)
{
    const hax_schedule *found = NULL;
    *better = false;
    hax_status status = hax_solve(planning->searches[number].problem, options, &found, err);
    if (status == HAX_BAD_INPUT && number > 0)
        return HAX_OK; /* of an objective that nobody asked for */
    if ((status != HAX_OK && status != HAX_LIMIT) || !found)
        return status;
    planning->nodes += found->nodes;
    planning->ticks += found->nodes;
    if (number == 0)
        note_round(planning, found);
    hax_status considered = consider_found(planning, found, better, err);
    hax_schedule_destroy(found);
    return considered == HAX_OK ? status : considered;
}

static void choose_next(hax_planning *planning)
{
    planning->ended = true;
    for (int s = 1; s <= planning->search_count; s++) {
        int next = (planning->next + s) % planning->search_count;
        if (planning->searches[next].ended)
            continue;
        planning->next = next;
        planning->ended = false;
        return;
    }
}

/* Are there networks that may gain by a split? The highest rates of a network whose frames follow
 * each other hardly do. */
static bool has_splits(const hax_planning *planning)
{
    return planning->worth.by_frames &&
           (!planning->judge.by_rate || planning->judge.in_flight > 1) &&
           planning->split_vain < planning->figures.problem->instance_count &&
           planning->split_frames < SPLIT_FRAMES_MOST;
}

static hax_status consider_splits(hax_planning *planning, bool *better, hax_error *err)
{
    const int before = planning->candidates;
    const int64_t frames_each =
        planning->worth.frames +
        (planning->judge.by_rate
             ? SPLIT_RATE_FRAMES * (int64_t) planning->figures.problem->instance_count
             : 0);
    HAX_TRY(hax_splits_consider(planning, planning->split_next, better, err));
    planning->split_next = (planning->split_next + 1) % planning->figures.problem->instance_count;
    planning->split_vain = *better ? 0 : planning->split_vain + 1;
    planning->split_frames += (planning->candidates - before) * frames_each;
    planning->ticks += (uint64_t) (planning->candidates - before) * SPLIT_TICKS;
    return HAX_OK;
}

hax_status hax_planning_step(hax_planning *planning, bool *better, hax_error *err)
{
    hax_planning_search *search = &planning->searches[planning->next];
    hax_solve_options options = hax_solve_options_default();
    *better = false;
    if (planning->ended)
        return HAX_OK;
    if (has_splits(planning))
        return consider_splits(planning, better, err);
    assert(planning->best && !search->ended);
    options.node_limit = search->node_limit;
    options.cancel = planning->cancel;
    hax_status status = search_for(planning, planning->next, &options, better, err);
    if (status != HAX_OK && status != HAX_LIMIT)
        return status;
    planning->in_vain = *better ? 0 : planning->in_vain + 1;
    planning->split_vain = *better ? 0 : planning->split_vain;
    search->ended = status == HAX_OK || search->node_limit >= MOST_NODES ||
                    (search->node_limit >= LEAST_NODES &&
                     planning->in_vain >= IN_VAIN_MOST * planning->search_count);
    search->node_limit *= TIMES;
    choose_next(planning);
    return HAX_OK;
}

hax_status hax_planning_search_all(hax_planning *planning, const hax_solve_options *options,
                                   hax_error *err)
{
    hax_error why = { 0 };
    bool better;
    if (hax_judge_is_by_frames(&planning->judge, &planning->figures)) {
        HAX_TRY(consider_plain(planning, err));
        HAX_TRY(consider_mappings(planning, err));
        HAX_TRY(add_other_search(planning, err));
    }
    for (int s = 0; s < planning->search_count; s++) {
        hax_status status = search_for(planning, s, options, &better, &why);
        bool cut_short = (status == HAX_LIMIT || status == HAX_INTERRUPTED) && planning->best;
        if (status == HAX_OK || cut_short)
            continue;
        if (err)
            *err = why;
        return status;
    }
    while (has_splits(planning) && !hax_cancel_requested(planning->cancel))
        HAX_TRY(consider_splits(planning, &better, err));
    return HAX_OK;
}
