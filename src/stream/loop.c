/* A stream at work: frames released, pieces begun and ended, counts. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "inside.h"
#include "text.h"
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
        hax_stream_slot_end(stream, -1, frame->slot, &dropped);
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
    return stream->releasing && counts->after < 0 && !counts->awaits_plan &&
           counts->source.release != HAX_SUBMITTED && counts->source.release != HAX_NO_FRAMES &&
           (stream->limits.frames == HAX_NO_LIMIT || counts->next_number < stream->limits.frames) &&
           (double) release_ns < stream->limits.seconds * 1e9;
}

static void release_own(hax_stream *stream, int network, int64_t release_ns)
{
    const hax_queued_frame frame = { .number = stream->counts[network].next_number++,
                                     .release_ns = release_ns };
    stream->counts[network].last_release_ns = release_ns;
    hax_stream_release(stream, network, &frame);
}

/* Of a frame at a rate: each from the moment at which the rate began, so that nothing adds up. */
static int64_t periodic_ns(const hax_stream_counts *counts, int64_t number)
{
    return counts->epoch_ns + (int64_t) llroundl((long double) (number - counts->epoch_number) *
                                                 1e9L / (long double) counts->source.rate_hz);
}

static void begin_rate(hax_stream_counts *counts, int64_t first_ns)
{
    counts->epoch_number = counts->next_number;
    counts->epoch_ns = counts->next_release_ns = first_ns;
}

/* The next frame comes one new period after the last one, at once if that is over. */
void hax_stream_change_rate(hax_stream *stream, int network)
{
    hax_stream_counts *counts = &stream->counts[network];
    const int64_t now_ns = hax_stream_now_ns(stream);
    const int64_t next_ns =
        counts->last_release_ns + (int64_t) llround(1e9 / counts->source.rate_hz);
    begin_rate(counts, next_ns > now_ns ? next_ns : now_ns);
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
            counts->next_release_ns = periodic_ns(counts, counts->next_number);
        }
    }
}

void hax_stream_start_frames(hax_stream *stream, int network)
{
    hax_stream_counts *counts = &stream->counts[network];
    const int64_t now_ns = hax_stream_now_ns(stream);
    begin_rate(counts, now_ns);
    release_due(stream, now_ns);
    if (counts->source.release == HAX_BACK_TO_BACK && may_release(stream, counts, now_ns))
        release_own(stream, network, now_ns);
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

static void compare(hax_stream *stream, int instance)
{
    const int network = hax_stream_network_of(stream, instance);
    hax_stream_counts *counts = &stream->counts[network];
    size_t count;
    const float *values = hax_pieces_output(stream->pieces, instance, &count);
    if (stream->reference.instance_count == 0 || counts->source.release == HAX_SUBMITTED)
        return;
    assert(count == stream->reference.counts[network]);
    double difference = hax_outputs_difference(values, stream->reference.values[network], count);
    counts->compared++;
    if (!(difference <= counts->largest_difference))
        counts->largest_difference = difference;
}

/* The next frame of a network that is back to back comes as soon as it could begin. */
static void release_next(hax_stream *stream, int network, int64_t now_ns)
{
    const hax_stream_counts *counts = &stream->counts[network];
    if (counts->source.release == HAX_BACK_TO_BACK && may_release(stream, counts, now_ns) &&
        hax_dispatcher_may_follow(stream->dispatcher, network))
        release_own(stream, network, now_ns);
}

/* What comes after a network takes its frame over; one that is back to back has its next one. */
static void follow_on(hax_stream *stream, int network, const hax_frame *ended)
{
    const hax_queued_frame frame = { .number = ended->number, .release_ns = ended->release_ns };
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].after == network && !stream->counts[n].awaits_plan &&
            stream->counts[n].source.release != HAX_NO_FRAMES)
            hax_stream_release(stream, n, &frame);
    release_next(stream, network, ended->end_ns);
}

