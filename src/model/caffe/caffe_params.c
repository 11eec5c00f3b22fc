/*
 * The parameter messages of Caffe's layers (caffe.proto): which fields each has, and where
 * their values go. What only matters in training is known and passed over.
 */
#include "caffe_params.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

typedef enum field_kind {
    FIELD_NONE,  /* known, of no meaning here */
    FIELD_COUNT, /* whole number >= 0 */
    FIELD_SIZE,  /* the same of a window */
    FIELD_AXIS,  /* whole number, may be negative */
    FIELD_BOOL,
    FIELD_REAL,
    FIELD_PAIR, /* once for both dimensions, or twice: first h, then w */
    FIELD_POOL,
    FIELD_ROUND,
    FIELD_REGION,
    FIELD_OPERATION,
    FIELD_COEFFICIENT,
    FIELD_SHAPE,
    FIELD_ONE_AXIS, /* accepted with the one value that is supported: 1 */
} field_kind;

typedef struct field_rule {
    const char *name;
    field_kind kind;
    size_t offset, width_offset; /* in hax_layer_params; width_offset: of a pair */
} field_rule;

enum {
    RULES_MAX = 24,
    WINDOW_MAX = 65535, /* so that sizes never overflow 64 bits */
    COUNT_MAX = INT_MAX / 2,
};

typedef struct message_rule {
    hax_op op;
    const char *name;
    field_rule fields[RULES_MAX]; /* ends with a name of NULL */
} message_rule;

#define AT(member) offsetof(hax_layer_params, member)
#define WINDOW_RULES                                                         \
    { "kernel_size", FIELD_PAIR, AT(window.kernel_h), AT(window.kernel_w) }, \
        { "stride", FIELD_PAIR, AT(window.stride_h), AT(window.stride_w) },  \
        { "pad", FIELD_PAIR, AT(window.pad_top), AT(window.pad_left) },      \
        { "kernel_h", FIELD_SIZE, AT(window.kernel_h), 0 },                  \
        { "kernel_w", FIELD_SIZE, AT(window.kernel_w), 0 },                  \
        { "stride_h", FIELD_SIZE, AT(window.stride_h), 0 },                  \
        { "stride_w", FIELD_SIZE, AT(window.stride_w), 0 },                  \
        { "pad_h", FIELD_SIZE, AT(window.pad_top), 0 },                      \
        { "pad_w", FIELD_SIZE, AT(window.pad_left), 0 },                     \
    {                                                                        \
        "engine", FIELD_NONE, 0, 0                                           \
    }
#define CONVOLUTION_RULES                                                                        \
    WINDOW_RULES, { "dilation", FIELD_PAIR, AT(window.dilation_h), AT(window.dilation_w) },      \
        { "num_output", FIELD_COUNT, AT(outputs), 0 }, { "bias_term", FIELD_BOOL, AT(bias), 0 }, \
        { "group", FIELD_COUNT, AT(group), 0 }, { "weight_filler", FIELD_NONE, 0, 0 },           \
        { "bias_filler", FIELD_NONE, 0, 0 }, { "axis", FIELD_ONE_AXIS, 0, 0 },                   \
    {                                                                                            \
        "force_nd_im2col", FIELD_NONE, 0, 0                                                      \
    }

