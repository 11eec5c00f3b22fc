/* Which nodes of a graph are needed, and in which order they can run. */
#ifndef HAX_MODEL_ONNX_ORDER_H
#define HAX_MODEL_ONNX_ORDER_H

#include "onnx/names.h"
#include "onnx/proto.h"

typedef struct hax_onnx_order {
    hax_onnx_names makers;       /* tensor: the node that makes it */
    hax_onnx_names initializers; /* tensor: its index in model->tensors */
    hax_onnx_names inputs;       /* tensor: its index in model->inputs, initializers among them */
    int count;
    int *nodes; /* [count] those that the outputs need, each after those that it reads */
    bool *read; /* [node_count] is it needed? */
} hax_onnx_order;

/*
 * Keeps the order of the file as far as it is one, as ONNX demands it. Refused: a tensor that two
 * nodes make, one that nothing makes, a cycle. Free with hax_onnx_order_free, also after a failure.
 */
hax_status hax_onnx_order_find(const hax_onnx_source *source, const hax_onnx_model *model,
                               hax_onnx_order *order);
void hax_onnx_order_free(hax_onnx_order *order);

/* "node 'conv1' (Conv)", or by its index where it has no name; for messages. */
enum { ONNX_NODE_TEXT = 200 };
const char *hax_onnx_node_text(const hax_onnx_node *node, char text[ONNX_NODE_TEXT]);

#endif
