/* Keys of plans (convolution.h). */
#include <stdio.h>
#include <string.h>

#include "convolution.h"

/* Where an image lies; only what differs from plan to plan. */
static void append_place(char *key, size_t size, const char *name, const hax_cuda_image *image)
{
    size_t used = strlen(key);
    snprintf(key + used, size - used, " %s%d,%d,%d,%d/%d", name, image->n_step, image->c_step,
             image->h_step, image->w_step, image->alignment);
}

void hax_cuda_convolution_key(const hax_cuda_convolution *convolution, const hax_gpu *gpu, int sms,
                              char *key, size_t size)
{
    snprintf(key, size,
             "%s p%d n%d c%dx%dx%d k%dx%dx%d g%d w%dx%d s%dx%d p%d,%d,%d,%d d%dx%d l%d b%d r%d "
             "a%d:%g:%g",
             convolution->transposed ? "deconv" : "conv", (int) convolution->precision,
             convolution->in.n, convolution->in.c, convolution->in.h, convolution->in.w,
             convolution->out.c, convolution->out.h, convolution->out.w, convolution->group,
             convolution->kernel_h, convolution->kernel_w, convolution->stride_h,
             convolution->stride_w, convolution->pad_top, convolution->pad_left,
             convolution->pad_bottom, convolution->pad_right, convolution->dilation_h,
             convolution->dilation_w, convolution->channels_last, convolution->bias,
             convolution->has_residual, (int) convolution->activation.curve,
             (double) convolution->activation.alpha, (double) convolution->activation.beta);
    append_place(key, size, "i", &convolution->in);
    append_place(key, size, "o", &convolution->out);
    if (convolution->has_residual)
        append_place(key, size, "r", &convolution->residual);
    size_t used = strlen(key);
    snprintf(key + used, size - used, " sms%d of %d %s cuda %s %s", sms, gpu->sms, gpu->name,
             gpu->driver, gpu->libraries);
}

bool hax_cuda_graph_is_common(const hax_activation *activation)
{
    switch (activation->curve) {
    case HAX_CURVE_NONE:
    case HAX_CURVE_RELU: return true;
    case HAX_CURVE_CLIP: return activation->alpha == 0 && activation->beta > 0;
    default: return false;
    }
}

bool hax_cuda_graph_fuses(const hax_activation *activation)
{
    switch (activation->curve) {
    case HAX_CURVE_SIGMOID:
    case HAX_CURVE_TANH:
    case HAX_CURVE_SILU: return true;
    default: return hax_cuda_graph_is_common(activation);
    }
}
