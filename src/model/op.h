/* Operations: the enumeration made from op.def and its names. */
#ifndef MODEL_OP_H
#define MODEL_OP_H

#include <stdbool.h>

typedef enum hax_op {
#define X(op, caffe, v1, computes) op,
#include "op.def"
#undef X
    HAX_OP_COUNT
} hax_op;

const char *hax_op_name(hax_op op); /* Caffe's type, "Convolution" */
bool hax_op_computes(hax_op op);

#endif
