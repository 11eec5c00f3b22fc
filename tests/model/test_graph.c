/* Lowering, cuts, groups and weights of small networks. */
#include "fixture.h"

#include <jansson.h>
#include <math.h>

#include "graph.h"

#define INPUT "input: 'data' input_dim: 1 input_dim: 4 input_dim: 16 input_dim: 16\n"
#define LAYER(name, type, bottom, top, more) \
    "layer { name: '" name "' type: '" type "' bottom: '" bottom "' top: '" top "' " more " }\n"
#define CONV(name, bottom, top)             \
    LAYER(name, "Convolution", bottom, top, \
          "convolution_param { num_output: 4 kernel_size: 3 pad: 1 bias_term: false }")
#define SUM(name, a, b, top, more)                                                        \
    "layer { name: '" name "' type: 'Eltwise' bottom: '" a "' bottom: '" b "' top: '" top \
    "' " more " }\n"

typedef struct expected_kernel {
    hax_op op;
    int first, last;
    int residual; /* tensor's producer, -2: none */
    bool relu, bias;
} expected_kernel;

static void expect_kernels(const hax_model *model, const expected_kernel *expected, int count)
{
    assert_int_equal(hax_model_kernel_count(model), count);
    for (int k = 0; k < count; k++) {
        const hax_kernel *kernel = hax_model_kernel(model, k);
        assert_int_equal(kernel->op, expected[k].op);
        assert_int_equal(kernel->first, expected[k].first);
        assert_int_equal(kernel->last, expected[k].last);
        assert_int_equal(kernel->activation.curve == HAX_CURVE_RELU, expected[k].relu);
        assert_int_equal(kernel->bias, expected[k].bias);
        int residual =
            kernel->residual < 0 ? -2 : hax_model_tensor(model, kernel->residual)->producer;
        assert_int_equal(residual, expected[k].residual);
    }
}

/* What must hold of every lowered model. */
static void check_order(const hax_model *model)
{
    for (int k = 0; k < hax_model_kernel_count(model); k++) {
        const hax_kernel *kernel = hax_model_kernel(model, k);
        assert_int_equal(hax_model_tensor(model, kernel->output)->producer, k);
        for (int i = 0; i < kernel->input_count; i++)
            assert_true(hax_model_tensor(model, kernel->inputs[i])->producer < k);
        if (kernel->residual >= 0)
            assert_true(hax_model_tensor(model, kernel->residual)->producer < k);
    }
}

static void chain_is_one_kernel(void **state)
{
    (void) state;
    hax_model *model =
        read_text(INPUT CONV("c", "data", "c") LAYER("n", "BatchNorm", "c", "c", "")
                      LAYER("s", "Scale", "c", "c", "") LAYER("r", "ReLU", "c", "c", ""));
    const expected_kernel expected[] = { { HAX_OP_CONVOLUTION, 0, 3, -2, true, true } };
    expect_kernels(model, expected, 1);
    assert_int_equal(hax_model_output_count(model), 1);
    assert_int_equal(hax_model_tensor(model, hax_model_output(model, 0))->last_use, 1);
    hax_model_destroy(model);
}

static void sum_goes_to_the_later_branch(void **state)
{
    (void) state;
    hax_model *model =
        read_text(INPUT CONV("a", "data", "a") CONV("b", "data", "b")
                      SUM("sum", "a", "b", "sum", "eltwise_param { coeff: 2 coeff: 0.5 }")
                          LAYER("r", "ReLU", "sum", "sum", "relu_param { negative_slope: 0.1 }"));
    const expected_kernel expected[] = { { HAX_OP_CONVOLUTION, 0, 0, -2, false, false },
                                         { HAX_OP_CONVOLUTION, 1, 3, 0, true, false } };
    expect_kernels(model, expected, 2);
    assert_true(hax_model_kernel(model, 1)->residual_scale == 2.0F);
    assert_true(hax_model_kernel(model, 1)->activation.alpha == 0.1F);
    hax_model_destroy(model);
}

