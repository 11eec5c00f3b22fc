/* Names and properties of operations, from op.def. */
#include "op.h"

#include <string.h>

static const struct {
    const char *name;
    const char *v1; /* NULL: no layer of Caffe's */
    bool numbered;
    bool keeps_shape;
} ops[] = {
#define X(op, name, v1, numbered, keeps_shape) { name, v1, numbered, keeps_shape },
#include "op.def"
#undef X
};

const char *hax_op_name(hax_op op)
{
    return ops[op].name;
}

bool hax_op_numbered(hax_op op)
{
    return ops[op].numbered;
}

bool hax_op_keeps_shape(hax_op op)
{
    return ops[op].keeps_shape;
}

hax_op hax_op_find(const char *type, bool v1)
{
    for (int op = 0; op < HAX_OP_COUNT; op++)
        if (ops[op].v1 && strcmp(type, v1 ? ops[op].v1 : ops[op].name) == 0)
            return (hax_op) op;
    return HAX_OP_COUNT;
}
