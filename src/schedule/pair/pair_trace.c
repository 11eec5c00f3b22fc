/*
 * The table holds values only. On the way through it every choice is looked at again, which
 * costs nothing beside filling it: the path is short.
 */
#include "pair_trace.h"

#include <assert.h>
#include <math.h>

typedef struct path {
    hax_pair_table *table;
    hax_placement *placements;
    int count;
    double now_ms;
    double *finish_ms;
} path;

static void place_start(path *path, int i, int started)
{
    const hax_chain_item *chain_item = &path->table->pair[i].items[started];
    assert(path->count < path->table->pair[0].group_count + path->table->pair[1].group_count);
    path->placements[path->count++] =
        (hax_placement){ i, chain_item->group, chain_item->unit, path->now_ms };
}

/* ---- the other alone, to the end ----------------------------------------------------------- */

/* Instance i has ended in `done`; the other is at `from_node`, or has `left` of an item to do. */
static void go_on_alone(path *path, int i, int done, int from_node, int running, double left)
{
    const hax_automaton *automaton = &path->table->pair[1 - i];
    const double *rest = hax_pair_table_alone(path->table, 1 - i, done);
    double starts_ms = path->now_ms, end_ms = path->now_ms;
    int next = running, n = from_node;
    path->finish_ms[i] = path->now_ms;
    while (rest) {
        if (next < 0) {
            const hax_chain_node *from = &automaton->nodes[n];
            for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
                int started = automaton->starts[s];
                double ms =
                    automaton->items[started].ms + hax_chain_item_rest(automaton, started, rest);
                if (next < 0 ||
                    ms < automaton->items[next].ms + hax_chain_item_rest(automaton, next, rest))
                    next = started;
            }
            if (next < 0)
                break;
            path->now_ms = starts_ms;
            place_start(path, 1 - i, next);
            left = automaton->items[next].ms;
        }
        end_ms += left;
        n = automaton->items[next].to;
        next = hax_chain_item_follower(automaton, next, rest);
        left = next >= 0 ? automaton->items[next].ms : 0;
    }
    path->finish_ms[1 - i] = end_ms;
}

/* ---- choices --------------------------------------------------------------------------------- */

/* The best moment to start something while the other's item runs down from `left`. */
typedef struct choice {
    double value; /* from now on */
    int started;  /* -1: let the other's item end */
    double left;  /* of the other's item, when it is started */
} choice;

static void consider(choice *best, double value, int started, double left)
{
    double slack =
        1e-12 * hax_max(1, fabs(value)); /* of equal ones the first: start rather than wait */
    if (value < best->value - slack)
        *best = (choice){ value, started, left };
}

static choice choose(const hax_pair_table *table, int i, int n, int other, double left)
{
    const hax_automaton *automaton = &table->pair[i];
    const hax_chain_node *from = &automaton->nodes[n];
    double slope = hax_pair_objective_slope(table->objective);
    choice best = { INFINITY, -1, 0 };
    for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
        int started = automaton->starts[s];
        if (!hax_pair_table_may_start(table, i, started, other))
            continue;
        hax_curve begun = hax_pair_table_items(table, i, started, other)->begun[i];
        consider(&best, hax_curve_value(&table->pool, begun, left), started, left);
        for (int k = begun.first; k < begun.first + begun.count; k++) {
            const hax_segment *segment = &table->pool.segments[k];
            if (segment->to < left)
                consider(&best, slope * (left - segment->to) + segment->at_to, started,
                         segment->to);
            if (segment->from < left)
                consider(&best, slope * (left - segment->from) + segment->at_from, started,
                         segment->from);
        }
    }
    consider(&best, slope * left + hax_pair_table_at_end(table, i, n, other), -1, 0);
    return best;
}

typedef struct state {
    int idle;    /* instance, -1: both */
    int node[2]; /* of those that are idle */
    int item[2]; /* of those that are not; -1 */
    double left; /* of the item */
} state;

/* Both idle: which of them starts what. The other decides next. */
static bool start_first(path *path, state *state)
{
    const hax_pair_table *table = path->table;
    double best = INFINITY;
    int starter = -1, chosen = -1;
    for (int i = 0; i < 2; i++) {
        const hax_chain_node *from = &table->pair[i].nodes[state->node[i]];
        if (!hax_pair_table_may_start(table, i, -1, -1))
            continue;
        for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
            int started = table->pair[i].starts[s];
            hax_curve to = *hax_pair_table_idle(table, 1 - i, state->node[1 - i], started);
            double value = hax_curve_value(&table->pool, to, table->pair[i].items[started].ms);
            if (value >= best)
                continue;
            best = value;
            starter = i;
            chosen = started;
        }
    }
    if (starter < 0)
        return false;
    place_start(path, starter, chosen);
    state->idle = 1 - starter;
    state->item[starter] = chosen;
    state->left = table->pair[starter].items[chosen].ms;
    return true;
}

