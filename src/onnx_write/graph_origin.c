/* The nodes that a network was read from, with what is known of their tensors. */
#include <assert.h>
#include <string.h>

#include "graph.h"
#include "wire_write.h"

/* ONNX Runtime and the checker want initializers that are no inputs, which came with this one. */
enum { IR_LEAST = 4 };

static bool is_network_input(const hax_model *model, const char *name)
{
    for (int i = 0; i < hax_model_input_count(model); i++)
        if (strcmp(hax_model_input_info(model, i).name, name) == 0)
            return true;
    return false;
}

static hax_status take_tensor(hax_onnx_graph *graph, const hax_origin_tensor *from, hax_error *err)
{
    hax_onnx_graph_tensor tensor = { .name = from->name, .type = from->type, .shape = from->shape };
    const hax_layer_constant *known = NULL;
    if (from->edge >= 0)
        known = hax_model_edge(graph->model, from->edge).known;
    if (from->edge >= 0)
        tensor.kernel_tensor = hax_model_edge(graph->model, from->edge).tensor + 1;
    if (known && !known->real && !known->integers)
        return hax_fail(err, HAX_BAD_INPUT,
                        "%.100s: the values of '%.100s' are not in its file, so they cannot be "
                        "written",
                        hax_model_name(graph->model), from->name);
    if (known) {
        tensor.content = HAX_ONNX_CONSTANT;
        tensor.real = known->real;
        tensor.whole = known->integers;
    } else if (from->empty) {
        tensor.content = HAX_ONNX_CONSTANT;
    } else if (is_network_input(graph->model, from->name)) {
        tensor.content = HAX_ONNX_INPUT;
    }
    return hax_onnx_graph_add_tensor(graph, &tensor) >= 0 ? HAX_OK
                                                          : hax_fail_memory(err, "an ONNX graph");
}

static hax_status take_node(hax_onnx_graph *graph, const hax_origin_node *from, hax_error *err)
{
    hax_text attributes = { 0 };
    for (int a = 0; a < from->attribute_count; a++)
        hax_wire_put_bytes(&attributes, ONNX_NODE_ATTRIBUTE, from->attributes[a].data,
                           from->attributes[a].length);
    char *kept = hax_arena_text(graph->arena, hax_text_get(&attributes), attributes.length);
    bool failed = attributes.failed || !kept;
    const hax_onnx_graph_node node = {
        .name = from->name,
        .op = from->op,
        .input_count = from->input_count,
        .output_count = from->output_count,
        .inputs = from->inputs,
        .outputs = from->outputs,
        .attributes = kept,
        .attributes_length = attributes.length,
        .layer = from->last_layer,
    };
    hax_text_free(&attributes);
    return !failed && hax_onnx_graph_add_node(graph, &node) >= 0
               ? HAX_OK
               : hax_fail_memory(err, "an ONNX graph");
}

/* Outputs by their names, which the file gives and no two tensors share. */
static void find_outputs(hax_onnx_graph *graph)
{
    for (int o = 0; o < hax_model_output_count(graph->model); o++) {
        const char *name = hax_model_output_info(graph->model, o).name;
        int found = 0;
        while (strcmp(graph->tensors[found].name, name) != 0) {
            found++;
            assert(found < graph->tensor_count);
        }
        graph->outputs[graph->output_count++] = found;
    }
}

hax_status hax_onnx_graph_fill_origin(hax_onnx_graph *graph, hax_error *err)
{
    const hax_origin *origin = hax_model_origin(graph->model);
    graph->opset = origin->opset;
    graph->ir_version = origin->ir_version > IR_LEAST ? origin->ir_version : IR_LEAST;
    for (int t = 0; t < origin->tensor_count; t++)
        HAX_TRY(take_tensor(graph, &origin->tensors[t], err));
    for (int n = 0; n < origin->node_count; n++)
        if (origin->nodes[n].last_layer >= 0 && !origin->nodes[n].folded)
            HAX_TRY(take_node(graph, &origin->nodes[n], err));
    find_outputs(graph);
    return HAX_OK;
}
