/*
 * The fluid evaluation once more (problem and documents: docs/search.md, docs/verify.md): jobs
 * start as early as their order, precedence and waits allow; while the set of running jobs stays
 * the same, each advances at 1 / slowdown. What is lost is added up on the way.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

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

static const hax_cost *cost_of(const replay *walk, int j)
{
    const hax_job *job = &walk->plan->jobs[j];
    return &walk->plan->problem->instances[job->instance].groups[job->group].on[job->unit];
}

static double alone_ms(const replay *walk, int j)
{
    return hax_verify_alone(walk->plan, j).ms;
}

static uint32_t resources_of(const replay *walk, int j)
{
    return walk->plan->problem->units[walk->plan->jobs[j].unit].resources;
}

/* ---- whose turn it is ---- */

static int job_in_turn(const replay *walk, int resource)
{
    int place = walk->turn[resource];
    return place < walk->plan->job_count ? walk->plan->list[place] : -1;
}

static void pass_turn(replay *walk, int resource)
{
    assert(walk->turn[resource] < walk->plan->job_count);
    do
        walk->turn[resource]++;
    while (walk->turn[resource] < walk->plan->job_count &&
           !(resources_of(walk, job_in_turn(walk, resource)) >> resource & 1));
}

/* The job that may have all of its resources now, seen from its lowest one; -1: none. */
static int candidate(const replay *walk, int resource)
{
    int j = job_in_turn(walk, resource);
    if (j < 0 || walk->plan->start_ms[j] >= 0)
        return -1;
    uint32_t mask = resources_of(walk, j);
    for (int r = 0; r < walk->plan->problem->resource_count; r++)
        if (mask >> r & 1 && (r < resource || job_in_turn(walk, r) != j))
            return -1;
    return j;
}

/* INFINITY while something that must come first has not ended. */
static double not_before_ms(const replay *walk, double end_ms, double wait_ms)
{
    (void) walk;
    return end_ms < 0 ? INFINITY : end_ms + wait_ms;
}

static double earliest_ms(const replay *walk, int j)
{
    const hax_verify_plan *plan = walk->plan;
    const hax_job *job = &plan->jobs[j];
    const hax_instance_spec *spec = &plan->problem->instances[job->instance];
    int before = hax_verify_job_before(plan, j);
    double ms = job->after < 0 ? job->delay_ms
                               : not_before_ms(walk, plan->end_ms[job->after], job->delay_ms);
    if (before >= 0)
        return fmax(ms, not_before_ms(walk, plan->end_ms[before], 0));
    for (int a = 0; a < spec->after_count; a++)
        ms = fmax(ms,
                  not_before_ms(walk, plan->end_ms[hax_verify_last_job(plan, spec->after[a])], 0));
    return ms;
}

/* ---- events ---- */

static void start(replay *walk, int j)
{
    const hax_cost *cost = cost_of(walk, j);
    const hax_verify_move alone = hax_verify_alone(walk->plan, j);
    hax_part part = walk->plan->jobs[j].part;
    running *result = &walk->now[walk->count++];
    assert(walk->count <= HAX_MAX_UNITS);
    *result = (running){ .job = j, .left_ms = alone.ms, .gbps = alone.gbps };
    result->own_gbps = part == HAX_PART_RUN && cost->own_gbps > 0 ? cost->own_gbps : result->gbps;
    walk->plan->start_ms[j] = walk->now_ms;
    walk->used_units |= 1U << walk->plan->jobs[j].unit;
}

/* Demands of the others: of those before plus of those behind, so that nothing is subtracted. */
static void set_pace(replay *walk)
{
    double behind[HAX_MAX_UNITS + 1] = { 0 }, before = 0;
    for (int r = walk->count - 1; r >= 0; r--)
        behind[r] = behind[r + 1] + walk->now[r].gbps;
    for (int r = 0; r < walk->count; r++) {
        running *job = &walk->now[r];
        const hax_unit_spec *unit = &walk->plan->problem->units[walk->plan->jobs[job->job].unit];
        job->slowdown = hax_verify_slowdown(&unit->slowdown, job->own_gbps, before + behind[r + 1]);
        assert(job->slowdown >= 1);
        job->end_ms = walk->now_ms + job->left_ms * job->slowdown;
        before += job->gbps;
    }
}

/* Starts what can start and says when something happens next. */
static double next_event_ms(replay *walk)
{
    double next_ms = INFINITY;
    for (int r = 0; r < walk->plan->problem->resource_count; r++) {
        int j = candidate(walk, r);
        double ms = j >= 0 ? earliest_ms(walk, j) : INFINITY;
        if (ms <= walk->now_ms)
            start(walk, j);
        else
            next_ms = fmin(next_ms, ms);
    }
    set_pace(walk);
    for (int r = 0; r < walk->count; r++)
        next_ms = fmin(next_ms, walk->now[r].end_ms);
    return next_ms;
}

/* ---- what is lost ---- */

static void add_overlaps(replay *walk, double span_ms)
{
    double all_gbps = 0;
    for (int r = 0; r < walk->count; r++)
        all_gbps += walk->now[r].gbps;
    for (int a = 0; a < walk->count; a++) {
        const running *slowed = &walk->now[a];
        double lost_ms = span_ms * (1 - 1 / slowed->slowdown);
        double external_gbps = all_gbps - slowed->gbps;
        for (int b = 0; b < walk->count; b++) {
            if (a == b || !(external_gbps > 0))
                continue;
            hax_verify_overlap *pair = &walk->beside[walk->plan->jobs[slowed->job].unit]
                                                    [walk->plan->jobs[walk->now[b].job].unit];
            pair->job = slowed->job;
            pair->other = walk->now[b].job;
            pair->together_ms += span_ms;
            pair->lost_ms += lost_ms * walk->now[b].gbps / external_gbps;
        }
    }
}

