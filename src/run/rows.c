#include "rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

static bool same_job(const hax_plan_job *a, const hax_plan_job *b)
{
    return a->unit == b->unit && a->instance == b->instance && a->group == b->group &&
           a->part == b->part && a->from_unit == b->from_unit && a->to_unit == b->to_unit &&
           a->stream == b->stream && a->priority == b->priority && a->after == b->after &&
           a->delay_ms == b->delay_ms;
}

bool hax_plan_is_same(const hax_plan *a, const hax_plan *b)
{
    if (a->job_count != b->job_count)
        return false;
    for (int j = 0; j < a->job_count; j++)
        if (!same_job(&a->jobs[j], &b->jobs[j]))
            return false;
    return true;
}

hax_status hax_run_rows_add(hax_run_rows *list, const hax_platform *platform,
                            const hax_problem *problem, const char *name, bool reference,
                            const hax_schedule *schedule, hax_error *err)
{
    assert(list->count < ROW_MAX);
    hax_run_row *row = &list->rows[list->count++];
    *row =
        (hax_run_row){ .name = name, .reference = reference, .same_as = -1, .schedule = schedule };
    HAX_TRY(
        hax_plan_from_schedule(platform, problem, schedule, &row->jobs, &row->plan.job_count, err));
    row->plan.jobs = row->jobs;
    row->plan.untimed = true;
    for (int r = 0; r + 1 < list->count && row->same_as < 0; r++)
        if (hax_plan_is_same(&list->rows[r].plan, &row->plan))
            row->same_as = r;
    /* the first of them: who is timed for another is timed */
    assert(row->same_as < 0 || list->rows[row->same_as].same_as < 0);
    return HAX_OK;
}

/* Keeps the shorter of two schedules. */
static void keep_better(const hax_schedule **best, const hax_schedule *other)
{
    if (*best && hax_schedule_round_ms(*best) <= hax_schedule_round_ms(other)) {
        hax_schedule_destroy(other);
        return;
    }
    hax_schedule_destroy(*best);
    *best = other;
}

/*
 * Every instance whole on a unit of its own, no resource shared, the best of all such
 * mappings over the units in `allowed`. With many networks and units there are more than can be
 * looked at: beyond so many, or when the limits are over, the best so far is taken.
 */
enum { CORE_EACH_MOST = 2000, CORE_EACH_BEGUN_MOST = 100000 };

typedef struct core_each {
    const hax_problem *problem;
    const char *name;
    const bool *allowed;
    hax_time_budget limit;
    int tried, begun; /* mappings, and parts of them */
    int *units;       /* [instance] */
    const hax_schedule *best;
} core_each;

static bool is_enough(const core_each *core_each)
{
    if (core_each->tried >= CORE_EACH_MOST || core_each->begun >= CORE_EACH_BEGUN_MOST)
        return true;
    return core_each->best && hax_time_budget_is_over(&core_each->limit);
}

static bool runs_whole(const hax_problem *problem, int instance, int unit)
{
    for (int g = 0; g < problem->instances[instance].group_count; g++)
        if (!problem->instances[instance].groups[g].on[unit].allowed)
            return false;
    return true;
}

static hax_status try_core_each(core_each *core_each, int instance, uint32_t taken, hax_error *err)
{
    const hax_problem *problem = core_each->problem;
    core_each->begun++;
    if (instance == problem->instance_count) {
        const hax_schedule *schedule = NULL;
        core_each->tried++;
        hax_status status =
            hax_schedule_whole(problem, core_each->name, core_each->units, NULL, &schedule, err);
        if (status == HAX_OK)
            keep_better(&core_each->best, schedule);
        return status == HAX_INFEASIBLE || status == HAX_BAD_INPUT ? HAX_OK : status;
    }
    for (int u = 0; u < problem->unit_count && !is_enough(core_each); u++) {
        if (!core_each->allowed[u] || (taken & problem->units[u].resources) ||
            !runs_whole(problem, instance, u))
            continue;
        core_each->units[instance] = u;
        HAX_TRY(try_core_each(core_each, instance + 1, taken | problem->units[u].resources, err));
    }
    return HAX_OK;
}

