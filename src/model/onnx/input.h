/* The input of an ONNX graph and its shape. */
#ifndef MODEL_ONNX_INPUT_H
#define MODEL_ONNX_INPUT_H

#include "onnx/order.h"

/*
 * Finds the one input that needed nodes read. Its dimensions come from the file; what the file
 * leaves open, from `shapes` ("NAME=1x3x640x640"), of which each must be for this input.
 */
hax_status onnx_find_input(const onnx_source *source, const onnx_model *model,
                           const onnx_order *order, const char *const *shapes, int shape_count,
                           const char **name, hax_shape *shape);

#endif