static const message_rule messages[] = {
    { HAX_OP_INPUT, "input_param", { { "shape", FIELD_SHAPE, 0, 0 } } },
    { HAX_OP_CONVOLUTION, "convolution_param", { CONVOLUTION_RULES } },
    { HAX_OP_DECONVOLUTION, "convolution_param", { CONVOLUTION_RULES } },
    { HAX_OP_POOLING,
      "pooling_param",
      { WINDOW_RULES,
        { "pool", FIELD_POOL, 0, 0 },
        { "global_pooling", FIELD_BOOL, AT(global), 0 },
        { "round_mode", FIELD_ROUND, 0, 0 } } },
    { HAX_OP_INNER_PRODUCT,
      "inner_product_param",
      { { "num_output", FIELD_COUNT, AT(outputs), 0 },
        { "bias_term", FIELD_BOOL, AT(bias), 0 },
        { "weight_filler", FIELD_NONE, 0, 0 },
        { "bias_filler", FIELD_NONE, 0, 0 },
        { "axis", FIELD_AXIS, AT(axis), 0 },
        { "transpose", FIELD_NONE, 0, 0 } } },
    { HAX_OP_LRN,
      "lrn_param",
      { { "local_size", FIELD_COUNT, AT(lrn_size), 0 },
        { "alpha", FIELD_REAL, AT(lrn_alpha), 0 },
        { "beta", FIELD_REAL, AT(lrn_beta), 0 },
        { "k", FIELD_REAL, AT(lrn_k), 0 },
        { "norm_region", FIELD_REGION, 0, 0 },
        { "engine", FIELD_NONE, 0, 0 } } },
    { HAX_OP_RELU,
      "relu_param",
      { { "negative_slope", FIELD_REAL, AT(negative_slope), 0 }, { "engine", FIELD_NONE, 0, 0 } } },
    { HAX_OP_ELU, "elu_param", { { "alpha", FIELD_REAL, AT(alpha), 0 } } },
    { HAX_OP_PRELU,
      "prelu_param",
      { { "filler", FIELD_NONE, 0, 0 }, { "channel_shared", FIELD_NONE, 0, 0 } } },
    { HAX_OP_POWER,
      "power_param",
      { { "power", FIELD_REAL, AT(power), 0 },
        { "scale", FIELD_REAL, AT(alpha), 0 },
        { "shift", FIELD_REAL, AT(beta), 0 } } },
    { HAX_OP_EXP,
      "exp_param",
      { { "base", FIELD_REAL, AT(power), 0 },
        { "scale", FIELD_REAL, AT(alpha), 0 },
        { "shift", FIELD_REAL, AT(beta), 0 } } },
    { HAX_OP_LOG,
      "log_param",
      { { "base", FIELD_REAL, AT(power), 0 },
        { "scale", FIELD_REAL, AT(alpha), 0 },
        { "shift", FIELD_REAL, AT(beta), 0 } } },
    { HAX_OP_SIGMOID, "sigmoid_param", { { "engine", FIELD_NONE, 0, 0 } } },
    { HAX_OP_TANH, "tanh_param", { { "engine", FIELD_NONE, 0, 0 } } },
    { HAX_OP_BATCH_NORM,
      "batch_norm_param",
      { { "use_global_stats", FIELD_NONE, 0, 0 },
        { "moving_average_fraction", FIELD_NONE, 0, 0 },
        { "eps", FIELD_REAL, AT(epsilon), 0 } } },
    { HAX_OP_SCALE,
      "scale_param",
      { { "axis", FIELD_ONE_AXIS, 0, 0 },
        { "num_axes", FIELD_ONE_AXIS, 0, 0 },
        { "filler", FIELD_NONE, 0, 0 },
        { "bias_term", FIELD_BOOL, AT(bias), 0 },
        { "bias_filler", FIELD_NONE, 0, 0 } } },
    { HAX_OP_ELTWISE,
      "eltwise_param",
      { { "operation", FIELD_OPERATION, 0, 0 },
        { "coeff", FIELD_COEFFICIENT, 0, 0 },
        { "stable_prod_grad", FIELD_NONE, 0, 0 } } },
    { HAX_OP_CONCAT,
      "concat_param",
      { { "axis", FIELD_AXIS, AT(axis), 0 }, { "concat_dim", FIELD_AXIS, AT(axis), 0 } } },
    { HAX_OP_SOFTMAX,
      "softmax_param",
      { { "axis", FIELD_AXIS, AT(axis), 0 }, { "engine", FIELD_NONE, 0, 0 } } },
    { HAX_OP_DROPOUT, "dropout_param", { { "dropout_ratio", FIELD_NONE, 0, 0 } } },
    { HAX_OP_FLATTEN,
      "flatten_param",
      { { "axis", FIELD_ONE_AXIS, 0, 0 }, { "end_axis", FIELD_NONE, 0, 0 } } },
};

/* One parameter message being read. */
typedef struct reading {
    const message_rule *rule;
    hax_layer_params *params;
    const char *file;
    hax_error *err;
    hax_layer_list *list;
    int seen[RULES_MAX];
    int coefficient_count;
    float *coefficients; /* room for as many as the message has fields */
} reading;

/* ---- values ---------------------------------------------------------------------------- */

