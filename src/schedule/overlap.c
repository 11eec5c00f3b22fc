/* What is lost to contention, by who runs beside whom. */
#include <math.h>
#include <stdlib.h>

#include "error.h"
#include "problem.h"

typedef struct losing {
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_overlap *all; /* [job][job] while they are summed up */
} losing;

static bool runs_at(const hax_job *job, double moment_ms)
{
    return job->start_ms < moment_ms && moment_ms < job->end_ms;
}

/* A stretch in which nothing starts or ends: what job j loses, shared out by demand. */
static void add_stretch(const losing *at, int j, double from_ms, double to_ms)
{
    const hax_job *jobs = at->schedule->jobs, *job = &jobs[j];
    int count = at->schedule->job_count;
    double middle_ms = from_ms + (to_ms - from_ms) / 2, external_gbps = 0;
    for (int other = 0; other < count; other++)
        if (other != j && runs_at(&jobs[other], middle_ms))
            external_gbps += job_gbps(at->problem, &jobs[other]);
    if (!(external_gbps > 0))
        return;
    double slowdown = hax_slowdown_value(&at->problem->units[job->unit].slowdown,
                                         job_own_gbps(at->problem, job), external_gbps);
    double lost_ms = (to_ms - from_ms) * (1 - 1 / slowdown);
    for (int other = 0; other < count; other++) {
        if (other == j || !runs_at(&jobs[other], middle_ms))
            continue;
        hax_overlap *of = &at->all[(size_t) j * (size_t) count + (size_t) other];
        of->job = j;
        of->with = other;
        of->together_ms += to_ms - from_ms;
        of->lost_ms += lost_ms * job_gbps(at->problem, &jobs[other]) / external_gbps;
    }
}

static double next_edge(const hax_schedule *schedule, double after_ms, double until_ms)
{
    double edge_ms = until_ms;
    for (int j = 0; j < schedule->job_count; j++) {
        const double edges_ms[] = { schedule->jobs[j].start_ms, schedule->jobs[j].end_ms };
        for (int e = 0; e < 2; e++)
            if (edges_ms[e] > after_ms)
                edge_ms = fmin(edge_ms, edges_ms[e]);
    }
    return edge_ms;
}

static int dearest_first(const void *a, const void *b)
{
    const hax_overlap *x = a, *y = b;
    if (x->lost_ms != y->lost_ms)
        return x->lost_ms < y->lost_ms ? 1 : -1;
    return x->job != y->job ? x->job - y->job : x->with - y->with;
}

hax_status hax_schedule_overlaps(const hax_problem *problem, const hax_schedule *schedule,
                                 hax_overlap **overlaps, int *count, hax_error *err)
{
    size_t jobs = (size_t) schedule->job_count;
    losing at = { problem, schedule, calloc(jobs * jobs + 1, sizeof *at.all) };
    if (!at.all)
        return hax_fail_memory(err, "overlaps");
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        double now_ms = job->start_ms;
        while (now_ms < job->end_ms) {
            double next_ms = next_edge(schedule, now_ms, job->end_ms);
            add_stretch(&at, j, now_ms, next_ms);
            now_ms = next_ms;
        }
    }
    *count = 0;
    for (size_t o = 0; o < jobs * jobs; o++)
        if (at.all[o].lost_ms > HAX_TIME_TOLERANCE_MS)
            at.all[(*count)++] = at.all[o];
    qsort(at.all, (size_t) *count, sizeof *at.all, dearest_first);
    *overlaps = at.all;
    return HAX_OK;
}
