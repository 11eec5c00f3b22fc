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

bool layer_foldable(const hax_model *model, const layer_spec *spec, const int *inputs)
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
    const graph_layer *layer;
    layer_constant *made;
    float *real;
    int64_t *whole;
} folding;

static const layer_constant *operand(const folding *at, int input)
{
    return at->model->blobs[at->layer->inputs[input]].known;
}

static void put(const folding *at, int64_t to, const layer_constant *from, int64_t index)
{
    if (at->whole)
        at->whole[to] = from->whole[index];
    else
        at->real[to] = from->real[index];
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

static void fold_walk(const folding *at, const hax_walk *steps)
{
    const layer_constant *from = operand(at, 0);
    int64_t count = shape_elements(&at->made->shape);
    for (int64_t i = 0; i < count; i++)
        put(at, i, from, walk_index(steps, &at->made->shape, i));
}

static void fold_binary(const folding *at)
{
    const layer_constant *a = operand(at, 0), *b = operand(at, 1);
    const hax_shape *out = &at->made->shape;
    hax_walk of_a = walk_broadcast(&a->shape, out), of_b = walk_broadcast(&b->shape, out);
    hax_op op = at->layer->spec->op;
    int64_t count = shape_elements(out);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = walk_index(&of_a, out, i), y = walk_index(&of_b, out, i);
        if (at->whole)
            at->whole[i] = combine_whole(op, a->whole[x], b->whole[y]);
        else
            at->real[i] = combine_real(op, a->real[x], b->real[y]);
    }
}

