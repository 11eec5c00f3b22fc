/*
 * Schedules held against their problem, from the document's own numbers: no code of the
 * evaluator or the search is used. Progress is integrated job by job over the overlaps with
 * all others.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "problem.h"

static const double relative_slack = 1e-6; /* what rounding may add up to over a schedule */

typedef struct check {
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_error *err;
    double slack_ms;
} check;

static double slack_of(const hax_schedule *schedule)
{
    double end = 0;
    for (int j = 0; j < schedule->job_count; j++)
        end = fmax(end, schedule->jobs[j].end_ms);
    return relative_slack * fmax(1, end);
}

static const char *name_of(const check *at, const hax_job *job)
{
    return at->problem->instances[job->instance].name;
}

static hax_status wrong(const check *at, const hax_job *job, const char *what)
{
    return hax_fail(at->err, HAX_MISMATCH, "instance '%s', group %d, %s on '%s': %s",
                    name_of(at, job), job->group, hax_part_name(job->part),
                    at->problem->units[job->unit].name, what);
}

/* The only job of a part, NULL if there is none or more than one. */
static const hax_job *only(const check *at, int instance, int group, hax_part part, int *count)
{
    const hax_job *found = NULL;
    *count = 0;
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        if (job->instance != instance || job->group != group || job->part != part)
            continue;
        found = job;
        ++*count;
    }
    return *count == 1 ? found : NULL;
}

static hax_status check_ranges(const check *at)
{
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        if (job->instance < 0 || job->instance >= at->problem->instance_count || job->unit < 0 ||
            job->unit >= at->problem->unit_count || job->group < 0 ||
            job->group >= at->problem->instances[job->instance].group_count)
            return hax_fail(at->err, HAX_MISMATCH, "job %d names what does not exist", j);
        if (!at->problem->instances[job->instance].groups[job->group].on[job->unit].allowed)
            return wrong(at, job, "the unit may not run this group");
        if (!isfinite(job->start_ms) || !isfinite(job->end_ms) || job->start_ms < -at->slack_ms ||
            job->end_ms < job->start_ms - at->slack_ms)
            return wrong(at, job, "start and end are no interval after 0");
    }
    return HAX_OK;
}

/* A part that must be there (its cost is positive) or must not, directly beside its group. */
static hax_status check_side(const check *at, const hax_job *run, hax_part part, bool needed)
{
    int count;
    const hax_job *side = only(at, run->instance, run->group, part, &count);
    if (count != (needed ? 1 : 0))
        return wrong(at, run,
                     needed ? "a part that moving its tensor needs is missing or double"
                            : "it has a part that moves a tensor nowhere");
    if (!needed)
        return HAX_OK;
    double gap = part == HAX_PART_OUT ? side->start_ms - run->end_ms : run->start_ms - side->end_ms;
    if (side->unit != run->unit || fabs(gap) > at->slack_ms)
        return wrong(at, side, "it does not stand directly beside its group");
    return HAX_OK;
}

static double begins(const check *at, const hax_job *run)
{
    int count;
    const hax_job *in = only(at, run->instance, run->group, HAX_PART_IN, &count);
    return in ? in->start_ms : run->start_ms;
}

static double ends(const check *at, const hax_job *run)
{
    int count;
    const hax_job *out = only(at, run->instance, run->group, HAX_PART_OUT, &count);
    return out ? out->end_ms : run->end_ms;
}

