#include "pair_waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluator.h"

enum {
    GROUPS = 4,
    GROUPS_OF_BOTH = 6,     /* orders of what both do, not room: beyond it there are too many */
    STEPS = 3 * GROUPS,     /* IN, group and OUT of each */
    EVENTS = 4 * STEPS + 1, /* of both: starts and ends */
    ROWS = 2 * STEPS + 2,
    COLUMNS = EVENTS + 3 + ROWS, /* times, lateness, slacks or what stands in for them */
};

/* ---- linear programs ------------------------------------------------------------------------- */

/* Minimise cost . x with rows x = right, x >= 0. */
typedef struct program {
    int rows, columns;
    double row[ROWS][COLUMNS], right[ROWS];
    double cost[COLUMNS];
    int basis[ROWS];
} program;

static const double tiny = 1e-10;

static void pivot(program *of, double *reduced, double *value, int r, int c)
{
    double scale = 1 / of->row[r][c];
    for (int k = 0; k < of->columns; k++)
        of->row[r][k] *= scale;
    of->right[r] *= scale;
    for (int o = 0; o < of->rows; o++) {
        double factor = of->row[o][c];
        if (o == r || factor == 0)
            continue;
        for (int k = 0; k < of->columns; k++)
            of->row[o][k] -= factor * of->row[r][k];
        of->right[o] = fmax(of->right[o] - factor * of->right[r], 0);
    }
    double factor = reduced[c];
    for (int k = 0; k < of->columns; k++)
        reduced[k] -= factor * of->row[r][k];
    *value += factor * of->right[r];
    of->basis[r] = c;
}

/* Bland's rule: no cycles. The first `usable` columns may enter. */
static double minimise(program *of, const double *cost, int usable)
{
    double reduced[COLUMNS], value = 0;
    memcpy(reduced, cost, sizeof reduced);
    for (int r = 0; r < of->rows; r++) {
        double factor = cost[of->basis[r]];
        for (int k = 0; factor != 0 && k < of->columns; k++)
            reduced[k] -= factor * of->row[r][k];
        value += factor * of->right[r];
    }
    for (;;) {
        int entering = 0, leaving = -1;
        while (entering < usable && reduced[entering] >= -tiny)
            entering++;
        if (entering == usable)
            return value;
        for (int r = 0; r < of->rows; r++) {
            if (of->row[r][entering] <= tiny)
                continue;
            double step = of->right[r] / of->row[r][entering];
            double best = leaving < 0 ? INFINITY : of->right[leaving] / of->row[leaving][entering];
            if (step < best || (step == best && of->basis[r] < of->basis[leaving]))
                leaving = r;
        }
        if (leaving < 0)
            return -INFINITY;
        pivot(of, reduced, &value, leaving, entering);
    }
}

/* The least cost, INFINITY where no x is; x[columns] on success. */
static double solve(program *of, double *x)
{
    double phase[COLUMNS] = { 0 };
    const int count = of->columns;
    for (int r = 0; r < of->rows; r++) {
        of->row[r][count + r] = phase[count + r] = 1;
        of->basis[r] = count + r;
    }
    of->columns += of->rows;
    if (minimise(of, phase, count) > 1e-8)
        return INFINITY;
    for (int r = 0; r < of->rows; r++) /* what stands in leaves, at 0, where it can */
        for (int c = 0; of->basis[r] >= count && c < count; c++)
            if (fabs(of->row[r][c]) > 1e-7) {
                double unused = 0;
                pivot(of, phase, &unused, r, c);
            }
    double value = minimise(of, of->cost, count);
    memset(x, 0, COLUMNS * sizeof *x);
    for (int r = 0; r < of->rows; r++)
        x[of->basis[r]] = of->right[r];
    return value;
}

/* ---- orders -----------------------------------------------------------------------------------
 */

typedef struct step {
    int unit;
    double ms, gbps, own_gbps;
    bool at_once; /* follows the one before it without a pause */
} step;

typedef struct chain {
    int count;
    step steps[STEPS];
    double alone_ms;
} chain;

/* Between two events: what runs of each chain, -1: nothing; and whether it is done. */
typedef struct span {
    int step[2];
    bool done[2];
} span;

typedef struct world {
    const hax_problem *problem;
    chain chains[2];
    int units[2][GROUPS];
    span spans[EVENTS];
    double best;
} world;

