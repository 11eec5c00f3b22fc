/*
 * ONNX's operators that no single layer is, from the file to the answer: by hand from their
 * definitions (Operators.md).
 */
#define _GNU_SOURCE
#include "answers.h"

#include "../model/onnx_writer.h"

#define DIMS(...) ((const int64_t[]){ __VA_ARGS__, INT64_MIN })

/* A network of one node, whose inputs but x are tensors that are added before. */
static network begin_network(int opset, const char *dims)
{
    network net = network_open(opset);
    add_input(&net, "x", dims);
    return net;
}

static hax_model *end_network(network net, message node)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    add_node(&net, node);
    add_output(&net, "y");
    message file = network_close(&net);
    assert_false(file.failed);
    if (hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_text_free(&file);
    return model;
}

/* Over the last axis of 2 x 3, which the second input names from opset 18 on. */
static hax_model *reduction(const char *name, int opset)
{
    network net = begin_network(opset, "2 3");
    const int64_t axis = 1;
    message node = node_of(name, "n", opset < 18 ? "x" : "x axes", "y");
    with_whole(&node, "keepdims", 0);
    if (opset < 18)
        with_wholes(&node, "axes", DIMS(1), false);
    else
        add_tensor(&net, tensor_raw("axes", 7, (const int64_t[]){ 1, -1 }, &axis, sizeof axis));
    return end_network(net, node);
}

static void reductions_with_something_around(void **state)
{
    (void) state;
    static const float x[] = { 3, -1, 2, 0.5F, 4, 1 };
    for (int opset = 13; opset <= 18; opset += 5) {
        GIVES(reduction("ReduceMin", opset), x, -1, 0.5F);
        GIVES(reduction("ReduceL1", opset), x, 6, 5.5F);
        GIVES(reduction("ReduceL2", opset), x, 3.7416574F, 4.1533119F);
        GIVES(reduction("ReduceSumSquare", opset), x, 14, 17.25F);
        GIVES(reduction("ReduceLogSum", opset), x, 1.3862944F, 1.7047481F);
    }
}

static void reductions_of_all(void **state)
{
    (void) state;
    static const float x[] = { 3, -1, 2, 0.5F, 4, 1 };
    GIVES(end_network(begin_network(13, "2 3"), node_of("ReduceMin", "n", "x", "y")), x, -1);
    GIVES(end_network(begin_network(18, "2 3"), node_of("ReduceL1", "n", "x", "y")), x, 11.5F);
}

static void log_softmax(void **state)
{
    (void) state;
    static const float x[] = { 1, 2, 3, 1000, 0, -1000 };
    message node = node_of("LogSoftmax", "n", "x", "y");
    with_whole(&node, "axis", -1);
    GIVES(end_network(begin_network(13, "2 3"), node), x, -2.4076059F, -1.4076059F, -0.4076059F, 0,
          -1000, -2000);
    node = node_of("LogSoftmax", "n", "x", "y");
    with_whole(&node, "axis", 0);
    GIVES(end_network(begin_network(13, "2 1"), node), x, -1.3132617F, -0.3132617F);
    /* before opset 13 over `axis`, which was 1, and all behind it */
    GIVES(end_network(begin_network(12, "1 2 2"), node_of("LogSoftmax", "n", "x", "y")),
          ((const float[]){ 0, 0, 0, 0 }), -1.3862944F, -1.3862944F, -1.3862944F, -1.3862944F);
}

/* Without axes, told to do nothing: what of that holds of the squares is not agreed upon. */
static void what_reduces_nothing(void **state)
{
    (void) state;
    hax_model *model = NULL;
    hax_error err = { 0 };
    network net = begin_network(18, "2 3");
    message node = node_of("ReduceL2", "n", "x", "y");
    with_whole(&node, "noop_with_empty_axes", 1);
    add_node(&net, node);
    add_output(&net, "y");
    message file = network_close(&net);
    assert_int_equal(hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "noop_with_empty_axes"));
    hax_text_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reductions_with_something_around),
        cmocka_unit_test(reductions_of_all),
        cmocka_unit_test(log_softmax),
        cmocka_unit_test(what_reduces_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
