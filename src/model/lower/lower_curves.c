/*
 * Layers as functions of one number: activations, arithmetic with a constant, and the patterns
 * in which exporters write functions that their format lacks.
 */
#include <assert.h>
#include <math.h>

#include "lower.h"

static hax_activation curve(hax_curve which, float alpha, float beta, float power)
{
    return (hax_activation){ which, alpha, beta, power };
}

/* ---- the column `curve` of op.def ------------------------------------------------------------ */

static hax_activation curve_relu(const hax_layer_params *p)
{
    return curve(HAX_CURVE_RELU, p->negative_slope, 0, 1);
}

static hax_activation curve_power(const hax_layer_params *p)
{
    return p->power == 1 ? curve(HAX_CURVE_LINEAR, p->alpha, p->beta, 1)
                         : curve(HAX_CURVE_POWER, p->alpha, p->beta, p->power);
}

/* base^(scale x + shift) and its inverse; base 0: e. ONNX's tell no scale. */
static hax_activation curve_exp(const hax_layer_params *p)
{
    float factor = p->power > 0 ? logf(p->power) : 1;
    return curve(HAX_CURVE_EXP, factor * (p->alpha != 0 ? p->alpha : 1), factor * p->beta, 1);
}

static hax_activation curve_log(const hax_layer_params *p)
{
    float factor = p->power > 0 ? 1 / logf(p->power) : 1;
    return curve(HAX_CURVE_LOG, p->alpha != 0 ? p->alpha : 1, p->beta, factor);
}

static hax_activation curve_clip(const hax_layer_params *p)
{
    return curve(HAX_CURVE_CLIP, p->low, p->high, 1);
}

static hax_activation curve_hard_sigmoid(const hax_layer_params *p)
{
    return curve(HAX_CURVE_HARD_SIGMOID, p->alpha, p->beta, 1);
}

static hax_activation curve_elu(const hax_layer_params *p)
{
    return curve(HAX_CURVE_ELU, p->alpha, 0, 1);
}

static hax_activation curve_gelu(const hax_layer_params *p)
{
    return curve(p->tanh_form ? HAX_CURVE_GELU_TANH : HAX_CURVE_GELU, 0, 0, 1);
}

