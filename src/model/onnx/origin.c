/* Nodes kept as they are, for those who write the network again (origin.h). */
#include <assert.h>
#include <string.h>

#include "onnx/nodes.h"
#include "onnx/operators.h"
#include "origin.h"

typedef struct keeper {
    const hax_onnx_source *source;
    const hax_onnx_model *model;
    const hax_onnx_order *order;
    hax_origin *origin;
    hax_onnx_names tensors; /* the number of each in the origin */
} keeper;

static bool is_empty(const hax_shape *shape)
{
    for (int d = 0; d < shape->rank; d++)
        if (shape->dims[d] == 0)
            return true;
    return false;
}

/* What no node makes: an initializer, or an input. */
static void describe_given(const keeper *keeper, hax_origin_tensor *tensor)
{
    int index = hax_onnx_names_get(&keeper->order->initializers, tensor->name, -1);
    if (index >= 0) {
        const hax_onnx_tensor *from = &keeper->model->tensors[index];
        tensor->type = from->type;
        tensor->empty = is_empty(&from->shape);
        tensor->shape = from->shape;
        return;
    }
    index = hax_onnx_names_get(&keeper->order->inputs, tensor->name, -1);
    if (index >= 0)
        tensor->type = keeper->model->inputs[index].type;
}

/* The number of a tensor, which is new where the name is; -1 for one that is left out. */
static int number_of(keeper *keeper, const char *name)
{
    if (name[0] == '\0')
        return -1;
    hax_origin *origin = keeper->origin;
    if (!hax_onnx_names_add(&keeper->tensors, name, origin->tensor_count))
        return hax_onnx_names_get(&keeper->tensors, name, -1);
    origin->tensors[origin->tensor_count] = (hax_origin_tensor){ .name = name, .edge = -1 };
    describe_given(keeper, &origin->tensors[origin->tensor_count]);
    return origin->tensor_count++;
}

static hax_status keep_numbers(keeper *keeper, const char *const *names, int count,
                               const int **numbers)
{
    int *kept = hax_arena_alloc(keeper->source->arena, (size_t) count, sizeof *kept);
    if (!kept)
        return hax_fail_memory(keeper->source->err, "a network");
    for (int i = 0; i < count; i++)
        kept[i] = number_of(keeper, names[i]);
    *numbers = kept;
    return HAX_OK;
}

static hax_status keep_attributes(const keeper *keeper, const hax_onnx_node *node,
                                  hax_origin_node *kept)
{
    hax_origin_bytes *attributes =
        hax_arena_alloc(keeper->source->arena, (size_t) node->attribute_count, sizeof *attributes);
    if (!attributes)
        return hax_fail_memory(keeper->source->err, "a network");
    for (int a = 0; a < node->attribute_count; a++) {
        hax_wire_span span = node->attributes[a];
        attributes[a].length = hax_wire_length(span);
        attributes[a].data =
            hax_arena_text(keeper->source->arena, (const char *) keeper->source->data + span.at,
                           attributes[a].length);
        if (!attributes[a].data)
            return hax_fail_memory(keeper->source->err, "a network");
    }
    kept->attribute_count = node->attribute_count;
    kept->attributes = attributes;
    return HAX_OK;
}

/* ---- types ----------------------------------------------------------------------------------- */

/* The type that a tensor in an attribute has, and its shape where it has no elements. */
static hax_status take_value(const keeper *keeper, const hax_onnx_node *node,
                             hax_origin_tensor *made, bool is_result)
{
    for (int a = 0; a < node->attribute_count; a++) {
        hax_onnx_attribute value;
        hax_onnx_tensor tensor;
        HAX_TRY(hax_onnx_parse_attribute(keeper->source, node->attributes[a], &value));
        bool whole = value.type == ONNX_ATTRIBUTE_WHOLE || value.type == ONNX_ATTRIBUTE_WHOLES;
        bool list = value.type == ONNX_ATTRIBUTE_REALS || value.type == ONNX_ATTRIBUTE_WHOLES;
        made->type = whole ? ONNX_INT64 : ONNX_FLOAT;
        made->empty = is_result && list && value.count == 0;
        made->shape = (hax_shape){ .rank = list };
        if (value.type != ONNX_ATTRIBUTE_TENSOR)
            continue;
        HAX_TRY(hax_onnx_parse_tensor(keeper->source, value.tensor, &tensor));
        made->type = tensor.type;
        made->empty = is_result && is_empty(&tensor.shape);
        made->shape = tensor.shape;
    }
    return HAX_OK;
}

