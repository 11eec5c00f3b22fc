/* What models cannot be is said: operands of ONNX's nodes, whole graphs, Caffe files. */
#include "onnx_fixture.h"

enum { REAL = 1, WHOLE = 7 }; /* TensorProto.DataType */

static void refuse_model(message file, const char *part)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_false(file.failed);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) !=
        HAX_BAD_INPUT)
        fail_msg("not refused: '%s'", part);
    assert_null(model);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    hax_text_free(&file);
}

/* x is an image of 4 channels of 6 by 6, v a list of 4, m a matrix of 3 by 4, o a single number. */
static network open_inputs(int opset)
{
    network net = network_open(opset);
    add_input(&net, "x", "1 4 6 6");
    add_input(&net, "v", "4");
    add_input(&net, "m", "3 4");
    add_input(&net, "o", "");
    return net;
}

static void refuse_node(network net, message node, const char *part)
{
    add_node(&net, node_of("Relu", "reads", "x", "z")); /* networks without inputs are others */
    add_node(&net, node);
    add_output(&net, "y");
    add_output(&net, "z");
    refuse_model(network_close(&net), part);
}

#define LIST(name, ...)                                                                       \
    tensor_raw(name, WHOLE, DIMS(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
               ((const int64_t[]){ __VA_ARGS__ }), sizeof((const int64_t[]){ __VA_ARGS__ }))
#define NUMBERS(name, ...)                                                               \
    tensor_raw(name, REAL, DIMS(sizeof((const float[]){ __VA_ARGS__ }) / sizeof(float)), \
               ((const float[]){ __VA_ARGS__ }), sizeof((const float[]){ __VA_ARGS__ }))

/* One node with constant operands. `operands` are those behind the first input. */
static void refuse_with(int opset, const char *op, const char *inputs, message a, message b,
                        const char *part)
{
    network net = open_inputs(opset);
    if (a.length)
        add_tensor(&net, a);
    if (b.length)
        add_tensor(&net, b);
    refuse_node(net, node_of(op, "n", inputs, "y"), part);
}

static const message none = { 0 };

static void operands_are_refused(void **state)
{
    (void) state;
    refuse_with(13, "Slice", "x a b", NUMBERS("a", 1), LIST("b", 2),
                "must be a list of whole numbers");
    refuse_with(13, "Clip", "x a", LIST("a", 1), none, "must be a list of real numbers");
    refuse_with(13, "Clip", "x a", NUMBERS("a", 1, 2), none, "must be one number");
    refuse_with(13, "Slice", "x a b", LIST("a", 0, 0), LIST("b", 2), "differ in length");
    refuse_with(13, "Slice", "x a b", LIST("a", 3), LIST("b", 1), "nothing is left");
    refuse_with(13, "Unsqueeze", "x a", LIST("a", 0, 0), none, "axis 0 is given twice");
    refuse_with(13, "Squeeze", "x a", LIST("a", 1), none, "axis 1 has 4 elements and cannot go");
    refuse_with(13, "Split", "x a", LIST("a", 9), none, "");
    refuse_with(13, "Gather", "x a", NUMBERS("a", 1), none, "its indices must be whole numbers");
    refuse_with(13, "Pad", "x a", LIST("a", 0, 0, -1, 0, 0, 0, 0, 0), none,
                "a pad of -1 on axis 2");
    refuse_with(13, "Resize", "x - a", NUMBERS("a", 1, 1, 0.01F, 1), none,
                "dimension 2 would be 0");
    refuse_with(13, "Resize", "x - a", NUMBERS("a", 1, 2, 1, 1), none, "resizes dimension 1");
    refuse_with(13, "MatMul", "x o", none, none, "needs matrices, has a single number");
    refuse_with(13, "Gemm", "x m", none, none, "needs two matrices, has 4 and 2");
    refuse_with(13, "PRelu", "v a", NUMBERS("a", 1), none, "needs an input with channels");
}

static void slices_step_on(void **state)
{
    network net = open_inputs(13);
    (void) state;
    add_tensor(&net, LIST("a", 0));
    add_tensor(&net, LIST("b", 2));
    add_tensor(&net, LIST("c", 1));
    add_tensor(&net, LIST("d", 0));
    refuse_node(net, node_of("Slice", "n", "x a b c d", "y"), "a step of 0");
}

static void ranges_have_a_step(void **state)
{
    network net = open_inputs(13);
    (void) state;
    add_tensor(&net, tensor_raw("a", WHOLE, DIMS(-1), (const int64_t[]){ 0 }, 8));
    add_tensor(&net, tensor_raw("b", WHOLE, DIMS(-1), (const int64_t[]){ 4 }, 8));
    refuse_node(net, node_of("Range", "n", "a b a", "y"), "a step of 0");
}

static void weights_fit_their_input(void **state)
{
    static const float weights[6];
    network net = open_inputs(13);
    (void) state;
    add_tensor(&net, tensor_raw("w", REAL, DIMS(2, 3, 1, 1), weights, sizeof weights));
    refuse_node(net, node_of("Conv", "n", "x w", "y"), "its weights are for 3 channels");

    net = open_inputs(13);
    message node = node_of("Gemm", "n", "m t", "y");
    with_whole(&node, "transB", 1);
    with_real(&node, "alpha", 0);
    add_input(&net, "t", "3 4");
    refuse_node(net, node, "alpha or beta of 0");

    net = open_inputs(13);
    node = node_of("Gemm", "n", "m t c", "y");
    with_whole(&node, "transB", 1);
    add_input(&net, "t", "3 4");
    add_input(&net, "c", "7");
    refuse_node(net, node, "C does not fit the product");

    net = open_inputs(13);
    add_tensor(&net, NUMBERS("s", 1, 1, 1, 1));
    refuse_node(net, node_of("BatchNormalization", "n", "v s s s s", "y"),
                "needs an input with channels");
}

static void axes_come_once(void **state)
{
    network net = open_inputs(11);
    message node = node_of("ReduceMean", "n", "x", "y");
    (void) state;
    with_wholes(&node, "axes", WHOLES(1, 1), true);
    refuse_node(net, node, "axis 1 is given twice");
    net = open_inputs(13);
    node = node_of("Transpose", "n", "x", "y");
    with_wholes(&node, "perm", WHOLES(0, 0, 1, 2), true);
    refuse_node(net, node, "axis 0 is given twice");
    net = open_inputs(13);
    node = node_of("Transpose", "n", "x", "y");
    with_wholes(&node, "perm", WHOLES(0, 1), true);
    refuse_node(net, node, "2 numbers, needs 4");
    net = open_inputs(15);
    node = node_of("Shape", "n", "x", "y");
    with_whole(&node, "start", 3);
    with_whole(&node, "end", 1);
    refuse_node(net, node, "dimensions 3 to 1 of 4");
}

static void parts_add_up(void **state)
{
    network net = open_inputs(13);
    message node = node_of("Split", "n", "x a", "y w");
    (void) state;
    with_whole(&node, "axis", 1);
    add_tensor(&net, LIST("a", 3, 9));
    refuse_node(net, node, "part 1 of 9 elements; axis 1 has 1 left");
    net = open_inputs(13);
    node = node_of("Split", "n", "x a", "y w");
    with_whole(&node, "axis", 1);
    add_tensor(&net, LIST("a", 1, 1));
    refuse_node(net, node, "its parts have 2 elements of 4 on axis 1");
}

static void ranks_end_at_eight(void **state)
{
    network net = network_open(13);
    (void) state;
    add_input(&net, "x", "1 1 1 1 1 1 1 2");
    add_tensor(&net, tensor_raw("a", WHOLE, DIMS(1, 1), (const int64_t[]){ 0 }, 8));
    refuse_node(net, node_of("Gather", "n", "x a", "y"), "an output of more than 8 dimensions");
}

/* ---- files --------------------------------------------------------------------------------- */

static void graphs_are_refused(void **state)
{
    network net = open_inputs(13);
    message node = node_of("Constant", "n", "", "y");
    (void) state;
    with_text(&node, "value_string", "word");
    refuse_node(net, node, "numbers and dense tensors are supported");
    net = open_inputs(13);
    node = node_of("Constant", "n", "", "y");
    with_real(&node, "value_float", 1);
    with_real(&node, "value_float", 1);
    refuse_node(net, node, "a constant has one output and one attribute");
    net = open_inputs(13);
    add_output(&net, "y");
    refuse_node(net, node_of("Relu", "n", "x", "y"), "'y' is an output twice");
    net = open_inputs(13);
    add_tensor(&net, LIST("a", 1));
    add_tensor(&net, LIST("a", 1));
    refuse_node(net, node_of("Relu", "n", "x", "y"), "a second initializer is called 'a'");
    net = open_inputs(13);
    add_input(&net, "x", "1");
    refuse_node(net, node_of("Relu", "n", "x", "y"), "a second input is called 'x'");
    net = network_open(13);
    add_tensor(&net, NUMBERS("a", 1));
    add_node(&net, node_of("Relu", "n", "a", "y"));
    add_output(&net, "y");
    refuse_model(network_close(&net), "no node reads an input of the graph");
    net = open_inputs(13);
    message sparse = { 0 };
    put_message(&net.graph, 15, &sparse);
    refuse_node(net, node_of("Relu", "n", "x", "y"), "sparse initializers are not supported");
}

static void attributes_are_lists(void **state)
{
    network net = open_inputs(13);
    message node = node_of("Constant", "n", "", "y"), value = { 0 };
    (void) state;
    put_text(&value, 1, "value_floats");
    put_bytes(&value, 7, "abc", 3); /* AttributeProto.floats */
    put_whole(&value, 20, 6);
    put_message(&node, 5, &value);
    refuse_node(net, node, "3 bytes are no list of 4-byte numbers");
    net = open_inputs(13);
    add_input(&net, "w", "1 1 1 1 1 1 1 1 1");
    refuse_node(net, node_of("Relu", "n", "w", "y"), "more than 8 dimensions");
}

static void inputs_are_tensors(void **state)
{
    network net = network_open(13);
    message value = { 0 }, type = { 0 }, sequence = { 0 };
    (void) state;
    put_message(&type, 4, &sequence); /* TypeProto.sequence_type */
    put_text(&value, 1, "x");
    put_message(&value, 2, &type);
    put_message(&net.graph, 11, &value);
    add_node(&net, node_of("Relu", "n", "x", "y"));
    add_output(&net, "y");
    refuse_file(network_close(&net), "x=1x3", "input 'x' is no tensor");
}

static void there_is_one_graph(void **state)
{
    network net = open_inputs(13);
    message again = { 0 };
    (void) state;
    add_node(&net, node_of("Relu", "n", "x", "y"));
    add_output(&net, "y");
    message file = network_close(&net);
    put_message(&file, 7, &again);
    refuse_model(file, "a second graph");
}

/* ---- Caffe --------------------------------------------------------------------------------- */

static void refuse_caffe(const char *text, const char *part)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(
        hax_model_parse_prototxt(text, strlen(text), "net.prototxt", NULL, &model, &err),
        HAX_BAD_INPUT);
    assert_null(model);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
}

