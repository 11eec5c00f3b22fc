/*
 * The rules of each operation: limits of the TensorRT 7.1 headers and of the 8.4 and 10 guides.
 * A rule that is asked first is the one that is told.
 */
#include "layer.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { WINDOW_MAX = 32, EXTENT_MAX = 8192 };

/* A layer that is asked about. */
typedef struct question {
    const hax_model *model;
    hax_node node;
    const hax_layer_params *params;
    const hax_jetson_target *target;
    char *reason;
} question;

HAX_PRINTF(2, 3) static bool refuse(const question *ask, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ask->reason, JETSON_REASON_MAX, format, args);
    va_end(args);
    return false;
}

static bool since(const question *ask, int version)
{
    return ask->target->tensorrt >= version;
}

static bool within(const question *ask, const char *what, int64_t value, int64_t min, int64_t max)
{
    if (value > max)
        return refuse(ask, "%s %" PRId64 " > %" PRId64, what, value, max);
    if (value < min)
        return refuse(ask, "%s %" PRId64 " < %" PRId64, what, value, min);
    return true;
}

static bool both_within(const question *ask, const char *what, int64_t h, int64_t w, int64_t min,
                        int64_t max)
{
    if (h > max || w > max)
        return refuse(ask, "%s %" PRId64 "x%" PRId64 " > %" PRId64, what, h, w, max);
    if (h < min || w < min)
        return refuse(ask, "%s %" PRId64 "x%" PRId64 " < %" PRId64, what, h, w, min);
    return true;
}

static const hax_shape *input(const question *ask, int i)
{
    return hax_model_edge(ask->model, ask->node.inputs[i]).shape;
}

static int64_t extent(const hax_shape *shape, int axis)
{
    return axis < shape->rank ? shape->dims[axis] : 1;
}

/* ---- what holds for every layer -------------------------------------------------------------- */

static bool sizes_run(const question *ask, const char *whose, const hax_shape *shape)
{
    static const char *const names[] = { "", "C", "H", "W" };
    if (shape->rank > 4)
        return refuse(ask, "%s of %d dimensions > 4", whose, shape->rank);
    for (int axis = 1; axis < shape->rank && axis < 4; axis++)
        if (shape->dims[axis] > EXTENT_MAX)
            return refuse(ask, "%s %s %" PRId64 " > %d", whose, names[axis], shape->dims[axis],
                          EXTENT_MAX);
    return true;
}

static bool tensors_run(const question *ask)
{
    const hax_node *node = &ask->node;
    for (int i = 0; i < node->input_count; i++)
        if (!sizes_run(ask, "input", input(ask, i)))
            return false;
    for (int o = 0; o < node->output_count; o++)
        if (!sizes_run(ask, "output", hax_model_edge(ask->model, ask->node.outputs[o]).shape))
            return false;
    return true;
}

static bool target_runs(const question *ask)
{
    const hax_jetson_target *target = ask->target;
    if (target->board->dla_cores == 0)
        return refuse(ask, "%s has no DLA", target->board->name);
    if (target->precision == HAX_JETSON_FP32)
        return refuse(ask, "fp32: the DLA computes in FP16 and INT8 only");
    return within(ask, "batch", target->batch, 1, since(ask, 80000) ? 4096 : 32);
}

/* ---- convolutions ---------------------------------------------------------------------------- */

