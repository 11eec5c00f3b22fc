#include "pair_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* ---- asking ------------------------------------------------------------------------------ */

double hax_pair_table_rate(const hax_pair_table *table, int i, int mine, int other)
{
    const hax_chain_item *a = &table->pair[i].items[mine], *b = &table->pair[1 - i].items[other];
    if (table->ignore_contention)
        return 1;
    const double slow =
        hax_slowdown_value(&table->problem->units[a->unit].slowdown, a->own_gbps, b->gbps);
    assert(slow >= 1);
    return 1 / slow;
}

static bool comes_after(const hax_pair_table *table, int i)
{
    const hax_instance_spec *spec = &table->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (spec->after[a] == 1 - i)
            return true;
    return false;
}

bool hax_pair_table_may_start(const hax_pair_table *table, int i, int started, int other)
{
    if (comes_after(table, i))
        return false;
    if (started < 0 || other < 0)
        return true;
    const hax_chain_item *a = &table->pair[i].items[started], *b = &table->pair[1 - i].items[other];
    return !hax_share_resource(table->problem, a->unit, b->unit) &&
           hax_limits_are_kept(table->problem, &a->used, &b->used);
}

double hax_pair_table_at_end(const hax_pair_table *table, int i, int n, int other)
{
    const hax_chain_item *ended = &table->pair[1 - i].items[other];
    double value = ended->to >= 0 ? *hax_pair_table_both_idle(table, i, n, ended->to) : INFINITY;
    if (ended->then < 0)
        return value;
    double full = table->pair[1 - i].items[ended->then].ms;
    return hax_min(
        value, hax_curve_value(&table->pool, *hax_pair_table_idle(table, i, n, ended->then), full));
}

double hax_pair_table_optimum(const hax_pair_table *table)
{
    double value = *hax_pair_table_both_idle(table, 0, 0, 0);
    return value < table->below ? value : INFINITY;
}

const double *hax_pair_table_alone(hax_pair_table *table, int i, int done)
{
    const hax_automaton *automaton = &table->pair[i];
    double **rest = &table->alone[i][done];
    if (*rest)
        return *rest;
    int *first = calloc((size_t) automaton->node_count, sizeof *first);
    *rest = calloc((size_t) automaton->node_count, sizeof **rest);
    if (first && *rest) {
        hax_automaton_rest(table->problem, automaton, &table->pair[1 - i].nodes[done].used, *rest,
                           first);
    } else {
        free(*rest);
        *rest = NULL;
        table->pool.out_of_memory = true;
    }
    free(first);
    return *rest;
}

/* ---- filling ------------------------------------------------------------------------------- */

/* Drops what of the pool's last curve cannot lead to anything better: i is at `mine` at `early` or
 * later, and before that the other's item has run down from its beginning. */
static void trim(hax_pair_table *table, hax_curve *last, double early,
                 const hax_position_bounds *other)
{
    double slope = hax_pair_objective_slope(table->objective);
    hax_curve_trim(&table->pool, last, table->below - slope * early,
                   table->below - slope * (other->early_ms + other->ms), slope);
}

/* Instance i is done, and the other goes on alone: of what is left of its item. */
static hax_curve alone_curve(hax_pair_table *table, int i, int done, int other)
{
    const hax_pair_objective *objective = table->objective;
    const double *rest = hax_pair_table_alone(table, 1 - i, done);
    hax_curve none = { 0, 0 };
    double behind = rest ? hax_chain_item_rest(&table->pair[1 - i], other, rest) : INFINITY;
    double ms = table->pair[1 - i].items[other].ms;
    if (isinf(behind))
        return none;
    if (objective->sum) {
        double weight = objective->weight[1 - i];
        return hax_curve_line(&table->pool, 0, ms, weight * behind, weight * (behind + ms));
    }
    double mine = -objective->deadline_ms[i], theirs = behind - objective->deadline_ms[1 - i];
    assert(behind >= 0);
    double meet =
        hax_min(hax_max(mine - theirs, 0), ms); /* up to here i's lateness is the larger */
    if (meet <= 0) /* theirs is, or there is but one point: their item takes no time */
        return hax_curve_line(&table->pool, 0, ms, hax_max(mine, theirs),
                              hax_max(mine, theirs + ms));
    hax_curve curve = hax_curve_line(&table->pool, 0, meet, mine, mine);
    if (meet < ms) {
        hax_curve_line(&table->pool, meet, ms, hax_max(mine, theirs + meet), theirs + ms);
        curve.count = table->pool.count - curve.first;
    }
    return curve;
}

