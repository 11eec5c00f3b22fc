#include "lp_bound.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "column_pricer.h"
#include "simplex.h"
#include "state.h"

/* ---- cheapest ways --------------------------------------------------------------------------- */

static double item_price(const hax_lp_bound *lp, int i, int index, int set)
{
    const hax_chain_item *chain_item = &lp->instances->automata[i].items[index];
    return lp->per_ms[i][index * LOADS_MAX + set] * chain_item->ms;
}

static void price_place(hax_lp_bound *lp, int i, hax_position p, int set)
{
    const hax_automaton *a = &lp->instances->automata[i];
    if (hax_position_is_node(p)) {
        const hax_chain_node *n = &a->nodes[p];
        double least = hax_chain_node_is_last(a, p) ? 0 : INFINITY;
        for (int s = n->start_first; s < n->start_first + n->start_count; s++)
            least = hax_min(least, item_price(lp, i, a->starts[s], set) +
                                       lp->behind[i][a->starts[s] * LOADS_MAX + set]);
        assert(least >= 0);
        lp->at_node[i][p * LOADS_MAX + set] = least;
        return;
    }
    const hax_chain_item *chain_item = &a->items[hax_position_item(p)];
    double least =
        chain_item->to >= 0 ? lp->at_node[i][chain_item->to * LOADS_MAX + set] : INFINITY;
    if (chain_item->then >= 0)
        least = hax_min(least, item_price(lp, i, chain_item->then, set) +
                                   lp->behind[i][chain_item->then * LOADS_MAX + set]);
    assert(least >= 0);
    lp->behind[i][hax_position_item(p) * LOADS_MAX + set] = least;
}

/* The other tables from per_ms. */
static void price(hax_lp_bound *lp, int set)
{
    for (int i = 0; i < lp->instances->count; i++) {
        const hax_automaton *a = &lp->instances->automata[i];
        for (int p = a->node_count + a->item_count - 1; p >= 0; p--)
            price_place(lp, i, a->places[p], set);
    }
}

/* Values to tables. */
static void price_kinds(hax_lp_bound *lp, const hax_column_pricer *kinds, const double *values,
                        int set)
{
    for (int i = 0; i < lp->instances->count; i++)
        for (int index = 0; index < lp->instances->automata[i].item_count; index++) {
            int k = kinds->of_item[i][index];
            lp->per_ms[i][index * LOADS_MAX + set] = k < 0 ? 0 : values[k];
        }
    price(lp, set);
}

