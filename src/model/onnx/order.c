/*
 * Topological order by a walk along the inputs with a stack of its own, since the depth of a graph
 * is up to its file.
 */
#include "onnx/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { CYCLE_SHOWN = 6 };

typedef enum state { UNSEEN, OPEN, DONE } state;

typedef struct frame {
    int node;
    int input; /* the next one to look at */
} frame;

typedef struct walker {
    const hax_onnx_source *source;
    const hax_onnx_model *model;
    hax_onnx_order *order;
    state *states; /* [node] */
    frame *stack;
    int depth;
} walker;

const char *hax_onnx_node_text(const hax_onnx_node *node, char text[ONNX_NODE_TEXT])
{
    if (node->name[0] != '\0')
        snprintf(text, ONNX_NODE_TEXT, "node '%.100s' (%.60s)", node->name, node->op);
    else
        snprintf(text, ONNX_NODE_TEXT, "node %d (%.60s, without a name)", node->index, node->op);
    return text;
}

/* ---- who makes what -------------------------------------------------------------------------- */

static hax_status note_outputs(const hax_onnx_source *source, const hax_onnx_model *model,
                               const hax_onnx_node *node, hax_onnx_order *order)
{
    char one[ONNX_NODE_TEXT], two[ONNX_NODE_TEXT];
    for (int o = 0; o < node->output_count; o++) {
        const char *name = node->outputs[o];
        if (name[0] == '\0')
            continue;
        bool given = hax_onnx_names_get(&order->initializers, name, -1) >= 0 ||
                     hax_onnx_names_get(&order->inputs, name, -1) >= 0;
        if (given)
            return hax_wire_fail(source, node->place,
                                 "%s makes '%.100s', which is an input or initializer",
                                 hax_onnx_node_text(node, one), name);
        if (!hax_onnx_names_add(&order->makers, name, node->index))
            return hax_wire_fail(
                source, node->place, "%s makes '%.100s', which %s makes already",
                hax_onnx_node_text(node, one), name,
                hax_onnx_node_text(&model->nodes[hax_onnx_names_get(&order->makers, name, 0)],
                                   two));
    }
    return HAX_OK;
}

