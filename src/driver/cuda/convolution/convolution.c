/*
 * Convolutions by cuDNN: of all engines that it proposes the fastest, timed on the unit's own SMs
 * with its own context current. Precompiled engines that are best on the whole GPU lose up to half
 * on a part, where they fill waves of blocks badly.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candidates.h"
#include "check.h"
#include "choices.h"
#include "hash.h"
#include "plan_store.h"
#include "pointwise.h"

/* ---- plans --------------------------------------------------------------------------------- */

static hax_status execute(const hax_cuda_api *api, const hax_cuda_unit *unit,
                          cudnnBackendDescriptor_t plan, const CUdeviceptr *addresses, int count,
                          const int64_t *numbers)
{
    void *pointers[5];
    void *workspace = (void *) (uintptr_t) unit->workspace; /* cuDNN takes addresses so */
    cudnnBackendDescriptor_t pack;
    for (int i = 0; i < count; i++)
        pointers[i] = (void *) (uintptr_t) addresses[i];
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, &pack) !=
        CUDNN_STATUS_SUCCESS)
        return HAX_FAILURE;
    bool ok =
        api->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64,
                                      count, numbers) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
                                      CUDNN_TYPE_VOID_PTR, count,
                                      pointers) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR,
                                      1, &workspace) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendFinalize(pack) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendExecute(unit->cudnn, plan, pack) == CUDNN_STATUS_SUCCESS;
    api->cudnnBackendDestroyDescriptor(pack);
    return ok ? HAX_OK : HAX_FAILURE;
}

/* Addresses of a convolution by OPERAND_*, 0 where there is none, as cuDNN takes them. */
static int pack_addresses(const CUdeviceptr *by_operand, CUdeviceptr *addresses, int64_t *numbers)
{
    static const int64_t tensor_of_operand[] = { [OPERAND_OUT] = TENSOR_Y,
                                                 [OPERAND_IN] = TENSOR_X,
                                                 [OPERAND_WEIGHTS] = TENSOR_W,
                                                 [OPERAND_BIAS] = TENSOR_BIAS,
                                                 [OPERAND_RESIDUAL] = TENSOR_RESIDUAL };
    int count = 0;
    for (int o = OPERAND_OUT; o <= OPERAND_RESIDUAL; o++) {
        if (!by_operand[o])
            continue;
        addresses[count] = by_operand[o];
        numbers[count++] = tensor_of_operand[o];
    }
    return count;
}

hax_status hax_cuda_run_plan(const hax_program *program, const hax_cuda_step *step,
                             const CUdeviceptr *addresses, hax_error *err)
{
    CUdeviceptr packed[5];
    int64_t numbers[5];
    int count = pack_addresses(addresses, packed, numbers);
    if (execute(&program->device->api, program->unit, step->plan, packed, count, numbers) != HAX_OK)
        return hax_fail(err, HAX_FAILURE, "cuDNN does not run its plan of layer '%.100s'",
                        hax_cuda_kernel_name(program, step->kernel));
    return HAX_OK;
}

/* ---- timing --------------------------------------------------------------------------------- */

typedef struct timed_plan {
    const hax_cuda_api *api;
    const hax_cuda_unit *unit;
    cudnnBackendDescriptor_t plan;
    const CUdeviceptr *by_operand;
} timed_plan;

static bool enqueue_plan(void *context)
{
    const timed_plan *timed = context;
    CUdeviceptr addresses[5];
    int64_t numbers[5];
    int count = pack_addresses(timed->by_operand, addresses, numbers);
    return execute(timed->api, timed->unit, timed->plan, addresses, count, numbers) == HAX_OK;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static int64_t workspace_of(const hax_cuda_api *api, cudnnBackendDescriptor_t plan)
{
    int64_t count = 0, bytes = 0;
    return api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                         CUDNN_TYPE_INT64, 1, &count,
                                         &bytes) == CUDNN_STATUS_SUCCESS
               ? bytes
               : INT64_MAX;
}

static bool fits(const hax_cuda_api *api, const hax_cuda_unit *unit, cudnnBackendDescriptor_t plan)
{
    return workspace_of(api, plan) <= (int64_t) unit->workspace_bytes;
}

