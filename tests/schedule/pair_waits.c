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

static void pivot(program *program, double *reduced, double *value, int r, int c)
{
    double scale = 1 / program->row[r][c];
    for (int k = 0; k < program->columns; k++)
        program->row[r][k] *= scale;
    program->right[r] *= scale;
    for (int o = 0; o < program->rows; o++) {
        double factor = program->row[o][c];
        if (o == r || factor == 0)
            continue;
        for (int k = 0; k < program->columns; k++)
            program->row[o][k] -= factor * program->row[r][k];
        program->right[o] = fmax(program->right[o] - factor * program->right[r], 0);
    }
    double factor = reduced[c];
    for (int k = 0; k < program->columns; k++)
        reduced[k] -= factor * program->row[r][k];
    *value += factor * program->right[r];
    program->basis[r] = c;
}

/* Bland's rule: no cycles. The first `usable` columns may enter. */
static double minimise(program *program, const double *cost, int usable)
{
    double reduced[COLUMNS], value = 0;
    memcpy(reduced, cost, sizeof reduced);
    for (int r = 0; r < program->rows; r++) {
        double factor = cost[program->basis[r]];
        for (int k = 0; factor != 0 && k < program->columns; k++)
            reduced[k] -= factor * program->row[r][k];
        value += factor * program->right[r];
    }
    for (;;) {
        int entering = 0, leaving = -1;
        while (entering < usable && reduced[entering] >= -tiny)
            entering++;
        if (entering == usable)
            return value;
        for (int r = 0; r < program->rows; r++) {
            if (program->row[r][entering] <= tiny)
                continue;
            double step = program->right[r] / program->row[r][entering];
            double best =
                leaving < 0 ? INFINITY : program->right[leaving] / program->row[leaving][entering];
            if (step < best || (step == best && program->basis[r] < program->basis[leaving]))
                leaving = r;
        }
        if (leaving < 0)
            return -INFINITY;
        pivot(program, reduced, &value, leaving, entering);
    }
}

/* The least cost, INFINITY where no x is; x[columns] on success. */
static double solve(program *program, double *x)
{
    double phase[COLUMNS] = { 0 };
    const int count = program->columns;
    for (int r = 0; r < program->rows; r++) {
        program->row[r][count + r] = phase[count + r] = 1;
        program->basis[r] = count + r;
    }
    program->columns += program->rows;
    if (minimise(program, phase, count) > 1e-8)
        return INFINITY;
    for (int r = 0; r < program->rows; r++) /* what stands in leaves, at 0, where it can */
        for (int c = 0; program->basis[r] >= count && c < count; c++)
            if (fabs(program->row[r][c]) > 1e-7) {
                double unused = 0;
                pivot(program, phase, &unused, r, c);
            }
    double value = minimise(program, program->cost, count);
    memset(x, 0, COLUMNS * sizeof *x);
    for (int r = 0; r < program->rows; r++)
        x[program->basis[r]] = program->right[r];
    return value;
}

/* ---- orders ---------------------------------------------------------------------------------- */

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

static bool better(const world *world, double value)
{
    double slack = 1e-9 * fmin(fabs(value), fabs(world->best));
    return world->problem->objective == HAX_THROUGHPUT ? value > world->best + slack
                                                       : value < world->best - slack;
}

static double value_of(const world *world, const double *end)
{
    return evaluator_value(world->problem, end);
}

static double rate(const world *world, const span *kernel_span, int i)
{
    const step *mine = &world->chains[i].steps[kernel_span->step[i]];
    double external = kernel_span->step[1 - i] < 0
                          ? 0
                          : world->chains[1 - i].steps[kernel_span->step[1 - i]].gbps;
    return 1 / evaluator_slowdown(&world->problem->units[mine->unit].slowdown, mine->own_gbps,
                                  external);
}

/* Nothing happens there, or something that takes no time. */
static bool is_void(const world *world, const span *kernel_span)
{
    bool none = true;
    for (int i = 0; i < 2; i++) {
        if (kernel_span->step[i] < 0)
            continue;
        none = false;
        if (world->chains[i].steps[kernel_span->step[i]].ms <= 0)
            return true;
    }
    return none;
}

