/* ONNX files as models: weights out of the file, cuts, outputs, what follows from constants. */
#include "onnx_fixture.h"

#include <math.h>

#include "onnx_samples.h"

static hax_model *model_of(message file, const char *shape)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    options.shape_count = shape ? 1 : 0;
    options.shapes = &shape;
    assert_false(file.failed);
    if (hax_model_parse_onnx(file.data, file.length, "dir/net.onnx", &options, &model, &err) !=
        HAX_OK)
        fail_msg("%s: %s", err.file, err.message);
    hax_text_free(&file);
    return model;
}

static hax_model *model_of_network(network net)
{
    return model_of(network_close(&net), NULL);
}

static void samples_are_read(void **state)
{
    (void) state;
    for (int s = 0; s < SAMPLE_COUNT; s++) {
        if (!samples[s].good)
            continue;
        hax_model *model = model_of(samples[s].write(), samples[s].shape);
        assert_string_equal(hax_model_name(model), "net");
        assert_string_equal(hax_model_file(model), "dir/net.onnx");
        hax_model_destroy(model);
    }
}

static void only_onnx_takes_shapes(void **state)
{
    (void) state;
    hax_model *model = NULL;
    hax_error err = { 0 };
    const char *shape = "data=1x3x8x8";
    hax_model_options options = hax_model_options_default();
    options.shape_count = 1;
    options.shapes = &shape;
    assert_int_equal(hax_model_load("alexnet", &options, &model, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "only those of ONNX models"));
    assert_int_equal(hax_model_load("no-such-file.onnx", NULL, &model, &err), HAX_BAD_INPUT);
    assert_string_equal(err.file, "no-such-file.onnx");
    assert_null(model);
}

/* ---- weights --------------------------------------------------------------------------------- */

static void close_to(float got, double wanted)
{
    if (!(fabs((double) got - wanted) <= 1e-6 * fmax(1, fabs(wanted))))
        fail_msg("%.9g is not %.9g", (double) got, wanted);
}

static void weights_are_the_files(void **state)
{
    (void) state;
    static const float weights[2 * 3] = { 1, -2, 3, 0.5F, 0, 4 };
    message node;
    network net = open_single(13, "Conv", "x w b", &node);
    add_tensor(&net, tensor_raw("w", 1, DIMS(2, 3, 1, 1), weights, sizeof weights));
    add_tensor(&net, tensor_raw("b", 1, DIMS(2), REALS(7, -8)));
    hax_model *model = model_of_network(close_single(net, node));
    float got[6], bias[2];
    assert_int_equal(hax_kernel_weight_count(model, 0), 6);
    assert_int_equal(hax_kernel_bias_count(model, 0), 2);
    hax_model_weights(model, 0, got, bias);
    assert_memory_equal(got, weights, sizeof weights);
    assert_true(bias[0] == 7 && bias[1] == -8);
    hax_model_destroy(model);
}

/* y = scale (x - mean) / sqrt(variance + epsilon) + shift, into the convolution before it. */
static void moments_are_folded(void **state)
{
    (void) state;
    network net = network_open(15);
    message norm = node_of("BatchNormalization", "n", "c s t m v", "y");
    with_real(&norm, "epsilon", 0.5F);
    add_input(&net, "x", "1 1 4 4");
    add_node(&net, node_of("Conv", "c", "x w b", "c"));
    add_node(&net, norm);
    add_tensor(&net, tensor_raw("w", 1, DIMS(2, 1, 1, 1), REALS(2, 3)));
    add_tensor(&net, tensor_raw("b", 1, DIMS(2), REALS(1, -1)));
    add_tensor(&net, tensor_raw("s", 1, DIMS(2), REALS(5, 7)));
    add_tensor(&net, tensor_raw("t", 1, DIMS(2), REALS(0.5F, 11)));
    add_tensor(&net, tensor_raw("m", 1, DIMS(2), REALS(-3, 2)));
    add_tensor(&net, tensor_raw("v", 1, DIMS(2), REALS(3.5F, 15.5F)));
    add_output(&net, "y");
    hax_model *model = model_of_network(net);
    float got[2], bias[2];
    assert_int_equal(hax_model_kernel_count(model), 1);
    hax_model_weights(model, 0, got, bias);
    close_to(got[0], 2 * 5 / 2.0);
    close_to(got[1], 3 * 7 / 4.0);
    close_to(bias[0], (1 + 3) * 5 / 2.0 + 0.5);
    close_to(bias[1], (-1 - 2) * 7 / 4.0 + 11);
    hax_model_destroy(model);
}