static hax_status check_instance(const check *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    const hax_job *before = NULL;
    int transitions = 0;
    for (int g = 0; g < spec->group_count; g++) {
        int count;
        const hax_job *run = only(at, i, g, HAX_PART_RUN, &count), *next = NULL;
        if (!run)
            return hax_fail(at->err, HAX_MISMATCH, "instance '%s', group %d runs %d times",
                            spec->name, g, count);
        if (g + 1 < spec->group_count)
            next = only(at, i, g + 1, HAX_PART_RUN, &count);
        if (before && before->unit != run->unit && spec->groups[g].joined)
            return wrong(at, run, "no cut is allowed before it");
        const hax_cost *cost = &spec->groups[g].on[run->unit];
        HAX_TRY(check_side(at, run, HAX_PART_IN,
                           before && before->unit != run->unit && cost->in_ms > 0));
        HAX_TRY(
            check_side(at, run, HAX_PART_OUT, next && next->unit != run->unit && cost->out_ms > 0));
        if (before && begins(at, run) < ends(at, before) - at->slack_ms)
            return wrong(at, run, "it begins before the group before it has ended");
        transitions += before && before->unit != run->unit;
        before = run;
    }
    if (at->problem->max_transitions >= 0 && transitions > at->problem->max_transitions)
        return hax_fail(at->err, HAX_MISMATCH,
                        "instance '%s' has %d transitions, at most %d allowed", spec->name,
                        transitions, at->problem->max_transitions);
    return HAX_OK;
}

static hax_status check_pieces(const check *at)
{
    for (int u = 0; u < at->problem->unit_count; u++) {
        int pieces = 0;
        for (int j = 0; j < at->schedule->job_count; j++) {
            const hax_job *job = &at->schedule->jobs[j];
            int count;
            const hax_job *before =
                job->group ? only(at, job->instance, job->group - 1, HAX_PART_RUN, &count) : NULL;
            pieces += job->part == HAX_PART_RUN && job->unit == u && (!before || before->unit != u);
        }
        if (at->problem->units[u].max_pieces >= 0 && pieces > at->problem->units[u].max_pieces)
            return hax_fail(at->err, HAX_MISMATCH, "unit '%s' has %d pieces, at most %d allowed",
                            at->problem->units[u].name, pieces, at->problem->units[u].max_pieces);
    }
    return HAX_OK;
}

static hax_status check_resources(const check *at)
{
    for (int a = 0; a < at->schedule->job_count; a++) {
        for (int b = 0; b < a; b++) {
            const hax_job *x = &at->schedule->jobs[a], *y = &at->schedule->jobs[b];
            if (!(at->problem->units[x->unit].resources & at->problem->units[y->unit].resources))
                continue;
            if (fmin(x->end_ms, y->end_ms) - fmax(x->start_ms, y->start_ms) > at->slack_ms)
                return wrong(at, x, "it overlaps another job on the same resource");
        }
    }
    return HAX_OK;
}

/* ---- progress ------------------------------------------------------------------------------- */

typedef struct work {
    double alone_ms;
    double gbps;     /* that the others feel */
    double own_gbps; /* that its slowdown goes by */
} work;

static work work_of(const check *at, const hax_job *job)
{
    const hax_cost *cost = &at->problem->instances[job->instance].groups[job->group].on[job->unit];
    switch (job->part) {
    case HAX_PART_OUT: return (work){ cost->out_ms, cost->out_gbps, cost->out_gbps };
    case HAX_PART_IN: return (work){ cost->in_ms, cost->in_gbps, cost->in_gbps };
    default:
        return (work){ cost->time_ms, cost->gbps,
                       cost->own_gbps > 0 ? cost->own_gbps : cost->gbps };
    }
}

/* Demand of the others at a moment inside an interval in which nothing starts or ends. */
static double external_at(const check *at, const hax_job *of, double moment)
{
    double external = 0;
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *other = &at->schedule->jobs[j];
        if (other != of && other->start_ms < moment && moment < other->end_ms)
            external += work_of(at, other).gbps;
    }
    return external;
}

static double next_edge(const check *at, double after, double until)
{
    double edge = until;
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        if (job->start_ms > after)
            edge = fmin(edge, job->start_ms);
        if (job->end_ms > after)
            edge = fmin(edge, job->end_ms);
    }
    return edge;
}

