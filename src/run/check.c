/*
 * The contention model held against what happens: groups beside pressures that their demands were
 * not taken from, and whole networks beside each other. The profile that predicts is taken in the
 * same rounds, so that what is judged is the model and not how a machine drifts.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "driver.h"
#include "identity.h"
#include "networks.h"
#include "pressure.h"
#include "random.h"
#include "steal.h"

enum {
    PRESSURES = 3,
    ROUNDS = 40, /* by default */
};

/* Steps of computing of the pressures: between those that profiles use, the last almost all that a
 * unit can move. */
static const int works[PRESSURES] = { 170, 70, 8 };

static const double lead_ms = 5;

static const hax_profile_network *network_of(const checking *at, int network)
{
    return &at->config->networks[network];
}

int check_jobs(const checking *at, const check_item *of)
{
    int second = of->networks[1];
    return network_of(at, of->networks[0])->grouping->count +
           (second >= 0 ? network_of(at, second)->grouping->count : 0);
}

double *check_series(const checking *at, const check_item *of, int job)
{
    return of->ms + (size_t) job * (size_t) at->room;
}

int check_unit(const checking *at, const check_item *of, int round)
{
    int members[HAX_MAX_UNITS];
    if (of->work < 0)
        return of->units[0];
    return members[round % hax_class_units(at->config->platform, of->units[0], members)];
}

/* ---- what takes turns --------------------------------------------------------------------- */

static hax_status add_item(checking *at, const check_item *made, hax_error *err)
{
    check_item *one = &at->items[at->item_count++];
    *one = *made;
    size_t room = (size_t) at->room;
    one->ms = hax_arena_alloc(at->arena, (size_t) check_jobs(at, one) + 1, room * sizeof(double));
    one->gbps = hax_arena_alloc(at->arena, room, sizeof(double));
    return one->ms && one->gbps ? HAX_OK : hax_fail_memory(err, "a check");
}

/* Can the unit run every group of the network? */
static bool runs(const checking *at, int unit, int network)
{
    const hax_profile_network *of = network_of(at, network);
    for (int g = 0; g < of->grouping->count; g++)
        if (!hax_unit_supports_group(at->config->platform, unit, of->model,
                                     &of->grouping->groups[g]))
            return false;
    return true;
}

static bool beside_others(const checking *at, int unit)
{
    int pressers[HAX_MAX_UNITS];
    const hax_platform *platform = at->config->platform;
    return !platform->units[unit].reference && pressure_by(platform, unit, pressers) > 0;
}

/* Pairs of units that can work at once, of different classes both ways, of one class once. */
static bool pairs(const checking *at, int a, int b)
{
    const hax_platform *platform = at->config->platform;
    const hax_unit *x = &platform->units[a], *y = &platform->units[b];
    return a != b && !x->reference && !y->reference && !(x->resources & y->resources) &&
           (x->class_id != y->class_id || a < b);
}

static hax_status list_network(checking *at, int network, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    for (int u = 0; u < platform->unit_count; u++) {
        if (!beside_others(at, u) || !runs(at, u, network))
            continue;
        HAX_TRY(add_item(at, &(check_item){ { network, -1 }, { u, -1 }, -1, NULL, NULL }, err));
        for (int p = 0; p < PRESSURES && hax_class_of(platform, u) == u; p++)
            HAX_TRY(add_item(at, &(check_item){ { network, -1 }, { u, -1 }, works[p], NULL, NULL },
                             err));
    }
    return HAX_OK;
}

static hax_status list_pair(checking *at, int n, int m, hax_error *err)
{
    int units = at->config->platform->unit_count;
    for (int a = 0; a < units; a++)
        for (int b = 0; b < units; b++)
            if (pairs(at, a, b) && runs(at, a, n) && runs(at, b, m))
                HAX_TRY(add_item(at, &(check_item){ { n, m }, { a, b }, -1, NULL, NULL }, err));
    return HAX_OK;
}

