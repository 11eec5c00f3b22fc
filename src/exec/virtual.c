/*
 * Plans on a virtual clock: units that take the time their law says, slowed by what the
 * others demand. Shares no code with the scheduler's evaluator, so that the one can be
 * held against the other.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared.h"

typedef struct virtual_job {
    double alone_ms;
    double gbps;
    double own_gbps; /* where its slowdown stands, by the caller's clock */
    double full_ms;  /* of all its work at the present rate */
    double left;     /* share of the work not done yet */
    double start_ms; /* NAN: not started */
    double end_ms;   /* NAN: not ended */
} virtual_job;

typedef struct virtual_round {
    hax_session *session;
    const hax_plan *plan;
    const hax_press *press; /* NULL: none */
    virtual_job *jobs;
    double now_ms;
} virtual_round;

static const hax_law *law_of(const hax_session *session, int unit)
{
    const hax_platform *platform = session->config.platform;
    return &platform->kinds[platform->units[unit].kind].law;
}

/* Was the network on another unit of the job's kind before? */
static bool enters(const virtual_round *round, int j)
{
    const hax_unit *units = round->session->config.platform->units;
    const hax_plan_job *job = &round->plan->jobs[j];
    if (job->part != HAX_PART_RUN)
        return false;
    for (int before = j - 1; before >= 0; before--) {
        const hax_plan_job *other = &round->plan->jobs[before];
        if (other->instance == job->instance && other->part == HAX_PART_RUN)
            return other->unit != job->unit && units[other->unit].kind == units[job->unit].kind;
    }
    return false;
}

/* Time alone and demand by the unit's law; moving a tensor is work without arithmetic. */
static hax_virtual_cost cost_by_law(const hax_session *session, const hax_plan_job *job,
                                    bool enters)
{
    const hax_group *group = &session->instances[job->instance].grouping->groups[job->group];
    const hax_law *law = law_of(session, job->unit);
    assert(job->part != HAX_PART_IN || job->group > 0);
    double bytes = job->part == HAX_PART_RUN
                       ? (double) (group->weight_bytes + group->input_bytes + group->output_bytes)
                   : job->part == HAX_PART_OUT ? (double) group->output_bytes
                                               : (double) group[-1].output_bytes;
    double macs = job->part == HAX_PART_RUN ? (double) group->macs : 0;
    double ms = law->overhead_ms;
    if (law->gmac_per_s > 0)
        ms += macs / law->gmac_per_s * 1e-6;
    if (law->gbps > 0)
        ms += bytes / law->gbps * 1e-6;
    if (enters)
        ms += law->enter_ms;
    return (hax_virtual_cost){ .alone_ms = ms, .gbps = ms > 0 ? bytes / ms * 1e-6 : 0 };
}

hax_virtual_cost hax_virtual_cost_of(const hax_session *session, const hax_plan_job *job,
                                     bool enters)
{
    const hax_session_clock *clock = session->config.clock;
    const hax_virtual_cost cost =
        clock ? clock->cost(clock->context, job) : cost_by_law(session, job, enters);
    assert(cost.alone_ms >= 0 && cost.gbps >= 0);
    return cost;
}

static void prepare(const virtual_round *round, int j)
{
    const hax_virtual_cost cost =
        hax_virtual_cost_of(round->session, &round->plan->jobs[j], enters(round, j));
    round->jobs[j] = (virtual_job){ .alone_ms = cost.alone_ms,
                                    .gbps = cost.gbps,
                                    .own_gbps = cost.own_gbps,
                                    .left = 1,
                                    .start_ms = NAN,
                                    .end_ms = NAN };
}

static bool comes_after(const virtual_round *round, int instance, int other)
{
    const hax_session_instance *session_instance = &round->session->instances[instance];
    for (int a = 0; a < session_instance->after_count; a++)
        if (session_instance->after[a] == other)
            return true;
    return false;
}

/* Must `b` wait for the earlier job `a`? */
static bool ordered(const virtual_round *round, int a, int b)
{
    const hax_unit *units = round->session->config.platform->units;
    const hax_plan_job *first = &round->plan->jobs[a], *second = &round->plan->jobs[b];
    return first->instance == second->instance || second->after == a ||
           first->unit == second->unit || comes_after(round, second->instance, first->instance) ||
           (units[first->unit].resources & units[second->unit].resources) != 0;
}

