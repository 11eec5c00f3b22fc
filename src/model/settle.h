/* Operands of a layer that must be known, shared by settle.c and settle_lists.c. */
#ifndef MODEL_SETTLE_H
#define MODEL_SETTLE_H

#include "graph.h"

typedef struct settling {
    const hax_model *model;
    layer_spec *spec; /* the layer's own copy */
    int *inputs;      /* blobs, -1: left out */
    hax_error *err;
} settling;

/* The constant at bottom `index`; NULL when it is left out. Refused when it is computed. */
hax_status settle_constant(const settling *at, int index, const layer_constant **found);

/* The same of whole numbers, or of real ones, in one dimension; the list stays where the bottom is
 * left out. */
hax_status settle_longs(const settling *at, int index, layer_longs *list);
hax_status settle_reals(const settling *at, int index, layer_reals *list);

/* An axis of `rank` dimensions, counted from the front. */
hax_status settle_axis(const settling *at, int64_t axis, int rank, int *out);

const hax_shape *settle_shape(const settling *at, int index);

/* settle_lists.c: operations whose parameters are lists. */
hax_status settle_lists(const settling *at);

#endif
