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

/* Streams beside each other share a unit as it pleases the hardware: nothing else can be beside. */
static hax_status check_stream(const hax_session *session, const hax_plan *plan, int index,
                               hax_error *err)
{
    const hax_plan_job *job = &plan->jobs[index];
    const hax_platform *platform = session->config.platform;
    const hax_unit *unit = &platform->units[job->unit];
    if (job->stream == 0 && job->priority == 0)
        return HAX_OK;
    if (platform->simulated || !session->control->kinds[unit->kind].takes_batches)
        return hax_fail(err, HAX_BAD_INPUT, "job %d: unit '%s' has no streams beside each other",
                        index, unit->name);
    for (int j = 0; j < plan->job_count; j++)
        if (plan->jobs[j].unit != job->unit)
            return hax_fail(err, HAX_BAD_INPUT,
                            "job %d is in a stream beside others of unit '%s', and job %d on "
                            "another unit",
                            index, unit->name, j);
    return HAX_OK;
}

int hax_plan_limit(const hax_session *session)
{
    int limit = 0;
    for (int i = 0; i < session->config.instance_count; i++)
        limit += 3 * session->instances[i].grouping->count;
    return limit > session->config.plan_jobs ? limit : session->config.plan_jobs;
}

hax_status hax_plan_check(const hax_session *session, const hax_plan *plan, hax_error *err)
{
    int limit = hax_plan_limit(session);
    if (plan->job_count < 1 || plan->job_count > limit)
        return hax_fail(err, HAX_BAD_INPUT, "a plan of %d jobs; this session takes 1 to %d",
                        plan->job_count, limit);
    for (int j = 0; j < plan->job_count; j++)
        HAX_TRY(check_job(session, plan, j, err));
    for (int j = 0; j < plan->job_count; j++)
        HAX_TRY(check_stream(session, plan, j, err));
    return HAX_OK;
}

/* Jobs in one queue run one after the other anyway. */
static bool same_queue(const hax_shared_job *a, const hax_shared_job *b)
{
    return a->unit == b->unit && a->stream == b->stream;
}

