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
    double own[3], external[3], table[9];
    int times; /* of `extremes`: how they are drawn */
    int after[1], after_any[INSTANCES][1];
} maker;

static int below(maker *at, int bound)
{
    return (int) hax_random_below(&at->random, (uint64_t) bound);
}

static bool chance(maker *at, int percent)
{
    return below(at, 100) < percent;
}

/* How the times of a problem with extremes are drawn. */
enum { TIMES_PLAIN, TIMES_NONE, TIMES_FEW, TIMES_WIDE, TIMES };

static double extreme_ms(maker *at)
{
    switch (at->times) {
    case TIMES_NONE: return below(at, 2) ? 0 : below(at, 3);
    case TIMES_FEW: return 1 + below(at, 2);
    default:
        return pow(10, below(at, 2) ? below(at, 13) - 6 : 12 * hax_random_unit(&at->random) - 6);
    }
}

/* Whole numbers half of the time: ties are where orders go wrong. */
static double some_ms(maker *at, double most)
{
    if (at->times != TIMES_PLAIN)
        return extreme_ms(at);
    return below(at, 2) ? 1 + below(at, (int) most) : 0.1 + most * hax_random_unit(&at->random);
}

/* Nothing for a while and then ten times; a hundredfold; what changes with neither demand. */
static hax_slowdown extreme_slowdown(maker *at)
{
    static const double jump[] = { 1, 1, 10, 1, 10, 10, 10, 10, 10 }, flat[] = { 1, 2, 2 };
    hax_slowdown s = { .kind = HAX_SLOWDOWN_LINEAR, .per_gbps = 2 };
    const double *values = jump;
    if (below(at, 3) == 0)
        return s;
    s.kind = HAX_SLOWDOWN_TABLE;
    s.own_count = s.external_count = 3;
    if (below(at, 2)) {
        s.own_count = 1;
        values = flat;
    }
    for (int k = 0; k < 3; k++) {
        at->own[k] = 25 * k;
        at->external[k] = 25 * k;
    }
    for (int k = 0; k < s.own_count * 3; k++)
        at->table[k] = k % 3 == 0 ? 1 : values[k];
    s.own_gbps = at->own;
    s.external_gbps = at->external;
    s.slowdown = at->table;
    return s;
}

static hax_slowdown some_slowdown(maker *at)
{
    hax_slowdown s = { .kind = HAX_SLOWDOWN_NONE };
    if (!at->options->contention)
        return s;
    if (at->options->extremes && below(at, 2))
        return extreme_slowdown(at);
    switch (below(at, 4)) {
    case 0: break;
    case 1:
        s.kind = HAX_SLOWDOWN_LINEAR;
        s.per_gbps = 0.05 * hax_random_unit(&at->random);
        break;
    case 2:
        if (at->options->extremes) /* one table holds for all units */
            break;
        s.kind = HAX_SLOWDOWN_TABLE;
        at->own[1] = 50;
        at->external[1] = 50;
        at->table[0] = at->table[2] = 1;
        at->table[1] = 1 + hax_random_unit(&at->random);
        at->table[3] = at->table[1] + hax_random_unit(&at->random);
        s.own_count = s.external_count = 2;
        s.own_gbps = at->own;
        s.external_gbps = at->external;
        s.slowdown = at->table;
        break;
    default: s.kind = HAX_SLOWDOWN_PCCS; s.pccs = (hax_pccs){ 20, 40, 5, 60, 50, 1.2, 100 };
    }
    return s;
}

static void make_units(maker *at, int count, int resources)
{
    static const char *const names[] = { "u0", "u1", "u2", "u3" };
    for (int u = 0; u < count; u++) {
        uint32_t uses = u < resources ? 1U << u : 1U + (uint32_t) below(at, (1 << resources) - 1);
        at->units[u] = (hax_unit_spec){ .name = names[u],
                                        .resources = uses,
                                        .slowdown = some_slowdown(at),
                                        .max_pieces = chance(at, 15) ? 1 + below(at, 3) : -1 };
    }
}

static hax_cost some_cost(maker *at)
{
    hax_cost cost = { .allowed = chance(at, 90),
                      .time_ms = some_ms(at, 10),
                      .gbps = below(at, 60),
                      .own_gbps = chance(at, 30) ? below(at, 60) : 0 };
    if (chance(at, 40)) {
        cost.out_ms = some_ms(at, 2);
        cost.out_gbps = chance(at, 50) ? below(at, 60) : 0;
    }
    if (chance(at, 40)) {
        cost.in_ms = some_ms(at, 2);
        cost.in_gbps = chance(at, 50) ? below(at, 60) : 0;
    }
    return cost;
}

