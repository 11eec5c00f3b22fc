/* The "haxconn/pieces" document: what runs where, behind what, with which tensors. */
#include <jansson.h>
#include <stdlib.h>

#include "haxconn/version.h"
#include "json.h"
#include "pieces.h"

/* numpy's names, in which runners make their arrays. */
static const char *type_name(int64_t type)
{
    switch (type) {
    case ONNX_TYPE_FLOAT: return "float32";
    case ONNX_TYPE_FLOAT16: return "float16";
    case ONNX_TYPE_DOUBLE: return "float64";
    case ONNX_TYPE_BFLOAT16: return "bfloat16";
    case ONNX_TYPE_INT64: return "int64";
    case ONNX_TYPE_INT32: return "int32";
    case ONNX_TYPE_BOOL: return "bool";
    default: return "other";
    }
}

static json_t *tensor_json(const hax_onnx_graph_tensor *tensor)
{
    json_t *shape = json_array();
    for (int d = 0; d < tensor->shape.rank; d++)
        hax_json_append(&shape, json_integer(tensor->shape.dims[d]));
    return json_pack("{s:o, s:s, s:o}", "name", hax_json_words(tensor->name), "type",
                     type_name(tensor->type), "shape", shape);
}

static json_t *tensors_json(const hax_onnx_graph *graph, const int *tensors, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        hax_json_append(&list, tensor_json(&graph->tensors[tensors[i]]));
    return list;
}

/* ---- instances ------------------------------------------------------------------------------- */

static bool is_read(const hax_onnx_pieces *pieces, int placed, int tensor)
{
    for (int i = pieces->first_of[placed]; i < pieces->first_of[placed + 1]; i++)
        for (int t = 0; t < pieces->pieces[i].part.input_count; t++)
            if (pieces->pieces[i].part.inputs[t] == tensor)
                return true;
    return false;
}

static json_t *instance_json(const hax_onnx_pieces *pieces, int placed)
{
    const hax_onnx_graph *graph = &pieces->graphs[placed];
    const hax_export_layer *layer = &pieces->plan->placed[placed];
    json_t *inputs = json_array();
    for (int t = 0; t < graph->tensor_count; t++)
        if (graph->tensors[t].content == HAX_ONNX_INPUT && is_read(pieces, placed, t))
            hax_json_append(&inputs, tensor_json(&graph->tensors[t]));
    return json_pack("{s:s, s:o, s:o, s:o}", "name", layer->instance->name, "network",
                     hax_json_words(hax_model_name(layer->model)), "inputs", inputs, "outputs",
                     tensors_json(graph, graph->outputs, graph->output_count));
}

/* ---- units ----------------------------------------------------------------------------------- */

static int placed_of(const hax_export_plan *plan, int instance)
{
    for (int p = 0; p < plan->count; p++)
        if (plan->placed[p].index == instance)
            return p;
    return -1;
}

/* The pieces of a unit in the order of the plan's jobs, which is that of their start. */
static json_t *order_json(const hax_onnx_pieces *pieces, int unit)
{
    const hax_schedule *schedule = pieces->plan->schedule;
    json_t *order = json_array();
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *job = &schedule->jobs[j];
        int placed = placed_of(pieces->plan, job->instance);
        if (job->unit != unit || job->part != HAX_PART_RUN || placed < 0)
            continue;
        int piece = hax_onnx_piece_of(pieces, placed, job->group);
        if (piece >= 0 && pieces->pieces[piece].first_group == job->group)
            hax_json_append(&order, json_integer(piece));
    }
    return order;
}

