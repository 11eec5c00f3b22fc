/* What a stream has come to, and its document. */
#include <assert.h>
#include <jansson.h>
#include <math.h>

#include "haxconn/version.h"
#include "inside.h"
#include "json.h"

typedef struct owned_result {
    hax_stream_result public;
    hax_arena *arena;
} owned_result;

static void fill_network(const hax_stream *stream, int n, hax_arena *arena,
                         hax_stream_network *network)
{
    const hax_stream_counts *counts = &stream->counts[n];
    *network = (hax_stream_network){
        .name = hax_arena_string(arena, stream->instances[n].name),
        .source = counts->source,
        .released = counts->released,
        .ended = counts->ended,
        .missed = counts->missed,
        .dropped = counts->dropped,
        .lost = counts->lost,
        .unfinished = counts->released - counts->ended - counts->dropped - counts->lost,
        .ended_per_s = counts->last_end_ns > 0
                           ? (double) counts->ended * 1e9 / (double) counts->last_end_ns
                           : 0,
        .p50_ms = hax_histogram_percentile_ms(counts->latency, 50),
        .p95_ms = hax_histogram_percentile_ms(counts->latency, 95),
        .p99_ms = hax_histogram_percentile_ms(counts->latency, 99),
        .max_ms = hax_histogram_percentile_ms(counts->latency, 100),
        .compared = counts->compared,
        .largest_difference = counts->largest_difference,
    };
    assert(network->unfinished >= 0);
}

static bool is_used(const hax_stream *stream, int unit)
{
    bool used = stream->busy_ns[unit] > 0;
    for (int place = 0; place < HAX_PIECES_PLACES; place++) {
        const hax_piece_range range = hax_pieces_of(stream->pieces, place);
        for (int p = range.first; p < range.first + range.count; p++)
            used = used || stream->list[p].unit == unit;
    }
    return used;
}

static int fill_units(const hax_stream *stream, double seconds, hax_arena *arena,
                      hax_stream_unit *units)
{
    const hax_platform *platform = stream->config.platform;
    int count = 0;
    for (int u = 0; u < platform->unit_count; u++)
        if (is_used(stream, u))
            units[count++] = (hax_stream_unit){
                .name = hax_arena_string(arena, platform->units[u].name),
                .load = seconds > 0 ? (double) stream->busy_ns[u] * 1e-9 / seconds : 0,
            };
    return count;
}

static bool is_complete(const hax_stream_result *result)
{
    for (int n = 0; n < result->network_count; n++)
        if (!result->networks[n].name)
            return false;
    for (int u = 0; u < result->unit_count; u++)
        if (!result->units[u].name)
            return false;
    return true;
}

static void judge_outputs(const hax_stream *stream, hax_stream_result *result)
{
    result->output_tolerance = hax_outputs_tolerance(stream->config.platform);
    result->outputs_equal = true;
    for (int n = 0; n < result->network_count; n++) {
        const hax_stream_network *network = &result->networks[n];
        result->outputs_checked = result->outputs_checked || network->compared > 0;
        result->outputs_equal =
            result->outputs_equal && network->largest_difference <= result->output_tolerance;
    }
}

hax_status hax_stream_result_make(const hax_stream *stream, bool interrupted,
                                  const hax_stream_result **out, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    int count = stream->config.network_count;
    double seconds = fmax(0, (double) hax_stream_now_ns(stream) * 1e-9);
    if (!arena)
        return hax_fail_memory(err, "a stream's result");
    owned_result *owned = hax_arena_alloc(arena, 1, sizeof *owned);
    hax_stream_network *networks = hax_arena_alloc(arena, (size_t) count, sizeof *networks);
    hax_stream_unit *units = hax_arena_alloc(arena, HAX_MAX_UNITS, sizeof *units);
    bool complete = owned && networks && units;
    if (complete) {
        for (int n = 0; n < count; n++)
            fill_network(stream, n, arena, &networks[n]);
        *owned = (owned_result){ { .seconds = seconds,
                                   .network_count = count,
                                   .networks = networks,
                                   .unit_count = fill_units(stream, seconds, arena, units),
                                   .units = units,
                                   .interrupted = interrupted,
                                   .restarts = stream->restarts },
                                 arena };
        judge_outputs(stream, &owned->public);
        complete = is_complete(&owned->public);
    }
    if (!complete) {
        hax_arena_destroy(arena);
        return hax_fail_memory(err, "a stream's result");
    }
    *out = &owned->public;
    return HAX_OK;
}

void hax_stream_result_destroy(const hax_stream_result *result)
{
    if (result)
        hax_arena_destroy(((const owned_result *) result)->arena);
}

/* ---- the document ---------------------------------------------------------------------------- */

static json_t *network_json(const hax_stream_network *network)
{
    const hax_frame_source *source = &network->source;
    json_t *object = json_object();
    hax_json_set(&object, "name", json_string(network->name));
    if (source->release == HAX_PERIODIC)
        hax_json_set(&object, "rate_hz", json_real(source->rate_hz));
    if (!isinf(source->deadline_ms))
        hax_json_set(&object, "deadline_ms", json_real(source->deadline_ms));
    hax_json_set(&object, "released", json_integer(network->released));
    hax_json_set(&object, "ended", json_integer(network->ended));
    hax_json_set(&object, "missed", json_integer(network->missed));
    hax_json_set(&object, "dropped", json_integer(network->dropped));
    hax_json_set(&object, "lost", json_integer(network->lost));
    hax_json_set(&object, "unfinished", json_integer(network->unfinished));
    hax_json_set(&object, "ended_per_s", json_real(network->ended_per_s));
    if (network->ended > 0) {
        json_t *latency = json_object();
        hax_json_set(&latency, "p50_ms", json_real(network->p50_ms));
        hax_json_set(&latency, "p95_ms", json_real(network->p95_ms));
        hax_json_set(&latency, "p99_ms", json_real(network->p99_ms));
        hax_json_set(&latency, "max_ms", json_real(network->max_ms));
        hax_json_set(&object, "latency", latency);
    }
    if (network->compared > 0) {
        hax_json_set(&object, "compared", json_integer(network->compared));
        if (isfinite(network->largest_difference))
            hax_json_set(&object, "largest_difference", json_real(network->largest_difference));
    }
    return object;
}

hax_status hax_stream_result_text(const hax_stream_result *result, const char *deployment,
                                  bool final, char **json, hax_error *err)
{
    json_t *root = json_object(), *networks = json_array(), *units = json_object();
    for (int n = 0; n < result->network_count; n++)
        hax_json_append(&networks, network_json(&result->networks[n]));
    for (int u = 0; u < result->unit_count; u++)
        hax_json_set(&units, result->units[u].name, json_real(result->units[u].load));
    hax_json_set(&root, "schema", json_string("haxconn/stream"));
    hax_json_set(&root, "version", json_integer(1));
    hax_json_set(&root, "deployment", json_string(deployment));
    hax_json_set(&root, "final", json_boolean(final));
    hax_json_set(&root, "seconds", json_real(result->seconds));
    hax_json_set(&root, "restarts", json_integer(result->restarts));
    hax_json_set(&root, "networks", networks);
    hax_json_set(&root, "load", units);
    if (result->outputs_checked)
        hax_json_set(&root, "outputs_equal", json_boolean(result->outputs_equal));
    if (result->interrupted)
        hax_json_set(&root, "interrupted", json_true());
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return hax_fail_memory(err, "a stream's document");
    *json = text;
    return HAX_OK;
}
