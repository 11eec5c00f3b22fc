#include "random_problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "random.h"

enum { GROUPS = 12, UNITS = 4, INSTANCES = 4 };

typedef struct maker {
    hax_random random;
    const random_options *options;
    hax_unit_spec units[UNITS];
    hax_instance_spec instances[INSTANCES];
    hax_group_spec groups[INSTANCES][GROUPS];
    hax_cost costs[INSTANCES][GROUPS][UNITS];
    hax_entering entering[INSTANCES][GROUPS][UNITS][UNITS];
    double own[3], external[3], table[9];
    int times; /* of `extremes`: how they are drawn */
    int after[1], after_any[INSTANCES][1];
} maker;

static int below(maker *maker, int bound)
{
    return (int) hax_random_below(&maker->random, (uint64_t) bound);
}

static bool chance(maker *maker, int percent)
{
    return below(maker, 100) < percent;
}

/* How the times of a problem with extremes are drawn. */
enum { TIMES_PLAIN, TIMES_NONE, TIMES_FEW, TIMES_WIDE, TIMES };

static double extreme_ms(maker *maker)
{
    switch (maker->times) {
    case TIMES_NONE: return below(maker, 2) ? 0 : below(maker, 3);
    case TIMES_FEW: return 1 + below(maker, 2);
    default:
        return pow(10, below(maker, 2) ? below(maker, 13) - 6
                                       : 12 * hax_random_unit(&maker->random) - 6);
    }
}

/* Whole numbers half of the time: ties are where orders go wrong. */
static double some_ms(maker *maker, double most)
{
    if (maker->times != TIMES_PLAIN)
        return extreme_ms(maker);
    return below(maker, 2) ? 1 + below(maker, (int) most)
                           : 0.1 + most * hax_random_unit(&maker->random);
}

/* Nothing for a while and then ten times; a hundredfold; what changes with neither demand. */
static hax_slowdown extreme_slowdown(maker *maker)
{
    static const double jump[] = { 1, 1, 10, 1, 10, 10, 10, 10, 10 }, flat[] = { 1, 2, 2 };
    hax_slowdown s = { .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = 2 };
    const double *values = jump;
    if (below(maker, 3) == 0)
        return s;
    s.kind = HAX_SLOWDOWN_TABLE;
    s.own_count = s.external_count = 3;
    if (below(maker, 2)) {
        s.own_count = 1;
        values = flat;
    }
    for (int k = 0; k < 3; k++) {
        maker->own[k] = 25 * k;
        maker->external[k] = 25 * k;
    }
    for (int k = 0; k < s.own_count * 3; k++)
        maker->table[k] = k % 3 == 0 ? 1 : values[k];
    s.own_gbps = maker->own;
    s.external_gbps = maker->external;
    s.slowdown = maker->table;
    return s;
}

static hax_slowdown some_slowdown(maker *maker)
{
    hax_slowdown s = { .kind = HAX_SLOWDOWN_NONE };
    if (!maker->options->contention)
        return s;
    if (maker->options->extremes && below(maker, 2))
        return extreme_slowdown(maker);
    switch (below(maker, 4)) {
    case 0: break;
    case 1:
        s.kind = HAX_SLOWDOWN_LINEAR;
        s.per_gbps = 0.05 * hax_random_unit(&maker->random);
        break;
    case 2:
        if (maker->options->extremes) /* one table holds for all units */
            break;
        s.kind = HAX_SLOWDOWN_TABLE;
        maker->own[1] = 50;
        maker->external[1] = 50;
        maker->table[0] = maker->table[2] = 1;
        maker->table[1] = 1 + hax_random_unit(&maker->random);
        maker->table[3] = maker->table[1] + hax_random_unit(&maker->random);
        s.own_count = s.external_count = 2;
        s.own_gbps = maker->own;
        s.external_gbps = maker->external;
        s.slowdown = maker->table;
        break;
    default: s.kind = HAX_SLOWDOWN_PCCS; s.pccs = (hax_pccs){ 20, 40, 5, 60, 50, 1.2, 100 };
    }
    return s;
}

static void make_units(maker *maker, int count, int resources)
{
    static const char *const names[] = { "u0", "u1", "u2", "u3" };
    for (int u = 0; u < count; u++) {
        uint32_t uses =
            u < resources ? 1U << u : 1U + (uint32_t) below(maker, (1 << resources) - 1);
        /* one after the other: in what order an initialiser's numbers are drawn is not laid down */
        const hax_slowdown slowdown = some_slowdown(maker);
        const int max_pieces = chance(maker, 15) ? 1 + below(maker, 3) : -1;
        maker->units[u] = (hax_unit_spec){
            .name = names[u], .resources = uses, .slowdown = slowdown, .max_pieces = max_pieces
        };
    }
}

