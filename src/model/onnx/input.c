/* The inputs of an ONNX graph and their shapes. */
#include "onnx/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/tensor.h"
#include "text.h"

/* ---- which ones ---------------------------------------------------------------------------- */

/* Marks the inputs that needed nodes read; returns their number. */
static int find_read(const hax_onnx_model *model, const hax_onnx_order *order, bool *read)
{
    int count = 0;
    for (int i = 0; i < order->count; i++) {
        const hax_onnx_node *node = &model->nodes[order->nodes[i]];
        for (int b = 0; b < node->input_count; b++) {
            int input = hax_onnx_names_get(&order->inputs, node->inputs[b], -1);
            if (input < 0 || read[input] ||
                hax_onnx_names_get(&order->initializers, node->inputs[b], -1) >= 0)
                continue;
            read[input] = true;
            count++;
        }
    }
    return count;
}

/* ---- what the command line says -------------------------------------------------------------- */

static hax_status bad_shape(const hax_onnx_source *source, const char *item, const char *why)
{
    return hax_fail(source->err, HAX_BAD_INPUT,
                    "shape '%.200s' for %.200s: %s; write NAME=1x3x640x640", item, source->file,
                    why);
}

/* Is the item "NAME=..." for this input? The name may hold a '=' itself. */
static bool is_for(const char *item, const hax_onnx_value *input)
{
    const char *equal = strrchr(item, '=');
    size_t length = equal ? (size_t) (equal - item) : 0;
    return equal && strlen(input->name) == length && strncmp(item, input->name, length) == 0;
}

/* "the network's input is called 'x'", "the network's inputs are called 'a', 'b'" */
static hax_status refuse_name(const hax_onnx_source *source, const hax_onnx_model *model,
                              const bool *read, int count, const char *item)
{
    enum { NAMES_SHOWN = 4 };
    char why_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text why = hax_text_in(why_buffer, sizeof why_buffer);
    int shown = 0;
    hax_text_append(&why, count == 1 ? "the network's input is called" : "its inputs are called");
    for (int i = 0; i < model->input_count && shown < NAMES_SHOWN; i++)
        if (read[i])
            hax_text_printf(&why, "%s '%.60s'", shown++ ? "," : "", model->inputs[i].name);
    if (count > shown)
        hax_text_append(&why, ", ...");
    hax_status status = bad_shape(source, item, hax_text_get(&why));
    return status;
}

/* Every item must be for an input that is read. */
static hax_status check_names(const hax_onnx_source *source, const hax_onnx_model *model,
                              const bool *read, int count, const hax_onnx_shapes *shapes)
{
    for (int s = 0; s < shapes->count; s++) {
        bool found = false;
        if (!strrchr(shapes->items[s], '='))
            return bad_shape(source, shapes->items[s], "there is no '='");
        for (int i = 0; i < model->input_count && !found; i++)
            found = read[i] && is_for(shapes->items[s], &model->inputs[i]);
        if (!found)
            return refuse_name(source, model, read, count, shapes->items[s]);
    }
    return HAX_OK;
}

static hax_status read_shape(const hax_onnx_source *source, const char *item, hax_shape *shape)
{
    *shape = (hax_shape){ 0 };
    for (const char *at = strrchr(item, '=');;) { /* at the sign before a dimension */
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

/* ---- both together --------------------------------------------------------------------------- */

static bool is_open(const hax_onnx_value *input)
{
    for (int d = 0; d < input->rank; d++)
        if (input->dims[d].value == 0)
            return true;
    return !input->has_shape;
}

/* "batch x 3 x height x ?" and "1x3xHxW", as far as the file tells. */
static hax_status refuse_open(const hax_onnx_source *source, const hax_onnx_value *input)
{
    char has_buffer[HAX_ERROR_MESSAGE_MAX], write_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text has = hax_text_in(has_buffer, sizeof has_buffer);
    hax_text write = hax_text_in(write_buffer, sizeof write_buffer);
    for (int d = 0; d < input->rank; d++) {
        const hax_onnx_dim *dim = &input->dims[d];
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
            ? hax_wire_fail(source, input->place,
                            "input '%.100s' has no dimensions in the file: give them with --shape "
                            "%.100s=1x3x224x224 or the like",
                            input->name, input->name)
            : hax_wire_fail(source, input->place,
                            "input '%.100s' has the dimensions %s, which are not all numbers: fix "
                            "them with --shape %.100s=%s, a number for each N",
                            input->name, hax_text_get(&has), input->name, hax_text_get(&write));
    return status;
}

/* A given shape fills what is open and must agree with the rest. */
static hax_status check_given(const hax_onnx_source *source, const hax_onnx_value *input,
                              const char *item, const hax_shape *given)
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

static hax_status check_input(const hax_onnx_source *source, const hax_onnx_value *input)
{
    if (!input->is_tensor)
        return hax_wire_fail(source, input->place, "input '%.100s' is no tensor", input->name);
    if (!hax_onnx_type_is_real(input->type))
        return hax_wire_fail(source, input->place,
                             "input '%.100s' is of type %s: inputs of real numbers are supported, "
                             "computed with as 32-bit floats",
                             input->name, hax_onnx_type_name(input->type));
    return HAX_OK;
}

static hax_status add_input(const hax_onnx_source *source, const hax_onnx_value *input,
                            const hax_onnx_shapes *shapes, hax_layer_list *list)
{
    hax_shape shape = { 0 };
    bool given = false;
    for (int s = 0; s < shapes->count; s++) {
        if (!is_for(shapes->items[s], input))
            continue;
        HAX_TRY(read_shape(source, shapes->items[s], &shape));
        HAX_TRY(check_given(source, input, shapes->items[s], &shape));
        given = true;
    }
    if (!given && is_open(input))
        return refuse_open(source, input);
    for (int d = 0; d < input->rank && !given; d++)
        shape.dims[shape.rank++] = input->dims[d].value;
    HAX_TRY(check_input(source, input));
    return hax_layer_list_add_input(list, input->name, &shape)
               ? HAX_OK
               : hax_fail_memory(source->err, "a network");
}

hax_status hax_onnx_add_inputs(const hax_onnx_source *source, const hax_onnx_model *model,
                               const hax_onnx_order *order, const hax_onnx_shapes *shapes,
                               hax_layer_list *list)
{
    bool *read = calloc((size_t) model->input_count + 1, sizeof *read);
    if (!read)
        return hax_fail_memory(source->err, "a network");
    int count = find_read(model, order, read);
    hax_status status = count > 0 ? check_names(source, model, read, count, shapes)
                                  : hax_wire_fail(source, 0,
                                                  "no node reads an input of the graph: what it "
                                                  "computes depends on nothing");
    for (int i = 0; i < model->input_count && status == HAX_OK; i++)
        if (read[i])
            status = add_input(source, &model->inputs[i], shapes, list);
    free(read);
    return status;
}
