/*
 * The contention model held against what happens: groups beside pressures that their demands were
 * not taken from, and whole networks beside each other. The profile that predicts is taken in the
 * same rounds, so that what is judged is the model and not how a machine drifts.
 */
#include "check.h"

#include <assert.h>
#include <stdlib.h>

#include "config.h"
#include "driver.h"
#include "own.h"
#include "profile.h"

enum {
    PRESSURES = 3,
    ROUNDS = 40, /* by default */
};

/* Steps of computing of the pressures: between those that profiles use, the last almost all that a
 * unit can move. */
static const int works[PRESSURES] = { 170, 70, 8 };

static const double lead_ms = 5;

static const hax_profile_network *network_of(const hax_check_run *run, int network)
{
    return &run->config->networks[network];
}

int hax_check_jobs(const hax_check_run *run, const hax_check_item *item)
{
    int second = item->networks[1];
    return network_of(run, item->networks[0])->grouping->count +
           (second >= 0 ? network_of(run, second)->grouping->count : 0);
}

double *hax_check_series(const hax_check_run *run, const hax_check_item *item, int job)
{
    return item->ms + (size_t) job * (size_t) run->capacity;
}

int hax_check_unit(const hax_check_run *run, const hax_check_item *item, int round)
{
    int members[HAX_MAX_UNITS];
    if (item->work < 0)
        return item->units[0];
    return members[round % hax_class_units(run->config->platform, item->units[0], members)];
}

/* ---- what takes turns --------------------------------------------------------------------- */

static hax_status add_item(hax_check_run *run, const hax_check_item *item, hax_error *err)
{
    hax_check_item *one = &run->items[run->item_count++];
    assert(item->networks[0] >= 0 && item->networks[0] != item->networks[1]);
    *one = *item;
    size_t capacity = (size_t) run->capacity;
    one->ms = hax_arena_alloc(run->arena, (size_t) hax_check_jobs(run, one) + 1,
                              capacity * sizeof(double));
    one->gbps = hax_arena_alloc(run->arena, capacity, sizeof(double));
    return one->ms && one->gbps ? HAX_OK : hax_fail_memory(err, "a check");
}

/* Can the unit run every group of the network? */
static bool runs(const hax_check_run *run, int unit, int network)
{
    const hax_profile_network *profile_network = network_of(run, network);
    for (int g = 0; g < profile_network->grouping->count; g++)
        if (!hax_unit_supports_group(run->config->platform, unit, profile_network->model,
                                     &profile_network->grouping->groups[g]))
            return false;
    return true;
}

static bool beside_others(const hax_check_run *run, int unit)
{
    int pressers[HAX_MAX_UNITS];
    const hax_platform *platform = run->config->platform;
    return !platform->units[unit].reference && hax_pressure_by(platform, unit, pressers) > 0;
}

/* Pairs of units that can work at once, of different classes both ways, of one class once. */
static bool pairs(const hax_check_run *run, int a, int b)
{
    const hax_platform *platform = run->config->platform;
    const hax_unit *x = &platform->units[a], *y = &platform->units[b];
    return a != b && !x->reference && !y->reference && !(x->resources & y->resources) &&
           (x->class_id != y->class_id || a < b);
}

static hax_status list_network(hax_check_run *run, int network, hax_error *err)
{
    const hax_platform *platform = run->config->platform;
    for (int u = 0; u < platform->unit_count; u++) {
        if (!beside_others(run, u) || !runs(run, u, network))
            continue;
        HAX_TRY(
            add_item(run, &(hax_check_item){ { network, -1 }, { u, -1 }, -1, NULL, NULL }, err));
        if (hax_neighbours_measured(platform, u, run->config->network_count))
            continue; /* no demand says what pressure would do */
        for (int p = 0; p < PRESSURES && hax_class_of(platform, u) == u; p++)
            HAX_TRY(add_item(
                run, &(hax_check_item){ { network, -1 }, { u, -1 }, works[p], NULL, NULL }, err));
    }
    return HAX_OK;
}

static hax_status list_pair(hax_check_run *run, int n, int m, hax_error *err)
{
    int units = run->config->platform->unit_count;
    for (int a = 0; a < units; a++)
        for (int b = 0; b < units; b++)
            if (pairs(run, a, b) && runs(run, a, n) && runs(run, b, m))
                HAX_TRY(
                    add_item(run, &(hax_check_item){ { n, m }, { a, b }, -1, NULL, NULL }, err));
    return HAX_OK;
}