static double total(const hax_lp_bound *lp, const int *nodes, int set)
{
    double sum = 0;
    for (int i = 0; i < lp->instances->count; i++)
        sum += lp->at_node[i][nodes[i] * LOADS_MAX + set];
    return sum;
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* Beyond so many instances some are always idle, and no share of theirs is worth its search. */
enum { SHARING_INSTANCES = 8 };

/* Of the resources, and behind them of the instances; all add up to 1. */
typedef struct shares {
    int count, resources;
    double share[HAX_MAX_RESOURCES + SHARING_INSTANCES];
} shares;

static double share_of(const hax_lp_bound *lp, const shares *shares, int i, int unit)
{
    double share = shares->resources + i < shares->count ? shares->share[shares->resources + i] : 0;
    for (int r = 0; r < shares->resources; r++)
        if (lp->instances->problem->units[unit].resources >> r & 1)
            share += shares->share[r];
    return share;
}

#ifndef NDEBUG
/* Shares are none of less than nothing, and all of them are 1: only then they prove something. */
static bool add_up(const shares *shares)
{
    double sum = 0;
    for (int s = 0; s < shares->count; s++) {
        if (shares->share[s] < 0)
            return false;
        sum += shares->share[s];
    }
    return fabs(sum - 1) <= 1e-12;
}
#endif

static double total_of_shares(hax_lp_bound *lp, const shares *shares, const int *nodes, int set)
{
    assert(add_up(shares));
    for (int i = 0; i < lp->instances->count; i++)
        for (int index = 0; index < lp->instances->automata[i].item_count; index++)
            lp->per_ms[i][index * LOADS_MAX + set] =
                share_of(lp, shares, i, lp->instances->automata[i].items[index].unit);
    price(lp, set);
    return total(lp, nodes, set);
}

/* What a look at all tables takes. */
static uint64_t steps_of_price(const hax_lp_bound *lp)
{
    uint64_t steps = 0;
    for (int i = 0; i < lp->instances->count; i++) {
        const hax_automaton *a = &lp->instances->automata[i];
        steps +=
            2 * (uint64_t) a->item_count + (uint64_t) a->node_count + (uint64_t) a->start_count;
    }
    return steps;
}

/* Moves shares between pairs for as long as that gains and there is time. */
static shares improve_shares(hax_lp_bound *lp, const int *nodes, int set, const hax_effort *effort)
{
    const uint64_t steps = steps_of_price(lp);
    enum { HALVINGS = 9 };
    int resources = lp->instances->problem->resource_count, instances = lp->instances->count;
    shares now = { .count = resources + (instances <= SHARING_INSTANCES ? instances : 0),
                   .resources = resources };
    for (int r = 0; r < resources; r++)
        now.share[r] = 1.0 / resources;
    double best = total_of_shares(lp, &now, nodes, set), step = 0.25;
    bool in_tables = true; /* those shares, and no others that were tried behind them */
    for (int halving = 0; halving < HALVINGS; halving++, step /= 2) {
        for (int pair = 0; pair < now.count * now.count; pair++) {
            int from = pair / now.count, to = pair % now.count;
            double moved = hax_min(step / resources, now.share[from]);
            if (from == to || moved <= 0)
                continue;
            if (!hax_effort_spend(effort, steps)) {
                if (!in_tables)
                    total_of_shares(lp, &now, nodes, set);
                return now;
            }
            now.share[from] -= moved;
            now.share[to] += moved;
            double gained = total_of_shares(lp, &now, nodes, set);
            in_tables = gained > best;
            if (in_tables) {
                best = gained;
                continue;
            }
            now.share[from] += moved;
            now.share[to] -= moved;
        }
    }
    if (!in_tables)
        total_of_shares(lp, &now, nodes, set);
    return now;
}

/* ---- the linear program ---------------------------------------------------------------------- */

typedef struct program {
    hax_lp_bound *bound;
    bool coarse;    /* one row for each group instead of each kind: hand-overs are left out */
    int *row_of;    /* [kind], -1: none */
    double *in_row; /* [kind]: what a millisecond of it does for its row */
    int row_count;
    hax_column_pricer *kinds;
    const int *nodes; /* where the flow begins */
    int set;
    hax_simplex lp;
    double *values;      /* of the kinds, now */
    double *best_values; /* scaled, with the best bound */
    double best;
    hax_simplex_entry *entries;
    const hax_lp_effort *effort;
    uint64_t steps, steps_most;
    bool out_of_memory;
} program;

static const double reduced_least = 1e-7;

/* What is still to be done of a group: its rows count in shares of it. */
static void add_coarse_rows(program *program, double *costs, double *right)
{
    const hax_instance_set *instances = program->bound->instances;
    int units = instances->problem->unit_count, k = units;
    for (int i = 0; i < instances->count; i++) {
        int done = instances->automata[i].nodes[program->nodes[i]].group;
        for (int g = 0; g < instances->automata[i].group_count; g++, k += units) {
            double least = INFINITY;
            for (int u = 0; u < units; u++) {
                const hax_cost *cost = hax_cost_of(instances->problem, i, g, u);
                if (cost->allowed)
                    least = hax_min(least, cost->time_ms);
                if (g < done || program->kinds->kinds[k + u].unit < 0)
                    continue;
                program->row_of[k + u] = program->row_count;
                program->in_row[k + u] = 1 / cost->time_ms;
            }
            if (g < done || least <= 0) { /* nothing to be done somewhere */
                for (int u = 0; u < units; u++)
                    program->row_of[k + u] = -1;
                continue;
            }
            costs[program->row_count] = least;
            right[program->row_count++] = 1;
        }
    }
    assert(k == program->kinds->kind_count);
}

static void add_fine_rows(program *program, double *costs, double *right)
{
    const hax_instance_set *instances = program->bound->instances;
    double dear = 0;
    for (int i = 0; i < instances->count; i++)
        dear += instances->automata[i].nodes[program->nodes[i]].rest_ms;
    for (int k = 0; k < program->kinds->kind_count; k++) {
        /* a little work of every kind beside what is to be done: without it steps of length 0 go
         * round in circles */
        double some = fmod(0.6180339887 * (k + 1), 1);
        program->row_of[k] = k;
        program->in_row[k] = 1;
        costs[k] = 1;
        right[k] = 1e-6 * (dear + 1e-6) * (0.5 + some);
    }
    program->row_count = program->kinds->kind_count;
    for (int i = 0; i < instances->count; i++) {
        costs[program->row_count] = 10 * dear + 1;
        right[program->row_count++] = 1;
    }
}

static bool program_begin(program *program)
{
    size_t kinds = (size_t) program->kinds->kind_count;
    size_t rows = kinds + (size_t) program->bound->instances->count;
    double *costs = calloc(rows, sizeof *costs);
    double *right = calloc(rows, sizeof *right);
    program->row_of = calloc(kinds, sizeof *program->row_of);
    program->in_row = calloc(kinds, sizeof *program->in_row);
    program->entries = calloc(rows, sizeof *program->entries);
    program->values = calloc(kinds, sizeof *program->values);
    bool ok =
        costs && right && program->entries && program->values && program->row_of && program->in_row;
    for (size_t k = 0; ok && k < kinds; k++)
        program->row_of[k] = -1;
    if (ok && program->coarse)
        add_coarse_rows(program, costs, right);
    else if (ok)
        add_fine_rows(program, costs, right);
    ok = ok && hax_simplex_make(&program->lp, program->row_count, costs, right);
    int covered = program->coarse ? program->row_count : program->kinds->kind_count;
    for (int r = 0; ok && r < covered; r++) { /* more than its work needs */
        const hax_simplex_entry surplus = { r, -1 };
        ok = hax_simplex_add(&program->lp, 0, 1, &surplus) >= 0;
    }
    free(costs);
    free(right);
    return ok;
}

static void take_values(program *program)
{
    for (int k = 0; k < program->kinds->kind_count; k++)
        program->values[k] =
            program->row_of[k] < 0
                ? 0
                : hax_max(program->lp.multiplier[program->row_of[k]], 0) * program->in_row[k];
}

/* The first item of the cheapest way from a node; -1: none leads to the end. */
static int cheapest_start(const hax_lp_bound *lp, int i, int n, int set)
{
    const hax_automaton *a = &lp->instances->automata[i];
    const hax_chain_node *from = &a->nodes[n];
    double least = INFINITY;
    int first = -1;
    for (int s = from->start_first; s < from->start_first + from->start_count; s++) {
        double way =
            item_price(lp, i, a->starts[s], set) + lp->behind[i][a->starts[s] * LOADS_MAX + set];
        if (way >= least)
            continue;
        least = way;
        first = a->starts[s];
    }
    return first;
}

/* What follows an item at once on the cheapest way; -1: nothing, it leads to its node. */
static int cheapest_follower(const hax_lp_bound *lp, int i, int index, int set)
{
    const hax_chain_item *done = &lp->instances->automata[i].items[index];
    if (done->then < 0)
        return -1;
    double go = item_price(lp, i, done->then, set) + lp->behind[i][done->then * LOADS_MAX + set];
    bool stays = done->to >= 0 && lp->at_node[i][done->to * LOADS_MAX + set] <= go;
    return stays ? -1 : done->then;
}

/* Takes an item's time from the row of its kind, in a column of so many entries; their number. */
static int add_work(program *program, int i, int index, int count)
{
    int k = program->kinds->of_item[i][index], e = 1;
    if (k < 0) /* it takes no time */
        return count;
    while (e < count && program->entries[e].row != k)
        e++;
    if (e == count)
        program->entries[count++] = (hax_simplex_entry){ k, 0 };
    program->entries[e].value -= program->bound->instances->automata[i].items[index].ms;
    return count;
}

/* The column of an instance's cheapest way: one unit of flow, and the time that it needs of every
 * kind; its number of entries. */
static int list_way(program *program, int i)
{
    const hax_automaton *a = &program->bound->instances->automata[i];
    int kinds = program->kinds->kind_count, count = 0, n = program->nodes[i];
    program->entries[count++] = (hax_simplex_entry){ kinds + i, 1 };
    while (!hax_chain_node_is_last(a, n)) {
        int last = -1, next = cheapest_start(program->bound, i, n, program->set);
        assert(next >= 0); /* its price is finite */
        for (; next >= 0; next = cheapest_follower(program->bound, i, last, program->set)) {
            count = add_work(program, i, next, count);
            last = next;
        }
        assert(a->nodes[a->items[last].to].group > a->nodes[n].group); /* ways end */
        n = a->items[last].to;
    }
    return count;
}

/* Adds the cheapest way of an instance if it pays: the dual of the program has a row for every way,
 * price of the way >= the instance's multiplier, and the cheapest breaks it if any does. */
static bool add_way(program *program, int i)
{
    double dear = program->bound->at_node[i][program->nodes[i] * LOADS_MAX + program->set];
    double reduced = dear - program->lp.multiplier[program->kinds->kind_count + i];
    if (reduced >= -reduced_least * (1 + dear))
        return false;
    int column = hax_simplex_add(&program->lp, 0, list_way(program, i), program->entries);
    program->out_of_memory = column < 0;
    return column >= 0 && hax_simplex_enter(&program->lp, column);
}

static void add_mix(program *program, const hax_configuration *configuration)
{
    for (int c = 0; c < configuration->count; c++)
        program->entries[c] = (hax_simplex_entry){ program->row_of[configuration->kinds[c]],
                                                   configuration->rates[c] *
                                                       program->in_row[configuration->kinds[c]] };
    program->out_of_memory =
        hax_simplex_add(&program->lp, 1, configuration->count, program->entries) < 0;
}

/* Is a bound known for the values there are now? Keeps it if it is the best. */
static void keep_bound(program *program, double most_expensive)
{
    double bound = total(program->bound, program->nodes, program->set) / hax_max(most_expensive, 1);
    if (bound <= program->best)
        return;
    assert(most_expensive >= 1 && bound > program->best); /* the best only grows */
    program->best = bound;
    for (int k = 0; k < program->kinds->kind_count; k++)
        program->best_values[k] = program->values[k] / hax_max(most_expensive, 1);
}

/* Mixes that earn more than 1 at the present values; their number. */
static int add_mixes(program *program, bool exact)
{
    int added = 0;
    hax_pricer_begin(program->kinds, program->values);
    for (int k = 0; !exact && k < program->kinds->kind_count; k++) {
        if (program->values[k] <= 0 || program->kinds->kinds[k].unit < 0)
            continue;
        if (program->kinds->stopped)
            return 0;
        hax_configuration configuration = hax_pricer_greedy(program->kinds, k);
        assert(configuration.earns >= 0);
        if (configuration.earns <= 1 + reduced_least)
            continue;
        add_mix(program, &configuration);
        added++;
    }
    if (added)
        return added;
    double most_expensive = hax_pricer_best(program->kinds, 1 + reduced_least);
    if (program->kinds->stopped)
        return 0;
    keep_bound(program, most_expensive);
    for (int f = 0; f < program->kinds->found_count; f++)
        add_mix(program, &program->kinds->found[f]);
    return program->kinds->found_count;
}

/* One step; false at the end. */
static bool improve(program *program, int *rounds)
{
    enum { EXACT_EVERY = 8 };
    static const double near = 1e-3; /* of the optimum: more precision costs more than it cuts */
    bool way = false;
    int column = hax_simplex_cheapest(&program->lp, -reduced_least);
    const uint64_t steps = (uint64_t) program->lp.rows * (uint64_t) program->lp.rows / 8 +
                           (uint64_t) program->lp.column_count;
    program->steps += steps;
    if (!hax_effort_spend(program->effort->effort, 2 * steps))
        return true; /* whoever goes on asks again */
    if (column >= 0)
        return hax_simplex_enter(&program->lp, column);
    take_values(program);
    price_kinds(program->bound, program->kinds, program->values, program->set);
    for (int i = 0; !program->coarse && i < program->bound->instances->count; i++)
        way = add_way(program, i) || way;
    if (way)
        return true;
    uint64_t before = program->kinds->steps;
    bool exact = ++*rounds % EXACT_EVERY == 0;
    program->kinds->stop = before + program->steps_most / 64;
    int added = add_mixes(program, exact);
    program->steps += 16 * (program->kinds->steps - before);
    return added > 0 && !program->out_of_memory &&
           hax_simplex_value(&program->lp) > program->best * (1 + near);
}

static hax_status solve_program(program *program, hax_error *err)
{
    int rounds = 0;
    if (!program_begin(program))
        return hax_fail_memory(err, "a bound");
    bool more = true;
    while (program->steps < program->steps_most && hax_effort_spend(program->effort->effort, 0) &&
           (more = improve(program, &rounds)))
        ;
    if (more) { /* what has been reached */
        take_values(program);
        price_kinds(program->bound, program->kinds, program->values, program->set);
        program->kinds->stop = program->kinds->steps + program->steps_most / 64;
        add_mixes(program, true);
    }
    return program->out_of_memory ? hax_fail_memory(err, "a bound") : HAX_OK;
}

/* What the most expensive mixes leave over for hand-overs, unit by unit: a hand-over's value is
 * what is missing to 1 in the most expensive mix beside it. */
static void lift_handovers(program *program)
{
    for (int u = 0; u < program->bound->instances->problem->unit_count; u++) {
        if (program->kinds->kinds[u].unit < 0 || program->best_values[u] > 0)
            continue;
        hax_pricer_begin(program->kinds, program->best_values);
        program->kinds->stop = program->kinds->steps + program->steps_most / 64;
        double most_expensive = hax_pricer_best_beside(program->kinds, u);
        if (!program->kinds->stopped)
            program->best_values[u] = hax_max(1 - most_expensive, 0);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

hax_status hax_lp_bound_make(const hax_instance_set *instances, hax_lp_bound *lp, hax_error *err)
{
    *lp = (hax_lp_bound){ .instances = instances };
    size_t count = (size_t) instances->count;
    lp->at_node = calloc(count, sizeof *lp->at_node);
    lp->behind = calloc(count, sizeof *lp->behind);
    lp->per_ms = calloc(count, sizeof *lp->per_ms);
    bool ok = lp->at_node && lp->behind && lp->per_ms;
    for (int i = 0; ok && i < instances->count; i++) {
        size_t nodes = (size_t) instances->automata[i].node_count,
               items = (size_t) instances->automata[i].item_count;
        lp->at_node[i] = calloc(nodes * LOADS_MAX, sizeof(double));
        lp->behind[i] = calloc(items * LOADS_MAX, sizeof(double));
        lp->per_ms[i] = calloc(items * LOADS_MAX, sizeof(double));
        ok = lp->at_node[i] && lp->behind[i] && lp->per_ms[i];
    }
    return ok ? HAX_OK : hax_fail_memory(err, "a bound");
}

void hax_lp_bound_free(hax_lp_bound *lp)
{
    for (int i = 0; lp->instances && i < lp->instances->count; i++) {
        free(lp->at_node ? lp->at_node[i] : NULL);
        free(lp->behind ? lp->behind[i] : NULL);
        free(lp->per_ms ? lp->per_ms[i] : NULL);
    }
    free(lp->at_node);
    free(lp->behind);
    free(lp->per_ms);
    *lp = (hax_lp_bound){ 0 };
}

void hax_lp_bound_add_shares(hax_lp_bound *lp, const int *nodes, const hax_effort *effort)
{
    assert(lp->count < LOADS_MAX);
    improve_shares(lp, nodes, lp->count, effort);
    lp->count++;
}

/* Leaves the better of shares and of what the program gives in the tables. */
static hax_status find_values(program *program, hax_error *err)
{
    hax_lp_bound *lp = program->bound;
    const shares refined =
        improve_shares(lp, program->nodes, program->set, program->effort->effort);
    const double shared = total(lp, program->nodes, program->set);
    program->best = shared;
    HAX_TRY(solve_program(program, err));
    if (program->best > shared) {
        lift_handovers(program);
        price_kinds(lp, program->kinds, program->best_values, program->set);
    } else {
        total_of_shares(lp, &refined, program->nodes, program->set);
    }
    assert(total(lp, program->nodes, program->set) >= program->best * (1 - 1e-9));
    return HAX_OK;
}

static void program_free(program *program)
{
    hax_simplex_free(&program->lp);
    free(program->entries);
    free(program->values);
    free(program->row_of);
    free(program->in_row);
    free(program->best_values);
}

hax_status hax_lp_bound_refine(hax_lp_bound *lp, const int *nodes, bool coarse,
                               const hax_lp_effort *effort, hax_error *err)
{
    hax_column_pricer kinds = { 0 };
    program context = { .bound = lp,
                        .kinds = &kinds,
                        .nodes = nodes,
                        .set = lp->count,
                        .coarse = coarse,
                        .effort = effort,
                        .steps_most = effort->steps_most };
    assert(effort->steps_most > 0 && lp->count < LOADS_MAX);
    hax_status status = hax_pricer_make(lp->instances, &kinds, err);
    kinds.effort = effort->effort;
    if (status == HAX_OK) {
        context.best_values = calloc((size_t) kinds.kind_count, sizeof *context.best_values);
        status = context.best_values ? find_values(&context, err) : hax_fail_memory(err, "a bound");
    }
    if (status == HAX_OK) {
        lp->count++;
        lp->steps += context.steps;
    }
    program_free(&context);
    hax_pricer_free(&kinds);
    return status;
}
