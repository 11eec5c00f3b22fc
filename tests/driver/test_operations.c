/*
 * ONNX's operations against answers worked out by hand from ONNX's definitions (Operators.md), in
 * the portable driver; test_random_operations holds the others against that one.
 */
#define _GNU_SOURCE
#include "operations.h"

#include <float.h>

#include "answers.h"

static hax_window window(int kernel, int stride, int top, int left, int bottom, int right)
{
    return (hax_window){ kernel, kernel, stride, stride, top, left, bottom, right, 1, 1 };
}

static const float counted[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* ---- windows -------------------------------------------------------------------------------- */

static void convolutions(void **state)
{
    (void) state;
    static const float ones[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, two[] = { 0.5F };
    static const float taps[] = { 1, 2, 3, 4 };
    const char *x = begin(SHAPE(1, 1, 3, 3));
    node(HAX_OP_CONVOLUTION,
         SAME(.group = 1, .exact_window = true, .window = window(2, 1, 0, 1, 0, 0)), x,
         reals(SHAPE(1, 1, 2, 2), taps), reals(SHAPE(1), two));
    /* a column of zeros at the left: first row 0 1 2 3 / 0 4 5 6 */
    GIVES(finish(), counted, 18.5F, 37.5F, 47.5F, 36.5F, 67.5F, 77.5F);
    x = begin(SHAPE(1, 1, 4, 4));
    node(HAX_OP_CONVOLUTION,
         SAME(.group = 1, .auto_pad = LAYER_PAD_SAME_UPPER, .window = window(3, 2, 0, 0, 0, 0)), x,
         reals(SHAPE(1, 1, 3, 3), ones), NULL);
    GIVES(finish(), counted, 54, 45, 72, 54);
    x = begin(SHAPE(1, 1, 4, 4));
    node(HAX_OP_CONVOLUTION,
         SAME(.group = 1, .auto_pad = LAYER_PAD_SAME_LOWER, .window = window(3, 2, 0, 0, 0, 0)), x,
         reals(SHAPE(1, 1, 3, 3), ones), NULL);
    GIVES(finish(), counted, 14, 30, 57, 99);
    x = begin(SHAPE(1, 1, 4, 4));
    hax_window wide = window(2, 1, 0, 0, 0, 0);
    wide.dilation_h = wide.dilation_w = 3;
    node(HAX_OP_CONVOLUTION, SAME(.group = 1, .window = wide), x, reals(SHAPE(1, 1, 2, 2), taps),
         NULL);
    GIVES(finish(), counted, 1 + 8 + 39 + 64);
}

static void depthwise(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2, 1, 2));
    node(HAX_OP_CONVOLUTION, SAME(.group = 2, .window = window(1, 1, 0, 0, 0, 0)), x,
         reals(SHAPE(2, 1, 1, 1), FED(10, -1)), reals(SHAPE(2), FED(0, 5)));
    GIVES(finish(), FED(1, 2, 3, 4), 10, 20, 2, 1);
}

static void transposed(void **state)
{
    (void) state;
    /* the example of ONNX's ConvTranspose, one channel of it: stride 2, kernel 3 of ones */
    static const float ones[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    const char *x = begin(SHAPE(1, 1, 2, 2));
    node(HAX_OP_DECONVOLUTION,
         SAME(.group = 1, .exact_window = true, .window = window(3, 2, 0, 0, 0, 0)), x,
         reals(SHAPE(1, 1, 3, 3), ones), NULL);
    GIVES(finish(), FED(1, 2, 3, 4), 1, 1, 3, 2, 2, 1, 1, 3, 2, 2, 4, 4, 10, 6, 6, 3, 3, 7, 4, 4, 3,
          3, 7, 4, 4);
    x = begin(SHAPE(1, 1, 1, 2)); /* a told output, one smaller and one larger than it would be */
    node(HAX_OP_DECONVOLUTION,
         SAME(.group = 1, .exact_window = true, .output_h = 1, .output_w = 5,
              .window = window(2, 2, 0, 0, 0, 0)),
         x, reals(SHAPE(1, 1, 2, 2), FED(1, 2, 3, 4)), NULL);
    GIVES(finish(), FED(1, 10), 3, 4, 30, 40, 0);
    x = begin(SHAPE(1, 1, 1, 2)); /* as large as the input times 2: what no tap reaches counts */
    node(HAX_OP_DECONVOLUTION,
         SAME(.group = 1, .auto_pad = LAYER_PAD_SAME_UPPER, .output_pad_h = 1, .output_pad_w = 1,
              .window = window(2, 2, 0, 0, 0, 0)),
         x, reals(SHAPE(1, 1, 2, 2), FED(1, 2, 3, 4)), NULL);
    GIVES(finish(), FED(1, 10), 1, 2, 10, 20, 3, 4, 30, 40);
    x = begin(SHAPE(1, 2, 1, 1)); /* weights are in x out */
    node(HAX_OP_DECONVOLUTION, SAME(.group = 1, .window = window(1, 1, 0, 0, 0, 0)), x,
         reals(SHAPE(2, 3, 1, 1), FED(1, 2, 3, 4, 5, 6)), NULL);
    GIVES(finish(), FED(1, 10), 41, 52, 63);
    x = begin(SHAPE(1, 1, 2, 2));
    node(HAX_OP_DECONVOLUTION,
         SAME(.group = 1, .exact_window = true, .output_pad_h = 1, .output_pad_w = 1,
              .window = window(2, 2, 1, 1, 1, 1)),
         x, reals(SHAPE(1, 1, 2, 2), FED(1, 2, 3, 4)), NULL);
    GIVES(finish(), FED(1, 2, 3, 4), 4, 6, 8, 6, 4, 8, 12, 12, 16);
}

static void pools(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 1, 4, 4));
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_MAX, .exact_window = true, .round_up = true,
              .window = window(3, 2, 0, 0, 0, 0)),
         x, NULL, NULL);
    GIVES(finish(), counted, 11, 12, 15, 16);
    x = begin(SHAPE(1, 1, 4, 4));
    hax_window wide = window(2, 1, 0, 0, 0, 0);
    wide.dilation_h = wide.dilation_w = 2;
    node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_MAX, .exact_window = true, .window = wide), x, NULL,
         NULL);
    GIVES(finish(), counted, 11, 12, 15, 16);
    x = begin(SHAPE(1, 1, 4, 4));
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_AVERAGE_INSIDE, .exact_window = true, .window = wide), x, NULL,
         NULL);
    GIVES(finish(), counted, 6, 7, 10, 11);
    x = begin(SHAPE(1, 1, 3, 3)); /* taps at -1 and 1, 0 and 2, 1 and 3; told padding counts */
    wide.pad_top = wide.pad_left = wide.pad_bottom = wide.pad_right = 1;
    node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_AVERAGE, .exact_window = true, .window = wide), x,
         NULL, NULL);
    GIVES(finish(), counted, 1.25F, 2.5F, 1.25F, 2.5F, 5, 2.5F, 1.25F, 2.5F, 1.25F);
    x = begin(SHAPE(1, 1, 2, 2));
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_AVERAGE_INSIDE, .exact_window = true,
              .window = window(2, 1, 1, 1, 0, 0)),
         x, NULL, NULL);
    GIVES(finish(), counted, 1, 1.5F, 2, 2.5F);
    x = begin(SHAPE(1, 1, 2, 2));
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_AVERAGE, .exact_window = true, .window = window(2, 1, 1, 1, 0, 0)),
         x, NULL, NULL);
    GIVES(finish(), counted, 0.25F, 0.75F, 1, 2.5F);
    x = begin(SHAPE(1, 2, 2, 2));
    node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_AVERAGE, .global = true), x, NULL, NULL);
    GIVES(finish(), counted, 2.5F, 6.5F);
    x = begin(SHAPE(1, 1, 1, 6)); /* rounded up, but no window begins behind the input */
    hax_window line = { 1, 2, 1, 3, 0, 0, 0, 1, 1, 1 };
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_MAX, .exact_window = true, .round_up = true, .window = line), x,
         NULL, NULL);
    GIVES(finish(), counted, 2, 5);
}

