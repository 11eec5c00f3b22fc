/* Operands of a layer that must be known, shared by resolve_constants.c and resolve_lists.c. */
#ifndef HAX_MODEL_GRAPH_RESOLVE_CONSTANTS_H
#define HAX_MODEL_GRAPH_RESOLVE_CONSTANTS_H

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

/* resolve_lists.c: operations whose parameters are lists. */
hax_status hax_resolve_lists(const hax_constant_resolver *resolver);

#endif
