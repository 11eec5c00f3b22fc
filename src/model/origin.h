/*
 * The ONNX nodes that a network was read from, as far as its outputs need them, so that they can be
 * written again as they were. Values of constants are not here but in the model's edges.
 */
#ifndef HAX_MODEL_ORIGIN_H
#define HAX_MODEL_ORIGIN_H

#include "haxconn/model.h"

typedef struct hax_origin_bytes {
    const char *data;
    size_t length;
} hax_origin_bytes;

typedef struct hax_origin_tensor {
    const char *name;
    int64_t type;    /* TensorProto.DataType; 0: not known */
    hax_shape shape; /* in the network as it was read, with all dimensions fixed */
    int edge;        /* of the model; -1: it has none, as a list without elements */
    bool empty;      /* a constant without elements, of this shape */
} hax_origin_tensor;

typedef struct hax_origin_node {
    const char *name, *op; /* of ONNX's own domain; name "" if it has none */
    int input_count, output_count;
    const int *inputs, *outputs; /* tensors; -1: left out */
    int attribute_count;
    const hax_origin_bytes *attributes; /* AttributeProto messages; none of a Constant */
    int last_layer; /* of the model, of those that it became; -1: none (a Constant) */
    bool folded;    /* what it makes follows from constants: known edges */
} hax_origin_node;

typedef struct hax_origin {
    int64_t ir_version, opset;
    int node_count;
    hax_origin_node *nodes; /* each behind those that it reads */
    int tensor_count;
    hax_origin_tensor *tensors;
} hax_origin;

/* NULL for a network that was not read from ONNX. */
const hax_origin *hax_model_origin(const hax_model *model);

#endif
