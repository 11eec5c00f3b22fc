/* Weights of the file or by seed, with BatchNorm, Scale and the coefficient of a sum folded in. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "lower.h"
#include "random.h"

/* Two numbers of 32 bits each from one draw: weights need no more, and vgg19 has 143 million. */
static void fill_uniform(hax_random *random, float low, float high, float *values, size_t count)
{
    float step = (high - low) * 0x1.0p-32F, middle = 0.5F * (low + high);
    size_t pairs = count / 2;
    for (size_t i = 0; i < pairs; i++) {
        uint64_t bits = hax_random_next(random);
        values[2 * i] = middle + step * (float) (int32_t) (uint32_t) bits;
        values[2 * i + 1] = middle + step * (float) (int32_t) (uint32_t) (bits >> 32);
    }
    if (count % 2)
        values[count - 1] = middle + step * (float) (int32_t) (uint32_t) hax_random_next(random);
}

static hax_random random_of_layer(const hax_model *model, int layer)
{
    return hax_random_fork(model->hash, (uint64_t) layer + 1);
}

size_t hax_kernel_weight_count(const hax_model *model, int kernel)
{
    assert(kernel >= 0 && kernel < model->kernel_count);
    return model->kernels[kernel].public.weight_bytes / sizeof(float);
}

static int64_t channels_of(const hax_model *model, const hax_kernel *kernel)
{
    return kernel->op == HAX_OP_SCALE ? model->tensors[kernel->output].shape.dims[1]
                                      : kernel->channels_out;
}

size_t hax_kernel_bias_count(const hax_model *model, int kernel)
{
    assert(kernel >= 0 && kernel < model->kernel_count);
    const hax_kernel *public = &model->kernels[kernel].public;
    return public->bias ? (size_t) channels_of(model, public) : 0;
}

/*
 * One channel's factor and offset of a BatchNorm or Scale layer, plausible ones of a trained
 * network: factors around 1, offsets around 0. A BatchNorm's statistics are about those
 * that its input is expected to have.
 */
static void draw_fold(const hax_layer_spec *spec, hax_moments input, hax_random *random,
                      float *factor, float *offset)
{
    double a = hax_random_unit(random), b = hax_random_unit(random);
    if (spec->op == HAX_OP_BATCH_NORM) {
        double mean = input.mean + 0.1 * sqrt(input.variance) * (2 * a - 1);
        double variance = input.variance * (0.8 + 0.4 * b);
        *factor = (float) (1 / sqrt(variance + (double) spec->params.epsilon));
        *offset = (float) -mean * *factor;
    } else {
        *factor = (float) (0.8 + 0.4 * a);
        *offset = spec->params.bias ? (float) (0.1 * (2 * b - 1)) : 0;
    }
}

static float known_at(const hax_layer_constant *known, int64_t channel, float otherwise)
{
    return known ? known->real[channel] : otherwise;
}

static bool drawn(const hax_layer_constant *known)
{
    return known && !known->real;
}

/* ONNX's BatchNormalization, all of it in the file. */
static bool known_normalisation(const hax_layer_params *p)
{
    return p->mean && p->variance && !drawn(p->mean) && !drawn(p->variance) && !drawn(p->weights) &&
           !drawn(p->weight_bias);
}

static void find_fold(const hax_model *model, int layer, int64_t channel, hax_moments input,
                      hax_random *random, float *factor, float *offset)
{
    const hax_layer_spec *spec = model->layers[layer].spec;
    const hax_layer_params *p = &spec->params;
    if (spec->op != HAX_OP_BATCH_NORM && spec->op != HAX_OP_SCALE) {
        hax_channelwise_at(model, &model->layers[layer], channel, factor, offset);
    } else if (spec->op == HAX_OP_BATCH_NORM && known_normalisation(p)) {
        *factor = known_at(p->weights, channel, 1) / sqrtf(p->variance->real[channel] + p->epsilon);
        *offset = known_at(p->weight_bias, channel, 0) - p->mean->real[channel] * *factor;
    } else {
        draw_fold(spec, input, random, factor, offset);
    }
}

static void apply_fold(const hax_model *model, int layer, hax_moments input, float *weights,
                       size_t per_channel, float *bias, int64_t channels)
{
    assert(channels > 0 && bias);
    hax_random random = random_of_layer(model, layer);
    for (int64_t c = 0; c < channels; c++) {
        float factor, offset;
        find_fold(model, layer, c, input, &random, &factor, &offset);
        for (size_t w = 0; w < per_channel; w++)
            weights[(size_t) c * per_channel + w] *= factor;
        bias[c] = bias[c] * factor + offset;
    }
}

