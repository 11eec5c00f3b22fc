#include "text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hax_text_free(hax_text *text)
{
    if (!text->fixed)
        free(text->data);
    *text = (hax_text){ 0 };
}

hax_text hax_text_in(char *buffer, size_t size)
{
    assert(size > 0);
    buffer[0] = '\0';
    return (hax_text){ .data = buffer, .capacity = size, .fixed = true };
}

void hax_text_spend(hax_text *part, hax_text *whole)
{
    whole->failed = whole->failed || part->failed;
    hax_text_free(part);
}

/* Room for `more` bytes and the final zero. */
static bool reserve(hax_text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void hax_text_append_bytes(hax_text *text, const char *bytes, size_t length)
{
    if (text->fixed && length > text->capacity - text->length - 1)
        length = text->capacity - text->length - 1;
    if (!text->fixed && !reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void hax_text_append(hax_text *text, const char *string)
{
    hax_text_append_bytes(text, string, strlen(string));
}

void hax_text_printf(hax_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || (!text->fixed && !reserve(text, (size_t) length))) {
        text->failed = true;
        return;
    }
    size_t capacity = text->capacity - text->length;
    va_start(args, format);
    vsnprintf(text->data + text->length, capacity, format, args);
    va_end(args);
    text->length += (size_t) length < capacity ? (size_t) length : capacity - 1;
}

const char *hax_text_get(const hax_text *text)
{
    return text->data ? text->data : "";
}

char *hax_text_take(hax_text *text)
{
    assert(!text->fixed);
    if (!text->failed && !text->data)
        hax_text_append(text, "");
    if (text->failed) {
        hax_text_free(text);
        return NULL;
    }
    char *data = text->data;
    *text = (hax_text){ 0 };
    return data;
}

hax_status hax_text_give(hax_text *text, char **given, const char *what, hax_error *err)
{
    char *taken = hax_text_take(text);
    if (!taken)
        return hax_fail_memory(err, what);
    *given = taken;
    return HAX_OK;
}

/* Length of the UTF-8 sequence at `at`, 0 if it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *bytes, size_t capacity)
{
    size_t length = bytes[0] < 0x80   ? 1
                    : bytes[0] < 0xc2 ? 0
                    : bytes[0] < 0xe0 ? 2
                    : bytes[0] < 0xf0 ? 3
                                      : 4;
    if (length == 0 || length > capacity || bytes[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xf0 && bytes[1] < 0x90);
    bool outside = (bytes[0] == 0xed && bytes[1] > 0x9f) || (bytes[0] == 0xf4 && bytes[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

bool hax_text_is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *) text;
    for (size_t i = 0; i < length;) {
        size_t step = utf8_length(at + i, length - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

static bool begins_with(const char *text, size_t length, const char *mark, size_t mark_length)
{
    return length >= mark_length && memcmp(text, mark, mark_length) == 0;
}

size_t hax_text_mark_length(const char *text, size_t length)
{
    return begins_with(text, length, "\xef\xbb\xbf", 3) ? 3 : 0;
}

const char *hax_text_wide_encoding(const char *text, size_t length)
{
    if (begins_with(text, length, "\xff\xfe\0\0", 4) ||
        begins_with(text, length, "\0\0\xfe\xff", 4))
        return "UTF-32";
    if (begins_with(text, length, "\xff\xfe", 2) || begins_with(text, length, "\xfe\xff", 2))
        return "UTF-16";
    return NULL;
}

void hax_text_shell_word(hax_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=+./,:@%";
    if (word[0] && word[strspn(word, plain)] == '\0') {
        hax_text_append(text, word);
        return;
    }
    hax_text_append(text, "'");
    for (; *word; word++)
        hax_text_append_bytes(text, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    hax_text_append(text, "'");
}

/* ---- what others wrote ----------------------------------------------------------------------- */

/* The code point of a sequence that is UTF-8. */
static uint32_t code_point(const unsigned char *bytes, size_t length)
{
    static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t code = bytes[0] & first_bits[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3f);
    return code;
}

/* Characters that are not seen themselves (The Unicode Standard, general categories Cc, Zl and Zp,
 * and of Cf those that reorder or hide: UAX #9, UTR #36). */
static bool is_hidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
        { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
        { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
    };
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        if (code >= ranges[r][0] && code <= ranges[r][1])
            return true;
    return false;
}

enum { PIECE_MOST = 12 }; /* bytes that one character becomes, "\\U000e0001" and its end */

static void escape(uint32_t code, char piece[PIECE_MOST])
{
    switch (code) {
    case '\n': snprintf(piece, PIECE_MOST, "\\n"); break;
    case '\r': snprintf(piece, PIECE_MOST, "\\r"); break;
    case '\t': snprintf(piece, PIECE_MOST, "\\t"); break;
    default: snprintf(piece, PIECE_MOST, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned) code);
    }
}

/* What the first character of a text is shown as; how many of its bytes that are. */
static size_t visible_piece(const unsigned char *text, size_t left, char piece[PIECE_MOST])
{
    size_t length = utf8_length(text, left);
    uint32_t code = length > 0 ? code_point(text, length) : text[0];
    if (length == 0)
        snprintf(piece, PIECE_MOST, "\\x%02x", (unsigned) code);
    else if (is_hidden(code))
        escape(code, piece);
    else
        snprintf(piece, PIECE_MOST, "%.*s", (int) length, (const char *) text);
    return length > 0 ? length : 1;
}

void hax_text_append_visible(hax_text *text, const char *string)
{
    char piece[PIECE_MOST];
    size_t step = 0;
    for (size_t left = strlen(string); left > 0; left -= step, string += step) {
        step = visible_piece((const unsigned char *) string, left, piece);
        hax_text_append(text, piece);
    }
}

void hax_text_copy_visible(const char *string, char *visible, size_t size)
{
    char piece[PIECE_MOST];
    size_t step = 0, used = 0;
    visible[0] = '\0';
    for (size_t left = strlen(string); left > 0; left -= step, string += step) {
        step = visible_piece((const unsigned char *) string, left, piece);
        size_t length = strlen(piece);
        if (used + length >= size)
            return;
        memcpy(visible + used, piece, length + 1);
        used += length;
    }
}

bool hax_text_is_visible(const char *string)
{
    const unsigned char *at = (const unsigned char *) string;
    for (size_t left = strlen(string), length; left > 0; at += length, left -= length) {
        length = utf8_length(at, left);
        if (length == 0 || is_hidden(code_point(at, length)))
            return false;
    }
    return true;
}

/* A control character that occurs in neither text; 0: there is none. */
static char unused_control(const char *a, const char *b)
{
    for (int c = 1; c < ' '; c++)
        if (!strchr(a, c) && !strchr(b, c))
            return (char) c;
    return 0;
}

/* Once more with the format's own line ends marked by what no argument has: so they are known from
 * those of the arguments. */
HAX_VPRINTF(2)
static bool format_marked(hax_text *text, const char *format, char mark, va_list args)
{
    hax_text marked = { 0 };
    hax_text_append(&marked, format);
    for (char *at = marked.data; at && *at; at++)
        if (*at == '\n')
            *at = mark;
    int length = -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (!marked.failed && reserve(text, text->length))
        length = vsnprintf(text->data, text->capacity, hax_text_get(&marked), args);
#pragma GCC diagnostic pop
    hax_text_free(&marked);
    return length >= 0;
}

/* Lines between marks, each made visible. */
static void append_lines(hax_text *text, char *lines, char mark)
{
    for (char *end = mark ? strchr(lines, mark) : NULL; end; end = strchr(lines, mark)) {
        *end = '\0';
        hax_text_append_visible(text, lines);
        hax_text_append(text, "\n");
        lines = end + 1;
    }
    hax_text_append_visible(text, lines);
}

void hax_text_vsay(hax_text *text, const char *format, va_list args)
{
    hax_text said = { 0 };
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0 || !reserve(&said, (size_t) length)) {
        text->failed = true;
    } else {
        va_list first;
        va_copy(first, again);
        vsnprintf(said.data, (size_t) length + 1, format, first);
        va_end(first);
        said.length = (size_t) length;
        char mark = strchr(said.data, '\n') ? unused_control(said.data, "\n") : 0;
        if (mark && !format_marked(&said, format, mark, again))
            text->failed = true;
        else
            append_lines(text, said.data, mark);
    }
    va_end(again);
    hax_text_free(&said);
}

void hax_text_say(hax_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    hax_text_vsay(text, format, args);
    va_end(args);
}
