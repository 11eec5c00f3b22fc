#include "loops.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct image {
    int64_t n, c, h, w;
} image;

static image image_of(const hax_model *model, int tensor)
{
    const hax_shape *shape = &hax_model_tensor(model, tensor)->shape;
    assert(shape->rank >= 1);
    image result = { shape->dims[0], shape->rank > 1 ? shape->dims[1] : 1,
                     shape->rank > 2 ? shape->dims[2] : 1, 1 };
    for (int d = 3; d < shape->rank; d++)
        result.w *= shape->dims[d];
    return result;
}

int64_t hax_tensor_elements(const hax_model *model, int tensor)
{
    return (int64_t) (hax_model_tensor(model, tensor)->bytes / sizeof(float));
}

static float activate(const hax_kernel *kernel, float value)
{
    return hax_curve_at(&kernel->activation, value);
}

/* Sum over a window of one output point; padding counts as zero. */
static float conv_point(const hax_window *win, const float *in, image shape, int64_t channels,
                        const float *weights, int64_t y0, int64_t x0)
{
    float sum = 0;
    for (int64_t c = 0; c < channels; c++) {
        for (int kh = 0; kh < win->kernel_h; kh++) {
            int64_t y = y0 + kh * win->dilation_h;
            if (y < 0 || y >= shape.h)
                continue;
            for (int kw = 0; kw < win->kernel_w; kw++) {
                int64_t x = x0 + kw * win->dilation_w;
                if (x >= 0 && x < shape.w)
                    sum += in[(c * shape.h + y) * shape.w + x] *
                           weights[(c * win->kernel_h + kh) * win->kernel_w + kw];
            }
        }
    }
    return sum;
}

/* The same of a transposed convolution: the taps that reach the point from the input. */
static float deconv_point(const hax_window *win, const float *in, image shape, int64_t channels,
                          const float *weights, int64_t y0, int64_t x0)
{
    float sum = 0;
    for (int64_t c = 0; c < channels; c++) {
        for (int kh = 0; kh < win->kernel_h; kh++) {
            int64_t down = y0 - kh * win->dilation_h, y = down / win->stride_h;
            if (down < 0 || down % win->stride_h != 0 || y >= shape.h)
                continue;
            for (int kw = 0; kw < win->kernel_w; kw++) {
                int64_t across = x0 - kw * win->dilation_w, x = across / win->stride_w;
                if (across >= 0 && across % win->stride_w == 0 && x < shape.w)
                    sum += in[(c * shape.h + y) * shape.w + x] *
                           weights[(c * win->kernel_h + kh) * win->kernel_w + kw];
            }
        }
    }
    return sum;
}

static float convolution_point(const hax_model *model, const hax_kernel *kernel,
                               const float *weights, const float *bias, float *const *tensors,
                               int64_t index)
{
    const hax_window *win = &kernel->window;
    image in = image_of(model, kernel->inputs[0]), out = image_of(model, kernel->output);
    assert(in.c % kernel->group == 0 && out.c % kernel->group == 0);
    assert(index >= 0 && index < out.n * out.c * out.h * out.w);
    int64_t channels = in.c / kernel->group, outputs = out.c / kernel->group;
    const float *residual = kernel->residual >= 0 ? tensors[kernel->residual] : NULL;
    int64_t x = index % out.w, y = index / out.w % out.h, o = index / out.w / out.h % out.c;
    int64_t n = index / out.w / out.h / out.c;
    const float *from =
        tensors[kernel->inputs[0]] + (n * in.c + o / outputs * channels) * in.h * in.w;
    const float *taps = weights + o * channels * win->kernel_h * win->kernel_w;
    float value =
        kernel->op == HAX_OP_DECONVOLUTION
            ? deconv_point(win, from, in, channels, taps, y + win->pad_top, x + win->pad_left)
            : conv_point(win, from, in, channels, taps, y * win->stride_h - win->pad_top,
                         x * win->stride_w - win->pad_left);
    value += bias ? bias[o] : 0;
    value += residual ? kernel->residual_scale * residual[index] : 0;
    return activate(kernel, value);
}

