/* Readers of arrays; hax_array_parse chooses by the file's name. */
#ifndef HAX_MODEL_ARRAYS_H
#define HAX_MODEL_ARRAYS_H

#include "error.h"
#include "haxconn/array.h"

/* HAX_BAD_INPUT for more dimensions than a shape has room for, or fewer than none. */
hax_status hax_array_check_rank(const hax_shape *shape, hax_error *err);

/* npy.c */
hax_status hax_npy_parse(const void *data, size_t length, const char *file, hax_array **array,
                         hax_error *err);

/* onnx/array.c: a TensorProto. External data as of a model that lies where the file lies. */
hax_status hax_onnx_array_parse(const void *data, size_t length, const char *file,
                                hax_array **array, hax_error *err);

#endif
