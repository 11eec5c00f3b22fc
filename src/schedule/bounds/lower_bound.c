#include "lower_bound.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "state.h"

/* ---- the whole ------------------------------------------------------------------------------- */

static bool all_listed(const hax_instance_spec *spec, const int *list, int count)
{
    int found = 0;
    for (int a = 0; a < spec->after_count; a++)
        for (int l = 0; l < count; l++)
            if (list[l] == spec->after[a]) {
                found++;
                break;
            }
    return found == spec->after_count;
}

static bool listed(const int *list, int count, int i)
{
    for (int l = 0; l < count; l++)
        if (list[l] == i)
            return true;
    return false;
}

/* There is no circle: a problem with one is refused. */
static void sort_by_after(const hax_problem *problem, int *list)
{
    for (int count = 0; count < problem->instance_count;)
        for (int i = 0; i < problem->instance_count; i++)
            if (!listed(list, count, i) && all_listed(&problem->instances[i], list, count)) {
                assert(count < problem->instance_count);
                list[count++] = i;
            }
}

static void sort_by_deadline(const hax_problem *problem, int *list)
{
    for (int i = 0; i < problem->instance_count; i++) {
        int at = i;
        for (; at > 0 &&
               problem->instances[list[at - 1]].deadline_ms > problem->instances[i].deadline_ms;
             at--)
            list[at] = list[at - 1];
        list[at] = i;
        assert(at == 0 ||
               problem->instances[list[at - 1]].deadline_ms <= problem->instances[i].deadline_ms);
    }
}

hax_status hax_lower_bound_make(const hax_instance_set *instances, const hax_lp_bound *lp,
                                hax_lower_bound *lower, hax_error *err)
{
    *lower = (hax_lower_bound){ .instances = instances, .lp = lp };
    lower->by_after = calloc((size_t) instances->count, sizeof *lower->by_after);
    lower->by_deadline = calloc((size_t) instances->count, sizeof *lower->by_deadline);
    if (!lower->by_after || !lower->by_deadline)
        return hax_fail_memory(err, "a search");
    sort_by_after(instances->problem, lower->by_after);
    sort_by_deadline(instances->problem, lower->by_deadline);
    return HAX_OK;
}

void hax_lower_bound_free(hax_lower_bound *lower)
{
    free(lower->by_after);
    free(lower->by_deadline);
    *lower = (hax_lower_bound){ 0 };
}

/* ---- the past -------------------------------------------------------------------------------- */

double hax_objective_cost(const hax_problem *problem, double value)
{
    return problem->objective == HAX_THROUGHPUT ? -value : value;
}

double hax_objective_no_past(const hax_problem *problem)
{
    return problem->objective == HAX_DEADLINE ? -INFINITY : 0;
}

double hax_objective_past(const hax_problem *problem, double past, double now_ms, int instance)
{
    const hax_instance_spec *spec = &problem->instances[instance];
    switch (problem->objective) {
    case HAX_LATENCY: return hax_max(past, now_ms);
    case HAX_THROUGHPUT: return past - 1 / now_ms;
    case HAX_SUM: return past + spec->weight * now_ms;
    default: return hax_max(past, now_ms - spec->deadline_ms);
    }
}

void hax_lower_bound_finished(const hax_instance_set *instances, hax_round_state *state,
                              int instance)
{
    state->past = hax_objective_past(instances->problem, state->past, state->now_ms, instance);
}

/* ---- what is to come ------------------------------------------------------------------------- */

/* Unfinished instances: which, when they can have ended at the earliest, and their h_d. */
typedef struct ahead {
    int count;
    int instance[HAX_INSTANCES_MAX];
    double end_ms[HAX_INSTANCES_MAX]; /* by instance */
} ahead;

