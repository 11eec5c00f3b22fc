#include "automaton.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "minmax.h"

/* Nodes and items of one instance: 2 GB. 100,000 groups on 16 units without limits are half. */
enum { PLACES_MOST = 16 << 20 };

bool hax_limits_are_kept(const hax_problem *problem, const hax_limit_use *a, const hax_limit_use *b)
{
    const int total = hax_total_changes(problem);
    assert(problem->unit_count <= HAX_MAX_UNITS);
    if (total >= 0 && a->transitions + (b ? b->transitions : 0) > total)
        return false;
    for (int u = 0; u < problem->unit_count; u++) {
        int limit = problem->units[u].max_pieces;
        if (limit >= 0 && a->pieces[u] + (b ? b->pieces[u] : 0) > limit)
            return false;
    }
    return true;
}

static bool grow(void **list, int count, int *capacity, size_t size)
{
    assert(count >= 0 && count <= *capacity);
    if (count < *capacity)
        return true;
    int wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*list, (size_t) wanted * size);
    if (!grown)
        return false;
    *list = grown;
    *capacity = wanted;
    return true;
}

/* ---- nodes and items ------------------------------------------------------------------- */

static bool same_used(const hax_limit_use *a, const hax_limit_use *b)
{
    return a->transitions == b->transitions && memcmp(a->pieces, b->pieces, sizeof a->pieces) == 0;
}

static bool same_node(const hax_chain_node *a, const hax_chain_node *b)
{
    return a->unit == b->unit && a->exit == b->exit && same_used(&a->used, &b->used);
}

/* What an IN costs depends on the unit that was left: those that cost the same are one. */
static bool same_item(const hax_chain_item *a, const hax_chain_item *b)
{
    return a->part == b->part && a->unit == b->unit && same_used(&a->used, &b->used) &&
           (a->part != HAX_PART_IN || (a->ms == b->ms && a->gbps == b->gbps));
}