static hax_cost some_cost(maker *maker)
{
    hax_cost cost = { .allowed = chance(maker, 90),
                      .time_ms = some_ms(maker, 10),
                      .gbps = below(maker, 60),
                      .own_gbps = chance(maker, 30) ? below(maker, 60) : 0 };
    if (chance(maker, 40)) {
        cost.out_ms = some_ms(maker, 2);
        cost.out_gbps = chance(maker, 50) ? below(maker, 60) : 0;
    }
    if (chance(maker, 40)) {
        cost.in_ms = some_ms(maker, 2);
        cost.in_gbps = chance(maker, 50) ? below(maker, 60) : 0;
    }
    return cost;
}

/* Few units, or all alike; deadlines at, before and behind whatever is possible. */
static void make_extreme(maker *maker, int i, int units)
{
    hax_instance_spec *instance_spec = &maker->instances[i];
    const bool alike = chance(maker, 30), pinned = chance(maker, 30), demand = chance(maker, 70);
    for (int g = 0; g < instance_spec->group_count; g++) {
        hax_cost *cost = maker->costs[i][g];
        int kept = below(maker, units);
        for (int u = 0; u < units; u++) {
            if (alike)
                cost[u] = cost[0];
            cost[u].allowed = alike || cost[u].allowed;
            if (pinned && chance(maker, 60))
                cost[u].allowed = u == kept;
            if (!demand)
                cost[u].gbps = cost[u].own_gbps = cost[u].in_gbps = cost[u].out_gbps = 0;
        }
        cost[kept].allowed = true;
    }
    if (chance(maker, 50))
        instance_spec->weight = below(maker, 2) ? 1 : pow(10, below(maker, 7) - 3);
    switch (below(maker, 4)) {
    case 0: instance_spec->deadline_ms = below(maker, 2); break;
    case 1: instance_spec->deadline_ms = 0.5 * below(maker, 16); break;
    case 2: instance_spec->deadline_ms = extreme_ms(maker); break;
    default: instance_spec->deadline_ms = 1e6;
    }
}

static void make_instance(maker *maker, int i, int units)
{
    static const char *const groups[GROUPS] = { "g0", "g1", "g2", "g3", "g4",  "g5",
                                                "g6", "g7", "g8", "g9", "g10", "g11" };
    int count = 1 + below(maker, maker->options->group_max);
    for (int g = 0; g < count; g++) {
        for (int u = 0; u < units; u++)
            maker->costs[i][g][u] = some_cost(maker);
        maker->costs[i][g][below(maker, units)].allowed = true;
        maker->groups[i][g] =
            (hax_group_spec){ groups[g], maker->costs[i][g], g > 0 && chance(maker, 10) };
    }
    static const char *const names[] = { "a", "b", "c", "d" };
    maker->instances[i] =
        (hax_instance_spec){ .name = names[i],
                             .group_count = count,
                             .groups = maker->groups[i],
                             .weight = 0.5 + hax_random_unit(&maker->random),
                             .deadline_ms = 5 + 30 * hax_random_unit(&maker->random) };
    if (maker->options->extremes)
        make_extreme(maker, i, units);
}

/* ---- kinds of units --------------------------------------------------------------------- */

/* None, the same from everywhere, or what else comes: ties are where merging goes wrong. */
static double entering_ms(maker *maker, const hax_cost *cost)
{
    switch (below(maker, 4)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return cost->in_ms;
    default: return some_ms(maker, 2);
    }
}

static void add_entering(maker *maker, hax_cost *cost, hax_entering *entering, int to, int units)
{
    const int percent = chance(maker, 20) ? 100 : 40;
    const int quiet = chance(maker, 60) ? 100 : 30;
    cost->entering = entering;
    for (int from = 0; from < units; from++)
        if (from != to && chance(maker, percent))
            entering[cost->entering_count++] =
                (hax_entering){ from, entering_ms(maker, cost),
                                chance(maker, quiet) ? 0 : below(maker, 60) };
}

