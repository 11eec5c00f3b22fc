#include "baselines/draft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps ---------------------------------------------------------------------------- */

static void add_group(draft *of, int i, int g)
{
    const hax_problem *problem = of->problem;
    bool joined = g > 0 && problem->instances[i].groups[g].joined;
    if (!joined)
        of->steps[of->step_count++] = (step){ .instance = i, .first = g, .unit = -1 };
    step *at = &of->steps[of->step_count - 1];
    at->count++;
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = cost_of(problem, i, g, u);
        at->ms[u] += cost->allowed ? cost->time_ms : INFINITY;
    }
}

/* Fewest changes of unit to the end, from the last step to the first. */
static void count_changes(draft *of, int i)
{
    int units = of->problem->unit_count, last = of->first_step[i + 1] - 1;
    for (int s = last; s >= of->first_step[i]; s--) {
        int best = s == last ? 0 : DRAFT_NEVER;
        for (int u = 0; s < last && u < units; u++)
            if (of->steps[s + 1].fewest[u] < best)
                best = of->steps[s + 1].fewest[u];
        for (int u = 0; u < units; u++) {
            int stay = s == last ? 0 : of->steps[s + 1].fewest[u];
            int move = s == last ? 0 : best + 1;
            of->steps[s].fewest[u] = isinf(of->steps[s].ms[u]) ? DRAFT_NEVER
                                     : stay < move             ? stay
                                                               : move;
        }
    }
}

hax_status draft_open(const hax_problem *problem, const hax_baseline_limits *limits, draft *made,
                      hax_error *err)
{
    int groups = 0, instances = problem->instance_count;
    for (int i = 0; i < instances; i++)
        groups += problem->instances[i].group_count;
    *made = (draft){ .problem = problem, .allowed = allowance_from(limits) };
    made->steps = calloc((size_t) groups, sizeof *made->steps);
    made->order = calloc((size_t) groups, sizeof *made->order);
    made->first_step = calloc((size_t) instances + 1, sizeof *made->first_step);
    if (!made->steps || !made->order || !made->first_step) {
        draft_close(made);
        hax_fail_memory(err, "a baseline");
        return HAX_NO_MEMORY; /* in so many words, for the analyser */
    }
    for (int i = 0; i < instances; i++) {
        for (int g = 0; g < problem->instances[i].group_count; g++)
            add_group(made, i, g);
        made->first_step[i + 1] = made->step_count;
        count_changes(made, i);
    }
    return HAX_OK;
}

void draft_close(draft *of)
{
    free(of->steps);
    free(of->order);
    free(of->first_step);
    *of = (draft){ 0 };
}

int draft_before(const draft *of, int s)
{
    return s == of->first_step[of->steps[s].instance] ? -1 : s - 1;
}

static bool fits_pieces(const draft *of, int s, int unit)
{
    int limit = of->problem->units[unit].max_pieces, pieces = 0;
    if (limit < 0)
        return true;
    for (int t = 0; t < of->step_count; t++) {
        int on = t == s ? unit : of->steps[t].unit, before = draft_before(of, t);
        int on_before = before < 0 ? -1 : before == s ? unit : of->steps[before].unit;
        pieces += on == unit && on_before != unit;
    }
    return pieces <= limit;
}

bool draft_may(const draft *of, int s, int unit)
{
    const step *at = &of->steps[s];
    int changes = 0, limit = of->problem->max_transitions;
    for (int t = of->first_step[at->instance] + 1; t <= s; t++)
        changes += of->steps[t - 1].unit != (t == s ? unit : of->steps[t].unit);
    if (at->fewest[unit] >= DRAFT_NEVER)
        return false;
    return (limit < 0 || changes + at->fewest[unit] <= limit) && fits_pieces(of, s, unit);
}

double draft_out_ms(const draft *of, int s, int from, int to)
{
    const step *before = &of->steps[s - 1];
    int last = before->first + before->count - 1;
    return from == to ? 0 : cost_of(of->problem, before->instance, last, from)->out_ms;
}

double draft_in_ms(const draft *of, int s, int from, int to)
{
    const step *at = &of->steps[s];
    return from == to ? 0 : cost_of(of->problem, at->instance, at->first, to)->in_ms;
}

/* ---- the clock -------------------------------------------------------------------------- */

int draft_ready(const draft *of, int instance)
{
    const hax_instance_spec *spec = &of->problem->instances[instance];
    for (int a = 0; a < spec->after_count; a++)
        if (!of->steps[of->first_step[spec->after[a] + 1] - 1].placed)
            return -1;
    for (int s = of->first_step[instance]; s < of->first_step[instance + 1]; s++)
        if (!of->steps[s].placed)
            return s;
    return -1;
}

