/* The input of an ONNX graph and its shape. */
#include "onnx/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* ---- which one
 * ------------------------------------------------------------------------------------ */

/* Marks the inputs that needed nodes read. */
static void find_read(const onnx_model *model, const onnx_order *order, bool *read)
{
    for (int i = 0; i < order->count; i++) {
        const onnx_node *node = &model->nodes[order->nodes[i]];
        for (int b = 0; b < node->input_count; b++) {
            int input = onnx_names_get(&order->inputs, node->inputs[b], -1);
            if (input >= 0 && onnx_names_get(&order->initializers, node->inputs[b], -1) < 0)
                read[input] = true;
        }
    }
}

static hax_status refuse_count(const onnx_source *source, const onnx_model *model, const bool *read,
                               int count)
{
    hax_text names = { 0 };
    int shown = 0;
    for (int i = 0; i < model->input_count && shown < 4; i++)
        if (read[i])
            hax_text_printf(&names, "%s%.60s", shown++ ? ", " : "", model->inputs[i].name);
    hax_status status =
        count == 0 ? wire_fail(source, 0,
                               "no node reads an input of the graph: what it computes "
                               "depends on nothing")
                   : wire_fail(source, 0,
                               "%d inputs are read (%s%s): networks with one input are supported",
                               count, hax_text_get(&names), count > shown ? ", ..." : "");
    hax_text_free(&names);
    return status;
}

static hax_status find_one(const onnx_source *source, const onnx_model *model,
                           const onnx_order *order, const onnx_value **found)
{
    bool *read = calloc((size_t) model->input_count + 1, sizeof *read);
    if (!read)
        return hax_fail_memory(source->err, "a network");
    int count = 0;
    find_read(model, order, read);
    for (int i = 0; i < model->input_count; i++) {
        *found = read[i] ? &model->inputs[i] : *found;
        count += read[i];
    }
    hax_status status = count == 1 ? HAX_OK : refuse_count(source, model, read, count);
    free(read);
    return status;
}

/* ---- what the command line says
 * --------------------------------------------------------------------- */

static hax_status bad_shape(const onnx_source *source, const char *item, const char *why)
{
    return hax_fail(source->err, HAX_BAD_INPUT,
                    "shape '%.200s' for %.200s: %s; write NAME=1x3x640x640", item, source->file,
                    why);
}

/* The name may hold a '=' itself. */
static hax_status read_shape(const onnx_source *source, const char *item, const char *input,
                             hax_shape *shape)
{
    const char *equal = strrchr(item, '=');
    if (!equal)
        return bad_shape(source, item, "there is no '='");
    size_t length = (size_t) (equal - item);
    if (strlen(input) != length || strncmp(item, input, length) != 0) {
        char why[160];
        snprintf(why, sizeof why, "the network's input is called '%.100s'", input);
        return bad_shape(source, item, why);
    }
    *shape = (hax_shape){ 0 };
    for (const char *at = equal;;) { /* at the sign before a dimension */
        char *end;
        errno = 0;
        long long dim = strtoll(at + 1, &end, 10);
        if (at[1] < '0' || at[1] > '9' || errno || dim < 1 || dim > INT32_MAX)
            return bad_shape(source, item, "a dimension is a whole number from 1");
        if (shape->rank == HAX_MAX_RANK)
            return bad_shape(source, item, "there are more than 8 dimensions");
        shape->dims[shape->rank++] = dim;
        if (*end == '\0')
            return HAX_OK;
        if (*end != 'x')
            return bad_shape(source, item, "between dimensions stands an x");
        at = end;
    }
}

/* ---- both together
 * ------------------------------------------------------------------------------------ */

static bool is_open(const onnx_value *input)
{
    for (int d = 0; d < input->rank; d++)
        if (input->dims[d].value == 0)
            return true;
    return !input->has_shape;
}

/* "batch x 3 x height x ?" and "1x3xHxW", as far as the file tells. */
static hax_status refuse_open(const onnx_source *source, const onnx_value *input)
{
    hax_text has = { 0 }, write = { 0 };
    for (int d = 0; d < input->rank; d++) {
        const onnx_dim *dim = &input->dims[d];
        const char *symbol = dim->symbol && dim->symbol[0] ? dim->symbol : "?";
        if (dim->value > 0) {
            hax_text_printf(&has, "%s%lld", d ? " x " : "", (long long) dim->value);
            hax_text_printf(&write, "%s%lld", d ? "x" : "", (long long) dim->value);
        } else {
            hax_text_printf(&has, "%s%.40s", d ? " x " : "", symbol);
            hax_text_printf(&write, "%s%s", d ? "x" : "", d == 0 ? "1" : "N");
        }
    }
    hax_status status =
        has.length == 0
            ? wire_fail(source, input->place,
                        "input '%.100s' has no dimensions in the file: give them with --shape "
                        "%.100s=1x3x224x224 or the like",
                        input->name, input->name)
            : wire_fail(source, input->place,
                        "input '%.100s' has the dimensions %s, which are not all numbers: fix "
                        "them with --shape %.100s=%s, a number for each N",
                        input->name, hax_text_get(&has), input->name, hax_text_get(&write));
    hax_text_free(&has);
    hax_text_free(&write);
    return status;
}

/* A given shape fills what is open and must agree with the rest. */
static hax_status check_given(const onnx_source *source, const onnx_value *input, const char *item,
                              const hax_shape *given)
{
    char why[160];
    if (!input->has_shape)
        return HAX_OK;
    if (given->rank != input->rank) {
        snprintf(why, sizeof why, "the input has %d dimensions", input->rank);
        return bad_shape(source, item, why);
    }
    for (int d = 0; d < input->rank; d++) {
        if (input->dims[d].value == 0 || input->dims[d].value == given->dims[d])
            continue;
        snprintf(why, sizeof why, "dimension %d is fixed to %lld in the file", d,
                 (long long) input->dims[d].value);
        return bad_shape(source, item, why);
    }
    return HAX_OK;
}

static hax_status check_input(const onnx_source *source, const onnx_value *input)
{
    if (!input->is_tensor)
        return wire_fail(source, input->place, "input '%.100s' is no tensor", input->name);
    if (input->type != ONNX_FLOAT)
        return wire_fail(source, input->place,
                         "input '%.100s' is of type %s: inputs of type float are supported",
                         input->name, onnx_type_name(input->type));
    return HAX_OK;
}

hax_status onnx_find_input(const onnx_source *source, const onnx_model *model,
                           const onnx_order *order, const char *const *shapes, int shape_count,
                           const char **name, hax_shape *shape)
{
    const onnx_value *input = NULL;
    hax_shape made = { 0 };
    HAX_TRY(find_one(source, model, order, &input));
    for (int s = 0; s < shape_count; s++) {
        HAX_TRY(read_shape(source, shapes[s], input->name, &made));
        HAX_TRY(check_given(source, input, shapes[s], &made));
    }
    if (shape_count == 0 && is_open(input))
        return refuse_open(source, input);
    for (int d = 0; d < input->rank && shape_count == 0; d++)
        made.dims[made.rank++] = input->dims[d].value;
    HAX_TRY(check_input(source, input));
    *name = input->name;
    *shape = made;
    return HAX_OK;
}
