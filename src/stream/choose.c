/* The plan that a stream begins with, and which are the same. */
#include <stdlib.h>

#include "config.h"
#include "inside.h"
#include "planning.h"

static hax_status choose(const hax_stream_config *config, const hax_solve_options *options,
                         bool by_rate, hax_planning *planning, hax_error *err)
{
    const hax_judge judge = { config->platform, config->networks, by_rate };
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

hax_status hax_stream_choose(const hax_stream_config *given, const hax_solve_options *options,
                             bool by_rate, hax_stream_choice *choice, hax_error *err)
{
    hax_planning planning = { 0 };
    HAX_CONFIG_TAKE(hax_stream_config, config, given, err);
    hax_status status = choose(&config, options, by_rate, &planning, err);
    if (status == HAX_OK) {
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