/* Without transB the file has a column for each output; alpha and beta are factors. */
static void gemm_is_turned(void **state)
{
    (void) state;
    network net = network_open(13);
    message fc = node_of("Gemm", "fc", "x w c", "y");
    with_real(&fc, "alpha", 2);
    with_real(&fc, "beta", 3);
    add_input(&net, "x", "1 3");
    add_node(&net, fc);
    add_tensor(&net, tensor_raw("w", 1, DIMS(3, 2), REALS(1, 2, 3, 4, 5, 6)));
    add_tensor(&net, tensor_raw("c", 1, DIMS(2), REALS(10, 20)));
    add_output(&net, "y");
    hax_model *model = model_of_network(net);
    float got[6], bias[2];
    assert_int_equal(hax_kernel_weight_count(model, 0), 6);
    hax_model_weights(model, 0, got, bias);
    static const double wanted[] = { 2, 6, 10, 4, 8, 12 };
    for (int i = 0; i < 6; i++)
        close_to(got[i], wanted[i]);
    close_to(bias[0], 30);
    close_to(bias[1], 60);
    hax_model_destroy(model);
}

static uint64_t hash_of(float first_weight)
{
    message node;
    const float weights[3] = { first_weight, 2, 3 };
    network net = open_single(13, "Conv", "x w", &node);
    add_tensor(&net, tensor_raw("w", 1, DIMS(1, 3, 1, 1), weights, sizeof weights));
    hax_model *model = model_of_network(close_single(net, node));
    uint64_t hash = hax_model_hash(model);
    hax_model_destroy(model);
    return hash;
}

static void weights_are_part_of_the_identity(void **state)
{
    (void) state;
    assert_true(hash_of(1) == hash_of(1));
    assert_true(hash_of(1) != hash_of(1.5F));
}

/* ---- cuts ------------------------------------------------------------------------------------ */

