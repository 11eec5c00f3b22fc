/*
 * How a network's convolutions are done on a device: as the library prefers (channels last, for
 * most), over images in blocks of channels, or so by Winograd's algorithm. Which is fastest depends
 * on shapes, processor and library, by factors up to two in either direction, so every distinct
 * convolution is timed once when a network's first program on the device is built; all its
 * programs then agree, as their boundary tensors and packed weights must.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assume.h"
#include "clock.h"
#include "emit.h"

enum { TURNS_MAX = 12, TURNS_LEAST = 3, ARGS = 5 };

/* Below this nothing is gained by timing, and little could be told from it. */
static const int64_t least_macs = 4000000;
static const double long_ms = 15;       /* all ways and turns together: enough */
static const double bytes_per_ms = 4e6; /* of a reorder, reading and writing */
static const double tie = 1.02;         /* blocks win: they join without copies */
static const double sure = 0.9;         /* what must come of leaving blocks for one convolution */
static const double not_offered = INFINITY;

/* One way of a convolution, ready to run on memory of its own. */
typedef struct trial {
    dnnl_primitive_t primitive;
    dnnl_primitive_t behind; /* the activation, where it is a step of its own */
    int count, output;       /* of args */
    dnnl_exec_arg_t args[ARGS];
    void *rooms[ARGS];
    size_t bytes[ARGS];
    double best_ms;
} trial;

static bool give_room(const hax_program *program, dnnl_primitive_desc_t pd, int arg, trial *trial)
{
    hax_const_md desc = hax_dnnl_pd_argument(pd, arg);
    size_t bytes = desc ? hax_dnnl_md_bytes(desc) : 0;
    if (bytes == 0)
        return true;
    void *contents = hax_large_alloc(bytes);
    dnnl_memory_t memory = NULL;
    if (!contents ||
        dnnl_memory_create(&memory, desc, program->device->engine, contents) != dnnl_success) {
        free(contents);
        return false;
    }
    memset(contents, 0, bytes);
    if (arg == DNNL_ARG_DST)
        trial->output = trial->count;
    trial->rooms[trial->count] = contents;
    trial->bytes[trial->count] = bytes;
    trial->args[trial->count++] = (dnnl_exec_arg_t){ arg, memory };
    return true;
}

static void trial_close(trial *result)
{
    for (int a = 0; a < result->count; a++) {
        dnnl_memory_destroy(result->args[a].memory);
        hax_large_free(result->rooms[a], result->bytes[a]);
    }
    dnnl_primitive_destroy(result->primitive);
    dnnl_primitive_destroy(result->behind);
    *result = (trial){ .best_ms = not_offered };
}

/* The activations that there are need no scratch memory in place. */
static bool add_behind(const hax_program *program, const hax_kernel *kernel,
                       dnnl_primitive_desc_t pd, trial *trial)
{
    dnnl_primitive_desc_t behind = hax_dnnl_pd_activation(
        program->device->engine, &kernel->activation, hax_dnnl_pd_argument(pd, DNNL_ARG_DST));
    bool ready = behind &&
                 hax_dnnl_md_bytes(hax_dnnl_pd_argument(behind, DNNL_ARG_SCRATCHPAD)) == 0 &&
                 dnnl_primitive_create(&trial->behind, behind) == dnnl_success;
    dnnl_primitive_desc_destroy(behind);
    return ready;
}

/* Takes over pd, NULL or a reference implementation is not offered. */
static void trial_open(const hax_program *program, const hax_kernel *kernel,
                       hax_conv_algorithm algorithm, dnnl_primitive_desc_t pd, trial *result)
{
    static const int args[ARGS] = { DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST,
                                    DNNL_ARG_SCRATCHPAD };
    *result = (trial){ .best_ms = not_offered };
    bool ready = pd && !hax_implementation_is_slow(hax_dnnl_pd_implementation(pd)) &&
                 dnnl_primitive_create(&result->primitive, pd) == dnnl_success;
    for (int a = 0; ready && a < ARGS; a++)
        ready = give_room(program, pd, args[a], result);
    if (ready && hax_activates_behind(kernel, algorithm))
        ready = add_behind(program, kernel, pd, result);
    dnnl_primitive_desc_destroy(pd);
    if (!ready)
        trial_close(result);
}

