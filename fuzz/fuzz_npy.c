/* NumPy's files: whatever the bytes, an array of as many numbers as its shape says, or an error
 * that names the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "haxconn/array.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hax_array *array = NULL;
    hax_error err = { 0 };
    hax_status status = hax_array_parse(data, size, "fuzz.npy", &array, &err);
    if (status == HAX_NO_MEMORY)
        return 0;
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || array || err.message[0] == '\0' ||
            strcmp(err.file, "fuzz.npy") != 0)
            abort();
        return 0;
    }
    size_t count = 1;
    for (int d = 0; d < array->shape.rank; d++)
        count *= (size_t) array->shape.dims[d];
    if (count != array->count || count > size)
        abort();
    volatile float last = array->values[count - 1];
    (void) last;
    hax_array_destroy(array);
    return 0;
}