/* When job j could start by what has ended so far; INFINITY while it is held up. */
static double earliest_ms(const virtual_round *round, int j)
{
    const hax_plan_job *job = &round->plan->jobs[j];
    double from_ms = job->delay_ms + (job->after < 0 && round->press ? round->press->ms : 0);
    for (int before = 0; before < j; before++) {
        const virtual_job *other = &round->jobs[before];
        if (!ordered(round, before, j))
            continue;
        if (isnan(other->end_ms))
            return INFINITY;
        double ready_ms = other->end_ms + (job->after == before ? job->delay_ms : 0);
        from_ms = fmax(from_ms, ready_ms);
    }
    assert(from_ms >= 0);
    return from_ms;
}

static bool running(const virtual_job *job)
{
    return !isnan(job->start_ms) && isnan(job->end_ms);
}

/* What a unit's traffic reaches alone; 0 when it makes none. */
static double traffic_gbps(const virtual_round *round, int unit)
{
    const double step_ns = 1, unlimited_gbps = 30; /* of a unit whose law has no bandwidth */
    if (!round->press || round->press->traffic[unit].work < 0)
        return 0;
    const hax_platform *platform = round->session->config.platform;
    double law_gbps = platform->kinds[platform->units[unit].kind].law.gbps;
    double chunk_ns = HAX_TRAFFIC_CHUNK / (law_gbps > 0 ? law_gbps : unlimited_gbps) +
                      step_ns * round->press->traffic[unit].work;
    return HAX_TRAFFIC_CHUNK / chunk_ns;
}

/* What all but job `job` and the traffic of `unit` demand now (-1: none is left out). */
static double external_gbps(const virtual_round *round, int job, int unit)
{
    double sum_gbps = 0;
    for (int other = 0; other < round->plan->job_count; other++)
        if (other != job && running(&round->jobs[other]))
            sum_gbps += round->jobs[other].gbps;
    for (int u = 0; u < round->session->config.platform->unit_count; u++)
        if (u != unit)
            sum_gbps += traffic_gbps(round, u);
    return sum_gbps;
}

double hax_virtual_slowdown(const hax_session *session, int unit, double own_gbps,
                            double external_gbps)
{
    const hax_session_clock *clock = session->config.clock;
    if (clock)
        return clock->slowdown(clock->context, unit, own_gbps, external_gbps);
    return 1 + law_of(session, unit)->slowdown_per_gbps * external_gbps;
}

static double slowdown(const virtual_round *round, int j)
{
    return hax_virtual_slowdown(round->session, round->plan->jobs[j].unit, round->jobs[j].own_gbps,
                                external_gbps(round, j, -1));
}

static hax_status log_traffic(hax_virtual_traffic *log, double ms, double bytes, hax_error *err)
{
    if (log->count == log->capacity) {
        int capacity = log->capacity ? 2 * log->capacity : 16;
        int64_t *ns = realloc(log->ns, (size_t) capacity * sizeof *ns);
        log->ns = ns ? ns : log->ns;
        double *moved = realloc(log->bytes, (size_t) capacity * sizeof *moved);
        log->bytes = moved ? moved : log->bytes;
        if (!ns || !moved)
            return hax_fail_memory(err, "simulated traffic");
        log->capacity = capacity;
    }
    assert(log->count < log->capacity && bytes >= 0);
    assert(log->count == 0 || bytes >= log->bytes[log->count - 1]);
    log->ns[log->count] = llround(ms * 1e6);
    log->bytes[log->count++] = bytes;
    return HAX_OK;
}

/* Traffic until `to_ms`, at rates that are constant until then. */
static hax_status move_traffic(const virtual_round *round, double to_ms, hax_error *err)
{
    const hax_platform *platform = round->session->config.platform;
    for (int u = 0; u < platform->unit_count; u++) {
        hax_virtual_traffic *log = &round->session->traffic[u];
        double alone_gbps = traffic_gbps(round, u);
        if (alone_gbps == 0)
            continue;
        const hax_law *law = &platform->kinds[platform->units[u].kind].law;
        double rate = alone_gbps / (1 + law->slowdown_per_gbps * external_gbps(round, -1, u));
        double before = log->count > 0 ? log->bytes[log->count - 1] : 0;
        HAX_TRY(log_traffic(log, to_ms, before + rate * 1e6 * (to_ms - round->now_ms), err));
    }
    return HAX_OK;
}

