/* Tensors in files of their own (TensorProto), as ONNX's tests keep their inputs, as arrays. */
#include <string.h>

#include "arrays.h"
#include "onnx/tensor.h"

static hax_status take(const onnx_source *source, hax_array **array)
{
    onnx_tensor tensor;
    layer_constant values = { 0 };
    size_t count;
    HAX_TRY(onnx_parse_tensor(source, (wire_span){ 0, source->size }, &tensor));
    HAX_TRY(onnx_read_values(source, &tensor, &values, &count));
    hax_array *made;
    HAX_TRY(hax_array_create(&tensor.shape, &made, source->err));
    for (size_t i = 0; i < count && values.is_whole; i++)
        made->values[i] = (float) values.whole[i];
    if (!values.is_whole)
        memcpy(made->values, values.real, count * sizeof(float));
    *array = made;
    return HAX_OK;
}

hax_status onnx_array_parse(const void *data, size_t length, const char *file, hax_array **array,
                            hax_error *err)
{
    hax_arena *arena = hax_arena_create();
    if (!arena)
        return hax_fail_memory(err, "an array");
    const onnx_source source = { data, length, file, arena, err };
    hax_status status =
        length > 0 ? take(&source, array) : wire_fail(&source, 0, "the file is empty");
    hax_arena_destroy(arena);
    return status;
}
