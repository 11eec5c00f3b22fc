/* Operands of a layer that must be known, shared by resolve_constants.c and resolve_lists.c. */
#ifndef HAX_MODEL_GRAPH_RESOLVE_H
#define HAX_MODEL_GRAPH_RESOLVE_H

#include "graph.h"

typedef struct hax_constant_resolver {
    const hax_model *model;
    hax_layer_spec *spec; /* the layer's own copy */
    int *inputs;          /* blobs, -1: left out */
    hax_error *err;
} hax_constant_resolver;

/* The constant at bottom `index`; NULL when it is left out. Refused when it is computed. */
hax_status hax_resolve_constant(const hax_constant_resolver *resolver, int index,
                                const hax_layer_constant **found);

/* The same of whole numbers, or of real ones, in one dimension; the list stays where the bottom is
 * left out. */
hax_status hax_resolve_longs(const hax_constant_resolver *resolver, int index,
                             hax_layer_longs *list);
hax_status hax_resolve_reals(const hax_constant_resolver *resolver, int index,
                             hax_layer_reals *list);

/* An axis of `rank` dimensions, counted from the front. */
hax_status hax_resolve_axis(const hax_constant_resolver *resolver, int64_t axis, int rank,
                            int *out);

const hax_shape *hax_resolve_shape(const hax_constant_resolver *resolver, int index);

/* The column `resolve` of op.def. */
typedef hax_status hax_resolve_function(const hax_constant_resolver *resolver);

/* resolve_constants.c: weights, windows, single numbers. */
hax_resolve_function hax_resolve_none, hax_resolve_convolution, hax_resolve_pooling,
    hax_resolve_inner_product, hax_resolve_matmul, hax_resolve_gemm, hax_resolve_normalisation,
    hax_resolve_prelu, hax_resolve_clip, hax_resolve_own_axis, hax_resolve_flatten;

/* resolve_lists.c: operations whose parameters are lists. */
hax_resolve_function hax_resolve_reshape, hax_resolve_squeeze, hax_resolve_unsqueeze,
    hax_resolve_expand, hax_resolve_transpose, hax_resolve_split, hax_resolve_slice,
    hax_resolve_gather, hax_resolve_pad, hax_resolve_resize, hax_resolve_reduction,
    hax_resolve_filled, hax_resolve_range;

#endif
