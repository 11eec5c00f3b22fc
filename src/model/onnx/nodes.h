/* Nodes of an ONNX graph, made into layers. */
#ifndef MODEL_ONNX_NODES_H
#define MODEL_ONNX_NODES_H

#include "layers.h"
#include "onnx/order.h"

/* HAX_BAD_INPUT that names a needed node whose operation is not in the table of operators, and
 * what other such operations there are. */
hax_status onnx_check_operations(const onnx_source *source, const onnx_model *model,
                                 const onnx_order *order);

/* Adds the needed nodes in their order to the list, and the constants that they read. */
hax_status onnx_add_nodes(const onnx_source *source, const onnx_model *model,
                          const onnx_order *order, layer_list *list);

#endif
