/*
 * The table holds values only. On the way through it every choice is looked at again, which
 * costs nothing beside filling it: the path is short.
 */
#include "pair_trace.h"

#include <math.h>

typedef struct path {
    pair_table *table;
    placement *placements;
    int count;
    double now_ms;
    double *finish_ms;
} path;

static void place_start(path *at, int i, int started)
{
    const item *of = &at->table->pair[i].items[started];
    at->placements[at->count++] = (placement){ i, of->group, of->unit, at->now_ms };
}

/* ---- the other alone, to the end ----------------------------------------------------------- */

/* Instance i has ended in `done`; the other is at `from_node`, or has `left` of an item to do. */
static void go_on_alone(path *at, int i, int done, int from_node, int running, double left)
{
    const automaton *of = &at->table->pair[1 - i];
    const double *rest = pair_table_alone(at->table, 1 - i, done);
    double starts_ms = at->now_ms, end_ms = at->now_ms;
    int next = running, n = from_node;
    at->finish_ms[i] = at->now_ms;
    while (rest) {
        if (next < 0) {
            const node *from = &of->nodes[n];
            for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
                int started = of->starts[s];
                double ms = of->items[started].ms + item_rest(of, started, rest);
                if (next < 0 || ms < of->items[next].ms + item_rest(of, next, rest))
                    next = started;
            }
            if (next < 0)
                break;
            at->now_ms = starts_ms;
            place_start(at, 1 - i, next);
            left = of->items[next].ms;
        }
        end_ms += left;
        n = of->items[next].to;
        next = item_follower(of, next, rest);
        left = next >= 0 ? of->items[next].ms : 0;
    }
    at->finish_ms[1 - i] = end_ms;
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
        1e-12 * larger(1, fabs(value)); /* of equal ones the first: start rather than wait */
    if (value < best->value - slack)
        *best = (choice){ value, started, left };
}

static choice choose(const pair_table *table, int i, int n, int other, double left)
{
    const automaton *of = &table->pair[i];
    const node *from = &of->nodes[n];
    double slope = pair_objective_slope(table->objective);
    choice best = { INFINITY, -1, 0 };
    for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
        int started = of->starts[s];
        if (!pair_table_may_start(table, i, started, other))
            continue;
        curve begun = pair_table_items(table, i, started, other)->begun[i];
        consider(&best, curve_value(&table->pool, begun, left), started, left);
        for (int k = begun.first; k < begun.first + begun.count; k++) {
            const segment *at = &table->pool.segments[k];
            if (at->to < left)
                consider(&best, slope * (left - at->to) + at->at_to, started, at->to);
            if (at->from < left)
                consider(&best, slope * (left - at->from) + at->at_from, started, at->from);
        }
    }
    consider(&best, slope * left + pair_table_at_end(table, i, n, other), -1, 0);
    return best;
}

typedef struct state {
    int idle;    /* instance, -1: both */
    int node[2]; /* of those that are idle */
    int item[2]; /* of those that are not; -1 */
    double left; /* of the item */
} state;

/* Both idle: which of them starts what. The other decides next. */
static bool start_first(path *at, state *of)
{
    const pair_table *table = at->table;
    double best = INFINITY;
    int starter = -1, chosen = -1;
    for (int i = 0; i < 2; i++) {
        const node *from = &table->pair[i].nodes[of->node[i]];
        if (!pair_table_may_start(table, i, -1, -1))
            continue;
        for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
            int started = table->pair[i].starts[s];
            curve to = *pair_table_idle(table, 1 - i, of->node[1 - i], started);
            double value = curve_value(&table->pool, to, table->pair[i].items[started].ms);
            if (value >= best)
                continue;
            best = value;
            starter = i;
            chosen = started;
        }
    }
    if (starter < 0)
        return false;
    place_start(at, starter, chosen);
    of->idle = 1 - starter;
    of->item[starter] = chosen;
    of->left = table->pair[starter].items[chosen].ms;
    return true;
}

/* The other's item has ended while i is idle. */
static void after_end(const pair_table *table, state *of)
{
    int i = of->idle, ended = of->item[1 - i];
    const item *at = &table->pair[1 - i].items[ended];
    double stay = at->to >= 0 ? *pair_table_both_idle(table, i, of->node[i], at->to) : INFINITY;
    if (at->then >= 0) {
        double full = table->pair[1 - i].items[at->then].ms;
        curve next = *pair_table_idle(table, i, of->node[i], at->then);
        if (at->to < 0 || curve_value(&table->pool, next, full) < stay) {
            of->item[1 - i] = at->then;
            of->left = full;
            return;
        }
    }
    of->idle = -1;
    of->node[1 - i] = at->to;
}

/* Instance i's item has just begun, and `left` is left of the other's: on to where one is idle. */
static void run_both(path *at, state *of, int i)
{
    const pair_table *table = at->table;
    for (;;) {
        int j = 1 - i;
        double my_rate = pair_table_rate(table, i, of->item[i], of->item[j]);
        double their_rate = pair_table_rate(table, j, of->item[j], of->item[i]);
        double my_time = table->pair[i].items[of->item[i]].ms / my_rate;
        double their_time = of->left / their_rate;
        int first = my_time <= their_time ? i : j, second = 1 - first;
        if (first == i)
            of->left = larger(of->left - my_time * their_rate, 0);
        else
            of->left = larger(table->pair[i].items[of->item[i]].ms - their_time * my_rate, 0);
        at->now_ms += smaller(my_time, their_time);
        const item *ended = &table->pair[first].items[of->item[first]];
        double stay = INFINITY, go = INFINITY;
        if (ended->to >= 0)
            stay =
                curve_value(&table->pool,
                            *pair_table_idle(table, first, ended->to, of->item[second]), of->left);
        if (ended->then >= 0)
            go = curve_value(
                &table->pool,
                pair_table_items(table, first, ended->then, of->item[second])->begun[first],
                of->left);
        if (ended->then < 0 || (ended->to >= 0 && stay <= go)) {
            of->idle = first;
            of->node[first] = ended->to;
            return;
        }
        of->item[first] = ended->then;
        i = first;
    }
}

/* ---- the path ----------------------------------------------------------------------------------
 */

static bool one_is_done(path *at, const state *of)
{
    for (int i = 0; i < 2; i++) {
        if ((of->idle >= 0 && of->idle != i) || !node_done(&at->table->pair[i], of->node[i]))
            continue;
        bool both = of->idle < 0;
        go_on_alone(at, i, of->node[i], both ? of->node[1 - i] : -1, both ? -1 : of->item[1 - i],
                    of->left);
        return true;
    }
    return false;
}

int pair_trace(pair_table *table, placement *placements, double *finish_ms)
{
    path at = { .table = table, .placements = placements, .finish_ms = finish_ms };
    state of = { .idle = -1, .item = { -1, -1 } };
    finish_ms[0] = finish_ms[1] = INFINITY;
    while (!one_is_done(&at, &of)) {
        if (of.idle < 0) {
            if (!start_first(&at, &of))
                break;
            continue;
        }
        int i = of.idle;
        choice chosen = choose(table, i, of.node[i], of.item[1 - i], of.left);
        at.now_ms += of.left - chosen.left;
        of.left = chosen.left;
        if (chosen.started < 0) {
            after_end(table, &of);
            continue;
        }
        place_start(&at, i, chosen.started);
        of.item[i] = chosen.started;
        run_both(&at, &of, i);
    }
    return at.count;
}
