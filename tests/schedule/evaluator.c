/* Jobs begin when the schedule says; everything else follows. */
#include "evaluator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS = 128, INSTANCES = 16 };

/* ---- slowdown functions ------------------------------------------------------------------- */

/* The value of a straight line through two points; held outside of them. */
static double between(double x, double x0, double y0, double x1, double y1)
{
    if (x <= x0 || x1 <= x0)
        return y0;
    return x >= x1 ? y1 : y0 + (y1 - y0) * ((x - x0) / (x1 - x0));
}

/* One row of a table over the external demand, which begins with 1 at 0. */
static double row_value(const hax_slowdown *slowdown, int row, double external)
{
    const double *values = slowdown->slowdown + row * slowdown->external_count;
    double x0 = 0, y0 = 1;
    for (int j = 0; j < slowdown->external_count; j++) {
        if (external <= slowdown->external_gbps[j])
            return between(external, x0, y0, slowdown->external_gbps[j], values[j]);
        x0 = slowdown->external_gbps[j];
        y0 = values[j];
    }
    return y0;
}

static double table_value(const hax_slowdown *slowdown, double own, double external)
{
    for (int i = 1; i < slowdown->own_count; i++)
        if (own <= slowdown->own_gbps[i])
            return between(own, slowdown->own_gbps[i - 1], row_value(slowdown, i - 1, external),
                           slowdown->own_gbps[i], row_value(slowdown, i, external));
    return row_value(slowdown, slowdown->own_count - 1, external);
}

/* What the normal and the intensive region lose, in percent: nothing up to where the total demand
 * is TBWDC (in the last tenth before the intensive region that moves to 0), then by the rate up to
 * CBP. */
static double falling(const hax_pccs *pccs, double own, double external)
{
    double from = fmax(pccs->tbwdc_gbps - own, 0);
    double tenth = (pccs->intensive_gbps - pccs->normal_gbps) / 10;
    if (own >= pccs->intensive_gbps)
        from = 0;
    else if (tenth > 0)
        from *= fmin((pccs->intensive_gbps - own) / tenth, 1);
    return pccs->rate_percent_per_gbps * fmax(fmin(external, pccs->cbp_gbps) - from, 0);
}

static double pccs_value(const hax_pccs *pccs, double own, double external)
{
    double minor = pccs->mrmc_percent;
    double tenth = pccs->normal_gbps / 10, loss;
    if (pccs->peak_gbps > external)
        minor *= external / pccs->peak_gbps;
    if (own > pccs->normal_gbps)
        loss = fmax(minor, falling(pccs, own, external));
    else /* joined to the normal region over its last tenth */
        loss = between(own, pccs->normal_gbps - tenth, minor, pccs->normal_gbps,
                       fmax(minor, falling(pccs, pccs->normal_gbps, external)));
    return loss >= 99.9 ? 1000 : 100 / (100 - loss);
}

double evaluator_slowdown(const hax_slowdown *slowdown, double own_gbps, double external_gbps)
{
    double value = 1;
    if (external_gbps <= 0)
        return 1;
    if (slowdown->kind == HAX_SLOWDOWN_LINEAR)
        value = 1 + slowdown->per_gbps * external_gbps;
    if (slowdown->kind == HAX_SLOWDOWN_TABLE)
        value = table_value(slowdown, own_gbps, external_gbps);
    if (slowdown->kind == HAX_SLOWDOWN_PCCS)
        value = pccs_value(&slowdown->pccs, own_gbps, external_gbps);
    return fmin(fmax(value, 1), 1000);
}

/* ---- jobs ----------------------------------------------------------------------------------- */

typedef struct judged {
    const hax_problem *problem;
    const hax_schedule *schedule;
    double slack_ms;
    double *end_ms; /* [job] as evaluated here */
    char *why;
} judged;

static const hax_cost *cost_of_job(const judged *judged, int j)
{
    const hax_job *job = &judged->schedule->jobs[j];
    return &judged->problem->instances[job->instance].groups[job->group].on[job->unit];
}

