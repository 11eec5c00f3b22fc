/* Frames that the program submits: their data, and their results. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "inside.h"
#include "model.h"
#include "watch.h"

/* ---- slots ----------------------------------------------------------------------------------- */

static size_t input_bytes(const hax_model *model, int input)
{
    return hax_model_tensor(model, hax_model_input(model, input))->bytes;
}

/* A list of buffers, one for each input; freed as one. */
static float **input_buffers(const hax_model *model)
{
    int count = hax_model_input_count(model);
    size_t lists = (size_t) count * sizeof(float *), bytes = 0;
    lists = (lists + sizeof(double) - 1) / sizeof(double) * sizeof(double);
    for (int i = 0; i < count; i++)
        bytes += input_bytes(model, i);
    float **buffers = calloc(1, lists + bytes + 1);
    if (!buffers)
        return NULL;
    unsigned char *next = (unsigned char *) buffers + lists;
    for (int i = 0; i < count; i++) {
        buffers[i] = (float *) (void *) next;
        next += input_bytes(model, i);
    }
    return buffers;
}

static hax_status open_outputs(const hax_stream *stream, int network, hax_stream_slot *slot,
                               hax_error *err)
{
    const hax_model *model = stream->networks[network].model;
    int count = hax_model_output_count(model);
    size_t total;
    if (!hax_pieces_output(stream->pieces, network, &total))
        return HAX_OK;
    slot->values = calloc(total + 1, sizeof *slot->values);
    slot->outputs = calloc((size_t) count + 1, sizeof *slot->outputs);
    if (!slot->values || !slot->outputs)
        return hax_fail_memory(err, "the results of a stream");
    const float *next = slot->values;
    for (int o = 0; o < count; o++) {
        hax_tensor_info info = hax_model_output_info(model, o);
        slot->outputs[o] = (hax_output){ .network = network,
                                         .instance = stream->instances[network].name,
                                         .name = info.name,
                                         .shape = info.shape,
                                         .values = next };
        next += hax_model_tensor(model, hax_model_output(model, o))->bytes / sizeof(float);
    }
    return HAX_OK;
}

static bool computes(const hax_stream *stream, int network)
{
    const hax_platform *platform = stream->config.platform;
    const char *name =
        platform->kinds[platform->units[stream->counts[network].last_unit].kind].driver;
    const hax_driver *driver = hax_driver_find(name);
    return !platform->simulated && driver && driver->computes;
}

static hax_status open_slots(hax_stream *stream, int network, hax_error *err)
{
    enum { KEPT = 2 }; /* results, beside what waits and what is worked on */
    hax_stream_counts *counts = &stream->counts[network];
    const hax_model *model = stream->networks[network].model;
    int count = counts->source.buffer + stream->in_flight + KEPT;
    counts->slots = calloc((size_t) count, sizeof *counts->slots);
    counts->inputs = input_buffers(model);
    if (!counts->slots || !counts->inputs)
        return hax_fail_memory(err, "the frames of a stream");
    counts->slot_count = count;
    for (int s = 0; s < count; s++) {
        hax_stream_slot *slot = &counts->slots[s];
        slot->frame.number = -1;
        if (!(slot->inputs = input_buffers(model)))
            return hax_fail_memory(err, "the inputs of a stream");
        if (computes(stream, network))
            HAX_TRY(open_outputs(stream, network, slot, err));
    }
    for (int i = 0; i < hax_model_input_count(model); i++)
        hax_model_fill_input(model, i, stream->config.input_seed + (uint64_t) network,
                             counts->inputs[i]);
    return HAX_OK;
}

hax_status hax_stream_slots_open(hax_stream *stream, hax_error *err)
{
    for (int n = 0; n < stream->config.network_count; n++)
        if (stream->counts[n].source.release == HAX_SUBMITTED)
            HAX_TRY(open_slots(stream, n, err));
    return HAX_OK;
}

void hax_stream_slots_close(hax_stream *stream)
{
    for (int n = 0; stream->counts && n < stream->config.network_count; n++) {
        hax_stream_counts *counts = &stream->counts[n];
        for (int s = 0; s < counts->slot_count; s++) {
            free(counts->slots[s].inputs);
            free(counts->slots[s].values);
            free(counts->slots[s].outputs);
        }
        free(counts->slots);
        free(counts->inputs);
        counts->slots = NULL;
        counts->inputs = NULL;
        counts->slot_count = 0;
    }
}