double hax_virtual_moved(const hax_session *session, int unit, int64_t ns)
{
    const hax_virtual_traffic *log = &session->traffic[unit];
    int64_t before_ns = 0;
    double before = 0;
    for (int i = 0; i < log->count; i++) {
        assert(before_ns <= log->ns[i]);
        if (ns < log->ns[i])
            return before + (log->bytes[i] - before) * (double) (ns - before_ns) /
                                (double) (log->ns[i] - before_ns);
        before_ns = log->ns[i];
        before = log->bytes[i];
    }
    return before;
}

void hax_virtual_forget(hax_session *session)
{
    for (int u = 0; u < HAX_MAX_UNITS; u++) {
        free(session->traffic[u].ns);
        free(session->traffic[u].bytes);
        session->traffic[u] = (hax_virtual_traffic){ 0 };
    }
}

/* The next moment at which something starts or ends. */
static double next_event_ms(const virtual_round *round)
{
    double next_ms = INFINITY;
    for (int j = 0; j < round->plan->job_count; j++) {
        const virtual_job *job = &round->jobs[j];
        if (running(job))
            next_ms = fmin(next_ms, round->now_ms + job->left * job->alone_ms * slowdown(round, j));
        else if (isnan(job->start_ms))
            next_ms = fmin(next_ms, fmax(earliest_ms(round, j), round->now_ms));
    }
    return next_ms;
}

/* Work done until `to_ms`, at rates that are constant until then. */
static void advance(virtual_round *round, double to_ms)
{
    /* beyond what adding a short job to a late clock can lose: less would never end */
    const double exhausted = 1e-9;
    double span_ms = to_ms - round->now_ms;
    assert(span_ms >= 0);
    for (int j = 0; j < round->plan->job_count; j++)
        if (running(&round->jobs[j]))
            round->jobs[j].full_ms = round->jobs[j].alone_ms * slowdown(round, j);
    round->now_ms = to_ms;
    for (int j = 0; j < round->plan->job_count; j++) {
        virtual_job *job = &round->jobs[j];
        if (!running(job))
            continue;
        assert(job->full_ms >= 0 && job->left > exhausted && job->left <= 1);
        job->left = job->full_ms > 0 ? job->left - span_ms / job->full_ms : 0;
        if (job->left <= exhausted)
            job->end_ms = to_ms;
    }
}

static bool start_ready(virtual_round *round)
{
    bool any = false;
    for (int j = 0; j < round->plan->job_count; j++) {
        virtual_job *job = &round->jobs[j];
        if (!isnan(job->start_ms) || earliest_ms(round, j) > round->now_ms)
            continue;
        job->start_ms = round->now_ms;
        any = true;
    }
    return any;
}

static hax_status walk(virtual_round *round, hax_error *err)
{
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        round->session->traffic[u].count = 0;
    if (round->plan->job_count == 0)
        return move_traffic(round, round->press->ms, err);
    for (int j = 0; j < round->plan->job_count; j++)
        prepare(round, j);
    start_ready(round);
    for (double next_ms; (next_ms = next_event_ms(round)) < INFINITY;) {
        HAX_TRY(move_traffic(round, next_ms, err));
        advance(round, next_ms);
        start_ready(round);
    }
    return HAX_OK;
}

hax_status hax_virtual_execute(hax_session *session, const hax_plan *plan, const hax_press *press,
                               hax_stamp *stamps, hax_error *err)
{
    virtual_round round = { .session = session, .plan = plan, .press = press };
    round.jobs = calloc((size_t) plan->job_count + 1, sizeof *round.jobs);
    if (!round.jobs)
        return hax_fail_memory(err, "a simulated round");
    hax_status status = walk(&round, err);
    for (int j = 0; j < plan->job_count && status == HAX_OK; j++) {
        assert(!isnan(round.jobs[j].end_ms)); /* a job waits for earlier ones only */
        assert(0 <= round.jobs[j].start_ms && round.jobs[j].start_ms <= round.jobs[j].end_ms);
        stamps[j].start_ns = llround(round.jobs[j].start_ms * 1e6);
        stamps[j].end_ns = llround(round.jobs[j].end_ms * 1e6);
    }
    free(round.jobs);
    return status;
}
