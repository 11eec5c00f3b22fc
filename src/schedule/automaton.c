#include "automaton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

/* Nodes and items of one instance: 2 GB. 100,000 groups on 16 units without limits are half. */
enum { PLACES_MOST = 16 << 20 };

bool pieces_fit(const hax_problem *problem, const used *a, const used *b)
{
    for (int u = 0; u < problem->unit_count; u++) {
        int limit = problem->units[u].max_pieces;
        if (limit >= 0 && a->pieces[u] + (b ? b->pieces[u] : 0) > limit)
            return false;
    }
    return true;
}

static bool grow(void **list, int count, int *room, size_t size)
{
    if (count < *room)
        return true;
    int wanted = *room ? 2 * *room : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

/* ---- nodes and items ------------------------------------------------------------------- */

static bool same_used(const used *a, const used *b)
{
    return a->transitions == b->transitions && memcmp(a->pieces, b->pieces, sizeof a->pieces) == 0;
}

static bool same_node(const node *a, const node *b)
{
    return a->unit == b->unit && a->exit == b->exit && same_used(&a->used, &b->used);
}

static bool same_item(const item *a, const item *b)
{
    return a->part == b->part && a->unit == b->unit && same_used(&a->used, &b->used);
}

static uint64_t mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(int group, int unit, int kind, const used *with)
{
    uint64_t hash = mixed((uint64_t) group << 32 | (uint32_t) unit, (uint64_t) kind);
    hash = mixed(hash, (uint64_t) with->transitions);
    for (int u = 0; u < HAX_MAX_UNITS; u += 2)
        hash = mixed(hash, (uint64_t) with->pieces[u] << 32 | (uint32_t) with->pieces[u + 1]);
    return hash;
}

static uint64_t hash_of_node(const node *n)
{
    return hash_of(n->group, n->unit, (int) n->exit, &n->used);
}

enum { ITEM_KINDS = 8 }; /* above those of exits */

static uint64_t hash_of_item(const item *i)
{
    return hash_of(i->group, i->unit, ITEM_KINDS + (int) i->part, &i->used);
}

static bool is_in_slot(const automaton *of, int slot, const node *n, const item *i)
{
    if (n)
        return slot > 0 && of->nodes[slot - 1].group == n->group &&
               same_node(&of->nodes[slot - 1], n);
    return slot < 0 && of->items[-1 - slot].group == i->group &&
           same_item(&of->items[-1 - slot], i);
}

/* The slot of a node or an item, or a free one for it. */
static int *slot_of(const automaton *of, uint64_t hash, const node *n, const item *i)
{
    uint64_t at = hash & (uint64_t) (of->slot_count - 1);
    while (of->slots[at] && !is_in_slot(of, of->slots[at], n, i))
        at = (at + 1) & (uint64_t) (of->slot_count - 1);
    return &of->slots[at];
}

/* Room for one more; false: memory is out. */
static bool widen_slots(automaton *of)
{
    enum { FIRST_SLOTS = 512 };
    const int wanted = of->slot_count ? 2 * of->slot_count : FIRST_SLOTS;
    if (2 * (of->node_count + of->item_count + 1) <= of->slot_count)
        return true;
    int *slots = calloc((size_t) wanted, sizeof *slots);
    if (!slots)
        return false;
    free(of->slots);
    of->slots = slots;
    of->slot_count = wanted;
    for (int n = 0; n < of->node_count; n++)
        *slot_of(of, hash_of_node(&of->nodes[n]), &of->nodes[n], NULL) = n + 1;
    for (int i = 0; i < of->item_count; i++)
        *slot_of(of, hash_of_item(&of->items[i]), NULL, &of->items[i]) = -1 - i;
    return true;
}

/* Index of a node, added if new; -1 when memory is out. */
static int intern_node(automaton *of, const node *wanted)
{
    void *list = of->nodes;
    if (!widen_slots(of))
        return -1;
    int *slot = slot_of(of, hash_of_node(wanted), wanted, NULL);
    if (*slot)
        return *slot - 1;
    if (!grow(&list, of->node_count, &of->node_room, sizeof(node)))
        return -1;
    int *first = &of->first_node[wanted->group];
    of->nodes = list;
    of->nodes[of->node_count] = *wanted;
    of->nodes[of->node_count].next = *first;
    *first = of->node_count;
    *slot = of->node_count + 1;
    return of->node_count++;
}

static int find_item(const automaton *of, const item *wanted)
{
    if (!of->slot_count)
        return -1;
    const int slot = *slot_of(of, hash_of_item(wanted), NULL, wanted);
    return slot ? -1 - slot : -1;
}

/* Index of a new item, -1 when memory is out. */
static int add_item(automaton *of, const item *wanted)
{
    void *list = of->items;
    if (!widen_slots(of) || !grow(&list, of->item_count, &of->item_room, sizeof(item)))
        return -1;
    of->items = list;
    of->items[of->item_count] = *wanted;
    of->items[of->item_count].next = of->first_item[wanted->group];
    of->first_item[wanted->group] = of->item_count;
    *slot_of(of, hash_of_item(wanted), NULL, wanted) = -1 - of->item_count;
    return of->item_count++;
}

/* Does it matter on which unit the group before `group` ran, if its OUT costs nothing? */
static bool unit_matters(const hax_problem *problem, int instance, int group)
{
    if (problem->max_transitions >= 0)
        return true;
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_cost *cost = cost_of(problem, instance, group, u);
        if (problem->units[u].max_pieces >= 0 || (cost->allowed && cost->in_ms > 0))
            return true;
    }
    return false;
}

