/* Networks in ONNX's form. */
#ifndef HAX_MODEL_ONNX_ONNX_H
#define HAX_MODEL_ONNX_ONNX_H

#include "layers.h"

/*
 * Fills `list` with the network of a file's bytes; constants are copied into the list's arena,
 * so the bytes may go. list->file says whose folder has the external data. `shapes` as in
 * hax_model_options.
 */
hax_status hax_onnx_read(const void *data, size_t length, const char *const *shapes,
                         int shape_count, hax_layer_list *list, hax_error *err);

#endif
