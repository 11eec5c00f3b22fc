/* Nodes of an ONNX graph, made into layers; a constant joins the list when a layer reads it. */
#include "onnx/nodes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/operators.h"
#include "onnx/tensor.h"
#include "text.h"

/* ---- what cannot be run ---------------------------------------------------------------------- */

static bool is_constant(const hax_onnx_node *node)
{
    return strcmp(node->op, "Constant") == 0 &&
           (node->domain[0] == '\0' || strcmp(node->domain, "ai.onnx") == 0);
}

static bool is_one_of(const char *op, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(op, *names) == 0)
            return true;
    return false;
}

/* Why an operation is not in the table, where the reason is worth more than the fact. */
static const char *reason(const hax_onnx_model *model, const hax_onnx_node *node)
{
    static const char *const control[] = { "If", "Loop", "Scan", "SequenceMap", NULL };
    static const char *const quantised[] = { "QuantizeLinear",        "DequantizeLinear",
                                             "DynamicQuantizeLinear", "QLinearConv",
                                             "QLinearMatMul",         "ConvInteger",
                                             "MatMulInteger",         NULL };
    for (int f = 0; f < model->function_count; f++)
        if (strcmp(model->functions[f].name, node->op) == 0 &&
            strcmp(model->functions[f].domain, node->domain) == 0)
            return "it calls a function of the model: put the functions' nodes in their place "
                   "(onnx.inliner)";
    if (node->domain[0] != '\0')
        return "its domain is not ONNX's own";
    if (is_one_of(node->op, control))
        return "it holds a graph of its own, and what runs would depend on values: export the "
               "network without it";
    if (is_one_of(node->op, quantised))
        return "the network is quantised: export it in 32-bit float";
    return "this operation is not supported";
}

/* Names of the other operations that are missing too, each once. */
static void list_others(const hax_onnx_model *model, const hax_onnx_order *order,
                        const hax_onnx_node *first, hax_text *text)
{
    enum { SHOWN = 8 };
    const char *names[SHOWN];
    int shown = 0;
    for (int i = 0; i < order->count; i++) {
        const hax_onnx_node *node = &model->nodes[order->nodes[i]];
        bool listed = is_constant(node) || hax_onnx_operator_find(node, model->opset) ||
                      strcmp(node->op, first->op) == 0;
        for (int s = 0; s < shown && !listed; s++)
            listed = strcmp(names[s], node->op) == 0;
        if (listed)
            continue;
        if (shown == SHOWN) {
            hax_text_append(text, ", ...");
            return;
        }
        hax_text_printf(text, "%s%.60s", shown ? ", " : "; nor are ", node->op);
        names[shown++] = node->op;
    }
}

hax_status hax_onnx_check_operations(const hax_onnx_source *source, const hax_onnx_model *model,
                                     const hax_onnx_order *order)
{
    for (int i = 0; i < order->count; i++) {
        const hax_onnx_node *node = &model->nodes[order->nodes[i]];
        if (is_constant(node) || hax_onnx_operator_find(node, model->opset))
            continue;
        const hax_onnx_reading reading = { source, node, model->opset };
        char others_buffer[HAX_ERROR_MESSAGE_MAX];
        hax_text others = hax_text_in(others_buffer, sizeof others_buffer);
        list_others(model, order, node, &others);
        hax_status status =
            hax_onnx_node_fail(&reading, "%s%s%s%s", reason(model, node),
                               node->domain[0] ? ": " : "", node->domain, hax_text_get(&others));
        return status;
    }
    return HAX_OK;
}

/* ---- constants ------------------------------------------------------------------------------- */

typedef struct builder {
    const hax_onnx_source *source;
    const hax_onnx_model *model;
    const hax_onnx_order *order;
    hax_layer_list *list;
    hax_onnx_names used;        /* names of layers */
    hax_onnx_names read;        /* tensors that needed nodes read, or that are outputs */
    hax_onnx_names empty;       /* outputs of Constant nodes without elements */
    bool *added;                /* [tensor_count] initializers that are in the list */
    const hax_onnx_node *named; /* the node that the last layer was named after, and in which try */
    int named_turn;
    const hax_onnx_node *last; /* the node of the last layer */
    int place;                 /* of the node in the order, from 1 */
} builder;