static uint64_t mixed(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(int group, int unit, int kind, const hax_limit_use *limit_use)
{
    uint64_t hash = mixed((uint64_t) group << 32 | (uint32_t) unit, (uint64_t) kind);
    hash = mixed(hash, (uint64_t) limit_use->transitions);
    for (int u = 0; u < HAX_MAX_UNITS; u += 2)
        hash = mixed(hash,
                     (uint64_t) limit_use->pieces[u] << 32 | (uint32_t) limit_use->pieces[u + 1]);
    return hash;
}

static uint64_t hash_of_node(const hax_chain_node *n)
{
    return hash_of(n->group, n->unit, (int) n->exit, &n->used);
}

enum { ITEM_KINDS = 8 }; /* above those of exits */

static uint64_t hash_of_item(const hax_chain_item *i)
{
    return hash_of(i->group, i->unit, ITEM_KINDS + (int) i->part, &i->used);
}

static bool is_in_slot(const hax_automaton *automaton, int slot, const hax_chain_node *n,
                       const hax_chain_item *i)
{
    if (n)
        return slot > 0 && automaton->nodes[slot - 1].group == n->group &&
               same_node(&automaton->nodes[slot - 1], n);
    return slot < 0 && automaton->items[-1 - slot].group == i->group &&
           same_item(&automaton->items[-1 - slot], i);
}

/* The slot of a node or an item, or a free one for it. */
static int *slot_of(const hax_automaton *automaton, uint64_t hash, const hax_chain_node *n,
                    const hax_chain_item *i)
{
    uint64_t at = hash & (uint64_t) (automaton->slot_count - 1);
    assert(automaton->slot_count > 0 && !(automaton->slot_count & (automaton->slot_count - 1)));
    assert(automaton->node_count + automaton->item_count < automaton->slot_count); /* one is free */
    while (automaton->slots[at] && !is_in_slot(automaton, automaton->slots[at], n, i))
        at = (at + 1) & (uint64_t) (automaton->slot_count - 1);
    return &automaton->slots[at];
}

/* Room for one more; false: memory is out. */
static bool widen_slots(hax_automaton *automaton)
{
    enum { FIRST_SLOTS = 512 };
    const int wanted = automaton->slot_count ? 2 * automaton->slot_count : FIRST_SLOTS;
    if (2 * (automaton->node_count + automaton->item_count + 1) <= automaton->slot_count)
        return true;
    int *slots = calloc((size_t) wanted, sizeof *slots);
    if (!slots)
        return false;
    free(automaton->slots);
    automaton->slots = slots;
    automaton->slot_count = wanted;
    for (int n = 0; n < automaton->node_count; n++)
        *slot_of(automaton, hash_of_node(&automaton->nodes[n]), &automaton->nodes[n], NULL) = n + 1;
    for (int i = 0; i < automaton->item_count; i++)
        *slot_of(automaton, hash_of_item(&automaton->items[i]), NULL, &automaton->items[i]) =
            -1 - i;
    return true;
}

/* Index of a node, added if new; -1 when memory is out. */
static int intern_node(hax_automaton *automaton, const hax_chain_node *wanted)
{
    void *list = automaton->nodes;
    assert(wanted->group >= 0 && wanted->group <= automaton->group_count);
    if (!widen_slots(automaton))
        return -1;
    int *slot = slot_of(automaton, hash_of_node(wanted), wanted, NULL);
    if (*slot)
        return *slot - 1;
    if (!grow(&list, automaton->node_count, &automaton->node_capacity, sizeof(hax_chain_node)))
        return -1;
    int *first = &automaton->first_node[wanted->group];
    automaton->nodes = list;
    automaton->nodes[automaton->node_count] = *wanted;
    automaton->nodes[automaton->node_count].next = *first;
    *first = automaton->node_count;
    *slot = automaton->node_count + 1;
    return automaton->node_count++;
}

static int find_item(const hax_automaton *automaton, const hax_chain_item *wanted)
{
    if (!automaton->slot_count)
        return -1;
    const int slot = *slot_of(automaton, hash_of_item(wanted), NULL, wanted);
    return slot ? -1 - slot : -1;
}

/* Index of a new item, -1 when memory is out. */
static int add_item(hax_automaton *automaton, const hax_chain_item *wanted)
{
    void *list = automaton->items;
    if (!widen_slots(automaton) ||
        !grow(&list, automaton->item_count, &automaton->item_capacity, sizeof(hax_chain_item)))
        return -1;
    automaton->items = list;
    automaton->items[automaton->item_count] = *wanted;
    automaton->items[automaton->item_count].next = automaton->first_item[wanted->group];
    automaton->first_item[wanted->group] = automaton->item_count;
    int *slot = slot_of(automaton, hash_of_item(wanted), NULL, wanted);
    assert(*slot == 0); /* whoever adds one has looked for it */
    *slot = -1 - automaton->item_count;
    return automaton->item_count++;
}

/* May entering a unit cost anything, wherever from? */
static bool may_cost(const hax_cost *cost)
{
    bool costs = cost->in_ms > 0;
    for (int e = 0; e < cost->entering_count; e++)
        costs = costs || cost->entering[e].ms > 0;
    return cost->allowed && costs;
}

static bool counts_transitions(const hax_problem *problem)
{
    return hax_transition_limit(problem) >= 0 || hax_total_changes(problem) >= 0;
}

/* Does it matter on which unit the group before `group` ran, if its OUT costs nothing? */
static bool unit_matters(const hax_problem *problem, int instance, int group)
{
    if (counts_transitions(problem))
        return true;
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].max_pieces >= 0 || may_cost(hax_cost_of(problem, instance, group, u)))
            return true;
    return false;
}

static int node_behind(const hax_problem *problem, hax_automaton *automaton,
                       const hax_chain_item *last, hax_exit_rule exit)
{
    hax_chain_node to = {
        .group = last->group + 1, .unit = last->unit, .exit = exit, .used = last->used
    };
    bool done = to.group == automaton->group_count;
    if (done || (exit == EXIT_FREE && !unit_matters(problem, automaton->instance, to.group))) {
        to.unit = -1;
        to.exit = EXIT_FREE;
    }
    return intern_node(automaton, &to);
}

/* The group itself, with its OUT where that costs anything. */
static int get_group_item(const hax_problem *problem, hax_automaton *automaton,
                          const hax_chain_item *wanted)
{
    int known = find_item(automaton, wanted);
    if (known >= 0)
        return known;
    const hax_cost *cost = hax_cost_of(problem, automaton->instance, wanted->group, wanted->unit);
    assert(wanted->part == HAX_PART_RUN && cost->allowed);
    bool last = wanted->group + 1 == automaton->group_count;
    bool joined = !last && problem->instances[automaton->instance].groups[wanted->group + 1].joined;
    const hax_exit_rule exit = joined                      ? EXIT_STAY
                               : last || cost->out_ms <= 0 ? EXIT_FREE
                                                           : EXIT_KIND;
    hax_chain_item chain_item = *wanted;
    chain_item.ms = cost->time_ms;
    chain_item.gbps = cost->gbps;
    chain_item.own_gbps = hax_cost_own_gbps(cost);
    chain_item.then = -1;
    if ((chain_item.to = node_behind(problem, automaton, &chain_item, exit)) < 0)
        return -1;
    if (exit == EXIT_KIND) {
        hax_chain_item out = chain_item;
        out.part = HAX_PART_OUT;
        out.ms = cost->out_ms;
        out.gbps = out.own_gbps = cost->out_gbps;
        if ((out.to = node_behind(problem, automaton, &out, EXIT_LEAVE)) < 0 ||
            (chain_item.then = add_item(automaton, &out)) < 0)
            return -1;
    }
    return add_item(automaton, &chain_item);
}

