#include "greedy_schedule.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps ---------------------------------------------------------------------------- */

static void add_group(hax_greedy_schedule *greedy, int i, int g)
{
    const hax_problem *problem = greedy->problem;
    bool joined = g > 0 && problem->instances[i].groups[g].joined;
    if (!joined)
        greedy->steps[greedy->step_count++] =
            (hax_greedy_task){ .instance = i, .first = g, .unit = -1 };
    assert(greedy->step_count > 0); /* nothing comes before a first group, to be joined to */
    hax_greedy_task *step = &greedy->steps[greedy->step_count - 1];
    step->count++;
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = hax_cost_of(problem, i, g, u);
        step->ms[u] += cost->allowed ? cost->time_ms : INFINITY;
    }
}

/* Fewest changes of unit to the end, from the last step to the first. */
static void count_changes(hax_greedy_schedule *greedy, int i)
{
    int units = greedy->problem->unit_count, last = greedy->first_step[i + 1] - 1;
    for (int s = last; s >= greedy->first_step[i]; s--) {
        int best = s == last ? 0 : GREEDY_NEVER;
        for (int u = 0; s < last && u < units; u++)
            if (greedy->steps[s + 1].fewest[u] < best)
                best = greedy->steps[s + 1].fewest[u];
        for (int u = 0; u < units; u++) {
            int stay = s == last ? 0 : greedy->steps[s + 1].fewest[u];
            int move = s == last ? 0 : best + 1;
            greedy->steps[s].fewest[u] = isinf(greedy->steps[s].ms[u]) ? GREEDY_NEVER
                                         : stay < move                 ? stay
                                                                       : move;
        }
    }
}

hax_status hax_greedy_open(const hax_problem *problem, const hax_baseline_limits *limits,
                           hax_greedy_schedule *greedy, hax_error *err)
{
    int groups = 0, instances = problem->instance_count;
    for (int i = 0; i < instances; i++)
        groups += problem->instances[i].group_count;
    *greedy = (hax_greedy_schedule){ .problem = problem, .allowed = hax_time_budget_from(limits) };
    greedy->steps = calloc((size_t) groups, sizeof *greedy->steps);
    greedy->order = calloc((size_t) groups, sizeof *greedy->order);
    greedy->first_step = calloc((size_t) instances + 1, sizeof *greedy->first_step);
    greedy->next_step = calloc((size_t) instances, sizeof *greedy->next_step);
    if (!greedy->steps || !greedy->order || !greedy->first_step || !greedy->next_step) {
        hax_greedy_close(greedy);
        hax_fail_memory(err, "a baseline");
        return HAX_NO_MEMORY; /* in so many words, for the analyser */
    }
    for (int i = 0; i < instances; i++) {
        for (int g = 0; g < problem->instances[i].group_count; g++)
            add_group(greedy, i, g);
        greedy->first_step[i + 1] = greedy->step_count;
        greedy->next_step[i] = greedy->first_step[i];
        count_changes(greedy, i);
    }
    return HAX_OK;
}

void hax_greedy_close(hax_greedy_schedule *greedy)
{
    free(greedy->steps);
    free(greedy->order);
    free(greedy->first_step);
    free(greedy->next_step);
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        hax_free_time_close(&greedy->free_time[u]);
    *greedy = (hax_greedy_schedule){ 0 };
}

bool hax_greedy_keep_gaps(hax_greedy_schedule *greedy)
{
    assert(greedy->placed_count == 0);
    greedy->gaps = true;
    for (int u = 0; u < greedy->problem->unit_count; u++)
        if (!hax_free_time_open(&greedy->free_time[u]))
            return false;
    return true;
}

int hax_greedy_before(const hax_greedy_schedule *greedy, int s)
{
    return s == greedy->first_step[greedy->steps[s].instance] ? -1 : s - 1;
}

/* Does a step on this unit begin a piece? */
static bool begins_piece(const hax_greedy_schedule *greedy, int s, int unit)
{
    int before = hax_greedy_before(greedy, s);
    return before < 0 || greedy->steps[before].unit != unit;
}

static int changes_with(const hax_greedy_schedule *greedy, int s, int unit)
{
    int before = hax_greedy_before(greedy, s);
    return before < 0 ? 0 : greedy->steps[before].changes + (greedy->steps[before].unit != unit);
}

void hax_greedy_map(hax_greedy_schedule *greedy, int s, int unit)
{
    hax_greedy_task *step = &greedy->steps[s];
    assert(step->unit < 0 && isfinite(step->ms[unit]));
    step->changes = changes_with(greedy, s, unit);
    greedy->pieces[unit] += begins_piece(greedy, s, unit);
    step->unit = unit;
}