static bool is_one_kind(const judged *judged, int a, int b)
{
    const hax_unit_spec *units = judged->problem->units;
    return a == b || (units[a].kind && units[b].kind && strcmp(units[a].kind, units[b].kind) == 0);
}

/* What is paid where a group takes its tensor over from a unit: time and demand. */
typedef struct taking {
    double ms, gbps;
} taking;

static taking taking_of(const judged *judged, int j, int from_unit)
{
    const hax_cost *cost = cost_of_job(judged, j);
    const int unit = judged->schedule->jobs[j].unit;
    for (int e = 0; from_unit != unit && e < cost->entering_count; e++)
        if (cost->entering[e].from_unit == from_unit)
            return (taking){ cost->entering[e].ms, cost->entering[e].gbps };
    return is_one_kind(judged, from_unit, unit) ? (taking){ 0, 0 }
                                                : (taking){ cost->in_ms, cost->in_gbps };
}

static int unit_before(const judged *judged, int j)
{
    const hax_job *job = &judged->schedule->jobs[j];
    return job->group > 0 ? judged->schedule->assignment[job->instance][job->group - 1] : job->unit;
}

static double alone_of(const judged *judged, int j)
{
    const hax_cost *cost = cost_of_job(judged, j);
    const hax_part part = judged->schedule->jobs[j].part;
    if (part == HAX_PART_IN)
        return taking_of(judged, j, unit_before(judged, j)).ms;
    return part == HAX_PART_RUN ? cost->time_ms : cost->out_ms;
}

static double demand_of(const judged *judged, int j)
{
    const hax_cost *cost = cost_of_job(judged, j);
    const hax_part part = judged->schedule->jobs[j].part;
    if (part == HAX_PART_IN)
        return taking_of(judged, j, unit_before(judged, j)).gbps;
    return part == HAX_PART_RUN ? cost->gbps : cost->out_gbps;
}

static double speed_of(const judged *judged, int j, const bool *running)
{
    const hax_job *job = &judged->schedule->jobs[j];
    double own = demand_of(judged, j), external = 0;
    if (job->part == HAX_PART_RUN && cost_of_job(judged, j)->own_gbps > 0)
        own = cost_of_job(judged, j)->own_gbps;
    for (int o = 0; o < judged->schedule->job_count; o++)
        if (o != j && running[o])
            external += demand_of(judged, o);
    return 1 / evaluator_slowdown(&judged->problem->units[job->unit].slowdown, own, external);
}

/* From event to event: the next start or the first end. What has but rounding left has ended: it
 * must not slow down what follows it. */
static bool walk(judged *judged, bool *running, bool *begun, double *left)
{
    const int count = judged->schedule->job_count;
    double now = 0;
    for (int done = 0; done < count;) {
        double span = INFINITY;
        for (int j = 0; j < count; j++) {
            if (!begun[j])
                span = fmin(span, fmax(judged->schedule->jobs[j].start_ms - now, 0));
            else if (running[j])
                span = fmin(span, left[j] / speed_of(judged, j, running));
        }
        if (!isfinite(span))
            return false;
        double speeds[JOBS] = { 0 };
        for (int j = 0; j < count; j++)
            speeds[j] = running[j] ? speed_of(judged, j, running) : 0;
        now += span;
        for (int j = 0; j < count; j++) {
            if (running[j] && left[j] / speeds[j] <= span + 1e-12 * fmax(1, now)) {
                judged->end_ms[j] = now;
                running[j] = false;
                done++;
            } else if (running[j]) {
                left[j] -= span * speeds[j];
            }
            if (!begun[j] && judged->schedule->jobs[j].start_ms <= now) {
                begun[j] = running[j] = true;
                left[j] = alone_of(judged, j);
            }
        }
    }
    return true;
}

/* ---- what makes jobs a schedule -------------------------------------------------------------- */

static bool wrong(const judged *judged, int j, const char *what)
{
    const hax_job *job = &judged->schedule->jobs[j];
    snprintf(judged->why, EVALUATOR_WHY_BYTES, "%s %s, %s on %s at %.12g: %s",
             judged->problem->instances[job->instance].name,
             judged->problem->instances[job->instance].groups[job->group].name,
             hax_part_name(job->part), judged->problem->units[job->unit].name, job->start_ms, what);
    return false;
}

