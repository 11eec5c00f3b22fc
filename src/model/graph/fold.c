/*
 * Layers whose results follow from constants and shapes: what exporters write to find a size,
 * and rearranged weights.
 */
#include <math.h>
#include <string.h>

#include "graph.h"

static bool pointwise(hax_op op)
{
    switch (op) {
    case HAX_OP_SQRT:
    case HAX_OP_NEG:
    case HAX_OP_RECIPROCAL:
    case HAX_OP_FLOOR:
    case HAX_OP_CEIL:
    case HAX_OP_CAST: return true;
    default: return false;
    }
}

static bool binary(hax_op op)
{
    return op >= HAX_OP_ADD && op <= HAX_OP_MAX;
}

/* Comparisons and what goes with them. */
static bool logic(hax_op op)
{
    return op >= HAX_OP_EQUAL && op <= HAX_OP_WHERE;
}

bool hax_layer_foldable(const hax_model *model, const hax_layer_spec *spec, const int *inputs)
{
    if (spec->op == HAX_OP_SHAPE || spec->op == HAX_OP_CONSTANT_OF_SHAPE ||
        spec->op == HAX_OP_RANGE)
        return true;
    for (int b = 0; b < spec->bottom_count; b++)
        if (!model->blobs[inputs[b]].known)
            return false;
    switch (spec->op) {
    case HAX_OP_RESHAPE:
    case HAX_OP_SQUEEZE:
    case HAX_OP_UNSQUEEZE:
    case HAX_OP_FLATTEN:
    case HAX_OP_TRANSPOSE:
    case HAX_OP_EXPAND:
    case HAX_OP_SLICE:
    case HAX_OP_SPLIT:
    case HAX_OP_GATHER:
    case HAX_OP_CONCAT:
    case HAX_OP_IDENTITY:
    case HAX_OP_DROPOUT: return true;
    default: return pointwise(spec->op) || binary(spec->op) || logic(spec->op);
    }
}

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
    return folding->model->blobs[folding->layer->inputs[input]].known;
}

static void put(const folding *folding, int64_t to, const hax_layer_constant *from, int64_t index)
{
    if (folding->integers)
        folding->integers[to] = from->integers[index];
    else
        folding->real[to] = from->real[index];
}

static int64_t combine_whole(hax_op op, int64_t a, int64_t b)
{
    int64_t out = 0;
    bool over = false;
    switch (op) {
    case HAX_OP_ADD: over = __builtin_add_overflow(a, b, &out); break;
    case HAX_OP_SUB: over = __builtin_sub_overflow(a, b, &out); break;
    case HAX_OP_MUL: over = __builtin_mul_overflow(a, b, &out); break;
    case HAX_OP_DIV: out = b == 0 || b == -1 ? 0 : a / b; break;
    case HAX_OP_MIN: out = a < b ? a : b; break;
    case HAX_OP_MAX: out = a > b ? a : b; break;
    default: break;
    }
    if (op == HAX_OP_DIV && b == -1)
        over = __builtin_sub_overflow((int64_t) 0, a, &out);
    return over ? 0 : out; /* a size of 0 is refused where it is used */
}

static float combine_real(hax_op op, float a, float b)
{
    switch (op) {
    case HAX_OP_ADD: return a + b;
    case HAX_OP_SUB: return a - b;
    case HAX_OP_MUL: return a * b;
    case HAX_OP_DIV: return a / b;
    case HAX_OP_POW: return powf(a, b);
    case HAX_OP_MIN: return a < b ? a : b;
    default: return a > b ? a : b;
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
    default: return x; /* cast */
    }
}

static int64_t to_whole(double x)
{
    const double limit = 0x1p62;
    return x >= limit || x <= -limit || isnan(x) ? 0 : (int64_t) x;
}

/* ---- operations ---------------------------------------------------------------------------------
 */

static void fold_walk(const folding *folding, const hax_strided_view *steps)
{
    const hax_layer_constant *from = operand(folding, 0);
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++)
        put(folding, i, from, hax_strided_view_index(steps, &folding->constants->shape, i));
}

static void fold_binary(const folding *folding)
{
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
            folding->real[i] = combine_real(op, a->real[x], b->real[y]);
    }
}

static void fold_pointwise(const folding *folding)
{
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

static void fold_logic(const folding *folding)
{
    const hax_layer_constant *a = operand(folding, 0);
    const hax_shape *out = &folding->constants->shape;
    hax_op op = folding->layer->spec->op;
    int64_t count = hax_shape_elements(out);
    for (int64_t i = 0; i < count && op == HAX_OP_NOT; i++)
        folding->integers[i] = !a->integers[i];
    if (op == HAX_OP_NOT)
        return;
    const hax_layer_constant *b = operand(folding, 1),
                             *c = op == HAX_OP_WHERE ? operand(folding, 2) : b;
    hax_strided_view of_a = hax_strided_view_broadcast(&a->shape, out),
                     of_b = hax_strided_view_broadcast(&b->shape, out);
    hax_strided_view of_c = hax_strided_view_broadcast(&c->shape, out);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = hax_strided_view_index(&of_a, out, i),
                y = hax_strided_view_index(&of_b, out, i);
        if (op != HAX_OP_WHERE)
            folding->integers[i] = decide(op, a, x, b, y);
        else if (a->integers[x])
            put(folding, i, b, y);
        else
            put(folding, i, c, hax_strided_view_index(&of_c, out, i));
    }
}

static void fold_gather(const folding *folding)
{
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

static void fold_concat(const folding *folding)
{
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

static void fold_filled(const folding *folding)
{
    const hax_layer_params *params = &folding->layer->spec->params;
    int64_t count = hax_shape_elements(&folding->constants->shape);
    for (int64_t i = 0; i < count; i++) {
        if (folding->layer->spec->op == HAX_OP_RANGE)
            folding->integers[i] = params->starts.values[0] + i * params->steps.values[0];
        else if (folding->integers)
            folding->integers[i] = to_whole(params->fill);
        else
            folding->real[i] = (float) params->fill;
    }
}

static void fold_shape(const folding *folding)
{
    const hax_shape *shape = &folding->model->blobs[folding->layer->inputs[0]].shape;
    int start = folding->layer->spec->params.start;
    start = start < 0 ? start + shape->rank : start;
    for (int64_t i = 0; i < folding->constants->shape.dims[0]; i++)
        folding->integers[i] = shape->dims[(start < 0 ? 0 : start) + i];
}

static void evaluate(const folding *folding, int top)
{
    hax_op op = folding->layer->spec->op;
    hax_strided_view steps;
    if (op == HAX_OP_SHAPE)
        fold_shape(folding);
    else if (op == HAX_OP_CONSTANT_OF_SHAPE || op == HAX_OP_RANGE)
        fold_filled(folding);
    else if (op == HAX_OP_GATHER)
        fold_gather(folding);
    else if (op == HAX_OP_CONCAT)
        fold_concat(folding);
    else if (binary(op))
        fold_binary(folding);
    else if (logic(op))
        fold_logic(folding);
    else if (pointwise(op))
        fold_pointwise(folding);
    else if (hax_layer_view(folding->model, folding->layer, top, &folding->constants->shape,
                            &steps))
        fold_walk(folding, &steps);
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
    if (!logic(spec->op))
        return HAX_OK;
    bool compares = spec->op <= HAX_OP_GREATER_EQUAL;
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
    evaluate(&context, top);
    return HAX_OK;
}
