/*
 * Layers whose results follow from constants and shapes: what exporters write to find a size,
 * and rearranged weights.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "assume.h"
#include "graph.h"

/* ---- elements, of either kind ---------------------------------------------------------------- */

typedef struct folding {
    const hax_model *model;
    const hax_graph_layer *layer;
    hax_layer_constant *constants;
    float *real;
    int64_t *integers;
} folding;

static const hax_layer_constant *operand(const folding *folding, int input)
{
    assert(input >= 0 && input < folding->layer->spec->bottom_count);
    return folding->model->blobs[folding->layer->inputs[input]].known;
}

static void put(const folding *folding, int64_t to, const hax_layer_constant *from, int64_t index)
{
    assert(from->is_whole == (folding->integers != NULL));
    if (folding->integers)
        folding->integers[to] = from->integers[index];
    else
        folding->real[to] = from->real[index];
}

/* A size of 0 is refused where it is used: so what cannot be told is 0. */
static int64_t divided(int64_t a, int64_t b)
{
    int64_t negated;
    if (b == -1)
        return __builtin_sub_overflow((int64_t) 0, a, &negated) ? 0 : negated;
    return b == 0 ? 0 : a / b;
}

static int64_t combine_whole(hax_op op, int64_t a, int64_t b)
{
    int64_t out = 0;
    switch (op) {
    case HAX_OP_ADD: return __builtin_add_overflow(a, b, &out) ? 0 : out;
    case HAX_OP_SUB: return __builtin_sub_overflow(a, b, &out) ? 0 : out;
    case HAX_OP_MUL: return __builtin_mul_overflow(a, b, &out) ? 0 : out;
    case HAX_OP_DIV: return divided(a, b);
    case HAX_OP_MIN: return a < b ? a : b;
    case HAX_OP_MAX: return a > b ? a : b;
    default: return 0; /* a power of whole numbers */
    }
}

static double apply(hax_op op, double x)
{
    switch (op) {
    case HAX_OP_SQRT: return sqrt(x);
    case HAX_OP_NEG: return -x;
    case HAX_OP_RECIPROCAL: return 1 / x;
    case HAX_OP_FLOOR: return floor(x);
    case HAX_OP_CEIL: return ceil(x);
    case HAX_OP_ROUND: return nearbyint(x);
    default: assert(op == HAX_OP_CAST); return x;
    }
}

static int64_t to_whole(double x)
{
    const double limit = 0x1p62;
    return x >= limit || x <= -limit || isnan(x) ? 0 : (int64_t) x;
}

/* ---- the column `fold` of op.def ------------------------------------------------------------- */

static void fold_view(const folding *folding, int top)
{
    const hax_layer_constant *from = operand(folding, 0);
    const hax_shape *out = &folding->constants->shape;
    hax_strided_view steps;
    bool moves = hax_layer_view(folding->model, folding->layer, top, out, &steps);
    HAX_ASSUME(moves);
    int64_t count = hax_shape_elements(out);
    for (int64_t i = 0; i < count; i++)
        put(folding, i, from, hax_strided_view_index(&steps, out, i));
}

static void fold_binary(const folding *folding, int top)
{
    (void) top;
    const hax_layer_constant *a = operand(folding, 0), *b = operand(folding, 1);
    const hax_shape *out = &folding->constants->shape;
    hax_strided_view of_a = hax_strided_view_broadcast(&a->shape, out),
                     of_b = hax_strided_view_broadcast(&b->shape, out);
    hax_op op = folding->layer->spec->op;
    int64_t count = hax_shape_elements(out);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = hax_strided_view_index(&of_a, out, i),
                y = hax_strided_view_index(&of_b, out, i);
        if (folding->integers)
            folding->integers[i] = combine_whole(op, a->integers[x], b->integers[y]);
        else
            folding->real[i] = hax_binary_value(op, a->real[x], b->real[y]);
    }
}

static void fold_pointwise(const folding *folding, int top)
{
    (void) top;
    const hax_layer_constant *from = operand(folding, 0);
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++) {
        if (folding->integers && from->is_whole) { /* exact beyond 53 bits */
            folding->integers[i] = folding->layer->spec->op == HAX_OP_NEG
                                       ? combine_whole(HAX_OP_SUB, 0, from->integers[i])
                                       : from->integers[i];
            continue;
        }
        double x = from->is_whole ? (double) from->integers[i] : (double) from->real[i];
        x = apply(folding->layer->spec->op, x);
        if (folding->integers)
            folding->integers[i] = to_whole(x);
        else
            folding->real[i] = (float) x;
    }
}

