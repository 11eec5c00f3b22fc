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
    const onnx_source *source;
    const onnx_model *model;
    onnx_order *order;
    state *states; /* [node] */
    frame *stack;
    int depth;
} walker;

const char *onnx_node_text(const onnx_node *node, char text[ONNX_NODE_TEXT])
{
    if (node->name[0] != '\0')
        snprintf(text, ONNX_NODE_TEXT, "node '%.100s' (%.60s)", node->name, node->op);
    else
        snprintf(text, ONNX_NODE_TEXT, "node %d (%.60s, without a name)", node->index, node->op);
    return text;
}

/* ---- who makes what
 * ------------------------------------------------------------------------------ */

static hax_status note_outputs(const onnx_source *source, const onnx_model *model,
                               const onnx_node *node, onnx_order *order)
{
    char one[ONNX_NODE_TEXT], two[ONNX_NODE_TEXT];
    for (int o = 0; o < node->output_count; o++) {
        const char *name = node->outputs[o];
        if (name[0] == '\0')
            continue;
        bool given = onnx_names_get(&order->initializers, name, -1) >= 0 ||
                     onnx_names_get(&order->inputs, name, -1) >= 0;
        if (given)
            return wire_fail(source, node->place,
                             "%s makes '%.100s', which is an input or initializer",
                             onnx_node_text(node, one), name);
        if (!onnx_names_add(&order->makers, name, node->index))
            return wire_fail(
                source, node->place, "%s makes '%.100s', which %s makes already",
                onnx_node_text(node, one), name,
                onnx_node_text(&model->nodes[onnx_names_get(&order->makers, name, 0)], two));
    }
    return HAX_OK;
}

static hax_status find_makers(const onnx_source *source, const onnx_model *model, onnx_order *order)
{
    size_t outputs = 0;
    for (int n = 0; n < model->node_count; n++)
        outputs += (size_t) model->nodes[n].output_count;
    if (!onnx_names_init(&order->makers, outputs) ||
        !onnx_names_init(&order->initializers, (size_t) model->tensor_count) ||
        !onnx_names_init(&order->inputs, (size_t) model->input_count))
        return hax_fail_memory(source->err, "a network");
    for (int t = 0; t < model->tensor_count; t++)
        if (!onnx_names_add(&order->initializers, model->tensors[t].name, t))
            return wire_fail(source, model->tensors[t].place,
                             "a second initializer is called '%.100s'", model->tensors[t].name);
    for (int i = 0; i < model->input_count; i++)
        if (!onnx_names_add(&order->inputs, model->inputs[i].name, i))
            return wire_fail(source, model->inputs[i].place, "a second input is called '%.100s'",
                             model->inputs[i].name);
    for (int n = 0; n < model->node_count; n++)
        HAX_TRY(note_outputs(source, model, &model->nodes[n], order));
    return HAX_OK;
}

/* ---- the walk
 * -------------------------------------------------------------------------------------- */

/* The nodes on the stack from the one that is met again. */
static hax_status refuse_cycle(const walker *at, int again)
{
    char names_room[HAX_ERROR_MESSAGE_MAX];
    hax_text names = hax_text_in(names_room, sizeof names_room);
    char text[ONNX_NODE_TEXT];
    int first = at->depth - 1, shown = 0;
    while (at->stack[first].node != again)
        first--;
    for (int d = first; d < at->depth && shown < CYCLE_SHOWN; d++, shown++)
        hax_text_printf(&names, "%s, ", onnx_node_text(&at->model->nodes[at->stack[d].node], text));
    if (at->depth - first > shown)
        hax_text_printf(&names, "%d more, ", at->depth - first - shown);
    hax_status status =
        wire_fail(at->source, at->model->nodes[again].place,
                  "the graph has a cycle, each node needs the next one: %sand again the first",
                  hax_text_get(&names));
    return status;
}

/* Looks at one input of the node on top. */
static hax_status follow(walker *at, const onnx_node *node, const char *name)
{
    char text[ONNX_NODE_TEXT];
    if (name[0] == '\0' || onnx_names_get(&at->order->initializers, name, -1) >= 0)
        return HAX_OK;
    int maker = onnx_names_get(&at->order->makers, name, -1);
    if (maker < 0)
        return onnx_names_get(&at->order->inputs, name, -1) >= 0
                   ? HAX_OK
                   : wire_fail(at->source, node->place,
                               "%s reads '%.100s', which no node makes and which is neither an "
                               "input nor an initializer",
                               onnx_node_text(node, text), name);
    if (at->states[maker] == DONE)
        return HAX_OK;
    if (at->states[maker] == OPEN)
        return refuse_cycle(at, maker);
    at->states[maker] = OPEN;
    at->stack[at->depth++] = (frame){ maker, 0 };
    return HAX_OK;
}

static hax_status walk_from(walker *at, int start)
{
    if (at->states[start] != UNSEEN)
        return HAX_OK;
    at->states[start] = OPEN;
    at->stack[at->depth++] = (frame){ start, 0 };
    while (at->depth > 0) {
        frame *top = &at->stack[at->depth - 1];
        const onnx_node *node = &at->model->nodes[top->node];
        if (top->input < node->input_count) {
            HAX_TRY(follow(at, node, node->inputs[top->input++]));
            continue;
        }
        at->states[top->node] = DONE;
        at->order->nodes[at->order->count++] = top->node;
        at->depth--;
    }
    return HAX_OK;
}

/* Backwards from the outputs; the others stay out. */
static void keep_needed(const onnx_model *model, onnx_order *order)
{
    for (int o = 0; o < model->output_count; o++) {
        int maker = onnx_names_get(&order->makers, model->outputs[o].name, -1);
        if (maker >= 0)
            order->read[maker] = true;
    }
    for (int i = order->count - 1; i >= 0; i--) {
        const onnx_node *node = &model->nodes[order->nodes[i]];
        for (int b = 0; b < node->input_count && order->read[node->index]; b++) {
            int maker = onnx_names_get(&order->makers, node->inputs[b], -1);
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

hax_status onnx_order_find(const onnx_source *source, const onnx_model *model, onnx_order *order)
{
    size_t nodes = (size_t) model->node_count + 1;
    *order = (onnx_order){ .nodes = calloc(nodes, sizeof *order->nodes),
                           .read = calloc(nodes, sizeof *order->read) };
    walker at = { .source = source,
                  .model = model,
                  .order = order,
                  .states = calloc(nodes, sizeof *at.states),
                  .stack = calloc(nodes, sizeof *at.stack) };
    bool room = order->nodes && order->read && at.states && at.stack;
    hax_status status =
        room ? find_makers(source, model, order) : hax_fail_memory(source->err, "a network");
    for (int n = 0; n < model->node_count && status == HAX_OK; n++)
        status = walk_from(&at, n);
    if (status == HAX_OK)
        keep_needed(model, order);
    free(at.states);
    free(at.stack);
    return status;
}

void onnx_order_free(onnx_order *order)
{
    onnx_names_free(&order->makers);
    onnx_names_free(&order->initializers);
    onnx_names_free(&order->inputs);
    free(order->nodes);
    free(order->read);
}