/* Times of all candidates on this unit, negative for what does not run there: plans that were made
 * for the whole GPU may have clusters of blocks that find no room on a part. Ends at one that
 * hangs.
 */
static void time_candidates(const hax_program *program, const hax_cuda_candidates *candidates,
                            const CUdeviceptr *by_operand, double *us)
{
    const hax_cuda_api *api = &program->device->api;
    bool hangs = false;
    for (int c = 0; c < candidates->count; c++) {
        cudnnBackendDescriptor_t plan = candidates->list[c].plan;
        timed_plan timed = { api, program->unit, plan, by_operand };
        us[c] = plan && !hangs && fits(api, program->unit, plan)
                    ? hax_cuda_time_us(api, program->unit, enqueue_plan, &timed)
                    : -1;
        hangs = hangs || us[c] == HAX_CUDA_HANGS;
        hax_cuda_beat(program);
    }
}

/* Those that may be the fastest beside a neighbour, at most so many, once more: with one. Others
 * come behind them. */
static void time_beside(const hax_program *program, const hax_cuda_candidates *candidates,
                        const CUdeviceptr *by_operand, double *us)
{
    enum { TIMED_MOST = 8 };
    const double loss_most = 1.5; /* an engine's that was seen */
    double beside_us[TIMED_MOST], fastest_us = -1;
    int timed_first[TIMED_MOST], count = 0;
    bool hangs = false;
    if (!hax_cuda_has_company(program->device, program->unit))
        return;
    for (; count < TIMED_MOST && !hangs; count++) {
        int next = -1;
        for (int c = 0; c < candidates->count; c++)
            if (us[c] >= 0 && (next < 0 || us[c] < us[next]))
                next = c;
        if (next < 0 || (count > 0 && us[next] > loss_most * fastest_us))
            break;
        fastest_us = count == 0 ? us[next] : fastest_us;
        timed_plan timed = { &program->device->api, program->unit, candidates->list[next].plan,
                             by_operand };
        beside_us[count] =
            hax_cuda_time_beside_us(program->device, program->unit, enqueue_plan, &timed);
        timed_first[count] = next;
        us[next] = -1;
        hangs = beside_us[count] == HAX_CUDA_HANGS;
        hax_cuda_beat(program);
    }
    for (int c = 0; c < candidates->count; c++)
        us[c] *= us[c] > 0 ? loss_most : 1;
    for (int t = 0; t < count; t++)
        us[timed_first[t]] = beside_us[t];
}

static hax_status try_plan(hax_program *program, const hax_cuda_trial *trial,
                           cudnnBackendDescriptor_t plan, bool *right, hax_error *err)
{
    timed_plan timed = { &program->device->api, program->unit, plan, trial->by_operand };
    return hax_cuda_trial_is_right(program, trial, enqueue_plan, &timed, right, err);
}

/* As the next process will have it: some plans are not what they were once they have been read from
 * their text (seen: cuDNN 9.14, half precision, a part of 32 SMs). A plan without a text is taken
 * as it is. */
static hax_status try_candidate(hax_program *program, const hax_cuda_trial *trial,
                                const hax_cuda_candidates *candidates, int number,
                                hax_cuda_choice *best, bool *right, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    const hax_cuda_candidate *candidate = &candidates->list[number];
    char *text = hax_cuda_plan_text(api, candidate->plan);
    cudnnBackendDescriptor_t read =
        text ? hax_cuda_plan_read(api, program->unit->cudnn, text) : NULL;
    hax_status status = HAX_OK;
    *right = text == NULL || read != NULL;
    if (*right)
        status = try_plan(program, trial, read ? read : candidate->plan, right, err);
    free(text);
    if (status == HAX_WORKER_LOST) { /* destroying would wait for it */
        hax_cuda_candidates_ban(program->device, candidates, number);
        return status;
    }
    if (status == HAX_OK && *right) {
        best->plan = read ? read : candidate->plan;
        best->owned = read != NULL;
        best->engine = candidate->engine;
        best->compiled = candidate->compiled;
        return HAX_OK;
    }
    if (read)
        api->cudnnBackendDestroyDescriptor(read);
    best->wrong++;
    return status;
}

