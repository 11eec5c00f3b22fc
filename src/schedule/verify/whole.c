/*
 * Plain deployments from their definitions, which are simple enough to be tried out:
 *   serial       all networks, whole, one after the other on the unit where that is best
 *   per-network  each network whole on one unit, the best of all mappings and orders
 *   all-cores    as serial, on the unit that holds the resources of all others
 * Orders are tried for up to five networks; latency on one unit has no order to choose.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verify/verify.h"

const char *const hax_verify_plain[HAX_VERIFY_PLAIN] = { "serial", "per-network", "all-cores" };

/* As many as the baseline tries before it takes the best so far, and fewer: beyond, its value need
 * not be the best of its kind, and is only replayed. */
enum { ORDERED_MAX = 5, TRIED_MAX = 1000, TRIED_GROUPS_MAX = 20000 };

typedef struct trial {
    hax_verifier *of;
    const hax_problem *problem;
    double *alone_ms; /* [instance * units + unit]: whole, INFINITY where it may not run */
    int *units;       /* [instance] */
    int *order;
    bool *placed;
    hax_verify_plan plan;
    hax_verify_whole *best;
    hax_status (*try_order)(struct trial *);
} trial;

static double alone_ms(const trial *at, int instance, int unit)
{
    return at->alone_ms[instance * at->problem->unit_count + unit];
}

static void keep(trial *at, double value, double round_ms)
{
    if (!at->best->exists || hax_verify_better(at->problem, value, at->best->value, 0)) {
        at->best->value = value;
        at->best->round_ms = round_ms;
    }
    at->best->exists = true;
}

/* ---- orders ---- */

static bool may_follow(const trial *at, int i)
{
    const hax_instance_spec *spec = &at->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (!at->placed[spec->after[a]])
            return false;
    return !at->placed[i];
}

static hax_status try_orders(trial *at, int count)
{
    if (count == at->problem->instance_count)
        return at->try_order(at);
    for (int i = 0; i < at->problem->instance_count; i++) {
        if (!may_follow(at, i))
            continue;
        at->placed[i] = true;
        at->order[count] = i;
        hax_status status = try_orders(at, count + 1);
        at->placed[i] = false;
        HAX_TRY(status);
    }
    return HAX_OK;
}

static int pieces_left(const hax_problem *problem, int unit)
{
    int most = problem->units[unit].max_pieces;
    return most < 0 ? problem->instance_count : most;
}

/* ---- one unit: nothing runs beside anything ---- */

static hax_status add_up(trial *at)
{
    double now_ms = 0, largest = -INFINITY, sum = 0;
    for (int o = 0; o < at->problem->instance_count; o++) {
        const hax_instance_spec *spec = &at->problem->instances[at->order[o]];
        now_ms += alone_ms(at, at->order[o], at->units[0]);
        largest = fmax(largest, now_ms - spec->deadline_ms);
        sum += at->problem->objective == HAX_THROUGHPUT ? 1 / now_ms : spec->weight * now_ms;
    }
    keep(at,
         at->problem->objective == HAX_LATENCY    ? now_ms
         : at->problem->objective == HAX_DEADLINE ? largest
                                                  : sum,
         now_ms);
    return HAX_OK;
}

static hax_status try_unit(trial *at, int unit)
{
    int count = at->problem->instance_count;
    double sum_ms = 0;
    for (int i = 0; i < count; i++)
        sum_ms += alone_ms(at, i, unit);
    if (isinf(sum_ms) || pieces_left(at->problem, unit) < count)
        return HAX_OK;
    at->units[0] = unit;
    if (count <= ORDERED_MAX)
        return try_orders(at, 0);
    at->best->known = at->problem->objective == HAX_LATENCY;
    keep(at, sum_ms, sum_ms);
    return HAX_OK;
}

static bool holds_all(const hax_problem *problem, int unit)
{
    uint32_t all = 0;
    for (int u = 0; u < problem->unit_count; u++)
        all |= problem->units[u].resources;
    return problem->unit_count > 1 && problem->units[unit].resources == all;
}

static hax_status try_serial(trial *at, bool widest_only)
{
    at->best->sure = at->best->known = true;
    at->try_order = add_up;
    for (int u = 0; u < at->problem->unit_count; u++) {
        bool widest = holds_all(at->problem, u);
        if (!widest_only || widest)
            HAX_TRY(try_unit(at, u));
        if (widest_only && widest) /* of several the first */
            break;
    }
    return HAX_OK;
}

