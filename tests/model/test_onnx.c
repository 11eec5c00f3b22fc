/* ONNX files as lists of layers. */
#include "onnx_fixture.h"

#include <math.h>

static const float kernel_values[2 * 3] = { 1, -2, 3, 0.5F, 0, 4 };

/* conv (bias by an initializer that is listed as an input too), relu, in the wrong order. */
static network small_network(void)
{
    network net = network_open(13);
    message conv = node_of("Conv", "/c/Conv", "x w b", "c");
    with_wholes(&conv, "kernel_shape", WHOLES(1, 1), true);
    with_wholes(&conv, "strides", WHOLES(2, 1), false);
    with_wholes(&conv, "pads", WHOLES(0, 1, 2, 3), true);
    add_input(&net, "x", "1 3 8 8");
    add_input(&net, "b", "2");
    add_node(&net, node_of("Relu", NULL, "c", "y"));
    add_node(&net, conv);
    add_node(&net, node_of("Sigmoid", "unused", "c", "z"));
    add_tensor(&net, tensor_raw("w", 1, DIMS(2, 3, 1, 1), kernel_values, sizeof kernel_values));
    add_tensor(&net, tensor_raw("b", 1, DIMS(2), REALS(7, 8)));
    add_output(&net, "y");
    return net;
}

static void nodes_become_layers(void **state)
{
    (void) state;
    hax_layer_list list = read_layers(small_network());
    assert_int_equal(list.count, 2);
    const hax_layer_spec *conv = layer_at(&list, 0), *relu = layer_at(&list, 1);
    assert_string_equal(conv->name, "/c/Conv");
    assert_int_equal(conv->op, HAX_OP_CONVOLUTION);
    assert_int_equal(conv->bottom_count, 3);
    assert_string_equal(conv->bottoms[1], "w");
    assert_string_equal(conv->tops[0], "c");
    const hax_window *window = &conv->params.window;
    assert_int_equal(window->stride_h, 2);
    assert_int_equal(window->stride_w, 1);
    assert_int_equal(window->pad_top, 0);
    assert_int_equal(window->pad_left, 1);
    assert_int_equal(window->pad_bottom, 2);
    assert_int_equal(window->pad_right, 3);
    assert_int_equal(window->dilation_h, 1);
    assert_true(conv->params.exact_window);
    assert_int_equal(relu->op, HAX_OP_RELU);
    assert_string_equal(relu->name, "Relu_0");
    assert_string_equal(list.inputs->name, "x");
    assert_int_equal(list.inputs->shape.rank, 4);
    assert_int_equal(list.output_count, 1);
    assert_string_equal(list.outputs[0], "y");
    const hax_layer_constant *weights = constant_called(&list, "w");
    assert_int_equal(weights->shape.rank, 4);
    assert_memory_equal(weights->real, kernel_values, sizeof kernel_values);
    assert_true(constant_called(&list, "b")->real[1] == 8);
    free_layers(&list);
}

static void layers_have_names_of_their_own(void **state)
{
    (void) state;
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Relu", "same", "x", "a"));
    add_node(&net, node_of("Relu", "same", "a", "b"));
    add_node(&net, node_of("Relu", "same_1", "b", "c"));
    add_node(&net, node_of("Sum", "s", "a b c", "y"));
    add_output(&net, "y");
    hax_layer_list list = read_layers(net);
    static const char *const names[] = { "same", "same_1", "same_1_2", "s", "s_3" };
    assert_int_equal(list.count, 5);
    for (int l = 0; l < 5; l++)
        assert_string_equal(layer_at(&list, l)->name, names[l]);
    assert_int_equal(layer_at(&list, 4)->op, HAX_OP_ADD);
    assert_string_equal(layer_at(&list, 4)->bottoms[0], layer_at(&list, 3)->tops[0]);
    assert_string_equal(layer_at(&list, 4)->bottoms[1], "c");
    free_layers(&list);
}

/* ---- tensors --------------------------------------------------------------------------------- */

/* x + the tensor "t", so that it is read. */
static hax_layer_list read_tensor(message tensor)
{
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Add", "n", "x t", "y"));
    add_tensor(&net, tensor);
    add_output(&net, "y");
    return read_layers(net);
}