static double left_alone(const hax_instance_set *instances, const hax_round_state *state, int i)
{
    const hax_instance_state *a = &state->actors[i];
    double rest = INFINITY;
    if (a->item >= 0)
        return a->left_ms + instances->automata[i].items[a->item].rest_ms;
    if (a->node >= 0)
        rest = instances->automata[i].nodes[a->node].rest_ms;
    if (a->then >= 0)
        rest = hax_min(rest, instances->automata[i].items[a->then].ms +
                                 instances->automata[i].items[a->then].rest_ms);
    return rest;
}

static double left_load(const hax_lower_bound *lower, const hax_round_state *state, int i, int set)
{
    const hax_instance_state *a = &state->actors[i];
    const hax_lp_bound *lp = lower->lp;
    double rest = INFINITY;
    if (a->item >= 0)
        return a->left_ms * lp->per_ms[i][a->item * LOADS_MAX + set] +
               lp->behind[i][a->item * LOADS_MAX + set];
    if (a->node >= 0)
        rest = lp->at_node[i][a->node * LOADS_MAX + set];
    if (a->then >= 0)
        rest = hax_min(rest, lower->instances->automata[i].items[a->then].ms *
                                     lp->per_ms[i][a->then * LOADS_MAX + set] +
                                 lp->behind[i][a->then * LOADS_MAX + set]);
    return rest;
}

static void look_ahead(const hax_lower_bound *lower, const hax_round_state *state, ahead *ahead)
{
    ahead->count = 0;
    for (int o = 0; o < lower->instances->count; o++) {
        int i = lower->by_after[o];
        const hax_instance_spec *spec = &lower->instances->problem->instances[i];
        double begin = state->now_ms;
        ahead->end_ms[i] = state->now_ms;
        if (state->actors[i].item < 0 && state->actors[i].node >= 0 &&
            hax_chain_node_is_last(&lower->instances->automata[i], state->actors[i].node))
            continue;
        for (int a = 0; a < spec->after_count; a++)
            begin = hax_max(begin, ahead->end_ms[spec->after[a]]);
        ahead->end_ms[i] = begin + left_alone(lower->instances, state, i);
        assert(ahead->end_ms[i] >= state->now_ms);
        ahead->instance[ahead->count++] = i;
    }
}

static double bound_latency(const hax_lower_bound *lower, const hax_round_state *state,
                            const ahead *ahead)
{
    double bound = state->past;
    for (int a = 0; a < ahead->count; a++)
        bound = hax_max(bound, ahead->end_ms[ahead->instance[a]]);
    for (int set = 0; set < lower->lp->count; set++) {
        double end = state->now_ms;
        for (int a = 0; a < ahead->count; a++)
            end += left_load(lower, state, ahead->instance[a], set);
        bound = hax_max(bound, end);
    }
    if (lower->potential)
        bound = hax_max(bound, state->now_ms + hax_potential_value(lower->potential, state));
    return bound;
}

static double bound_deadline(const hax_lower_bound *lower, const hax_round_state *state,
                             const ahead *ahead)
{
    const hax_instance_spec *specs = lower->instances->problem->instances;
    double bound = state->past;
    bool open[HAX_INSTANCES_MAX] = { false };
    for (int a = 0; a < ahead->count; a++) {
        int i = ahead->instance[a];
        open[i] = true;
        bound = hax_max(bound, ahead->end_ms[i] - specs[i].deadline_ms);
    }
    for (int set = 0; set < lower->lp->count; set++) {
        double end = state->now_ms;
        for (int o = 0; o < lower->instances->count; o++) {
            int i = lower->by_deadline[o];
            if (!open[i])
                continue;
            end += left_load(lower, state, i, set);
            bound = hax_max(bound, end - specs[i].deadline_ms);
        }
    }
    assert(bound >= state->past);
    return bound;
}