/* The rows of all steps that take time, over the columns of `spans`. */
static void add_steps(const world *world, const span *const *spans, int count, program *program)
{
    for (int i = 0; i < 2; i++) {
        for (int s = 0; s < world->chains[i].count; s++) {
            if (world->chains[i].steps[s].ms <= 0)
                continue;
            for (int c = 0; c < count; c++)
                if (spans[c]->step[i] == s)
                    program->row[program->rows][c] = rate(world, spans[c], i);
            program->right[program->rows++] = world->chains[i].steps[s].ms;
        }
    }
}

/* lateness + latest deadline >= end of i + latest deadline - its own */
static void add_deadlines(const world *world, const span *const *spans, int count, program *program)
{
    const hax_instance_spec *instance_spec = world->problem->instances;
    double latest = fmax(instance_spec[0].deadline_ms, instance_spec[1].deadline_ms);
    program->cost[count] = 1;
    program->columns = count + 3;
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < count; c++)
            program->row[program->rows][c] = spans[c]->done[i] ? 0 : -1;
        program->row[program->rows][count] = 1;
        program->row[program->rows][count + 1 + i] = -1;
        program->right[program->rows++] = latest - instance_spec[i].deadline_ms;
    }
}

static void try_weights(world *world, const span *const *spans, int count, const double *weight)
{
    program context = { .columns = count };
    double x[COLUMNS], end[2] = { 0 };
    add_steps(world, spans, count, &context);
    for (int c = 0; c < count; c++)
        for (int i = 0; i < 2; i++)
            context.cost[c] += spans[c]->done[i] ? 0 : weight[i];
    if (world->problem->objective == HAX_LATENCY)
        for (int c = 0; c < count; c++)
            context.cost[c] = 1;
    if (world->problem->objective == HAX_DEADLINE) {
        memset(context.cost, 0, sizeof context.cost);
        add_deadlines(world, spans, count, &context);
    }
    if (!isfinite(solve(&context, x)))
        return;
    for (int c = 0; c < count; c++)
        for (int i = 0; i < 2; i++)
            end[i] += spans[c]->done[i] ? 0 : x[c];
    if (better(world, value_of(world, end)))
        world->best = value_of(world, end);
}

static void try_order(world *world, int span_count)
{
    static const double weights[][2] = {
        { 0.5, 0.5 }, { 0.99, 0.01 }, { 0.01, 0.99 }, { 0.9, 0.1 }, { 0.1, 0.9 }
    };
    const span *spans[EVENTS];
    const hax_instance_spec *instance_spec = world->problem->instances;
    int count = 0;
    for (int s = 0; s < span_count; s++)
        if (!is_void(world, &world->spans[s]))
            spans[count++] = &world->spans[s];
    if (world->problem->objective != HAX_THROUGHPUT) {
        try_weights(world, spans, count,
                    (const double[]){ instance_spec[0].weight, instance_spec[1].weight });
        return;
    }
    for (size_t w = 0; w < sizeof weights / sizeof *weights; w++)
        try_weights(world, spans, count, weights[w]);
}

static bool comes_after(const world *world, int i)
{
    const hax_instance_spec *spec = &world->problem->instances[i];
    return spec->after_count > 0 && spec->after[0] == 1 - i;
}

/* Where a chain is: 2 s before step s, 2 s + 1 in it. */
static void explore(world *world, int a, int b, int count)
{
    const int places[2] = { a, b };
    span *kernel_span = &world->spans[count];
    for (int i = 0; i < 2; i++) {
        kernel_span->step[i] = places[i] % 2 ? places[i] / 2 : -1;
        kernel_span->done[i] = places[i] == 2 * world->chains[i].count;
    }
    if (kernel_span->done[0] && kernel_span->done[1]) {
        try_order(world, count);
        return;
    }
    if (kernel_span->step[0] >= 0 && kernel_span->step[1] >= 0 &&
        (world->problem->units[world->chains[0].steps[kernel_span->step[0]].unit].resources &
         world->problem->units[world->chains[1].steps[kernel_span->step[1]].unit].resources))
        return;
    for (int i = 0; i < 2; i++) {
        int next[2] = { a, b };
        if (kernel_span->done[i] ||
            (places[i] == 0 && comes_after(world, i) && !kernel_span->done[1 - i]))
            continue;
        next[i]++;
        int s = next[i] / 2;
        if (next[i] % 2 == 0 && s < world->chains[i].count && world->chains[i].steps[s].at_once)
            next[i]++;
        explore(world, next[0], next[1], count + 1);
    }
}