/* Both idle, of which `done` has ended (or not: -1). */
static double alone_value(hax_pair_table *table, int i, int done, int other)
{
    const double *rest = hax_pair_table_alone(table, 1 - i, done);
    double finish[2];
    finish[i] = 0;
    finish[1 - i] = rest ? rest[other] : INFINITY;
    return isinf(finish[1 - i]) ? INFINITY : hax_pair_objective_value(table->objective, finish);
}

static void fill_both_idle(hax_pair_table *table, int zero, int one)
{
    const int nodes[2] = { zero, one };
    double *value = hax_pair_table_both_idle(table, 0, zero, one);
    for (int i = 0; i < 2; i++) {
        if (hax_chain_node_is_last(&table->pair[i], nodes[i])) {
            *value = alone_value(table, i, nodes[i], nodes[1 - i]);
            return;
        }
    }
    for (int i = 0; i < 2; i++) {
        const hax_chain_node *from = &table->pair[i].nodes[nodes[i]];
        if (!hax_pair_table_may_start(table, i, -1, -1))
            continue;
        for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
            int started = table->pair[i].starts[s];
            hax_curve to = *hax_pair_table_idle(table, 1 - i, nodes[1 - i], started);
            *value = hax_min(*value,
                             hax_curve_value(&table->pool, to, table->pair[i].items[started].ms));
        }
    }
}

static void fill_idle(hax_pair_table *table, int i, int n, int other, double early,
                      const hax_position_bounds *their)
{
    const hax_automaton *automaton = &table->pair[i];
    const hax_chain_node *from = &automaton->nodes[n];
    hax_curve *curve = hax_pair_table_idle(table, i, n, other);
    if (hax_chain_node_is_last(automaton, n)) {
        *curve = alone_curve(table, i, n, other);
        return;
    }
    hax_curve best = { 0, 0 };
    for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
        int started = automaton->starts[s];
        if (hax_pair_table_may_start(table, i, started, other))
            best = hax_curve_lower(&table->pool, best,
                                   hax_pair_table_items(table, i, started, other)->begun[i]);
    }
    *curve = hax_curve_after_wait(&table->pool, best, their->ms,
                                  hax_pair_objective_slope(table->objective),
                                  hax_pair_table_at_end(table, i, n, other));
    trim(table, curve, early, their);
}

/* Instance i's item has ended: what follows at once, or idle. */
static hax_curve ended_curve(hax_pair_table *table, int i, int mine, int other)
{
    const hax_chain_item *chain_item = &table->pair[i].items[mine];
    hax_curve stay = { 0, 0 };
    if (chain_item->to >= 0)
        stay = *hax_pair_table_idle(table, i, chain_item->to, other);
    if (chain_item->then < 0)
        return stay;
    return hax_curve_lower(&table->pool, stay,
                           hax_pair_table_items(table, i, chain_item->then, other)->begun[i]);
}

/* Instance i's item has just begun: until the first of the two ends, at rates that are constant. */
static hax_curve begun_curve(hax_pair_table *table, int i, int mine, int other,
                             const hax_pair_curves *ends)
{
    double slope = hax_pair_objective_slope(table->objective);
    double my_ms = table->pair[i].items[mine].ms, their_ms = table->pair[1 - i].items[other].ms;
    double my_rate = hax_pair_table_rate(table, i, mine, other);
    double their_rate = hax_pair_table_rate(table, 1 - i, other, mine);
    double my_time = my_ms / my_rate;
    double tie = hax_min(my_time * their_rate, their_ms); /* left of theirs, if both end at once */
    assert(tie >= 0 && tie <= their_ms);
    hax_curve curve = { table->pool.count, 0 };
    hax_curve_map they_first = { .from = 0,
                                 .to = tie,
                                 .offset = my_ms,
                                 .scale = -my_rate / their_rate,
                                 .cost = 0,
                                 .slope = slope / their_rate };
    hax_curve_map i_first = { .from = tie,
                              .to = their_ms,
                              .offset = -my_time * their_rate,
                              .scale = 1,
                              .cost = slope * my_time };
    hax_curve_append(&table->pool, &curve, ends->ended[1 - i], &they_first);
    if (my_time * their_rate <= their_ms)
        hax_curve_append(&table->pool, &curve, ends->ended[i], &i_first);
    return curve;
}

static void fill_items(hax_pair_table *table, int zero, int one, double early,
                       const hax_position_bounds *const *position_bounds)
{
    hax_pair_curves *pair_curves = hax_pair_table_items(table, 0, zero, one);
    const int items[2] = { zero, one };
    const hax_automaton *pair = table->pair;
    assert(pair_curves->begun[0].count == 0 && pair_curves->begun[1].count == 0); /* filled once */
    if (hax_share_resource(table->problem, pair[0].items[zero].unit, pair[1].items[one].unit) ||
        !hax_limits_are_kept(table->problem, &pair[0].items[zero].used, &pair[1].items[one].used))
        return;
    for (int i = 0; i < 2; i++)
        pair_curves->ended[i] = ended_curve(table, i, items[i], items[1 - i]);
    for (int i = 0; i < 2; i++) {
        pair_curves->begun[i] = begun_curve(table, i, items[i], items[1 - i], pair_curves);
        trim(table, &pair_curves->begun[i], early, position_bounds[1 - i]);
    }
}

