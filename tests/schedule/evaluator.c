/* Jobs begin when the schedule says; everything else follows. */
#include "evaluator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
static double row_value(const hax_slowdown *of, int row, double external)
{
    const double *values = of->slowdown + row * of->external_count;
    double x0 = 0, y0 = 1;
    for (int j = 0; j < of->external_count; j++) {
        if (external <= of->external_gbps[j])
            return between(external, x0, y0, of->external_gbps[j], values[j]);
        x0 = of->external_gbps[j];
        y0 = values[j];
    }
    return y0;
}

static double table_value(const hax_slowdown *of, double own, double external)
{
    for (int i = 1; i < of->own_count; i++)
        if (own <= of->own_gbps[i])
            return between(own, of->own_gbps[i - 1], row_value(of, i - 1, external),
                           of->own_gbps[i], row_value(of, i, external));
    return row_value(of, of->own_count - 1, external);
}

/* What the normal and the intensive region lose, in percent: nothing up to where the total demand
 * is TBWDC (in the last tenth before the intensive region that moves to 0), then by the rate up to
 * CBP. */
static double falling(const hax_pccs *of, double own, double external)
{
    double from = fmax(of->tbwdc_gbps - own, 0);
    double tenth = (of->intensive_gbps - of->normal_gbps) / 10;
    if (own >= of->intensive_gbps)
        from = 0;
    else if (tenth > 0)
        from *= fmin((of->intensive_gbps - own) / tenth, 1);
    return of->rate_percent_per_gbps * fmax(fmin(external, of->cbp_gbps) - from, 0);
}

static double pccs_value(const hax_pccs *of, double own, double external)
{
    double minor = of->mrmc_percent;
    double tenth = of->normal_gbps / 10, loss;
    if (of->peak_gbps > external)
        minor *= external / of->peak_gbps;
    if (own > of->normal_gbps)
        loss = fmax(minor, falling(of, own, external));
    else /* joined to the normal region over its last tenth */
        loss = between(own, of->normal_gbps - tenth, minor, of->normal_gbps,
                       fmax(minor, falling(of, of->normal_gbps, external)));
    return loss >= 99.9 ? 1000 : 100 / (100 - loss);
}