void hax_greedy_unmap(hax_greedy_schedule *greedy, int s)
{
    hax_greedy_task *step = &greedy->steps[s];
    assert(step->unit >= 0);
    greedy->pieces[step->unit] -= begins_piece(greedy, s, step->unit);
    assert(greedy->pieces[step->unit] >= 0);
    step->unit = -1;
}

bool hax_greedy_may(const hax_greedy_schedule *greedy, int s, int unit)
{
    const hax_greedy_task *step = &greedy->steps[s];
    int transitions = greedy->problem->max_transitions,
        most = greedy->problem->units[unit].max_pieces;
    if (step->fewest[unit] >= GREEDY_NEVER)
        return false;
    if (transitions >= 0 && changes_with(greedy, s, unit) + step->fewest[unit] > transitions)
        return false;
    return most < 0 || greedy->pieces[unit] + begins_piece(greedy, s, unit) <= most;
}

double hax_greedy_out_ms(const hax_greedy_schedule *greedy, int s, int from, int to)
{
    const hax_greedy_task *before = &greedy->steps[s - 1];
    int last = before->first + before->count - 1;
    return from == to ? 0 : hax_cost_of(greedy->problem, before->instance, last, from)->out_ms;
}

double hax_greedy_in_ms(const hax_greedy_schedule *greedy, int s, int from, int to)
{
    const hax_greedy_task *step = &greedy->steps[s];
    return from == to ? 0 : hax_cost_of(greedy->problem, step->instance, step->first, to)->in_ms;
}

/* ---- the clock -------------------------------------------------------------------------- */

int hax_greedy_ready(const hax_greedy_schedule *greedy, int instance)
{
    const hax_instance_spec *spec = &greedy->problem->instances[instance];
    for (int a = 0; a < spec->after_count; a++)
        if (!greedy->steps[greedy->first_step[spec->after[a] + 1] - 1].placed)
            return -1;
    int next = greedy->next_step[instance];
    return next < greedy->first_step[instance + 1] ? next : -1;
}

/* When everything that it needs has ended, moved to `unit` included. */
static double available_ms(const hax_greedy_schedule *greedy, int s, int unit)
{
    const hax_instance_spec *spec = &greedy->problem->instances[greedy->steps[s].instance];
    int before = hax_greedy_before(greedy, s);
    double from_ms = 0;
    if (before >= 0 && greedy->out_included)
        return greedy->steps[before].end_ms;
    if (before >= 0)
        return greedy->steps[before].end_ms +
               hax_greedy_out_ms(greedy, s, greedy->steps[before].unit, unit);
    for (int a = 0; a < spec->after_count; a++)
        from_ms = fmax(from_ms, greedy->steps[greedy->first_step[spec->after[a] + 1] - 1].end_ms);
    return from_ms;
}

double hax_greedy_start_ms(hax_greedy_schedule *greedy, int s, int unit, double length_ms)
{
    double start_ms = available_ms(greedy, s, unit);
    const uint32_t resources = greedy->problem->units[unit].resources;
    if (greedy->gaps)
        return hax_free_time_first(&greedy->free_time[unit], start_ms, length_ms);
    for (int r = 0; r < greedy->problem->resource_count; r++)
        if (resources >> r & 1)
            start_ms = fmax(start_ms, greedy->clock.free_ms[r]);
    return start_ms;
}

/* Units that share a resource with one that is busy are not free either. */
static bool take_time(hax_greedy_schedule *greedy, int unit, double start_ms, double end_ms)
{
    bool ok = true;
    for (int u = 0; greedy->gaps && u < greedy->problem->unit_count; u++)
        if (hax_share_resource(greedy->problem, u, unit))
            ok = ok && hax_free_time_take(&greedy->free_time[u], start_ms, end_ms);
    return ok;
}

bool hax_greedy_place(hax_greedy_schedule *greedy, int s, int unit, double start_ms, double end_ms)
{
    hax_greedy_task *step = &greedy->steps[s];
    const uint32_t resources = greedy->problem->units[unit].resources;
    assert(!step->placed && s == greedy->next_step[step->instance]); /* in the instance's order */
    assert(end_ms >= start_ms && greedy->placed_count < greedy->step_count);
    if (step->unit < 0)
        hax_greedy_map(greedy, s, unit);
    step->placed = true;
    step->start_ms = start_ms;
    step->end_ms = end_ms;
    greedy->next_step[step->instance] = s + 1;
    greedy->order[greedy->placed_count++] = s;
    for (int r = 0; r < greedy->problem->resource_count; r++)
        if (resources >> r & 1)
            greedy->clock.free_ms[r] = fmax(greedy->clock.free_ms[r], end_ms);
    return take_time(greedy, unit, start_ms, end_ms);
}