/* Time alone that a job gets done between its start and its end. */
static double work_done(const check *at, const hax_job *job)
{
    double done = 0;
    for (double now = job->start_ms; now < job->end_ms;) {
        double until = next_edge(at, now, job->end_ms);
        double external = external_at(at, job, now + (until - now) / 2);
        done += (until - now) / hax_slowdown_value(&at->problem->units[job->unit].slowdown,
                                                   work_of(at, job).own_gbps, external);
        now = until;
    }
    return done;
}

static hax_status check_progress(const check *at)
{
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        double alone = work_of(at, job).alone_ms;
        if (fabs(work_done(at, job) - alone) > at->slack_ms)
            return wrong(at, job, "its duration is not its time alone slowed by what runs beside");
        if (alone > 1e-3 && fabs(job->slowdown - (job->end_ms - job->start_ms) / alone) > 1e-4)
            return wrong(at, job, "its slowdown is not its duration over its time alone");
    }
    return HAX_OK;
}

/* ---- order between instances, objective -------------------------------------------------------
 */

static double instance_end(const check *at, int i)
{
    double end = 0;
    for (int j = 0; j < at->schedule->job_count; j++)
        if (at->schedule->jobs[j].instance == i)
            end = fmax(end, at->schedule->jobs[j].end_ms);
    return end;
}

static hax_status check_after(const check *at)
{
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        const hax_instance_spec *spec = &at->problem->instances[job->instance];
        for (int a = 0; a < spec->after_count; a++)
            if (job->start_ms < instance_end(at, spec->after[a]) - at->slack_ms)
                return wrong(at, job, "it begins before an instance that must end first");
    }
    return HAX_OK;
}

static double recomputed_value(const check *at)
{
    double value = at->problem->objective == HAX_DEADLINE ? -INFINITY : 0;
    for (int i = 0; i < at->problem->instance_count; i++) {
        const hax_instance_spec *spec = &at->problem->instances[i];
        double end = instance_end(at, i);
        switch (at->problem->objective) {
        case HAX_LATENCY: value = fmax(value, end); break;
        case HAX_THROUGHPUT: value += 1 / end; break;
        case HAX_SUM: value += spec->weight * end; break;
        case HAX_DEADLINE: value = fmax(value, end - spec->deadline_ms); break;
        }
    }
    return value;
}

static hax_status check_value(const check *at)
{
    double value = recomputed_value(at), claimed = at->schedule->value;
    double allowed = 1e-6 * fmax(1, fabs(value));
    bool above = at->problem->objective == HAX_THROUGHPUT ? at->schedule->bound < claimed - allowed
                                                          : at->schedule->bound > claimed + allowed;
    if (!(fabs(value - claimed) <= allowed) && !(isinf(value) && isinf(claimed)))
        return hax_fail(at->err, HAX_MISMATCH, "the objective is %.9g, not %.9g", value, claimed);
    if (above)
        return hax_fail(at->err, HAX_MISMATCH, "the bound %.9g is better than the value %.9g",
                        at->schedule->bound, claimed);
    if (at->schedule->proof == HAX_PROOF_ALL && fabs(at->schedule->bound - claimed) > allowed)
        return hax_fail(at->err, HAX_MISMATCH,
                        "it is called proven for all schedules, but the bound is %.9g",
                        at->schedule->bound);
    return HAX_OK;
}

hax_status hax_schedule_verify(const hax_problem *problem, const hax_schedule *schedule,
                               hax_error *err)
{
    const check at = { problem, schedule, err, slack_of(schedule) };
    HAX_TRY(check_ranges(&at));
    for (int i = 0; i < problem->instance_count; i++)
        HAX_TRY(check_instance(&at, i));
    HAX_TRY(check_pieces(&at));
    HAX_TRY(check_resources(&at));
    HAX_TRY(check_after(&at));
    HAX_TRY(check_progress(&at));
    return check_value(&at);
}
