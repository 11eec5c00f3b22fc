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
#include "plan_store.h"
#include "program.h"

struct hax_cuda_choice {
    char key[HAX_CUDA_KEY_BYTES];
    cudnnBackendDescriptor_t plan; /* NULL: cuDNN has none */
    bool owned;                    /* it is no candidate's */
    bool unchecked;                /* loaded, and not held against the own kernel yet */
    int engine;
    bool compiled;
    int wrong; /* faster ones that computed other numbers */
    double us;
    hax_cuda_choice *next;
};

void hax_cuda_choices_free(hax_device *device)
{
    for (hax_cuda_choice *choice = device->choices, *next; choice; choice = next) {
        next = choice->next;
        if (choice->owned)
            device->api.cudnnBackendDestroyDescriptor(choice->plan);
        free(choice);
    }
    device->choices = NULL;
}

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

/* ---- as texts -------------------------------------------------------------------------------- */

static char *plan_text(const hax_cuda_api *api, cudnnBackendDescriptor_t plan)
{
    int64_t size = 0, written = 0;
    if (api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                      CUDNN_TYPE_CHAR, 0, &size, NULL) != CUDNN_STATUS_SUCCESS)
        return NULL;
    char *text = calloc((size_t) size + 1, 1);
    if (text && api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                              CUDNN_TYPE_CHAR, size, &written,
                                              text) == CUDNN_STATUS_SUCCESS)
        return text;
    free(text);
    return NULL;
}

static cudnnBackendDescriptor_t plan_read(const hax_cuda_api *api, cudnnHandle_t handle,
                                          const char *text)
{
    cudnnBackendDescriptor_t plan;
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &plan) !=
        CUDNN_STATUS_SUCCESS)
        return NULL;
    if (api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                                      &handle) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                      CUDNN_TYPE_CHAR, (int64_t) strlen(text),
                                      text) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendFinalize(plan) == CUDNN_STATUS_SUCCESS)
        return plan;
    api->cudnnBackendDestroyDescriptor(plan);
    return NULL;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool fits(const hax_cuda_api *api, const hax_cuda_unit *unit, cudnnBackendDescriptor_t plan)
{
    int64_t count = 0, workspace = 0;
    return api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                         CUDNN_TYPE_INT64, 1, &count,
                                         &workspace) == CUDNN_STATUS_SUCCESS &&
           (size_t) workspace <= unit->workspace_bytes;
}

/* Times of all candidates on this unit, negative for what does not run there: plans that were made
 * for the whole GPU may have clusters of blocks that find no room on a part. */
static void time_candidates(const hax_program *program, const hax_cuda_candidates *candidates,
                            const CUdeviceptr *by_operand, double *us)
{
    const hax_cuda_api *api = &program->device->api;
    for (int c = 0; c < candidates->count; c++) {
        cudnnBackendDescriptor_t plan = candidates->list[c].plan;
        timed_plan timed = { api, program->unit, plan, by_operand };
        us[c] = plan && fits(api, program->unit, plan)
                    ? hax_cuda_time_us(api, program->unit, enqueue_plan, &timed)
                    : -1;
        hax_cuda_beat(program);
    }
}

/* Does a plan compute what is right? Its output is not a number before. */
static hax_status try_plan(hax_program *program, const hax_cuda_convolution *convolution,
                           cudnnBackendDescriptor_t plan, const CUdeviceptr *by_operand,
                           size_t out_bytes, const hax_cuda_check *check, bool *right,
                           hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    timed_plan timed = { api, program->unit, plan, by_operand };
    double apart = INFINITY;
    HAX_CUDA_TRY(api, cuMemsetD8(by_operand[OPERAND_OUT], 0xff, out_bytes));
    HAX_CUDA_TRY(api, cuStreamSynchronize(NULL));
    *right =
        enqueue_plan(&timed) && api->cuStreamSynchronize(program->unit->stream) == CUDA_SUCCESS;
    if (*right)
        HAX_TRY(hax_cuda_check_apart(program, convolution, check, by_operand[OPERAND_OUT], &apart,
                                     err));
    *right = *right && apart <= hax_cuda_tolerance(convolution->precision);
    return HAX_OK;
}

/* As the next process will have it: some plans are not what they were once they have been read from
 * their text (seen: cuDNN 9.14, half precision, a part of 32 SMs). A plan without a text is taken
 * as it is. */
