/*
 * The CUDA driver's own kernels: what cuDNN and cuBLASLt do not offer. They compute what
 * src/unit/portable computes, in the same order where that is a sum, with 32-bit floats inside.
 * Each exists for 32-bit floats (_f32) and half precision (_f16) in memory.
 */
#include <cuda_fp16.h>
#include <math_constants.h>

#include "kernels.h"

__device__ static float clip(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

__device__ static float softplus(float x)
{
    return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
}

/* Those of long code: inlined for each element of a pack they took two minutes to compile, for each
 * architecture. */
__device__ __noinline__ static float long_curve_at(const hax_cuda_curve &with, float x, float inner)
{
    switch (with.curve) {
    case HAX_CUDA_CURVE_TANH: return tanhf(x);
    case HAX_CUDA_CURVE_ELU: return x < 0 ? with.alpha * expm1f(x) : x;
    case HAX_CUDA_CURVE_LOG: return with.power * logf(inner);
    case HAX_CUDA_CURVE_POWER: return powf(inner, with.power);
    case HAX_CUDA_CURVE_SOFTPLUS: return softplus(x);
    case HAX_CUDA_CURVE_GELU: return 0.5f * x * (1 + erff(x * sqrtf(0.5f)));
    case HAX_CUDA_CURVE_GELU_TANH:
        return 0.5f * x * (1 + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
    case HAX_CUDA_CURVE_MISH: return x * tanhf(softplus(x));
    case HAX_CUDA_CURVE_ERF: return erff(x);
    case HAX_CUDA_CURVE_SIN: return sinf(x);
    case HAX_CUDA_CURVE_COS: return cosf(x);
    }
    return x;
}

__device__ static float curve_at(const hax_cuda_curve &with, float x)
{
    float scaled = with.alpha * x, inner = with.beta == 0 ? scaled : scaled + with.beta;
    switch (with.curve) {
    case HAX_CUDA_CURVE_NONE: return x;
    case HAX_CUDA_CURVE_RELU: return x < 0 ? (with.alpha == 0 ? 0 : x * with.alpha) : x;
    case HAX_CUDA_CURVE_LINEAR: return inner;
    case HAX_CUDA_CURVE_CLIP: return clip(x, with.alpha, with.beta);
    case HAX_CUDA_CURVE_SIGMOID: return 1 / (1 + expf(-x));
    case HAX_CUDA_CURVE_EXP: return expf(inner);
    case HAX_CUDA_CURVE_ABSOLUTE: return fabsf(x);
    case HAX_CUDA_CURVE_HARD_SIGMOID: return clip(inner, 0, 1);
    case HAX_CUDA_CURVE_HARD_SWISH: return x * clip(x / 6 + 0.5f, 0, 1);
    case HAX_CUDA_CURVE_SILU: return x / (1 + expf(-x));
    case HAX_CUDA_CURVE_SOFTSIGN: return x / (1 + fabsf(x));
    case HAX_CUDA_CURVE_SQRT: return sqrtf(x);
    case HAX_CUDA_CURVE_FLOOR: return floorf(x);
    case HAX_CUDA_CURVE_CEIL: return ceilf(x);
    case HAX_CUDA_CURVE_ROUND: return rintf(x);
    case HAX_CUDA_CURVE_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    }
    return long_curve_at(with, x, inner);
}

__device__ static float load(const float *from, long long at)
{
    return from[at];
}

__device__ static float load(const __half *from, long long at)
{
    return __half2float(from[at]);
}

__device__ static void store(float *to, long long at, float value)
{
    to[at] = value;
}

__device__ static void store(__half *to, long long at, float value)
{
    to[at] = __float2half_rn(value);
}

__device__ static unsigned thread_number(void)
{
    return blockIdx.x * HAX_CUDA_BLOCK + threadIdx.x;
}

/* Of a number and none, none: as the portable loops. */
__device__ static float smaller(float a, float b)
{
    return isnan(a) || a < b ? a : b;
}

__device__ static float larger(float a, float b)
{
    return isnan(a) || a > b ? a : b;
}

/* Where element `index`, counted in the tensor's own order, lies. */
__device__ static int place_of(const hax_cuda_place &in, unsigned index)
{
    int at = 0;
    for (int d = in.rank - 1; d >= 0; d--) {
        at += (int) (index % in.dims[d]) * in.steps[d];
        index /= in.dims[d];
    }
    return at;
}

/* ---- element by element ---------------------------------------------------------------- */

/* Which inputs are lists of 32-bit floats. */
__device__ static bool is_floats(hax_cuda_element element, int input)
{
    return element == HAX_CUDA_AFFINE     ? input > 0
           : element == HAX_CUDA_EPILOGUE ? input == 1
                                          : element == HAX_CUDA_PRELU && input == 1;
}

/* Not inlined, like long_curve_at. */
__device__ __noinline__ static float raised(float base, float power)
{
    return powf(base, power);
}

__device__ static float combine(const hax_cuda_map_args &args, const float *v)
{
    float a = v[0];
    switch (args.element) {
    case HAX_CUDA_COPY: return a;
    case HAX_CUDA_ADD: return a + v[1];
    case HAX_CUDA_SUB: return a - v[1];
    case HAX_CUDA_MUL: return a * v[1];
    case HAX_CUDA_DIV: return a / v[1];
    case HAX_CUDA_POW: return raised(a, v[1]);
    case HAX_CUDA_MIN: return smaller(a, v[1]);
    case HAX_CUDA_MAX: return larger(a, v[1]);
    case HAX_CUDA_AFFINE: return a * v[1] + v[2];
    case HAX_CUDA_EPILOGUE: return a + v[1] + args.coefficients[2] * v[2];
    case HAX_CUDA_PRELU: return a < 0 ? a * v[1] : a;
    case HAX_CUDA_SUM: a = 0 + args.coefficients[0] * a; break;
    default: break;
    }
#pragma unroll
    for (int i = 1; i < HAX_CUDA_OPERANDS; i++)
        if (i < args.inputs)
            a = args.element == HAX_CUDA_SUM       ? a + args.coefficients[i] * v[i]
                : args.element == HAX_CUDA_PRODUCT ? a * v[i]
                                                   : fmaxf(a, v[i]);
    return a;
}

/* Where element `index` of the loop lies in every operand. */
__device__ static void find_places(const hax_cuda_map_args &args, unsigned index, int *at)
{
    for (int d = args.loop.rank - 1; d >= 0; d--) {
        unsigned dim = args.loop.dims[d], i = d > 0 ? index % dim : index;
        index /= dim;
#pragma unroll
        for (int o = 0; o <= HAX_CUDA_OPERANDS; o++)
            if (o <= args.inputs)
                at[o] += (int) i * args.loop.steps[o][d];
    }
}

template <typename From, typename To> __device__ static void map(const hax_cuda_map_args &args)
{
    unsigned index = thread_number();
    int at[1 + HAX_CUDA_OPERANDS] = { 0 };
    float values[HAX_CUDA_OPERANDS] = { 0 };
    if (index >= args.loop.count)
        return;
    find_places(args, index, at);
#pragma unroll
    for (int i = 0; i < HAX_CUDA_OPERANDS; i++)
        if (i < args.inputs && args.in[i])
            values[i] = is_floats(args.element, i) ? ((const float *) args.in[i])[at[1 + i]]
                                                   : load((const From *) args.in[i], at[1 + i]);
    store((To *) args.out, at[0], curve_at(args.curve, combine(args, values)));
}

/* 16 bytes of elements at once. */
template <typename T> struct __align__(16) pack
{
    T of[16 / sizeof(T)];
};

/* The same, where an element of the loop is a pack, or one number for all of it. */
template <typename T> __device__ static void map_wide(const hax_cuda_map_args &args)
{
    const int wide = 16 / sizeof(T);
    unsigned index = thread_number();
    int at[1 + HAX_CUDA_OPERANDS] = { 0 };
    float values[wide][HAX_CUDA_OPERANDS] = { { 0 } };
    if (index >= args.loop.count)
        return;
    find_places(args, index, at);
#pragma unroll
    for (int o = 0; o < HAX_CUDA_OPERANDS; o++) {
        if (o >= args.inputs || !args.in[o])
            continue;
        bool one = args.loop.steps[1 + o][args.loop.rank - 1] == 0;
        if (is_floats(args.element, o)) {
            const float *from = (const float *) args.in[o] + at[1 + o];
#pragma unroll
            for (int i = 0; i < wide; i++)
                values[i][o] = from[one ? 0 : i];
        } else if (one) {
            float value = load((const T *) args.in[o], at[1 + o]);
#pragma unroll
            for (int i = 0; i < wide; i++)
                values[i][o] = value;
        } else {
            pack<T> some = *(const pack<T> *) ((const T *) args.in[o] + at[1 + o]);
#pragma unroll
            for (int i = 0; i < wide; i++)
                values[i][o] = load(some.of, i);
        }
    }
    pack<T> made;
#pragma unroll
    for (int i = 0; i < wide; i++)
        store(made.of, i, curve_at(args.curve, combine(args, values[i])));
    *(pack<T> *) ((T *) args.out + at[0]) = made;
}

/* ---- elements elsewhere ------------------------------------------------------------------- */

template <typename T> __device__ static void walk(const hax_cuda_walk_args &args)
{
    unsigned index = thread_number(), rest = index;
    int from = args.offset, to = 0;
    if (index >= args.count)
        return;
    for (int d = args.to.rank - 1; d >= 0; d--) {
        int i = (int) (rest % args.to.dims[d]);
        rest /= args.to.dims[d];
        from += i * args.steps[d];
        to += i * args.to.steps[d];
    }
    ((T *) args.out)[to] = ((const T *) args.in)[place_of(args.from, (unsigned) from)];
}

template <typename T> __device__ static void gather(const hax_cuda_gather_args &args)
{
    unsigned index = thread_number();
    if (index >= args.count)
        return;
    unsigned inner = index % args.inner, which = index / args.inner % args.index_count;
    unsigned outer = index / args.inner / args.index_count;
    unsigned from = (outer * args.extent + (unsigned) args.indices[which]) * args.inner + inner;
    ((T *) args.out)[place_of(args.to, index)] = ((const T *) args.in)[place_of(args.from, from)];
}

/* hax_pad_mode: 0 constant, 1 reflect, 2 edge, 3 wrap; -1: it is padding. */
__device__ static int unpadded(int mode, int at, int extent)
{
    if (mode == 0)
        return at < 0 || at >= extent ? -1 : at;
    if (mode == 2)
        return at < 0 ? 0 : at >= extent ? extent - 1 : at;
    if (mode == 3)
        return (at % extent + extent) % extent;
    return at < 0 ? -at : at >= extent ? 2 * (extent - 1) - at : at;
}

template <typename T> __device__ static void pad(const hax_cuda_pad_args &args)
{
    unsigned index = thread_number(), rest = index;
    int to = 0, from = 0;
    bool inside = true;
    if (index >= args.count)
        return;
    for (int d = args.to.rank - 1; d >= 0; d--) {
        int i = (int) (rest % args.to.dims[d]);
        int at = unpadded(args.mode, i - args.before[d], (int) args.from.dims[d]);
        rest /= args.to.dims[d];
        to += i * args.to.steps[d];
        from += at * args.from.steps[d];
        inside = inside && at >= 0;
    }
    store((T *) args.out, to, inside ? load((const T *) args.in, from) : args.value);
}

/* The output's image, channel, row and column, in the order in which they lie in memory. */
__device__ static void image_at(unsigned index, int channels_last, unsigned channels,
                                unsigned height, unsigned width, int *n, int *c, int *y, int *x)
{
    if (channels_last) {
        *c = (int) (index % channels);
        index /= channels;
    }
    *x = (int) (index % width);
    index /= width;
    *y = (int) (index % height);
    index /= height;
    if (!channels_last) {
        *c = (int) (index % channels);
        index /= channels;
    }
    *n = (int) index;
}

__device__ static float between(float a, float b, float fraction)
{
    return fraction == 0 ? a : a + fraction * (b - a);
}

template <typename T> __device__ static void resize(const hax_cuda_resize_args &args)
{
    unsigned index = thread_number();
    int n, c, y, x;
    if (index >= args.count)
        return;
    image_at(index, args.channels_last, args.channels, args.height, args.width, &n, &c, &y, &x);
    const T *from = (const T *) args.in + n * args.n_step_in + c * args.c_step_in;
    int low = args.rows.low[y] * args.h_step_in, high = args.rows.high[y] * args.h_step_in;
    int left = args.columns.low[x] * args.w_step_in, right = args.columns.high[x] * args.w_step_in;
    float f = args.columns.fraction[x];
    float above = between(load(from, low + left), load(from, low + right), f);
    float below = between(load(from, high + left), load(from, high + right), f);
    store((T *) args.out,
          n * args.n_step_out + c * args.c_step_out + y * args.h_step_out + x * args.w_step_out,
          between(above, below, args.rows.fraction[y]));
}

/* ---- windows ------------------------------------------------------------------------------ */

__device__ static int taps_before(int first, int end, int dilation)
{
    return (end - first + dilation - 1) / dilation;
}

template <typename T> __device__ static void pool(const hax_cuda_window_args &args)
{
    unsigned index = thread_number();
    int n, c, y, x, inside = 0;
    if (index >= args.count)
        return;
    image_at(index, args.channels_last, args.out_channels, args.out_height, args.out_width, &n, &c,
             &y, &x);
    const T *from = (const T *) args.in + n * args.n_step_in + c * args.c_step_in;
    int y0 = y * args.stride_h - args.pad_top, y1 = y0 + args.kernel_h * args.dilation_h;
    int x0 = x * args.stride_w - args.pad_left, x1 = x0 + args.kernel_w * args.dilation_w;
    int bottom = args.in_height + args.counted_bottom, right = args.in_width + args.counted_right;
    float best = -CUDART_INF_F, sum = 0;
    for (int v = y0; v < y1 && v < args.in_height; v += args.dilation_h) {
        for (int u = x0; v >= 0 && u < x1 && u < args.in_width; u += args.dilation_w) {
            if (u < 0)
                continue;
            float value = load(from, v * args.h_step_in + u * args.w_step_in);
            best = fmaxf(best, value);
            sum += value;
            inside++;
        }
    }
    int told = taps_before(y0, min(y1, bottom), args.dilation_h) *
               taps_before(x0, min(x1, right), args.dilation_w);
    float value = args.pool == 0 ? best : sum / (float) (args.pool == 1 ? told : inside);
    store((T *) args.out,
          n * args.n_step_out + c * args.c_step_out + y * args.h_step_out + x * args.w_step_out,
          value);
}

/* The same where channels lie last and fill packs: a thread takes a pack. */
template <typename T> __device__ static void pool_wide(const hax_cuda_window_args &args)
{
    const int wide = 16 / sizeof(T);
    unsigned index = thread_number();
    int n, c, y, x, inside = 0;
    if (index >= args.count)
        return;
    image_at(index, 1, args.out_channels / wide, args.out_height, args.out_width, &n, &c, &y, &x);
    const T *from = (const T *) args.in + n * args.n_step_in + c * wide;
    int y0 = y * args.stride_h - args.pad_top, y1 = y0 + args.kernel_h * args.dilation_h;
    int x0 = x * args.stride_w - args.pad_left, x1 = x0 + args.kernel_w * args.dilation_w;
    int bottom = args.in_height + args.counted_bottom, right = args.in_width + args.counted_right;
    float value[wide];
#pragma unroll
    for (int i = 0; i < wide; i++)
        value[i] = args.pool == 0 ? -CUDART_INF_F : 0;
    for (int v = y0; v < y1 && v < args.in_height; v += args.dilation_h) {
        for (int u = x0; v >= 0 && u < x1 && u < args.in_width; u += args.dilation_w) {
            if (u < 0)
                continue;
            pack<T> some = *(const pack<T> *) (from + v * args.h_step_in + u * args.w_step_in);
#pragma unroll
            for (int i = 0; i < wide; i++) {
                float next = load(some.of, i);
                value[i] = args.pool == 0 ? fmaxf(value[i], next) : value[i] + next;
            }
            inside++;
        }
    }
    int told = taps_before(y0, min(y1, bottom), args.dilation_h) *
               taps_before(x0, min(x1, right), args.dilation_w);
    float divisor = args.pool == 0 ? 1 : (float) (args.pool == 1 ? told : inside);
    pack<T> made;
#pragma unroll
    for (int i = 0; i < wide; i++)
        store(made.of, i, value[i] / divisor);
    *(pack<T> *) ((T *) args.out + n * args.n_step_out + c * wide + y * args.h_step_out +
                  x * args.w_step_out) = made;
}

/* Weights are in the tensors' type, a bias is a float. */
template <typename T, bool transposed>
__device__ static void convolution(const hax_cuda_window_args &args)
{
    unsigned index = thread_number();
    int n, o, y, x;
    if (index >= args.count)
        return;
    image_at(index, args.channels_last, args.out_channels, args.out_height, args.out_width, &n, &o,
             &y, &x);
    int first = o / args.group_out * args.group_in;
    const T *from = (const T *) args.in + n * args.n_step_in + first * args.c_step_in;
    const T *taps = (const T *) args.weights + (long long) o * args.o_step_weights;
    float sum = 0;
    for (int c = 0; c < args.group_in; c++) {
        for (int kh = 0; kh < args.kernel_h; kh++) {
            int down = transposed ? y + args.pad_top - kh * args.dilation_h
                                  : y * args.stride_h - args.pad_top + kh * args.dilation_h;
            if (transposed && (down < 0 || down % args.stride_h != 0))
                continue;
            int v = transposed ? down / args.stride_h : down;
            if (v < 0 || v >= args.in_height)
                continue;
            for (int kw = 0; kw < args.kernel_w; kw++) {
                int across = transposed ? x + args.pad_left - kw * args.dilation_w
                                        : x * args.stride_w - args.pad_left + kw * args.dilation_w;
                if (transposed && (across < 0 || across % args.stride_w != 0))
                    continue;
                int u = transposed ? across / args.stride_w : across;
                if (u >= 0 && u < args.in_width)
                    sum +=
                        load(from, c * args.c_step_in + v * args.h_step_in + u * args.w_step_in) *
                        load(taps, c * args.c_step_weights + kh * args.h_step_weights +
                                       kw * args.w_step_weights);
            }
        }
    }
    sum += args.bias ? ((const float *) args.bias)[o] : 0;
    if (args.residual)
        sum += args.residual_scale * load((const T *) args.residual,
                                          n * args.n_step_residual + o * args.c_step_residual +
                                              y * args.h_step_residual + x * args.w_step_residual);
    store((T *) args.out,
          n * args.n_step_out + o * args.c_step_out + y * args.h_step_out + x * args.w_step_out,
          curve_at(args.curve, sum));
}

/*
 * One channel of input and output a group, channels last: a thread takes a pack of channels in
 * `columns` neighbouring outputs of a row, and loads each input that they share once. Weights are
 * [kernel_h][kernel_w][channels].
 */
template <typename T, int kernel_w, int stride, int columns>
__device__ static void depthwise_row(const hax_cuda_window_args &args, const T *row,
                                     const T *weights, int x0, float (*sum)[16 / sizeof(T)])
{
    const int wide = 16 / sizeof(T);
    float taps[kernel_w][wide];
#pragma unroll
    for (int kw = 0; kw < kernel_w; kw++) {
        pack<T> some = *(const pack<T> *) (weights + kw * (int) args.out_channels);
#pragma unroll
        for (int i = 0; i < wide; i++)
            taps[kw][i] = load(some.of, i);
    }
#pragma unroll
    for (int u = 0; u < (columns - 1) * stride + kernel_w; u++) {
        if (x0 + u < 0 || x0 + u >= args.in_width)
            continue;
        pack<T> some = *(const pack<T> *) (row + (x0 + u) * args.w_step_in);
#pragma unroll
        for (int j = 0; j < columns; j++) {
            const int kw = u - j * stride;
            if (kw < 0 || kw >= kernel_w)
                continue;
#pragma unroll
            for (int i = 0; i < wide; i++)
                sum[j][i] += load(some.of, i) * taps[kw][i];
        }
    }
}

template <typename T, int kernel_w, int stride, int columns>
__device__ static void depthwise(const hax_cuda_window_args &args)
{
    const int wide = 16 / sizeof(T);
    unsigned index = thread_number();
    int n, c, y, x;
    if (index >= args.count)
        return;
    image_at(index, 1, args.out_channels / wide, args.out_height, args.columns, &n, &c, &y, &x);
    c *= wide;
    x *= columns;
    const T *from = (const T *) args.in + n * args.n_step_in + c;
    float sum[columns][wide] = { { 0 } };
    for (int kh = 0; kh < args.kernel_h; kh++) {
        int v = y * stride - args.pad_top + kh;
        if (v >= 0 && v < args.in_height)
            depthwise_row<T, kernel_w, stride, columns>(
                args, from + v * args.h_step_in,
                (const T *) args.weights + kh * kernel_w * (int) args.out_channels + c,
                x * stride - args.pad_left, sum);
    }
#pragma unroll
    for (int j = 0; j < columns; j++) {
        if (x + j >= (int) args.out_width)
            break;
        pack<T> made, added = { { 0 } };
        if (args.residual)
            added = *(const pack<T> *) ((const T *) args.residual + n * args.n_step_residual +
                                        y * args.h_step_residual +
                                        (x + j) * args.w_step_residual + c);
#pragma unroll
        for (int i = 0; i < wide; i++) {
            float value = sum[j][i] + (args.bias ? ((const float *) args.bias)[c + i] : 0);
            value += args.residual ? args.residual_scale * load(added.of, i) : 0;
            store(made.of, i, curve_at(args.curve, value));
        }
        *(pack<T> *) ((T *) args.out + n * args.n_step_out + y * args.h_step_out +
                      (x + j) * args.w_step_out + c) = made;
    }
}

/* Krizhevsky et al., NIPS 2012, section 3.3; alpha over the number of values as in Caffe. */
template <typename T> __device__ static void lrn(const hax_cuda_lrn_args &args)
{
    unsigned index = thread_number();
    int n, c, y, x, half = args.size / 2;
    float sum = 0;
    if (index >= args.count)
        return;
    image_at(index, args.channels_last, args.channels, args.height, args.width, &n, &c, &y, &x);
    const T *image = (const T *) args.in + n * args.n_step_in;
    if (args.within) {
        for (int v = max(y - half, 0); v <= min(y + half, args.height - 1); v++)
            for (int u = max(x - half, 0); u <= min(x + half, args.width - 1); u++) {
                float value = load(image, c * args.c_step_in + v * args.h_step_in + u * args.w_step_in);
                sum += value * value;
            }
    } else {
        for (int k = max(c - half, 0); k <= min(c + half, args.channels - 1); k++) {
            float value = load(image, k * args.c_step_in + y * args.h_step_in + x * args.w_step_in);
            sum += value * value;
        }
    }
    store((T *) args.out,
          n * args.n_step_out + c * args.c_step_out + y * args.h_step_out + x * args.w_step_out,
          load(image, c * args.c_step_in + y * args.h_step_in + x * args.w_step_in) /
              powf(args.k + args.scale * sum, args.beta));
}

/* ---- over many elements --------------------------------------------------------------------- */

__device__ static float over_warp(float value, bool largest)
{
    for (int apart = 16; apart > 0; apart /= 2) {
        float other = __shfl_xor_sync(0xffffffff, value, apart);
        value = largest ? fmaxf(value, other) : value + other;
    }
    return value;
}

/* Sum or largest of a number of every thread of the block; all of them get it. */
__device__ static float over_block(float value, bool largest)
{
    __shared__ float of_warp[HAX_CUDA_BLOCK / 32];
    value = over_warp(value, largest);
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        of_warp[threadIdx.x / 32] = value;
    __syncthreads();
    value = of_warp[0];
    for (int w = 1; w < HAX_CUDA_BLOCK / 32; w++)
        value = largest ? fmaxf(value, of_warp[w]) : value + of_warp[w];
    return value;
}

template <typename T> __device__ static void softmax(const hax_cuda_softmax_args &args)
{
    const int KEPT = 8; /* of a thread's values; what is more is read again */
    unsigned line = blockIdx.x;
    unsigned first = line / args.inner * args.extent * args.inner + line % args.inner;
    const T *in = (const T *) args.in;
    float largest = -CUDART_INF_F, sum = 0, kept[KEPT];
#pragma unroll
    for (int k = 0; k < KEPT; k++) {
        unsigned i = threadIdx.x + k * HAX_CUDA_BLOCK;
        kept[k] =
            i < args.extent ? load(in, place_of(args.from, first + i * args.inner)) : -CUDART_INF_F;
        largest = fmaxf(largest, kept[k]);
    }
    for (unsigned i = threadIdx.x + KEPT * HAX_CUDA_BLOCK; i < args.extent; i += HAX_CUDA_BLOCK)
        largest = fmaxf(largest, load(in, place_of(args.from, first + i * args.inner)));
    largest = over_block(largest, true);
#pragma unroll
    for (int k = 0; k < KEPT; k++)
        sum += threadIdx.x + k * HAX_CUDA_BLOCK < args.extent ? expf(kept[k] - largest) : 0;
    for (unsigned i = threadIdx.x + KEPT * HAX_CUDA_BLOCK; i < args.extent; i += HAX_CUDA_BLOCK)
        sum += expf(load(in, place_of(args.from, first + i * args.inner)) - largest);
    sum = over_block(sum, false);
#pragma unroll
    for (int k = 0; k < KEPT; k++) {
        unsigned i = threadIdx.x + k * HAX_CUDA_BLOCK;
        if (i < args.extent)
            store((T *) args.out, place_of(args.to, first + i * args.inner),
                  expf(kept[k] - largest) / sum);
    }
    for (unsigned i = threadIdx.x + KEPT * HAX_CUDA_BLOCK; i < args.extent; i += HAX_CUDA_BLOCK)
        store((T *) args.out, place_of(args.to, first + i * args.inner),
              expf(load(in, place_of(args.from, first + i * args.inner)) - largest) / sum);
}

/* One warp an output. */
template <typename T> __device__ static void reduce(const hax_cuda_reduce_args &args)
{
    unsigned output = thread_number() / 32, lane = threadIdx.x % 32;
    bool largest = args.mode == 2;
    float value = largest ? -CUDART_INF_F : 0;
    if (output >= args.outputs)
        return;
    const T *in = (const T *) args.in + place_of(args.kept, output);
    for (unsigned i = lane; i < args.reduced; i += 32) {
        float next = load(in, place_of(args.over, i));
        value = largest ? fmaxf(value, next) : value + next;
    }
    value = over_warp(value, largest);
    if (lane == 0)
        store((T *) args.out, place_of(args.to, output),
              args.mode == 1 ? value / (float) args.reduced : value);
}

__device__ static float joined(float a, float b, int mode)
{
    return mode == 2 ? fmaxf(a, b) : a + b;
}

/* Of the block's part of what is reduced, for 32 outputs; the first warp has the results. */
template <typename T>
__device__ static float across(const hax_cuda_reduce_args &args, unsigned output, unsigned part)
{
    const unsigned warps = HAX_CUDA_BLOCK / 32;
    __shared__ float of_warp[warps][32];
    unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    float value = args.mode == 2 ? -CUDART_INF_F : 0;
    if (output < args.outputs) {
        const T *in = (const T *) args.in + place_of(args.kept, output);
#pragma unroll 4
        for (unsigned i = part * warps + warp; i < args.reduced; i += args.parts * warps)
            value = joined(value, load(in, place_of(args.over, i)), args.mode);
    }
    of_warp[warp][lane] = value;
    __syncthreads();
    for (unsigned w = 1; w < warps && warp == 0; w++)
        value = joined(value, of_warp[w][lane], args.mode);
    return value;
}

/* 32 neighbouring outputs a block. */
template <typename T> __device__ static void reduce_across(const hax_cuda_reduce_args &args)
{
    unsigned output = blockIdx.x * 32 + threadIdx.x % 32;
    float value = across<T>(args, output, 0);
    if (threadIdx.x < 32 && output < args.outputs)
        store((T *) args.out, place_of(args.to, output),
              args.mode == 1 ? value / (float) args.reduced : value);
}

/* The same in parts, [part][output], and what they make together. */
template <typename T> __device__ static void reduce_parts(const hax_cuda_reduce_args &args)
{
    unsigned part = blockIdx.x % args.parts;
    unsigned output = blockIdx.x / args.parts * 32 + threadIdx.x % 32;
    float value = across<T>(args, output, part);
    if (threadIdx.x < 32 && output < args.outputs)
        ((float *) args.out)[part * args.outputs + output] = value;
}

template <typename T> __device__ static void reduce_ends(const hax_cuda_reduce_args &args)
{
    unsigned output = thread_number();
    if (output >= args.outputs)
        return;
    float value = ((const float *) args.in)[output];
    for (unsigned p = 1; p < args.parts; p++)
        value = joined(value, ((const float *) args.in)[p * args.outputs + output], args.mode);
    store((T *) args.out, place_of(args.to, output),
          args.mode == 1 ? value / (float) args.reduced : value);
}

/* One warp an output. */
template <typename T> __device__ static void dense(const hax_cuda_dense_args &args)
{
    const int wide = 16 / sizeof(T);
    unsigned output = thread_number() / 32, lane = threadIdx.x % 32;
    float sum = 0;
    if (output >= args.outputs)
        return;
    const T *row = (const T *) args.weights + (long long) output * args.depth;
    const pack<T> *in = (const pack<T> *) args.in, *weights = (const pack<T> *) row;
#pragma unroll 4
    for (unsigned k = lane; k < args.packs; k += 32) {
        pack<T> some = in[k], by = weights[k];
#pragma unroll
        for (int i = 0; i < wide; i++)
            sum += load(some.of, i) * load(by.of, i);
    }
    for (unsigned k = args.packs * wide + lane; k < args.depth; k += 32)
        sum += load((const T *) args.in, k) * load(row, k);
    sum = over_warp(sum, false);
    if (lane == 0)
        store((T *) args.out, (long long) output * args.out_step,
              curve_at(args.curve, sum + (args.bias ? ((const float *) args.bias)[output] : 0)));
}

/* One warp an output; the last dimensions of `to` are the matrix. */
template <typename T> __device__ static void product(const hax_cuda_product_args &args)
{
    unsigned output = thread_number() / 32, lane = threadIdx.x % 32, rest = output;
    int to = 0, a = 0, b = 0, added = 0;
    float sum = 0;
    if (output >= args.count)
        return;
    for (int d = args.to.rank - 1; d >= 0; d--) {
        int i = (int) (rest % args.to.dims[d]);
        rest /= args.to.dims[d];
        to += i * args.to.steps[d];
        a += i * args.a_steps[d];
        b += i * args.b_steps[d];
        added += i * args.added_steps[d];
    }
    for (int k = (int) lane; k < args.depth; k += 32)
        sum += load((const T *) args.a, a + (long long) k * args.a_depth_step) *
               load((const T *) args.b, b + (long long) k * args.b_depth_step);
    sum = over_warp(sum, false);
    if (lane != 0)
        return;
    float value = args.scale * sum;
    if (args.added)
        value += args.added_scale * load((const T *) args.added, added);
    store((T *) args.out, to, curve_at(args.curve, value));
}

/* ---- by name ----------------------------------------------------------------------------------
 */

#define KERNEL(name, type, ...)                                              \
    extern "C" __global__ void __launch_bounds__(HAX_CUDA_BLOCK)             \
        hax_cuda_##name(const __grid_constant__ hax_cuda_##type##_args args) \
    {                                                                        \
        __VA_ARGS__(args);                                                   \
    }
#define BOTH(name, type)                  \
    KERNEL(name##_f32, type, name<float>) \
    KERNEL(name##_f16, type, name<__half>)

KERNEL(map_f32, map, map<float, float>)
KERNEL(map_f16, map, map<__half, __half>)
KERNEL(map_f32_f16, map, map<float, __half>)
KERNEL(map_f16_f32, map, map<__half, float>)
BOTH(map_wide, map)
BOTH(walk, walk)
BOTH(gather, gather)
BOTH(pad, pad)
BOTH(resize, resize)
BOTH(pool, window)
BOTH(pool_wide, window)
KERNEL(convolution_f32, window, convolution<float, false>)
KERNEL(convolution_f16, window, convolution<__half, false>)
KERNEL(deconvolution_f32, window, convolution<float, true>)
KERNEL(deconvolution_f16, window, convolution<__half, true>)
#define DEPTHWISE(kernel_w, stride, columns)                             \
    KERNEL(depthwise##kernel_w##_##stride##_##columns##_f32, window,     \
           depthwise<float, kernel_w, stride, columns>)                  \
    KERNEL(depthwise##kernel_w##_##stride##_##columns##_f16, window,     \
           depthwise<__half, kernel_w, stride, columns>)
DEPTHWISE(3, 1, 1)
DEPTHWISE(3, 1, 4)
DEPTHWISE(3, 2, 1)
DEPTHWISE(3, 2, 2)
DEPTHWISE(5, 1, 1)
DEPTHWISE(5, 1, 4)
DEPTHWISE(5, 2, 1)
DEPTHWISE(5, 2, 2)
DEPTHWISE(7, 1, 1)
DEPTHWISE(7, 1, 4)
BOTH(lrn, lrn)
BOTH(softmax, softmax)
BOTH(reduce, reduce)
BOTH(reduce_across, reduce)
BOTH(reduce_parts, reduce)
BOTH(reduce_ends, reduce)
BOTH(dense, dense)
BOTH(product, product)

#include "times.cuh"
