/*
 * NumPy's .npy files. The format: numpy.lib.format (NEP 1): six bytes of magic, two of version, the
 * length of a header, the header (a Python dictionary in a form that is always the same), then
 * the numbers.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrays.h"
#include "file.h"
#include "half.h"
#include "text.h"

enum { MAGIC_BYTES = 6, HEADER_MAX = 65536, ALIGNED = 64 };

static const char magic[] = "\x93NUMPY";

typedef enum number_kind {
    NUMBER_F4,
    NUMBER_F8,
    NUMBER_I1,
    NUMBER_U1,
    NUMBER_I4,
    NUMBER_I8,
    NUMBER_F2,
    NUMBER_B1,
    NUMBER_I2,
    NUMBER_U2,
    NUMBER_U4,
    NUMBER_U8,
} number_kind;

static const struct {
    const char *descr;
    size_t bytes;
} kinds[] = { { "<f4", 4 }, { "<f8", 8 }, { "|i1", 1 }, { "|u1", 1 }, { "<i4", 4 }, { "<i8", 8 },
              { "<f2", 2 }, { "|b1", 1 }, { "<i2", 2 }, { "<u2", 2 }, { "<u4", 4 }, { "<u8", 8 } };

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* The header being read. */
typedef struct header {
    const char *at, *end;
    const char *file;
    hax_error *err;
    number_kind kind;
    hax_shape shape;
    bool has_descr, has_order, has_shape;
} header;

static hax_status bad(const header *h, const char *what)
{
    return hax_fail_at(h->err, HAX_BAD_INPUT, h->file, 0, 0, "not a .npy file that is read: %s",
                       what);
}

static void skip_blanks(header *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n'))
        h->at++;
}

static bool accept(header *h, const char *token)
{
    size_t length = strlen(token);
    skip_blanks(h);
    if ((size_t) (h->end - h->at) < length || memcmp(h->at, token, length) != 0)
        return false;
    h->at += length;
    return true;
}