/* ---- matrices -------------------------------------------------------------------------------- */

/* As in ONNX Runtime 1.32. */
static void pools_beyond_their_input(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 1, 2, 2)); /* one window, by rounding up */
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_AVERAGE_INSIDE, .exact_window = true, .round_up = true,
              .window = window(3, 2, 0, 0, 0, 0)),
         x, NULL, NULL);
    GIVES(finish(), FED(1, 2, 3, 6), 3);
    x = begin(SHAPE(1, 1, 2, 2)); /* and by rounding -1 / 2 towards zero */
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_MAX, .exact_window = true, .window = window(3, 2, 0, 0, 0, 0)), x,
         NULL, NULL);
    GIVES(finish(), FED(1, 2, 3, 6), 6);
    x = begin(SHAPE(1, 1, 2, 2)); /* but not where padding counts: by how much is not agreed upon */
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_AVERAGE, .exact_window = true, .window = window(3, 2, 0, 0, 0, 0)),
         x, NULL, NULL);
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_graph_build(&work, &model, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "dimension 2 would be 0"));
    hax_arena_destroy(work.arena);
    hax_window wide = window(2, 1, 0, 0, 0, 0); /* pads of the same size leave the dilation out */
    wide.dilation_h = wide.dilation_w = 2;
    x = begin(SHAPE(1, 1, 4, 4));
    node(HAX_OP_POOLING,
         SAME(.pool = HAX_POOL_MAX, .auto_pad = LAYER_PAD_SAME_UPPER, .window = wide), x, NULL,
         NULL);
    GIVES(finish(), counted, 11, 12, 11, 15, 16, 15, 11, 12, 11);
}

static void products(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2));
    node(HAX_OP_GEMM, SAME(.alpha = 2, .beta = 0.5F), x, reals(SHAPE(2, 3), FED(1, 2, 3, 4, 5, 6)),
         reals(SHAPE(3), FED(2, 4, 6)));
    GIVES(finish(), FED(1, 10), 83, 106, 129);
    x = begin(SHAPE(1, 2));
    node(HAX_OP_GEMM, SAME(.alpha = 1, .beta = 1, .transpose_b = true), x,
         reals(SHAPE(3, 2), FED(1, 2, 3, 4, 5, 6)), NULL);
    GIVES(finish(), FED(1, 10), 21, 43, 65);
    x = begin(SHAPE(1, 2, 2)); /* a matrix with itself turned, then with known weights and a bias */
    const char *turned = node(HAX_OP_TRANSPOSE, SAME(.order = LONGS(0, 2, 1)), x, NULL, NULL);
    const char *square = node(HAX_OP_MATMUL, SAME(0), x, turned, NULL);
    const char *more = node(HAX_OP_MATMUL, SAME(0), square, reals(SHAPE(2, 1), FED(1, 2)), NULL);
    node(HAX_OP_ADD, SAME(0), more, reals(SHAPE(1), FED(100)), NULL);
    GIVES(finish(), FED(1, 2, 3, 4), 127, 161);
    x = begin(SHAPE(2, 2)); /* A turned, B computed, C a column */
    node(HAX_OP_GEMM, SAME(.alpha = 1, .beta = 2, .transpose_a = true), x, x,
         reals(SHAPE(2, 1), FED(1, 2)));
    GIVES(finish(), FED(1, 2, 3, 4), 12, 16, 18, 24);
    x = begin(SHAPE(2, 1, 2)); /* batches of A with one B */
    node(HAX_OP_MATMUL, SAME(0), x, reals(SHAPE(1, 2, 1), FED(3, 4)), NULL);
    GIVES(finish(), FED(1, 2, 3, 4), 11, 25);
}

