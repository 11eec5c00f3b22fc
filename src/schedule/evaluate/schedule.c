/* Schedules as objects: made from evaluated jobs, with objective and losses. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "own.h"
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

void hax_schedule_destroy(const hax_schedule *schedule)
{
    if (schedule)
        hax_arena_destroy(((const owned_schedule *) schedule)->arena);
}

hax_schedule *hax_schedule_edit(const hax_schedule *schedule)
{
    return hax_own(schedule);
}

double hax_schedule_round_ms(const hax_schedule *schedule)
{
    double last_ms = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        last_ms = fmax(last_ms, schedule->finish_ms[i]);
    return last_ms;
}

void hax_schedule_rename(hax_schedule *schedule, const char *name)
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
    hax_job *job = hax_arena_alloc(arena, (size_t) count, sizeof *job);
    sortable *list = malloc((size_t) count * sizeof *list);
    int *where = malloc((size_t) count * sizeof *where);
    if (job && list && where) {
        for (int j = 0; j < count; j++)
            list[j] = (sortable){ jobs[j], j };
        qsort(list, (size_t) count, sizeof *list, by_start);
        for (int j = 0; j < count; j++)
            where[list[j].index] = j;
        for (int j = 0; j < count; j++) {
            assert(j == 0 || list[j - 1].job.start_ms <= list[j].job.start_ms);
            job[j] = list[j].job;
            assert(job[j].after < count);
            job[j].after = job[j].after < 0 ? -1 : where[job[j].after];
        }
    } else {
        job = NULL;
    }
    free(list);
    free(where);
    return job;
}

/* ---- figures --------------------------------------------------------------------------------- */

static bool fill_assignment(const hax_problem *problem, hax_arena *arena, hax_schedule *schedule)
{
    const int **rows = hax_arena_alloc(arena, (size_t) problem->instance_count, sizeof *rows);
    int **lists = hax_arena_alloc(arena, (size_t) problem->instance_count, sizeof *lists);
    double *finish = hax_arena_alloc(arena, (size_t) problem->instance_count, sizeof *finish);
    if (!rows || !lists || !finish)
        return false;
    for (int i = 0; i < problem->instance_count; i++) {
        int *units =
            hax_arena_alloc(arena, (size_t) problem->instances[i].group_count, sizeof *units);
        if (!units)
            return false;
        rows[i] = lists[i] = units;
    }
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->part != HAX_PART_RUN)
            continue;
        lists[job->instance][job->group] = job->unit;
        finish[job->instance] = fmax(finish[job->instance], job->end_ms);
    }
    schedule->assignment = rows;
    schedule->finish_ms = finish;
    return true;
}

/* Time within [0, end] in which none of the unit's resources is busy. */
static double idle_of_unit(const hax_problem *problem, const hax_schedule *schedule, int unit,
                           double end)
{
    double idle = 0, free_from = 0; /* jobs stand by start */
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (!hax_share_resource(problem, unit, job->unit))
            continue;
        idle += fmax(job->start_ms - free_from, 0);
        free_from = fmax(free_from, job->end_ms);
    }
    assert(idle >= 0);
    return idle + fmax(end - free_from, 0);
}

static void fill_losses(const hax_problem *problem, hax_schedule *schedule)
{
    double end = 0;
    bool used[HAX_MAX_UNITS] = { false };
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        double alone = hax_job_alone_ms(problem, job);
        assert(alone >= 0);
        schedule->lost.contention_ms += fmax(job->end_ms - job->start_ms - alone, 0); /* rounding */
        schedule->lost.transitions_ms += job->part == HAX_PART_RUN ? 0 : alone;
        used[job->unit] = true;
        end = fmax(end, job->end_ms);
    }
    for (int u = 0; u < problem->unit_count; u++)
        if (used[u])
            schedule->lost.idle_ms += idle_of_unit(problem, schedule, u, end);
}

