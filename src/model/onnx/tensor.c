/* Values of tensors, whatever their type and wherever they lie, as floats or 64-bit integers. */
#include "onnx/tensor.h"

#include <string.h>

#include "half.h"

enum { PIECE_BYTES = 1 << 16 };

/* What a type takes in raw data, and which field has it as numbers. */
static const struct {
    size_t bytes;
    bool whole;
    uint32_t field;
} types[] = {
    [ONNX_FLOAT] = { 4, false, 4 },    [ONNX_UINT8] = { 1, true, 5 },
    [ONNX_INT8] = { 1, true, 5 },      [ONNX_UINT16] = { 2, true, 5 },
    [ONNX_INT16] = { 2, true, 5 },     [ONNX_INT32] = { 4, true, 5 },
    [ONNX_INT64] = { 8, true, 7 },     [ONNX_BOOL] = { 1, true, 5 },
    [ONNX_FLOAT16] = { 2, false, 5 },  [ONNX_DOUBLE] = { 8, false, 10 },
    [ONNX_UINT32] = { 4, true, 11 },   [ONNX_UINT64] = { 8, true, 11 },
    [ONNX_BFLOAT16] = { 2, false, 5 },
};

static bool is_known(int64_t type)
{
    return type > 0 && type < (int64_t) (sizeof types / sizeof *types) && types[type].bytes > 0;
}

bool hax_onnx_type_is_whole(int64_t type)
{
    return is_known(type) && types[type].whole;
}

bool hax_onnx_type_is_real(int64_t type)
{
    return is_known(type) && !types[type].whole;
}

/* ---- one number ------------------------------------------------------------------------------ */

static float real_of(int64_t type, uint64_t bits)
{
    double wide;
    switch (type) {
    case ONNX_FLOAT16: return hax_float_of_half((uint16_t) bits);
    case ONNX_BFLOAT16: return hax_float_of_bits((uint32_t) (bits & 0xffff) << 16);
    case ONNX_DOUBLE: memcpy(&wide, &bits, sizeof wide); return (float) wide;
    default: return hax_float_of_bits((uint32_t) bits);
    }
}

static int64_t whole_of(int64_t type, uint64_t bits)
{
    switch (type) {
    case ONNX_UINT8: return (uint8_t) bits;
    case ONNX_INT8: return (int8_t) bits;
    case ONNX_UINT16: return (uint16_t) bits;
    case ONNX_INT16: return (int16_t) bits;
    case ONNX_INT32: return (int32_t) bits;
    case ONNX_UINT32: return (uint32_t) bits;
    case ONNX_BOOL: return bits != 0;
    default: return (int64_t) bits;
    }
}

static uint64_t bits_at(const unsigned char *begin, size_t bytes)
{
    switch (bytes) {
    case 1: return begin[0];
    case 2: return (uint64_t) begin[0] | (uint64_t) begin[1] << 8;
    case 4: return hax_wire_bits32(begin);
    default: return hax_wire_bits64(begin);
    }
}

/* ---- all numbers ----------------------------------------------------------------------------- */

typedef struct filling {
    const hax_onnx_source *source;
    const hax_onnx_tensor *tensor;
    float *real; /* one of the two */
    int64_t *whole;
    size_t count, done;
} filling;

static void put(filling *filling, uint64_t bits)
{
    if (filling->real)
        filling->real[filling->done++] = real_of(filling->tensor->type, bits);
    else
        filling->whole[filling->done++] = whole_of(filling->tensor->type, bits);
}

static void put_raw(filling *filling, const unsigned char *data, size_t count)
{
    size_t bytes = types[filling->tensor->type].bytes;
    if (filling->tensor->type == ONNX_FLOAT) { /* nearly all of a file; this loop is a plain copy */
        for (size_t i = 0; i < count; i++)
            filling->real[filling->done + i] = hax_float_of_bits(hax_wire_bits32(data + 4 * i));
        filling->done += count;
        return;
    }
    for (size_t i = 0; i < count; i++)
        put(filling, bits_at(data + i * bytes, bytes));
}

static hax_status put_external(filling *filling, hax_onnx_external *external)
{
    size_t bytes = types[filling->tensor->type].bytes;
    unsigned char piece[PIECE_BYTES];
    while (filling->done < filling->count) {
        size_t left = filling->count - filling->done, now = sizeof piece / bytes;
        now = left < now ? left : now;
        HAX_TRY(hax_onnx_external_read(filling->source, external, piece, now * bytes));
        put_raw(filling, piece, now);
    }
    return HAX_OK;
}

/* Numbers of a field as bits; packed ones one after the other. With `filling->count` 0 they are
 * only counted. */
