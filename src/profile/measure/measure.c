/*
 * Measuring what the store does not hold yet: rounds in which all missing passes take
 * turns, spread over some time, every pass committed as it ends.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "costs.h"
#include "driver.h"
#include "exec.h"
#include "haxconn/profile.h"
#include "measuring_lock.h"
#include "networks.h"
#include "own.h"
#include "passes.h"
#include "store.h"
#include "stored.h"
#include "watch.h"

#include "config.h"

enum {
    DEFAULT_ROUNDS = 14,
    /* A round of a small network is over at once: beyond so many times the rounds asked for,
     * the time is spread by pauses and not filled. */
    ROUNDS_FACTOR = 3,
};

typedef struct measuring {
    const hax_profile_config *config;
    hax_passes *passes;
    hax_store *store; /* NULL: none */
    hax_session *session;
    hax_turns turns;
    bool contention;
    int rounds;     /* samples wanted of each pass */
    double seconds; /* the present rounds are spread over */
    int *have;      /* [pass] runs that the store held */
    bool *replace;  /* [pass] the store's runs go with the first new one */
    int64_t newest; /* number of the newest run in the store before this call */
    int missing_count;
    int *missing;   /* passes to run */
    int *block;     /* [of missing]: its network, as what is compared is measured close together */
    int least;      /* rounds to run, at least */
    int taken_runs; /* of all rounds */
    hax_profile_stored stored;
} measuring;

/* ---- store --------------------------------------------------------------------------- */

/* NULL: the pass is without one. */
static const hax_profile_network *network_of(const measuring *measuring, int pass)
{
    int network = hax_passes_network(measuring->passes, pass);
    return network == HAX_NO_NETWORK ? NULL : &measuring->config->networks[network];
}

static hax_store_key key_of(const measuring *measuring, int pass)
{
    const hax_profile_network *network = network_of(measuring, pass);
    return (hax_store_key){ .machine = &measuring->config->platform->fingerprint,
                            .model = network ? hax_model_hash(network->model) : 0,
                            .pass = hax_passes_key(measuring->passes, pass),
                            .what = hax_passes_describe(measuring->passes, pass) };
}

typedef struct recalling {
    hax_passes *passes;
    int pass;
    int64_t oldest_s, newest_s;   /* of what was recalled; INT64_MAX and 0 before the first */
    const hax_grouping *grouping; /* NULL: kernels, groups are their cells */
} recalling;

/* The group with a sample's layers; the number of groups when there is none. */
static int group_of(const hax_grouping *grouping, const hax_stored_sample *sample)
{
    int group = 0;
    if (sample->whole)
        return HAX_WHOLE;
    while (group < grouping->count && (grouping->groups[group].first != sample->first ||
                                       grouping->groups[group].last != sample->last))
        group++;
    return group;
}

static hax_status recall(void *context, const hax_stored_sample *sample, hax_error *err)
{
    recalling *target = context;
    int group = target->grouping ? group_of(target->grouping, sample) : sample->first;
    if (target->grouping && group == target->grouping->count)
        return hax_fail(err, HAX_BAD_INPUT,
                        "the profile store holds a sample of layers %d-%d for '%s', which has no "
                        "such group: measure afresh",
                        sample->first, sample->last,
                        hax_passes_describe(target->passes, target->pass));
    target->oldest_s = sample->kept_s < target->oldest_s ? sample->kept_s : target->oldest_s;
    target->newest_s = sample->kept_s > target->newest_s ? sample->kept_s : target->newest_s;
    const hax_sample kept = {
        .group = group, .part = sample->part, .presser = sample->presser, .time_ms = sample->time_ms
    };
    return hax_passes_recall(target->passes, target->pass, &kept, err);
}

static hax_status look_up(measuring *measuring, hax_error *err)
{
    HAX_TRY(hax_store_newest(measuring->store, &measuring->newest, err));
    for (int p = 0; p < hax_passes_count(measuring->passes); p++) {
        HAX_TRY(hax_watch_check(measuring->config->watch, err)); /* of many a network: seconds */
        measuring->replace[p] = measuring->config->fresh;
        if (measuring->config->fresh)
            continue;
        const hax_profile_network *network = network_of(measuring, p);
        recalling context = { .passes = measuring->passes,
                              .pass = p,
                              .oldest_s = INT64_MAX,
                              .grouping = network ? network->grouping : NULL };
        hax_store_key key = key_of(measuring, p);
        HAX_TRY(hax_store_read(measuring->store, &key, recall, &context, &measuring->have[p], err));
        if (measuring->have[p] > 0)
            hax_stored_add(&measuring->stored, measuring->have[p], context.oldest_s,
                           context.newest_s);
    }
    return HAX_OK;
}

