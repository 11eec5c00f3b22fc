/*
 * The portable driver: plain loops over plain tensors, correct and slow. It is the
 * reference in tests, and what is left where no kernel library is installed.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"
#include "loops.h"

struct hax_device {
    struct hax_device_base base;
};

struct hax_program {
    const hax_model *model;
    const hax_grouping *grouping;
    float **weights; /* [kernel], NULL where there are none */
    float **biases;
    hax_layout *layouts; /* [tensor] */
};

struct hax_task {
    const hax_program *program;
    float **tensors; /* [tensor]: own memory or a slot */
    bool *owned;
};

static hax_status open_portable(const hax_kind *kind, hax_device **device, hax_error *err)
{
    if (kind->isa[0] != '\0')
        return hax_fail(err, HAX_UNAVAILABLE,
                        "kind '%s': the portable driver has no instruction-set cap", kind->name);
    hax_device *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a device");
    result->base.driver = &hax_driver_portable;
    *device = result;
    return HAX_OK;
}

static void close_portable(hax_device *device)
{
    free(device);
}

static hax_status enter(hax_device *device, const hax_unit *unit, hax_error *err)
{
    (void) device;
    return hax_unit_pin_thread(unit->cpus, unit->cpu_count, err);
}

static void discard(hax_program *program)
{
    for (int k = 0; k < hax_model_kernel_count(program->model); k++) {
        free(program->weights ? program->weights[k] : NULL);
        free(program->biases ? program->biases[k] : NULL);
    }
    free(program->weights);
    free(program->biases);
    free(program->layouts);
    free(program);
}

static hax_status load_weights(hax_program *program, int k, hax_error *err)
{
    size_t weights = hax_kernel_weight_count(program->model, k);
    size_t biases = hax_kernel_bias_count(program->model, k);
    if (weights == 0)
        return HAX_OK;
    program->weights[k] = malloc(weights * sizeof(float));
    program->biases[k] = biases ? malloc(biases * sizeof(float)) : NULL;
    if (!program->weights[k] || (biases && !program->biases[k]))
        return hax_fail_memory(err, "weights");
    hax_model_weights(program->model, k, program->weights[k], program->biases[k]);
    return HAX_OK;
}

static hax_status build(hax_device *device, const hax_unit *unit, const hax_model *model,
                        const hax_grouping *grouping, void (*beat)(void *), void *beat_context,
                        hax_program **program, hax_error *err)
{
    (void) device, (void) unit;
    size_t kernels = (size_t) hax_model_kernel_count(model);
    size_t tensors = (size_t) hax_model_tensor_count(model);
    hax_program *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a program");
    *result = (hax_program){ .model = model,
                             .grouping = grouping,
                             .weights = calloc(kernels, sizeof *result->weights),
                             .biases = calloc(kernels, sizeof *result->biases),
                             .layouts = calloc(tensors, sizeof *result->layouts) };
    hax_status status = result->weights && result->biases && result->layouts
                            ? HAX_OK
                            : hax_fail_memory(err, "a program");
    for (size_t t = 0; status == HAX_OK && t < tensors; t++) {
        result->layouts[t] = hax_layout_plain_tag;
        result->layouts[t].bytes = hax_model_tensor(model, (int) t)->bytes;
    }
    for (size_t k = 0; status == HAX_OK && k < kernels; k++) {
        status = load_weights(result, (int) k, err);
        if (beat)
            beat(beat_context);
    }
    if (status == HAX_OK)
        *program = result;
    else
        discard(result);
    return status;
}

static const hax_layout *layout(const hax_program *program, int tensor)
{
    return &program->layouts[tensor];
}

static void note(const hax_program *program, int kernel, hax_kernel_note *out)
{
    (void) program, (void) kernel;
    *out = (hax_kernel_note){ .implementation = "portable loops" };
}

static void unbind(hax_task *task)
{
    for (int t = 0; t < hax_model_tensor_count(task->program->model); t++)
        if (task->owned && task->owned[t])
            free(task->tensors[t]);
    free(task->tensors);
    free(task->owned);
    free(task);
}

static hax_status bind(hax_program *program, void *const *slots, hax_task **task, hax_error *err)
{
    size_t tensors = (size_t) hax_model_tensor_count(program->model);
    hax_task *result = calloc(1, sizeof *result);
    if (!result)
        return hax_fail_memory(err, "a task");
    result->program = program;
    result->tensors = calloc(tensors, sizeof *result->tensors);
    result->owned = calloc(tensors, sizeof *result->owned);
    bool ok = result->tensors && result->owned;
    for (size_t t = 0; ok && t < tensors; t++) {
        const hax_tensor *tensor = hax_model_tensor(program->model, (int) t);
        result->owned[t] = !slots[t] && !tensor->constant;
        if (result->owned[t])
            result->tensors[t] = malloc(tensor->bytes);
        else /* constants are read only */
            result->tensors[t] = slots[t] ? slots[t] : (float *) (uintptr_t) tensor->constant;
        ok = result->tensors[t] != NULL;
    }
    if (!ok) {
        unbind(result);
        return hax_fail_memory(err, "tensors");
    }
    *task = result;
    return HAX_OK;
}

static hax_status run(hax_task *task, int group, hax_error *err)
{
    (void) err;
    const hax_program *program = task->program;
    int begin, end;
    assert(group >= 0 && group < program->grouping->count);
    hax_group_kernels(program->model, &program->grouping->groups[group], &begin, &end);
    for (int k = begin; k < end; k++)
        hax_loops_run(program->model, hax_model_kernel(program->model, k), program->weights[k],
                      program->biases[k], task->tensors);
    return HAX_OK;
}

static bool can_import(const hax_layout *from)
{
    return strcmp(from->driver, "plain") == 0;
}

static hax_status import(hax_task *task, int tensor, const hax_layout *from, const void *data,
                         hax_error *err)
{
    (void) from;
    (void) err;
    assert(can_import(from));
    memcpy(task->tensors[tensor], data, hax_model_tensor(task->program->model, tensor)->bytes);
    return HAX_OK;
}

static hax_status export(hax_task *task, int tensor, float *plain, hax_error *err)
{
    (void) err;
    memcpy(plain, task->tensors[tensor], hax_model_tensor(task->program->model, tensor)->bytes);
    return HAX_OK;
}

const hax_driver hax_driver_portable = {
    .name = "portable",
    .computes = true,
    .supports = hax_kernel_known,
    .open = open_portable,
    .close = close_portable,
    .enter = enter,
    .build = build,
    .discard = discard,
    .layout = layout,
    .note = note,
    .bind = bind,
    .unbind = unbind,
    .run = run,
    .can_import = can_import,
    .import = import,
    .export = export,
};
