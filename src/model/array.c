/* Arrays of numbers: made, and read from files of either form. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "file.h"

#define FILE_MAX ((size_t) 1 << 31)

hax_status hax_array_check_rank(const hax_shape *shape, hax_error *err)
{
    if (shape->rank < 0 || shape->rank > HAX_MAX_RANK)
        return hax_fail(err, HAX_BAD_INPUT, "an array of %d dimensions, not 0..%d", shape->rank,
                        (int) HAX_MAX_RANK);
    return HAX_OK;
}

hax_status hax_array_make(const hax_shape *shape, hax_array **array, hax_error *err)
{
    assert(shape && array);
    const size_t limit = (SIZE_MAX - sizeof(hax_array)) / sizeof(float);
    size_t count = 1;
    HAX_TRY(hax_array_check_rank(shape, err));
    for (int d = 0; d < shape->rank; d++) {
        if (shape->dims[d] < 1 || (size_t) shape->dims[d] > limit / count)
            return hax_fail(err, HAX_BAD_INPUT, "dimension %d of an array is %lld", d,
                            (long long) shape->dims[d]);
        count *= (size_t) shape->dims[d];
    }
    hax_array *result = calloc(1, sizeof *result + count * sizeof(float));
    if (!result)
        return hax_fail_memory(err, "an array");
    *result = (hax_array){ .shape = *shape, .count = count, .values = (float *) (result + 1) };
    *array = result;
    return HAX_OK;
}

void hax_array_destroy(hax_array *array)
{
    free(array);
}

static bool is_tensor_file(const char *file)
{
    size_t length = strlen(file);
    return length > 3 && strcmp(file + length - 3, ".pb") == 0;
}

hax_status hax_array_parse(const void *data, size_t length, const char *file, hax_array **array,
                           hax_error *err)
{
    assert(data && file && array);
    return is_tensor_file(file) ? hax_onnx_array_parse(data, length, file, array, err)
                                : hax_npy_parse(data, length, file, array, err);
}

hax_status hax_array_load(const char *path, hax_array **array, hax_error *err)
{
    assert(path && array);
    char *data;
    size_t length;
    HAX_TRY(hax_file_read(path, FILE_MAX, &data, &length, err));
    hax_status status = hax_array_parse(data, length, path, array, err);
    free(data);
    return status;
}