static bool has_elements(const hax_onnx_tensor *tensor)
{
    for (int d = 0; d < tensor->shape.rank; d++)
        if (tensor->shape.dims[d] == 0)
            return false;
    return true;
}

/* A list of numbers as a constant of one dimension, a single one of none. */
static hax_status add_numbers(const builder *builder, const char *name,
                              const hax_onnx_attribute *from)
{
    bool single = from->type == ONNX_ATTRIBUTE_REAL || from->type == ONNX_ATTRIBUTE_WHOLE;
    bool whole = from->type == ONNX_ATTRIBUTE_WHOLE || from->type == ONNX_ATTRIBUTE_WHOLES;
    hax_shape shape = { .rank = single ? 0 : 1, .dims = { from->count } };
    hax_layer_constant *constant = hax_layer_list_add_constant(builder->list, name, &shape);
    size_t count = single ? 1 : (size_t) from->count;
    if (!constant)
        return hax_fail_memory(builder->source->err, "a network");
    void *copy =
        hax_arena_alloc(builder->source->arena, count, whole ? sizeof(int64_t) : sizeof(float));
    if (!copy)
        return hax_fail_memory(builder->source->err, "a network");
    constant->is_whole = whole;
    if (whole)
        constant->integers =
            memcpy(copy, single ? &from->whole : from->wholes, count * sizeof(int64_t));
    else
        constant->real = memcpy(copy, single ? &from->real : from->reals, count * sizeof(float));
    return HAX_OK;
}

static hax_status add_value(builder *builder, const hax_onnx_reading *reading, const char *name,
                            const hax_onnx_attribute *value)
{
    hax_onnx_tensor tensor;
    bool list = value->type == ONNX_ATTRIBUTE_REALS || value->type == ONNX_ATTRIBUTE_WHOLES;
    switch (value->type) {
    case ONNX_ATTRIBUTE_TENSOR:
        HAX_TRY(hax_onnx_parse_tensor(builder->source, value->tensor, &tensor));
        if (!has_elements(&tensor))
            break;
        tensor.name = name;
        return hax_onnx_add_constant(builder->source, &tensor, name, builder->list);
    case ONNX_ATTRIBUTE_REAL:
    case ONNX_ATTRIBUTE_WHOLE:
    case ONNX_ATTRIBUTE_REALS:
    case ONNX_ATTRIBUTE_WHOLES:
        if (list && value->count == 0)
            break;
        return add_numbers(builder, name, value);
    default:
        return hax_onnx_node_fail(reading,
                                  "its attribute '%.60s' is of type %lld; numbers and dense "
                                  "tensors are supported",
                                  value->name, (long long) value->type);
    }
    hax_onnx_names_add(&builder->empty, name, 1);
    return HAX_OK;
}

static hax_status add_constant_node(builder *builder, const hax_onnx_reading *reading)
{
    const hax_onnx_node *node = reading->node;
    hax_onnx_attribute value;
    if (node->attribute_count != 1 || node->output_count != 1 || node->outputs[0][0] == '\0')
        return hax_onnx_node_fail(reading,
                                  "a constant has one output and one attribute, its value");
    HAX_TRY(hax_onnx_parse_attribute(builder->source, node->attributes[0], &value));
    return add_value(builder, reading, node->outputs[0], &value);
}

/* What a layer reads: *name becomes "" for a constant without elements, which stands for an
 * operand that is left out where an operator allows that. */