/* Few units, or all alike; deadlines at, before and behind whatever is possible. */
static void make_extreme(maker *at, int i, int units)
{
    hax_instance_spec *made = &at->instances[i];
    const bool alike = chance(at, 30), pinned = chance(at, 30), demand = chance(at, 70);
    for (int g = 0; g < made->group_count; g++) {
        hax_cost *on = at->costs[i][g];
        int kept = below(at, units);
        for (int u = 0; u < units; u++) {
            if (alike)
                on[u] = on[0];
            on[u].allowed = alike || on[u].allowed;
            if (pinned && chance(at, 60))
                on[u].allowed = u == kept;
            if (!demand)
                on[u].gbps = on[u].own_gbps = on[u].in_gbps = on[u].out_gbps = 0;
        }
        on[kept].allowed = true;
    }
    if (chance(at, 50))
        made->weight = below(at, 2) ? 1 : pow(10, below(at, 7) - 3);
    switch (below(at, 4)) {
    case 0: made->deadline_ms = below(at, 2); break;
    case 1: made->deadline_ms = 0.5 * below(at, 16); break;
    case 2: made->deadline_ms = extreme_ms(at); break;
    default: made->deadline_ms = 1e6;
    }
}

static void make_instance(maker *at, int i, int units)
{
    static const char *const groups[GROUPS] = { "g0", "g1", "g2", "g3", "g4",  "g5",
                                                "g6", "g7", "g8", "g9", "g10", "g11" };
    int count = 1 + below(at, at->options->group_max);
    for (int g = 0; g < count; g++) {
        for (int u = 0; u < units; u++)
            at->costs[i][g][u] = some_cost(at);
        at->costs[i][g][below(at, units)].allowed = true;
        at->groups[i][g] = (hax_group_spec){ groups[g], at->costs[i][g], g > 0 && chance(at, 10) };
    }
    static const char *const names[] = { "a", "b", "c", "d" };
    at->instances[i] = (hax_instance_spec){ .name = names[i],
                                            .group_count = count,
                                            .groups = at->groups[i],
                                            .weight = 0.5 + hax_random_unit(&at->random),
                                            .deadline_ms = 5 + 30 * hax_random_unit(&at->random) };
    if (at->options->extremes)
        make_extreme(at, i, units);
}

/* Some more that come after others, and limits that leave few ways or none. */
static void tighten(maker *at, hax_problem *made)
{
    for (int u = 0; u < made->unit_count; u++)
        if (chance(at, 30))
            at->units[u].max_pieces = below(at, 3);
    if (chance(at, 40))
        made->max_transitions = below(at, 2);
    for (int i = 1; i < made->instance_count; i++) {
        if (at->instances[i].after_count || !chance(at, 15))
            continue;
        at->after_any[i][0] = below(at, i);
        at->instances[i].after = at->after_any[i];
        at->instances[i].after_count = 1;
    }
}

/* Some instances several times, and some after others: what cannot be told apart is what a search
 * leaves out. */
static void make_alike(maker *at, int count)
{
    for (int i = 1; i < count; i++) {
        const char *name = at->instances[i].name;
        if (chance(at, 25)) {
            at->instances[i] = at->instances[i - 1];
            at->instances[i].name = name;
        }
    }
    for (int i = 1; i < count; i++) {
        if (!chance(at, 10))
            continue;
        at->after_any[i][0] = below(at, i);
        at->instances[i].after = at->after_any[i];
        at->instances[i].after_count = 1;
    }
}

hax_problem *random_problem(unsigned long number, const random_options *options)
{
    static const char *const resources[] = { "r0", "r1", "r2" };
    maker *at = calloc(1, sizeof *at);
    hax_problem *made = NULL;
    at->random = hax_random_fork(number, options->contention);
    at->options = options;
    at->times = !options->extremes ? TIMES_PLAIN : chance(at, 30) ? TIMES_NONE : below(at, TIMES);
    int units = 1 + below(at, options->unit_max);
    int resource_count = 1 + below(at, units < 3 ? units : 3);
    make_units(at, units, resource_count);
    int instances = options->instance_count ? options->instance_count : 2;
    for (int i = 0; i < instances; i++)
        make_instance(at, i, units);
    if (options->instance_count)
        make_alike(at, instances);
    if (chance(at, 10)) {
        at->instances[1].after = at->after;
        at->instances[1].after_count = 1;
    }
    hax_problem problem = { .resource_count = resource_count,
                            .resources = resources,
                            .unit_count = units,
                            .units = at->units,
                            .instance_count = instances == 2 && !chance(at, 90) ? 1 : instances,
                            .instances = at->instances,
                            .objective = (hax_objective) below(at, 4),
                            .max_transitions = chance(at, 25) ? below(at, 3) : -1 };
    hax_error err;
    if (problem.instance_count == 1)
        at->instances[0].after_count = 0;
    if (options->extremes && chance(at, 20))
        problem.objective = HAX_DEADLINE;
    if (options->extremes)
        tighten(at, &problem);
    hax_status status = hax_problem_copy(&problem, &made, &err);
    if (status == HAX_BAD_INPUT && options->extremes && problem.objective == HAX_THROUGHPUT) {
        problem.objective = HAX_SUM; /* an instance may end at 0 */
        status = hax_problem_copy(&problem, &made, &err);
    }
    if (status != HAX_OK)
        fprintf(stderr, "problem %lu: %s\n", number, err.message);
    free(at);
    return made;
}
