/*
 * ONNX's operators, in the words of layers: one table of operators and one of their attributes,
 * after the specification of opsets 7 to 28 (onnx.ai/onnx/operators). An attribute that the
 * table does not have is refused: what is not understood may change the result.
 */
#include "onnx/operators.h"

#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "onnx/tensor.h"

hax_status(hax_onnx_node_fail)(const hax_onnx_reading *reading, const char *format, ...)
{
    char message[HAX_ERROR_MESSAGE_MAX], text[ONNX_NODE_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hax_wire_fail(reading->source, reading->node->place, "%s, opset %lld: %s",
                         hax_onnx_node_text(reading->node, text), (long long) reading->opset,
                         message);
}

/* ---- attributes ------------------------------------------------------------------------------ */

typedef enum rule_kind {
    TAKE_WHOLE,  /* int */
    TAKE_TRUTH,  /* bool */
    TAKE_REAL,   /* float */
    TAKE_WHOLES, /* hax_layer_longs */
    TAKE_REALS,  /* hax_layer_reals */
    TAKE_WORD,   /* int, the number of one of `words` */
    TAKE_FLAG,   /* int that becomes `number` when the attribute is not 0 */
    TAKE_PAIR,   /* two ints, one after the other in hax_layer_params: height and width */
    TAKE_PADS,   /* top, left, bottom, right of the window */
    TAKE_LOW,    /* of Clip */
    TAKE_HIGH,
    TAKE_TYPE,   /* of Cast */
    TAKE_FILL,   /* the one value of a tensor, of ConstantOfShape */
    ONLY_NUMBER, /* what would be another operation: must be `number` */
    PASS_OVER,   /* without effect on the result */
} rule_kind;

typedef struct word {
    const char *text; /* NULL ends a list */
    int number;
} word;

typedef struct attribute_rule {
    const char *name; /* NULL ends a list */
    rule_kind kind;
    size_t offset; /* in hax_layer_params */
    int until;     /* the last opset that has it, 0: all */
    int number;
    const word *words;
} attribute_rule;

#define AT(field) offsetof(hax_layer_params, field)

static const word auto_pads[] = {
    { "NOTSET", LAYER_PAD_TOLD },
    { "SAME_UPPER", LAYER_PAD_SAME_UPPER },
    { "SAME_LOWER", LAYER_PAD_SAME_LOWER },
    { "VALID", LAYER_PAD_VALID },
    { NULL, 0 },
};
static const word pad_modes[] = {
    { "constant", HAX_PAD_CONSTANT },
    { "reflect", HAX_PAD_REFLECT },
    { "edge", HAX_PAD_EDGE },
    { "wrap", HAX_PAD_WRAP },
    { NULL, 0 },
};
static const word resize_modes[] = { { "nearest", 0 }, { "linear", 1 }, { NULL, 0 } };
static const word resize_places[] = {
    { "half_pixel", HAX_RESIZE_HALF_PIXEL },
    { "asymmetric", HAX_RESIZE_ASYMMETRIC },
    { "align_corners", HAX_RESIZE_ALIGN_CORNERS },
    { "pytorch_half_pixel", HAX_RESIZE_PYTORCH_HALF_PIXEL },
    { "half_pixel_symmetric", HAX_RESIZE_HALF_PIXEL_SYMMETRIC },
    { NULL, 0 },
};
static const word resize_rounds[] = {
    { "round_prefer_floor", HAX_RESIZE_ROUND_PREFER_FLOOR },
    { "round_prefer_ceil", HAX_RESIZE_ROUND_PREFER_CEIL },
    { "floor", HAX_RESIZE_FLOOR },
    { "ceil", HAX_RESIZE_CEIL },
    { NULL, 0 },
};
static const word gelu_forms[] = { { "none", 0 }, { "tanh", 1 }, { NULL, 0 } };
static const word resize_policies[] = {
    { "stretch", HAX_RESIZE_STRETCH },
    { "not_larger", HAX_RESIZE_NOT_LARGER },
    { "not_smaller", HAX_RESIZE_NOT_SMALLER },
    { NULL, 0 },
};

#define WINDOW_ATTRIBUTES                                                                         \
    { "auto_pad", TAKE_WORD, AT(auto_pad), .words = auto_pads },                                  \
        { "kernel_shape", TAKE_PAIR, AT(window.kernel_h) },                                       \
        { "pads", TAKE_PADS, AT(window.pad_top) }, { "strides", TAKE_PAIR, AT(window.stride_h) }, \
    {                                                                                             \
        "dilations", TAKE_PAIR, AT(window.dilation_h)                                             \
    }

static const attribute_rule conv_attributes[] = {
    WINDOW_ATTRIBUTES,
    { "group", TAKE_WHOLE, AT(group) },
    { 0 },
};
static const attribute_rule transposed_attributes[] = {
    WINDOW_ATTRIBUTES,
    { "group", TAKE_WHOLE, AT(group) },
    { "output_padding", TAKE_PAIR, AT(output_pad_h) },
    { "output_shape", TAKE_PAIR, AT(output_h) },
    { 0 },
};
static const attribute_rule max_pool_attributes[] = {
    WINDOW_ATTRIBUTES,
    { "ceil_mode", TAKE_TRUTH, AT(round_up) },
    { "storage_order", PASS_OVER },
    { 0 },
};
static const attribute_rule average_pool_attributes[] = {
    WINDOW_ATTRIBUTES,
    { "ceil_mode", TAKE_TRUTH, AT(round_up) },
    { "count_include_pad", TAKE_FLAG, AT(pool), .number = HAX_POOL_AVERAGE },
    { 0 },
};
static const attribute_rule gemm_attributes[] = {
    { "alpha", TAKE_REAL, AT(alpha) },
    { "beta", TAKE_REAL, AT(beta) },
    { "transA", TAKE_TRUTH, AT(transpose_a) },
    { "transB", TAKE_TRUTH, AT(transpose_b) },
    { 0 },
};
static const attribute_rule norm_attributes[] = {
    { "epsilon", TAKE_REAL, AT(epsilon) },
    { "momentum", PASS_OVER },
    { "spatial", ONLY_NUMBER, .until = 8, .number = 1 },
    { "training_mode", ONLY_NUMBER, .number = 0 },
    { 0 },
};
static const attribute_rule lrn_attributes[] = {
    { "alpha", TAKE_REAL, AT(lrn_alpha) },
    { "beta", TAKE_REAL, AT(lrn_beta) },
    { "bias", TAKE_REAL, AT(lrn_k) },
    { "size", TAKE_WHOLE, AT(lrn_size) },
    { 0 },
};
static const attribute_rule leaky_attributes[] = {
    { "alpha", TAKE_REAL, AT(negative_slope) },
    { 0 },
};
static const attribute_rule clip_attributes[] = {
    { "min", TAKE_LOW, .until = 10 },
    { "max", TAKE_HIGH, .until = 10 },
    { 0 },
};
static const attribute_rule slope_attributes[] = {
    { "alpha", TAKE_REAL, AT(alpha) },
    { "beta", TAKE_REAL, AT(beta) },
    { 0 },
};
static const attribute_rule elu_attributes[] = { { "alpha", TAKE_REAL, AT(alpha) }, { 0 } };
static const attribute_rule swish_attributes[] = { { "alpha", ONLY_NUMBER, .number = 1 }, { 0 } };
static const attribute_rule gelu_attributes[] = {
    { "approximate", TAKE_WORD, AT(tanh_form), .words = gelu_forms },
    { 0 },
};
static const attribute_rule axis_attributes[] = { { "axis", TAKE_WHOLE, AT(axis) }, { 0 } };
static const attribute_rule split_attributes[] = {
    { "axis", TAKE_WHOLE, AT(axis) },
    { "split", TAKE_WHOLES, AT(sizes), .until = 12 },
    { "num_outputs", PASS_OVER }, /* as many as the node has */
    { 0 },
};
static const attribute_rule slice_attributes[] = {
    { "starts", TAKE_WHOLES, AT(starts), .until = 9 },
    { "ends", TAKE_WHOLES, AT(ends), .until = 9 },
    { "axes", TAKE_WHOLES, AT(axes), .until = 9 },
    { 0 },
};
static const attribute_rule pad_attributes[] = {
    { "mode", TAKE_WORD, AT(pad_mode), .words = pad_modes },
    { "pads", TAKE_WHOLES, AT(pads), .until = 10 },
    { "value", TAKE_REAL, AT(pad_value), .until = 10 },
    { 0 },
};
static const attribute_rule resize_attributes[] = {
    { "mode", TAKE_WORD, AT(resize.linear), .words = resize_modes },
    { "coordinate_transformation_mode", TAKE_WORD, AT(resize.place), .words = resize_places },
    { "nearest_mode", TAKE_WORD, AT(resize.round), .words = resize_rounds },
    { "keep_aspect_ratio_policy", TAKE_WORD, AT(resize.policy), .words = resize_policies },
    { "axes", TAKE_WHOLES, AT(axes) },
    { "antialias", ONLY_NUMBER, .number = 0 },
    { "exclude_outside", ONLY_NUMBER, .number = 0 },
    { "cubic_coeff_a", PASS_OVER },       /* of mode cubic */
    { "extrapolation_value", PASS_OVER }, /* of tf_crop_and_resize */
    { 0 },
};
static const attribute_rule upsample_attributes[] = {
    { "mode", TAKE_WORD, AT(resize.linear), .words = resize_modes },
    { "scales", TAKE_REALS, AT(scales), .until = 8 },
    { 0 },
};
static const attribute_rule reshape_attributes[] = {
    { "allowzero", TAKE_TRUTH, AT(allow_zero) },
    { 0 },
};
static const attribute_rule axes_attributes[] = {
    { "axes", TAKE_WHOLES, AT(axes), .until = 12 },
    { 0 },
};
static const attribute_rule transpose_attributes[] = {
    { "perm", TAKE_WHOLES, AT(order) },
    { 0 },
};
static const attribute_rule reduce_attributes[] = {
    { "axes", TAKE_WHOLES, AT(axes), .until = 17 },
    { "keepdims", TAKE_TRUTH, AT(keep_dims) },
    { "noop_with_empty_axes", PASS_OVER }, /* looked at by hax_onnx_reduces_nothing */
    { 0 },
};
static const attribute_rule sum_attributes[] = {
    { "axes", TAKE_WHOLES, AT(axes), .until = 12 },
    { "keepdims", TAKE_TRUTH, AT(keep_dims) },
    { "noop_with_empty_axes", PASS_OVER },
    { 0 },
};
static const attribute_rule dropout_attributes[] = {
    { "ratio", PASS_OVER },
    { "seed", PASS_OVER },
    { 0 },
};
static const attribute_rule cast_attributes[] = {
    { "to", TAKE_TYPE },
    { "saturate", PASS_OVER }, /* of types of 8 bits and less, which are refused */
    { "round_mode", PASS_OVER },
    { 0 },
};
static const attribute_rule shape_attributes[] = {
    { "start", TAKE_WHOLE, AT(start) },
    { "end", TAKE_WHOLE, AT(end) },
    { 0 },
};
static const attribute_rule fill_attributes[] = { { "value", TAKE_FILL }, { 0 } };
static const attribute_rule layer_norm_attributes[] = {
    { "axis", TAKE_WHOLE, AT(axis) },
    { "epsilon", TAKE_REAL, AT(epsilon) },
    { "stash_type", PASS_OVER },
    { 0 },
};
static const attribute_rule mod_attributes[] = { { "fmod", ONLY_NUMBER, .number = 0 }, { 0 } };
static const attribute_rule range_attributes[] = { { "stash_type", PASS_OVER }, { 0 } };
static const attribute_rule no_attributes[] = { { 0 } };

/* ---- what an attribute becomes --------------------------------------------------------------- */

static hax_status refuse_value(const hax_onnx_reading *reading, const attribute_rule *rule)
{
    return hax_onnx_node_fail(reading, "this value of its attribute '%s' is not supported",
                              rule->name);
}

static hax_status take_whole(const hax_onnx_reading *reading, const attribute_rule *rule,
                             int64_t value, int *into)
{
    if (value < INT32_MIN || value > INT32_MAX)
        return hax_onnx_node_fail(reading, "its attribute '%s' is %lld, which is out of range",
                                  rule->name, (long long) value);
    *into = (int) value;
    return HAX_OK;
}

/* The window has one dimension or two, and all attributes of a node say the same. */
static hax_status agree_on_rank(const hax_onnx_reading *reading, const attribute_rule *rule,
                                int count, hax_layer_params *params)
{
    int each = rule->kind == TAKE_PADS ? 2 : 1, rank = count / each;
    if (count % each != 0 || rank < 1 || rank > 2)
        return hax_onnx_node_fail(reading,
                                  "its attribute '%s' has %d numbers, %d or %d are needed: windows "
                                  "over one dimension or two are supported",
                                  rule->name, count, each, 2 * each);
    if (params->window_rank != 0 && params->window_rank != rank)
        return hax_onnx_node_fail(reading,
                                  "its attribute '%s' is for %d dimensions, another one for %d",
                                  rule->name, rank, params->window_rank);
    params->window_rank = rank;
    return HAX_OK;
}

/* Fields of a window that belong together: height and width, or the four pads. A window of one
 * dimension is one of height 1. */
static hax_status take_extents(const hax_onnx_reading *reading, const attribute_rule *rule,
                               const hax_onnx_attribute *attribute, hax_layer_params *params)
{
    int *into = (int *) (void *) ((char *) params + rule->offset);
    int count = attribute->count, parts = rule->kind == TAKE_PADS ? 2 : 1;
    HAX_TRY(agree_on_rank(reading, rule, count, params));
    bool none = rule->kind == TAKE_PADS || rule->offset == AT(output_pad_h);
    int least = none ? 0 : 1;
    for (int p = 0; p < parts && count == parts; p++)
        into[2 * p] = none ? 0 : 1;
    for (int i = 0; i < count; i++) {
        if (attribute->wholes[i] < least || attribute->wholes[i] > UINT16_MAX)
            return hax_onnx_node_fail(
                reading, "its attribute '%s' has the number %lld; %d to %d can be", rule->name,
                (long long) attribute->wholes[i], least, UINT16_MAX);
        into[count == parts ? 2 * i + 1 : i] = (int) attribute->wholes[i];
    }
    return HAX_OK;
}

static hax_status take_word(const hax_onnx_reading *reading, const attribute_rule *rule,
                            const hax_onnx_attribute *attribute, int *into)
{
    for (const word *known = rule->words; known->text; known++) {
        if (strcmp(known->text, attribute->text) != 0)
            continue;
        *into = known->number;
        return HAX_OK;
    }
    return hax_onnx_node_fail(reading, "its attribute '%s' is '%.60s', which is not supported",
                              rule->name, attribute->text);
}

static hax_status take_type(const hax_onnx_reading *reading, const hax_onnx_attribute *attribute,
                            hax_layer_params *params)
{
    params->to_whole = hax_onnx_type_is_whole(attribute->whole);
    if (params->to_whole || hax_onnx_type_is_real(attribute->whole))
        return HAX_OK;
    return hax_onnx_node_fail(reading, "casts to type %s, which is not supported",
                              hax_onnx_type_name(attribute->whole));
}

static hax_status take_fill(const hax_onnx_reading *reading, const hax_onnx_attribute *attribute,
                            hax_layer_params *params)
{
    hax_onnx_tensor tensor;
    hax_layer_list list;
    hax_layer_list_init(&list, reading->source->arena, "", NULL);
    HAX_TRY(hax_onnx_parse_tensor(reading->source, attribute->tensor, &tensor));
    HAX_TRY(hax_onnx_add_constant(reading->source, &tensor, "", &list));
    const hax_layer_constant *value = list.constants;
    for (int d = 0; d < tensor.shape.rank; d++)
        if (tensor.shape.dims[d] != 1)
            return hax_onnx_node_fail(reading, "its attribute 'value' has more than one element");
    params->to_whole = value->is_whole;
    params->fill = value->is_whole ? (double) value->integers[0] : (double) value->real[0];
    return HAX_OK;
}

/* Clip's attributes say "no limit" by the largest number of its type. */
static void take_limit(const hax_onnx_attribute *attribute, bool *has, float *limit)
{
    *has = attribute->real > -FLT_MAX && attribute->real < FLT_MAX;
    *limit = attribute->real;
}

static hax_onnx_attribute_type needed_type(rule_kind kind)
{
    switch (kind) {
    case TAKE_WHOLE:
    case TAKE_TRUTH:
    case TAKE_FLAG:
    case TAKE_TYPE: return ONNX_ATTRIBUTE_WHOLE;
    case TAKE_REAL:
    case TAKE_LOW:
    case TAKE_HIGH: return ONNX_ATTRIBUTE_REAL;
    case TAKE_WHOLES:
    case TAKE_PAIR:
    case TAKE_PADS: return ONNX_ATTRIBUTE_WHOLES;
    case TAKE_REALS: return ONNX_ATTRIBUTE_REALS;
    case TAKE_WORD: return ONNX_ATTRIBUTE_TEXT;
    case TAKE_FILL: return ONNX_ATTRIBUTE_TENSOR;
    default: return ONNX_ATTRIBUTE_NONE; /* any */
    }
}

/* A word goes into an enumeration, or into a truth value where there are two. */
static hax_status put_word(const hax_onnx_reading *reading, const attribute_rule *rule,
                           const hax_onnx_attribute *attribute, void *field)
{
    int number = 0;
    HAX_TRY(take_word(reading, rule, attribute, &number));
    if (rule->offset == AT(resize.linear) || rule->offset == AT(tanh_form))
        *(bool *) field = number != 0;
    else
        *(int *) field = number;
    return HAX_OK;
}

static hax_status put(const hax_onnx_reading *reading, const attribute_rule *rule,
                      const hax_onnx_attribute *attribute, hax_layer_params *params)
{
    void *field = (char *) params + rule->offset;
    switch (rule->kind) {
    case TAKE_WHOLE: return take_whole(reading, rule, attribute->whole, field);
    case TAKE_TRUTH: *(bool *) field = attribute->whole != 0; return HAX_OK;
    case TAKE_REAL: *(float *) field = attribute->real; return HAX_OK;
    case TAKE_WHOLES:
        *(hax_layer_longs *) field = (hax_layer_longs){ attribute->count, attribute->wholes };
        return HAX_OK;
    case TAKE_REALS:
        *(hax_layer_reals *) field = (hax_layer_reals){ attribute->count, attribute->reals };
        return HAX_OK;
    case TAKE_WORD: return put_word(reading, rule, attribute, field);
    case TAKE_FLAG:
        if (attribute->whole != 0)
            *(int *) field = rule->number;
        return HAX_OK;
    case TAKE_PAIR:
    case TAKE_PADS: return take_extents(reading, rule, attribute, params);
    case TAKE_LOW: take_limit(attribute, &params->has_low, &params->low); return HAX_OK;
    case TAKE_HIGH: take_limit(attribute, &params->has_high, &params->high); return HAX_OK;
    case TAKE_TYPE: return take_type(reading, attribute, params);
    case TAKE_FILL: return take_fill(reading, attribute, params);
    case ONLY_NUMBER:
        return attribute->type == ONNX_ATTRIBUTE_REAL
                   ? attribute->real == (float) rule->number ? HAX_OK : refuse_value(reading, rule)
               : attribute->whole == rule->number ? HAX_OK
                                                  : refuse_value(reading, rule);
    case PASS_OVER: return HAX_OK;
    }
    return HAX_OK;
}

static const attribute_rule *find_rule(const attribute_rule *rules, const char *name, int64_t opset)
{
    for (; rules->name; rules++)
        if (strcmp(rules->name, name) == 0 && (rules->until == 0 || opset <= rules->until))
            return rules;
    return NULL;
}

static hax_status read_attribute(const hax_onnx_reading *reading, const attribute_rule *rules,
                                 hax_wire_span message, hax_layer_params *params)
{
    hax_onnx_attribute attribute;
    HAX_TRY(hax_onnx_parse_attribute(reading->source, message, &attribute));
    const attribute_rule *rule = find_rule(rules, attribute.name, reading->opset);
    if (!rule)
        return hax_onnx_node_fail(reading, "its attribute '%.60s' is not known", attribute.name);
    hax_onnx_attribute_type needs = needed_type(rule->kind);
    if (needs != ONNX_ATTRIBUTE_NONE && attribute.type != (int64_t) needs)
        return hax_onnx_node_fail(reading, "its attribute '%.60s' is of type %lld, %d is needed",
                                  attribute.name, (long long) attribute.type, (int) needs);
    return put(reading, rule, &attribute, params);
}

/* ---- operators ------------------------------------------------------------------------------- */

struct hax_onnx_operator {
    const char *name;
    int since, until; /* opsets that have it; until 0: all later ones */
    hax_op op;
    int least, most; /* inputs; most -1: any number */
    const attribute_rule *attributes;
    void (*prepare)(hax_layer_params *params, int64_t opset); /* ONNX's defaults, may be NULL */
    hax_onnx_around around;                                   /* of a reduction */
    hax_onnx_form form;
};

static void prepare_window(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->window.stride_h = params->window.stride_w = 1;
    params->window.dilation_h = params->window.dilation_w = 1;
    params->exact_window = true;
    params->group = 1;
}

static void prepare_average(hax_layer_params *params, int64_t opset)
{
    prepare_window(params, opset);
    params->pool = HAX_POOL_AVERAGE_INSIDE;
}

static void prepare_global_average(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->global = true;
    params->pool = HAX_POOL_AVERAGE;
}

static void prepare_global_max(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->global = true;
}

static void prepare_norm(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->epsilon = 1e-5F;
}

static void prepare_layer_norm(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->epsilon = 1e-5F;
    params->axis = -1;
}

static void prepare_lrn(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->lrn_alpha = 1e-4F;
    params->lrn_beta = 0.75F;
    params->lrn_k = 1;
}

static void prepare_leaky(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->negative_slope = 0.01F;
}

static void prepare_ones(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->alpha = params->beta = 1;
}

/* Exp and Log have Caffe's scale and shift. */
static void prepare_scale(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->alpha = 1;
}

static void prepare_hard_sigmoid(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->alpha = 0.2F;
    params->beta = 0.5F;
}

static void prepare_softmax(hax_layer_params *params, int64_t opset)
{
    params->softmax_flat = opset < 13;
    params->axis = opset < 13 ? 1 : -1;
}

static void prepare_split(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->parts = true;
}

/* Before opset 11 there was one way to place what is read: at scaled whole indices. */
static void prepare_resize(hax_layer_params *params, int64_t opset)
{
    params->resize.place = opset < 11 ? HAX_RESIZE_ASYMMETRIC : HAX_RESIZE_HALF_PIXEL;
    params->resize.round = opset < 11 ? HAX_RESIZE_OUTWARDS : HAX_RESIZE_ROUND_PREFER_FLOOR;
}

static void prepare_flatten(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->flatten_2d = true;
    params->axis = 1;
}

static void prepare_reduce(hax_layer_params *params, int64_t opset)
{
    (void) opset;
    params->keep_dims = true;
}

/* A reduction with what it is done to and what is done to its result. */
#define AROUND(name, before, op, after)                          \
    {                                                            \
        name, 1, 0, op, 1, 2, reduce_attributes, prepare_reduce, \
        {                                                        \
            before, after                                        \
        }                                                        \
    }

_Static_assert(HAX_OP_INPUT == 0, "rows without `around` have nothing there");
static const hax_onnx_operator operators[] = {
    { "Conv", 1, 0, HAX_OP_CONVOLUTION, 2, 3, conv_attributes, prepare_window },
    { "ConvTranspose", 1, 0, HAX_OP_DECONVOLUTION, 2, 3, transposed_attributes, prepare_window },
    { "Gemm", 1, 0, HAX_OP_GEMM, 2, 3, gemm_attributes, prepare_ones },
    { "MatMul", 1, 0, HAX_OP_MATMUL, 2, 2, no_attributes, NULL },
    { "MaxPool", 1, 0, HAX_OP_POOLING, 1, 1, max_pool_attributes, prepare_window },
    { "AveragePool", 1, 0, HAX_OP_POOLING, 1, 1, average_pool_attributes, prepare_average },
    { "GlobalAveragePool", 1, 0, HAX_OP_POOLING, 1, 1, no_attributes, prepare_global_average },
    { "GlobalMaxPool", 1, 0, HAX_OP_POOLING, 1, 1, no_attributes, prepare_global_max },
    { "BatchNormalization", 1, 0, HAX_OP_BATCH_NORM, 5, 5, norm_attributes, prepare_norm },
    { "LayerNormalization", 17, 0, HAX_OP_REDUCE_MEAN, 2, 3, layer_norm_attributes,
      prepare_layer_norm, .form = HAX_ONNX_LAYER_NORM },
    { "LRN", 1, 0, HAX_OP_LRN, 1, 1, lrn_attributes, prepare_lrn },
    { "Relu", 1, 0, HAX_OP_RELU, 1, 1, no_attributes, NULL },
    { "LeakyRelu", 1, 0, HAX_OP_RELU, 1, 1, leaky_attributes, prepare_leaky },
    { "PRelu", 1, 0, HAX_OP_PRELU, 2, 2, no_attributes, NULL },
    { "Clip", 1, 0, HAX_OP_CLIP, 1, 3, clip_attributes, NULL },
    { "HardSigmoid", 1, 0, HAX_OP_HARD_SIGMOID, 1, 1, slope_attributes, prepare_hard_sigmoid },
    { "HardSwish", 14, 0, HAX_OP_HARD_SWISH, 1, 1, no_attributes, NULL },
    { "Elu", 1, 0, HAX_OP_ELU, 1, 1, elu_attributes, prepare_ones },
    { "Sigmoid", 1, 0, HAX_OP_SIGMOID, 1, 1, no_attributes, NULL },
    { "Tanh", 1, 0, HAX_OP_TANH, 1, 1, no_attributes, NULL },
    { "Exp", 1, 0, HAX_OP_EXP, 1, 1, no_attributes, prepare_scale },
    { "Log", 1, 0, HAX_OP_LOG, 1, 1, no_attributes, prepare_scale },
    { "Abs", 1, 0, HAX_OP_ABSVAL, 1, 1, no_attributes, NULL },
    { "Softplus", 1, 0, HAX_OP_BNLL, 1, 1, no_attributes, NULL },
    { "Erf", 9, 0, HAX_OP_ERF, 1, 1, no_attributes, NULL },
    { "Softsign", 1, 0, HAX_OP_SOFTSIGN, 1, 1, no_attributes, NULL },
    { "Sqrt", 1, 0, HAX_OP_SQRT, 1, 1, no_attributes, NULL },
    { "Neg", 1, 0, HAX_OP_NEG, 1, 1, no_attributes, NULL },
    { "Reciprocal", 1, 0, HAX_OP_RECIPROCAL, 1, 1, no_attributes, NULL },
    { "Floor", 1, 0, HAX_OP_FLOOR, 1, 1, no_attributes, NULL },
    { "Ceil", 1, 0, HAX_OP_CEIL, 1, 1, no_attributes, NULL },
    { "Round", 11, 0, HAX_OP_ROUND, 1, 1, no_attributes, NULL },
    { "Sign", 9, 0, HAX_OP_SIGN, 1, 1, no_attributes, NULL },
    { "Sin", 7, 0, HAX_OP_SIN, 1, 1, no_attributes, NULL },
    { "Cos", 7, 0, HAX_OP_COS, 1, 1, no_attributes, NULL },
    { "Gelu", 20, 0, HAX_OP_GELU, 1, 1, gelu_attributes, NULL },
    { "Mish", 18, 0, HAX_OP_MISH, 1, 1, no_attributes, NULL },
    { "Swish", 24, 0, HAX_OP_SILU, 1, 1, swish_attributes, NULL },
    { "Add", 1, 0, HAX_OP_ADD, 2, 2, no_attributes, NULL },
    { "Sub", 1, 0, HAX_OP_SUB, 2, 2, no_attributes, NULL },
    { "Mul", 1, 0, HAX_OP_MUL, 2, 2, no_attributes, NULL },
    { "Div", 1, 0, HAX_OP_DIV, 2, 2, no_attributes, NULL },
    { "Pow", 1, 0, HAX_OP_POW, 2, 2, no_attributes, NULL },
    { "Min", 1, 0, HAX_OP_MIN, 1, -1, no_attributes, NULL },
    { "Max", 1, 0, HAX_OP_MAX, 1, -1, no_attributes, NULL },
    { "Sum", 1, 0, HAX_OP_ADD, 1, -1, no_attributes, NULL },
    { "Softmax", 1, 0, HAX_OP_SOFTMAX, 1, 1, axis_attributes, prepare_softmax },
    { "Concat", 4, 0, HAX_OP_CONCAT, 1, -1, axis_attributes, NULL },
    { "Split", 2, 0, HAX_OP_SPLIT, 1, 2, split_attributes, prepare_split },
    { "Slice", 1, 0, HAX_OP_SLICE, 1, 5, slice_attributes, NULL },
    { "Gather", 1, 0, HAX_OP_GATHER, 2, 2, axis_attributes, NULL },
    { "Pad", 2, 0, HAX_OP_PAD, 1, 4, pad_attributes, NULL },
    { "Resize", 10, 10, HAX_OP_RESIZE, 2, 2, upsample_attributes, prepare_resize },
    { "Resize", 11, 0, HAX_OP_RESIZE, 1, 4, resize_attributes, prepare_resize },
    { "Upsample", 7, 9, HAX_OP_RESIZE, 1, 2, upsample_attributes, prepare_resize },
    { "Reshape", 5, 0, HAX_OP_RESHAPE, 2, 2, reshape_attributes, NULL },
    { "Flatten", 1, 0, HAX_OP_FLATTEN, 1, 1, axis_attributes, prepare_flatten },
    { "Squeeze", 1, 0, HAX_OP_SQUEEZE, 1, 2, axes_attributes, NULL },
    { "Unsqueeze", 1, 0, HAX_OP_UNSQUEEZE, 1, 2, axes_attributes, NULL },
    { "Transpose", 1, 0, HAX_OP_TRANSPOSE, 1, 1, transpose_attributes, NULL },
    { "Expand", 8, 0, HAX_OP_EXPAND, 2, 2, no_attributes, NULL },
    { "ReduceMean", 1, 0, HAX_OP_REDUCE_MEAN, 1, 2, reduce_attributes, prepare_reduce },
    { "ReduceSum", 1, 0, HAX_OP_REDUCE_SUM, 1, 2, sum_attributes, prepare_reduce },
    AROUND("ReduceMin", HAX_OP_NEG, HAX_OP_REDUCE_MAX, HAX_OP_NEG),
    AROUND("ReduceL1", HAX_OP_ABSVAL, HAX_OP_REDUCE_SUM, HAX_OP_INPUT),
    AROUND("ReduceL2", HAX_OP_MUL, HAX_OP_REDUCE_SUM, HAX_OP_SQRT),
    AROUND("ReduceSumSquare", HAX_OP_MUL, HAX_OP_REDUCE_SUM, HAX_OP_INPUT),
    AROUND("ReduceLogSum", HAX_OP_INPUT, HAX_OP_REDUCE_SUM, HAX_OP_LOG),
    { "LogSoftmax", 1, 0, HAX_OP_REDUCE_MAX, 1, 1, axis_attributes, prepare_softmax,
      .form = HAX_ONNX_LOG_SOFTMAX },
    { "ReduceMax", 1, 0, HAX_OP_REDUCE_MAX, 1, 2, reduce_attributes, prepare_reduce },
    { "Identity", 1, 0, HAX_OP_IDENTITY, 1, 1, no_attributes, NULL },
    { "Dropout", 7, 0, HAX_OP_DROPOUT, 1, 3, dropout_attributes, NULL },
    { "Cast", 6, 0, HAX_OP_CAST, 1, 1, cast_attributes, NULL },
    { "Shape", 1, 0, HAX_OP_SHAPE, 1, 1, shape_attributes, NULL },
    { "ConstantOfShape", 9, 0, HAX_OP_CONSTANT_OF_SHAPE, 1, 1, fill_attributes, NULL },
    { "Equal", 7, 0, HAX_OP_EQUAL, 2, 2, no_attributes, NULL },
    { "Less", 7, 0, HAX_OP_LESS, 2, 2, no_attributes, NULL },
    { "Greater", 7, 0, HAX_OP_GREATER, 2, 2, no_attributes, NULL },
    { "LessOrEqual", 12, 0, HAX_OP_LESS_EQUAL, 2, 2, no_attributes, NULL },
    { "GreaterOrEqual", 12, 0, HAX_OP_GREATER_EQUAL, 2, 2, no_attributes, NULL },
    { "And", 7, 0, HAX_OP_AND, 2, 2, no_attributes, NULL },
    { "Or", 7, 0, HAX_OP_OR, 2, 2, no_attributes, NULL },
    { "Mod", 10, 0, HAX_OP_MOD, 2, 2, mod_attributes, NULL },
    { "Not", 1, 0, HAX_OP_NOT, 1, 1, no_attributes, NULL },
    { "Where", 9, 0, HAX_OP_WHERE, 3, 3, no_attributes, NULL },
    { "Range", 11, 0, HAX_OP_RANGE, 3, 3, range_attributes, NULL },
};
#undef AROUND

const hax_onnx_operator *hax_onnx_operator_find(const hax_onnx_node *node, int64_t opset)
{
    if (node->domain[0] != '\0' && strcmp(node->domain, "ai.onnx") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const hax_onnx_operator *onnx_operator = &operators[i];
        if (strcmp(onnx_operator->name, node->op) == 0 && opset >= onnx_operator->since &&
            (onnx_operator->until == 0 || opset <= onnx_operator->until))
            return onnx_operator;
    }
    return NULL;
}

hax_onnx_form hax_onnx_operator_form(const hax_onnx_operator *from)
{
    return from->form;
}

hax_onnx_around hax_onnx_operator_around(const hax_onnx_operator *from)
{
    return from->around;
}

bool hax_onnx_operator_is_chain(const hax_onnx_operator *from)
{
    return from->most < 0 && from->op != HAX_OP_CONCAT;
}

static hax_status check_counts(const hax_onnx_reading *reading, const hax_onnx_operator *from)
{
    const hax_onnx_node *node = reading->node;
    if (node->input_count < from->least || (from->most >= 0 && node->input_count > from->most))
        return hax_onnx_node_fail(reading, "has %d inputs, %d to %d are needed", node->input_count,
                                  from->least, from->most < 0 ? INT32_MAX : from->most);
    int needed = from->most < 0 ? node->input_count : from->least;
    for (int i = 0; i < needed; i++)
        if (node->inputs[i][0] == '\0')
            return hax_onnx_node_fail(reading, "its input %d is left out but needed", i);
    if (node->output_count < 1 || node->outputs[0][0] == '\0')
        return hax_onnx_node_fail(reading, "makes nothing: its first output is left out");
    return HAX_OK;
}

bool hax_onnx_operator_reduces(const hax_onnx_operator *from)
{
    return from->attributes == reduce_attributes || from->attributes == sum_attributes;
}

hax_status hax_onnx_reduces_nothing(const hax_onnx_reading *reading, bool *nothing)
{
    *nothing = false;
    for (int a = 0; a < reading->node->attribute_count; a++) {
        hax_onnx_attribute attribute;
        HAX_TRY(
            hax_onnx_parse_attribute(reading->source, reading->node->attributes[a], &attribute));
        if (strcmp(attribute.name, "noop_with_empty_axes") == 0)
            *nothing = attribute.whole != 0;
    }
    return HAX_OK;
}

hax_status hax_onnx_operator_read(const hax_onnx_reading *reading, const hax_onnx_operator *from,
                                  hax_layer_params *params, hax_op *op)
{
    *op = from->op;
    *params = (hax_layer_params){ 0 };
    HAX_TRY(check_counts(reading, from));
    if (from->prepare)
        from->prepare(params, reading->opset);
    for (int a = 0; a < reading->node->attribute_count; a++)
        HAX_TRY(read_attribute(reading, from->attributes, reading->node->attributes[a], params));
    return HAX_OK;
}