static void add_idle(replay *walk, double span_ms)
{
    uint32_t busy = 0;
    for (int r = 0; r < walk->count; r++)
        busy |= resources_of(walk, walk->now[r].job);
    for (int u = 0; u < walk->plan->problem->unit_count; u++)
        if (walk->used_units >> u & 1 && !(walk->plan->problem->units[u].resources & busy))
            walk->plan->lost.idle_ms += span_ms;
}

static hax_status keep_overlap(hax_verify_plan *plan, hax_verify_overlap *pair, hax_error *err)
{
    if (pair->lost_ms > 0 && plan->overlap_count == plan->overlap_capacity) {
        int capacity = 2 * plan->overlap_capacity + 64;
        hax_verify_overlap *more = realloc(plan->overlaps, (size_t) capacity * sizeof *more);
        if (!more)
            return hax_fail_memory(err, "a schedule's check");
        plan->overlaps = more;
        plan->overlap_capacity = capacity;
    }
    if (pair->lost_ms > 0)
        plan->overlaps[plan->overlap_count++] = *pair;
    *pair = (hax_verify_overlap){ 0 };
    return HAX_OK;
}

/* A job has ended: its pairs are complete. */
static hax_status keep_overlaps(replay *walk, int job, hax_error *err)
{
    int unit = walk->plan->jobs[job].unit;
    for (int u = 0; walk->plan->wants_overlaps && u < walk->plan->problem->unit_count; u++) {
        HAX_TRY(keep_overlap(walk->plan, &walk->beside[unit][u], err));
        HAX_TRY(keep_overlap(walk->plan, &walk->beside[u][unit], err));
    }
    return HAX_OK;
}

static hax_status end_job(replay *walk, int j, hax_error *err)
{
    hax_verify_plan *plan = walk->plan;
    uint32_t mask = resources_of(walk, j);
    double alone = alone_ms(walk, j);
    assert(plan->start_ms[j] >= 0 && plan->end_ms[j] < 0 && walk->now_ms >= plan->start_ms[j]);
    plan->end_ms[j] = walk->now_ms;
    plan->lost.contention_ms += fmax(walk->now_ms - plan->start_ms[j] - alone, 0);
    plan->lost.transitions_ms += plan->jobs[j].part == HAX_PART_RUN ? 0 : alone;
    plan->finish_ms[plan->jobs[j].instance] = walk->now_ms;
    for (int r = 0; r < plan->problem->resource_count; r++)
        if (mask >> r & 1)
            pass_turn(walk, r);
    walk->ended++;
    return keep_overlaps(walk, j, err);
}

static hax_status advance(replay *walk, double to_ms, hax_error *err)
{
    double span_ms = to_ms - walk->now_ms;
    int ending[HAX_MAX_UNITS], ending_count = 0, kept = 0;
    assert(span_ms >= 0); /* time does not go back */
    if (span_ms > 0) {
        add_idle(walk, span_ms);
        if (walk->plan->wants_overlaps)
            add_overlaps(walk, span_ms);
    }
    walk->now_ms = to_ms;
    for (int r = 0; r < walk->count; r++) {
        running job = walk->now[r];
        if (job.end_ms <= to_ms) {
            ending[ending_count++] = job.job;
            continue;
        }
        job.left_ms -= span_ms / job.slowdown;
        walk->now[kept++] = job;
    }
    walk->count = kept;
    for (int e = 0; e < ending_count; e++)
        HAX_TRY(end_job(walk, ending[e], err));
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
static hax_status check_pauses(hax_verifier *verifier, const hax_verify_plan *plan)
{
    double slack_ms = HAX_VERIFY_TOLERANCE * plan->round_ms;
    for (int p = 0; p < plan->job_count; p++) {
        int j = plan->list[p], before = hax_verify_job_before(plan, j);
        if (before < 0 || plan->jobs[before].group != plan->jobs[j].group)
            continue;
        if (plan->start_ms[j] > plan->end_ms[before] + slack_ms)
            return hax_verify_refuse_job(verifier, HAX_REFUSAL_PAUSE, &plan->jobs[j],
                                         "it must follow the part before it without a pause, and "
                                         "in this order begins %.9g ms behind it",
                                         plan->start_ms[j] - plan->end_ms[before]);
    }
    return HAX_OK;
}

static void begin(replay *walk, hax_verify_plan *plan)
{
    *walk = (replay){ .plan = plan };
    for (int j = 0; j < plan->job_count; j++)
        plan->start_ms[j] = plan->end_ms[j] = -1;
    plan->lost = (hax_losses){ 0 };
    plan->overlap_count = 0;
    for (int r = 0; r < plan->problem->resource_count; r++) {
        walk->turn[r] = -1;
        pass_turn(walk, r);
    }
}

/* Idle time counts for units that are used at all, from the start of the round on. */
static void note_used(replay *walk)
{
    for (int j = 0; j < walk->plan->job_count; j++)
        walk->used_units |= 1U << walk->plan->jobs[j].unit;
}

hax_status hax_verify_replay(hax_verifier *verifier, hax_verify_plan *plan)
{
    replay context;
    begin(&context, plan);
    note_used(&context);
    while (context.ended < plan->job_count) {
        double next_ms = next_event_ms(&context);
        assert(isfinite(next_ms)); /* the first of the list that has not ended can always go on */
        HAX_TRY(advance(&context, next_ms, verifier->err));
    }
    assert(context.count == 0 && context.ended == plan->job_count);
    plan->round_ms = context.now_ms;
    plan->value = objective_of(plan);
    return check_pauses(verifier, plan);
}
