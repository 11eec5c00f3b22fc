/* Caffe networks in text form: what they mean, and what is refused where. */
#include "fixture.h"

#define INPUT "input: 'data' input_dim: 8 input_dim: 3 input_dim: 16 input_dim: 16\n"
#define CONV(name, bottom, more)                                                    \
    "layer { name: '" name "' type: 'Convolution' bottom: '" bottom "' top: '" name \
    "' convolution_param { num_output: 4 " more " } }\n"

static void lenet_is_the_same_as_built(void **state)
{
    (void) state;
    hax_model *read =
        read_text("name: 'LeNet'\r\n"
                  "layer { name: 'data' type: 'Input' top: 'data'\r\n"
                  "\tinput_param { shape: { dim: 64 dim: 1 dim: 28 dim: 28 } } }\r\n"
                  "layer { bottom: 'data' top: 'conv1' name: 'conv1' type: 'Convolution'\r\n"
                  "  param { lr_mult: 1 } param { lr_mult: 2 }\r\n"
                  "  convolution_param { num_output: 20 kernel_size: 5 stride: 1\r\n"
                  "    weight_filler { type: 'xavier' } bias_filler { type: 'constant' } } }\r\n"
                  "layer { name: 'pool1' type: 'Pooling' bottom: 'conv1' top: 'pool1'\r\n"
                  "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\r\n"
                  "layer { name: 'ip1' type: 'InnerProduct' bottom: 'pool1' top: 'ip1'\r\n"
                  "  inner_product_param { num_output: 500 } }\r\n"
                  "layer { name: 'relu1' type: 'ReLU' bottom: 'ip1' top: 'ip1' }\r\n"
                  "layer { name: 'drop' type: 'Dropout' bottom: 'ip1' top: 'ip1'\r\n"
                  "  dropout_param { dropout_ratio: 0.5 } }\r\n"
                  "layer { name: 'ip2' type: 'InnerProduct' bottom: 'ip1' top: 'ip2'\r\n"
                  "  inner_product_param { num_output: 10 } }\r\n"
                  "layer { name: 'prob' type: 'Softmax' bottom: 'ip2' top: 'prob' }");
    hax_layer_list list;
    hax_layer_list_init(&list, hax_arena_create(), "other", NULL);
    const char *x = hax_layer_list_input(&list, "image", 1, 28, 28, false);
    x = hax_layer_list_conv(&list, "c", x, (hax_conv_shape){ 20, 5 }, true);
    x = hax_layer_list_pool(&list, "p", x, HAX_POOL_MAX, 2, 2, 0);
    x = hax_layer_list_fc(&list, "f", x, 500);
    x = hax_layer_list_in_place(&list, HAX_OP_RELU, "r", x);
    x = hax_layer_list_in_place(&list, HAX_OP_DROPOUT, "d", x);
    x = hax_layer_list_fc(&list, "g", x, 10);
    hax_layer_list_apart(&list, HAX_OP_SOFTMAX, "s", x);
    hax_model *built = NULL;
    assert_int_equal(hax_graph_build(&list, &built, NULL), HAX_OK);
    assert_true(hax_model_hash(read) == hax_model_hash(built));
    assert_string_equal(hax_model_name(read), "LeNet");
    assert_int_equal(hax_model_layer_count(read), 8);
    assert_int_equal(hax_model_compute_layer_count(read), 6);
    assert_int_equal(hax_model_layer(read, 4).line, 12);
    assert_int_equal(hax_model_macs(read), 20 * 25 * 24 * 24 + 20 * 144 * 500 + 500 * 10);
    hax_model_destroy(read);
    hax_model_destroy(built);
}

