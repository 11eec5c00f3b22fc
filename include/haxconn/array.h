/*
 * Arrays of numbers, in memory and in files: what networks are fed with and what they give.
 * Thread-safe: nothing is shared.
 */
#ifndef HAXCONN_ARRAY_H
#define HAXCONN_ARRAY_H

#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/model.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_array {
    hax_shape shape; /* rank 0: one number */
    size_t count;    /* elements */
    float *values;   /* in C's order, the last dimension next to each other */
} hax_array;

/* An array of zeros; HAX_BAD_INPUT where a dimension is not positive or the rank is none of
 * 0..HAX_MAX_RANK. Free with hax_array_destroy. */
HAX_API hax_status hax_array_make(const hax_shape *shape, hax_array **array, hax_error *err);

/*
 * Reads a file of at most 2 GiB: one tensor of ONNX's (TensorProto) where its name ends in .pb,
 * else a .npy file (format 1.0, 2.0 or 3.0 of numpy.lib.format), little-endian and in C's order. Up
 * to 8 dimensions; real numbers of 2, 4 or 8 bytes, whole ones of 1, 2, 4 or 8 and truth values,
 * which all become 32-bit floats. Anything else is HAX_BAD_INPUT and says what and what to do. Free
 * with hax_array_destroy.
 */
HAX_API hax_status hax_array_load(const char *path, hax_array **array, hax_error *err);

/* The same from memory; `file` is for messages. */
HAX_API hax_status hax_array_parse(const void *data, size_t length, const char *file,
                                   hax_array **array, hax_error *err);

/* Writes numbers as '<f4', format 1.0, replacing the file whole or not at all. */
HAX_API hax_status hax_array_write(const char *path, const hax_shape *shape, const float *values,
                                   hax_error *err);

HAX_API void hax_array_destroy(hax_array *array);

#ifdef __cplusplus
}
#endif

#endif