#define DATA "input: 'data' input_dim: 1 input_dim: 4 input_dim: 8 input_dim: 8\n"

static void prototxts_are_refused(void **state)
{
    (void) state;
    refuse_caffe(DATA "layer { name: 'r' name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }",
                 "'name' is given twice");
    refuse_caffe(DATA "layers { name: 'r' type: 'RELU' bottom: 'data' top: 'r' }",
                 "the type of a V1 layer is a word");
    refuse_caffe(DATA "input_shape { dim: 1 dim: 4 }\n"
                      "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }",
                 "input_shape and input_dim are given both");
    refuse_caffe("layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }", "");
}

/* More inputs than there may be, and more work than 63 bits count. */
static void sizes_are_refused(void **state)
{
    hax_text text = { 0 };
    (void) state;
    for (int i = 0; i < 65; i++)
        hax_text_printf(&text,
                        "layer { name: 'i%d' type: 'Input' top: 'i%d' input_param { shape { "
                        "dim: 1 dim: 2 } } }\n",
                        i, i);
    hax_text_append(&text, "layer { name: 's' type: 'Eltwise' top: 's'");
    for (int i = 0; i < 65; i++)
        hax_text_printf(&text, " bottom: 'i%d'", i);
    hax_text_append(&text, " }");
    refuse_caffe(hax_text_get(&text), "65 inputs are read; networks with at most 64");
    hax_text_free(&text);
}

static void a_grouping_has_groups(void **state)
{
    hax_model *model = load_builtin_net("alexnet");
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_grouping_check(model, &(hax_grouping){ 0 }, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "has 0 groups, at least one is needed"));
    hax_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_are_refused), cmocka_unit_test(slices_step_on),
        cmocka_unit_test(ranges_have_a_step),   cmocka_unit_test(weights_fit_their_input),
        cmocka_unit_test(axes_come_once),       cmocka_unit_test(parts_add_up),
        cmocka_unit_test(ranks_end_at_eight),   cmocka_unit_test(graphs_are_refused),
        cmocka_unit_test(attributes_are_lists), cmocka_unit_test(inputs_are_tensors),
        cmocka_unit_test(there_is_one_graph),   cmocka_unit_test(prototxts_are_refused),
        cmocka_unit_test(sizes_are_refused),    cmocka_unit_test(a_grouping_has_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