static void nothing_crosses_a_second_reader(void **state)
{
    (void) state;
    hax_model *model = read_text(INPUT CONV("c", "data", "c") LAYER("r", "ReLU", "c", "r", "") SUM(
        "sum", "c", "r", "sum", "") LAYER("t", "ReLU", "sum", "sum", ""));
    const expected_kernel expected[] = { { HAX_OP_CONVOLUTION, 0, 0, -2, false, false },
                                         { HAX_OP_RELU, 1, 1, -2, true, false },
                                         { HAX_OP_ELTWISE, 2, 3, -2, true, false } };
    expect_kernels(model, expected, 3);
    hax_model_destroy(model);
}

/* The two tops of a Split are one tensor: a ReLU on one must leave the other alone. */
static void views_are_not_changed(void **state)
{
    (void) state;
    hax_model *model =
        read_text(INPUT CONV("c", "data", "c") "layer { name: 's' type: 'Split' bottom: 'c' top: "
                                               "'x' top: 'y' }\n" LAYER("r", "ReLU", "x", "x", "")
                                                   SUM("sum", "x", "y", "sum", ""));
    const expected_kernel expected[] = { { HAX_OP_CONVOLUTION, 0, 1, -2, false, false },
                                         { HAX_OP_RELU, 2, 2, -2, true, false },
                                         { HAX_OP_ELTWISE, 3, 3, -2, false, false } };
    expect_kernels(model, expected, 3);
    check_order(model);
    hax_model_destroy(model);
    model = read_text(INPUT CONV("c", "data", "c") LAYER("d", "Dropout", "c", "d", "")
                          LAYER("r", "ReLU", "d", "r", "") SUM("sum", "c", "r", "sum", ""));
    assert_int_equal(hax_model_kernel_count(model), 3);
    assert_int_equal(hax_model_kernel(model, 0)->activation.curve, HAX_CURVE_NONE);
    hax_model_destroy(model);
}

static void flatten_before_fc_is_no_kernel(void **state)
{
    (void) state;
#define FC(bottom) \
    LAYER("fc", "InnerProduct", bottom, "fc", "inner_product_param { num_output: 7 }")
    hax_model *model = read_text(INPUT CONV("c", "data", "c") LAYER("f", "Flatten", "c", "f", "")
                                     LAYER("d", "Dropout", "f", "f", "") FC("f"));
    assert_int_equal(hax_model_kernel_count(model), 2);
    assert_int_equal(hax_kernel_weight_count(model, 1), 7 * 4 * 16 * 16);
    hax_model_destroy(model);
    model =
        read_text(INPUT LAYER("f", "Flatten", "data", "f", "") LAYER("p", "Softmax", "f", "p", ""));
    assert_int_equal(hax_model_kernel(model, 0)->op, HAX_OP_FLATTEN);
    hax_model_destroy(model);
}

static void normalisation_alone_is_a_scale(void **state)
{
    (void) state;
    hax_model *model =
        read_text(INPUT LAYER("n", "BatchNorm", "data", "n", "")
                      LAYER("s", "Scale", "n", "n", "scale_param { bias_term: true }")
                          LAYER("r", "ReLU", "n", "n", "") CONV("c", "n", "c"));
    const expected_kernel expected[] = { { HAX_OP_SCALE, 0, 2, -2, true, true },
                                         { HAX_OP_CONVOLUTION, 3, 3, -2, false, false } };
    expect_kernels(model, expected, 2);
    assert_int_equal(hax_kernel_weight_count(model, 0), 4);
    assert_int_equal(hax_kernel_bias_count(model, 0), 4);
    hax_model_destroy(model);
}