/* ---- one number at a time -------------------------------------------------------------------- */

static void curves(void **state)
{
    (void) state;
    static const float x[] = { -4, -1, 0, 2 };
    static const struct {
        hax_op op;
        hax_layer_params params;
        float y[4];
    } cases[] = {
        { HAX_OP_RELU, { .negative_slope = 0.1F }, { -0.4F, -0.1F, 0, 2 } },
        { HAX_OP_CLIP,
          { .has_low = true, .has_high = true, .low = -2, .high = 1 },
          { -2, -1, 0, 1 } },
        { HAX_OP_CLIP, { .has_high = true, .high = 1 }, { -4, -1, 0, 1 } },
        { HAX_OP_SIGMOID, { .axis = 0 }, { 0.0179862F, 0.2689414F, 0.5F, 0.8807971F } },
        { HAX_OP_TANH, { .axis = 0 }, { -0.9993293F, -0.7615942F, 0, 0.9640276F } },
        { HAX_OP_ELU, { .alpha = 2 }, { -1.9633687F, -1.2642411F, 0, 2 } },
        { HAX_OP_HARD_SIGMOID, { .alpha = 0.2F, .beta = 0.5F }, { 0, 0.3F, 0.5F, 0.9F } },
        { HAX_OP_HARD_SWISH, { .axis = 0 }, { 0, -0.3333333F, 0, 1.6666667F } },
        { HAX_OP_SILU, { .axis = 0 }, { -0.0719448F, -0.2689414F, 0, 1.7615942F } },
        { HAX_OP_GELU, { .axis = 0 }, { -0.0001267F, -0.1586553F, 0, 1.9544997F } },
        { HAX_OP_GELU, { .tanh_form = true }, { -0.0000702F, -0.1588080F, 0, 1.9545977F } },
        { HAX_OP_MISH, { .axis = 0 }, { -0.0725917F, -0.3034015F, 0, 1.9439590F } },
        { HAX_OP_ERF, { .axis = 0 }, { -1, -0.8427008F, 0, 0.9953223F } },
        { HAX_OP_SOFTSIGN, { .axis = 0 }, { -0.8F, -0.5F, 0, 0.6666667F } },
        { HAX_OP_SIGN, { .axis = 0 }, { -1, -1, 0, 1 } },
        { HAX_OP_SIN, { .axis = 0 }, { 0.7568025F, -0.8414710F, 0, 0.9092974F } },
        { HAX_OP_COS, { .axis = 0 }, { -0.6536436F, 0.5403023F, 1, -0.4161468F } },
        { HAX_OP_EXP, { .axis = 0 }, { 0.0183156F, 0.3678794F, 1, 7.3890561F } },
        { HAX_OP_BNLL, { .axis = 0 }, { 0.0181499F, 0.3132617F, 0.6931472F, 2.1269280F } },
        { HAX_OP_ABSVAL, { .axis = 0 }, { 4, 1, 0, 2 } },
        { HAX_OP_NEG, { .axis = 0 }, { 4, 1, 0, -2 } },
        { HAX_OP_POWER, { .power = 2, .alpha = 3, .beta = 1 }, { 121, 4, 1, 49 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        node(cases[i].op, cases[i].params, begin(SHAPE(1, 4)), NULL, NULL);
        expect(finish(), x, 4, cases[i].y, (int) i);
    }
    node(HAX_OP_SQRT, SAME(0), begin(SHAPE(1, 2)), NULL, NULL);
    GIVES(finish(), FED(4, 2.25F), 2, 1.5F);
    node(HAX_OP_RECIPROCAL, SAME(0), begin(SHAPE(1, 2)), NULL, NULL);
    GIVES(finish(), FED(4, -0.5F), 0.25F, -2);
    node(HAX_OP_FLOOR, SAME(0), begin(SHAPE(1, 2)), NULL, NULL);
    GIVES(finish(), FED(1.5F, -1.5F), 1, -2);
    node(HAX_OP_ROUND, SAME(0), begin(SHAPE(1, 5)), NULL, NULL); /* halves to even */
    GIVES(finish(), FED(0.5F, 1.5F, -2.5F, 2.7F, -0.2F), 0, 2, -2, 3, 0);
    node(HAX_OP_LOG, SAME(0), begin(SHAPE(1, 2)), NULL, NULL);
    GIVES(finish(), FED(1, 2.7182818F), 0, 1);
    const char *in = begin(SHAPE(1, 2, 1, 2));
    node(HAX_OP_PRELU, SAME(0), in, reals(SHAPE(2, 1, 1), FED(0.5F, 2)), NULL);
    GIVES(finish(), FED(-1, 1, -2, 3), -0.5F, 1, -4, 3);
}

/* As in ONNX Runtime 1.32. */
static void infinities_and_no_numbers(void **state)
{
    (void) state;
    static const float wild[] = { -INFINITY, INFINITY, NAN, -0.0F };
    static const struct {
        hax_op op;
        hax_layer_params params;
        float y[4];
    } cases[] = {
        { HAX_OP_RELU, { .axis = 0 }, { 0, INFINITY, NAN, 0 } },
        { HAX_OP_RELU, { .negative_slope = 0.5F }, { -INFINITY, INFINITY, NAN, 0 } },
        { HAX_OP_CLIP, { .has_low = true, .low = -1 }, { -1, FLT_MAX, NAN, 0 } },
        { HAX_OP_CLIP, { .has_high = true, .high = 1 }, { -FLT_MAX, 1, NAN, 0 } },
        { HAX_OP_RECIPROCAL, { .axis = 0 }, { 0, 0, NAN, -INFINITY } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *x = begin(SHAPE(1, 4));
        node(cases[i].op, cases[i].params, x, NULL, NULL);
        expect(finish(), wild, 4, cases[i].y, (int) i);
    }
    const char *x = begin(SHAPE(1, 4));
    node(HAX_OP_MIN, SAME(0), x, reals(SHAPE(1, 4), FED(NAN, 1, 1, 1)), NULL);
    GIVES(finish(), wild, NAN, 1, NAN, 0);
    x = begin(SHAPE(1, 4));
    node(HAX_OP_MAX, SAME(0), x, reals(SHAPE(1, 4), FED(NAN, 1, 1, 1)), NULL);
    GIVES(finish(), wild, NAN, INFINITY, NAN, 1);
    x = begin(SHAPE(1, 4));
    node(HAX_OP_MIN, SAME(0), x, number(1), NULL);
    GIVES(finish(), wild, -INFINITY, 1, NAN, 0);
}

/* Constants are worked out as kernels would: of a number and none, none (ONNX Runtime 1.32). */
static void no_numbers_in_constants(void **state)
{
    (void) state;
    static const hax_op ops[] = { HAX_OP_MIN, HAX_OP_MAX };
    static const float y[] = { 1, 2 };
    for (int i = 0; i < 2; i++) {
        const char *x = begin(SHAPE(1, 4));
        const char *known = node(ops[i], SAME(0), reals(SHAPE(1, 4), FED(1, NAN, 1, 2)),
                                 reals(SHAPE(1, 4), FED(2, 1, NAN, 1)), NULL);
        node(HAX_OP_ADD, SAME(0), x, known, NULL);
        GIVES(finish(), FED(0, 0, 0, 0), y[i], NAN, NAN, y[i]);
    }
}

/* No library fuses these: each is a kernel behind the convolution that makes its input. */
static void rare_functions_stay_alone(void **state)
{
    (void) state;
    static const struct {
        hax_op op;
        float y;
    } cases[] = { { HAX_OP_ERF, 0.9953223F },      { HAX_OP_FLOOR, 2 },        { HAX_OP_CEIL, 2 },
                  { HAX_OP_SOFTSIGN, 0.6666667F }, { HAX_OP_ROUND, 2 },        { HAX_OP_SIGN, 1 },
                  { HAX_OP_SIN, 0.9092974F },      { HAX_OP_COS, -0.4161468F } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *x = begin(SHAPE(1, 1, 1, 1));
        x = node(HAX_OP_CONVOLUTION,
                 SAME(.group = 1, .exact_window = true, .window = window(1, 1, 0, 0, 0, 0)), x,
                 reals(SHAPE(1, 1, 1, 1), FED(2)), NULL);
        node(cases[i].op, SAME(0), x, NULL, NULL);
        hax_model *model = finish();
        assert_int_equal(hax_model_kernel_count(model), 2);
        expect(model, FED(1), 1, &cases[i].y, (int) i);
    }
}

static void normalisations(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2, 1, 2));
    const char *name = hax_layer_list_name(&work, "norm");
    hax_layer_spec *layer = hax_layer_list_add(&work, HAX_OP_BATCH_NORM, name);
    const char *const bottoms[] = { x, reals(SHAPE(2), FED(1, 2)), reals(SHAPE(2), FED(0, 3)),
                                    reals(SHAPE(2), FED(1, 0)), reals(SHAPE(2), FED(4, 0.25F)) };
    hax_layer_list_set_bottoms(&work, layer, bottoms, 5);
    hax_layer_list_set_tops(&work, layer, &name, 1);
    GIVES(finish(), FED(1, 5, 1, -1), 0, 2, 7, -1);
    x = begin(SHAPE(1, 3, 1, 1)); /* x / (1 + 2/3 * sum over the neighbours of x^2) */
    node(HAX_OP_LRN, SAME(.lrn_size = 3, .lrn_alpha = 2, .lrn_beta = 1, .lrn_k = 1), x, NULL, NULL);
    GIVES(finish(), FED(1, 2, 3), 1 / (1 + 10 / 3.0F), 2 / (1 + 28 / 3.0F), 3 / (1 + 26 / 3.0F));
    x = begin(SHAPE(1, 2, 2));
    node(HAX_OP_SOFTMAX, SAME(.axis = 1), x, NULL, NULL);
    GIVES(finish(), FED(0, 0, 0, 1.0986123F), 0.5F, 0.25F, 0.5F, 0.75F);
    x = begin(SHAPE(1, 2, 2));
    node(HAX_OP_SOFTMAX, SAME(.axis = 1, .softmax_flat = true), x, NULL, NULL);
    GIVES(finish(), FED(0, 0, 0, 1.0986123F), 1 / 6.0F, 1 / 6.0F, 1 / 6.0F, 0.5F);
}

/* ---- two tensors ----------------------------------------------------------------------------- */

static void arithmetic(void **state)
{
    (void) state;
    static const struct {
        hax_op op;
        float y[4], z[4]; /* x op (10, 2) in rows; (10, 2) in columns op x */
    } cases[] = {
        { HAX_OP_ADD, { 11, 4, 13, 6 }, { 11, 12, 5, 6 } },
        { HAX_OP_SUB, { -9, 0, -7, 2 }, { 9, 8, -1, -2 } },
        { HAX_OP_MUL, { 10, 4, 30, 8 }, { 10, 20, 6, 8 } },
        { HAX_OP_DIV, { 0.1F, 1, 0.3F, 2 }, { 10, 5, 2 / 3.0F, 0.5F } },
        { HAX_OP_POW, { 1, 4, 59049, 16 }, { 10, 100, 8, 16 } },
        { HAX_OP_MIN, { 1, 2, 3, 2 }, { 1, 2, 2, 2 } },
        { HAX_OP_MAX, { 10, 2, 10, 4 }, { 10, 10, 3, 4 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *x = begin(SHAPE(2, 2));
        node(cases[i].op, SAME(0), x, reals(SHAPE(2), FED(10, 2)), NULL);
        expect(finish(), counted, 4, cases[i].y, (int) i);
        x = begin(SHAPE(1, 2, 2));
        node(cases[i].op, SAME(0), reals(SHAPE(2, 1), FED(10, 2)), x, NULL);
        expect(finish(), counted, 4, cases[i].z, (int) i);
    }
    const char *x = begin(SHAPE(2, 1)); /* both broadcast */
    const char *turned = node(HAX_OP_TRANSPOSE, SAME(0), x, NULL, NULL);
    node(HAX_OP_SUB, SAME(0), x, turned, NULL);
    GIVES(finish(), FED(1, 10), 0, -9, 9, 0);
}

/* With a number on either side: x = 2. */
static void arithmetic_with_numbers(void **state)
{
    (void) state;
    static const struct {
        hax_op op;
        float right, left; /* x op 3, 3 op x */
    } cases[] = {
        { HAX_OP_ADD, 5, 5 },           { HAX_OP_SUB, -1, 1 }, { HAX_OP_MUL, 6, 6 },
        { HAX_OP_DIV, 2 / 3.0F, 1.5F }, { HAX_OP_POW, 8, 9 },  { HAX_OP_MIN, 2, 2 },
        { HAX_OP_MAX, 3, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *x = begin(SHAPE(1, 1));
        node(cases[i].op, SAME(0), x, number(3), NULL);
        expect(finish(), FED(2), 1, &cases[i].right, (int) i);
        x = begin(SHAPE(1, 1));
        node(cases[i].op, SAME(0), number(3), x, NULL);
        expect(finish(), FED(2), 1, &cases[i].left, (int) i);
    }
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static void moves(void **state)
{
    (void) state;
    static const float six[] = { 0, 1, 2, 3, 4, 5 };
    node(HAX_OP_TRANSPOSE, SAME(0), begin(SHAPE(2, 3)), NULL, NULL);
    GIVES(finish(), six, 0, 3, 1, 4, 2, 5);
    node(HAX_OP_TRANSPOSE, SAME(.order = LONGS(2, 0, 1)), begin(SHAPE(1, 2, 3)), NULL, NULL);
    GIVES(finish(), six, 0, 3, 1, 4, 2, 5);
    node(HAX_OP_SLICE,
         SAME(.starts = LONGS(-1, 1), .ends = LONGS(-100, 100), .axes = LONGS(1, 0),
              .steps = LONGS(-2, 1)),
         begin(SHAPE(2, 3)), NULL, NULL);
    GIVES(finish(), six, 5, 3);
    node(HAX_OP_SLICE, SAME(.starts = LONGS(0, 1), .ends = LONGS(2, INT64_MAX)), begin(SHAPE(2, 3)),
         NULL, NULL);
    GIVES(finish(), six, 1, 2, 4, 5);
    node(HAX_OP_EXPAND, SAME(.sizes = LONGS(2, 1, 3)), begin(SHAPE(2, 1)), NULL, NULL);
    GIVES(finish(), six, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1);
    const char *x = begin(SHAPE(2, 3));
    node(HAX_OP_GATHER, SAME(.axis = 1), x, wholes(SHAPE(2), (const int64_t[]){ 2, -3 }), NULL);
    GIVES(finish(), six, 2, 0, 5, 3);
    x = begin(SHAPE(2, 3));
    x = node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(0, -1, 1)), x, NULL, NULL);
    x = node(HAX_OP_SQUEEZE, SAME(.axes = LONGS(-1)), x, NULL, NULL);
    x = node(HAX_OP_UNSQUEEZE, SAME(.axes = LONGS(0, 3)), x, NULL, NULL);
    x = node(HAX_OP_FLATTEN, SAME(.flatten_2d = true, .axis = 2), x, NULL, NULL);
    node(HAX_OP_CONCAT, SAME(.axis = -1), x, reals(SHAPE(2, 1), FED(7, 8)), NULL);
    GIVES(finish(), six, 0, 1, 2, 7, 3, 4, 5, 8);
}

static void splits(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(2, 3));
    hax_layer_spec *split = hax_layer_list_add(&work, HAX_OP_SPLIT, "split");
    const char *const tops[] = { "left", "right" };
    hax_layer_list_set_bottoms(&work, split, &x, 1);
    hax_layer_list_set_tops(&work, split, tops, 2);
    split->params = SAME(.parts = true, .axis = 1, .sizes = LONGS(2, 1));
    node(HAX_OP_MUL, SAME(0), "left", "right", NULL);
    GIVES(finish(), counted, 3, 6, 24, 30);
}

static void pads(void **state)
{
    (void) state;
    static const struct {
        hax_pad_mode mode;
        float y[8];
    } cases[] = {
        { HAX_PAD_CONSTANT, { 9, 9, 1, 2, 3, 9, 9, 9 } },
        { HAX_PAD_EDGE, { 1, 1, 1, 2, 3, 3, 3, 3 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        node(HAX_OP_PAD, SAME(.pads = LONGS(0, 2, 0, 3), .pad_mode = cases[i].mode, .pad_value = 9),
             begin(SHAPE(1, 3)), NULL, NULL);
        expect(finish(), counted, 8, cases[i].y, (int) i);
    }
    node(HAX_OP_PAD, SAME(.pads = LONGS(2, 1), .axes = LONGS(1), .pad_mode = HAX_PAD_REFLECT),
         begin(SHAPE(1, 3)), NULL, NULL);
    GIVES(finish(), counted, 3, 2, 1, 2, 3, 2);
}

static void reductions(void **state)
{
    (void) state;
    node(HAX_OP_REDUCE_MEAN, SAME(.axes = LONGS(-1, 2), .keep_dims = true),
         begin(SHAPE(1, 2, 2, 2)), NULL, NULL);
    GIVES(finish(), counted, 2.5F, 6.5F);
    node(HAX_OP_REDUCE_SUM, SAME(.axes = LONGS(0)), begin(SHAPE(2, 2)), NULL, NULL);
    GIVES(finish(), counted, 4, 6);
    node(HAX_OP_REDUCE_MAX, SAME(.keep_dims = true), begin(SHAPE(2, 2)), NULL, NULL);
    GIVES(finish(), FED(-4, -3, -2, -5), -2);
}

/* One line made longer or shorter; what ONNX's examples of Resize say of such lines. */
static void resizes(void **state)
{
    (void) state;
    static const struct {
        hax_resize how;
        int64_t in, out;
        float y[8];
    } cases[] = {
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR }, 2, 4, { 1, 1, 2, 2 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR }, 2, 5, { 1, 1, 1, 2, 2 } },
        { { false, HAX_RESIZE_HALF_PIXEL, HAX_RESIZE_ROUND_PREFER_FLOOR }, 4, 2, { 1, 3 } },
        { { false, HAX_RESIZE_HALF_PIXEL, HAX_RESIZE_ROUND_PREFER_CEIL }, 4, 2, { 2, 4 } },
        { { true, HAX_RESIZE_HALF_PIXEL, 0 }, 2, 4, { 1, 1.25F, 1.75F, 2 } },
        { { true, HAX_RESIZE_ASYMMETRIC, 0 }, 2, 4, { 1, 1.5F, 2, 2 } },
        { { true, HAX_RESIZE_ALIGN_CORNERS, 0 }, 2, 4, { 1, 4 / 3.0F, 5 / 3.0F, 2 } },
        { { true, HAX_RESIZE_PYTORCH_HALF_PIXEL, 0 }, 4, 1, { 1 } },
        { { true, HAX_RESIZE_HALF_PIXEL, 0 }, 4, 1, { 2.5F } },
        /* places between two elements, as ONNX Runtime 1.32 takes them: 4 / (8 / 6) is 3, and what
         * rounding leaves of 3.5 and of 2.5 is a half */
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR }, 6, 8, { 1, 1, 2, 3, 4, 4, 5, 6 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_ROUND_PREFER_CEIL }, 7, 2, { 1, 5 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_ROUND_PREFER_FLOOR }, 7, 2, { 1, 4 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_ROUND_PREFER_CEIL },
          7,
          8,
          { 1, 2, 3, 4, 5, 5, 6, 7 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_OUTWARDS }, 7, 2, { 1, 5 } },
        { { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_OUTWARDS }, 2, 5, { 1, 1, 1, 2, 2 } },
    };
    static const float scale[] = { 0.6F }, share[] = { 0.7F };
    const char *line = begin(SHAPE(1, 1, 1, 4)); /* 2.4 made 2: cut off at both sides */
    node(HAX_OP_RESIZE,
         SAME(.resize = { true, HAX_RESIZE_HALF_PIXEL_SYMMETRIC, 0 }, .axes = LONGS(-1),
              .scales = { 1, scale }),
         line, NULL, NULL);
    GIVES(finish(), counted, 1.6666667F, 3.3333333F);
    line = begin(SHAPE(1, 1, 1, 5)); /* a size that stays while its elements move */
    node(HAX_OP_RESIZE,
         SAME(.resize = { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR }, .axes = LONGS(-1, -2),
              .scales = { 2, ((const float[]){ 1.1F, 2 }) }),
         line, NULL, NULL);
    GIVES(finish(), counted, 1, 1, 2, 3, 4, 1, 1, 2, 3, 4);
    line = begin(SHAPE(1, 1, 1, 10)); /* 0.7F is a little less, 10 times it is 7 */
    node(HAX_OP_RESIZE,
         SAME(.resize = { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR }, .axes = LONGS(-1),
              .scales = { 1, share }),
         line, NULL, NULL);
    GIVES(finish(), counted, 1, 2, 3, 5, 6, 8, 9);
    line = begin(SHAPE(1, 1, 2, 4)); /* 7 x 8 becomes 4 x 8, in any order of axes */
    node(HAX_OP_RESIZE,
         SAME(.resize = { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR, HAX_RESIZE_NOT_LARGER },
              .axes = LONGS(3, 2), .sizes = LONGS(8, 7)),
         line, NULL, NULL);
    hax_model *model = finish();
    assert_int_equal(hax_model_output_info(model, 0).shape.dims[2], 4);
    assert_int_equal(hax_model_output_info(model, 0).shape.dims[3], 8);
    hax_model_destroy(model);
    line = begin(SHAPE(1, 1, 2, 4)); /* and 7 x 14 */
    node(HAX_OP_RESIZE,
         SAME(.resize = { false, HAX_RESIZE_ASYMMETRIC, HAX_RESIZE_FLOOR, HAX_RESIZE_NOT_SMALLER },
              .axes = LONGS(2, 3), .sizes = LONGS(7, 8)),
         line, NULL, NULL);
    model = finish();
    assert_int_equal(hax_model_output_info(model, 0).shape.dims[3], 14);
    hax_model_destroy(model);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t out = cases[i].out;
        const char *x = begin(SHAPE(1, 1, 1, cases[i].in));
        node(HAX_OP_RESIZE, SAME(.resize = cases[i].how, .sizes = LONGS(1, 1, 1, out)), x, NULL,
             NULL);
        expect(finish(), counted, (int) out, cases[i].y, (int) i);
    }
}

