/* The network as a graph of layers with resolved tensors, for rooms that look at layers and not at
 * kernels. */
#ifndef HAX_MODEL_NODE_H
#define HAX_MODEL_NODE_H

#include "params.h"

/* Where a layer's name comes from: others than this program only know those of the file. */
typedef enum hax_layer_name_source {
    LAYER_NAME_OF_FILE,
    LAYER_NAME_OF_PART, /* of a node that became several layers, behind its first */
    LAYER_NAME_MADE,    /* the file has none, or one that another layer has */
} hax_layer_name_source;

/* A layer, its constant operands taken into its parameters; all it points to is the model's. */
typedef struct hax_node {
    const char *name;
    hax_layer_name_source name_source;
    /* What TensorRT's parsers call it: the file's name, or for a node of ONNX without one
     * "node_of_OUTPUT", after its first output (onnx-tensorrt, getNodeName). NULL: nothing that
     * no other layer is called. */
    const char *parser_name;
    hax_op op;
    const hax_layer_params *params;
    int input_count;   /* computed ones */
    const int *inputs; /* edges */
    int output_count;
    const int *outputs;
    int compute_index; /* -1: not numbered */
    bool folded;       /* follows from constants: it never runs */
    int line, column;  /* in its file, 0 where there is none */
} hax_node;

hax_node hax_model_node(const hax_model *model, int layer);

/* A tensor between layers. One that is changed in place is two. */
typedef struct hax_edge {
    const char *name;
    const hax_shape *shape;
    int producer; /* layer; -1: an input that is no layer, or a constant */
    const struct hax_layer_constant *known; /* its values; NULL: it is computed, or an input */
    int tensor;                             /* of the kernels; -1: no kernel makes or reads it */
} hax_edge;

int hax_model_edge_count(const hax_model *model);
hax_edge hax_model_edge(const hax_model *model, int edge);

#endif
