/*
 * What a convolution's plan depends on, and the text by which a plan is kept. Nothing here needs a
 * GPU.
 */
#ifndef HAX_DRIVER_CUDA_CONVOLUTION_H
#define HAX_DRIVER_CUDA_CONVOLUTION_H

#include "gpu.h"
#include "layout.h"

/* All that a plan depends on, plain data. */
typedef struct hax_cuda_convolution {
    hax_cuda_precision precision;
    hax_cuda_image in, out, residual;
    int group, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right;
    int dilation_h, dilation_w;
    bool transposed; /* a deconvolution: the gradient of a convolution's input */
    bool channels_last, bias, has_residual;
    hax_activation activation; /* one that hax_cuda_graph_fuses, or none */
} hax_cuda_convolution;

enum { HAX_CUDA_KEY_BYTES = 512 };

/* The text by which a plan is kept: the convolution, SMs, GPU and versions of libraries. */
void hax_cuda_convolution_key(const hax_cuda_convolution *convolution, const hax_gpu *gpu, int sms,
                              char *key, size_t size);

/* Can cuDNN compute this activation behind a convolution? */
bool hax_cuda_graph_fuses(const hax_activation *activation);

/* By all engines, those that were compiled before too? Of the rest the convolution without it is
 * tried as well. */
bool hax_cuda_graph_is_common(const hax_activation *activation);

#endif