static void expect_tensor(message tensor, bool whole, const double *values, int count)
{
    hax_layer_list list = read_tensor(tensor);
    const hax_layer_constant *layer_constant = constant_called(&list, "t");
    assert_int_equal(layer_constant->is_whole, whole);
    for (int i = 0; i < count; i++) {
        double value =
            whole ? (double) layer_constant->integers[i] : (double) layer_constant->real[i];
        if (value != values[i])
            fail_msg("element %d is %g, not %g", i, value, values[i]);
    }
    free_layers(&list);
}

static void raw_data_of_every_type(void **state)
{
    (void) state;
    const int8_t bytes[] = { -1, 5 };
    const int16_t shorts[] = { -2, 300 };
    const int32_t ints[] = { -3, 70000 };
    const int64_t longs[] = { INT64_MIN, 4 };
    const uint32_t big[] = { UINT32_MAX, 1 };
    const double doubles[] = { 0.5, -1e10 };
    const uint16_t halves[] = { 0x3c00, 0x8001, 0xfbff, 0x3555 }, brain[] = { 0x3f80, 0xc000 };
    expect_tensor(tensor_raw("t", 3, DIMS(2), bytes, 2), true, (double[]){ -1, 5 }, 2);
    expect_tensor(tensor_raw("t", 2, DIMS(2), bytes, 2), true, (double[]){ 255, 5 }, 2);
    expect_tensor(tensor_raw("t", 9, DIMS(2), bytes, 2), true, (double[]){ 1, 1 }, 2);
    expect_tensor(tensor_raw("t", 5, DIMS(2), shorts, 4), true, (double[]){ -2, 300 }, 2);
    expect_tensor(tensor_raw("t", 4, DIMS(2), shorts, 4), true, (double[]){ 65534, 300 }, 2);
    expect_tensor(tensor_raw("t", 6, DIMS(2), ints, 8), true, (double[]){ -3, 70000 }, 2);
    expect_tensor(tensor_raw("t", 12, DIMS(2), big, 8), true, (double[]){ UINT32_MAX, 1 }, 2);
    expect_tensor(tensor_raw("t", 7, DIMS(2), longs, 16), true, (double[]){ -0x1p63, 4 }, 2);
    expect_tensor(tensor_raw("t", 11, DIMS(2), doubles, 16), false,
                  (double[]){ 0.5, (double) -1e10F }, 2);
    expect_tensor(tensor_raw("t", 10, DIMS(4), halves, 8), false,
                  (double[]){ 1, -0x1p-24, -65504, 0.333251953125 }, 4);
    expect_tensor(tensor_raw("t", 16, DIMS(2), brain, 4), false, (double[]){ 1, -2 }, 2);
    expect_tensor(tensor_raw("t", 1, DIMS(-1), REALS(2.5F)), false, (double[]){ 2.5 }, 1);
}

static void typed_data_packed_and_not(void **state)
{
    (void) state;
    message floats = tensor_head("t", 1, DIMS(3)), packed = { 0 };
    put_real(&floats, 4, 1.5F);
    hax_text_append_bytes(&packed, (const char *) (const float[]){ 2.5F, 3.5F }, 8);
    put_message(&floats, 4, &packed);
    expect_tensor(floats, false, (double[]){ 1.5, 2.5, 3.5 }, 3);
    message longs = tensor_head("t", 7, DIMS(3)), more = { 0 };
    put_varint(&more, (uint64_t) INT64_C(-5));
    put_varint(&more, 1 << 20);
    put_message(&longs, 7, &more);
    put_whole(&longs, 7, 6);
    expect_tensor(longs, true, (double[]){ -5, 1 << 20, 6 }, 3);
    message halves = tensor_head("t", 10, DIMS(1));
    put_whole(&halves, 5, 0x4000);
    expect_tensor(halves, false, (double[]){ 2 }, 1);
    message truths = tensor_head("t", 9, DIMS(2));
    put_whole(&truths, 5, 0);
    put_whole(&truths, 5, 1);
    expect_tensor(truths, true, (double[]){ 0, 1 }, 2);
    message dims = { 0 }, list = { 0 };
    put_varint(&list, 1);
    put_varint(&list, 2);
    put_message(&dims, 1, &list);
    put_whole(&dims, 2, 6);
    put_text(&dims, 8, "t");
    put_bytes(&dims, 9, (const int32_t[]){ 8, 9 }, 8);
    expect_tensor(dims, true, (double[]){ 8, 9 }, 2);
}

