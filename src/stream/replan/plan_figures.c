#include "plan_figures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "run.h"

/* ---- made ------------------------------------------------------------------------------------ */

static void number_networks(const hax_problem *problem, const hax_frame_source *sources,
                            hax_figures *figures, int *count)
{
    *count = 0;
    for (int n = 0; n < problem->instance_count; n++) {
        figures->instance[n] = -1;
        if (sources[n].release == HAX_NO_FRAMES)
            continue;
        figures->instance[n] = *count;
        figures->network[*count] = n;
        figures->sources[(*count)++] = sources[n];
    }
}

static hax_status keep_present(const hax_problem *problem, const hax_figures *figures,
                               hax_instance_spec *instances, int *after, int count, hax_error *err)
{
    for (int i = 0; i < count; i++) {
        const hax_instance_spec *from = &problem->instances[figures->network[i]];
        instances[i] = *from;
        instances[i].after = after;
        for (int a = 0; a < from->after_count; a++) {
            int before = figures->instance[from->after[a]];
            if (before < 0)
                return hax_fail(err, HAX_BAD_INPUT,
                                "'%.100s' takes its frames over from '%.100s', which has none: "
                                "remove the one with the other",
                                from->name, problem->instances[from->after[a]].name);
            *after++ = before;
        }
    }
    return HAX_OK;
}

hax_status hax_figures_make(const hax_problem *problem, const hax_frame_source *sources,
                            const double *factors, hax_figures *out, hax_error *err)
{
    double same[HAX_MAX_UNITS];
    hax_figures figures = { 0 };
    hax_problem present = *problem;
    int afters = 1, count;
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        same[u] = 1;
    number_networks(problem, sources, &figures, &count);
    if (count == 0)
        return hax_fail(err, HAX_BAD_INPUT, "no network has frames: there is nothing to plan");
    for (int n = 0; n < problem->instance_count; n++)
        afters += problem->instances[n].after_count;
    hax_instance_spec *instances = calloc((size_t) count, sizeof *instances);
    int *after = calloc((size_t) afters, sizeof *after);
    hax_status status = instances && after
                            ? keep_present(problem, &figures, instances, after, count, err)
                            : hax_fail_memory(err, "the figures of a stream");
    present.instance_count = count;
    present.instances = instances;
    present.owner = NULL;
    if (status == HAX_OK)
        status = hax_problem_scale(&present, factors ? factors : same, &figures.problem, err);
    free(instances);
    free(after);
    if (status == HAX_OK)
        *out = figures;
    return status;
}

void hax_figures_free(hax_figures *figures)
{
    hax_problem_destroy(figures->problem);
    figures->problem = NULL;
}

/* ---- schedules ------------------------------------------------------------------------------- */

hax_status hax_figures_plan(const hax_figures *figures, const hax_platform *platform,
                            const hax_schedule *schedule, hax_plan_job **jobs, int *count,
                            hax_error *err)
{
    const hax_schedule *checked = NULL;
    HAX_TRY(hax_schedule_evaluate(figures->problem, "stream", schedule->job_count, schedule->jobs,
                                  &checked, err));
    hax_status status =
        hax_plan_from_schedule(platform, figures->problem, checked, jobs, count, err);
    hax_schedule_destroy(checked);
    for (int j = 0; status == HAX_OK && j < *count; j++)
        (*jobs)[j].instance = figures->network[(*jobs)[j].instance];
    return status;
}

/* The jobs of networks that are still there. What waited for one that has gone waits no more. */
static int carry_jobs(const hax_figures *before, const hax_schedule *schedule,
                      const hax_figures *figures, hax_job *jobs, int *moved)
{
    int count = 0;
    for (int j = 0; j < schedule->job_count; j++)
        moved[j] = -1;
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *from = &schedule->jobs[j];
        int instance = figures->instance[before->network[from->instance]];
        if (instance < 0)
            continue;
        moved[j] = count;
        jobs[count] = *from;
        jobs[count].instance = instance;
        jobs[count].after = from->after < 0 ? -1 : moved[from->after];
        if (from->after >= 0 && jobs[count].after < 0)
            jobs[count].delay_ms = 0;
        count++;
    }
    return count;
}

hax_status hax_figures_carry_over(const hax_figures *before, const hax_schedule *schedule,
                                  const hax_figures *figures, const hax_schedule **carried,
                                  hax_error *err)
{
    *carried = NULL;
    for (int i = 0; i < figures->problem->instance_count; i++)
        if (before->instance[figures->network[i]] < 0)
            return HAX_OK;
    hax_job *jobs = calloc((size_t) schedule->job_count, sizeof *jobs);
    int *moved = calloc((size_t) schedule->job_count, sizeof *moved);
    hax_status status = jobs && moved ? HAX_OK : hax_fail_memory(err, "the schedule of a stream");
    if (status == HAX_OK)
        status = hax_schedule_evaluate(figures->problem, schedule->name,
                                       carry_jobs(before, schedule, figures, jobs, moved), jobs,
                                       carried, err);
    free(jobs);
    free(moved);
    return status;
}
