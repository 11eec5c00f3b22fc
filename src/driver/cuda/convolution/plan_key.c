/* Keys of plans (convolution.h). */
#include <stdio.h>

#include "convolution.h"

void hax_cuda_convolution_key(const hax_cuda_convolution *convolution, const hax_gpu *gpu, int sms,
                              char *key, size_t size)
{
    snprintf(
        key, size,
        "conv p%d n%d c%dx%dx%d k%dx%dx%d g%d w%dx%d s%dx%d p%d,%d,%d,%d d%dx%d l%d b%d r%d:%d "
        "a%d:%g:%g sms%d of %d %s cuda %s %s",
        (int) convolution->precision, convolution->in.n, convolution->in.c, convolution->in.h,
        convolution->in.w, convolution->out.c, convolution->out.h, convolution->out.w,
        convolution->group, convolution->kernel_h, convolution->kernel_w, convolution->stride_h,
        convolution->stride_w, convolution->pad_top, convolution->pad_left, convolution->pad_bottom,
        convolution->pad_right, convolution->dilation_h, convolution->dilation_w,
        convolution->channels_last, convolution->bias, convolution->has_residual,
        convolution->has_residual ? convolution->residual.w_step : 0,
        (int) convolution->activation.curve, (double) convolution->activation.alpha,
        (double) convolution->activation.beta, sms, gpu->sms, gpu->name, gpu->driver,
        gpu->libraries);
}

bool hax_cuda_graph_fuses(const hax_activation *activation)
{
    switch (activation->curve) {
    case HAX_CURVE_NONE:
    case HAX_CURVE_RELU: return true;
    case HAX_CURVE_CLIP: return activation->alpha == 0 && activation->beta > 0;
    default: return false;
    }
}
