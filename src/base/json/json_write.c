#include "json_write.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Does what stands in the innermost brackets stand on one line? */
static bool in_line(const hax_json_writer *writer)
{
    return writer->line_depth > 0 && writer->depth >= writer->line_depth;
}

static void new_line(hax_json_writer *writer)
{
    static const char blanks[2 * HAX_JSON_DEPTH_MAX + 1] = "                                ";
    hax_text_append_bytes(writer->text, "\n", 1);
    hax_text_append_bytes(writer->text, blanks, 2 * (size_t) writer->depth);
}

/* As jansson writes it: within quotes, control characters, quotes and backslashes escaped. */
static void append_string(hax_json_writer *writer, const char *value)
{
    size_t plain = 0;
    for (unsigned char c; (c = (unsigned char) value[plain]) != '\0'; plain++)
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
    if (value[plain] != '\0') { /* rare: jansson knows what is UTF-8 and how to escape */
        json_t *string = json_string(value);
        hax_json_write(string, JSON_ENCODE_ANY, writer->text);
        json_decref(string);
        return;
    }
    hax_text_append_bytes(writer->text, "\"", 1);
    hax_text_append_bytes(writer->text, value, plain);
    hax_text_append_bytes(writer->text, "\"", 1);
}

/* What stands before a value: a comma, the line's indent, the key. */
static void begin_value(hax_json_writer *writer, const char *key)
{
    assert((key != NULL) == (writer->depth > 0 && writer->open[writer->depth - 1] == '{'));
    const bool first = !writer->filled[writer->depth], line = in_line(writer);
    if (!first)
        hax_text_append_bytes(writer->text, ", ", line ? 2 : 1);
    else if (line && writer->open[writer->depth - 1] == '{')
        hax_text_append_bytes(writer->text, " ", 1);
    writer->filled[writer->depth] = true;
    if (writer->depth > 0 && !line)
        new_line(writer);
    if (!key)
        return;
    append_string(writer, key);
    hax_text_append_bytes(writer->text, ": ", 2);
}

void hax_json_open(hax_json_writer *writer, const char *key, char bracket)
{
    assert(writer->depth < HAX_JSON_DEPTH_MAX && (bracket == '{' || bracket == '['));
    begin_value(writer, key);
    hax_text_append_bytes(writer->text, &bracket, 1);
    writer->open[writer->depth++] = bracket;
    writer->filled[writer->depth] = false;
}

void hax_json_open_line(hax_json_writer *writer, const char *key, char bracket)
{
    hax_json_open(writer, key, bracket);
    if (writer->line_depth == 0)
        writer->line_depth = writer->depth;
}

void hax_json_close(hax_json_writer *writer)
{
    assert(writer->depth > 0);
    const bool line = in_line(writer), filled = writer->filled[writer->depth--];
    const bool object = writer->open[writer->depth] == '{';
    if (filled && !line)
        new_line(writer);
    else if (filled && object)
        hax_text_append_bytes(writer->text, " ", 1);
    hax_text_append_bytes(writer->text, object ? "}" : "]", 1);
    if (writer->depth < writer->line_depth)
        writer->line_depth = 0;
}

void hax_json_write_string(hax_json_writer *writer, const char *key, const char *value)
{
    begin_value(writer, key);
    append_string(writer, value);
}

void hax_json_write_null(hax_json_writer *writer, const char *key)
{
    begin_value(writer, key);
    hax_text_append_bytes(writer->text, "null", 4);
}

void hax_json_write_bool(hax_json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    hax_text_append(writer->text, value ? "true" : "false");
}

void hax_json_write_int(hax_json_writer *writer, const char *key, long long value)
{
    char digits[24];
    begin_value(writer, key);
    int length = snprintf(digits, sizeof digits, "%lld", value);
    hax_text_append_bytes(writer->text, digits, (size_t) length);
}

/* ---- numbers ---------------------------------------------------------------------------------
 */

/* jansson's form: a point or an exponent in each, no '+' and no zeros before an exponent's digits.
 */
static size_t tidy_real(char *digits)
{
    char *point = strpbrk(digits, ",.");
    char *exponent = strchr(digits, 'e');
    if (point)
        *point = '.'; /* whatever the locale has */
    if (!exponent)
        return strlen(point ? digits : strcat(digits, ".0"));
    char *to = exponent + 1, *from = to;
    if (*from == '-')
        to++;
    if (*from == '-' || *from == '+')
        from++;
    from += strspn(from, "0");
    memmove(to, from, strlen(from) + 1);
    return strlen(digits);
}

enum { DIGITS = 15 };