static hax_status find_makers(const hax_onnx_source *source, const hax_onnx_model *model,
                              hax_onnx_order *order)
{
    size_t outputs = 0;
    for (int n = 0; n < model->node_count; n++)
        outputs += (size_t) model->nodes[n].output_count;
    if (!hax_onnx_names_init(&order->makers, outputs) ||
        !hax_onnx_names_init(&order->initializers, (size_t) model->tensor_count) ||
        !hax_onnx_names_init(&order->inputs, (size_t) model->input_count))
        return hax_fail_memory(source->err, "a network");
    for (int t = 0; t < model->tensor_count; t++)
        if (!hax_onnx_names_add(&order->initializers, model->tensors[t].name, t))
            return hax_wire_fail(source, model->tensors[t].place,
                                 "a second initializer is called '%.100s'", model->tensors[t].name);
    for (int i = 0; i < model->input_count; i++)
        if (!hax_onnx_names_add(&order->inputs, model->inputs[i].name, i))
            return hax_wire_fail(source, model->inputs[i].place,
                                 "a second input is called '%.100s'", model->inputs[i].name);
    for (int n = 0; n < model->node_count; n++)
        HAX_TRY(note_outputs(source, model, &model->nodes[n], order));
    return HAX_OK;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* The nodes on the stack from the one that is met again. */
static hax_status refuse_cycle(const walker *walker, int again)
{
    char names_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text names = hax_text_in(names_buffer, sizeof names_buffer);
    char text[ONNX_NODE_TEXT];
    int first = walker->depth - 1, shown = 0;
    while (walker->stack[first].node != again)
        first--;
    for (int d = first; d < walker->depth && shown < CYCLE_SHOWN; d++, shown++)
        hax_text_printf(&names, "%s, ",
                        hax_onnx_node_text(&walker->model->nodes[walker->stack[d].node], text));
    if (walker->depth - first > shown)
        hax_text_printf(&names, "%d more, ", walker->depth - first - shown);
    hax_status status =
        hax_wire_fail(walker->source, walker->model->nodes[again].place,
                      "the graph has a cycle, each node needs the next one: %sand again the first",
                      hax_text_get(&names));
    return status;
}

/* Looks at one input of the node on top. */
static hax_status follow(walker *walker, const hax_onnx_node *node, const char *name)
{
    char text[ONNX_NODE_TEXT];
    if (name[0] == '\0' || hax_onnx_names_get(&walker->order->initializers, name, -1) >= 0)
        return HAX_OK;
    int maker = hax_onnx_names_get(&walker->order->makers, name, -1);
    if (maker < 0)
        return hax_onnx_names_get(&walker->order->inputs, name, -1) >= 0
                   ? HAX_OK
                   : hax_wire_fail(walker->source, node->place,
                                   "%s reads '%.100s', which no node makes and which is neither an "
                                   "input nor an initializer",
                                   hax_onnx_node_text(node, text), name);
    if (walker->states[maker] == DONE)
        return HAX_OK;
    if (walker->states[maker] == OPEN)
        return refuse_cycle(walker, maker);
    walker->states[maker] = OPEN;
    walker->stack[walker->depth++] = (frame){ maker, 0 };
    return HAX_OK;
}

static hax_status walk_from(walker *walker, int start)
{
    if (walker->states[start] != UNSEEN)
        return HAX_OK;
    walker->states[start] = OPEN;
    walker->stack[walker->depth++] = (frame){ start, 0 };
    while (walker->depth > 0) {
        frame *top = &walker->stack[walker->depth - 1];
        const hax_onnx_node *node = &walker->model->nodes[top->node];
        if (top->input < node->input_count) {
            HAX_TRY(follow(walker, node, node->inputs[top->input++]));
            continue;
        }
        walker->states[top->node] = DONE;
        walker->order->nodes[walker->order->count++] = top->node;
        walker->depth--;
    }
    return HAX_OK;
}

/* Backwards from the outputs; the others stay out. */
static void keep_needed(const hax_onnx_model *model, hax_onnx_order *order)
{
    for (int o = 0; o < model->output_count; o++) {
        int maker = hax_onnx_names_get(&order->makers, model->outputs[o].name, -1);
        if (maker >= 0)
            order->read[maker] = true;
    }
    for (int i = order->count - 1; i >= 0; i--) {
        const hax_onnx_node *node = &model->nodes[order->nodes[i]];
        for (int b = 0; b < node->input_count && order->read[node->index]; b++) {
            int maker = hax_onnx_names_get(&order->makers, node->inputs[b], -1);
            if (maker >= 0)
                order->read[maker] = true;
        }
    }
    int kept = 0;
    for (int i = 0; i < order->count; i++)
        if (order->read[order->nodes[i]])
            order->nodes[kept++] = order->nodes[i];
    order->count = kept;
}

hax_status hax_onnx_order_find(const hax_onnx_source *source, const hax_onnx_model *model,
                               hax_onnx_order *order)
{
    size_t nodes = (size_t) model->node_count + 1;
    *order = (hax_onnx_order){ .nodes = calloc(nodes, sizeof *order->nodes),
                               .read = calloc(nodes, sizeof *order->read) };
    walker context = { .source = source,
                       .model = model,
                       .order = order,
                       .states = calloc(nodes, sizeof *context.states),
                       .stack = calloc(nodes, sizeof *context.stack) };
    bool capacity = order->nodes && order->read && context.states && context.stack;
    hax_status status =
        capacity ? find_makers(source, model, order) : hax_fail_memory(source->err, "a network");
    for (int n = 0; n < model->node_count && status == HAX_OK; n++)
        status = walk_from(&context, n);
    if (status == HAX_OK)
        keep_needed(model, order);
    free(context.states);
    free(context.stack);
    return status;
}

void hax_onnx_order_free(hax_onnx_order *order)
{
    hax_onnx_names_free(&order->makers);
    hax_onnx_names_free(&order->initializers);
    hax_onnx_names_free(&order->inputs);
    free(order->nodes);
    free(order->read);
}