hax_status hax_schedule_make(const hax_problem *problem, const char *name, int job_count,
                             const hax_job *jobs, const hax_schedule **schedule, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    owned_schedule *owned = arena ? hax_arena_alloc(arena, 1, sizeof *owned) : NULL;
    const hax_job *sorted = owned ? sorted_jobs(arena, job_count, jobs) : NULL;
    if (sorted) {
        owned->arena = arena;
        owned->public.job_count = job_count;
        owned->public.jobs = sorted;
        owned->public.instance_count = problem->instance_count;
    }
    if (!sorted || !fill_assignment(problem, arena, &owned->public)) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a schedule");
    }
    hax_schedule_rename(&owned->public, name);
    owned->public.value = hax_objective_value(problem, owned->public.finish_ms);
    owned->public.bound = problem->objective == HAX_THROUGHPUT ? INFINITY : -INFINITY;
    owned->public.gap = INFINITY;
    fill_losses(problem, &owned->public);
    *schedule = &owned->public;
    return HAX_OK;
}

/* The search adds times in another order than the evaluator. */
static double rounding_of(const hax_problem *problem, const hax_schedule *schedule)
{
    double size = fabs(schedule->value);
    if (problem->objective == HAX_DEADLINE) /* a difference of times that may be larger */
        size = fmax(size, schedule->finish_ms[hax_deadlines_latest(problem, schedule)]);
    return hax_objective_tolerance(problem, size);
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
    assert(schedule->gap >= 0);
}

hax_gap_text hax_schedule_gap_text(const hax_problem *problem, const hax_schedule *schedule)
{
    hax_gap_text gap_text = { "an unknown distance" };
    const double away = fabs(schedule->value - schedule->bound);
    if (!isfinite(schedule->gap))
        return gap_text;
    if (problem->objective == HAX_DEADLINE) /* a percentage of what passes through zero is none */
        snprintf(gap_text.text, sizeof gap_text.text, "%s ms", hax_figures_of(away).text);
    else
        snprintf(gap_text.text, sizeof gap_text.text, "%.2g %%", 100 * schedule->gap);
    return gap_text;
}

/* ---- from placements ------------------------------------------------------------------------- */

/* Begin and end of all parts of a placed group in an evaluated schedule, and the end of the group
 * itself, which is what a wait counts from. */
typedef struct edges {
    double begin_ms, end_ms, run_end_ms;
} edges;

/* An end that later placements may wait for. */
typedef struct ending {
    double end_ms;
    int placement;
} ending;

/* What placements were found to wait for, in time that grows hardly faster than their number. */
typedef struct waits {
    const hax_problem *problem;
    int count;
    const hax_placement *placements;
    edges *exact; /* [placement] */
    int *number;  /* [offset[instance] + group]: its placement */
    int *offset;  /* [instance] */
    double free_ms[HAX_MAX_RESOURCES];
    double *ended_ms; /* [instance], as far as it has been placed */
    ending *endings;  /* [placement], by rising end; of equal ones the last placement first */
    int *rank;        /* [placement]: in endings */
    int *latest; /* [rank + 1]: of some ranks up to this one, the highest placed (Fenwick, A new
                    data structure for cumulative frequency tables, 1994); 0: none */
} waits;

static void fill_edges(waits *waits, const hax_schedule *schedule)
{
    for (int p = 0; p < waits->count; p++) {
        waits->exact[p] = (edges){ .begin_ms = INFINITY };
        waits->number[waits->offset[waits->placements[p].instance] + waits->placements[p].group] =
            p;
    }
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        edges *found = &waits->exact[waits->number[waits->offset[job->instance] + job->group]];
        found->begin_ms = fmin(found->begin_ms, job->start_ms);
        found->end_ms = fmax(found->end_ms, job->end_ms);
        if (job->part == HAX_PART_RUN)
            found->run_end_ms = job->end_ms;
    }
}

static int by_end(const void *a, const void *b)
{
    const ending *x = a, *y = b;
    if (x->end_ms != y->end_ms)
        return x->end_ms < y->end_ms ? -1 : 1;
    return (x->placement < y->placement) - (x->placement > y->placement);
}

