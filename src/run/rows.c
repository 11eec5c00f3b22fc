#include "rows.h"

#include <stdlib.h>
#include <string.h>

static bool same_job(const hax_plan_job *a, const hax_plan_job *b)
{
    return a->unit == b->unit && a->instance == b->instance && a->group == b->group &&
           a->part == b->part && a->from_unit == b->from_unit && a->to_unit == b->to_unit &&
           a->after == b->after && a->delay_ms == b->delay_ms;
}

/* The same jobs on the same units in the same order, waits included? */
static bool same_plan(const row *a, const row *b)
{
    if (a->plan.job_count != b->plan.job_count)
        return false;
    for (int j = 0; j < a->plan.job_count; j++)
        if (!same_job(&a->jobs[j], &b->jobs[j]))
            return false;
    return true;
}

/* Takes over `schedule`. */
static hax_status add(row_list *list, const hax_platform *platform, const hax_problem *problem,
                      const char *name, bool reference, hax_schedule *schedule, hax_error *err)
{
    row *made = &list->rows[list->count++];
    *made = (row){ .name = name, .reference = reference, .same_as = -1, .schedule = schedule };
    HAX_TRY(
        plan_from_schedule(platform, problem, schedule, &made->jobs, &made->plan.job_count, err));
    made->plan.jobs = made->jobs;
    for (int r = 0; r + 1 < list->count && made->same_as < 0; r++)
        if (same_plan(&list->rows[r], made))
            made->same_as = r;
    return HAX_OK;
}

static double round_ms(const hax_schedule *schedule)
{
    double latest_ms = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        if (schedule->finish_ms[i] > latest_ms)
            latest_ms = schedule->finish_ms[i];
    return latest_ms;
}

/* Keeps the shorter of two schedules. */
static void keep_better(hax_schedule **best, hax_schedule *other)
{
    if (*best && round_ms(*best) <= round_ms(other)) {
        hax_schedule_destroy(other);
        return;
    }
    hax_schedule_destroy(*best);
    *best = other;
}

/*
 * Every instance whole on a unit of its own, no resource shared, the best of all such
 * mappings over the units in `allowed`. HAX_INFEASIBLE where there is none.
 */
static hax_status core_each(const hax_problem *problem, const bool *allowed, int instance,
                            int *units, uint32_t taken, hax_schedule **best, hax_error *err)
{
    if (instance == problem->instance_count) {
        hax_schedule *made = NULL;
        hax_status status = hax_schedule_whole(problem, "core-each", units, NULL, &made, err);
        if (status == HAX_OK)
            keep_better(best, made);
        return status == HAX_INFEASIBLE || status == HAX_BAD_INPUT ? HAX_OK : status;
    }
    for (int u = 0; u < problem->unit_count; u++) {
        if (!allowed[u] || (taken & problem->units[u].resources))
            continue;
        units[instance] = u;
        HAX_TRY(core_each(problem, allowed, instance + 1, units,
                          taken | problem->units[u].resources, best, err));
    }
    return HAX_OK;
}

static hax_status add_core_each(row_list *list, const hax_platform *platform,
                                const hax_problem *problem, bool reference, const bool *allowed,
                                hax_error *err)
{
    hax_schedule *best = NULL;
    int *units = calloc((size_t) problem->instance_count + 1, sizeof *units);
    if (!units)
        return hax_fail_memory(err, "a baseline");
    hax_status status = core_each(problem, allowed, 0, units, 0, &best, err);
    free(units);
    if (status != HAX_OK)
        hax_schedule_destroy(best);
    if (status != HAX_OK || !best)
        return status;
    HAX_TRY(add(list, platform, problem, "core-each", reference, best, err));
    list->rows[list->count - 1].plain = true;
    return HAX_OK;
}

static hax_status add_planned(row_list *list, const hax_platform *platform,
                              const hax_problem *problem, bool all,
                              const hax_baseline_limits *limits, hax_error *err)
{
    bool allowed[HAX_MAX_UNITS];
    hax_baselines_made made;
    hax_status status = hax_baselines_make(problem, !all, limits, &made, err);
    for (int b = 0; status == HAX_OK && b < made.count; b++) {
        const hax_baseline *known = hax_baseline_find(made.schedules[b]->name);
        status = add(list, platform, problem, known->name, false, made.schedules[b], err);
        made.schedules[b] = NULL;
        list->rows[list->count - 1].plain = known->plain;
    }
    list->unfinished = made.unfinished;
    hax_baselines_free(&made);
    HAX_TRY(status);
    for (int u = 0; u < problem->unit_count; u++)
        allowed[u] = true;
    return add_core_each(list, platform, problem, false, allowed, err);
}

/* What the reference units do: a full-speed unit each, and one after the other on the unit
 * that holds the most. */
static hax_status add_reference(row_list *list, const hax_platform *platform,
                                const hax_problem *problem, hax_error *err)
{
    bool allowed[HAX_MAX_UNITS] = { false };
    for (int u = 0; u < problem->unit_count; u++)
        for (int r = 0; r < platform->unit_count; r++)
            if (platform->units[r].reference && platform->units[u].kind == platform->units[r].kind)
                allowed[u] = true;
    HAX_TRY(add_core_each(list, platform, problem, true, allowed, err));
    hax_schedule *made = NULL;
    hax_status status = hax_baseline_all_cores(problem, NULL, &made, err);
    if (status == HAX_INFEASIBLE)
        return HAX_OK;
    HAX_TRY(status);
    return add(list, platform, problem, "all-cores", true, made, err);
}

hax_status rows_make(const hax_platform *platform, const hax_problem *problem,
                     const hax_problem *reference, hax_schedule *plan, bool all,
                     const hax_baseline_limits *limits, row_list *list, hax_error *err)
{
    list->count = 0;
    list->unfinished = 0;
    hax_status status = add(list, platform, problem, "haxconn", false, plan, err);
    if (status == HAX_OK)
        status = add_planned(list, platform, problem, all, limits, err);
    if (status == HAX_OK && reference)
        status = add_reference(list, platform, reference, err);
    if (status != HAX_OK)
        rows_free(list);
    return status;
}

void rows_free(row_list *list)
{
    for (int r = 0; r < list->count; r++) {
        hax_schedule_destroy(list->rows[r].schedule);
        free(list->rows[r].jobs);
        free(list->rows[r].round_ms);
        free(list->rows[r].value);
    }
    list->count = 0;
}
