/* A part of a graph that is a model of its own: nodes, and what goes in and out. */
#ifndef HAX_ONNX_WRITE_PART_H
#define HAX_ONNX_WRITE_PART_H

#include "graph.h"

typedef struct hax_onnx_part {
    int node_count, input_count, output_count, constant_count;
    int *nodes;     /* of the graph, in its order */
    int *inputs;    /* tensors: inputs of the network, and what earlier parts give */
    int *outputs;   /* tensors: outputs of the network, and what later parts take */
    int *constants; /* tensors that its nodes read */
} hax_onnx_part;

/*
 * Divides the needed nodes of a graph by the part of their layer, `part_of[layer]`, which never
 * falls along the layers. A part may be without nodes. `parts` has room for `count`; free with
 * hax_onnx_parts_free, also after a failure.
 */
hax_status hax_onnx_parts_make(const hax_onnx_graph *graph, const int *part_of, int count,
                               hax_onnx_part *parts, hax_error *err);
void hax_onnx_parts_free(hax_onnx_part *parts, int count);

#endif