static int node_behind(const hax_problem *problem, automaton *of, const item *last, exit_rule exit)
{
    node to = { .group = last->group + 1, .unit = last->unit, .exit = exit, .used = last->used };
    bool done = to.group == of->group_count;
    if (done || (exit == EXIT_FREE && !unit_matters(problem, of->instance, to.group))) {
        to.unit = -1;
        to.exit = EXIT_FREE;
    }
    return intern_node(of, &to);
}

/* The group itself, with its OUT where that costs anything. */
static int get_group_item(const hax_problem *problem, automaton *of, const item *wanted)
{
    int known = find_item(of, wanted);
    if (known >= 0)
        return known;
    const hax_cost *cost = cost_of(problem, of->instance, wanted->group, wanted->unit);
    bool last = wanted->group + 1 == of->group_count;
    bool joined = !last && problem->instances[of->instance].groups[wanted->group + 1].joined;
    bool free_exit = !joined && (last || cost->out_ms <= 0);
    item made = *wanted;
    made.ms = cost->time_ms;
    made.gbps = cost->gbps;
    made.own_gbps = cost_own_gbps(cost);
    made.then = -1;
    if ((made.to = node_behind(problem, of, &made, free_exit ? EXIT_FREE : EXIT_STAY)) < 0)
        return -1;
    if (!free_exit && !joined) {
        item out = made;
        out.part = HAX_PART_OUT;
        out.ms = cost->out_ms;
        out.gbps = out.own_gbps = cost->out_gbps;
        if ((out.to = node_behind(problem, of, &out, EXIT_LEAVE)) < 0 ||
            (made.then = add_item(of, &out)) < 0)
            return -1;
    }
    return add_item(of, &made);
}

/* What a start from a node on a unit begins with: IN where that costs anything, else the group. */
static int get_first_item(const hax_problem *problem, automaton *of, item group_item, bool moves)
{
    const hax_cost *cost = cost_of(problem, of->instance, group_item.group, group_item.unit);
    int run = get_group_item(problem, of, &group_item);
    if (run < 0 || !moves || cost->in_ms <= 0)
        return run;
    item in = group_item;
    in.part = HAX_PART_IN;
    in.ms = cost->in_ms;
    in.gbps = in.own_gbps = cost->in_gbps;
    in.then = run;
    in.to = -1;
    int known = find_item(of, &in);
    return known >= 0 ? known : add_item(of, &in);
}