void hax_greedy_take_back(hax_greedy_schedule *greedy, int count, const hax_greedy_clock *before)
{
    for (int n = 0; n < count; n++) {
        assert(greedy->placed_count > 0);
        int s = greedy->order[--greedy->placed_count];
        hax_greedy_unmap(greedy, s);
        greedy->steps[s].placed = false;
        greedy->next_step[greedy->steps[s].instance] = s;
    }
    greedy->clock = *before;
}

static double length_ms(const hax_greedy_schedule *greedy, int s)
{
    const hax_greedy_task *step = &greedy->steps[s];
    int before = hax_greedy_before(greedy, s),
        from = before < 0 ? step->unit : greedy->steps[before].unit;
    return step->ms[step->unit] + (before < 0 ? 0 : hax_greedy_in_ms(greedy, s, from, step->unit));
}

hax_status hax_greedy_arrange(hax_greedy_schedule *greedy, const char *name, hax_error *err)
{
    while (greedy->placed_count < greedy->step_count) {
        HAX_TRY(hax_time_budget_check(&greedy->allowed, name, err));
        int first = -1;
        double first_ms = INFINITY;
        for (int i = 0; i < greedy->problem->instance_count; i++) {
            int s = hax_greedy_ready(greedy, i);
            if (s < 0)
                continue;
            double start_ms =
                hax_greedy_start_ms(greedy, s, greedy->steps[s].unit, length_ms(greedy, s));
            if (start_ms < first_ms) {
                first = s;
                first_ms = start_ms;
            }
        }
        if (first < 0)
            return HAX_OK; /* only where `after` goes in a circle, which no problem has */
        hax_greedy_place(greedy, first, greedy->steps[first].unit, first_ms,
                         first_ms + length_ms(greedy, first));
    }
    return HAX_OK;
}

/* ---- results ------------------------------------------------------------------------------- */

typedef struct sortable {
    double start_ms;
    int step, number; /* number: in the order in which they were placed */
} sortable;

static int by_start(const void *a, const void *b)
{
    const sortable *x = a, *y = b;
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* By start; those of one start stay as they were placed. */
static bool sort_order(hax_greedy_schedule *greedy)
{
    sortable *list = calloc((size_t) greedy->placed_count + 1, sizeof *list);
    if (!list)
        return false;
    for (int n = 0; n < greedy->placed_count; n++)
        list[n] = (sortable){ greedy->steps[greedy->order[n]].start_ms, greedy->order[n], n };
    qsort(list, (size_t) greedy->placed_count, sizeof *list, by_start);
    for (int n = 0; n < greedy->placed_count; n++)
        greedy->order[n] = list[n].step;
    free(list);
    return true;
}

hax_status hax_greedy_evaluate(hax_greedy_schedule *greedy, const hax_problem *problem,
                               const char *name, const hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    for (int s = 0; s < greedy->step_count; s++)
        groups += greedy->steps[s].count;
    hax_job *jobs = calloc((size_t) groups + 1, sizeof *jobs);
    if (!jobs || !sort_order(greedy)) {
        free(jobs);
        return hax_fail_memory(err, "a schedule");
    }
    for (int n = 0; n < greedy->placed_count; n++) {
        const hax_greedy_task *step = &greedy->steps[greedy->order[n]];
        for (int g = step->first; g < step->first + step->count; g++)
            jobs[count++] = (hax_job){
                .unit = step->unit, .instance = step->instance, .group = g, .after = -1
            };
    }
    assert(count <= groups);
    hax_status status = hax_schedule_evaluate(problem, name, count, jobs, schedule, err);
    free(jobs);
    return status == HAX_BAD_INPUT ? HAX_INFEASIBLE : status; /* the limits are all it can break */
}

hax_status hax_greedy_stuck(const hax_greedy_schedule *greedy, int s, const char *name,
                            hax_error *err)
{
    const hax_instance_spec *instance = &greedy->problem->instances[greedy->steps[s].instance];
    return hax_fail(err, HAX_INFEASIBLE,
                    "%s: no unit is left for instance '%s', group '%s' within the limits", name,
                    instance->name, instance->groups[greedy->steps[s].first].name);
}