static double run_once(const trial *trial, dnnl_stream_t stream)
{
    assert(trial->primitive && trial->output >= 0 && trial->output < trial->count);
    uint64_t start_ns = hax_clock_ns();
    if (dnnl_primitive_execute(trial->primitive, stream, trial->count, trial->args) != dnnl_success)
        return not_offered;
    dnnl_memory_t on = trial->args[trial->output].memory;
    const dnnl_exec_arg_t behind[] = { { DNNL_ARG_SRC, on }, { DNNL_ARG_DST, on } };
    if (trial->behind && dnnl_primitive_execute(trial->behind, stream, 2, behind) != dnnl_success)
        return not_offered;
    dnnl_stream_wait(stream);
    return hax_ms_between(start_ns, hax_clock_ns());
}

/* All ways take turns; the first turn warms up. */
static void take_turns(trial *trials, dnnl_stream_t stream)
{
    double spent_ms = 0;
    for (int turn = 0; turn < TURNS_MAX && (turn < TURNS_LEAST || spent_ms < long_ms); turn++)
        for (int w = 0; w < WAY_COUNT; w++) {
            double ms = trials[w].primitive ? run_once(&trials[w], stream) : not_offered;
            spent_ms += isfinite(ms) ? ms : 0;
            if (turn > 0)
                trials[w].best_ms = fmin(trials[w].best_ms, ms);
        }
}

static hax_status time_ways(const hax_program *program, const hax_kernel *kernel,
                            dnnl_stream_t stream, double *ways_ms, hax_error *err)
{
    trial trials[WAY_COUNT];
    assert(kernel->op == HAX_OP_CONVOLUTION);
    for (int w = 0; w < WAY_COUNT; w++)
        trials[w] = (trial){ .best_ms = not_offered };
    hax_status status = HAX_OK;
    for (hax_conv_algorithm w = 0; w < WAY_COUNT && status == HAX_OK; w++) {
        dnnl_primitive_desc_t pd;
        if (w == WAY_WINOGRAD && !hax_suits_winograd(program, kernel))
            continue;
        status = hax_conv_algorithm_describe(program, kernel, w, &pd, err);
        if (status == HAX_OK)
            trial_open(program, kernel, w, pd, &trials[w]);
    }
    if (status == HAX_OK)
        take_turns(trials, stream);
    for (int w = 0; w < WAY_COUNT; w++) {
        ways_ms[w] = trials[w].best_ms;
        trial_close(&trials[w]);
    }
    return status;
}

/* ---- a whole network ------------------------------------------------------------------------ */

typedef double times[WAY_COUNT];

static bool has_ways(const hax_program *program, const hax_kernel *kernel)
{
    return kernel->op == HAX_OP_CONVOLUTION &&
           hax_dnnl_shape_of(program, kernel->inputs[0])->rank == 4;
}

static bool same_work(const hax_program *program, const hax_kernel *a, const hax_kernel *b)
{
    const hax_shape *in_a = hax_dnnl_shape_of(program, a->inputs[0]),
                    *out_a = hax_dnnl_shape_of(program, a->output);
    const hax_shape *in_b = hax_dnnl_shape_of(program, b->inputs[0]),
                    *out_b = hax_dnnl_shape_of(program, b->output);
    return memcmp(in_a->dims, in_b->dims, 4 * sizeof in_a->dims[0]) == 0 &&
           memcmp(out_a->dims, out_b->dims, 4 * sizeof out_a->dims[0]) == 0 &&
           memcmp(&a->window, &b->window, sizeof a->window) == 0 && a->group == b->group &&
           a->bias == b->bias && a->activation.curve == b->activation.curve &&
           (a->residual < 0) == (b->residual < 0);
}

static hax_status time_all(hax_program *program, times *kernel_times, void (*beat)(void *),
                           void *beat_context, hax_error *err)
{
    dnnl_stream_t stream = NULL;
    hax_status status = HAX_OK;
    if (dnnl_stream_create(&stream, program->device->engine, dnnl_stream_default_flags) !=
        dnnl_success)
        return hax_fail(err, HAX_FAILURE, "oneDNN cannot create a stream");
    for (int k = 0; k < hax_model_kernel_count(program->model) && status == HAX_OK; k++) {
        const hax_kernel *kernel = hax_model_kernel(program->model, k);
        int known = 0;
        if (!has_ways(program, kernel))
            continue;
        while (known < k && !(has_ways(program, hax_model_kernel(program->model, known)) &&
                              same_work(program, hax_model_kernel(program->model, known), kernel)))
            known++;
        if (known < k) {
            memcpy(kernel_times[k], kernel_times[known], sizeof kernel_times[k]);
            continue;
        }
        status = time_ways(program, kernel, stream, kernel_times[k], err);
        if (beat)
            beat(beat_context);
    }
    dnnl_stream_destroy(stream);
    return status;
}

/* The way of a convolution between others in blocks, and its time. The library's own would need
 * its input and output reordered. */
