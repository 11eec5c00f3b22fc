/* The jobs of a row in a result document. */
#include "row_times.h"

#include <math.h>

#include "haxconn/schedule.h"
#include "json.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *beside(double predicted, const hax_summary *measured)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "predicted", number(predicted), "p25",
                     number(measured->p25), "median", number(measured->median), "p75",
                     number(measured->p75));
}

static json_t *job_json(const hax_result *result, const hax_timed_job *job)
{
    const hax_unit *units = result->profile->platform->units;
    json_t *object = json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "instance",
                               result->problem->instances[job->instance].name, "group", job->group,
                               "part", hax_part_name(job->part), "unit", units[job->unit].name,
                               "start_ms", beside(job->predicted_start_ms, &job->start), "ms",
                               beside(job->predicted_ms, &job->took));
    if (object && job->from_unit >= 0)
        hax_json_set(&object, "from", json_string(units[job->from_unit].name));
    if (object && job->first_group < 0) /* its time is in that of a later group */
        hax_json_set(&object, "first_group", json_null());
    else if (object && job->first_group < job->group)
        hax_json_set(&object, "first_group", json_integer(job->first_group));
    return object;
}

json_t *hax_timeline_jobs_json(const hax_result *result, const hax_timeline *timeline)
{
    json_t *jobs = json_array();
    for (int j = 0; jobs && j < timeline->job_count; j++)
        hax_json_append(&jobs, job_json(result, &timeline->jobs[j]));
    return jobs;
}

static json_t *causes_json(const hax_causes *causes)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "alone_ms", number(causes->alone_ms),
                     "contention_ms", number(causes->contention_ms), "entering_ms",
                     number(causes->entering_ms), "waiting_ms", number(causes->waiting_ms),
                     "barrier_ms", number(causes->barrier_ms));
}

json_t *hax_timeline_causes_json(const hax_result *result, const hax_timeline *timeline)
{
    json_t *list = json_array();
    for (int i = 0; list && i < result->problem->instance_count; i++)
        hax_json_append(&list, json_pack("{s:s, s:o, s:o}", "instance",
                                         result->problem->instances[i].name, "predicted",
                                         timeline->predicted ? causes_json(&timeline->predicted[i])
                                                             : json_null(),
                                         "measured", causes_json(&timeline->measured[i])));
    return list;
}
