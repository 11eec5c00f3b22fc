/* Frames of one network that are worked on at once: each is worked on in a copy of it, an instance
 * of the session with memory of its own. Programs, and with them weights, are shared by the
 * instances of a network. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "model.h"

int hax_stream_network_of(const hax_stream *stream, int instance)
{
    assert(instance >= 0 && instance < stream->in_flight * stream->config.network_count);
    return instance % stream->config.network_count;
}

/* ---- instances ------------------------------------------------------------------------------- */

static hax_status check_count(const hax_stream *stream, hax_error *err)
{
    const int networks = stream->config.network_count, in_flight = stream->config.in_flight;
    if (in_flight < 0 || in_flight > HAX_FRAMES_IN_FLIGHT_MAX)
        return hax_fail(err, HAX_BAD_INPUT,
                        "%d frames of a network in flight: 1 to %d can be worked on at once",
                        in_flight, HAX_FRAMES_IN_FLIGHT_MAX);
    if (in_flight > 1 && in_flight * networks > HAX_MAX_INSTANCES)
        return hax_fail(err, HAX_BAD_INPUT,
                        "%d networks with %d frames in flight each: %d can be worked on together "
                        "at most",
                        networks, in_flight, HAX_MAX_INSTANCES);
    return HAX_OK;
}

/* Copies come after the copies of what a network comes after. */
static hax_status copy_after(hax_stream *stream, const hax_instance_spec *network, int offset,
                             const int **after, hax_error *err)
{
    int *moved = hax_arena_alloc(stream->arena, (size_t) network->after_count + 1, sizeof *moved);
    if (!moved)
        return hax_fail_memory(err, "a stream");
    for (int a = 0; a < network->after_count; a++)
        moved[a] = network->after[a] + offset;
    *after = moved;
    return HAX_OK;
}

hax_status hax_stream_make_instances(hax_stream *stream, hax_error *err)
{
    const int networks = stream->config.network_count;
    HAX_TRY(check_count(stream, err));
    stream->in_flight = stream->config.in_flight > 0 ? stream->config.in_flight : 1;
    const int count = stream->in_flight * networks;
    stream->instances = hax_arena_alloc(stream->arena, (size_t) count, sizeof *stream->instances);
    if (!stream->instances)
        return hax_fail_memory(err, "a stream");
    for (int i = 0; i < count; i++) {
        const hax_instance_spec *network = &stream->config.problem->instances[i % networks];
        hax_session_instance *instance = &stream->instances[i];
        *instance = (hax_session_instance){ .name = network->name,
                                            .model = stream->networks[i % networks].model,
                                            .grouping = stream->networks[i % networks].grouping,
                                            .after_count = network->after_count };
        HAX_TRY(copy_after(stream, network, i - i % networks, &instance->after, err));
    }
    return HAX_OK;
}

/* ---- inputs ---------------------------------------------------------------------------------- */

static size_t input_values(const hax_model *model, int input)
{
    return hax_model_tensor(model, hax_model_input(model, input))->bytes / sizeof(float);
}

/* Lists of pointers of all networks, and the numbers behind them. */
static void *reserve_inputs(const hax_stream *stream, float **values)
{
    size_t lists = 0, numbers = 0;
    for (int n = 0; n < stream->config.network_count; n++) {
        const hax_model *model = stream->networks[n].model;
        for (int i = 0; i < hax_model_input_count(model); i++)
            numbers += input_values(model, i);
        lists += (size_t) hax_model_input_count(model);
    }
    unsigned char *block = calloc(1, lists * sizeof(float *) + numbers * sizeof(float) + 1);
    *values = block ? (float *) (void *) (block + lists * sizeof(float *)) : NULL;
    return block;
}

hax_status hax_stream_fill_copies(hax_stream *stream, const hax_fed_inputs *fed, void **filled,
                                  hax_error *err)
{
    const int networks = stream->config.network_count;
    float *values;
    if (stream->in_flight == 1)
        return HAX_OK;
    const float **list = *filled = reserve_inputs(stream, &values);
    if (!list)
        return hax_fail_memory(err, "the inputs of a stream");
    for (int n = 0; n < networks; n++) {
        const hax_model *model = stream->networks[n].model;
        const int inputs = hax_model_input_count(model);
        for (int i = 0; i < inputs; i++) {
            list[i] = fed->inputs[n][i] ? fed->inputs[n][i] : values;
            hax_model_fill_input(model, i, stream->config.input_seed + (uint64_t) n, values);
            values += input_values(model, i);
        }
        for (int copy = 0; copy < stream->in_flight; copy++)
            stream->instances[copy * networks + n].inputs = list;
        list += inputs;
    }
    return HAX_OK;
}

/* ---- plans ----------------------------------------------------------------------------------- */

hax_status hax_stream_copy_jobs(const hax_stream *stream, hax_plan_job **jobs, int *count,
                                hax_error *err)
{
    const int each = *count;
    if (stream->in_flight == 1)
        return HAX_OK;
    hax_plan_job *all =
        realloc(*jobs, ((size_t) stream->in_flight * (size_t) each + 1) * sizeof *all);
    if (!all)
        return hax_fail_memory(err, "the plan of a stream");
    *jobs = all;
    for (int copy = 1; copy < stream->in_flight; copy++)
        for (int j = 0; j < each; j++) {
            hax_plan_job *job = &all[copy * each + j];
            *job = all[j];
            job->instance += copy * stream->config.network_count;
            if (job->after >= 0)
                job->after += copy * each;
        }
    *count = stream->in_flight * each;
    return HAX_OK;
}
