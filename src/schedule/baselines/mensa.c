/*
 * Mensa (Boroumand et al., PACT 2021), in the form that the published comparison uses: every
 * network for itself, each group on its best unit, then groups are joined where moving a
 * tensor costs more than it gains. What the other networks do is not looked at.
 */
#include <math.h>
#include <stdlib.h>

#include "greedy_schedule.h"
#include "heap.h"

static hax_status choose_fastest(hax_greedy_schedule *greedy, hax_error *err)
{
    for (int s = 0; s < greedy->step_count; s++) {
        hax_greedy_task *step = &greedy->steps[s];
        for (int u = 0; u < greedy->problem->unit_count; u++)
            if (!isinf(step->ms[u]) && (step->unit < 0 || step->ms[u] < step->ms[step->unit]))
                step->unit = u;
        if (step->unit < 0)
            return hax_greedy_stuck(greedy, s, "mensa", err);
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
    const hax_greedy_schedule *greedy;
    int first, count; /* steps of the instance */
    int run_count;
    run *runs;       /* [step] */
    double *time_ms; /* [(step + 1) * units + unit]: of the steps before it that may run there */
    int *never;      /* [the same]: how many of them may not */
    hax_heap best;   /* of -gain: 2 * run + side; those that are no longer true stay in it */
    double slack_ms; /* of sums that are taken in another order */
    bool out_of_memory;
} joiner;

/* OUT and IN between two neighbouring steps on these units; nothing at the ends of the instance. */
static double moving_ms(const joiner *joiner, int s, int from, int to)
{
    if (s <= 0 || s >= joiner->count)
        return 0;
    return hax_greedy_out_ms(joiner->greedy, joiner->first + s, from, to) +
           hax_greedy_in_ms(joiner->greedy, joiner->first + s, from, to);
}

static double gain_of(const joiner *joiner, int r, int unit)
{
    const int units = joiner->greedy->problem->unit_count, end = joiner->runs[r].end;
    const int old = joiner->runs[r].unit;
    const int before = r > 0 ? joiner->runs[joiner->runs[r].before].unit : 0;
    const int behind = end < joiner->count ? joiner->runs[end].unit : 0;
    if (joiner->never[end * units + unit] > joiner->never[r * units + unit])
        return -INFINITY;
    double was = joiner->time_ms[end * units + old] - joiner->time_ms[r * units + old];
    double is = joiner->time_ms[end * units + unit] - joiner->time_ms[r * units + unit];
    return was + moving_ms(joiner, r, before, old) + moving_ms(joiner, end, old, behind) - is -
           moving_ms(joiner, r, before, unit) - moving_ms(joiner, end, unit, behind);
}

static void weigh(joiner *joiner, int r)
{
    run *weighed = &joiner->runs[r];
    const int beside[2] = { r > 0 ? weighed->before : -1,
                            weighed->end < joiner->count ? weighed->end : -1 };
    for (int side = 0; side < 2; side++) {
        weighed->gain[side] =
            beside[side] < 0 ? -INFINITY : gain_of(joiner, r, joiner->runs[beside[side]].unit);
        if (!isinf(weighed->gain[side]) &&
            !hax_heap_push(&joiner->best, -weighed->gain[side], (size_t) (2 * r + side)))
            joiner->out_of_memory = true;
    }
}

/* Makes one run of a run and the one behind it. */
static void merge_behind(joiner *joiner, int r)
{
    const int gone = joiner->runs[r].end;
    joiner->runs[r].end = joiner->runs[gone].end;
    if (joiner->runs[gone].end < joiner->count)
        joiner->runs[joiner->runs[gone].end].before = r;
    joiner->runs[gone].end = 0;
    joiner->run_count--;
}

/* The run goes to the unit of the one beside it, and with it to the one on the other side if that
 * is there as well. */
static void join_run(joiner *joiner, int r, int side)
{
    joiner->runs[r].unit =
        joiner->runs[side == 0 ? joiner->runs[r].before : joiner->runs[r].end].unit;
    if (joiner->runs[r].end < joiner->count &&
        joiner->runs[joiner->runs[r].end].unit == joiner->runs[r].unit)
        merge_behind(joiner, r);
    if (r > 0 && joiner->runs[joiner->runs[r].before].unit == joiner->runs[r].unit) {
        r = joiner->runs[r].before;
        merge_behind(joiner, r);
    }
    weigh(joiner, r);
    if (r > 0)
        weigh(joiner, joiner->runs[r].before);
    if (joiner->runs[r].end < joiner->count)
        weigh(joiner, joiner->runs[r].end);
}

/* The best there is now; false: none is possible. */
static bool take_best(joiner *joiner, int *r, int *side, double *gain)
{
    while (joiner->best.count > 0) {
        *gain = -joiner->best.items[0].key;
        const size_t value = hax_heap_pop(&joiner->best);
        *r = (int) (value / 2);
        *side = (int) (value % 2);
        if (joiner->runs[*r].end > 0 && joiner->runs[*r].gain[*side] == *gain)
            return true;
    }
    return false;
}

/* Joins while that is shorter alone, and beyond as long as there are too many transitions. */
static hax_status join_all(joiner *joiner, hax_error *err)
{
    const int limit = joiner->greedy->problem->max_transitions;
    int r, side;
    double gain;
    while (take_best(joiner, &r, &side, &gain)) {
        bool forced = limit >= 0 && joiner->run_count - 1 > limit;
        if (!forced && gain <= joiner->slack_ms)
            break;
        HAX_TRY(hax_time_budget_check(&joiner->greedy->allowed, "mensa", err));
        join_run(joiner, r, side);
        if (joiner->out_of_memory)
            return hax_fail_memory(err, "a baseline");
    }
    return HAX_OK;
}

static void fill_sums(joiner *joiner)
{
    const int units = joiner->greedy->problem->unit_count;
    for (int s = 0; s < joiner->count; s++) {
        const hax_greedy_task *one = &joiner->greedy->steps[joiner->first + s];
        for (int u = 0; u < units; u++) {
            bool never = isinf(one->ms[u]);
            joiner->time_ms[(s + 1) * units + u] =
                joiner->time_ms[s * units + u] + (never ? 0 : one->ms[u]);
            joiner->never[(s + 1) * units + u] = joiner->never[s * units + u] + never;
        }
        joiner->slack_ms += 1e-12 * one->ms[one->unit];
    }
}

static void fill_runs(joiner *joiner)
{
    const hax_greedy_task *steps = &joiner->greedy->steps[joiner->first];
    for (int s = 0, before = -1; s < joiner->count; s = joiner->runs[s].end) {
        int end = s + 1;
        while (end < joiner->count && steps[end].unit == steps[s].unit)
            end++;
        joiner->runs[s] = (run){ .end = end, .before = before, .unit = steps[s].unit };
        before = s;
        joiner->run_count++;
    }
    for (int s = 0; s < joiner->count; s = joiner->runs[s].end)
        weigh(joiner, s);
}

/* In time that grows hardly faster than the steps. */
static hax_status join(hax_greedy_schedule *greedy, int instance, hax_error *err)
{
    joiner joined = { .greedy = greedy, .first = greedy->first_step[instance] };
    joined.count = greedy->first_step[instance + 1] - joined.first;
    const size_t sums = ((size_t) joined.count + 1) * (size_t) greedy->problem->unit_count;
    joined.runs = calloc((size_t) joined.count, sizeof *joined.runs);
    joined.time_ms = calloc(sums, sizeof *joined.time_ms);
    joined.never = calloc(sums, sizeof *joined.never);
    hax_status status = HAX_OK;
    if (joined.runs && joined.time_ms && joined.never) {
        fill_sums(&joined);
        fill_runs(&joined);
        status = joined.out_of_memory ? hax_fail_memory(err, "a baseline") : join_all(&joined, err);
    } else {
        status = hax_fail_memory(err, "a baseline");
    }
    for (int s = 0; status == HAX_OK && s < joined.count; s = joined.runs[s].end)
        for (int t = s; t < joined.runs[s].end; t++)
            greedy->steps[joined.first + t].unit = joined.runs[s].unit;
    hax_heap_free(&joined.best);
    free(joined.runs);
    free(joined.time_ms);
    free(joined.never);
    return status;
}

hax_status hax_baseline_mensa(const hax_problem *problem, const hax_baseline_limits *limits,
                              const hax_schedule **schedule, hax_error *err)
{
    hax_greedy_schedule greedy;
    HAX_TRY(hax_greedy_open(problem, limits, &greedy, err));
    hax_status status = choose_fastest(&greedy, err);
    for (int i = 0; status == HAX_OK && i < problem->instance_count; i++) {
        status = join(&greedy, i, err);
    }
    if (status == HAX_OK)
        status = hax_greedy_arrange(&greedy, "mensa", err);
    if (status == HAX_OK)
        status = hax_greedy_evaluate(&greedy, problem, "mensa", schedule, err);
    hax_greedy_close(&greedy);
    return status;
}
