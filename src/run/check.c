/*
 * The contention model held against what happens: groups beside pressure that their demands were
 * not taken from, and whole networks beside each other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "haxconn/run.h"
#include "identity.h"
#include "pressure.h"
#include "random.h"
#include "session.h"
#include "statistics.h"
#include "turns.h"

enum {
    STEPS = 4,   /* of pressure: none, and these, of which the last two profiles have not seen */
    ROUNDS = 14, /* by default */
};

static const int steps[STEPS] = { -1, PRESSURE_STEPS - 1, PRESSURE_STEPS - 2, PRESSURE_STEPS - 4 };
static const double lead_ms = 5;
static const double memory_bound = 1.05; /* slowdown from which a group counts as such */

/* What takes turns: a network on a unit under one pressure, or two networks at once. */
typedef struct item {
    int networks[2]; /* the second -1: one alone or pressed */
    int units[2];
    int step;         /* index into steps */
    double *ms;       /* [group + 1][round]: each group's time; last the whole round's */
    double *pressure; /* [round] GB/s */
} item;

typedef struct checking {
    const hax_check_config *config;
    hax_arena *arena;
    hax_profile *profile;
    hax_session *session;
    hax_turns turns;
    int item_count;
    item *items;
    int *order;
    int rounds, room; /* counted, and that there is room for */
    hax_plan_job *jobs;
    hax_stamp *stamps;
} checking;

static const hax_profile_network *network_of(const checking *at, int network)
{
    return &at->config->networks[network];
}

static int groups_of(const checking *at, const item *of)
{
    int second = of->networks[1];
    return network_of(at, of->networks[0])->grouping->count +
           (second >= 0 ? network_of(at, second)->grouping->count : 0);
}

/* ---- what takes turns --------------------------------------------------------------------- */

static hax_status add_item(checking *at, const item *made, hax_error *err)
{
    item *one = &at->items[at->item_count++];
    *one = *made;
    size_t room = (size_t) at->room;
    one->ms = hax_arena_alloc(at->arena, (size_t) groups_of(at, one) + 1, room * sizeof(double));
    one->pressure = hax_arena_alloc(at->arena, room, sizeof(double));
    return one->ms && one->pressure ? HAX_OK : hax_fail_memory(err, "a check");
}

static bool pressed(const checking *at, int unit)
{
    const hax_platform *platform = at->config->platform;
    return hax_class_of(platform, unit) == unit && at->profile->contention &&
           at->profile->contention[unit].fit && !platform->units[unit].reference;
}

/* Pairs of units that can work at once, of different classes both ways, of one class once. */
static bool pairs(const checking *at, int a, int b)
{
    const hax_platform *platform = at->config->platform;
    const hax_unit *x = &platform->units[a], *y = &platform->units[b];
    return a != b && !x->reference && !y->reference && !(x->resources & y->resources) &&
           (x->class_id != y->class_id || a < b);
}

