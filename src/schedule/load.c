#include "load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "order.h"
#include "simplex.h"

/* ---- cheapest ways ------------------------------------------------------------------------- */

static double item_price(const load *of, int i, int index, int set)
{
    const item *at = &of->fleet->of[i].items[index];
    return of->per_ms[i][index * LOADS_MAX + set] * at->ms;
}

static void price_place(load *of, int i, place p, int set)
{
    const automaton *a = &of->fleet->of[i];
    if (place_is_node(p)) {
        const node *n = &a->nodes[p];
        double least = node_done(a, p) ? 0 : INFINITY;
        for (int s = n->start_first; s < n->start_first + n->start_count; s++)
            least = smaller(least, item_price(of, i, a->starts[s], set) +
                                       of->behind[i][a->starts[s] * LOADS_MAX + set]);
        of->at_node[i][p * LOADS_MAX + set] = least;
        return;
    }
    const item *at = &a->items[place_item(p)];
    double least = at->to >= 0 ? of->at_node[i][at->to * LOADS_MAX + set] : INFINITY;
    if (at->then >= 0)
        least = smaller(least, item_price(of, i, at->then, set) +
                                   of->behind[i][at->then * LOADS_MAX + set]);
    of->behind[i][place_item(p) * LOADS_MAX + set] = least;
}

/* The other tables from per_ms. */
static void price(load *of, int set)
{
    for (int i = 0; i < of->fleet->count; i++) {
        const automaton *a = &of->fleet->of[i];
        for (int p = a->node_count + a->item_count - 1; p >= 0; p--)
            price_place(of, i, a->places[p], set);
    }
}

/* Values to tables. */
static void price_kinds(load *of, const mixer *kinds, const double *values, int set)
{
    for (int i = 0; i < of->fleet->count; i++)
        for (int index = 0; index < of->fleet->of[i].item_count; index++) {
            int k = kinds->of_item[i][index];
            of->per_ms[i][index * LOADS_MAX + set] = k < 0 ? 0 : values[k];
        }
    price(of, set);
}

static double total(const load *of, const int *nodes, int set)
{
    double sum = 0;
    for (int i = 0; i < of->fleet->count; i++)
        sum += of->at_node[i][nodes[i] * LOADS_MAX + set];
    return sum;
}

/* ---- shares --------------------------------------------------------------------------------- */

/* Beyond so many instances some are always idle, and no share of theirs is worth its search. */
enum { SHARING_INSTANCES = 8 };

/* Of the resources, and behind them of the instances; all add up to 1. */
typedef struct shares {
    int count, resources;
    double of[HAX_MAX_RESOURCES + SHARING_INSTANCES];
} shares;

static double share_of(const load *of, const shares *with, int i, int unit)
{
    double share = with->resources + i < with->count ? with->of[with->resources + i] : 0;
    for (int r = 0; r < with->resources; r++)
        if (of->fleet->problem->units[unit].resources >> r & 1)
            share += with->of[r];
    return share;
}

static double total_of_shares(load *of, const shares *with, const int *nodes, int set)
{
    for (int i = 0; i < of->fleet->count; i++)
        for (int index = 0; index < of->fleet->of[i].item_count; index++)
            of->per_ms[i][index * LOADS_MAX + set] =
                share_of(of, with, i, of->fleet->of[i].items[index].unit);
    price(of, set);
    return total(of, nodes, set);
}

/* What a look at all tables takes. */
static uint64_t steps_of_price(const load *of)
{
    uint64_t steps = 0;
    for (int i = 0; i < of->fleet->count; i++) {
        const automaton *a = &of->fleet->of[i];
        steps +=
            2 * (uint64_t) a->item_count + (uint64_t) a->node_count + (uint64_t) a->start_count;
    }
    return steps;
}

/* Moves shares between pairs for as long as that gains and there is time. */
static shares improve_shares(load *of, const int *nodes, int set, const hax_effort *effort)
{
    const uint64_t steps = steps_of_price(of);
    enum { HALVINGS = 9 };
    int resources = of->fleet->problem->resource_count, instances = of->fleet->count;
    shares now = { .count = resources + (instances <= SHARING_INSTANCES ? instances : 0),
                   .resources = resources };
    for (int r = 0; r < resources; r++)
        now.of[r] = 1.0 / resources;
    double best = total_of_shares(of, &now, nodes, set), step = 0.25;
    for (int halving = 0; halving < HALVINGS; halving++, step /= 2) {
        for (int pair = 0; pair < now.count * now.count; pair++) {
            int from = pair / now.count, to = pair % now.count;
            double moved = smaller(step / resources, now.of[from]);
            if (from == to || moved <= 0)
                continue;
            if (!hax_effort_spend(effort, steps)) {
                total_of_shares(of, &now, nodes, set);
                return now;
            }
            now.of[from] -= moved;
            now.of[to] += moved;
            double gained = total_of_shares(of, &now, nodes, set);
            if (gained > best) {
                best = gained;
                continue;
            }
            now.of[from] += moved;
            now.of[to] -= moved;
        }
    }
    total_of_shares(of, &now, nodes, set);
    return now;
}