static hax_status time_all(hax_program *program, const hax_cuda_trial *trial,
                           hax_cuda_candidates *candidates, double *us, hax_error *err)
{
    int hanging = 0;
    time_candidates(program, candidates, trial->by_operand, us);
    while (hanging < candidates->count && us[hanging] != HAX_CUDA_HANGS)
        hanging++;
    if (hanging == candidates->count) {
        time_beside(program, candidates, trial->by_operand, us);
        hanging = 0;
        while (hanging < candidates->count && us[hanging] != HAX_CUDA_HANGS)
            hanging++;
    }
    if (hanging == candidates->count) {
        hax_cuda_candidates_keep(program->device, program->unit, candidates, us);
        return HAX_OK;
    }
    hax_cuda_candidates_ban(program->device, candidates, hanging);
    return hax_fail(err, HAX_WORKER_LOST,
                    "cuDNN's engine %d hangs in a convolution of %dx%dx%d on %d SMs; it is passed "
                    "over from now on: do this again",
                    candidates->list[hanging].engine, trial->convolution->in.c,
                    trial->convolution->in.h, trial->convolution->in.w, program->unit->sms);
}

/* The fastest that is right. */
static hax_status pick(hax_program *program, const hax_cuda_trial *trial, hax_cuda_choice *best,
                       hax_error *err)
{
    hax_cuda_candidates *candidates = hax_cuda_candidates_find(program->device, trial->convolution);
    double *us = malloc(((size_t) candidates->count + 1) * sizeof *us);
    hax_status status = us ? HAX_OK : hax_fail_memory(err, "a plan");
    bool right = false;
    if (us)
        status = time_all(program, trial, candidates, us, err);
    while (status == HAX_OK && !right) {
        int first = -1;
        for (int c = 0; c < candidates->count; c++)
            if (us[c] >= 0 && (first < 0 || us[c] < us[first]))
                first = c;
        if (first < 0)
            break;
        status = try_candidate(program, trial, candidates, first, best, &right, err);
        best->us = us[first];
        us[first] = -1;
    }
    free(us);
    return status;
}

/* A plan that was loaded: right, or forgotten. */
static hax_status check_loaded(hax_program *program, const hax_cuda_trial *trial,
                               hax_cuda_choice *choice, hax_error *err)
{
    bool right = false;
    hax_status status = try_plan(program, trial, choice->plan, &right, err);
    if (status == HAX_WORKER_LOST)
        hax_cuda_plan_forget(program->device->plans, choice->key);
    HAX_TRY(status);
    choice->unchecked = false;
    if (right)
        return HAX_OK;
    program->device->api.cudnnBackendDestroyDescriptor(choice->plan);
    choice->plan = NULL;
    choice->owned = false;
    choice->wrong++;
    return HAX_OK;
}

/* The plan of a convolution on this unit's number of SMs, found or chosen now; its plan is NULL
 * where cuDNN has none. */
static hax_status choose(hax_program *program, const hax_cuda_convolution *convolution, bool bare,
                         const hax_cuda_parameters *parameters, hax_cuda_choice **chosen,
                         hax_error *err)
{
    hax_device *device = program->device;
    hax_cuda_unit *unit = program->unit;
    char key[HAX_CUDA_KEY_BYTES];
    hax_cuda_trial trial;
    HAX_TRY(hax_cuda_choice_recall(program, convolution, chosen, err));
    if (*chosen && !(*chosen)->unchecked)
        return HAX_OK;
    HAX_TRY(hax_cuda_trial_begin(program, convolution, parameters, &trial, err));
    if (*chosen) {
        HAX_TRY(check_loaded(program, &trial, *chosen, err));
        if ((*chosen)->plan)
            return HAX_OK;
    }
    hax_cuda_convolution_key(convolution, &device->gpu, unit->sms, key, sizeof key);
    if (!*chosen)
        HAX_TRY(hax_cuda_choice_add(device, key, chosen, err));
    HAX_TRY(hax_cuda_candidates_make(device, unit, convolution, 1, bare, program->beat,
                                     program->beat_context, err));
    HAX_TRY(pick(program, &trial, *chosen, err));
    device->choosing.convolutions_done++;
    hax_cuda_choice_keep(device, *chosen);
    return HAX_OK;
}

