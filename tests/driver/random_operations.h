/* Networks of ONNX's operations on random shapes. */
#ifndef TESTS_DRIVER_RANDOM_OPERATIONS_H
#define TESTS_DRIVER_RANDOM_OPERATIONS_H

#include "operations.h"

static hax_random dice;

static int64_t pick(int64_t low, int64_t high)
{
    return low + (int64_t) hax_random_below(&dice, (uint64_t) (high - low + 1));
}

static bool coin(void)
{
    return hax_random_below(&dice, 2) == 0;
}

/* Known numbers, away from 0 so that they may divide. */
static const char *drawn(hax_shape shape)
{
    size_t count = (size_t) hax_shape_elements(&shape);
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float) ((coin() ? 1 : -1) * (0.25 + hax_random_unit(&dice)));
    const char *name = reals(shape, values);
    free(values);
    return name;
}

static const char *point_convolution(const char *x, int outputs)
{
    return node(HAX_OP_CONVOLUTION,
                SAME(.group = 1, .outputs = outputs, .bias = true,
                     .window = { 1, 1, 1, 1, 0, 0, 0, 0, 1, 1 }),
                x, NULL, NULL);
}

/* An image, as it comes or as a convolution leaves it; its channels in *c. */
static const char *image(int64_t *c, int64_t *h, int64_t *w)
{
    static const int widths[] = { 5, 8, 16, 24, 32 };
    *c = widths[pick(0, 4)];
    *h = pick(3, 11);
    *w = pick(3, 11);
    const char *x = begin(SHAPE(1, coin() ? *c : 3, *h, *w));
    if (work.first->params.shape.dims[1] == *c && coin())
        return x;
    return point_convolution(x, (int) *c);
}

static void random_window(hax_window *window, int64_t h, int64_t w)
{
    int kernel_h = (int) pick(1, h < 4 ? h : 4), kernel_w = (int) pick(1, w < 4 ? w : 4);
    *window = (hax_window){ kernel_h,
                            kernel_w,
                            (int) pick(1, kernel_h),
                            (int) pick(1, kernel_w),
                            (int) pick(0, kernel_h - 1),
                            (int) pick(0, kernel_w - 1),
                            (int) pick(0, kernel_h - 1),
                            (int) pick(0, kernel_w - 1),
                            1,
                            1 };
}

/* ---- builders ------------------------------------------------------------------------------- */

static void convolution(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    hax_layer_params params = { .group = 1, .exact_window = true };
    random_window(&params.window, h, w);
    if (params.window.kernel_h < 3 && h >= 3 && coin())
        params.window.dilation_h = 2;
    int64_t outputs = pick(1, 20);
    if (coin()) {
        params.group = (int) c;
        outputs = c;
    }
    x = node(
        HAX_OP_CONVOLUTION, params, x,
        drawn(SHAPE(outputs, c / params.group, params.window.kernel_h, params.window.kernel_w)),
        coin() ? drawn(SHAPE(outputs)) : NULL);
    static const hax_op then[] = { HAX_OP_HARD_SWISH, HAX_OP_SIGMOID, HAX_OP_GELU, HAX_OP_SILU };
    node(then[pick(0, 3)], SAME(0), x, NULL, NULL);
}

static void deconvolution(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    hax_layer_params params = { .group = c % 2 == 0 && coin() ? 2 : 1, .exact_window = true };
    random_window(&params.window, h, w);
    params.output_pad_h = (int) pick(0, params.window.stride_h - 1);
    x = node(HAX_OP_DECONVOLUTION, params, x,
             drawn(SHAPE(c, pick(1, 9), params.window.kernel_h, params.window.kernel_w)), NULL);
    if (coin())
        node(HAX_OP_RELU, SAME(.negative_slope = 0.2F), x, NULL, NULL);
}