static void residual_block_is_the_same_as_built(void **state)
{
    (void) state;
    hax_model *read = read_text(
        INPUT
        "layer { name: 'a' type: 'Convolution' bottom: 'data' top: 'a' convolution_param {\n"
        "  num_output: 8 kernel_size: 3 pad: 1 bias_term: false } }\n"
        "layer { name: 'an' type: 'BatchNorm' bottom: 'a' top: 'a'\n"
        "  batch_norm_param { use_global_stats: true } }\n"
        "layer { name: 'as' type: 'Scale' bottom: 'a' top: 'a' scale_param { bias_term: true } }\n"
        "layer { name: 'b' type: 'Convolution' bottom: 'data' top: 'b' convolution_param {\n"
        "  num_output: 8 kernel_h: 1 kernel_w: 7 pad_h: 0 pad_w: 3 } }\n"
        "layer { name: 'sum' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 'sum'\n"
        "  eltwise_param { operation: SUM coeff: 1 coeff: 0.17 } }\n"
        "layer { name: 'r' type: 'ReLU' bottom: 'sum' top: 'sum' }\n");
    hax_layer_list list;
    hax_layer_list_init(&list, hax_arena_create(), "n", NULL);
    const char *x = hax_layer_list_input(&list, "data", 3, 16, 16, false);
    const char *a = hax_layer_list_conv(&list, "a", x, (hax_conv_shape){ 8, 3, .pad = 1 }, false);
    hax_layer_list_in_place(&list, HAX_OP_BATCH_NORM, "an", a);
    hax_layer_list_in_place(&list, HAX_OP_SCALE, "as", a);
    const char *b =
        hax_layer_list_conv(&list, "b", x, (hax_conv_shape){ 8, 1, 7, .pad_w = 3 }, true);
    hax_layer_list_in_place(&list, HAX_OP_RELU, "r", hax_layer_list_sum(&list, "sum", a, b, 0.17F));
    hax_model *built = NULL;
    assert_int_equal(hax_graph_build(&list, &built, NULL), HAX_OK);
    assert_true(hax_model_hash(read) == hax_model_hash(built));
    hax_model_destroy(read);
    hax_model_destroy(built);
}

static void three_ways_to_state_the_input(void **state)
{
    (void) state;
    static const char *const ways[] = {
        INPUT CONV("c", "data", "kernel_size: 3"),
        "input: 'data' input_shape { dim: 1 dim: 3 dim: 16 dim: 16 }" CONV("c", "data",
                                                                           "kernel_size: 3"),
        "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: [2,3,16,16] } } "
        "}" CONV("c", "data", "kernel_size: 3"),
        CONV("c", "data", "kernel_size: 3") INPUT,
    };
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        hax_model *model = read_text(ways[i]);
        assert_true(i == 0 || hax_model_hash(model) == hash);
        hash = hax_model_hash(model);
        const hax_tensor *input = hax_model_tensor(model, hax_model_input(model, 0));
        assert_int_equal(input->shape.dims[0], 1);
        assert_int_equal(input->bytes, 3 * 16 * 16 * 4);
        assert_string_equal(hax_model_name(model), "net");
        hax_model_destroy(model);
    }
}

/* In the order of the file; labels that nobody reads are neither inputs nor outputs. */
static void several_inputs(void **state)
{
    (void) state;
    static const char *const ways[] = {
        "input: 'a' input: 'label' input: 'b' input_dim: [1,3,4,4] input_dim: [1,1,1,1] "
        "input_dim: [1,3,4,4]",
        "input: 'a' input_shape { dim: [1,3,4,4] } input: 'label' input_shape { dim: [1,1] } "
        "input: 'b' input_shape { dim: [1,3,4,4] }",
        "layer { name: 'a' type: 'Input' top: 'a' input_param { shape { dim: [1,3,4,4] } } }"
        "layer { name: 'l' type: 'Input' top: 'label' input_param { shape { dim: [1,1] } } }"
        "layer { name: 'b' type: 'Input' top: 'b' input_param { shape { dim: [1,3,4,4] } } }",
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "%s layer { name: 's' type: 'Eltwise' bottom: 'a' bottom: 'b' top: 's' }",
                 ways[i]);
        hax_model *model = read_text(text);
        assert_int_equal(hax_model_input_count(model), 2);
        assert_string_equal(hax_model_input_info(model, 0).name, "a");
        assert_string_equal(hax_model_input_info(model, 1).name, "b");
        assert_int_equal(hax_model_input_info(model, 1).shape.dims[1], 3);
        assert_int_equal(hax_model_output_count(model), 1);
        assert_string_equal(hax_model_output_info(model, 0).name, "s");
        hax_model_destroy(model);
    }
}

