/*
 * The fluid evaluation once more (problem and documents: docs/search.md, docs/verify.md): jobs
 * start as early as their order, precedence and waits allow; while the set of running jobs stays
 * the same, each advances at 1 / slowdown. What is lost is added up on the way.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verify/verify.h"

typedef struct running {
    int job;
    double left_ms; /* of its time alone */
    double gbps, own_gbps;
    double slowdown;
    double end_ms; /* if all stays as it is */
} running;

typedef struct replay {
    hax_verify_plan *plan;
    running now[HAX_MAX_UNITS];
    int count;
    double now_ms;
    int turn[HAX_MAX_RESOURCES]; /* place in the list of the job that has the resource next */
    int ended;
    uint32_t used_units;
    hax_verify_overlap beside[HAX_MAX_UNITS][HAX_MAX_UNITS]; /* of what runs, by their units */
} replay;

static const hax_cost *cost_of(const replay *of, int j)
{
    const hax_job *job = &of->plan->jobs[j];
    return &of->plan->problem->instances[job->instance].groups[job->group].on[job->unit];
}

static double alone_ms(const replay *of, int j)
{
    const hax_cost *cost = cost_of(of, j);
    hax_part part = of->plan->jobs[j].part;
    return part == HAX_PART_IN ? cost->in_ms : part == HAX_PART_OUT ? cost->out_ms : cost->time_ms;
}

static uint32_t resources_of(const replay *of, int j)
{
    return of->plan->problem->units[of->plan->jobs[j].unit].resources;
}

/* ---- whose turn it is ---- */

static int job_in_turn(const replay *of, int resource)
{
    int place = of->turn[resource];
    return place < of->plan->job_count ? of->plan->list[place] : -1;
}

static void pass_turn(replay *of, int resource)
{
    do
        of->turn[resource]++;
    while (of->turn[resource] < of->plan->job_count &&
           !(resources_of(of, job_in_turn(of, resource)) >> resource & 1));
}

/* The job that may have all of its resources now, seen from its lowest one; -1: none. */
static int candidate(const replay *of, int resource)
{
    int j = job_in_turn(of, resource);
    if (j < 0 || of->plan->start_ms[j] >= 0)
        return -1;
    uint32_t mask = resources_of(of, j);
    for (int r = 0; r < of->plan->problem->resource_count; r++)
        if (mask >> r & 1 && (r < resource || job_in_turn(of, r) != j))
            return -1;
    return j;
}

/* INFINITY while something that must come first has not ended. */
static double not_before_ms(const replay *of, double end_ms, double wait_ms)
{
    (void) of;
    return end_ms < 0 ? INFINITY : end_ms + wait_ms;
}

static double earliest_ms(const replay *of, int j)
{
    const hax_verify_plan *plan = of->plan;
    const hax_job *job = &plan->jobs[j];
    const hax_instance_spec *spec = &plan->problem->instances[job->instance];
    int before = hax_verify_job_before(plan, j);
    double ms =
        job->after < 0 ? job->delay_ms : not_before_ms(of, plan->end_ms[job->after], job->delay_ms);
    if (before >= 0)
        return fmax(ms, not_before_ms(of, plan->end_ms[before], 0));
    for (int a = 0; a < spec->after_count; a++)
        ms =
            fmax(ms, not_before_ms(of, plan->end_ms[hax_verify_last_job(plan, spec->after[a])], 0));
    return ms;
}

/* ---- events ---- */

static void start(replay *of, int j)
{
    const hax_cost *cost = cost_of(of, j);
    hax_part part = of->plan->jobs[j].part;
    running *made = &of->now[of->count++];
    assert(of->count <= HAX_MAX_UNITS);
    *made = (running){ .job = j, .left_ms = alone_ms(of, j) };
    made->gbps = part == HAX_PART_IN    ? cost->in_gbps
                 : part == HAX_PART_OUT ? cost->out_gbps
                                        : cost->gbps;
    made->own_gbps = part == HAX_PART_RUN && cost->own_gbps > 0 ? cost->own_gbps : made->gbps;
    of->plan->start_ms[j] = of->now_ms;
    of->used_units |= 1U << of->plan->jobs[j].unit;
}