static void pool(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    static const hax_pool_mode modes[] = { HAX_POOL_MAX, HAX_POOL_AVERAGE,
                                           HAX_POOL_AVERAGE_INSIDE };
    hax_layer_params params = { .pool = modes[pick(0, 2)],
                                .exact_window = true,
                                .round_up = coin() };
    random_window(&params.window, h, w);
    if (params.window.kernel_w == 2 && w > 3)
        params.window.dilation_w = 2;
    node(HAX_OP_POOLING, params, x, NULL, NULL);
}

static void curve(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    static const hax_op ops[] = { HAX_OP_SIGMOID,    HAX_OP_TANH, HAX_OP_ELU,  HAX_OP_EXP,
                                  HAX_OP_ABSVAL,     HAX_OP_BNLL, HAX_OP_CLIP, HAX_OP_HARD_SIGMOID,
                                  HAX_OP_HARD_SWISH, HAX_OP_SILU, HAX_OP_GELU, HAX_OP_MISH,
                                  HAX_OP_ERF,        HAX_OP_NEG,  HAX_OP_RELU, HAX_OP_SOFTSIGN,
                                  HAX_OP_SIN,        HAX_OP_COS };
    hax_layer_params params = { .alpha = 0.3F, .beta = 0.4F };
    hax_op op = ops[pick(0, sizeof ops / sizeof *ops - 1)];
    params.has_low = coin();
    params.has_high = coin();
    params.low = -0.3F;
    params.high = 0.2F;
    if (op == HAX_OP_EXP)
        params.alpha = params.beta = 0;
    x = node(HAX_OP_LRN, SAME(.lrn_size = 3, .lrn_alpha = 0.5F, .lrn_beta = 0.75F, .lrn_k = 1), x,
             NULL, NULL);
    node(op, params, x, NULL, NULL);
}

static void positive_curve(void)
{
    int64_t c, h, w;
    const char *x = node(HAX_OP_EXP, SAME(0), image(&c, &h, &w), NULL, NULL);
    static const hax_op ops[] = { HAX_OP_SQRT, HAX_OP_LOG, HAX_OP_RECIPROCAL, HAX_OP_POWER };
    x = node(HAX_OP_LRN, SAME(.lrn_size = 3, .lrn_alpha = 0.5F, .lrn_beta = 0.75F, .lrn_k = 1), x,
             NULL, NULL);
    node(ops[pick(0, 3)], SAME(.power = 1.5F, .alpha = 2, .beta = 0.5F), x, NULL, NULL);
}

static void slopes(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    x = node(HAX_OP_PRELU, SAME(0), x, coin() ? drawn(SHAPE(c, 1, 1)) : drawn(SHAPE(1)), NULL);
    point_convolution(x, 8);
}

static hax_op any_binary(void)
{
    static const hax_op ops[] = { HAX_OP_ADD, HAX_OP_SUB, HAX_OP_MUL,
                                  HAX_OP_DIV, HAX_OP_MIN, HAX_OP_MAX };
    return ops[pick(0, 5)];
}

static void with_constant(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    const hax_shape shapes[] = { (hax_shape){ 0 },  SHAPE(c, 1, 1), SHAPE(w),
                                 SHAPE(1, c, h, w), SHAPE(h, 1),    SHAPE(1, 1, 1, 1) };
    hax_op op = any_binary();
    const char *constant = drawn(shapes[pick(0, 5)]);
    bool left = op != HAX_OP_DIV && coin();
    x = node(op, SAME(0), left ? constant : x, left ? x : constant, NULL);
    if (coin())
        x = node(HAX_OP_SILU, SAME(0), x, NULL, NULL);
    point_convolution(x, 16);
}