static hax_status take_whole(const reading *r, const hax_textformat_node *node, int64_t min,
                             int64_t max, size_t offset)
{
    int64_t value;
    HAX_TRY(hax_textformat_whole(node, min, max, r->file, &value, r->err));
    *(int *) ((char *) r->params + offset) = (int) value;
    return HAX_OK;
}

static hax_status take_pair(const reading *r, const hax_textformat_node *node,
                            const field_rule *field, int times)
{
    if (times > 2)
        return hax_textformat_fail(node, r->file, r->err,
                                   "%s is given more than twice; windows have two dimensions",
                                   node->name);
    if (times == 1)
        HAX_TRY(take_whole(r, node, 0, WINDOW_MAX, field->offset));
    return take_whole(r, node, 0, WINDOW_MAX, field->width_offset);
}

static hax_status take_pool(const reading *r, const hax_textformat_node *node)
{
    static const char *const words[] = { "MAX", "AVE", "STOCHASTIC", NULL };
    int value;
    HAX_TRY(hax_textformat_enum(node, words, r->file, &value, r->err));
    if (value == 2)
        return hax_textformat_fail(node, r->file, r->err,
                                   "STOCHASTIC pooling is run by no unit; use MAX or AVE");
    r->params->pool = value == 0 ? HAX_POOL_MAX : HAX_POOL_AVERAGE;
    return HAX_OK;
}

static hax_status take_round(const reading *r, const hax_textformat_node *node)
{
    static const char *const words[] = { "CEIL", "FLOOR", NULL };
    int value;
    HAX_TRY(hax_textformat_enum(node, words, r->file, &value, r->err));
    if (value != 0)
        return hax_textformat_fail(node, r->file, r->err,
                                   "round_mode FLOOR is not supported; pooling rounds up (CEIL)");
    return HAX_OK;
}

static hax_status take_region(const reading *r, const hax_textformat_node *node)
{
    static const char *const words[] = { "ACROSS_CHANNELS", "WITHIN_CHANNEL", NULL };
    int value;
    HAX_TRY(hax_textformat_enum(node, words, r->file, &value, r->err));
    r->params->lrn_within = value == 1;
    return HAX_OK;
}

static hax_status take_operation(const reading *r, const hax_textformat_node *node)
{
    static const char *const words[] = { "PROD", "SUM", "MAX", NULL };
    static const hax_eltwise modes[] = { HAX_ELTWISE_PRODUCT, HAX_ELTWISE_SUM, HAX_ELTWISE_MAX };
    int value;
    HAX_TRY(hax_textformat_enum(node, words, r->file, &value, r->err));
    r->params->eltwise = modes[value];
    return HAX_OK;
}

static hax_status take_one_axis(const reading *r, const hax_textformat_node *node)
{
    int64_t value;
    HAX_TRY(hax_textformat_whole(node, INT_MIN, INT_MAX, r->file, &value, r->err));
    if (value != 1)
        return hax_textformat_fail(node, r->file, r->err, "%s %lld is not supported; only 1 is",
                                   node->name, (long long) value);
    return HAX_OK;
}

static hax_status take_coefficient(reading *r, const hax_textformat_node *node)
{
    return hax_textformat_real(node, r->file, &r->coefficients[r->coefficient_count++], r->err);
}

static hax_status take_bool(const reading *r, const hax_textformat_node *node, size_t offset)
{
    return hax_textformat_bool(node, r->file, (bool *) ((char *) r->params + offset), r->err);
}

static hax_status take_real(const reading *r, const hax_textformat_node *node, size_t offset)
{
    return hax_textformat_real(node, r->file, (float *) ((char *) r->params + offset), r->err);
}

static hax_status take_field(reading *r, const hax_textformat_node *node, const field_rule *field,
                             int times)
{
    switch (field->kind) {
    case FIELD_NONE: return HAX_OK;
    case FIELD_COUNT: return take_whole(r, node, 0, COUNT_MAX, field->offset);
    case FIELD_SIZE: return take_whole(r, node, 0, WINDOW_MAX, field->offset);
    case FIELD_AXIS: return take_whole(r, node, -HAX_MAX_RANK, HAX_MAX_RANK, field->offset);
    case FIELD_BOOL: return take_bool(r, node, field->offset);
    case FIELD_REAL: return take_real(r, node, field->offset);
    case FIELD_PAIR: return take_pair(r, node, field, times);
    case FIELD_POOL: return take_pool(r, node);
    case FIELD_ROUND: return take_round(r, node);
    case FIELD_REGION: return take_region(r, node);
    case FIELD_OPERATION: return take_operation(r, node);
    case FIELD_COEFFICIENT: return take_coefficient(r, node);
    case FIELD_SHAPE: return hax_caffe_read_shape(node, r->file, &r->params->shape, r->err);
    case FIELD_ONE_AXIS: return take_one_axis(r, node);
    }
    return HAX_OK;
}