static void refuse_tensor(message tensor, const char *part)
{
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Add", "n", "x t", "y"));
    add_tensor(&net, tensor);
    add_output(&net, "y");
    refuse_network(net, part);
}

static void wrong_tensors_are_refused(void **state)
{
    (void) state;
    const int64_t huge = INT64_C(1) << 60;
    refuse_tensor(tensor_raw("t", 1, DIMS(3), REALS(1, 2)), "need 12 bytes, the file has 8");
    refuse_tensor(tensor_raw("t", 1, DIMS(huge), REALS(1, 2)), "more than 268435456 elements");
    refuse_tensor(tensor_raw("t", 1, DIMS(huge, huge, huge), REALS(1)), "more than");
    refuse_tensor(tensor_raw("t", 1, DIMS(1 << 28), REALS(1)), "the file has 4");
    refuse_tensor(tensor_head("t", 1, DIMS(1 << 28)), "need 268435456 numbers, the file has 0");
    refuse_tensor(tensor_raw("t", 1, DIMS(-7, 2), REALS(1)), "a dimension of -7");
    refuse_tensor(tensor_raw("t", 1, DIMS(0), REALS(1)), "without elements");
    refuse_tensor(tensor_raw("t", 8, DIMS(1), REALS(1)), "of type string (8)");
    refuse_tensor(tensor_raw("t", 99, DIMS(1), REALS(1)), "of type unknown (99)");
    refuse_tensor(tensor_raw("t", 1, DIMS(1, 1, 1, 1, 1, 1, 1, 1, 1), REALS(1)),
                  "more than 8 dimensions");
    message odd = tensor_head("t", 1, DIMS(1));
    put_bytes(&odd, 4, "abc", 3);
    refuse_tensor(odd, "3 bytes are no list of 4-byte numbers");
    message wrong = tensor_head("t", 1, DIMS(1));
    put_whole(&wrong, 4, 7);
    refuse_tensor(wrong, "the data of a tensor has wire type 0");
}

/* ---- constants ------------------------------------------------------------------------------- */

static void constants_of_every_kind(void **state)
{
    (void) state;
    network net = network_open(13);
    message whole = node_of("Constant", NULL, "", "a"), real = node_of("Constant", NULL, "", "b");
    message list = node_of("Constant", NULL, "", "c"), tensor = node_of("Constant", NULL, "", "d");
    message value = tensor_raw(NULL, 7, DIMS(1), (const int64_t[]){ 9 }, 8);
    with_whole(&whole, "value_int", -3);
    with_real(&real, "value_float", 0.25F);
    with_wholes(&list, "value_ints", WHOLES(4, 5), false);
    with_tensor(&tensor, "value", &value);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Sum", "n", "x a b c d", "y"));
    add_node(&net, whole);
    add_node(&net, real);
    add_node(&net, list);
    add_node(&net, tensor);
    add_output(&net, "y");
    hax_layer_list layer_list = read_layers(net);
    assert_int_equal(constant_called(&layer_list, "a")->integers[0], -3);
    assert_int_equal(constant_called(&layer_list, "a")->shape.rank, 0);
    assert_true(constant_called(&layer_list, "b")->real[0] == 0.25F);
    assert_int_equal(constant_called(&layer_list, "c")->shape.dims[0], 2);
    assert_int_equal(constant_called(&layer_list, "c")->integers[1], 5);
    assert_int_equal(constant_called(&layer_list, "d")->integers[0], 9);
    free_layers(&layer_list);
}

