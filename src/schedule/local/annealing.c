#include "annealing.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "state.h"

/* Of the best cost. */
static const double hot = 0.005, cold = 0.0005;

/* Runs grow for as long as one of the last two has gained so much. */
static const double gain_that_pays = 0.001;

/* ---- changes ------------------------------------------------------------------------------------
 */

enum { RUN_MOST = 4 };

/* Lists of more groups are walked so long that the clock is looked at by what was done and not by
 * the number of changes. */
enum { LONG_LIST = 200 };

/* How to take a change back. */
typedef struct change {
    enum { UNITS, PLACE, WAIT } kind;
    int group, from, to;
    int units[RUN_MOST]; /* of as many groups, as they were; -1: as it is */
    int waits_for;
} change;

static int below(hax_anneal *anneal, int bound)
{
    assert(bound > 0);
    return (int) hax_random_below(&anneal->random, (uint64_t) bound);
}

/* Some groups of one instance in a row go to one unit. */
static bool change_units(hax_anneal *anneal, change *result)
{
    hax_list_schedule *list = &anneal->list;
    int start = below(anneal, list->group_count), length = 1 + below(anneal, RUN_MOST);
    int first = list->order[start], i = list->instance_of[first];
    int unit = below(anneal, list->instances->problem->unit_count);
    bool changed = false;
    *result = (change){ .kind = UNITS, .group = first, .units = { -1, -1, -1, -1 } };
    for (int n = 0; n < length && first + n < list->offset[i + 1]; n++) {
        int old = list->unit[first + n];
        if (old == unit ||
            !hax_cost_of(list->instances->problem, i, first + n - list->offset[i], unit)->allowed)
            continue;
        result->units[n] = old;
        hax_list_set_unit(list, first + n, unit);
        changed = true;
    }
    return changed;
}

/* One group goes to another place between its neighbours of the same instance. */
static bool change_place(hax_anneal *anneal, change *result)
{
    hax_list_schedule *list = &anneal->list;
    int from = below(anneal, list->group_count), group = list->order[from];
    int i = list->instance_of[group];
    int low = group > list->offset[i] ? list->position[group - 1] + 1 : 0;
    int high =
        group + 1 < list->offset[i + 1] ? list->position[group + 1] - 1 : list->group_count - 1;
    assert(low <= from && from <= high);
    if (low == high)
        return false;
    int to = low + below(anneal, high - low + 1);
    if (to == from)
        return false;
    *result = (change){ .kind = PLACE, .from = from, .to = to };
    hax_list_move(list, from, to);
    return true;
}

/* One group is made to wait for another one before it in the list, or no longer. */
static bool change_wait(hax_anneal *anneal, change *result)
{
    enum { NEAR = 8 };
    hax_list_schedule *list = &anneal->list;
    int p = below(anneal, list->group_count), group = list->order[p], waits_for = -1;
    if (list->waits_for[group] < 0) {
        if (p == 0)
            return false;
        int other = list->order[p - 1 - below(anneal, p < NEAR ? p : NEAR)];
        if (list->instance_of[other] == list->instance_of[group])
            return false;
        waits_for = STAGES * other + below(anneal, STAGES);
    }
    *result = (change){ .kind = WAIT, .group = group, .waits_for = list->waits_for[group] };
    hax_list_set_wait(list, group, waits_for);
    return true;
}

static bool make_change(hax_anneal *anneal, change *change)
{
    int kind = below(anneal, 5);
    return kind < 2   ? change_units(anneal, change)
           : kind < 4 ? change_place(anneal, change)
                      : change_wait(anneal, change);
}

static void take_back(hax_list_schedule *list, const change *change)
{
    switch (change->kind) {
    case UNITS:
        for (int n = 0; n < RUN_MOST; n++)
            if (change->units[n] >= 0)
                hax_list_set_unit(list, change->group + n, change->units[n]);
        break;
    case PLACE: hax_list_move(list, change->to, change->from); break;
    case WAIT: hax_list_set_wait(list, change->group, change->waits_for); break;
    }
    hax_list_rollback(list);
}

/* ---- the best ----------------------------------------------------------------------------------
 */

static void give_best(hax_anneal *anneal)
{
    const hax_list_schedule *list = &anneal->list;
    double cost = hax_list_evaluate_traced(&anneal->list);
    assert(cost == anneal->cost); /* a walk that goes on is that of the whole, to the bit */
    for (int s = 0; s < list->start_count; s++) {
        int group = list->starts[s], i = list->instance_of[group];
        anneal->search->trail[s] =
            (hax_placement){ i, group - list->offset[i], list->unit[group], list->begin_ms[group] };
    }
    hax_search_accept(anneal->search, cost, list->start_count);
}

static void take_best(hax_anneal *anneal)
{
    assert(anneal->cost < anneal->best_cost);
    anneal->best_cost = anneal->cost;
    hax_list_get(&anneal->list, anneal->best);
    if (anneal->cost < hax_search_limit(anneal->search))
        give_best(anneal);
}

