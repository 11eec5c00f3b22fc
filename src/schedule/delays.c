#include "delays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct tuner {
    const hax_problem *problem;
    hax_schedule *best;
    hax_job *jobs; /* of the best, with one changed */
    double walks;  /* that may still be made */
} tuner;

/* Is this the first job of its group? A wait of it is a wait of the whole. */
static bool begins_group(const hax_schedule *of, int j)
{
    const hax_job *job = &of->jobs[j];
    if (job->part != HAX_PART_RUN)
        return job->part == HAX_PART_IN;
    for (int k = j - 1; k >= 0; k--) /* the one before it in its instance */
        if (of->jobs[k].instance == job->instance)
            return of->jobs[k].part != HAX_PART_IN;
    return true;
}

/* Lets a job begin at a time of the round, if it can; true when that is better. */
static bool try_start(tuner *at, int j, double start_ms)
{
    hax_schedule *made = NULL;
    if (at->walks-- <= 0 || start_ms < 0)
        return false;
    memcpy(at->jobs, at->best->jobs, (size_t) at->best->job_count * sizeof *at->jobs);
    at->jobs[j].after = -1;
    at->jobs[j].delay_ms = start_ms;
    if (hax_schedule_evaluate(at->problem, "haxconn", at->best->job_count, at->jobs, &made, NULL))
        return false; /* the jobs wait for each other now */
    bool better = hax_objective_better(at->problem->objective, made->value, at->best->value);
    hax_schedule_destroy(better ? at->best : made);
    if (better)
        at->best = made;
    return better;
}

static bool sweep(tuner *at, double step_ms)
{
    bool gained = false;
    for (int j = 0; j < at->best->job_count; j++) {
        if (!begins_group(at->best, j))
            continue;
        double start_ms = at->best->jobs[j].start_ms;
        gained =
            try_start(at, j, start_ms + step_ms) || try_start(at, j, start_ms - step_ms) || gained;
    }
    return gained;
}

/* Waits counted from the start of the round become waits for ends of jobs. */
static hax_status name_waits(tuner *at, hax_error *err)
{
    const hax_schedule *of = at->best;
    placement *placements = calloc((size_t) of->job_count, sizeof *placements);
    hax_schedule *made = NULL;
    int count = 0;
    if (!placements)
        return hax_fail_memory(err, "a schedule");
    for (int j = 0; j < of->job_count; j++)
        if (begins_group(of, j))
            placements[count++] = (placement){ of->jobs[j].instance, of->jobs[j].group,
                                               of->jobs[j].unit, of->jobs[j].start_ms };
    hax_status status =
        schedule_from_placements(at->problem, of->name, count, placements, &made, err);
    free(placements);
    if (status != HAX_OK)
        return status;
    bool worse = hax_objective_better(at->problem->objective, of->value, made->value);
    hax_schedule_destroy(worse ? made : at->best);
    if (!worse)
        at->best = made;
    return HAX_OK;
}

hax_status schedule_tune_delays(const hax_problem *problem, hax_schedule **schedule, hax_error *err)
{
    enum { HALVINGS = 10, SWEEPS_MOST = 4 };
    const double most = 2e7; /* jobs squared, over all walks: under a second */
    double jobs = (*schedule)->job_count, end_ms = 0;
    tuner at = { .problem = problem, .best = *schedule, .walks = most / (jobs * jobs) };
    if (!(at.jobs = calloc((size_t) (*schedule)->job_count, sizeof *at.jobs)))
        return hax_fail_memory(err, "a schedule");
    for (int i = 0; i < (*schedule)->instance_count; i++)
        end_ms = fmax(end_ms, (*schedule)->finish_ms[i]);
    const double before = at.best->value;
    for (int halving = 0; halving < HALVINGS; halving++) {
        double step_ms = end_ms / 8 * pow(0.5, halving);
        for (int s = 0; s < SWEEPS_MOST && sweep(&at, step_ms); s++)
            ;
    }
    hax_status status = at.best->value == before ? HAX_OK : name_waits(&at, err);
    free(at.jobs);
    *schedule = at.best;
    return status;
}
