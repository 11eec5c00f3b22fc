#include "anneal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

static const double hot = 0.005, cold = 0.0005;

/* ---- from a list to times ---------------------------------------------------------------- */

static void fill_queues(anneal *of)
{
    const hax_problem *problem = of->fleet->problem;
    memset(of->queued, 0, sizeof of->queued);
    memset(of->head, 0, sizeof of->head);
    memset(of->next_of, 0, (size_t) of->fleet->count * sizeof *of->next_of);
    for (int p = 0; p < of->hunt->group_count; p++) {
        const anneal_entry *entry = &of->list[p];
        uint32_t resources = problem->units[entry->unit].resources;
        of->place_of[of->offset[entry->instance] + entry->group] = p;
        for (int r = 0; r < problem->resource_count; r++)
            if (resources >> r & 1)
                of->queue[r][of->queued[r]++] = p;
    }
}

static const anneal_entry *next_entry(const anneal *of, int i)
{
    return &of->list[of->place_of[of->offset[i] + of->next_of[i]]];
}

/* First in the queues of all its resources? */
static bool is_its_turn(const anneal *of, int p)
{
    uint32_t resources = of->fleet->problem->units[of->list[p].unit].resources;
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        if ((resources >> r & 1) && of->queue[r][of->head[r]] != p)
            return false;
    return true;
}

static void leave_queues(anneal *of, int unit)
{
    uint32_t resources = of->fleet->problem->units[unit].resources;
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        of->head[r] += resources >> r & 1;
}

/* An OUT is paid when the next group runs elsewhere. */
static void decide_out(anneal *of, int i)
{
    actor *a = &of->now->at[i];
    if (a->item >= 0 || a->then < 0)
        return;
    if (next_entry(of, i)->unit != of->fleet->of[i].items[a->then].unit)
        state_start(of->fleet, of->now, i, a->then);
    a->then = -1;
}

static bool comes_in_time(const anneal *of, int i)
{
    const hax_instance_spec *spec = &of->fleet->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (of->next_of[spec->after[a]] < of->fleet->of[spec->after[a]].group_count ||
            of->now->at[spec->after[a]].item >= 0)
            return false;
    return true;
}

static int stage_of(const item *work)
{
    return work->part == HAX_PART_IN ? 0 : work->part == HAX_PART_RUN ? 1 : 2;
}

/* Has this stage of the group ended, or been left out? */
static bool has_ended(const anneal *of, int instance, int group, int stage)
{
    const actor *a = &of->now->at[instance];
    if (of->next_of[instance] <= group)
        return false;
    if (a->item < 0)
        return true;
    const item *work = &of->fleet->of[instance].items[a->item];
    return work->group != group || stage_of(work) > stage;
}

static bool may_go(const anneal *of, const anneal_entry *entry)
{
    int group = entry->waits_for / STAGES, i = 0;
    if (!is_its_turn(of, (int) (entry - of->list)))
        return false;
    if (entry->waits_for < 0)
        return true;
    while (i + 1 < of->fleet->count && of->offset[i + 1] <= group)
        i++;
    return has_ended(of, i, group - of->offset[i], entry->waits_for % STAGES);
}

static void start_next(anneal *of, int i)
{
    const automaton *all = &of->fleet->of[i];
    const actor *a = &of->now->at[i];
    if (a->item >= 0 || of->next_of[i] == all->group_count || !comes_in_time(of, i))
        return;
    const anneal_entry *entry = next_entry(of, i);
    const node *from = &all->nodes[a->node];
    if (!may_go(of, entry))
        return;
    for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
        if (all->items[all->starts[s]].unit != entry->unit)
            continue;
        if (!state_may_start(of->fleet, of->now, i, all->starts[s]))
            return;
        state_start(of->fleet, of->now, i, all->starts[s]);
        leave_queues(of, entry->unit);
        of->begin_ms[of->offset[i] + entry->group] = of->now->now_ms;
        of->next_of[i]++;
        return;
    }
}