/* ---- emission -------------------------------------------------------------------------------- */

/* Does it take in the zeros behind an image's channels? */
static bool is_padded(const hax_program *program, const hax_kernel *kernel)
{
    return kernel->group == 1 &&
           hax_cuda_is_padded(program->model, kernel->inputs[0], program->channels_last);
}

/* A tensor as images, with how it is aligned. */
static hax_cuda_image image_of(const hax_program *program, int tensor)
{
    size_t bytes = program->device->element_bytes;
    const hax_cuda_place begin = { 0 };
    hax_cuda_image image = hax_cuda_image_of(&program->places[tensor]);
    int64_t offset = 0;
    for (int t = tensor; program->aliases.tensors[t].root != t;
         t = program->aliases.tensors[t].root)
        offset += program->aliases.tensors[t].offset;
    image.alignment = (int) bytes * hax_cuda_place_alignment(&begin, offset, (int) (16 / bytes));
    return image;
}

static hax_cuda_convolution describe(const hax_program *program, const hax_kernel *kernel)
{
    const hax_window *window = &kernel->window;
    hax_cuda_convolution convolution = {
        .precision = program->device->precision,
        .in = image_of(program, kernel->inputs[0]),
        .out = image_of(program, kernel->output),
        .group = kernel->group,
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .stride_h = window->stride_h,
        .stride_w = window->stride_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .pad_bottom = window->pad_bottom,
        .pad_right = window->pad_right,
        .dilation_h = window->dilation_h,
        .dilation_w = window->dilation_w,
        .channels_last = program->channels_last[kernel->inputs[0]],
        .bias = kernel->bias,
        .has_residual = kernel->residual >= 0 && kernel->residual_scale == 1,
    };
    if (kernel->op == HAX_OP_DECONVOLUTION) { /* alone: fused it has few engines */
        convolution.transposed = true;
        convolution.bias = convolution.has_residual = false;
        return convolution;
    }
    if (is_padded(program, kernel))
        convolution.in.c = HAX_CUDA_PADDED;
    if (convolution.has_residual)
        convolution.residual = image_of(program, kernel->residual);
    bool fuses = program->device->precision == HAX_CUDA_F32 /* without compiled engines */
                     ? hax_cuda_graph_is_common(&kernel->activation)
                     : hax_cuda_graph_fuses(&kernel->activation);
    if (fuses && convolution.has_residual == (kernel->residual >= 0))
        convolution.activation = kernel->activation;
    return convolution;
}

/* Is anything left to do behind what computes this much of it? */
static bool has_rest(const hax_kernel *kernel, const hax_cuda_convolution *convolution)
{
    return (kernel->bias && !convolution->bias) ||
           (kernel->residual >= 0 && !convolution->has_residual) ||
           kernel->activation.curve != convolution->activation.curve;
}

static hax_status emit_rest(hax_program *program, int kernel,
                            const hax_cuda_convolution *convolution, CUdeviceptr bias,
                            hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    bool adds_bias = lowered->bias && !convolution->bias;
    bool adds_residual = lowered->residual >= 0 && !convolution->has_residual;
    bool activates = lowered->activation.curve != convolution->activation.curve;
    if (!has_rest(lowered, convolution))
        return HAX_OK;
    const hax_cuda_place *place = &program->places[lowered->output];
    hax_cuda_place line = { .rank = place->rank };
    for (int d = 0; d < place->rank; d++)
        line.dims[d] = d == 1 ? place->dims[d] : 1;
    line.steps[1] = 1;
    hax_cuda_map map = {
        .element = HAX_CUDA_EPILOGUE,
        .inputs = 3,
        .out = hax_cuda_operand_of(lowered->output),
        .in = { hax_cuda_operand_of(lowered->output), hax_cuda_operand_fixed(adds_bias ? bias : 0),
                adds_residual ? hax_cuda_operand_of(lowered->residual)
                              : hax_cuda_operand_fixed(0) },
        .to = place,
        .from = { place, &line, adds_residual ? &program->places[lowered->residual] : place },
        .coefficients = { 1, 1, lowered->residual_scale }
    };
    if (activates)
        map.curve = hax_cuda_curve_of(&lowered->activation);
    return hax_cuda_emit_map(program, kernel, &map, err);
}

