/* Files of arrays, NumPy's and ONNX's: whatever the bytes, an array of as many numbers as its shape
 * says, or an error that names the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "haxconn/array.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_as(const char *file, const uint8_t *data, size_t size)
{
    hax_array *array = NULL;
    hax_error err = { 0 };
    hax_status status = hax_array_parse(data, size, file, &array, &err);
    if (status == HAX_NO_MEMORY)
        return;
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || array || err.message[0] == '\0' ||
            strcmp(err.file, file) != 0)
            abort();
        return;
    }
    size_t count = 1;
    for (int d = 0; d < array->shape.rank; d++)
        count *= (size_t) array->shape.dims[d];
    if (count != array->count || count > size)
        abort();
    volatile float last = array->values[count - 1];
    (void) last;
    hax_array_destroy(array);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_as("fuzz.npy", data, size);
    try_as("/no-such-folder/fuzz.pb", data, size);
    return 0;
}
