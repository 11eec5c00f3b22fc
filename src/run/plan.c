/* From a schedule to the jobs that a session executes. */
#include <stdlib.h>
#include <string.h>

#include "rows.h"

typedef struct maker {
    const hax_platform *platform;
    const hax_schedule *schedule;
    int unit_of[HAX_MAX_UNITS]; /* [the problem's unit]: the platform's */
    int *made_from;             /* [the schedule's job]: index in jobs, -1 */
    hax_plan_job *jobs;
    int count;
} maker;

/* A problem may leave out reference units, so units are matched by name. */
static hax_status match_units(maker *maker, const hax_problem *problem, hax_error *err)
{
    for (int u = 0; u < problem->unit_count; u++) {
        maker->unit_of[u] = -1;
        for (int p = 0; p < maker->platform->unit_count; p++)
            if (strcmp(maker->platform->units[p].name, problem->units[u].name) == 0)
                maker->unit_of[u] = p;
        if (maker->unit_of[u] < 0)
            return hax_fail(err, HAX_BAD_INPUT, "platform '%s' has no unit '%s'",
                            maker->platform->name, problem->units[u].name);
    }
    return HAX_OK;
}

static int unit_at(const maker *maker, int instance, int group)
{
    return maker->unit_of[maker->schedule->assignment[instance][group]];
}

static bool changes_kind(const maker *maker, int a, int b)
{
    return maker->platform->units[a].kind != maker->platform->units[b].kind;
}

static hax_plan_job *add(maker *maker, const hax_job *from, hax_part part)
{
    hax_plan_job *job = &maker->jobs[maker->count++];
    *job = (hax_plan_job){
        .unit = unit_at(maker, from->instance, from->group),
        .instance = from->instance,
        .group = from->group,
        .part = part,
        .from_unit = -1,
        .to_unit = -1,
        .after = -1,
    };
    return job;
}

/* The schedule's job of a group's part, -1 if it has none. */
static int find(const hax_schedule *schedule, const hax_job *job, hax_part part)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].instance == job->instance && schedule->jobs[j].group == job->group &&
            schedule->jobs[j].part == part)
            return j;
    return -1;
}

/* What the schedule makes its job wait for, in terms of the plan. */
static void keep_wait(const maker *maker, int from, hax_plan_job *job)
{
    if (from < 0)
        return;
    const hax_job *scheduled = &maker->schedule->jobs[from];
    job->delay_ms = scheduled->delay_ms;
    if (scheduled->after >= 0)
        job->after = maker->made_from[scheduled->after];
}

/* One group: IN where the kind changes, the group, OUT where it changes again. */
static void add_group(maker *maker, int run, int group_count)
{
    const hax_job *job = &maker->schedule->jobs[run];
    int unit = unit_at(maker, job->instance, job->group);
    int in = find(maker->schedule, job, HAX_PART_IN);
    int out = find(maker->schedule, job, HAX_PART_OUT);
    hax_plan_job *first = NULL;
    if (job->group > 0) {
        int before = unit_at(maker, job->instance, job->group - 1);
        if (changes_kind(maker, before, unit)) {
            first = add(maker, job, HAX_PART_IN);
            first->from_unit = before;
            if (in >= 0)
                maker->made_from[in] = maker->count - 1;
        }
    }
    hax_plan_job *main_job = add(maker, job, HAX_PART_RUN);
    maker->made_from[run] = maker->count - 1;
    if (in >= 0 && !first)
        maker->made_from[in] = maker->count - 1;
    keep_wait(maker, in >= 0 ? in : run, first ? first : main_job);
    if (out >= 0)
        maker->made_from[out] = maker->count - 1;
    if (job->group + 1 == group_count)
        return;
    int next = unit_at(maker, job->instance, job->group + 1);
    if (changes_kind(maker, unit, next)) {
        add(maker, job, HAX_PART_OUT)->to_unit = next;
        if (out >= 0)
            maker->made_from[out] = maker->count - 1;
    }
}

hax_status hax_plan_from_schedule(const hax_platform *platform, const hax_problem *problem,
                                  const hax_schedule *schedule, hax_plan_job **jobs, int *job_count,
                                  hax_error *err)
{
    maker result = { .platform = platform, .schedule = schedule };
    HAX_TRY(match_units(&result, problem, err));
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    result.jobs = calloc((size_t) groups * 3 + 1, sizeof *result.jobs);
    result.made_from = calloc((size_t) schedule->job_count + 1, sizeof *result.made_from);
    if (!result.jobs || !result.made_from) {
        free(result.jobs);
        free(result.made_from);
        return hax_fail_memory(err, "a plan");
    }
    memset(result.made_from, -1, (size_t) schedule->job_count * sizeof *result.made_from);
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].part == HAX_PART_RUN)
            add_group(&result, j, problem->instances[schedule->jobs[j].instance].group_count);
    free(result.made_from);
    *jobs = result.jobs;
    *job_count = result.count;
    return HAX_OK;
}
