/* Values of constants as the bytes that a TensorProto has of them. */
#ifndef HAX_ONNX_WRITE_VALUES_H
#define HAX_ONNX_WRITE_VALUES_H

#include "graph.h"

/* Bytes of an element; 0 for a type of which no constants are written. */
size_t hax_onnx_type_bytes(int64_t type);

int64_t hax_onnx_elements(const hax_shape *shape);

/* Elements [first, first + count) of a constant, little-endian. Numbers that their type cannot hold
 * are rounded to the nearest, and end at its limits. */
void hax_onnx_encode(const hax_onnx_graph_tensor *tensor, int64_t first, size_t count,
                     unsigned char *bytes);

/* All elements of weights that are drawn for a layer; free with free. NULL when memory is out. */
float *hax_onnx_draw(const hax_model *model, const hax_onnx_graph_tensor *tensor);

#endif