/* Units that only the kinds and what is paid between them tell apart: exchanging those is wrong. */
static void make_units_alike(maker *maker, int instances, int units)
{
    for (int u = 1; u < units; u++) {
        maker->units[u].slowdown = maker->units[0].slowdown;
        maker->units[u].max_pieces = maker->units[0].max_pieces = -1;
    }
    for (int i = 0; i < instances; i++)
        for (int g = 0; g < maker->instances[i].group_count; g++) {
            maker->costs[i][g][0].allowed = true;
            for (int u = 1; u < units; u++)
                maker->costs[i][g][u] = maker->costs[i][g][0];
        }
}

/* From numbers of its own: what has been drawn before stays as it is. */
static void add_kinds(maker *maker, unsigned long number, int instances, int units)
{
    static const char *const kinds[] = { "k0", "k0", "k1", NULL };
    maker->random = hax_random_fork(number, 2 + (uint64_t) maker->options->contention);
    if (chance(maker, 50))
        return;
    if (chance(maker, 25))
        make_units_alike(maker, instances, units);
    for (int u = 0; u < units; u++)
        maker->units[u].kind = kinds[below(maker, 4)];
    if (chance(maker, 20))
        return;
    for (int i = 0; i < instances; i++)
        for (int g = 0; g < maker->instances[i].group_count; g++)
            for (int u = 0; u < units; u++)
                if (chance(maker, 70))
                    add_entering(maker, &maker->costs[i][g][u], maker->entering[i][g][u], u, units);
}

/* Some more that come after others, and limits that leave few ways or none. */
static void tighten(maker *maker, hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (chance(maker, 30))
            maker->units[u].max_pieces = below(maker, 3);
    if (chance(maker, 40))
        problem->max_transitions = below(maker, 2);
    for (int i = 1; i < problem->instance_count; i++) {
        if (maker->instances[i].after_count || !chance(maker, 15))
            continue;
        maker->after_any[i][0] = below(maker, i);
        maker->instances[i].after = maker->after_any[i];
        maker->instances[i].after_count = 1;
    }
}

/* Some instances several times, and some after others: what cannot be told apart is what a search
 * leaves out. */
static void make_alike(maker *maker, int count)
{
    for (int i = 1; i < count; i++) {
        const char *name = maker->instances[i].name;
        if (chance(maker, 25)) {
            maker->instances[i] = maker->instances[i - 1];
            maker->instances[i].name = name;
        }
    }
    for (int i = 1; i < count; i++) {
        if (!chance(maker, 10))
            continue;
        maker->after_any[i][0] = below(maker, i);
        maker->instances[i].after = maker->after_any[i];
        maker->instances[i].after_count = 1;
    }
}

const hax_problem *random_problem(unsigned long number, const random_options *options)
{
    static const char *const resources[] = { "r0", "r1", "r2" };
    maker *context = calloc(1, sizeof *context);
    const hax_problem *result = NULL;
    context->random = hax_random_fork(number, options->contention);
    context->options = options;
    context->times = !options->extremes    ? TIMES_PLAIN
                     : chance(context, 30) ? TIMES_NONE
                                           : below(context, TIMES);
    int units = 1 + below(context, options->unit_max);
    int resource_count = 1 + below(context, units < 3 ? units : 3);
    make_units(context, units, resource_count);
    int instances = options->instance_count ? options->instance_count : 2;
    for (int i = 0; i < instances; i++)
        make_instance(context, i, units);
    if (options->instance_count)
        make_alike(context, instances);
    if (chance(context, 10)) {
        context->instances[1].after = context->after;
        context->instances[1].after_count = 1;
    }
    hax_problem problem = { .resource_count = resource_count,
                            .resources = resources,
                            .unit_count = units,
                            .units = context->units,
                            .instance_count =
                                instances == 2 && !chance(context, 90) ? 1 : instances,
                            .instances = context->instances,
                            .objective = (hax_objective) below(context, 4),
                            .max_transitions = chance(context, 25) ? below(context, 3) : -1 };
    hax_error err;
    if (problem.instance_count == 1)
        context->instances[0].after_count = 0;
    if (options->extremes && chance(context, 20))
        problem.objective = HAX_DEADLINE;
    if (options->extremes)
        tighten(context, &problem);
    if (options->kinds)
        add_kinds(context, number, instances, units);
    hax_status status = hax_problem_copy(&problem, &result, &err);
    if (status == HAX_BAD_INPUT && options->extremes && problem.objective == HAX_THROUGHPUT) {
        problem.objective = HAX_SUM; /* an instance may end at 0 */
        status = hax_problem_copy(&problem, &result, &err);
    }
    if (status != HAX_OK)
        fprintf(stderr, "problem %lu: %s\n", number, err.message);
    free(context);
    return result;
}
