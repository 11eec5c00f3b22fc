/* From a schedule to the jobs that a session executes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

typedef struct plan_builder {
    const hax_platform *platform;
    const hax_schedule *schedule;
    int unit_of[HAX_MAX_UNITS]; /* [the problem's unit]: the platform's */
    int *plan_job;              /* [the schedule's job]: the plan's that stands for it, -1: none */
    hax_plan_job *jobs;
    int count;
} plan_builder;

/* A problem may leave out reference units, so units are matched by name. */
static hax_status match_units(plan_builder *builder, const hax_problem *problem, hax_error *err)
{
    for (int u = 0; u < problem->unit_count; u++) {
        builder->unit_of[u] = -1;
        for (int p = 0; p < builder->platform->unit_count; p++)
            if (strcmp(builder->platform->units[p].name, problem->units[u].name) == 0)
                builder->unit_of[u] = p;
        if (builder->unit_of[u] < 0)
            return hax_fail(err, HAX_BAD_INPUT, "platform '%s' has no unit '%s'",
                            builder->platform->name, problem->units[u].name);
    }
    return HAX_OK;
}

static int unit_of_group(const plan_builder *builder, int instance, int group)
{
    return builder->unit_of[builder->schedule->assignment[instance][group]];
}

static bool changes_kind(const plan_builder *builder, int left, int entered)
{
    return builder->platform->units[left].kind != builder->platform->units[entered].kind;
}

/* Returns its index. */
static int add_job(plan_builder *builder, const hax_job *scheduled, hax_part part)
{
    builder->jobs[builder->count] = (hax_plan_job){
        .unit = unit_of_group(builder, scheduled->instance, scheduled->group),
        .instance = scheduled->instance,
        .group = scheduled->group,
        .part = part,
        .from_unit = -1,
        .to_unit = -1,
        .after = -1,
    };
    return builder->count++;
}

/* The schedule's job of a group's part, -1 if it has none. */
static int find_part(const hax_schedule *schedule, const hax_job *run, hax_part part)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].instance == run->instance && schedule->jobs[j].group == run->group &&
            schedule->jobs[j].part == part)
            return j;
    return -1;
}

static void stand_for(plan_builder *builder, int plan_job, int scheduled)
{
    if (scheduled >= 0)
        builder->plan_job[scheduled] = plan_job;
}

/* What the schedule makes its job wait for, in terms of the plan. */
static void copy_wait(const plan_builder *builder, int scheduled, hax_plan_job *job)
{
    const hax_job *from = &builder->schedule->jobs[scheduled];
    job->delay_ms = from->delay_ms;
    if (from->after >= 0)
        job->after = builder->plan_job[from->after];
}

/*
 * One group: IN where the kind changes, the group, OUT where it changes again. The schedule's own
 * IN and OUT may be fewer (their cost was too small) or more (a change within a kind is charged and
 * costs nothing here): then the group's first and last job stand for them. A schedule waits before
 * the first job of a group only: the others follow without a pause.
 */
static void add_group(plan_builder *builder, int run, int group_count)
{
    const hax_job *group = &builder->schedule->jobs[run];
    int unit = unit_of_group(builder, group->instance, group->group), before = unit, next = unit;
    if (group->group > 0)
        before = unit_of_group(builder, group->instance, group->group - 1);
    if (group->group + 1 < group_count)
        next = unit_of_group(builder, group->instance, group->group + 1);
    int first = builder->count;
    if (changes_kind(builder, before, unit))
        builder->jobs[add_job(builder, group, HAX_PART_IN)].from_unit = before;
    int main_job = add_job(builder, group, HAX_PART_RUN), last = main_job;
    if (changes_kind(builder, unit, next)) {
        last = add_job(builder, group, HAX_PART_OUT);
        builder->jobs[last].to_unit = next;
    }
    int in = find_part(builder->schedule, group, HAX_PART_IN);
    stand_for(builder, first, in);
    stand_for(builder, main_job, run);
    stand_for(builder, last, find_part(builder->schedule, group, HAX_PART_OUT));
    copy_wait(builder, in >= 0 ? in : run, &builder->jobs[first]);
    assert(builder->jobs[first].after < first);
}

hax_status hax_plan_from_schedule(const hax_platform *platform, const hax_problem *problem,
                                  const hax_schedule *schedule, hax_plan_job **jobs, int *job_count,
                                  hax_error *err)
{
    plan_builder builder = { .platform = platform, .schedule = schedule };
    HAX_TRY(match_units(&builder, problem, err));
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++)
        groups += problem->instances[i].group_count;
    builder.jobs = calloc((size_t) groups * 3 + 1, sizeof *builder.jobs);
    builder.plan_job = calloc((size_t) schedule->job_count + 1, sizeof *builder.plan_job);
    if (!builder.jobs || !builder.plan_job) {
        free(builder.jobs);
        free(builder.plan_job);
        return hax_fail_memory(err, "a plan");
    }
    memset(builder.plan_job, -1, (size_t) schedule->job_count * sizeof *builder.plan_job);
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].part == HAX_PART_RUN)
            add_group(&builder, j, problem->instances[schedule->jobs[j].instance].group_count);
    assert(builder.count >= groups && builder.count <= 3 * groups);
    free(builder.plan_job);
    *jobs = builder.jobs;
    *job_count = builder.count;
    return HAX_OK;
}