/* What a start from a node on a unit begins with: IN where that costs anything, else the group.
 * `from_unit` -1: there is nothing to take over, or it costs nothing wherever it is. */
static int get_first_item(const hax_problem *problem, hax_automaton *automaton,
                          hax_chain_item group_item, int from_unit)
{
    int run = get_group_item(problem, automaton, &group_item);
    if (run < 0 || from_unit < 0 || from_unit == group_item.unit)
        return run;
    const hax_handover taking =
        hax_in_between(problem, automaton->instance, group_item.group, from_unit, group_item.unit);
    if (taking.ms <= 0)
        return run;
    hax_chain_item in = group_item;
    in.part = HAX_PART_IN;
    in.ms = taking.ms;
    in.gbps = in.own_gbps = taking.gbps;
    in.then = run;
    in.to = -1;
    int known = find_item(automaton, &in);
    return known >= 0 ? known : add_item(automaton, &in);
}

static bool add_start(const hax_problem *problem, hax_automaton *automaton, int from, int unit)
{
    const hax_chain_node *chain_node = &automaton->nodes[from];
    bool moves = chain_node->unit >= 0 && chain_node->unit != unit;
    hax_chain_item wanted = {
        .part = HAX_PART_RUN, .group = chain_node->group, .unit = unit, .used = chain_node->used
    };
    const int limit = hax_transition_limit(problem);
    wanted.used.transitions += moves && counts_transitions(problem);
    if (chain_node->unit != unit && problem->units[unit].max_pieces >= 0)
        wanted.used.pieces[unit]++;
    if (limit >= 0 && wanted.used.transitions > limit)
        return true;
    if (!hax_limits_are_kept(problem, &wanted.used, NULL))
        return true;
    int first = get_first_item(problem, automaton, wanted, chain_node->unit);
    void *list = automaton->starts;
    if (first < 0 ||
        !grow(&list, automaton->start_count, &automaton->start_capacity, sizeof *automaton->starts))
        return false;
    automaton->starts = list;
    automaton->starts[automaton->start_count++] = first;
    automaton->nodes[from].start_count++;
    return true;
}

static bool may_enter(const hax_problem *problem, const hax_chain_node *from, int unit)
{
    if (from->unit < 0 || from->exit == EXIT_FREE)
        return true;
    assert(from->group > 0); /* nothing has run before the first */
    if (from->exit == EXIT_STAY)
        return from->unit == unit;
    return hax_same_kind(problem, from->unit, unit) == (from->exit == EXIT_KIND);
}

static bool expand(const hax_problem *problem, hax_automaton *automaton, int from)
{
    automaton->nodes[from].start_first = automaton->start_count;
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_chain_node *chain_node = &automaton->nodes[from];
        if (hax_cost_of(problem, automaton->instance, chain_node->group, u)->allowed &&
            may_enter(problem, chain_node, u) && !add_start(problem, automaton, from, u))
            return false;
    }
    return true;
}

/* ---- times alone --------------------------------------------------------------------------- */

static double from_start(const hax_automaton *automaton, int index, const double *rest_ms)
{
    return automaton->items[index].ms + hax_chain_item_rest(automaton, index, rest_ms);
}

double hax_chain_item_rest(const hax_automaton *automaton, int index, const double *rest_ms)
{
    const hax_chain_item *chain_item = &automaton->items[index];
    double rest = chain_item->to >= 0 ? rest_ms[chain_item->to] : INFINITY;
    return chain_item->then >= 0 ? hax_min(rest, from_start(automaton, chain_item->then, rest_ms))
                                 : rest;
}

int hax_chain_item_follower(const hax_automaton *automaton, int index, const double *rest_ms)
{
    const hax_chain_item *chain_item = &automaton->items[index];
    if (chain_item->then < 0 ||
        (chain_item->to >= 0 &&
         rest_ms[chain_item->to] <= from_start(automaton, chain_item->then, rest_ms)))
        return -1;
    return chain_item->then;
}