static void slopes_and_lists(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 1, 2, 2)); /* slopes of the columns */
    node(HAX_OP_PRELU, SAME(0), x, reals(SHAPE(2), FED(2, 10)), NULL);
    GIVES(finish(), FED(-1, -1, 1, -2), -2, -10, 1, -20);
    x = begin(SHAPE(2, 2)); /* a matrix and a list, a list and a matrix, two lists */
    node(HAX_OP_MATMUL, SAME(0), x, reals(SHAPE(2), FED(1, 10)), NULL);
    hax_model *model = finish();
    assert_int_equal(hax_model_output_info(model, 0).shape.rank, 1);
    GIVES(model, FED(1, 2, 3, 4), 21, 43);
    x = begin(SHAPE(2));
    node(HAX_OP_MATMUL, SAME(0), x, reals(SHAPE(2, 2), FED(1, 2, 3, 4)), NULL);
    GIVES(finish(), FED(1, 10), 31, 42);
    x = begin(SHAPE(2));
    node(HAX_OP_MATMUL, SAME(0), x, reals(SHAPE(2), FED(1, 2)), NULL);
    GIVES(finish(), FED(1, 10), 21);
    x = begin(SHAPE(1, 1, 1, 3));
    node(HAX_OP_PAD, SAME(.pads = LONGS(0, 0, 0, 4, 0, 0, 0, 1), .pad_mode = HAX_PAD_WRAP), x, NULL,
         NULL);
    GIVES(finish(), FED(1, 2, 3), 3, 1, 2, 3, 1, 2, 3, 1);
}

