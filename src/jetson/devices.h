/* Names of layers as TensorRT has them, and the unit of each. */
#ifndef HAX_JETSON_DEVICES_H
#define HAX_JETSON_DEVICES_H

#include "haxconn/jetson.h"
#include "model.h"

/* Is a layer one that TensorRT can be told of? Not an Input, and not a further part of a node. */
bool hax_jetson_layer_is_named(const hax_model *model, int layer);

/* What TensorRT calls a layer, else what it is called here. */
const char *hax_jetson_layer_name(const hax_model *model, int layer);

/* HAX_BAD_INPUT where the file gives the layer no name of its own. */
hax_status hax_jetson_check_name(const hax_model *model, int layer, hax_error *err);

/* The unit of every layer, also of those without a number; `of_layer` [hax_model_layer_count]. */
void hax_jetson_spread_units(const hax_model *model, const bool *on_dla, bool *of_layer);

#endif