/* He et al., ICCV 2015, eq. 7: the result's variance is inputs * var(w) * E[x * x]; here it
 * is to be 1 for the E[x * x] that the kernel's own input is expected to have. */
static void draw_weights(const hax_model *model, const hax_graph_kernel *kernel, float *weights,
                         size_t count, float *bias, int64_t channels)
{
    assert(channels > 0 && count > 0 && count % (size_t) channels == 0);
    const hax_kernel *public = &kernel->public;
    const hax_layer_spec *spec = model->layers[public->layer].spec;
    hax_random random = random_of_layer(model, public->layer);
    double inputs = (double) count / (double) channels;
    double square = kernel->input.mean * kernel->input.mean + kernel->input.variance;
    float bound = (float) sqrt(3 / (inputs * square)); /* uniform: variance bound^2 / 3 */
    fill_uniform(&random, -bound, bound, weights, count);
    if (!bias)
        return;
    memset(bias, 0, (size_t) channels * sizeof *bias);
    if (spec->params.bias)
        fill_uniform(&random, -0.1F, 0.1F, bias, (size_t) channels);
}

/* ---- weights of the file --------------------------------------------------------------------- */

/* in x out, to out x in. */
static void transpose(const float *from, int64_t inputs, int64_t outputs, float *to)
{
    assert(inputs > 0 && outputs > 0 && from != to);
    for (int64_t o = 0; o < outputs; o++)
        for (int64_t i = 0; i < inputs; i++)
            to[o * inputs + i] = from[i * outputs + o];
}

/* A deconvolution's in x out/group x taps, to out x in/group x taps. */
static void place_deconvolution(const hax_layer_params *params, float *to)
{
    const int64_t *dims = params->weights->shape.dims;
    assert(params->weights->shape.rank == 4 && dims[0] % params->group == 0);
    int64_t inputs = dims[0] / params->group, outputs = dims[1], taps = dims[2] * dims[3];
    const float *from = params->weights->real;
    for (int64_t g = 0; g < params->group; g++)
        for (int64_t i = 0; i < inputs; i++)
            for (int64_t o = 0; o < outputs; o++) {
                memcpy(to + ((g * outputs + o) * inputs + i) * taps, from,
                       (size_t) taps * sizeof *to);
                from += taps;
            }
}

static void place_weights(const hax_layer_spec *spec, float *weights, size_t count)
{
    const hax_layer_params *params = &spec->params;
    if (spec->op == HAX_OP_DECONVOLUTION)
        place_deconvolution(params, weights);
    else if (spec->op == HAX_OP_INNER_PRODUCT && params->transpose_b)
        transpose(params->weights->real, params->weights->shape.dims[0],
                  params->weights->shape.dims[1], weights);
    else
        memcpy(weights, params->weights->real, count * sizeof *weights);
    for (size_t i = 0; params->alpha != 0 && params->alpha != 1 && i < count; i++)
        weights[i] *= params->alpha;
}

static void place_bias(const hax_layer_params *params, float *bias, int64_t channels)
{
    assert(params->weight_bias->real);
    assert(hax_shape_elements(&params->weight_bias->shape) == channels);
    float factor = params->beta != 0 ? params->beta : 1;
    for (int64_t c = 0; c < channels; c++)
        bias[c] = factor * params->weight_bias->real[c];
}

/* What the file has, over what was drawn. */
static void find_weights(const hax_model *model, const hax_graph_kernel *kernel, float *weights,
                         size_t count, float *bias, int64_t channels)
{
    const hax_layer_spec *spec = model->layers[kernel->public.layer].spec;
    const hax_layer_constant *known = spec->params.weight_bias;
    if (!kernel->known_weights || (bias && drawn(known)))
        draw_weights(model, kernel, weights, count, bias, channels);
    else if (bias)
        memset(bias, 0, (size_t) channels * sizeof *bias);
    if (kernel->known_weights)
        place_weights(spec, weights, count);
    if (bias && known && known->real)
        place_bias(&spec->params, bias, channels);
}

