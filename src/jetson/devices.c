/*
 * The unit of each layer in the words of trtexec. It cuts the list at every comma and each item at
 * its last colon, takes single quotes off around a name, and ignores a name that it does not find.
 */
#include "devices.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "text.h"

bool hax_jetson_layer_is_named(const hax_model *model, int layer)
{
    const hax_node node = hax_model_node(model, layer);
    return node.op != HAX_OP_INPUT && node.name_source != LAYER_NAME_OF_PART;
}

const char *hax_jetson_layer_name(const hax_model *model, int layer)
{
    const hax_node node = hax_model_node(model, layer);
    return node.parser_name ? node.parser_name : node.name;
}

hax_status hax_jetson_check_name(const hax_model *model, int layer, hax_error *err)
{
    const hax_node node = hax_model_node(model, layer);
    if (node.parser_name)
        return HAX_OK;
    return hax_fail_at(
        err, HAX_BAD_INPUT, hax_model_file(model), 0, 0,
        "the layer called '%.100s' here shares its name in the file with another one, "
        "so that TensorRT cannot be told where to run it: give every node a name of "
        "its own (node.name of the onnx package) and take that file",
        node.name);
}

void hax_jetson_spread_units(const hax_model *model, const bool *on_dla, bool *of_layer)
{
    bool before = hax_model_compute_layer_count(model) > 0 && on_dla[0];
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        const hax_node layer = hax_model_node(model, l);
        if (layer.compute_index >= 0)
            before = on_dla[layer.compute_index];
        of_layer[l] = before && !layer.folded;
    }
}

static hax_status check_listed(const hax_model *model, int layer, hax_error *err)
{
    HAX_TRY(hax_jetson_check_name(model, layer, err));
    const hax_node node = hax_model_node(model, layer);
    if (strchr(node.parser_name, ','))
        return hax_fail_at(err, HAX_BAD_INPUT, hax_model_file(model), node.line, node.column,
                           "the layer '%.100s' has a comma in its name, where trtexec cuts the "
                           "list of --layerDeviceTypes: rename it in the file, or build with "
                           "TensorRT's Python API",
                           node.parser_name);
    return HAX_OK;
}

/* trtexec takes quotes off around a name, so one that has them itself gets more. */
static void append_item(const char *name, bool dla, hax_text *text)
{
    size_t length = strlen(name);
    const char *quote = length > 1 && name[0] == '\'' && name[length - 1] == '\'' ? "'" : "";
    hax_text_printf(text, "%s%s%s%s:%s", text->length > 0 ? "," : "", quote, name, quote,
                    dla ? "DLA" : "GPU");
}

static hax_status list(const hax_model *model, const bool *of_layer, bool gpu_only, hax_text *text,
                       hax_error *err)
{
    for (int l = 0; l < hax_model_layer_count(model); l++) {
        if (!hax_jetson_layer_is_named(model, l) || (gpu_only && of_layer[l]))
            continue;
        HAX_TRY(check_listed(model, l, err));
        append_item(hax_model_node(model, l).parser_name, of_layer[l], text);
    }
    return text->failed ? hax_fail_memory(err, "the units of layers") : HAX_OK;
}

static bool fits(const hax_text *text)
{
    return sizeof "--layerDeviceTypes=" + text->length <= HAX_JETSON_ARGUMENT_MAX;
}

static hax_status list_what_fits(const hax_model *model, const bool *of_layer, bool *complete,
                                 hax_text *text, hax_error *err)
{
    HAX_TRY(list(model, of_layer, false, text, err));
    *complete = fits(text);
    if (*complete)
        return HAX_OK;
    hax_text_free(text);
    HAX_TRY(list(model, of_layer, true, text, err));
    if (fits(text))
        return HAX_OK;
    return hax_fail_at(err, HAX_BAD_INPUT, hax_model_file(model), 0, 0,
                       "the layers on the GPU alone make --layerDeviceTypes %zu bytes long, and "
                       "Linux takes %d as one argument: build with TensorRT's Python API, or give "
                       "the layers shorter names",
                       sizeof "--layerDeviceTypes=" + text->length, HAX_JETSON_ARGUMENT_MAX);
}

hax_status hax_jetson_layer_device_types(const hax_model *model, const bool *on_dla, char **spec,
                                         bool *complete, hax_error *err)
{
    hax_text text = { 0 };
    bool all = true,
         *of_layer = calloc((size_t) hax_model_layer_count(model) + 1, sizeof *of_layer);
    if (!of_layer)
        return hax_fail_memory(err, "the units of layers");
    hax_jetson_spread_units(model, on_dla, of_layer);
    hax_status status = list_what_fits(model, of_layer, &all, &text, err);
    free(of_layer);
    if (status == HAX_OK) {
        *complete = all;
        if (text.length == 0)
            hax_text_append(&text, "");
        status = hax_text_give(&text, spec, "the units of layers", err);
    }
    hax_text_free(&text);
    return status;
}