static bool add_start(const hax_problem *problem, automaton *of, int from, int unit)
{
    const node *at = &of->nodes[from];
    bool moves = at->unit >= 0 && at->unit != unit;
    item wanted = { .part = HAX_PART_RUN, .group = at->group, .unit = unit, .used = at->used };
    wanted.used.transitions += moves && problem->max_transitions >= 0;
    if (at->unit != unit && problem->units[unit].max_pieces >= 0)
        wanted.used.pieces[unit]++;
    if (problem->max_transitions >= 0 && wanted.used.transitions > problem->max_transitions)
        return true;
    if (!pieces_fit(problem, &wanted.used, NULL))
        return true;
    int first = get_first_item(problem, of, wanted, moves);
    void *list = of->starts;
    if (first < 0 || !grow(&list, of->start_count, &of->start_room, sizeof *of->starts))
        return false;
    of->starts = list;
    of->starts[of->start_count++] = first;
    of->nodes[from].start_count++;
    return true;
}

static bool may_enter(const node *from, int unit)
{
    if (from->unit < 0 || from->exit == EXIT_FREE)
        return true;
    return from->exit == EXIT_STAY ? from->unit == unit : from->unit != unit;
}

static bool expand(const hax_problem *problem, automaton *of, int from)
{
    of->nodes[from].start_first = of->start_count;
    for (int u = 0; u < problem->unit_count; u++) {
        const node *at = &of->nodes[from];
        if (cost_of(problem, of->instance, at->group, u)->allowed && may_enter(at, u) &&
            !add_start(problem, of, from, u))
            return false;
    }
    return true;
}

/* ---- times alone --------------------------------------------------------------------------- */

static double from_start(const automaton *of, int index, const double *rest_ms)
{
    return of->items[index].ms + item_rest(of, index, rest_ms);
}

double item_rest(const automaton *of, int index, const double *rest_ms)
{
    const item *at = &of->items[index];
    double rest = at->to >= 0 ? rest_ms[at->to] : INFINITY;
    return at->then >= 0 ? smaller(rest, from_start(of, at->then, rest_ms)) : rest;
}

int item_follower(const automaton *of, int index, const double *rest_ms)
{
    const item *at = &of->items[index];
    if (at->then < 0 || (at->to >= 0 && rest_ms[at->to] <= from_start(of, at->then, rest_ms)))
        return -1;
    return at->then;
}

void automaton_rest(const hax_problem *problem, const automaton *of, const used *other,
                    double *rest_ms, int *first_item)
{
    for (int g = of->group_count; g >= 0; g--) {
        for (int n = of->first_node[g]; n >= 0; n = of->nodes[n].next) {
            const node *at = &of->nodes[n];
            rest_ms[n] = node_done(of, n) && pieces_fit(problem, &at->used, other) ? 0 : INFINITY;
            first_item[n] = -1;
            for (int s = at->start_first; s < at->start_first + at->start_count; s++) {
                double ms = from_start(of, of->starts[s], rest_ms);
                if (ms >= rest_ms[n])
                    continue;
                rest_ms[n] = ms;
                first_item[n] = of->starts[s];
            }
        }
    }
}

static hax_status fill_rests(const hax_problem *problem, automaton *of, hax_error *err)
{
    double *rest_ms = calloc((size_t) of->node_count, sizeof *rest_ms);
    int *first = calloc((size_t) of->node_count, sizeof *first);
    bool ok = rest_ms && first;
    if (ok)
        automaton_rest(problem, of, NULL, rest_ms, first);
    for (int n = 0; ok && n < of->node_count; n++)
        of->nodes[n].rest_ms = rest_ms[n];
    for (int i = 0; ok && i < of->item_count; i++)
        of->items[i].rest_ms = item_rest(of, i, rest_ms);
    free(rest_ms);
    free(first);
    if (!ok)
        return hax_fail_memory(err, "a search");
    if (isinf(of->nodes[0].rest_ms))
        return hax_fail(err, HAX_INFEASIBLE,
                        "instance '%s' has no way through its groups that keeps the limits on "
                        "transitions, pieces and cuts",
                        problem->instances[of->instance].name);
    return HAX_OK;
}

/* Carries an item's earliest start on to what follows it. */
static void pass_on(automaton *of, int index)
{
    const item *at = &of->items[index];
    double end = at->early_ms + at->ms;
    if (at->then >= 0)
        of->items[at->then].early_ms = smaller(of->items[at->then].early_ms, end);
    if (at->to >= 0)
        of->nodes[at->to].early_ms = smaller(of->nodes[at->to].early_ms, end);
}