static hax_status try_candidate(hax_program *program, const hax_cuda_convolution *convolution,
                                const hax_cuda_candidate *candidate, const CUdeviceptr *by_operand,
                                size_t out_bytes, const hax_cuda_check *check,
                                hax_cuda_choice *best, bool *right, hax_error *err)
{
    const hax_cuda_api *api = &program->device->api;
    char *text = plan_text(api, candidate->plan);
    cudnnBackendDescriptor_t read = text ? plan_read(api, program->unit->cudnn, text) : NULL;
    hax_status status = HAX_OK;
    *right = text == NULL || read != NULL;
    if (*right)
        status = try_plan(program, convolution, read ? read : candidate->plan, by_operand,
                          out_bytes, check, right, err);
    free(text);
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

/* The fastest that is right. */
static hax_status pick(hax_program *program, const hax_cuda_convolution *convolution,
                       const CUdeviceptr *by_operand, size_t out_bytes, const hax_cuda_check *check,
                       hax_cuda_choice *best, hax_error *err)
{
    const hax_cuda_candidates *candidates = hax_cuda_candidates_find(program->device, convolution);
    double *us = malloc(((size_t) candidates->count + 1) * sizeof *us);
    hax_status status = us ? HAX_OK : hax_fail_memory(err, "a plan");
    bool right = false;
    if (us)
        time_candidates(program, candidates, by_operand, us);
    while (status == HAX_OK && !right) {
        int first = -1;
        for (int c = 0; c < candidates->count; c++)
            if (us[c] >= 0 && (first < 0 || us[c] < us[first]))
                first = c;
        if (first < 0)
            break;
        status = try_candidate(program, convolution, &candidates->list[first], by_operand,
                               out_bytes, check, best, &right, err);
        best->us = us[first];
        us[first] = -1;
    }
    free(us);
    return status;
}

static size_t image_bytes(const hax_device *device, const hax_cuda_image *image)
{
    size_t count = (size_t) image->n * (size_t) image->c * (size_t) image->h * (size_t) image->w;
    return (count * device->element_bytes + 255) / 256 * 256;
}

static hax_cuda_choice *find_choice(hax_device *device, const char *key)
{
    for (hax_cuda_choice *choice = device->choices; choice; choice = choice->next)
        if (strcmp(choice->key, key) == 0)
            return choice;
    return NULL;
}

static hax_status add_choice(hax_device *device, const char *key, hax_cuda_choice **choice,
                             hax_error *err)
{
    hax_cuda_choice *cuda_choice = calloc(1, sizeof *cuda_choice);
    if (!cuda_choice)
        return hax_fail_memory(err, "a plan");
    snprintf(cuda_choice->key, sizeof cuda_choice->key, "%s", key);
    cuda_choice->next = device->choices;
    device->choices = cuda_choice;
    *choice = cuda_choice;
    return HAX_OK;
}

/* ---- kept ------------------------------------------------------------------------------------ */

static void keep(const hax_device *device, const hax_cuda_choice *choice)
{
    hax_cuda_stored stored = { -1, 0, NULL };
    if (choice->plan)
        stored =
            (hax_cuda_stored){ choice->engine, choice->us, plan_text(&device->api, choice->plan) };
    if (device->plans[0] && (!choice->plan || stored.json))
        hax_cuda_plan_keep(device->plans, choice->key, &stored);
    free(stored.json);
}

/* A choice of before; *choice NULL: there is none, or it does not load any more. */
static hax_status load(const hax_program *program, const char *key, hax_cuda_choice **choice,
                       hax_error *err)
{
    hax_device *device = program->device;
    hax_cuda_stored stored;
    cudnnBackendDescriptor_t plan = NULL;
    *choice = NULL;
    if (!device->plans[0] || !hax_cuda_plan_load(device->plans, key, &stored))
        return HAX_OK;
    if (stored.engine >= 0)
        plan = plan_read(&device->api, program->unit->cudnn, stored.json);
    free(stored.json);
    if (stored.engine >= 0 && !plan)
        return HAX_OK;
    HAX_TRY(add_choice(device, key, choice, err));
    (*choice)->plan = plan;
    (*choice)->owned = (*choice)->unchecked = plan != NULL;
    (*choice)->engine = stored.engine;
    (*choice)->us = stored.us;
    return HAX_OK;
}

/* Found, or loaded; *choice NULL: it must be chosen. */
static hax_status recall(const hax_program *program, const hax_cuda_convolution *convolution,
                         hax_cuda_choice **choice, hax_error *err)
{
    char key[HAX_CUDA_KEY_BYTES];
    hax_cuda_convolution_key(convolution, &program->device->gpu, program->unit->sms, key,
                             sizeof key);
    *choice = find_choice(program->device, key);
    return *choice ? HAX_OK : load(program, key, choice, err);
}

/* A plan that was loaded: right, or forgotten. */
static hax_status check_loaded(hax_program *program, const hax_cuda_convolution *convolution,
                               const CUdeviceptr *by_operand, size_t out_bytes,
                               const hax_cuda_check *check, hax_cuda_choice *choice, hax_error *err)
{
    bool right = false;
    HAX_TRY(
        try_plan(program, convolution, choice->plan, by_operand, out_bytes, check, &right, err));
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
 * where cuDNN has none. `weights` and `bias` are in the GPU's memory. */
static hax_status choose(hax_program *program, const hax_cuda_convolution *convolution, bool bare,
                         CUdeviceptr weights, CUdeviceptr bias, CUdeviceptr bias_float,
                         hax_cuda_choice **chosen, hax_error *err)
{
    hax_device *device = program->device;
    hax_cuda_unit *unit = program->unit;
    char key[HAX_CUDA_KEY_BYTES];
    HAX_TRY(recall(program, convolution, chosen, err));
    if (*chosen && !(*chosen)->unchecked)
        return HAX_OK;
    size_t in = image_bytes(device, &convolution->in), out = image_bytes(device, &convolution->out);
    HAX_TRY(hax_cuda_scratch(device, unit, in + out, 2 * out, err));
    const CUdeviceptr by_operand[] = {
        [OPERAND_OUT] = unit->results,
        [OPERAND_IN] = unit->numbers,
        [OPERAND_WEIGHTS] = weights,
        [OPERAND_BIAS] = convolution->bias ? bias : 0,
        [OPERAND_RESIDUAL] = convolution->has_residual ? unit->numbers + in : 0,
    };
    const hax_cuda_check check = { by_operand[OPERAND_IN], weights,
                                   convolution->bias ? bias_float : 0, by_operand[OPERAND_RESIDUAL],
                                   unit->results + out };
    HAX_TRY(hax_cuda_check_begin(program, convolution, &check, err));
    if (*chosen) {
        HAX_TRY(check_loaded(program, convolution, by_operand, out, &check, *chosen, err));
        if ((*chosen)->plan)
            return HAX_OK;
    }
    HAX_TRY(hax_cuda_candidates_make(device, unit, convolution, 1, bare, program->beat,
                                     program->beat_context, err));
    hax_cuda_convolution_key(convolution, &device->gpu, unit->sms, key, sizeof key);
    if (!*chosen)
        HAX_TRY(add_choice(device, key, chosen, err));
    HAX_TRY(pick(program, convolution, by_operand, out, &check, *chosen, err));
    keep(device, *chosen);
    return HAX_OK;
}

/* ---- emission -------------------------------------------------------------------------------- */

/* Does it take in the zeros behind an image's channels? */
static bool is_padded(const hax_program *program, const hax_kernel *kernel)
{
    return kernel->group == 1 &&
           hax_cuda_is_padded(program->model, kernel->inputs[0], program->channels_last);
}

static hax_cuda_convolution describe(const hax_program *program, const hax_kernel *kernel)
{
    const hax_window *window = &kernel->window;
    hax_cuda_convolution convolution = {
        .precision = program->device->precision,
        .in = hax_cuda_image_of(&program->places[kernel->inputs[0]]),
        .out = hax_cuda_image_of(&program->places[kernel->output]),
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
    if (is_padded(program, kernel))
        convolution.in.c = HAX_CUDA_PADDED;
    if (convolution.has_residual)
        convolution.residual = hax_cuda_image_of(&program->places[kernel->residual]);
    if (hax_cuda_graph_fuses(&kernel->activation) &&
        convolution.has_residual == (kernel->residual >= 0))
        convolution.activation = kernel->activation;
    return convolution;
}

/* Is anything left to do behind the plan? */
static hax_status emit_rest(hax_program *program, int kernel,
                            const hax_cuda_convolution *convolution, CUdeviceptr bias,
                            hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    bool adds_bias = lowered->bias && !convolution->bias;
    bool adds_residual = lowered->residual >= 0 && !convolution->has_residual;
    bool activates = lowered->activation.curve != convolution->activation.curve;
    if (!adds_bias && !adds_residual && !activates)
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
                            CUdeviceptr weights, CUdeviceptr bias, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    char note[48];
    hax_cuda_step *step = hax_cuda_step_new(program, kernel);
    if (!step)
        return hax_fail_memory(err, "a program");
    step->plan = choice->plan;
    step->operand_count = OPERAND_RESIDUAL + 1;
    step->operands[OPERAND_OUT] = hax_cuda_operand_of(lowered->output);
    step->operands[OPERAND_IN] = hax_cuda_operand_of(lowered->inputs[0]);
    step->operands[OPERAND_WEIGHTS] = hax_cuda_operand_fixed(weights);
    step->operands[OPERAND_BIAS] = hax_cuda_operand_fixed(convolution->bias ? bias : 0);
    step->operands[OPERAND_RESIDUAL] = convolution->has_residual
                                           ? hax_cuda_operand_of(lowered->residual)
                                           : hax_cuda_operand_fixed(0);
    snprintf(note, sizeof note, "cuDNN engine %d%s (%.1f us)%s", choice->engine,
             choice->compiled ? " compiled" : "", choice->us,
             choice->wrong ? ", others wrong" : "");
    hax_cuda_take_note(program, kernel, note, false);
    return HAX_OK;
}

hax_status hax_cuda_emit_convolution(hax_program *program, int kernel, bool *done, hax_error *err)
{
    const hax_kernel *lowered = hax_model_kernel(program->model, kernel);
    hax_cuda_choice *choice = NULL;
    CUdeviceptr weights, bias = 0, bias_float = 0;
    hax_cuda_convolution convolution = describe(program, lowered);
    *done = false;
    if (!program->device->api.cudnn)
        return HAX_OK;
    hax_cuda_role role = is_padded(program, lowered) ? HAX_CUDA_WEIGHTS_PADDED
                         : convolution.channels_last ? HAX_CUDA_WEIGHTS_LAST
                                                     : HAX_CUDA_WEIGHTS;
    HAX_TRY(hax_cuda_weights(program, kernel, role, &weights, err));
    if (lowered->bias) {
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS, &bias, err));
        HAX_TRY(hax_cuda_weights(program, kernel, HAX_CUDA_BIAS_FLOAT, &bias_float, err));
    }
    HAX_TRY(choose(program, &convolution, false, weights, bias, bias_float, &choice, err));
    if (!choice->plan) { /* no engine does all of it: the convolution alone */
        convolution.bias = convolution.has_residual = false;
        convolution.activation = (hax_activation){ 0 };
        HAX_TRY(choose(program, &convolution, true, weights, 0, 0, &choice, err));
    }
    if (!choice->plan)
        return HAX_OK;
    HAX_TRY(emit_plan(program, kernel, &convolution, choice, weights, bias, err));
    *done = true;
    return emit_rest(program, kernel, &convolution, bias_float, err);
}

/* Plans of all convolutions that are not known yet, made together: many threads are busy then. */
hax_status hax_cuda_prepare_convolutions(hax_program *program, hax_error *err)
{
    int count = 0, kernels = hax_model_kernel_count(program->model);
    hax_cuda_choice *known;
    if (!program->device->api.cudnn)
        return HAX_OK;
    hax_cuda_convolution *convolution = calloc((size_t) kernels + 1, sizeof *convolution);
    if (!convolution)
        return hax_fail_memory(err, "plans of convolutions");
    hax_status status = HAX_OK;
    for (int k = 0; k < kernels && status == HAX_OK; k++) {
        const hax_kernel *kernel = hax_model_kernel(program->model, k);
        if (kernel->form != HAX_FORM_OWN || kernel->op != HAX_OP_CONVOLUTION)
            continue;
        convolution[count] = describe(program, kernel);
        status = recall(program, &convolution[count], &known, err);
        count += known == NULL;
    }
    if (status == HAX_OK && count > 0)
        status = hax_cuda_candidates_make(program->device, program->unit, convolution, count, false,
                                          program->beat, program->beat_context, err);
    free(convolution);
    return status;
}
