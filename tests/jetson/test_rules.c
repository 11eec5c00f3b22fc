/* Every rule of the DLA at its limit: the last value that runs, the first that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "haxconn/jetson.h"
#include "model/onnx_samples.h"

/* ---- one layer on an input of some size -------------------------------------------------- */

typedef struct limit {
    const char *board, *tensorrt;
    int channels, height, width;
    const char *type, *params;
    const char *reason; /* NULL: runs */
} limit;

static hax_jetson_target target_of(const char *board, const char *tensorrt)
{
    hax_jetson_target target;
    hax_error err = { 0 };
    if (hax_jetson_target_make(board, tensorrt, &target, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return target;
}

static const hax_jetson_rules *ask_text(const char *text, const hax_jetson_target *target)
{
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(text, strlen(text), "net", NULL, &model, &err) != HAX_OK ||
        hax_grouping_make(model, "1", &grouping, &err) != HAX_OK ||
        hax_jetson_rules_make(model, grouping, target, &rules, &err) != HAX_OK)
        fail_msg("%d: %s\n%s", err.line, err.message, text);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
    return rules;
}

static const hax_jetson_rules *ask_layer(const limit *limit, const hax_jetson_target *target)
{
    char text[1024];
    snprintf(text, sizeof text,
             "input: 'data' input_dim: 1 input_dim: %d input_dim: %d input_dim: %d\n"
             "layer { name: 'x' type: '%s' bottom: 'data' top: 'x' %s }\n",
             limit->channels, limit->height, limit->width, limit->type, limit->params);
    return ask_text(text, target);
}

static void expect(const limit *limit, const hax_jetson_target *target)
{
    const hax_jetson_rules *rules = ask_layer(limit, target);
    const hax_jetson_layer *layer = &rules->layers[rules->layer_count - 1];
    const char *reason = layer->reason ? layer->reason : "runs";
    if (strcmp(reason, limit->reason ? limit->reason : "runs") != 0)
        fail_msg("%s %s, %dx%dx%d %s %s: '%s'", limit->board, limit->tensorrt, limit->channels,
                 limit->height, limit->width, limit->type, limit->params, reason);
    assert_int_equal(layer->runs, limit->reason == NULL);
    assert_int_equal(rules->groups[0].runs, layer->runs);
    hax_jetson_rules_destroy(rules);
}

static void expect_all(const limit *limits, size_t count)
{
    for (size_t l = 0; l < count; l++) {
        hax_jetson_target target = target_of(limits[l].board, limits[l].tensorrt);
        expect(&limits[l], &target);
    }
}

#define EXPECT_ALL(limits) expect_all(limits, sizeof(limits) / sizeof *(limits))
#define XAVIER7 "xavier-agx", "7.1.3"
#define XAVIER8 "xavier-agx", "8.5.2"
#define ORIN84 "orin-agx", "8.4.1"
#define ORIN10 "orin-agx", "10.3.0"
#define CONV(params) "Convolution", "convolution_param { " params " }"
#define DECONV(params) "Deconvolution", "convolution_param { " params " }"
#define POOL(params) "Pooling", "pooling_param { " params " }"

static void test_convolution(void **state)
{
    (void) state;
    static const limit limits[] = {
        { XAVIER7, 1, 64, 64, CONV("num_output: 8 kernel_size: 32"), NULL },
        { XAVIER7, 1, 64, 64, CONV("num_output: 8 kernel_size: 33"), "kernel 33x33 > 32" },
        { XAVIER7, 1, 64, 64, CONV("num_output: 8 kernel_h: 1 kernel_w: 33"), "kernel 1x33 > 32" },
        { XAVIER7, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 stride: 8"), NULL },
        { XAVIER7, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 stride: 9"), "stride 9x9 > 8" },
        { XAVIER7, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 pad: 31"), NULL },
        { XAVIER7, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 pad: 32"), "padding 32x32 > 31" },
        { XAVIER8, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 pad: 2"), NULL },
        { XAVIER8, 4, 64, 64, CONV("num_output: 8 kernel_size: 3 pad: 3"),
          "padding 3x3 not smaller than the kernel 3x3" },
        { XAVIER7, 4, 80, 80, CONV("num_output: 8 kernel_size: 3 dilation: 32"), NULL },
        { XAVIER7, 4, 80, 80, CONV("num_output: 8 kernel_size: 3 dilation: 33"),
          "dilation 33x33 > 32" },
        { XAVIER7, 4, 2, 2, CONV("num_output: 8192 kernel_size: 1"), NULL },
        { XAVIER7, 4, 2, 2, CONV("num_output: 8193 kernel_size: 1"), "output maps 8193 > 8192" },
        { XAVIER7, 8192, 2, 2, CONV("num_output: 8192 kernel_size: 1 group: 8192"), NULL },
        { XAVIER7, 8193, 2, 2, CONV("num_output: 3 kernel_size: 1"), "input C 8193 > 8192" },
        { ORIN10, 1, 8192, 2, CONV("num_output: 1 kernel_size: 1"), NULL },
        { ORIN10, 1, 8193, 2, CONV("num_output: 1 kernel_size: 1"), "input H 8193 > 8192" },
        { ORIN10, 1, 2, 8193, CONV("num_output: 1 kernel_size: 1"), "input W 8193 > 8192" },
    };
    EXPECT_ALL(limits);
}

static void test_deconvolution(void **state)
{
    (void) state;
    static const limit limits[] = {
        { XAVIER7, 4, 8, 8, DECONV("num_output: 4 kernel_size: 32 stride: 32"), NULL },
        { XAVIER7, 4, 8, 8, DECONV("num_output: 4 kernel_size: 33 stride: 2"),
          "kernel 33x33 > 32" },
        { XAVIER7, 4, 8, 8, DECONV("num_output: 4 kernel_h: 1 kernel_w: 64"), NULL },
        { XAVIER7, 4, 8, 8, DECONV("num_output: 4 kernel_h: 1 kernel_w: 65"), "kernel 1x65 > 32" },
        { XAVIER7, 4, 8, 8, DECONV("num_output: 4 kernel_h: 1 kernel_w: 128"), NULL },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 22 stride: 22"), NULL },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 23 stride: 2"),
          "square kernel 23x23 in [23, 32]" },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 2 stride: 23"),
          "square stride 23x23 in [23, 32]" },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 4 stride: 2 pad: 1"),
          "padding 1x1 > 0" },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 4 stride: 2 dilation: 2"),
          "dilation 2x2 > 1" },
        { ORIN84, 4, 8, 8, DECONV("num_output: 4 kernel_size: 4 stride: 2 group: 2"),
          "groups 2 > 1" },
    };
    EXPECT_ALL(limits);
}

static void test_pooling(void **state)
{
    (void) state;
    static const limit limits[] = {
        { XAVIER7, 4, 64, 64, POOL("pool: MAX kernel_size: 8 stride: 8"), NULL },
        { XAVIER7, 4, 64, 64, POOL("pool: AVE kernel_size: 9 stride: 8"), "window 9x9 > 8" },
        { XAVIER7, 4, 65, 65, POOL("pool: MAX kernel_size: 1 stride: 16"), NULL },
        { XAVIER7, 4, 69, 69, POOL("pool: MAX kernel_size: 1 stride: 17"), "stride 17x17 > 16" },
        { XAVIER7, 4, 64, 64, POOL("pool: MAX kernel_size: 8 pad: 7"), NULL },
        { XAVIER7, 4, 8, 8, POOL("pool: AVE global_pooling: true"), NULL },
        { XAVIER7, 4, 10, 10, POOL("pool: AVE global_pooling: true"), "window 10x10 > 8" },
        { ORIN10, 4, 8, 9, POOL("pool: AVE global_pooling: true"), "window 8x9 > 8" },
    };
    EXPECT_ALL(limits);
}

static void test_fully_connected(void **state)
{
    (void) state;
    static const limit limits[] = {
        { XAVIER7, 4, 2, 2, "InnerProduct", "inner_product_param { num_output: 8192 }", NULL },
        { XAVIER7, 4, 2, 2, "InnerProduct", "inner_product_param { num_output: 8193 }",
          "outputs 8193 > 8192" },
        { XAVIER8, 1, 32, 32, "InnerProduct", "inner_product_param { num_output: 8 }", NULL },
        { XAVIER8, 1, 33, 32, "InnerProduct", "inner_product_param { num_output: 8 }",
          "kernel 33x32 > 32" },
    };
    EXPECT_ALL(limits);
}

static void test_others(void **state)
{
    (void) state;
    static const limit limits[] = {
        { XAVIER7, 4, 2, 2, "ReLU", "", NULL },
        { XAVIER7, 4, 2, 2, "ReLU", "relu_param { negative_slope: 0.1 }",
          "leaky ReLU before TensorRT 8" },
        { XAVIER8, 4, 2, 2, "ReLU", "relu_param { negative_slope: 0.1 }", NULL },
        { XAVIER8, 4, 2, 2, "ReLU", "relu_param { negative_slope: -0.5 }",
          "negative slope -0.5 below 0" },
        { XAVIER7, 4, 2, 2, "PReLU", "", "PReLU before TensorRT 8" },
        { XAVIER8, 4, 2, 2, "PReLU", "", NULL },
        { XAVIER7, 4, 2, 2, "AbsVal", "", "absolute value before TensorRT 8" },
        { XAVIER8, 4, 2, 2, "AbsVal", "", NULL },
        { XAVIER7, 4, 2, 2, "Sigmoid", "", NULL },
        { XAVIER7, 4, 2, 2, "TanH", "", NULL },
        { ORIN10, 4, 2, 2, "ELU", "", "no rule lets ELU run" },
        { ORIN10, 4, 2, 2, "Power", "power_param { power: 2 }", "a power other than 1" },
        { ORIN10, 4, 2, 2, "Power", "power_param { scale: 2 }", NULL },
        { XAVIER7, 16, 2, 2, "LRN", "lrn_param { local_size: 3 }", NULL },
        { XAVIER7, 16, 2, 2, "LRN", "lrn_param { local_size: 1 }", "window 1 < 3" },
        { XAVIER7, 16, 2, 2, "LRN", "lrn_param { local_size: 9 }", NULL },
        { XAVIER7, 16, 2, 2, "LRN", "lrn_param { local_size: 11 }", "window 11 > 9" },
        { XAVIER7, 16, 2, 2, "LRN", "lrn_param { norm_region: WITHIN_CHANNEL }",
          "normalises within channels, only across them is known" },
        { XAVIER8, 10, 1, 1, "Softmax", "", "Softmax is on the DLA of Orin only" },
        { ORIN84, 1024, 1, 1, "Softmax", "", NULL },
        { ORIN84, 1025, 1, 1, "Softmax", "", "axis of 1025 > 1024" },
        { ORIN84, 10, 1, 2, "Softmax", "", "dimension 3 is 2, all but the axis must be 1" },
        { ORIN10, 8192, 1, 1, "Softmax", "", NULL },
        { ORIN10, 8193, 1, 1, "Softmax", "", "axis of 8193 > 8192" },
        { ORIN10, 1024, 1, 2, "Softmax", "", NULL },
        { ORIN10, 1025, 1, 2, "Softmax", "", "axis of 1025 > 1024" },
        { ORIN84, 4, 2, 2, "Flatten", "", "Shuffle is on the DLA of Orin only, from TensorRT 8.5" },
        { XAVIER8, 4, 2, 2, "Flatten", "",
          "Shuffle is on the DLA of Orin only, from TensorRT 8.5" },
        { "orin-agx", "8.5.2", 4, 2, 2, "Flatten", "", NULL },
        { "orin-nano-8gb", "10.3", 4, 2, 2, "ReLU", "", "orin-nano-8gb has no DLA" },
        { "thor", "10.13", 4, 2, 2, "ReLU", "", "thor has no DLA" },
    };
    EXPECT_ALL(limits);
}

#define TWO(axis)                                                                                  \
    "layer { name: 'a' type: 'Input' top: 'a' input_param { shape { dim: 1 dim: 4 dim: 2 dim: 2 "  \
    "} } }\n"                                                                                      \
    "layer { name: 'p' type: 'ReLU' bottom: 'a' top: 'p' }\n"                                      \
    "layer { name: 'q' type: 'ReLU' bottom: 'a' top: 'q' }\n"                                      \
    "layer { name: 'x' type: 'Concat' bottom: 'p' bottom: 'q' top: 'x' concat_param { axis: " axis \
    " } }\n"

#define ALONE                                                             \
    "input: 'data' input_dim: 1 input_dim: 4 input_dim: 2 input_dim: 2\n" \
    "layer { name: 'x' type: 'Concat' bottom: 'data' top: 'x' }\n"        \
    "layer { name: 'y' type: 'ReLU' bottom: 'x' top: 'y' }\n"

static void test_concat(void **state)
{
    (void) state;
    hax_jetson_target target = target_of(XAVIER8);
    const hax_jetson_rules *rules = ask_text(TWO("1"), &target);
    assert_int_equal(rules->layers_running, 3);
    hax_jetson_rules_destroy(rules);
    rules = ask_text(TWO("2"), &target);
    assert_int_equal(rules->layers_running, 2);
    assert_int_equal(rules->groups[0].refused, 1);
    assert_string_equal(rules->groups[0].reason, "x: axis 2, only channels (1) can be joined");
    hax_jetson_rules_destroy(rules);

    target = target_of(XAVIER7);
    rules = ask_text(ALONE, &target);
    assert_int_equal(rules->layers_running, 2);
    hax_jetson_rules_destroy(rules);
    target = target_of(XAVIER8);
    rules = ask_text(ALONE, &target);
    assert_string_equal(rules->groups[0].reason, "x: inputs 1 < 2");
    hax_jetson_rules_destroy(rules);
}

static hax_model *with_operation(hax_op op, float low, float high)
{
    hax_layer_list list;
    hax_model *model = NULL;
    const char *two[] = { "a", "a" };
    hax_layer_list_init(&list, hax_arena_create(), "net", NULL);
    hax_layer_list_input(&list, "a", 4, 2, 2, true);
    hax_layer_spec *layer = hax_layer_list_add(&list, op, "x");
    hax_layer_list_set_bottoms(&list, layer, two, op == HAX_OP_CLIP || op == HAX_OP_SILU ? 1 : 2);
    hax_layer_list_set_tops(&list, layer, (const char *const[]){ "x" }, 1);
    layer->params.has_low = layer->params.has_high = true;
    layer->params.low = low;
    layer->params.high = high;
    assert_int_equal(hax_graph_build(&list, &model, NULL), HAX_OK);
    return model;
}

static void expect_operation(hax_op op, float low, float high, const char *tensorrt,
                             const char *reason)
{
    hax_jetson_target target = target_of("xavier-agx", tensorrt);
    hax_model *model = with_operation(op, low, high);
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    assert_int_equal(hax_grouping_make(model, "1", &grouping, NULL), HAX_OK);
    assert_int_equal(hax_jetson_rules_make(model, grouping, &target, &rules, NULL), HAX_OK);
    const char *told = rules->layers[rules->layer_count - 1].reason;
    assert_string_equal(told ? told : "runs", reason);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void test_operations_of_onnx(void **state)
{
    (void) state;
    expect_operation(HAX_OP_ADD, 0, 0, "7.1", "runs");
    expect_operation(HAX_OP_MUL, 0, 0, "7.1", "runs");
    expect_operation(HAX_OP_SUB, 0, 0, "7.1", "difference before TensorRT 8");
    expect_operation(HAX_OP_SUB, 0, 0, "8.5", "runs");
    expect_operation(HAX_OP_DIV, 0, 0, "8.5", "no rule lets Div run");
    expect_operation(HAX_OP_SILU, 0, 0, "8.5", "runs");
    expect_operation(HAX_OP_CLIP, 0, 127, "8.5", "runs");
    expect_operation(HAX_OP_CLIP, 0, 128, "8.5", "clips to other than [0, 1..127]");
    expect_operation(HAX_OP_CLIP, -1, 1, "8.5", "clips to other than [0, 1..127]");
    expect_operation(HAX_OP_CLIP, 0, 128, "7.1", "runs");
}

/* One layer of an ONNX model on 1 x 4 x 6 x 6, and what a DLA of Orin says of it; "runs". */
static void expect_node(message node, const float *scales, const int64_t *lists[4],
                        const char *board, const char *tensorrt, hax_jetson_precision precision,
                        const char *reason)
{
    static const char *const names[] = { "starts", "ends", "axes", "steps" };
    hax_jetson_target target = target_of(board, tensorrt);
    target.precision = precision;
    network net = network_open(13);
    hax_model *model = NULL;
    hax_error err = { 0 };
    add_input(&net, "x", "2 4 6 6");
    add_output(&net, "z");
    if (scales)
        add_tensor(&net, tensor_raw("scales", 1, SAMPLE_DIMS(4), scales, 4 * sizeof *scales));
    for (int l = 0; lists && l < 4; l++)
        add_tensor(&net, tensor_longs(names[l], lists[l], 1));
    add_node(&net, node_of("Relu", "r", "x", "y"));
    add_node(&net, node);
    message file = network_close(&net);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    assert_int_equal(hax_grouping_make(model, "1", &grouping, NULL), HAX_OK);
    assert_int_equal(hax_jetson_rules_make(model, grouping, &target, &rules, NULL), HAX_OK);
    const char *told = rules->layers[rules->layer_count - 1].reason;
    assert_string_equal(told ? told : "runs", reason);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* A product of the input and of what a node makes of it. */
static void expect_beside(message node, const char *tensorrt, const char *reason)
{
    hax_jetson_target target = target_of("orin-agx", tensorrt);
    network net = network_open(13);
    hax_model *model = NULL;
    hax_error err = { 0 };
    add_input(&net, "x", "2 4 6 6");
    add_output(&net, "z");
    add_node(&net, node_of("Relu", "r", "x", "y"));
    add_node(&net, node);
    add_node(&net, node_of("Mul", "m", "y g", "z"));
    message file = network_close(&net);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    assert_int_equal(hax_grouping_make(model, "1", &grouping, NULL), HAX_OK);
    assert_int_equal(hax_jetson_rules_make(model, grouping, &target, &rules, NULL), HAX_OK);
    const char *told = rules->layers[rules->layer_count - 1].reason;
    assert_string_equal(told ? told : "runs", reason);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* A product with a constant of these dimensions, which end with -1, on 2 x 4 x 6 x 6. */
static void expect_constant(const int64_t *dims, int count, const char *reason)
{
    hax_jetson_target target = target_of("orin-agx", "8.6");
    static const float ones[4 * 6 * 6] = { 1, 2, 3, 4, 5, 6 };
    network net = network_open(13);
    hax_model *model = NULL;
    hax_error err = { 0 };
    add_input(&net, "x", "2 4 6 6");
    add_output(&net, "z");
    add_tensor(&net, tensor_raw("k", 1, dims, ones, (size_t) count * sizeof *ones));
    add_node(&net, node_of("Relu", "r", "x", "y"));
    add_node(&net, node_of("Mul", "m", "y k", "z"));
    message file = network_close(&net);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    const hax_grouping *grouping = NULL;
    const hax_jetson_rules *rules = NULL;
    assert_int_equal(hax_grouping_make(model, "1", &grouping, NULL), HAX_OK);
    assert_int_equal(hax_jetson_rules_make(model, grouping, &target, &rules, NULL), HAX_OK);
    const char *told = rules->layers[rules->layer_count - 1].reason;
    assert_string_equal(told ? told : "runs", reason);
    hax_jetson_rules_destroy(rules);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void a_constant_operand_is_a_scale(void **state)
{
    (void) state;
    expect_constant(SAMPLE_DIMS(1), 1, "runs");
    expect_constant(SAMPLE_DIMS(4, 1, 1), 4, "runs");
    expect_constant(SAMPLE_DIMS(1, 4, 1, 1), 4, "runs");
    expect_constant(SAMPLE_DIMS(6), 6,
                    "a constant operand of 6 numbers is no scale of all, of 4 channels or of "
                    "elements");
    expect_constant(SAMPLE_DIMS(1, 4, 6, 1), 24,
                    "a constant operand of 24 numbers is no scale of all, of 4 "
                    "channels or of elements");
}

static message largest(const char *name, int64_t axis, int64_t other)
{
    const int64_t axes[] = { axis, other, INT64_MIN };
    message node = node_of("ReduceMax", "reduce", "y", name);
    with_wholes(&node, "axes", axes, false);
    return node;
}

static void operands_may_be_one_a_channel_from_10(void **state)
{
    (void) state;
    expect_beside(node_of("GlobalMaxPool", "pool", "y", "g"), "10.3", "runs");
    expect_beside(node_of("GlobalMaxPool", "pool", "y", "g"), "8.6",
                  "operands differ in shape before TensorRT 10");
    expect_beside(largest("g", 1, 2), "10.3", "operands differ in shape"); /* a row */
}

static void the_largest_is_reduced_on_orin(void **state)
{
    (void) state;
    expect_node(largest("z", 2, 3), NULL, NULL, "orin-agx", "8.6", HAX_JETSON_FP16, "runs");
    expect_node(largest("z", 0, 1), NULL, NULL, "orin-agx", "8.6", HAX_JETSON_FP16,
                "reduces the batch, only C, H and W can be");
    expect_node(largest("z", 2, 3), NULL, NULL, "orin-agx", "8.5", HAX_JETSON_FP16,
                "ReduceMax is on the DLA of Orin only, from TensorRT 8.6");
}

static void expect_resize(const char *mode, float n, float c, float h, float w,
                          const char *tensorrt, const char *reason)
{
    const float scales[] = { n, c, h, w };
    message node = node_of("Resize", "resize", "y - scales", "z");
    with_text(&node, "mode", mode);
    with_text(&node, "coordinate_transformation_mode", "asymmetric");
    bool old = strcmp(tensorrt, "8.2") == 0; /* Orin has none so old */
    expect_node(node, scales, NULL, old ? "xavier-agx" : "orin-agx", tensorrt, HAX_JETSON_FP16,
                reason);
}

static void resize_has_whole_scales_of_the_plane(void **state)
{
    (void) state;
    expect_resize("nearest", 1, 1, 2, 2, "8.6", "runs");
    expect_resize("nearest", 1, 1, 32, 1, "10.3", "runs");
    expect_resize("nearest", 1, 1, 33, 1, "10.3", "scale 33 > 32");
    expect_resize("linear", 1, 1, 4, 4, "10.3", "runs");
    expect_resize("linear", 1, 1, 5, 4, "10.3", "linear scale 5 > 4");
    expect_resize("nearest", 1, 1, 1.5F, 2, "10.3", "scale 1.5 is not whole");
    expect_resize("nearest", 1, 1, 0.5F, 2, "10.3", "scale 0.5 is not whole");
    expect_resize("nearest", 1, 1, 2, 2, "8.2", "Resize before TensorRT 8.4");
}

static void expect_stepped(int64_t axis, int64_t each, const char *board, const char *tensorrt,
                           hax_jetson_precision precision, const char *reason)
{
    const int64_t start[] = { 0 }, end[] = { 1 }, axes[] = { axis }, step[] = { each };
    const int64_t *lists[] = { start, end, axes, step };
    expect_node(node_of("Slice", "slice", "y starts ends axes steps", "z"), NULL, lists, board,
                tensorrt, precision, reason);
}

static void expect_slice(int64_t axis, const char *board, const char *tensorrt,
                         hax_jetson_precision precision, const char *reason)
{
    expect_stepped(axis, 1, board, tensorrt, precision, reason);
}

static void slices_are_as_splits_are(void **state)
{
    (void) state;
    expect_stepped(2, 2, "orin-agx", "10.3", HAX_JETSON_FP16, "slices with a step of 2, only 1");
    for (int64_t axis = 1; axis < 4; axis++)
        expect_slice(axis, "orin-agx", "8.6", HAX_JETSON_FP16, "runs");
    expect_slice(0, "orin-agx", "8.6", HAX_JETSON_FP16, "slices the batch, only C, H and W can be");
    expect_slice(1, "orin-agx", "8.6", HAX_JETSON_INT8, "Slice runs in FP16 only");
    expect_slice(1, "xavier-agx", "8.5", HAX_JETSON_FP16,
                 "Slice is on the DLA of Orin only, from TensorRT 8.5");
}

static void test_precision_and_batch(void **state)
{
    (void) state;
    hax_jetson_target old = target_of(XAVIER7), orin = target_of(ORIN10);
    limit relu = { XAVIER7, 4, 2, 2, "ReLU", "", NULL };
    old.batch = 32;
    expect(&relu, &old);
    old.batch = 33;
    relu.reason = "batch 33 > 32";
    expect(&relu, &old);
    orin.batch = 4096;
    relu.reason = NULL;
    expect(&relu, &orin);
    orin.batch = 4097;
    relu.reason = "batch 4097 > 4096";
    expect(&relu, &orin);
    hax_jetson_target orin84 = target_of(ORIN84);
    orin84.batch = orin.batch = 2;
    limit softmax = { ORIN84, 10, 1, 1, "Softmax", "", "batch 2, only 1" };
    expect(&softmax, &orin84);
    limit later = { ORIN10, 10, 1, 1, "Softmax", "", NULL };
    expect(&later, &orin);
    orin.batch = 1;
    orin.precision = HAX_JETSON_INT8;
    limit flatten = { ORIN10, 4, 2, 2, "Flatten", "", "Shuffle runs in FP16 only" };
    expect(&flatten, &orin);
    orin.precision = HAX_JETSON_FP32;
    relu.reason = "fp32: the DLA computes in FP16 and INT8 only";
    expect(&relu, &orin);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void expect_cbuf(hax_jetson_cbuf need, int64_t weights, int64_t data)
{
    assert_int_equal(need.weights, weights);
    assert_int_equal(need.data, data);
}

static void test_convolution_buffer(void **state)
{
    (void) state;
    /* 512 channels, 3x3, FP16: 9216 bytes; 32 atoms x 28 / 4 x 3 rows = 672 of 256 */
    expect_cbuf(hax_jetson_cbuf_need(512, 28, 3, 3, 1, 2), 1, 3);
    expect_cbuf(hax_jetson_cbuf_need(16384, 1, 1, 1, 1, 2), 1, 1);
    expect_cbuf(hax_jetson_cbuf_need(16385, 1, 1, 1, 1, 2), 2, 2);
    expect_cbuf(hax_jetson_cbuf_need(16385, 1, 1, 1, 1, 1), 1, 1);
    /* 1 + 15 banks run, 1 + 16 do not: 64 channels of FP16, 240 wide, 16 or 17 rows */
    static const limit limits[] = {
        { XAVIER8, 64, 40, 240, CONV("num_output: 8 kernel_h: 16 kernel_w: 1"), NULL },
        { XAVIER8, 64, 40, 240, CONV("num_output: 8 kernel_h: 17 kernel_w: 1"),
          "convolution buffer: 1 banks for weights + 16 for data > 16" },
        { XAVIER8, 64, 40, 240, CONV("num_output: 8 kernel_h: 2 kernel_w: 1 dilation: 15"), NULL },
        { XAVIER8, 64, 40, 240, CONV("num_output: 8 kernel_h: 2 kernel_w: 1 dilation: 16"),
          "convolution buffer: 1 banks for weights + 16 for data > 16" },
        { XAVIER8, 128, 40, 240, CONV("num_output: 8 kernel_h: 16 kernel_w: 1 group: 2"), NULL },
    };
    EXPECT_ALL(limits);
    hax_jetson_target int8 = target_of(XAVIER8);
    int8.precision = HAX_JETSON_INT8;
    limit again = limits[1];
    again.reason = NULL;
    expect(&again, &int8);
}

static void expect_bytes(hax_jetson_format format, hax_jetson_precision precision,
                         const char *board, int64_t bytes)
{
    hax_jetson_target target = target_of(board, NULL);
    const hax_shape shape = { 4, { 1, 3, 5, 7 } };
    target.precision = precision;
    assert_int_equal(hax_jetson_format_bytes(format, &shape, &target), bytes);
}

static void test_formats(void **state)
{
    (void) state;
    expect_bytes(HAX_JETSON_LINEAR, HAX_JETSON_FP16, "orin-agx", 3 * 5 * 7 * 2);
    expect_bytes(HAX_JETSON_DLA_LINEAR, HAX_JETSON_FP16, "orin-agx", 3 * 5 * 32 * 2);
    expect_bytes(HAX_JETSON_DLA_LINEAR, HAX_JETSON_INT8, "orin-agx", 3 * 5 * 64);
    expect_bytes(HAX_JETSON_DLA_HWC4, HAX_JETSON_FP16, "orin-agx", 5 * 8 * 4 * 2);
    expect_bytes(HAX_JETSON_DLA_HWC4, HAX_JETSON_INT8, "orin-agx", 5 * 16 * 4);
    expect_bytes(HAX_JETSON_DLA_HWC4, HAX_JETSON_INT8, "xavier-agx", 5 * 8 * 4);
    expect_bytes(HAX_JETSON_CHW4, HAX_JETSON_INT8, "orin-agx", 4 * 5 * 7);
    expect_bytes(HAX_JETSON_CHW4, HAX_JETSON_FP16, "orin-agx", -1);
    expect_bytes(HAX_JETSON_CHW16, HAX_JETSON_FP16, "orin-agx", 16 * 5 * 7 * 2);
    expect_bytes(HAX_JETSON_CHW16, HAX_JETSON_INT8, "orin-agx", -1);
    expect_bytes(HAX_JETSON_CHW32, HAX_JETSON_INT8, "orin-agx", 32 * 5 * 7);
    expect_bytes(HAX_JETSON_HWC8, HAX_JETSON_FP16, "orin-agx", 8 * 5 * 7 * 2);
}

static void test_boards(void **state)
{
    (void) state;
    for (int b = 0; hax_jetson_board_at(b); b++) {
        const hax_jetson_board *board = hax_jetson_board_at(b);
        double gbps = hax_jetson_emc_gbps(100, board->emc_mhz, board->emc_bits);
        assert_true(gbps > board->peak_gbps - 0.1 && gbps < board->peak_gbps + 0.1);
        assert_ptr_equal(hax_jetson_board_find(board->name), board);
        hax_jetson_target target = target_of(board->name, NULL);
        assert_int_equal(target.tensorrt, board->tensorrt_usual);
    }
    assert_int_equal(hax_jetson_loadables_max(70199), 8);
    assert_int_equal(hax_jetson_loadables_max(80401), 4);
    assert_int_equal(hax_jetson_loadables_max(80500), 16);
}

static void test_targets_refused(void **state)
{
    (void) state;
    static const struct {
        const char *board, *tensorrt, *message;
    } wrong[] = {
        { "nano", NULL, "no board 'nano'" },
        { "xavier-agx", "10.3", "has TensorRT 7.1 to 8.5 (JetPack 4.4 to 5.1), not 10.3" },
        { "xavier-agx", "7.0", "not 7.0" },
        { "orin-agx", "8.2", "not 8.2" },
        { "orin-nx-16gb", "8.4", "not 8.4" },
        { "orin-agx", "11.1", "TensorRT 11.1 has no DLA" },
        { "orin-agx", "11.4", "TensorRT 11.4 has no DLA (11.0 to 11.4.0 have none on Jetson)" },
        { "orin-nx-16gb", "11.4.1", "not 11.4.1" },
        { "orin-agx", "8.", "no version" },
        { "orin-agx", "8.x", "no version" },
        { "orin-agx", "8.999", "no version" },
        { "orin-agx", "99999999999999999999", "no version" },
        { "orin-agx", "-8.5", "no version" },
        { "orin-agx", "", "no version" },
    };
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        hax_jetson_target target;
        hax_error err = { 0 };
        assert_int_equal(hax_jetson_target_make(wrong[w].board, wrong[w].tensorrt, &target, &err),
                         HAX_BAD_INPUT);
        if (!strstr(err.message, wrong[w].message))
            fail_msg("'%s' does not hold '%s'", err.message, wrong[w].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution),
        cmocka_unit_test(test_deconvolution),
        cmocka_unit_test(test_pooling),
        cmocka_unit_test(test_fully_connected),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_concat),
        cmocka_unit_test(test_operations_of_onnx),
        cmocka_unit_test(resize_has_whole_scales_of_the_plane),
        cmocka_unit_test(slices_are_as_splits_are),
        cmocka_unit_test(a_constant_operand_is_a_scale),
        cmocka_unit_test(operands_may_be_one_a_channel_from_10),
        cmocka_unit_test(the_largest_is_reduced_on_orin),
        cmocka_unit_test(test_precision_and_batch),
        cmocka_unit_test(test_convolution_buffer),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_boards),
        cmocka_unit_test(test_targets_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
