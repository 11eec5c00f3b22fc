/* Nodes of an ONNX graph, made into layers; a constant joins the list when a layer reads it. */
#include "onnx/nodes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/operators.h"
#include "onnx/tensor.h"
#include "text.h"

/* ---- what cannot be run
 * -------------------------------------------------------------------------- */

static bool is_constant(const onnx_node *node)
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
static const char *reason(const onnx_model *model, const onnx_node *node)
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
static void list_others(const onnx_model *model, const onnx_order *order, const onnx_node *first,
                        hax_text *text)
{
    enum { SHOWN = 8 };
    const char *names[SHOWN];
    int shown = 0;
    for (int i = 0; i < order->count; i++) {
        const onnx_node *node = &model->nodes[order->nodes[i]];
        bool listed = is_constant(node) || onnx_operator_find(node, model->opset) ||
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

hax_status onnx_check_operations(const onnx_source *source, const onnx_model *model,
                                 const onnx_order *order)
{
    for (int i = 0; i < order->count; i++) {
        const onnx_node *node = &model->nodes[order->nodes[i]];
        if (is_constant(node) || onnx_operator_find(node, model->opset))
            continue;
        const onnx_reading at = { source, node, model->opset };
        char others_room[HAX_ERROR_MESSAGE_MAX];
        hax_text others = hax_text_in(others_room, sizeof others_room);
        list_others(model, order, node, &others);
        hax_status status =
            onnx_node_fail(&at, "%s%s%s%s", reason(model, node), node->domain[0] ? ": " : "",
                           node->domain, hax_text_get(&others));
        return status;
    }
    return HAX_OK;
}

/* ---- constants
 * --------------------------------------------------------------------------------------- */

typedef struct builder {
    const onnx_source *source;
    const onnx_model *model;
    const onnx_order *order;
    layer_list *list;
    onnx_names used;        /* names of layers */
    onnx_names read;        /* tensors that needed nodes read, or that are outputs */
    onnx_names empty;       /* outputs of Constant nodes without elements */
    bool *added;            /* [tensor_count] initializers that are in the list */
    const onnx_node *named; /* the node that the last layer was named after, and in which try */
    int named_turn;
    const onnx_node *last; /* the node of the last layer */
} builder;

static bool has_elements(const onnx_tensor *tensor)
{
    for (int d = 0; d < tensor->shape.rank; d++)
        if (tensor->shape.dims[d] == 0)
            return false;
    return true;
}

/* A list of numbers as a constant of one dimension, a single one of none. */
static hax_status add_numbers(const builder *at, const char *name, const onnx_attribute *from)
{
    bool single = from->type == ONNX_ATTRIBUTE_REAL || from->type == ONNX_ATTRIBUTE_WHOLE;
    bool whole = from->type == ONNX_ATTRIBUTE_WHOLE || from->type == ONNX_ATTRIBUTE_WHOLES;
    hax_shape shape = { .rank = single ? 0 : 1, .dims = { from->count } };
    layer_constant *made = layers_add_constant(at->list, name, &shape);
    size_t count = single ? 1 : (size_t) from->count;
    if (!made)
        return hax_fail_memory(at->source->err, "a network");
    void *copy = hax_arena_alloc(at->source->arena, count, whole ? sizeof(int64_t) : sizeof(float));
    if (!copy)
        return hax_fail_memory(at->source->err, "a network");
    made->is_whole = whole;
    if (whole)
        made->whole = memcpy(copy, single ? &from->whole : from->wholes, count * sizeof(int64_t));
    else
        made->real = memcpy(copy, single ? &from->real : from->reals, count * sizeof(float));
    return HAX_OK;
}

static hax_status add_value(builder *at, const onnx_reading *reading, const char *name,
                            const onnx_attribute *value)
{
    onnx_tensor tensor;
    bool list = value->type == ONNX_ATTRIBUTE_REALS || value->type == ONNX_ATTRIBUTE_WHOLES;
    switch (value->type) {
    case ONNX_ATTRIBUTE_TENSOR:
        HAX_TRY(onnx_parse_tensor(at->source, value->tensor, &tensor));
        if (!has_elements(&tensor))
            break;
        tensor.name = name;
        return onnx_add_constant(at->source, &tensor, name, at->list);
    case ONNX_ATTRIBUTE_REAL:
    case ONNX_ATTRIBUTE_WHOLE:
    case ONNX_ATTRIBUTE_REALS:
    case ONNX_ATTRIBUTE_WHOLES:
        if (list && value->count == 0)
            break;
        return add_numbers(at, name, value);
    default:
        return onnx_node_fail(reading,
                              "its attribute '%.60s' is of type %lld; numbers and dense "
                              "tensors are supported",
                              value->name, (long long) value->type);
    }
    onnx_names_add(&at->empty, name, 1);
    return HAX_OK;
}

static hax_status add_constant_node(builder *at, const onnx_reading *reading)
{
    const onnx_node *node = reading->node;
    onnx_attribute value;
    if (node->attribute_count != 1 || node->output_count != 1 || node->outputs[0][0] == '\0')
        return onnx_node_fail(reading, "a constant has one output and one attribute, its value");
    HAX_TRY(onnx_parse_attribute(at->source, node->attributes[0], &value));
    return add_value(at, reading, node->outputs[0], &value);
}

/* What a layer reads: *name becomes "" for a constant without elements, which stands for an
 * operand that is left out where an operator allows that. */
static hax_status need(builder *at, const onnx_reading *reading, hax_op op, const char **name)
{
    int tensor = onnx_names_get(&at->order->initializers, *name, -1);
    bool empty = onnx_names_get(&at->empty, *name, 0) ||
                 (tensor >= 0 && !has_elements(&at->model->tensors[tensor]));
    bool reduces = op == HAX_OP_REDUCE_MEAN || op == HAX_OP_REDUCE_SUM || op == HAX_OP_REDUCE_MAX;
    if (empty && (op == HAX_OP_RESIZE || reduces)) {
        *name = "";
        return HAX_OK;
    }
    if (empty)
        return onnx_node_fail(reading, "its input '%.100s' is a constant without elements", *name);
    if (tensor < 0 || at->added[tensor])
        return HAX_OK;
    at->added[tensor] = true;
    return onnx_add_constant(at->source, &at->model->tensors[tensor], *name, at->list);
}

/* ---- layers
 * ------------------------------------------------------------------------------------------- */

/* A name of its own for every layer: the node's, else operation and index, as older exporters
 * write them. */
static hax_status name_layer(builder *at, const onnx_node *node, const char **name)
{
    char text[4096 + 64];
    /* a sum of thousands has as many layers: the names tried for the last one are taken */
    for (int turn = at->named == node ? at->named_turn : 0;; turn++) {
        if (node->name[0] != '\0' && turn == 0)
            snprintf(text, sizeof text, "%s", node->name);
        else if (turn <= 1)
            snprintf(text, sizeof text, "%s_%d", node->name[0] ? node->name : node->op,
                     node->index);
        else
            snprintf(text, sizeof text, "%s_%d_%d", node->name[0] ? node->name : node->op,
                     node->index, turn);
        if (onnx_names_get(&at->used, text, 0))
            continue;
        *name = hax_arena_string(at->source->arena, text);
        if (!*name)
            return hax_fail_memory(at->source->err, "a network");
        onnx_names_add(&at->used, *name, 1);
        at->named = node;
        at->named_turn = turn;
        return HAX_OK;
    }
}

static hax_status add_layer(builder *at, const onnx_node *node, hax_op op,
                            const layer_params *params, const char *const *bottoms,
                            int bottom_count, const char *const *tops, int top_count)
{
    const char *name;
    HAX_TRY(name_layer(at, node, &name));
    layer_spec *layer = layers_add(at->list, op, name);
    if (layer) {
        layer->params = *params;
        layer->name_source = at->last == node                ? LAYER_NAME_OF_PART
                             : strcmp(name, node->name) == 0 ? LAYER_NAME_OF_FILE
                                                             : LAYER_NAME_MADE;
        at->last = node;
        layers_set_bottoms(at->list, layer, bottoms, bottom_count);
        layers_set_tops(at->list, layer, tops, top_count);
    }
    return at->list->failed ? hax_fail_memory(at->source->err, "a network") : HAX_OK;
}

/* A tensor between the layers that one node becomes. */
static const char *between(const builder *at, const onnx_node *node, const char *what)
{
    char text[ONNX_NODE_TEXT];
    snprintf(text, sizeof text, "(%.60s %d, %s)", node->op, node->index, what);
    return hax_arena_string(at->source->arena, text);
}

/* a, b, c: first a with b, then that with c. One input alone passes. */
static hax_status add_chain(builder *at, const onnx_node *node, hax_op op,
                            const layer_params *params, const char *const *bottoms)
{
    if (node->input_count == 1)
        return add_layer(at, node, HAX_OP_IDENTITY, params, bottoms, 1, node->outputs, 1);
    const char *pair[] = { bottoms[0], NULL };
    for (int i = 1; i < node->input_count; i++) {
        char text[40];
        bool last = i + 1 == node->input_count;
        pair[1] = bottoms[i];
        snprintf(text, sizeof text, "first %d", i + 1);
        const char *top = last ? node->outputs[0] : between(at, node, text);
        HAX_TRY(add_layer(at, node, op, params, pair, 2, &top, 1));
        pair[0] = top;
    }
    return HAX_OK;
}

static hax_status add_single(const builder *at, const char *name, float value)
{
    const hax_shape one = { 0 };
    layer_constant *made = name ? layers_add_constant(at->list, name, &one) : NULL;
    float *copy = hax_arena_alloc(at->source->arena, 1, sizeof *copy);
    if (!made || !copy)
        return hax_fail_memory(at->source->err, "a network");
    *copy = value;
    made->real = copy;
    return HAX_OK;
}

/*
 * A LayerNormalization as its definition has it: d = x - mean(x), y = d / sqrt(mean(d d) +
 * epsilon), times the scale, plus the bias.
 */
static hax_status add_layer_norm(builder *at, const onnx_reading *reading, const layer_params *told,
                                 const char *const *bottoms, int count)
{
    enum { MEAN, LESS, SQUARE, VARIANCE, MORE, ROOT, RATIO, SCALED, PARTS };
    static const char *const what[PARTS] = { "mean", "less", "square", "variance",
                                             "more", "root", "ratio",  "scaled" };
    const onnx_node *node = reading->node;
    const char *part[PARTS], *epsilon = between(at, node, "epsilon");
    layer_params plain = { 0 };
    layer_params mean = { .keep_dims = true, .to_last = true, .axis = told->axis };
    for (int p = 0; p < PARTS; p++) {
        part[p] = between(at, node, what[p]);
        if (!part[p])
            return hax_fail_memory(at->source->err, "a network");
    }
    HAX_TRY(add_single(at, epsilon, told->epsilon));
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
        HAX_TRY(add_layer(at, node, steps[s].op, steps[s].op == HAX_OP_REDUCE_MEAN ? &mean : &plain,
                          steps[s].bottoms, steps[s].bottoms[1] ? 2 : 1, &steps[s].top, 1));
    return HAX_OK;
}

/* ---- windows of one dimension ---------------------------------------------------------------- */

static int rank_of_constant(const builder *at, const char *name)
{
    int tensor = onnx_names_get(&at->order->initializers, name, -1);
    if (tensor >= 0)
        return at->model->tensors[tensor].shape.rank;
    for (const layer_constant *known = at->list->constants; known; known = known->next)
        if (strcmp(known->name, name) == 0)
            return known->shape.rank;
    return 0;
}

/* By its attributes, or by its weights where these say nothing. */
static bool is_over_line(const builder *at, hax_op op, const layer_params *params,
                         const char *const *bottoms, int count)
{
    bool weights = op == HAX_OP_CONVOLUTION || op == HAX_OP_DECONVOLUTION;
    if (params->window_rank == 0 && weights && count > 1)
        return rank_of_constant(at, bottoms[1]) == 3;
    return params->window_rank == 1;
}

/* The same over planes of height 1: input and weights gain the dimension, the output loses it. */
static hax_status add_over_line(builder *at, const onnx_node *node, hax_op op,
                                const layer_params *params, const char *const *bottoms, int count)
{
    static const int64_t height[] = { 2 };
    const layer_params axis = { .axes = { 1, height } };
    const char *as_planes[3], *plane = between(at, node, "plane");
    assert(count <= 3);
    for (int b = 0; b < count; b++) {
        as_planes[b] = b < 2 ? between(at, node, b ? "weights of planes" : "planes") : bottoms[b];
        if (!as_planes[b] || !plane)
            return hax_fail_memory(at->source->err, "a network");
        if (b < 2)
            HAX_TRY(add_layer(at, node, HAX_OP_UNSQUEEZE, &axis, &bottoms[b], 1, &as_planes[b], 1));
    }
    HAX_TRY(add_layer(at, node, op, params, as_planes, count, &plane, 1));
    return add_layer(at, node, HAX_OP_SQUEEZE, &axis, &plane, 1, node->outputs, 1);
}

/* Further outputs of a node, such as a Dropout's mask, exist in training only. */
static hax_status check_further_outputs(const builder *at, const onnx_reading *reading)
{
    const onnx_node *node = reading->node;
    for (int o = 1; o < node->output_count; o++)
        if (onnx_names_get(&at->read, node->outputs[o], 0))
            return onnx_node_fail(reading,
                                  "its output %d ('%.100s') is used; only the first one is "
                                  "supported",
                                  o, node->outputs[o]);
    return HAX_OK;
}

/* Every part of a Split needs a name, also where nobody reads it. */
static hax_status part_names(const builder *at, const onnx_node *node, const char ***names)
{
    *names = hax_arena_alloc(at->source->arena, (size_t) node->output_count, sizeof **names);
    for (int o = 0; *names && o < node->output_count; o++) {
        char text[40];
        snprintf(text, sizeof text, "part %d", o);
        (*names)[o] = node->outputs[o][0] ? node->outputs[o] : between(at, node, text);
        if (!(*names)[o])
            return hax_fail_memory(at->source->err, "a network");
    }
    return *names ? HAX_OK : hax_fail_memory(at->source->err, "a network");
}

/* Dropout's third input says whether it trains; the second, how much, has no effect then. */
static hax_status check_dropout(const builder *at, const onnx_reading *reading)
{
    const onnx_node *node = reading->node;
    if (node->input_count < 3 || node->inputs[2][0] == '\0')
        return HAX_OK;
    for (const layer_constant *known = at->list->constants; known; known = known->next)
        if (strcmp(known->name, node->inputs[2]) == 0 && known->is_whole && known->whole[0] == 0)
            return HAX_OK;
    return onnx_node_fail(reading, "it drops values, as in training, or may: its input "
                                   "training_mode must be the constant false");
}

static int bottoms_of(const onnx_node *node, hax_op op)
{
    int count = op == HAX_OP_DROPOUT || op == HAX_OP_IDENTITY ? 1 : node->input_count;
    while (count > 1 && node->inputs[count - 1][0] == '\0')
        count--;
    return count;
}

static hax_status collect_bottoms(builder *at, const onnx_reading *reading, hax_op op,
                                  const char ***bottoms, int *count)
{
    const onnx_node *node = reading->node;
    bool upsample = op == HAX_OP_RESIZE && at->model->opset < 11; /* or its forerunner, Resize */
    *bottoms = hax_arena_alloc(at->source->arena, (size_t) node->input_count + 1, sizeof **bottoms);
    if (!*bottoms)
        return hax_fail_memory(at->source->err, "a network");
    *count = 0;
    for (int i = 0; i < node->input_count; i++) {
        const char *name = node->inputs[i];
        HAX_TRY(need(at, reading, op, &name));
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

static hax_status add_node(builder *at, const onnx_reading *reading)
{
    const onnx_node *node = reading->node;
    layer_params params;
    hax_op op;
    const char **bottoms = NULL, **parts = NULL;
    int count = 0;
    bool nothing = false;
    const onnx_operator *from = onnx_operator_find(node, reading->opset);
    assert(from); /* onnx_check_operations has been before */
    HAX_TRY(onnx_operator_read(reading, from, &params, &op));
    HAX_TRY(collect_bottoms(at, reading, op, &bottoms, &count));
    if (onnx_operator_reduces(from) && count < 2 && params.axes.count == 0)
        HAX_TRY(onnx_reduces_nothing(reading, &nothing));
    if (nothing)
        op = HAX_OP_IDENTITY;
    if (onnx_operator_is_chain(from))
        return add_chain(at, node, op, &params, bottoms);
    if (op == HAX_OP_SPLIT) {
        HAX_TRY(part_names(at, node, &parts));
        return add_layer(at, node, op, &params, bottoms, count, parts, node->output_count);
    }
    HAX_TRY(check_further_outputs(at, reading));
    if (op == HAX_OP_DROPOUT)
        HAX_TRY(check_dropout(at, reading));
    if (onnx_operator_is_layer_norm(from))
        return add_layer_norm(at, reading, &params, bottoms, count);
    if (is_over_line(at, op, &params, bottoms, count))
        return add_over_line(at, node, op, &params, bottoms, count);
    return add_layer(at, node, op, &params, bottoms, count, node->outputs, 1);
}

static void find_read(builder *at)
{
    for (int i = 0; i < at->order->count; i++) {
        const onnx_node *node = &at->model->nodes[at->order->nodes[i]];
        for (int b = 0; b < node->input_count; b++)
            if (node->inputs[b][0] != '\0')
                onnx_names_add(&at->read, node->inputs[b], 1);
    }
    for (int o = 0; o < at->model->output_count; o++)
        onnx_names_add(&at->read, at->model->outputs[o].name, 1);
}

static hax_status add_all(builder *at)
{
    for (int i = 0; i < at->order->count; i++) {
        const onnx_node *node = &at->model->nodes[at->order->nodes[i]];
        const onnx_reading reading = { at->source, node, at->model->opset };
        if (is_constant(node))
            HAX_TRY(add_constant_node(at, &reading));
        else
            HAX_TRY(add_node(at, &reading));
    }
    return HAX_OK;
}

hax_status onnx_add_nodes(const onnx_source *source, const onnx_model *model,
                          const onnx_order *order, layer_list *list)
{
    size_t inputs = (size_t) model->output_count;
    for (int i = 0; i < order->count; i++)
        inputs += (size_t) model->nodes[order->nodes[i]].input_count;
    builder at = { .source = source,
                   .model = model,
                   .order = order,
                   .list = list,
                   .added = calloc((size_t) model->tensor_count + 1, sizeof *at.added) };
    enum { LAYERS_OF_A_NODE = 9 }; /* at most, chains apart */
    bool room = onnx_names_init(&at.used, inputs + LAYERS_OF_A_NODE * (size_t) order->count);
    room = onnx_names_init(&at.read, inputs) && room;
    room = onnx_names_init(&at.empty, (size_t) order->count) && room && at.added;
    if (room)
        find_read(&at);
    hax_status status = room ? add_all(&at) : hax_fail_memory(source->err, "a network");
    free(at.added);
    onnx_names_free(&at.used);
    onnx_names_free(&at.read);
    onnx_names_free(&at.empty);
    return status;
}