static json_t *units_json(const hax_onnx_pieces *pieces)
{
    const hax_export_plan *plan = pieces->plan;
    json_t *units = json_array();
    for (int u = 0; u < plan->problem->unit_count; u++) {
        json_t *order = order_json(pieces, u);
        if (order && json_array_size(order) == 0) {
            json_decref(order);
            continue;
        }
        const char *device = hax_export_device(plan, u);
        hax_json_append(&units, json_pack("{s:s, s:s?, s:o}", "name", hax_export_unit_name(plan, u),
                                          "device", device, "order", order));
    }
    return units;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* The piece of the same instance that gives a tensor, -1: it is an input of the network. */
static int giver_of(const hax_onnx_pieces *pieces, int piece, int tensor)
{
    for (int i = pieces->first_of[pieces->pieces[piece].placed]; i < piece; i++)
        for (int t = 0; t < pieces->pieces[i].part.output_count; t++)
            if (pieces->pieces[i].part.outputs[t] == tensor)
                return i;
    return -1;
}

static json_t *inputs_json(const hax_onnx_pieces *pieces, int index)
{
    const hax_onnx_piece *piece = &pieces->pieces[index];
    json_t *list = json_array();
    for (int t = 0; t < piece->part.input_count; t++) {
        json_t *tensor = tensor_json(&piece->graph->tensors[piece->part.inputs[t]]);
        int giver = giver_of(pieces, index, piece->part.inputs[t]);
        hax_json_set(&tensor, "from", giver >= 0 ? json_integer(giver) : json_null());
        hax_json_append(&list, tensor);
    }
    return list;
}

/* All that must have ended: what gives it tensors, instances that come before its own, and what the
 * plan makes it wait for. */
static json_t *after_json(const hax_onnx_pieces *pieces, int index)
{
    const hax_export_plan *plan = pieces->plan;
    const hax_onnx_piece *piece = &pieces->pieces[index];
    bool *waits = calloc((size_t) pieces->count + 1, sizeof *waits);
    json_t *list = waits ? json_array() : NULL;
    if (!waits)
        return NULL;
    for (int t = 0; t < piece->part.input_count; t++) {
        int giver = giver_of(pieces, index, piece->part.inputs[t]);
        if (giver >= 0)
            waits[giver] = true;
    }
    if (piece->after >= 0)
        waits[piece->after] = true;
    const hax_instance_spec *instance = plan->placed[piece->placed].instance;
    for (int a = 0; index == pieces->first_of[piece->placed] && a < instance->after_count; a++) {
        int placed = placed_of(plan, instance->after[a]);
        if (placed >= 0 && pieces->first_of[placed + 1] > pieces->first_of[placed])
            waits[pieces->first_of[placed + 1] - 1] = true;
    }
    for (int i = 0; i < pieces->count; i++)
        if (waits[i])
            hax_json_append(&list, json_integer(i));
    free(waits);
    return list;
}

static json_t *wait_json(const hax_onnx_piece *piece)
{
    if (piece->after < 0 && piece->delay_ms <= 0)
        return json_null();
    return json_pack("{s:o, s:f}", "after",
                     piece->after >= 0 ? json_integer(piece->after) : json_null(), "delay_ms",
                     piece->delay_ms);
}

static json_t *piece_json(const hax_onnx_pieces *pieces, int index)
{
    const hax_export_plan *plan = pieces->plan;
    const hax_onnx_piece *piece = &pieces->pieces[index];
    const hax_instance_spec *instance = plan->placed[piece->placed].instance;
    json_t *groups = json_array();
    for (int g = piece->first_group; g <= piece->last_group; g++)
        hax_json_append(&groups, json_string(instance->groups[g].name));
    return json_pack("{s:s, s:b, s:s, s:s, s:o, s:f, s:f, s:o, s:o, s:o, s:o}", "file", piece->file,
                     "external_data", piece->external, "instance", instance->name, "unit",
                     hax_export_unit_name(plan, piece->unit), "groups", groups, "start_ms",
                     piece->start_ms, "end_ms", piece->end_ms, "after", after_json(pieces, index),
                     "wait", wait_json(piece), "inputs", inputs_json(pieces, index), "outputs",
                     tensors_json(piece->graph, piece->part.outputs, piece->part.output_count));
}

hax_status hax_onnx_manifest(const hax_onnx_pieces *pieces, char **text, hax_error *err)
{
    const hax_export_plan *plan = pieces->plan;
    json_t *instances = json_array(), *list = json_array();
    for (int p = 0; p < plan->count; p++)
        hax_json_append(&instances, instance_json(pieces, p));
    for (int i = 0; i < pieces->count; i++)
        hax_json_append(&list, piece_json(pieces, i));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:s, s:f, s:f, s:o, s:o, s:o}", "schema", "haxconn/pieces", "version", 1,
        "tool", "haxconn " HAX_VERSION, "objective", hax_objective_name(plan->problem->objective),
        "value", plan->schedule->value, "round_ms", hax_schedule_round_ms(plan->schedule), "units",
        units_json(pieces), "instances", instances, "pieces", list);
    hax_status status = tree ? hax_json_text(tree, text, err) : hax_fail_memory(err, "a manifest");
    json_decref(tree);
    return status;
}
