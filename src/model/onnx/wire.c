/* The wire format of protocol buffers: fields, one after the other. */
#include "onnx/wire.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

hax_status(hax_wire_fail)(const hax_onnx_source *source, size_t place, const char *format, ...)
{
    char message[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hax_fail_at(source->err, HAX_BAD_INPUT, source->file, 0, 0, "byte %zu: %s", place,
                       message);
}

hax_status hax_wire_varint(const hax_onnx_source *source, hax_wire_span *span, uint64_t *value)
{
    assert(span->at <= span->end && span->end <= source->size);
    uint64_t made = 0;
    size_t place = span->at;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (span->at == span->end)
            return hax_wire_fail(source, place, "the file ends within a number");
        uint64_t byte = source->data[span->at++];
        if (shift == 63 && byte > 1)
            break;
        made |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = made;
            return HAX_OK;
        }
    }
    return hax_wire_fail(source, place, "a number of more than 64 bits; this is not an ONNX model");
}

static hax_status take_bytes(const hax_onnx_source *source, hax_wire_span *message, uint64_t length,
                             hax_wire_field *field)
{
    if (length > hax_wire_length(*message))
        return hax_wire_fail(
            source, field->place,
            "field %u claims %llu bytes, %zu are left; the file is cut off or no ONNX "
            "model",
            field->number, (unsigned long long) length, hax_wire_length(*message));
    field->bytes = (hax_wire_span){ message->at, message->at + (size_t) length };
    message->at = field->bytes.end;
    assert(message->at <= message->end);
    return HAX_OK;
}

static hax_status take_fixed(const hax_onnx_source *source, hax_wire_span *message,
                             hax_wire_field *field)
{
    assert(field->type == WIRE_FIXED32 || field->type == WIRE_FIXED64);
    hax_wire_span bytes;
    HAX_TRY(take_bytes(source, message, field->type == WIRE_FIXED64 ? 8 : 4, field));
    bytes = field->bytes;
    field->bytes = (hax_wire_span){ 0, 0 };
    field->value = field->type == WIRE_FIXED64 ? hax_wire_bits64(source->data + bytes.at)
                                               : hax_wire_bits32(source->data + bytes.at);
    return HAX_OK;
}

hax_status hax_wire_next(const hax_onnx_source *source, hax_wire_span *message,
                         hax_wire_field *field, bool *more)
{
    assert(message->at <= message->end && message->end <= source->size);
    uint64_t key, length;
    *more = message->at < message->end;
    if (!*more)
        return HAX_OK;
    *field = (hax_wire_field){ .place = message->at };
    HAX_TRY(hax_wire_varint(source, message, &key));
    if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
        return hax_wire_fail(source, field->place,
                             "no field has number %llu; this is not an ONNX model",
                             (unsigned long long) (key >> 3));
    field->number = (uint32_t) (key >> 3);
    field->type = (hax_wire_type) (key & 7);
    switch (field->type) {
    case WIRE_VARINT: return hax_wire_varint(source, message, &field->value);
    case WIRE_FIXED32:
    case WIRE_FIXED64: return take_fixed(source, message, field);
    case WIRE_BYTES:
        HAX_TRY(hax_wire_varint(source, message, &length));
        return take_bytes(source, message, length, field);
    }
    return hax_wire_fail(source, field->place,
                         "field %u has wire type %d; this is not an ONNX model", field->number,
                         (int) field->type);
}

hax_status hax_wire_expect(const hax_onnx_source *source, const hax_wire_field *field,
                           hax_wire_type type, const char *what)
{
    if (field->type == type)
        return HAX_OK;
    return hax_wire_fail(source, field->place, "%s has wire type %d, not %d", what,
                         (int) field->type, (int) type);
}
