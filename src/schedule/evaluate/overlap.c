/* What is lost to contention, by who runs beside whom. */
#include <assert.h>
#include <stdlib.h>

#include "error.h"
#include "problem.h"

/* A job that runs, in its unit's place. What it loses beside another one is that one's demand times
 * what it loses for each GB/s of the others while both run: so that a stretch is one sum for each
 * job and none for each pair. */
typedef struct running {
    int job; /* -1: none */
    double begin_ms;
    double gbps, own_gbps;
    double lost_per_gbps; /* since it began */
} running;

/* The most expensive so far, and what was left out. */
typedef struct overlap_list {
    hax_overlaps found;
    int most, capacity;
    double least_ms; /* what costs no more is not among the most expensive */
    bool out_of_memory;
} overlap_list;

typedef struct losing {
    const hax_problem *problem;
    const hax_schedule *schedule;
    double now_ms;
    running now[HAX_MAX_UNITS];
    /* [slowed unit][other unit]: what the first had lost when the second began */
    double before[HAX_MAX_UNITS][HAX_MAX_UNITS];
    overlap_list list;
} losing;

static bool takes_time(const hax_job *job)
{
    return job->end_ms > job->start_ms;
}

/* ---- the most expensive ---------------------------------------------------------------------- */

static int most_expensive_first(const void *a, const void *b)
{
    const hax_overlap *x = a, *y = b;
    if (x->lost_ms != y->lost_ms)
        return x->lost_ms < y->lost_ms ? 1 : -1;
    return x->job != y->job ? x->job - y->job : x->other - y->other;
}

static void leave_out(hax_overlaps *found, double lost_ms)
{
    found->left_out++;
    found->left_out_ms += lost_ms;
}

/* Sorted, and no more than are wanted. */
static void keep_most_expensive(overlap_list *list)
{
    hax_overlaps *found = &list->found;
    qsort(found->most_expensive, (size_t) found->count, sizeof *found->most_expensive,
          most_expensive_first);
    for (; found->count > list->most; found->count--)
        leave_out(found, found->most_expensive[found->count - 1].lost_ms);
    if (found->count == list->most && found->count > 0)
        list->least_ms = found->most_expensive[found->count - 1].lost_ms;
}

/* Room for one more: twice as many as are wanted at most. Once memory was out, it stays so: one
 * loss is missing, even where the next one finds room. */
static bool make_room(overlap_list *list)
{
    enum { FIRST = 64 };
    if (list->found.count < list->capacity)
        return true;
    if (list->capacity / 2 >= list->most) {
        keep_most_expensive(list);
        return true;
    }
    const int capacity = list->capacity > 0 ? 2 * list->capacity : FIRST;
    hax_overlap *grown =
        realloc(list->found.most_expensive, (size_t) capacity * sizeof *list->found.most_expensive);
    if (!grown) {
        list->out_of_memory = true;
        return false;
    }
    list->found.most_expensive = grown;
    list->capacity = capacity;
    return true;
}

static void add_overlap(overlap_list *list, const hax_overlap *overlap)
{
    if (!(overlap->lost_ms > HAX_TIME_TOLERANCE_MS))
        return;
    /* of equal ones the first by their jobs stays, which only sorting tells */
    if (list->most == 0 || overlap->lost_ms < list->least_ms)
        leave_out(&list->found, overlap->lost_ms);
    else if (make_room(list))
        list->found.most_expensive[list->found.count++] = *overlap;
}

/* ---- what runs ------------------------------------------------------------------------------- */

static void begin_job(losing *losing, int j)
{
    const hax_job *job = &losing->schedule->jobs[j];
    for (int u = 0; u < losing->problem->unit_count; u++) {
        losing->before[u][job->unit] = losing->now[u].lost_per_gbps;
        losing->before[job->unit][u] = 0;
    }
    losing->now[job->unit] = (running){ .job = j,
                                        .begin_ms = job->start_ms,
                                        .gbps = hax_job_gbps(losing->problem, job),
                                        .own_gbps = hax_job_own_gbps(losing->problem, job) };
}

/* The losses of two units' jobs beside each other. */
static void add_pair(losing *losing, int unit, int other_unit)
{
    const running *one = &losing->now[unit], *other = &losing->now[other_unit];
    const double begin_ms = one->begin_ms > other->begin_ms ? one->begin_ms : other->begin_ms;
    const double lost_ms = (one->lost_per_gbps - losing->before[unit][other_unit]) * other->gbps;
    assert(begin_ms <= losing->now_ms && lost_ms >= 0);
    add_overlap(&losing->list, &(hax_overlap){ .job = one->job,
                                               .other = other->job,
                                               .together_ms = losing->now_ms - begin_ms,
                                               .lost_ms = lost_ms });
}

