#include "wire_write.h"

#include <string.h>

enum { VARINT = 0, BYTES = 2, FIXED32 = 5 };

static void put_varint(hax_text *to, uint64_t value)
{
    char bytes[10];
    size_t count = 0;
    do {
        bytes[count] = (char) (value & 0x7f);
        value >>= 7;
        if (value)
            bytes[count] = (char) (bytes[count] | 0x80);
        count++;
    } while (value);
    hax_text_append_bytes(to, bytes, count);
}

static size_t varint_size(uint64_t value)
{
    size_t count = 1;
    while (value >>= 7)
        count++;
    return count;
}

static void put_key(hax_text *to, uint32_t field, uint32_t type)
{
    put_varint(to, (uint64_t) field << 3 | type);
}

void hax_wire_put_whole(hax_text *to, uint32_t field, int64_t value)
{
    put_key(to, field, VARINT);
    put_varint(to, (uint64_t) value);
}

void hax_wire_put_real(hax_text *to, uint32_t field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const char bytes[] = { (char) (bits & 0xff), (char) (bits >> 8 & 0xff),
                           (char) (bits >> 16 & 0xff), (char) (bits >> 24) };
    put_key(to, field, FIXED32);
    hax_text_append_bytes(to, bytes, sizeof bytes);
}

void hax_wire_put_length(hax_text *to, uint32_t field, uint64_t length)
{
    put_key(to, field, BYTES);
    put_varint(to, length);
}

size_t hax_wire_length_size(uint32_t field, uint64_t length)
{
    return varint_size((uint64_t) field << 3) + varint_size(length);
}

void hax_wire_put_bytes(hax_text *to, uint32_t field, const void *bytes, size_t length)
{
    hax_wire_put_length(to, field, length);
    if (length > 0)
        hax_text_append_bytes(to, bytes, length);
}

void hax_wire_put_text(hax_text *to, uint32_t field, const char *text)
{
    hax_wire_put_bytes(to, field, text, strlen(text));
}

void hax_wire_put_message(hax_text *to, uint32_t field, hax_text *message)
{
    hax_wire_put_bytes(to, field, message->data, message->length);
    hax_text_spend(message, to);
}

/* ---- ONNX ------------------------------------------------------------------------------------ */

enum {
    ENTRY_KEY = 1,
    ENTRY_VALUE = 2,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_REAL = 2,
    ATTRIBUTE_WHOLE = 3,
    ATTRIBUTE_WHOLES = 8,
    ATTRIBUTE_TYPE = 20,
    TYPE_REAL = 1,
    TYPE_WHOLE = 2,
    TYPE_WHOLES = 7,
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TENSOR_ELEMENT = 1,
    TENSOR_SHAPE = 2,
    SHAPE_DIM = 1,
    DIM_VALUE = 1,
};

void hax_wire_put_entry(hax_text *to, uint32_t field, const char *key, const char *value)
{
    hax_text entry = { 0 };
    hax_wire_put_text(&entry, ENTRY_KEY, key);
    hax_wire_put_text(&entry, ENTRY_VALUE, value);
    hax_wire_put_message(to, field, &entry);
}

static hax_text begin_attribute(const char *name, int64_t type)
{
    hax_text attribute = { 0 };
    hax_wire_put_text(&attribute, ATTRIBUTE_NAME, name);
    hax_wire_put_whole(&attribute, ATTRIBUTE_TYPE, type);
    return attribute;
}

void hax_wire_put_attribute_whole(hax_text *node, const char *name, int64_t value)
{
    hax_text attribute = begin_attribute(name, TYPE_WHOLE);
    hax_wire_put_whole(&attribute, ATTRIBUTE_WHOLE, value);
    hax_wire_put_message(node, ONNX_NODE_ATTRIBUTE, &attribute);
}

void hax_wire_put_attribute_real(hax_text *node, const char *name, float value)
{
    hax_text attribute = begin_attribute(name, TYPE_REAL);
    hax_wire_put_real(&attribute, ATTRIBUTE_REAL, value);
    hax_wire_put_message(node, ONNX_NODE_ATTRIBUTE, &attribute);
}

void hax_wire_put_attribute_wholes(hax_text *node, const char *name, const int64_t *values,
                                   int count)
{
    hax_text attribute = begin_attribute(name, TYPE_WHOLES);
    for (int i = 0; i < count; i++)
        hax_wire_put_whole(&attribute, ATTRIBUTE_WHOLES, values[i]);
    hax_wire_put_message(node, ONNX_NODE_ATTRIBUTE, &attribute);
}

void hax_wire_put_value(hax_text *graph, uint32_t field, const char *name, int64_t type,
                        const hax_shape *shape)
{
    hax_text dims = { 0 }, tensor = { 0 }, kind = { 0 }, value = { 0 };
    for (int d = 0; d < shape->rank; d++) {
        hax_text dim = { 0 };
        hax_wire_put_whole(&dim, DIM_VALUE, shape->dims[d]);
        hax_wire_put_message(&dims, SHAPE_DIM, &dim);
    }
    hax_wire_put_whole(&tensor, TENSOR_ELEMENT, type);
    hax_wire_put_message(&tensor, TENSOR_SHAPE, &dims);
    hax_wire_put_message(&kind, TYPE_TENSOR, &tensor);
    hax_wire_put_text(&value, VALUE_NAME, name);
    hax_wire_put_message(&value, VALUE_TYPE, &kind);
    hax_wire_put_message(graph, field, &value);
}
