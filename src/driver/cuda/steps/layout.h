/*
 * How tensors lie in the GPU's memory, and loops over them. Arithmetic only: nothing here needs a
 * GPU.
 */
#ifndef HAX_DRIVER_CUDA_LAYOUT_H
#define HAX_DRIVER_CUDA_LAYOUT_H

#include <stdbool.h>

#include "kernels.h"
#include "model.h"

typedef enum hax_cuda_precision {
    HAX_CUDA_F32,  /* strict: no tensor cores */
    HAX_CUDA_TF32, /* 32-bit floats in memory, products of 10-bit fractions */
    HAX_CUDA_F16,  /* half precision in memory, 32-bit sums */
    HAX_CUDA_PRECISIONS,
} hax_cuda_precision;

/* By its name ("f32"); HAX_CUDA_PRECISIONS where there is none of it. */
hax_cuda_precision hax_cuda_precision_find(const char *name);

/*
 * Which tensors have their channels last, as tensor cores want images. Images (tensors of rank 4)
 * that windows pass over, and what is computed of them element by element; in strict f32 none, as
 * cuDNN's kernels without tensor cores are faster the other way. channels_last[tensor].
 */
void hax_cuda_choose_layouts(const hax_model *model, hax_cuda_precision precision,
                             bool *channels_last);

/* An image of up to 3 channels that the network is given lies as one of 4, the last of which are
 * zero: tensor cores take it up 1.5 times as fast. */
bool hax_cuda_is_padded(const hax_model *model, int tensor, const bool *channels_last);
hax_cuda_place hax_cuda_place_padded(const hax_shape *shape);
enum { HAX_CUDA_PADDED = 4 };

/* Elements in the tensor's own order, or channels last. */
hax_cuda_place hax_cuda_place_make(const hax_shape *shape, bool channels_last);

/* The steps of `from` over the dimensions of `to` (numpy's broadcasting), into steps[to->rank]. */
void hax_cuda_broadcast(const hax_cuda_place *from, const hax_cuda_place *to, int *steps);

/*
 * A loop over `rank` dimensions; steps[operand][dimension], operand 0 is written. Dimensions of 1
 * are left out, the others ordered so that the last one has the smallest step in the output, and
 * joined where every operand allows it.
 */
hax_cuda_loop hax_cuda_loop_make(int rank, const unsigned *dims, int operands,
                                 const int (*steps)[HAX_CUDA_RANK]);

/* A tensor as images: steps of n, c, h, w; dimensions behind the third count as one. */
typedef struct hax_cuda_image {
    int n, c, h, w;
    int n_step, c_step, h_step, w_step;
    int alignment; /* bytes, of where its elements begin; 0: 16 */
} hax_cuda_image;
hax_cuda_image hax_cuda_image_of(const hax_cuda_place *place);

/* Can the driver run this kernel? If not, the reason in `why` (may be NULL). */
bool hax_cuda_supports(const hax_model *model, int kernel, char *why, size_t why_size);

#endif