static int64_t compare(hax_op op, double a, double b)
{
    switch (op) {
    case HAX_OP_EQUAL: return a == b;
    case HAX_OP_LESS: return a < b;
    case HAX_OP_GREATER: return a > b;
    case HAX_OP_LESS_EQUAL: return a <= b;
    default: return a >= b;
    }
}

/* Python's: the result has the divisor's sign. */
static int64_t remainder_of(int64_t a, int64_t b)
{
    if (b == 0 || b == -1)
        return 0;
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static int64_t decide(hax_op op, const hax_layer_constant *a, int64_t x,
                      const hax_layer_constant *b, int64_t y)
{
    if (!a->is_whole)
        return compare(op, (double) a->real[x], (double) b->real[y]);
    int64_t left = a->integers[x], right = b->integers[y];
    switch (op) {
    case HAX_OP_EQUAL: return left == right; /* exact beyond 53 bits */
    case HAX_OP_AND: return left && right;
    case HAX_OP_OR: return left || right;
    case HAX_OP_MOD: return remainder_of(left, right);
    default: return compare(op, (double) left, (double) right);
    }
}

static void fold_decided(const folding *folding, int top)
{
    (void) top;
    const hax_layer_constant *a = operand(folding, 0), *b = operand(folding, 1);
    const hax_shape *out = &folding->constants->shape;
    hax_strided_view view_a = hax_strided_view_broadcast(&a->shape, out);
    hax_strided_view view_b = hax_strided_view_broadcast(&b->shape, out);
    int64_t count = hax_shape_elements(out);
    for (int64_t i = 0; i < count; i++)
        folding->integers[i] =
            decide(folding->layer->spec->op, a, hax_strided_view_index(&view_a, out, i), b,
                   hax_strided_view_index(&view_b, out, i));
}

static void fold_not(const folding *folding, int top)
{
    (void) top;
    const hax_layer_constant *a = operand(folding, 0);
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++)
        folding->integers[i] = !a->integers[i];
}

static void fold_where(const folding *folding, int top)
{
    (void) top;
    const hax_layer_constant *truth = operand(folding, 0);
    const hax_layer_constant *const values[] = { operand(folding, 2), operand(folding, 1) };
    const hax_shape *out = &folding->constants->shape;
    hax_strided_view view = hax_strided_view_broadcast(&truth->shape, out);
    hax_strided_view views[] = { hax_strided_view_broadcast(&values[0]->shape, out),
                                 hax_strided_view_broadcast(&values[1]->shape, out) };
    int64_t count = hax_shape_elements(out);
    for (int64_t i = 0; i < count; i++) {
        int side = truth->integers[hax_strided_view_index(&view, out, i)] != 0;
        put(folding, i, values[side], hax_strided_view_index(&views[side], out, i));
    }
}

static void fold_gather(const folding *folding, int top)
{
    (void) top;
    const hax_layer_params *params = &folding->layer->spec->params;
    const hax_layer_constant *from = operand(folding, 0);
    int64_t inner = 1, extent = from->shape.dims[params->axis], next = 0;
    for (int d = params->axis + 1; d < from->shape.rank; d++)
        inner *= from->shape.dims[d];
    int64_t outer = hax_shape_elements(&from->shape) / inner / extent;
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < params->sizes.count; i++)
            for (int64_t e = 0; e < inner; e++)
                put(folding, next++, from, (o * extent + params->sizes.values[i]) * inner + e);
}

static void fold_concat(const folding *folding, int top)
{
    (void) top;
    int axis = folding->layer->spec->params.axis;
    int64_t inner = 1, before = 0, total = folding->constants->shape.dims[axis];
    for (int d = axis + 1; d < folding->constants->shape.rank; d++)
        inner *= folding->constants->shape.dims[d];
    for (int b = 0; b < folding->layer->spec->bottom_count; b++) {
        const hax_layer_constant *from = operand(folding, b);
        int64_t extent = from->shape.dims[axis], count = hax_shape_elements(&from->shape);
        for (int64_t i = 0; i < count; i++) {
            int64_t line = i / (extent * inner), within = i % (extent * inner);
            put(folding, (line * total + before) * inner + within, from, i);
        }
        before += extent;
    }
}

