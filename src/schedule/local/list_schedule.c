/* The list, its changes, and which events they can reach. */
#include "list_schedule.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/* ---- queues ------------------------------------------------------------------------------- */

/* Number of a group in a queue that it is in, or where it belongs. */
static int number_in(const hax_list_schedule *schedule, int r, int group)
{
    int low = 0, high = schedule->queued[r];
    while (low < high) {
        int middle = (low + high) / 2;
        if (schedule->position[schedule->queue[r][middle]] < schedule->position[group])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void reach(hax_list_schedule *schedule, int event)
{
    assert(event >= 0);
    if (event < schedule->since)
        schedule->since = event;
}

static int later(int a, int b)
{
    return a > b ? a : b;
}

/* The event at which a unit's resource comes to the group with this number in its queue. */
static int free_for(const hax_list_schedule *schedule, int r, int number)
{
    return number > 0 ? schedule->seen[schedule->queue[r][number - 1]].left : 0;
}

/* What stands behind it may start sooner. */
static void reach_behind(hax_list_schedule *schedule, int r, int number)
{
    if (number + 1 < schedule->queued[r])
        reach(schedule, later(free_for(schedule, r, number),
                              schedule->seen[schedule->queue[r][number + 1]].looked));
}

static void leave_queue(hax_list_schedule *schedule, int r, int group)
{
    int number = number_in(schedule, r, group);
    assert(number < schedule->queued[r] && schedule->queue[r][number] == group);
    reach_behind(schedule, r, number);
    schedule->queued[r]--;
    memmove(schedule->queue[r] + number, schedule->queue[r] + number + 1,
            (size_t) (schedule->queued[r] - number) * sizeof *schedule->queue[r]);
}

#ifndef NDEBUG
/* Does a queue have its groups in the order of the list, around this number? */
static bool is_in_order(const hax_list_schedule *schedule, int r, int number)
{
    const int *queue = schedule->queue[r], *position = schedule->position;
    return (number == 0 || position[queue[number - 1]] < position[queue[number]]) &&
           (number + 1 == schedule->queued[r] ||
            position[queue[number]] < position[queue[number + 1]]);
}

/* Every group once, those of an instance in their order, and each where its position says? */
static bool is_whole_list(const hax_list_schedule *schedule)
{
    for (int p = 0; p < schedule->group_count; p++) {
        int group = schedule->order[p];
        if (schedule->position[group] != p)
            return false;
        if (group > schedule->offset[schedule->instance_of[group]] &&
            schedule->position[group - 1] > p)
            return false;
    }
    return true;
}
#endif

static void join_queue(hax_list_schedule *schedule, int r, int group)
{
    int number = number_in(schedule, r, group);
    assert(schedule->queued[r] < schedule->group_count);
    if (number < schedule->queued[r])
        reach(schedule, schedule->seen[schedule->queue[r][number]].started);
    memmove(schedule->queue[r] + number + 1, schedule->queue[r] + number,
            (size_t) (schedule->queued[r] - number) * sizeof *schedule->queue[r]);
    schedule->queue[r][number] = group;
    schedule->queued[r]++;
    assert(is_in_order(schedule, r, number));
}

/* ---- times alone ------------------------------------------------------------------------- */

static void fill_whole(hax_list_schedule *schedule, int group)
{
    int i = schedule->instance_of[group], unit = schedule->unit[group];
    const hax_cost *cost =
        hax_cost_of(schedule->instances->problem, i, group - schedule->offset[i], unit);
    assert(cost->allowed);
    schedule->whole_ms[group] = cost->time_ms;
    if (group > schedule->offset[i] && schedule->unit[group - 1] != unit)
        schedule->whole_ms[group] +=
            hax_in_between(schedule->instances->problem, i, group - schedule->offset[i],
                           schedule->unit[group - 1], unit)
                .ms;
    if (group + 1 < schedule->offset[i + 1] && schedule->unit[group + 1] != unit)
        schedule->whole_ms[group] +=
            hax_out_between(schedule->instances->problem, i, group - schedule->offset[i], unit,
                            schedule->unit[group + 1])
                .ms;
}

static void fill_whole_around(hax_list_schedule *schedule, int group)
{
    int i = schedule->instance_of[group];
    for (int g = group - 1; g <= group + 1; g++)
        if (g >= schedule->offset[i] && g < schedule->offset[i + 1])
            fill_whole(schedule, g);
}

/* ---- changes ------------------------------------------------------------------------------ */

void hax_list_set_unit(hax_list_schedule *schedule, int group, int unit)
{
    const hax_unit_spec *units = schedule->instances->problem->units;
    uint32_t old = units[schedule->unit[group]].resources, wanted = units[unit].resources;
    reach(schedule, later(schedule->seen[group].looked - 1, 0));
    for (int r = 0; r < schedule->instances->problem->resource_count; r++) {
        if ((old & ~wanted) >> r & 1)
            leave_queue(schedule, r, group);
        if ((wanted & ~old) >> r & 1)
            join_queue(schedule, r, group);
    }
    schedule->unit[group] = unit;
    fill_whole_around(schedule, group);
}

/* It starts later if what it waits for has not ended by then, and sooner if it has waited. */
void hax_list_set_wait(hax_list_schedule *schedule, int group, int waits_for)
{
    uint32_t resources = schedule->instances->problem->units[schedule->unit[group]].resources;
    int could = schedule->seen[group].looked, started = schedule->seen[group].started;
    for (int r = 0; r < schedule->instances->problem->resource_count; r++)
        if (resources >> r & 1)
            could = later(could, free_for(schedule, r, number_in(schedule, r, group)));
    if (schedule->waits_for[group] >= 0 && could < started)
        reach(schedule, could);
    assert(waits_for >= -1 && waits_for < STAGES * schedule->group_count);
    if (waits_for >= 0 && schedule->seen[waits_for / STAGES].left > started)
        reach(schedule, started);
    schedule->waits_for[group] = waits_for;
}

/* Moves what is in a queue from one number to another. */
static void pass(hax_list_schedule *schedule, int r, int from, int to)
{
    int *queue = schedule->queue[r], moved = queue[from];
    if (to > from) {
        reach_behind(schedule, r, from);
        reach(schedule, schedule->seen[moved].started);
        memmove(queue + from, queue + from + 1, (size_t) (to - from) * sizeof *queue);
    } else if (to < from) {
        reach(schedule, later(free_for(schedule, r, to), schedule->seen[moved].looked));
        reach(schedule, schedule->seen[queue[to]].started);
        memmove(queue + to + 1, queue + to, (size_t) (from - to) * sizeof *queue);
    }
    queue[to] = moved;
    assert(is_in_order(schedule, r, to));
}

void hax_list_move(hax_list_schedule *schedule, int from, int to)
{
    int moved = schedule->order[from], step = to > from ? 1 : -1, numbers[HAX_MAX_RESOURCES];
    uint32_t resources = schedule->instances->problem->units[schedule->unit[moved]].resources;
    int passed[HAX_MAX_RESOURCES] = { 0 };
    for (int r = 0; r < schedule->instances->problem->resource_count; r++)
        if (resources >> r & 1)
            numbers[r] = number_in(schedule, r, moved);
    for (int p = from; p != to; p += step) {
        int group = schedule->order[p + step];
        assert(schedule->instance_of[group] != schedule->instance_of[moved]);
        uint32_t common =
            schedule->instances->problem->units[schedule->unit[group]].resources & resources;
        schedule->order[p] = group;
        schedule->position[group] = p;
        for (; common; common &= common - 1)
            passed[__builtin_ctz(common)]++;
    }
    schedule->order[to] = moved;
    schedule->position[moved] = to;
    for (int r = 0; r < schedule->instances->problem->resource_count; r++)
        if (passed[r])
            pass(schedule, r, numbers[r], numbers[r] + step * passed[r]);
}

bool hax_list_is_unchanged(const hax_list_schedule *schedule)
{
    return schedule->since == INT_MAX;
}

void hax_list_rollback(hax_list_schedule *schedule)
{
    schedule->since = INT_MAX;
}

/* ---- whole lists -------------------------------------------------------------------------- */

void hax_list_set(hax_list_schedule *schedule, const hax_list_entry *list)
{
    const hax_problem *problem = schedule->instances->problem;
    memset(schedule->queued, 0, sizeof schedule->queued);
    for (int p = 0; p < schedule->group_count; p++) {
        int group = list[p].group;
        schedule->order[p] = group;
        schedule->position[group] = p;
        schedule->unit[group] = list[p].unit;
        schedule->waits_for[group] = list[p].waits_for;
        for (int r = 0; r < problem->resource_count; r++)
            if (problem->units[list[p].unit].resources >> r & 1)
                schedule->queue[r][schedule->queued[r]++] = group;
    }
    for (int g = 0; g < schedule->group_count; g++)
        fill_whole(schedule, g);
    assert(is_whole_list(schedule));
    schedule->since = 0;
}

void hax_list_get(const hax_list_schedule *schedule, hax_list_entry *list)
{
    assert(is_whole_list(schedule));
    for (int p = 0; p < schedule->group_count; p++) {
        int group = schedule->order[p];
        list[p] = (hax_list_entry){ group, schedule->unit[group], schedule->waits_for[group] };
    }
}

/* ---- the whole ---------------------------------------------------------------------------- */

static int stage_of(hax_part part)
{
    return part == HAX_PART_IN ? 0 : part == HAX_PART_RUN ? 1 : 2;
}

/* The same for all steps of one part of a group on one unit, and for all hand-overs on a unit that
 * demand nothing. What an IN demands may depend on the unit that was left: each is a kind then. */
static int kind_of(hax_list_schedule *schedule, const hax_chain_item *item,
                   const hax_list_item *step, int i)
{
    const hax_problem *problem = schedule->instances->problem;
    if (step->stage != 1 && step->gbps == 0)
        return 1 + step->unit;
    if (step->stage == 0 && hax_cost_of(problem, i, item->group, item->unit)->entering_count > 0)
        return schedule->activity_count++;
    return 1 + ((1 + step->stage * schedule->group_count + step->group) * problem->unit_count +
                step->unit);
}

static void fill_steps(hax_list_schedule *schedule, int i, int step_base, int node_base)
{
    const hax_automaton *automaton = &schedule->instances->automata[i];
    const hax_problem *problem = schedule->instances->problem;
    for (int k = 0; k < automaton->item_count; k++) {
        const hax_chain_item *from = &automaton->items[k];
        schedule->steps[step_base + k] = (hax_list_item){
            .ms = from->ms,
            .gbps = from->gbps,
            .own_gbps = from->own_gbps,
            .then = from->then < 0 ? -1 : step_base + from->then,
            .to = from->to < 0 ? -1 : node_base + from->to,
            .group = schedule->offset[i] + from->group,
            .stage = stage_of(from->part),
            .unit = from->unit,
            .resources = problem->units[from->unit].resources,
            .uses = &from->used,
        };
        schedule->steps[step_base + k].kind =
            kind_of(schedule, from, &schedule->steps[step_base + k], i);
    }
    for (int n = 0; n < automaton->node_count; n++) {
        int *first = schedule->first_step + (node_base + n) * problem->unit_count;
        const hax_chain_node *chain_node = &automaton->nodes[n];
        for (int u = 0; u < problem->unit_count; u++)
            first[u] = -1;
        for (int s = chain_node->start_first; s < chain_node->start_first + chain_node->start_count;
             s++)
            first[automaton->items[automaton->starts[s]].unit] = step_base + automaton->starts[s];
    }
}

static void fill(hax_list_schedule *schedule)
{
    const hax_problem *problem = schedule->instances->problem;
    int steps = 0, nodes = 0;
    schedule->activity_count = 1 + (1 + STAGES * schedule->group_count) * problem->unit_count;
    for (int i = 0; i < schedule->instances->count; i++) {
        const hax_automaton *automaton = &schedule->instances->automata[i];
        const hax_instance_spec *spec = &problem->instances[i];
        schedule->offset[i + 1] = schedule->offset[i] + automaton->group_count;
        for (int g = schedule->offset[i]; g < schedule->offset[i + 1]; g++)
            schedule->instance_of[g] = i;
        for (int a = 0; a < spec->after_count; a++) {
            schedule->after[i] |= (uint64_t) 1 << spec->after[a];
            schedule->before[spec->after[a]] |= (uint64_t) 1 << i;
        }
        schedule->start_node[i] = nodes;
        schedule->everyone |= (uint64_t) 1 << i;
        fill_steps(schedule, i, steps, nodes);
        steps += automaton->item_count;
        nodes += automaton->node_count;
    }
    assert(schedule->offset[schedule->instances->count] == schedule->group_count);
    schedule->remembers = schedule->activity_count <= UINT16_MAX;
    schedule->limited = hax_total_changes(problem) >= 0;
    for (int u = 0; u < problem->unit_count; u++)
        schedule->limited = schedule->limited || problem->units[u].max_pieces >= 0;
}

/* Sets *list to so many zeroed objects; false when memory is out. */
static bool take(hax_list_schedule *schedule, void *list, size_t count, size_t size)
{
    void *taken = hax_arena_alloc(schedule->arena, count, size);
    memcpy(list, &taken, sizeof taken);
    return taken != NULL;
}

static bool take_numbers(hax_list_schedule *schedule, size_t groups, size_t count, size_t nodes)
{
    int **lists[] = { &schedule->instance_of, &schedule->order,     &schedule->position,
                      &schedule->unit,        &schedule->waits_for, &schedule->starts };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        if (!take(schedule, lists[l], groups, sizeof(int)))
            return false;
    for (int r = 0; r < schedule->instances->problem->resource_count; r++)
        if (!take(schedule, &schedule->queue[r], groups, sizeof(int)))
            return false;
    return take(schedule, &schedule->start_node, count, sizeof(int)) &&
           take(schedule, &schedule->offset, count + 1, sizeof(int)) &&
           take(schedule, &schedule->first_step,
                nodes * (size_t) schedule->instances->problem->unit_count, sizeof(int));
}

static bool take_marks(hax_list_schedule *schedule, size_t groups)
{
    size_t marks = STAGES * groups / MARK_EVERY + 1;
    if (!take(schedule, &schedule->now, 1, hax_list_checkpoint_size(schedule)) ||
        !take(schedule, &schedule->kept, marks, sizeof *schedule->kept) ||
        !take(schedule, &schedule->checkpoints, marks, sizeof *schedule->checkpoints))
        return false;
    for (size_t m = 0; m < marks; m++)
        if (!take(schedule, &schedule->kept[m], 1, hax_list_checkpoint_size(schedule)) ||
            !take(schedule, &schedule->checkpoints[m], 1, hax_list_checkpoint_size(schedule)))
            return false;
    return true;
}

hax_status hax_list_make(const hax_instance_set *instances, hax_list_schedule *schedule,
                         hax_error *err)
{
    size_t groups = 0, steps = 0, nodes = 0, count = (size_t) instances->count;
    for (int i = 0; i < instances->count; i++) {
        groups += (size_t) instances->automata[i].group_count;
        steps += (size_t) instances->automata[i].item_count;
        nodes += (size_t) instances->automata[i].node_count;
    }
    *schedule = (hax_list_schedule){ .instances = instances,
                                     .arena = hax_arena_create(),
                                     .group_count = (int) groups };
    if (!schedule->arena || !take_numbers(schedule, groups, count, nodes) ||
        !take_marks(schedule, groups) ||
        !take(schedule, &schedule->steps, steps, sizeof *schedule->steps) ||
        !take(schedule, &schedule->rates, (size_t) 1 << RATES_BITS, sizeof *schedule->rates) ||
        !take(schedule, &schedule->after, count, sizeof *schedule->after) ||
        !take(schedule, &schedule->before, count, sizeof *schedule->before) ||
        !take(schedule, &schedule->seen, groups, sizeof *schedule->seen) ||
        !take(schedule, &schedule->seen_on, groups, sizeof *schedule->seen_on) ||
        !take(schedule, &schedule->whole_ms, groups, sizeof *schedule->whole_ms) ||
        !take(schedule, &schedule->begin_ms, groups, sizeof *schedule->begin_ms) ||
        !take(schedule, &schedule->end_ms, STAGES * groups, sizeof *schedule->end_ms))
        return hax_fail_memory(err, "a search");
    fill(schedule);
    return HAX_OK;
}

void hax_list_free(hax_list_schedule *schedule)
{
    hax_arena_destroy(schedule->arena);
    *schedule = (hax_list_schedule){ 0 };
}
