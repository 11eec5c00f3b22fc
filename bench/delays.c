#include "delays.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct tuner {
    const hax_problem *problem;
    const hax_schedule *best;
    hax_job *jobs; /* of the best, with one changed */
    double walks;  /* that may still be made */
} tuner;

/* Is this the first job of its group? A wait of it is a wait of the whole. */
static bool begins_group(const hax_schedule *schedule, int j)
{
    const hax_job *job = &schedule->jobs[j];
    if (job->part != HAX_PART_RUN)
        return job->part == HAX_PART_IN;
    for (int k = j - 1; k >= 0; k--) /* the one before it in its instance */
        if (schedule->jobs[k].instance == job->instance)
            return schedule->jobs[k].part != HAX_PART_IN;
    return true;
}

/* Lets a job begin at a time of the round, if it can; true when that is better. */
static bool try_start(tuner *tuner, int j, double start_ms)
{
    const hax_schedule *schedule = NULL;
    if (tuner->walks-- <= 0 || start_ms < 0)
        return false;
    memcpy(tuner->jobs, tuner->best->jobs, (size_t) tuner->best->job_count * sizeof *tuner->jobs);
    tuner->jobs[j].after = -1;
    tuner->jobs[j].delay_ms = start_ms;
    if (hax_schedule_evaluate(tuner->problem, "haxconn", tuner->best->job_count, tuner->jobs,
                              &schedule, NULL))
        return false; /* the jobs wait for each other now */
    bool better =
        hax_objective_better(tuner->problem->objective, schedule->value, tuner->best->value);
    hax_schedule_destroy(better ? tuner->best : schedule);
    if (better)
        tuner->best = schedule;
    return better;
}

static bool sweep(tuner *tuner, double step_ms)
{
    bool gained = false;
    for (int j = 0; j < tuner->best->job_count; j++) {
        if (!begins_group(tuner->best, j))
            continue;
        double start_ms = tuner->best->jobs[j].start_ms;
        gained = try_start(tuner, j, start_ms + step_ms) ||
                 try_start(tuner, j, start_ms - step_ms) || gained;
    }
    return gained;
}

/* Waits counted from the start of the round become waits for ends of jobs. */
static hax_status name_waits(tuner *tuner, hax_error *err)
{
    const hax_schedule *schedule = tuner->best;
    hax_placement *placements = calloc((size_t) schedule->job_count, sizeof *placements);
    const hax_schedule *result = NULL;
    int count = 0;
    if (!placements)
        return hax_fail_memory(err, "a schedule");
    for (int j = 0; j < schedule->job_count; j++)
        if (begins_group(schedule, j))
            placements[count++] =
                (hax_placement){ schedule->jobs[j].instance, schedule->jobs[j].group,
                                 schedule->jobs[j].unit, schedule->jobs[j].start_ms };
    hax_status status = hax_schedule_from_placements(tuner->problem, schedule->name, count,
                                                     placements, &result, err);
    free(placements);
    if (status != HAX_OK)
        return status;
    bool worse = hax_objective_better(tuner->problem->objective, schedule->value, result->value);
    hax_schedule_destroy(worse ? result : tuner->best);
    if (!worse)
        tuner->best = result;
    return HAX_OK;
}

hax_status hax_schedule_tune_delays(const hax_problem *problem, const hax_schedule **schedule,
                                    hax_error *err)
{
    enum { HALVINGS = 10, SWEEPS_MOST = 4 };
    assert((*schedule)->job_count > 0);
    const double most = 2e7; /* jobs squared, over all walks: under a second */
    double jobs = (*schedule)->job_count, end_ms = hax_schedule_round_ms(*schedule);
    tuner context = { .problem = problem, .best = *schedule, .walks = most / (jobs * jobs) };
    if (!(context.jobs = calloc((size_t) (*schedule)->job_count, sizeof *context.jobs)))
        return hax_fail_memory(err, "a schedule");
    const double before = context.best->value;
    for (int halving = 0; halving < HALVINGS; halving++) {
        double step_ms = end_ms / 8 * pow(0.5, halving);
        for (int s = 0; s < SWEEPS_MOST && sweep(&context, step_ms); s++)
            ;
    }
    hax_status status = context.best->value == before ? HAX_OK : name_waits(&context, err);
    free(context.jobs);
    *schedule = context.best;
    return status;
}