/* ---- shapes ------------------------------------------------------------------------------ */

hax_status hax_caffe_add_dim(const hax_textformat_node *node, const char *file, hax_shape *shape,
                             hax_error *err)
{
    int64_t value;
    HAX_TRY(hax_textformat_whole(node, 1, INT64_MAX, file, &value, err));
    if (shape->rank == 4)
        return hax_textformat_fail(node, file, err,
                                   "a fifth dimension of an input; give 2 to 4 (N, C, H, W)");
    shape->dims[shape->rank] = shape->rank == 0 ? 1 : value;
    shape->rank++;
    return HAX_OK;
}

hax_status hax_caffe_read_shape(const hax_textformat_node *message, const char *file,
                                hax_shape *shape, hax_error *err)
{
    HAX_TRY(hax_textformat_expect_message(message, file, err));
    *shape = (hax_shape){ 0 };
    for (const hax_textformat_node *node = message->first; node; node = node->next) {
        if (strcmp(node->name, "dim") != 0)
            return hax_textformat_fail(node, file, err, "a shape has no field '%.60s', only dim",
                                       node->name);
        HAX_TRY(hax_caffe_add_dim(node, file, shape, err));
    }
    if (shape->rank < 2)
        return hax_textformat_fail(
            message, file, err, "an input of %d dimensions; give 2 to 4 (N, C, H, W)", shape->rank);
    return HAX_OK;
}

/* ---- messages ------------------------------------------------------------------------------ */

static hax_status read_message(reading *r, const hax_textformat_node *message)
{
    HAX_TRY(hax_textformat_expect_message(message, r->file, r->err));
    for (const hax_textformat_node *node = message->first; node; node = node->next) {
        int f = 0;
        while (f < RULES_MAX && r->rule->fields[f].name &&
               strcmp(r->rule->fields[f].name, node->name) != 0)
            f++;
        if (f == RULES_MAX || !r->rule->fields[f].name)
            return hax_textformat_fail(node, r->file, r->err,
                                       "%s has no field '%.60s'; is it misspelt?", r->rule->name,
                                       node->name);
        const field_rule *field = &r->rule->fields[f];
        bool repeats = field->kind == FIELD_PAIR || field->kind == FIELD_COEFFICIENT;
        if (++r->seen[f] > 1 && !repeats)
            return hax_textformat_fail(node, r->file, r->err, "'%.60s' is given twice", node->name);
        HAX_TRY(take_field(r, node, field, r->seen[f]));
    }
    return HAX_OK;
}

/* Caffe's rule: kernel_size or kernel_h and kernel_w, not both; so for stride and pad. */
static hax_status check_pairs(const reading *r, const hax_textformat_node *message)
{
    for (int f = 0; f < RULES_MAX && r->rule->fields[f].name; f++) {
        if (r->rule->fields[f].kind != FIELD_PAIR || r->seen[f] == 0)
            continue;
        for (int g = 0; g < RULES_MAX && r->rule->fields[g].name; g++) {
            const field_rule *other = &r->rule->fields[g];
            bool same = other->offset == r->rule->fields[f].offset ||
                        other->offset == r->rule->fields[f].width_offset;
            if (other->kind == FIELD_SIZE && r->seen[g] && same)
                return hax_textformat_fail(message, r->file, r->err, "%s and %s are given both",
                                           r->rule->fields[f].name, other->name);
        }
    }
    return HAX_OK;
}