/* The end that comes last of those until a time; -1: none does. */
static int last_end(const hax_list_schedule *list, double until_ms)
{
    int found = -1;
    double latest = -1;
    for (int e = 0; e < STAGES * list->group_count; e++) {
        if (list->end_ms[e] <= latest || list->end_ms[e] > until_ms)
            continue;
        latest = list->end_ms[e];
        found = e;
    }
    return found;
}

/* Of walks through whole lists before a run begins. */
static const double events_most = 5e7;

/* Of one through the whole list. */
static uint64_t steps_of_walk(const hax_list_schedule *list)
{
    enum { STEPS_OF_EVENT = 16 };
    return STEPS_OF_EVENT * STAGES * (uint64_t) list->group_count;
}

/* The schedule's list; where a group begins later than its turn comes, it waits for what ended
 * last before that. */
void hax_anneal_begin(hax_anneal *anneal, const hax_placement *from)
{
    hax_list_schedule *list = &anneal->list;
    for (int p = 0; p < list->group_count; p++)
        anneal->start[p] =
            (hax_list_entry){ list->offset[from[p].instance] + from[p].group, from[p].unit, -1 };
    hax_list_set(list, anneal->start);
    anneal->cost = hax_list_evaluate_traced(list);
    int traces = (int) hax_min(events_most / (STAGES * (double) list->group_count), INT_MAX / 2);
    for (int p = 0; p < list->group_count && !isinf(anneal->cost) && traces > 0; p++) {
        int group = anneal->start[p].group;
        if (list->begin_ms[group] >= from[p].start_ms * (1 - 1e-9) - 1e-9)
            continue;
        if (!hax_search_spend(anneal->search, steps_of_walk(list)))
            break;
        traces--;
        int waits_for = last_end(list, from[p].start_ms * (1 + 1e-9) + 1e-9);
        hax_list_set_wait(list, group, waits_for);
        double cost = hax_list_evaluate_traced(list);
        if (isinf(cost)) {
            hax_list_set_wait(list, group, -1);
            hax_list_evaluate_traced(list);
        } else {
            anneal->cost = cost;
        }
    }
    if (anneal->cost < anneal->best_cost)
        take_best(anneal);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void try_change(hax_anneal *anneal, double heat)
{
    double drawn = hax_random_unit(&anneal->random);
    assert(heat >= 0 && drawn >= 0 && drawn < 1);
    double most = anneal->cost - heat * log(hax_max(drawn, 1e-300));
    change result;
    if (!make_change(anneal, &result) || hax_list_is_unchanged(&anneal->list))
        return;
    double cost = hax_list_evaluate(&anneal->list, most);
    if (isinf(cost)) {
        take_back(&anneal->list, &result);
        return;
    }
    assert(cost <= most || anneal->list.instances->problem->objective != HAX_LATENCY);
    hax_list_commit(&anneal->list);
    anneal->cost = cost;
    if (cost < anneal->best_cost)
        take_best(anneal);
}

void hax_anneal_run(hax_anneal *anneal, uint64_t changes)
{
    if (anneal->search->best_count && anneal->search->cost < anneal->best_cost)
        hax_anneal_begin(anneal, anneal->search->best);
    if (isinf(anneal->best_cost))
        return;
    hax_list_set(&anneal->list, anneal->best);
    anneal->cost = hax_list_evaluate(&anneal->list, INFINITY);
    hax_list_commit(&anneal->list);
    for (uint64_t c = 0; c < changes && hax_search_count_node(anneal->search); c++) {
        if (anneal->list.group_count > LONG_LIST &&
            !hax_search_spend(anneal->search, steps_of_walk(&anneal->list)))
            break;
        double share = (double) c / (double) changes;
        double heat = hot * pow(cold / hot, share) * fabs(anneal->best_cost);
        try_change(anneal, heat);
    }
}

void hax_anneal_runs(hax_anneal *anneal, uint64_t effort)
{
    enum { PATIENCE = 2, GROWTH = 3 };
    const uint64_t groups = (uint64_t) anneal->list.group_count;
    uint64_t changes = effort * groups * groups;
    for (int idle = 0; idle < PATIENCE && !anneal->search->stopped && !anneal->search->phase_over;
         changes *= GROWTH) {
        double before = anneal->search->cost;
        hax_anneal_run(anneal, changes);
        bool gained = anneal->search->cost < before - gain_that_pays * fabs(before);
        idle = gained ? 0 : idle + 1;
    }
}

hax_status hax_anneal_make(hax_search_context *search, uint64_t seed, hax_anneal *anneal,
                           hax_error *err)
{
    *anneal = (hax_anneal){ .search = search, .random = { seed }, .best_cost = INFINITY };
    HAX_TRY(hax_list_make(search->instances, &anneal->list, err));
    anneal->best = calloc(2 * (size_t) search->group_count, sizeof *anneal->best);
    anneal->start = anneal->best + search->group_count;
    return anneal->best ? HAX_OK : hax_fail_memory(err, "a search");
}

void hax_anneal_free(hax_anneal *anneal)
{
    free(anneal->best);
    hax_list_free(&anneal->list);
    *anneal = (hax_anneal){ 0 };
}