/* The job of a part, -1 where there is none, -2 where there are several. */
static int find(const judged *judged, int instance, int group, hax_part part)
{
    int found = -1;
    for (int j = 0; j < judged->schedule->job_count; j++) {
        const hax_job *job = &judged->schedule->jobs[j];
        if (job->instance == instance && job->group == group && job->part == part)
            found = found == -1 ? j : -2;
    }
    return found;
}

static bool follows(const judged *judged, int before, int j, bool at_once)
{
    double gap = judged->schedule->jobs[j].start_ms - judged->end_ms[before];
    return gap >= -judged->slack_ms && (!at_once || gap <= judged->slack_ms);
}

/* The hand-over between group g - 1, whose job is `before`, and group g. */
static bool hand_over_is_right(const judged *judged, int before, int j)
{
    const hax_job *from = &judged->schedule->jobs[before], *to = &judged->schedule->jobs[j];
    bool moved = from->unit != to->unit;
    int out = find(judged, from->instance, from->group, HAX_PART_OUT);
    int in = find(judged, to->instance, to->group, HAX_PART_IN);
    if (out == -2 || in == -2)
        return wrong(judged, j, "is handed over twice");
    if (!moved && (out >= 0 || in >= 0))
        return wrong(judged, j, "is handed over, but stays");
    if (moved && judged->problem->instances[to->instance].groups[to->group].joined)
        return wrong(judged, j, "is joined to another unit's group");
    if (moved && (out >= 0) != (!is_one_kind(judged, from->unit, to->unit) &&
                                cost_of_job(judged, before)->out_ms > 0))
        return wrong(judged, before, "OUT");
    if (moved && (in >= 0) != (taking_of(judged, j, from->unit).ms > 0))
        return wrong(judged, j, "IN");
    if (out >= 0 &&
        (judged->schedule->jobs[out].unit != from->unit || !follows(judged, before, out, true)))
        return wrong(judged, out, "does not follow its group");
    if (in >= 0 && (judged->schedule->jobs[in].unit != to->unit || !follows(judged, in, j, true)))
        return wrong(judged, j, "does not follow its IN");
    return follows(judged, out >= 0 ? out : before, in >= 0 ? in : j, false) ||
           wrong(judged, j, "begins before its tensor is there");
}

static double finish_of(const judged *judged, int instance)
{
    double end = 0;
    for (int j = 0; j < judged->schedule->job_count; j++)
        if (judged->schedule->jobs[j].instance == instance)
            end = fmax(end, judged->end_ms[j]);
    return end;
}

static bool instance_is_right(const judged *judged, int i)
{
    const hax_instance_spec *spec = &judged->problem->instances[i];
    int before = -1, moves = 0;
    for (int g = 0; g < spec->group_count; g++) {
        int j = find(judged, i, g, HAX_PART_RUN);
        if (j < 0) {
            snprintf(judged->why, EVALUATOR_WHY_BYTES, "%s group %d runs %s", spec->name, g,
                     j == -1 ? "never" : "twice");
            return false;
        }
        if (!cost_of_job(judged, j)->allowed)
            return wrong(judged, j, "may not run there");
        if (before >= 0 && !hand_over_is_right(judged, before, j))
            return false;
        moves +=
            before >= 0 && judged->schedule->jobs[before].unit != judged->schedule->jobs[j].unit;
        before = j;
    }
    for (int a = 0; a < spec->after_count; a++)
        for (int j = 0; j < judged->schedule->job_count; j++)
            if (judged->schedule->jobs[j].instance == i &&
                judged->schedule->jobs[j].start_ms <
                    finish_of(judged, spec->after[a]) - judged->slack_ms)
                return wrong(judged, j, "begins before what it comes after has ended");
    if (judged->problem->max_transitions >= 0 && moves > judged->problem->max_transitions)
        return wrong(judged, before, "more transitions than may be");
    return true;
}

