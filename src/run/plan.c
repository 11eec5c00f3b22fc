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
static hax_status match_units(maker *at, const hax_problem *problem, hax_error *err)
{
    for (int u = 0; u < problem->unit_count; u++) {
        at->unit_of[u] = -1;
        for (int p = 0; p < at->platform->unit_count; p++)
            if (strcmp(at->platform->units[p].name, problem->units[u].name) == 0)
                at->unit_of[u] = p;
        if (at->unit_of[u] < 0)
            return hax_fail(err, HAX_BAD_INPUT, "platform '%s' has no unit '%s'",
                            at->platform->name, problem->units[u].name);
    }
    return HAX_OK;
}

static int unit_at(const maker *at, int instance, int group)
{
    return at->unit_of[at->schedule->assignment[instance][group]];
}

static bool changes_kind(const maker *at, int a, int b)
{
    return at->platform->units[a].kind != at->platform->units[b].kind;
}

static hax_plan_job *add(maker *at, const hax_job *from, hax_part part)
{
    hax_plan_job *job = &at->jobs[at->count++];
    *job = (hax_plan_job){
        .unit = unit_at(at, from->instance, from->group),
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
static int find(const hax_schedule *schedule, const hax_job *of, hax_part part)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].instance == of->instance && schedule->jobs[j].group == of->group &&
            schedule->jobs[j].part == part)
            return j;
    return -1;
}

/* What the schedule makes its job wait for, in terms of the plan. */
static void keep_wait(const maker *at, int from, hax_plan_job *job)
{
    if (from < 0)
        return;
    const hax_job *scheduled = &at->schedule->jobs[from];
    job->delay_ms = scheduled->delay_ms;
    if (scheduled->after >= 0)
        job->after = at->made_from[scheduled->after];
}

/* One group: IN where the kind changes, the group, OUT where it changes again. */
static void add_group(maker *at, int run, int group_count)
{
    const hax_job *job = &at->schedule->jobs[run];
    int unit = unit_at(at, job->instance, job->group);
    int in = find(at->schedule, job, HAX_PART_IN);
    int out = find(at->schedule, job, HAX_PART_OUT);
    hax_plan_job *first = NULL;
    if (job->group > 0) {
        int before = unit_at(at, job->instance, job->group - 1);
        if (changes_kind(at, before, unit)) {
            first = add(at, job, HAX_PART_IN);
            first->from_unit = before;
            if (in >= 0)
                at->made_from[in] = at->count - 1;
        }
    }
    hax_plan_job *main_job = add(at, job, HAX_PART_RUN);
    at->made_from[run] = at->count - 1;
    if (in >= 0 && !first)
        at->made_from[in] = at->count - 1;
    keep_wait(at, in >= 0 ? in : run, first ? first : main_job);
    if (out >= 0)
        at->made_from[out] = at->count - 1;
    if (job->group + 1 == group_count)
        return;
    int next = unit_at(at, job->instance, job->group + 1);
    if (changes_kind(at, unit, next)) {
        add(at, job, HAX_PART_OUT)->to_unit = next;
        if (out >= 0)
            at->made_from[out] = at->count - 1;
    }
}

hax_status plan_from_schedule(const hax_platform *platform, const hax_problem *problem,
                              const hax_schedule *schedule, hax_plan_job **jobs, int *job_count,
                              hax_error *err)
{
    maker made = { .platform = platform, .schedule = schedule };
    HAX_TRY(match_units(&made, problem, err));
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    made.jobs = calloc((size_t) groups * 3 + 1, sizeof *made.jobs);
    made.made_from = calloc((size_t) schedule->job_count + 1, sizeof *made.made_from);
    if (!made.jobs || !made.made_from) {
        free(made.jobs);
        free(made.made_from);
        return hax_fail_memory(err, "a plan");
    }
    memset(made.made_from, -1, (size_t) schedule->job_count * sizeof *made.made_from);
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].part == HAX_PART_RUN)
            add_group(&made, j, problem->instances[schedule->jobs[j].instance].group_count);
    free(made.made_from);
    *jobs = made.jobs;
    *job_count = made.count;
    return HAX_OK;
}