static hax_status list_items(checking *at, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    int networks = at->config->network_count, units = platform->unit_count;
    size_t most = (size_t) (networks * units * STEPS + networks * networks * units * units);
    at->items = hax_arena_alloc(at->arena, most + 1, sizeof *at->items);
    at->order = hax_arena_alloc(at->arena, most + 1, sizeof *at->order);
    if (!at->items || !at->order)
        return hax_fail_memory(err, "a check");
    for (int n = 0; n < networks; n++)
        for (int u = 0; u < units; u++)
            for (int s = 0; s < STEPS && pressed(at, u); s++)
                HAX_TRY(add_item(at, &(item){ { n, -1 }, { u, -1 }, s, NULL, NULL }, err));
    for (int n = 0; n < networks; n++)
        for (int m = n + 1; m < networks; m++)
            for (int a = 0; a < units; a++)
                for (int b = 0; b < units; b++)
                    if (pairs(at, a, b))
                        HAX_TRY(add_item(at, &(item){ { n, m }, { a, b }, 0, NULL, NULL }, err));
    if (at->item_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "no two units of platform '%s' work side by side: there is no contention "
                        "to check",
                        platform->name);
    for (int i = 0; i < at->item_count; i++)
        at->order[i] = i;
    return HAX_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static int fill_jobs(const checking *at, const item *of)
{
    int count = 0;
    for (int side = 0; side < 2 && of->networks[side] >= 0; side++)
        for (int g = 0; g < network_of(at, of->networks[side])->grouping->count; g++)
            at->jobs[count++] = (hax_plan_job){
                .unit = of->units[side], .instance = of->networks[side], .group = g, .after = -1
            };
    return count;
}

static hax_status run_item(checking *at, item *of, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    const hax_plan plan = { fill_jobs(at, of), at->jobs };
    hax_press press = hax_press_begin(lead_ms);
    if (steps[of->step] >= 0)
        pressure_add(platform, of->units[0], steps[of->step],
                     at->profile->contention[of->units[0]].traffic, &press);
    HAX_TRY(hax_session_press(at->session, &plan, &press, at->stamps, err));
    if (at->rounds < 0) /* warming up */
        return HAX_OK;
    const int64_t lead_ns = (int64_t) (lead_ms * 1e6);
    int64_t end_ns = lead_ns;
    for (int j = 0; j < plan.job_count; j++) {
        of->ms[(size_t) j * (size_t) at->room + (size_t) at->rounds] =
            (double) (at->stamps[j].end_ns - at->stamps[j].start_ns) * 1e-6;
        end_ns = at->stamps[j].end_ns > end_ns ? at->stamps[j].end_ns : end_ns;
    }
    of->ms[(size_t) plan.job_count * (size_t) at->room + (size_t) at->rounds] =
        (double) (end_ns - lead_ns) * 1e-6;
    if (of->step > 0)
        of->pressure[at->rounds] =
            pressure_moved(at->session, platform, of->units[0], lead_ns / 2, lead_ns);
    return HAX_OK;
}

static hax_status one_round(checking *at, hax_error *err)
{
    hax_random random = hax_random_fork(0, (uint64_t) (at->rounds + 1));
    hax_random_shuffle(&random, at->order, at->item_count);
    HAX_TRY(hax_turns_begin(&at->turns, at->config->watch, err));
    hax_status status = HAX_OK;
    for (int i = 0; i < at->item_count && status == HAX_OK; i++)
        status = run_item(at, &at->items[at->order[i]], err);
    hax_turns_end(&at->turns);
    at->rounds++;
    return status;
}

static hax_status run_rounds(checking *at, hax_error *err)
{
    const hax_watch *watch = at->config->watch;
    for (at->rounds = -1; at->rounds < at->room;) {
        double done = fmax(at->rounds, 0) / at->room;
        if (watch && watch->report)
            watch->report(watch->context, &(hax_progress){ "checking", done, -1 });
        HAX_TRY(one_round(at, err));
    }
    return HAX_OK;
}

static hax_status open_session(checking *at, hax_error *err)
{
    const hax_check_config *config = at->config;
    size_t count = (size_t) config->network_count;
    hax_session_instance *instances = hax_arena_alloc(at->arena, count, sizeof *instances);
    int jobs = 0;
    for (int n = 0; n < config->network_count; n++)
        jobs += config->networks[n].grouping->count;
    at->jobs = hax_arena_alloc(at->arena, (size_t) jobs, sizeof *at->jobs);
    at->stamps = hax_arena_alloc(at->arena, (size_t) jobs, sizeof *at->stamps);
    if (!instances || !at->jobs || !at->stamps)
        return hax_fail_memory(err, "a check");
    for (size_t n = 0; n < count; n++)
        instances[n] = (hax_session_instance){ config->networks[n].name, config->networks[n].model,
                                               config->networks[n].grouping };
    const hax_session_config with = { .platform = config->platform,
                                      .instance_count = config->network_count,
                                      .instances = instances,
                                      .traffic = true,
                                      .watch = config->watch };
    return hax_session_open(&with, &at->session, err);
}

/* ---- figures -----------------------------------------------------------------------------------
 */

static double median_of(const checking *at, const double *values)
{
    double *copy = hax_arena_alloc(at->arena, (size_t) at->room, sizeof *copy);
    if (!copy)
        return NAN;
    memcpy(copy, values, (size_t) at->room * sizeof *copy);
    return hax_summarise(copy, (size_t) at->room).median;
}

static double group_ms(const checking *at, const item *of, int group)
{
    return median_of(at, of->ms + (size_t) group * (size_t) at->room);
}

/* Median over rounds of a group's time against its time alone in the same round. */
static double slowdown_of(const checking *at, const item *of, const item *alone, int group)
{
    double *ratios = hax_arena_alloc(at->arena, (size_t) at->room, sizeof *ratios);
    if (!ratios)
        return NAN;
    for (int r = 0; r < at->room; r++) {
        size_t place = (size_t) group * (size_t) at->room + (size_t) r;
        ratios[r] = alone->ms[place] > 0 ? of->ms[place] / alone->ms[place] : 1;
    }
    return hax_summarise(ratios, (size_t) at->room).median;
}

static const item *find_alone(const checking *at, int network, int unit)
{
    int class_unit = hax_class_of(at->config->platform, unit);
    for (int i = 0; i < at->item_count; i++) {
        const item *one = &at->items[i];
        if (one->networks[0] == network && one->networks[1] < 0 && one->step == 0 &&
            one->units[0] == class_unit)
            return one;
    }
    return NULL;
}

static double own_gbps(const hax_group_cost *cost)
{
    return cost->own_gbps > 0 ? cost->own_gbps : cost->gbps;
}

static void check_groups(const checking *at, const item *of, hax_contention_check *made,
                         hax_checked_group *groups)
{
    int unit = of->units[0], network = of->networks[0];
    const item *alone = find_alone(at, network, unit);
    const hax_slowdown *function = hax_contention_fit_slowdown(at->profile->contention[unit].fit);
    double external = median_of(at, of->pressure);
    for (int g = 0; g < groups_of(at, of); g++) {
        const hax_group_cost *cost = &at->profile->networks[network].cost[g][unit];
        groups[made->group_count++] = (hax_checked_group){
            .network = network,
            .group = g,
            .unit = unit,
            .external_gbps = external,
            .predicted = hax_slowdown_value(function, own_gbps(cost), external),
            .measured = slowdown_of(at, of, alone, g),
        };
    }
}

/* A round of two networks by the evaluator, from times alone in the same rounds. */
static hax_status predict_round(const checking *at, const item *of, bool blind, double *ms,
                                hax_error *err)
{
    hax_unit_spec units[2];
    hax_instance_spec instances[2];
    const char *const resources[] = { "first", "second" };
    const hax_platform *platform = at->config->platform;
    for (int side = 0; side < 2; side++) {
        int unit = of->units[side], network = of->networks[side];
        const hax_unit_contention *contention = &at->profile->contention[unit];
        const item *alone = find_alone(at, network, unit);
        int count = network_of(at, network)->grouping->count;
        hax_group_spec *groups = hax_arena_alloc(at->arena, (size_t) count, sizeof *groups);
        hax_cost *costs = hax_arena_alloc(at->arena, 2 * (size_t) count, sizeof *costs);
        if (!groups || !costs || !alone)
            return hax_fail_memory(err, "a check");
        for (int g = 0; g < count; g++) {
            const hax_group_cost *cost = &at->profile->networks[network].cost[g][unit];
            costs[2 * g + side] = (hax_cost){ .allowed = true,
                                              .time_ms = group_ms(at, alone, g),
                                              .gbps = cost->gbps,
                                              .own_gbps = cost->own_gbps };
            groups[g] = (hax_group_spec){ "group", costs + 2 * (size_t) g };
        }
        units[side] = (hax_unit_spec){ .name = platform->units[unit].name,
                                       .resources = 1U << side,
                                       .max_pieces = -1 };
        if (!blind && contention->fit)
            units[side].slowdown = *hax_contention_fit_slowdown(contention->fit);
        instances[side] = (hax_instance_spec){ .name = side ? "second" : "first",
                                               .group_count = count,
                                               .groups = groups,
                                               .weight = 1,
                                               .deadline_ms = INFINITY };
    }
    const hax_problem problem = { .resource_count = 2,
                                  .resources = resources,
                                  .unit_count = 2,
                                  .units = units,
                                  .instance_count = 2,
                                  .instances = instances,
                                  .max_transitions = -1 };
    const int own_unit[] = { 0, 1 };
    hax_schedule *schedule;
    HAX_TRY(hax_schedule_whole(&problem, "pair", own_unit, NULL, &schedule, err));
    *ms = fmax(schedule->finish_ms[0], schedule->finish_ms[1]);
    hax_schedule_destroy(schedule);
    return HAX_OK;
}

static hax_status check_round(const checking *at, const item *of, hax_checked_round *round,
                              hax_error *err)
{
    *round = (hax_checked_round){ .networks = { of->networks[0], of->networks[1] },
                                  .units = { of->units[0], of->units[1] },
                                  .measured_ms = group_ms(at, of, groups_of(at, of)) };
    HAX_TRY(predict_round(at, of, false, &round->predicted_ms, err));
    return predict_round(at, of, true, &round->blind_ms, err);
}

/* Median and 95th percentile of both errors; sorts what it is given. */
static hax_check_error summarise(double *model, double *blind, int count)
{
    if (count == 0)
        return (hax_check_error){ 0 };
    hax_summary ours = hax_summarise(model, (size_t) count);
    hax_summary theirs = hax_summarise(blind, (size_t) count);
    return (hax_check_error){ count, ours.median, ours.p95, theirs.median, theirs.p95 };
}

static hax_status judge(const checking *at, hax_contention_check *made, hax_error *err)
{
    size_t most = (size_t) (made->group_count + made->round_count + 1);
    double *model = hax_arena_alloc(at->arena, most, sizeof *model);
    double *blind = hax_arena_alloc(at->arena, most, sizeof *blind);
    if (!model || !blind)
        return hax_fail_memory(err, "a check");
    for (int bound = 0; bound < 2; bound++) {
        int count = 0;
        for (int g = 0; g < made->group_count; g++) {
            const hax_checked_group *of = &made->groups[g];
            if (bound && fmax(of->predicted, of->measured) < memory_bound)
                continue;
            model[count] = fabs(of->predicted - of->measured) / of->measured;
            blind[count++] = fabs(1 - of->measured) / of->measured;
        }
        *(bound ? &made->memory_bound : &made->all) = summarise(model, blind, count);
    }
    for (int r = 0; r < made->round_count; r++) {
        const hax_checked_round *of = &made->rounds[r];
        model[r] = fabs(of->predicted_ms - of->measured_ms) / of->measured_ms;
        blind[r] = fabs(of->blind_ms - of->measured_ms) / of->measured_ms;
    }
    made->whole_rounds = summarise(model, blind, made->round_count);
    return HAX_OK;
}

/* The public check and the state that holds its memory. */
typedef struct owned_check {
    hax_contention_check public;
    hax_arena *arena;
    hax_profile *profile;
} owned_check;

static hax_status fill(checking *at, hax_contention_check *made, hax_error *err)
{
    int group_total = 0;
    for (int i = 0; i < at->item_count; i++)
        group_total += groups_of(at, &at->items[i]);
    hax_checked_group *groups = hax_arena_alloc(at->arena, (size_t) group_total, sizeof *groups);
    hax_checked_round *rounds = hax_arena_alloc(at->arena, (size_t) at->item_count, sizeof *rounds);
    if (!groups || !rounds)
        return hax_fail_memory(err, "a check");
    made->profile = at->profile;
    made->groups = groups;
    made->rounds = rounds;
    made->counted = at->room;
    for (int i = 0; i < at->item_count; i++) {
        const item *of = &at->items[i];
        if (of->networks[1] >= 0)
            HAX_TRY(check_round(at, of, &rounds[made->round_count++], err));
        else if (of->step > 0)
            check_groups(at, of, made, groups);
    }
    return judge(at, made, err);
}

static hax_status check(checking *at, hax_contention_check *made, hax_error *err)
{
    const hax_check_config *config = at->config;
    const hax_profile_config profile = { .platform = config->platform,
                                         .network_count = config->network_count,
                                         .networks = config->networks,
                                         .rounds = config->rounds,
                                         .seconds = config->seconds,
                                         .store_path = config->store_path,
                                         .contention = true,
                                         .fresh = config->fresh,
                                         .watch = config->watch };
    HAX_TRY(hax_profile_measure(&profile, &at->profile, err));
    HAX_TRY(list_items(at, err));
    HAX_TRY(open_session(at, err));
    HAX_TRY(hax_turns_open(config->store_path, &at->turns, err));
    hax_status status = run_rounds(at, err);
    hax_turns_close(&at->turns);
    HAX_TRY(status);
    return fill(at, made, err);
}

hax_status hax_contention_check_run(const hax_check_config *config, hax_contention_check **out,
                                    hax_error *err)
{
    checking at = { .config = config,
                    .turns = { -1, -1 },
                    .room = config->rounds > 0 ? config->rounds : ROUNDS };
    if (config->network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to check with");
    owned_check *made = calloc(1, sizeof *made);
    if (!made || !(at.arena = made->arena = hax_arena_create())) {
        free(made);
        return hax_fail_memory(err, "a check");
    }
    hax_status status = check(&at, &made->public, err);
    made->profile = at.profile;
    hax_session_close(at.session);
    if (status != HAX_OK) {
        hax_contention_check_destroy(&made->public);
        return status;
    }
    *out = &made->public;
    return HAX_OK;
}

void hax_contention_check_destroy(hax_contention_check *of)
{
    if (!of)
        return;
    owned_check *owned = (owned_check *) of;
    hax_profile_destroy(owned->profile);
    hax_arena_destroy(owned->arena);
    free(owned);
}
