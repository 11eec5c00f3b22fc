/* The Python program that builds engines through TensorRT's API: what it has to know of the
 * network, and then the same text for all. */
#include <stdio.h>
#include <stdlib.h>

#include "devices.h"
#include "engine.h"
#include "engine_py.h"
#include "json.h"
#include "layer.h"

/* A string as Python reads it: JSON's strings are Python's. */
static void append_string(const char *string, hax_text *text)
{
    json_t *value = json_string(string);
    hax_json_write(value, JSON_ENCODE_ANY, text);
    json_decref(value);
}

static void append_optional(const char *name, const char *string, hax_text *text)
{
    hax_text_printf(text, "%s = ", name);
    if (string)
        append_string(string, text);
    else
        hax_text_append(text, "None");
    hax_text_append(text, "\n");
}

static void append_outputs(const hax_model *model, hax_text *text)
{
    hax_text_append(text, "OUTPUTS = [");
    for (int o = 0; o < hax_model_output_count(model); o++) {
        hax_text_append(text, o > 0 ? ", " : "");
        append_string(hax_model_tensor(model, hax_model_output(model, o))->name, text);
    }
    hax_text_append(text, "]\n");
}

/* "NAME=1x3x8x8" as NAME: (1, 3, 8, 8). */
static void append_shapes(const hax_engine_source *source, hax_text *text)
{
    hax_text_append(text, "SHAPES = {");
    for (int s = 0; s < source->shape_count; s++) {
        const char *shape = source->shapes[s];
        const char *equal = shape;
        for (const char *at = shape; *at; at++)
            equal = *at == '=' ? at : equal;
        hax_text name = { 0 };
        hax_text_append_bytes(&name, shape, (size_t) (equal - shape));
        append_string(hax_text_get(&name), text);
        hax_text_spend(&name, text);
        hax_text_append(text, ": (");
        for (const char *at = equal + 1; *at; at++)
            hax_text_append_bytes(text, *at == 'x' ? ", " : at, *at == 'x' ? 2 : 1);
        hax_text_append(text, s + 1 < source->shape_count ? ",), " : ",)");
    }
    hax_text_append(text, "}\n");
}

static hax_status append_layers(const hax_model *model, hax_text *text, hax_error *err)
{
    hax_text_append(text, "# Numbers and names of the layers.\nLAYERS = [\n");
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        const hax_node layer = hax_model_node(model, l);
        if (layer.compute_index < 0 || !hax_jetson_layer_is_named(model, l))
            continue;
        HAX_TRY(hax_jetson_check_name(model, l, err));
        hax_text_printf(text, "    (%d, ", layer.compute_index);
        append_string(layer.parser_name, text);
        hax_text_append(text, "),\n");
    }
    hax_text_append(text, "]\n");
    return HAX_OK;
}

static void append_refused(const hax_engine_source *source, bool gpu_fallback, hax_text *text)
{
    const hax_model *model = source->model;
    char reason[JETSON_REASON_MAX];
    hax_text_append(text, "# Layers that stay on the GPU, and why no DLA runs them.\n"
                          "NOT_ON_DLA = {\n");
    for (int l = 0; l < hax_model_layer_count(model) && gpu_fallback; l++) {
        const hax_node layer = hax_model_node(model, l);
        if (layer.compute_index < 0 || !layer.parser_name || !hax_jetson_layer_is_named(model, l) ||
            hax_jetson_layer_runs(model, l, &source->target, reason))
            continue;
        hax_text_append(text, "    ");
        append_string(layer.parser_name, text);
        hax_text_append(text, ": ");
        append_string(reason, text);
        hax_text_append(text, ",\n");
    }
    hax_text_append(text, "}\n");
}

hax_status hax_engine_python(const hax_engine_source *source, bool gpu_fallback, hax_text *text,
                             hax_error *err)
{
    const hax_jetson_target *target = &source->target;
    hax_text_printf(text, "# %s on %s\n", hax_model_name(source->model), target->board->title);
    append_optional("NETWORK", source->path, text);
    append_optional("WEIGHTS", source->weights, text);
    append_optional("CALIBRATION", source->calibration, text);
    hax_text_printf(text, "CAFFE = %s\n", hax_engine_is_caffe(source) ? "True" : "False");
    hax_text_printf(text, "VERSION = (%d, %d)\nBATCH = %d\n", target->tensorrt / 10000,
                    target->tensorrt / 100 % 100, target->batch);
    append_shapes(source, text);
    append_outputs(source->model, text);
    HAX_TRY(append_layers(source->model, text, err));
    append_refused(source, gpu_fallback, text);
    for (const char *const *line = engine_py; *line; line++)
        hax_text_printf(text, "%s\n", *line);
    return HAX_OK;
}

static const char *layer_name(const hax_model *model, int compute_layer)
{
    for (int l = 0; l < hax_model_layer_count(model); l++)
        if (hax_model_node(model, l).compute_index == compute_layer)
            return hax_jetson_layer_name(model, l);
    return "";
}

void hax_engine_python_options(const hax_engine_source *source, const hax_engine *engine,
                               hax_text *text)
{
    hax_text_printf(text, "--start %s", engine->starts_on_dla ? "dla" : "gpu");
    if (engine->transition >= 0)
        hax_text_printf(text, " --transition %d", engine->transition);
    if (engine->mark >= 0) {
        hax_text_append(text, " --mark ");
        hax_text_shell_word(text, layer_name(source->model, engine->mark));
    }
}
