/* Plans: checked, and turned into jobs that know whom they wait for. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "shared.h"

bool hax_units_share_cpu(const hax_unit *a, const hax_unit *b)
{
    for (int i = 0; i < a->cpu_count; i++)
        for (int j = 0; j < b->cpu_count; j++)
            if (a->cpus[i] == b->cpus[j])
                return true;
    return false;
}

/* What is handed over crosses a cut, and has a unit on the other side. */
static hax_status check_crossing(const hax_plan_job *job, int index, int unit_count,
                                 int group_count, hax_error *err)
{
    if (job->part == HAX_PART_RUN)
        return HAX_OK;
    int peer = job->part == HAX_PART_IN ? job->from_unit : job->to_unit;
    if (peer < 0 || peer >= unit_count)
        return hax_fail(err, HAX_BAD_INPUT, "job %d: unit %d on the other side, of %d", index, peer,
                        unit_count);
    if (job->part == HAX_PART_IN && job->group == 0)
        return hax_fail(err, HAX_BAD_INPUT, "job %d: nothing is taken in before the first group",
                        index);
    if (job->part == HAX_PART_OUT && job->group + 1 == group_count)
        return hax_fail(err, HAX_BAD_INPUT, "job %d: nothing is given out behind the last group",
                        index);
    return HAX_OK;
}

static hax_status check_job(const hax_session *session, const hax_plan *plan, int index,
                            hax_error *err)
{
    const hax_plan_job *job = &plan->jobs[index];
    const hax_platform *platform = session->config.platform;
    if (job->unit < 0 || job->unit >= platform->unit_count || job->instance < 0 ||
        job->instance >= session->config.instance_count)
        return hax_fail(err, HAX_BAD_INPUT,
                        "job %d names a unit or an instance that does not exist", index);
    const hax_session_instance *instance = &session->instances[job->instance];
    if (job->group < 0 || job->group >= instance->grouping->count)
        return hax_fail(err, HAX_BAD_INPUT, "job %d: %s has no group %d", index, instance->name,
                        job->group);
    HAX_TRY(check_crossing(job, index, platform->unit_count, instance->grouping->count, err));
    if (job->after >= index || job->after < -1)
        return hax_fail(err, HAX_BAD_INPUT,
                        "job %d waits for job %d: it can only for an earlier one", index,
                        job->after);
    if (!(job->delay_ms >= 0 && job->delay_ms <= HAX_SESSION_MS_MAX))
        return hax_fail(err, HAX_BAD_INPUT,
                        "job %d has a delay of %g ms: 0 to %g can be waited for", index,
                        job->delay_ms, (double) HAX_SESSION_MS_MAX);
    return HAX_OK;
}

hax_status hax_plan_check(const hax_session *session, const hax_plan *plan, hax_error *err)
{
    int limit = 0;
    for (int i = 0; i < session->config.instance_count; i++)
        limit += 3 * session->instances[i].grouping->count;
    if (plan->job_count < 1 || plan->job_count > limit)
        return hax_fail(err, HAX_BAD_INPUT, "a plan of %d jobs; this session takes 1 to %d",
                        plan->job_count, limit);
    for (int j = 0; j < plan->job_count; j++)
        HAX_TRY(check_job(session, plan, j, err));
    return HAX_OK;
}

static void add_dependency(hax_session *session, hax_shared_job *job, int on, int *used)
{
    assert(on < job - session->jobs); /* an earlier job: no circle can close */
    if (on < 0 || session->jobs[on].unit == job->unit)
        return; /* a unit's own jobs run one after the other anyway */
    for (int d = 0; d < job->dependency_count; d++)
        if (session->dependencies[job->dependency_first + d] == on)
            return;
    session->dependencies[(*used)++] = on;
    job->dependency_count++;
}

