/* The "haxconn/model" document. */
#include "graph.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *shape_json(const hax_shape *shape)
{
    json_t *dims = json_array();
    for (int i = 0; dims && i < shape->rank; i++)
        hax_json_append(&dims, json_integer(shape->dims[i]));
    return dims;
}

static json_t *layer_json(const hax_model *model, int l)
{
    hax_layer_info layer = hax_model_layer(model, l);
    return json_pack("{s:s, s:s, s:o, s:o, s:I, s:I}", "name", layer.name, "type", layer.type,
                     "compute_layer",
                     layer.compute_index < 0 ? json_null() : json_integer(layer.compute_index),
                     "output", shape_json(&layer.output), "macs", (json_int_t) layer.macs,
                     "parameters", (json_int_t) layer.parameters);
}

static json_t *layers_json(const hax_model *model)
{
    json_t *layers = json_array();
    for (int l = 0; layers && l < model->layer_count; l++)
        hax_json_append(&layers, layer_json(model, l));
    return layers;
}

static json_t *cuts_json(const hax_model *model)
{
    json_t *cuts = json_array();
    for (int cut = 1; cuts && cut < model->compute_count; cut++)
        if (hax_model_cut_legal(model, cut, NULL))
            hax_json_append(&cuts, json_integer(cut));
    return cuts;
}

/* Where it cannot be cut, and why. */
static json_t *no_cuts_json(const hax_model *model)
{
    json_t *places = json_array();
    for (int cut = 1; places && cut < model->compute_count; cut++) {
        const char *why;
        if (!hax_model_cut_legal(model, cut, &why))
            hax_json_append(&places, json_pack("{s:i, s:i, s:s}", "layer", cut, "live_tensors",
                                               hax_model_live_tensors(model, cut), "reason", why));
    }
    return places;
}

/* Names of the tensors at the cut before a group. */
static json_t *crossing_json(const hax_model *model, int cut)
{
    json_t *names = json_array();
    const char *name;
    for (int t = 0; names && (name = hax_model_cut_tensor(model, cut, t)); t++)
        hax_json_append(&names, json_string(name));
    return names;
}

static json_t *groups_json(const hax_model *model, const hax_grouping *grouping)
{
    json_t *groups = json_array();
    for (int g = 0; groups && g < grouping->count; g++) {
        const hax_group *group = &grouping->groups[g];
        hax_json_append(&groups,
                        json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:o}", "first", group->first,
                                  "last", group->last, "macs", (json_int_t) group->macs,
                                  "weight_bytes", (json_int_t) group->weight_bytes, "input_bytes",
                                  (json_int_t) group->input_bytes, "output_bytes",
                                  (json_int_t) group->output_bytes, "crossing",
                                  crossing_json(model, group->first)));
    }
    return groups;
}

static json_t *tensor_json(const hax_model *model, int tensor)
{
    const hax_tensor *shown = &model->tensors[tensor];
    return json_pack("{s:s, s:o}", "name", shown->name, "shape", shape_json(&shown->shape));
}

static json_t *inputs_json(const hax_model *model)
{
    json_t *inputs = json_array();
    for (int i = 0; inputs && i < model->input_count; i++)
        hax_json_append(&inputs, tensor_json(model, hax_model_input(model, i)));
    return inputs;
}

static json_t *outputs_json(const hax_model *model)
{
    json_t *outputs = json_array();
    for (int o = 0; outputs && o < model->output_count; o++)
        hax_json_append(&outputs, tensor_json(model, model->outputs[o]));
    return outputs;
}

hax_status hax_model_text(const hax_model *model, const hax_grouping *grouping, char **json,
                          hax_error *err)
{
    HAX_TRY(hax_grouping_check(model, grouping, err));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:s, s:o, s:i, s:f, s:f, s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "schema",
        "haxconn/model", "version", 1, "tool", "haxconn " HAX_VERSION, "name", model->name,
        "layers", layers_json(model), "compute_layers", model->compute_count, "gmac",
        (double) model->macs * 1e-9, "mparam", (double) model->parameters * 1e-6, "input",
        tensor_json(model, hax_model_input(model, 0)), "inputs", inputs_json(model), "outputs",
        outputs_json(model), "cut_tensors", model->cut_tensors, "cuts", cuts_json(model), "no_cuts",
        no_cuts_json(model), "groups", groups_json(model, grouping));
    if (!tree)
        return hax_fail_memory(err, "a model document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