static hax_status commit(measuring *measuring, int pass, int round, hax_error *err)
{
    if (!measuring->store)
        return HAX_OK;
    int count;
    const hax_sample *taken = hax_passes_last(measuring->passes, &count);
    hax_stored_sample *stored = calloc((size_t) count + 1, sizeof *stored);
    if (!stored)
        return hax_fail_memory(err, "a sample");
    for (int s = 0; s < count; s++) {
        const hax_profile_network *network = network_of(measuring, pass);
        bool whole = network && taken[s].group == HAX_WHOLE;
        stored[s] = (hax_stored_sample){ .first = taken[s].group,
                                         .last = taken[s].group,
                                         .whole = whole,
                                         .part = taken[s].part,
                                         .presser = taken[s].presser,
                                         .time_ms = taken[s].time_ms };
        if (!network)
            continue;
        const hax_grouping *grouping = network->grouping;
        stored[s].first = grouping->groups[whole ? 0 : taken[s].group].first;
        stored[s].last = grouping->groups[whole ? grouping->count - 1 : taken[s].group].last;
    }
    hax_store_key key = key_of(measuring, pass);
    hax_status status =
        hax_store_add(measuring->store, &key, round,
                      measuring->replace[pass] ? measuring->newest : 0, stored, count, err);
    free(stored);
    if (status == HAX_OK)
        measuring->replace[pass] = false;
    return status;
}

/* What was measured is worth more than a full disk: it goes on without the store, where somebody
 * hears of it. */
static hax_status keep(measuring *measuring, int pass, int round, hax_error *err)
{
    const hax_watch *watch = measuring->config->watch;
    char message[HAX_ERROR_MESSAGE_MAX + 80];
    hax_error why = { 0 };
    hax_status status = commit(measuring, pass, round, &why);
    if (status == HAX_IO && watch && watch->warn) {
        snprintf(message, sizeof message, "%s; from here on nothing is kept", why.message);
        watch->warn(watch->context, message);
        hax_store_close(measuring->store);
        measuring->store = NULL;
        return HAX_OK;
    }
    if (status != HAX_OK && err)
        *err = why;
    return status;
}

/* ---- rounds -------------------------------------------------------------------------- */

static hax_status begin_round(void *context, int round, hax_error *err)
{
    measuring *measuring = context;
    (void) round;
    return hax_turns_begin(&measuring->turns, measuring->config->watch, err);
}

static void end_round(void *context)
{
    measuring *measuring = context;
    hax_turns_end(&measuring->turns);
}

static hax_status warm_up(void *context, int item, hax_error *err)
{
    const measuring *measuring = context;
    return hax_passes_warm_up(measuring->passes, measuring->missing[item], measuring->session, err);
}

static hax_status run_pass(void *context, int item, int round, hax_error *err)
{
    measuring *measuring = context;
    assert(item >= 0 && item < measuring->missing_count);
    int pass = measuring->missing[item];
    HAX_TRY(hax_passes_run(measuring->passes, pass, measuring->session, err));
    measuring->taken_runs++;
    return keep(measuring, pass, round, err);
}

/* Disturbed rounds are not executed again: each pass stands in the store as it ends, and the
 * medians of many rounds bear it. */
static hax_status run_all_rounds(measuring *measuring, hax_error *err)
{
    const hax_interleave_config config = {
        .stage = "measuring",
        .warm_up_stage = "warming up",
        .item_count = measuring->missing_count,
        .block = measuring->block,
        .rounds = measuring->least,
        .seconds = measuring->seconds,
        .rounds_in_time = ROUNDS_FACTOR * measuring->least,
        .watch = measuring->config->watch,
    };
    const hax_interleave_calls calls = { .warm_up = warm_up,
                                         .begin = begin_round,
                                         .end = end_round,
                                         .execute = run_pass,
                                         .context = measuring };
    hax_interleave_counts counts;
    return hax_interleave(&config, &calls, &counts, err);
}

/* Wherever in the rounds the user stopped: says what becomes of the samples. */
static hax_status run_rounds(measuring *measuring, hax_error *err)
{
    hax_error inner = { 0 };
    hax_status status = run_all_rounds(measuring, &inner);
    if (status == HAX_INTERRUPTED)
        return hax_fail(err, status, "%s; %s", inner.message,
                        measuring->store ? "what was measured until then is kept in the store"
                                         : "nothing is kept without a store");
    if (status != HAX_OK && err)
        *err = inner;
    return status;
}

/* ---- the whole ----------------------------------------------------------------------- */

static void list_missing(measuring *measuring)
{
    for (int p = 0; p < hax_passes_count(measuring->passes); p++) {
        if (measuring->have[p] >= measuring->rounds)
            continue;
        measuring->block[measuring->missing_count] = hax_passes_network(measuring->passes, p);
        measuring->missing[measuring->missing_count++] = p;
        if (measuring->rounds - measuring->have[p] > measuring->least)
            measuring->least = measuring->rounds - measuring->have[p];
    }
    assert(measuring->missing_count == 0 || measuring->least > 0);
    assert(measuring->least <= measuring->rounds);
    /* what is left of an interrupted call takes its share of the time */
    measuring->seconds *= (double) measuring->least / measuring->rounds;
}