/* Weights of one output and rows of the input under the kernel, together in the buffer. */
static bool buffer_runs(const question *ask, int64_t channels, int64_t width, int kernel_h,
                        int kernel_w, int dilation_h)
{
    hax_jetson_cbuf need = hax_jetson_cbuf_need(channels, width, kernel_h, kernel_w, dilation_h,
                                                hax_jetson_element_bytes(ask->target));
    if (need.weights + need.data <= HAX_JETSON_CBUF_BANKS)
        return true;
    return refuse(ask,
                  "convolution buffer: %" PRId64 " banks for weights + %" PRId64 " for data > %d",
                  need.weights, need.data, HAX_JETSON_CBUF_BANKS);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool padding_runs(const question *ask, const hax_window *w)
{
    int h = larger(w->pad_top, w->pad_bottom), side = larger(w->pad_left, w->pad_right);
    if (since(ask, 80000) && (h >= w->kernel_h || side >= w->kernel_w))
        return refuse(ask, "padding %dx%d not smaller than the kernel %dx%d", h, side, w->kernel_h,
                      w->kernel_w);
    return both_within(ask, "padding", h, side, 0, 31);
}

static bool convolution_runs(const question *ask)
{
    const hax_window *w = &ask->params->window;
    int group = ask->params->group;
    return both_within(ask, "kernel", w->kernel_h, w->kernel_w, 1, WINDOW_MAX) &&
           both_within(ask, "stride", w->stride_h, w->stride_w, 1, 8) && padding_runs(ask, w) &&
           both_within(ask, "dilation", w->dilation_h, w->dilation_w, 1, 32) &&
           within(ask, "output maps", ask->params->outputs, 1, EXTENT_MAX) &&
           within(ask, "groups", group, 1, EXTENT_MAX) &&
           buffer_runs(ask, extent(input(ask, 0), 1) / group, extent(input(ask, 0), 3), w->kernel_h,
                       w->kernel_w, w->dilation_h);
}

/* [1, 32], or a row of 64, 96 or 128. */
static bool row_or_within(const question *ask, const char *what, int h, int w)
{
    if (h == 1 && (w == 64 || w == 96 || w == 128))
        return true;
    return both_within(ask, what, h, w, 1, WINDOW_MAX);
}

static bool square_runs(const question *ask, const char *what, int h, int w)
{
    if (!since(ask, 80000) || h != w || h < 23)
        return true;
    return refuse(ask, "square %s %dx%d in [23, 32]", what, h, w);
}

static bool deconvolution_runs(const question *ask)
{
    const hax_window *w = &ask->params->window;
    return row_or_within(ask, "kernel", w->kernel_h, w->kernel_w) &&
           row_or_within(ask, "stride", w->stride_h, w->stride_w) &&
           square_runs(ask, "kernel", w->kernel_h, w->kernel_w) &&
           square_runs(ask, "stride", w->stride_h, w->stride_w) &&
           both_within(ask, "padding", larger(w->pad_top, w->pad_bottom),
                       larger(w->pad_left, w->pad_right), 0, 0) &&
           both_within(ask, "dilation", w->dilation_h, w->dilation_w, 1, 1) &&
           within(ask, "groups", ask->params->group, 1, 1) &&
           within(ask, "output maps", ask->params->outputs, 1, EXTENT_MAX);
}

/* A convolution whose kernel is its input's plane. */
static bool fully_connected_runs(const question *ask)
{
    const hax_shape *in = input(ask, 0);
    int64_t h = extent(in, 2), w = extent(in, 3);
    return within(ask, "outputs", ask->params->outputs, 1, EXTENT_MAX) &&
           (!since(ask, 80000) || both_within(ask, "kernel", h, w, 1, WINDOW_MAX)) &&
           buffer_runs(ask, extent(in, 1), w, (int) h, (int) w, 1);
}

/* ---- the others ------------------------------------------------------------------------------ */

static bool pooling_runs(const question *ask)
{
    const hax_window *w = &ask->params->window;
    if (ask->params->global)
        return both_within(ask, "window", extent(input(ask, 0), 2), extent(input(ask, 0), 3), 1, 8);
    return both_within(ask, "window", w->kernel_h, w->kernel_w, 1, 8) &&
           both_within(ask, "stride", w->stride_h, w->stride_w, 1, 16) &&
           both_within(ask, "padding", larger(w->pad_top, w->pad_bottom),
                       larger(w->pad_left, w->pad_right), 0, 7);
}

static bool relu_runs(const question *ask)
{
    float slope = ask->params->negative_slope;
    if (slope == 0)
        return true;
    if (slope < 0)
        return refuse(ask, "negative slope %g below 0", (double) slope);
    return since(ask, 80000) || refuse(ask, "leaky ReLU before TensorRT 8");
}

static bool lrn_runs(const question *ask)
{
    if (ask->params->lrn_within)
        return refuse(ask, "normalises within channels, only across them is known");
    int size = ask->params->lrn_size;
    return size % 2 == 0 ? refuse(ask, "window %d is even", size)
                         : within(ask, "window", size, 3, 9);
}

static bool concat_runs(const question *ask)
{
    if (ask->params->axis != 1)
        return refuse(ask, "axis %d, only channels (1) can be joined", ask->params->axis);
    int count = ask->node.input_count;
    return !since(ask, 80000) || within(ask, "inputs", count, 2, INT64_MAX);
}

/* The guide of 8.4: batch 1, and nothing but the axis. */
static bool softmax_runs_before_8_5(const question *ask, const hax_shape *in, int axis)
{
    if (ask->target->batch != 1)
        return refuse(ask, "batch %d, only 1", ask->target->batch);
    for (int i = 0; i < in->rank; i++)
        if (i != axis && in->dims[i] != 1)
            return refuse(ask, "dimension %d is %" PRId64 ", all but the axis must be 1", i,
                          in->dims[i]);
    return within(ask, "axis of", extent(in, axis), 1, 1024);
}

/* NvInfer.h of 8.5 to 11.1, ISoftMaxLayer: the axis is no batch; where all else but the batch is 1
 * it is at most 8192, elsewhere at most 1024 and then only approximate. */
static bool softmax_runs(const question *ask)
{
    const hax_shape *in = input(ask, 0);
    int axis = ask->params->axis;
    if (!ask->target->board->orin)
        return refuse(ask, "Softmax is on the DLA of Orin only");
    if (!since(ask, 80500))
        return softmax_runs_before_8_5(ask, in, axis);
    if (axis == 0)
        return refuse(ask, "over the batch, only channels or space");
    bool alone = true;
    for (int i = 1; i < in->rank; i++)
        alone = alone && (i == axis || in->dims[i] == 1);
    return within(ask, "axis of", extent(in, axis), 1, alone ? EXTENT_MAX : 1024);
}

static bool shuffle_runs(const question *ask, const char *what)
{
    if (!ask->target->board->orin || !since(ask, 80500))
        return refuse(ask, "%s is on the DLA of Orin only, from TensorRT 8.5", what);
    return ask->target->precision == HAX_JETSON_FP16 || refuse(ask, "%s runs in FP16 only", what);
}

/* Is this a tensor of another one's batch with one number a channel (NC11), or one (N111)? */
static bool spreads_over(const hax_shape *small, const hax_shape *large)
{
    return small->rank == 4 && large->rank == 4 && small->dims[0] == large->dims[0] &&
           (small->dims[1] == large->dims[1] || small->dims[1] == 1) && small->dims[2] == 1 &&
           small->dims[3] == 1;
}

static int64_t elements(const hax_shape *shape)
{
    int64_t count = 1;
    for (int d = 0; d < shape->rank; d++)
        count *= shape->dims[d];
    return count;
}

/* TensorRT's parser makes a scale of a constant operand: the guide, "Scale layer", has uniform
 * ones, by channel and by element. */
static bool scale_runs(const question *ask, const hax_shape *constant, const hax_shape *other)
{
    int64_t count = elements(constant), channels = extent(other, 1);
    int behind = other->rank - 1 - (constant->rank - 1); /* axes stand at the end */
    bool by_channel = false;
    for (int d = 0; d < constant->rank; d++)
        by_channel = by_channel || (d + behind == 1 && constant->dims[d] == channels);
    if (count == 1 || count == elements(other) || (by_channel && count == channels))
        return true;
    return refuse(ask,
                  "a constant operand of %" PRId64 " numbers is no scale of all, of %" PRId64
                  " channels or of elements",
                  count, channels);
}

/* Two tensors of one shape, or one and a constant, which makes a scale of it; by the guide of 10
 * ("ElementWise layer"), from memory, also one that is NC11 or N111 beside it. Of the versions in
 * between it is not known. */
static bool pair_runs(const question *ask)
{
    if (ask->node.input_count < 2 || hax_shape_same(input(ask, 0), input(ask, 1)))
        return true;
    for (int i = 0; i < 2; i++)
        if (hax_model_edge(ask->model, ask->node.inputs[i]).known)
            return scale_runs(ask, input(ask, i), input(ask, 1 - i));
    if (!spreads_over(input(ask, 0), input(ask, 1)) && !spreads_over(input(ask, 1), input(ask, 0)))
        return refuse(ask, "operands differ in shape");
    return since(ask, 100000) || refuse(ask, "operands differ in shape before TensorRT 10");
}

static bool clip_runs(const question *ask)
{
    const hax_layer_params *params = ask->params;
    bool relu = params->has_low && params->low == 0;
    if (!since(ask, 80000) || (relu && !params->has_high))
        return true;
    if (relu && params->high >= 1 && params->high <= 127)
        return true;
    return refuse(ask, "clips to other than [0, 1..127]");
}

static bool from_8(const question *ask, const char *what)
{
    return since(ask, 80000) || refuse(ask, "%s before TensorRT 8", what);
}

/* A Flatten. */
static bool flatten_runs(const question *ask)
{
    return shuffle_runs(ask, "Shuffle");
}

/* Caffe's copies nothing. */
static bool split_runs(const question *ask)
{
    return !ask->params->parts || shuffle_runs(ask, "Slice");
}

/* TensorRT's guide (10.x), "DLA layer restrictions", Slice: static slicing of 4-D tensors by C, H
 * and W, in FP16; NvInfer.h of 8.5 to 11.1, ISliceLayer: with steps of 1. Split has the same, as
 * TensorRT makes slices of it. */
static bool slice_runs(const question *ask)
{
    const hax_shape *in = input(ask, 0);
    const hax_layer_longs *steps = &ask->params->steps;
    for (int i = 0; i < steps->count; i++)
        if (steps->values[i] != 1)
            return refuse(ask, "slices with a step of %" PRId64 ", only 1", steps->values[i]);
    if (in->rank != 4)
        return refuse(ask, "slice of %d dimensions, only of 4", in->rank);
    if (hax_model_edge(ask->model, ask->node.outputs[0]).shape->dims[0] != in->dims[0])
        return refuse(ask, "slices the batch, only C, H and W can be");
    return shuffle_runs(ask, "Slice");
}

/* The same guide, Resize: four scales, those of batch and channels 1, the others whole, up to 32
 * where the nearest element is taken and up to 4 where it is interpolated. The guide of 8.4 has it,
 * what came before is not known to. */
static bool resize_runs(const question *ask)
{
    const hax_layer_reals *scales = &ask->params->scales;
    bool linear = ask->params->resize.linear;
    if (!since(ask, 80400))
        return refuse(ask, "Resize before TensorRT 8.4");
    if (scales->count != 4)
        return refuse(ask, "resizes %d dimensions, only 4", scales->count);
    for (int d = 0; d < 2; d++)
        if (scales->values[d] != 1)
            return refuse(ask, "resizes %s", d == 0 ? "the batch" : "the channels");
    for (int d = 2; d < 4; d++) {
        float scale = scales->values[d];
        if (floorf(scale) != scale)
            return refuse(ask, "scale %g is not whole", (double) scale);
        if (!within(ask, linear ? "linear scale" : "scale", (int) scale, 1, linear ? 4 : 32))
            return false;
    }
    return true;
}

static bool prelu_runs(const question *ask)
{
    return from_8(ask, "PReLU");
}

static bool absolute_runs(const question *ask)
{
    return from_8(ask, "absolute value");
}

static bool difference_runs(const question *ask)
{
    return from_8(ask, "difference") && pair_runs(ask);
}

static bool power_runs(const question *ask)
{
    return ask->params->power == 1.0F || refuse(ask, "a power other than 1");
}

/* The guide of 10, "Reduce layer", from memory: the largest over channels and space of four
 * dimensions, on Orin. TensorRT 8.6 is the first of which it is known. */
static bool largest_runs(const question *ask)
{
    const hax_shape *in = input(ask, 0);
    const hax_layer_longs *axes = &ask->params->axes;
    if (!ask->target->board->orin || !since(ask, 80600))
        return refuse(ask, "ReduceMax is on the DLA of Orin only, from TensorRT 8.6");
    if (in->rank != 4)
        return refuse(ask, "reduces %d dimensions, only 4", in->rank);
    for (int i = 0; i < axes->count; i++)
        if (axes->values[i] == 0 || axes->values[i] == -in->rank)
            return refuse(ask, "reduces the batch, only C, H and W can be");
    return axes->count > 0 || refuse(ask, "reduces the batch, only C, H and W can be");
}

static bool always_runs(const question *ask)
{
    (void) ask;
    return true;
}

/* What a DLA's rules are for each operation; NULL: no rule lets it run. */
static bool (*const rules[HAX_OP_COUNT])(const question *ask) = {
    [HAX_OP_CONVOLUTION] = convolution_runs,
    [HAX_OP_DECONVOLUTION] = deconvolution_runs,
    [HAX_OP_INNER_PRODUCT] = fully_connected_runs,
    [HAX_OP_POOLING] = pooling_runs,
    [HAX_OP_LRN] = lrn_runs,
    [HAX_OP_CONCAT] = concat_runs,
    [HAX_OP_SOFTMAX] = softmax_runs,
    [HAX_OP_FLATTEN] = flatten_runs,
    [HAX_OP_SPLIT] = split_runs,
    [HAX_OP_SLICE] = slice_runs,
    [HAX_OP_RESIZE] = resize_runs,
    [HAX_OP_REDUCE_MAX] = largest_runs,
    [HAX_OP_RELU] = relu_runs,
    [HAX_OP_CLIP] = clip_runs,
    [HAX_OP_PRELU] = prelu_runs,
    [HAX_OP_ABSVAL] = absolute_runs,
    [HAX_OP_POWER] = power_runs,
    [HAX_OP_SIGMOID] = always_runs,
    [HAX_OP_TANH] = always_runs,
    [HAX_OP_SILU] = always_runs,       /* a sigmoid and a product */
    [HAX_OP_BATCH_NORM] = always_runs, /* a scale by channel */
    [HAX_OP_SCALE] = always_runs,
    [HAX_OP_ELTWISE] = always_runs, /* sum, product, maximum */
    [HAX_OP_ADD] = pair_runs,
    [HAX_OP_MUL] = pair_runs,
    [HAX_OP_MIN] = pair_runs,
    [HAX_OP_MAX] = pair_runs,
    [HAX_OP_SUB] = difference_runs,
};

static bool operation_runs(const question *ask)
{
    hax_op op = ask->node.op;
    return rules[op] ? rules[op](ask) : refuse(ask, "no rule lets %s run", hax_op_name(op));
}

bool hax_jetson_layer_runs(const hax_model *model, int layer, const hax_jetson_target *target,
                           char reason[JETSON_REASON_MAX])
{
    const hax_node node = hax_model_node(model, layer);
    const question ask = { model, node, node.params, target, reason };
    if (!hax_op_numbered(node.op) || node.folded)
        return true;
    return target_runs(&ask) && operation_runs(&ask) && tensors_run(&ask);
}
