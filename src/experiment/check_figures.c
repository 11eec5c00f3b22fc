/* The check's figures: predictions beside what was measured. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "haxconn/schedule.h"
#include "statistics.h"

static const double memory_bound = 1.05; /* slowdown from which a group counts as such */

/* ---- times ----------------------------------------------------------------------------------- */

static hax_status median_of(const hax_check_run *run, const double *values, double *median,
                            hax_error *err)
{
    double *copy = hax_arena_alloc(run->arena, (size_t) run->capacity, sizeof *copy);
    if (!copy)
        return hax_fail_memory(err, "a check");
    memcpy(copy, values, (size_t) run->capacity * sizeof *copy);
    *median = hax_summarise(copy, (size_t) run->capacity).median;
    return HAX_OK;
}

/* The network alone on the unit; NULL when it was not run there. */
static const hax_check_item *find_alone(const hax_check_run *run, int network, int unit)
{
    for (int i = 0; i < run->item_count; i++) {
        const hax_check_item *one = &run->items[i];
        if (one->networks[0] == network && one->networks[1] < 0 && one->work < 0 &&
            one->units[0] == unit)
            return one;
    }
    return NULL;
}

/* Median over rounds of a job's time against the group's alone on the same unit in the same round.
 */
static hax_status slowdown_of(const hax_check_run *run, const hax_check_item *item, int job,
                              int network, int group, int unit, double *slowdown, hax_error *err)
{
    double *ratios = hax_arena_alloc(run->arena, (size_t) run->capacity, sizeof *ratios);
    if (!ratios)
        return hax_fail_memory(err, "a check");
    for (int r = 0; r < run->capacity; r++) {
        int here = unit >= 0 ? unit : hax_check_unit(run, item, r);
        double alone_ms = hax_check_series(run, find_alone(run, network, here), group)[r];
        ratios[r] = alone_ms > 0 ? hax_check_series(run, item, job)[r] / alone_ms : 1;
    }
    *slowdown = hax_summarise(ratios, (size_t) run->capacity).median;
    return HAX_OK;
}

/* ---- groups beside pressure ------------------------------------------------------------------ */

static double own_gbps(const hax_group_cost *cost)
{
    return cost->own_gbps > 0 ? cost->own_gbps : cost->gbps;
}

static hax_status judge_pressed(const hax_check_run *run, const hax_check_item *item,
                                hax_contention_check *check, hax_checked_group *groups,
                                hax_error *err)
{
    int unit = item->units[0], network = item->networks[0];
    const hax_contention_fit *fit = run->profile->contention[unit].fit;
    double external_gbps;
    if (!fit) /* what moves nothing cannot be pressed */
        return HAX_OK;
    HAX_TRY(median_of(run, item->gbps, &external_gbps, err));
    for (int g = 0; g < hax_check_jobs(run, item); g++) {
        const hax_group_cost *cost = &run->profile->networks[network].cost[g][unit];
        hax_checked_group *one = &groups[check->group_count++];
        *one = (hax_checked_group){
            .network = network,
            .group = g,
            .unit = unit,
            .beside = -1,
            .external_gbps = external_gbps,
            .predicted =
                hax_slowdown_value(hax_contention_fit_slowdown(fit), own_gbps(cost), external_gbps),
        };
        HAX_TRY(slowdown_of(run, item, g, network, g, -1, &one->measured, err));
    }
    return HAX_OK;
}

/* ---- networks beside networks ---------------------------------------------------------------- */

/* Times of a network alone on a unit, as an instance of a problem whose unit `side` it is. Medians
 * of parts add up to less than the median of the whole where times have a tail, so they are scaled
 * to it. */
