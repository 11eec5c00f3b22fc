/* The plan that a stream begins with, and which are the same. */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "inside.h"
#include "own.h"
#include "planning.h"

static hax_status choose(const hax_stream_config *config, const hax_solve_options *options,
                         bool by_rate, hax_planning *planning, hax_error *err)
{
    const hax_judge judge = { config->platform, config->networks, by_rate, config->in_flight };
    const hax_cancel *cancel = config->watch ? config->watch->cancel : NULL;
    hax_solve_options each = hax_solve_options_default();
    hax_figures figures;
    if (options)
        HAX_TRY(hax_config_take("hax_solve_options", &each, sizeof each, options, err));
    if (!each.cancel)
        each.cancel = cancel;
    HAX_TRY(hax_figures_make(config->problem, config->sources, NULL, &figures, err));
    HAX_TRY(hax_planning_open(planning, &judge, &figures, NULL, -1, cancel, err));
    return hax_planning_search_all(planning, &each, err);
}

/* ---- a period as a whole --------------------------------------------------------------------- */

/* Of the search for its schedule: some tenths of a second. */
enum { CYCLE_NODES = 100 * 1000 };

/* A period's schedule holds for its own rates, and can neither be scaled nor planned anew. */
static bool may_be_cyclic(const hax_stream_config *config, const hax_planning *planning)
{
    return planning->worth.by_frames && !planning->judge.by_rate && !config->replan &&
           config->in_flight <= 1 &&
           planning->figures.problem->instance_count == config->problem->instance_count;
}

/* The period's schedule, if one was found; NULL: none was. */
static hax_status solve_cycle(const hax_cycle *cycle, const hax_solve_options *given,
                              const hax_cancel *cancel, const hax_schedule **schedule,
                              hax_error *err)
{
    hax_solve_options options = hax_solve_options_default();
    *schedule = NULL;
    if (given)
        HAX_TRY(hax_config_take("hax_solve_options", &options, sizeof options, given, err));
    if (!options.cancel)
        options.cancel = cancel;
    if (options.node_limit > CYCLE_NODES)
        options.node_limit = CYCLE_NODES;
    hax_status status = hax_solve(cycle->problem, &options, schedule, err);
    return status == HAX_LIMIT || status == HAX_INTERRUPTED || status == HAX_INFEASIBLE ? HAX_OK
                                                                                        : status;
}

/* Takes a period's plan instead of the best of a round, if the stream is better off with it. */
static hax_status consider_cycle(const hax_stream_config *config, const hax_solve_options *options,
                                 hax_planning *planning, const hax_cycle **chosen, hax_error *err)
{
    const hax_cancel *cancel = config->watch ? config->watch->cancel : NULL;
    const hax_cycle *cycle = NULL;
    const hax_schedule *schedule = NULL;
    hax_judgement worth = { 0 };
    bool better = false;
    hax_status status =
        hax_cycle_make(planning->figures.problem, planning->figures.sources, &cycle, err);
    if (status == HAX_BAD_INPUT)
        return HAX_OK; /* there is no period that could be planned */
    if (status == HAX_OK)
        status = solve_cycle(cycle, options, cancel, &schedule, err);
    if (status == HAX_OK && schedule) {
        status =
            hax_judge_cycle(&planning->judge, &planning->figures, cycle, schedule, &worth, err);
        planning->candidates++;
        better = status == HAX_OK &&
                 hax_judgement_better(config->problem->objective, &worth, &planning->worth);
    }
    if (!better) {
        hax_schedule_destroy(schedule);
        hax_cycle_destroy(cycle);
        return status;
    }
    hax_schedule *named = hax_own(schedule);
    snprintf(named->name, sizeof named->name, "cyclic");
    hax_schedule_destroy(planning->best);
    planning->best = schedule;
    planning->worth = worth;
    *chosen = cycle;
    return HAX_OK;
}

/* ---- chosen ---------------------------------------------------------------------------------- */

hax_status hax_stream_choose(const hax_stream_config *given, const hax_solve_options *options,
                             bool by_rate, hax_stream_choice *choice, const hax_cycle **cycle,
                             hax_error *err)
{
    hax_planning planning = { 0 };
    const hax_cycle *chosen = NULL;
    HAX_CONFIG_TAKE(hax_stream_config, config, given, err);
    hax_status status = choose(&config, options, by_rate, &planning, err);
    if (status == HAX_OK && cycle && may_be_cyclic(&config, &planning))
        status = consider_cycle(&config, options, &planning, &chosen, err);
    if (status == HAX_OK) {
        if (cycle)
            *cycle = chosen;
        *choice = (hax_stream_choice){ .schedule = planning.best,
                                       .candidates = planning.candidates,
                                       .by_frames = planning.worth.by_frames,
                                       .frames = planning.worth.frames,
                                       .late = planning.worth.late,
                                       .latency_ms = planning.worth.latency_ms,
                                       .factor = planning.worth.factor };
        planning.best = NULL;
    }
    hax_planning_close(&planning);
    return status;
}

static hax_status plan_without_waits(const hax_platform *platform, const hax_problem *problem,
                                     const hax_schedule *schedule, hax_plan *plan,
                                     hax_plan_job **jobs, hax_error *err)
{
    HAX_TRY(hax_plan_from_schedule(platform, problem, schedule, jobs, &plan->job_count, err));
    for (int j = 0; j < plan->job_count; j++) {
        (*jobs)[j].after = -1;
        (*jobs)[j].delay_ms = 0;
    }
    plan->jobs = *jobs;
    return HAX_OK;
}

hax_status hax_stream_same_plan(const hax_platform *platform, const hax_problem *problem,
                                const hax_schedule *a, const hax_schedule *b, bool *same,
                                hax_error *err)
{
    hax_plan first = { 0 }, second = { 0 };
    hax_plan_job *jobs = NULL, *others = NULL;
    hax_status status = plan_without_waits(platform, problem, a, &first, &jobs, err);
    if (status == HAX_OK)
        status = plan_without_waits(platform, problem, b, &second, &others, err);
    if (status == HAX_OK)
        *same = hax_plan_is_same(&first, &second);
    free(jobs);
    free(others);
    return status;
}
