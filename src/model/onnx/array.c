/* Tensors in files of their own (TensorProto), as ONNX's tests keep their inputs, as arrays. */
#include <string.h>

#include "arrays.h"
#include "onnx/tensor.h"

static hax_status take(const hax_onnx_source *source, hax_array **array)
{
    hax_onnx_tensor tensor;
    hax_layer_constant values = { 0 };
    size_t count;
    HAX_TRY(hax_onnx_parse_tensor(source, (hax_wire_span){ 0, source->size }, &tensor));
    HAX_TRY(hax_onnx_read_values(source, &tensor, &values, &count));
    hax_array *result;
    HAX_TRY(hax_array_make(&tensor.shape, &result, source->err));
    for (size_t i = 0; i < count && values.is_whole; i++)
        result->values[i] = (float) values.integers[i];
    if (!values.is_whole)
        memcpy(result->values, values.real, count * sizeof(float));
    *array = result;
    return HAX_OK;
}

hax_status hax_onnx_array_parse(const void *data, size_t length, const char *file,
                                hax_array **array, hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    if (!arena)
        return hax_fail_memory(err, "an array");
    const hax_onnx_source source = { data, length, file, arena, err };
    hax_status status =
        length > 0 ? take(&source, array) : hax_wire_fail(&source, 0, "the file is empty");
    hax_arena_destroy(arena);
    return status;
}