static void operands_may_be_left_out(void **state)
{
    (void) state;
    message clip, resize;
    network net = open_single(13, "Clip", "x - high", &clip);
    add_tensor(&net, tensor_raw("high", 1, DIMS(-1), REALS(6)));
    hax_layer_list list = read_layers(close_single(net, clip));
    assert_int_equal(layer_at(&list, 0)->bottom_count, 3);
    assert_string_equal(layer_at(&list, 0)->bottoms[1], "");
    free_layers(&list);
    net = open_single(13, "Clip", "x - -", &clip);
    list = read_layers(close_single(net, clip));
    assert_int_equal(layer_at(&list, 0)->bottom_count, 1);
    free_layers(&list);
    /* exporters of opset 11 write constants without elements instead */
    net = open_single(11, "Resize", "x roi scales sizes", &resize);
    message empty = node_of("Constant", NULL, "", "scales");
    message value = tensor_raw(NULL, 1, DIMS(0), "", 0);
    with_tensor(&empty, "value", &value);
    with_text(&resize, "mode", "linear");
    with_text(&resize, "coordinate_transformation_mode", "align_corners");
    add_node(&net, empty);
    add_tensor(&net, tensor_raw("roi", 1, DIMS(0), "", 0));
    add_tensor(&net, tensor_raw("sizes", 7, DIMS(4), (const int64_t[]){ 1, 3, 16, 16 }, 32));
    list = read_layers(close_single(net, resize));
    const hax_layer_spec *layer = layer_at(&list, 0);
    assert_int_equal(layer->bottom_count, 4);
    assert_string_equal(layer->bottoms[1], "");
    assert_string_equal(layer->bottoms[2], "");
    assert_string_equal(layer->bottoms[3], "sizes");
    assert_true(layer->params.resize.linear);
    assert_int_equal(layer->params.resize.place, HAX_RESIZE_ALIGN_CORNERS);
    free_layers(&list);
}

/* ---- attributes and opsets ------------------------------------------------------------------- */

static hax_layer_params params_of(int opset, const char *op, const char *inputs)
{
    message node;
    network net = open_single(opset, op, inputs, &node);
    hax_layer_list list = read_layers(close_single(net, node));
    hax_layer_params params = layer_at(&list, 0)->params;
    free_layers(&list);
    return params;
}

static void defaults_follow_the_opset(void **state)
{
    (void) state;
    assert_int_equal(params_of(12, "Softmax", "x").axis, 1);
    assert_true(params_of(12, "Softmax", "x").softmax_flat);
    assert_int_equal(params_of(13, "Softmax", "x").axis, -1);
    assert_false(params_of(13, "Softmax", "x").softmax_flat);
    assert_true(params_of(7, "LeakyRelu", "x").negative_slope == 0.01F);
    assert_true(params_of(7, "LRN", "x").lrn_alpha == 1e-4F);
    assert_true(params_of(7, "Exp", "x").alpha == 1);
    assert_true(params_of(22, "HardSigmoid", "x").beta == 0.5F);
    assert_int_equal(params_of(7, "AveragePool", "x").pool, HAX_POOL_AVERAGE_INSIDE);
    assert_true(params_of(7, "GlobalMaxPool", "x").global);
    assert_true(params_of(18, "ReduceMean", "x").keep_dims);
    assert_true(params_of(9, "Flatten", "x").flatten_2d);
}

static void attributes_follow_the_opset(void **state)
{
    (void) state;
    message node;
    network net = open_single(9, "Slice", "x", &node);
    with_wholes(&node, "starts", WHOLES(1), false);
    with_wholes(&node, "ends", WHOLES(INT64_MAX), true);
    hax_layer_list list = read_layers(close_single(net, node));
    assert_int_equal(layer_at(&list, 0)->params.ends.count, 1);
    assert_true(layer_at(&list, 0)->params.ends.values[0] == INT64_MAX);
    free_layers(&list);
    net = open_single(10, "Slice", "x", &node);
    with_wholes(&node, "starts", WHOLES(1), false);
    refuse_network(close_single(net, node), "attribute 'starts' is not known");
    net = open_single(9, "Upsample", "x s", &node);
    add_tensor(&net, tensor_raw("s", 1, DIMS(4), REALS(1, 1, 2, 2)));
    list = read_layers(close_single(net, node));
    assert_int_equal(layer_at(&list, 0)->op, HAX_OP_RESIZE);
    assert_int_equal(layer_at(&list, 0)->params.resize.place, HAX_RESIZE_ASYMMETRIC);
    assert_int_equal(layer_at(&list, 0)->params.resize.round, HAX_RESIZE_OUTWARDS);
    assert_string_equal(layer_at(&list, 0)->bottoms[1], "");
    assert_string_equal(layer_at(&list, 0)->bottoms[2], "s");
    free_layers(&list);
    net = open_single(18, "ReduceMean", "x", &node);
    with_whole(&node, "noop_with_empty_axes", 1);
    list = read_layers(close_single(net, node));
    assert_int_equal(layer_at(&list, 0)->op, HAX_OP_IDENTITY);
    free_layers(&list);
    net = open_single(7, "Clip", "x", &node);
    with_real(&node, "max", 6);
    with_real(&node, "min", -3.4028234663852886e+38F);
    list = read_layers(close_single(net, node));
    assert_true(layer_at(&list, 0)->params.has_high && layer_at(&list, 0)->params.high == 6);
    assert_false(layer_at(&list, 0)->params.has_low);
    free_layers(&list);
}