static void end_job(losing *losing, int unit)
{
    for (int u = 0; u < losing->problem->unit_count; u++) {
        if (u == unit || losing->now[u].job < 0)
            continue;
        add_pair(losing, unit, u);
        add_pair(losing, u, unit);
    }
    losing->now[unit].job = -1;
}

/* A stretch in which nothing starts or ends. */
static void add_stretch(losing *losing, int unit, double span_ms)
{
    running *one = &losing->now[unit];
    double external_gbps = 0;
    for (int u = 0; u < losing->problem->unit_count; u++)
        if (u != unit && losing->now[u].job >= 0)
            external_gbps += losing->now[u].gbps;
    if (!(external_gbps > 0))
        return;
    const double slowdown =
        hax_slowdown_value(&losing->problem->units[unit].slowdown, one->own_gbps, external_gbps);
    assert(slowdown >= 1);
    one->lost_per_gbps += span_ms * (1 - 1 / slowdown) / external_gbps;
}

static void advance(losing *losing, double next_ms)
{
    assert(next_ms >= losing->now_ms); /* starts rise and so do ends */
    for (int u = 0; u < losing->problem->unit_count && next_ms > losing->now_ms; u++)
        if (losing->now[u].job >= 0)
            add_stretch(losing, u, next_ms - losing->now_ms);
    losing->now_ms = next_ms;
}

/* ---- from edge to edge ----------------------------------------------------------------------- */

typedef struct sortable_end {
    double end_ms;
    int job;
} sortable_end;

static int by_end(const void *a, const void *b)
{
    const sortable_end *x = a, *y = b;
    if (x->end_ms != y->end_ms)
        return x->end_ms < y->end_ms ? -1 : 1;
    return (x->job > y->job) - (x->job < y->job);
}

static int sort_ends(const losing *losing, sortable_end *ends)
{
    int count = 0;
    for (int j = 0; j < losing->schedule->job_count; j++)
        if (takes_time(&losing->schedule->jobs[j]))
            ends[count++] = (sortable_end){ losing->schedule->jobs[j].end_ms, j };
    assert(count <= losing->schedule->job_count);
    qsort(ends, (size_t) count, sizeof *ends, by_end);
    return count;
}

/* Jobs stand by start. One that begins before the end of the job before it on its unit, which no
 * valid schedule has but one that was read may claim, ends that one. */
static void walk_edges(losing *losing, const sortable_end *ends, int count)
{
    const hax_job *jobs = losing->schedule->jobs;
    int begun = 0, ended = 0;
    while (ended < count && !losing->list.out_of_memory) {
        while (begun < losing->schedule->job_count && !takes_time(&jobs[begun]))
            begun++;
        const bool begins =
            begun < losing->schedule->job_count && jobs[begun].start_ms < ends[ended].end_ms;
        const int unit = jobs[begins ? begun : ends[ended].job].unit;
        advance(losing, begins ? jobs[begun].start_ms : ends[ended].end_ms);
        if (begins ? losing->now[unit].job >= 0 : losing->now[unit].job == ends[ended].job)
            end_job(losing, unit);
        if (begins)
            begin_job(losing, begun++);
        else
            ended++;
    }
}

/* In time that grows hardly faster than the jobs: what runs at once are as many as there are units
 * at most. */
hax_status hax_schedule_overlaps(const hax_problem *problem, const hax_schedule *schedule, int most,
                                 hax_overlaps *overlaps, hax_error *err)
{
    assert(problem && schedule && most >= 0 && overlaps);
    assert(problem->unit_count <= HAX_MAX_UNITS);
    losing context = { .problem = problem, .schedule = schedule, .list = { .most = most } };
    sortable_end *ends = calloc((size_t) schedule->job_count + 1, sizeof *ends);
    context.list.out_of_memory = !ends;
    for (int u = 0; u < problem->unit_count; u++)
        context.now[u].job = -1;
    if (ends)
        walk_edges(&context, ends, sort_ends(&context, ends));
    free(ends);
    if (context.list.out_of_memory) {
        free(context.list.found.most_expensive);
        return hax_fail_memory(err, "overlaps");
    }
    if (context.list.found.count > 0)
        keep_most_expensive(&context.list);
    *overlaps = context.list.found;
    return HAX_OK;
}