static void fill_job(const hax_session *session, hax_shared_job *job, const hax_plan_job *from)
{
    const hax_unit *units = session->config.platform->units;
    assert(from->unit >= 0 && from->unit < session->config.platform->unit_count);
    assert(from->instance >= 0 && from->instance < session->config.instance_count);
    assert(from->delay_ms >= 0 && from->delay_ms <= HAX_SESSION_MS_MAX);
    hax_doorbell_reset(&job->done);
    hax_doorbell_reset(&job->submitted);
    job->unit = from->unit;
    job->instance = from->instance;
    job->group = from->group;
    job->part = from->part;
    job->peer_kind = from->part == HAX_PART_IN    ? units[from->from_unit].kind
                     : from->part == HAX_PART_OUT ? units[from->to_unit].kind
                                                  : -1;
    job->next = -1;
    job->dependency_count = 0;
    job->after = from->after;
    job->delay_ns = (int64_t) llround(from->delay_ms * 1e6);
    job->start_ns = job->end_ns = 0;
}

static int last_before(const hax_session *session, int job, int instance)
{
    assert(instance >= 0 && instance < session->config.instance_count);
    for (int before = job - 1; before >= 0; before--)
        if (session->jobs[before].instance == instance)
            return before;
    return -1;
}

/* The job before in its instance, or the ends of those that the instance comes after. */
static void add_instances(hax_session *session, int j, int *used)
{
    hax_shared_job *job = &session->jobs[j];
    const hax_session_instance *instance = &session->instances[job->instance];
    int before = last_before(session, j, job->instance);
    add_dependency(session, job, before, used);
    for (int a = 0; before < 0 && a < instance->after_count; a++)
        add_dependency(session, job, last_before(session, j, instance->after[a]), used);
}

#ifndef NDEBUG
/* Does every job stand in its unit's chain once, in the order of the plan, and wait for earlier
 * ones of other units only? Then some job can always go on. */
static bool can_be_executed(const hax_session *session, int job_count, const int *first)
{
    int chained = 0;
    for (int u = 0; u < session->config.platform->unit_count; u++)
        for (int j = first[u]; j >= 0; j = session->jobs[j].next, chained++)
            if (session->jobs[j].unit != u ||
                (session->jobs[j].next >= 0 && session->jobs[j].next <= j))
                return false;
    for (int j = 0; j < job_count; j++) {
        const hax_shared_job *job = &session->jobs[j];
        for (int d = 0; d < job->dependency_count; d++) {
            int on = session->dependencies[job->dependency_first + d];
            if (on < 0 || on >= j || session->jobs[on].unit == job->unit)
                return false;
        }
    }
    return chained == job_count;
}
#endif

void hax_plan_compile(hax_session *session, const hax_plan *plan, int *first)
{
    const hax_platform *platform = session->config.platform;
    int last_of_unit[HAX_MAX_UNITS], last_on_resource[HAX_MAX_RESOURCES];
    int used = 0;
    assert(plan->job_count <= session->job_max);
    assert(platform->resource_count <= HAX_MAX_RESOURCES);
    memset(first, -1, HAX_MAX_UNITS * sizeof *first);
    memset(last_of_unit, -1, sizeof last_of_unit);
    memset(last_on_resource, -1, sizeof last_on_resource);
    for (int j = 0; j < plan->job_count; j++) {
        hax_shared_job *job = &session->jobs[j];
        fill_job(session, job, &plan->jobs[j]);
        job->dependency_first = used;
        uint32_t resources = platform->units[job->unit].resources;
        for (int r = 0; r < platform->resource_count; r++) {
            if (!(resources >> r & 1))
                continue;
            add_dependency(session, job, last_on_resource[r], &used);
            last_on_resource[r] = j;
        }
        add_instances(session, j, &used);
        add_dependency(session, job, job->after, &used);
        assert(used == job->dependency_first + job->dependency_count);
        int *link = last_of_unit[job->unit] < 0 ? &first[job->unit]
                                                : &session->jobs[last_of_unit[job->unit]].next;
        *link = j;
        last_of_unit[job->unit] = j;
    }
    assert(used <=
           session->job_max * (platform->resource_count + 2 + session->config.instance_count));
    assert(can_be_executed(session, plan->job_count, first));
}