static hax_status emit_plan(hax_program *program, int kernel,
                            const hax_cuda_convolution *convolution, const hax_cuda_choice *choice,
                            const hax_cuda_parameters *parameters, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    char note[48];
    hax_cuda_step *step = hax_cuda_step_new(program, kernel);
    if (!step)
        return hax_fail_memory(err, "a program");
    step->plan = choice->plan;
    step->workspace_bytes = (size_t) workspace_of(&program->device->api, choice->plan);
    step->operand_count = OPERAND_RESIDUAL + 1;
    step->operands[OPERAND_OUT] = hax_cuda_operand_of(lowered->output);
    step->operands[OPERAND_IN] = hax_cuda_operand_of(lowered->inputs[0]);
    step->operands[OPERAND_WEIGHTS] = hax_cuda_operand_fixed(parameters->weights);
    step->operands[OPERAND_BIAS] = hax_cuda_operand_fixed(convolution->bias ? parameters->bias : 0);
    step->operands[OPERAND_RESIDUAL] = convolution->has_residual
                                           ? hax_cuda_operand_of(lowered->residual)
                                           : hax_cuda_operand_fixed(0);
    snprintf(note, sizeof note, "cuDNN engine %d%s (%.1f us)%s", choice->engine,
             choice->compiled ? " compiled" : "", choice->us,
             choice->wrong ? ", others wrong" : "");
    hax_cuda_take_note(program, kernel, note, false);
    return HAX_OK;
}

static hax_status upload(hax_program *program, int kernel, bool channels_last,
                         hax_cuda_parameters *parameters, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_role role = lowered->op == HAX_OP_DECONVOLUTION ? HAX_CUDA_WEIGHTS_TURNED
                         : is_padded(program, lowered)       ? HAX_CUDA_WEIGHTS_PADDED
                         : channels_last                     ? HAX_CUDA_WEIGHTS_LAST
                                                             : HAX_CUDA_WEIGHTS;
    *parameters = (hax_cuda_parameters){ 0 };
    HAX_TRY(hax_cuda_weights(program, kernel, role, &parameters->weights, err));
    if (lowered->bias) {
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS, &parameters->bias, err));
        HAX_TRY(
            hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &parameters->bias_float, err));
    }
    return HAX_OK;
}

/* Microseconds of what is left to do in a step of its own: it reads and writes the output once
 * more. An estimate, as it decides between what is much faster and what is not. */
static double rest_us(const hax_program *program, const hax_kernel *kernel,
                      const hax_cuda_convolution *convolution)
{
    const double launch_us = 1.8, bytes_per_us = 2e6;
    double bytes = (double) convolution->out.n * convolution->out.c * convolution->out.h *
                   convolution->out.w * (double) program->device->element_bytes;
    return has_rest(kernel, convolution) ? launch_us + 2 * bytes / bytes_per_us : 0;
}

/* The fused plan, or where there is none or a part of it is faster, that part. */
static hax_status choose_plan(hax_program *program, const hax_kernel *kernel,
                              const hax_cuda_parameters *parameters,
                              hax_cuda_convolution *convolution, hax_cuda_choice **choice,
                              hax_error *err)
{
    hax_cuda_choice *other = NULL;
    hax_cuda_convolution part = *convolution;
    if (convolution->transposed)
        return choose(program, convolution, true, parameters, choice, err);
    HAX_TRY(choose(program, convolution, false, parameters, choice, err));
    part.activation = (hax_activation){ 0 };
    bool common = hax_cuda_graph_is_common(&convolution->activation);
    if (!common) {
        HAX_TRY(choose(program, &part, false, parameters, &other, err));
        if (other->plan &&
            (!(*choice)->plan || other->us + rest_us(program, kernel, &part) <
                                     (*choice)->us + rest_us(program, kernel, convolution))) {
            *convolution = part;
            *choice = other;
        }
    }
    if ((*choice)->plan)
        return HAX_OK;
    part.bias = part.has_residual = false;
    *convolution = part;
    return choose(program, convolution, true, parameters, choice, err);
}