static void fill_earliest(automaton *of)
{
    int count = of->node_count + of->item_count;
    for (int n = 0; n < of->node_count; n++)
        of->nodes[n].early_ms = n ? INFINITY : 0;
    for (int i = 0; i < of->item_count; i++)
        of->items[i].early_ms = INFINITY;
    for (int p = 0; p < count; p++) {
        if (!place_is_node(of->places[p])) {
            pass_on(of, place_item(of->places[p]));
            continue;
        }
        const node *at = &of->nodes[of->places[p]];
        for (int s = at->start_first; s < at->start_first + at->start_count; s++) {
            item *started = &of->items[of->starts[s]];
            started->early_ms = smaller(started->early_ms, at->early_ms);
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void list_places(automaton *of)
{
    static const hax_part order[] = { HAX_PART_IN, HAX_PART_RUN, HAX_PART_OUT };
    int count = 0;
    for (int g = 0; g <= of->group_count; g++) {
        of->group_places[g] = count;
        for (int n = of->first_node[g]; n >= 0; n = of->nodes[n].next)
            of->places[count++] = n;
        for (size_t o = 0; g < of->group_count && o < sizeof order / sizeof *order; o++)
            for (int i = of->first_item[g]; i >= 0; i = of->items[i].next)
                if (of->items[i].part == order[o])
                    of->places[count++] = -1 - i;
    }
    of->group_places[of->group_count + 1] = count;
}

static hax_status fail_size(const hax_problem *problem, const automaton *of, hax_error *err)
{
    return hax_fail(err, HAX_LIMIT,
                    "instance '%s': the limits on transitions and pieces tell more moments apart "
                    "than a search can hold, or the time was over while they were listed",
                    problem->instances[of->instance].name);
}

static hax_status expand_all(const hax_problem *problem, const hax_effort *effort, automaton *made,
                             hax_error *err)
{
    const uint64_t steps_of_node = 32 * (uint64_t) problem->unit_count;
    const node start = { .unit = -1, .exit = EXIT_FREE };
    size_t groups = (size_t) made->group_count + 2;
    made->first_node = malloc(groups * sizeof *made->first_node);
    made->first_item = malloc(groups * sizeof *made->first_item);
    made->group_places = calloc(groups, sizeof *made->group_places);
    if (!made->first_node || !made->first_item || !made->group_places)
        return hax_fail_memory(err, "a search");
    memset(made->first_node, -1, groups * sizeof *made->first_node);
    memset(made->first_item, -1, groups * sizeof *made->first_item);
    if (intern_node(made, &start) < 0)
        return hax_fail_memory(err, "a search");
    for (int g = 0; g < made->group_count; g++)
        for (int n = made->first_node[g]; n >= 0; n = made->nodes[n].next) {
            if (made->node_count + made->item_count > PLACES_MOST ||
                !hax_effort_spend(effort, steps_of_node))
                return fail_size(problem, made, err);
            if (!expand(problem, made, n))
                return hax_fail_memory(err, "a search");
        }
    free(made->slots);
    made->slots = NULL;
    made->slot_count = 0;
    made->places = calloc((size_t) (made->node_count + made->item_count), sizeof *made->places);
    if (!made->places)
        return hax_fail_memory(err, "a search");
    list_places(made);
    fill_earliest(made);
    return fill_rests(problem, made, err);
}

hax_status automaton_build(const hax_problem *problem, int instance, const hax_effort *effort,
                           automaton *made, hax_error *err)
{
    *made = (automaton){ .instance = instance,
                         .group_count = problem->instances[instance].group_count };
    hax_status status = expand_all(problem, effort, made, err);
    if (status != HAX_OK)
        automaton_free(made);
    return status;
}

void automaton_free(automaton *of)
{
    free(of->nodes);
    free(of->items);
    free(of->starts);
    free(of->first_node);
    free(of->first_item);
    free(of->places);
    free(of->group_places);
    free(of->slots);
    *of = (automaton){ 0 };
}