/* ---- the linear program ------------------------------------------------------------------------
 */

typedef struct program {
    load *load;
    bool coarse;    /* one row for each group instead of each kind: hand-overs are left out */
    int *row_of;    /* [kind], -1: none */
    double *in_row; /* [kind]: what a millisecond of it does for its row */
    int row_count;
    mixer *kinds;
    const int *nodes; /* where the flow begins */
    int set;
    simplex lp;
    double *values;      /* of the kinds, now */
    double *best_values; /* scaled, with the best bound */
    double best;
    simplex_entry *entries;
    const load_effort *effort;
    uint64_t steps, steps_most;
    bool out_of_memory;
} program;

static const double reduced_least = 1e-7;

/* What is still to be done of a group: its rows count in shares of it. */
static void add_coarse_rows(program *at, double *costs, double *right)
{
    const fleet *all = at->load->fleet;
    int units = all->problem->unit_count, k = units;
    for (int i = 0; i < all->count; i++) {
        int done = all->of[i].nodes[at->nodes[i]].group;
        for (int g = 0; g < all->of[i].group_count; g++, k += units) {
            double least = INFINITY;
            for (int u = 0; u < units; u++) {
                const hax_cost *cost = cost_of(all->problem, i, g, u);
                if (cost->allowed)
                    least = smaller(least, cost->time_ms);
                if (g < done || at->kinds->kinds[k + u].unit < 0)
                    continue;
                at->row_of[k + u] = at->row_count;
                at->in_row[k + u] = 1 / cost->time_ms;
            }
            if (g < done || least <= 0) { /* nothing to be done somewhere */
                for (int u = 0; u < units; u++)
                    at->row_of[k + u] = -1;
                continue;
            }
            costs[at->row_count] = least;
            right[at->row_count++] = 1;
        }
    }
}

static void add_fine_rows(program *at, double *costs, double *right)
{
    const fleet *all = at->load->fleet;
    double dear = 0;
    for (int i = 0; i < all->count; i++)
        dear += all->of[i].nodes[at->nodes[i]].rest_ms;
    for (int k = 0; k < at->kinds->kind_count; k++) {
        /* a little work of every kind beside what is to be done: without it steps of length 0 go
         * round in circles */
        double some = fmod(0.6180339887 * (k + 1), 1);
        at->row_of[k] = k;
        at->in_row[k] = 1;
        costs[k] = 1;
        right[k] = 1e-6 * (dear + 1e-6) * (0.5 + some);
    }
    at->row_count = at->kinds->kind_count;
    for (int i = 0; i < all->count; i++) {
        costs[at->row_count] = 10 * dear + 1;
        right[at->row_count++] = 1;
    }
}

static bool program_begin(program *at)
{
    size_t kinds = (size_t) at->kinds->kind_count;
    size_t rows = kinds + (size_t) at->load->fleet->count;
    double *costs = calloc(rows, sizeof *costs);
    double *right = calloc(rows, sizeof *right);
    at->row_of = calloc(kinds, sizeof *at->row_of);
    at->in_row = calloc(kinds, sizeof *at->in_row);
    at->entries = calloc(rows, sizeof *at->entries);
    at->values = calloc(kinds, sizeof *at->values);
    bool ok = costs && right && at->entries && at->values && at->row_of && at->in_row;
    for (size_t k = 0; ok && k < kinds; k++)
        at->row_of[k] = -1;
    if (ok && at->coarse)
        add_coarse_rows(at, costs, right);
    else if (ok)
        add_fine_rows(at, costs, right);
    ok = ok && simplex_make(&at->lp, at->row_count, costs, right);
    int covered = at->coarse ? at->row_count : at->kinds->kind_count;
    for (int r = 0; ok && r < covered; r++) { /* more than its work needs */
        const simplex_entry surplus = { r, -1 };
        ok = simplex_add(&at->lp, 0, 1, &surplus) >= 0;
    }
    free(costs);
    free(right);
    return ok;
}

