/*
 * Mensa (Boroumand et al., PACT 2021), in the form that the published comparison uses: every
 * network for itself, each group on its best unit, then groups are joined where moving a
 * tensor costs more than it gains. What the other networks do is not looked at.
 */
#include <math.h>
#include <stdlib.h>

#include "baselines/draft.h"
#include "heap.h"

static hax_status choose_fastest(draft *of, hax_error *err)
{
    for (int s = 0; s < of->step_count; s++) {
        step *at = &of->steps[s];
        for (int u = 0; u < of->problem->unit_count; u++)
            if (!isinf(at->ms[u]) && (at->unit < 0 || at->ms[u] < at->ms[at->unit]))
                at->unit = u;
        if (at->unit < 0)
            return draft_stuck(of, s, "mensa", err);
    }
    return HAX_OK;
}

/* ---- joining ------------------------------------------------------------------------------- */

/* Steps of one instance in a row on one unit; one such run for each step that begins one. */
typedef struct run {
    int end;    /* the next run begins here */
    int before; /* the run before it, -1 */
    int unit;
    double gain[2]; /* in ms, of being joined to the run before it and behind it; -INFINITY: it
                       cannot be */
} run;

/* Numbers of steps count from the first of the instance here. */
typedef struct joiner {
    const draft *of;
    int first, count; /* steps of the instance */
    int run_count;
    run *runs;       /* [step] */
    double *time_ms; /* [(step + 1) * units + unit]: of the steps before it that may run there */
    int *never;      /* [the same]: how many of them may not */
    heap best;       /* of -gain: 2 * run + side; those that are no longer true stay in it */
    double slack_ms; /* of sums that are taken in another order */
    bool out_of_memory;
} joiner;

/* OUT and IN between two neighbouring steps on these units; nothing at the ends of the instance. */
static double moving_ms(const joiner *at, int s, int from, int to)
{
    if (s <= 0 || s >= at->count)
        return 0;
    return draft_out_ms(at->of, at->first + s, from, to) +
           draft_in_ms(at->of, at->first + s, from, to);
}

static double gain_of(const joiner *at, int r, int unit)
{
    const int units = at->of->problem->unit_count, end = at->runs[r].end;
    const int old = at->runs[r].unit;
    const int before = r > 0 ? at->runs[at->runs[r].before].unit : 0;
    const int behind = end < at->count ? at->runs[end].unit : 0;
    if (at->never[end * units + unit] > at->never[r * units + unit])
        return -INFINITY;
    double was = at->time_ms[end * units + old] - at->time_ms[r * units + old];
    double is = at->time_ms[end * units + unit] - at->time_ms[r * units + unit];
    return was + moving_ms(at, r, before, old) + moving_ms(at, end, old, behind) - is -
           moving_ms(at, r, before, unit) - moving_ms(at, end, unit, behind);
}

static void weigh(joiner *at, int r)
{
    run *of = &at->runs[r];
    const int beside[2] = { r > 0 ? of->before : -1, of->end < at->count ? of->end : -1 };
    for (int side = 0; side < 2; side++) {
        of->gain[side] = beside[side] < 0 ? -INFINITY : gain_of(at, r, at->runs[beside[side]].unit);
        if (!isinf(of->gain[side]) &&
            !heap_push(&at->best, -of->gain[side], (size_t) (2 * r + side)))
            at->out_of_memory = true;
    }
}

/* Makes one run of a run and the one behind it. */
static void merge_behind(joiner *at, int r)
{
    const int gone = at->runs[r].end;
    at->runs[r].end = at->runs[gone].end;
    if (at->runs[gone].end < at->count)
        at->runs[at->runs[gone].end].before = r;
    at->runs[gone].end = 0;
    at->run_count--;
}

/* The run goes to the unit of the one beside it, and with it to the one on the other side if that
 * is there as well. */
static void join_run(joiner *at, int r, int side)
{
    at->runs[r].unit = at->runs[side == 0 ? at->runs[r].before : at->runs[r].end].unit;
    if (at->runs[r].end < at->count && at->runs[at->runs[r].end].unit == at->runs[r].unit)
        merge_behind(at, r);
    if (r > 0 && at->runs[at->runs[r].before].unit == at->runs[r].unit) {
        r = at->runs[r].before;
        merge_behind(at, r);
    }
    weigh(at, r);
    if (r > 0)
        weigh(at, at->runs[r].before);
    if (at->runs[r].end < at->count)
        weigh(at, at->runs[r].end);
}

