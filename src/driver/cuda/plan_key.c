/* Keys of plans (convolution.h). */
#include <stdio.h>

#include "convolution.h"

void hax_cuda_convolution_key(const hax_cuda_convolution *cuda_convolution, const hax_gpu *gpu,
                              int sms, char *key, size_t size)
{
    snprintf(
        key, size,
        "conv p%d n%d c%dx%dx%d k%dx%dx%d g%d w%dx%d s%dx%d p%d,%d,%d,%d d%dx%d l%d b%d r%d:%d "
        "a%d:%g:%g sms%d of %d %s cuda %s %s",
        (int) cuda_convolution->precision, cuda_convolution->in.n, cuda_convolution->in.c,
        cuda_convolution->in.h, cuda_convolution->in.w, cuda_convolution->out.c,
        cuda_convolution->out.h, cuda_convolution->out.w, cuda_convolution->group,
        cuda_convolution->kernel_h, cuda_convolution->kernel_w, cuda_convolution->stride_h,
        cuda_convolution->stride_w, cuda_convolution->pad_top, cuda_convolution->pad_left,
        cuda_convolution->pad_bottom, cuda_convolution->pad_right, cuda_convolution->dilation_h,
        cuda_convolution->dilation_w, cuda_convolution->channels_last, cuda_convolution->bias,
        cuda_convolution->has_residual,
        cuda_convolution->has_residual ? cuda_convolution->residual.w_step : 0,
        (int) cuda_convolution->activation.curve, (double) cuda_convolution->activation.alpha,
        (double) cuda_convolution->activation.beta, sms, gpu->sms, gpu->name, gpu->driver,
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