static hax_conv_algorithm best_way(const hax_program *program, const hax_kernel *kernel,
                                   const double *ways_ms, double *ms)
{
    double bytes = (double) hax_model_tensor(program->model, kernel->inputs[0])->bytes +
                   (double) hax_model_tensor(program->model, kernel->output)->bytes;
    double library_ms = ways_ms[WAY_LIBRARY] + bytes / bytes_per_ms;
    hax_conv_algorithm best =
        ways_ms[WAY_WINOGRAD] < ways_ms[WAY_BLOCKS] ? WAY_WINOGRAD : WAY_BLOCKS;
    if (library_ms < sure * ways_ms[best])
        best = WAY_LIBRARY;
    *ms = best == WAY_LIBRARY ? library_ms : ways_ms[best];
    return best;
}

/* What joining costs where parts do not lie in their place. */
static double joining_ms(const hax_program *program, const hax_kernel *kernel)
{
    const hax_shape *shape = hax_dnnl_shape_of(program, kernel->output);
    if (kernel->op != HAX_OP_CONCAT || shape->rank != 4 || kernel->axis != 1 || shape->dims[0] != 1)
        return 0;
    for (int i = 0; i < kernel->input_count; i++)
        if (hax_dnnl_shape_of(program, kernel->inputs[i])->dims[1] % program->device->block != 0)
            return 0;
    return 2 * (double) hax_model_tensor(program->model, kernel->output)->bytes / bytes_per_ms;
}

static void decide(const hax_program *program, const times *kernel_times, hax_conv_choice *choice)
{
    double library_ms = 0, blocks_ms = 0;
    for (int k = 0; k < hax_model_kernel_count(program->model); k++) {
        const hax_kernel *kernel = hax_model_kernel(program->model, k);
        double ms;
        library_ms += joining_ms(program, kernel);
        if (!has_ways(program, kernel))
            continue;
        choice->ways[k] = best_way(program, kernel, kernel_times[k], &ms);
        library_ms += kernel_times[k][WAY_LIBRARY];
        blocks_ms += ms;
    }
    if (!(blocks_ms <= tie * library_ms))
        memset(choice->ways, 0,
               (size_t) hax_model_kernel_count(program->model) * sizeof(hax_conv_algorithm));
}

/* Too small to be timed: what larger ones usually come to. */
static void assume(const hax_program *program, hax_conv_choice *choice)
{
    for (int k = 0; k < hax_model_kernel_count(program->model); k++) {
        const hax_kernel *kernel = hax_model_kernel(program->model, k);
        if (has_ways(program, kernel))
            choice->ways[k] = hax_suits_winograd(program, kernel) ? WAY_WINOGRAD : WAY_BLOCKS;
    }
}

static hax_status fill(hax_program *program, hax_conv_choice *choice, void (*beat)(void *),
                       void *beat_context, hax_error *err)
{
    int count = hax_model_kernel_count(program->model);
    int64_t macs = 0;
    for (int k = 0; k < count; k++)
        macs += hax_model_kernel(program->model, k)->macs;
    choice->model_hash = hax_model_hash(program->model);
    HAX_ASSUME(count > 0);
    choice->ways = calloc((size_t) count, sizeof *choice->ways);
    times *kernel_times = calloc((size_t) count, sizeof *kernel_times);
    hax_status status = choice->ways && kernel_times ? HAX_OK : hax_fail_memory(err, "a program");
    if (status == HAX_OK && macs < least_macs) {
        assume(program, choice);
    } else if (status == HAX_OK) {
        status = time_all(program, kernel_times, beat, beat_context, err);
        if (status == HAX_OK)
            decide(program, (const times *) kernel_times, choice);
    }
    free(kernel_times);
    return status;
}

hax_status hax_conv_choice_find(hax_program *program, void (*beat)(void *), void *beat_context,
                                hax_error *err)
{
    hax_device *device = program->device;
    for (hax_conv_choice *choice = device->choices; choice; choice = choice->next)
        if (choice->model_hash == hax_model_hash(program->model)) {
            program->choice = choice;
            return HAX_OK;
        }
    hax_conv_choice *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    hax_status status = fill(program, result, beat, beat_context, err);
    if (status != HAX_OK) {
        free(result->ways);
        free(result);
        return status;
    }
    result->next = device->choices;
    device->choices = result;
    program->choice = result;
    return HAX_OK;
}

void hax_conv_choices_free(hax_device *device)
{
    for (hax_conv_choice *choice = device->choices, *next; choice; choice = next) {
        next = choice->next;
        free(choice->ways);
        free(choice);
    }
    device->choices = NULL;
}