/* The other's item has ended while i is idle. */
static void after_end(const hax_pair_table *table, state *state)
{
    int i = state->idle, ended = state->item[1 - i];
    const hax_chain_item *chain_item = &table->pair[1 - i].items[ended];
    double stay = chain_item->to >= 0
                      ? *hax_pair_table_both_idle(table, i, state->node[i], chain_item->to)
                      : INFINITY;
    if (chain_item->then >= 0) {
        double full = table->pair[1 - i].items[chain_item->then].ms;
        hax_curve next = *hax_pair_table_idle(table, i, state->node[i], chain_item->then);
        if (chain_item->to < 0 || hax_curve_value(&table->pool, next, full) < stay) {
            state->item[1 - i] = chain_item->then;
            state->left = full;
            return;
        }
    }
    state->idle = -1;
    state->node[1 - i] = chain_item->to;
}

/* Instance i's item has just begun, and `left` is left of the other's: on to where one is idle. */
static void run_both(path *path, state *state, int i)
{
    const hax_pair_table *table = path->table;
    for (;;) {
        int j = 1 - i;
        double my_rate = hax_pair_table_rate(table, i, state->item[i], state->item[j]);
        double their_rate = hax_pair_table_rate(table, j, state->item[j], state->item[i]);
        double my_time = table->pair[i].items[state->item[i]].ms / my_rate;
        double their_time = state->left / their_rate;
        assert(my_rate > 0 && my_rate <= 1 && their_rate > 0 && their_rate <= 1);
        assert(state->left >= 0);
        int first = my_time <= their_time ? i : j, second = 1 - first;
        if (first == i)
            state->left = hax_max(state->left - my_time * their_rate, 0);
        else
            state->left =
                hax_max(table->pair[i].items[state->item[i]].ms - their_time * my_rate, 0);
        path->now_ms += hax_min(my_time, their_time);
        const hax_chain_item *ended = &table->pair[first].items[state->item[first]];
        double stay = INFINITY, go = INFINITY;
        if (ended->to >= 0)
            stay = hax_curve_value(
                &table->pool, *hax_pair_table_idle(table, first, ended->to, state->item[second]),
                state->left);
        if (ended->then >= 0)
            go = hax_curve_value(
                &table->pool,
                hax_pair_table_items(table, first, ended->then, state->item[second])->begun[first],
                state->left);
        if (ended->then < 0 || (ended->to >= 0 && stay <= go)) {
            state->idle = first;
            state->node[first] = ended->to;
            return;
        }
        assert(table->pair[first].items[ended->then].group == ended->group);
        state->item[first] = ended->then;
        i = first;
    }
}

/* ---- the path ----------------------------------------------------------------------------------
 */

static bool one_is_done(path *path, const state *state)
{
    for (int i = 0; i < 2; i++) {
        if ((state->idle >= 0 && state->idle != i) ||
            !hax_chain_node_is_last(&path->table->pair[i], state->node[i]))
            continue;
        bool both = state->idle < 0;
        go_on_alone(path, i, state->node[i], both ? state->node[1 - i] : -1,
                    both ? -1 : state->item[1 - i], state->left);
        return true;
    }
    return false;
}

int hax_pair_trace(hax_pair_table *table, hax_placement *placements, double *finish_ms)
{
    path context = { .table = table, .placements = placements, .finish_ms = finish_ms };
    state start = { .idle = -1, .item = { -1, -1 } };
    finish_ms[0] = finish_ms[1] = INFINITY;
    while (!one_is_done(&context, &start)) {
        if (start.idle < 0) {
            if (!start_first(&context, &start))
                break;
            continue;
        }
        int i = start.idle;
        choice chosen = choose(table, i, start.node[i], start.item[1 - i], start.left);
        assert(chosen.left >= 0 && chosen.left <= start.left); /* time does not go back */
        context.now_ms += start.left - chosen.left;
        start.left = chosen.left;
        if (chosen.started < 0) {
            after_end(table, &start);
            continue;
        }
        place_start(&context, i, chosen.started);
        start.item[i] = chosen.started;
        run_both(&context, &start, i);
    }
    return context.count;
}
