/* Values of tensors: out of the model's file or out of files beside it. */
#ifndef HAX_MODEL_ONNX_TENSOR_H
#define HAX_MODEL_ONNX_TENSOR_H

#include "layers.h"
#include "onnx/proto.h"

/*
 * Adds the values of a tensor to the list as a constant of this name, real numbers as 32-bit
 * floats, whole ones and truth values as 64-bit integers. The values are there, in full,
 * before anything is allocated for them. A tensor without elements is refused.
 */
hax_status hax_onnx_add_constant(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                 const char *name, hax_layer_list *list);

/* The values of a tensor alone, in the source's arena; name and shape of `values` stay empty. */
hax_status hax_onnx_read_values(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                hax_layer_constant *values, size_t *count);

/* Does the type hold whole numbers or truth values? */
bool hax_onnx_type_is_whole(int64_t type);

/* Is it a type of real numbers that is read? */
bool hax_onnx_type_is_real(int64_t type);

/*
 * external.c: an open file with external data of a model, and where in it.
 *
 * The file lies in the model's folder or below: a path that is absolute, that has "..", or on
 * whose way there is a symbolic link is refused.
 */
typedef struct hax_onnx_external {
    int fd;
    const char *path; /* as the model states it */
    uint64_t offset;
} hax_onnx_external;

/* Opens it if it has `bytes` bytes at the stated place. Close with hax_onnx_external_close. */
hax_status hax_onnx_external_open(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                  size_t bytes, hax_onnx_external *external);
hax_status hax_onnx_external_read(const hax_onnx_source *source, hax_onnx_external *external,
                                  void *data, size_t bytes);
void hax_onnx_external_close(const hax_onnx_external *external);

#endif