double evaluator_slowdown(const hax_slowdown *of, double own_gbps, double external_gbps)
{
    double value = 1;
    if (external_gbps <= 0)
        return 1;
    if (of->kind == HAX_SLOWDOWN_LINEAR)
        value = 1 + of->per_gbps * external_gbps;
    if (of->kind == HAX_SLOWDOWN_TABLE)
        value = table_value(of, own_gbps, external_gbps);
    if (of->kind == HAX_SLOWDOWN_PCCS)
        value = pccs_value(&of->pccs, own_gbps, external_gbps);
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

static const hax_cost *cost_of_job(const judged *at, int j)
{
    const hax_job *job = &at->schedule->jobs[j];
    return &at->problem->instances[job->instance].groups[job->group].on[job->unit];
}

static double alone_of(const judged *at, int j)
{
    const hax_cost *cost = cost_of_job(at, j);
    const hax_part part = at->schedule->jobs[j].part;
    return part == HAX_PART_RUN ? cost->time_ms : part == HAX_PART_OUT ? cost->out_ms : cost->in_ms;
}

static double demand_of(const judged *at, int j)
{
    const hax_cost *cost = cost_of_job(at, j);
    const hax_part part = at->schedule->jobs[j].part;
    return part == HAX_PART_RUN   ? cost->gbps
           : part == HAX_PART_OUT ? cost->out_gbps
                                  : cost->in_gbps;
}

static double speed_of(const judged *at, int j, const bool *running)
{
    const hax_job *job = &at->schedule->jobs[j];
    double own = demand_of(at, j), external = 0;
    if (job->part == HAX_PART_RUN && cost_of_job(at, j)->own_gbps > 0)
        own = cost_of_job(at, j)->own_gbps;
    for (int o = 0; o < at->schedule->job_count; o++)
        if (o != j && running[o])
            external += demand_of(at, o);
    return 1 / evaluator_slowdown(&at->problem->units[job->unit].slowdown, own, external);
}

/* From event to event: the next start or the first end. What has but rounding left has ended: it
 * must not slow down what follows it. */
static bool walk(judged *at, bool *running, bool *begun, double *left)
{
    const int count = at->schedule->job_count;
    double now = 0;
    for (int done = 0; done < count;) {
        double span = INFINITY;
        for (int j = 0; j < count; j++) {
            if (!begun[j])
                span = fmin(span, fmax(at->schedule->jobs[j].start_ms - now, 0));
            else if (running[j])
                span = fmin(span, left[j] / speed_of(at, j, running));
        }
        if (!isfinite(span))
            return false;
        double speeds[JOBS] = { 0 };
        for (int j = 0; j < count; j++)
            speeds[j] = running[j] ? speed_of(at, j, running) : 0;
        now += span;
        for (int j = 0; j < count; j++) {
            if (running[j] && left[j] / speeds[j] <= span + 1e-12 * fmax(1, now)) {
                at->end_ms[j] = now;
                running[j] = false;
                done++;
            } else if (running[j]) {
                left[j] -= span * speeds[j];
            }
            if (!begun[j] && at->schedule->jobs[j].start_ms <= now) {
                begun[j] = running[j] = true;
                left[j] = alone_of(at, j);
            }
        }
    }
    return true;
}

/* ---- what makes jobs a schedule -------------------------------------------------------------- */

static bool wrong(const judged *at, int j, const char *what)
{
    const hax_job *job = &at->schedule->jobs[j];
    snprintf(at->why, EVALUATOR_WHY_BYTES, "%s %s, %s on %s at %.12g: %s",
             at->problem->instances[job->instance].name,
             at->problem->instances[job->instance].groups[job->group].name,
             hax_part_name(job->part), at->problem->units[job->unit].name, job->start_ms, what);
    return false;
}

/* The job of a part, -1 where there is none, -2 where there are several. */
static int find(const judged *at, int instance, int group, hax_part part)
{
    int found = -1;
    for (int j = 0; j < at->schedule->job_count; j++) {
        const hax_job *job = &at->schedule->jobs[j];
        if (job->instance == instance && job->group == group && job->part == part)
            found = found == -1 ? j : -2;
    }
    return found;
}

static bool follows(const judged *at, int before, int j, bool at_once)
{
    double gap = at->schedule->jobs[j].start_ms - at->end_ms[before];
    return gap >= -at->slack_ms && (!at_once || gap <= at->slack_ms);
}

/* The hand-over between group g - 1, whose job is `before`, and group g. */
static bool hand_over_is_right(const judged *at, int before, int j)
{
    const hax_job *from = &at->schedule->jobs[before], *to = &at->schedule->jobs[j];
    bool moved = from->unit != to->unit;
    int out = find(at, from->instance, from->group, HAX_PART_OUT);
    int in = find(at, to->instance, to->group, HAX_PART_IN);
    if (out == -2 || in == -2)
        return wrong(at, j, "is handed over twice");
    if (!moved && (out >= 0 || in >= 0))
        return wrong(at, j, "is handed over, but stays");
    if (moved && at->problem->instances[to->instance].groups[to->group].joined)
        return wrong(at, j, "is joined to another unit's group");
    if (moved && (out >= 0) != (cost_of_job(at, before)->out_ms > 0))
        return wrong(at, before, "OUT");
    if (moved && (in >= 0) != (cost_of_job(at, j)->in_ms > 0))
        return wrong(at, j, "IN");
    if (out >= 0 && (at->schedule->jobs[out].unit != from->unit || !follows(at, before, out, true)))
        return wrong(at, out, "does not follow its group");
    if (in >= 0 && (at->schedule->jobs[in].unit != to->unit || !follows(at, in, j, true)))
        return wrong(at, j, "does not follow its IN");
    return follows(at, out >= 0 ? out : before, in >= 0 ? in : j, false) ||
           wrong(at, j, "begins before its tensor is there");
}

static double finish_of(const judged *at, int instance)
{
    double end = 0;
    for (int j = 0; j < at->schedule->job_count; j++)
        if (at->schedule->jobs[j].instance == instance)
            end = fmax(end, at->end_ms[j]);
    return end;
}

static bool instance_is_right(const judged *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    int before = -1, moves = 0;
    for (int g = 0; g < spec->group_count; g++) {
        int j = find(at, i, g, HAX_PART_RUN);
        if (j < 0) {
            snprintf(at->why, EVALUATOR_WHY_BYTES, "%s group %d runs %s", spec->name, g,
                     j == -1 ? "never" : "twice");
            return false;
        }
        if (!cost_of_job(at, j)->allowed)
            return wrong(at, j, "may not run there");
        if (before >= 0 && !hand_over_is_right(at, before, j))
            return false;
        moves += before >= 0 && at->schedule->jobs[before].unit != at->schedule->jobs[j].unit;
        before = j;
    }
    for (int a = 0; a < spec->after_count; a++)
        for (int j = 0; j < at->schedule->job_count; j++)
            if (at->schedule->jobs[j].instance == i &&
                at->schedule->jobs[j].start_ms < finish_of(at, spec->after[a]) - at->slack_ms)
                return wrong(at, j, "begins before what it comes after has ended");
    if (at->problem->max_transitions >= 0 && moves > at->problem->max_transitions)
        return wrong(at, before, "more transitions than may be");
    return true;
}

/* One job at a time: a job that takes no time may stand where another begins or ends. */
static bool resources_are_free(const judged *at)
{
    for (int j = 0; j < at->schedule->job_count; j++) {
        for (int o = 0; o < j; o++) {
            const hax_job *a = &at->schedule->jobs[j], *b = &at->schedule->jobs[o];
            bool shared =
                at->problem->units[a->unit].resources & at->problem->units[b->unit].resources;
            if (shared && at->end_ms[j] > b->start_ms + at->slack_ms &&
                at->end_ms[o] > a->start_ms + at->slack_ms)
                return wrong(at, j, "runs beside another one on its resource");
        }
    }
    return true;
}

static bool pieces_are_few(const judged *at)
{
    for (int u = 0; u < at->problem->unit_count; u++) {
        int pieces = 0;
        for (int i = 0; i < at->problem->instance_count; i++)
            for (int g = 0; g < at->problem->instances[i].group_count; g++)
                pieces += at->schedule->assignment[i][g] == u &&
                          (g == 0 || at->schedule->assignment[i][g - 1] != u);
        if (at->problem->units[u].max_pieces >= 0 && pieces > at->problem->units[u].max_pieces) {
            snprintf(at->why, EVALUATOR_WHY_BYTES, "%d pieces on %s", pieces,
                     at->problem->units[u].name);
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

static bool ends_are_right(const judged *at)
{
    for (int j = 0; j < at->schedule->job_count; j++)
        if (fabs(at->end_ms[j] - at->schedule->jobs[j].end_ms) > at->slack_ms)
            return wrong(at, j, "ends at another time");
    double finish_ms[INSTANCES];
    for (int i = 0; i < at->problem->instance_count; i++)
        finish_ms[i] = finish_of(at, i);
    double value = evaluator_value(at->problem, finish_ms);
    double scale = at->problem->objective == HAX_THROUGHPUT ? 0 : 1;
    if (at->problem->objective == HAX_DEADLINE)
        scale = at->slack_ms / 1e-7;
    if (fabs(value - at->schedule->value) <= 1e-7 * fmax(scale, fabs(value)))
        return true;
    snprintf(at->why, EVALUATOR_WHY_BYTES, "the value is %.12g, not %.12g", value,
             at->schedule->value);
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
