/* The table of formats, and the units of a plan brought from groups to layers. */
#include "export.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "haxconn/nearest.h"

static const struct {
    hax_export_format public;
    hax_status (*write)(const hax_export_plan *plan, hax_text *text, hax_error *err);
} formats[] = {
    { { "json", "the unit of each layer, the pieces and their times, as a document" },
      hax_export_json },
    { { "csv", "a row for each layer" }, hax_export_csv },
    { { "layer-device-types", "trtexec's option, TensorRT 8.6 and later" },
      hax_export_device_types },
    { { "onnxruntime", "a program that annotates the model, ONNX Runtime 1.25 and later" },
      hax_export_onnxruntime },
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const hax_export_format *hax_export_format_at(int index)
{
    return index >= 0 && index < FORMAT_COUNT ? &formats[index].public : NULL;
}

/* ---- units ----------------------------------------------------------------------------------- */

const char *hax_export_unit_name(const hax_export_plan *plan, int unit)
{
    return plan->problem->units[unit].name;
}

const char *hax_export_device(const hax_export_plan *plan, int unit)
{
    const char *name = hax_export_unit_name(plan, unit);
    size_t length = strlen(name);
    for (int d = 0; d < plan->options->device_count; d++) {
        const char *device = plan->options->devices[d];
        if (strncmp(device, name, length) == 0 && device[length] == '=')
            return device + length + 1;
    }
    return NULL;
}

void hax_export_comment(hax_text *text, const char *word)
{
    for (; *word; word++)
        hax_text_append_bytes(text, (unsigned char) *word < ' ' || *word == 0x7f ? "?" : word, 1);
}

static hax_status check_devices(const hax_problem *problem, const hax_export_options *options,
                                hax_error *err)
{
    for (int d = 0; d < options->device_count; d++) {
        const char *device = options->devices[d], *equals = strchr(device, '=');
        bool known = false;
        if (!equals || equals == device || equals[1] == '\0')
            return hax_fail(err, HAX_USAGE, "'%.100s' is not UNIT=DEVICE", device);
        size_t length = (size_t) (equals - device);
        hax_nearest nearest = hax_nearest_start(device, length);
        for (int u = 0; u < problem->unit_count; u++) {
            hax_nearest_offer(&nearest, problem->units[u].name);
            known |= strlen(problem->units[u].name) == length &&
                     strncmp(problem->units[u].name, device, length) == 0;
        }
        if (!known)
            return hax_fail(err, HAX_USAGE, "'%.100s': the problem has no unit '%.*s'%s", device,
                            (int) length, device, hax_nearest_words(&nearest).text);
    }
    return HAX_OK;
}

bool hax_export_times(const hax_export_layer *placed, int group, double *start_ms, double *end_ms)
{
    assert(group >= 0 && group < placed->instance->group_count);
    const hax_job *job = placed->run_of[group];
    if (!job)
        return false;
    *start_ms = job->start_ms;
    *end_ms = job->end_ms;
    return true;
}

/* ---- from groups to layers ------------------------------------------------------------------- */

/* The group of each compute layer, by the groups' layers. */
static hax_status find_groups(const hax_export_layer *placed, int *group_of, hax_error *err)
{
    const char *network = hax_model_name(placed->model);
    int count = hax_model_compute_layer_count(placed->model), next = 0;
    for (int g = 0; g < placed->instance->group_count; g++) {
        const hax_group_spec *group = &placed->instance->groups[g];
        const char *name = group->name;
        if (group->layer_count < 1)
            return hax_fail(err, HAX_BAD_INPUT,
                            "the group '%.60s' of '%.60s' is not named after its layers (0-9), as "
                            "'haxconn problem' names groups",
                            name, placed->instance->name);
        int first = group->first_layer, last = first + group->layer_count - 1;
        if (first != next || last >= count)
            return hax_fail(
                err, HAX_BAD_INPUT,
                "the group '%.60s' of '%.60s' does not go on at layer %d of the %d that "
                "%.60s has: is this its network?",
                name, placed->instance->name, next, count, network);
        for (; next <= last; next++)
            group_of[next] = g;
    }
    if (next < count)
        return hax_fail(
            err, HAX_BAD_INPUT,
            "the groups of '%.60s' end before layer %d, %.60s has %d layers: is this its "
            "network?",
            placed->instance->name, next, network, count);
    return HAX_OK;
}

/* Layers without a number (inputs, Dropout) go with the one before them. */
static void place_layers(const hax_export_plan *plan, hax_export_layer *placed, const int *group_of)
{
    int count = hax_model_layer_count(placed->model), group = 0;
    for (int l = 0; l < count; l++) {
        int index = hax_model_layer(placed->model, l).compute_index;
        if (index >= 0)
            group = group_of[index];
        placed->group_of[l] = group;
        placed->unit_of[l] = plan->schedule->assignment[placed->index][group];
    }
}

static hax_status place(const hax_export_plan *plan, hax_export_layer *placed, hax_error *err)
{
    if (!placed->model)
        return hax_fail(err, HAX_BAD_INPUT,
                        "no network is given for the instance '%.100s': name it, %.100s=NET",
                        placed->instance->name, placed->instance->name);
    size_t layers = (size_t) hax_model_layer_count(placed->model);
    int *group_of = calloc(layers + 1, sizeof *group_of);
    placed->group_of = calloc(layers + 1, sizeof *placed->group_of);
    placed->unit_of = calloc(layers + 1, sizeof *placed->unit_of);
    hax_status status = group_of && placed->group_of && placed->unit_of
                            ? find_groups(placed, group_of, err)
                            : hax_fail_memory(err, "a plan's layers");
    if (status == HAX_OK)
        place_layers(plan, placed, group_of);
    free(group_of);
    return status;
}

static bool wanted(const hax_export_options *options, const hax_instance_spec *instance)
{
    return !options->instance || strcmp(options->instance, instance->name) == 0;
}

static hax_status unknown_instance(const hax_export_plan *plan, hax_error *err)
{
    const char *name = plan->options->instance;
    hax_nearest nearest = hax_nearest_start(name, strlen(name));
    for (int i = 0; i < plan->problem->instance_count; i++)
        hax_nearest_offer(&nearest, plan->problem->instances[i].name);
    return hax_fail(err, HAX_USAGE, "the problem has no instance '%.100s'%s", name,
                    hax_nearest_words(&nearest).text);
}

static hax_status place_all(hax_export_plan *plan, const hax_model *const *models, hax_error *err)
{
    for (int i = 0; i < plan->problem->instance_count; i++) {
        const hax_instance_spec *instance = &plan->problem->instances[i];
        if (!wanted(plan->options, instance))
            continue;
        plan->placed[plan->count] =
            (hax_export_layer){ .instance = instance, .index = i, .model = models[i] };
        HAX_TRY(place(plan, &plan->placed[plan->count++], err));
    }
    if (plan->count == 0)
        return unknown_instance(plan, err);
    return HAX_OK;
}

/* ---- times ------------------------------------------------------------------------------------
 */

/* In one pass over all jobs: looked for one by one, those of 100,000 groups take seconds. */
static hax_status find_runs(hax_export_plan *plan, hax_error *err)
{
    const hax_schedule *schedule = plan->schedule;
    hax_export_layer **placed_of =
        calloc((size_t) plan->problem->instance_count, sizeof(hax_export_layer *));
    bool ok = placed_of != NULL;
    for (int p = 0; ok && p < plan->count; p++) {
        hax_export_layer *placed = &plan->placed[p];
        placed->run_of = calloc((size_t) placed->instance->group_count, sizeof(const hax_job *));
        placed_of[placed->index] = placed;
        ok = placed->run_of != NULL;
    }
    for (int j = 0; ok && j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        hax_export_layer *placed = placed_of[job->instance];
        if (placed && job->part == HAX_PART_RUN)
            placed->run_of[job->group] = job;
    }
    free(placed_of);
    return ok ? HAX_OK : hax_fail_memory(err, "a plan's layers");
}

/* ---- the whole ------------------------------------------------------------------------------- */

static hax_status find_format(const char *name, int *format, hax_error *err)
{
    char known_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
    for (*format = 0; *format < FORMAT_COUNT; ++*format) {
        if (strcmp(formats[*format].public.name, name) == 0) {
            return HAX_OK;
        }
        hax_text_printf(&known, "%s%s", *format > 0 ? ", " : "", formats[*format].public.name);
    }
    hax_status status =
        hax_fail(err, HAX_USAGE, "no format '%.60s' (known: %s)", name, hax_text_get(&known));
    return status;
}

hax_status hax_export_plan_make(const hax_problem *problem, const hax_schedule *schedule,
                                const hax_model *const *models, const hax_export_options *options,
                                hax_export_plan *plan, hax_error *err)
{
    *plan = (hax_export_plan){ problem, schedule, options, 0, NULL };
    HAX_TRY(check_devices(problem, options, err));
    plan->placed = calloc((size_t) problem->instance_count + 1, sizeof *plan->placed);
    if (!plan->placed)
        return hax_fail_memory(err, "a plan's layers");
    HAX_TRY(place_all(plan, models, err));
    return find_runs(plan, err);
}

void hax_export_plan_free(hax_export_plan *plan)
{
    for (int p = 0; p < plan->count; p++) {
        free(plan->placed[p].group_of);
        free(plan->placed[p].unit_of);
        free(plan->placed[p].run_of);
    }
    free(plan->placed);
    *plan = (hax_export_plan){ 0 };
}

hax_status hax_export_text(const char *format, const hax_problem *problem,
                           const hax_schedule *schedule, const hax_model *const *models,
                           const hax_export_options *options, char **text, hax_error *err)
{
    int chosen;
    hax_text result = { 0 };
    hax_export_plan plan;
    HAX_CONFIG_TAKE(hax_export_options, own, options, err);
    HAX_TRY(find_format(format, &chosen, err));
    hax_status status = hax_export_plan_make(problem, schedule, models, &own, &plan, err);
    if (status == HAX_OK)
        status = formats[chosen].write(&plan, &result, err);
    if (status == HAX_OK)
        status = hax_text_give(&result, text, "an exported plan", err);
    hax_text_free(&result);
    hax_export_plan_free(&plan);
    return status;
}