/* One job at a time: a job that takes no time may stand where another begins or ends. */
static bool resources_are_free(const judged *judged)
{
    for (int j = 0; j < judged->schedule->job_count; j++) {
        for (int o = 0; o < j; o++) {
            const hax_job *a = &judged->schedule->jobs[j], *b = &judged->schedule->jobs[o];
            bool shared = judged->problem->units[a->unit].resources &
                          judged->problem->units[b->unit].resources;
            if (shared && judged->end_ms[j] > b->start_ms + judged->slack_ms &&
                judged->end_ms[o] > a->start_ms + judged->slack_ms)
                return wrong(judged, j, "runs beside another one on its resource");
        }
    }
    return true;
}

static bool pieces_are_few(const judged *judged)
{
    for (int u = 0; u < judged->problem->unit_count; u++) {
        int pieces = 0;
        for (int i = 0; i < judged->problem->instance_count; i++)
            for (int g = 0; g < judged->problem->instances[i].group_count; g++)
                pieces += judged->schedule->assignment[i][g] == u &&
                          (g == 0 || judged->schedule->assignment[i][g - 1] != u);
        if (judged->problem->units[u].max_pieces >= 0 &&
            pieces > judged->problem->units[u].max_pieces) {
            snprintf(judged->why, EVALUATOR_WHY_BYTES, "%d pieces on %s", pieces,
                     judged->problem->units[u].name);
            return false;
        }
    }
    return true;
}

double evaluator_value(const hax_problem *problem, const double *finish_ms)
{
    double value = problem->objective == HAX_DEADLINE ? -INFINITY : 0;
    for (int i = 0; i < problem->instance_count; i++) {
        const hax_instance_spec *spec = &problem->instances[i];
        switch (problem->objective) {
        case HAX_LATENCY: value = fmax(value, finish_ms[i]); break;
        case HAX_THROUGHPUT: value += 1 / finish_ms[i]; break;
        case HAX_SUM: value += finish_ms[i] * spec->weight; break;
        case HAX_DEADLINE: value = fmax(value, finish_ms[i] - spec->deadline_ms); break;
        }
    }
    return value;
}

static bool ends_are_right(const judged *judged)
{
    for (int j = 0; j < judged->schedule->job_count; j++)
        if (fabs(judged->end_ms[j] - judged->schedule->jobs[j].end_ms) > judged->slack_ms)
            return wrong(judged, j, "ends at another time");
    double finish_ms[INSTANCES];
    for (int i = 0; i < judged->problem->instance_count; i++)
        finish_ms[i] = finish_of(judged, i);
    double value = evaluator_value(judged->problem, finish_ms);
    double scale = judged->problem->objective == HAX_THROUGHPUT ? 0 : 1;
    if (judged->problem->objective == HAX_DEADLINE)
        scale = judged->slack_ms / 1e-7;
    if (fabs(value - judged->schedule->value) <= 1e-7 * fmax(scale, fabs(value)))
        return true;
    snprintf(judged->why, EVALUATOR_WHY_BYTES, "the value is %.12g, not %.12g", value,
             judged->schedule->value);
    return false;
}

bool evaluator_agrees(const hax_problem *problem, const hax_schedule *schedule,
                      char why[EVALUATOR_WHY_BYTES])
{
    bool running[JOBS] = { false }, begun[JOBS] = { false };
    double left[JOBS], end_ms[JOBS] = { 0 }, last = 1;
    judged at = { problem, schedule, 0, end_ms, why };
    snprintf(why, EVALUATOR_WHY_BYTES, "more than %d jobs or %d instances, or some never end", JOBS,
             INSTANCES);
    for (int j = 0; j < schedule->job_count; j++)
        last = fmax(last, schedule->jobs[j].end_ms);
    at.slack_ms = 1e-7 * last;
    if (schedule->job_count > JOBS || problem->instance_count > INSTANCES ||
        !walk(&at, running, begun, left))
        return false;
    for (int i = 0; i < problem->instance_count; i++)
        if (!instance_is_right(&at, i))
            return false;
    return resources_are_free(&at) && pieces_are_few(&at) && ends_are_right(&at);
}