/* 'text' or "text" of less than `capacity` bytes. */
static bool quoted(header *h, char *text, size_t capacity)
{
    skip_blanks(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
        return false;
    char quote = *h->at++;
    const char *close = memchr(h->at, quote, (size_t) (h->end - h->at));
    if (!close || (size_t) (close - h->at) >= capacity)
        return false;
    memcpy(text, h->at, (size_t) (close - h->at));
    text[close - h->at] = '\0';
    h->at = close + 1;
    return true;
}

static hax_status read_descr(header *h)
{
    char text[16];
    if (!quoted(h, text, sizeof text))
        return bad(h, "its 'descr' is no simple type");
    for (int k = 0; k < KIND_COUNT; k++) {
        if (strcmp(text, kinds[k].descr) != 0)
            continue;
        h->kind = (number_kind) k;
        return HAX_OK;
    }
    return hax_fail_at(h->err, HAX_BAD_INPUT, h->file, 0, 0,
                       "numbers of type '%s'; write it with .astype('<f4') (read are <f2, <f4, "
                       "<f8, |b1, and i and u of 1 to 8 bytes)",
                       text);
}

static hax_status read_order(header *h)
{
    if (accept(h, "False"))
        return HAX_OK;
    if (accept(h, "True"))
        return hax_fail_at(h->err, HAX_BAD_INPUT, h->file, 0, 0,
                           "it is in Fortran's order; write it with numpy.ascontiguousarray");
    return bad(h, "its 'fortran_order' is neither True nor False");
}

static bool read_extent(header *h, int64_t *value)
{
    int64_t made = 0;
    const char *first;
    skip_blanks(h);
    for (first = h->at; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++) {
        made = made * 10 + (*h->at - '0');
        if (made > INT32_MAX)
            return false;
    }
    *value = made;
    return h->at > first;
}

/* (), (3,), (1, 3, 224, 224) */
static hax_status read_shape(header *h)
{
    if (!accept(h, "("))
        return bad(h, "its 'shape' is no tuple");
    while (!accept(h, ")")) {
        int64_t extent;
        if (h->shape.rank == HAX_MAX_RANK)
            return bad(h, "it has more than 8 dimensions");
        if (!read_extent(h, &extent) || extent == 0)
            return bad(h, "a dimension is no whole number from 1 to 2147483647");
        h->shape.dims[h->shape.rank++] = extent;
        if (accept(h, ","))
            continue;
        if (h->shape.rank == 1 || !accept(h, ")"))
            return bad(h, "its 'shape' is no tuple");
        break;
    }
    return HAX_OK;
}

static hax_status read_entry(header *h)
{
    char key[32];
    if (!quoted(h, key, sizeof key) || !accept(h, ":"))
        return bad(h, "its header is no dictionary");
    bool *has = strcmp(key, "descr") == 0           ? &h->has_descr
                : strcmp(key, "fortran_order") == 0 ? &h->has_order
                : strcmp(key, "shape") == 0         ? &h->has_shape
                                                    : NULL;
    if (!has || *has)
        return bad(h, "its header has a key that does not belong there, or one twice");
    *has = true;
    if (has == &h->has_descr)
        return read_descr(h);
    return has == &h->has_order ? read_order(h) : read_shape(h);
}

static hax_status read_header(header *h)
{
    if (!accept(h, "{"))
        return bad(h, "its header is no dictionary");
    while (!accept(h, "}")) {
        HAX_TRY(read_entry(h));
        if (accept(h, ","))
            continue;
        if (!accept(h, "}"))
            return bad(h, "its header is no dictionary");
        break;
    }
    skip_blanks(h);
    if (h->at != h->end || !h->has_descr || !h->has_order || !h->has_shape)
        return bad(h, "its header lacks descr, fortran_order or shape, or goes on behind them");
    return HAX_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static uint64_t little_endian(const unsigned char *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t b = bytes; b-- > 0;)
        value = value << 8 | from[b];
    return value;
}

static float number_at(number_kind kind, const unsigned char *from)
{
    uint64_t bits = little_endian(from, kinds[kind].bytes);
    uint32_t low = (uint32_t) bits;
    float single;
    double real;
    switch (kind) {
    case NUMBER_F4: memcpy(&single, &low, sizeof single); return single;
    case NUMBER_F8: memcpy(&real, &bits, sizeof real); return (float) real;
    case NUMBER_I1: return (float) (int8_t) (uint8_t) bits;
    case NUMBER_U1: return (float) (uint8_t) bits;
    case NUMBER_I4: return (float) (int32_t) low;
    case NUMBER_I8: return (float) (int64_t) bits;
    case NUMBER_F2: return hax_float_of_half((uint16_t) bits);
    case NUMBER_B1: return bits != 0;
    case NUMBER_I2: return (float) (int16_t) (uint16_t) bits;
    case NUMBER_U2:
    case NUMBER_U4:
    case NUMBER_U8: return (float) bits;
    }
    return 0;
}

static hax_status take_numbers(const header *h, const unsigned char *data, size_t length,
                               hax_array **array)
{
    size_t count = 1, most = length / kinds[h->kind].bytes;
    for (int d = 0; d < h->shape.rank; d++) {
        if ((size_t) h->shape.dims[d] > most / count)
            return bad(h, "it ends before its numbers do");
        count *= (size_t) h->shape.dims[d];
    }
    if (count * kinds[h->kind].bytes != length)
        return bad(h, count > most ? "it ends before its numbers do"
                                   : "it goes on behind its numbers");
    hax_array *result;
    HAX_TRY(hax_array_make(&h->shape, &result, h->err));
    for (size_t i = 0; i < count; i++)
        result->values[i] = number_at(h->kind, data + i * kinds[h->kind].bytes);
    *array = result;
    return HAX_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

hax_status hax_npy_parse(const void *data, size_t length, const char *file, hax_array **array,
                         hax_error *err)
{
    const unsigned char *bytes = data;
    header h = { .file = file, .err = err };
    if (length < MAGIC_BYTES + 2 || memcmp(bytes, magic, MAGIC_BYTES) != 0)
        return bad(&h, "it does not begin with NumPy's mark");
    unsigned major = bytes[MAGIC_BYTES], minor = bytes[MAGIC_BYTES + 1];
    size_t field = major == 1 ? 2 : 4, begin = MAGIC_BYTES + 2 + field;
    if (major < 1 || major > 3 || minor != 0)
        return hax_fail_at(err, HAX_BAD_INPUT, file, 0, 0,
                           ".npy format %u.%u; read are 1.0, 2.0 and 3.0", major, minor);
    if (length < begin)
        return bad(&h, "it ends within its header");
    size_t size = (size_t) little_endian(bytes + MAGIC_BYTES + 2, field);
    if (size > HEADER_MAX || size > length - begin)
        return bad(&h, "it ends within its header");
    h.at = (const char *) bytes + begin;
    h.end = h.at + size;
    HAX_TRY(read_header(&h));
    return take_numbers(&h, bytes + begin + size, length - begin - size, array);
}

/* The header, filled up so that the numbers begin at a multiple of 64 bytes. */
static void write_header(hax_text *to, const hax_shape *shape)
{
    hax_text dictionary = { 0 };
    hax_text_append(&dictionary, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int d = 0; d < shape->rank; d++)
        hax_text_printf(&dictionary, "%s%" PRId64, d ? ", " : "", shape->dims[d]);
    hax_text_append(&dictionary, shape->rank == 1 ? ",), }" : "), }");
    while ((MAGIC_BYTES + 4 + dictionary.length + 1) % ALIGNED != 0 && !dictionary.failed)
        hax_text_append(&dictionary, " ");
    hax_text_append(&dictionary, "\n");
    const unsigned char rest[] = { 1, 0, (unsigned char) (dictionary.length & 0xff),
                                   (unsigned char) (dictionary.length >> 8) };
    hax_text_append_bytes(to, magic, MAGIC_BYTES);
    hax_text_append_bytes(to, (const char *) rest, sizeof rest);
    hax_text_append_bytes(to, hax_text_get(&dictionary), dictionary.length);
    to->failed = to->failed || dictionary.failed;
    hax_text_free(&dictionary);
}

static void put_number(float value, unsigned char *to)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int b = 0; b < 4; b++)
        to[b] = (unsigned char) (bits >> (8 * b));
}

hax_status hax_array_write(const char *path, const hax_shape *shape, const float *values,
                           hax_error *err)
{
    assert(path && shape && values);
    size_t count = 1;
    hax_text head = { 0 };
    HAX_TRY(hax_array_check_rank(shape, err));
    for (int d = 0; d < shape->rank; d++)
        count *= (size_t) shape->dims[d];
    write_header(&head, shape);
    unsigned char *file = head.failed ? NULL : malloc(head.length + count * sizeof(float));
    if (!file) {
        hax_text_free(&head);
        return hax_fail_memory(err, "an array");
    }
    memcpy(file, hax_text_get(&head), head.length);
    for (size_t i = 0; i < count; i++)
        put_number(values[i], file + head.length + i * sizeof(float));
    hax_status status =
        hax_file_write(path, (const char *) file, head.length + count * sizeof(float), err);
    free(file);
    hax_text_free(&head);
    return status;
}
