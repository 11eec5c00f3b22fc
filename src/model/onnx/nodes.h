/* Nodes of an ONNX graph, made into layers. */
#ifndef HAX_MODEL_ONNX_NODES_H
#define HAX_MODEL_ONNX_NODES_H

#include "layers.h"
#include "onnx/order.h"

/* HAX_BAD_INPUT that names a needed node whose operation is not in the table of operators, and
 * what other such operations there are. */
hax_status hax_onnx_check_operations(const hax_onnx_source *source, const hax_onnx_model *model,
                                     const hax_onnx_order *order);

/* Adds the needed nodes in their order to the list, and the constants that they read. */
hax_status hax_onnx_add_nodes(const hax_onnx_source *source, const hax_onnx_model *model,
                              const hax_onnx_order *order, hax_layer_list *list);

/* Keeps the needed nodes as the list's origin (origin.h); layers name theirs by its place in the
 * order, from 1. */
hax_status hax_onnx_keep_origin(const hax_onnx_source *source, const hax_onnx_model *model,
                                const hax_onnx_order *order, hax_layer_list *list);

#endif
