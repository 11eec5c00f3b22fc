#include "json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

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
    if (writer->filled[writer->depth])
        hax_text_append_bytes(writer->text, ",", 1);
    writer->filled[writer->depth] = true;
    if (writer->depth > 0)
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

void hax_json_close(hax_json_writer *writer)
{
    assert(writer->depth > 0);
    bool filled = writer->filled[writer->depth--];
    if (filled)
        new_line(writer);
    hax_text_append_bytes(writer->text, writer->open[writer->depth] == '{' ? "}" : "]", 1);
}

void hax_json_write_string(hax_json_writer *writer, const char *key, const char *value)
{
    begin_value(writer, key);
    append_string(writer, value);
}

void hax_json_write_int(hax_json_writer *writer, const char *key, long long value)
{
    char digits[24];
    begin_value(writer, key);
    int length = snprintf(digits, sizeof digits, "%lld", value);
    hax_text_append_bytes(writer->text, digits, (size_t) length);
}

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

void hax_json_write_real(hax_json_writer *writer, const char *key, double value)
{
    char digits[40] = "null";
    begin_value(writer, key);
    size_t length = 4;
    if (isfinite(value)) {
        snprintf(digits, sizeof digits - 2, "%.15g", value);
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

void hax_json_write_tree(hax_json_writer *writer, const char *key, json_t *tree)
{
    hax_text lines = { 0 };
    begin_value(writer, key);
    hax_json_write(tree, JSON_ENCODE_ANY | JSON_INDENT(2) | JSON_REAL_PRECISION(15), &lines);
    if (!lines.failed)
        append_lines(writer, hax_text_get(&lines));
    hax_text_spend(&lines, writer->text);
    json_decref(tree);
}
