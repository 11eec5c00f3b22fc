/* How frames come: checked, and changed while a stream runs. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "inside.h"
#include "text.h"

hax_status hax_stream_check_source(const hax_instance_spec *instance,
                                   const hax_frame_source *source, hax_error *err)
{
    static const double rate_max_hz = 1e6, deadline_max_ms = 1e12;
    if (source->release != HAX_BACK_TO_BACK && source->release != HAX_PERIODIC &&
        source->release != HAX_SUBMITTED && source->release != HAX_NO_FRAMES)
        return hax_fail(err, HAX_BAD_INPUT, "'%.100s': no such release of frames (%d)",
                        instance->name, (int) source->release);
    if (source->policy != HAX_KEEP_LATEST && source->policy != HAX_KEEP_QUEUE)
        return hax_fail(err, HAX_BAD_INPUT, "'%.100s': no such policy of a buffer (%d)",
                        instance->name, (int) source->policy);
    if (source->release == HAX_PERIODIC && !(source->rate_hz > 0 && source->rate_hz <= rate_max_hz))
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s': a rate of %g frames a second; above 0 and at most %g can be "
                        "released",
                        instance->name, source->rate_hz, rate_max_hz);
    if (!(source->deadline_ms > 0) ||
        (!isinf(source->deadline_ms) && source->deadline_ms > deadline_max_ms))
        return hax_fail(
            err, HAX_BAD_INPUT,
            "'%.100s': a deadline of %g ms; give a time above 0 and at most %g, or none",
            instance->name, source->deadline_ms, deadline_max_ms);
    if (source->buffer < 1 || source->buffer > HAX_FRAME_BUFFER_MAX)
        return hax_fail(err, HAX_BAD_INPUT, "'%.100s': a buffer of %d frames; it can hold 1 to %d",
                        instance->name, source->buffer, HAX_FRAME_BUFFER_MAX);
    if (instance->after_count > 0 && source->release != HAX_BACK_TO_BACK &&
        source->release != HAX_NO_FRAMES)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s' comes after another network and takes its frames from there: it "
                        "has no rate of its own",
                        instance->name);
    return HAX_OK;
}

/* ---- changed --------------------------------------------------------------------------------- */

static hax_status check_change(const hax_stream *stream, int network,
                               const hax_frame_source *source, hax_error *err)
{
    hax_frame_source sources[HAX_MAX_INSTANCES];
    hax_figures figures;
    if (!stream->replan)
        return hax_fail(err, HAX_USAGE,
                        "frames of networks change in a stream that plans anew (replan)");
    if (network < 0 || network >= stream->config.network_count)
        return hax_fail(err, HAX_BAD_INPUT, "there is no network %d: the stream has %d", network,
                        stream->config.network_count);
    HAX_TRY(hax_stream_check_source(&stream->config.problem->instances[network], source, err));
    if (source->release == HAX_SUBMITTED && stream->counts[network].slot_count == 0)
        return hax_fail(err, HAX_BAD_INPUT,
                        "'%.100s': frames that are submitted need memory that is there from the "
                        "opening of the stream on",
                        stream->instances[network].name);
    for (int n = 0; n < stream->config.network_count; n++)
        sources[n] = stream->counts[n].source;
    sources[network] = *source;
    HAX_TRY(hax_figures_make(stream->config.problem, sources, NULL, &figures, err));
    hax_figures_free(&figures);
    return HAX_OK;
}

static void say_change(const hax_stream *stream, int network, const hax_frame_source *before,
                       const hax_frame_source *source)
{
    char what[HAX_INSTANCE_NAME_BYTES + 60];
    hax_text text = hax_text_in(what, sizeof what);
    const char *name = stream->instances[network].name;
    if (source->release == HAX_NO_FRAMES)
        hax_text_printf(&text, "%.100s goes", name);
    else if (before->release == HAX_NO_FRAMES && source->release == HAX_PERIODIC)
        hax_text_printf(&text, "%.100s comes with %.6g frames a second", name, source->rate_hz);
    else if (before->release == HAX_NO_FRAMES)
        hax_text_printf(&text, "%.100s comes", name);
    else if (source->release == HAX_PERIODIC)
        hax_text_printf(&text, "%.100s has %.6g frames a second", name, source->rate_hz);
    else
        hax_text_printf(&text, "%.100s has other frames", name);
    hax_replan_change(stream->replan, what);
}

hax_status hax_stream_set_source(hax_stream *stream, int network, const hax_frame_source *source,
                                 hax_error *err)
{
    HAX_TRY(check_change(stream, network, source, err));
    hax_stream_counts *counts = &stream->counts[network];
    const hax_frame_source before = counts->source;
    counts->source = *source;
    counts->source.buffer = before.buffer;
    counts->source.policy = before.policy;
    counts->deadline_ns =
        isinf(source->deadline_ms) ? INT64_MAX : (int64_t) llround(source->deadline_ms * 1e6);
    hax_dispatcher_set_deadline(stream->dispatcher, network, source->deadline_ms);
    if (source->release == HAX_NO_FRAMES)
        counts->awaits_plan = false;
    else if (before.release == HAX_NO_FRAMES)
        counts->awaits_plan = true;
    else if (source->release == HAX_PERIODIC && !counts->awaits_plan)
        hax_stream_change_rate(stream, network);
    else if (source->release == HAX_BACK_TO_BACK && before.release == HAX_PERIODIC &&
             counts->after < 0 && !counts->awaits_plan &&
             !hax_dispatcher_has_frames(stream->dispatcher, network))
        hax_stream_start_frames(stream, network);
    say_change(stream, network, &before, source);
    return HAX_OK;
}

/* ---- on a virtual clock ---------------------------------------------------------------------- */

static hax_status check_virtual(const hax_stream *stream, hax_error *err)
{
    if (stream->config.platform->simulated)
        return HAX_OK;
    return hax_fail(err, HAX_USAGE,
                    "units of platform '%s' are real: they are as fast as they are, and workers "
                    "are lost when they are",
                    stream->config.platform->name);
}

hax_status hax_stream_slow_unit(hax_stream *stream, int unit, double factor, hax_error *err)
{
    HAX_TRY(check_virtual(stream, err));
    if (unit < 0 || unit >= stream->config.platform->unit_count)
        return hax_fail(err, HAX_BAD_INPUT, "there is no unit %d: the platform has %d", unit,
                        stream->config.platform->unit_count);
    if (!(factor >= 1e-3 && factor <= 1e3))
        return hax_fail(err, HAX_BAD_INPUT,
                        "unit '%.100s' cannot be %g times as slow: 0.001 to 1000 can be simulated",
                        stream->config.platform->units[unit].name, factor);
    hax_pieces_slow(stream->pieces, unit, factor);
    return HAX_OK;
}

hax_status hax_stream_lose_workers(hax_stream *stream, double restart_ms, hax_error *err)
{
    HAX_TRY(check_virtual(stream, err));
    if (!(restart_ms >= 0 && restart_ms <= 1e9))
        return hax_fail(err, HAX_BAD_INPUT,
                        "workers that are ready after %g ms: 0 to 1e9 can be "
                        "simulated",
                        restart_ms);
    hax_pieces_lose(stream->pieces, (int64_t) llround(restart_ms * 1e6));
    return HAX_OK;
}
