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

#include "verify.h"

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

static double alone_ms(const trial *trying, int instance, int unit)
{
    return trying->alone_ms[instance * trying->problem->unit_count + unit];
}

static void keep(trial *trying, double value, double round_ms)
{
    if (!trying->best->exists ||
        hax_verify_better(trying->problem, value, trying->best->value, 0)) {
        trying->best->value = value;
        trying->best->round_ms = round_ms;
    }
    trying->best->exists = true;
}

/* ---- orders ---- */

static bool may_follow(const trial *trying, int i)
{
    const hax_instance_spec *spec = &trying->problem->instances[i];
    for (int a = 0; a < spec->after_count; a++)
        if (!trying->placed[spec->after[a]])
            return false;
    return !trying->placed[i];
}

static hax_status try_orders(trial *trying, int count)
{
    if (count == trying->problem->instance_count)
        return trying->try_order(trying);
    for (int i = 0; i < trying->problem->instance_count; i++) {
        if (!may_follow(trying, i))
            continue;
        trying->placed[i] = true;
        trying->order[count] = i;
        hax_status status = try_orders(trying, count + 1);
        trying->placed[i] = false;
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

static hax_status add_up(trial *trying)
{
    double now_ms = 0, largest = -INFINITY, sum = 0;
    for (int o = 0; o < trying->problem->instance_count; o++) {
        const hax_instance_spec *spec = &trying->problem->instances[trying->order[o]];
        now_ms += alone_ms(trying, trying->order[o], trying->units[0]);
        largest = fmax(largest, now_ms - spec->deadline_ms);
        sum += trying->problem->objective == HAX_THROUGHPUT ? 1 / now_ms : spec->weight * now_ms;
    }
    keep(trying,
         trying->problem->objective == HAX_LATENCY    ? now_ms
         : trying->problem->objective == HAX_DEADLINE ? largest
                                                      : sum,
         now_ms);
    return HAX_OK;
}

static hax_status try_unit(trial *trying, int unit)
{
    int count = trying->problem->instance_count;
    double sum_ms = 0;
    for (int i = 0; i < count; i++)
        sum_ms += alone_ms(trying, i, unit);
    if (isinf(sum_ms) || pieces_left(trying->problem, unit) < count)
        return HAX_OK;
    trying->units[0] = unit;
    if (count <= ORDERED_MAX)
        return try_orders(trying, 0);
    trying->best->known = trying->problem->objective == HAX_LATENCY;
    keep(trying, sum_ms, sum_ms);
    return HAX_OK;
}

static bool holds_all(const hax_problem *problem, int unit)
{
    uint32_t all = 0;
    for (int u = 0; u < problem->unit_count; u++)
        all |= problem->units[u].resources;
    return problem->unit_count > 1 && problem->units[unit].resources == all;
}

static hax_status try_serial(trial *trying, bool widest_only)
{
    trying->best->sure = trying->best->known = true;
    trying->try_order = add_up;
    for (int u = 0; u < trying->problem->unit_count; u++) {
        bool widest = holds_all(trying->problem, u);
        if (!widest_only || widest)
            HAX_TRY(try_unit(trying, u));
        if (widest_only && widest) /* of several the first */
            break;
    }
    return HAX_OK;
}

/* ---- a unit for each network ---- */

static hax_status replay_mapping(trial *trying)
{
    hax_verify_plan *plan = &trying->plan;
    plan->job_count = 0;
    for (int o = 0; o < trying->problem->instance_count; o++) {
        int i = trying->order[o];
        for (int g = 0; g < trying->problem->instances[i].group_count; g++) {
            int j = plan->job_count++;
            plan->jobs[j] =
                (hax_job){ .unit = trying->units[i], .instance = i, .group = g, .after = -1 };
            plan->list[j] = j;
            *hax_verify_job(plan, i, g, HAX_PART_RUN) = j;
        }
    }
    HAX_TRY(hax_verify_replay(trying->of, plan));
    keep(trying, plan->value, plan->round_ms);
    return HAX_OK;
}

static hax_status try_mappings(trial *trying, int instance)
{
    if (instance == trying->problem->instance_count)
        return try_orders(trying, 0);
    for (int u = 0; u < trying->problem->unit_count; u++) {
        int others = 0;
        for (int i = 0; i < instance; i++)
            others += trying->units[i] == u;
        if (isinf(alone_ms(trying, instance, u)) || others >= pieces_left(trying->problem, u))
            continue;
        trying->units[instance] = u;
        HAX_TRY(try_mappings(trying, instance + 1));
    }
    return HAX_OK;
}

/* How many mappings in how many orders there are; false where one network fits nowhere. */
static bool count_ways(const trial *trying, double *ways, bool *limited)
{
    *ways = 1;
    *limited = false;
    for (int i = 0; i < trying->problem->instance_count; i++) {
        int units = 0;
        for (int u = 0; u < trying->problem->unit_count; u++) {
            units += !isinf(alone_ms(trying, i, u));
            *limited = *limited || trying->problem->units[u].max_pieces >= 0;
        }
        *ways *= units * (i + 1.0);
        if (units == 0)
            return false;
    }
    return true;
}

static hax_status try_per_network(trial *trying)
{
    double ways;
    bool limited, possible = count_ways(trying, &ways, &limited);
    double groups = hax_verify_group_count(trying->problem);
    trying->try_order = replay_mapping;
    trying->best->known = possible && trying->problem->instance_count <= ORDERED_MAX &&
                          ways <= TRIED_MAX && ways * groups <= TRIED_GROUPS_MAX;
    trying->best->sure = trying->best->known || !possible || !limited;
    trying->best->exists = !trying->best->known && possible && !limited;
    return trying->best->known ? try_mappings(trying, 0) : HAX_OK;
}

/* ---- all three ---- */

static void fill_alone(trial *trying)
{
    const hax_problem *problem = trying->problem;
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 0; g < problem->instances[i].group_count; g++)
            for (int u = 0; u < problem->unit_count; u++) {
                const hax_cost *cost = &problem->instances[i].groups[g].on[u];
                trying->alone_ms[i * problem->unit_count + u] +=
                    cost->allowed ? cost->time_ms : INFINITY;
            }
}

static hax_status open_trial(trial *trying, hax_verifier *verifier)
{
    size_t count = (size_t) verifier->problem->instance_count;
    *trying = (trial){ .of = verifier, .problem = verifier->problem };
    trying->alone_ms =
        calloc(count * (size_t) verifier->problem->unit_count, sizeof *trying->alone_ms);
    trying->units = calloc(count, sizeof *trying->units);
    trying->order = calloc(count, sizeof *trying->order);
    trying->placed = calloc(count, sizeof *trying->placed);
    if (!trying->alone_ms || !trying->units || !trying->order || !trying->placed)
        return hax_fail_memory(verifier->err, "a schedule's check");
    HAX_TRY(hax_verify_plan_open(&trying->plan, verifier->problem,
                                 hax_verify_group_count(verifier->problem), verifier->err));
    memset(trying->plan.index, -1,
           3 * (size_t) hax_verify_group_count(verifier->problem) * sizeof *trying->plan.index);
    fill_alone(trying);
    return HAX_OK;
}

hax_status hax_verify_whole_networks(hax_verifier *verifier,
                                     hax_verify_whole best[HAX_VERIFY_PLAIN])
{
    trial context;
    memset(best, 0, HAX_VERIFY_PLAIN * sizeof *best);
    hax_status status = open_trial(&context, verifier);
    for (int p = 0; status == HAX_OK && p < HAX_VERIFY_PLAIN; p++) {
        context.best = &best[p];
        status = p == HAX_VERIFY_PER_NETWORK ? try_per_network(&context)
                                             : try_serial(&context, p == HAX_VERIFY_ALL_CORES);
    }
    free(context.alone_ms);
    free(context.units);
    free(context.order);
    free(context.placed);
    hax_verify_plan_close(&context.plan);
    return status;
}
