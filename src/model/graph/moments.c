/*
 * Expected size of the numbers in a network, so that random weights can keep them near one
 * at any depth. Weights are drawn so that a linear kernel's result has variance 1 before
 * the residual sum (weights.c); taken as normal, the rest follows by short formulas, which
 * need only be right to a factor of two or so: the final scores then differ, without one of
 * them taking all of a softmax.
 */
#include <assert.h>
#include <math.h>

#include "graph.h"

static hax_moments from_variance(double mean, double variance)
{
    return (hax_moments){ mean, variance };
}

static double square_of(hax_moments m)
{
    return m.mean * m.mean + m.variance;
}

/* A rectified normal distribution: the standard integrals. */
static hax_moments rectify(hax_moments in)
{
    double sigma = sqrt(in.variance), z = in.mean / sigma;
    double below = 0.5 * erfc(-z / sqrt(2.0));
    double density = exp(-0.5 * z * z) / sqrt(2 * acos(-1.0));
    double mean = in.mean * below + sigma * density;
    double square = square_of(in) * below + in.mean * sigma * density;
    return from_variance(mean, square - mean * mean);
}

/* The largest of n independent values stands about sqrt(2 ln n) deviations above their
 * mean; neighbours in an image are not independent, hence the factors. */
static hax_moments pooled(const hax_kernel *kernel, hax_moments in)
{
    assert(kernel->window.kernel_h >= 1 && kernel->window.kernel_w >= 1);
    double n = (double) kernel->window.kernel_h * (double) kernel->window.kernel_w;
    if (kernel->pool != HAX_POOL_MAX)
        return from_variance(in.mean, in.variance / sqrt(n));
    return from_variance(in.mean + 0.5 * sqrt(2 * log(n) * in.variance), 0.6 * in.variance);
}

static hax_moments joined(const hax_model *model, const hax_kernel *kernel,
                          const hax_moments *moments)
{
    double mean = 0, square = 0, total = 0;
    for (int i = 0; i < kernel->input_count; i++) {
        double share = (double) model->tensors[kernel->inputs[i]].bytes;
        mean += share * moments[kernel->inputs[i]].mean;
        square += share * square_of(moments[kernel->inputs[i]]);
        total += share;
    }
    assert(total > 0);
    mean /= total;
    return from_variance(mean, square / total - mean * mean);
}

static hax_moments summed(const hax_kernel *kernel, const hax_moments *moments)
{
    hax_moments sum = { 0, 0 };
    for (int i = 0; i < kernel->input_count; i++) {
        double factor = kernel->coefficients ? kernel->coefficients[i] : 1;
        sum.mean += factor * moments[kernel->inputs[i]].mean;
        sum.variance += factor * factor * moments[kernel->inputs[i]].variance;
    }
    return sum;
}

static hax_moments linear(const hax_graph_kernel *kernel, const hax_moments *moments)
{
    double factor = hax_kernel_gain(kernel) * (double) kernel->output_scale;
    hax_moments out = { 0, factor * factor };
    if (kernel->public.residual >= 0) {
        double scale = kernel->public.residual_scale;
        out.mean = scale * moments[kernel->public.residual].mean;
        out.variance += scale * scale * moments[kernel->public.residual].variance;
    }
    return out;
}

static hax_moments normalised_locally(const hax_kernel *kernel, hax_moments in)
{
    double base = (double) kernel->lrn_k + (double) kernel->lrn_alpha * square_of(in);
    double factor = base > 0 ? pow(base, -(double) kernel->lrn_beta) : 1;
    return from_variance(factor * in.mean, factor * factor * in.variance);
}

static hax_moments result(const hax_model *model, const hax_graph_kernel *kernel,
                          const hax_moments *moments)
{
    assert(kernel->public.input_count >= 1);
    const hax_kernel *public = &kernel->public;
    hax_moments in = moments[public->inputs[0]];
    if (hax_op_class_of(public->op) == HAX_CLASS_WEIGHTED)
        return linear(kernel, moments);
    switch (public->op) {
    case HAX_OP_POOLING: return pooled(public, in);
    case HAX_OP_CONCAT: return joined(model, public, moments);
    case HAX_OP_ELTWISE: return summed(public, moments);
    case HAX_OP_LRN: return normalised_locally(public, in);
    case HAX_OP_SCALE:
        return model->layers[public->layer].spec->op == HAX_OP_BATCH_NORM ? from_variance(0, 1)
                                                                          : in;
    default: return in;
    }
}

hax_status hax_graph_find_moments(hax_model *model, hax_error *err)
{
    hax_moments *moments =
        hax_arena_alloc(model->arena, (size_t) model->tensor_count, sizeof *moments);
    if (!moments)
        return hax_fail_memory(err, "a network");
    for (int t = 0; t < model->tensor_count; t++)
        moments[t] = from_variance(0, 1.0 / 3); /* the input, uniform in [-1, 1) */
    for (int k = 0; k < model->kernel_count; k++) {
        hax_graph_kernel *kernel = &model->kernels[k];
        kernel->input = moments[kernel->public.inputs[0]];
        hax_moments out = result(model, kernel, moments);
        if (kernel->public.activation.curve == HAX_CURVE_RELU)
            out = rectify(out);
        /* odd coefficients must not lead to weights of zero or infinity */
        bool sane = out.variance > 1e-6 && square_of(out) < 1e6;
        moments[kernel->public.output] = sane ? out : from_variance(0, 1);
    }
    return HAX_OK;
}