static void heads_end_in_the_last_group(void **state)
{
    (void) state;
    hax_model *model = model_of(sample_detector(), NULL);
    const hax_grouping *grouping = NULL;
    assert_int_equal(hax_model_output_count(model), 2);
    assert_string_equal(hax_model_tensor(model, hax_model_output(model, 0))->name, "boxes");
    assert_string_equal(hax_model_tensor(model, hax_model_output(model, 1))->name, "scores");
    assert_int_equal(hax_grouping_make(model, "fine", &grouping, NULL), HAX_OK);
    const hax_group *last = &grouping->groups[grouping->count - 1];
    int begin, end;
    hax_group_kernels(model, last, &begin, &end);
    for (int o = 0; o < 2; o++)
        assert_true(hax_model_tensor(model, hax_model_output(model, o))->producer >= begin);
    assert_int_equal(last->output_bytes, (64 * 4 + 4 * 64) * 4);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* x -> p -> a -> b, and b times `from`, each a kernel of its own. */
static message skip_over(const char *from)
{
    char operands[20];
    network net = network_open(13);
    snprintf(operands, sizeof operands, "%s b", from);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Softmax", "p", "x", "p"));
    add_node(&net, node_of("Softmax", "a", "p", "a"));
    add_node(&net, node_of("Softmax", "b", "a", "b"));
    add_node(&net, node_of("Mul", "c", operands, "y"));
    add_output(&net, "y");
    return network_close(&net);
}

/* What crosses, where it is too much, is named. */
static void no_cut_has_a_reason(void **state)
{
    (void) state;
    hax_model *model = model_of(skip_over("p"), NULL);
    for (int cut = 2; cut < 4; cut++) {
        const char *why = NULL;
        assert_false(hax_model_cut_legal(model, cut, &why));
        assert_non_null(strstr(why, "2 tensors are live there: p, "));
        assert_int_equal(hax_model_live_tensors(model, cut), 2);
        assert_null(hax_model_cut_tensor(model, cut, 0));
    }
    hax_model_destroy(model);
}

/* The same places with two tensors allowed: both cross, and their bytes add up. */
static void two_tensors_cross(void **state)
{
    (void) state;
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    message file = skip_over("p");
    hax_model_options options = hax_model_options_default();
    options.cut_tensors = 2;
    assert_int_equal(
        hax_model_parse_onnx(file.data, file.length, "net.onnx", &options, &model, NULL), HAX_OK);
    hax_text_free(&file);
    assert_int_equal(hax_grouping_make(model, "fine", &grouping, NULL), HAX_OK);
    assert_int_equal(grouping->count, 4);
    static const char *const second[] = { NULL, NULL, "a", "b" };
    for (int g = 1; g < 4; g++) {
        hax_crossing crossing = hax_group_crossing(model, grouping, g);
        assert_int_equal(crossing.count, second[g] ? 2 : 1);
        assert_string_equal(hax_model_cut_tensor(model, g, 0), "p");
        if (second[g])
            assert_string_equal(hax_model_cut_tensor(model, g, 1), second[g]);
        else
            assert_null(hax_model_cut_tensor(model, g, 1));
        assert_int_equal(grouping->groups[g].input_bytes, crossing.count * 3 * 8 * 8 * 4);
        assert_int_equal(grouping->groups[g - 1].output_bytes, grouping->groups[g].input_bytes);
    }
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* Every unit has the network's inputs: they do not cross, however late they are read. */
static void late_inputs_do_not_cross(void **state)
{
    (void) state;
    const hax_grouping *grouping = NULL;
    hax_model *model = model_of(skip_over("x"), NULL);
    assert_int_equal(hax_grouping_make(model, "fine", &grouping, NULL), HAX_OK);
    assert_int_equal(grouping->count, 4);
    assert_int_equal(hax_group_crossing(model, grouping, 3).count, 1);
    assert_true(hax_group_reads(model, &grouping->groups[3], hax_model_input(model, 0)));
    assert_false(hax_group_reads(model, &grouping->groups[2], hax_model_input(model, 0)));
    assert_int_equal(grouping->groups[2].output_bytes, 3 * 8 * 8 * 4);
    assert_int_equal(grouping->groups[3].input_bytes, 2 * 3 * 8 * 8 * 4);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* A head that is ready early waits for the others, and crosses with what they are made of. */
static void early_heads_cross(void **state)
{
    (void) state;
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_node(&net, node_of("Softmax", "body", "x", "p"));
    add_node(&net, node_of("Softmax", "head 1", "p", "y1"));
    add_node(&net, node_of("Softmax", "neck", "p", "q"));
    add_node(&net, node_of("Softmax", "head 2", "q", "y2"));
    add_output(&net, "y1");
    add_output(&net, "y2");
    message file = network_close(&net);
    hax_model *model = NULL;
    hax_model_options options = hax_model_options_default();
    options.cut_tensors = 2;
    assert_int_equal(
        hax_model_parse_onnx(file.data, file.length, "net.onnx", &options, &model, NULL), HAX_OK);
    hax_text_free(&file);
    assert_true(hax_model_cut_legal(model, 1, NULL));
    assert_string_equal(hax_model_cut_tensor(model, 2, 0), "p");
    assert_string_equal(hax_model_cut_tensor(model, 2, 1), "y1");
    assert_string_equal(hax_model_cut_tensor(model, 3, 0), "y1");
    assert_string_equal(hax_model_cut_tensor(model, 3, 1), "q");
    hax_model_destroy(model);
}

static void cut_tensors_are_limited(void **state)
{
    (void) state;
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_model_options options = hax_model_options_default();
    options.cut_tensors = HAX_CUT_TENSORS_MAX + 1;
    assert_int_equal(hax_model_load("alexnet", &options, &model, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "1 to 16"));
    options.cut_tensors = -1;
    assert_int_equal(hax_model_load("alexnet", &options, &model, &err), HAX_USAGE);
}

/* Constants and what follows from them neither cross a cut nor count as layers. */
static void constants_do_not_hinder_cuts(void **state)
{
    (void) state;
    hax_model *model = model_of(sample_shapes(), "x=1x3x4x4");
    const hax_grouping *grouping = NULL;
    assert_int_equal(hax_model_compute_layer_count(model), 2);
    assert_int_equal(hax_grouping_make(model, "1", &grouping, NULL), HAX_OK);
    assert_int_equal(grouping->groups[0].input_bytes, 3 * 4 * 4 * 4);
    assert_int_equal(grouping->groups[0].output_bytes, 2 * 4);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void comparisons_are_worked_out(void **state)
{
    (void) state;
    hax_model *model = model_of(sample_logic(), NULL);
    const hax_tensor *out = hax_model_tensor(model, hax_model_output(model, 0));
    static const int64_t dims[] = { 1, 3, 4, 1 };
    assert_int_equal(out->shape.rank, 4);
    assert_memory_equal(out->shape.dims, dims, sizeof dims);
    assert_int_equal(hax_model_compute_layer_count(model), 2);
    hax_model_destroy(model);
}

/* ---- what a few bytes may not ask for -------------------------------------------------------- */

static void refuse_model(network net, const char *part)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    message file = network_close(&net);
    assert_int_equal(hax_model_parse_onnx(file.data, file.length, "net.onnx", NULL, &model, &err),
                     HAX_BAD_INPUT);
    assert_null(model);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    hax_text_free(&file);
}

static void comparisons_of_computed_numbers_are_refused(void **state)
{
    (void) state;
    message node;
    network net = open_single(13, "Equal", "x t", &node);
    add_tensor(&net, tensor_raw("t", 1, DIMS(1), REALS(1)));
    refuse_model(close_single(net, node), "layer 'n' (Equal): is run by no unit");
}

static void small_files_make_no_large_constants(void **state)
{
    (void) state;
    network net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_raw("n", 7, DIMS(1), (const int64_t[]){ 1 << 28 }, 8));
    add_node(&net, node_of("ConstantOfShape", "fill", "n", "big"));
    add_node(&net, node_of("Add", "add", "x big", "y"));
    add_output(&net, "y");
    refuse_model(net, "layer 'fill' (ConstantOfShape): makes a constant of 268435456 elements");
    net = network_open(13);
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_raw("s", 7, DIMS(4), (const int64_t[]){ 1, 1, 1, 1 << 30 }, 32));
    add_node(&net, node_of("GlobalMaxPool", "one", "x", "g"));
    add_node(&net, node_of("ReduceMax", "two", "g", "h"));
    add_node(&net, node_of("Resize", "up", "h - - s", "y"));
    add_output(&net, "y");
    refuse_model(net, "layer 'up' (Resize): axis 3 would have 1073741824 elements");
    /* many of a size that one may have */
    net = network_open(13);
    char inputs[4096] = "x";
    size_t used = 1;
    add_input(&net, "x", "1 3 8 8");
    add_tensor(&net, tensor_raw("one", 1, DIMS(1), REALS(1)));
    add_tensor(&net, tensor_raw("n", 7, DIMS(1), (const int64_t[]){ 1 << 20 }, 8));
    for (int i = 0; i < 200; i++) {
        char made[16];
        snprintf(made, sizeof made, "m%d", i);
        add_node(&net, node_of("Expand", NULL, "one n", made));
        used += (size_t) snprintf(inputs + used, sizeof inputs - used, " %s", made);
    }
    add_node(&net, node_of("Sum", "sum", inputs, "y"));
    add_output(&net, "y");
    refuse_model(net, "(Expand)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read),
        cmocka_unit_test(only_onnx_takes_shapes),
        cmocka_unit_test(weights_are_the_files),
        cmocka_unit_test(moments_are_folded),
        cmocka_unit_test(gemm_is_turned),
        cmocka_unit_test(weights_are_part_of_the_identity),
        cmocka_unit_test(heads_end_in_the_last_group),
        cmocka_unit_test(no_cut_has_a_reason),
        cmocka_unit_test(two_tensors_cross),
        cmocka_unit_test(late_inputs_do_not_cross),
        cmocka_unit_test(early_heads_cross),
        cmocka_unit_test(cut_tensors_are_limited),
        cmocka_unit_test(constants_do_not_hinder_cuts),
        cmocka_unit_test(comparisons_are_worked_out),
        cmocka_unit_test(comparisons_of_computed_numbers_are_refused),
        cmocka_unit_test(small_files_make_no_large_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