/* ---- a unit for each network ---- */

static hax_status replay_mapping(trial *at)
{
    hax_verify_plan *plan = &at->plan;
    plan->job_count = 0;
    for (int o = 0; o < at->problem->instance_count; o++) {
        int i = at->order[o];
        for (int g = 0; g < at->problem->instances[i].group_count; g++) {
            int j = plan->job_count++;
            plan->jobs[j] =
                (hax_job){ .unit = at->units[i], .instance = i, .group = g, .after = -1 };
            plan->list[j] = j;
            *hax_verify_job(plan, i, g, HAX_PART_RUN) = j;
        }
    }
    HAX_TRY(hax_verify_replay(at->of, plan));
    keep(at, plan->value, plan->round_ms);
    return HAX_OK;
}

static hax_status try_mappings(trial *at, int instance)
{
    if (instance == at->problem->instance_count)
        return try_orders(at, 0);
    for (int u = 0; u < at->problem->unit_count; u++) {
        int others = 0;
        for (int i = 0; i < instance; i++)
            others += at->units[i] == u;
        if (isinf(alone_ms(at, instance, u)) || others >= pieces_left(at->problem, u))
            continue;
        at->units[instance] = u;
        HAX_TRY(try_mappings(at, instance + 1));
    }
    return HAX_OK;
}

/* How many mappings in how many orders there are; false where one network fits nowhere. */
static bool count_ways(const trial *at, double *ways, bool *limited)
{
    *ways = 1;
    *limited = false;
    for (int i = 0; i < at->problem->instance_count; i++) {
        int units = 0;
        for (int u = 0; u < at->problem->unit_count; u++) {
            units += !isinf(alone_ms(at, i, u));
            *limited = *limited || at->problem->units[u].max_pieces >= 0;
        }
        *ways *= units * (i + 1.0);
        if (units == 0)
            return false;
    }
    return true;
}

static hax_status try_per_network(trial *at)
{
    double ways;
    bool limited, possible = count_ways(at, &ways, &limited);
    double groups = hax_verify_group_count(at->problem);
    at->try_order = replay_mapping;
    at->best->known = possible && at->problem->instance_count <= ORDERED_MAX && ways <= TRIED_MAX &&
                      ways * groups <= TRIED_GROUPS_MAX;
    at->best->sure = at->best->known || !possible || !limited;
    at->best->exists = !at->best->known && possible && !limited;
    return at->best->known ? try_mappings(at, 0) : HAX_OK;
}

/* ---- all three ---- */

static void fill_alone(trial *at)
{
    const hax_problem *problem = at->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++) {
                const hax_cost *cost = &problem->instances[i].groups[g].on[u];
                at->alone_ms[i * problem->unit_count + u] +=
                    cost->allowed ? cost->time_ms : INFINITY;
            }
}

static hax_status open_trial(trial *at, hax_verifier *of)
{
    size_t count = (size_t) of->problem->instance_count;
    *at = (trial){ .of = of, .problem = of->problem };
    at->alone_ms = calloc(count * (size_t) of->problem->unit_count, sizeof *at->alone_ms);
    at->units = calloc(count, sizeof *at->units);
    at->order = calloc(count, sizeof *at->order);
    at->placed = calloc(count, sizeof *at->placed);
    if (!at->alone_ms || !at->units || !at->order || !at->placed)
        return hax_fail_memory(of->err, "a schedule's check");
    HAX_TRY(
        hax_verify_plan_open(&at->plan, of->problem, hax_verify_group_count(of->problem), of->err));
    memset(at->plan.index, -1,
           3 * (size_t) hax_verify_group_count(of->problem) * sizeof *at->plan.index);
    fill_alone(at);
    return HAX_OK;
}

hax_status hax_verify_whole_networks(hax_verifier *of, hax_verify_whole best[HAX_VERIFY_PLAIN])
{
    trial at;
    memset(best, 0, HAX_VERIFY_PLAIN * sizeof *best);
    hax_status status = open_trial(&at, of);
    for (int p = 0; status == HAX_OK && p < HAX_VERIFY_PLAIN; p++) {
        at.best = &best[p];
        status = p == HAX_VERIFY_PER_NETWORK ? try_per_network(&at)
                                             : try_serial(&at, p == HAX_VERIFY_ALL_CORES);
    }
    free(at.alone_ms);
    free(at.units);
    free(at.order);
    free(at.placed);
    hax_verify_plan_close(&at.plan);
    return status;
}