static void take_values(program *at)
{
    for (int k = 0; k < at->kinds->kind_count; k++)
        at->values[k] =
            at->row_of[k] < 0 ? 0 : larger(at->lp.multiplier[at->row_of[k]], 0) * at->in_row[k];
}

/* Adds the cheapest way of an instance if it pays. */
static bool add_way(program *at, int i)
{
    const automaton *a = &at->load->fleet->of[i];
    int kinds = at->kinds->kind_count, count = 0, n = at->nodes[i], set = at->set;
    double dear = at->load->at_node[i][n * LOADS_MAX + set];
    if (dear - at->lp.multiplier[kinds + i] >= -reduced_least * (1 + dear))
        return false;
    at->entries[count++] = (simplex_entry){ kinds + i, 1 };
    int next = -1;
    while (!node_done(a, n) || next >= 0) {
        if (next < 0) {
            const node *from = &a->nodes[n];
            double least = INFINITY;
            for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
                double way = item_price(at->load, i, a->starts[s], set) +
                             at->load->behind[i][a->starts[s] * LOADS_MAX + set];
                if (way < least) {
                    least = way;
                    next = a->starts[s];
                }
            }
        }
        const item *done = &a->items[next];
        int k = at->kinds->of_item[i][next], e = 1;
        while (k >= 0 && e < count && at->entries[e].row != k)
            e++;
        if (k >= 0 && e == count)
            at->entries[count++] = (simplex_entry){ k, 0 };
        if (k >= 0)
            at->entries[e].value -= done->ms;
        bool stays = done->then < 0 ||
                     (done->to >= 0 && at->load->at_node[i][done->to * LOADS_MAX + set] <=
                                           item_price(at->load, i, done->then, set) +
                                               at->load->behind[i][done->then * LOADS_MAX + set]);
        n = stays ? done->to : n;
        next = stays ? -1 : done->then;
    }
    int column = simplex_add(&at->lp, 0, count, at->entries);
    at->out_of_memory = column < 0;
    return column >= 0 && simplex_enter(&at->lp, column);
}

static void add_mix(program *at, const mix *made)
{
    for (int c = 0; c < made->count; c++)
        at->entries[c] = (simplex_entry){ at->row_of[made->kinds[c]],
                                          made->rates[c] * at->in_row[made->kinds[c]] };
    at->out_of_memory = simplex_add(&at->lp, 1, made->count, at->entries) < 0;
}

/* Is a bound known for the values there are now? Keeps it if it is the best. */
static void keep_bound(program *at, double dearest)
{
    double bound = total(at->load, at->nodes, at->set) / larger(dearest, 1);
    if (bound <= at->best)
        return;
    at->best = bound;
    for (int k = 0; k < at->kinds->kind_count; k++)
        at->best_values[k] = at->values[k] / larger(dearest, 1);
}

/* Mixes that earn more than 1 at the present values; their number. */
static int add_mixes(program *at, bool exact)
{
    int added = 0;
    mixer_begin(at->kinds, at->values);
    for (int k = 0; !exact && k < at->kinds->kind_count; k++) {
        if (at->values[k] <= 0 || at->kinds->kinds[k].unit < 0)
            continue;
        if (at->kinds->stopped)
            return 0;
        mix made = mixer_greedy(at->kinds, k);
        if (made.earns <= 1 + reduced_least)
            continue;
        add_mix(at, &made);
        added++;
    }
    if (added)
        return added;
    double dearest = mixer_dearest(at->kinds, 1 + reduced_least);
    if (at->kinds->stopped)
        return 0;
    keep_bound(at, dearest);
    for (int f = 0; f < at->kinds->found_count; f++)
        add_mix(at, &at->kinds->found[f]);
    return at->kinds->found_count;
}

/* One step; false at the end. */
static bool improve(program *at, int *rounds)
{
    enum { EXACT_EVERY = 8 };
    static const double near = 1e-3; /* of the optimum: more precision costs more than it cuts */
    bool way = false;
    int column = simplex_cheapest(&at->lp, -reduced_least);
    const uint64_t steps =
        (uint64_t) at->lp.rows * (uint64_t) at->lp.rows / 8 + (uint64_t) at->lp.column_count;
    at->steps += steps;
    if (!hax_effort_spend(at->effort->effort, 2 * steps))
        return true; /* whoever goes on asks again */
    if (column >= 0)
        return simplex_enter(&at->lp, column);
    take_values(at);
    price_kinds(at->load, at->kinds, at->values, at->set);
    for (int i = 0; !at->coarse && i < at->load->fleet->count; i++)
        way = add_way(at, i) || way;
    if (way)
        return true;
    uint64_t before = at->kinds->steps;
    bool exact = ++*rounds % EXACT_EVERY == 0;
    at->kinds->stop = before + at->steps_most / 64;
    int added = add_mixes(at, exact);
    at->steps += 16 * (at->kinds->steps - before);
    return added > 0 && !at->out_of_memory && simplex_value(&at->lp) > at->best * (1 + near);
}