/* Demands of the others: of those before plus of those behind, so that nothing is subtracted. */
static void set_pace(replay *of)
{
    double behind[HAX_MAX_UNITS + 1] = { 0 }, before = 0;
    for (int r = of->count - 1; r >= 0; r--)
        behind[r] = behind[r + 1] + of->now[r].gbps;
    for (int r = 0; r < of->count; r++) {
        running *job = &of->now[r];
        const hax_unit_spec *unit = &of->plan->problem->units[of->plan->jobs[job->job].unit];
        job->slowdown = hax_verify_slowdown(&unit->slowdown, job->own_gbps, before + behind[r + 1]);
        job->end_ms = of->now_ms + job->left_ms * job->slowdown;
        before += job->gbps;
    }
}

/* Starts what can start and says when something happens next. */
static double next_event_ms(replay *of)
{
    double next_ms = INFINITY;
    for (int r = 0; r < of->plan->problem->resource_count; r++) {
        int j = candidate(of, r);
        double ms = j >= 0 ? earliest_ms(of, j) : INFINITY;
        if (ms <= of->now_ms)
            start(of, j);
        else
            next_ms = fmin(next_ms, ms);
    }
    set_pace(of);
    for (int r = 0; r < of->count; r++)
        next_ms = fmin(next_ms, of->now[r].end_ms);
    return next_ms;
}

/* ---- what is lost ---- */

static void add_overlaps(replay *of, double span_ms)
{
    double all_gbps = 0;
    for (int r = 0; r < of->count; r++)
        all_gbps += of->now[r].gbps;
    for (int a = 0; a < of->count; a++) {
        const running *slowed = &of->now[a];
        double lost_ms = span_ms * (1 - 1 / slowed->slowdown);
        double external_gbps = all_gbps - slowed->gbps;
        for (int b = 0; b < of->count; b++) {
            if (a == b || !(external_gbps > 0))
                continue;
            hax_verify_overlap *pair =
                &of->beside[of->plan->jobs[slowed->job].unit][of->plan->jobs[of->now[b].job].unit];
            pair->job = slowed->job;
            pair->with = of->now[b].job;
            pair->together_ms += span_ms;
            pair->lost_ms += lost_ms * of->now[b].gbps / external_gbps;
        }
    }
}

static void add_idle(replay *of, double span_ms)
{
    uint32_t busy = 0;
    for (int r = 0; r < of->count; r++)
        busy |= resources_of(of, of->now[r].job);
    for (int u = 0; u < of->plan->problem->unit_count; u++)
        if (of->used_units >> u & 1 && !(of->plan->problem->units[u].resources & busy))
            of->plan->lost.idle_ms += span_ms;
}

static hax_status keep_overlap(hax_verify_plan *plan, hax_verify_overlap *of, hax_error *err)
{
    if (of->lost_ms > 0 && plan->overlap_count == plan->overlap_capacity) {
        int capacity = 2 * plan->overlap_capacity + 64;
        hax_verify_overlap *more = realloc(plan->overlaps, (size_t) capacity * sizeof *more);
        if (!more)
            return hax_fail_memory(err, "a schedule's check");
        plan->overlaps = more;
        plan->overlap_capacity = capacity;
    }
    if (of->lost_ms > 0)
        plan->overlaps[plan->overlap_count++] = *of;
    *of = (hax_verify_overlap){ 0 };
    return HAX_OK;
}

/* A job has ended: its pairs are complete. */
static hax_status keep_overlaps(replay *of, int job, hax_error *err)
{
    int unit = of->plan->jobs[job].unit;
    for (int u = 0; of->plan->wants_overlaps && u < of->plan->problem->unit_count; u++) {
        HAX_TRY(keep_overlap(of->plan, &of->beside[unit][u], err));
        HAX_TRY(keep_overlap(of->plan, &of->beside[u][unit], err));
    }
    return HAX_OK;
}

