#include "outlook.h"

#include <math.h>
#include <stdlib.h>

#include "order.h"

/* ---- the whole --------------------------------------------------------------------------- */

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
            if (!listed(list, count, i) && all_listed(&problem->instances[i], list, count))
                list[count++] = i;
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
    }
}

hax_status outlook_make(const fleet *of, const load *with, outlook *made, hax_error *err)
{
    *made = (outlook){ .fleet = of, .load = with };
    made->by_after = calloc((size_t) of->count, sizeof *made->by_after);
    made->by_deadline = calloc((size_t) of->count, sizeof *made->by_deadline);
    if (!made->by_after || !made->by_deadline)
        return hax_fail_memory(err, "a search");
    sort_by_after(of->problem, made->by_after);
    sort_by_deadline(of->problem, made->by_deadline);
    return HAX_OK;
}

void outlook_free(outlook *of)
{
    free(of->by_after);
    free(of->by_deadline);
    *of = (outlook){ 0 };
}

/* ---- the past -------------------------------------------------------------------------------- */

double outlook_cost(const hax_problem *problem, double value)
{
    return problem->objective == HAX_THROUGHPUT ? -value : value;
}

double outlook_no_past(const hax_problem *problem)
{
    return problem->objective == HAX_DEADLINE ? -INFINITY : 0;
}

double outlook_past(const hax_problem *problem, double past, double now_ms, int instance)
{
    const hax_instance_spec *spec = &problem->instances[instance];
    switch (problem->objective) {
    case HAX_LATENCY: return larger(past, now_ms);
    case HAX_THROUGHPUT: return past - 1 / now_ms;
    case HAX_SUM: return past + spec->weight * now_ms;
    default: return larger(past, now_ms - spec->deadline_ms);
    }
}

void outlook_finished(const fleet *of, state *at, int instance)
{
    at->past = outlook_past(of->problem, at->past, at->now_ms, instance);
}

/* ---- what is to come ---------------------------------------------------------------------------
 */

/* Unfinished instances: which, when they can have ended at the earliest, and their h_d. */
typedef struct ahead {
    int count;
    int instance[FLEET_MAX];
    double end_ms[FLEET_MAX]; /* by instance */
} ahead;

static double left_alone(const fleet *of, const state *at, int i)
{
    const actor *a = &at->at[i];
    double rest = INFINITY;
    if (a->item >= 0)
        return a->left_ms + of->of[i].items[a->item].rest_ms;
    if (a->node >= 0)
        rest = of->of[i].nodes[a->node].rest_ms;
    if (a->then >= 0)
        rest = smaller(rest, of->of[i].items[a->then].ms + of->of[i].items[a->then].rest_ms);
    return rest;
}

static double left_load(const outlook *of, const state *at, int i, int set)
{
    const actor *a = &at->at[i];
    const load *with = of->load;
    double rest = INFINITY;
    if (a->item >= 0)
        return a->left_ms * with->per_ms[i][a->item * LOADS_MAX + set] +
               with->behind[i][a->item * LOADS_MAX + set];
    if (a->node >= 0)
        rest = with->at_node[i][a->node * LOADS_MAX + set];
    if (a->then >= 0)
        rest = smaller(rest, of->fleet->of[i].items[a->then].ms *
                                     with->per_ms[i][a->then * LOADS_MAX + set] +
                                 with->behind[i][a->then * LOADS_MAX + set]);
    return rest;
}

static void look_ahead(const outlook *of, const state *at, ahead *made)
{
    made->count = 0;
    for (int o = 0; o < of->fleet->count; o++) {
        int i = of->by_after[o];
        const hax_instance_spec *spec = &of->fleet->problem->instances[i];
        double begin = at->now_ms;
        made->end_ms[i] = at->now_ms;
        if (at->at[i].item < 0 && at->at[i].node >= 0 &&
            node_done(&of->fleet->of[i], at->at[i].node))
            continue;
        for (int a = 0; a < spec->after_count; a++)
            begin = larger(begin, made->end_ms[spec->after[a]]);
        made->end_ms[i] = begin + left_alone(of->fleet, at, i);
        made->instance[made->count++] = i;
    }
}

