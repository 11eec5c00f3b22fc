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
    made->next_step = calloc((size_t) instances, sizeof *made->next_step);
    if (!made->steps || !made->order || !made->first_step || !made->next_step) {
        draft_close(made);
        hax_fail_memory(err, "a baseline");
        return HAX_NO_MEMORY; /* in so many words, for the analyser */
    }
    for (int i = 0; i < instances; i++) {
        for (int g = 0; g < problem->instances[i].group_count; g++)
            add_group(made, i, g);
        made->first_step[i + 1] = made->step_count;
        made->next_step[i] = made->first_step[i];
        count_changes(made, i);
    }
    return HAX_OK;
}

void draft_close(draft *of)
{
    free(of->steps);
    free(of->order);
    free(of->first_step);
    free(of->next_step);
    for (int r = 0; r < HAX_MAX_RESOURCES; r++)
        free(of->busy[r].list);
    *of = (draft){ 0 };
}

int draft_before(const draft *of, int s)
{
    return s == of->first_step[of->steps[s].instance] ? -1 : s - 1;
}

/* Does a step on this unit begin a piece? */
static bool begins_piece(const draft *of, int s, int unit)
{
    int before = draft_before(of, s);
    return before < 0 || of->steps[before].unit != unit;
}

static int changes_with(const draft *of, int s, int unit)
{
    int before = draft_before(of, s);
    return before < 0 ? 0 : of->steps[before].changes + (of->steps[before].unit != unit);
}

void draft_map(draft *of, int s, int unit)
{
    step *at = &of->steps[s];
    at->changes = changes_with(of, s, unit);
    of->pieces[unit] += begins_piece(of, s, unit);
    at->unit = unit;
}

void draft_unmap(draft *of, int s)
{
    step *at = &of->steps[s];
    of->pieces[at->unit] -= begins_piece(of, s, at->unit);
    at->unit = -1;
}

bool draft_may(const draft *of, int s, int unit)
{
    const step *at = &of->steps[s];
    int transitions = of->problem->max_transitions, most = of->problem->units[unit].max_pieces;
    if (at->fewest[unit] >= DRAFT_NEVER)
        return false;
    if (transitions >= 0 && changes_with(of, s, unit) + at->fewest[unit] > transitions)
        return false;
    return most < 0 || of->pieces[unit] + begins_piece(of, s, unit) <= most;
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
    int next = of->next_step[instance];
    return next < of->first_step[instance + 1] ? next : -1;
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

/* The first stretch that ends behind a time. */
static int stretch_behind(const draft_busy *of, double time_ms)
{
    int low = 0, high = of->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (of->list[middle].end_ms > time_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The first time from one on at which a resource is free for so long. */
static double first_gap_ms(const draft_busy *of, double start_ms, double length_ms)
{
    for (int n = stretch_behind(of, start_ms); n < of->count; n++) {
        const struct draft_stretch *at = &of->list[n];
        if (at->start_ms >= start_ms + length_ms)
            break;
        if (start_ms < at->end_ms)
            start_ms = at->end_ms;
    }
    return start_ms;
}

double draft_start_ms(const draft *of, int s, int unit, double length_ms)
{
    double start_ms = available_ms(of, s, unit), before_ms;
    const uint32_t resources = of->problem->units[unit].resources;
    do {
        before_ms = start_ms;
        for (int r = 0; r < of->problem->resource_count; r++)
            if (resources >> r & 1)
                start_ms = of->gaps ? first_gap_ms(&of->busy[r], start_ms, length_ms)
                                    : fmax(start_ms, of->clock.free_ms[r]);
    } while (of->gaps && start_ms > before_ms);
    return start_ms;
}

/* Puts a stretch where it belongs; false: memory is out. */
static bool add_stretch(draft_busy *of, double start_ms, double end_ms)
{
    enum { FIRST_ROOM = 64 };
    if (of->count == of->room) {
        int room = of->room ? 2 * of->room : FIRST_ROOM;
        void *grown = realloc(of->list, (size_t) room * sizeof *of->list);
        if (!grown)
            return false;
        of->list = grown;
        of->room = room;
    }
    int at = of->count++;
    for (; at > 0 && (of->list[at - 1].start_ms > start_ms ||
                      (of->list[at - 1].start_ms == start_ms && of->list[at - 1].end_ms > end_ms));
         at--)
        of->list[at] = of->list[at - 1];
    of->list[at] = (struct draft_stretch){ start_ms, end_ms };
    return true;
}

bool draft_place(draft *of, int s, int unit, double start_ms, double end_ms)
{
    step *at = &of->steps[s];
    const uint32_t resources = of->problem->units[unit].resources;
    bool ok = true;
    if (at->unit < 0)
        draft_map(of, s, unit);
    at->placed = true;
    at->start_ms = start_ms;
    at->end_ms = end_ms;
    of->next_step[at->instance] = s + 1;
    of->order[of->placed_count++] = s;
    for (int r = 0; r < of->problem->resource_count; r++) {
        if (!(resources >> r & 1))
            continue;
        of->clock.free_ms[r] = fmax(of->clock.free_ms[r], end_ms);
        ok = ok && (!of->gaps || add_stretch(&of->busy[r], start_ms, end_ms));
    }
    return ok;
}

void draft_take_back(draft *of, int count, const draft_clock *before)
{
    for (int n = 0; n < count; n++) {
        int s = of->order[--of->placed_count];
        draft_unmap(of, s);
        of->steps[s].placed = false;
        of->next_step[of->steps[s].instance] = s;
    }
    of->clock = *before;
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
            double start_ms = draft_start_ms(of, s, of->steps[s].unit, length_ms(of, s));
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
static bool sort_order(draft *of)
{
    sortable *list = calloc((size_t) of->placed_count + 1, sizeof *list);
    if (!list)
        return false;
    for (int n = 0; n < of->placed_count; n++)
        list[n] = (sortable){ of->steps[of->order[n]].start_ms, of->order[n], n };
    qsort(list, (size_t) of->placed_count, sizeof *list, by_start);
    for (int n = 0; n < of->placed_count; n++)
        of->order[n] = list[n].step;
    free(list);
    return true;
}

hax_status draft_schedule(draft *of, const hax_problem *problem, const char *name,
                          hax_schedule **schedule, hax_error *err)
{
    int groups = 0, count = 0;
    for (int s = 0; s < of->step_count; s++)
        groups += of->steps[s].count;
    hax_job *jobs = calloc((size_t) groups + 1, sizeof *jobs);
    if (!jobs || !sort_order(of)) {
        free(jobs);
        return hax_fail_memory(err, "a schedule");
    }
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
