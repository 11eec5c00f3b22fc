/* What is lost to contention, by who runs beside whom. */
#include <assert.h>
#include <stdlib.h>

#include "error.h"
#include "problem.h"

/* A job that runs beside another one, while both are summed up. */
typedef struct beside {
    int job;
    int first; /* of its overlaps in the list: one for each that runs beside it; -1: none */
} beside;

typedef struct losing {
    const hax_problem *problem;
    const hax_schedule *schedule;
    beside *now; /* what runs, in the order of the list */
    int now_count, now_capacity;
    hax_overlap *overlaps;
    int *older; /* [overlap]: the one before it of the same first job, -1 */
    int count, capacity;
    bool out_of_memory;
} losing;

static bool takes_time(const hax_job *job)
{
    return job->end_ms > job->start_ms;
}

/* ---- what runs ---------------------------------------------------------------------------------
 */

static bool widen(void **list, int *capacity, size_t size)
{
    int wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = wanted;
    return true;
}

static void begin_job(losing *losing, int j)
{
    void *list = losing->now;
    if (losing->now_count == losing->now_capacity &&
        !widen(&list, &losing->now_capacity, sizeof *losing->now)) {
        losing->out_of_memory = true;
        return;
    }
    losing->now = list;
    int n = losing->now_count++;
    for (; n > 0 && losing->now[n - 1].job > j; n--)
        losing->now[n] = losing->now[n - 1];
    losing->now[n] = (beside){ j, -1 };
    assert(n + 1 == losing->now_count ||
           losing->now[n + 1].job > j); /* each once, in their order */
}

static void end_job(losing *losing, int j)
{
    int kept = 0;
    for (int n = 0; n < losing->now_count; n++)
        if (losing->now[n].job != j)
            losing->now[kept++] = losing->now[n];
    assert(kept == losing->now_count - 1);
    losing->now_count = kept;
}

/* ---- sums --------------------------------------------------------------------------------------
 */

/* One more, the first in the list of its job; -1: memory is out. */
static int add_overlap(losing *losing, beside *one, int other)
{
    if (losing->count == losing->capacity) {
        void *list = losing->overlaps, *older = losing->older;
        int capacity = losing->capacity;
        losing->out_of_memory =
            losing->out_of_memory || !widen(&list, &capacity, sizeof *losing->overlaps);
        losing->overlaps = list;
        losing->out_of_memory =
            losing->out_of_memory || !widen(&older, &losing->capacity, sizeof *losing->older);
        losing->older = older;
        if (losing->out_of_memory)
            return -1;
    }
    losing->overlaps[losing->count] = (hax_overlap){ .job = one->job, .other = other };
    losing->older[losing->count] = one->first;
    return losing->count++;
}

/* The overlap of one that runs with another; NULL: memory is out. It becomes the first of its list:
 * what runs now stands before what has ended, however long the list grows. */
static hax_overlap *overlap_with(losing *losing, beside *one, int other)
{
    int found = one->first, before = -1;
    while (found >= 0 && losing->overlaps[found].other != other) {
        before = found;
        found = losing->older[found];
    }
    if (found < 0)
        found = add_overlap(losing, one, other);
    else if (before >= 0) {
        losing->older[before] = losing->older[found];
        losing->older[found] = one->first;
    }
    if (found < 0)
        return NULL;
    one->first = found;
    assert(losing->overlaps[found].job == one->job && losing->overlaps[found].other == other);
    return &losing->overlaps[found];
}

/* A stretch in which nothing starts or ends: what one loses, shared out by demand. */
static void add_stretch(losing *losing, beside *one, double span_ms)
{
    const hax_job *jobs = losing->schedule->jobs, *job = &jobs[one->job];
    double external_gbps = 0;
    for (int n = 0; n < losing->now_count; n++)
        if (&losing->now[n] != one)
            external_gbps += hax_job_gbps(losing->problem, &jobs[losing->now[n].job]);
    if (!(external_gbps > 0))
        return;
    double slowdown = hax_slowdown_value(&losing->problem->units[job->unit].slowdown,
                                         hax_job_own_gbps(losing->problem, job), external_gbps);
    double lost_ms = span_ms * (1 - 1 / slowdown);
    assert(lost_ms >= 0 && lost_ms <= span_ms);
    for (int n = 0; n < losing->now_count; n++) {
        hax_overlap *overlap;
        if (&losing->now[n] == one || !(overlap = overlap_with(losing, one, losing->now[n].job)))
            continue;
        overlap->together_ms += span_ms;
        overlap->lost_ms +=
            lost_ms * hax_job_gbps(losing->problem, &jobs[losing->now[n].job]) / external_gbps;
    }
}

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

/* From edge to edge: jobs stand by start. */
static void walk_edges(losing *losing, const sortable_end *ends, int count)
{
    const hax_job *jobs = losing->schedule->jobs;
    int begun = 0, ended = 0;
    double now_ms = 0;
    while (ended < count && !losing->out_of_memory) {
        while (begun < losing->schedule->job_count && !takes_time(&jobs[begun]))
            begun++;
        bool begins =
            begun < losing->schedule->job_count && jobs[begun].start_ms < ends[ended].end_ms;
        double next_ms = begins ? jobs[begun].start_ms : ends[ended].end_ms;
        for (int n = 0; n < losing->now_count && next_ms > now_ms; n++)
            add_stretch(losing, &losing->now[n], next_ms - now_ms);
        assert(next_ms >= now_ms); /* starts rise and so do ends */
        now_ms = next_ms;
        if (begins)
            begin_job(losing, begun++);
        else
            end_job(losing, ends[ended++].job);
    }
    assert(losing->now_count == 0 || losing->out_of_memory);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int dearest_first(const void *a, const void *b)
{
    const hax_overlap *x = a, *y = b;
    if (x->lost_ms != y->lost_ms)
        return x->lost_ms < y->lost_ms ? 1 : -1;
    return x->job != y->job ? x->job - y->job : x->other - y->other;
}

/* In time that grows hardly faster than the jobs: what runs at once are as many as there are units
 * at most. */
hax_status hax_schedule_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                                 int *count, hax_overlap **overlaps, hax_error *err)
{
    losing context = { .problem = problem, .schedule = schedule };
    sortable_end *ends = calloc((size_t) schedule->job_count + 1, sizeof *ends);
    context.overlaps =
        malloc(sizeof *context.overlaps); /* something to free where there are none */
    context.out_of_memory = !ends || !context.overlaps;
    if (!context.out_of_memory)
        walk_edges(&context, ends, sort_ends(&context, ends));
    free(ends);
    free(context.now);
    free(context.older);
    if (context.out_of_memory) {
        free(context.overlaps);
        return hax_fail_memory(err, "overlaps");
    }
    *count = 0;
    for (int o = 0; o < context.count; o++)
        if (context.overlaps[o].lost_ms > HAX_TIME_TOLERANCE_MS)
            context.overlaps[(*count)++] = context.overlaps[o];
    qsort(context.overlaps, (size_t) *count, sizeof *context.overlaps, dearest_first);
    *overlaps = context.overlaps;
    return HAX_OK;
}