/* Shape of the last layer of a one-layer network. */
static void expect_shape(const char *text, int64_t c, int64_t h, int64_t w)
{
    hax_model *model = read_text(text);
    hax_shape shape = hax_model_layer(model, hax_model_layer_count(model) - 1).output;
    assert_int_equal(shape.dims[0], 1);
    assert_int_equal(shape.dims[1], c);
    assert_int_equal(shape.dims[2], h);
    assert_int_equal(shape.dims[3], w);
    hax_model_destroy(model);
}

#define POOL(more) \
    "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' pooling_param { " more " } }"

static void windows(void **state)
{
    (void) state;
    expect_shape(INPUT CONV("c", "data", "kernel_size: 3"), 4, 14, 14);
    expect_shape(INPUT CONV("c", "data", "kernel_size: 3 kernel_size: 5"), 4, 14, 12);
    expect_shape(INPUT CONV("c", "data", "kernel_size: [3, 5] pad: 1 pad: 2"), 4, 16, 16);
    expect_shape(INPUT CONV("c", "data", "kernel_h: 1 kernel_w: 7"), 4, 16, 10);
    expect_shape(INPUT CONV("c", "data", "kernel_size: 3 dilation: 2"), 4, 12, 12);
    expect_shape(INPUT CONV("c", "data", "kernel_size: 4 stride_h: 2 stride_w: 3"), 4, 7, 5);
    expect_shape(INPUT POOL("kernel_size: 3 stride: 2"), 3, 8, 8);
    expect_shape(INPUT POOL("kernel_size: 3 stride: 2 pad: 1 pool: AVE"), 3, 9, 9);
    expect_shape(INPUT POOL("kernel_size: 2 stride: 2 pad: 1"), 3, 9, 9);
    expect_shape(INPUT POOL("kernel_size: 1 stride: 3"), 3, 6, 6);
    expect_shape(INPUT POOL("global_pooling: true pool: AVE"), 3, 1, 1);
    expect_shape(INPUT
                 "layer { name: 'd' type: 'Deconvolution' bottom: 'data' top: 'd' "
                 "convolution_param { num_output: 6 kernel_size: 4 stride: 2 pad: 1 group: 3 } }",
                 6, 32, 32);
}

/* A stride larger than the window may leave the last window nothing to look at. Caffe drops it
 * where either dimension is padded; where none is, nothing of Caffe's shape can be computed. */
static void no_window_is_empty(void **state)
{
    (void) state;
    expect_shape(INPUT POOL("kernel_size: 2 stride: 3"), 3, 6, 6); /* the last begins at 15 */
    expect_shape(INPUT POOL("kernel_size: 2 stride: 9 pad: 1"), 3, 2, 2);
    expect_shape(INPUT POOL("kernel_h: 2 kernel_w: 3 stride_h: 8 stride_w: 3 pad_w: 1"), 3, 2, 6);
    refuse_text("input: 'data' input_dim: 1 input_dim: 3 input_dim: 9 input_dim: 9\n" POOL(
                    "kernel_size: 2 stride: 3"),
                2, 1,
                "layer 'p' (Pooling): the last of its 4 windows would begin at 9, beyond its "
                "input of 9");
    refuse_text(INPUT POOL("pool: AVE kernel_size: 2 stride_h: 2 stride_w: 8"), 2, 1, "windows");
}