/* What exporters write to flatten: Shape, Gather, Unsqueeze, Concat, Reshape. */
static void sizes_are_folded(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2, 1, 3));
    const char *shape = node(HAX_OP_SHAPE, SAME(0), x, NULL, NULL);
    const char *first =
        node(HAX_OP_GATHER, SAME(0), shape, wholes((hax_shape){ 0 }, (const int64_t[]){ 0 }), NULL);
    const char *list = node(HAX_OP_UNSQUEEZE, SAME(.axes = LONGS(0)), first, NULL, NULL);
    const char *wanted =
        node(HAX_OP_CONCAT, SAME(0), list, wholes(SHAPE(1), (const int64_t[]){ -1 }), NULL);
    x = node(HAX_OP_RESHAPE, SAME(0), x, wanted, NULL);
    node(HAX_OP_MUL, SAME(0), x, number(2), NULL);
    hax_model *model = finish();
    assert_int_equal(hax_model_compute_layer_count(model), 2);
    GIVES(model, counted, 2, 4, 6, 8, 10, 12);
}

/* ---- fusing ---------------------------------------------------------------------------------- */

/* x * sigmoid(x) and the others written out become the function of a convolution. */
static void patterns_join_a_convolution(void **state)
{
    (void) state;
    for (int which = 0; which < 5; which++) {
        const char *x = begin(SHAPE(1, 1, 1, 2));
        x = node(HAX_OP_CONVOLUTION, SAME(.group = 1, .window = window(1, 1, 0, 0, 0, 0)), x,
                 reals(SHAPE(1, 1, 1, 1), FED(2)), NULL);
        if (which == 0)
            node(HAX_OP_MUL, SAME(0), x, node(HAX_OP_SIGMOID, SAME(0), x, NULL, NULL), NULL);
        if (which == 1)
            node(HAX_OP_MUL, SAME(0),
                 node(HAX_OP_HARD_SIGMOID, SAME(.alpha = 1 / 6.0F, .beta = 0.5F), x, NULL, NULL), x,
                 NULL);
        if (which == 2)
            node(HAX_OP_MUL, SAME(0), x,
                 node(HAX_OP_TANH, SAME(0), node(HAX_OP_BNLL, SAME(0), x, NULL, NULL), NULL, NULL),
                 NULL);
        if (which >= 3) {
            const char *e = node(HAX_OP_DIV, SAME(0), x, number(1.41421356F), NULL);
            e = node(HAX_OP_ERF, SAME(0), e, NULL, NULL);
            e = node(HAX_OP_ADD, SAME(0), e, number(1), NULL);
            const char *half = which == 3 ? e : node(HAX_OP_MUL, SAME(0), x, number(0.5F), NULL);
            const char *product = node(HAX_OP_MUL, SAME(0), which == 3 ? x : half, e, NULL);
            if (which == 3)
                node(HAX_OP_MUL, SAME(0), product, number(0.5F), NULL);
        }
        hax_model *model = finish();
        assert_int_equal(hax_model_kernel_count(model), 1);
        static const float y[5][2] = { { -0.2384058F, 1.7615942F },
                                       { -0.3333333F, 1.6666667F },
                                       { -0.2525015F, 1.9439590F },
                                       { -0.0455003F, 1.9544997F },
                                       { -0.0455003F, 1.9544997F } };
        expect(model, FED(-1, 1), 2, y[which], which);
    }
}