static void note_ends(anneal *of)
{
    for (int i = 0; i < of->fleet->count; i++) {
        int last = of->next_of[i] - 1;
        for (int s = 0; last >= 0 && s < STAGES; s++) {
            double *end_ms = &of->end_ms[STAGES * (of->offset[i] + last) + s];
            if (*end_ms < 0 && has_ended(of, i, last, s))
                *end_ms = of->now->now_ms;
        }
    }
}

/* Cost of the list, INFINITY when it is above `most` or cannot be; with `trail` its placements go
 * into the hunt's trail. */
static double walk(anneal *of, double most, bool trail)
{
    int count = 0;
    fill_queues(of);
    for (int g = 0; trail && g < STAGES * of->hunt->group_count; g++)
        of->end_ms[g] = -1;
    state_begin(of->fleet, of->now);
    of->now->past = outlook_no_past(of->fleet->problem);
    while (of->now->unfinished && of->now->past <= most) {
        double begin_ms = of->now->now_ms;
        for (int i = 0; i < of->fleet->count; i++)
            of->now->at[i].started = -1;
        for (int i = 0; i < of->fleet->count; i++)
            decide_out(of, i);
        for (int i = 0; i < of->fleet->count; i++)
            start_next(of, i);
        if (trail)
            count = hunt_trail(of->hunt, count, begin_ms, of->now);
        if (!state_advance(of->fleet, of->now, outlook_finished))
            return INFINITY;
        if (trail)
            note_ends(of);
        if (of->fleet->problem->objective == HAX_LATENCY && of->now->now_ms > most)
            return INFINITY;
    }
    return of->now->past <= most ? of->now->past : INFINITY;
}

/* ---- changes ------------------------------------------------------------------------------------
 */

static int below(anneal *of, int bound)
{
    return (int) hax_random_below(&of->random, (uint64_t) bound);
}

/* Some groups of one instance in a row go to one unit. */
static bool change_units(anneal *of)
{
    enum { RUN_MOST = 4 };
    int start = below(of, of->hunt->group_count), length = 1 + below(of, RUN_MOST);
    int i = of->list[start].instance, unit = below(of, of->fleet->problem->unit_count);
    bool changed = false;
    for (int p = start; p < of->hunt->group_count && length > 0; p++) {
        anneal_entry *entry = &of->list[p];
        if (entry->instance != i)
            continue;
        length--;
        if (entry->unit == unit || !cost_of(of->fleet->problem, i, entry->group, unit)->allowed)
            continue;
        entry->unit = unit;
        changed = true;
    }
    return changed;
}

/* One group goes to another place between its neighbours of the same instance. */
static bool change_place(anneal *of)
{
    int from = below(of, of->hunt->group_count), low = from, high = from;
    anneal_entry moved = of->list[from];
    while (low > 0 && of->list[low - 1].instance != moved.instance)
        low--;
    while (high + 1 < of->hunt->group_count && of->list[high + 1].instance != moved.instance)
        high++;
    if (low == high)
        return false;
    int to = low + below(of, high - low + 1);
    if (to == from)
        return false;
    if (to < from)
        memmove(of->list + to + 1, of->list + to, (size_t) (from - to) * sizeof *of->list);
    else
        memmove(of->list + from, of->list + from + 1, (size_t) (to - from) * sizeof *of->list);
    of->list[to] = moved;
    return true;
}

/* One group is made to wait for another one before it in the list, or no longer. */
static bool change_wait(anneal *of)
{
    enum { NEAR = 8 };
    int p = below(of, of->hunt->group_count);
    anneal_entry *entry = &of->list[p];
    if (entry->waits_for >= 0 || p == 0) {
        bool changed = entry->waits_for >= 0;
        entry->waits_for = -1;
        return changed;
    }
    const anneal_entry *other = &of->list[p - 1 - below(of, p < NEAR ? p : NEAR)];
    if (other->instance == entry->instance)
        return false;
    entry->waits_for = STAGES * (of->offset[other->instance] + other->group) + below(of, STAGES);
    return true;
}

static void copy_list(const anneal *of, anneal_entry *to, const anneal_entry *from)
{
    memcpy(to, from, (size_t) of->hunt->group_count * sizeof *to);
}