static float inner_product_point(const hax_model *model, const hax_kernel *kernel,
                                 const float *weights, const float *bias, float *const *tensors,
                                 int64_t index)
{
    int64_t rows = hax_tensor_elements(model, kernel->output) / kernel->channels_out;
    assert(rows > 0 && hax_tensor_elements(model, kernel->inputs[0]) % rows == 0);
    int64_t inputs = hax_tensor_elements(model, kernel->inputs[0]) / rows;
    int64_t o = index % kernel->channels_out;
    const float *from = tensors[kernel->inputs[0]] + index / kernel->channels_out * inputs;
    float sum = bias ? bias[o] : 0;
    for (int64_t i = 0; i < inputs; i++)
        sum += from[i] * weights[o * inputs + i];
    sum += kernel->residual >= 0 ? tensors[kernel->residual][index] : 0;
    return activate(kernel, sum);
}

bool hax_loops_has_points(const hax_kernel *kernel)
{
    return kernel->form == HAX_FORM_OWN &&
           (kernel->op == HAX_OP_CONVOLUTION || kernel->op == HAX_OP_DECONVOLUTION ||
            kernel->op == HAX_OP_INNER_PRODUCT);
}

float hax_loops_point(const hax_model *model, const hax_kernel *kernel, const float *weights,
                      const float *bias, float *const *tensors, int64_t index)
{
    assert(hax_loops_has_points(kernel) && weights);
    return kernel->op == HAX_OP_INNER_PRODUCT
               ? inner_product_point(model, kernel, weights, bias, tensors, index)
               : convolution_point(model, kernel, weights, bias, tensors, index);
}

static void all_points(const hax_model *model, const hax_kernel *kernel, const float *weights,
                       const float *bias, float *const *tensors)
{
    int64_t count = hax_tensor_elements(model, kernel->output);
    for (int64_t index = 0; index < count; index++)
        tensors[kernel->output][index] =
            hax_loops_point(model, kernel, weights, bias, tensors, index);
}

static int64_t taps_before(int64_t first, int64_t end, int dilation)
{
    return (end - first + dilation - 1) / dilation;
}

/* An average divides by the window clipped to the input with the padding that counts, or by what
 * of it lies inside. */
static float pool_point(const hax_kernel *kernel, const float *in, image shape, int64_t y0,
                        int64_t x0)
{
    const hax_window *win = &kernel->window;
    int64_t y1 = y0 + win->kernel_h * win->dilation_h, x1 = x0 + win->kernel_w * win->dilation_w;
    int64_t bottom = shape.h + kernel->counted_bottom, right = shape.w + kernel->counted_right;
    int64_t size = taps_before(y0, y1 < bottom ? y1 : bottom, win->dilation_h) *
                   taps_before(x0, x1 < right ? x1 : right, win->dilation_w);
    int64_t inside = 0;
    assert(size > 0); /* a window lies in the padded input */
    float best = -INFINITY, sum = 0;
    for (int64_t y = y0; y < y1 && y < shape.h; y += win->dilation_h) {
        for (int64_t x = x0; y >= 0 && x < x1 && x < shape.w; x += win->dilation_w) {
            if (x < 0)
                continue;
            best = fmaxf(best, in[y * shape.w + x]);
            sum += in[y * shape.w + x];
            inside++;
        }
    }
    if (kernel->pool == HAX_POOL_MAX)
        return best;
    return sum / (float) (kernel->pool == HAX_POOL_AVERAGE ? size : inside);
}

static void pooling(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    const hax_window *win = &kernel->window;
    image in = image_of(model, kernel->inputs[0]), out = image_of(model, kernel->output);
    float *to = tensors[kernel->output];
    for (int64_t c = 0; c < out.n * out.c; c++) {
        const float *from = tensors[kernel->inputs[0]] + c * in.h * in.w;
        for (int64_t y = 0; y < out.h; y++)
            for (int64_t x = 0; x < out.w; x++)
                *to++ = pool_point(kernel, from, in, y * win->stride_h - win->pad_top,
                                   x * win->stride_w - win->pad_left);
    }
}