static void end_frame(hax_stream *stream, int instance, const hax_queued_frame *queued,
                      int64_t end_ns)
{
    const int network = hax_stream_network_of(stream, instance);
    hax_stream_counts *counts = &stream->counts[network];
    int64_t latency_ns = end_ns - queued->release_ns;
    hax_frame frame = { .network = network,
                        .number = queued->number,
                        .missed = end_ns > queued->due_ns,
                        .release_ns = queued->release_ns,
                        .start_ns = queued->start_ns,
                        .end_ns = end_ns };
    stream->restarts_in_vain = 0;
    counts->ended++;
    counts->last_end_ns = end_ns;
    counts->missed += frame.missed;
    hax_histogram_add(counts->latency, latency_ns);
    counts->latency_sum_ns += (double) latency_ns;
    compare(stream, instance);
    if (counts->slot_count > 0) {
        hax_stream_slot_end(stream, instance, queued->slot, &frame);
        frame = counts->slots[queued->slot].frame;
    }
    tell(stream, &frame);
    follow_on(stream, network, &frame);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static bool gives_outputs(const hax_stream *stream, const hax_piece *piece)
{
    const hax_stream_counts *counts =
        &stream->counts[hax_stream_network_of(stream, piece->instance)];
    return piece->last && (counts->slot_count > 0 ? counts->slots[0].values != NULL
                                                  : stream->reference.instance_count > 0);
}

void hax_stream_begin_ready(hax_stream *stream, int64_t now_ns)
{
    for (int p; (p = hax_dispatcher_next(stream->dispatcher, now_ns)) >= 0;) {
        const hax_piece *piece = &stream->list[p];
        const int network = hax_stream_network_of(stream, piece->instance);
        const hax_stream_counts *counts = &stream->counts[network];
        bool submitted = counts->slot_count > 0;
        if (submitted && piece->first) {
            int slot = hax_dispatcher_frame(stream->dispatcher, piece->instance)->slot;
            const hax_model *model = stream->networks[network].model;
            for (int i = 0; i < hax_model_input_count(model); i++)
                hax_session_set_input(stream->session, piece->instance, i,
                                      counts->slots[slot].inputs[i]);
        }
        hax_pieces_begin(stream->pieces, p, submitted && piece->first_of_kind,
                         gives_outputs(stream, piece));
        if (stream->replan)
            hax_replan_piece_begun(stream->replan, piece->unit);
    }
}

static void end_piece(hax_stream *stream, const hax_piece_end *end)
{
    const hax_piece *piece = &stream->list[end->piece];
    hax_queued_frame *current = hax_dispatcher_frame(stream->dispatcher, piece->instance), frame;
    assert(current && end->start_ns <= end->end_ns);
    stream->busy_ns[piece->unit] += end->end_ns - end->start_ns;
    if (stream->replan)
        hax_replan_piece_ended(stream->replan, end->piece);
    if (piece->first)
        current->start_ns = end->start_ns - stream->base_ns;
    if (hax_dispatcher_end(stream->dispatcher, end->piece, &frame))
        end_frame(stream, piece->instance, &frame, end->end_ns - stream->base_ns);
    else
        release_next(stream, hax_stream_network_of(stream, piece->instance),
                     end->end_ns - stream->base_ns);
}

static hax_status step(hax_stream *stream, int64_t at_most_ns, hax_error *err)
{
    int64_t until_ns = at_most_ns, now_ns = hax_stream_now_ns(stream);
    hax_piece_end ends[HAX_MAX_UNITS];
    int count = 0;
    if (stream->replan)
        HAX_TRY(hax_replan_look(stream->replan, err));
    if (now_ns >= 0) /* before the start of a run nothing begins, though frames may be there */
        hax_stream_begin_ready(stream, now_ns);
    else if (until_ns > 0)
        until_ns = 0;
    int64_t next_ns = hax_dispatcher_next_start_ns(stream->dispatcher, now_ns);
    if (next_ns < until_ns)
        until_ns = next_ns;
    int64_t planned_ns = stream->replan ? hax_replan_due_ns(stream->replan) : INT64_MAX;
    if (planned_ns < until_ns)
        until_ns = planned_ns;
    int64_t until = until_ns == INT64_MAX ? INT64_MAX : until_ns + stream->base_ns;
    HAX_TRY(hax_pieces_await(stream->pieces, until, ends, &count, err));
    for (int e = 0; e < count; e++)
        end_piece(stream, &ends[e]);
    return HAX_OK;
}

/* ---- lost workers ---------------------------------------------------------------------------- */

/* A frame that was worked on when workers were lost. */
typedef struct lost_frame {
    int network;
    hax_queued_frame frame;
} lost_frame;

static void warn_of_loss(const hax_stream *stream, const hax_error *why, const lost_frame *lost,
                         int count)
{
    const hax_watch *watch = stream->config.watch;
    char known[HAX_ERROR_MESSAGE_MAX + 400];
    hax_text text = hax_text_in(known, sizeof known);
    if (!watch || !watch->warn)
        return;
    hax_text_printf(&text, "%s; all workers are started anew", why->message);
    for (int l = 0; l < count; l++)
        hax_text_printf(&text, ", frame %lld of %.60s is lost", (long long) lost[l].frame.number,
                        stream->instances[lost[l].network].name);
    watch->warn(watch->context, hax_text_get(&text));
}

static void lose(hax_stream *stream, int network, const hax_queued_frame *queued)
{
    hax_stream_counts *counts = &stream->counts[network];
    hax_frame frame = {
        .network = network, .number = queued->number, .lost = true, .release_ns = queued->release_ns
    };
    counts->lost++;
    if (counts->slot_count > 0) {
        hax_stream_slot_end(stream, -1, queued->slot, &frame);
        frame = counts->slots[queued->slot].frame;
    }
    tell(stream, &frame);
    release_next(stream, network, hax_stream_now_ns(stream));
}

/* What is worked on; at most a frame for each instance of the session. */
static int give_up_all(hax_stream *stream, lost_frame *lost)
{
    hax_queued_frame frame;
    int count = 0;
    for (int n = 0; n < stream->config.network_count; n++)
        while (hax_dispatcher_abandon(stream->dispatcher, n, &frame)) {
            assert(count < HAX_MAX_INSTANCES);
            lost[count++] = (lost_frame){ n, frame };
        }
    return count;
}

/* A stream that has lost a worker goes on with new ones. */
static hax_status recover(hax_stream *stream, const hax_error *why, hax_error *err)
{
    lost_frame lost[HAX_MAX_INSTANCES];
    const int count = give_up_all(stream, lost);
    warn_of_loss(stream, why, lost, count);
    stream->restarts++;
    stream->restarts_in_vain++;
    HAX_TRY(hax_session_restart(stream->session, err));
    HAX_TRY(hax_pieces_restart(stream->pieces, err));
    for (int l = 0; l < count; l++)
        lose(stream, lost[l].network, &lost[l].frame);
    if (stream->replan)
        hax_replan_restarted(stream->replan);
    return HAX_OK;
}

hax_status hax_stream_step(hax_stream *stream, int64_t at_most_ns, hax_error *err)
{
    enum { IN_VAIN_MOST = 3 };
    hax_error why = { 0 };
    hax_status status = step(stream, at_most_ns, &why);
    if (status == HAX_WORKER_LOST && stream->config.restart &&
        stream->restarts_in_vain < IN_VAIN_MOST)
        return recover(stream, &why, err);
    if (status != HAX_OK && err)
        *err = why;
    return status;
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
    stream->restarts = stream->restarts_in_vain = 0;
    stream->releasing = true;
    for (int n = 0; n < stream->config.network_count; n++) {
        hax_stream_counts *counts = &stream->counts[n];
        counts->next_number = counts->last_release_ns = 0;
        counts->epoch_number = 0;
        counts->epoch_ns = counts->next_release_ns = counts->phase_ns;
        counts->latency_sum_ns = 0;
        counts->released = counts->ended = counts->missed = counts->dropped = counts->lost = 0;
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

/* Whoever controls the run, who may change it; when next, at the latest. */
static hax_status ask_control(hax_stream *stream, int64_t *next_ns, hax_error *err)
{
    const hax_stream_config *config = &stream->config;
    const int64_t now_ns = hax_stream_now_ns(stream);
    *next_ns = INT64_MAX;
    if (!config->control)
        return HAX_OK;
    HAX_TRY(config->control(config->context, stream, now_ns, next_ns, err));
    if (*next_ns <= now_ns)
        *next_ns = now_ns + 1;
    return HAX_OK;
}

/* Will no more frames come? */
static bool is_over(const hax_stream *stream, int64_t next_release_ns)
{
    return next_release_ns == INT64_MAX && hax_dispatcher_is_idle(stream->dispatcher) &&
           !(stream->replan && stream->releasing && hax_replan_is_awaited(stream->replan));
}

static hax_status run(hax_stream *stream, bool *interrupted, hax_error *err)
{
    bool goes_on = true;
    for (;;) {
        int64_t control_ns;
        if (!*interrupted && (!goes_on || hax_watch_cancelled(stream->config.watch))) {
            *interrupted = true;
            stop(stream);
        }
        HAX_TRY(ask_control(stream, &control_ns, err));
        release_due(stream, hax_stream_now_ns(stream));
        int64_t until_ns = next_release_ns(stream);
        if (is_over(stream, until_ns))
            return HAX_OK;
        until_ns = control_ns < until_ns ? control_ns : until_ns;
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
    if (stream->replan)
        hax_replan_rest(stream->replan);
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
