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
    int first;       /* of its predecessors */
    int count;
    int next; /* on its unit; -1: none */
} virtual_job;

typedef struct virtual_round {
    hax_session *session;
    const hax_plan *plan;
    const hax_press *press; /* NULL: none */
    virtual_job *jobs;
    int *predecessors; /* of all jobs, those of one job beside each other */
    int predecessor_count;
    int waiting[HAX_MAX_UNITS]; /* by unit: the first job that has not started; -1: none */
    int running[HAX_MAX_UNITS]; /* in the order of the plan */
    int running_count;
    double now_ms;
} virtual_round;

/* The latest job of each instance and unit among those looked at; -1: none. */
typedef struct latest_jobs {
    int of_instance[HAX_MAX_INSTANCES];
    int run_of_instance[HAX_MAX_INSTANCES]; /* what is neither IN nor OUT */
    int on_unit[HAX_MAX_UNITS];
} latest_jobs;

static const hax_law *law_of(const hax_session *session, int unit)
{
    const hax_platform *platform = session->config.platform;
    return &platform->kinds[platform->units[unit].kind].law;
}

/* Was the network on another unit of the job's kind before? */
static bool enters(const virtual_round *round, int j, const latest_jobs *latest)
{
    const hax_unit *units = round->session->config.platform->units;
    const hax_plan_job *job = &round->plan->jobs[j];
    int before = latest->run_of_instance[job->instance];
    if (job->part != HAX_PART_RUN || before < 0)
        return false;
    int from = round->plan->jobs[before].unit;
    return from != job->unit && units[from].kind == units[job->unit].kind;
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

static void prepare_times(const virtual_round *round, int j, const latest_jobs *latest)
{
    const hax_virtual_cost cost =
        hax_virtual_cost_of(round->session, &round->plan->jobs[j], enters(round, j, latest));
    round->jobs[j] = (virtual_job){ .alone_ms = cost.alone_ms,
                                    .gbps = cost.gbps,
                                    .own_gbps = cost.own_gbps,
                                    .left = 1,
                                    .start_ms = NAN,
                                    .end_ms = NAN };
}

static void add_predecessor(virtual_round *round, int j, int before)
{
    assert(before < j);
    if (before < 0)
        return;
    round->predecessors[round->predecessor_count++] = before;
    round->jobs[j].count++;
}

/* A job waits for all earlier ones of its instance, of instances that this one comes after, and of
 * units that share a resource with its own. Each of these lists waits within itself: the latest of
 * each is enough. */
static void prepare_order(virtual_round *round, int j, const latest_jobs *latest)
{
    const hax_platform *platform = round->session->config.platform;
    const hax_plan_job *job = &round->plan->jobs[j];
    const hax_session_instance *instance = &round->session->instances[job->instance];
    round->jobs[j].first = round->predecessor_count;
    add_predecessor(round, j, job->after);
    add_predecessor(round, j, latest->of_instance[job->instance]);
    for (int a = 0; a < instance->after_count; a++)
        add_predecessor(round, j, latest->of_instance[instance->after[a]]);
    for (int u = 0; u < platform->unit_count; u++)
        if (u == job->unit ||
            (platform->units[u].resources & platform->units[job->unit].resources) != 0)
            add_predecessor(round, j, latest->on_unit[u]);
}

static hax_status prepare(virtual_round *round, hax_error *err)
{
    const hax_plan *plan = round->plan;
    size_t most = 0; /* predecessors */
    for (int j = 0; j < plan->job_count; j++)
        most += (size_t) (2 + round->session->instances[plan->jobs[j].instance].after_count +
                          round->session->config.platform->unit_count);
    round->predecessors = malloc((most + 1) * sizeof *round->predecessors);
    if (!round->predecessors)
        return hax_fail_memory(err, "a simulated round");
    latest_jobs latest;
    memset(&latest, -1, sizeof latest);
    memset(round->waiting, -1, sizeof round->waiting);
    for (int j = 0; j < plan->job_count; j++) {
        const hax_plan_job *job = &plan->jobs[j];
        prepare_times(round, j, &latest);
        prepare_order(round, j, &latest);
        round->jobs[j].next = -1;
        int *follows = latest.on_unit[job->unit] < 0 ? &round->waiting[job->unit]
                                                     : &round->jobs[latest.on_unit[job->unit]].next;
        *follows = j;
        latest.on_unit[job->unit] = latest.of_instance[job->instance] = j;
        if (job->part == HAX_PART_RUN)
            latest.run_of_instance[job->instance] = j;
    }
    assert((size_t) round->predecessor_count <= most);
    return HAX_OK;
}

/* When job j could start by what has ended so far; INFINITY while it is held up. */
static double earliest_ms(const virtual_round *round, int j)
{
    const hax_plan_job *job = &round->plan->jobs[j];
    double from_ms = job->delay_ms + (job->after < 0 && round->press ? round->press->ms : 0);
    for (int p = 0; p < round->jobs[j].count; p++) {
        int before = round->predecessors[round->jobs[j].first + p];
        const virtual_job *other = &round->jobs[before];
        if (isnan(other->end_ms))
            return INFINITY;
        double ready_ms = other->end_ms + (job->after == before ? job->delay_ms : 0);
        from_ms = fmax(from_ms, ready_ms);
    }
    assert(from_ms >= 0);
    return from_ms;
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
    for (int r = 0; r < round->running_count; r++)
        if (round->running[r] != job)
            sum_gbps += round->jobs[round->running[r]].gbps;
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
    for (int r = 0; r < round->running_count; r++) {
        const virtual_job *job = &round->jobs[round->running[r]];
        double full_ms = job->alone_ms * slowdown(round, round->running[r]);
        next_ms = fmin(next_ms, round->now_ms + job->left * full_ms);
    }
    for (int u = 0; u < round->session->config.platform->unit_count; u++)
        if (round->waiting[u] >= 0)
            next_ms = fmin(next_ms, fmax(earliest_ms(round, round->waiting[u]), round->now_ms));
    return next_ms;
}

/* Work done until `to_ms`, at rates that are constant until then. */
static void advance(virtual_round *round, double to_ms)
{
    /* beyond what adding a short job to a late clock can lose: less would never end */
    const double exhausted = 1e-9;
    double span_ms = to_ms - round->now_ms;
    assert(span_ms >= 0);
    for (int r = 0; r < round->running_count; r++) {
        virtual_job *job = &round->jobs[round->running[r]];
        job->full_ms = job->alone_ms * slowdown(round, round->running[r]);
    }
    round->now_ms = to_ms;
    int left = 0;
    for (int r = 0; r < round->running_count; r++) {
        virtual_job *job = &round->jobs[round->running[r]];
        assert(job->full_ms >= 0 && job->left > exhausted && job->left <= 1);
        job->left = job->full_ms > 0 ? job->left - span_ms / job->full_ms : 0;
        if (job->left <= exhausted)
            job->end_ms = to_ms;
        else
            round->running[left++] = round->running[r];
    }
    round->running_count = left;
}

static void start(virtual_round *round, int j)
{
    int r = round->running_count++;
    assert(round->running_count <= round->session->config.platform->unit_count);
    for (; r > 0 && round->running[r - 1] > j; r--)
        round->running[r] = round->running[r - 1];
    round->running[r] = j;
    round->jobs[j].start_ms = round->now_ms;
    round->waiting[round->plan->jobs[j].unit] = round->jobs[j].next;
}

static void start_ready(virtual_round *round)
{
    for (int u = 0; u < round->session->config.platform->unit_count; u++)
        if (round->waiting[u] >= 0 && earliest_ms(round, round->waiting[u]) <= round->now_ms)
            start(round, round->waiting[u]);
}

static hax_status walk(virtual_round *round, hax_error *err)
{
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        round->session->traffic[u].count = 0;
    if (round->plan->job_count == 0)
        return move_traffic(round, round->press->ms, err);
    HAX_TRY(prepare(round, err));
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
    free(round.predecessors);
    free(round.jobs);
    return status;
}
