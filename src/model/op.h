/* Operations: the enumeration made from op.def, and what is said there of each. */
#ifndef HAX_MODEL_OP_H
#define HAX_MODEL_OP_H

#include <stdbool.h>

typedef enum hax_op {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) HAX_OP_##op,
#include "op.def"
#undef X
    HAX_OP_COUNT
} hax_op;

/* What operations have in common where no more is asked. */
typedef enum hax_op_class {
    HAX_CLASS_INPUT,
    HAX_CLASS_WEIGHTED,  /* linear, with weights that what follows folds into */
    HAX_CLASS_NORMALISE, /* a factor and an offset for each channel */
    HAX_CLASS_SUM,       /* Caffe's Eltwise: a residual sum, a product, a maximum */
    HAX_CLASS_OWN,       /* a kernel like no other's */
    HAX_CLASS_CURVE,     /* a function of one number */
    HAX_CLASS_BINARY,    /* of two, broadcast */
    HAX_CLASS_PRODUCT,   /* of matrices */
    HAX_CLASS_REDUCE,
    HAX_CLASS_RENAME, /* the same elements in another shape */
    HAX_CLASS_WALK,   /* elements elsewhere, in steps through the input */
    HAX_CLASS_PARTS,  /* the same, for each top */
    HAX_CLASS_PASS,   /* nothing: its top is its bottom */
    HAX_CLASS_SIZES,  /* follows from shapes alone */
    HAX_CLASS_COMPARE,
    HAX_CLASS_LOGIC,
} hax_op_class;

const char *hax_op_name(hax_op op); /* Caffe's type or ONNX's, "Convolution" */
hax_op_class hax_op_class_of(hax_op op);
bool hax_op_numbered(hax_op op); /* counts in TensorRT's numbering (Input and Dropout do not) */

/* Worked out from constants and shapes before anything runs: no unit can run it. */
bool hax_op_is_beforehand(hax_op op);

/* How many bottoms it takes, those that must be constants among them. */
void hax_op_bottoms(hax_op op, int *least, int *most);

/* The operation of a Caffe type ("Convolution") or of a V1 enumerator ("CONVOLUTION");
 * HAX_OP_COUNT when there is none. */
hax_op hax_op_find(const char *type, bool v1);

#endif