hax_status hax_cuda_emit_convolution(hax_program *program, int kernel, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_choice *choice = NULL;
    hax_cuda_parameters parameters;
    hax_cuda_convolution convolution = describe(program, lowered), whole = convolution;
    double us = -1;
    *done = false;
    HAX_TRY(upload(program, kernel, convolution.channels_last, &parameters, err));
    if (program->device->api.cudnn) {
        HAX_TRY(choose_plan(program, lowered, &parameters, &convolution, &choice, err));
        if (choice->plan)
            us = choice->us + rest_us(program, lowered, &convolution);
    }
    HAX_TRY(hax_cuda_emit_pointwise(program, kernel, &whole, &parameters, us, rest_us, done, err));
    if (*done)
        return emit_rest(program, kernel, &whole, parameters.bias_float, err);
    if (us < 0)
        return HAX_OK;
    HAX_TRY(emit_plan(program, kernel, &convolution, choice, &parameters, err));
    *done = true;
    return emit_rest(program, kernel, &convolution, parameters.bias_float, err);
}

/* Is a plan of cuDNN's wanted for it? Own kernels take some. */
static bool wants_plan(const hax_program *program, int kernel)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    return lowered->form == HAX_FORM_OWN && lowered->op == HAX_OP_CONVOLUTION &&
           !hax_cuda_is_depthwise(program, kernel) &&
           !hax_cuda_is_vector_convolution(program, kernel);
}

typedef struct unknown_list {
    hax_cuda_convolution *convolutions;
    uint64_t *keys; /* hashes */
    int count;
} unknown_list;

/* Each once: networks have many alike, and as few plans are compiled of each as there are many. */
static hax_status list_one(const hax_program *program, const hax_cuda_convolution *convolution,
                           unknown_list *unknown, hax_error *err)
{
    hax_cuda_choice *known;
    char key[HAX_CUDA_KEY_BYTES];
    hax_cuda_convolution_key(convolution, &program->device->gpu, program->unit->sms, key,
                             sizeof key);
    uint64_t hash = hax_hash_string(HAX_HASH_START, key);
    for (int u = 0; u < unknown->count; u++)
        if (unknown->keys[u] == hash)
            return HAX_OK;
    HAX_TRY(hax_cuda_choice_recall(program, convolution, &known, err));
    if (!known) {
        unknown->keys[unknown->count] = hash;
        unknown->convolutions[unknown->count++] = *convolution;
    }
    return HAX_OK;
}

/* Those of a kernel that are not known yet. */
static hax_status list_unknown(const hax_program *program, const hax_kernel *kernel,
                               unknown_list *unknown, hax_error *err)
{
    hax_cuda_convolution convolution = describe(program, kernel);
    HAX_TRY(list_one(program, &convolution, unknown, err));
    if (hax_cuda_graph_is_common(&convolution.activation))
        return HAX_OK;
    convolution.activation = (hax_activation){ 0 };
    return list_one(program, &convolution, unknown, err);
}

/* Plans of all convolutions that are not known yet, made together: many threads are busy then. */
hax_status hax_cuda_prepare_convolutions(hax_program *program, hax_error *err)
{
    int kernels = hax_model_kernel_count(program->model);
    size_t room = 2 * (size_t) kernels + 1;
    if (!program->device->api.cudnn)
        return HAX_OK;
    unknown_list unknown = { calloc(room, sizeof *unknown.convolutions),
                             calloc(room, sizeof *unknown.keys), 0 };
    hax_status status = unknown.convolutions && unknown.keys
                            ? HAX_OK
                            : hax_fail_memory(err, "plans of convolutions");
    for (int k = 0; k < kernels && status == HAX_OK; k++)
        if (wants_plan(program, k))
            status = list_unknown(program, hax_model_kernel(program->model, k), &unknown, err);
    if (status == HAX_OK && unknown.count > 0)
        status = hax_cuda_candidates_make(program->device, program->unit, unknown.convolutions,
                                          unknown.count, false, program->beat,
                                          program->beat_context, err);
    free(unknown.convolutions);
    free(unknown.keys);
    return status;
}
