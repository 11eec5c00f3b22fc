/* Operations: the enumeration made from op.def and its names. */
#ifndef HAX_MODEL_OP_H
#define HAX_MODEL_OP_H

#include <stdbool.h>

typedef enum hax_op {
#define X(op, name, v1, numbered, keeps_shape) op,
#include "op.def"
#undef X
    HAX_OP_COUNT
} hax_op;

const char *hax_op_name(hax_op op); /* Caffe's type or ONNX's, "Convolution" */
bool hax_op_numbered(hax_op op);
bool hax_op_keeps_shape(hax_op op);

/* The operation of a Caffe type ("Convolution") or of a V1 enumerator ("CONVOLUTION");
 * HAX_OP_COUNT when there is none. */
hax_op hax_op_find(const char *type, bool v1);

#endif
