/* A stream at work: frames released, pieces begun and ended, counts. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "inside.h"
#include "watch.h"

int64_t hax_stream_now_ns(const hax_stream *stream)
{
    return hax_pieces_now_ns(stream->pieces) - stream->base_ns;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void tell(const hax_stream *stream, const hax_frame *frame)
{
    if (stream->config.frame_ended)
        stream->config.frame_ended(stream->config.context, frame);
}

static void drop(hax_stream *stream, int network, const hax_queued_frame *frame)
{
    hax_stream_counts *counts = &stream->counts[network];
    hax_frame dropped = { .network = network,
                          .number = frame->number,
                          .dropped = true,
                          .release_ns = frame->release_ns };
    counts->dropped++;
    if (counts->slot_count > 0) {
        hax_stream_slot_end(stream, network, frame->slot, &dropped);
        dropped = counts->slots[frame->slot].frame;
    }
    tell(stream, &dropped);
}

void hax_stream_release(hax_stream *stream, int network, const hax_queued_frame *frame)
{
    hax_queued_frame dropped;
    stream->counts[network].released++;
    if (hax_dispatcher_release(stream->dispatcher, network, frame, &dropped))
        drop(stream, network, &dropped);
}

/* May a network release one more of its own accord, at this time? */
static bool may_release(const hax_stream *stream, const hax_stream_counts *counts,
                        int64_t release_ns)
{
    return stream->releasing && counts->after < 0 && counts->source.release != HAX_SUBMITTED &&
           (stream->limits.frames == HAX_NO_LIMIT || counts->next_number < stream->limits.frames) &&
           (double) release_ns < stream->limits.seconds * 1e9;
}

static void release_own(hax_stream *stream, int network, int64_t release_ns)
{
    const hax_queued_frame frame = { .number = stream->counts[network].next_number++,
                                     .release_ns = release_ns };
    hax_stream_release(stream, network, &frame);
}

/* Of frame `number` at a rate: each from the start, so that nothing adds up. */
static int64_t periodic_ns(double rate_hz, int64_t number)
{
    return (int64_t) llroundl((long double) number * 1e9L / (long double) rate_hz);
}

static void release_due(hax_stream *stream, int64_t now_ns)
{
    for (int n = 0; n < stream->config.network_count; n++) {
        hax_stream_counts *counts = &stream->counts[n];
        if (counts->source.release != HAX_PERIODIC)
            continue;
        while (counts->next_release_ns <= now_ns &&
               may_release(stream, counts, counts->next_release_ns)) {
            release_own(stream, n, counts->next_release_ns);
            counts->next_release_ns = periodic_ns(counts->source.rate_hz, counts->next_number);
        }
    }
}

/* When the next frame is released at a rate; INT64_MAX: none is. */
static int64_t next_release_ns(const hax_stream *stream)
{
    int64_t next_ns = INT64_MAX;
    for (int n = 0; n < stream->config.network_count; n++) {
        const hax_stream_counts *counts = &stream->counts[n];
        if (counts->source.release == HAX_PERIODIC && counts->next_release_ns < next_ns &&
            may_release(stream, counts, counts->next_release_ns))
            next_ns = counts->next_release_ns;
    }
    return next_ns;
}

/* ---- results --------------------------------------------------------------------------------- */

static void compare(hax_stream *stream, int network)
{
    hax_stream_counts *counts = &stream->counts[network];
    size_t count;
    const float *values = hax_pieces_output(stream->pieces, network, &count);
    if (stream->reference.instance_count == 0 || counts->source.release == HAX_SUBMITTED)
        return;
    assert(count == stream->reference.counts[network]);
    double difference = hax_outputs_difference(values, stream->reference.values[network], count);
    counts->compared++;
    if (!(difference <= counts->largest_difference))
        counts->largest_difference = difference;
}