hax_status hax_run_rows_add_each(const hax_platform *platform, const hax_problem *problem,
                                 const char *name, bool reference, const bool *allowed,
                                 const hax_baseline_limits *limits, hax_run_rows *list,
                                 hax_error *err)
{
    core_each assignment = {
        .problem = problem, .name = name, .allowed = allowed, .limit = hax_time_budget_from(limits)
    };
    if (problem->instance_count > problem->unit_count)
        return HAX_OK; /* some would have no unit */
    assignment.units = calloc((size_t) problem->instance_count + 1, sizeof *assignment.units);
    if (!assignment.units)
        return hax_fail_memory(err, "a baseline");
    hax_status status = try_core_each(&assignment, 0, 0, err);
    free(assignment.units);
    if (status != HAX_OK)
        hax_schedule_destroy(assignment.best);
    if (status != HAX_OK || !assignment.best)
        return status;
    HAX_TRY(hax_run_rows_add(list, platform, problem, name, reference, assignment.best, err));
    list->rows[list->count - 1].plain = true;
    return HAX_OK;
}

static hax_status add_planned(hax_run_rows *list, const hax_platform *platform,
                              const hax_problem *problem, bool all_baselines,
                              const hax_baseline_limits *limits, hax_error *err)
{
    bool allowed[HAX_MAX_UNITS];
    hax_baseline_set *baselines;
    HAX_TRY(hax_baselines_make(problem, !all_baselines, limits, &baselines, err));
    hax_status status = HAX_OK;
    for (int b = 0; status == HAX_OK && b < hax_baseline_set_count(baselines); b++) {
        const hax_schedule *schedule = hax_baseline_set_take(baselines, b);
        const hax_baseline *known = hax_baseline_find(schedule->name);
        status = hax_run_rows_add(list, platform, problem, known->name, false, schedule, err);
        list->rows[list->count - 1].plain = known->plain;
    }
    list->unfinished = hax_baseline_set_unfinished(baselines);
    hax_baseline_set_destroy(baselines);
    HAX_TRY(status);
    for (int u = 0; u < problem->unit_count; u++)
        allowed[u] = true;
    HAX_TRY(
        hax_run_rows_add_each(platform, problem, "core-each", false, allowed, limits, list, err));
    return hax_run_rows_add_gpu(platform, problem, limits, list, err);
}

/* What the reference units do: a full-speed unit each, and one after the other on the unit
 * that holds the most. */
static hax_status add_reference(hax_run_rows *list, const hax_platform *platform,
                                const hax_problem *problem, hax_error *err)
{
    bool allowed[HAX_MAX_UNITS] = { false };
    for (int u = 0; u < problem->unit_count; u++)
        for (int r = 0; r < platform->unit_count; r++)
            if (platform->units[r].reference && platform->units[u].kind == platform->units[r].kind)
                allowed[u] = true;
    HAX_TRY(hax_run_rows_add_each(platform, problem, "core-each", true, allowed, NULL, list, err));
    const hax_schedule *schedule = NULL;
    hax_status status = hax_baseline_all_cores(problem, NULL, &schedule, err);
    if (status == HAX_INFEASIBLE)
        return HAX_OK;
    HAX_TRY(status);
    return hax_run_rows_add(list, platform, problem, "all-cores", true, schedule, err);
}

hax_status hax_run_rows_make(const hax_platform *platform, const hax_problem *problem,
                             const hax_problem *reference, const hax_schedule *plan,
                             bool all_baselines, const hax_baseline_limits *limits,
                             hax_run_rows *list, hax_error *err)
{
    list->count = 0;
    list->unfinished = 0;
    hax_status status = hax_run_rows_add(list, platform, problem, "haxconn", false, plan, err);
    list->rows[0].plan_number = 1;
    if (status == HAX_OK)
        status = add_planned(list, platform, problem, all_baselines, limits, err);
    if (status == HAX_OK && reference)
        status = add_reference(list, platform, reference, err);
    if (status != HAX_OK)
        hax_run_rows_free(list);
    return status;
}

void hax_run_rows_free(hax_run_rows *list)
{
    for (int r = 0; r < list->count; r++) {
        hax_schedule_destroy(list->rows[r].schedule);
        hax_schedule_destroy(list->rows[r].solved);
        free(list->rows[r].jobs);
        free(list->rows[r].stamps);
        free(list->rows[r].round_ms);
        free(list->rows[r].value);
    }
    list->count = 0;
}
