#include "graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool grow(void **items, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    int wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(*items, (size_t) wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

int hax_onnx_graph_add_tensor(hax_onnx_graph *graph, const hax_onnx_graph_tensor *tensor)
{
    void *items = graph->tensors;
    bool has_room =
        grow(&items, graph->tensor_count, &graph->tensor_capacity, sizeof *graph->tensors);
    graph->tensors = items;
    if (!has_room)
        return -1;
    graph->tensors[graph->tensor_count] = *tensor;
    return graph->tensor_count++;
}

int hax_onnx_graph_add_node(hax_onnx_graph *graph, const hax_onnx_graph_node *node)
{
    void *items = graph->nodes;
    bool has_room = grow(&items, graph->node_count, &graph->node_capacity, sizeof *graph->nodes);
    graph->nodes = items;
    if (!has_room)
        return -1;
    graph->nodes[graph->node_count] = *node;
    return graph->node_count++;
}

/* Backwards from the outputs: nodes stand behind those that they read. */
static hax_status mark_needed(hax_onnx_graph *graph, hax_error *err)
{
    bool *needed = calloc((size_t) graph->tensor_count + 1, sizeof *needed);
    if (!needed)
        return hax_fail_memory(err, "an ONNX graph");
    for (int o = 0; o < graph->output_count; o++)
        needed[graph->outputs[o]] = true;
    for (int n = graph->node_count - 1; n >= 0; n--) {
        hax_onnx_graph_node *node = &graph->nodes[n];
        for (int o = 0; o < node->output_count; o++)
            node->needed = node->needed || (node->outputs[o] >= 0 && needed[node->outputs[o]]);
        for (int i = 0; i < node->input_count && node->needed; i++)
            if (node->inputs[i] >= 0)
                needed[node->inputs[i]] = true;
    }
    free(needed);
    return HAX_OK;
}

const char *hax_onnx_name(hax_arena *arena, const char *name)
{
    char *kept = hax_arena_string(arena, name);
    for (char *at = kept; kept && !hax_text_is_utf8(kept, strlen(kept)) && *at; at++)
        if ((unsigned char) *at >= 0x80)
            *at = '?';
    return kept;
}

hax_status hax_onnx_graph_make(const hax_model *model, hax_onnx_graph *graph, hax_error *err)
{
    *graph = (hax_onnx_graph){ .arena = hax_arena_create(), .model = model };
    if (!graph->arena)
        return hax_fail_memory(err, "an ONNX graph");
    graph->outputs = hax_arena_alloc(graph->arena, (size_t) hax_model_output_count(model),
                                     sizeof *graph->outputs);
    graph->name = hax_onnx_name(graph->arena, hax_model_name(model));
    hax_status status =
        graph->outputs && graph->name ? HAX_OK : hax_fail_memory(err, "an ONNX graph");
    if (status == HAX_OK)
        status = hax_model_origin(model) ? hax_onnx_graph_fill_origin(graph, err)
                                         : hax_onnx_graph_convert(graph, err);
    if (status == HAX_OK)
        status = mark_needed(graph, err);
    if (status != HAX_OK)
        hax_onnx_graph_free(graph);
    return status;
}

void hax_onnx_graph_free(hax_onnx_graph *graph)
{
    free(graph->nodes);
    free(graph->tensors);
    hax_arena_destroy(graph->arena);
    *graph = (hax_onnx_graph){ 0 };
}