static void fold_filled(const folding *folding, int top)
{
    (void) top;
    const hax_layer_params *params = &folding->layer->spec->params;
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++)
        if (folding->integers)
            folding->integers[i] = to_whole(params->fill);
        else
            folding->real[i] = (float) params->fill;
}

static void fold_range(const folding *folding, int top)
{
    (void) top;
    const hax_layer_params *params = &folding->layer->spec->params;
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++)
        folding->integers[i] = params->starts.values[0] + i * params->steps.values[0];
}

static void fold_shape(const folding *folding, int top)
{
    (void) top;
    const hax_shape *shape = &folding->model->blobs[folding->layer->inputs[0]].shape;
    int start = folding->layer->spec->params.start;
    start = start < 0 ? start + shape->rank : start;
    for (int64_t i = 0; i < folding->constants->shape.dims[0]; i++)
        folding->integers[i] = shape->dims[(start < 0 ? 0 : start) + i];
}

typedef void fold_function(const folding *folding, int top);

#define fold_none NULL
static fold_function *const fold_functions[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = fold_##fold,
#include "op.def"
#undef X
};
#undef fold_none

bool hax_layer_foldable(const hax_model *model, const hax_layer_spec *spec, const int *inputs)
{
    bool known = fold_functions[spec->op] != NULL;
    for (int b = 0; known && b < spec->bottom_count; b++)
        known = model->blobs[inputs[b]].known || hax_op_class_of(spec->op) == HAX_CLASS_SIZES;
    return known;
}

/* Whole numbers or real ones? The operands must agree. */
static hax_status kind_of(const folding *folding, bool *whole, bool *drawn, hax_error *err)
{
    const hax_layer_spec *spec = folding->layer->spec;
    int first = spec->op == HAX_OP_WHERE; /* behind the truth values */
    *drawn = false;
    *whole = spec->op == HAX_OP_SHAPE || spec->op == HAX_OP_RANGE || spec->params.to_whole;
    if (spec->op == HAX_OP_SHAPE)
        return HAX_OK;
    for (int b = 0; b < spec->bottom_count; b++) {
        const hax_layer_constant *from = operand(folding, b);
        *drawn = *drawn || (!from->is_whole && !from->real);
        if (b > first && from->is_whole != operand(folding, first)->is_whole)
            return hax_layer_fail(folding->model, spec, err,
                                  "mixes whole and real numbers; put a Cast between");
        if (spec->op != HAX_OP_CAST)
            *whole = from->is_whole;
    }
    hax_op_class class = hax_op_class_of(spec->op);
    if (class != HAX_CLASS_COMPARE && class != HAX_CLASS_LOGIC)
        return HAX_OK;
    bool compares = class == HAX_CLASS_COMPARE;
    if (*drawn || (!compares && !operand(folding, 0)->is_whole))
        return hax_layer_fail(folding->model, spec, err, "needs whole numbers or truth values");
    *whole = *whole || compares;
    return HAX_OK;
}

hax_status hax_layer_fold(const hax_model *model, const hax_graph_layer *layer, int top,
                          const hax_shape *shape, const hax_layer_constant **known, hax_error *err)
{
    int64_t count = hax_shape_elements(shape);
    bool whole, drawn;
    assert(layer->folded && count > 0);
    folding context = { .model = model, .layer = layer };
    HAX_TRY(kind_of(&context, &whole, &drawn, err));
    context.constants = hax_arena_alloc(model->arena, 1, sizeof *context.constants);
    if (!context.constants)
        return hax_fail_memory(err, "a network");
    *context.constants =
        (hax_layer_constant){ .name = layer->spec->tops[top], .shape = *shape, .is_whole = whole };
    *known = context.constants;
    if (drawn)
        return HAX_OK; /* as unknown as what it is made of */
    if (whole)
        context.constants->integers = context.integers =
            hax_arena_alloc(model->arena, (size_t) count, sizeof(int64_t));
    else
        context.constants->real = context.real =
            hax_arena_alloc(model->arena, (size_t) count, sizeof(float));
    if (!context.integers && !context.real)
        return hax_fail_memory(err, "a network");
    fold_functions[layer->spec->op](&context, top);
    return HAX_OK;
}
