/*
 * The wire format of protocol buffers (protobuf.dev, "Encoding"), read in place and within bounds.
 *
 * No generated reader: the one of protobuf-c unpacks all of a file into a second copy on the heap,
 * weights included, allocates what a length claims before it looks whether the file has it, and
 * says of a bad file that it is bad, not where. ONNX needs some forty fields of it, of which
 * wire.c and proto.c read each where it stands.
 */
#ifndef HAX_MODEL_ONNX_WIRE_H
#define HAX_MODEL_ONNX_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

/* A file in memory, and where what is made of it goes. */
typedef struct hax_onnx_source {
    const unsigned char *data;
    size_t size;
    const char *file; /* for messages, and whose folder has the external data */
    hax_arena *arena;
    hax_error *err;
} hax_onnx_source;

/* A part of a file that is not read yet: a message, a string, packed numbers. */
typedef struct hax_wire_span {
    size_t at, end;
} hax_wire_span;

typedef enum hax_wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
} hax_wire_type;

typedef struct hax_wire_field {
    uint32_t number;
    hax_wire_type type;
    uint64_t value;      /* of a varint, or the bits of a fixed one */
    hax_wire_span bytes; /* of WIRE_BYTES; else empty */
    size_t place;        /* where the field begins */
} hax_wire_field;

/* Takes the next field off a message; *more is false at its end. */
hax_status hax_wire_next(const hax_onnx_source *source, hax_wire_span *message,
                         hax_wire_field *field, bool *more);

/* A varint off packed numbers. */
hax_status hax_wire_varint(const hax_onnx_source *source, hax_wire_span *span, uint64_t *value);

/* HAX_BAD_INPUT unless the field has this type; `what` names it in the message. */
hax_status hax_wire_expect(const hax_onnx_source *source, const hax_wire_field *field,
                           hax_wire_type type, const char *what);

/* HAX_BAD_INPUT with the byte at which the file is wrong. */
hax_status hax_wire_fail(const hax_onnx_source *source, size_t place, const char *format, ...)
    HAX_PRINTF(3, 4);
#define hax_wire_fail(...) hax_failed(hax_wire_fail(__VA_ARGS__))

static inline size_t hax_wire_length(hax_wire_span span)
{
    return span.end - span.at;
}

/* Little-endian numbers at any address. */
static inline uint32_t hax_wire_bits32(const unsigned char *bytes)
{
    return (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 |
           (uint32_t) bytes[3] << 24;
}

static inline uint64_t hax_wire_bits64(const unsigned char *bytes)
{
    return (uint64_t) hax_wire_bits32(bytes) | (uint64_t) hax_wire_bits32(bytes + 4) << 32;
}

#endif
