/* Schedules as objects: made from evaluated jobs, with objective and losses. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

/* The arena lies behind the schedule it belongs to. */
typedef struct owned_schedule {
    hax_schedule public;
    hax_arena *arena;
} owned_schedule;

const char *hax_part_name(hax_part part)
{
    static const char *const names[] = { "run", "out", "in" };
    return names[part];
}

const char *hax_proof_name(hax_proof proof)
{
    static const char *const names[] = { "no", "event-waits", "all" };
    return names[proof];
}

void hax_schedule_destroy(hax_schedule *schedule)
{
    if (schedule)
        hax_arena_destroy(((owned_schedule *) schedule)->arena);
}

void schedule_rename(hax_schedule *schedule, const char *name)
{
    snprintf(schedule->name, sizeof schedule->name, "%s", name);
}

/* ---- jobs by start ------------------------------------------------------------------------ */

typedef struct sortable {
    hax_job job;
    int index;
} sortable;

static int by_start(const void *a, const void *b)
{
    const sortable *x = a, *y = b;
    if (x->job.start_ms != y->job.start_ms)
        return x->job.start_ms < y->job.start_ms ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Sorts by start and renumbers `after`. */
static hax_job *sorted_jobs(hax_arena *arena, int count, const hax_job *jobs)
{
    hax_job *made = hax_arena_alloc(arena, (size_t) count, sizeof *made);
    sortable *list = malloc((size_t) count * sizeof *list);
    int *where = malloc((size_t) count * sizeof *where);
    if (made && list && where) {
        for (int j = 0; j < count; j++)
            list[j] = (sortable){ jobs[j], j };
        qsort(list, (size_t) count, sizeof *list, by_start);
        for (int j = 0; j < count; j++)
            where[list[j].index] = j;
        for (int j = 0; j < count; j++) {
            made[j] = list[j].job;
            made[j].after = made[j].after < 0 ? -1 : where[made[j].after];
        }
    } else {
        made = NULL;
    }
    free(list);
    free(where);
    return made;
}

/* ---- figures --------------------------------------------------------------------------------- */

static bool fill_assignment(const hax_problem *problem, hax_arena *arena, hax_schedule *made)
{
    const int **rows = hax_arena_alloc(arena, (size_t) problem->instance_count, sizeof *rows);
    double *finish = hax_arena_alloc(arena, (size_t) problem->instance_count, sizeof *finish);
    if (!rows || !finish)
        return false;
    for (int i = 0; i < problem->instance_count; i++) {
        int *units =
            hax_arena_alloc(arena, (size_t) problem->instances[i].group_count, sizeof *units);
        if (!units)
            return false;
        rows[i] = units;
        for (int j = 0; j < made->job_count; j++) {
            const hax_job *job = &made->jobs[j];
            if (job->instance != i || job->part != HAX_PART_RUN)
                continue;
            units[job->group] = job->unit;
            finish[i] = fmax(finish[i], job->end_ms);
        }
    }
    made->assignment = rows;
    made->finish_ms = finish;
    return true;
}

/* Time within [0, end] in which none of the unit's resources is busy. */
static double idle_of_unit(const hax_problem *problem, const hax_schedule *made, int unit,
                           double end)
{
    double idle = 0, free_from = 0; /* jobs stand by start */
    for (int j = 0; j < made->job_count; j++) {
        const hax_job *job = &made->jobs[j];
        if (!share_resource(problem, unit, job->unit))
            continue;
        idle += fmax(job->start_ms - free_from, 0);
        free_from = fmax(free_from, job->end_ms);
    }
    return idle + fmax(end - free_from, 0);
}

static void fill_losses(const hax_problem *problem, hax_schedule *made)
{
    double end = 0;
    bool used[HAX_MAX_UNITS] = { false };
    for (int j = 0; j < made->job_count; j++) {
        const hax_job *job = &made->jobs[j];
        double alone = job_alone_ms(problem, job);
        made->lost.contention_ms += fmax(job->end_ms - job->start_ms - alone, 0); /* rounding */
        made->lost.transitions_ms += job->part == HAX_PART_RUN ? 0 : alone;
        used[job->unit] = true;
        end = fmax(end, job->end_ms);
    }
    for (int u = 0; u < problem->unit_count; u++)
        if (used[u])
            made->lost.idle_ms += idle_of_unit(problem, made, u, end);
}

hax_status schedule_make(const hax_problem *problem, const char *name, int job_count,
                         const hax_job *jobs, hax_schedule **schedule, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    owned_schedule *made = arena ? hax_arena_alloc(arena, 1, sizeof *made) : NULL;
    const hax_job *sorted = made ? sorted_jobs(arena, job_count, jobs) : NULL;
    if (sorted) {
        made->arena = arena;
        made->public.job_count = job_count;
        made->public.jobs = sorted;
        made->public.instance_count = problem->instance_count;
    }
    if (!sorted || !fill_assignment(problem, arena, &made->public)) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a schedule");
    }
    schedule_rename(&made->public, name);
    made->public.value = hax_objective_value(problem, made->public.finish_ms);
    made->public.bound = problem->objective == HAX_THROUGHPUT ? INFINITY : -INFINITY;
    made->public.gap = INFINITY;
    fill_losses(problem, &made->public);
    *schedule = &made->public;
    return HAX_OK;
}

/* The search adds times in another order than the evaluator. */
static double rounding_of(const hax_problem *problem, const hax_schedule *schedule)
{
    double size = fabs(schedule->value);
    if (problem->objective == HAX_DEADLINE) /* a difference of times that may be larger */
        size = fmax(size, schedule->finish_ms[deadlines_latest(problem, schedule)]);
    return objective_tolerance(problem, size);
}

