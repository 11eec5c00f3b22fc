/* The TensorRT driver as the library sees it. */
#ifndef HAX_DRIVER_TENSORRT_LOADER_H
#define HAX_DRIVER_TENSORRT_LOADER_H

#include "driver.h"

extern const hax_driver hax_driver_tensorrt;

void hax_tensorrt_probe(hax_driver_probe *probe);

/* Does a DLA of the kind's board take all layers of a group, by its rules (haxconn/jetson.h)?
 * False where the kind names no board, or one without a DLA. */
bool hax_tensorrt_dla_takes(const hax_kind *kind, const hax_model *model, const hax_group *group);

#endif