/* The best there is now; false: none is possible. */
static bool take_best(joiner *at, int *r, int *side, double *gain)
{
    while (at->best.count > 0) {
        *gain = -at->best.items[0].key;
        const size_t value = heap_pop(&at->best);
        *r = (int) (value / 2);
        *side = (int) (value % 2);
        if (at->runs[*r].end > 0 && at->runs[*r].gain[*side] == *gain)
            return true;
    }
    return false;
}

/* Joins while that is shorter alone, and beyond as long as there are too many transitions. */
static hax_status join_all(joiner *at, hax_error *err)
{
    const int limit = at->of->problem->max_transitions;
    int r, side;
    double gain;
    while (take_best(at, &r, &side, &gain)) {
        bool forced = limit >= 0 && at->run_count - 1 > limit;
        if (!forced && gain <= at->slack_ms)
            break;
        HAX_TRY(allowance_check(&at->of->allowed, "mensa", err));
        join_run(at, r, side);
        if (at->out_of_memory)
            return hax_fail_memory(err, "a baseline");
    }
    return HAX_OK;
}

static void fill_sums(joiner *at)
{
    const int units = at->of->problem->unit_count;
    for (int s = 0; s < at->count; s++) {
        const step *one = &at->of->steps[at->first + s];
        for (int u = 0; u < units; u++) {
            bool never = isinf(one->ms[u]);
            at->time_ms[(s + 1) * units + u] =
                at->time_ms[s * units + u] + (never ? 0 : one->ms[u]);
            at->never[(s + 1) * units + u] = at->never[s * units + u] + never;
        }
        at->slack_ms += 1e-12 * one->ms[one->unit];
    }
}

static void fill_runs(joiner *at)
{
    const step *steps = &at->of->steps[at->first];
    for (int s = 0, before = -1; s < at->count; s = at->runs[s].end) {
        int end = s + 1;
        while (end < at->count && steps[end].unit == steps[s].unit)
            end++;
        at->runs[s] = (run){ .end = end, .before = before, .unit = steps[s].unit };
        before = s;
        at->run_count++;
    }
    for (int s = 0; s < at->count; s = at->runs[s].end)
        weigh(at, s);
}

/* In time that grows hardly faster than the steps. */
static hax_status join(draft *of, int instance, hax_error *err)
{
    joiner at = { .of = of, .first = of->first_step[instance] };
    at.count = of->first_step[instance + 1] - at.first;
    const size_t sums = ((size_t) at.count + 1) * (size_t) of->problem->unit_count;
    at.runs = calloc((size_t) at.count, sizeof *at.runs);
    at.time_ms = calloc(sums, sizeof *at.time_ms);
    at.never = calloc(sums, sizeof *at.never);
    hax_status status = HAX_OK;
    if (at.runs && at.time_ms && at.never) {
        fill_sums(&at);
        fill_runs(&at);
        status = at.out_of_memory ? hax_fail_memory(err, "a baseline") : join_all(&at, err);
    } else {
        status = hax_fail_memory(err, "a baseline");
    }
    for (int s = 0; status == HAX_OK && s < at.count; s = at.runs[s].end)
        for (int t = s; t < at.runs[s].end; t++)
            of->steps[at.first + t].unit = at.runs[s].unit;
    heap_free(&at.best);
    free(at.runs);
    free(at.time_ms);
    free(at.never);
    return status;
}

hax_status hax_baseline_mensa(const hax_problem *problem, const hax_baseline_limits *limits,
                              hax_schedule **schedule, hax_error *err)
{
    draft of;
    HAX_TRY(draft_open(problem, limits, &of, err));
    hax_status status = choose_fastest(&of, err);
    for (int i = 0; status == HAX_OK && i < problem->instance_count; i++) {
        status = join(&of, i, err);
    }
    if (status == HAX_OK)
        status = draft_arrange(&of, "mensa", err);
    if (status == HAX_OK)
        status = draft_schedule(&of, problem, "mensa", schedule, err);
    draft_close(&of);
    return status;
}