/* A residual sum said by Add, a bias and a normalisation written out, an activation. */
static void additions_join_a_convolution(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2, 1, 1));
    const char *y = node(HAX_OP_CONVOLUTION, SAME(.group = 1, .window = window(1, 1, 0, 0, 0, 0)),
                         x, reals(SHAPE(2, 2, 1, 1), FED(1, 0, 0, 1)), NULL);
    y = node(HAX_OP_MUL, SAME(0), y, reals(SHAPE(2, 1, 1), FED(2, 3)), NULL);
    y = node(HAX_OP_ADD, SAME(0), reals(SHAPE(1, 2, 1, 1), FED(10, 20)), y, NULL);
    y = node(HAX_OP_ADD, SAME(0), x, y, NULL);
    node(HAX_OP_CLIP, SAME(.has_high = true, .high = 24), y, NULL, NULL);
    hax_model *model = finish();
    assert_int_equal(hax_model_kernel_count(model), 1);
    GIVES(model, FED(1, 2), 13, 24);
}

/* Outputs that are named: one that others read stays apart, and keeps the name behind an Identity.
 */
static void named_outputs(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 1, 1, 2));
    x = node(HAX_OP_CONVOLUTION, SAME(.group = 1, .window = window(1, 1, 0, 0, 0, 0)), x,
             reals(SHAPE(1, 1, 1, 1), FED(2)), NULL);
    const char *relu = node(HAX_OP_RELU, SAME(0), x, NULL, NULL);
    const char *same = node(HAX_OP_IDENTITY, SAME(0), relu, NULL, NULL);
    hax_layer_list_set_outputs(&work, (const char *const[]){ same, x }, 2);
    hax_model *model = finish();
    assert_int_equal(hax_model_kernel_count(model), 2);
    assert_int_equal(hax_model_output_count(model), 2);
    assert_string_equal(hax_model_tensor(model, hax_model_output(model, 0))->name, same);
    assert_string_equal(hax_model_tensor(model, hax_model_output(model, 1))->name, x);
    GIVES(model, FED(-1, 1), 0, 2, -2, 2);
}

