/* From a schedule to the jobs that a session executes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
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

static bool changes_kind(const void *context, hax_part part, int group, int from_unit, int to_unit)
{
    const plan_builder *builder = context;
    (void) part;
    (void) group;
    return builder->platform->units[builder->unit_of[from_unit]].kind !=
           builder->platform->units[builder->unit_of[to_unit]].kind;
}

static void add_job(plan_builder *builder, const hax_job *scheduled, const hax_group_part *part)
{
    builder->jobs[builder->count++] = (hax_plan_job){
        .unit = builder->unit_of[part->unit],
        .instance = scheduled->instance,
        .group = scheduled->group,
        .part = part->part,
        .from_unit = part->from_unit < 0 ? -1 : builder->unit_of[part->from_unit],
        .to_unit = part->to_unit < 0 ? -1 : builder->unit_of[part->to_unit],
        .after = -1,
    };
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
    assert(plan_job < builder->count && scheduled < builder->schedule->job_count);
    if (scheduled >= 0)
        builder->plan_job[scheduled] = plan_job;
}

/* What the schedule makes its job wait for, in terms of the plan. */
static void copy_wait(const plan_builder *builder, int scheduled, hax_plan_job *job)
{
    const hax_job *from = &builder->schedule->jobs[scheduled];
    assert(from->delay_ms >= 0 && from->after < builder->schedule->job_count);
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
    const hax_unit_path path = { group_count, builder->schedule->assignment[group->instance],
                                 changes_kind, builder };
    hax_group_part parts[HAX_PARTS_MOST];
    int first = builder->count, count = hax_list_parts(&path, group->group, parts);
    for (int p = 0; p < count; p++)
        add_job(builder, group, &parts[p]);
    int in = find_part(builder->schedule, group, HAX_PART_IN);
    stand_for(builder, first, in);
    stand_for(builder, first + (parts[0].part == HAX_PART_IN), run);
    stand_for(builder, first + count - 1, find_part(builder->schedule, group, HAX_PART_OUT));
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
