/* The highest rates that a deployment keeps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"

static const double widest = 1000, close_enough = 1.01;

static bool has_rate(const hax_stream *stream)
{
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].source.release == HAX_PERIODIC)
            return true;
    return false;
}

static void scale_source(hax_stream_counts *counts, const hax_frame_source *source, double factor)
{
    counts->source = *source;
    if (source->release == HAX_PERIODIC) {
        counts->source.rate_hz = source->rate_hz * factor;
        if (source->deadline_ms == 1e3 / source->rate_hz)
            counts->source.deadline_ms = 1e3 / counts->source.rate_hz;
    }
    if (!isinf(source->deadline_ms))
        counts->deadline_ns = (int64_t) llround(counts->source.deadline_ms * 1e6);
}

static bool all_kept(const hax_stream_result *result)
{
    for (int n = 0; n < result->network_count; n++)
        if (result->networks[n].missed > 0 || result->networks[n].dropped > 0 ||
            result->networks[n].lost > 0)
            return false;
    return true;
}

/* Does the deployment keep its rates times a factor? */
static hax_status try_factor(hax_stream *stream, const hax_frame_source *sources, double factor,
                             int64_t frames, bool *kept, hax_error *err)
{
    const hax_stream_limits limits = { frames, INFINITY };
    const hax_stream_result *result = NULL;
    for (int n = 0; n < stream->config.network_count; n++)
        scale_source(&stream->counts[n], &sources[n], factor);
    HAX_TRY(hax_stream_reload(stream, err));
    hax_status status = hax_stream_run(stream, &limits, &result, err);
    if (status == HAX_MISMATCH)
        status = HAX_OK; /* that is not what is asked here */
    *kept = result && all_kept(result);
    hax_stream_result_destroy(result);
    return status;
}

/* Doubles or halves until one factor is kept and one is not, then closes in on what lies between.
 */
static hax_status search(hax_stream *stream, const hax_frame_source *sources, int64_t frames,
                         hax_stream_rate *rate, hax_error *err)
{
    double kept_at = 0, missed_at = INFINITY, factor = 1;
    while (factor <= widest && factor >= 1 / widest &&
           !(kept_at > 0 && missed_at <= kept_at * close_enough)) {
        bool kept;
        HAX_TRY(try_factor(stream, sources, factor, frames, &kept, err));
        rate->runs++;
        if (kept)
            kept_at = factor;
        else
            missed_at = factor;
        factor = isinf(missed_at) ? factor * 2
                 : kept_at == 0   ? factor / 2
                                  : sqrt(kept_at * missed_at);
    }
    rate->factor = kept_at;
    rate->first_missed = missed_at;
    return HAX_OK;
}

hax_status hax_stream_find_rate(hax_stream *stream, int64_t frames, hax_stream_rate *rate,
                                hax_error *err)
{
    hax_frame_source sources[HAX_MAX_INSTANCES];
    hax_stream_rate found = { 0 };
    if (!has_rate(stream))
        return hax_fail(
            err, HAX_USAGE,
            "no frames come at a rate: there is none to search from; give a network one");
    if (stream->replan)
        return hax_fail(err, HAX_USAGE,
                        "a stream that plans anew has no one plan whose rates could be found");
    if (stream->cycle)
        return hax_fail(err, HAX_USAGE,
                        "the schedule is of a cycle, which holds for its own rates only");
    if (frames < 1)
        return hax_fail(err, HAX_USAGE, "%lld frames to find a rate with: give at least one",
                        (long long) frames);
    for (int n = 0; n < stream->config.network_count; n++)
        sources[n] = stream->counts[n].source;
    bool (*second_passed)(void *, const hax_stream_result *) = stream->config.second_passed;
    stream->config.second_passed = NULL;
    hax_status status = search(stream, sources, frames, &found, err);
    stream->config.second_passed = second_passed;
    for (int n = 0; n < stream->config.network_count; n++)
        scale_source(&stream->counts[n], &sources[n], 1);
    if (status != HAX_WORKER_LOST) {
        hax_status again = hax_stream_reload(stream, status == HAX_OK ? err : NULL);
        status = status == HAX_OK ? again : status;
    }
    if (status == HAX_OK)
        *rate = found;
    return status;
}