static hax_status fill_instance(const hax_check_run *run, int network, int unit, int side,
                                hax_instance_spec *instance, hax_error *err)
{
    const hax_check_item *alone = find_alone(run, network, unit);
    int count = hax_check_jobs(run, alone);
    hax_group_spec *groups = hax_arena_alloc(run->arena, (size_t) count, sizeof *groups);
    hax_cost *costs = hax_arena_alloc(run->arena, 2 * (size_t) count, sizeof *costs);
    if (!groups || !costs)
        return hax_fail_memory(err, "a check");
    double whole_ms, sum_ms = 0;
    HAX_TRY(median_of(run, hax_check_series(run, alone, count), &whole_ms, err));
    for (int g = 0; g < count; g++) {
        const hax_group_cost *cost = &run->profile->networks[network].cost[g][unit];
        hax_cost *own = &costs[2 * g + side];
        *own = (hax_cost){ .allowed = true, .gbps = cost->gbps, .own_gbps = cost->own_gbps };
        HAX_TRY(median_of(run, hax_check_series(run, alone, g), &own->time_ms, err));
        sum_ms += own->time_ms;
        groups[g] = (hax_group_spec){ "group", costs + 2 * (size_t) g };
    }
    for (int g = 0; g < count && sum_ms > 0; g++)
        costs[2 * g + side].time_ms *= whole_ms / sum_ms;
    *instance = (hax_instance_spec){ .name = side ? "second" : "first",
                                     .group_count = count,
                                     .groups = groups,
                                     .weight = 1,
                                     .deadline_ms = INFINITY };
    return HAX_OK;
}

/* Two networks at once by the evaluator. */
static hax_status predict(const hax_check_run *run, const hax_check_item *item,
                          bool ignore_contention, const hax_schedule **schedule, hax_error *err)
{
    static const char *const resources[] = { "first", "second" };
    static const int own_unit[] = { 0, 1 };
    hax_unit_spec units[2];
    hax_instance_spec instances[2];
    for (int side = 0; side < 2; side++) {
        int unit = item->units[side];
        const hax_slowdown *function =
            hax_unit_contention_slowdown(&run->profile->contention[unit]);
        units[side] = (hax_unit_spec){ .name = run->config->platform->units[unit].name,
                                       .resources = 1U << side,
                                       .max_pieces = -1 };
        if (!ignore_contention && function)
            units[side].slowdown = *function;
        HAX_TRY(fill_instance(run, item->networks[side], unit, side, &instances[side], err));
    }
    const hax_problem problem = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = 2,
                                  .units = units,
                                  .instance_count = 2,
                                  .instances = instances,
                                  .max_transitions = -1 };
    return hax_schedule_whole(&problem, "pair", own_unit, NULL, schedule, err);
}

static double predicted_slowdown(const hax_schedule *schedule, int instance, int group)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].instance == instance && schedule->jobs[j].group == group)
            return schedule->jobs[j].slowdown;
    return 1;
}

static hax_status judge_beside(const hax_check_run *run, const hax_check_item *item,
                               const hax_schedule *schedule, hax_contention_check *check,
                               hax_checked_group *groups, hax_error *err)
{
    int job = 0;
    for (int side = 0; side < 2; side++) {
        int count = run->config->networks[item->networks[side]].grouping->count;
        for (int g = 0; g < count; g++, job++) {
            hax_checked_group *one = &groups[check->group_count++];
            *one = (hax_checked_group){ .network = item->networks[side],
                                        .group = g,
                                        .unit = item->units[side],
                                        .beside = item->networks[1 - side],
                                        .predicted = predicted_slowdown(schedule, side, g) };
            HAX_TRY(slowdown_of(run, item, job, one->network, g, one->unit, &one->measured, err));
        }
    }
    return HAX_OK;
}

