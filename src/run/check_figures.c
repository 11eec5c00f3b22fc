/* The check's figures: predictions beside what was measured. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "haxconn/schedule.h"
#include "statistics.h"

static const double memory_bound = 1.05; /* slowdown from which a group counts as such */

/* ---- times ------------------------------------------------------------------------------------
 */

static hax_status median_of(const checking *at, const double *values, double *median,
                            hax_error *err)
{
    double *copy = hax_arena_alloc(at->arena, (size_t) at->room, sizeof *copy);
    if (!copy)
        return hax_fail_memory(err, "a check");
    memcpy(copy, values, (size_t) at->room * sizeof *copy);
    *median = hax_summarise(copy, (size_t) at->room).median;
    return HAX_OK;
}

/* The network alone on the unit; NULL when it was not run there. */
static const check_item *find_alone(const checking *at, int network, int unit)
{
    for (int i = 0; i < at->item_count; i++) {
        const check_item *one = &at->items[i];
        if (one->networks[0] == network && one->networks[1] < 0 && one->work < 0 &&
            one->units[0] == unit)
            return one;
    }
    return NULL;
}

/* Median over rounds of a job's time against the group's alone on the same unit in the same round.
 */
static hax_status slowdown_of(const checking *at, const check_item *of, int job, int network,
                              int group, int unit, double *slowdown, hax_error *err)
{
    double *ratios = hax_arena_alloc(at->arena, (size_t) at->room, sizeof *ratios);
    if (!ratios)
        return hax_fail_memory(err, "a check");
    for (int r = 0; r < at->room; r++) {
        int here = unit >= 0 ? unit : check_unit(at, of, r);
        double alone_ms = check_series(at, find_alone(at, network, here), group)[r];
        ratios[r] = alone_ms > 0 ? check_series(at, of, job)[r] / alone_ms : 1;
    }
    *slowdown = hax_summarise(ratios, (size_t) at->room).median;
    return HAX_OK;
}

/* ---- groups beside pressure --------------------------------------------------------------------
 */

static double own_gbps(const hax_group_cost *cost)
{
    return cost->own_gbps > 0 ? cost->own_gbps : cost->gbps;
}

static hax_status judge_pressed(const checking *at, const check_item *of,
                                hax_contention_check *made, hax_checked_group *groups,
                                hax_error *err)
{
    int unit = of->units[0], network = of->networks[0];
    const hax_contention_fit *fit = at->profile->contention[unit].fit;
    double external_gbps;
    if (!fit) /* what moves nothing cannot be pressed */
        return HAX_OK;
    HAX_TRY(median_of(at, of->gbps, &external_gbps, err));
    for (int g = 0; g < check_jobs(at, of); g++) {
        const hax_group_cost *cost = &at->profile->networks[network].cost[g][unit];
        hax_checked_group *one = &groups[made->group_count++];
        *one = (hax_checked_group){
            .network = network,
            .group = g,
            .unit = unit,
            .beside = -1,
            .external_gbps = external_gbps,
            .predicted =
                hax_slowdown_value(hax_contention_fit_slowdown(fit), own_gbps(cost), external_gbps),
        };
        HAX_TRY(slowdown_of(at, of, g, network, g, -1, &one->measured, err));
    }
    return HAX_OK;
}

/* ---- networks beside networks ------------------------------------------------------------------
 */

/* Times of a network alone on a unit, as an instance of a problem whose unit `side` it is. Medians
 * of parts add up to less than the median of the whole where times have a tail, so they are scaled
 * to it. */
