/*
 * Whose memory tensors lie in: concatenations, splits and reshapes that move nothing. What is to be
 * concatenated is written where it belongs in the whole, a part is read where it lies, and the
 * kernels on both sides take steps. Arithmetic only: nothing here needs a GPU.
 */
#ifndef HAX_DRIVER_CUDA_ALIASES_H
#define HAX_DRIVER_CUDA_ALIASES_H

#include "layout.h"

typedef struct hax_cuda_alias {
    int root;             /* the tensor whose memory it is, itself where it has its own */
    int64_t offset;       /* elements within the root */
    hax_cuda_place place; /* where its elements lie, from there on */
} hax_cuda_alias;

typedef struct hax_cuda_aliases {
    hax_cuda_alias *tensors; /* [tensor] */
    bool *in_place;          /* [kernel]: a view or a walk whose output lies in its input */
} hax_cuda_aliases;

/*
 * Finds them. Boundary tensors keep memory of their own and lie as they are published;
 * `pack_elements` (16 bytes of them) is what kernels like to load at once: nothing comes to lie
 * less aligned than it would alone.
 */
hax_status hax_cuda_aliases_find(const hax_model *model, const bool *boundary,
                                 const bool *channels_last, int pack_elements,
                                 hax_cuda_aliases *aliases, hax_error *err);
void hax_cuda_aliases_free(hax_cuda_aliases *aliases);

/* Does an input of a concatenation lie where the output has it? */
bool hax_cuda_aliases_is_joined(const hax_cuda_aliases *aliases, const hax_model *model, int kernel,
                                int input);

/* The largest power of two up to `most` that divides an offset and all steps but 1. */
int hax_cuda_place_alignment(const hax_cuda_place *place, int64_t offset, int most);

/* The elements of `from` in another shape, without moving any; false: that cannot be. */
bool hax_cuda_place_view(const hax_cuda_place *from, const hax_shape *shape, hax_cuda_place *to);

/* The elements of `from` that a walk leads to (steps are counted in its own order); false: no steps
 * lead to them. A step of 0 repeats elements. */
bool hax_cuda_place_walk(const hax_cuda_place *from, const hax_strided_view *walk,
                         const hax_shape *shape, int64_t *offset, hax_cuda_place *to);

#endif