static hax_status cast_type(const keeper *keeper, const hax_onnx_node *node, int64_t *type)
{
    for (int a = 0; a < node->attribute_count; a++) {
        hax_onnx_attribute attribute;
        HAX_TRY(hax_onnx_parse_attribute(keeper->source, node->attributes[a], &attribute));
        if (strcmp(attribute.name, "to") == 0)
            *type = attribute.whole;
    }
    return HAX_OK;
}

static bool is_truth(const char *op)
{
    static const char *const ops[] = { "Equal",          "Less", "Greater", "LessOrEqual",
                                       "GreaterOrEqual", "And",  "Or",      "Not" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(op, ops[i]) == 0)
            return true;
    return false;
}

/* ONNX's own typing of the operators that are read: all others make what they read. */
static hax_status find_type(const keeper *keeper, const hax_onnx_node *node,
                            const hax_origin_node *kept)
{
    hax_origin_tensor made = { .type = ONNX_FLOAT };
    int like = strcmp(node->op, "Where") == 0;
    if (like < kept->input_count && kept->inputs[like] >= 0)
        made.type = keeper->origin->tensors[kept->inputs[like]].type;
    if (strcmp(node->op, "Constant") == 0)
        HAX_TRY(take_value(keeper, node, &made, true));
    else if (strcmp(node->op, "ConstantOfShape") == 0) {
        made.type = ONNX_FLOAT;
        HAX_TRY(take_value(keeper, node, &made, false));
    } else if (strcmp(node->op, "Cast") == 0)
        HAX_TRY(cast_type(keeper, node, &made.type));
    else if (strcmp(node->op, "Shape") == 0)
        made.type = ONNX_INT64;
    else if (is_truth(node->op))
        made.type = ONNX_BOOL;
    for (int o = 0; o < kept->output_count; o++) {
        if (kept->outputs[o] < 0)
            continue;
        hax_origin_tensor *tensor = &keeper->origin->tensors[kept->outputs[o]];
        tensor->type = made.type;
        tensor->empty = made.empty;
        tensor->shape = made.shape;
    }
    return HAX_OK;
}

/* ---- all nodes ------------------------------------------------------------------------------- */

static hax_status keep_node(keeper *keeper, const hax_onnx_node *node, hax_origin_node *kept)
{
    *kept = (hax_origin_node){ .name = node->name,
                               .op = node->op,
                               .input_count = node->input_count,
                               .output_count = node->output_count,
                               .last_layer = -1 };
    HAX_TRY(keep_numbers(keeper, node->inputs, node->input_count, &kept->inputs));
    HAX_TRY(keep_numbers(keeper, node->outputs, node->output_count, &kept->outputs));
    HAX_TRY(find_type(keeper, node, kept));
    return strcmp(node->op, "Constant") == 0 ? HAX_OK : keep_attributes(keeper, node, kept);
}

static hax_status keep_all(keeper *keeper)
{
    for (int i = 0; i < keeper->order->count; i++)
        HAX_TRY(keep_node(keeper, &keeper->model->nodes[keeper->order->nodes[i]],
                          &keeper->origin->nodes[i]));
    return HAX_OK;
}

hax_status hax_onnx_keep_origin(const hax_onnx_source *source, const hax_onnx_model *model,
                                const hax_onnx_order *order, hax_layer_list *list)
{
    keeper keeper = { .source = source, .model = model, .order = order };
    size_t names = 1;
    for (int i = 0; i < order->count; i++) {
        const hax_onnx_node *node = &model->nodes[order->nodes[i]];
        names += (size_t) node->input_count + (size_t) node->output_count;
    }
    hax_origin *origin = hax_arena_alloc(source->arena, 1, sizeof *origin);
    if (!origin)
        return hax_fail_memory(source->err, "a network");
    *origin = (hax_origin){
        .ir_version = model->ir_version,
        .opset = model->opset,
        .node_count = order->count,
        .nodes = hax_arena_alloc(source->arena, (size_t) order->count, sizeof *origin->nodes),
        .tensors = hax_arena_alloc(source->arena, names, sizeof *origin->tensors),
    };
    keeper.origin = origin;
    bool capacity = hax_onnx_names_init(&keeper.tensors, names) && origin->nodes && origin->tensors;
    hax_status status = capacity ? keep_all(&keeper) : hax_fail_memory(source->err, "a network");
    hax_onnx_names_free(&keeper.tensors);
    assert(origin->tensor_count < (int) names);
    list->origin = origin;
    return status;
}
