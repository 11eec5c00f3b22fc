/*
 * JSON texts (RFC 8259) as trees of jansson's.
 *
 * Not read by jansson itself, which cannot tell that memory ran out: its lexer (2.14, lex_save)
 * ignores that the buffer of a token did not grow. A number then loses a digit, and a string whose
 * closing quote was lost is read beyond its end.
 */
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

enum { DEPTH_MAX = 2048 };

typedef struct json_reader {
    const char *begin, *at, *end;
    char *buffer; /* a token's bytes, decoded */
    size_t capacity;
    int depth;
    hax_json_fault *fault;
} json_reader;

static hax_status read_value(json_reader *in, json_t **value);

/* ---- what is wrong, and where -------------------------------------------------------------- */

/* Line and column of a place, both from 1; columns count characters. */
static void locate(const json_reader *in, const char *place, hax_json_fault *fault)
{
    fault->line = fault->column = 1;
    for (const char *at = in->begin; at < place; at++) {
        if (*at == '\n') {
            fault->line++;
            fault->column = 1;
        } else if ((*at & 0xc0) != 0x80) {
            fault->column++;
        }
    }
}

HAX_PRINTF(3, 4)
static hax_status refuse(json_reader *in, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(in->fault->text, sizeof in->fault->text, format, args);
    va_end(args);
    locate(in, place, in->fault);
    return HAX_BAD_INPUT;
}

/* "expected X near Y" */
static hax_status expected(json_reader *in, const char *what)
{
    if (in->at == in->end)
        return refuse(in, in->at, "%s expected near end of file", what);
    if ((unsigned char) *in->at < 0x20 || (*in->at & 0x80))
        return refuse(in, in->at, "%s expected near byte 0x%02x", what, (unsigned char) *in->at);
    int length = 0;
    while (length < 40 && in->at + length < in->end && (unsigned char) in->at[length] > 0x20 &&
           !(in->at[length] & 0x80) && (length == 0 || !strchr(",:[]{}\"", in->at[length])))
        length++;
    return refuse(in, in->at, "%s expected near '%.*s'", what, length ? length : 1, in->at);
}

/* ---- tokens --------------------------------------------------------------------------------- */

static void skip_blanks(json_reader *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\n' || *in->at == '\t' || *in->at == '\r'))
        in->at++;
}

static bool take(json_reader *in, char sign)
{
    if (in->at == in->end || *in->at != sign)
        return false;
    in->at++;
    return true;
}

static hax_status reserve(json_reader *in, size_t bytes)
{
    if (bytes <= in->capacity)
        return HAX_OK;
    size_t capacity = bytes < 256 ? 256 : bytes + bytes / 2;
    char *grown = realloc(in->buffer, capacity);
    if (!grown)
        return HAX_NO_MEMORY;
    in->buffer = grown;
    in->capacity = capacity;
    return HAX_OK;
}

/* Four hexadecimal digits; -1: they are not. */
static int hex(const char *text, const char *end)
{
    int value = 0;
    if (end - text < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *found = text[i] ? strchr(digits, text[i]) : NULL;
        if (!found)
            return -1;
        int digit = (int) (found - digits);
        value = value * 16 + (digit < 16 ? digit : digit - 6);
    }
    return value;
}