static void wrong_attributes_are_refused(void **state)
{
    (void) state;
    message node;
    network net = open_single(13, "MaxPool", "x", &node);
    with_wholes(&node, "kernel_shape", WHOLES(3, 3, 3), true);
    refuse_network(close_single(net, node), "'kernel_shape' has 3 numbers, 1 or 2 are needed");
    net = open_single(13, "MaxPool", "x", &node);
    with_wholes(&node, "pads", WHOLES(1, 1, 1), true);
    refuse_network(close_single(net, node), "'pads' has 3 numbers, 2 or 4 are needed");
    net = open_single(13, "MaxPool", "x", &node);
    with_wholes(&node, "kernel_shape", WHOLES(3), true);
    with_wholes(&node, "strides", WHOLES(2, 2), true);
    refuse_network(close_single(net, node), "'strides' is for 2 dimensions, another one for 1");
    net = open_single(13, "MaxPool", "x", &node);
    with_wholes(&node, "pads", WHOLES(0, 0, -1, 0), true);
    refuse_network(close_single(net, node), "'pads' has the number -1");
    net = open_single(13, "MaxPool", "x", &node);
    with_whole(&node, "kernel_shape", 3);
    refuse_network(close_single(net, node), "'kernel_shape' is of type 2, 7 is needed");
    net = open_single(13, "Flatten", "x", &node);
    with_whole(&node, "axis", INT64_C(1) << 40);
    refuse_network(close_single(net, node), "out of range");
    net = open_single(13, "Resize", "x", &node);
    with_text(&node, "mode", "cubic");
    refuse_network(close_single(net, node), "node 'n' (Resize), opset 13: its attribute 'mode' is "
                                            "'cubic', which is not supported");
    net = open_single(14, "BatchNormalization", "x x x x x", &node);
    with_whole(&node, "training_mode", 1);
    refuse_network(close_single(net, node), "'training_mode' is not supported");
    net = open_single(13, "Relu", "x x", &node);
    refuse_network(close_single(net, node), "has 2 inputs, 1 to 1 are needed");
    net = open_single(13, "Add", "x -", &node);
    refuse_network(close_single(net, node), "input 1 is left out but needed");
}

/* Windows of one dimension are those of planes of height 1. */
static void windows_over_lines(void **state)
{
    (void) state;
    float values[12] = { 0 };
    network net = network_open(13);
    message conv = node_of("Conv", "c", "x w b", "y");
    add_input(&net, "x", "1 2 8");
    add_tensor(&net, tensor_raw("w", 1, DIMS(2, 2, 3), values, sizeof values));
    add_tensor(&net, tensor_raw("b", 1, DIMS(2), REALS(1, 2)));
    with_wholes(&conv, "pads", WHOLES(1, 2), true);
    with_wholes(&conv, "strides", WHOLES(2), true);
    add_node(&net, conv);
    add_output(&net, "y");
    hax_layer_list list = read_layers(net);
    static const hax_op ops[] = { HAX_OP_UNSQUEEZE, HAX_OP_UNSQUEEZE, HAX_OP_CONVOLUTION,
                                  HAX_OP_SQUEEZE };
    assert_int_equal(list.count, 4);
    for (int l = 0; l < 4; l++)
        assert_int_equal(layer_at(&list, l)->op, ops[l]);
    const hax_window *window = &layer_at(&list, 2)->params.window;
    assert_int_equal(window->stride_h, 1);
    assert_int_equal(window->stride_w, 2);
    assert_int_equal(window->pad_top + window->pad_bottom, 0);
    assert_int_equal(window->pad_left, 1);
    assert_int_equal(window->pad_right, 2);
    free_layers(&list);
}