/* Powers of ten up to 10^27 are exact in 64 bits of mantissa. */
static long double power_of_ten(int exponent)
{
    static const long double powers[] = { 1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                          1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                          1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L };
    assert(exponent >= 0 && (size_t) exponent < sizeof powers / sizeof *powers);
    return powers[exponent];
}

/* The 15 digits of a number from 1e-4 up to 1e15 as an integer, and how many of them stand behind
 * the point. The product is off by 2^-14 at most: false where rounding needs to know more. */
static bool find_digits(double size, uint64_t *integer, int *decimals)
{
    static const long double doubtful = 0x1p-12L;
    const long double top = power_of_ten(DIGITS);
    int shift = DIGITS - 1;
    for (; size >= 10 && shift > 0 && size >= power_of_ten(DIGITS - shift); shift--)
        continue;
    for (; size < 1 && size * power_of_ten(shift) < power_of_ten(DIGITS - 1); shift++)
        continue;
    const long double scaled = size * power_of_ten(shift);
    uint64_t whole = (uint64_t) scaled;
    const long double rest = scaled - (long double) whole;
    if (rest > 0.5L - doubtful && rest < 0.5L + doubtful)
        return false;
    whole += rest > 0.5L;
    if ((long double) whole < power_of_ten(DIGITS - 1) || (long double) whole >= top)
        return false; /* at a power of ten */
    *integer = whole;
    *decimals = shift;
    return true;
}

/* As "%.15g" of most numbers, at a tenth of its time: documents hold tens of thousands. 0: not of
 * this one. */
static size_t quick_real(double value, char *digits)
{
    const double size = fabs(value);
    uint64_t integer;
    int decimals;
    if (LDBL_MANT_DIG < 64 || size < 1e-4 || size >= 1e15 ||
        !find_digits(size, &integer, &decimals))
        return 0;
    char backwards[2 * DIGITS];
    int count = 0, kept = 0;
    for (; decimals > 0 && integer % 10 == 0; decimals--)
        integer /= 10;
    if (decimals == 0)
        backwards[kept++] = '0';
    for (; integer > 0 || count <= decimals; integer /= 10, count++) {
        if (count == decimals)
            backwards[kept++] = '.';
        backwards[kept++] = (char) ('0' + integer % 10);
    }
    size_t length = 0;
    if (value < 0)
        digits[length++] = '-';
    while (kept > 0)
        digits[length++] = backwards[--kept];
    return length;
}

void hax_json_write_real(hax_json_writer *writer, const char *key, double value)
{
    char digits[40];
    if (!isfinite(value)) {
        hax_json_write_null(writer, key);
        return;
    }
    begin_value(writer, key);
    size_t length = quick_real(value, digits);
    if (length == 0) {
        snprintf(digits, sizeof digits - 2, "%.*g", DIGITS, value);
        length = tidy_real(digits);
    }
    hax_text_append_bytes(writer->text, digits, length);
}

/* A text of several lines, each but the first as deep as the writer stands. */
static void append_lines(hax_json_writer *writer, const char *lines)
{
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        hax_text_append_bytes(writer->text, lines, (size_t) (end - lines));
        new_line(writer);
    }
    hax_text_append(writer->text, lines);
}

/* Takes the tree over. */
static void append_tree(hax_json_writer *writer, json_t *tree)
{
    hax_text lines = { 0 };
    const size_t indent = in_line(writer) ? 0 : JSON_INDENT(2);
    hax_json_write(tree, JSON_ENCODE_ANY | indent | JSON_REAL_PRECISION(15), &lines);
    if (!lines.failed)
        append_lines(writer, hax_text_get(&lines));
    hax_text_spend(&lines, writer->text);
    json_decref(tree);
}

void hax_json_write_tree(hax_json_writer *writer, const char *key, json_t *tree)
{
    begin_value(writer, key);
    append_tree(writer, tree);
}

hax_status hax_json_put_member(const char *document, const char *key, json_t *tree, hax_text *out,
                               hax_json_fault *fault)
{
    const size_t length = strlen(document);
    hax_json_place place;
    hax_status status = hax_json_find_member(document, length, key, &place, fault);
    if (status != HAX_OK) {
        json_decref(tree);
        return status;
    }
    hax_json_writer writer = {
        .text = out, .depth = 1, .open = { '{' }, .filled = { true, place.has_members }
    };
    hax_text_append_bytes(out, document, place.begin);
    if (place.is_there)
        append_tree(&writer, tree);
    else
        hax_json_write_tree(&writer, key, tree);
    if (!place.is_there && !place.has_members)
        hax_text_append_bytes(out, "\n", 1);
    hax_text_append_bytes(out, document + place.end, length - place.end);
    return HAX_OK;
}
