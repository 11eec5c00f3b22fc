/*
 * Measuring what the store does not hold yet: rounds in which all missing passes take
 * turns, spread over some time, every pass committed as it ends.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "costs.h"
#include "driver.h"
#include "haxconn/profile.h"
#include "networks.h"
#include "passes.h"
#include "random.h"
#include "store.h"
#include "stored.h"
#include "turns.h"

enum {
    DEFAULT_ROUNDS = 14,
    /* A round of a small network is over at once: beyond so many times the rounds asked for,
     * the time is spread by pauses and not filled. */
    ROUNDS_FACTOR = 3,
};

static const double default_seconds = 20;

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
    int *kin;       /* [pass] its network: what is compared is measured close together */
    bool *replace;  /* [pass] the store's runs go with the first new one */
    int64_t newest; /* number of the newest run in the store before this call */
    int *missing;   /* passes to run, in the present round's order */
    int missing_count;
    int least; /* rounds to run, at least */
    int done_rounds;
    int done_passes; /* of the present round */
    int taken_runs;  /* of all rounds */
    hax_profile_stored stored;
    uint64_t start_ns;
} measuring;

/* ---- store --------------------------------------------------------------------------- */

/* NULL: the pass is without one. */
static const hax_profile_network *network_of(const measuring *all, int pass)
{
    int network = hax_passes_network(all->passes, pass);
    return network == HAX_NO_NETWORK ? NULL : &all->config->networks[network];
}

static hax_store_key key_of(const measuring *all, int pass)
{
    const hax_profile_network *network = network_of(all, pass);
    return (hax_store_key){ .machine = &all->config->platform->fingerprint,
                            .model = network ? hax_model_hash(network->model) : 0,
                            .pass = hax_passes_key(all->passes, pass),
                            .what = hax_passes_describe(all->passes, pass) };
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
    recalling *at = context;
    int group = at->grouping ? group_of(at->grouping, sample) : sample->first;
    if (at->grouping && group == at->grouping->count)
        return hax_fail(err, HAX_BAD_INPUT,
                        "the profile store holds a sample of layers %d-%d for '%s', which has no "
                        "such group: measure afresh",
                        sample->first, sample->last, hax_passes_describe(at->passes, at->pass));
    at->oldest_s = sample->kept_s < at->oldest_s ? sample->kept_s : at->oldest_s;
    at->newest_s = sample->kept_s > at->newest_s ? sample->kept_s : at->newest_s;
    const hax_sample kept = {
        .group = group, .part = sample->part, .presser = sample->presser, .time_ms = sample->time_ms
    };
    return hax_passes_recall(at->passes, at->pass, &kept, err);
}

static hax_status look_up(measuring *all, hax_error *err)
{
    HAX_TRY(hax_store_newest(all->store, &all->newest, err));
    for (int p = 0; p < hax_passes_count(all->passes); p++) {
        all->replace[p] = all->config->fresh;
        if (all->config->fresh)
            continue;
        const hax_profile_network *network = network_of(all, p);
        recalling at = { .passes = all->passes,
                         .pass = p,
                         .oldest_s = INT64_MAX,
                         .grouping = network ? network->grouping : NULL };
        hax_store_key key = key_of(all, p);
        HAX_TRY(hax_store_read(all->store, &key, recall, &at, &all->have[p], err));
        if (all->have[p] > 0)
            hax_stored_add(&all->stored, all->have[p], at.oldest_s, at.newest_s);
    }
    return HAX_OK;
}