/* The gate of a squeeze-and-excitation block, and two tensors of one shape. */
static void with_computed(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    const char *gate =
        node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_AVERAGE, .global = true), x, NULL, NULL);
    gate = node(HAX_OP_HARD_SIGMOID, SAME(.alpha = 0.2F, .beta = 0.5F),
                point_convolution(gate, (int) c), NULL, NULL);
    const char *gated = node(coin() ? HAX_OP_MUL : HAX_OP_SUB, SAME(0), x, gate, NULL);
    const char *other = coin() ? point_convolution(x, (int) c) : x;
    static const hax_op ops[] = { HAX_OP_ADD, HAX_OP_SUB, HAX_OP_MUL, HAX_OP_MIN, HAX_OP_MAX };
    x = node(ops[pick(0, 4)], SAME(0), gated, other, NULL);
    node(HAX_OP_SUB, SAME(0), gate, x, NULL); /* the first broadcasts */
}

static void attention(void)
{
    int64_t tokens = pick(2, 9), width = pick(1, 4) * 4, heads = pick(1, 3);
    const char *x = begin(SHAPE(1, tokens, heads * width));
    const char *parts[3];
    for (int p = 0; p < 3; p++) {
        parts[p] =
            node(HAX_OP_MATMUL, SAME(0), x, drawn(SHAPE(heads * width, heads * width)), NULL);
        if (coin())
            parts[p] = node(HAX_OP_ADD, SAME(0), parts[p], drawn(SHAPE(heads * width)), NULL);
        parts[p] =
            node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(0, -1, heads, width)), parts[p], NULL, NULL);
        parts[p] =
            node(HAX_OP_TRANSPOSE, SAME(.order = p == 1 ? LONGS(0, 2, 3, 1) : LONGS(0, 2, 1, 3)),
                 parts[p], NULL, NULL);
    }
    const char *scores = node(HAX_OP_MATMUL, SAME(0), parts[0], parts[1], NULL);
    scores = node(HAX_OP_DIV, SAME(0), scores, number(sqrtf((float) width)), NULL);
    scores = node(HAX_OP_SOFTMAX, SAME(.axis = -1), scores, NULL, NULL);
    x = node(HAX_OP_MATMUL, SAME(0), scores, parts[2], NULL);
    x = node(HAX_OP_TRANSPOSE, SAME(.order = LONGS(0, 2, 1, 3)), x, NULL, NULL);
    x = node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(1, -1, heads * width)), x, NULL, NULL);
    node(HAX_OP_REDUCE_MEAN, SAME(.axes = LONGS(1), .keep_dims = coin()), x, NULL, NULL);
}

static void general_product(void)
{
    int64_t rows = pick(1, 6), inner = pick(1, 7);
    const char *x = begin(SHAPE(rows, inner));
    const char *other = node(HAX_OP_SIGMOID, SAME(0), x, NULL, NULL);
    bool turned = coin();
    int64_t columns = turned ? inner : rows;
    node(HAX_OP_GEMM,
         SAME(.alpha = coin() ? 1 : 0.5F, .beta = 2, .transpose_a = turned, .transpose_b = !turned),
         x, other, coin() ? drawn(SHAPE(columns)) : NULL);
}

static void fully_connected(void)
{
    int64_t c, h, w, outputs = pick(1, 20);
    const char *x = image(&c, &h, &w);
    x = node(HAX_OP_FLATTEN, SAME(.flatten_2d = true, .axis = 1), x, NULL, NULL);
    bool turned = coin();
    x = node(HAX_OP_GEMM, SAME(.alpha = 0.5F, .beta = 2, .transpose_b = turned), x,
             turned ? drawn(SHAPE(outputs, c * h * w)) : drawn(SHAPE(c * h * w, outputs)),
             drawn(SHAPE(outputs)));
    node(HAX_OP_GELU, SAME(0), x, NULL, NULL);
}

static void reduction(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    static const hax_op ops[] = { HAX_OP_REDUCE_MEAN, HAX_OP_REDUCE_SUM, HAX_OP_REDUCE_MAX };
    const hax_layer_longs axes[] = { LONGS(2, 3), LONGS(1), LONGS(-1), LONGS(1, 3), { 0, NULL } };
    bool keep = coin();
    x = node(ops[pick(0, 2)], SAME(.axes = axes[pick(0, 4)], .keep_dims = keep), x, NULL, NULL);
    if (keep)
        point_convolution(x, 4);
}