void hax_automaton_rest(const hax_problem *problem, const hax_automaton *automaton,
                        const hax_limit_use *other, double *rest_ms, int *first_item)
{
    for (int g = automaton->group_count; g >= 0; g--) {
        for (int n = automaton->first_node[g]; n >= 0; n = automaton->nodes[n].next) {
            const hax_chain_node *chain_node = &automaton->nodes[n];
            rest_ms[n] = hax_chain_node_is_last(automaton, n) &&
                                 hax_limits_are_kept(problem, &chain_node->used, other)
                             ? 0
                             : INFINITY;
            first_item[n] = -1;
            for (int s = chain_node->start_first;
                 s < chain_node->start_first + chain_node->start_count; s++) {
                double ms = from_start(automaton, automaton->starts[s], rest_ms);
                if (ms >= rest_ms[n])
                    continue;
                rest_ms[n] = ms;
                first_item[n] = automaton->starts[s];
            }
            assert(rest_ms[n] >= 0);
        }
    }
}

static hax_status fill_rests(const hax_problem *problem, hax_automaton *automaton, hax_error *err)
{
    double *rest_ms = calloc((size_t) automaton->node_count, sizeof *rest_ms);
    int *first = calloc((size_t) automaton->node_count, sizeof *first);
    bool ok = rest_ms && first;
    if (ok)
        hax_automaton_rest(problem, automaton, NULL, rest_ms, first);
    for (int n = 0; ok && n < automaton->node_count; n++)
        automaton->nodes[n].rest_ms = rest_ms[n];
    for (int i = 0; ok && i < automaton->item_count; i++)
        automaton->items[i].rest_ms = hax_chain_item_rest(automaton, i, rest_ms);
    free(rest_ms);
    free(first);
    if (!ok)
        return hax_fail_memory(err, "a search");
    if (isinf(automaton->nodes[0].rest_ms))
        return hax_fail(err, HAX_INFEASIBLE,
                        "instance '%s' has no way through its groups that keeps the limits on "
                        "transitions, pieces and cuts",
                        problem->instances[automaton->instance].name);
    return HAX_OK;
}

#ifndef NDEBUG
/* No way through a place is shorter than the shortest of all. */
static bool is_no_shortcut(const hax_automaton *automaton, double through_ms)
{
    const double least_ms = automaton->nodes[0].rest_ms;
    return through_ms >= least_ms - 1e-9 * (1 + least_ms);
}

/* IN, group and OUT follow each other, what ends leads to the next group, times add up. */
static bool item_is_sound(const hax_automaton *automaton, const hax_chain_item *item)
{
    static const hax_part behind[] = {
        [HAX_PART_IN] = HAX_PART_RUN, [HAX_PART_RUN] = HAX_PART_OUT, [HAX_PART_OUT] = HAX_PART_IN
    };
    if (item->then >= 0 &&
        (item->part == HAX_PART_OUT || automaton->items[item->then].part != behind[item->part] ||
         automaton->items[item->then].group != item->group ||
         automaton->items[item->then].unit != item->unit))
        return false;
    if (item->part == HAX_PART_IN ? item->then < 0 || item->to >= 0
                                  : automaton->nodes[item->to].group != item->group + 1)
        return false;
    return item->ms >= 0 && is_no_shortcut(automaton, item->early_ms + item->ms + item->rest_ms);
}

static void check_automaton(const hax_automaton *automaton)
{
    for (int i = 0; i < automaton->item_count; i++)
        assert(item_is_sound(automaton, &automaton->items[i]));
    for (int n = 0; n < automaton->node_count; n++)
        assert(
            is_no_shortcut(automaton, automaton->nodes[n].early_ms + automaton->nodes[n].rest_ms));
    for (int s = 0; s < automaton->start_count; s++)
        assert(automaton->items[automaton->starts[s]].part != HAX_PART_OUT);
}
#endif

/* Carries an item's earliest start on to what follows it. */
static void pass_on(hax_automaton *automaton, int index)
{
    const hax_chain_item *chain_item = &automaton->items[index];
    double end = chain_item->early_ms + chain_item->ms;
    assert(isfinite(end)); /* whatever is listed can be reached, and places stand in that order */
    if (chain_item->then >= 0)
        automaton->items[chain_item->then].early_ms =
            hax_min(automaton->items[chain_item->then].early_ms, end);
    if (chain_item->to >= 0)
        automaton->nodes[chain_item->to].early_ms =
            hax_min(automaton->nodes[chain_item->to].early_ms, end);
}