/* Functions that the layer tells nothing about. */
#define PLAIN(name, which, alpha, beta, power)                    \
    static hax_activation curve_##name(const hax_layer_params *p) \
    {                                                             \
        (void) p;                                                 \
        return curve(HAX_CURVE_##which, alpha, beta, power);      \
    }
PLAIN(negative, LINEAR, -1, 0, 1)
PLAIN(reciprocal, POWER, 1, 0, -1)
PLAIN(sigmoid, SIGMOID, 0, 0, 1)
PLAIN(tanh, TANH, 0, 0, 1)
PLAIN(absolute, ABSOLUTE, 0, 0, 1)
PLAIN(softplus, SOFTPLUS, 0, 0, 1)
PLAIN(hard_swish, HARD_SWISH, 0, 0, 1)
PLAIN(silu, SILU, 0, 0, 1)
PLAIN(mish, MISH, 0, 0, 1)
PLAIN(erf, ERF, 0, 0, 1)
PLAIN(sqrt, SQRT, 0, 0, 1)
PLAIN(floor, FLOOR, 0, 0, 1)
PLAIN(ceil, CEIL, 0, 0, 1)
PLAIN(softsign, SOFTSIGN, 0, 0, 1)
PLAIN(round, ROUND, 0, 0, 1)
PLAIN(sign, SIGN, 0, 0, 1)
PLAIN(sin, SIN, 0, 0, 1)
PLAIN(cos, COS, 0, 0, 1)
#undef PLAIN

typedef hax_activation curve_function(const hax_layer_params *params);

#define curve_none NULL
static curve_function *const curve_functions[] = {
#define X(op, name, v1, class, least, most, resolve, shape, fold, passes, curve) \
    [HAX_OP_##op] = curve_##curve,
#include "op.def"
#undef X
};
#undef curve_none

/* ---- arithmetic with a constant -------------------------------------------------------------- */

/* The constant operand of a layer with two inputs: its index, -1 when none or both are. */
static int constant_side(const hax_model *model, const hax_graph_layer *layer)
{
    if (layer->spec->bottom_count != 2)
        return -1;
    bool a = model->blobs[layer->inputs[0]].known, b = model->blobs[layer->inputs[1]].known;
    return a == b ? -1 : a ? 0 : 1;
}

static bool has_values(const hax_layer_constant *known)
{
    return known->is_whole || known->real;
}

static float value_at(const hax_layer_constant *known, int64_t index)
{
    assert(has_values(known) && index >= 0);
    int64_t place = hax_shape_elements(&known->shape) == 1 ? 0 : index;
    return known->is_whole ? (float) known->integers[place] : known->real[place];
}

/* x op c, or c op x where `left`. */
static bool with_number(hax_op op, bool left, float c, hax_activation *found)
{
    switch (op) {
    case HAX_OP_ADD: *found = curve(HAX_CURVE_LINEAR, 1, c, 1); return true;
    case HAX_OP_SUB:
        *found = left ? curve(HAX_CURVE_LINEAR, -1, c, 1) : curve(HAX_CURVE_LINEAR, 1, -c, 1);
        return true;
    case HAX_OP_MUL: *found = curve(HAX_CURVE_LINEAR, c, 0, 1); return true;
    case HAX_OP_DIV:
        *found = left ? curve(HAX_CURVE_POWER, 1 / c, 0, -1) : curve(HAX_CURVE_LINEAR, 1 / c, 0, 1);
        return c != 0;
    case HAX_OP_POW:
        *found = left ? curve(HAX_CURVE_EXP, logf(c), 0, 1) : curve(HAX_CURVE_POWER, 1, 0, c);
        return !left || c > 0;
    case HAX_OP_MIN: *found = curve(HAX_CURVE_CLIP, -INFINITY, c, 1); return true;
    case HAX_OP_MAX: *found = curve(HAX_CURVE_CLIP, c, INFINITY, 1); return true;
    default: return false;
    }
}

static bool binary_activation(const hax_model *model, const hax_graph_layer *layer,
                              hax_activation *found)
{
    int side = constant_side(model, layer);
    if (side < 0)
        return false;
    const hax_layer_constant *known = model->blobs[layer->inputs[side]].known;
    const hax_shape *x = &model->blobs[layer->inputs[1 - side]].shape;
    return has_values(known) && hax_shape_elements(&known->shape) == 1 &&
           x->rank == model->blobs[layer->outputs[0]].shape.rank &&
           with_number(layer->spec->op, side == 0, value_at(known, 0), found);
}

bool hax_layer_activation(const hax_model *model, const hax_graph_layer *layer,
                          hax_activation *found)
{
    curve_function *function = curve_functions[layer->spec->op];
    if (!function)
        return hax_op_class_of(layer->spec->op) == HAX_CLASS_BINARY &&
               binary_activation(model, layer, found);
    *found = function(&layer->spec->params);
    assert(found->curve != HAX_CURVE_NONE);
    return true;
}

/* Of a number and none, none: C's fmin would take the number, ONNX Runtime does not. */
static float smaller(float a, float b)
{
    return isnan(a) || a < b ? a : b;
}

static float larger(float a, float b)
{
    return isnan(a) || a > b ? a : b;
}

float hax_binary_value(hax_op op, float a, float b)
{
    assert(hax_op_class_of(op) == HAX_CLASS_BINARY);
    switch (op) {
    case HAX_OP_ADD: return a + b;
    case HAX_OP_SUB: return a - b;
    case HAX_OP_MUL: return a * b;
    case HAX_OP_DIV: return a / b;
    case HAX_OP_POW: return powf(a, b);
    case HAX_OP_MIN: return smaller(a, b);
    default: return larger(a, b);
    }
}

bool hax_layer_is_channelwise(const hax_model *model, const hax_graph_layer *layer, int axis)
{
    int side = constant_side(model, layer);
    hax_op op = layer->spec->op;
    bool linear = op == HAX_OP_ADD || op == HAX_OP_SUB || op == HAX_OP_MUL ||
                  (op == HAX_OP_DIV && side == 1); /* the number is what is divided by */
    if (side < 0 || !linear)
        return false;
    const hax_layer_constant *known = model->blobs[layer->inputs[side]].known;
    const hax_shape *x = &model->blobs[layer->inputs[1 - side]].shape;
    if (!has_values(known) || known->shape.rank > x->rank)
        return false;
    for (int d = 0; d < known->shape.rank; d++) {
        int at = d + x->rank - known->shape.rank;
        if (known->shape.dims[d] != 1 && (at != axis || known->shape.dims[d] != x->dims[at]))
            return false;
    }
    return true;
}

void hax_channelwise_at(const hax_model *model, const hax_graph_layer *layer, int64_t channel,
                        float *factor, float *offset)
{
    int side = constant_side(model, layer);
    float c = value_at(model->blobs[layer->inputs[side]].known, channel);
    *factor = 1;
    *offset = 0;
    switch (layer->spec->op) {
    case HAX_OP_ADD: *offset = c; break;
    case HAX_OP_SUB:
        *factor = side == 0 ? -1 : 1;
        *offset = side == 0 ? c : -c;
        break;
    case HAX_OP_MUL: *factor = c; break;
    default: *factor = 1 / c; break;
    }
}

/* ---- several layers -------------------------------------------------------------------------- */

/* The layer that makes a blob only this one reads, if it is of this operation; -1. */
static int sole_source(const hax_lowering *lowering, int from, hax_op op)
{
    const hax_blob *found = &lowering->model->blobs[from];
    if (found->producer < 0 || found->consumers != 1 || found->output ||
        lowering->absorbed[found->producer] || lowering->patterns[found->producer].activation.curve)
        return -1;
    return lowering->model->layers[found->producer].spec->op == op ? found->producer : -1;
}

static bool near(float a, double b)
{
    return fabs((double) a - b) <= 1e-3 * fabs(b);
}

/* A layer of arithmetic with one number near `c`, in either order: the other input, else -1. */
static int other_than_number(const hax_lowering *lowering, int layer, double c)
{
    const hax_graph_layer *from = &lowering->model->layers[layer];
    int side = constant_side(lowering->model, from);
    if (side < 0)
        return -1;
    const hax_layer_constant *known = lowering->model->blobs[from->inputs[side]].known;
    bool number = has_values(known) && hax_shape_elements(&known->shape) == 1;
    return number && near(value_at(known, 0), c) ? from->inputs[1 - side] : -1;
}

static void claim(hax_lowering *lowering, int layer, hax_curve which, int x, const int *inside,
                  int count)
{
    assert(which != HAX_CURVE_NONE && !lowering->absorbed[layer]);
    hax_activation_pattern *pattern = &lowering->patterns[layer];
    *pattern = (hax_activation_pattern){ curve(which, 0, 0, 1), x,
                                         lowering->model->layers[layer].compute_index };
    for (int i = 0; i < count; i++) {
        int index = lowering->model->layers[inside[i]].compute_index;
        lowering->absorbed[inside[i]] = true;
        pattern->first = index < pattern->first ? index : pattern->first;
    }
}

/* x * f(x) for an f that a layer is: sigmoid, hard sigmoid of 1/6 and 1/2. */
static bool claim_product(hax_lowering *lowering, int layer, int x, int gate)
{
    static const struct {
        hax_op op;
        hax_curve made;
    } gates[] = { { HAX_OP_SIGMOID, HAX_CURVE_SILU },
                  { HAX_OP_HARD_SIGMOID, HAX_CURVE_HARD_SWISH } };
    for (size_t g = 0; g < sizeof gates / sizeof *gates; g++) {
        int inside = sole_source(lowering, gate, gates[g].op);
        if (inside < 0 || lowering->model->layers[inside].inputs[0] != x)
            continue;
        const hax_layer_params *p = &lowering->model->layers[inside].spec->params;
        if (gates[g].op == HAX_OP_HARD_SIGMOID && (!near(p->alpha, 1.0 / 6) || !near(p->beta, 0.5)))
            continue;
        claim(lowering, layer, gates[g].made, x, &inside, 1);
        lowering->readers[x]--;
        return true;
    }
    return false;
}

/* x * tanh(ln(1 + e^x)). */
static bool claim_mish(hax_lowering *lowering, int layer, int x, int gate)
{
    int inside[2] = { sole_source(lowering, gate, HAX_OP_TANH), -1 };
    if (inside[0] >= 0)
        inside[1] =
            sole_source(lowering, lowering->model->layers[inside[0]].inputs[0], HAX_OP_BNLL);
    if (inside[1] < 0 || lowering->model->layers[inside[1]].inputs[0] != x)
        return false;
    claim(lowering, layer, HAX_CURVE_MISH, x, inside, 2);
    lowering->readers[x]--;
    return true;
}

/* erf(x / sqrt 2) + 1 behind a blob: the three layers; returns x, -1. */
static int gelu_gate(const hax_lowering *lowering, int gate, int *inside)
{
    inside[0] = sole_source(lowering, gate, HAX_OP_ADD);
    int erf_blob = inside[0] < 0 ? -1 : other_than_number(lowering, inside[0], 1);
    inside[1] = erf_blob < 0 ? -1 : sole_source(lowering, erf_blob, HAX_OP_ERF);
    if (inside[1] < 0)
        return -1;
    int scaled = lowering->model->layers[inside[1]].inputs[0];
    inside[2] = sole_source(lowering, scaled, HAX_OP_DIV);
    if (inside[2] >= 0) /* the number is what is divided by */
        return constant_side(lowering->model, &lowering->model->layers[inside[2]]) == 1
                   ? other_than_number(lowering, inside[2], sqrt(2))
                   : -1;
    inside[2] = sole_source(lowering, scaled, HAX_OP_MUL);
    return inside[2] < 0 ? -1 : other_than_number(lowering, inside[2], sqrt(0.5));
}

/* A product that ends a GELU: of x, the gate, and 1/2, in whatever order. */
static bool claim_gelu(hax_lowering *lowering, int layer)
{
    const hax_graph_layer *last = &lowering->model->layers[layer];
    int inside[4], half = other_than_number(lowering, layer, 0.5);
    if (half >= 0) { /* (x * gate) / 2 */
        inside[3] = sole_source(lowering, half, HAX_OP_MUL);
        for (int side = 0; inside[3] >= 0 && side < 2; side++) {
            const int *two = lowering->model->layers[inside[3]].inputs;
            int x = gelu_gate(lowering, two[side], inside);
            if (x < 0 || two[1 - side] != x)
                continue;
            claim(lowering, layer, HAX_CURVE_GELU, x, inside, 4);
            lowering->readers[x]--;
            return true;
        }
        return false;
    }
    for (int side = 0; side < 2; side++) { /* (x / 2) * gate, x * (gate / 2) */
        int gate = last->inputs[side], other = last->inputs[1 - side];
        inside[3] = sole_source(lowering, other, HAX_OP_MUL);
        int halved = inside[3] < 0 ? -1 : other_than_number(lowering, inside[3], 0.5);
        int x = halved < 0 ? -1 : gelu_gate(lowering, gate, inside);
        bool found = x >= 0 && x == halved;
        if (!found && halved >= 0) {
            x = gelu_gate(lowering, halved, inside);
            found = x >= 0 && x == gate;
        }
        if (!found)
            continue;
        claim(lowering, layer, HAX_CURVE_GELU, x, inside, 4);
        lowering->readers[x]--;
        return true;
    }
    return false;
}

void hax_find_patterns(hax_lowering *lowering)
{
    for (int l = lowering->model->layer_count - 1; l >= 0;
         l--) { /* the end of a pattern comes last */
        const hax_graph_layer *layer = &lowering->model->layers[l];
        if (layer->spec->op != HAX_OP_MUL || layer->folded || lowering->absorbed[l])
            continue;
        const int *in = layer->inputs;
        if (claim_gelu(lowering, l))
            continue;
        for (int side = 0; side < 2; side++)
            if (claim_product(lowering, l, in[side], in[1 - side]) ||
                claim_mish(lowering, l, in[side], in[1 - side]))
                break;
    }
}