static hax_status judge_pair(const hax_check_run *run, const hax_check_item *item,
                             hax_contention_check *check, hax_checked_group *groups,
                             hax_checked_round *round, hax_error *err)
{
    const hax_schedule *with_contention, *without_contention;
    *round = (hax_checked_round){ .networks = { item->networks[0], item->networks[1] },
                                  .units = { item->units[0], item->units[1] } };
    HAX_TRY(median_of(run, hax_check_series(run, item, hax_check_jobs(run, item)),
                      &round->measured_ms, err));
    HAX_TRY(predict(run, item, true, &without_contention, err));
    round->uncontended_ms = hax_schedule_round_ms(without_contention);
    hax_schedule_destroy(without_contention);
    HAX_TRY(predict(run, item, false, &with_contention, err));
    round->predicted_ms = hax_schedule_round_ms(with_contention);
    hax_status status = judge_beside(run, item, with_contention, check, groups, err);
    hax_schedule_destroy(with_contention);
    return status;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Median and 95th percentile of both errors; sorts what it is given. */
static hax_check_error summarise(double *with_model, double *without_model, int count)
{
    if (count == 0)
        return (hax_check_error){ 0 };
    hax_summary with = hax_summarise(with_model, (size_t) count);
    hax_summary without = hax_summarise(without_model, (size_t) count);
    return (hax_check_error){ count, with.median, with.p95, without.median, without.p95 };
}

/* Does the figure count the group? */
static bool counts(hax_checked what, const hax_checked_group *group)
{
    bool bound = what == HAX_CHECKED_PRESSED_BOUND || what == HAX_CHECKED_BESIDE_BOUND;
    bool beside = what == HAX_CHECKED_BESIDE || what == HAX_CHECKED_BESIDE_BOUND;
    return beside == (group->beside >= 0) &&
           (!bound || fmax(group->predicted, group->measured) >= memory_bound);
}

static hax_status summarise_all(const hax_check_run *run, hax_contention_check *check,
                                hax_error *err)
{
    size_t most = (size_t) (check->group_count + check->round_count + 1);
    double *with_model = hax_arena_alloc(run->arena, most, sizeof *with_model);
    double *without_model = hax_arena_alloc(run->arena, most, sizeof *without_model);
    if (!with_model || !without_model)
        return hax_fail_memory(err, "a check");
    for (int what = 0; what < HAX_CHECKED_ROUNDS; what++) {
        int count = 0;
        for (int g = 0; g < check->group_count; g++) {
            const hax_checked_group *group = &check->groups[g];
            if (!counts((hax_checked) what, group))
                continue;
            with_model[count] = fabs(group->predicted - group->measured) / group->measured;
            without_model[count++] = fabs(1 - group->measured) / group->measured;
        }
        check->errors[what] = summarise(with_model, without_model, count);
    }
    for (int r = 0; r < check->round_count; r++) {
        const hax_checked_round *round = &check->rounds[r];
        with_model[r] = fabs(round->predicted_ms - round->measured_ms) / round->measured_ms;
        without_model[r] = fabs(round->uncontended_ms - round->measured_ms) / round->measured_ms;
    }
    check->errors[HAX_CHECKED_ROUNDS] = summarise(with_model, without_model, check->round_count);
    return HAX_OK;
}

hax_status hax_check_judge(const hax_check_run *run, hax_contention_check *check, hax_error *err)
{
    int group_total = 0;
    for (int i = 0; i < run->item_count; i++)
        group_total += hax_check_jobs(run, &run->items[i]);
    hax_checked_group *groups = hax_arena_alloc(run->arena, (size_t) group_total, sizeof *groups);
    hax_checked_round *rounds =
        hax_arena_alloc(run->arena, (size_t) run->item_count, sizeof *rounds);
    if (!groups || !rounds)
        return hax_fail_memory(err, "a check");
    check->groups = groups;
    check->rounds = rounds;
    for (int i = 0; i < run->item_count && run->profile->contention; i++) {
        const hax_check_item *item = &run->items[i];
        if (item->networks[1] >= 0)
            HAX_TRY(judge_pair(run, item, check, groups, &rounds[check->round_count++], err));
        else if (item->work >= 0)
            HAX_TRY(judge_pressed(run, item, check, groups, err));
    }
    return summarise_all(run, check, err);
}