/* An empty list of axes is none; then all is reduced, or nothing. */
static void empty_axes(void **state)
{
    (void) state;
    for (int noop = 0; noop < 2; noop++) {
        message node;
        network net = open_single(18, "ReduceMean", "x axes", &node);
        add_tensor(&net, tensor_raw("axes", 7, DIMS(0), "", 0));
        with_whole(&node, "noop_with_empty_axes", noop);
        hax_layer_list list = read_layers(close_single(net, node));
        assert_int_equal(layer_at(&list, 0)->op, noop ? HAX_OP_IDENTITY : HAX_OP_REDUCE_MEAN);
        assert_int_equal(layer_at(&list, 0)->bottom_count, 1);
        free_layers(&list);
    }
}

static void functions_of_one_number(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        hax_op op;
    } cases[] = { { "Softplus", HAX_OP_BNLL }, { "Softsign", HAX_OP_SOFTSIGN },
                  { "Erf", HAX_OP_ERF },       { "Abs", HAX_OP_ABSVAL },
                  { "Swish", HAX_OP_SILU },    { "Reciprocal", HAX_OP_RECIPROCAL },
                  { "Round", HAX_OP_ROUND },   { "Sign", HAX_OP_SIGN },
                  { "Sin", HAX_OP_SIN },       { "Cos", HAX_OP_COS } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        message node;
        network net = open_single(24, cases[i].name, "x", &node);
        hax_layer_list list = read_layers(close_single(net, node));
        assert_int_equal(list.count, 1);
        assert_int_equal(layer_at(&list, 0)->op, cases[i].op);
        free_layers(&list);
    }
}

static void dropout_must_not_train(void **state)
{
    (void) state;
    message node;
    const char yes = 1, no = 0;
    network net = open_single(13, "Dropout", "x r t", &node);
    add_tensor(&net, tensor_raw("r", 1, DIMS(-1), REALS(0.5F)));
    add_tensor(&net, tensor_raw("t", 9, DIMS(-1), &no, 1));
    hax_layer_list list = read_layers(close_single(net, node));
    assert_int_equal(layer_at(&list, 0)->bottom_count, 1);
    free_layers(&list);
    net = open_single(13, "Dropout", "x - t", &node);
    add_tensor(&net, tensor_raw("t", 9, DIMS(-1), &yes, 1));
    refuse_network(close_single(net, node), "drops values, as in training");
    net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Dropout", "n", "x", "d mask"));
    add_node(&net, node_of("Add", "a", "d mask", "y"));
    add_output(&net, "y");
    refuse_network(net, "its output 1 ('mask') is used");
}

/* ---- what cannot be run ---------------------------------------------------------------------- */

static void unknown_operations_are_named(void **state)
{
    (void) state;
    network net = network_open(11);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("NonZero", "/a/NonZero", "x", "a"));
    add_node(&net, node_of("TopK", NULL, "a", "b"));
    add_node(&net, node_of("NonZero", "again", "b", "y"));
    add_node(&net, node_of("Unique", "not needed", "x", "z"));
    add_output(&net, "y");
    refuse_network(net, "node '/a/NonZero' (NonZero), opset 11: this operation is not supported; "
                        "nor are TopK");
    message node;
    net = open_single(13, "If", "x", &node);
    refuse_network(close_single(net, node), "node 'n' (If), opset 13: it holds a graph of its own");
    net = open_single(13, "QLinearConv", "x", &node);
    refuse_network(close_single(net, node), "quantised");
    net = open_single(13, "HardSwish", "x", &node);
    refuse_network(close_single(net, node), "(HardSwish), opset 13: this operation is not");
    net = open_single(13, "FusedConv", "x", &node);
    put_text(&node, 7, "com.microsoft");
    refuse_network(close_single(net, node), "not ONNX's own: com.microsoft");
    net = open_single(13, "Block", "x", &node);
    message function = { 0 };
    put_text(&node, 7, "mine");
    put_text(&function, 1, "Block");
    put_text(&function, 10, "mine");
    put_message(&net.functions, 25, &function);
    refuse_network(close_single(net, node), "calls a function of the model");
}

static void versions_are_checked(void **state)
{
    (void) state;
    message node;
    network net = open_single(6, "Relu", "x", &node);
    refuse_network(close_single(net, node), "opset 6; 7 to 28 are read");
    net = open_single(29, "Relu", "x", &node);
    refuse_network(close_single(net, node), "opset 29; 7 to 28 are read");
    net = open_single(13, "Relu", "x", &node);
    net.ir_version = 2;
    refuse_network(close_single(net, node), "IR version 2");
    net = open_single(7, "Relu", "x", &node);
    net.ir_version = 3;
    hax_layer_list list = read_layers(close_single(net, node));
    free_layers(&list);
}