static bool better(const world *at, double value)
{
    double slack = 1e-9 * fmin(fabs(value), fabs(at->best));
    return at->problem->objective == HAX_THROUGHPUT ? value > at->best + slack
                                                    : value < at->best - slack;
}

static double value_of(const world *at, const double *end)
{
    return evaluator_value(at->problem, end);
}

static double rate(const world *at, const span *of, int i)
{
    const step *mine = &at->chains[i].steps[of->step[i]];
    double external = of->step[1 - i] < 0 ? 0 : at->chains[1 - i].steps[of->step[1 - i]].gbps;
    return 1 /
           evaluator_slowdown(&at->problem->units[mine->unit].slowdown, mine->own_gbps, external);
}

/* Nothing happens there, or something that takes no time. */
static bool is_void(const world *at, const span *of)
{
    bool none = true;
    for (int i = 0; i < 2; i++) {
        if (of->step[i] < 0)
            continue;
        none = false;
        if (at->chains[i].steps[of->step[i]].ms <= 0)
            return true;
    }
    return none;
}

/* The rows of all steps that take time, over the columns of `spans`. */
static void add_steps(const world *at, const span *const *spans, int count, program *of)
{
    for (int i = 0; i < 2; i++) {
        for (int s = 0; s < at->chains[i].count; s++) {
            if (at->chains[i].steps[s].ms <= 0)
                continue;
            for (int c = 0; c < count; c++)
                if (spans[c]->step[i] == s)
                    of->row[of->rows][c] = rate(at, spans[c], i);
            of->right[of->rows++] = at->chains[i].steps[s].ms;
        }
    }
}

/* lateness + latest deadline >= end of i + latest deadline - its own */
static void add_deadlines(const world *at, const span *const *spans, int count, program *of)
{
    const hax_instance_spec *all = at->problem->instances;
    double latest = fmax(all[0].deadline_ms, all[1].deadline_ms);
    of->cost[count] = 1;
    of->columns = count + 3;
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < count; c++)
            of->row[of->rows][c] = spans[c]->done[i] ? 0 : -1;
        of->row[of->rows][count] = 1;
        of->row[of->rows][count + 1 + i] = -1;
        of->right[of->rows++] = latest - all[i].deadline_ms;
    }
}

static void try_weights(world *at, const span *const *spans, int count, const double *weight)
{
    program of = { .columns = count };
    double x[COLUMNS], end[2] = { 0 };
    add_steps(at, spans, count, &of);
    for (int c = 0; c < count; c++)
        for (int i = 0; i < 2; i++)
            of.cost[c] += spans[c]->done[i] ? 0 : weight[i];
    if (at->problem->objective == HAX_LATENCY)
        for (int c = 0; c < count; c++)
            of.cost[c] = 1;
    if (at->problem->objective == HAX_DEADLINE) {
        memset(of.cost, 0, sizeof of.cost);
        add_deadlines(at, spans, count, &of);
    }
    if (!isfinite(solve(&of, x)))
        return;
    for (int c = 0; c < count; c++)
        for (int i = 0; i < 2; i++)
            end[i] += spans[c]->done[i] ? 0 : x[c];
    if (better(at, value_of(at, end)))
        at->best = value_of(at, end);
}

static void try_order(world *at, int span_count)
{
    static const double weights[][2] = {
        { 0.5, 0.5 }, { 0.99, 0.01 }, { 0.01, 0.99 }, { 0.9, 0.1 }, { 0.1, 0.9 }
    };
    const span *spans[EVENTS];
    const hax_instance_spec *all = at->problem->instances;
    int count = 0;
    for (int s = 0; s < span_count; s++)
        if (!is_void(at, &at->spans[s]))
            spans[count++] = &at->spans[s];
    if (at->problem->objective != HAX_THROUGHPUT) {
        try_weights(at, spans, count, (const double[]){ all[0].weight, all[1].weight });
        return;
    }
    for (size_t w = 0; w < sizeof weights / sizeof *weights; w++)
        try_weights(at, spans, count, weights[w]);
}

static bool comes_after(const world *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    return spec->after_count > 0 && spec->after[0] == 1 - i;
}