void hax_stream_slot_end(hax_stream *stream, int instance, int index, const hax_frame *frame)
{
    const int network = frame->network;
    hax_stream_slot *slot = &stream->counts[network].slots[index];
    assert(slot->open && slot->frame.number == frame->number);
    slot->frame = *frame;
    slot->open = false;
    if (frame->dropped || frame->lost || !slot->values)
        return;
    size_t count;
    const float *values = hax_pieces_output(stream->pieces, instance, &count);
    memcpy(slot->values, values, count * sizeof *values);
    slot->frame.output_count = hax_model_output_count(stream->networks[network].model);
    slot->frame.outputs = slot->outputs;
}

/* The one whose result is oldest; there is always one. */
static int find_free(const hax_stream_counts *counts)
{
    int oldest = -1;
    for (int s = 0; s < counts->slot_count; s++)
        if (!counts->slots[s].open &&
            (oldest < 0 || counts->slots[s].frame.number < counts->slots[oldest].frame.number))
            oldest = s;
    assert(oldest >= 0);
    return oldest;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static hax_status check_network(const hax_stream *stream, int network, hax_error *err)
{
    if (network < 0 || network >= stream->config.network_count)
        return hax_fail(err, HAX_BAD_INPUT, "there is no network %d: the stream has %d", network,
                        stream->config.network_count);
    if (stream->counts[network].slot_count == 0)
        return hax_fail(err, HAX_BAD_INPUT,
                        "the frames of '%.100s' are not submitted: its source releases them",
                        stream->instances[network].name);
    return HAX_OK;
}

static hax_status take_feeds(hax_stream *stream, int network, int count, const hax_feed *feeds,
                             hax_error *err)
{
    const hax_profile_network *of = &stream->networks[network];
    int input;
    for (int f = 0; f < count; f++)
        HAX_TRY(hax_feed_find(of, &feeds[f], &input, err));
    for (int f = 0; f < count; f++) {
        HAX_TRY(hax_feed_find(of, &feeds[f], &input, err));
        memcpy(stream->counts[network].inputs[input], feeds[f].array->values,
               input_bytes(of->model, input));
    }
    return HAX_OK;
}

hax_status hax_stream_submit(hax_stream *stream, int network, int feed_count, const hax_feed *feeds,
                             int64_t *number, hax_error *err)
{
    HAX_TRY(check_network(stream, network, err));
    HAX_TRY(hax_stream_step(stream, hax_stream_now_ns(stream), err)); /* what has ended meanwhile */
    HAX_TRY(take_feeds(stream, network, feed_count, feeds, err));
    hax_stream_counts *counts = &stream->counts[network];
    hax_queued_frame frame = { .number = counts->next_number++,
                               .release_ns = hax_stream_now_ns(stream),
                               .slot = find_free(counts) };
    hax_stream_slot *slot = &counts->slots[frame.slot];
    for (int i = 0; i < hax_model_input_count(stream->networks[network].model); i++)
        memcpy(slot->inputs[i], counts->inputs[i], input_bytes(stream->networks[network].model, i));
    slot->frame = (hax_frame){ .network = network, .number = frame.number };
    slot->open = true;
    hax_stream_release(stream, network, &frame);
    if (number)
        *number = frame.number;
    hax_stream_begin_ready(stream, hax_stream_now_ns(stream));
    if (!slot->open && slot->frame.dropped)
        return hax_fail(err, HAX_LIMIT,
                        "frame %lld of '%.100s' is dropped: %d wait already, as many as its buffer "
                        "holds",
                        (long long) frame.number, stream->instances[network].name,
                        counts->source.buffer);
    return HAX_OK;
}

static const hax_stream_slot *find_slot(const hax_stream_counts *counts, int64_t number)
{
    for (int s = 0; s < counts->slot_count; s++)
        if (counts->slots[s].frame.number == number)
            return &counts->slots[s];
    return NULL;
}

hax_status hax_stream_wait(hax_stream *stream, int network, int64_t number, hax_frame *frame,
                           hax_error *err)
{
    HAX_TRY(check_network(stream, network, err));
    const hax_stream_counts *counts = &stream->counts[network];
    const hax_stream_slot *slot = find_slot(counts, number);
    if (number < 0 || !slot)
        return hax_fail(err, HAX_BAD_INPUT,
                        number >= 0 && number < counts->next_number
                            ? "what became of frame %lld of '%.100s' is no longer kept"
                            : "no frame %lld of '%.100s' was submitted",
                        (long long) number, stream->instances[network].name);
    while (slot->open) {
        if (hax_watch_cancelled(stream->config.watch))
            return hax_fail(err, HAX_INTERRUPTED, "interrupted");
        HAX_TRY(hax_stream_step(stream, INT64_MAX, err));
    }
    *frame = slot->frame;
    return HAX_OK;
}
