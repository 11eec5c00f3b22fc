/* Names and properties of operations, from op.def. */
#include "op.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    const char *v1; /* NULL: no layer of Caffe's */
    hax_op_class class;
    int least, most;
} ops[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = { name, v1, HAX_CLASS_##class, least, most },
#include "op.def"
#undef X
};

const char *hax_op_name(hax_op op)
{
    assert(op < HAX_OP_COUNT);
    return ops[op].name;
}

hax_op_class hax_op_class_of(hax_op op)
{
    assert(op < HAX_OP_COUNT);
    return ops[op].class;
}

bool hax_op_is_beforehand(hax_op op)
{
    hax_op_class class = hax_op_class_of(op);
    return class == HAX_CLASS_SIZES || class == HAX_CLASS_COMPARE || class == HAX_CLASS_LOGIC;
}

bool hax_op_numbered(hax_op op)
{
    hax_op_class class = hax_op_class_of(op);
    return class != HAX_CLASS_INPUT && class != HAX_CLASS_PASS && !hax_op_is_beforehand(op);
}

void hax_op_bottoms(hax_op op, int *least, int *most)
{
    assert(op < HAX_OP_COUNT && ops[op].least <= ops[op].most);
    *least = ops[op].least;
    *most = ops[op].most;
}

hax_op hax_op_find(const char *type, bool v1)
{
    for (int op = 0; op < HAX_OP_COUNT; op++)
        if (ops[op].v1 && strcmp(type, v1 ? ops[op].v1 : ops[op].name) == 0)
            return (hax_op) op;
    return HAX_OP_COUNT;
}