static hax_status commit(measuring *all, int pass, hax_error *err)
{
    if (!all->store)
        return HAX_OK;
    int count;
    const hax_sample *taken = hax_passes_last(all->passes, &count);
    hax_stored_sample *stored = calloc((size_t) count + 1, sizeof *stored);
    if (!stored)
        return hax_fail_memory(err, "a sample");
    for (int s = 0; s < count; s++) {
        const hax_profile_network *network = network_of(all, pass);
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
    hax_store_key key = key_of(all, pass);
    hax_status status = hax_store_add(all->store, &key, all->done_rounds,
                                      all->replace[pass] ? all->newest : 0, stored, count, err);
    free(stored);
    if (status == HAX_OK)
        all->replace[pass] = false;
    return status;
}

/* What was measured is worth more than a full disk: it goes on without the store, where somebody
 * hears of it. */
static hax_status keep(measuring *all, int pass, hax_error *err)
{
    const hax_watch *watch = all->config->watch;
    char message[HAX_ERROR_MESSAGE_MAX + 80];
    hax_error why = { 0 };
    hax_status status = commit(all, pass, &why);
    if (status == HAX_IO && watch && watch->warn) {
        snprintf(message, sizeof message, "%s; from here on nothing is kept", why.message);
        watch->warn(watch->context, message);
        hax_store_close(all->store);
        all->store = NULL;
        return HAX_OK;
    }
    if (status != HAX_OK && err)
        *err = why;
    return status;
}

/* ---- rounds -------------------------------------------------------------------------- */

static bool cancelled(const hax_watch *watch)
{
    return watch && hax_cancel_requested(watch->cancel);
}

static double elapsed_s(const measuring *all)
{
    return hax_ms_between(all->start_ns, hax_clock_ns()) * 1e-3;
}

static double share_done(const measuring *all)
{
    double rounds = all->done_rounds + (double) all->done_passes / all->missing_count;
    double by_count = rounds / all->least;
    double by_time = all->seconds > 0 ? elapsed_s(all) / all->seconds : 1;
    return fmin(1, fmin(by_count, by_time));
}

static void report(const measuring *all)
{
    const hax_watch *watch = all->config->watch;
    if (!watch || !watch->report)
        return;
    double done = share_done(all);
    double left_s = done > 0 ? elapsed_s(all) * (1 - done) / done : -1;
    watch->report(watch->context, &(hax_progress){ "measuring", done, left_s });
}

/* An order of its own for every round so that what one pass leaves in the caches does not always
 * meet the same other one. Passes of one network stay together: a virtual processor changes its
 * speed every second or so, and how much longer a network takes under pressure than alone can only
 * be told from runs a fraction of that apart. */
static void shuffle(measuring *all)
{
    hax_random random = hax_random_fork(0, (uint64_t) all->done_rounds);
    hax_random_shuffle_kin(&random, all->missing, all->missing_count, all->kin);
}

static hax_status run_passes(measuring *all, hax_error *err)
{
    for (all->done_passes = 0; all->done_passes < all->missing_count; all->done_passes++) {
        int pass = all->missing[all->done_passes];
        report(all);
        HAX_TRY(hax_passes_run(all->passes, pass, all->session, err));
        all->taken_runs++;
        HAX_TRY(keep(all, pass, err));
    }
    return HAX_OK;
}

static hax_status one_round(measuring *all, hax_error *err)
{
    shuffle(all);
    HAX_TRY(hax_turns_begin(&all->turns, all->config->watch, err));
    hax_status status = run_passes(all, err);
    hax_turns_end(&all->turns);
    all->done_passes = 0;
    all->done_rounds++;
    return status;
}

static hax_status warm_up(measuring *all, hax_error *err)
{
    HAX_TRY(hax_turns_begin(&all->turns, all->config->watch, err));
    hax_status status = HAX_OK;
    const hax_watch *watch = all->config->watch;
    for (int i = 0; status == HAX_OK && i < all->missing_count; i++) {
        if (watch && watch->report)
            watch->report(watch->context,
                          &(hax_progress){ "warming up", (double) i / all->missing_count, -1 });
        status = hax_passes_warm_up(all->passes, all->missing[i], all->session, err);
    }
    hax_turns_end(&all->turns);
    return status;
}

/* Sleeps until the next round is due. */
static hax_status pause_until_due(measuring *all, hax_error *err)
{
    const struct timespec slice = { 0, 20 * 1000000L };
    double due_s = all->seconds * all->done_rounds / (ROUNDS_FACTOR * all->least);
    while (elapsed_s(all) < due_s) {
        if (cancelled(all->config->watch))
            return hax_fail(err, HAX_INTERRUPTED, "interrupted while measuring");
        nanosleep(&slice, NULL);
    }
    return HAX_OK;
}

static hax_status run_all_rounds(measuring *all, hax_error *err)
{
    HAX_TRY(warm_up(all, err));
    all->start_ns = hax_clock_ns();
    while (all->done_rounds < all->least || elapsed_s(all) < all->seconds) {
        HAX_TRY(pause_until_due(all, err));
        HAX_TRY(one_round(all, err));
    }
    report(all);
    return HAX_OK;
}

/* Wherever in the rounds the user stopped: says what becomes of the samples. */
static hax_status run_rounds(measuring *all, hax_error *err)
{
    hax_error inner = { 0 };
    hax_status status = run_all_rounds(all, &inner);
    if (status == HAX_INTERRUPTED)
        return hax_fail(err, status, "%s; %s", inner.message,
                        all->store ? "what was measured until then is kept in the store"
                                   : "nothing is kept without a store");
    if (status != HAX_OK && err)
        *err = inner;
    return status;
}

/* ---- the whole ----------------------------------------------------------------------- */

static void list_missing(measuring *all)
{
    for (int p = 0; p < hax_passes_count(all->passes); p++) {
        if (all->have[p] >= all->rounds)
            continue;
        all->missing[all->missing_count++] = p;
        if (all->rounds - all->have[p] > all->least)
            all->least = all->rounds - all->have[p];
    }
    /* what is left of an interrupted call takes its share of the time */
    all->seconds *= (double) all->least / all->rounds;
}

/* Neither the store's connection nor the locks may be carried into the workers. */
static hax_status measure_missing(measuring *all, hax_error *err)
{
    const char *path = all->config->store_path;
    checked_kernels checked = checked_recall(all->store, all->config->platform);
    hax_store_close(all->store);
    all->store = NULL;
    hax_status opened = networks_open_session(all->config->platform, all->config->network_count,
                                              all->config->networks, all->contention, &checked,
                                              all->config->watch, &all->session, err);
    checked_free(&checked);
    HAX_TRY(opened);
    if (path)
        HAX_TRY(hax_store_open(path, &all->store, err));
    checked_keep(all->store, all->config->platform, all->session);
    HAX_TRY(hax_turns_open(path, &all->turns, err));
    hax_status status = run_rounds(all, err);
    hax_turns_close(&all->turns);
    return status;
}

/* What the profile owes to the store, as of now. */
static hax_profile_stored stored_of(const measuring *all)
{
    hax_profile_stored stored = all->stored;
    if (stored.runs == 0)
        return stored;
    stored.total_runs = stored.runs + all->taken_runs;
    stored.answered_s = (int64_t) time(NULL);
    return stored;
}

static hax_status measure(measuring *all, hax_profile **profile, hax_error *err)
{
    const hax_profile_config *config = all->config;
    const hax_passes_config with = { .platform = config->platform,
                                     .network_count = config->network_count,
                                     .networks = config->networks,
                                     .contention = all->contention,
                                     .traffic = config->traffic };
    HAX_TRY(hax_passes_create(&with, &all->passes, err));
    size_t passes = (size_t) hax_passes_count(all->passes) + 1;
    all->have = calloc(passes, sizeof *all->have);
    all->kin = calloc(passes, sizeof *all->kin);
    all->replace = calloc(passes, sizeof *all->replace);
    all->missing = calloc(passes, sizeof *all->missing);
    if (!all->have || !all->kin || !all->replace || !all->missing)
        return hax_fail_memory(err, "the plan of measurement");
    for (int p = 0; p < hax_passes_count(all->passes); p++)
        all->kin[p] = hax_passes_network(all->passes, p);
    if (config->store_path) {
        HAX_TRY(hax_store_open(config->store_path, &all->store, err));
        HAX_TRY(look_up(all, err));
    }
    list_missing(all);
    if (all->missing_count > 0)
        HAX_TRY(measure_missing(all, err));
    HAX_TRY(hax_passes_profile(all->passes, profile, err));
    (*profile)->stored = stored_of(all);
    return HAX_OK;
}

static hax_status check(const hax_profile_config *config, hax_error *err)
{
    if (config->network_count < (config->contention ? 0 : 1))
        return hax_fail(err, HAX_USAGE, "no network to profile");
    if (config->rounds < 0 || isnan(config->seconds))
        return hax_fail(err, HAX_USAGE, "%d rounds over %g s: give numbers that are not negative",
                        config->rounds, config->seconds);
    if (cancelled(config->watch))
        return hax_fail(err, HAX_INTERRUPTED, "interrupted");
    return HAX_OK;
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

hax_status hax_profile_measure(const hax_profile_config *config, hax_profile **profile,
                               hax_error *err)
{
    assert(config && config->platform && profile);
    if (config->platform->datasheet)
        return hax_profile_estimated(config, profile, err);
    HAX_TRY(check(config, err));
    measuring all = { .config = config,
                      .rounds = config->rounds > 0 ? config->rounds : DEFAULT_ROUNDS,
                      .seconds = config->seconds >= 0 ? config->seconds : default_seconds,
                      .contention = config->contention && computes(config->platform),
                      .turns = { -1, -1 } };
    if (config->platform->simulated)
        all.seconds = 0;
    hax_status status = measure(&all, profile, err);
    hax_session_close(all.session);
    hax_store_close(all.store);
    hax_passes_destroy(all.passes);
    free(all.have);
    free(all.kin);
    free(all.replace);
    free(all.missing);
    return status;
}
