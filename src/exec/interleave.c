#include "interleave.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "random.h"
#include "steal.h"
#include "watch.h"

typedef struct interleave {
    const hax_interleave_config *config;
    const hax_interleave_calls *calls;
    const hax_interleave_clock *clock;
    hax_interleave_counts counts;
    int *order; /* of the items, in the present round */
    int *block; /* [item] */
    uint64_t start_ns;
    double shown; /* of the whole: progress never goes back, though a round is executed again */
} interleave;

/* ---- the machine's clock --------------------------------------------------------------- */

static uint64_t machine_now_ns(void *context)
{
    (void) context;
    return hax_clock_ns();
}

static double machine_stolen_ms(void *context)
{
    (void) context;
    return hax_steal_ms();
}

static void machine_sleep_ms(void *context, double ms)
{
    (void) context;
    assert(ms >= 0 && ms < 1000);
    nanosleep(&(struct timespec){ 0, (long) (ms * 1e6) }, NULL);
}

static const hax_interleave_clock machine_clock = { machine_now_ns, machine_stolen_ms,
                                                    machine_sleep_ms, NULL };

static uint64_t now_ns(const interleave *loop)
{
    return loop->clock->now_ns(loop->clock->context);
}

static double elapsed_s(const interleave *loop)
{
    return hax_ms_between(loop->start_ns, now_ns(loop)) * 1e-3;
}

/* ---- how far it is ------------------------------------------------------------------------ */

/* Share of the whole that is done when `items` of the present round are. */
static double share_done(const interleave *loop, int items)
{
    const hax_interleave_config *config = loop->config;
    double rounds = loop->counts.counted + (double) items / config->item_count;
    double by_count = rounds / config->rounds;
    double by_time = config->seconds > 0 ? elapsed_s(loop) / config->seconds : 1;
    return fmin(1, fmin(by_count, by_time));
}

static void report(interleave *loop, int items)
{
    loop->shown = fmax(loop->shown, share_done(loop, items));
    assert(loop->shown >= 0 && loop->shown <= 1);
    double left_s = loop->shown > 0 ? elapsed_s(loop) * (1 - loop->shown) / loop->shown : -1;
    hax_watch_report(loop->config->watch, loop->config->stage, loop->shown, left_s);
}

/* ---- rounds ------------------------------------------------------------------------------- */

static hax_status begin(const interleave *loop, int round, hax_error *err)
{
    return loop->calls->begin ? loop->calls->begin(loop->calls->context, round, err) : HAX_OK;
}

static void end(const interleave *loop)
{
    if (loop->calls->end)
        loop->calls->end(loop->calls->context);
}

static hax_status warm_up_items(const interleave *loop, hax_error *err)
{
    const hax_interleave_config *config = loop->config;
    for (int i = 0; i < config->item_count; i++) {
        if (config->warm_up_stage)
            hax_watch_report(config->watch, config->warm_up_stage, (double) i / config->item_count,
                             -1);
        HAX_TRY(hax_watch_check(loop->config->watch, err));
        HAX_TRY(loop->calls->warm_up(loop->calls->context, i, err));
    }
    return HAX_OK;
}

static hax_status warm_up(const interleave *loop, hax_error *err)
{
    if (!loop->calls->warm_up)
        return HAX_OK;
    HAX_TRY(begin(loop, -1, err));
    hax_status status = warm_up_items(loop, err);
    end(loop);
    return status;
}

/* Of the round at hand. */
static int number_of(const interleave *loop)
{
    return loop->config->first_round + loop->counts.counted;
}

/* The same orders whenever the same items are measured: the seed is the number of the round among
 * all that were executed. */
static void shuffle(interleave *loop)
{
    hax_random random = hax_random_fork(0, (uint64_t) (number_of(loop) + loop->counts.repeated));
    hax_random_shuffle_blocks(&random, loop->order, loop->config->item_count, loop->block);
}

static hax_status execute_items(interleave *loop, hax_error *err)
{
    for (int i = 0; i < loop->config->item_count; i++) {
        int item = loop->order[i];
        assert(item >= 0 && item < loop->config->item_count);
        report(loop, i);
        HAX_TRY(hax_watch_check(loop->config->watch, err));
        HAX_TRY(loop->calls->execute(loop->calls->context, item, number_of(loop), err));
    }
    return HAX_OK;
}

/* Counts the round, or forgets it. */
static void conclude_round(interleave *loop, bool disturbed)
{
    hax_interleave_counts *counts = &loop->counts;
    if (disturbed && counts->repeated < loop->config->rounds) {
        if (loop->calls->discard)
            loop->calls->discard(loop->calls->context, number_of(loop));
        counts->repeated++;
        return;
    }
    counts->counted++;
    counts->disturbed += disturbed;
    assert(counts->repeated <= loop->config->rounds && counts->disturbed <= counts->counted);
}

/* What was taken away while the round had to wait for its turn does not disturb it. */
static hax_status execute_round(interleave *loop, hax_error *err)
{
    const hax_interleave_clock *clock = loop->clock;
    int processors = loop->config->processors;
    shuffle(loop);
    HAX_TRY(begin(loop, number_of(loop), err));
    double stolen_ms = processors > 0 ? clock->stolen_ms(clock->context) : 0;
    uint64_t start_ns = now_ns(loop);
    hax_status status = execute_items(loop, err);
    double took_ms = hax_ms_between(start_ns, now_ns(loop));
    stolen_ms = processors > 0 ? clock->stolen_ms(clock->context) - stolen_ms : 0;
    end(loop);
    if (status == HAX_OK)
        conclude_round(loop, processors > 0 && hax_steal_disturbs(stolen_ms, took_ms, processors));
    return status;
}

/* Until the next round is due, in pieces that a user who cancels does not feel. */
static hax_status await_due(const interleave *loop, hax_error *err)
{
    const double piece_ms = 20;
    const hax_interleave_config *config = loop->config;
    if (config->rounds_in_time == 0)
        return HAX_OK;
    double due_s = config->seconds * loop->counts.counted / config->rounds_in_time;
    while (elapsed_s(loop) < due_s) {
        HAX_TRY(hax_watch_check(loop->config->watch, err));
        loop->clock->sleep_ms(loop->clock->context, piece_ms);
    }
    return HAX_OK;
}

static hax_status run_loop(interleave *loop, hax_error *err)
{
    HAX_TRY(warm_up(loop, err));
    loop->start_ns = now_ns(loop);
    while (loop->counts.counted < loop->config->rounds || elapsed_s(loop) < loop->config->seconds) {
        HAX_TRY(await_due(loop, err));
        HAX_TRY(execute_round(loop, err));
    }
    report(loop, 0);
    return HAX_OK;
}

hax_status hax_interleave(const hax_interleave_config *config, const hax_interleave_calls *calls,
                          hax_interleave_counts *counts, hax_error *err)
{
    assert(config->stage && config->item_count > 0 && config->rounds > 0 && config->seconds >= 0);
    assert(config->rounds_in_time >= 0 && config->processors >= 0 && calls->execute);
    size_t count = (size_t) config->item_count;
    interleave loop = { .config = config,
                        .calls = calls,
                        .clock = config->clock ? config->clock : &machine_clock };
    loop.order = calloc(2 * count, sizeof *loop.order);
    if (!loop.order)
        return hax_fail_memory(err, "a measuring loop");
    loop.block = loop.order + count;
    for (int i = 0; i < config->item_count; i++) {
        loop.order[i] = i;
        loop.block[i] = config->block ? config->block[i] : i;
    }
    hax_status status = run_loop(&loop, err);
    *counts = loop.counts;
    free(loop.order);
    return status;
}
