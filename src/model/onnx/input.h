/* The inputs of an ONNX graph and their shapes. */
#ifndef MODEL_ONNX_INPUT_H
#define MODEL_ONNX_INPUT_H

#include "layers.h"
#include "onnx/order.h"

/* Dimensions that the user tells: "NAME=1x3x640x640". */
typedef struct onnx_shapes {
    int count;
    const char *const *items;
} onnx_shapes;

/*
 * Adds the inputs that needed nodes read to the list. Their dimensions come from the file; what
 * the file leaves open, from `shapes`, of which each must be for one of these inputs.
 */
hax_status onnx_add_inputs(const onnx_source *source, const onnx_model *model,
                           const onnx_order *order, const onnx_shapes *shapes, layer_list *list);

#endif
