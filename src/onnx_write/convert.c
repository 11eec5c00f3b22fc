/*
 * The layers of Caffe's files and of the built-in networks in ONNX's words. A node bears the name
 * of its layer; where a layer takes several nodes, the further ones and the weights are called
 * LAYER MARK PART, with a mark that no name of the network contains, so that no two are the same.
 *
 * Opset 13 is the oldest in which Softmax goes along one axis, as Caffe's does: what was built for
 * boards of some years ago reads it. It came with IR version 7.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "graph.h"
#include "wire_write.h"

enum { OPSET = 13, IR_VERSION = 7, INPUTS_MAX = 5 };

typedef struct converter {
    hax_onnx_graph *graph;
    const hax_model *model;
    int layer; /* that is being converted */
    hax_node node;
    int *tensor_of;      /* [edge]: of the graph */
    char mark[40];       /* between the name of a layer and of its parts */
    hax_text attributes; /* of the next node */
    bool failed;         /* memory ran out */
} converter;

/* ---- names ----------------------------------------------------------------------------------- */

static bool occurs(const hax_model *model, const char *mark)
{
    for (int l = 0; l < hax_model_layer_count(model); l++)
        if (strstr(hax_model_layer(model, l).name, mark))
            return true;
    for (int e = 0; e < hax_model_edge_count(model); e++)
        if (strstr(hax_model_edge(model, e).name, mark))
            return true;
    return false;
}

/* ".", ":", "::", ... A name of 4096 bytes could hold a long one: only then it is no word. */
static bool choose_mark(converter *converter)
{
    size_t length = 0;
    snprintf(converter->mark, sizeof converter->mark, ".");
    while (occurs(converter->model, converter->mark)) {
        if (length + 1 == sizeof converter->mark)
            return false;
        memset(converter->mark, ':', ++length);
        converter->mark[length] = '\0';
    }
    return true;
}

static const char *join_names(converter *converter, const char *name, const char *part)
{
    hax_text text = { 0 };
    hax_text_printf(&text, "%s%s%s", name, converter->mark, part);
    const char *kept = hax_arena_string(converter->graph->arena, hax_text_get(&text));
    converter->failed = converter->failed || text.failed || !kept;
    hax_text_free(&text);
    return kept ? kept : "";
}

static const char *part_name(converter *converter, const char *part)
{
    return join_names(converter, converter->node.name, part);
}

/* ---- tensors --------------------------------------------------------------------------------- */

static int add_tensor(converter *converter, const hax_onnx_graph_tensor *tensor)
{
    int added = hax_onnx_graph_add_tensor(converter->graph, tensor);
    converter->failed = converter->failed || added < 0;
    return added;
}

/* What a layer computes on the way to its top. */
static int add_between(converter *converter, const char *part, const hax_shape *shape)
{
    return add_tensor(converter, &(hax_onnx_graph_tensor){ .name = part_name(converter, part),
                                                           .type = ONNX_TYPE_FLOAT,
                                                           .shape = *shape });
}

static int add_drawn(converter *converter, hax_onnx_content content, const char *part,
                     const hax_shape *shape)
{
    return add_tensor(converter, &(hax_onnx_graph_tensor){ .name = part_name(converter, part),
                                                           .type = ONNX_TYPE_FLOAT,
                                                           .shape = *shape,
                                                           .content = content,
                                                           .layer = converter->layer });
}

static int add_number(converter *converter, const char *part, float value)
{
    float *kept = hax_arena_alloc(converter->graph->arena, 1, sizeof *kept);
    converter->failed = converter->failed || !kept;
    if (kept)
        *kept = value;
    return add_tensor(converter, &(hax_onnx_graph_tensor){ .name = part_name(converter, part),
                                                           .type = ONNX_TYPE_FLOAT,
                                                           .content = HAX_ONNX_CONSTANT,
                                                           .real = kept });
}