static char *put_utf8(char *out, int code)
{
    if (code < 0x80) {
        *out++ = (char) code;
        return out;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    *out++ = (char) ((0xff00 >> (more + 1) & 0xff) | code >> 6 * more);
    while (more-- > 0)
        *out++ = (char) (0x80 | (code >> 6 * more & 0x3f));
    return out;
}

/* What follows `\u`: a character, or two halves of one (RFC 8259, section 7). */
static hax_status read_code(json_reader *in, const char *end, char **out)
{
    int code = hex(in->at, end);
    const char *place = in->at - 2;
    if (code < 0)
        return refuse(in, place, "an escape \\u without four hexadecimal digits");
    in->at += 4;
    if (code >= 0xd800 && code < 0xdc00) {
        bool pair = end - in->at >= 6 && in->at[0] == '\\' && in->at[1] == 'u';
        int low = pair ? hex(in->at + 2, end) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return refuse(in, place, "\\u%04x without its other half", code);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        in->at += 6;
    } else if (code >= 0xdc00 && code < 0xe000) {
        return refuse(in, place, "\\u%04x without its other half", code);
    }
    if (code == 0)
        return refuse(in, place, "\\u0000 is not allowed");
    *out = put_utf8(*out, code);
    return HAX_OK;
}

static hax_status read_escape(json_reader *in, const char *end, char **out)
{
    static const char signs[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char sign = *++in->at; /* there is one: the closing quote follows at least */
    const char *found = sign ? strchr(signs, sign) : NULL;
    in->at++;
    if (sign == 'u')
        return read_code(in, end, out);
    if (!found)
        return refuse(in, in->at - 2, "an unknown escape");
    *(*out)++ = means[found - signs];
    return HAX_OK;
}

/* The closing quote of the string whose content begins here; NULL: there is none. */
static const char *closing_quote(const json_reader *in)
{
    for (const char *at = in->at; at < in->end; at++) {
        if (*at == '"')
            return at;
        if (*at == '\\' && ++at == in->end)
            break;
    }
    return NULL;
}

/* A string, decoded, in the buffer, with a final zero. */
static hax_status read_text(json_reader *in, size_t *length)
{
    const char *open = in->at++, *end = closing_quote(in);
    if (!end)
        return refuse(in, open, "a string without its closing quote");
    if (!hax_text_is_utf8(in->at, (size_t) (end - in->at)))
        return refuse(in, open, "a string that is not UTF-8");
    HAX_TRY(reserve(in, (size_t) (end - in->at) + 1));
    char *out = in->buffer;
    while (in->at < end) {
        if ((unsigned char) *in->at < 0x20)
            return refuse(in, in->at, "the control character 0x%02x in a string", *in->at);
        if (*in->at == '\\')
            HAX_TRY(read_escape(in, end, &out));
        else
            *out++ = *in->at++;
    }
    *out = '\0';
    *length = (size_t) (out - in->buffer);
    in->at = end + 1;
    return HAX_OK;
}

static void skip_digits(json_reader *in)
{
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
}

/* Steps over a number (RFC 8259, section 6); false where it is none. */
static bool skip_number(json_reader *in, bool *whole)
{
    take(in, '-');
    const char *digits = in->at;
    skip_digits(in);
    if (in->at == digits || (*digits == '0' && in->at > digits + 1))
        return false;
    *whole = true;
    if (take(in, '.')) {
        *whole = false;
        digits = in->at;
        skip_digits(in);
        if (in->at == digits)
            return false;
    }
    if (take(in, 'e') || take(in, 'E')) {
        *whole = false;
        if (!take(in, '+'))
            take(in, '-');
        digits = in->at;
        skip_digits(in);
        return in->at > digits;
    }
    return true;
}

/*
 * Most numbers have few digits: where these are a whole number below 2^53 and the power of ten is
 * exact too, one division of both is rounded once, as the number itself is to be (W. D. Clinger,
 * How to read floating point numbers accurately, PLDI 1990). false: it is none of those.
 */
static bool short_real(const char *digits, double *value)
{
    enum { DIGITS_MOST = 15 }; /* below 2^53, and so many places are below 10^22 */
    static const double tens[DIGITS_MOST + 1] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    const bool negative = *digits == '-';
    int64_t whole = 0;
    int count = 0, places = 0;
    bool behind_point = false;
    for (const char *at = digits + negative; *at; at++) {
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        if (*at < '0' || *at > '9' || ++count > DIGITS_MOST)
            return false;
        whole = 10 * whole + (*at - '0');
        places += behind_point;
    }
    const double size = (double) whole / tens[places];
    *value = negative ? -size : size;
    return FLT_EVAL_METHOD == 0; /* else the division is rounded twice */
}

/* strtod wants the locale's point. */
static double real_of(char *digits)
{
    double value;
    if (short_real(digits, &value))
        return value;
    char *point = strchr(digits, '.');
    if (point)
        *point = *localeconv()->decimal_point;
    return strtod(digits, NULL);
}

static hax_status read_number(json_reader *in, json_t **value)
{
    const char *first = in->at;
    bool whole;
    if (!skip_number(in, &whole)) {
        in->at = first;
        return expected(in, "a number");
    }
    size_t length = (size_t) (in->at - first);
    HAX_TRY(reserve(in, length + 1));
    memcpy(in->buffer, first, length);
    in->buffer[length] = '\0';
    errno = 0;
    if (whole) {
        long long number = strtoll(in->buffer, NULL, 10);
        if (errno == ERANGE)
            return refuse(in, first, "%.40s is beyond whole numbers of 64 bits", in->buffer);
        *value = json_integer(number);
    } else {
        double number = real_of(in->buffer);
        if (errno == ERANGE && (number > 1 || number < -1))
            return refuse(in, first, "%.40s is beyond real numbers of 64 bits", in->buffer);
        *value = json_real(number);
    }
    return *value ? HAX_OK : HAX_NO_MEMORY;
}

/* ---- values --------------------------------------------------------------------------------- */

static hax_status read_items(json_reader *in, json_t *list)
{
    skip_blanks(in);
    if (take(in, ']'))
        return HAX_OK;
    for (;;) {
        json_t *item = NULL;
        HAX_TRY(read_value(in, &item));
        if (json_array_append_new(list, item) != 0)
            return HAX_NO_MEMORY;
        skip_blanks(in);
        if (take(in, ']'))
            return HAX_OK;
        if (!take(in, ','))
            return expected(in, "',' or ']'");
    }
}

/* A member's name, in the buffer, and what follows up to its value. */
static hax_status read_name(json_reader *in, size_t *length)
{
    skip_blanks(in);
    if (in->at == in->end || *in->at != '"')
        return expected(in, "a member's name");
    return read_text(in, length);
}

static hax_status read_colon(json_reader *in)
{
    skip_blanks(in);
    return take(in, ':') ? HAX_OK : expected(in, "':'");
}

static hax_status read_member(json_reader *in, json_t *object)
{
    size_t length;
    json_t *value = NULL;
    char capacity[64]; /* most names are short */
    skip_blanks(in);
    const char *place = in->at;
    HAX_TRY(read_name(in, &length));
    if (json_object_get(object, in->buffer))
        return refuse(in, place, "the member '%.100s' stands twice", in->buffer);
    char *name =
        length < sizeof capacity ? capacity : malloc(length + 1); /* the buffer is for the value */
    if (!name)
        return HAX_NO_MEMORY;
    memcpy(name, in->buffer, length + 1);
    hax_status status = read_colon(in);
    if (status == HAX_OK)
        status = read_value(in, &value);
    if (status == HAX_OK && json_object_set_new_nocheck(object, name, value) != 0)
        status = HAX_NO_MEMORY;
    if (name != capacity)
        free(name);
    return status;
}

static hax_status read_members(json_reader *in, json_t *object)
{
    skip_blanks(in);
    if (take(in, '}'))
        return HAX_OK;
    for (;;) {
        HAX_TRY(read_member(in, object));
        skip_blanks(in);
        if (take(in, '}'))
            return HAX_OK;
        if (!take(in, ','))
            return expected(in, "',' or '}'");
    }
}

static hax_status read_container(json_reader *in, json_t **value)
{
    bool object = *in->at == '{';
    if (in->depth == DEPTH_MAX)
        return refuse(in, in->at, "more than %d values within each other", DEPTH_MAX);
    in->at++;
    json_t *result = object ? json_object() : json_array();
    if (!result)
        return HAX_NO_MEMORY;
    in->depth++;
    hax_status status = object ? read_members(in, result) : read_items(in, result);
    in->depth--;
    if (status == HAX_OK)
        *value = result;
    else
        json_decref(result);
    return status;
}

static hax_status read_word(json_reader *in, json_t **value)
{
    size_t left = (size_t) (in->end - in->at);
    for (int w = 0; w < 3; w++) {
        const char *word = w == 0 ? "true" : w == 1 ? "false" : "null";
        size_t length = strlen(word);
        if (left < length || memcmp(in->at, word, length) != 0)
            continue;
        in->at += length;
        *value = w == 0 ? json_true() : w == 1 ? json_false() : json_null();
        return HAX_OK;
    }
    return expected(in, "a value");
}

static hax_status read_value(json_reader *in, json_t **value)
{
    size_t length;
    skip_blanks(in);
    char sign = '\0';
    if (in->at < in->end)
        sign = *in->at;
    if (sign == '{' || sign == '[')
        return read_container(in, value);
    if (sign == '-' || (sign >= '0' && sign <= '9'))
        return read_number(in, value);
    if (sign != '"')
        return read_word(in, value);
    HAX_TRY(read_text(in, &length));
    *value = json_stringn_nocheck(in->buffer, length);
    return *value ? HAX_OK : HAX_NO_MEMORY;
}

hax_status hax_json_read(const char *text, size_t length, json_t **tree, size_t *used,
                         hax_json_fault *fault)
{
    json_reader in = { .begin = text, .at = text, .end = text + length, .fault = fault };
    json_t *result = NULL;
    hax_status status = read_value(&in, &result);
    free(in.buffer);
    if (status != HAX_OK)
        return status;
    *tree = result;
    *used = (size_t) (in.at - text);
    return HAX_OK;
}

hax_status hax_json_read_document(const char *text, size_t length, json_t **tree,
                                  hax_json_fault *fault)
{
    json_reader in = { .begin = text, .at = text, .end = text + length, .fault = fault };
    json_t *result;
    size_t used;
    skip_blanks(&in);
    if (in.at == in.end || (*in.at != '{' && *in.at != '['))
        return expected(&in, "'[' or '{'");
    hax_status status = hax_json_read(text, length, &result, &used, fault);
    if (status != HAX_OK)
        return status;
    in.at = text + used;
    skip_blanks(&in);
    if (in.at == in.end) {
        *tree = result;
        return HAX_OK;
    }
    json_decref(result);
    return expected(&in, "the end of the document");
}

/* ---- one member ----------------------------------------------------------------------------- */

/* Steps over the value of the member whose name is in the buffer; `place` is where it stands. */
static hax_status skip_value(json_reader *in, hax_json_place *place)
{
    json_t *value = NULL;
    HAX_TRY(read_colon(in));
    skip_blanks(in);
    place->begin = (size_t) (in->at - in->begin);
    HAX_TRY(read_value(in, &value));
    place->end = (size_t) (in->at - in->begin);
    json_decref(value);
    return HAX_OK;
}

hax_status hax_json_find_member(const char *text, size_t length, const char *key,
                                hax_json_place *place, hax_json_fault *fault)
{
    json_reader in = { .begin = text, .at = text, .end = text + length, .fault = fault };
    hax_json_place found = { 0 };
    hax_status status = HAX_OK;
    skip_blanks(&in);
    if (!take(&in, '{'))
        return expected(&in, "'{'");
    skip_blanks(&in);
    bool more = !take(&in, '}');
    if (!more)
        found.begin = found.end = (size_t) (in.at - 1 - text);
    while (more && status == HAX_OK && !found.is_there) {
        size_t name_length;
        status = read_name(&in, &name_length);
        found.is_there = status == HAX_OK && strcmp(in.buffer, key) == 0;
        found.has_members = true;
        if (status == HAX_OK)
            status = skip_value(&in, &found);
        skip_blanks(&in);
        more = take(&in, ',');
        if (status == HAX_OK && !found.is_there && !more && !take(&in, '}'))
            status = expected(&in, "',' or '}'");
    }
    free(in.buffer);
    if (status == HAX_OK && !found.is_there)
        found.begin = found.end;
    if (status == HAX_OK)
        *place = found;
    return status;
}
