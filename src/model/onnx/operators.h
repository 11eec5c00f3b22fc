/* ONNX's operators, in the words of layers: one table. */
#ifndef HAX_MODEL_ONNX_OPERATORS_H
#define HAX_MODEL_ONNX_OPERATORS_H

#include "layers.h"
#include "onnx/order.h"

/* The oldest opset that is read, and the newest whose operators the table has been held against. */
enum { ONNX_OPSET_LEAST = 7, ONNX_OPSET_MOST = 28 };

typedef struct hax_onnx_operator hax_onnx_operator;

/* A node that is being read. */
typedef struct hax_onnx_reading {
    const hax_onnx_source *source;
    const hax_onnx_node *node;
    int64_t opset;
} hax_onnx_reading;

/* The operator of a node in this opset, NULL when there is none in the table. */
const hax_onnx_operator *hax_onnx_operator_find(const hax_onnx_node *node, int64_t opset);

/* A chain: a layer for each input but the first, as of a sum of three. */
bool hax_onnx_operator_is_chain(const hax_onnx_operator *from);

/* What no single layer is nodes.c writes out. */
typedef enum hax_onnx_form {
    HAX_ONNX_ONE_LAYER, /* or a chain, or a reduction with something around it */
    HAX_ONNX_LAYER_NORM,
    HAX_ONNX_LOG_SOFTMAX,
} hax_onnx_form;

hax_onnx_form hax_onnx_operator_form(const hax_onnx_operator *from);

/* What a reduction is done to and what is done to its result, as in sqrt(sum(x x)). Before it, MUL
 * is the square. */
typedef struct hax_onnx_around {
    hax_op before, after; /* HAX_OP_INPUT, which no operator is: nothing */
} hax_onnx_around;

hax_onnx_around hax_onnx_operator_around(const hax_onnx_operator *from);

/* One that without axes reduces everything, or nothing where noop_with_empty_axes says so. */
bool hax_onnx_operator_reduces(const hax_onnx_operator *from);
hax_status hax_onnx_reduces_nothing(const hax_onnx_reading *reading, bool *nothing);

/* Checks the number of inputs and outputs, and fills the parameters from the attributes. */
hax_status hax_onnx_operator_read(const hax_onnx_reading *reading, const hax_onnx_operator *from,
                                  hax_layer_params *params, hax_op *op);

/* HAX_BAD_INPUT that names node, operation and opset. */
hax_status hax_onnx_node_fail(const hax_onnx_reading *reading, const char *format, ...)
    HAX_PRINTF(2, 3);
#define hax_onnx_node_fail(...) hax_failed(hax_onnx_node_fail(__VA_ARGS__))

#endif