static double promise_latency(const outlook *of, const state *at, const ahead *all)
{
    double promise = at->past;
    for (int a = 0; a < all->count; a++)
        promise = larger(promise, all->end_ms[all->instance[a]]);
    for (int set = 0; set < of->load->count; set++) {
        double end = at->now_ms;
        for (int a = 0; a < all->count; a++)
            end += left_load(of, at, all->instance[a], set);
        promise = larger(promise, end);
    }
    if (of->grid)
        promise = larger(promise, at->now_ms + grid_height(of->grid, at));
    return promise;
}

static double promise_deadline(const outlook *of, const state *at, const ahead *all)
{
    const hax_instance_spec *specs = of->fleet->problem->instances;
    double promise = at->past;
    bool open[FLEET_MAX] = { false };
    for (int a = 0; a < all->count; a++) {
        int i = all->instance[a];
        open[i] = true;
        promise = larger(promise, all->end_ms[i] - specs[i].deadline_ms);
    }
    for (int set = 0; set < of->load->count; set++) {
        double end = at->now_ms;
        for (int o = 0; o < of->fleet->count; o++) {
            int i = of->by_deadline[o];
            if (!open[i])
                continue;
            end += left_load(of, at, i, set);
            promise = larger(promise, end - specs[i].deadline_ms);
        }
    }
    return promise;
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
    }
}

static double promise_sum(const outlook *of, const state *at, const ahead *all)
{
    const hax_instance_spec *specs = of->fleet->problem->instances;
    double most = 0;
    for (int a = 0; a < all->count; a++)
        most += specs[all->instance[a]].weight * all->end_ms[all->instance[a]];
    for (int set = 0; set < of->load->count; set++) {
        double loads[FLEET_MAX], keys[FLEET_MAX], sorted[FLEET_MAX], weights[FLEET_MAX];
        for (int a = 0; a < all->count; a++) {
            loads[a] = left_load(of, at, all->instance[a], set);
            weights[a] = specs[all->instance[a]].weight;
            keys[a] = loads[a] / weights[a];
        }
        sort_numbers(loads, keys, sorted, all->count);
        sort_numbers(weights, keys, sorted, all->count);
        double end = at->now_ms, sum = 0;
        for (int a = 0; a < all->count; a++) {
            end += loads[a];
            sum += weights[a] * end;
        }
        most = larger(most, sum);
    }
    return at->past + most;
}

static double promise_throughput(const outlook *of, const state *at, const ahead *all)
{
    double ends[FLEET_MAX] = { 0 }, sorted[FLEET_MAX], copy[FLEET_MAX] = { 0 };
    for (int a = 0; a < all->count; a++)
        copy[a] = ends[a] = all->end_ms[all->instance[a]];
    sort_numbers(ends, copy, sorted, all->count);
    for (int set = 0; set < of->load->count; set++) {
        double loads[FLEET_MAX], end = at->now_ms;
        for (int a = 0; a < all->count; a++)
            copy[a] = loads[a] = left_load(of, at, all->instance[a], set);
        sort_numbers(loads, copy, sorted, all->count);
        for (int a = 0; a < all->count; a++) {
            end += loads[a];
            ends[a] = larger(ends[a], end);
        }
    }
    double promise = at->past;
    for (int a = 0; a < all->count; a++)
        promise -= 1 / ends[a];
    return promise;
}

double outlook_promise(const outlook *of, const state *at)
{
    ahead all;
    look_ahead(of, at, &all);
    for (int a = 0; a < all.count; a++)
        if (isinf(all.end_ms[all.instance[a]]))
            return INFINITY;
    switch (of->fleet->problem->objective) {
    case HAX_LATENCY: return promise_latency(of, at, &all);
    case HAX_THROUGHPUT: return promise_throughput(of, at, &all);
    case HAX_SUM: return promise_sum(of, at, &all);
    default: return promise_deadline(of, at, &all);
    }
}

/* ---- of many points ----------------------------------------------------------------------------
 */

