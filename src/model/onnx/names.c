/* Names, and a whole number for each: open addressing, never more than half full. */
#include "onnx/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

bool hax_onnx_names_init(hax_onnx_names *names, size_t count)
{
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    *names = (hax_onnx_names){ calloc(size, sizeof *names->slots), size - 1, 0 };
    return names->slots != NULL;
}

void hax_onnx_names_free(hax_onnx_names *names)
{
    free(names->slots);
    *names = (hax_onnx_names){ 0 };
}

static hax_onnx_name *find(const hax_onnx_names *names, const char *name)
{
    size_t at = (size_t) hax_hash_string(HAX_HASH_START, name) & names->mask;
    while (names->slots[at].name && strcmp(names->slots[at].name, name) != 0)
        at = (at + 1) & names->mask;
    return &names->slots[at];
}

int hax_onnx_names_get(const hax_onnx_names *names, const char *name, int otherwise)
{
    const hax_onnx_name *slot = find(names, name);
    return slot->name ? slot->value : otherwise;
}

bool hax_onnx_names_add(hax_onnx_names *names, const char *name, int value)
{
    assert(value >= 0);
    hax_onnx_name *slot = find(names, name);
    if (slot->name)
        return false;
    assert(names->count <= names->mask / 2);
    *slot = (hax_onnx_name){ name, value };
    names->count++;
    return true;
}