static hax_status list_items(hax_check_run *run, hax_error *err)
{
    const hax_platform *platform = run->config->platform;
    int networks = run->config->network_count, units = platform->unit_count;
    size_t most =
        (size_t) (networks * units * (PRESSURES + 1) + networks * networks * units * units);
    run->items = hax_arena_alloc(run->arena, most + 1, sizeof *run->items);
    if (!run->items)
        return hax_fail_memory(err, "a check");
    for (int n = 0; n < networks; n++)
        HAX_TRY(list_network(run, n, err));
    for (int n = 0; n < networks; n++)
        for (int m = n + 1; m < networks; m++)
            HAX_TRY(list_pair(run, n, m, err));
    if (run->item_count == 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "no two units of platform '%s' work side by side: there is no contention "
                        "to check",
                        platform->name);
    return HAX_OK;
}

/* A network's own passes and items stay close together in time. */
static int block_of(const hax_check_run *run, int turn)
{
    if (turn >= run->item_count)
        return hax_passes_network(run->passes, turn - run->item_count);
    const hax_check_item *item = &run->items[turn];
    return item->networks[1] < 0 ? item->networks[0] : run->config->network_count + turn;
}

static int turn_count(const hax_check_run *run)
{
    return run->item_count + hax_passes_count(run->passes);
}