/* What Caffe takes when the file says nothing. */
static hax_layer_params defaults(hax_op op)
{
    hax_layer_params params = { 0 };
    bool convolves = op == HAX_OP_CONVOLUTION || op == HAX_OP_DECONVOLUTION;
    if (convolves || op == HAX_OP_POOLING)
        params.window =
            (hax_window){ .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1 };
    if (convolves)
        params.group = 1;
    if (convolves || op == HAX_OP_INNER_PRODUCT)
        params.bias = true;
    if (op == HAX_OP_INNER_PRODUCT || op == HAX_OP_CONCAT || op == HAX_OP_SOFTMAX)
        params.axis = 1;
    if (op == HAX_OP_BATCH_NORM)
        params.epsilon = 1e-5F;
    if (op == HAX_OP_ELU || op == HAX_OP_POWER || op == HAX_OP_EXP || op == HAX_OP_LOG)
        params.alpha = 1;
    if (op == HAX_OP_POWER)
        params.power = 1;
    if (op == HAX_OP_LRN) {
        params.lrn_size = 5;
        params.lrn_alpha = 1;
        params.lrn_beta = 0.75F;
        params.lrn_k = 1;
    }
    return params;
}

/* What follows from the fields together. */
static hax_status settle(const reading *r, const hax_textformat_node *node,
                         const hax_layer_spec *layer)
{
    hax_layer_params *params = r->params;
    params->window.pad_bottom = params->window.pad_top;
    params->window.pad_right = params->window.pad_left;
    if (params->global) /* its window is the plane, whatever else was said */
        params->window = (hax_window){ 1, 1, 1, 1, 0, 0, 0, 0, 1, 1 };
    bool base = layer->op == HAX_OP_EXP || layer->op == HAX_OP_LOG;
    if (base && params->power != -1 && params->power != 0 &&
        (params->power < 0 || params->power == 1))
        return hax_textformat_fail(node, r->file, r->err,
                                   "base must be -1 (for e), or positive and not 1");
    if (base && params->power < 0)
        params->power = 0;
    if (params->epsilon < 0)
        return hax_textformat_fail(node, r->file, r->err, "eps is negative");
    bool plain = true;
    for (int i = 0; i < r->coefficient_count; i++)
        plain = plain && r->coefficients[i] == 1.0F;
    if (r->coefficient_count && r->coefficient_count != layer->bottom_count)
        return hax_textformat_fail(node, r->file, r->err, "%d coeff for %d bottoms",
                                   r->coefficient_count, layer->bottom_count);
    if (r->coefficient_count && params->eltwise == HAX_ELTWISE_PRODUCT)
        return hax_textformat_fail(node, r->file, r->err, "coeff goes with SUM, not with PROD");
    params->coefficients = plain || params->eltwise != HAX_ELTWISE_SUM ? NULL : r->coefficients;
    return HAX_OK;
}

static int count_fields(const hax_textformat_node *message)
{
    int count = 0;
    for (const hax_textformat_node *node = message->first; node; node = node->next)
        count++;
    return count;
}

static hax_status read_ruled(reading *r, const hax_textformat_node *message,
                             const hax_layer_spec *layer)
{
    const hax_textformat_node *found = NULL;
    for (const hax_textformat_node *node = message->first; node; node = node->next) {
        if (strcmp(node->name, r->rule->name) != 0)
            continue;
        if (found)
            return hax_textformat_fail(node, r->file, r->err, "'%.60s' is given twice", node->name);
        found = node;
        size_t fields = (size_t) count_fields(node);
        if (layer->op == HAX_OP_ELTWISE)
            r->coefficients = hax_arena_alloc(r->list->arena, fields, sizeof(float));
        if (layer->op == HAX_OP_ELTWISE && !r->coefficients)
            return hax_fail_memory(r->err, "a network");
        HAX_TRY(read_message(r, node));
        HAX_TRY(check_pairs(r, node));
    }
    return settle(r, found ? found : message, layer);
}

hax_status hax_caffe_read_params(const hax_textformat_node *message, hax_layer_list *list,
                                 hax_layer_spec *layer, hax_error *err)
{
    layer->params = defaults(layer->op);
    for (size_t m = 0; m < sizeof messages / sizeof *messages; m++) {
        if (messages[m].op != layer->op)
            continue;
        reading r = { .rule = &messages[m],
                      .params = &layer->params,
                      .file = list->file,
                      .err = err,
                      .list = list };
        HAX_TRY(read_ruled(&r, message, layer));
    }
    if (layer->op == HAX_OP_INPUT && layer->params.shape.rank == 0)
        return hax_textformat_fail(
            message, list->file, err,
            "layer '%.100s' (Input) states no shape; give input_param { shape { "
            "dim: ... } }",
            layer->name);
    return HAX_OK;
}
