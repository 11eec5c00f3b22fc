/* Weights by seed, with BatchNorm, Scale and the coefficient of a sum folded in. */
#include <math.h>
#include <string.h>

#include "graph.h"
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
    return model->kernels[kernel].public.weight_bytes / sizeof(float);
}

static int64_t channels_of(const hax_model *model, const hax_kernel *kernel)
{
    return kernel->op == HAX_OP_SCALE ? model->tensors[kernel->output].shape.dims[1]
                                      : kernel->channels_out;
}

size_t hax_kernel_bias_count(const hax_model *model, int kernel)
{
    const hax_kernel *public = &model->kernels[kernel].public;
    return public->bias ? (size_t) channels_of(model, public) : 0;
}

/*
 * One channel's factor and offset of a BatchNorm or Scale layer, plausible ones of a trained
 * network: factors around 1, offsets around 0. A BatchNorm's statistics are about those
 * that its input is expected to have.
 */
static void draw_fold(const hax_model *model, int layer, moments input, hax_random *random,
                      float *factor, float *offset)
{
    const layer_spec *spec = model->layers[layer].spec;
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

static void apply_fold(const hax_model *model, int layer, moments input, float *weights,
                       size_t per_channel, float *bias, int64_t channels)
{
    hax_random random = random_of_layer(model, layer);
    for (int64_t c = 0; c < channels; c++) {
        float factor, offset;
        draw_fold(model, layer, input, &random, &factor, &offset);
        for (size_t w = 0; w < per_channel; w++)
            weights[(size_t) c * per_channel + w] *= factor;
        bias[c] = bias[c] * factor + offset;
    }
}

/* He et al., ICCV 2015, eq. 7: the result's variance is inputs * var(w) * E[x * x]; here it
 * is to be 1 for the E[x * x] that the kernel's own input is expected to have. */
static void draw_weights(const hax_model *model, const graph_kernel *kernel, float *weights,
                         size_t count, float *bias, int64_t channels)
{
    const hax_kernel *public = &kernel->public;
    const layer_spec *spec = model->layers[public->layer].spec;
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

void hax_model_weights(const hax_model *model, int index, float *weights, float *bias)
{
    const graph_kernel *kernel = &model->kernels[index];
    size_t count = hax_kernel_weight_count(model, index);
    int64_t channels = channels_of(model, &kernel->public);
    size_t per_channel = count / (size_t) channels;
    const moments unit = { 0, 1 };           /* of what linear kernels make */
    if (kernel->public.op == HAX_OP_SCALE) { /* lower.c gives every such kernel a bias */
        for (int64_t c = 0; c < channels; c++) {
            weights[c] = 1;
            bias[c] = 0;
        }
        apply_fold(model, kernel->public.layer, kernel->input, weights, 1, bias, channels);
    } else {
        draw_weights(model, kernel, weights, count, bias, channels);
    }
    for (const fold *at = kernel->folds; at; at = at->next)
        apply_fold(model, at->layer, unit, weights, per_channel, bias, channels);
    float scale = (float) kernel_gain(kernel) * kernel->output_scale;
    if (scale == 1)
        return;
    for (size_t w = 0; w < count; w++)
        weights[w] *= scale;
    for (int64_t c = 0; bias && c < channels; c++)
        bias[c] *= scale;
}

void hax_model_fill_input(const hax_model *model, uint64_t seed, float *input)
{
    hax_random random = hax_random_fork(seed, model->hash);
    fill_uniform(&random, -1, 1, input,
                 model->tensors[hax_model_input(model)].bytes / sizeof(float));
}