static void find_slopes(const hax_model *model, const hax_graph_kernel *kernel, float *slopes,
                        size_t count)
{
    assert(count > 0);
    const hax_graph_layer *layer = &model->layers[kernel->public.layer];
    const hax_layer_constant *known = layer->spec->params.weights;
    const hax_shape *in = &model->blobs[layer->inputs[0]].shape;
    bool has = known && known->real;
    bool spread = has && (int64_t) count != hax_shape_elements(&known->shape);
    hax_strided_view view =
        spread ? hax_strided_view_broadcast(&known->shape, in) : (hax_strided_view){ 0 };
    for (size_t i = 0; i < count; i++) {
        int64_t from = spread ? hax_strided_view_index(&view, in, (int64_t) i) : (int64_t) i;
        slopes[i] = has ? known->real[from] : 0.25F; /* Caffe's PReLUParameter */
    }
}

void hax_model_weights(const hax_model *model, int index, float *weights, float *bias)
{
    assert(index >= 0 && index < model->kernel_count);
    const hax_graph_kernel *kernel = &model->kernels[index];
    size_t count = hax_kernel_weight_count(model, index);
    if (kernel->public.op == HAX_OP_PRELU) {
        find_slopes(model, kernel, weights, count);
        return;
    }
    int64_t channels = channels_of(model, &kernel->public);
    size_t per_channel = count / (size_t) channels;
    assert(per_channel > 0 && per_channel * (size_t) channels == count);
    const hax_moments unit = { 0, 1 };       /* of what linear kernels make */
    if (kernel->public.op == HAX_OP_SCALE) { /* lower.c gives every such kernel a bias */
        for (int64_t c = 0; c < channels; c++) {
            weights[c] = 1;
            bias[c] = 0;
        }
        apply_fold(model, kernel->public.layer, kernel->input, weights, 1, bias, channels);
    } else {
        find_weights(model, kernel, weights, count, bias, channels);
    }
    for (const hax_constant_fold *fold = kernel->folds; fold; fold = fold->next)
        apply_fold(model, fold->layer, unit, weights, per_channel, bias, channels);
    float scale = (float) hax_kernel_gain(kernel) * kernel->output_scale;
    if (scale == 1)
        return;
    for (size_t w = 0; w < count; w++)
        weights[w] *= scale;
    for (int64_t c = 0; bias && c < channels; c++)
        bias[c] *= scale;
}

/* ---- layer by layer -------------------------------------------------------------------------- */

static bool is_folded(const hax_graph_kernel *kernel, int layer)
{
    for (const hax_constant_fold *fold = kernel->folds; fold; fold = fold->next)
        if (fold->layer == layer)
            return true;
    return false;
}

int hax_model_layer_kernel(const hax_model *model, int layer)
{
    assert(layer >= 0 && layer < model->layer_count);
    for (int k = 0; k < model->kernel_count; k++)
        if (model->kernels[k].public.layer == layer || is_folded(&model->kernels[k], layer))
            return k;
    return -1;
}

/* The size of a residual branch is in what comes last in its kernel. */
static bool is_last(const hax_graph_kernel *kernel, int layer)
{
    int last = kernel->public.layer;
    for (const hax_constant_fold *fold = kernel->folds; fold; fold = fold->next)
        last = fold->layer;
    return last == layer;
}

void hax_model_layer_weights(const hax_model *model, int layer, float *weights, float *bias)
{
    int index = hax_model_layer_kernel(model, layer);
    assert(index >= 0 && weights);
    const hax_graph_kernel *kernel = &model->kernels[index];
    const hax_moments unit = { 0, 1 };
    bool anchor = kernel->public.layer == layer;
    if (kernel->public.op == HAX_OP_PRELU) {
        find_slopes(model, kernel, weights, hax_kernel_weight_count(model, index));
        return;
    }
    int64_t channels = channels_of(model, &kernel->public);
    size_t count = (size_t) channels;
    if (anchor && kernel->public.op != HAX_OP_SCALE) {
        count = hax_kernel_weight_count(model, index);
        find_weights(model, kernel, weights, count, bias, channels);
    } else {
        assert(bias);
        for (int64_t c = 0; c < channels; c++) {
            weights[c] = 1;
            bias[c] = 0;
        }
        apply_fold(model, layer, anchor ? kernel->input : unit, weights, 1, bias, channels);
    }
    float gain = is_last(kernel, layer) ? (float) hax_kernel_gain(kernel) : 1;
    for (size_t w = 0; gain != 1 && w < count; w++)
        weights[w] *= gain;
    for (int64_t c = 0; gain != 1 && bias && c < channels; c++)
        bias[c] *= gain;
}

void hax_model_fill_input(const hax_model *model, int input, uint64_t seed, float *values)
{
    hax_random random = hax_random_fork(seed, model->hash + (uint64_t) input);
    fill_uniform(&random, -1, 1, values,
                 model->tensors[hax_model_input(model, input)].bytes / sizeof(float));
}