/* Parts of an image beside each other in another order, as yolo's blocks do. */
static void parts(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    int64_t axis = pick(1, 3), extent = axis == 1 ? c : axis == 2 ? h : w;
    int64_t first = coin() && extent % 2 == 0 ? extent / 2 : pick(1, extent - 1);
    hax_layer_spec *split = hax_layer_list_add(&work, HAX_OP_SPLIT, "split");
    const char *const tops[] = { "left", "right" };
    hax_layer_list_set_bottoms(&work, split, &x, 1);
    hax_layer_list_set_tops(&work, split, tops, 2);
    split->params = SAME(.parts = true, .axis = (int) axis, .sizes = LONGS(first, extent - first));
    const char *right = coin() ? node(HAX_OP_SILU, SAME(0), "right", NULL, NULL) : "right";
    x = node(HAX_OP_CONCAT, SAME(.axis = (int) axis), right, "left", NULL);
    point_convolution(x, 8);
}

static void slice(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    x = node(HAX_OP_SLICE,
             SAME(.starts = LONGS(pick(0, c - 1), pick(-h, -1)), .ends = LONGS(c, INT64_MIN + 1),
                  .axes = LONGS(1, 2), .steps = LONGS(pick(1, 3), -1)),
             x, NULL, NULL);
    x = node(HAX_OP_SLICE,
             SAME(.starts = LONGS(pick(0, 1)), .ends = LONGS(w), .axes = LONGS(3),
                  .steps = LONGS(pick(1, 2))),
             x, NULL, NULL);
    point_convolution(x, 4);
}

static void gather(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    const int64_t list[] = { pick(0, c - 1), pick(-c, -1), pick(0, c - 1) };
    x = node(HAX_OP_GATHER, SAME(.axis = 1), x, wholes(SHAPE(3), list), NULL);
    point_convolution(x, 4);
}

static void transpose(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    int order[] = { 0, 1, 2, 3 };
    hax_random_shuffle(&dice, order, 4);
    x = node(HAX_OP_TRANSPOSE, SAME(.order = LONGS(order[0], order[1], order[2], order[3])), x,
             NULL, NULL);
    node(HAX_OP_SOFTMAX, SAME(.axis = (int) pick(0, 3), .softmax_flat = coin()), x, NULL, NULL);
}

static void expand(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    x = node(HAX_OP_POOLING, SAME(.pool = HAX_POOL_MAX, .global = true), x, NULL, NULL);
    x = node(HAX_OP_EXPAND, SAME(.sizes = LONGS(h, w)), x, NULL, NULL);
    point_convolution(x, 4);
}

static void pad(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    static const hax_pad_mode modes[] = { HAX_PAD_CONSTANT, HAX_PAD_REFLECT, HAX_PAD_EDGE };
    x = node(HAX_OP_PAD,
             SAME(.pads = LONGS(0, pick(0, 2), pick(0, 2), pick(0, 2), 0, pick(0, 2), pick(0, 2),
                                pick(0, 2)),
                  .pad_mode = modes[pick(0, 2)], .pad_value = 0.5F),
             x, NULL, NULL);
    point_convolution(x, 4);
}

static void resize(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    hax_layer_params params = { .resize = { coin(), (hax_resize_place) pick(0, 4),
                                            (hax_resize_round) pick(0, 3) } };
    static const float twice[] = { 1, 1, 2, 2 };
    if (coin())
        params.scales = (hax_layer_reals){ 4, twice };
    else
        params.sizes = LONGS(1, c, pick(1, 20), pick(1, 20));
    x = node(HAX_OP_RESIZE, params, x, NULL, NULL);
    point_convolution(x, 4);
}