/* Sorts numbers by rising key. */
static void sort_numbers(double *numbers, const double *keys_of, double *keys, int count)
{
    for (int a = 0; a < count; a++) {
        double number = numbers[a], key = keys_of[a];
        int b = a;
        for (; b > 0 && keys[b - 1] > key; b--) {
            keys[b] = keys[b - 1];
            numbers[b] = numbers[b - 1];
        }
        keys[b] = key;
        numbers[b] = number;
        assert(b == 0 || keys[b - 1] <= key);
    }
}

static double bound_sum(const hax_lower_bound *lower, const hax_round_state *state,
                        const ahead *ahead)
{
    const hax_instance_spec *specs = lower->instances->problem->instances;
    double most = 0;
    for (int a = 0; a < ahead->count; a++)
        most += specs[ahead->instance[a]].weight * ahead->end_ms[ahead->instance[a]];
    for (int set = 0; set < lower->lp->count; set++) {
        double loads[HAX_INSTANCES_MAX], keys[HAX_INSTANCES_MAX], sorted[HAX_INSTANCES_MAX],
            weights[HAX_INSTANCES_MAX];
        for (int a = 0; a < ahead->count; a++) {
            loads[a] = left_load(lower, state, ahead->instance[a], set);
            weights[a] = specs[ahead->instance[a]].weight;
            keys[a] = loads[a] / weights[a];
        }
        sort_numbers(loads, keys, sorted, ahead->count);
        sort_numbers(weights, keys, sorted, ahead->count);
        double end = state->now_ms, sum = 0;
        for (int a = 0; a < ahead->count; a++) {
            end += loads[a];
            sum += weights[a] * end;
        }
        most = hax_max(most, sum);
    }
    return state->past + most;
}

static double bound_throughput(const hax_lower_bound *lower, const hax_round_state *state,
                               const ahead *ahead)
{
    double ends[HAX_INSTANCES_MAX] = { 0 }, sorted[HAX_INSTANCES_MAX],
           copy[HAX_INSTANCES_MAX] = { 0 };
    for (int a = 0; a < ahead->count; a++)
        copy[a] = ends[a] = ahead->end_ms[ahead->instance[a]];
    sort_numbers(ends, copy, sorted, ahead->count);
    for (int set = 0; set < lower->lp->count; set++) {
        double loads[HAX_INSTANCES_MAX], end = state->now_ms;
        for (int a = 0; a < ahead->count; a++)
            copy[a] = loads[a] = left_load(lower, state, ahead->instance[a], set);
        sort_numbers(loads, copy, sorted, ahead->count);
        for (int a = 0; a < ahead->count; a++) {
            end += loads[a];
            ends[a] = hax_max(ends[a], end);
        }
    }
    double bound = state->past;
    for (int a = 0; a < ahead->count; a++)
        bound -= 1 / ends[a];
    assert(bound <= state->past);
    return bound;
}

double hax_lower_bound_value(const hax_lower_bound *lower, const hax_round_state *state)
{
    ahead context;
    look_ahead(lower, state, &context);
    for (int a = 0; a < context.count; a++)
        if (isinf(context.end_ms[context.instance[a]]))
            return INFINITY;
    switch (lower->instances->problem->objective) {
    case HAX_LATENCY: return bound_latency(lower, state, &context);
    case HAX_THROUGHPUT: return bound_throughput(lower, state, &context);
    case HAX_SUM: return bound_sum(lower, state, &context);
    default: return bound_deadline(lower, state, &context);
    }
}

/* ---- of many points -------------------------------------------------------------------------- */

/* constant + clock * the clock + the sum of end[i] * the end of instance i's item */
typedef struct straight {
    double constant, clock;
    double end[HAX_INSTANCES_MAX];
} straight;

/* A straight function is least in one of the points. */
static double least(const straight *straight, int count, const hax_convex_set *points)
{
    double best = INFINITY;
    assert(points->count > 0);
    for (int p = 0; p < points->count; p++) {
        const double *at = hax_convex_set_point(points, p);
        double value = straight->constant + straight->clock * at[0];
        for (int i = 0; i < count; i++)
            value += straight->end[i] * at[1 + i];
        best = hax_min(best, value);
    }
    return best;
}

