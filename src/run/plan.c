/* From a schedule to the jobs that a session executes. */
#include <stdlib.h>
#include <string.h>

#include "problem.h"
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

static bool changes_kind(const void *context, hax_part part, int group, int from_unit, int to_unit)
{
    const maker *maker = context;
    (void) part;
    (void) group;
    return maker->platform->units[maker->unit_of[from_unit]].kind !=
           maker->platform->units[maker->unit_of[to_unit]].kind;
}

static void add(maker *maker, const hax_job *run, const hax_group_part *part)
{
    maker->jobs[maker->count++] = (hax_plan_job){
        .unit = maker->unit_of[part->unit],
        .instance = run->instance,
        .group = run->group,
        .part = part->part,
        .from_unit = part->from_unit < 0 ? -1 : maker->unit_of[part->from_unit],
        .to_unit = part->to_unit < 0 ? -1 : maker->unit_of[part->to_unit],
        .after = -1,
    };
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

/* One group: IN where the kind changes, the group, OUT where it changes again. What waits for a
 * part that is left out waits for the group. */
static void add_group(maker *maker, int run, int group_count)
{
    const hax_job *job = &maker->schedule->jobs[run];
    const hax_unit_path path = { group_count, maker->schedule->assignment[job->instance],
                                 changes_kind, maker };
    int in = find(maker->schedule, job, HAX_PART_IN);
    int out = find(maker->schedule, job, HAX_PART_OUT);
    hax_group_part parts[HAX_PARTS_MOST];
    int first = maker->count, count = hax_list_parts(&path, job->group, parts);
    for (int p = 0; p < count; p++)
        add(maker, job, &parts[p]);
    maker->made_from[run] = first + (parts[0].part == HAX_PART_IN);
    if (in >= 0)
        maker->made_from[in] = first;
    keep_wait(maker, in >= 0 ? in : run, &maker->jobs[first]);
    if (out >= 0)
        maker->made_from[out] = first + count - 1;
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