/* Shapes renamed between kernels, with the same memory read again after. */
static void views(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    x = node(HAX_OP_RELU, SAME(0), x, NULL, NULL);
    const char *seen = node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(1, c, -1)), x, NULL, NULL);
    const char *back = node(HAX_OP_RESHAPE, SAME(.sizes = LONGS(1, c, h, w)), seen, NULL, NULL);
    const char *sum = node(HAX_OP_ADD, SAME(0), x, point_convolution(back, (int) c), NULL);
    const char *mean =
        node(HAX_OP_REDUCE_MEAN, SAME(.axes = LONGS(2), .keep_dims = true), seen, NULL, NULL);
    mean = node(HAX_OP_UNSQUEEZE, SAME(.axes = LONGS(3)), mean, NULL, NULL);
    node(HAX_OP_MUL, SAME(0), sum, mean, NULL);
}

static const char *square_convolution(const char *x, int outputs, int kernel, hax_op then)
{
    x = node(HAX_OP_CONVOLUTION,
             SAME(.group = 1, .outputs = outputs, .bias = true,
                  .window = { kernel, kernel, 1, 1, kernel / 2, kernel / 2, kernel / 2, kernel / 2,
                              1, 1 }),
             x, NULL, NULL);
    return node(then, SAME(.negative_slope = coin() ? 0 : 0.1F), x, NULL, NULL);
}

/* Channels in whole blocks or not. */
static int any_width(void)
{
    static const int widths[] = { 16, 32, 16, 12 };
    return widths[pick(0, 3)];
}

static hax_op any_activation(void)
{
    static const hax_op ops[] = { HAX_OP_RELU, HAX_OP_SILU, HAX_OP_HARD_SWISH };
    return ops[pick(0, 2)];
}

static const char *joined(const char **inputs, int count)
{
    const char *name = hax_layer_list_name(&work, "n%d", work.count);
    hax_layer_spec *layer = hax_layer_list_add(&work, HAX_OP_CONCAT, name);
    hax_layer_list_set_bottoms(&work, layer, inputs, count);
    hax_layer_list_set_tops(&work, layer, &name, 1);
    layer->params = SAME(.axis = 1);
    return name;
}

/* Each stage reads all before it, as in a dense block. */
static void dense_block(void)
{
    int64_t c, h, w;
    const char *parts[4] = { image(&c, &h, &w) };
    if (coin())
        parts[0] = square_convolution(parts[0], any_width(), 1, HAX_OP_RELU);
    int width = any_width(), stages = (int) pick(1, 3);
    const char *x = parts[0];
    for (int s = 1; s <= stages; s++) {
        parts[s] = square_convolution(x, width, coin() ? 1 : 3, any_activation());
        x = joined(parts, s + 1);
    }
    point_convolution(x, 8);
}

/* Branches joined within branches, one of them read by others too, one twice. */
static void branches(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    const char *inner[] = { square_convolution(x, any_width(), 3, HAX_OP_RELU),
                            square_convolution(x, any_width(), 1, HAX_OP_SILU) };
    const char *outer[] = { square_convolution(x, 16, 1, HAX_OP_RELU), joined(inner, 2), inner[0],
                            coin() ? x : inner[0] };
    x = joined(outer, (int) pick(2, 4));
    const char *again = point_convolution(inner[0], 8);
    const char *ends[] = { again, point_convolution(x, 8) };
    joined(ends, 2);
}

/* Halves of a convolution, one of them going through further stages, all joined. */
static void stacked(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    int half = any_width(), stages = (int) pick(1, 2);
    bool shortcut = coin();
    const char *parts[4] = { "left", "right" };
    x = square_convolution(x, 2 * half, 1, any_activation());
    hax_layer_spec *split = hax_layer_list_add(&work, HAX_OP_SPLIT, "split");
    hax_layer_list_set_bottoms(&work, split, &x, 1);
    hax_layer_list_set_tops(&work, split, parts, 2);
    split->params = SAME(.parts = true, .axis = 1, .sizes = LONGS(half, half));
    for (int s = 0; s < stages; s++) {
        const char *from = parts[s + 1];
        parts[s + 2] = square_convolution(from, half, 3, any_activation());
        if (shortcut)
            parts[s + 2] = node(HAX_OP_ADD, SAME(0), from, parts[s + 2], NULL);
    }
    x = joined(parts, 2 + stages);
    point_convolution(x, 8);
}

