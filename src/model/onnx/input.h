/* The inputs of an ONNX graph and their shapes. */
#ifndef HAX_MODEL_ONNX_INPUT_H
#define HAX_MODEL_ONNX_INPUT_H

#include "layers.h"
#include "onnx/order.h"

/* Dimensions that the user tells: "NAME=1x3x640x640". */
typedef struct hax_onnx_shapes {
    int count;
    const char *const *items;
} hax_onnx_shapes;

/*
 * Adds the inputs that needed nodes read to the list. Their dimensions come from the file; what
 * the file leaves open, from `shapes`, of which each must be for one of these inputs.
 */
hax_status hax_onnx_add_inputs(const hax_onnx_source *source, const hax_onnx_model *model,
                               const hax_onnx_order *order, const hax_onnx_shapes *shapes,
                               hax_layer_list *list);

#endif