static hax_status fill_instance(const checking *at, int network, int unit, int side,
                                hax_instance_spec *instance, hax_error *err)
{
    const check_item *alone = find_alone(at, network, unit);
    int count = check_jobs(at, alone);
    hax_group_spec *groups = hax_arena_alloc(at->arena, (size_t) count, sizeof *groups);
    hax_cost *costs = hax_arena_alloc(at->arena, 2 * (size_t) count, sizeof *costs);
    if (!groups || !costs)
        return hax_fail_memory(err, "a check");
    double whole_ms, sum_ms = 0;
    HAX_TRY(median_of(at, check_series(at, alone, count), &whole_ms, err));
    for (int g = 0; g < count; g++) {
        const hax_group_cost *cost = &at->profile->networks[network].cost[g][unit];
        hax_cost *own = &costs[2 * g + side];
        *own = (hax_cost){ .allowed = true, .gbps = cost->gbps, .own_gbps = cost->own_gbps };
        HAX_TRY(median_of(at, check_series(at, alone, g), &own->time_ms, err));
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
static hax_status predict(const checking *at, const check_item *of, bool blind,
                          hax_schedule **schedule, hax_error *err)
{
    static const char *const resources[] = { "first", "second" };
    static const int own_unit[] = { 0, 1 };
    hax_unit_spec units[2];
    hax_instance_spec instances[2];
    for (int side = 0; side < 2; side++) {
        int unit = of->units[side];
        const hax_contention_fit *fit = at->profile->contention[unit].fit;
        units[side] = (hax_unit_spec){ .name = at->config->platform->units[unit].name,
                                       .resources = 1U << side,
                                       .max_pieces = -1 };
        if (!blind && fit)
            units[side].slowdown = *hax_contention_fit_slowdown(fit);
        HAX_TRY(fill_instance(at, of->networks[side], unit, side, &instances[side], err));
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

static double round_ms(const hax_schedule *schedule)
{
    return fmax(schedule->finish_ms[0], schedule->finish_ms[1]);
}

static double predicted_slowdown(const hax_schedule *schedule, int instance, int group)
{
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].instance == instance && schedule->jobs[j].group == group)
            return schedule->jobs[j].slowdown;
    return 1;
}

static hax_status judge_beside(const checking *at, const check_item *of,
                               const hax_schedule *schedule, hax_contention_check *made,
                               hax_checked_group *groups, hax_error *err)
{
    int job = 0;
    for (int side = 0; side < 2; side++) {
        int count = at->config->networks[of->networks[side]].grouping->count;
        for (int g = 0; g < count; g++, job++) {
            hax_checked_group *one = &groups[made->group_count++];
            *one = (hax_checked_group){ .network = of->networks[side],
                                        .group = g,
                                        .unit = of->units[side],
                                        .beside = of->networks[1 - side],
                                        .predicted = predicted_slowdown(schedule, side, g) };
            HAX_TRY(slowdown_of(at, of, job, one->network, g, one->unit, &one->measured, err));
        }
    }
    return HAX_OK;
}

static hax_status judge_pair(const checking *at, const check_item *of, hax_contention_check *made,
                             hax_checked_group *groups, hax_checked_round *round, hax_error *err)
{
    hax_schedule *seeing, *blind;
    *round = (hax_checked_round){ .networks = { of->networks[0], of->networks[1] },
                                  .units = { of->units[0], of->units[1] } };
    HAX_TRY(median_of(at, check_series(at, of, check_jobs(at, of)), &round->measured_ms, err));
    HAX_TRY(predict(at, of, true, &blind, err));
    round->blind_ms = round_ms(blind);
    hax_schedule_destroy(blind);
    HAX_TRY(predict(at, of, false, &seeing, err));
    round->predicted_ms = round_ms(seeing);
    hax_status status = judge_beside(at, of, seeing, made, groups, err);
    hax_schedule_destroy(seeing);
    return status;
}

/* ---- errors -------------------------------------------------------------------------------------
 */

/* Median and 95th percentile of both errors; sorts what it is given. */
static hax_check_error summarise(double *model, double *blind, int count)
{
    if (count == 0)
        return (hax_check_error){ 0 };
    hax_summary ours = hax_summarise(model, (size_t) count);
    hax_summary theirs = hax_summarise(blind, (size_t) count);
    return (hax_check_error){ count, ours.median, ours.p95, theirs.median, theirs.p95 };
}

/* Does the figure count the group? */
static bool counts(hax_checked what, const hax_checked_group *group)
{
    bool bound = what == HAX_CHECKED_PRESSED_BOUND || what == HAX_CHECKED_BESIDE_BOUND;
    bool beside = what == HAX_CHECKED_BESIDE || what == HAX_CHECKED_BESIDE_BOUND;
    return beside == (group->beside >= 0) &&
           (!bound || fmax(group->predicted, group->measured) >= memory_bound);
}

static hax_status summarise_all(const checking *at, hax_contention_check *made, hax_error *err)
{
    size_t most = (size_t) (made->group_count + made->round_count + 1);
    double *model = hax_arena_alloc(at->arena, most, sizeof *model);
    double *blind = hax_arena_alloc(at->arena, most, sizeof *blind);
    if (!model || !blind)
        return hax_fail_memory(err, "a check");
    for (int what = 0; what < HAX_CHECKED_ROUNDS; what++) {
        int count = 0;
        for (int g = 0; g < made->group_count; g++) {
            const hax_checked_group *of = &made->groups[g];
            if (!counts((hax_checked) what, of))
                continue;
            model[count] = fabs(of->predicted - of->measured) / of->measured;
            blind[count++] = fabs(1 - of->measured) / of->measured;
        }
        made->errors[what] = summarise(model, blind, count);
    }
    for (int r = 0; r < made->round_count; r++) {
        const hax_checked_round *of = &made->rounds[r];
        model[r] = fabs(of->predicted_ms - of->measured_ms) / of->measured_ms;
        blind[r] = fabs(of->blind_ms - of->measured_ms) / of->measured_ms;
    }
    made->errors[HAX_CHECKED_ROUNDS] = summarise(model, blind, made->round_count);
    return HAX_OK;
}

hax_status check_judge(const checking *at, hax_contention_check *made, hax_error *err)
{
    int group_total = 0;
    for (int i = 0; i < at->item_count; i++)
        group_total += check_jobs(at, &at->items[i]);
    hax_checked_group *groups = hax_arena_alloc(at->arena, (size_t) group_total, sizeof *groups);
    hax_checked_round *rounds = hax_arena_alloc(at->arena, (size_t) at->item_count, sizeof *rounds);
    if (!groups || !rounds)
        return hax_fail_memory(err, "a check");
    made->groups = groups;
    made->rounds = rounds;
    for (int i = 0; i < at->item_count && at->profile->contention; i++) {
        const check_item *of = &at->items[i];
        if (of->networks[1] >= 0)
            HAX_TRY(judge_pair(at, of, made, groups, &rounds[made->round_count++], err));
        else if (of->work >= 0)
            HAX_TRY(judge_pressed(at, of, made, groups, err));
    }
    return summarise_all(at, made, err);
}