static void pooling_pads_as_caffe_rounds(void **state)
{
    (void) state;
    hax_model *model = read_text(
        INPUT LAYER("p", "Pooling", "data", "p", "pooling_param { kernel_size: 3 stride: 2 }")
            LAYER("q", "Pooling", "p", "q", "pooling_param { kernel_size: 3 stride: 2 pad: 1 }")
                LAYER("g", "Pooling", "q", "g",
                      "pooling_param { global_pooling: true pool: AVE }"));
    for (int k = 0; k < 3; k++) {
        const hax_kernel *kernel = hax_model_kernel(model, k);
        const hax_window *w = &kernel->window;
        const hax_shape *in = &hax_model_tensor(model, kernel->inputs[0])->shape;
        const hax_shape *out = &hax_model_tensor(model, kernel->output)->shape;
        assert_int_equal((in->dims[2] + w->pad_top + w->pad_bottom - w->kernel_h) / w->stride_h + 1,
                         out->dims[2]);
        assert_int_equal((in->dims[3] + w->pad_left + w->pad_right - w->kernel_w) / w->stride_w + 1,
                         out->dims[3]);
        assert_int_equal(w->pad_top, k == 1 ? 1 : 0);
    }
    hax_model_destroy(model);
}

static void cuts_and_their_reasons(void **state)
{
    (void) state;
    hax_model *model =
        read_text(INPUT CONV("a", "data", "a") LAYER("ar", "ReLU", "a", "a", "") CONV("b", "a", "b")
                      LAYER("br", "ReLU", "b", "b", "") CONV("c", "b", "c")
                          SUM("sum", "a", "c", "sum", "") LAYER("p", "Softmax", "sum", "p", ""));
    static const bool legal[] = { false, false, true, false, false, false, true };
    for (int cut = 0; cut < 7; cut++)
        assert_int_equal(hax_model_cut_legal(model, cut, NULL), legal[cut]);
    const char *reason = NULL;
    hax_model_cut_legal(model, 4, &reason);
    assert_non_null(strstr(reason, "2 tensors"));
    assert_non_null(strstr(reason, "a, b"));
    hax_model_cut_legal(model, 5, &reason);
    assert_non_null(strstr(reason, "fused kernel c ... sum"));
    assert_false(hax_model_cut_legal(model, -1, &reason));
    assert_false(hax_model_cut_legal(model, 7, &reason));
    hax_model_destroy(model);
}

static void groups_cover_the_network(void **state)
{
    (void) state;
    hax_model *model = load_builtin_net("googlenet");
    static const char *const specs[] = {
        "blocks", "fine", "1", "2", "7", "1000", "10,24,38,53,67,81,95,110,124",
    };
    static const int counts[] = { 10, 21, 1, 2, 7, 21, 10 };
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        const hax_grouping *grouping = NULL;
        assert_int_equal(hax_grouping_make(model, specs[s], &grouping, NULL), HAX_OK);
        assert_int_equal(grouping->count, counts[s]);
        int64_t macs = 0;
        int next = 0, next_kernel = 0;
        for (int g = 0; g < grouping->count; g++) {
            const hax_group *group = &grouping->groups[g];
            int begin, end;
            hax_group_kernels(model, group, &begin, &end);
            assert_int_equal(group->first, next);
            assert_int_equal(begin, next_kernel);
            assert_true(end > begin);
            hax_crossing crossing = hax_group_crossing(model, grouping, g);
            int input = g > 0 ? crossing.tensors[0] : hax_model_input(model, 0);
            assert_int_equal(crossing.count, g > 0);
            assert_int_equal(group->input_bytes, hax_model_tensor(model, input)->bytes);
            if (g > 0)
                assert_int_equal(group->input_bytes, grouping->groups[g - 1].output_bytes);
            next = group->last + 1;
            next_kernel = end;
            macs += group->macs;
        }
        assert_int_equal(next, hax_model_compute_layer_count(model));
        assert_int_equal(next_kernel, hax_model_kernel_count(model));
        assert_true(macs == hax_model_macs(model));
        hax_grouping_destroy(grouping);
    }
    hax_model_destroy(model);
}