static hax_status need(builder *builder, const hax_onnx_reading *reading, hax_op op,
                       const char **name)
{
    int tensor = hax_onnx_names_get(&builder->order->initializers, *name, -1);
    bool empty = hax_onnx_names_get(&builder->empty, *name, 0) ||
                 (tensor >= 0 && !has_elements(&builder->model->tensors[tensor]));
    bool reduces = op == HAX_OP_REDUCE_MEAN || op == HAX_OP_REDUCE_SUM || op == HAX_OP_REDUCE_MAX;
    if (empty && (op == HAX_OP_RESIZE || reduces)) {
        *name = "";
        return HAX_OK;
    }
    if (empty)
        return hax_onnx_node_fail(reading, "its input '%.100s' is a constant without elements",
                                  *name);
    if (tensor < 0 || builder->added[tensor])
        return HAX_OK;
    builder->added[tensor] = true;
    return hax_onnx_add_constant(builder->source, &builder->model->tensors[tensor], *name,
                                 builder->list);
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* A name of its own for every layer: the node's, else operation and index, as older exporters
 * write them. */
static hax_status name_layer(builder *builder, const hax_onnx_node *node, const char **name)
{
    char text[4096 + 64];
    /* a sum of thousands has as many layers: the names tried for the last one are taken */
    for (int turn = builder->named == node ? builder->named_turn : 0;; turn++) {
        if (node->name[0] != '\0' && turn == 0)
            snprintf(text, sizeof text, "%s", node->name);
        else if (turn <= 1)
            snprintf(text, sizeof text, "%s_%d", node->name[0] ? node->name : node->op,
                     node->index);
        else
            snprintf(text, sizeof text, "%s_%d_%d", node->name[0] ? node->name : node->op,
                     node->index, turn);
        if (hax_onnx_names_get(&builder->used, text, 0))
            continue;
        *name = hax_arena_string(builder->source->arena, text);
        if (!*name)
            return hax_fail_memory(builder->source->err, "a network");
        hax_onnx_names_add(&builder->used, *name, 1);
        builder->named = node;
        builder->named_turn = turn;
        return HAX_OK;
    }
}

static hax_status add_layer(builder *builder, const hax_onnx_node *node, hax_op op,
                            const hax_layer_params *params, const char *const *bottoms,
                            int bottom_count, const char *const *tops, int top_count)
{
    const char *name;
    HAX_TRY(name_layer(builder, node, &name));
    hax_layer_spec *layer = hax_layer_list_add(builder->list, op, name);
    if (layer) {
        layer->params = *params;
        layer->name_source = builder->last == node           ? LAYER_NAME_OF_PART
                             : strcmp(name, node->name) == 0 ? LAYER_NAME_OF_FILE
                                                             : LAYER_NAME_MADE;
        builder->last = node;
        layer->origin = builder->place;
        hax_layer_list_set_bottoms(builder->list, layer, bottoms, bottom_count);
        hax_layer_list_set_tops(builder->list, layer, tops, top_count);
    }
    return builder->list->failed ? hax_fail_memory(builder->source->err, "a network") : HAX_OK;
}

/* A tensor between the layers that one node becomes. */
static const char *between(const builder *builder, const hax_onnx_node *node, const char *what)
{
    char text[ONNX_NODE_TEXT];
    snprintf(text, sizeof text, "(%.60s %d, %s)", node->op, node->index, what);
    return hax_arena_string(builder->source->arena, text);
}

static hax_status name_parts(const builder *builder, const hax_onnx_node *node,
                             const char *const *what, int count, const char **parts)
{
    for (int p = 0; p < count; p++) {
        parts[p] = between(builder, node, what[p]);
        if (!parts[p])
            return hax_fail_memory(builder->source->err, "a network");
    }
    return HAX_OK;
}

/* a, b, c: first a with b, then that with c. One input alone passes. */
static hax_status add_chain(builder *builder, const hax_onnx_node *node, hax_op op,
                            const hax_layer_params *params, const char *const *bottoms)
{
    if (node->input_count == 1)
        return add_layer(builder, node, HAX_OP_IDENTITY, params, bottoms, 1, node->outputs, 1);
    const char *pair[] = { bottoms[0], NULL };
    for (int i = 1; i < node->input_count; i++) {
        char text[40];
        bool last = i + 1 == node->input_count;
        pair[1] = bottoms[i];
        snprintf(text, sizeof text, "first %d", i + 1);
        const char *top = last ? node->outputs[0] : between(builder, node, text);
        HAX_TRY(add_layer(builder, node, op, params, pair, 2, &top, 1));
        pair[0] = top;
    }
    return HAX_OK;
}

static hax_status add_single(const builder *builder, const char *name, float value)
{
    const hax_shape one = { 0 };
    hax_layer_constant *constant =
        name ? hax_layer_list_add_constant(builder->list, name, &one) : NULL;
    float *copy = hax_arena_alloc(builder->source->arena, 1, sizeof *copy);
    if (!constant || !copy)
        return hax_fail_memory(builder->source->err, "a network");
    *copy = value;
    constant->real = copy;
    return HAX_OK;
}

/*
 * A LayerNormalization as its definition has it: d = x - mean(x), y = d / sqrt(mean(d d) +
 * epsilon), times the scale, plus the bias.
 */
static hax_status add_layer_norm(builder *builder, const hax_onnx_reading *reading,
                                 const hax_layer_params *told, const char *const *bottoms,
                                 int count)
{
    enum { MEAN, LESS, SQUARE, VARIANCE, MORE, ROOT, RATIO, SCALED, PARTS };
    static const char *const what[PARTS] = { "mean", "less", "square", "variance",
                                             "more", "root", "ratio",  "scaled" };
    const hax_onnx_node *node = reading->node;
    const char *part[PARTS], *epsilon = between(builder, node, "epsilon");
    hax_layer_params plain = { 0 };
    hax_layer_params mean = { .keep_dims = true, .to_last = true, .axis = told->axis };
    HAX_TRY(name_parts(builder, node, what, PARTS, part));
    HAX_TRY(add_single(builder, epsilon, told->epsilon));
    if (count < 3)
        part[SCALED] = node->outputs[0];
    const struct {
        hax_op op;
        const char *bottoms[2];
        const char *top;
    } steps[] = {
        { HAX_OP_REDUCE_MEAN, { bottoms[0], NULL }, part[MEAN] },
        { HAX_OP_SUB, { bottoms[0], part[MEAN] }, part[LESS] },
        { HAX_OP_MUL, { part[LESS], part[LESS] }, part[SQUARE] },
        { HAX_OP_REDUCE_MEAN, { part[SQUARE], NULL }, part[VARIANCE] },
        { HAX_OP_ADD, { part[VARIANCE], epsilon }, part[MORE] },
        { HAX_OP_SQRT, { part[MORE], NULL }, part[ROOT] },
        { HAX_OP_DIV, { part[LESS], part[ROOT] }, part[RATIO] },
        { HAX_OP_MUL, { part[RATIO], bottoms[1] }, part[SCALED] },
        { HAX_OP_ADD, { part[SCALED], count < 3 ? NULL : bottoms[2] }, node->outputs[0] },
    };
    int step_count = (int) (sizeof steps / sizeof *steps) - (count < 3);
    for (int s = 0; s < step_count; s++)
        HAX_TRY(add_layer(builder, node, steps[s].op,
                          steps[s].op == HAX_OP_REDUCE_MEAN ? &mean : &plain, steps[s].bottoms,
                          steps[s].bottoms[1] ? 2 : 1, &steps[s].top, 1));
    return HAX_OK;
}

/* Exp and Log have Caffe's scale. */
static const hax_layer_params unscaled = { .alpha = 1 };

/* log(softmax(x)) without its small numbers: d = x - max(x), y = d - log(sum(exp(d))). */
static hax_status add_log_softmax(builder *builder, const hax_onnx_node *node,
                                  const hax_layer_params *told, const char *bottom)
{
    enum { LARGEST, LESS, POWERS, SUM, LOG, PARTS };
    static const char *const what[PARTS] = { "largest", "less", "powers", "sum", "log" };
    const char *part[PARTS];
    const hax_layer_params plain = { 0 };
    hax_layer_params along = { .keep_dims = true };
    HAX_TRY(name_parts(builder, node, what, PARTS, part));
    along.to_last = told->softmax_flat;
    along.axis = told->axis;
    if (!along.to_last) {
        int64_t *axis = hax_arena_alloc(builder->source->arena, 1, sizeof *axis);
        if (!axis)
            return hax_fail_memory(builder->source->err, "a network");
        *axis = told->axis;
        along.axes = (hax_layer_longs){ 1, axis };
    }
    const char *const differ[] = { bottom, part[LARGEST] }, *const last[] = { part[LESS],
                                                                              part[LOG] };
    HAX_TRY(add_layer(builder, node, HAX_OP_REDUCE_MAX, &along, &bottom, 1, &part[LARGEST], 1));
    HAX_TRY(add_layer(builder, node, HAX_OP_SUB, &plain, differ, 2, &part[LESS], 1));
    HAX_TRY(add_layer(builder, node, HAX_OP_EXP, &unscaled, &part[LESS], 1, &part[POWERS], 1));
    HAX_TRY(add_layer(builder, node, HAX_OP_REDUCE_SUM, &along, &part[POWERS], 1, &part[SUM], 1));
    HAX_TRY(add_layer(builder, node, HAX_OP_LOG, &unscaled, &part[SUM], 1, &part[LOG], 1));
    return add_layer(builder, node, HAX_OP_SUB, &plain, last, 2, node->outputs, 1);
}

/* A reduction with something before it, behind it, or both. */
static hax_status add_around(builder *builder, const hax_onnx_node *node, hax_onnx_around around,
                             hax_op op, const hax_layer_params *params, const char *const *bottoms,
                             int count)
{
    const char *reduced[2] = { bottoms[0], count > 1 ? bottoms[1] : NULL };
    const char *const twice[] = { bottoms[0], bottoms[0] };
    const char *before = between(builder, node, "before"), *result = node->outputs[0];
    assert(count <= 2);
    if (around.after != HAX_OP_INPUT)
        result = between(builder, node, "reduced");
    if (!before || !result)
        return hax_fail_memory(builder->source->err, "a network");
    if (around.before != HAX_OP_INPUT) {
        HAX_TRY(add_layer(builder, node, around.before, &unscaled, twice,
                          around.before == HAX_OP_MUL ? 2 : 1, &before, 1));
        reduced[0] = before;
    }
    HAX_TRY(add_layer(builder, node, op, params, reduced, count, &result, 1));
    return around.after == HAX_OP_INPUT
               ? HAX_OK
               : add_layer(builder, node, around.after, &unscaled, &result, 1, node->outputs, 1);
}

/* ---- windows of one dimension ---------------------------------------------------------------- */

static int rank_of_constant(const builder *builder, const char *name)
{
    int tensor = hax_onnx_names_get(&builder->order->initializers, name, -1);
    if (tensor >= 0)
        return builder->model->tensors[tensor].shape.rank;
    for (const hax_layer_constant *known = builder->list->constants; known; known = known->next)
        if (strcmp(known->name, name) == 0)
            return known->shape.rank;
    return 0;
}

/* By its attributes, or by its weights where these say nothing. */
static bool is_over_line(const builder *builder, hax_op op, const hax_layer_params *params,
                         const char *const *bottoms, int count)
{
    bool weights = op == HAX_OP_CONVOLUTION || op == HAX_OP_DECONVOLUTION;
    if (params->window_rank == 0 && weights && count > 1)
        return rank_of_constant(builder, bottoms[1]) == 3;
    return params->window_rank == 1;
}

/* The same over planes of height 1: input and weights gain the dimension, the output loses it. */
static hax_status add_over_line(builder *builder, const hax_onnx_node *node, hax_op op,
                                const hax_layer_params *params, const char *const *bottoms,
                                int count)
{
    static const int64_t height[] = { 2 };
    const hax_layer_params axis = { .axes = { 1, height } };
    const char *as_planes[3], *plane = between(builder, node, "plane");
    assert(count <= 3);
    for (int b = 0; b < count; b++) {
        as_planes[b] =
            b < 2 ? between(builder, node, b ? "weights of planes" : "planes") : bottoms[b];
        if (!as_planes[b] || !plane)
            return hax_fail_memory(builder->source->err, "a network");
        if (b < 2)
            HAX_TRY(add_layer(builder, node, HAX_OP_UNSQUEEZE, &axis, &bottoms[b], 1, &as_planes[b],
                              1));
    }
    HAX_TRY(add_layer(builder, node, op, params, as_planes, count, &plane, 1));
    return add_layer(builder, node, HAX_OP_SQUEEZE, &axis, &plane, 1, node->outputs, 1);
}

/* Further outputs of a node, such as a Dropout's mask, exist in training only. */
static hax_status check_further_outputs(const builder *builder, const hax_onnx_reading *reading)
{
    const hax_onnx_node *node = reading->node;
    for (int o = 1; o < node->output_count; o++)
        if (hax_onnx_names_get(&builder->read, node->outputs[o], 0))
            return hax_onnx_node_fail(reading,
                                      "its output %d ('%.100s') is used; only the first one is "
                                      "supported",
                                      o, node->outputs[o]);
    return HAX_OK;
}

/* Every part of a Split needs a name, also where nobody reads it. */
static hax_status part_names(const builder *builder, const hax_onnx_node *node, const char ***names)
{
    *names = hax_arena_alloc(builder->source->arena, (size_t) node->output_count, sizeof **names);
    for (int o = 0; *names && o < node->output_count; o++) {
        char text[40];
        snprintf(text, sizeof text, "part %d", o);
        (*names)[o] = node->outputs[o][0] ? node->outputs[o] : between(builder, node, text);
        if (!(*names)[o])
            return hax_fail_memory(builder->source->err, "a network");
    }
    return *names ? HAX_OK : hax_fail_memory(builder->source->err, "a network");
}

/* Dropout's third input says whether it trains; the second, how much, has no effect then. */
static hax_status check_dropout(const builder *builder, const hax_onnx_reading *reading)
{
    const hax_onnx_node *node = reading->node;
    if (node->input_count < 3 || node->inputs[2][0] == '\0')
        return HAX_OK;
    for (const hax_layer_constant *known = builder->list->constants; known; known = known->next)
        if (strcmp(known->name, node->inputs[2]) == 0 && known->is_whole && known->integers[0] == 0)
            return HAX_OK;
    return hax_onnx_node_fail(reading, "it drops values, as in training, or may: its input "
                                       "training_mode must be the constant false");
}

static int bottoms_of(const hax_onnx_node *node, hax_op op)
{
    int count = op == HAX_OP_DROPOUT || op == HAX_OP_IDENTITY ? 1 : node->input_count;
    while (count > 1 && node->inputs[count - 1][0] == '\0')
        count--;
    return count;
}

static hax_status collect_bottoms(builder *builder, const hax_onnx_reading *reading, hax_op op,
                                  const char ***bottoms, int *count)
{
    const hax_onnx_node *node = reading->node;
    bool upsample =
        op == HAX_OP_RESIZE && builder->model->opset < 11; /* or its forerunner, Resize */
    *bottoms =
        hax_arena_alloc(builder->source->arena, (size_t) node->input_count + 1, sizeof **bottoms);
    if (!*bottoms)
        return hax_fail_memory(builder->source->err, "a network");
    *count = 0;
    for (int i = 0; i < node->input_count; i++) {
        const char *name = node->inputs[i];
        HAX_TRY(need(builder, reading, op, &name));
        if (i == 1 && upsample) /* where later versions have the region of interest */
            (*bottoms)[(*count)++] = "";
        (*bottoms)[(*count)++] = name;
    }
    int kept = bottoms_of(node, op);
    *count = kept < node->input_count ? kept : *count;
    while (*count > 1 && (*bottoms)[*count - 1][0] == '\0')
        --*count;
    return HAX_OK;
}

static hax_status add_node(builder *builder, const hax_onnx_reading *reading)
{
    const hax_onnx_node *node = reading->node;
    hax_layer_params params;
    hax_op op;
    const char **bottoms = NULL, **parts = NULL;
    int count = 0;
    bool nothing = false;
    const hax_onnx_operator *from = hax_onnx_operator_find(node, reading->opset);
    assert(from); /* hax_onnx_check_operations has been before */
    const hax_onnx_around around = hax_onnx_operator_around(from);
    HAX_TRY(hax_onnx_operator_read(reading, from, &params, &op));
    HAX_TRY(collect_bottoms(builder, reading, op, &bottoms, &count));
    if (hax_onnx_operator_reduces(from) && count < 2 && params.axes.count == 0)
        HAX_TRY(hax_onnx_reduces_nothing(reading, &nothing));
    bool is_around = around.before != HAX_OP_INPUT || around.after != HAX_OP_INPUT;
    if (nothing && is_around)
        return hax_onnx_node_fail(reading, "it has no axes and noop_with_empty_axes, which is not "
                                           "supported of this operator");
    if (nothing)
        op = HAX_OP_IDENTITY;
    if (hax_onnx_operator_is_chain(from))
        return add_chain(builder, node, op, &params, bottoms);
    if (op == HAX_OP_SPLIT) {
        HAX_TRY(part_names(builder, node, &parts));
        return add_layer(builder, node, op, &params, bottoms, count, parts, node->output_count);
    }
    HAX_TRY(check_further_outputs(builder, reading));
    if (op == HAX_OP_DROPOUT)
        HAX_TRY(check_dropout(builder, reading));
    if (hax_onnx_operator_form(from) == HAX_ONNX_LAYER_NORM)
        return add_layer_norm(builder, reading, &params, bottoms, count);
    if (hax_onnx_operator_form(from) == HAX_ONNX_LOG_SOFTMAX)
        return add_log_softmax(builder, node, &params, bottoms[0]);
    if (is_around)
        return add_around(builder, node, around, op, &params, bottoms, count);
    if (is_over_line(builder, op, &params, bottoms, count))
        return add_over_line(builder, node, op, &params, bottoms, count);
    return add_layer(builder, node, op, &params, bottoms, count, node->outputs, 1);
}

static void find_read(builder *builder)
{
    for (int i = 0; i < builder->order->count; i++) {
        const hax_onnx_node *node = &builder->model->nodes[builder->order->nodes[i]];
        for (int b = 0; b < node->input_count; b++)
            if (node->inputs[b][0] != '\0')
                hax_onnx_names_add(&builder->read, node->inputs[b], 1);
    }
    for (int o = 0; o < builder->model->output_count; o++)
        hax_onnx_names_add(&builder->read, builder->model->outputs[o].name, 1);
}

static hax_status add_all(builder *builder)
{
    for (int i = 0; i < builder->order->count; i++) {
        const hax_onnx_node *node = &builder->model->nodes[builder->order->nodes[i]];
        const hax_onnx_reading reading = { builder->source, node, builder->model->opset };
        builder->place = i + 1;
        if (is_constant(node))
            HAX_TRY(add_constant_node(builder, &reading));
        else
            HAX_TRY(add_node(builder, &reading));
    }
    return HAX_OK;
}

hax_status hax_onnx_add_nodes(const hax_onnx_source *source, const hax_onnx_model *model,
                              const hax_onnx_order *order, hax_layer_list *list)
{
    size_t inputs = (size_t) model->output_count;
    for (int i = 0; i < order->count; i++)
        inputs += (size_t) model->nodes[order->nodes[i]].input_count;
    builder context = { .source = source,
                        .model = model,
                        .order = order,
                        .list = list,
                        .added = calloc((size_t) model->tensor_count + 1, sizeof *context.added) };
    enum { LAYERS_OF_A_NODE = 9 }; /* at most, chains apart */
    bool capacity =
        hax_onnx_names_init(&context.used, inputs + LAYERS_OF_A_NODE * (size_t) order->count);
    capacity = hax_onnx_names_init(&context.read, inputs) && capacity;
    capacity =
        hax_onnx_names_init(&context.empty, (size_t) order->count) && capacity && context.added;
    if (capacity)
        find_read(&context);
    hax_status status = capacity ? add_all(&context) : hax_fail_memory(source->err, "a network");
    free(context.added);
    hax_onnx_names_free(&context.used);
    hax_onnx_names_free(&context.read);
    hax_onnx_names_free(&context.empty);
    return status;
}
