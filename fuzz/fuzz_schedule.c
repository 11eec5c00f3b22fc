/*
 * A tiny problem from any bytes: every byte is a choice. The search must not be behind the
 * exhaustive one over event waits; ahead of it only where units slow each other down, as only there
 * longer waits can pay, for any number of instances. One and two instances are always proven over
 * all schedules. The verifier and the tests' own evaluator accept every answer.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "brute.h"
#include "evaluator.h"
#include "haxconn/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNITS = 3, INSTANCES = 3, GROUPS = 2 };

typedef struct bytes {
    const uint8_t *data;
    size_t left;
} bytes;

/* 0 when there are no more. */
static int take(bytes *from, int bound)
{
    if (from->left == 0)
        return 0;
    from->left--;
    return *from->data++ % bound;
}

typedef struct tiny {
    hax_unit_spec units[UNITS];
    hax_cost costs[INSTANCES][GROUPS][UNITS];
    hax_entering entering[INSTANCES][GROUPS][UNITS][UNITS];
    hax_group_spec groups[INSTANCES][GROUPS];
    hax_instance_spec instances[INSTANCES];
    int after[INSTANCES];
} tiny;

static hax_cost some_cost(bytes *from)
{
    hax_cost cost = { .allowed = take(from, 5) != 4, .time_ms = take(from, 16) * 0.75 };
    cost.gbps = take(from, 60);
    cost.out_ms = take(from, 4) * 0.5;
    cost.in_ms = take(from, 4) * 0.25;
    cost.out_gbps = take(from, 3) * 20;
    cost.in_gbps = take(from, 3) * 20;
    return cost;
}

static void make_instance(tiny *tiny, bytes *from, int i, int units)
{
    static const char *const names[] = { "a", "b", "c" }, *const groups[] = { "g0", "g1" };
    int count = 1 + take(from, GROUPS);
    bool alike = i > 0 && take(from, 4) == 3;
    if (alike) {
        tiny->instances[i] = tiny->instances[i - 1];
    } else {
        for (int g = 0; g < count; g++) {
            for (int u = 0; u < units; u++)
                tiny->costs[i][g][u] = some_cost(from);
            tiny->costs[i][g][take(from, units)].allowed = true;
            tiny->groups[i][g] = (hax_group_spec){ groups[g], tiny->costs[i][g] };
        }
        tiny->instances[i] = (hax_instance_spec){ .group_count = count,
                                                  .groups = tiny->groups[i],
                                                  .weight = 1 + take(from, 3),
                                                  .deadline_ms = 1 + take(from, 30) };
    }
    tiny->instances[i].name = names[i];
    tiny->instances[i].after_count = i > 0 && take(from, 8) == 7;
    tiny->after[i] = i > 0 ? take(from, i) : 0;
    tiny->instances[i].after = &tiny->after[i];
}

/* 1 / T of what takes no time is infinite, and beside that nothing counts. */
static void lengthen(tiny *tiny)
{
    for (int i = 0; i < INSTANCES; i++)
        for (int g = 0; g < GROUPS; g++)
            for (int u = 0; u < UNITS; u++)
                tiny->costs[i][g][u].time_ms += 0.75;
}

/* Units of one kind, and costs of entering by the unit that was left. */
static void add_kinds(tiny *tiny, bytes *from, int units)
{
    static const char *const kinds[] = { NULL, "k0", "k1" };
    for (int u = 0; u < units; u++)
        tiny->units[u].kind = kinds[take(from, 3)];
    for (int place = 0; place < INSTANCES * GROUPS * units * units; place++) {
        const int i = place % INSTANCES, g = place / INSTANCES % GROUPS;
        const int to = place / INSTANCES / GROUPS % units,
                  left = place / INSTANCES / GROUPS / units;
        hax_cost *cost = &tiny->costs[i][g][to];
        cost->entering = tiny->entering[i][g][to];
        if (left != to && take(from, 2))
            tiny->entering[i][g][to][cost->entering_count++] =
                (hax_entering){ left, take(from, 4) * 0.5, take(from, 3) * 20 };
    }
}

static const hax_problem *make_problem(bytes *from)
{
    static const char *const names[] = { "u0", "u1", "u2" };
    static const char *const resources[] = { "r0", "r1" };
    tiny result = { 0 };
    const hax_problem *problem = NULL;
    int units = 1 + take(from, UNITS), count = 1 + take(from, INSTANCES);
    for (int u = 0; u < units; u++) { /* in an order that no layout of the structure changes */
        const uint32_t uses = 1U + (uint32_t) take(from, 3);
        const bool slows = take(from, 2) != 0;
        const double per_gbps = take(from, 8) * 0.01;
        const int max_pieces = take(from, 6) == 5 ? 1 + take(from, 2) : -1;
        result.units[u] = (hax_unit_spec){
            .name = names[u],
            .resources = uses,
            .max_pieces = max_pieces,
            .slowdown = { .kind = slows ? HAX_SLOWDOWN_LINEAR : HAX_SLOWDOWN_NONE,
                          .per_gbps = per_gbps },
        };
    }
    for (int i = 0; i < count; i++)
        make_instance(&result, from, i, units);
    const hax_objective objective = (hax_objective) take(from, 4);
    if (objective == HAX_THROUGHPUT)
        lengthen(&result);
    const int max_transitions = take(from, 5) - 1;
    add_kinds(&result, from, units);
    const hax_problem drafted = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = units,
                                  .units = result.units,
                                  .instance_count = count,
                                  .instances = result.instances,
                                  .objective = objective,
                                  .max_transitions = max_transitions };
    return hax_problem_copy(&drafted, &problem, NULL) == HAX_OK ? problem : NULL;
}

static bool close_to(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-6 * fmax(1, fabs(b));
}

static bool slows_down(const hax_problem *problem)
{
    for (int u = 0; u < problem->unit_count; u++)
        if (problem->units[u].slowdown.kind != HAX_SLOWDOWN_NONE)
            return true;
    return false;
}

static bool is_right(const hax_problem *problem, const hax_schedule *schedule, double best)
{
    char why[EVALUATOR_WHY_BYTES];
    bool most = problem->objective == HAX_THROUGHPUT;
    bool behind = most ? schedule->value < best : schedule->value > best;
    bool proven = schedule->proof == HAX_PROOF_ALL;
    if (!close_to(schedule->value, best) && (behind || !slows_down(problem)))
        return false;
    return proven == (schedule->gap == 0) && (proven || problem->instance_count > 2) &&
           hax_schedule_verify(problem, schedule, NULL) == HAX_OK &&
           evaluator_agrees(problem, schedule, why);
}

static void compare(const hax_problem *problem)
{
    const hax_schedule *schedule = NULL;
    double best = brute_best(problem);
    bool none = problem->objective == HAX_THROUGHPUT ? best == 0 : isinf(best) && best > 0;
    hax_status status = hax_solve(problem, NULL, &schedule, NULL);
    if (none ? status != HAX_INFEASIBLE : status != HAX_OK)
        abort();
    if (!none && !is_right(problem, schedule, best))
        abort();
    hax_schedule_destroy(schedule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes from = { data, size };
    const hax_problem *problem = make_problem(&from);
    if (problem)
        compare(problem);
    hax_problem_destroy(problem);
    return 0;
}