static void bad_groupings_are_refused(void **state)
{
    (void) state;
    hax_model *model = load_builtin_net("alexnet");
    static const struct {
        const char *spec, *part;
    } cases[] = {
        { "", "grouping" },
        { "block", "grouping" },
        { "0", "0" },
        { "-3", "grouping" },
        { "99999999999", "99999999999 groups are out of range: give 1 to 1000" },
        { "4x", "grouping" },
        { "16,17", "fc6" },
        { "2,2", "rise" },
        { "4,2", "rise" },
        { "2,999", "999" },
        { "2,,4", "cuts" },
        { ",", "cuts" },
        { "2,x", "cuts" },
        { "99999999999999999999,2", "out of range: it is the first layer after a cut, 1 to 20" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hax_grouping *grouping = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_grouping_make(model, cases[i].spec, &grouping, &err), HAX_BAD_INPUT);
        assert_null(grouping);
        if (!strstr(err.message, cases[i].part))
            fail_msg("%s: %s", cases[i].spec, err.message);
    }
    hax_model_destroy(model);
}

static float *weights_of(const hax_model *model, int kernel, float **bias)
{
    float *weights = calloc(hax_kernel_weight_count(model, kernel), sizeof *weights);
    *bias = calloc(hax_kernel_bias_count(model, kernel) + 1, sizeof **bias);
    assert_non_null(weights);
    assert_non_null(*bias);
    hax_model_weights(model, kernel, weights, hax_kernel_bias_count(model, kernel) ? *bias : NULL);
    return weights;
}

static void weights_are_reproducible(void **state)
{
    (void) state;
    hax_model *one = load_builtin_net("resnet18"), *two = load_builtin_net("resnet18");
    for (int k = 0; k < hax_model_kernel_count(one); k++) {
        size_t count = hax_kernel_weight_count(one, k);
        assert_int_equal(hax_model_kernel(one, k)->weight_bytes % sizeof(float), 0);
        if (count == 0)
            continue;
        float *bias_one, *bias_two;
        float *a = weights_of(one, k, &bias_one), *b = weights_of(two, k, &bias_two);
        assert_memory_equal(a, b, count * sizeof *a);
        assert_memory_equal(bias_one, bias_two, hax_kernel_bias_count(one, k) * sizeof *bias_one);
        double sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++) {
            assert_true(isfinite(a[i]));
            sum += a[i];
            squares += (double) a[i] * a[i];
        }
        assert_true(squares > 0 && fabs(sum) < 6 * sqrt(squares));
        free(a);
        free(b);
        free(bias_one);
        free(bias_two);
    }
    float input[3 * 224 * 224], again[3 * 224 * 224];
    hax_model_fill_input(one, 0, 7, input);
    hax_model_fill_input(two, 0, 7, again);
    assert_memory_equal(input, again, sizeof input);
    for (size_t i = 0; i < 3 * 224 * 224; i++)
        assert_true(input[i] >= -1 && input[i] < 1);
    hax_model_destroy(one);
    hax_model_destroy(two);
}

static void document_reads_back(void **state)
{
    (void) state;
    hax_model *model = load_builtin_net("googlenet");
    const hax_grouping *grouping = NULL;
    char *text = NULL;
    assert_int_equal(hax_grouping_make(model, "blocks", &grouping, NULL), HAX_OK);
    assert_int_equal(hax_model_text(model, grouping, &text, NULL), HAX_OK);
    json_t *tree = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    assert_string_equal(json_string_value(json_object_get(tree, "schema")), "haxconn/model");
    assert_int_equal(json_integer_value(json_object_get(tree, "version")), 1);
    assert_string_equal(json_string_value(json_object_get(tree, "name")), "googlenet");
    assert_int_equal(json_integer_value(json_object_get(tree, "compute_layers")), 141);
    json_t *cuts = json_object_get(tree, "cuts"), *groups = json_object_get(tree, "groups");
    for (size_t c = 0; c < json_array_size(cuts); c++)
        assert_true(
            hax_model_cut_legal(model, (int) json_integer_value(json_array_get(cuts, c)), NULL));
    assert_int_equal(json_array_size(groups), grouping->count);
    for (size_t g = 0; g < json_array_size(groups); g++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(groups, g), "first")),
                         grouping->groups[g].first);
    json_decref(tree);
    free(text);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* ---- lists that no reader makes ----------------------------------------------------------------
 */

static const hax_shape small = { 4, { 1, 4, 8, 8 } };

static hax_layer_list open_list(void)
{
    hax_layer_list list;
    hax_layer_list_init(&list, hax_arena_create(), "net", "net.onnx");
    return list;
}

