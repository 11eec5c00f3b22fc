/* Names of layers as TensorRT has them, and the unit of each. */
#ifndef JETSON_DEVICES_H
#define JETSON_DEVICES_H

#include "graph.h"
#include "haxconn/jetson.h"

/* Is a layer one that TensorRT can be told of? Not an Input, and not a further part of a node. */
bool jetson_layer_is_named(const hax_model *model, int layer);

/* HAX_BAD_INPUT where the file gives the layer no name of its own. */
hax_status jetson_check_name(const hax_model *model, int layer, hax_error *err);

/* The unit of every layer, also of those without a number; `of_layer` [hax_model_layer_count]. */
void jetson_spread_units(const hax_model *model, const bool *on_dla, bool *of_layer);

#endif