/* Each output has a name, a shape and values of its own, whatever it follows from. */
static void outputs_that_follow_from_others(void **state)
{
    (void) state;
    const char *x = begin(SHAPE(1, 2));
    const char *relu = node(HAX_OP_RELU, SAME(0), x, NULL, NULL);
    const char *same = node(HAX_OP_IDENTITY, SAME(0), relu, NULL, NULL);
    const char *tall = node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(2, 1)), same, NULL, NULL);
    const char *cast = node(HAX_OP_CAST, SAME(0), tall, NULL, NULL);
    const char *again = node(HAX_OP_DROPOUT, SAME(0), x, NULL, NULL);
    const char *const names[] = { relu, tall, same, cast, again };
    hax_layer_list_set_outputs(&work, names, 5);
    hax_model *model = finish();
    assert_int_equal(hax_model_output_count(model), 5);
    for (int o = 0; o < 5; o++)
        assert_string_equal(hax_model_output_info(model, o).name, names[o]);
    assert_int_equal(hax_model_output_info(model, 0).shape.dims[0], 1);
    assert_int_equal(hax_model_output_info(model, 1).shape.dims[0], 2);
    GIVES(model, FED(-1, 3), 0, 3, 0, 3, 0, 3, 0, 3, -1, 3);
    x = begin(SHAPE(1, 2)); /* without names what nobody reads is given */
    relu = node(HAX_OP_RELU, SAME(0), x, NULL, NULL);
    node(HAX_OP_IDENTITY, SAME(0), relu, NULL, NULL);
    node(HAX_OP_IDENTITY, SAME(0), relu, NULL, NULL);
    GIVES(finish(), FED(-1, 3), 0, 3, 0, 3);
    x = begin(SHAPE(1, 2)); /* of an input alone */
    node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(2)), x, NULL, NULL);
    GIVES(finish(), FED(-1, 3), -1, 3);
}