static void add_layer(hax_layer_list *list, hax_op op, const char *bottom, const char *top)
{
    hax_layer_spec *layer = hax_layer_list_add(list, op, top);
    hax_layer_list_set_bottoms(list, layer, &bottom, 1);
    hax_layer_list_set_tops(list, layer, &top, 1);
}

static void two_constants_of_one_name(hax_layer_list *list)
{
    static const float values[4] = { 0 };
    const hax_shape four = { 1, { 4 } };
    hax_layer_list_add_input(list, "x", &small);
    for (int c = 0; c < 2; c++)
        hax_layer_list_add_constant(list, "c", &four)->real = values;
    add_layer(list, HAX_OP_RELU, "x", "y");
}

static void constant_without_elements(hax_layer_list *list)
{
    const hax_shape none = { 1, { 0 } };
    hax_layer_list_add_input(list, "x", &small);
    hax_layer_list_add_constant(list, "c", &none);
    add_layer(list, HAX_OP_RELU, "x", "y");
}

static void nothing_to_read(hax_layer_list *list)
{
    const hax_shape one = { 0 };
    static const float value = 1;
    hax_layer_list_add_constant(list, "c", &one)->real = &value;
    add_layer(list, HAX_OP_RELU, "c", "y");
}

static void output_of_no_layer(hax_layer_list *list)
{
    hax_layer_list_add_input(list, "x", &small);
    add_layer(list, HAX_OP_RELU, "x", "y");
    hax_layer_list_set_outputs(list, (const char *const[]){ "z" }, 1);
}

static void constant_as_output(hax_layer_list *list)
{
    const hax_shape one = { 0 };
    static const float value = 1;
    hax_layer_list_add_input(list, "x", &small);
    hax_layer_list_add_constant(list, "c", &one)->real = &value;
    add_layer(list, HAX_OP_RELU, "x", "y");
    hax_layer_list_set_outputs(list, (const char *const[]){ "c" }, 1);
}

static void input_left_out(hax_layer_list *list)
{
    hax_layer_list_add_input(list, "x", &small);
    hax_layer_spec *sum = hax_layer_list_add(list, HAX_OP_ADD, "y");
    hax_layer_list_set_bottoms(list, sum, (const char *const[]){ "x", "" }, 2);
    hax_layer_list_set_tops(list, sum, (const char *const[]){ "y" }, 1);
}

static void odd_lists_are_refused(void **state)
{
    static const struct {
        void (*fill)(hax_layer_list *list);
        const char *part;
    } cases[] = {
        { two_constants_of_one_name, "constant 'c': the name is taken already" },
        { constant_without_elements, "constant 'c': " },
        { nothing_to_read, "no input that a layer reads" },
        { output_of_no_layer, "output 'z' is the top of no layer" },
        { constant_as_output, "output 'c' is a constant" },
        { input_left_out, "its input 1 is left out" },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hax_layer_list list = open_list();
        hax_model *model = NULL;
        hax_error err = { 0 };
        cases[c].fill(&list);
        assert_int_equal(hax_graph_build(&list, &model, &err), HAX_BAD_INPUT);
        assert_null(model);
        if (!strstr(err.message, cases[c].part))
            fail_msg("'%s' does not hold '%s'", err.message, cases[c].part);
        hax_arena_destroy(list.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_is_one_kernel),
        cmocka_unit_test(sum_goes_to_the_later_branch),
        cmocka_unit_test(nothing_crosses_a_second_reader),
        cmocka_unit_test(views_are_not_changed),
        cmocka_unit_test(flatten_before_fc_is_no_kernel),
        cmocka_unit_test(normalisation_alone_is_a_scale),
        cmocka_unit_test(pooling_pads_as_caffe_rounds),
        cmocka_unit_test(cuts_and_their_reasons),
        cmocka_unit_test(groups_cover_the_network),
        cmocka_unit_test(bad_groupings_are_refused),
        cmocka_unit_test(weights_are_reproducible),
        cmocka_unit_test(document_reads_back),
        cmocka_unit_test(odd_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