/* Where a chain is: 2 s before step s, 2 s + 1 in it. */
static void explore(world *at, int a, int b, int count)
{
    const int places[2] = { a, b };
    span *made = &at->spans[count];
    for (int i = 0; i < 2; i++) {
        made->step[i] = places[i] % 2 ? places[i] / 2 : -1;
        made->done[i] = places[i] == 2 * at->chains[i].count;
    }
    if (made->done[0] && made->done[1]) {
        try_order(at, count);
        return;
    }
    if (made->step[0] >= 0 && made->step[1] >= 0 &&
        (at->problem->units[at->chains[0].steps[made->step[0]].unit].resources &
         at->problem->units[at->chains[1].steps[made->step[1]].unit].resources))
        return;
    for (int i = 0; i < 2; i++) {
        int next[2] = { a, b };
        if (made->done[i] || (places[i] == 0 && comes_after(at, i) && !made->done[1 - i]))
            continue;
        next[i]++;
        int s = next[i] / 2;
        if (next[i] % 2 == 0 && s < at->chains[i].count && at->chains[i].steps[s].at_once)
            next[i]++;
        explore(at, next[0], next[1], count + 1);
    }
}

/* ---- assignments ------------------------------------------------------------------------------
 */

static void add_step(chain *to, int unit, double ms, double gbps, double own_gbps, bool at_once)
{
    to->steps[to->count++] = (step){ unit, ms, gbps, own_gbps > 0 ? own_gbps : gbps, at_once };
    to->alone_ms += ms;
}

static void make_chain(world *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    chain *to = &at->chains[i];
    *to = (chain){ 0 };
    for (int g = 0; g < spec->group_count; g++) {
        int unit = at->units[i][g];
        const hax_cost *cost = &spec->groups[g].on[unit];
        bool in = g > 0 && at->units[i][g - 1] != unit && cost->in_ms > 0;
        bool out = g + 1 < spec->group_count && at->units[i][g + 1] != unit && cost->out_ms > 0;
        if (in)
            add_step(to, unit, cost->in_ms, cost->in_gbps, 0, false);
        add_step(to, unit, cost->time_ms, cost->gbps, cost->own_gbps, in);
        if (out)
            add_step(to, unit, cost->out_ms, cost->out_gbps, 0, true);
    }
}

static bool limits_are_kept(const world *at)
{
    int pieces[HAX_MAX_UNITS] = { 0 };
    for (int i = 0; i < 2; i++) {
        int moves = 0;
        for (int g = 0; g < at->problem->instances[i].group_count; g++) {
            bool moved = g > 0 && at->units[i][g] != at->units[i][g - 1];
            if (moved && at->problem->instances[i].groups[g].joined)
                return false;
            moves += moved;
            pieces[at->units[i][g]] += g == 0 || moved;
        }
        if (at->problem->max_transitions >= 0 && moves > at->problem->max_transitions)
            return false;
    }
    for (int u = 0; u < at->problem->unit_count; u++)
        if (at->problem->units[u].max_pieces >= 0 && pieces[u] > at->problem->units[u].max_pieces)
            return false;
    return true;
}

static void assign(world *at, int i, int g)
{
    if (g == at->problem->instances[i].group_count) {
        if (i == 0) {
            assign(at, 1, 0);
        } else if (limits_are_kept(at)) {
            make_chain(at, 0);
            make_chain(at, 1);
            double end[2] = { at->chains[0].alone_ms, at->chains[1].alone_ms };
            for (int k = 0; k < 2; k++)
                if (comes_after(at, k))
                    end[k] += end[1 - k];
            if (better(at, value_of(at, end)))
                explore(at, 0, 0, 0);
        }
        return;
    }
    for (int u = 0; u < at->problem->unit_count; u++) {
        at->units[i][g] = u;
        if (at->problem->instances[i].groups[g].on[u].allowed)
            assign(at, i, g + 1);
    }
}

bool pair_waits_fits(const hax_problem *problem)
{
    int groups = 0;
    for (int i = 0; i < problem->instance_count; i++) {
        if (problem->instances[i].group_count > GROUPS)
            return false;
        groups += problem->instances[i].group_count;
    }
    return problem->instance_count == 2 && groups <= GROUPS_OF_BOTH;
}

double pair_waits_best(const hax_problem *problem, double than)
{
    if (!pair_waits_fits(problem)) /* also where assertions are gone: it would write elsewhere */
        abort();
    world at = { .problem = problem, .best = than };
    assign(&at, 0, 0);
    return at.best;
}