static void old_format(void **state)
{
    (void) state;
    hax_model *old = read_text(
        INPUT "layers { name: 'c' type: CONVOLUTION bottom: 'data' top: 'c' blobs_lr: 1 "
              "weight_decay: 0 convolution_param { num_output: 4 kernel_size: 3 } }\n"
              "layers { name: 'r' type: RELU bottom: 'c' top: 'c' }\n"
              "layers { name: 'f' type: INNER_PRODUCT bottom: 'c' top: 'f' inner_product_param { "
              "num_output: 5 } }");
    hax_model *new = read_text(
        INPUT CONV("c", "data", "kernel_size: 3") "layer { name: 'r' type: 'ReLU' bottom: 'c' top: "
                                                  "'c' }layer { name: 'f' type: 'InnerProduct' "
                                                  "bottom: 'c' top: 'f' inner_product_param { "
                                                  "num_output: 5 } }");
    assert_true(hax_model_hash(old) == hax_model_hash(new));
    hax_model_destroy(old);
    hax_model_destroy(new);
    refuse_text(INPUT "layers { name: 'c' type: NONSENSE bottom: 'data' top: 'c' }", 2, 20,
                "NONSENSE");
    refuse_text(INPUT "layers { layer { name: 'c' } }", 2, 10, "V0");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 3") "layers { }", 3, 1, "one kind");
}

static void phases(void **state)
{
    (void) state;
    static const struct {
        const char *rules;
        int layers;
    } cases[] = {
        { "include { phase: TEST }", 2 },
        { "include { phase: TRAIN }", 1 },
        { "exclude { phase: TEST }", 1 },
        { "exclude { phase: TRAIN }", 2 },
        { "include { phase: TRAIN } include { phase: 1 }", 2 },
        { "include { stage: 'deploy' }", 1 },
        { "include { not_stage: 'fit' }", 2 },
        { "include { min_level: 1 }", 1 },
        { "include { max_level: 0 min_level: -1 }", 2 },
        { "include { }", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000];
        snprintf(text, sizeof text,
                 INPUT CONV("c", "data", "kernel_size: 3") "layer { name: 'r' type: 'ReLU' bottom: "
                                                           "'c' top: 'c' %s }",
                 cases[i].rules);
        hax_model *model = read_text(text);
        assert_int_equal(hax_model_layer_count(model), cases[i].layers);
        hax_model_destroy(model);
    }
    refuse_text(INPUT "layer { name: 'r' include { } exclude { } }", 2, 1, "both include");
}

/* Layers of the training phase may use anything, even a name that is taken. */
static void training_layers_are_left_out(void **state)
{
    (void) state;
    hax_model *model = read_text(
        "layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN } }\n"
        "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: 3 dim: 8 "
        "dim: 8 } } include { phase: TEST } }\n" CONV("c", "data", "kernel_size: 3"));
    assert_int_equal(hax_model_layer_count(model), 2);
    hax_model_destroy(model);
}

static void unknown_things(void **state)
{
    (void) state;
    hax_model *model =
        read_text("force_backward: true quirk: 7 vendor_param { x: [1, 2] }\n" INPUT
                  "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' vendor: 1\n"
                  "  odd_param { y { z: 'q' } } convolution_param { num_output: 4 kernel_size: 1 "
                  "engine: CAFFE } }");
    assert_int_equal(hax_model_layer_count(model), 1);
    hax_model_destroy(model);
    refuse_text(INPUT "layer { name: 'c' type: 'Convolution' botom: 'data' top: 'c' }", 2, 39,
                "did you mean 'bottom'");
    refuse_text("imput: 'data'", 1, 1, "did you mean 'input'");
    refuse_text(INPUT CONV("c", "data", "kernel_sise: 3"), 2, 97, "kernel_sise");
    refuse_text(INPUT "layer { name: 'x' type: 'Slice' bottom: 'data' top: 'x' }", 2, 19,
                "layer 'x': type 'Slice' is not known, and no unit can run it");
    refuse_text(INPUT "layer { name: 'x' type: 'SoftmaxWithLoss' bottom: 'data' top: 'x' }", 2, 19,
                "belongs to training");
}

