/* What is lost to contention, by who runs beside whom. */
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
    int now_count, now_room;
    hax_overlap *all;
    int *older; /* [overlap]: the one before it of the same first job, -1 */
    int count, room;
    bool out_of_memory;
} losing;

static bool takes_time(const hax_job *job)
{
    return job->end_ms > job->start_ms;
}

/* ---- what runs ---------------------------------------------------------------------------------
 */

static bool widen(void **list, int *room, size_t size)
{
    int wanted = *room ? 2 * *room : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

static void begin_job(losing *at, int j)
{
    void *list = at->now;
    if (at->now_count == at->now_room && !widen(&list, &at->now_room, sizeof *at->now)) {
        at->out_of_memory = true;
        return;
    }
    at->now = list;
    int n = at->now_count++;
    for (; n > 0 && at->now[n - 1].job > j; n--)
        at->now[n] = at->now[n - 1];
    at->now[n] = (beside){ j, -1 };
}

static void end_job(losing *at, int j)
{
    int kept = 0;
    for (int n = 0; n < at->now_count; n++)
        if (at->now[n].job != j)
            at->now[kept++] = at->now[n];
    at->now_count = kept;
}

/* ---- sums --------------------------------------------------------------------------------------
 */

/* One more, the first in the list of its job; -1: memory is out. */
static int add_overlap(losing *at, beside *one, int with)
{
    if (at->count == at->room) {
        void *list = at->all, *older = at->older;
        int room = at->room;
        at->out_of_memory = at->out_of_memory || !widen(&list, &room, sizeof *at->all);
        at->all = list;
        at->out_of_memory = at->out_of_memory || !widen(&older, &at->room, sizeof *at->older);
        at->older = older;
        if (at->out_of_memory)
            return -1;
    }
    at->all[at->count] = (hax_overlap){ .job = one->job, .with = with };
    at->older[at->count] = one->first;
    return at->count++;
}

/* The overlap of one that runs with another; NULL: memory is out. It becomes the first of its list:
 * what runs now stands before what has ended, however long the list grows. */
static hax_overlap *overlap_with(losing *at, beside *one, int with)
{
    int found = one->first, before = -1;
    while (found >= 0 && at->all[found].with != with) {
        before = found;
        found = at->older[found];
    }
    if (found < 0)
        found = add_overlap(at, one, with);
    else if (before >= 0) {
        at->older[before] = at->older[found];
        at->older[found] = one->first;
    }
    if (found < 0)
        return NULL;
    one->first = found;
    return &at->all[found];
}

/* A stretch in which nothing starts or ends: what one loses, shared out by demand. */
static void add_stretch(losing *at, beside *one, double span_ms)
{
    const hax_job *jobs = at->schedule->jobs, *job = &jobs[one->job];
    double external_gbps = 0;
    for (int n = 0; n < at->now_count; n++)
        if (&at->now[n] != one)
            external_gbps += job_gbps(at->problem, &jobs[at->now[n].job]);
    if (!(external_gbps > 0))
        return;
    double slowdown = hax_slowdown_value(&at->problem->units[job->unit].slowdown,
                                         job_own_gbps(at->problem, job), external_gbps);
    double lost_ms = span_ms * (1 - 1 / slowdown);
    for (int n = 0; n < at->now_count; n++) {
        hax_overlap *made;
        if (&at->now[n] == one || !(made = overlap_with(at, one, at->now[n].job)))
            continue;
        made->together_ms += span_ms;
        made->lost_ms += lost_ms * job_gbps(at->problem, &jobs[at->now[n].job]) / external_gbps;
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

static int sort_ends(const losing *at, sortable_end *ends)
{
    int count = 0;
    for (int j = 0; j < at->schedule->job_count; j++)
        if (takes_time(&at->schedule->jobs[j]))
            ends[count++] = (sortable_end){ at->schedule->jobs[j].end_ms, j };
    qsort(ends, (size_t) count, sizeof *ends, by_end);
    return count;
}

/* From edge to edge: jobs stand by start. */
static void walk_edges(losing *at, const sortable_end *ends, int count)
{
    const hax_job *jobs = at->schedule->jobs;
    int begun = 0, ended = 0;
    double now_ms = 0;
    while (ended < count && !at->out_of_memory) {
        while (begun < at->schedule->job_count && !takes_time(&jobs[begun]))
            begun++;
        bool begins = begun < at->schedule->job_count && jobs[begun].start_ms < ends[ended].end_ms;
        double next_ms = begins ? jobs[begun].start_ms : ends[ended].end_ms;
        for (int n = 0; n < at->now_count && next_ms > now_ms; n++)
            add_stretch(at, &at->now[n], next_ms - now_ms);
        now_ms = next_ms;
        if (begins)
            begin_job(at, begun++);
        else
            end_job(at, ends[ended++].job);
    }
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int dearest_first(const void *a, const void *b)
{
    const hax_overlap *x = a, *y = b;
    if (x->lost_ms != y->lost_ms)
        return x->lost_ms < y->lost_ms ? 1 : -1;
    return x->job != y->job ? x->job - y->job : x->with - y->with;
}

/* In time that grows hardly faster than the jobs: what runs at once are as many as there are units
 * at most. */
hax_status hax_schedule_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                                 hax_overlap **overlaps, int *count, hax_error *err)
{
    losing at = { .problem = problem, .schedule = schedule };
    sortable_end *ends = calloc((size_t) schedule->job_count + 1, sizeof *ends);
    at.all = malloc(sizeof *at.all); /* something to free where there are none */
    at.out_of_memory = !ends || !at.all;
    if (!at.out_of_memory)
        walk_edges(&at, ends, sort_ends(&at, ends));
    free(ends);
    free(at.now);
    free(at.older);
    if (at.out_of_memory) {
        free(at.all);
        return hax_fail_memory(err, "overlaps");
    }
    *count = 0;
    for (int o = 0; o < at.count; o++)
        if (at.all[o].lost_ms > HAX_TIME_TOLERANCE_MS)
            at.all[(*count)++] = at.all[o];
    qsort(at.all, (size_t) *count, sizeof *at.all, dearest_first);
    *overlaps = at.all;
    return HAX_OK;
}