static straight straight_load(const hax_lower_bound *lower, const hax_round_state *state, int set,
                              const double *rates)
{
    straight result = { .clock = 1 };
    const hax_lp_bound *lp = lower->lp;
    for (int i = 0; i < lower->instances->count; i++) {
        const hax_instance_state *a = &state->actors[i];
        if (a->item >= 0) {
            result.end[i] = rates[i] * lp->per_ms[i][a->item * LOADS_MAX + set];
            result.clock -= result.end[i];
            result.constant += lp->behind[i][a->item * LOADS_MAX + set];
        } else {
            result.end[i] = 0;
            result.constant += left_load(lower, state, i, set);
        }
    }
    return result;
}

/* The end of an instance alone: behind what is left of instance `busy`'s item (-1: behind the
 * clock), so much more. */
typedef struct tail {
    int busy;
    double rest_ms;
} tail;

static double tail_at(const tail *tail, const double *point, const double *rates)
{
    double begun = tail->busy < 0 ? 0 : rates[tail->busy] * (point[1 + tail->busy] - point[0]);
    return point[0] + begun + tail->rest_ms;
}

/* Behind the last of those it comes after, as far as the first point tells which that is: any of
 * them is a bound. */
static tail tail_of(const hax_lower_bound *lower, const hax_round_state *state, const tail *context,
                    int i, const double *first, const double *rates)
{
    const hax_instance_spec *spec = &lower->instances->problem->instances[i];
    const hax_instance_state *a = &state->actors[i];
    tail last = { -1, 0 };
    if (a->item >= 0)
        return (tail){ i, lower->instances->automata[i].items[a->item].rest_ms };
    for (int b = 0; b < spec->after_count; b++)
        if (tail_at(&context[spec->after[b]], first, rates) > tail_at(&last, first, rates))
            last = context[spec->after[b]];
    last.rest_ms += left_alone(lower->instances, state, i);
    return last;
}

static double least_height(const hax_lower_bound *lower, const hax_round_state *state,
                           const hax_convex_set *points, const double *rates)
{
    hax_potential_plane planes[POTENTIAL_PLANES];
    double lowest = INFINITY;
    int count = hax_potential_planes(lower->potential, state, points, rates, planes);
    for (int p = 0; p < count; p++) {
        straight end = { .constant = planes[p].constant, .clock = 1 };
        for (int i = 0; i < lower->instances->count; i++) {
            end.end[i] = planes[p].slope[i];
            end.clock -= planes[p].slope[i];
        }
        lowest = hax_min(lowest, least(&end, lower->instances->count, points));
    }
    return lowest;
}

static double least_tail(const hax_lower_bound *lower, const hax_round_state *state,
                         const hax_convex_set *points, const double *rates)
{
    double bound = 0;
    tail tails[HAX_INSTANCES_MAX];
    for (int o = 0; o < lower->instances->count; o++) {
        int i = lower->by_after[o];
        double best = INFINITY;
        tails[i] = tail_of(lower, state, tails, i, points->points, rates);
        for (int p = 0; p < points->count; p++)
            best = hax_min(best, tail_at(&tails[i], hax_convex_set_point(points, p), rates));
        bound = hax_max(bound, best);
    }
    return bound;
}

double hax_lower_bound_of_set(const hax_lower_bound *lower, const hax_round_state *state,
                              const hax_convex_set *points, const double *rates, double enough)
{
    double bound = 0;
    for (int set = lower->lp->count - 1; set >= 0 && bound < enough; set--) {
        const straight whole = straight_load(lower, state, set, rates);
        bound = hax_max(bound, least(&whole, lower->instances->count, points));
    }
    if (lower->potential && bound < enough)
        bound = hax_max(bound, least_height(lower, state, points, rates));
    return bound < enough ? hax_max(bound, least_tail(lower, state, points, rates)) : bound;
}