/* ---- assignments ----------------------------------------------------------------------------- */

static void add_step(chain *to, int unit, double ms, double gbps, double own_gbps, bool at_once)
{
    to->steps[to->count++] = (step){ unit, ms, gbps, own_gbps > 0 ? own_gbps : gbps, at_once };
    to->alone_ms += ms;
}

static bool alike(const world *world, int a, int b)
{
    const char *x = world->problem->units[a].kind, *y = world->problem->units[b].kind;
    return a == b || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static void find_in(const world *world, const hax_cost *cost, int from, int to, double *ms,
                    double *gbps)
{
    if (from == to)
        return;
    for (int e = 0; e < cost->entering_count; e++) {
        if (cost->entering[e].from_unit != from)
            continue;
        *ms = cost->entering[e].ms;
        *gbps = cost->entering[e].gbps;
        return;
    }
    if (alike(world, from, to))
        return;
    *ms = cost->in_ms;
    *gbps = cost->in_gbps;
}

static void make_chain(world *world, int i)
{
    const hax_instance_spec *spec = &world->problem->instances[i];
    chain *to = &world->chains[i];
    *to = (chain){ 0 };
    for (int g = 0; g < spec->group_count; g++) {
        int unit = world->units[i][g];
        const hax_cost *cost = &spec->groups[g].on[unit];
        double in_ms = 0, in_gbps = 0;
        if (g > 0)
            find_in(world, cost, world->units[i][g - 1], unit, &in_ms, &in_gbps);
        bool in = in_ms > 0;
        bool out = g + 1 < spec->group_count && cost->out_ms > 0 &&
                   !alike(world, world->units[i][g + 1], unit);
        if (in)
            add_step(to, unit, in_ms, in_gbps, 0, false);
        add_step(to, unit, cost->time_ms, cost->gbps, cost->own_gbps, in);
        if (out)
            add_step(to, unit, cost->out_ms, cost->out_gbps, 0, true);
    }
}

static bool limits_are_kept(const world *world)
{
    int pieces[HAX_MAX_UNITS] = { 0 };
    for (int i = 0; i < 2; i++) {
        int moves = 0;
        for (int g = 0; g < world->problem->instances[i].group_count; g++) {
            bool moved = g > 0 && world->units[i][g] != world->units[i][g - 1];
            if (moved && world->problem->instances[i].groups[g].joined)
                return false;
            moves += moved;
            pieces[world->units[i][g]] += g == 0 || moved;
        }
        if (world->problem->max_transitions >= 0 && moves > world->problem->max_transitions)
            return false;
    }
    for (int u = 0; u < world->problem->unit_count; u++)
        if (world->problem->units[u].max_pieces >= 0 &&
            pieces[u] > world->problem->units[u].max_pieces)
            return false;
    return true;
}

static void assign(world *world, int i, int g)
{
    if (g == world->problem->instances[i].group_count) {
        if (i == 0) {
            assign(world, 1, 0);
        } else if (limits_are_kept(world)) {
            make_chain(world, 0);
            make_chain(world, 1);
            double end[2] = { world->chains[0].alone_ms, world->chains[1].alone_ms };
            for (int k = 0; k < 2; k++)
                if (comes_after(world, k))
                    end[k] += end[1 - k];
            if (better(world, value_of(world, end)))
                explore(world, 0, 0, 0);
        }
        return;
    }
    for (int u = 0; u < world->problem->unit_count; u++) {
        world->units[i][g] = u;
        if (world->problem->instances[i].groups[g].on[u].allowed)
            assign(world, i, g + 1);
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
    world context = { .problem = problem, .best = than };
    assign(&context, 0, 0);
    return context.best;
}