/* ---- the graph ------------------------------------------------------------------------------- */

static void cycles_are_named(void **state)
{
    (void) state;
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Add", "one", "x c", "a"));
    add_node(&net, node_of("Relu", "two", "a", "b"));
    add_node(&net, node_of("Relu", NULL, "b", "c"));
    add_node(&net, node_of("Relu", "end", "c", "y"));
    add_output(&net, "y");
    refuse_network(net, "cycle, each node needs the next one: node 'one' (Add), node 2 (Relu, "
                        "without a name), node 'two' (Relu), and again the first");
    net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Relu", "self", "y", "y"));
    add_output(&net, "y");
    refuse_network(net, "cycle");
}

static void broken_graphs_are_refused(void **state)
{
    (void) state;
    message node;
    network net = open_single(13, "Add", "x nothing", &node);
    refuse_network(close_single(net, node), "node 'n' (Add) reads 'nothing', which no node makes");
    net = open_single(13, "Relu", "x", &node);
    add_node(&net, node_of("Relu", "m", "x", "y"));
    refuse_network(close_single(net, node), "node 'n' (Relu) makes 'y', which node 'm' (Relu)");
    net = open_single(13, "Relu", "x", &node);
    add_output(&net, "gone");
    refuse_network(close_single(net, node), "no node makes the graph's output 'gone'");
    net = open_single(13, "Relu", "x", &node);
    add_node(&net, node);
    refuse_network(net, "the graph has no outputs");
    net = open_single(13, "Relu", "x", &node);
    add_node(&net, node_of("Relu", "m", "y", "x"));
    refuse_network(close_single(net, node), "makes 'x', which is an input");
    net = open_single(13, "", "x", &node);
    refuse_network(close_single(net, node), "states no operation");
}

/* A long chain in reverse order: the walk is as deep as the graph. */
static void depth_is_no_limit(void **state)
{
    (void) state;
    enum { DEPTH = 20000 };
    network net = network_open(13);
    add_input(&net, "t0", "1 3 8 8");
    for (int i = DEPTH; i > 0; i--) {
        char from[16], to[16];
        snprintf(from, sizeof from, "t%d", i - 1);
        snprintf(to, sizeof to, "t%d", i);
        add_node(&net, node_of("Relu", NULL, from, to));
    }
    add_output(&net, "t20000");
    hax_layer_list list = read_layers(net);
    assert_int_equal(list.count, DEPTH);
    assert_string_equal(layer_at(&list, 0)->bottoms[0], "t0");
    free_layers(&list);
}

/* ---- the input ------------------------------------------------------------------------------- */

static message open_input(const char *dims)
{
    network net = network_open(13);
    add_input(&net, "images:0", dims);
    add_node(&net, node_of("Relu", "n", "images:0", "y"));
    add_output(&net, "y");
    return network_close(&net);
}

static void open_dimensions_are_fixed(void **state)
{
    (void) state;
    hax_layer_list list;
    hax_error err;
    message file = open_input("batch 3 height ?");
    assert_int_equal(read_file(&file, "net.onnx", "images:0=1x3x64x32", &list, &err), HAX_OK);
    assert_int_equal(list.inputs->shape.dims[2], 64);
    assert_int_equal(list.inputs->shape.dims[3], 32);
    free_layers(&list);
    file = open_input("2 3 8 8"); /* a batch, told though it is fixed */
    assert_int_equal(read_file(&file, "net.onnx", "images:0=2x3x8x8", &list, &err), HAX_OK);
    assert_int_equal(list.inputs->shape.dims[0], 2);
    free_layers(&list);
    refuse_file(open_input("batch 3 height ?"), NULL,
                "input 'images:0' has the dimensions batch x 3 x height x ?, which are not all "
                "numbers: fix them with --shape images:0=1x3xNxN");
    refuse_file(open_input(NULL), NULL, "has no dimensions in the file");
    refuse_file(open_input("batch 3 h w"), "images:0=1x4x8x8", "dimension 1 is fixed to 3");
    refuse_file(open_input("batch 3 h w"), "images:0=1x3x8", "the input has 4 dimensions");
    refuse_file(open_input("batch 3 h w"), "images:0=1x3x8x", "a whole number from 1");
    refuse_file(open_input("batch 3 h w"), "images:0=1x3x-8x8", "a whole number from 1");
    refuse_file(open_input("batch 3 h w"), "images:0=1,3,8,8", "between dimensions stands an x");
    refuse_file(open_input("batch 3 h w"), "images:0", "there is no '='");
    refuse_file(open_input("batch 3 h w"), "data=1x3x8x8", "input is called 'images:0'");
    refuse_file(open_input("1 3 -4 8"), NULL, "a dimension of -4");
    refuse_file(open_input("-1 3 4 8"), NULL, "has the dimensions ? x 3 x 4 x 8");
}