/* What comes after a network takes its frame over; one that is back to back has its next one. */
static void follow_on(hax_stream *stream, int network, const hax_frame *ended)
{
    const hax_queued_frame frame = { .number = ended->number, .release_ns = ended->release_ns };
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].after == network)
            hax_stream_release(stream, n, &frame);
    const hax_stream_counts *counts = &stream->counts[network];
    if (counts->source.release == HAX_BACK_TO_BACK && may_release(stream, counts, ended->end_ns))
        release_own(stream, network, ended->end_ns);
}

static void end_frame(hax_stream *stream, int network, const hax_queued_frame *queued,
                      int64_t end_ns)
{
    hax_stream_counts *counts = &stream->counts[network];
    int64_t latency_ns = end_ns - queued->release_ns;
    hax_frame frame = { .network = network,
                        .number = queued->number,
                        .missed = latency_ns > counts->deadline_ns,
                        .release_ns = queued->release_ns,
                        .start_ns = queued->start_ns,
                        .end_ns = end_ns };
    counts->ended++;
    counts->last_end_ns = end_ns;
    counts->missed += frame.missed;
    hax_histogram_add(counts->latency, latency_ns);
    compare(stream, network);
    if (counts->slot_count > 0) {
        hax_stream_slot_end(stream, network, queued->slot, &frame);
        frame = counts->slots[queued->slot].frame;
    }
    tell(stream, &frame);
    follow_on(stream, network, &frame);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool gives_outputs(const hax_stream *stream, const hax_piece *piece)
{
    const hax_stream_counts *counts = &stream->counts[piece->instance];
    return piece->last && (counts->slot_count > 0 ? counts->slots[0].values != NULL
                                                  : stream->reference.instance_count > 0);
}

void hax_stream_begin_ready(hax_stream *stream, int64_t now_ns)
{
    for (int p; (p = hax_dispatcher_next(stream->dispatcher, now_ns)) >= 0;) {
        const hax_piece *piece = &stream->list[p];
        const hax_stream_counts *counts = &stream->counts[piece->instance];
        bool submitted = counts->slot_count > 0;
        if (submitted && piece->first) {
            int slot = hax_dispatcher_frame(stream->dispatcher, piece->instance)->slot;
            const hax_model *model = stream->networks[piece->instance].model;
            for (int i = 0; i < hax_model_input_count(model); i++)
                hax_session_set_input(stream->session, piece->instance, i,
                                      counts->slots[slot].inputs[i]);
        }
        hax_pieces_begin(stream->pieces, p, submitted && piece->first_of_kind,
                         gives_outputs(stream, piece));
    }
}

static void end_piece(hax_stream *stream, const hax_piece_end *end)
{
    const hax_piece *piece = &stream->list[end->piece];
    hax_queued_frame *current = hax_dispatcher_frame(stream->dispatcher, piece->instance), frame;
    assert(current && end->start_ns <= end->end_ns);
    stream->busy_ns[piece->unit] += end->end_ns - end->start_ns;
    if (piece->first)
        current->start_ns = end->start_ns - stream->base_ns;
    if (hax_dispatcher_end(stream->dispatcher, end->piece, &frame))
        end_frame(stream, piece->instance, &frame, end->end_ns - stream->base_ns);
}

hax_status hax_stream_step(hax_stream *stream, int64_t at_most_ns, hax_error *err)
{
    int64_t until_ns = at_most_ns, now_ns = hax_stream_now_ns(stream);
    hax_piece_end ends[HAX_MAX_UNITS];
    int count = 0;
    hax_stream_begin_ready(stream, now_ns);
    int64_t next_ns = hax_dispatcher_next_start_ns(stream->dispatcher, now_ns);
    if (next_ns < until_ns)
        until_ns = next_ns;
    int64_t until = until_ns == INT64_MAX ? INT64_MAX : until_ns + stream->base_ns;
    HAX_TRY(hax_pieces_await(stream->pieces, until, ends, &count, err));
    for (int e = 0; e < count; e++)
        end_piece(stream, &ends[e]);
    return HAX_OK;
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void begin_run(hax_stream *stream, const hax_stream_limits *limits)
{
    enum { LEAD_NS = 1000 * 1000 }; /* a real clock goes on meanwhile */
    const bool simulated = stream->config.platform->simulated;
    stream->base_ns = hax_pieces_now_ns(stream->pieces) + (simulated ? 0 : LEAD_NS);
    memset(stream->busy_ns, 0, sizeof stream->busy_ns);
    stream->next_second_ns = 1000 * 1000 * 1000;
    stream->limits = *limits;
    stream->releasing = true;
    for (int n = 0; n < stream->config.network_count; n++) {
        hax_stream_counts *counts = &stream->counts[n];
        counts->next_number = counts->next_release_ns = 0;
        counts->released = counts->ended = counts->missed = counts->dropped = 0;
        counts->compared = counts->last_end_ns = 0;
        counts->largest_difference = 0;
        memset(counts->latency, 0, sizeof *counts->latency);
        if (counts->source.release == HAX_BACK_TO_BACK && may_release(stream, counts, 0))
            release_own(stream, n, 0);
    }
}

static hax_status tell_second(hax_stream *stream, bool *goes_on, hax_error *err)
{
    const hax_stream_result *so_far = NULL;
    *goes_on = true;
    if (!stream->config.second_passed || hax_stream_now_ns(stream) < stream->next_second_ns)
        return HAX_OK;
    stream->next_second_ns += 1000 * 1000 * 1000;
    HAX_TRY(hax_stream_result_make(stream, false, &so_far, err));
    *goes_on = stream->config.second_passed(stream->config.context, so_far);
    hax_stream_result_destroy(so_far);
    return HAX_OK;
}

/* No more frames: those that wait are given up, those that are worked on end. */
static void stop(hax_stream *stream)
{
    hax_queued_frame frame;
    stream->releasing = false;
    for (int n = 0; n < stream->config.network_count; n++) {
        while (hax_dispatcher_take_waiting(stream->dispatcher, n, &frame))
            if (stream->counts[n].slot_count > 0)
                drop(stream, n, &frame);
    }
}

static hax_status run(hax_stream *stream, bool *interrupted, hax_error *err)
{
    bool goes_on = true;
    for (;;) {
        if (!*interrupted && (!goes_on || hax_watch_cancelled(stream->config.watch))) {
            *interrupted = true;
            stop(stream);
        }
        release_due(stream, hax_stream_now_ns(stream));
        int64_t until_ns = next_release_ns(stream);
        if (until_ns == INT64_MAX && hax_dispatcher_is_idle(stream->dispatcher))
            return HAX_OK;
        if (stream->config.second_passed && stream->next_second_ns < until_ns)
            until_ns = stream->next_second_ns;
        HAX_TRY(hax_stream_step(stream, until_ns, err));
        HAX_TRY(tell_second(stream, &goes_on, err));
    }
}

hax_status hax_stream_run(hax_stream *stream, const hax_stream_limits *limits,
                          const hax_stream_result **result, hax_error *err)
{
    bool interrupted = false;
    if ((limits->frames != HAX_NO_LIMIT && limits->frames < 1) || !(limits->seconds > 0))
        return hax_fail(err, HAX_USAGE, "a run of %lld frames and %g seconds: give one of each",
                        (long long) limits->frames, limits->seconds);
    while (!hax_dispatcher_is_idle(stream->dispatcher)) /* what was submitted */
        HAX_TRY(hax_stream_step(stream, INT64_MAX, err));
    begin_run(stream, limits);
    hax_status status = run(stream, &interrupted, err);
    stream->releasing = false;
    if (status != HAX_OK && status != HAX_WORKER_LOST)
        return status;
    hax_status made =
        hax_stream_result_make(stream, interrupted, result, status == HAX_OK ? err : NULL);
    if (status != HAX_OK || made != HAX_OK)
        return status != HAX_OK ? status : made;
    if (interrupted)
        return hax_fail(err, HAX_INTERRUPTED, "interrupted");
    if ((*result)->outputs_checked && !(*result)->outputs_equal)
        return hax_fail(err, HAX_MISMATCH,
                        "results of the stream differ from those of a single unit by more than %g "
                        "of the largest value",
                        (*result)->output_tolerance);
    return HAX_OK;
}