static hax_status list_items(checking *at, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    int networks = at->config->network_count, units = platform->unit_count;
    size_t most =
        (size_t) (networks * units * (PRESSURES + 1) + networks * networks * units * units);
    at->items = hax_arena_alloc(at->arena, most + 1, sizeof *at->items);
    if (!at->items)
        return hax_fail_memory(err, "a check");
    for (int n = 0; n < networks; n++)
        HAX_TRY(list_network(at, n, err));
    for (int n = 0; n < networks; n++)
        for (int m = n + 1; m < networks; m++)
            HAX_TRY(list_pair(at, n, m, err));
    if (at->item_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "no two units of platform '%s' work side by side: there is no contention "
                        "to check",
                        platform->name);
    return HAX_OK;
}

/* A network's own passes and items stay close together in time (profile/measure.c says why). */
static int kin_of(const checking *at, int turn)
{
    if (turn >= at->item_count)
        return hax_passes_network(at->passes, turn - at->item_count);
    const check_item *of = &at->items[turn];
    return of->networks[1] < 0 ? of->networks[0] : at->config->network_count + turn;
}

static hax_status list_turns(checking *at, hax_error *err)
{
    int count = at->item_count + hax_passes_count(at->passes);
    at->order = hax_arena_alloc(at->arena, (size_t) count, sizeof *at->order);
    at->kin = hax_arena_alloc(at->arena, (size_t) count, sizeof *at->kin);
    if (!at->order || !at->kin)
        return hax_fail_memory(err, "a check");
    for (int i = 0; i < count; i++) {
        at->order[i] = i;
        at->kin[i] = kin_of(at, i);
    }
    return HAX_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static int fill_jobs(const checking *at, const check_item *of, int first_unit)
{
    int count = 0;
    for (int side = 0; side < 2 && of->networks[side] >= 0; side++)
        for (int g = 0; g < network_of(at, of->networks[side])->grouping->count; g++)
            at->jobs[count++] = (hax_plan_job){ .unit = side ? of->units[1] : first_unit,
                                                .instance = of->networks[side],
                                                .group = g,
                                                .after = -1 };
    return count;
}

static hax_status run_item(checking *at, check_item *of, hax_error *err)
{
    const hax_platform *platform = at->config->platform;
    int unit = check_unit(at, of, at->rounds < 0 ? 0 : at->rounds);
    const hax_plan plan = { fill_jobs(at, of, unit), at->jobs };
    hax_press press = hax_press_begin(lead_ms);
    if (of->work >= 0)
        pressure_add(platform, unit, (hax_traffic){ HAX_TRAFFIC_READ, of->work }, &press);
    HAX_TRY(hax_session_press(at->session, &plan, &press, at->stamps, err));
    if (at->rounds < 0) /* warming up */
        return HAX_OK;
    const int64_t lead_ns = (int64_t) (lead_ms * 1e6);
    int64_t end_ns = lead_ns;
    for (int j = 0; j < plan.job_count; j++) {
        const hax_stamp *stamp = &at->stamps[j];
        check_series(at, of, j)[at->rounds] = (double) (stamp->end_ns - stamp->start_ns) * 1e-6;
        end_ns = stamp->end_ns > end_ns ? stamp->end_ns : end_ns;
    }
    check_series(at, of, plan.job_count)[at->rounds] = (double) (end_ns - lead_ns) * 1e-6;
    if (of->work >= 0)
        of->gbps[at->rounds] = pressure_moved(at->session, platform, unit, lead_ns / 2, lead_ns);
    return HAX_OK;
}

static hax_status run_pass(checking *at, int pass, hax_error *err)
{
    if (hax_passes_crossing(at->passes, pass))
        return HAX_OK;
    return at->rounds < 0 ? hax_passes_warm_up(at->passes, pass, at->session, err)
                          : hax_passes_run(at->passes, pass, at->session, err);
}

static hax_status one_round(checking *at, hax_error *err)
{
    hax_random random = hax_random_fork(0, (uint64_t) (at->rounds + at->disturbed + 1));
    int count = at->item_count + hax_passes_count(at->passes);
    hax_random_shuffle_kin(&random, at->order, count, at->kin);
    HAX_TRY(hax_turns_begin(&at->turns, at->config->watch, err));
    hax_status status = HAX_OK;
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = at->order[i] < at->item_count ? run_item(at, &at->items[at->order[i]], err)
                                               : run_pass(at, at->order[i] - at->item_count, err);
    hax_turns_end(&at->turns);
    return status;
}

/* Half of all rounds at most are done again: on a machine that is never left alone the check goes
 * on and says so. */
static bool undisturbed(const checking *at, double stolen_ms, double took_ms)
{
    int cpus = at->config->platform->fingerprint.cores;
    return at->config->platform->simulated || at->rounds < 0 || at->disturbed >= at->room ||
           !hax_steal_disturbs(stolen_ms, took_ms, cpus);
}

static hax_status run_rounds(checking *at, hax_error *err)
{
    const hax_watch *watch = at->config->watch;
    for (at->rounds = -1; at->rounds < at->room;) {
        if (watch && watch->report)
            watch->report(watch->context,
                          &(hax_progress){ "checking", fmax(at->rounds, 0) / at->room, -1 });
        double stolen_ms = hax_steal_ms();
        uint64_t start_ns = hax_clock_ns();
        hax_passes_mark(at->passes);
        HAX_TRY(one_round(at, err));
        if (undisturbed(at, hax_steal_ms() - stolen_ms, hax_ms_between(start_ns, hax_clock_ns()))) {
            at->rounds++;
        } else {
            hax_passes_forget(at->passes);
            at->disturbed++;
        }
    }
    return HAX_OK;
}

static hax_status open_session(checking *at, hax_error *err)
{
    const hax_check_config *config = at->config;
    int jobs = 0;
    for (int n = 0; n < config->network_count; n++)
        jobs += config->networks[n].grouping->count;
    at->jobs = hax_arena_alloc(at->arena, (size_t) jobs, sizeof *at->jobs);
    at->stamps = hax_arena_alloc(at->arena, (size_t) jobs, sizeof *at->stamps);
    if (!at->jobs || !at->stamps)
        return hax_fail_memory(err, "a check");
    return networks_open_session(config->platform, config->network_count, config->networks, true,
                                 NULL, config->watch, &at->session, err);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* The public check and the state that holds its memory. */
typedef struct owned_check {
    hax_contention_check public;
    hax_arena *arena;
    hax_profile *profile;
} owned_check;

static hax_status measure(checking *at, hax_error *err)
{
    const hax_check_config *config = at->config;
    const hax_passes_config passes = { .platform = config->platform,
                                       .network_count = config->network_count,
                                       .networks = config->networks,
                                       .contention = true,
                                       .traffic = HAX_TRAFFIC_READ };
    HAX_TRY(list_items(at, err));
    HAX_TRY(hax_passes_create(&passes, &at->passes, err));
    HAX_TRY(list_turns(at, err));
    HAX_TRY(open_session(at, err));
    HAX_TRY(hax_turns_open(config->store_path, &at->turns, err));
    hax_status status = run_rounds(at, err);
    hax_turns_close(&at->turns);
    HAX_TRY(status);
    return hax_passes_profile(at->passes, &at->profile, err);
}

static hax_status check(checking *at, hax_contention_check *made, hax_error *err)
{
    hax_status status = measure(at, err);
    hax_passes_destroy(at->passes);
    hax_session_close(at->session);
    HAX_TRY(status);
    made->profile = at->profile;
    made->counted = at->room;
    made->disturbed = at->disturbed;
    return check_judge(at, made, err);
}

hax_status hax_contention_check_run(const hax_check_config *config, hax_contention_check **out,
                                    hax_error *err)
{
    checking at = { .config = config,
                    .turns = { -1, -1 },
                    .room = config->rounds > 0            ? config->rounds
                            : config->platform->simulated ? 1
                                                          : ROUNDS };
    if (config->network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to check with");
    owned_check *made = calloc(1, sizeof *made);
    if (!made || !(at.arena = made->arena = hax_arena_create())) {
        free(made);
        return hax_fail_memory(err, "a check");
    }
    hax_status status = check(&at, &made->public, err);
    made->profile = at.profile;
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
