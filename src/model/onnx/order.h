/* Which nodes of a graph are needed, and in which order they can run. */
#ifndef MODEL_ONNX_ORDER_H
#define MODEL_ONNX_ORDER_H

#include "onnx/names.h"
#include "onnx/proto.h"

typedef struct onnx_order {
    onnx_names makers;       /* tensor: the node that makes it */
    onnx_names initializers; /* tensor: its index in model->tensors */
    onnx_names inputs;       /* tensor: its index in model->inputs, initializers among them */
    int count;
    int *nodes; /* [count] those that the outputs need, each after those that it reads */
    bool *read; /* [node_count] is it needed? */
} onnx_order;

/*
 * Keeps the order of the file as far as it is one, as ONNX demands it. Refused: a tensor that two
 * nodes make, one that nothing makes, a cycle. Free with onnx_order_free, also after a failure.
 */
hax_status onnx_order_find(const onnx_source *source, const onnx_model *model, onnx_order *order);
void onnx_order_free(onnx_order *order);

/* "node 'conv1' (Conv)", or by its index where it has no name; for messages. */
enum { ONNX_NODE_TEXT = 200 };
const char *onnx_node_text(const onnx_node *node, char text[ONNX_NODE_TEXT]);

#endif
