/*
 * A network as the ONNX graph that is written: nodes in an order in which they can run, and
 * tensors. For one that was read from ONNX these are its own nodes (graph_origin.c); what follows
 * from constants is constant here. The layers of any other are said in ONNX's words (convert.c).
 */
#ifndef HAX_ONNX_WRITE_GRAPH_H
#define HAX_ONNX_WRITE_GRAPH_H

#include "arena.h"
#include "error.h"
#include "model.h"

/* TensorProto.DataType, as far as constants are written. */
enum {
    ONNX_TYPE_FLOAT = 1,
    ONNX_TYPE_UINT8 = 2,
    ONNX_TYPE_INT8 = 3,
    ONNX_TYPE_UINT16 = 4,
    ONNX_TYPE_INT16 = 5,
    ONNX_TYPE_INT32 = 6,
    ONNX_TYPE_INT64 = 7,
    ONNX_TYPE_BOOL = 9,
    ONNX_TYPE_FLOAT16 = 10,
    ONNX_TYPE_DOUBLE = 11,
    ONNX_TYPE_UINT32 = 12,
    ONNX_TYPE_UINT64 = 13,
    ONNX_TYPE_BFLOAT16 = 16,
};

typedef enum hax_onnx_content {
    HAX_ONNX_COMPUTED, /* by a node */
    HAX_ONNX_INPUT,    /* of the network */
    HAX_ONNX_CONSTANT, /* `real` or `whole`; neither: it has no elements */
    HAX_ONNX_WEIGHTS,  /* drawn for a layer, or the factors of its channels */
    HAX_ONNX_BIAS,     /* the same: its bias, or offsets */
} hax_onnx_content;

typedef struct hax_onnx_graph_tensor {
    const char *name;
    int64_t type;
    hax_shape shape;
    hax_onnx_content content;
    const float *real;
    const int64_t *whole;
    int layer;         /* of WEIGHTS and BIAS */
    int kernel_tensor; /* the model's tensor that it is, counted from 1; 0: none */
} hax_onnx_graph_tensor;

typedef struct hax_onnx_graph_node {
    const char *name, *op;
    int input_count, output_count;
    const int *inputs, *outputs; /* tensors; -1: left out */
    const char *attributes;      /* as they stand in the node's message */
    size_t attributes_length;
    int layer;   /* of the model: of several the last */
    bool needed; /* by an output of the network */
} hax_onnx_graph_node;

typedef struct hax_onnx_graph {
    hax_arena *arena;
    const hax_model *model;
    const char *name; /* the network's, in UTF-8 */
    int64_t ir_version, opset;
    int node_count, node_capacity;
    hax_onnx_graph_node *nodes;
    int tensor_count, tensor_capacity;
    hax_onnx_graph_tensor *tensors;
    int output_count;
    int *outputs; /* of the network, tensors */
} hax_onnx_graph;

/* Of a model, which must outlive it. HAX_BAD_INPUT where a constant's values are not in its file.
 * Free with hax_onnx_graph_free. */
hax_status hax_onnx_graph_make(const hax_model *model, hax_onnx_graph *graph, hax_error *err);
void hax_onnx_graph_free(hax_onnx_graph *graph);

/* A name of a file as protocol buffers may have it: bytes that make it no UTF-8 are '?'. NULL when
 * memory is out. */
const char *hax_onnx_name(hax_arena *arena, const char *name);

/* ---- for those who fill it ------------------------------------------------------------------- */

/* A new tensor or node, zeroed, the number of which is given; -1 when memory is out. Both move what
 * was added before. */
int hax_onnx_graph_add_tensor(hax_onnx_graph *graph, const hax_onnx_graph_tensor *tensor);
int hax_onnx_graph_add_node(hax_onnx_graph *graph, const hax_onnx_graph_node *node);

hax_status hax_onnx_graph_fill_origin(hax_onnx_graph *graph, hax_error *err);
hax_status hax_onnx_graph_convert(hax_onnx_graph *graph, hax_error *err);

#endif