static void take_best(anneal *of)
{
    of->best_cost = of->cost;
    copy_list(of, of->best, of->list);
    if (of->cost < hunt_limit(of->hunt)) {
        double cost = walk(of, INFINITY, true);
        hunt_found(of->hunt, cost, of->hunt->group_count);
    }
}

/* The schedule's list; where a group begins later than its turn comes, it waits for what ended
 * last before that. */
void anneal_begin(anneal *of, const placement *from)
{
    int count = of->hunt->group_count;
    for (int p = 0; p < count; p++)
        of->list[p] = (anneal_entry){ from[p].instance, from[p].group, from[p].unit, -1 };
    of->cost = walk(of, INFINITY, true);
    for (int p = 0; p < count && !isinf(of->cost); p++) {
        double wanted = from[p].start_ms * (1 - 1e-9) - 1e-9, latest = -1;
        if (of->begin_ms[of->offset[from[p].instance] + from[p].group] >= wanted)
            continue;
        for (int g = 0; g < STAGES * count; g++) {
            if (of->end_ms[g] <= latest || of->end_ms[g] > from[p].start_ms * (1 + 1e-9) + 1e-9)
                continue;
            latest = of->end_ms[g];
            of->list[p].waits_for = g;
        }
        double cost = walk(of, INFINITY, true);
        if (isinf(cost))
            of->list[p].waits_for = -1;
        else
            of->cost = cost;
    }
    if (of->cost < of->best_cost)
        take_best(of);
}

static void try_change(anneal *of, double heat)
{
    double drawn = hax_random_unit(&of->random);
    double most = of->cost - heat * log(larger(drawn, 1e-300));
    copy_list(of, of->kept, of->list);
    int kind = below(of, 5);
    bool changed = kind < 2 ? change_units(of) : kind < 4 ? change_place(of) : change_wait(of);
    double cost = changed ? walk(of, most, false) : INFINITY;
    if (isinf(cost)) {
        copy_list(of, of->list, of->kept);
        return;
    }
    of->cost = cost;
    if (cost < of->best_cost)
        take_best(of);
}

void anneal_run(anneal *of, uint64_t changes)
{
    if (of->hunt->best_count && of->hunt->cost < of->best_cost)
        anneal_begin(of, of->hunt->best);
    if (isinf(of->best_cost))
        return;
    copy_list(of, of->list, of->best);
    of->cost = of->best_cost;
    for (uint64_t c = 0; c < changes && hunt_go_on(of->hunt); c++) {
        double share = (double) c / (double) changes;
        double heat = hot * pow(cold / hot, share) * fabs(of->best_cost);
        try_change(of, heat);
    }
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

hax_status anneal_make(hunt *on, uint64_t seed, anneal *made, hax_error *err)
{
    const fleet *fleet_of = on->fleet;
    size_t groups = (size_t) on->group_count, count = (size_t) fleet_of->count;
    size_t resources = (size_t) fleet_of->problem->resource_count;
    *made = (anneal){ .hunt = on, .fleet = fleet_of, .random = { seed }, .best_cost = INFINITY };
    made->list = calloc(3 * groups, sizeof *made->list);
    made->next_of = calloc(2 * count + groups, sizeof *made->next_of);
    made->queue_memory = calloc(resources * (groups + 1), sizeof *made->queue_memory);
    made->now = malloc(state_size(fleet_of));
    made->begin_ms = calloc((1 + STAGES) * groups, sizeof *made->begin_ms);
    if (!made->begin_ms || !made->list || !made->next_of || !made->queue_memory || !made->now)
        return hax_fail_memory(err, "a search");
    made->end_ms = made->begin_ms + groups;
    made->kept = made->list + groups;
    made->best = made->kept + groups;
    made->offset = made->next_of + count;
    made->place_of = made->offset + count;
    for (int i = 1; i < fleet_of->count; i++)
        made->offset[i] = made->offset[i - 1] + fleet_of->of[i - 1].group_count;
    for (size_t r = 0; r < resources; r++)
        made->queue[r] = made->queue_memory + r * (groups + 1);
    return HAX_OK;
}

void anneal_free(anneal *of)
{
    free(of->list);
    free(of->next_of);
    free(of->queue_memory);
    free(of->begin_ms);
    free(of->now);
    *of = (anneal){ 0 };
}