/* Krizhevsky et al., NIPS 2012, section 3.3; alpha over the number of values as in Caffe. */
static float lrn_point(const hax_kernel *kernel, const float *in, image shape, int64_t c, int64_t y,
                       int64_t x)
{
    assert(kernel->lrn_size >= 1);
    int half = kernel->lrn_size / 2;
    float sum = 0;
    if (kernel->lrn_within) {
        for (int64_t v = y - half; v <= y + half; v++)
            for (int64_t u = x - half; u <= x + half; u++)
                if (v >= 0 && v < shape.h && u >= 0 && u < shape.w)
                    sum += powf(in[(c * shape.h + v) * shape.w + u], 2);
    } else {
        for (int64_t k = c - half; k <= c + half; k++)
            if (k >= 0 && k < shape.c)
                sum += powf(in[(k * shape.h + y) * shape.w + x], 2);
    }
    float values = (float) kernel->lrn_size * (kernel->lrn_within ? (float) kernel->lrn_size : 1);
    return in[(c * shape.h + y) * shape.w + x] /
           powf(kernel->lrn_k + kernel->lrn_alpha / values * sum, kernel->lrn_beta);
}

static void lrn(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    image shape = image_of(model, kernel->output);
    int64_t size = shape.c * shape.h * shape.w;
    for (int64_t n = 0; n < shape.n; n++)
        for (int64_t c = 0; c < shape.c; c++)
            for (int64_t y = 0; y < shape.h; y++)
                for (int64_t x = 0; x < shape.w; x++)
                    tensors[kernel->output][n * size + (c * shape.h + y) * shape.w + x] =
                        lrn_point(kernel, tensors[kernel->inputs[0]] + n * size, shape, c, y, x);
}

static void scale(const hax_model *model, const hax_kernel *kernel, const float *weights,
                  const float *bias, float *const *tensors)
{
    image shape = image_of(model, kernel->output);
    int64_t plane = shape.h * shape.w;
    for (int64_t i = 0; i < shape.n * shape.c * plane; i++) {
        int64_t c = i / plane % shape.c;
        tensors[kernel->output][i] =
            activate(kernel, tensors[kernel->inputs[0]][i] * weights[c] + bias[c]);
    }
}

static void prelu(const hax_model *model, const hax_kernel *kernel, const float *weights,
                  float *const *tensors)
{
    image shape = image_of(model, kernel->output);
    int64_t plane = shape.h * shape.w;
    int64_t slopes = (int64_t) (kernel->weight_bytes / sizeof(float));
    int64_t count = shape.n * shape.c * plane;
    assert(slopes == 1 || slopes == shape.c || slopes == count);
    for (int64_t i = 0; i < count; i++) {
        float x = tensors[kernel->inputs[0]][i];
        int64_t which = slopes == 1 ? 0 : slopes == shape.c ? i / plane % shape.c : i;
        tensors[kernel->output][i] = x < 0 ? x * weights[which] : x;
    }
}

static float combine(const hax_kernel *kernel, float *const *tensors, int64_t index)
{
    float value = kernel->eltwise == HAX_ELTWISE_SUM       ? 0
                  : kernel->eltwise == HAX_ELTWISE_PRODUCT ? 1
                                                           : -INFINITY;
    for (int i = 0; i < kernel->input_count; i++) {
        float in = tensors[kernel->inputs[i]][index];
        switch (kernel->eltwise) {
        case HAX_ELTWISE_SUM:
            value += (kernel->coefficients ? kernel->coefficients[i] : 1) * in;
            break;
        case HAX_ELTWISE_PRODUCT: value *= in; break;
        case HAX_ELTWISE_MAX: value = fmaxf(value, in); break;
        }
    }
    return value;
}

static void eltwise(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    for (int64_t i = 0; i < hax_tensor_elements(model, kernel->output); i++)
        tensors[kernel->output][i] = activate(kernel, combine(kernel, tensors, i));
}

static void pointwise(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    for (int64_t i = 0; i < hax_tensor_elements(model, kernel->output); i++)
        tensors[kernel->output][i] = activate(kernel, tensors[kernel->inputs[0]][i]);
}

void hax_around_axis(const hax_shape *shape, int axis, int64_t *outer, int64_t *extent,
                     int64_t *inner)
{
    assert(axis >= 0 && axis < shape->rank);
    *outer = *inner = 1;
    for (int i = 0; i < shape->rank; i++)
        *(i < axis ? outer : inner) *= i == axis ? 1 : shape->dims[i];
    *extent = shape->dims[axis];
}