/* constant + clock * the clock + the sum of end[i] * the end of instance i's item */
typedef struct straight {
    double constant, clock;
    double end[FLEET_MAX];
} straight;

/* A straight function is least in one of the points. */
static double least(const straight *of, int count, const hull *points)
{
    double best = INFINITY;
    for (int p = 0; p < points->count; p++) {
        const double *at = hull_point(points, p);
        double value = of->constant + of->clock * at[0];
        for (int i = 0; i < count; i++)
            value += of->end[i] * at[1 + i];
        best = smaller(best, value);
    }
    return best;
}

static straight straight_load(const outlook *of, const state *at, int set, const double *rates)
{
    straight made = { .clock = 1 };
    const load *with = of->load;
    for (int i = 0; i < of->fleet->count; i++) {
        const actor *a = &at->at[i];
        if (a->item >= 0) {
            made.end[i] = rates[i] * with->per_ms[i][a->item * LOADS_MAX + set];
            made.clock -= made.end[i];
            made.constant += with->behind[i][a->item * LOADS_MAX + set];
        } else {
            made.end[i] = 0;
            made.constant += left_load(of, at, i, set);
        }
    }
    return made;
}

/* The end of an instance alone: behind what is left of instance `busy`'s item (-1: behind the
 * clock), so much more. */
typedef struct tail {
    int busy;
    double rest_ms;
} tail;

static double tail_at(const tail *of, const double *point, const double *rates)
{
    double begun = of->busy < 0 ? 0 : rates[of->busy] * (point[1 + of->busy] - point[0]);
    return point[0] + begun + of->rest_ms;
}

/* Behind the last of those it comes after, as far as the first point tells which that is: any of
 * them is a bound. */
static tail tail_of(const outlook *of, const state *at, const tail *all, int i, const double *first,
                    const double *rates)
{
    const hax_instance_spec *spec = &of->fleet->problem->instances[i];
    const actor *a = &at->at[i];
    tail last = { -1, 0 };
    if (a->item >= 0)
        return (tail){ i, of->fleet->of[i].items[a->item].rest_ms };
    for (int b = 0; b < spec->after_count; b++)
        if (tail_at(&all[spec->after[b]], first, rates) > tail_at(&last, first, rates))
            last = all[spec->after[b]];
    last.rest_ms += left_alone(of->fleet, at, i);
    return last;
}

static double least_height(const outlook *of, const state *at, const hull *points,
                           const double *rates)
{
    grid_plane planes[GRID_PLANES];
    double lowest = INFINITY;
    int count = grid_planes(of->grid, at, points, rates, planes);
    for (int p = 0; p < count; p++) {
        straight end = { .constant = planes[p].constant, .clock = 1 };
        for (int i = 0; i < of->fleet->count; i++) {
            end.end[i] = planes[p].slope[i];
            end.clock -= planes[p].slope[i];
        }
        lowest = smaller(lowest, least(&end, of->fleet->count, points));
    }
    return lowest;
}

static double least_tail(const outlook *of, const state *at, const hull *points,
                         const double *rates)
{
    double promise = 0;
    tail tails[FLEET_MAX];
    for (int o = 0; o < of->fleet->count; o++) {
        int i = of->by_after[o];
        double best = INFINITY;
        tails[i] = tail_of(of, at, tails, i, points->at, rates);
        for (int p = 0; p < points->count; p++)
            best = smaller(best, tail_at(&tails[i], hull_point(points, p), rates));
        promise = larger(promise, best);
    }
    return promise;
}

double outlook_promise_hull(const outlook *of, const state *at, const hull *points,
                            const double *rates, double enough)
{
    double promise = 0;
    for (int set = of->load->count - 1; set >= 0 && promise < enough; set--) {
        const straight all = straight_load(of, at, set, rates);
        promise = larger(promise, least(&all, of->fleet->count, points));
    }
    if (of->grid && promise < enough)
        promise = larger(promise, least_height(of, at, points, rates));
    return promise < enough ? larger(promise, least_tail(of, at, points, rates)) : promise;
}