static void rank_ends(waits *waits)
{
    for (int p = 0; p < waits->count; p++)
        waits->endings[p] = (ending){ waits->exact[p].end_ms, p };
    qsort(waits->endings, (size_t) waits->count, sizeof *waits->endings, by_end);
    for (int e = 0; e < waits->count; e++) {
        assert(e == 0 || waits->endings[e - 1].end_ms <= waits->endings[e].end_ms);
        waits->rank[waits->endings[e].placement] = e;
    }
}

/* The placement before this one that ends last by a time, the first of equals; -1: none. */
static int last_ended(const waits *waits, double until_ms)
{
    int low = 0, high = waits->count, best = 0;
    while (low < high) {
        int middle = (low + high) / 2;
        if (waits->endings[middle].end_ms <= until_ms)
            low = middle + 1;
        else
            high = middle;
    }
    for (int n = low; n > 0; n -= n & -n)
        best = waits->latest[n] > best ? waits->latest[n] : best;
    assert(best <= low); /* no end behind the time */
    return best > 0 && waits->endings[best - 1].end_ms > 0 ? waits->endings[best - 1].placement
                                                           : -1;
}

static double free_from(const waits *waits, int p)
{
    const hax_placement *placement = &waits->placements[p];
    const hax_instance_spec *instance = &waits->problem->instances[placement->instance];
    double from_ms = waits->ended_ms[placement->instance];
    for (int a = 0; a < instance->after_count; a++)
        from_ms = fmax(from_ms, waits->ended_ms[instance->after[a]]);
    for (int r = 0; r < waits->problem->resource_count; r++)
        if (waits->problem->units[placement->unit].resources >> r & 1)
            from_ms = fmax(from_ms, waits->free_ms[r]);
    return from_ms;
}

/* From here on others can wait for it. */
static void note_placed(waits *waits, int p)
{
    const hax_placement *placement = &waits->placements[p];
    const double end_ms = waits->exact[p].end_ms;
    waits->ended_ms[placement->instance] = fmax(waits->ended_ms[placement->instance], end_ms);
    for (int r = 0; r < waits->problem->resource_count; r++)
        if (waits->problem->units[placement->unit].resources >> r & 1)
            waits->free_ms[r] = fmax(waits->free_ms[r], end_ms);
    for (int n = waits->rank[p] + 1; n <= waits->count; n += n & -n)
        if (waits->latest[n] < waits->rank[p] + 1)
            waits->latest[n] = waits->rank[p] + 1;
}

/* A placement that begins later than it could, by more than `rounding` (relative above 1 ms), is
 * made to wait for what ended last before it. */
static void find_wait(const waits *waits, int p, double rounding, hax_job *job)
{
    double begin = waits->exact[p].begin_ms;
    const double rounding_ms = rounding * fmax(1, begin);
    job->after = -1;
    job->delay_ms = 0;
    if (begin <= free_from(waits, p) + rounding_ms)
        return;
    job->after = last_ended(waits, begin + rounding_ms);
    double waited_for = job->after >= 0 ? waits->exact[job->after].run_end_ms : 0;
    job->delay_ms = fmax(begin - waited_for, 0);
    assert(isfinite(job->delay_ms) && job->after != p);
}

static bool open_waits(waits *waits)
{
    size_t count = (size_t) waits->count, groups = 0;
    size_t instances = (size_t) waits->problem->instance_count;
    waits->offset = calloc(instances, sizeof *waits->offset);
    for (size_t i = 0; waits->offset && i < instances; i++) {
        waits->offset[i] = (int) groups;
        groups += (size_t) waits->problem->instances[i].group_count;
    }
    waits->exact = calloc(count, sizeof *waits->exact);
    waits->number = calloc(groups, sizeof *waits->number);
    waits->ended_ms = calloc(instances, sizeof *waits->ended_ms);
    waits->endings = calloc(count, sizeof *waits->endings);
    waits->rank = calloc(count, sizeof *waits->rank);
    waits->latest = calloc(count + 1, sizeof *waits->latest);
    return waits->offset && waits->exact && waits->number && waits->ended_ms && waits->endings &&
           waits->rank && waits->latest;
}