static hax_status list_blocks(hax_check_run *run, hax_error *err)
{
    int count = turn_count(run);
    run->block = hax_arena_alloc(run->arena, (size_t) count, sizeof *run->block);
    if (!run->block)
        return hax_fail_memory(err, "a check");
    for (int i = 0; i < count; i++)
        run->block[i] = block_of(run, i);
    return HAX_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static int fill_jobs(const hax_check_run *run, const hax_check_item *item, int first_unit)
{
    int count = 0;
    for (int side = 0; side < 2 && item->networks[side] >= 0; side++)
        for (int g = 0; g < network_of(run, item->networks[side])->grouping->count; g++)
            run->jobs[count++] = (hax_plan_job){ .unit = side ? item->units[1] : first_unit,
                                                 .instance = item->networks[side],
                                                 .group = g,
                                                 .after = -1 };
    return count;
}

/* Leaves the item's stamps. */
static hax_status execute_item(hax_check_run *run, const hax_check_item *item, int unit,
                               int *job_count, hax_error *err)
{
    const hax_plan plan = { fill_jobs(run, item, unit), run->jobs };
    hax_press press = hax_press_begin(lead_ms);
    if (item->work >= 0)
        hax_pressure_add(run->config->platform, unit, (hax_traffic){ HAX_TRAFFIC_READ, item->work },
                         &press);
    assert(plan.job_count == hax_check_jobs(run, item));
    *job_count = plan.job_count;
    return hax_session_press(run->session, &plan, &press, run->stamps, err);
}

static hax_status run_item(hax_check_run *run, hax_check_item *item, int round, hax_error *err)
{
    int unit = hax_check_unit(run, item, round), jobs;
    assert(round >= 0 && round < run->capacity);
    HAX_TRY(execute_item(run, item, unit, &jobs, err));
    const int64_t lead_ns = (int64_t) (lead_ms * 1e6);
    for (int j = 0; j < jobs; j++)
        hax_check_series(run, item, j)[round] = hax_stamp_ms(&run->stamps[j]);
    hax_check_series(run, item, jobs)[round] = hax_stamps_round_ms(run->stamps, jobs) - lead_ms;
    if (item->work >= 0)
        item->gbps[round] =
            hax_pressure_moved(run->session, run->config->platform, unit, lead_ns / 2, lead_ns);
    return HAX_OK;
}

static hax_status begin_round(void *context, int round, hax_error *err)
{
    hax_check_run *run = context;
    (void) round;
    HAX_TRY(hax_turns_begin(&run->turns, run->config->watch, err));
    hax_passes_mark(run->passes);
    return HAX_OK;
}

static void end_round(void *context)
{
    hax_check_run *run = context;
    hax_turns_end(&run->turns);
}

/* Times of items are written over by the next round. */
static void discard_round(void *context, int round)
{
    hax_check_run *run = context;
    (void) round;
    hax_passes_forget(run->passes);
}

/* Nothing is predicted with crossings. */
static bool is_needed(const hax_check_run *run, int pass)
{
    return !hax_passes_crossing(run->passes, pass);
}

static hax_status warm_up(void *context, int turn, hax_error *err)
{
    hax_check_run *run = context;
    int pass = turn - run->item_count, jobs;
    if (pass >= 0)
        return is_needed(run, pass) ? hax_passes_warm_up(run->passes, pass, run->session, err)
                                    : HAX_OK;
    const hax_check_item *item = &run->items[turn];
    return execute_item(run, item, hax_check_unit(run, item, 0), &jobs, err);
}

static hax_status take_turn(void *context, int turn, int round, hax_error *err)
{
    hax_check_run *run = context;
    int pass = turn - run->item_count;
    if (pass < 0)
        return run_item(run, &run->items[turn], round, err);
    return is_needed(run, pass) ? hax_passes_run(run->passes, pass, run->session, err) : HAX_OK;
}

static hax_status run_rounds(hax_check_run *run, hax_error *err)
{
    const hax_platform *platform = run->config->platform;
    const hax_interleave_config config = {
        .stage = "checking",
        .warm_up_stage = "warming up",
        .item_count = turn_count(run),
        .block = run->block,
        .rounds = run->capacity,
        .processors = platform->simulated ? 0 : platform->fingerprint.cores,
        .watch = run->config->watch,
    };
    const hax_interleave_calls calls = { .warm_up = warm_up,
                                         .begin = begin_round,
                                         .end = end_round,
                                         .execute = take_turn,
                                         .discard = discard_round,
                                         .context = run };
    return hax_interleave(&config, &calls, &run->counts, err);
}

static hax_status open_session(hax_check_run *run, hax_error *err)
{
    const hax_contention_check_config *config = run->config;
    int jobs = 0;
    for (int n = 0; n < config->network_count; n++)
        jobs += config->networks[n].grouping->count;
    run->jobs = hax_arena_alloc(run->arena, (size_t) jobs, sizeof *run->jobs);
    run->stamps = hax_arena_alloc(run->arena, (size_t) jobs, sizeof *run->stamps);
    if (!run->jobs || !run->stamps)
        return hax_fail_memory(err, "a check");
    return hax_networks_open_session(config->platform, config->network_count, config->networks,
                                     true, NULL, config->watch, &run->session, err);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* The public check and the state that holds its memory. */
typedef struct owned_check {
    hax_contention_check public;
    hax_arena *arena;
    const hax_profile *profile;
} owned_check;

static hax_status measure(hax_check_run *run, hax_error *err)
{
    const hax_contention_check_config *config = run->config;
    const hax_passes_config passes = { .platform = config->platform,
                                       .network_count = config->network_count,
                                       .networks = config->networks,
                                       .contention = true,
                                       .traffic = HAX_TRAFFIC_READ };
    HAX_TRY(list_items(run, err));
    HAX_TRY(hax_passes_create(&passes, &run->passes, err));
    HAX_TRY(list_blocks(run, err));
    HAX_TRY(open_session(run, err));
    HAX_TRY(hax_turns_open(config->store_path, &run->turns, err));
    hax_status status = run_rounds(run, err);
    hax_turns_close(&run->turns);
    HAX_TRY(status);
    return hax_passes_profile(run->passes, &run->profile, err);
}

static hax_status check(hax_check_run *run, hax_contention_check *contention_check, hax_error *err)
{
    hax_status status = measure(run, err);
    hax_passes_destroy(run->passes);
    hax_session_close(run->session);
    HAX_TRY(status);
    contention_check->profile = run->profile;
    contention_check->counted = run->counts.counted;
    contention_check->disturbed = run->counts.repeated;
    return hax_check_judge(run, contention_check, err);
}

hax_status hax_contention_check_measure(const hax_contention_check_config *given,
                                        const hax_contention_check **out, hax_error *err)
{
    HAX_CONFIG_TAKE(hax_contention_check_config, own, given, err);
    const hax_contention_check_config *config = &own;
    hax_check_run run = { .config = config,
                          .turns = { -1, -1 },
                          .capacity = config->rounds > 0            ? config->rounds
                                      : config->platform->simulated ? 1
                                                                    : ROUNDS };
    if (config->network_count < 1)
        return hax_fail(err, HAX_USAGE, "no network to check with");
    if (config->rounds < 1 && config->rounds != HAX_AUTOMATIC)
        return hax_fail(err, HAX_USAGE, "%d rounds: give at least one", config->rounds);
    owned_check *owned = calloc(1, sizeof *owned);
    if (!owned || !(run.arena = owned->arena = hax_arena_create())) {
        free(owned);
        return hax_fail_memory(err, "a check");
    }
    hax_status status = check(&run, &owned->public, err);
    owned->profile = run.profile;
    if (status != HAX_OK) {
        hax_contention_check_destroy(&owned->public);
        return status;
    }
    *out = &owned->public;
    return HAX_OK;
}

void hax_contention_check_destroy(const hax_contention_check *check)
{
    if (!check)
        return;
    owned_check *owned = hax_own(check);
    hax_profile_destroy(owned->profile);
    hax_arena_destroy(owned->arena);
    free(owned);
}