static hax_status end_job(replay *of, int j, hax_error *err)
{
    hax_verify_plan *plan = of->plan;
    uint32_t mask = resources_of(of, j);
    double alone = alone_ms(of, j);
    plan->end_ms[j] = of->now_ms;
    plan->lost.contention_ms += fmax(of->now_ms - plan->start_ms[j] - alone, 0);
    plan->lost.transitions_ms += plan->jobs[j].part == HAX_PART_RUN ? 0 : alone;
    plan->finish_ms[plan->jobs[j].instance] = of->now_ms;
    for (int r = 0; r < plan->problem->resource_count; r++)
        if (mask >> r & 1)
            pass_turn(of, r);
    of->ended++;
    return keep_overlaps(of, j, err);
}

static hax_status advance(replay *of, double to_ms, hax_error *err)
{
    double span_ms = to_ms - of->now_ms;
    int ending[HAX_MAX_UNITS], ending_count = 0, kept = 0;
    if (span_ms > 0) {
        add_idle(of, span_ms);
        if (of->plan->wants_overlaps)
            add_overlaps(of, span_ms);
    }
    of->now_ms = to_ms;
    for (int r = 0; r < of->count; r++) {
        running job = of->now[r];
        if (job.end_ms <= to_ms) {
            ending[ending_count++] = job.job;
            continue;
        }
        job.left_ms -= span_ms / job.slowdown;
        of->now[kept++] = job;
    }
    of->count = kept;
    for (int e = 0; e < ending_count; e++)
        HAX_TRY(end_job(of, ending[e], err));
    return HAX_OK;
}

/* ---- results ---- */

static double objective_of(const hax_verify_plan *plan)
{
    const hax_problem *problem = plan->problem;
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        double ms = plan->finish_ms[i];
        largest = fmax(largest, problem->objective == HAX_DEADLINE ? ms - spec->deadline_ms : ms);
        sum += problem->objective == HAX_THROUGHPUT ? 1 / ms : spec->weight * ms;
    }
    return problem->objective == HAX_LATENCY || problem->objective == HAX_DEADLINE ? largest : sum;
}

/* OUT begins when its group ends and a group when its IN does. */
static hax_status check_pauses(hax_verifier *of, const hax_verify_plan *plan)
{
    double slack_ms = HAX_VERIFY_TOLERANCE * plan->round_ms;
    for (int p = 0; p < plan->job_count; p++) {
        int j = plan->list[p], before = hax_verify_job_before(plan, j);
        if (before < 0 || plan->jobs[before].group != plan->jobs[j].group)
            continue;
        if (plan->start_ms[j] > plan->end_ms[before] + slack_ms)
            return hax_verify_refuse_job(of, HAX_REFUSAL_PAUSE, &plan->jobs[j],
                                         "it must follow the part before it without a pause, and "
                                         "in this order begins %.9g ms behind it",
                                         plan->start_ms[j] - plan->end_ms[before]);
    }
    return HAX_OK;
}

static void begin(replay *of, hax_verify_plan *plan)
{
    *of = (replay){ .plan = plan };
    for (int j = 0; j < plan->job_count; j++)
        plan->start_ms[j] = plan->end_ms[j] = -1;
    plan->lost = (hax_losses){ 0 };
    plan->overlap_count = 0;
    for (int r = 0; r < plan->problem->resource_count; r++) {
        of->turn[r] = -1;
        pass_turn(of, r);
    }
}

/* Idle time counts for units that are used at all, from the start of the round on. */
static void note_used(replay *of)
{
    for (int j = 0; j < of->plan->job_count; j++)
        of->used_units |= 1U << of->plan->jobs[j].unit;
}

hax_status hax_verify_replay(hax_verifier *of, hax_verify_plan *plan)
{
    replay at;
    begin(&at, plan);
    note_used(&at);
    while (at.ended < plan->job_count) {
        double next_ms = next_event_ms(&at);
        assert(isfinite(next_ms)); /* the first of the list that has not ended can always go on */
        HAX_TRY(advance(&at, next_ms, of->err));
    }
    plan->round_ms = at.now_ms;
    plan->value = objective_of(plan);
    return check_pauses(of, plan);
}
