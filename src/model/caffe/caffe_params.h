/* The parameter messages of Caffe's layers: one table of fields for each. */
#ifndef HAX_MODEL_CAFFE_CAFFE_PARAMS_H
#define HAX_MODEL_CAFFE_CAFFE_PARAMS_H

#include "layers.h"
#include "textformat.h"

/*
 * Fills layer->params from the layer's message: Caffe's defaults, then what the message
 * of its operation says. An unknown or repeated field of that message is an error;
 * messages of other operations are not looked at.
 */
hax_status hax_caffe_read_params(const hax_textformat_node *message, hax_layer_list *list,
                                 hax_layer_spec *layer, hax_error *err);

/* Dims of a BlobShape message, the batch set to 1. */
hax_status hax_caffe_read_shape(const hax_textformat_node *message, const char *file,
                                hax_shape *shape, hax_error *err);

/* Adds one dimension of an input in order; the first is the batch and counts as 1. */
hax_status hax_caffe_add_dim(const hax_textformat_node *node, const char *file, hax_shape *shape,
                             hax_error *err);

#endif