static void add_dependency(hax_session *session, hax_shared_job *job, int on, int *used)
{
    assert(on < job - session->jobs); /* an earlier job: no circle can close */
    if (on < 0 || same_queue(&session->jobs[on], job))
        return;
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
    job->stream = from->stream;
    job->priority = from->priority;
    job->instance = from->instance;
    job->group = from->group;
    job->part = from->part;
    job->peer_kind = from->part == HAX_PART_IN    ? units[from->from_unit].kind
                     : from->part == HAX_PART_OUT ? units[from->to_unit].kind
                                                  : -1;
    job->next = job->batch = job->batch_first = -1;
    job->batch_index = 0;
    job->untimed = false;
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
/* Does every job stand in one thread's chain, in the order of the plan, and wait for earlier ones
 * of other queues only? Then some job can always go on. */
static bool can_be_executed(const hax_session *session, int job_count, const int *first)
{
    int chained = 0;
    for (int u = 0; u < session->config.platform->unit_count; u++)
        for (int j = first[u]; j >= 0; j = session->jobs[j].next, chained++)
            if (session->jobs[j].next >= 0 && session->jobs[j].next <= j)
                return false;
    for (int j = 0; j < job_count; j++) {
        const hax_shared_job *job = &session->jobs[j];
        for (int d = 0; d < job->dependency_count; d++) {
            int on = session->dependencies[job->dependency_first + d];
            if (on < 0 || on >= j || same_queue(&session->jobs[on], job))
                return false;
        }
    }
    return chained == job_count;
}
#endif

/* ---- batches --------------------------------------------------------------------------------- */

static bool is_for_batch(const hax_session *session, const hax_shared_job *job)
{
    int kind = session->config.platform->units[job->unit].kind;
    return session->control->kinds[kind].takes_batches && job->part == HAX_PART_RUN;
}

static int kind_of(const hax_session *session, int job)
{
    return session->config.platform->units[session->jobs[job].unit].kind;
}

/* Is what a job waits for, the one before it on its unit included, in the batch of its kind that
 * begins with the round? */
static bool begins_with_round(const hax_session *session, int j, int before)
{
    const hax_shared_job *job = &session->jobs[j];
    int kind = kind_of(session, j);
    if (before >= 0 && session->jobs[before].batch != kind)
        return false;
    for (int d = 0; d < job->dependency_count; d++)
        if (session->jobs[session->dependencies[job->dependency_first + d]].batch != kind)
            return false;
    return true;
}

/* Can a job go on in the batch of the one before it, since it waits for nothing outside, and for no
 * time but behind a job in there? */
static bool goes_on(const hax_session *session, int j, int before)
{
    const hax_shared_job *job = &session->jobs[j];
    if (before < 0 || session->jobs[before].batch < session->config.platform->kind_count)
        return false;
    if (job->delay_ns != 0 &&
        (job->after < 0 || session->jobs[job->after].batch != session->jobs[before].batch))
        return false;
    for (int d = 0; d < job->dependency_count; d++)
        if (session->jobs[session->dependencies[job->dependency_first + d]].batch !=
            session->jobs[before].batch)
            return false;
    return true;
}

static void join_batch(hax_session *session, int j, int batch)
{
    hax_shared_job *job = &session->jobs[j];
    job->batch = batch;
    job->batch_first = j;
    for (int other = j - 1; other >= 0; other--) {
        if (session->jobs[other].batch != batch)
            continue;
        job->batch_first = session->jobs[other].batch_first;
        job->batch_index = session->jobs[other].batch_index + 1;
        return;
    }
}

/* True: the whole plan is one batch. */
static bool make_batches(hax_session *session, int job_count)
{
    int last_of_unit[HAX_MAX_UNITS], next = session->config.platform->kind_count;
    bool whole = true;
    memset(last_of_unit, -1, sizeof last_of_unit);
    for (int j = 0; j < job_count; j++) {
        hax_shared_job *job = &session->jobs[j];
        int before = last_of_unit[job->unit];
        last_of_unit[job->unit] = j;
        if (is_for_batch(session, job)) {
            if (begins_with_round(session, j, before))
                join_batch(session, j, kind_of(session, j));
            else if (goes_on(session, j, before))
                join_batch(session, j, session->jobs[before].batch);
            else if (job->delay_ns == 0)
                join_batch(session, j, next++);
        }
        whole = whole && job->batch >= 0 && job->batch == session->jobs[0].batch;
    }
    return whole;
}

/* Takes no times where nobody waits for them. */
static void leave_untimed(hax_session *session, int job_count)
{
    for (int j = 0; j < job_count; j++)
        session->jobs[j].untimed = session->jobs[j].batch >= 0;
    for (int j = 0; j < job_count; j++) {
        hax_shared_job *job = &session->jobs[j];
        bool last_of_instance = true, last_of_queue = true;
        for (int other = j + 1; other < job_count; other++) {
            const hax_shared_job *next = &session->jobs[other];
            last_of_instance = last_of_instance && next->instance != job->instance;
            last_of_queue = last_of_queue && !(next->batch == job->batch && same_queue(next, job));
        }
        if (last_of_instance || last_of_queue)
            job->untimed = false;
        if (job->delay_ns != 0 && job->after >= 0)
            session->jobs[job->after].untimed = false;
        for (int d = 0; d < job->dependency_count; d++) {
            hax_shared_job *on = &session->jobs[session->dependencies[job->dependency_first + d]];
            if (on->batch != job->batch)
                on->untimed = false;
        }
    }
}

/* All jobs are for the thread of the first one's unit, in their order. */
static void chain_whole(hax_session *session, int job_count, int *first)
{
    memset(first, -1, HAX_MAX_UNITS * sizeof *first);
    first[session->jobs[0].unit] = 0;
    for (int j = 0; j < job_count; j++)
        session->jobs[j].next = j + 1 < job_count ? j + 1 : -1;
}

static void chain_units(hax_session *session, int job_count, int *first)
{
    int last_of_unit[HAX_MAX_UNITS];
    memset(first, -1, HAX_MAX_UNITS * sizeof *first);
    memset(last_of_unit, -1, sizeof last_of_unit);
    for (int j = 0; j < job_count; j++) {
        int *last = &last_of_unit[session->jobs[j].unit];
        if (*last < 0)
            first[session->jobs[j].unit] = j;
        else
            session->jobs[*last].next = j;
        *last = j;
    }
}

/* A unit's streams share its resources. */
static void add_resources(hax_session *session, int j, int *last_on_resource, int *used)
{
    const hax_platform *platform = session->config.platform;
    hax_shared_job *job = &session->jobs[j];
    uint32_t resources = platform->units[job->unit].resources;
    for (int r = 0; r < platform->resource_count; r++) {
        int last = last_on_resource[r];
        if (!(resources >> r & 1))
            continue;
        if (last >= 0 && session->jobs[last].unit != job->unit)
            add_dependency(session, job, last, used);
        last_on_resource[r] = j;
    }
}

bool hax_plan_compile(hax_session *session, const hax_plan *plan, int *first)
{
    int last_on_resource[HAX_MAX_RESOURCES];
    int used = 0;
    assert(plan->job_count > 0 || plan->jobs == NULL);
    assert(plan->job_count <= session->job_max);
    assert(session->config.platform->resource_count <= HAX_MAX_RESOURCES);
    memset(last_on_resource, -1, sizeof last_on_resource);
    for (int j = 0; j < plan->job_count; j++) {
        hax_shared_job *job = &session->jobs[j];
        fill_job(session, job, &plan->jobs[j]);
        job->dependency_first = used;
        add_resources(session, j, last_on_resource, &used);
        add_instances(session, j, &used);
        add_dependency(session, job, job->after, &used);
        assert(used == job->dependency_first + job->dependency_count);
    }
    assert(used <= session->job_max * (session->config.platform->resource_count + 2 +
                                       session->config.instance_count));
    session->control->job_count = plan->job_count;
    bool whole = plan->job_count > 0 && make_batches(session, plan->job_count);
    if (plan->untimed)
        leave_untimed(session, plan->job_count);
    if (whole)
        chain_whole(session, plan->job_count, first);
    else
        chain_units(session, plan->job_count, first);
    assert(can_be_executed(session, plan->job_count, first));
    return whole;
}

void hax_plan_load(hax_session *session, int first, const hax_plan *plan, const int *next)
{
    const int end = first + plan->job_count;
    assert(plan->job_count > 0 && first >= 0 && end <= session->job_max);
    for (int j = first; j < end; j++) {
        fill_job(session, &session->jobs[j], &plan->jobs[j - first]);
        session->jobs[j].dependency_first = 0;
        session->jobs[j].after = -1;
        session->jobs[j].delay_ns = 0;
        session->jobs[j].next = next[j];
        assert(next[j] < 0 || (next[j] > j && next[j] < end &&
                               plan->jobs[next[j] - first].unit == plan->jobs[j - first].unit));
    }
    session->control->job_count = session->job_max;
}
