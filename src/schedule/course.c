/* The list, its changes, and which events they can reach. */
#include "course.h"

#include <limits.h>
#include <string.h>

/* ---- queues ------------------------------------------------------------------------------- */

/* Number of a group in a queue that it is in, or where it belongs. */
static int number_in(const course *of, int r, int group)
{
    int low = 0, high = of->queued[r];
    while (low < high) {
        int middle = (low + high) / 2;
        if (of->place[of->queue[r][middle]] < of->place[group])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void reach(course *of, int event)
{
    if (event < of->since)
        of->since = event;
}

static int later(int a, int b)
{
    return a > b ? a : b;
}

/* The event at which a unit's resource comes to the group with this number in its queue. */
static int free_for(const course *of, int r, int number)
{
    return number > 0 ? of->seen[of->queue[r][number - 1]].left : 0;
}

/* What stands behind it may start sooner. */
static void reach_behind(course *of, int r, int number)
{
    if (number + 1 < of->queued[r])
        reach(of, later(free_for(of, r, number), of->seen[of->queue[r][number + 1]].looked));
}

static void leave_queue(course *of, int r, int group)
{
    int number = number_in(of, r, group);
    reach_behind(of, r, number);
    of->queued[r]--;
    memmove(of->queue[r] + number, of->queue[r] + number + 1,
            (size_t) (of->queued[r] - number) * sizeof *of->queue[r]);
}

static void join_queue(course *of, int r, int group)
{
    int number = number_in(of, r, group);
    if (number < of->queued[r])
        reach(of, of->seen[of->queue[r][number]].started);
    memmove(of->queue[r] + number + 1, of->queue[r] + number,
            (size_t) (of->queued[r] - number) * sizeof *of->queue[r]);
    of->queue[r][number] = group;
    of->queued[r]++;
}

/* ---- times alone ------------------------------------------------------------------------- */

static void fill_whole(course *of, int group)
{
    int i = of->instance_of[group], unit = of->unit[group];
    const hax_cost *cost = cost_of(of->fleet->problem, i, group - of->offset[i], unit);
    of->whole_ms[group] = cost->time_ms;
    if (group > of->offset[i] && of->unit[group - 1] != unit)
        of->whole_ms[group] += cost->in_ms;
    if (group + 1 < of->offset[i + 1] && of->unit[group + 1] != unit)
        of->whole_ms[group] += cost->out_ms;
}

static void fill_whole_around(course *of, int group)
{
    int i = of->instance_of[group];
    for (int g = group - 1; g <= group + 1; g++)
        if (g >= of->offset[i] && g < of->offset[i + 1])
            fill_whole(of, g);
}

/* ---- changes ------------------------------------------------------------------------------ */

void course_set_unit(course *of, int group, int unit)
{
    const hax_unit_spec *units = of->fleet->problem->units;
    uint32_t old = units[of->unit[group]].resources, wanted = units[unit].resources;
    reach(of, later(of->seen[group].looked - 1, 0));
    for (int r = 0; r < of->fleet->problem->resource_count; r++) {
        if ((old & ~wanted) >> r & 1)
            leave_queue(of, r, group);
        if ((wanted & ~old) >> r & 1)
            join_queue(of, r, group);
    }
    of->unit[group] = unit;
    fill_whole_around(of, group);
}

/* It starts later if what it waits for has not ended by then, and sooner if it has waited. */
void course_set_wait(course *of, int group, int waits_for)
{
    uint32_t resources = of->fleet->problem->units[of->unit[group]].resources;
    int could = of->seen[group].looked, started = of->seen[group].started;
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        if (resources >> r & 1)
            could = later(could, free_for(of, r, number_in(of, r, group)));
    if (of->waits_for[group] >= 0 && could < started)
        reach(of, could);
    if (waits_for >= 0 && of->seen[waits_for / STAGES].left > started)
        reach(of, started);
    of->waits_for[group] = waits_for;
}

/* Moves what is in a queue from one number to another. */
static void pass(course *of, int r, int from, int to)
{
    int *queue = of->queue[r], moved = queue[from];
    if (to > from) {
        reach_behind(of, r, from);
        reach(of, of->seen[moved].started);
        memmove(queue + from, queue + from + 1, (size_t) (to - from) * sizeof *queue);
    } else if (to < from) {
        reach(of, later(free_for(of, r, to), of->seen[moved].looked));
        reach(of, of->seen[queue[to]].started);
        memmove(queue + to + 1, queue + to, (size_t) (from - to) * sizeof *queue);
    }
    queue[to] = moved;
}

void course_move(course *of, int from, int to)
{
    int moved = of->order[from], step = to > from ? 1 : -1, numbers[HAX_MAX_RESOURCES];
    uint32_t resources = of->fleet->problem->units[of->unit[moved]].resources;
    int passed[HAX_MAX_RESOURCES] = { 0 };
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        if (resources >> r & 1)
            numbers[r] = number_in(of, r, moved);
    for (int p = from; p != to; p += step) {
        int group = of->order[p + step];
        uint32_t common = of->fleet->problem->units[of->unit[group]].resources & resources;
        of->order[p] = group;
        of->place[group] = p;
        for (; common; common &= common - 1)
            passed[__builtin_ctz(common)]++;
    }
    of->order[to] = moved;
    of->place[moved] = to;
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        if (passed[r])
            pass(of, r, numbers[r], numbers[r] + step * passed[r]);
}

bool course_is_as_kept(const course *of)
{
    return of->since == INT_MAX;
}

void course_undone(course *of)
{
    of->since = INT_MAX;
}

/* ---- whole lists -------------------------------------------------------------------------- */

void course_set(course *of, const course_entry *list)
{
    const hax_problem *problem = of->fleet->problem;
    memset(of->queued, 0, sizeof of->queued);
    for (int p = 0; p < of->group_count; p++) {
        int group = list[p].group;
        of->order[p] = group;
        of->place[group] = p;
        of->unit[group] = list[p].unit;
        of->waits_for[group] = list[p].waits_for;
        for (int r = 0; r < problem->resource_count; r++)
            if (problem->units[list[p].unit].resources >> r & 1)
                of->queue[r][of->queued[r]++] = group;
    }
    for (int g = 0; g < of->group_count; g++)
        fill_whole(of, g);
    of->since = 0;
}

void course_get(const course *of, course_entry *list)
{
    for (int p = 0; p < of->group_count; p++) {
        int group = of->order[p];
        list[p] = (course_entry){ group, of->unit[group], of->waits_for[group] };
    }
}

/* ---- the whole ---------------------------------------------------------------------------- */

static int stage_of(hax_part part)
{
    return part == HAX_PART_IN ? 0 : part == HAX_PART_RUN ? 1 : 2;
}

/* The same for all steps of one part of a group on one unit, and for all hand-overs on a unit that
 * demand nothing. */
static int kind_of(const course *of, const course_step *step)
{
    int units = of->fleet->problem->unit_count;
    if (step->stage != 1 && step->gbps == 0)
        return 1 + step->unit;
    return 1 + ((1 + step->stage * of->group_count + step->group) * units + step->unit);
}

static void fill_steps(course *of, int i, int step_base, int node_base)
{
    const automaton *all = &of->fleet->of[i];
    const hax_problem *problem = of->fleet->problem;
    for (int k = 0; k < all->item_count; k++) {
        const item *from = &all->items[k];
        of->steps[step_base + k] = (course_step){
            .ms = from->ms,
            .gbps = from->gbps,
            .own_gbps = from->own_gbps,
            .then = from->then < 0 ? -1 : step_base + from->then,
            .to = from->to < 0 ? -1 : node_base + from->to,
            .group = of->offset[i] + from->group,
            .stage = stage_of(from->part),
            .unit = from->unit,
            .resources = problem->units[from->unit].resources,
            .used = &from->used,
        };
        of->steps[step_base + k].kind = kind_of(of, &of->steps[step_base + k]);
    }
    for (int n = 0; n < all->node_count; n++) {
        int *first = of->first_step + (node_base + n) * problem->unit_count;
        const node *at = &all->nodes[n];
        for (int u = 0; u < problem->unit_count; u++)
            first[u] = -1;
        for (int s = at->start_first; s < at->start_first + at->start_count; s++)
            first[all->items[all->starts[s]].unit] = step_base + all->starts[s];
    }
}

static void fill(course *of)
{
    const hax_problem *problem = of->fleet->problem;
    int steps = 0, nodes = 0;
    for (int i = 0; i < of->fleet->count; i++) {
        const automaton *all = &of->fleet->of[i];
        const hax_instance_spec *spec = &problem->instances[i];
        of->offset[i + 1] = of->offset[i] + all->group_count;
        for (int g = of->offset[i]; g < of->offset[i + 1]; g++)
            of->instance_of[g] = i;
        for (int a = 0; a < spec->after_count; a++) {
            of->after[i] |= (uint64_t) 1 << spec->after[a];
            of->before[spec->after[a]] |= (uint64_t) 1 << i;
        }
        of->start_node[i] = nodes;
        of->all |= (uint64_t) 1 << i;
        fill_steps(of, i, steps, nodes);
        steps += all->item_count;
        nodes += all->node_count;
    }
    of->remembers = (1 + STAGES * of->group_count) * problem->unit_count < UINT16_MAX;
    for (int u = 0; u < problem->unit_count; u++)
        of->limited = of->limited || problem->units[u].max_pieces >= 0;
}

/* Sets *list to so many zeroed objects; false when memory is out. */
static bool take(course *of, void *list, size_t count, size_t size)
{
    void *taken = hax_arena_alloc(of->arena, count, size);
    memcpy(list, &taken, sizeof taken);
    return taken != NULL;
}

static bool take_numbers(course *of, size_t groups, size_t count, size_t nodes)
{
    int **lists[] = { &of->instance_of, &of->order,     &of->place,
                      &of->unit,        &of->waits_for, &of->starts };
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        if (!take(of, lists[l], groups, sizeof(int)))
            return false;
    for (int r = 0; r < of->fleet->problem->resource_count; r++)
        if (!take(of, &of->queue[r], groups, sizeof(int)))
            return false;
    return take(of, &of->start_node, count, sizeof(int)) &&
           take(of, &of->offset, count + 1, sizeof(int)) &&
           take(of, &of->first_step, nodes * (size_t) of->fleet->problem->unit_count, sizeof(int));
}

static bool take_marks(course *of, size_t groups)
{
    size_t marks = STAGES * groups / MARK_EVERY + 1;
    if (!take(of, &of->now, 1, moment_size(of)) || !take(of, &of->kept, marks, sizeof *of->kept) ||
        !take(of, &of->on, marks, sizeof *of->on))
        return false;
    for (size_t m = 0; m < marks; m++)
        if (!take(of, &of->kept[m], 1, moment_size(of)) ||
            !take(of, &of->on[m], 1, moment_size(of)))
            return false;
    return true;
}

hax_status course_make(const fleet *of, course *made, hax_error *err)
{
    size_t groups = 0, steps = 0, nodes = 0, count = (size_t) of->count;
    for (int i = 0; i < of->count; i++) {
        groups += (size_t) of->of[i].group_count;
        steps += (size_t) of->of[i].item_count;
        nodes += (size_t) of->of[i].node_count;
    }
    *made = (course){ .fleet = of, .arena = hax_arena_create(), .group_count = (int) groups };
    if (!made->arena || !take_numbers(made, groups, count, nodes) || !take_marks(made, groups) ||
        !take(made, &made->steps, steps, sizeof *made->steps) ||
        !take(made, &made->rates, (size_t) 1 << RATES_BITS, sizeof *made->rates) ||
        !take(made, &made->after, count, sizeof *made->after) ||
        !take(made, &made->before, count, sizeof *made->before) ||
        !take(made, &made->seen, groups, sizeof *made->seen) ||
        !take(made, &made->seen_on, groups, sizeof *made->seen_on) ||
        !take(made, &made->whole_ms, groups, sizeof *made->whole_ms) ||
        !take(made, &made->begin_ms, groups, sizeof *made->begin_ms) ||
        !take(made, &made->end_ms, STAGES * groups, sizeof *made->end_ms))
        return hax_fail_memory(err, "a search");
    fill(made);
    return HAX_OK;
}

void course_free(course *of)
{
    hax_arena_destroy(of->arena);
    *of = (course){ 0 };
}