static void fold_pointwise(const folding *at)
{
    const layer_constant *from = operand(at, 0);
    int64_t count = shape_elements(&at->made->shape);
    for (int64_t i = 0; i < count; i++) {
        if (at->whole && from->is_whole) { /* exact beyond 53 bits */
            at->whole[i] = at->layer->spec->op == HAX_OP_NEG
                               ? combine_whole(HAX_OP_SUB, 0, from->whole[i])
                               : from->whole[i];
            continue;
        }
        double x = from->is_whole ? (double) from->whole[i] : (double) from->real[i];
        x = apply(at->layer->spec->op, x);
        if (at->whole)
            at->whole[i] = to_whole(x);
        else
            at->real[i] = (float) x;
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

static int64_t decide(hax_op op, const layer_constant *a, int64_t x, const layer_constant *b,
                      int64_t y)
{
    if (!a->is_whole)
        return compare(op, (double) a->real[x], (double) b->real[y]);
    int64_t left = a->whole[x], right = b->whole[y];
    switch (op) {
    case HAX_OP_EQUAL: return left == right; /* exact beyond 53 bits */
    case HAX_OP_AND: return left && right;
    case HAX_OP_OR: return left || right;
    case HAX_OP_MOD: return remainder_of(left, right);
    default: return compare(op, (double) left, (double) right);
    }
}

static void fold_logic(const folding *at)
{
    const layer_constant *a = operand(at, 0);
    const hax_shape *out = &at->made->shape;
    hax_op op = at->layer->spec->op;
    int64_t count = shape_elements(out);
    for (int64_t i = 0; i < count && op == HAX_OP_NOT; i++)
        at->whole[i] = !a->whole[i];
    if (op == HAX_OP_NOT)
        return;
    const layer_constant *b = operand(at, 1), *c = op == HAX_OP_WHERE ? operand(at, 2) : b;
    hax_walk of_a = walk_broadcast(&a->shape, out), of_b = walk_broadcast(&b->shape, out);
    hax_walk of_c = walk_broadcast(&c->shape, out);
    for (int64_t i = 0; i < count; i++) {
        int64_t x = walk_index(&of_a, out, i), y = walk_index(&of_b, out, i);
        if (op != HAX_OP_WHERE)
            at->whole[i] = decide(op, a, x, b, y);
        else if (a->whole[x])
            put(at, i, b, y);
        else
            put(at, i, c, walk_index(&of_c, out, i));
    }
}

static void fold_gather(const folding *at)
{
    const layer_params *params = &at->layer->spec->params;
    const layer_constant *from = operand(at, 0);
    int64_t inner = 1, extent = from->shape.dims[params->axis], next = 0;
    for (int d = params->axis + 1; d < from->shape.rank; d++)
        inner *= from->shape.dims[d];
    int64_t outer = shape_elements(&from->shape) / inner / extent;
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < params->sizes.count; i++)
            for (int64_t e = 0; e < inner; e++)
                put(at, next++, from, (o * extent + params->sizes.at[i]) * inner + e);
}

static void fold_concat(const folding *at)
{
    int axis = at->layer->spec->params.axis;
    int64_t inner = 1, before = 0, total = at->made->shape.dims[axis];
    for (int d = axis + 1; d < at->made->shape.rank; d++)
        inner *= at->made->shape.dims[d];
    for (int b = 0; b < at->layer->spec->bottom_count; b++) {
        const layer_constant *from = operand(at, b);
        int64_t extent = from->shape.dims[axis], count = shape_elements(&from->shape);
        for (int64_t i = 0; i < count; i++) {
            int64_t line = i / (extent * inner), within = i % (extent * inner);
            put(at, (line * total + before) * inner + within, from, i);
        }
        before += extent;
    }
}

static void fold_filled(const folding *at)
{
    const layer_params *params = &at->layer->spec->params;
    int64_t count = shape_elements(&at->made->shape);
    for (int64_t i = 0; i < count; i++) {
        if (at->layer->spec->op == HAX_OP_RANGE)
            at->whole[i] = params->starts.at[0] + i * params->steps.at[0];
        else if (at->whole)
            at->whole[i] = to_whole(params->fill);
        else
            at->real[i] = (float) params->fill;
    }
}

static void fold_shape(const folding *at)
{
    const hax_shape *of = &at->model->blobs[at->layer->inputs[0]].shape;
    int start = at->layer->spec->params.start;
    start = start < 0 ? start + of->rank : start;
    for (int64_t i = 0; i < at->made->shape.dims[0]; i++)
        at->whole[i] = of->dims[(start < 0 ? 0 : start) + i];
}

static void evaluate(const folding *at, int top)
{
    hax_op op = at->layer->spec->op;
    hax_walk steps;
    if (op == HAX_OP_SHAPE)
        fold_shape(at);
    else if (op == HAX_OP_CONSTANT_OF_SHAPE || op == HAX_OP_RANGE)
        fold_filled(at);
    else if (op == HAX_OP_GATHER)
        fold_gather(at);
    else if (op == HAX_OP_CONCAT)
        fold_concat(at);
    else if (binary(op))
        fold_binary(at);
    else if (logic(op))
        fold_logic(at);
    else if (pointwise(op))
        fold_pointwise(at);
    else if (layer_walk(at->model, at->layer, top, &at->made->shape, &steps))
        fold_walk(at, &steps);
}

/* Whole numbers or real ones? The operands must agree. */
static hax_status kind_of(const folding *at, bool *whole, bool *drawn, hax_error *err)
{
    const layer_spec *spec = at->layer->spec;
    int first = spec->op == HAX_OP_WHERE; /* behind the truth values */
    *drawn = false;
    *whole = spec->op == HAX_OP_SHAPE || spec->op == HAX_OP_RANGE || spec->params.to_whole;
    if (spec->op == HAX_OP_SHAPE)
        return HAX_OK;
    for (int b = 0; b < spec->bottom_count; b++) {
        const layer_constant *from = operand(at, b);
        *drawn = *drawn || (!from->is_whole && !from->real);
        if (b > first && from->is_whole != operand(at, first)->is_whole)
            return layer_fail(at->model, spec, err,
                              "mixes whole and real numbers; put a Cast between");
        if (spec->op != HAX_OP_CAST)
            *whole = from->is_whole;
    }
    if (!logic(spec->op))
        return HAX_OK;
    bool compares = spec->op <= HAX_OP_GREATER_EQUAL;
    if (*drawn || (!compares && !operand(at, 0)->is_whole))
        return layer_fail(at->model, spec, err, "needs whole numbers or truth values");
    *whole = *whole || compares;
    return HAX_OK;
}

hax_status layer_fold(const hax_model *model, const graph_layer *layer, int top,
                      const hax_shape *shape, const layer_constant **known, hax_error *err)
{
    int64_t count = shape_elements(shape);
    bool whole, drawn;
    folding at = { .model = model, .layer = layer };
    HAX_TRY(kind_of(&at, &whole, &drawn, err));
    at.made = hax_arena_alloc(model->arena, 1, sizeof *at.made);
    if (!at.made)
        return hax_fail_memory(err, "a network");
    *at.made =
        (layer_constant){ .name = layer->spec->tops[top], .shape = *shape, .is_whole = whole };
    *known = at.made;
    if (drawn)
        return HAX_OK; /* as unknown as what it is made of */
    if (whole)
        at.made->whole = at.whole = hax_arena_alloc(model->arena, (size_t) count, sizeof(int64_t));
    else
        at.made->real = at.real = hax_arena_alloc(model->arena, (size_t) count, sizeof(float));
    if (!at.whole && !at.real)
        return hax_fail_memory(err, "a network");
    evaluate(&at, top);
    return HAX_OK;
}