static void close_waits(waits *waits)
{
    free(waits->offset);
    free(waits->exact);
    free(waits->number);
    free(waits->ended_ms);
    free(waits->endings);
    free(waits->rank);
    free(waits->latest);
}

static void find_waits(waits *waits, double rounding, hax_job *jobs)
{
    memset(waits->free_ms, 0, sizeof waits->free_ms);
    memset(waits->ended_ms, 0, (size_t) waits->problem->instance_count * sizeof *waits->ended_ms);
    memset(waits->latest, 0, ((size_t) waits->count + 1) * sizeof *waits->latest);
    for (int p = 0; p < waits->count; p++) {
        find_wait(waits, p, rounding, &jobs[p]);
        note_placed(waits, p);
    }
}

/* The placements again, with waits for ends in place of starts. A wait that could be rounding is
 * left out unless the schedule is worse without it. */
static hax_status with_waits(waits *waits, const hax_schedule *exact, hax_job *jobs,
                             const hax_schedule **schedule, hax_error *err)
{
    static const double double_rounding = 1e-15;
    const hax_schedule *result = NULL;
    fill_edges(waits, exact);
    rank_ends(waits);
    find_waits(waits, HAX_TIME_TOLERANCE_MS, jobs);
    HAX_TRY(hax_schedule_evaluate(waits->problem, exact->name, waits->count, jobs, &result, err));
    if (hax_objective_better(waits->problem->objective, exact->value, result->value)) {
        hax_schedule_destroy(result);
        find_waits(waits, double_rounding, jobs);
        HAX_TRY(
            hax_schedule_evaluate(waits->problem, exact->name, waits->count, jobs, &result, err));
    }
    *schedule = result;
    return HAX_OK;
}

/*
 * First the starts as they were found, counted from the start of the round; then the same with
 * waits for ends of other jobs, and only where something waits: that is what still means the
 * same when times turn out a little different.
 */
hax_status hax_schedule_from_placements(const hax_problem *problem, const char *name, int count,
                                        const hax_placement *placements,
                                        const hax_schedule **schedule, hax_error *err)
{
    hax_job *jobs = calloc((size_t) count, sizeof *jobs);
    waits wait_list = { .problem = problem, .count = count, .placements = placements };
    const hax_schedule *exact = NULL;
    if (!open_waits(&wait_list) || !jobs) {
        free(jobs);
        close_waits(&wait_list);
        return hax_fail_memory(err, "a schedule");
    }
    for (int p = 0; p < count; p++)
        jobs[p] = (hax_job){ .unit = placements[p].unit,
                             .instance = placements[p].instance,
                             .group = placements[p].group,
                             .part = HAX_PART_RUN,
                             .after = -1,
                             .delay_ms = placements[p].start_ms };
    hax_status status = hax_schedule_evaluate(problem, name, count, jobs, &exact, err);
    if (status == HAX_OK)
        status = with_waits(&wait_list, exact, jobs, schedule, err);
    hax_schedule_destroy(exact);
    close_waits(&wait_list);
    free(jobs);
    return status;
}

/* Jobs stand by start, those of one start in their order: a group begins with its IN if it has
 * one. */
hax_status hax_schedule_to_placements(const hax_schedule *schedule, hax_placement **placements,
                                      hax_error *err)
{
    int count = 0;
    hax_placement *placement = calloc((size_t) schedule->job_count, sizeof *placement);
    int *begun = calloc((size_t) schedule->instance_count, sizeof *begun); /* groups */
    if (!placement || !begun) {
        free(placement);
        free(begun);
        return hax_fail_memory(err, "a schedule");
    }
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        if (job->part == HAX_PART_OUT || job->group < begun[job->instance])
            continue;
        begun[job->instance] = job->group + 1;
        placement[count++] = (hax_placement){ job->instance, job->group, job->unit, job->start_ms };
    }
    free(begun);
    assert(count <= schedule->job_count);
    *placements = placement;
    return HAX_OK;
}