static void fill_state(hax_pair_table *table, hax_position zero, hax_position one, double early,
                       const hax_position_bounds *const *position_bounds)
{
    bool idle[2] = { hax_position_is_node(zero), hax_position_is_node(one) };
    if (idle[0] && idle[1])
        fill_both_idle(table, zero, one);
    else if (idle[0])
        fill_idle(table, 0, zero, hax_position_item(one), early, position_bounds[1]);
    else if (idle[1])
        fill_idle(table, 1, one, hax_position_item(zero), early, position_bounds[0]);
    else
        fill_items(table, hax_position_item(zero), hax_position_item(one), early, position_bounds);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_status allocate(hax_pair_table *table, hax_error *err)
{
    const hax_automaton *a = &table->pair[0], *b = &table->pair[1];
    size_t nodes[2] = { (size_t) a->node_count, (size_t) b->node_count };
    size_t items[2] = { (size_t) a->item_count, (size_t) b->item_count };
    bool ok = true;
    table->both_idle = malloc(nodes[0] * nodes[1] * sizeof *table->both_idle);
    table->items = calloc(items[0] * items[1], sizeof *table->items);
    for (int i = 0; i < 2; i++) {
        int places = table->pair[i].node_count + table->pair[i].item_count;
        table->idle[i] = calloc(nodes[i] * items[1 - i], sizeof(hax_curve));
        table->alone[i] = calloc(nodes[1 - i], sizeof(double *));
        table->positions[i] = calloc((size_t) places, sizeof(hax_position_bounds));
        ok = ok && table->idle[i] && table->alone[i] && table->positions[i];
        for (int p = 0; ok && p < places; p++)
            table->positions[i][p] =
                hax_position_bounds_of(&table->pair[i], table->pair[i].places[p]);
    }
    if (!ok || !table->both_idle || !table->items)
        return hax_fail_memory(err, "a search");
    for (size_t v = 0; v < nodes[0] * nodes[1]; v++)
        table->both_idle[v] = INFINITY;
    return HAX_OK;
}

/* Of what is allocated at the start, and of curves: beyond, what there is to gain is not worth the
 * memory of a machine. */
static const double table_bytes_most = 6e9;
static const int segments_most = 150000000;

bool hax_pair_table_fits(const hax_automaton *pair)
{
    double nodes[2], items[2];
    for (int i = 0; i < 2; i++) {
        nodes[i] = pair[i].node_count;
        items[i] = pair[i].item_count;
    }
    return nodes[0] * nodes[1] * sizeof(double) + items[0] * items[1] * sizeof(hax_pair_curves) +
               (nodes[0] * items[1] + nodes[1] * items[0]) * sizeof(hax_curve) <=
           table_bytes_most;
}

/* Places of instance 1 beside a place of instance 0 that are looked at. */
static void find_range(const hax_pair_table *table, const hax_position_bounds *zero, int *first,
                       int *end)
{
    const hax_automaton *one = &table->pair[1];
    *first = 0;
    *end = one->node_count + one->item_count;
    if (!table->corridor)
        return;
    assert(table->corridor->low[zero->before] <= table->corridor->high[zero->before]);
    *first = one->group_places[table->corridor->low[zero->before]];
    *end = one->group_places[table->corridor->high[zero->before] + 1];
}

/* All states of one place of instance 0. */
static hax_status fill_row(hax_pair_table *table, int p, hax_pair_table_go_on *go_on, void *context,
                           hax_error *err)
{
    enum { LEFT_OUT_MOST = 4096 }; /* between two looks at a limit */
    const hax_automaton *pair = table->pair;
    int first, end, left_out = 0;
    find_range(table, &table->positions[0][p], &first, &end);
    assert(first < end && end <= pair[1].node_count + pair[1].item_count);
    for (int q = end - 1; q >= first; q--) {
        const hax_position_bounds *const position_bounds[2] = { &table->positions[0][p],
                                                                &table->positions[1][q] };
        if (hax_pair_bounds_value(table->bounds, table->objective, position_bounds[0],
                                  position_bounds[1]) >= table->below) {
            if (++left_out % LEFT_OUT_MOST == 0 && !go_on(context, 0))
                return HAX_LIMIT;
            continue;
        }
        double early = hax_pair_bounds_early(table->bounds, position_bounds[0], position_bounds[1]);
        assert(early >= 0 && isfinite(early));
        fill_state(table, pair[0].places[p], pair[1].places[q], early, position_bounds);
        if (table->pool.out_of_memory)
            return hax_fail_memory(err, "the table of a search");
        if (table->pool.count > segments_most || !go_on(context, ++table->states))
            return HAX_LIMIT;
    }
    return HAX_OK;
}

#ifndef NDEBUG
/* No entry is better than what is proven without the table: the first one stands for all. */
static bool optimum_is_possible(const hax_pair_table *table)
{
    const hax_position_bounds zero = hax_position_bounds_of(&table->pair[0], 0),
                              one = hax_position_bounds_of(&table->pair[1], 0);
    const double bound = hax_pair_bounds_value(table->bounds, table->objective, &zero, &one);
    return hax_pair_table_optimum(table) >= bound - 1e-9 * (1 + fabs(bound));
}
#endif

hax_status hax_pair_table_fill(hax_pair_table *table, hax_pair_table_go_on *go_on, void *context,
                               hax_error *err)
{
    const hax_automaton *pair = table->pair;
    table->done = pair[0].group_count + 1;
    HAX_TRY(allocate(table, err));
    for (int g = pair[0].group_count; g >= 0; g--) {
        for (int p = pair[0].group_places[g + 1] - 1; p >= pair[0].group_places[g]; p--)
            HAX_TRY(fill_row(table, p, go_on, context, err));
        table->done = g;
    }
    assert(optimum_is_possible(table));
    return HAX_OK;
}

/* ---- of a part --------------------------------------------------------------------------------
 */

/* Least value that a curve has anywhere; at most `above` where it is infinite. */
static double least_of_curve(const hax_pair_table *table, hax_curve curve, double above)
{
    double least = above;
    for (int s = curve.first; s < curve.first + curve.count; s++)
        least =
            hax_min(least, hax_min(table->pool.segments[s].at_from, table->pool.segments[s].at_to));
    return least;
}

/* Instance 0 comes to a node when the other one has ended already, at whatever time before. */
static double bound_alone(const hax_pair_table *table, const hax_position_bounds *zero,
                          const hax_position_bounds *ended)
{
    const double early = hax_pair_bounds_early(table->bounds, zero, ended);
    const double finish[2] = { early + zero->rest_ms, ended->early_ms };
    return hax_pair_objective_value(table->objective, finish);
}

/* Of all schedules in which instance 0 comes to this node while instance 1 is at this place. What
 * was left out or cut is no better than `below`. */
static double bound_through(const hax_pair_table *table, int n, int q)
{
    const hax_position_bounds zero = hax_position_bounds_of(&table->pair[0], n),
                              *one = &table->positions[1][q];
    const hax_position there = table->pair[1].places[q];
    if (hax_position_is_node(there) && hax_chain_node_is_last(&table->pair[1], there))
        return bound_alone(table, &zero, one);
    const double chain = hax_pair_bounds_value(table->bounds, table->objective, &zero, one);
    double rest;
    if (chain >= table->below)
        return chain;
    if (hax_position_is_node(there))
        rest = *hax_pair_table_both_idle(table, 0, n, there);
    else
        rest = least_of_curve(table, *hax_pair_table_idle(table, 0, n, hax_position_item(there)),
                              INFINITY);
    double value = hax_pair_objective_slope(table->objective) *
                   hax_pair_bounds_early(table->bounds, &zero, one);
    return hax_max(chain, hax_min(value + rest, table->below));
}

/* Every schedule goes through a node with `done` groups of instance 0 done: the state when it comes
 * there is filled, and bounds say when that is at the earliest. */
double hax_pair_table_bound(const hax_pair_table *table)
{
    const hax_automaton *pair = table->pair;
    double least = table->below;
    assert(table->done >= 0);
    if (table->done > pair[0].group_count || table->corridor)
        return -INFINITY;
    for (int n = pair[0].first_node[table->done]; n >= 0; n = pair[0].nodes[n].next)
        for (int q = 0; q < pair[1].node_count + pair[1].item_count; q++)
            least = hax_min(least, bound_through(table, n, q));
    return least;
}

void hax_pair_table_free(hax_pair_table *table)
{
    free(table->both_idle);
    free(table->items);
    hax_curve_pool_free(&table->pool);
    for (int i = 0; i < 2; i++) {
        for (int n = 0; table->alone[i] && n < table->pair[1 - i].node_count; n++)
            free(table->alone[i][n]);
        free(table->alone[i]);
        free(table->idle[i]);
        free(table->positions[i]);
    }
}