/* Sums with what others read as well, and with what nobody does. */
static void residuals(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    int width = any_width();
    x = square_convolution(x, width, 1, any_activation());
    for (int block = 0; block < 3; block++) {
        const char *y = square_convolution(x, width, 3, any_activation());
        y = coin() ? point_convolution(y, width)
                   : node(HAX_OP_CONVOLUTION,
                          SAME(.group = 1, .outputs = width, .bias = true,
                               .window = { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 }),
                          y, NULL, NULL);
        const char *skip = coin() ? x : point_convolution(x, width);
        bool first = coin();
        x = node(HAX_OP_ADD, SAME(0), first ? skip : y, first ? y : skip, NULL);
        if (coin())
            x = node(any_activation(), SAME(0), x, NULL, NULL);
    }
    point_convolution(x, 8);
}

/* A sum with what was joined, which lies where its parts are still read. */
static void sum_with_joined(void)
{
    int64_t c, h, w;
    const char *x = image(&c, &h, &w);
    int width = any_width();
    const char *parts[3] = { square_convolution(x, width, 1, HAX_OP_RELU),
                             square_convolution(x, width, 3, HAX_OP_RELU) };
    const char *both = joined(parts, 2);
    const char *y = point_convolution(coin() ? x : parts[0], 2 * width);
    parts[2] = node(HAX_OP_ADD, SAME(0), both, y, NULL);
    point_convolution(joined(parts, 3), 8);
}

/* Sums behind fully connected layers, as in a transformer's blocks. */
static void rows_of_residuals(void)
{
    int64_t tokens = pick(1, 6), width = pick(1, 4) * 4;
    const char *x = begin(coin() ? SHAPE(1, tokens, width) : SHAPE(tokens, width));
    for (int block = 0; block < 2; block++) {
        const char *y = node(HAX_OP_MATMUL, SAME(0), x, drawn(SHAPE(width, 2 * width)), NULL);
        y = node(HAX_OP_GELU, SAME(0), y, NULL, NULL);
        y = node(HAX_OP_MATMUL, SAME(0), y, drawn(SHAPE(2 * width, width)), NULL);
        if (coin())
            y = node(HAX_OP_ADD, SAME(0), y, drawn(SHAPE(width)), NULL);
        x = node(HAX_OP_ADD, SAME(0), x, y, NULL);
        if (block == 0 && coin()) /* at the end it could leave nothing but zeros */
            x = node(HAX_OP_RELU, SAME(0), x, NULL, NULL);
    }
}

static const struct {
    const char *name;
    void (*build)(void);
} builders[] = {
    { "convolution", convolution },
    { "deconvolution", deconvolution },
    { "pool", pool },
    { "curve", curve },
    { "positive curve", positive_curve },
    { "slopes", slopes },
    { "with constant", with_constant },
    { "with computed", with_computed },
    { "attention", attention },
    { "general product", general_product },
    { "fully connected", fully_connected },
    { "reduction", reduction },
    { "parts", parts },
    { "slice", slice },
    { "gather", gather },
    { "transpose", transpose },
    { "expand", expand },
    { "pad", pad },
    { "resize", resize },
    { "views", views },
    { "dense block", dense_block },
    { "branches", branches },
    { "stacked", stacked },
    { "residuals", residuals },
    { "sum with joined", sum_with_joined },
    { "rows of residuals", rows_of_residuals },
};

enum { BUILDER_COUNT = sizeof builders / sizeof *builders };

/* The same for the same numbers. */
static inline hax_model *build_random(int builder, uint64_t seed)
{
    dice = hax_random_fork(4711, seed);
    builders[builder].build();
    return finish();
}

#endif