static void shapes_without_units(void **state)
{
    (void) state;
    static const char *const types[] = { "Sigmoid", "TanH", "PReLU", "ELU",   "Power",
                                         "Exp",     "Log",  "BNLL",  "AbsVal" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char text[300];
        snprintf(text, sizeof text, INPUT "layer { name: 'x' type: '%s' bottom: 'data' top: 'x' }",
                 types[i]);
        expect_shape(text, 3, 16, 16);
    }
}

static void values_are_checked(void **state)
{
    (void) state;
    refuse_text(INPUT CONV("c", "data", "kernel_size: -1"), 2, 110, "-1 is not in 0..65535");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 99999"), 2, 110, "99999 is not in");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 1.5"), 2, 110, "whole number");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 'x'"), 2, 110, "whole number");
    refuse_text(INPUT CONV("c", "data", "kernel_size: [1,1,1]"), 2, 97, "more than twice");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 3 kernel_h: 3"), 2, 63, "given both");
    refuse_text(INPUT CONV("c", "data", "num_output: 5"), 2, 97, "given twice");
    refuse_text(INPUT CONV("c", "data", "bias_term: maybe"), 2, 108, "true or false");
    refuse_text(INPUT CONV("c", "data", "axis: 2"), 2, 97, "only 1");
    refuse_text(INPUT CONV("c", "data", ""), 2, 1, "layer 'c' (Convolution): kernel size");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 17"), 2, 1, "layer 'c'");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 1 stride: 0"), 2, 1, "stride");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 1 group: 2"), 2, 1, "group 2");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 1 group: 0"), 2, 1, "group 0");
    refuse_text(INPUT POOL("pool: STOCHASTIC kernel_size: 2"), 2, 75, "STOCHASTIC");
    refuse_text(INPUT POOL("pool: MEDIAN kernel_size: 2"), 2, 81, "one of MAX AVE");
    refuse_text(INPUT POOL("kernel_size: 2 pad: 2"), 2, 1, "padding");
    refuse_text(INPUT "layer { name: 'n' type: 'LRN' bottom: 'data' top: 'n' lrn_param { "
                      "local_size: 4 } }",
                2, 1, "odd");
    refuse_text(INPUT
                "layer { name: 'n' type: 'LRN' bottom: 'data' top: 'n' lrn_param { alpha: nan "
                "} }",
                2, 74, "finite");
    refuse_text(
        INPUT CONV("a", "data", "kernel_size: 1")
            CONV("b", "data", "kernel_size: 1") "layer { name: 's' type: 'Eltwise' bottom: 'a' "
                                                "bottom: 'b' top: 's' eltwise_param { coeff: 1 } "
                                                "}",
        4, 68, "1 coeff for 2 bottoms");
}

static void graph_is_checked(void **state)
{
    (void) state;
    refuse_text(INPUT CONV("c", "c", "kernel_size: 1"), 2, 1, "bottom 'c'");
    refuse_text(INPUT CONV("a", "b", "kernel_size: 1") CONV("b", "a", "kernel_size: 1"), 2, 1,
                "bottom 'b'");
    refuse_text(INPUT CONV("c", "data", "kernel_size: 1") CONV("c", "data", "kernel_size: 1"), 3, 1,
                "line 2");
    refuse_text(INPUT "layer { name: 'x' type: 'ReLU' bottom: 'data' top: 'y' }\n"
                      "layer { name: 'z' type: 'ReLU' bottom: 'data' top: 'y' }",
                3, 1, "top 'y'");
    refuse_text(INPUT "layer { name: 'x' type: 'ReLU' top: 'y' }", 2, 1, "0 bottoms");
    refuse_text(INPUT "layer { name: 'x' type: 'ReLU' bottom: 'data' }", 2, 1, "0 tops");
    refuse_text(INPUT "layer { type: 'ReLU' bottom: 'data' top: 'y' }", 2, 1, "without a name");
    refuse_text(INPUT "layer { name: 'x' bottom: 'data' top: 'y' }", 2, 1, "no type");
    refuse_text(INPUT "layer { name: '' type: 'ReLU' }", 2, 9, "empty");
    refuse_text(INPUT "layer: 3", 2, 8, "message");
}