static void fill_earliest(hax_automaton *automaton)
{
    int count = automaton->node_count + automaton->item_count;
    for (int n = 0; n < automaton->node_count; n++)
        automaton->nodes[n].early_ms = n ? INFINITY : 0;
    for (int i = 0; i < automaton->item_count; i++)
        automaton->items[i].early_ms = INFINITY;
    for (int p = 0; p < count; p++) {
        if (!hax_position_is_node(automaton->places[p])) {
            pass_on(automaton, hax_position_item(automaton->places[p]));
            continue;
        }
        const hax_chain_node *chain_node = &automaton->nodes[automaton->places[p]];
        for (int s = chain_node->start_first; s < chain_node->start_first + chain_node->start_count;
             s++) {
            hax_chain_item *started = &automaton->items[automaton->starts[s]];
            started->early_ms = hax_min(started->early_ms, chain_node->early_ms);
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void list_places(hax_automaton *automaton)
{
    static const hax_part order[] = { HAX_PART_IN, HAX_PART_RUN, HAX_PART_OUT };
    int count = 0;
    for (int g = 0; g <= automaton->group_count; g++) {
        automaton->group_places[g] = count;
        for (int n = automaton->first_node[g]; n >= 0; n = automaton->nodes[n].next)
            automaton->places[count++] = n;
        for (size_t o = 0; g < automaton->group_count && o < sizeof order / sizeof *order; o++)
            for (int i = automaton->first_item[g]; i >= 0; i = automaton->items[i].next)
                if (automaton->items[i].part == order[o])
                    automaton->places[count++] = -1 - i;
    }
    automaton->group_places[automaton->group_count + 1] = count;
    assert(count == automaton->node_count + automaton->item_count);
}

static hax_status fail_size(const hax_problem *problem, const hax_automaton *automaton,
                            hax_error *err)
{
    return hax_fail(err, HAX_LIMIT,
                    "instance '%s': the limits on transitions and pieces tell more moments apart "
                    "than a search can hold, or the time was over while they were listed",
                    problem->instances[automaton->instance].name);
}

static hax_status expand_all(const hax_problem *problem, const hax_effort *effort,
                             hax_automaton *automaton, hax_error *err)
{
    const uint64_t steps_of_node = 32 * (uint64_t) problem->unit_count;
    const hax_chain_node start = { .unit = -1, .exit = EXIT_FREE };
    size_t groups = (size_t) automaton->group_count + 2;
    automaton->first_node = malloc(groups * sizeof *automaton->first_node);
    automaton->first_item = malloc(groups * sizeof *automaton->first_item);
    automaton->group_places = calloc(groups, sizeof *automaton->group_places);
    if (!automaton->first_node || !automaton->first_item || !automaton->group_places)
        return hax_fail_memory(err, "a search");
    memset(automaton->first_node, -1, groups * sizeof *automaton->first_node);
    memset(automaton->first_item, -1, groups * sizeof *automaton->first_item);
    if (intern_node(automaton, &start) < 0)
        return hax_fail_memory(err, "a search");
    for (int g = 0; g < automaton->group_count; g++)
        for (int n = automaton->first_node[g]; n >= 0; n = automaton->nodes[n].next) {
            if (automaton->node_count + automaton->item_count > PLACES_MOST ||
                !hax_effort_spend(effort, steps_of_node))
                return fail_size(problem, automaton, err);
            if (!expand(problem, automaton, n))
                return hax_fail_memory(err, "a search");
        }
    free(automaton->slots);
    automaton->slots = NULL;
    automaton->slot_count = 0;
    automaton->places =
        calloc((size_t) (automaton->node_count + automaton->item_count), sizeof *automaton->places);
    if (!automaton->places)
        return hax_fail_memory(err, "a search");
    list_places(automaton);
    fill_earliest(automaton);
    return fill_rests(problem, automaton, err);
}

hax_status hax_automaton_build(const hax_problem *problem, int instance, const hax_effort *effort,
                               hax_automaton *automaton, hax_error *err)
{
    *automaton = (hax_automaton){ .instance = instance,
                                  .group_count = problem->instances[instance].group_count };
    hax_status status = expand_all(problem, effort, automaton, err);
    if (status != HAX_OK)
        hax_automaton_free(automaton);
#ifndef NDEBUG
    else
        check_automaton(automaton);
#endif
    return status;
}

void hax_automaton_free(hax_automaton *automaton)
{
    free(automaton->nodes);
    free(automaton->items);
    free(automaton->starts);
    free(automaton->first_node);
    free(automaton->first_item);
    free(automaton->places);
    free(automaton->group_places);
    free(automaton->slots);
    *automaton = (hax_automaton){ 0 };
}