static void concat(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    int64_t outer, total, inner, before = 0;
    hax_around_axis(&hax_model_tensor(model, kernel->output)->shape, kernel->axis, &outer, &total,
                    &inner);
    for (int i = 0; i < kernel->input_count; i++) {
        int64_t extent = hax_model_tensor(model, kernel->inputs[i])->shape.dims[kernel->axis];
        for (int64_t o = 0; o < outer; o++)
            memcpy(tensors[kernel->output] + (o * total + before) * inner,
                   tensors[kernel->inputs[i]] + o * extent * inner,
                   (size_t) (extent * inner) * sizeof(float));
        before += extent;
    }
    assert(before == total);
}

static void softmax(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    int64_t outer, extent, inner;
    hax_around_axis(&hax_model_tensor(model, kernel->output)->shape, kernel->axis, &outer, &extent,
                    &inner);
    if (kernel->softmax_flat) {
        extent *= inner;
        inner = 1;
    }
    for (int64_t line = 0; line < outer * inner; line++) {
        int64_t first = line / inner * extent * inner + line % inner;
        const float *in = tensors[kernel->inputs[0]] + first;
        float *out = tensors[kernel->output] + first;
        float largest = -INFINITY, sum = 0;
        for (int64_t i = 0; i < extent; i++)
            largest = fmaxf(largest, in[i * inner]);
        for (int64_t i = 0; i < extent; i++)
            sum += out[i * inner] = expf(in[i * inner] - largest);
        assert(!(sum < 1)); /* the largest gives 1; NaN stays NaN */
        for (int64_t i = 0; i < extent; i++)
            out[i * inner] /= sum;
    }
}

static void copy(const hax_model *model, const hax_kernel *kernel, float *const *tensors)
{
    assert(hax_model_tensor(model, kernel->output)->bytes ==
           hax_model_tensor(model, kernel->inputs[0])->bytes);
    memcpy(tensors[kernel->output], tensors[kernel->inputs[0]],
           hax_model_tensor(model, kernel->output)->bytes);
}

static void run_own(const hax_model *model, const hax_kernel *kernel, const float *weights,
                    const float *bias, float *const *tensors)
{
    switch (kernel->op) {
    case HAX_OP_CONVOLUTION:
    case HAX_OP_DECONVOLUTION:
    case HAX_OP_INNER_PRODUCT: all_points(model, kernel, weights, bias, tensors); break;
    case HAX_OP_POOLING: pooling(model, kernel, tensors); break;
    case HAX_OP_LRN: lrn(model, kernel, tensors); break;
    case HAX_OP_SCALE: scale(model, kernel, weights, bias, tensors); break;
    case HAX_OP_PRELU: prelu(model, kernel, weights, tensors); break;
    case HAX_OP_ELTWISE: eltwise(model, kernel, tensors); break;
    case HAX_OP_CONCAT: concat(model, kernel, tensors); break;
    case HAX_OP_SOFTMAX: softmax(model, kernel, tensors); break;
    case HAX_OP_GATHER: hax_loops_gather(model, kernel, tensors); break;
    case HAX_OP_PAD: hax_loops_pad(model, kernel, tensors); break;
    case HAX_OP_RESIZE: hax_loops_resize(model, kernel, tensors); break;
    default: assert(!"an operation that hax_kernel_known refuses");
    }
}

void hax_loops_run(const hax_model *model, const hax_kernel *kernel, const float *weights,
                   const float *bias, float *const *tensors)
{
    switch (kernel->form) {
    case HAX_FORM_POINTWISE: pointwise(model, kernel, tensors); break;
    case HAX_FORM_BINARY: hax_loops_binary(model, kernel, tensors); break;
    case HAX_FORM_PRODUCT: hax_loops_product(model, kernel, tensors); break;
    case HAX_FORM_REDUCE: hax_loops_reduce(model, kernel, tensors); break;
    case HAX_FORM_WALK: hax_loops_walk(model, kernel, tensors); break;
    case HAX_FORM_VIEW: copy(model, kernel, tensors); break;
    case HAX_FORM_OWN: run_own(model, kernel, weights, bias, tensors); break;
    }
}