static void inputs_are_checked(void **state)
{
    (void) state;
#define BODY CONV("c", "data", "kernel_size: 1")
    refuse_text("", 1, 1, "empty");
    refuse_text("# nothing\n", 1, 1, "empty");
    refuse_text("name: 'x'", 1, 1, "no layers");
    refuse_text("input: 'data'\n" BODY, 1, 1, "no dimensions");
    refuse_text("input: 'data' input_dim: 1\n" BODY, 1, 15, "takes 4");
    refuse_text("input_dim: 1\n" BODY, 1, 1, "without 'input'");
    refuse_text(INPUT "input: 'more'\n" BODY, 2, 1, "no dimensions");
    refuse_text(
        "input: 'a' input: 'a' input_shape { dim: [1,2] } input_shape { dim: [1,2] }\n" BODY, 1, 12,
        "second input 'a'");
    refuse_text("input: 'a' input_shape { dim: 1 dim: 2 } input_shape { dim: 1 dim: 2 }\n" BODY, 1,
                42, "without 'input'");
    refuse_text("input: 'data' input_shape { dim: 1 dim: 0 dim: 2 dim: 2 }\n" BODY, 1, 41,
                "not in 1..");
    refuse_text("input: 'data' input_shape { dim: 1 dim: [1,1,1,1] }\n" BODY, 1, 36, "fifth");
    refuse_text("input: 'data' input_shape { dim: 1 }\n" BODY, 1, 15, "1 dimensions");
    refuse_text("layer { name: 'data' type: 'Input' top: 'data' }\n" BODY, 1, 1, "no shape");
    hax_error err = { 0 };
    hax_model *model = NULL;
    refuse_text(
        "name: 'x' input: 'data' input_shape { dim: 1 dim: 3 dim: 1073741824 dim: 1073741824 "
        "}\n" BODY,
        1, 11, "elements");
    refuse_text(INPUT "layer { name: 'd' type: 'Dropout' bottom: 'data' top: 'd' }", 1, 1,
                "computes");
    refuse_text("layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'y' }", 1, 1, "bottom 'x'");
    assert_int_equal(hax_model_load("no-such-network", NULL, &model, &err), HAX_BAD_INPUT);
    assert_int_equal(hax_model_load("./no-such-file.prototxt", NULL, &model, &err), HAX_BAD_INPUT);
}

static void layers_are_limited(void **state)
{
    (void) state;
    enum { MANY = 10001 };
    size_t capacity = (size_t) MANY * 80 + 200;
    char *text = malloc(capacity);
    assert_non_null(text);
    size_t used = (size_t) snprintf(text, capacity, "%s", INPUT);
    for (int i = 0; i < MANY; i++)
        used += (size_t) snprintf(text + used, capacity - used,
                                  "layer{name:'%d' type:'Sigmoid' bottom:'data' top:'data'}\n", i);
    refuse_text(text, MANY + 1, 1, "10000 layers");
    free(text);
    char *large = malloc(CAFFE_BYTES_MAX + 2);
    assert_non_null(large);
    memset(large, ' ', CAFFE_BYTES_MAX + 1);
    large[CAFFE_BYTES_MAX + 1] = '\0';
    refuse_text(large, 1, 1, "at most 4194304");
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet_is_the_same_as_built),
        cmocka_unit_test(residual_block_is_the_same_as_built),
        cmocka_unit_test(three_ways_to_state_the_input),
        cmocka_unit_test(several_inputs),
        cmocka_unit_test(windows),
        cmocka_unit_test(no_window_is_empty),
        cmocka_unit_test(old_format),
        cmocka_unit_test(phases),
        cmocka_unit_test(training_layers_are_left_out),
        cmocka_unit_test(unknown_things),
        cmocka_unit_test(shapes_without_units),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(graph_is_checked),
        cmocka_unit_test(inputs_are_checked),
        cmocka_unit_test(layers_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