/* When everything that it needs has ended, moved to `unit` included. */
static double available_ms(const draft *of, int s, int unit)
{
    const hax_instance_spec *spec = &of->problem->instances[of->steps[s].instance];
    int before = draft_before(of, s);
    double from_ms = 0;
    if (before >= 0 && of->out_included)
        return of->steps[before].end_ms;
    if (before >= 0)
        return of->steps[before].end_ms + draft_out_ms(of, s, of->steps[before].unit, unit);
    for (int a = 0; a < spec->after_count; a++)
        from_ms = fmax(from_ms, of->steps[of->first_step[spec->after[a] + 1] - 1].end_ms);
    return from_ms;
}

static bool in_the_way(const draft *of, int s, int unit, double start_ms, double end_ms)
{
    const step *other = &of->steps[s];
    return other->placed && share_resource(of->problem, other->unit, unit) &&
           other->start_ms < end_ms && start_ms < other->end_ms;
}

/* Behind everything on the unit: one look is enough. */
static double start_behind_ms(const draft *of, int unit, double start_ms)
{
    for (int t = 0; t < of->step_count; t++)
        if (in_the_way(of, t, unit, start_ms, INFINITY))
            start_ms = of->steps[t].end_ms;
    return start_ms;
}

double draft_start_ms(const draft *of, int s, int unit, double length_ms, bool fill)
{
    double start_ms = available_ms(of, s, unit);
    if (!fill)
        return start_behind_ms(of, unit, start_ms);
    for (bool moved = true; moved;) {
        moved = false;
        for (int t = 0; t < of->step_count; t++) {
            if (!in_the_way(of, t, unit, start_ms, start_ms + length_ms))
                continue;
            start_ms = of->steps[t].end_ms;
            moved = true;
        }
    }
    return start_ms;
}

void draft_place(draft *of, int s, int unit, double start_ms, double end_ms)
{
    step *at = &of->steps[s];
    at->unit = unit;
    at->placed = true;
    at->start_ms = start_ms;
    at->end_ms = end_ms;
    of->order[of->placed_count++] = s;
}

static double length_ms(const draft *of, int s)
{
    const step *at = &of->steps[s];
    int before = draft_before(of, s), from = before < 0 ? at->unit : of->steps[before].unit;
    return at->ms[at->unit] + (before < 0 ? 0 : draft_in_ms(of, s, from, at->unit));
}

hax_status draft_arrange(draft *of, const char *name, hax_error *err)
{
    while (of->placed_count < of->step_count) {
        HAX_TRY(allowance_check(&of->allowed, name, err));
        int first = -1;
        double first_ms = INFINITY;
        for (int i = 0; i < of->problem->instance_count; i++) {
            int s = draft_ready(of, i);
            if (s < 0)
                continue;
            double start_ms = draft_start_ms(of, s, of->steps[s].unit, length_ms(of, s), false);
            if (start_ms < first_ms) {
                first = s;
                first_ms = start_ms;
            }
        }
        if (first < 0)
            return HAX_OK; /* only where `after` goes in a circle, which no problem has */
        draft_place(of, first, of->steps[first].unit, first_ms, first_ms + length_ms(of, first));
    }
    return HAX_OK;
}

/* ---- results ------------------------------------------------------------------------------- */

/* By start; insertion keeps those of one start as they were placed. */
static void sort_order(draft *of)
{
    for (int n = 1; n < of->placed_count; n++) {
        int s = of->order[n], at = n;
        for (; at > 0 && of->steps[of->order[at - 1]].start_ms > of->steps[s].start_ms; at--)
            of->order[at] = of->order[at - 1];
        of->order[at] = s;
    }
}

hax_status draft_schedule(draft *of, const hax_problem *problem, const char *name,
                          hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    for (int s = 0; s < of->step_count; s++)
        groups += of->steps[s].count;
    hax_job *jobs = calloc((size_t) groups + 1, sizeof *jobs);
    if (!jobs)
        return hax_fail_memory(err, "a schedule");
    sort_order(of);
    for (int n = 0; n < of->placed_count; n++) {
        const step *at = &of->steps[of->order[n]];
        for (int g = at->first; g < at->first + at->count; g++)
            jobs[count++] =
                (hax_job){ .unit = at->unit, .instance = at->instance, .group = g, .after = -1 };
    }
    hax_status status = hax_schedule_evaluate(problem, name, count, jobs, schedule, err);
    free(jobs);
    return status == HAX_BAD_INPUT ? HAX_INFEASIBLE : status; /* the limits are all it can break */
}

hax_status draft_stuck(const draft *of, int s, const char *name, hax_error *err)
{
    const hax_instance_spec *instance = &of->problem->instances[of->steps[s].instance];
    return hax_fail(err, HAX_INFEASIBLE,
                    "%s: no unit is left for instance '%s', group '%s' within the limits", name,
                    instance->name, instance->groups[of->steps[s].first].name);
}