static int add_wholes(converter *converter, const char *part, const int64_t *values, int count)
{
    size_t bytes = (size_t) count * sizeof *values;
    int64_t *kept = hax_arena_alloc(converter->graph->arena, (size_t) count, sizeof *kept);
    converter->failed = converter->failed || !kept;
    if (kept)
        memcpy(kept, values, bytes);
    return add_tensor(converter, &(hax_onnx_graph_tensor){ .name = part_name(converter, part),
                                                           .type = ONNX_TYPE_INT64,
                                                           .shape = { 1, { count } },
                                                           .content = HAX_ONNX_CONSTANT,
                                                           .whole = kept });
}

static const hax_shape *shape_of_input(const converter *converter, int input)
{
    return hax_model_edge(converter->model, converter->node.inputs[input]).shape;
}

static const hax_shape *shape_of_output(const converter *converter)
{
    return hax_model_edge(converter->model, converter->node.outputs[0]).shape;
}

static int input_of(const converter *converter, int input)
{
    return converter->tensor_of[converter->node.inputs[input]];
}

static int output_of(const converter *converter)
{
    return converter->tensor_of[converter->node.outputs[0]];
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* With the attributes that were written before. `part` NULL: it is the layer itself. */
static void add_node(converter *converter, const char *op, const char *part, int output,
                     const int *inputs, int count)
{
    hax_arena *arena = converter->graph->arena;
    hax_text *attributes = &converter->attributes;
    int *kept = hax_arena_alloc(arena, (size_t) count, sizeof *kept);
    int *made = hax_arena_alloc(arena, 1, sizeof *made);
    char *bytes = hax_arena_text(arena, hax_text_get(attributes), attributes->length);
    hax_onnx_graph_node node = { .name = part ? part_name(converter, part) : converter->node.name,
                                 .op = op,
                                 .input_count = count,
                                 .output_count = 1,
                                 .inputs = kept,
                                 .outputs = made,
                                 .attributes = bytes,
                                 .attributes_length = attributes->length,
                                 .layer = converter->layer };
    bool ok = kept && made && bytes && !attributes->failed;
    if (ok) {
        memcpy(kept, inputs, (size_t) count * sizeof *kept);
        *made = output;
    }
    ok = ok && hax_onnx_graph_add_node(converter->graph, &node) >= 0;
    converter->failed = converter->failed || !ok;
    hax_text_free(attributes);
    *attributes = (hax_text){ 0 };
}

/* A node of one or two inputs whose result is the layer's top, or goes on to a next one. */
static int add_step(converter *converter, const char *op, const char *part, int a, int b, bool last)
{
    const int inputs[] = { a, b };
    int output =
        last ? output_of(converter) : add_between(converter, part, shape_of_output(converter));
    add_node(converter, op, last ? NULL : part, output, inputs, b < 0 ? 1 : 2);
    return output;
}

static void add_simple(converter *converter, const char *op)
{
    add_step(converter, op, NULL, input_of(converter, 0), -1, true);
}

static void put_wholes(converter *converter, const char *name, const int64_t *values, int count)
{
    hax_wire_put_attribute_wholes(&converter->attributes, name, values, count);
}

static void put_whole(converter *converter, const char *name, int64_t value)
{
    hax_wire_put_attribute_whole(&converter->attributes, name, value);
}

static void put_real(converter *converter, const char *name, float value)
{
    hax_wire_put_attribute_real(&converter->attributes, name, value);
}

/* ---- windows --------------------------------------------------------------------------------- */

static void put_pads(converter *converter, int top, int left, int bottom, int right)
{
    const int64_t pads[] = { top, left, bottom, right };
    put_wholes(converter, "pads", pads, 4);
}

static void put_window(converter *converter, const hax_window *window)
{
    const int64_t kernel[] = { window->kernel_h, window->kernel_w };
    const int64_t strides[] = { window->stride_h, window->stride_w };
    put_wholes(converter, "kernel_shape", kernel, 2);
    put_wholes(converter, "strides", strides, 2);
}

/* The same weights in ONNX's shape: a deconvolution's are in x out / group x h x w there. */
static void add_convolution(converter *converter)
{
    bool back = converter->node.op == HAX_OP_DECONVOLUTION;
    const hax_layer_params *params = converter->node.params;
    const hax_window *window = &params->window;
    const int64_t dilations[] = { window->dilation_h, window->dilation_w };
    int64_t in = shape_of_input(converter, 0)->dims[1];
    hax_shape shape = {
        4, { params->outputs, in / params->group, window->kernel_h, window->kernel_w }
    };
    if (back) {
        shape.dims[0] = in;
        shape.dims[1] = params->outputs / params->group;
    }
    const int inputs[] = {
        input_of(converter, 0),
        add_drawn(converter, HAX_ONNX_WEIGHTS, "weight", &shape),
        params->bias
            ? add_drawn(converter, HAX_ONNX_BIAS, "bias", &(hax_shape){ 1, { params->outputs } })
            : -1,
    };
    put_window(converter, window);
    put_wholes(converter, "dilations", dilations, 2);
    put_whole(converter, "group", params->group);
    put_pads(converter, window->pad_top, window->pad_left, window->pad_bottom, window->pad_right);
    add_node(converter, back ? "ConvTranspose" : "Conv", NULL, output_of(converter), inputs,
             params->bias ? 3 : 2);
}

/* Caffe's average counts the padding that it was told, but not what rounding up reaches beyond: the
 * former becomes zeros here, the latter stays padding that does not count. */
static int pad_counted(converter *converter, const hax_kernel *kernel)
{
    const hax_window *window = &kernel->window;
    hax_shape shape = *shape_of_input(converter, 0);
    const int64_t pads[] = { 0, 0, window->pad_top,        window->pad_left,
                             0, 0, kernel->counted_bottom, kernel->counted_right };
    shape.dims[2] += window->pad_top + kernel->counted_bottom;
    shape.dims[3] += window->pad_left + kernel->counted_right;
    const int inputs[] = { input_of(converter, 0), add_wholes(converter, "pads", pads, 8) };
    int padded = add_between(converter, "padded", &shape);
    add_node(converter, "Pad", "pad", padded, inputs, 2);
    return padded;
}

static void add_average(converter *converter, const hax_kernel *kernel)
{
    const hax_window *window = &kernel->window;
    int more_down = window->pad_bottom - kernel->counted_bottom;
    int more_right = window->pad_right - kernel->counted_right;
    bool beyond = more_down > 0 || more_right > 0;
    bool told =
        window->pad_top || window->pad_left || kernel->counted_bottom || kernel->counted_right;
    int from = beyond && told ? pad_counted(converter, kernel) : input_of(converter, 0);
    put_window(converter, window);
    put_whole(converter, "count_include_pad", !beyond);
    if (beyond)
        put_pads(converter, 0, 0, more_down > 0 ? more_down : 0, more_right > 0 ? more_right : 0);
    else
        put_pads(converter, window->pad_top, window->pad_left, window->pad_bottom,
                 window->pad_right);
    add_node(converter, "AveragePool", NULL, output_of(converter), &from, 1);
}

static void add_pooling(converter *converter)
{
    int index = hax_model_layer_kernel(converter->model, converter->layer);
    assert(index >= 0);
    const hax_kernel *kernel = hax_model_kernel(converter->model, index);
    const hax_window *window = &kernel->window;
    bool largest = kernel->pool == HAX_POOL_MAX;
    if (converter->node.params->global) {
        add_simple(converter, largest ? "GlobalMaxPool" : "GlobalAveragePool");
        return;
    }
    if (!largest) {
        add_average(converter, kernel);
        return;
    }
    put_window(converter, window);
    put_pads(converter, window->pad_top, window->pad_left, window->pad_bottom, window->pad_right);
    add_simple(converter, "MaxPool");
}

/* ---- fully connected ------------------------------------------------------------------------- */

/* Rows of what the layer sees as its inputs: Gemm has matrices only. */
static void add_inner_product(converter *converter)
{
    const hax_layer_params *params = converter->node.params;
    const hax_shape *in = shape_of_input(converter, 0), *out = shape_of_output(converter);
    int64_t rows = 1, columns = 1;
    for (int d = 0; d < in->rank; d++)
        *(d < params->axis ? &rows : &columns) *= in->dims[d];
    hax_shape matrix = { 2, { rows, columns } }, result = { 2, { rows, params->outputs } };
    int from = input_of(converter, 0);
    if (in->rank != 2 || params->axis != 1) {
        int flat = add_between(converter, "flattened", &matrix);
        put_whole(converter, "axis", params->axis);
        add_node(converter, "Flatten", "flatten", flat, &from, 1);
        from = flat;
    }
    const int inputs[] = {
        from,
        add_drawn(converter, HAX_ONNX_WEIGHTS, "weight",
                  &(hax_shape){ 2, { params->outputs, columns } }),
        params->bias
            ? add_drawn(converter, HAX_ONNX_BIAS, "bias", &(hax_shape){ 1, { params->outputs } })
            : -1,
    };
    bool shaped = out->rank != 2;
    int to = shaped ? add_between(converter, "product", &result) : output_of(converter);
    put_whole(converter, "transB", 1);
    add_node(converter, "Gemm", NULL, to, inputs, params->bias ? 3 : 2);
    if (!shaped)
        return;
    const int reshaped[] = { to, add_wholes(converter, "shape", out->dims, out->rank) };
    add_node(converter, "Reshape", "reshape", output_of(converter), reshaped, 2);
}

/* ---- channels -------------------------------------------------------------------------------- */

/* One number for each channel, as it broadcasts over `rank` dimensions. */
static hax_shape channel_shape(const converter *converter)
{
    const hax_shape *in = shape_of_input(converter, 0);
    hax_shape shape = { in->rank - 1, { in->dims[1] } };
    for (int d = 1; d < shape.rank; d++)
        shape.dims[d] = 1;
    return shape;
}

static int add_filled(converter *converter, const char *part, float value, int64_t count)
{
    float *kept = hax_arena_alloc(converter->graph->arena, (size_t) count, sizeof *kept);
    converter->failed = converter->failed || !kept;
    for (int64_t i = 0; kept && i < count; i++)
        kept[i] = value;
    return add_tensor(converter, &(hax_onnx_graph_tensor){ .name = part_name(converter, part),
                                                           .type = ONNX_TYPE_FLOAT,
                                                           .shape = { 1, { count } },
                                                           .content = HAX_ONNX_CONSTANT,
                                                           .real = kept });
}

/* Mean 0 and variance 1: what is drawn for the layer is the factor and the offset that follow from
 * its statistics. */
static void add_batch_norm(converter *converter)
{
    int64_t channels = shape_of_input(converter, 0)->dims[1];
    const hax_shape shape = { 1, { channels } };
    const int inputs[INPUTS_MAX] = {
        input_of(converter, 0),
        add_drawn(converter, HAX_ONNX_WEIGHTS, "scale", &shape),
        add_drawn(converter, HAX_ONNX_BIAS, "bias", &shape),
        add_filled(converter, "mean", 0, channels),
        add_filled(converter, "variance", 1, channels),
    };
    put_real(converter, "epsilon", 0);
    add_node(converter, "BatchNormalization", NULL, output_of(converter), inputs, INPUTS_MAX);
}

static void add_scale(converter *converter)
{
    bool bias = converter->node.params->bias;
    hax_shape shape = channel_shape(converter);
    int factors = add_drawn(converter, HAX_ONNX_WEIGHTS, "scale", &shape);
    int scaled = add_step(converter, "Mul", "scaled", input_of(converter, 0), factors, !bias);
    if (bias)
        add_step(converter, "Add", NULL, scaled,
                 add_drawn(converter, HAX_ONNX_BIAS, "bias", &shape), true);
}

static void add_prelu(converter *converter)
{
    hax_shape shape = channel_shape(converter);
    for (int d = 0; d < shape.rank; d++)
        shape.dims[d] = 1; /* one slope for all: Caffe's filler */
    int slopes = add_drawn(converter, HAX_ONNX_WEIGHTS, "slope", &shape);
    add_step(converter, "PRelu", NULL, input_of(converter, 0), slopes, true);
}

static void add_lrn(converter *converter)
{
    const hax_layer_params *params = converter->node.params;
    int x = input_of(converter, 0);
    if (!params->lrn_within) {
        put_whole(converter, "size", params->lrn_size);
        put_real(converter, "alpha", params->lrn_alpha);
        put_real(converter, "beta", params->lrn_beta);
        put_real(converter, "bias", params->lrn_k);
        add_simple(converter, "LRN");
        return;
    }
    const int half = params->lrn_size / 2;
    const hax_window window = {
        params->lrn_size, params->lrn_size, 1, 1, half, half, half, half, 1, 1
    };
    int squares = add_step(converter, "Mul", "squares", x, x, false);
    put_window(converter, &window);
    put_whole(converter, "count_include_pad", 1);
    put_pads(converter, half, half, half, half);
    int mean = add_step(converter, "AveragePool", "mean", squares, -1, false);
    int scaled = add_step(converter, "Mul", "scaled", mean,
                          add_number(converter, "alpha", params->lrn_alpha), false);
    int sum =
        add_step(converter, "Add", "sum", scaled, add_number(converter, "k", params->lrn_k), false);
    int power = add_step(converter, "Pow", "power", sum,
                         add_number(converter, "beta", params->lrn_beta), false);
    add_step(converter, "Div", NULL, x, power, true);
}

/* ---- functions of one number ----------------------------------------------------------------- */

/* factor x + offset, as far as there is something to do. */
static int add_linear(converter *converter, float factor, float offset, bool last)
{
    int x = input_of(converter, 0);
    if (factor != 1)
        x = add_step(converter, "Mul", "scaled", x, add_number(converter, "scale", factor),
                     last && offset == 0);
    if (offset != 0)
        x = add_step(converter, "Add", "shifted", x, add_number(converter, "shift", offset), last);
    return x;
}

/* (scale x + shift)^power */
static void add_power(converter *converter)
{
    const hax_layer_params *params = converter->node.params;
    bool straight = params->power == 1;
    if (straight && params->alpha == 1 && params->beta == 0) {
        add_simple(converter, "Identity");
        return;
    }
    int x = add_linear(converter, params->alpha, params->beta, straight);
    if (!straight)
        add_step(converter, "Pow", NULL, x, add_number(converter, "power", params->power), true);
}

/* base^(scale x + shift) = e^(ln base (scale x + shift)) */
static void add_exp(converter *converter)
{
    const hax_layer_params *params = converter->node.params;
    float base = params->power > 0 ? logf(params->power) : 1;
    int x = add_linear(converter, base * params->alpha, base * params->beta, false);
    add_step(converter, "Exp", NULL, x, -1, true);
}

/* log_base(scale x + shift) */
static void add_log(converter *converter)
{
    const hax_layer_params *params = converter->node.params;
    bool natural = params->power <= 0;
    int x = add_linear(converter, params->alpha, params->beta, false);
    x = add_step(converter, "Log", "natural", x, -1, natural);
    if (!natural)
        add_step(converter, "Div", NULL, x, add_number(converter, "base", logf(params->power)),
                 true);
}

static void add_relu(converter *converter)
{
    float slope = converter->node.params->negative_slope;
    if (slope != 0)
        put_real(converter, "alpha", slope);
    add_simple(converter, slope != 0 ? "LeakyRelu" : "Relu");
}

static void add_elu(converter *converter)
{
    put_real(converter, "alpha", converter->node.params->alpha);
    add_simple(converter, "Elu");
}

/* ---- several inputs or outputs --------------------------------------------------------------- */

static void add_eltwise(converter *converter)
{
    static const char *const ops[] = {
        [HAX_ELTWISE_SUM] = "Sum", [HAX_ELTWISE_PRODUCT] = "Mul", [HAX_ELTWISE_MAX] = "Max"
    };
    const hax_layer_params *params = converter->node.params;
    int count = converter->node.input_count;
    int *inputs = hax_arena_alloc(converter->graph->arena, (size_t) count, sizeof *inputs);
    converter->failed = converter->failed || !inputs;
    for (int i = 0; inputs && i < count; i++) {
        char part[40], number[40];
        float factor = params->coefficients && params->eltwise == HAX_ELTWISE_SUM
                           ? params->coefficients[i]
                           : 1;
        snprintf(part, sizeof part, "scaled%d", i);
        snprintf(number, sizeof number, "coefficient%d", i);
        inputs[i] = input_of(converter, i);
        if (factor != 1)
            inputs[i] = add_step(converter, "Mul", part, inputs[i],
                                 add_number(converter, number, factor), false);
    }
    if (inputs && params->eltwise != HAX_ELTWISE_PRODUCT)
        add_node(converter, ops[params->eltwise], NULL, output_of(converter), inputs, count);
    int product = inputs ? inputs[0] : -1; /* Mul takes two */
    for (int i = 1; inputs && params->eltwise == HAX_ELTWISE_PRODUCT && i < count; i++) {
        char part[40];
        snprintf(part, sizeof part, "product%d", i);
        product = add_step(converter, "Mul", part, product, inputs[i], i + 1 == count);
    }
}

static void add_concat(converter *converter)
{
    int count = converter->node.input_count;
    int *inputs = hax_arena_alloc(converter->graph->arena, (size_t) count, sizeof *inputs);
    converter->failed = converter->failed || !inputs;
    for (int i = 0; inputs && i < count; i++)
        inputs[i] = input_of(converter, i);
    put_whole(converter, "axis", converter->node.params->axis);
    if (inputs)
        add_node(converter, "Concat", NULL, output_of(converter), inputs, count);
}

/* Caffe's copies its bottom to every top. */
static void add_split(converter *converter)
{
    int from = input_of(converter, 0);
    for (int t = 0; t < converter->node.output_count; t++) {
        char part[40];
        snprintf(part, sizeof part, "copy%d", t);
        add_node(converter, "Identity", t == 0 ? NULL : part,
                 converter->tensor_of[converter->node.outputs[t]], &from, 1);
    }
}

static void add_softmax(converter *converter)
{
    put_whole(converter, "axis", converter->node.params->axis);
    add_simple(converter, "Softmax");
}

static void add_flatten(converter *converter)
{
    const hax_shape *out = shape_of_output(converter);
    int shape = add_wholes(converter, "shape", out->dims, out->rank);
    add_step(converter, "Reshape", NULL, input_of(converter, 0), shape, true);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void add_input(converter *converter)
{
    hax_onnx_graph *graph = converter->graph;
    if (!converter->failed)
        graph->tensors[output_of(converter)].content = HAX_ONNX_INPUT;
}

/* Every operation that a layer of Caffe's can be; those that only files of ONNX have are written as
 * they were read. */
static hax_status convert_layer(converter *converter, hax_error *err)
{
    switch (converter->node.op) {
    case HAX_OP_INPUT: add_input(converter); break;
    case HAX_OP_CONVOLUTION:
    case HAX_OP_DECONVOLUTION: add_convolution(converter); break;
    case HAX_OP_INNER_PRODUCT: add_inner_product(converter); break;
    case HAX_OP_POOLING: add_pooling(converter); break;
    case HAX_OP_LRN: add_lrn(converter); break;
    case HAX_OP_BATCH_NORM: add_batch_norm(converter); break;
    case HAX_OP_SCALE: add_scale(converter); break;
    case HAX_OP_PRELU: add_prelu(converter); break;
    case HAX_OP_RELU: add_relu(converter); break;
    case HAX_OP_ELU: add_elu(converter); break;
    case HAX_OP_POWER: add_power(converter); break;
    case HAX_OP_EXP: add_exp(converter); break;
    case HAX_OP_LOG: add_log(converter); break;
    case HAX_OP_SIGMOID: add_simple(converter, "Sigmoid"); break;
    case HAX_OP_TANH: add_simple(converter, "Tanh"); break;
    case HAX_OP_ABSVAL: add_simple(converter, "Abs"); break;
    case HAX_OP_BNLL: add_simple(converter, "Softplus"); break;
    case HAX_OP_DROPOUT: add_simple(converter, "Dropout"); break;
    case HAX_OP_ELTWISE: add_eltwise(converter); break;
    case HAX_OP_CONCAT: add_concat(converter); break;
    case HAX_OP_SPLIT: add_split(converter); break;
    case HAX_OP_SOFTMAX: add_softmax(converter); break;
    case HAX_OP_FLATTEN: add_flatten(converter); break;
    default:
        return hax_fail(err, HAX_FAILURE, "layer '%.100s': %s is not written as ONNX",
                        converter->node.name, hax_op_name(converter->node.op));
    }
    return HAX_OK;
}

/* A tensor that is changed in place is several edges of one name, which only the last one keeps. */
static hax_status add_edges(converter *converter, hax_error *err)
{
    const hax_model *model = converter->model;
    for (int e = 0; e < hax_model_edge_count(model); e++) {
        hax_edge edge = hax_model_edge(model, e);
        const char *name = edge.name;
        bool renamed = false;
        for (int later = e + 1; later < hax_model_edge_count(model) && !renamed; later++)
            renamed = strcmp(hax_model_edge(model, later).name, name) == 0;
        if (renamed)
            name = join_names(converter, join_names(converter, name, "before"),
                              edge.producer < 0 ? "" : hax_model_layer(model, edge.producer).name);
        assert(!edge.known);
        converter->tensor_of[e] = add_tensor(
            converter, &(hax_onnx_graph_tensor){
                           .name = name,
                           .type = ONNX_TYPE_FLOAT,
                           .shape = *edge.shape,
                           .kernel_tensor = edge.tensor + 1,
                           .content = edge.producer < 0 ? HAX_ONNX_INPUT : HAX_ONNX_COMPUTED });
    }
    return converter->failed ? hax_fail_memory(err, "an ONNX graph") : HAX_OK;
}

static void find_outputs(converter *converter)
{
    hax_onnx_graph *graph = converter->graph;
    for (int o = 0; o < hax_model_output_count(converter->model); o++) {
        const char *name = hax_model_output_info(converter->model, o).name;
        int found = hax_model_edge_count(converter->model) - 1;
        while (strcmp(hax_model_edge(converter->model, found).name, name) != 0) {
            found--;
            assert(found >= 0);
        }
        graph->outputs[graph->output_count++] = converter->tensor_of[found];
    }
}

static hax_status convert_all(converter *converter, hax_error *err)
{
    HAX_TRY(add_edges(converter, err));
    for (int l = 0; l < hax_model_layer_count(converter->model); l++) {
        converter->layer = l;
        converter->node = hax_model_node(converter->model, l);
        HAX_TRY(convert_layer(converter, err));
        if (converter->failed)
            return hax_fail_memory(err, "an ONNX graph");
    }
    find_outputs(converter);
    return HAX_OK;
}

hax_status hax_onnx_graph_convert(hax_onnx_graph *graph, hax_error *err)
{
    converter converter = { .graph = graph, .model = graph->model };
    graph->opset = OPSET;
    graph->ir_version = IR_VERSION;
    converter.tensor_of = hax_arena_alloc(graph->arena, (size_t) hax_model_edge_count(graph->model),
                                          sizeof *converter.tensor_of);
    if (!converter.tensor_of)
        return hax_fail_memory(err, "an ONNX graph");
    if (!choose_mark(&converter))
        return hax_fail(err, HAX_BAD_INPUT,
                        "%.100s: its names hold a dot and rows of up to %d colons, so that no name "
                        "is left for weights: rename its layers",
                        hax_model_name(graph->model), (int) sizeof converter.mark - 2);
    hax_status status = convert_all(&converter, err);
    hax_text_free(&converter.attributes);
    return status;
}