static bool takes_no_time(const hax_schedule *schedule)
{
    for (int i = 0; i < schedule->instance_count; i++)
        if (schedule->finish_ms[i] > 0)
            return false;
    return true;
}

void hax_schedule_set_bound(const hax_problem *problem, hax_schedule *schedule, double bound)
{
    bool most = problem->objective == HAX_THROUGHPUT;
    double rounding = rounding_of(problem, schedule);
    bool met = (most ? bound <= schedule->value + rounding : bound >= schedule->value - rounding) ||
               takes_no_time(schedule);
    schedule->bound = met ? schedule->value : bound;
    schedule->gap = met ? 0 : hax_objective_gap(problem->objective, schedule->value, bound);
    schedule->proof = met ? HAX_PROOF_ALL : HAX_PROOF_NO;
}

hax_gap_text hax_schedule_gap_text(const hax_problem *problem, const hax_schedule *schedule)
{
    hax_gap_text made = { "an unknown distance" };
    const double away = fabs(schedule->value - schedule->bound);
    if (!isfinite(schedule->gap))
        return made;
    if (problem->objective == HAX_DEADLINE) /* a percentage of what passes through zero is none */
        snprintf(made.text, sizeof made.text, "%.3g ms", away);
    else
        snprintf(made.text, sizeof made.text, "%.2g %%", 100 * schedule->gap);
    return made;
}

/* ---- from placements ------------------------------------------------------------------------- */

/* Begin and end of all parts of a placed group in an evaluated schedule, and the end of the group
 * itself, which is what a wait counts from. */
typedef struct edges {
    double begin_ms, end_ms, run_end_ms;
} edges;

static edges edges_of(const hax_schedule *schedule, const placement *of)
{
    edges found = { .begin_ms = INFINITY };
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->instance != of->instance || job->group != of->group)
            continue;
        found.begin_ms = fmin(found.begin_ms, job->start_ms);
        found.end_ms = fmax(found.end_ms, job->end_ms);
        if (job->part == HAX_PART_RUN)
            found.run_end_ms = job->end_ms;
    }
    return found;
}

static bool precedes(const hax_problem *problem, const placement *a, const placement *b)
{
    const hax_instance_spec *instance = &problem->instances[b->instance];
    for (int i = 0; i < instance->after_count; i++)
        if (instance->after[i] == a->instance)
            return true;
    return a->instance == b->instance || share_resource(problem, a->unit, b->unit);
}

/* A placement that begins later than it could, by more than `rounding` (relative above 1 ms), is
 * made to wait for what ended last before it. */
static void find_wait(const hax_problem *problem, const edges *exact, const placement *placements,
                      int p, double rounding, hax_job *job)
{
    double begin = exact[p].begin_ms, free_from = 0, latest = 0;
    double waited_for = 0;
    const double rounding_ms = rounding * fmax(1, begin);
    job->after = -1;
    job->delay_ms = 0;
    for (int before = 0; before < p; before++) {
        double end = exact[before].end_ms;
        if (precedes(problem, &placements[before], &placements[p]))
            free_from = fmax(free_from, end);
        if (end <= begin + rounding_ms && end > latest) {
            latest = end;
            waited_for = exact[before].run_end_ms;
            job->after = before;
        }
    }
    if (begin <= free_from + rounding_ms)
        job->after = -1;
    else
        job->delay_ms = fmax(begin - waited_for, 0);
}

/* The placements again, with waits for ends in place of starts. */
static hax_status with_waits(const hax_problem *problem, const hax_schedule *exact, int count,
                             const placement *placements, double rounding, hax_job *jobs,
                             hax_schedule **schedule, hax_error *err)
{
    edges *at = calloc((size_t) count, sizeof *at);
    if (!at)
        return hax_fail_memory(err, "a schedule");
    for (int p = 0; p < count; p++)
        at[p] = edges_of(exact, &placements[p]);
    for (int p = 0; p < count; p++)
        find_wait(problem, at, placements, p, rounding, &jobs[p]);
    free(at);
    return hax_schedule_evaluate(problem, exact->name, count, jobs, schedule, err);
}

/*
 * First the starts as they were found, counted from the start of the round; then the same with
 * waits for ends of other jobs, and only where something waits: that is what still means the
 * same when times turn out a little different. A wait that could be rounding is left out unless
 * the schedule is worse without it.
 */
hax_status schedule_from_placements(const hax_problem *problem, const char *name, int count,
                                    const placement *placements, hax_schedule **schedule,
                                    hax_error *err)
{
    static const double double_rounding = 1e-15;
    hax_job *jobs = calloc((size_t) count, sizeof *jobs);
    hax_schedule *exact = NULL, *made = NULL;
    if (!jobs)
        return hax_fail_memory(err, "a schedule");
    for (int p = 0; p < count; p++)
        jobs[p] = (hax_job){ .unit = placements[p].unit,
                             .instance = placements[p].instance,
                             .group = placements[p].group,
                             .part = HAX_PART_RUN,
                             .after = -1,
                             .delay_ms = placements[p].start_ms };
    hax_status status = hax_schedule_evaluate(problem, name, count, jobs, &exact, err);
    if (status == HAX_OK)
        status =
            with_waits(problem, exact, count, placements, HAX_TIME_TOLERANCE_MS, jobs, &made, err);
    if (status == HAX_OK && hax_objective_better(problem->objective, exact->value, made->value)) {
        hax_schedule_destroy(made);
        status = with_waits(problem, exact, count, placements, double_rounding, jobs, &made, err);
    }
    if (status == HAX_OK)
        *schedule = made;
    hax_schedule_destroy(exact);
    free(jobs);
    return status;
}