static hax_status take_typed(filling *filling, const hax_wire_field *field)
{
    int64_t type = filling->tensor->type;
    hax_wire_type single = type == ONNX_FLOAT    ? WIRE_FIXED32
                           : type == ONNX_DOUBLE ? WIRE_FIXED64
                                                 : WIRE_VARINT;
    hax_wire_span packed = field->bytes;
    uint64_t bits = field->value;
    size_t fixed = single == WIRE_FIXED32 ? 4 : single == WIRE_FIXED64 ? 8 : 0;
    bool list = field->type == WIRE_BYTES;
    if (!list)
        HAX_TRY(hax_wire_expect(filling->source, field, single, "the data of a tensor"));
    if (list && fixed && hax_wire_length(packed) % fixed != 0)
        return hax_wire_fail(filling->source, field->place,
                             "%zu bytes are no list of %zu-byte numbers", hax_wire_length(packed),
                             fixed);
    while (!list || packed.at < packed.end) {
        if (list && !fixed) {
            HAX_TRY(hax_wire_varint(filling->source, &packed, &bits));
        } else if (list) {
            bits = bits_at(filling->source->data + packed.at, fixed);
            packed.at += fixed;
        }
        if (filling->count > 0)
            put(filling, bits);
        else
            filling->done++;
        if (!list)
            break;
    }
    return HAX_OK;
}

static hax_status put_typed(filling *filling)
{
    hax_wire_field field;
    hax_wire_span message = filling->tensor->message;
    for (bool more = true;;) {
        HAX_TRY(hax_wire_next(filling->source, &message, &field, &more));
        if (!more)
            return HAX_OK;
        if (field.number == types[filling->tensor->type].field)
            HAX_TRY(take_typed(filling, &field));
    }
}

static hax_status reserve(filling *filling, hax_layer_constant *constant)
{
    if (constant->is_whole)
        constant->integers = filling->whole =
            hax_arena_alloc(filling->source->arena, filling->count, sizeof *filling->whole);
    else
        constant->real = filling->real =
            hax_arena_alloc(filling->source->arena, filling->count, sizeof *filling->real);
    return filling->whole || filling->real ? HAX_OK
                                           : hax_fail_memory(filling->source->err, "weights");
}

static hax_status wrong_amount(const filling *filling, size_t has, const char *unit, size_t needs)
{
    return hax_wire_fail(filling->source, filling->tensor->place,
                         "tensor '%.100s': its dimensions need %zu %s, the file has %zu",
                         filling->tensor->name, needs, unit, has);
}

static hax_status fill_external(filling *filling, hax_layer_constant *constant, size_t bytes)
{
    hax_onnx_external external;
    HAX_TRY(hax_onnx_external_open(filling->source, filling->tensor, bytes, &external));
    hax_status status = reserve(filling, constant);
    if (status == HAX_OK)
        status = put_external(filling, &external);
    hax_onnx_external_close(&external);
    return status;
}

static hax_status fill(filling *context, hax_layer_constant *constant)
{
    const hax_onnx_tensor *tensor = context->tensor;
    size_t bytes = context->count * types[tensor->type].bytes;
    if (tensor->external)
        return fill_external(context, constant, bytes);
    if (tensor->has_raw) {
        if (hax_wire_length(tensor->raw) != bytes)
            return wrong_amount(context, hax_wire_length(tensor->raw), "bytes", bytes);
        HAX_TRY(reserve(context, constant));
        put_raw(context, context->source->data + tensor->raw.at, context->count);
        return HAX_OK;
    }
    filling counting = { .source = context->source, .tensor = tensor };
    HAX_TRY(put_typed(&counting));
    if (counting.done != context->count)
        return wrong_amount(context, counting.done, "numbers", context->count);
    HAX_TRY(reserve(context, constant));
    return put_typed(context);
}

/* 2^28 elements would be 2 GiB of whole numbers; no known tensor has a quarter of that. */
static hax_status count_elements(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                 size_t *count)
{
    const size_t limit = (size_t) 1 << 28;
    *count = 1;
    for (int d = 0; d < tensor->shape.rank; d++) {
        size_t extent = (size_t) tensor->shape.dims[d];
        if (extent == 0)
            return hax_wire_fail(source, tensor->place, "tensor '%.100s' has no elements",
                                 tensor->name);
        if (extent > limit / *count)
            return hax_wire_fail(source, tensor->place,
                                 "tensor '%.100s' has more than %zu elements", tensor->name, limit);
        *count *= extent;
    }
    return HAX_OK;
}

hax_status hax_onnx_read_values(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                hax_layer_constant *values, size_t *count)
{
    if (!is_known(tensor->type))
        return hax_wire_fail(
            source, tensor->place, "tensor '%.100s' is of type %s (%lld), which is not supported",
            tensor->name, hax_onnx_type_name(tensor->type), (long long) tensor->type);
    HAX_TRY(count_elements(source, tensor, count));
    filling context = { .source = source, .tensor = tensor, .count = *count };
    *values = (hax_layer_constant){ .is_whole = types[tensor->type].whole };
    return fill(&context, values);
}

hax_status hax_onnx_add_constant(const hax_onnx_source *source, const hax_onnx_tensor *tensor,
                                 const char *name, hax_layer_list *list)
{
    size_t count;
    hax_layer_constant layer_constant;
    HAX_TRY(hax_onnx_read_values(source, tensor, &layer_constant, &count));
    hax_layer_constant *constant = hax_layer_list_add_constant(list, name, &tensor->shape);
    if (!constant)
        return hax_fail_memory(source->err, "a network");
    constant->is_whole = layer_constant.is_whole;
    constant->real = layer_constant.real;
    constant->integers = layer_constant.integers;
    return HAX_OK;
}
