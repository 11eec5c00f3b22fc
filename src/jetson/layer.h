/* The rules of one layer. */
#ifndef HAX_JETSON_LAYER_H
#define HAX_JETSON_LAYER_H

#include "haxconn/jetson.h"
#include "model.h"

enum { JETSON_REASON_MAX = 160 };

/* Does the DLA run a layer? If not, `reason` says why in a line, without the layer's name. */
bool hax_jetson_layer_runs(const hax_model *model, int layer, const hax_jetson_target *target,
                           char reason[JETSON_REASON_MAX]);

static inline int hax_jetson_element_bytes(const hax_jetson_target *target)
{
    static const int bytes[] = {
        [HAX_JETSON_FP16] = 2, [HAX_JETSON_INT8] = 1, [HAX_JETSON_FP32] = 4
    };
    return bytes[target->precision];
}

#endif