/* What cannot be is refused, with the layer's name and the reason. */
static void refusals(void **state)
{
    (void) state;
    static const struct {
        hax_op op;
        hax_layer_params params;
        const char *b, *part;
    } cases[] = {
        { HAX_OP_ADD, { .axis = 0 }, "five", "inputs of shapes 1x2x3x4 and 5 do not fit together" },
        { HAX_OP_MATMUL, { .axis = 0 }, "five", "inputs of shapes 1x2x3x4 and 5 do not fit" },
        { HAX_OP_RESHAPE, { .axis = 0 }, "n0", "must be a constant or follow from constants" },
        { HAX_OP_CONVOLUTION, { .group = 1 }, "five", "'five' of shape 5, needs out x in/group" },
        { HAX_OP_GATHER, { .axis = 7 }, "whole", "axis 7 of 4 dimensions" },
        { HAX_OP_GATHER, { .axis = 1 }, "whole", "index 5 of 2 elements" },
        { HAX_OP_RESHAPE, { .axis = 0 }, "whole", "does not fit the shape wanted" },
        { HAX_OP_CAST, { .to_whole = true }, NULL, "whole ones, which no unit can run" },
        { HAX_OP_PRELU, { .axis = 0 }, "five", "needs slopes that broadcast to its input" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *x = begin(SHAPE(1, 2, 3, 4));
        hax_shape five = SHAPE(5), one = SHAPE(1);
        hax_layer_list_add_constant(&work, "five", &five);
        hax_layer_constant *whole = hax_layer_list_add_constant(&work, "whole", &one);
        whole->is_whole = true;
        whole->integers = keep_longs(1, (const int64_t[]){ 5 });
        node(cases[i].op, cases[i].params, x, cases[i].b, NULL);
        hax_model *model = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_graph_build(&work, &model, &err), HAX_BAD_INPUT);
        if (!strstr(err.message, cases[i].part) || !strstr(err.message, "'n1'"))
            fail_msg("'%s' does not hold '%s'", err.message, cases[i].part);
        hax_arena_destroy(work.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(depthwise),
        cmocka_unit_test(transposed),
        cmocka_unit_test(pools),
        cmocka_unit_test(pools_beyond_their_input),
        cmocka_unit_test(products),
        cmocka_unit_test(curves),
        cmocka_unit_test(infinities_and_no_numbers),
        cmocka_unit_test(no_numbers_in_constants),
        cmocka_unit_test(rare_functions_stay_alone),
        cmocka_unit_test(normalisations),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(arithmetic_with_numbers),
        cmocka_unit_test(moves),
        cmocka_unit_test(splits),
        cmocka_unit_test(pads),
        cmocka_unit_test(reductions),
        cmocka_unit_test(resizes),
        cmocka_unit_test(slopes_and_lists),
        cmocka_unit_test(sizes_are_folded),
        cmocka_unit_test(patterns_join_a_convolution),
        cmocka_unit_test(additions_join_a_convolution),
        cmocka_unit_test(named_outputs),
        cmocka_unit_test(outputs_that_follow_from_others),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