static void inputs_are_of_floats(void **state)
{
    (void) state;
    network net = network_open(13);
    message value = value_of("x", 10, "1 3"); /* float16, computed with as float */
    put_message(&net.graph, 11, &value);
    add_node(&net, node_of("Relu", "n", "x", "y"));
    add_output(&net, "y");
    hax_layer_list list = read_layers(net);
    free_layers(&list);
    net = network_open(13);
    value = value_of("x", 7, "1 3");
    put_message(&net.graph, 11, &value);
    add_node(&net, node_of("Relu", "n", "x", "y"));
    add_output(&net, "y");
    refuse_network(net, "input 'x' is of type int64");
    net = network_open(13);
    add_tensor(&net, tensor_raw("t", 1, DIMS(1), REALS(1)));
    add_node(&net, node_of("Relu", "n", "t", "y"));
    add_output(&net, "y");
    refuse_network(net, "no node reads an input");
}

/* c = a + b, in a file that has a third input which nobody reads. */
static network sum_of_two(const char *dims_a, const char *dims_b)
{
    network net = network_open(13);
    add_input(&net, "a", dims_a);
    add_input(&net, "unused", "n");
    add_input(&net, "b", dims_b);
    add_node(&net, node_of("Add", "n", "b a", "y"));
    add_output(&net, "y");
    return net;
}

static void several_inputs_in_their_order(void **state)
{
    (void) state;
    hax_layer_list list = read_layers(sum_of_two("1 3", "1 1"));
    assert_int_equal(list.input_count, 2);
    assert_string_equal(list.inputs->name, "a");
    assert_string_equal(list.inputs->next->name, "b");
    assert_int_equal(list.inputs->shape.dims[1], 3);
    assert_int_equal(list.inputs->next->shape.dims[1], 1);
    free_layers(&list);
    refuse_network(sum_of_two("1 3", "1 n"), "input 'b' has the dimensions 1 x n");
    network net = sum_of_two("1 3", "1 n");
    refuse_file(network_close(&net), "unused=1x3", "its inputs are called 'a', 'b'");
    hax_error err;
    net = sum_of_two("1 3", "1 n");
    message file = network_close(&net);
    assert_int_equal(read_file(&file, "net.onnx", "b=1x3", &list, &err), HAX_OK);
    assert_int_equal(list.inputs->next->shape.dims[1], 3);
    free_layers(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_become_layers),
        cmocka_unit_test(layers_have_names_of_their_own),
        cmocka_unit_test(raw_data_of_every_type),
        cmocka_unit_test(typed_data_packed_and_not),
        cmocka_unit_test(wrong_tensors_are_refused),
        cmocka_unit_test(constants_of_every_kind),
        cmocka_unit_test(operands_may_be_left_out),
        cmocka_unit_test(defaults_follow_the_opset),
        cmocka_unit_test(attributes_follow_the_opset),
        cmocka_unit_test(wrong_attributes_are_refused),
        cmocka_unit_test(windows_over_lines),
        cmocka_unit_test(empty_axes),
        cmocka_unit_test(functions_of_one_number),
        cmocka_unit_test(dropout_must_not_train),
        cmocka_unit_test(unknown_operations_are_named),
        cmocka_unit_test(versions_are_checked),
        cmocka_unit_test(cycles_are_named),
        cmocka_unit_test(broken_graphs_are_refused),
        cmocka_unit_test(depth_is_no_limit),
        cmocka_unit_test(open_dimensions_are_fixed),
        cmocka_unit_test(inputs_are_of_floats),
        cmocka_unit_test(several_inputs_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
