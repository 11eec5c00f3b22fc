/* The column `shape` of op.def: shapes of a layer's tops, with its work and parameters. */
#ifndef HAX_MODEL_GRAPH_INFER_H
#define HAX_MODEL_GRAPH_INFER_H

#include "graph.h"

typedef hax_status hax_infer_function(const hax_model *model, hax_graph_layer *layer,
                                      hax_shape *tops, hax_error *err);

/* shape.c: Caffe's rules. `first`: the shape of the first input. */
hax_infer_function hax_infer_input, hax_infer_first, hax_infer_convolution, hax_infer_pooling,
    hax_infer_inner_product, hax_infer_eltwise, hax_infer_concat, hax_infer_lrn, hax_infer_softmax;

/* shape_move.c: layers that move, select or combine elements of any rank. */
hax_infer_function hax_infer_matmul, hax_infer_gemm, hax_infer_broadcast, hax_infer_where,
    hax_infer_reduction, hax_infer_sizes, hax_infer_flatten, hax_infer_transpose, hax_infer_slice,
    hax_infer_split, hax_infer_gather, hax_infer_pad, hax_infer_shape, hax_infer_range;

#endif
