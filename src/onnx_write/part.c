#include "part.h"

#include <assert.h>
#include <stdlib.h>

typedef struct divider {
    const hax_onnx_graph *graph;
    const int *part_of; /* [layer] */
    hax_onnx_part *parts;
    int *maker;   /* [tensor]: the part of the node that makes it; -1: none */
    int *seen;    /* [tensor]: the last part that took it in, plus 1 */
    bool *output; /* [tensor]: it leaves its part */
} divider;

static int part_of_node(const divider *divider, int node)
{
    return divider->part_of[divider->graph->nodes[node].layer];
}

/* Who makes what, and how much room each part's lists may take. */
static void count_all(const divider *divider)
{
    const hax_onnx_graph *graph = divider->graph;
    for (int t = 0; t < graph->tensor_count; t++)
        divider->maker[t] = -1;
    for (int n = 0; n < graph->node_count; n++) {
        const hax_onnx_graph_node *node = &graph->nodes[n];
        if (!node->needed)
            continue;
        hax_onnx_part *part = &divider->parts[part_of_node(divider, n)];
        part->node_count++;
        part->input_count += node->input_count;
        part->output_count += node->output_count;
        for (int o = 0; o < node->output_count; o++)
            if (node->outputs[o] >= 0)
                divider->maker[node->outputs[o]] = part_of_node(divider, n);
    }
}

static hax_status make_room(hax_onnx_part *part, int network_outputs, hax_error *err)
{
    size_t inputs = (size_t) part->input_count + 1;
    size_t outputs = (size_t) part->output_count + (size_t) network_outputs + 1;
    part->nodes = calloc((size_t) part->node_count + 1, sizeof *part->nodes);
    part->inputs = calloc(inputs, sizeof *part->inputs);
    part->constants = calloc(inputs, sizeof *part->constants);
    part->outputs = calloc(outputs, sizeof *part->outputs);
    part->node_count = part->input_count = part->output_count = 0;
    return part->nodes && part->inputs && part->constants && part->outputs
               ? HAX_OK
               : hax_fail_memory(err, "the parts of a network");
}

/* What a node reads that the part does not have yet. */
static void take_input(const divider *divider, int index, int tensor)
{
    hax_onnx_part *part = &divider->parts[index];
    if (tensor < 0 || divider->maker[tensor] == index || divider->seen[tensor] == index + 1)
        return;
    divider->seen[tensor] = index + 1;
    if (divider->graph->tensors[tensor].content == HAX_ONNX_COMPUTED) {
        assert(divider->maker[tensor] >= 0 && divider->maker[tensor] < index);
        divider->output[tensor] = true;
        part->inputs[part->input_count++] = tensor;
    } else if (divider->graph->tensors[tensor].content == HAX_ONNX_INPUT) {
        part->inputs[part->input_count++] = tensor;
    } else {
        part->constants[part->constant_count++] = tensor;
    }
}

static void take_nodes(const divider *divider, int index)
{
    const hax_onnx_graph *graph = divider->graph;
    hax_onnx_part *part = &divider->parts[index];
    for (int n = 0; n < graph->node_count; n++) {
        if (!graph->nodes[n].needed || part_of_node(divider, n) != index)
            continue;
        part->nodes[part->node_count++] = n;
        for (int i = 0; i < graph->nodes[n].input_count; i++)
            take_input(divider, index, graph->nodes[n].inputs[i]);
    }
}

/* The network's own in their order, then what goes on to other parts in the order of the nodes. */
static void give_outputs(const divider *divider)
{
    const hax_onnx_graph *graph = divider->graph;
    for (int o = 0; o < graph->output_count; o++) {
        int tensor = graph->outputs[o], index = divider->maker[tensor];
        if (index < 0)
            continue; /* nothing makes it: an input that is an output too */
        hax_onnx_part *part = &divider->parts[index];
        part->outputs[part->output_count++] = tensor;
        divider->output[tensor] = false;
    }
    for (int n = 0; n < graph->node_count; n++)
        for (int o = 0; o < graph->nodes[n].output_count; o++) {
            int tensor = graph->nodes[n].outputs[o];
            if (tensor < 0 || !divider->output[tensor])
                continue;
            assert(divider->maker[tensor] >= 0);
            hax_onnx_part *part = &divider->parts[divider->maker[tensor]];
            part->outputs[part->output_count++] = tensor;
        }
}

hax_status hax_onnx_parts_make(const hax_onnx_graph *graph, const int *part_of, int count,
                               hax_onnx_part *parts, hax_error *err)
{
    size_t tensors = (size_t) graph->tensor_count + 1;
    divider divider = { graph,
                        part_of,
                        parts,
                        calloc(tensors, sizeof *divider.maker),
                        calloc(tensors, sizeof *divider.seen),
                        calloc(tensors, sizeof *divider.output) };
    for (int p = 0; p < count; p++)
        parts[p] = (hax_onnx_part){ 0 };
    hax_status status = divider.maker && divider.seen && divider.output
                            ? HAX_OK
                            : hax_fail_memory(err, "the parts of a network");
    if (status == HAX_OK)
        count_all(&divider);
    for (int p = 0; p < count && status == HAX_OK; p++)
        status = make_room(&parts[p], graph->output_count, err);
    for (int p = 0; p < count && status == HAX_OK; p++)
        take_nodes(&divider, p);
    if (status == HAX_OK)
        give_outputs(&divider);
    free(divider.maker);
    free(divider.seen);
    free(divider.output);
    return status;
}

void hax_onnx_parts_free(hax_onnx_part *parts, int count)
{
    for (int p = 0; p < count; p++) {
        free(parts[p].nodes);
        free(parts[p].inputs);
        free(parts[p].outputs);
        free(parts[p].constants);
    }
}
