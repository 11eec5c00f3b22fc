/*
 * trtexec's option --layerDeviceTypes: GPU or DLA for each layer. An engine is built for one core
 * of the DLA, so an instance may be on one only.
 */
#include <stdlib.h>
#include <string.h>

#include "export.h"

enum { FIRST_TENSORRT = 80600 };

/* GPU or DLA, by "UNIT=DEVICE" or by what the unit's name begins with; false: neither. */
static bool is_dla(const hax_export_plan *plan, int unit, bool *dla)
{
    const char *name = hax_export_unit_name(plan, unit), *device = hax_export_device(plan, unit);
    bool gpu = device ? strcmp(device, "GPU") == 0 : strncmp(name, "gpu", 3) == 0;
    *dla = device ? strcmp(device, "DLA") == 0 : strncmp(name, "dla", 3) == 0;
    return gpu || *dla;
}

static hax_status check_unit(const hax_export_plan *plan, const hax_export_layer *placed, int unit,
                             int *core, bool *dla, hax_error *err)
{
    const char *name = hax_export_unit_name(plan, unit);
    if (!is_dla(plan, unit, dla))
        return hax_fail(err, HAX_BAD_INPUT,
                        "trtexec knows GPU and DLA, and '%.60s' is neither by its name: say which "
                        "it is, '%.60s=GPU' or '%.60s=DLA'",
                        name, name, name);
    if (!*dla)
        return HAX_OK;
    if (*core >= 0 && *core != unit)
        return hax_fail(
            err, HAX_BAD_INPUT,
            "'%.60s' runs on %.60s and on %.60s; an engine is built for one core of the "
            "DLA: keep it off one of them (--forbid)",
            placed->instance->name, hax_export_unit_name(plan, *core), name);
    *core = unit;
    return HAX_OK;
}

static hax_status find_dla(const hax_export_plan *plan, const hax_export_layer *placed,
                           bool *on_dla, bool *any, hax_error *err)
{
    int core = -1;
    for (int l = 0; l < hax_model_layer_count(placed->model); l++) {
        bool dla;
        int index = hax_model_layer(placed->model, l).compute_index;
        HAX_TRY(check_unit(plan, placed, placed->unit_of[l], &core, &dla, err));
        if (index >= 0)
            on_dla[index] = dla;
    }
    *any = core >= 0;
    return HAX_OK;
}

/* Layers that the DLA will leave to the GPU, in a line of comment. */
static hax_status append_refused(const hax_export_plan *plan, const hax_export_layer *placed,
                                 const bool *on_dla, hax_text *text, hax_error *err)
{
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    int refused = 0;
    hax_status status = hax_grouping_make(placed->model, "blocks", &grouping, err);
    if (status == HAX_OK)
        status =
            hax_jetson_rules_make(placed->model, grouping, &plan->options->target, &rules, err);
    for (int l = 0; status == HAX_OK && l < rules->layer_count; l++) {
        const hax_jetson_layer *layer = &rules->layers[l];
        if (layer->runs || layer->compute_index < 0 || !on_dla[layer->compute_index])
            continue;
        hax_text_append(text, refused++ == 0 ? "# the DLA leaves to the GPU: " : "; ");
        hax_export_comment(text, layer->name);
        hax_text_append(text, ": ");
        hax_export_comment(text, layer->reason);
    }
    hax_text_append(text, refused > 0 ? "\n" : "");
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    return status;
}

/* For a POSIX shell: within single quotes, a single quote ends and begins them again. */
static void append_quoted(hax_text *text, const char *word)
{
    hax_text_append(text, "'");
    for (; *word; word++)
        if (*word == '\'')
            hax_text_append(text, "'\\''");
        else
            hax_text_append_bytes(text, word, 1);
    hax_text_append(text, "'");
}

static hax_status append_instance(const hax_export_plan *plan, const hax_export_layer *placed,
                                  bool *on_dla, hax_text *text, hax_error *err)
{
    bool any, complete;
    char *spec = NULL;
    HAX_TRY(find_dla(plan, placed, on_dla, &any, err));
    hax_text_append(text, "# ");
    hax_export_comment(text, placed->instance->name);
    hax_text_append(text, " (");
    hax_export_comment(text, hax_model_name(placed->model));
    hax_text_append(text, any ? ")\n" : "): on the GPU alone, build it without --useDLACore\n");
    HAX_TRY(append_refused(plan, placed, on_dla, text, err));
    HAX_TRY(hax_jetson_layer_device_types(placed->model, on_dla, &spec, &complete, err));
    if (!complete)
        hax_text_append(text, "# the layers of the GPU alone, since all would be longer than an "
                              "argument may be; --useDLACore gives the others to the DLA\n");
    hax_text_append(text, "--layerDeviceTypes=");
    append_quoted(text, spec);
    hax_text_append(text, "\n");
    free(spec);
    return HAX_OK;
}

hax_status hax_export_device_types(const hax_export_plan *plan, hax_text *text, hax_error *err)
{
    int tensorrt = plan->options->target.tensorrt;
    if (tensorrt < FIRST_TENSORRT)
        return hax_fail(err, HAX_BAD_INPUT,
                        "trtexec of TensorRT %d.%d has no --layerDeviceTypes, which came with 8.6: "
                        "such engines are built through TensorRT's Python API",
                        tensorrt / 10000, tensorrt / 100 % 100);
    for (int p = 0; p < plan->count; p++) {
        const hax_export_layer *placed = &plan->placed[p];
        bool *on_dla =
            calloc((size_t) hax_model_compute_layer_count(placed->model) + 1, sizeof *on_dla);
        if (!on_dla)
            return hax_fail_memory(err, "an exported plan");
        hax_status status = append_instance(plan, placed, on_dla, text, err);
        free(on_dla);
        if (status != HAX_OK)
            return status;
    }
    return text->failed ? hax_fail_memory(err, "an exported plan") : HAX_OK;
}