/* Neither the store's connection nor the locks may be carried into the workers. */
static hax_status measure_missing(measuring *measuring, hax_error *err)
{
    const char *path = measuring->config->store_path;
    hax_checked_kernels checked = hax_checked_recall(measuring->store, measuring->config->platform);
    hax_store_close(measuring->store);
    measuring->store = NULL;
    hax_status opened = hax_networks_open_session(
        measuring->config->platform, measuring->config->network_count, measuring->config->networks,
        measuring->contention, &checked, measuring->config->watch, &measuring->session, err);
    hax_checked_free(&checked);
    HAX_TRY(opened);
    if (path)
        HAX_TRY(hax_store_open(path, &measuring->store, err));
    hax_checked_keep(measuring->store, measuring->config->platform, measuring->session);
    HAX_TRY(hax_turns_open(path, &measuring->turns, err));
    hax_status status = run_rounds(measuring, err);
    hax_turns_close(&measuring->turns);
    return status;
}

/* What the profile owes to the store, as of now. */
static hax_profile_stored stored_of(const measuring *measuring)
{
    hax_profile_stored stored = measuring->stored;
    if (stored.runs == 0)
        return stored;
    stored.total_runs = stored.runs + measuring->taken_runs;
    stored.answered_s = (int64_t) time(NULL);
    return stored;
}

static hax_status measure(measuring *measuring, const hax_profile **profile, hax_error *err)
{
    const hax_profile_config *config = measuring->config;
    const hax_passes_config passes_config = { .platform = config->platform,
                                              .network_count = config->network_count,
                                              .networks = config->networks,
                                              .contention = measuring->contention,
                                              .traffic = config->traffic };
    HAX_TRY(hax_passes_create(&passes_config, &measuring->passes, err));
    size_t passes = (size_t) hax_passes_count(measuring->passes) + 1;
    measuring->have = calloc(passes, sizeof *measuring->have);
    measuring->block = calloc(passes, sizeof *measuring->block);
    measuring->replace = calloc(passes, sizeof *measuring->replace);
    measuring->missing = calloc(passes, sizeof *measuring->missing);
    if (!measuring->have || !measuring->block || !measuring->replace || !measuring->missing)
        return hax_fail_memory(err, "the plan of measurement");
    if (config->store_path) {
        HAX_TRY(hax_store_open(config->store_path, &measuring->store, err));
        HAX_TRY(look_up(measuring, err));
    }
    list_missing(measuring);
    if (measuring->missing_count > 0)
        HAX_TRY(measure_missing(measuring, err));
    HAX_TRY(hax_passes_profile(measuring->passes, profile, err));
    ((hax_owned_profile *) hax_own(*profile))->profile.stored = stored_of(measuring);
    return HAX_OK;
}

static hax_status check(const hax_profile_config *config, hax_error *err)
{
    if (config->network_count < (config->contention ? 0 : 1))
        return hax_fail(err, HAX_USAGE, "no network to profile");
    if ((config->rounds < 1 && config->rounds != HAX_AUTOMATIC) || !(config->seconds >= 0))
        return hax_fail(err, HAX_USAGE,
                        "%d rounds over %g s: give at least one, and seconds that are not negative",
                        config->rounds, config->seconds);
    return hax_watch_check(config->watch, err);
}

/* Units that compute nothing take no time that anybody could lengthen. */
static bool computes(const hax_platform *platform)
{
    for (int k = 0; k < platform->kind_count; k++) {
        const hax_driver *driver = hax_driver_find(platform->kinds[k].driver);
        if (!platform->simulated && driver && !driver->computes)
            return false;
    }
    return true;
}

hax_status hax_profile_measure(const hax_profile_config *given, const hax_profile **profile,
                               hax_error *err)
{
    assert(given && profile);
    HAX_CONFIG_TAKE(hax_profile_config, own, given, err);
    const hax_profile_config *config = &own;
    assert(config->platform);
    if (config->platform->datasheet)
        return hax_profile_estimated(config, profile, err);
    HAX_TRY(check(config, err));
    measuring context = { .config = config,
                          .rounds = config->rounds > 0 ? config->rounds : DEFAULT_ROUNDS,
                          .seconds = config->seconds,
                          .contention = config->contention && computes(config->platform),
                          .turns = { -1, -1 } };
    if (config->platform->simulated)
        context.seconds = 0;
    hax_status status = measure(&context, profile, err);
    hax_session_close(context.session);
    hax_store_close(context.store);
    hax_passes_destroy(context.passes);
    free(context.have);
    free(context.block);
    free(context.replace);
    free(context.missing);
    return status;
}