static hax_status solve_program(program *at, hax_error *err)
{
    int rounds = 0;
    if (!program_begin(at))
        return hax_fail_memory(err, "a bound");
    bool more = true;
    while (at->steps < at->steps_most && hax_effort_spend(at->effort->effort, 0) &&
           (more = improve(at, &rounds)))
        ;
    if (more) { /* what has been reached */
        take_values(at);
        price_kinds(at->load, at->kinds, at->values, at->set);
        at->kinds->stop = at->kinds->steps + at->steps_most / 64;
        add_mixes(at, true);
    }
    return at->out_of_memory ? hax_fail_memory(err, "a bound") : HAX_OK;
}

/* What the dearest mixes leave over for hand-overs, unit by unit: a hand-over's value is what is
 * missing to 1 in the dearest mix beside it. */
static void lift_handovers(program *at)
{
    for (int u = 0; u < at->load->fleet->problem->unit_count; u++) {
        if (at->kinds->kinds[u].unit < 0 || at->best_values[u] > 0)
            continue;
        mixer_begin(at->kinds, at->best_values);
        at->kinds->stop = at->kinds->steps + at->steps_most / 64;
        double dearest = mixer_dearest_beside(at->kinds, u);
        if (!at->kinds->stopped)
            at->best_values[u] = larger(1 - dearest, 0);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

hax_status load_make(const fleet *of, load *made, hax_error *err)
{
    *made = (load){ .fleet = of };
    size_t count = (size_t) of->count;
    made->at_node = calloc(count, sizeof *made->at_node);
    made->behind = calloc(count, sizeof *made->behind);
    made->per_ms = calloc(count, sizeof *made->per_ms);
    bool ok = made->at_node && made->behind && made->per_ms;
    for (int i = 0; ok && i < of->count; i++) {
        size_t nodes = (size_t) of->of[i].node_count, items = (size_t) of->of[i].item_count;
        made->at_node[i] = calloc(nodes * LOADS_MAX, sizeof(double));
        made->behind[i] = calloc(items * LOADS_MAX, sizeof(double));
        made->per_ms[i] = calloc(items * LOADS_MAX, sizeof(double));
        ok = made->at_node[i] && made->behind[i] && made->per_ms[i];
    }
    return ok ? HAX_OK : hax_fail_memory(err, "a bound");
}

void load_free(load *of)
{
    for (int i = 0; of->fleet && i < of->fleet->count; i++) {
        free(of->at_node ? of->at_node[i] : NULL);
        free(of->behind ? of->behind[i] : NULL);
        free(of->per_ms ? of->per_ms[i] : NULL);
    }
    free(of->at_node);
    free(of->behind);
    free(of->per_ms);
    *of = (load){ 0 };
}

hax_status load_refine(load *of, const int *nodes, bool coarse, const load_effort *effort,
                       hax_error *err)
{
    mixer kinds = { 0 };
    program at = { .load = of,
                   .kinds = &kinds,
                   .nodes = nodes,
                   .set = of->count,
                   .coarse = coarse,
                   .effort = effort,
                   .steps_most = effort->steps_most };
    const bool shares_only = effort->steps_most == 0;
    hax_status status = shares_only ? HAX_OK : mixer_make(of->fleet, &kinds, err);
    kinds.effort = effort->effort;
    if (status == HAX_OK && !shares_only) {
        at.best_values = calloc((size_t) kinds.kind_count, sizeof *at.best_values);
        status = at.best_values ? HAX_OK : hax_fail_memory(err, "a bound");
    }
    if (status == HAX_OK) {
        const shares by = improve_shares(of, nodes, at.set, effort->effort);
        const double shared = at.best = total(of, nodes, at.set);
        if (!shares_only)
            status = solve_program(&at, err);
        if (status == HAX_OK && at.best > shared) {
            lift_handovers(&at);
            price_kinds(of, &kinds, at.best_values, at.set);
        } else {
            total_of_shares(of, &by, nodes, at.set);
        }
    }
    if (status == HAX_OK) {
        of->count++;
        of->steps += at.steps;
    }
    simplex_free(&at.lp);
    mixer_free(&kinds);
    free(at.entries);
    free(at.values);
    free(at.row_of);
    free(at.in_row);
    free(at.best_values);
    return status;
}
