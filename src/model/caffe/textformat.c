/* Protocol-buffer text format: characters, scalars, fields. No recursion. */
#include "textformat.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef struct frame {
    hax_textformat_node *message;
    int close;    /* what ends it, -1 for the file */
    bool in_list; /* after it, the list goes on */
} frame;

typedef struct parser {
    hax_arena *arena;
    const char *at, *end;
    const char *line_start;
    int line;
    const char *file;
    hax_error *err;
    frame stack[TEXTFORMAT_MAX_DEPTH];
    int depth; /* frames in use */
} parser;

/* ---- characters -------------------------------------------------------------------------- */

/* The next character, -1 at the end. */
static int peek(const parser *p)
{
    return p->at < p->end ? (unsigned char) *p->at : -1;
}

static void advance(parser *p)
{
    if (*p->at++ == '\n') {
        p->line++;
        p->line_start = p->at;
    }
}

static int column(const parser *p)
{
    return (int) (p->at - p->line_start) + 1;
}

static void skip_space(parser *p)
{
    for (;;) {
        int c = peek(p);
        if (c == '#')
            while (peek(p) >= 0 && peek(p) != '\n')
                advance(p);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f')
            advance(p);
        else
            return;
    }
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static hax_status fail_here(const parser *p, const char *what)
{
    int c = peek(p);
    if (c < 0)
        return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, p->line, column(p),
                           "the file ends where %s should be", what);
    if (c < 0x20 || c > 0x7e)
        return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, p->line, column(p),
                           "byte 0x%02x where %s should be; is this a prototxt?", (unsigned) c,
                           what);
    return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, p->line, column(p),
                       "'%c' where %s should be", c, what);
}

static hax_status no_memory(const parser *p)
{
    return hax_fail_memory(p->err, "the text of a network");
}

/* ---- strings -------------------------------------------------------------------------------- */

static int hex_value(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Up to `most` digits of base 8 or 16; -1 when there is none. */
static int take_digits(parser *p, int base, int most)
{
    int value = -1;
    for (int i = 0; i < most; i++) {
        int digit = hex_value(peek(p));
        if (digit < 0 || digit >= base)
            break;
        value = (value < 0 ? 0 : value) * base + digit;
        advance(p);
    }
    return value;
}

/* What follows a backslash. */
static hax_status take_escape(parser *p, hax_text *text)
{
    static const char names[] = "abfnrtv\\'\"?";
    static const char values[] = "\a\b\f\n\r\t\v\\'\"?";
    int c = peek(p);
    const char *name = c > 0 ? strchr(names, c) : NULL;
    int byte = -1;
    if (name) {
        byte = values[name - names];
        advance(p);
    } else if (c == 'x' || c == 'X') {
        advance(p);
        byte = take_digits(p, 16, 2);
    } else {
        byte = take_digits(p, 8, 3);
    }
    if (byte <= 0 || byte > 255)
        return fail_here(p, "an escape like \\n, \\101 or \\x41 (not of a zero byte)");
    char value = (char) byte;
    hax_text_append_bytes(text, &value, 1);
    return HAX_OK;
}

static hax_status take_quoted(parser *p, hax_text *text)
{
    int quote = peek(p);
    advance(p);
    for (;;) {
        int c = peek(p);
        if (c <= 0 || c == '\n')
            return fail_here(p, "the end of a string");
        if (c == quote) {
            advance(p);
            return HAX_OK;
        }
        if (c == '\\') {
            advance(p);
            HAX_TRY(take_escape(p, text));
            continue;
        }
        hax_text_append_bytes(text, p->at, 1);
        advance(p);
    }
}

/* Strings that follow each other are one. */
static hax_status take_strings(parser *p, hax_textformat_node *node)
{
    hax_text text = { 0 };
    hax_status status = HAX_OK;
    while (status == HAX_OK && (peek(p) == '"' || peek(p) == '\'')) {
        status = take_quoted(p, &text);
        if (status == HAX_OK)
            skip_space(p);
    }
    node->kind = TEXTFORMAT_STRING;
    if (status == HAX_OK && text.failed)
        status = no_memory(p);
    if (status == HAX_OK && !hax_text_is_utf8(hax_text_get(&text), text.length))
        status = hax_fail_at(p->err, HAX_BAD_INPUT, p->file, node->value_line, node->value_column,
                             "the string is not UTF-8");
    if (status == HAX_OK) {
        node->text = hax_arena_string(p->arena, hax_text_get(&text));
        status = node->text ? HAX_OK : no_memory(p);
    }
    hax_text_free(&text);
    return status;
}

/* ---- numbers and words ----------------------------------------------------------------------- */

/* A run of letters, digits, dots, and signs behind an exponent's letter. */
static const char *scan_number(const parser *p)
{
    const char *at = p->at;
    bool hex = p->end - at > 1 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    while (at < p->end) {
        bool exponent = at > p->at && !hex && (at[-1] == 'e' || at[-1] == 'E');
        bool sign = *at == '+' || *at == '-';
        if (!is_letter(*at) && !is_digit(*at) && *at != '.' && !(sign && exponent))
            break;
        at++;
    }
    return at;
}

/* Decimal, octal or hexadecimal, within 64 bits. */
static bool read_whole(const char *digits, int64_t *value)
{
    int base = 10;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        base = 16;
        digits += 2;
    } else if (digits[0] == '0' && digits[1] != '\0') {
        base = 8;
    }
    if (digits[0] == '\0')
        return false;
    uint64_t sum = 0;
    for (; *digits; digits++) {
        int digit = hex_value(*digits);
        if (digit < 0 || digit >= base ||
            sum > ((uint64_t) INT64_MAX - (uint64_t) digit) / (uint64_t) base)
            return false;
        sum = sum * (uint64_t) base + (uint64_t) digit;
    }
    *value = (int64_t) sum;
    return true;
}

/* Digits with a point, an exponent, the suffix f: strtod alone would take more. */
static bool read_real(char *text, size_t length, double *value)
{
    if (length > 1 && (text[length - 1] == 'f' || text[length - 1] == 'F'))
        text[--length] = '\0';
    bool octal = text[0] == '0' && is_digit((unsigned char) text[1]);
    if (octal || strspn(text, "0123456789.eE+-") != length)
        return false;
    char *end = NULL;
    *value = strtod(text, &end);
    return end == text + length;
}

static hax_status take_number(parser *p, bool negative, hax_textformat_node *node)
{
    const char *end = scan_number(p);
    size_t length = (size_t) (end - p->at);
    char *text = hax_arena_text(p->arena, p->at, length);
    char *copy = hax_arena_text(p->arena, p->at, length);
    if (!text || !copy)
        return no_memory(p);
    node->kind = TEXTFORMAT_NUMBER;
    node->text = text;
    node->is_whole = read_whole(text, &node->whole);
    if (node->is_whole)
        node->number = (double) node->whole;
    else if (!read_real(copy, length, &node->number))
        return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, node->value_line, node->value_column,
                           "'%.40s' is not a number", text);
    if (negative) {
        node->whole = -node->whole;
        node->number = -node->number;
    }
    p->at = end; /* no newline within */
    return HAX_OK;
}

static char *take_name(parser *p)
{
    const char *start = p->at;
    while (is_letter(peek(p)) || is_digit(peek(p)))
        p->at++;
    return hax_arena_text(p->arena, start, (size_t) (p->at - start));
}

/* inf and nan are numbers, with or without sign; any other word has none. */
static hax_status take_word(parser *p, bool negative, hax_textformat_node *node)
{
    char *word = take_name(p);
    if (!word)
        return no_memory(p);
    bool infinite = strcmp(word, "inf") == 0 || strcmp(word, "infinity") == 0;
    node->text = word;
    if (infinite || strcmp(word, "nan") == 0) {
        node->kind = TEXTFORMAT_NUMBER;
        node->number = infinite ? (negative ? -INFINITY : INFINITY) : NAN;
        return HAX_OK;
    }
    node->kind = TEXTFORMAT_WORD;
    if (negative)
        return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, node->value_line, node->value_column,
                           "'-' before '%.40s'", word);
    return HAX_OK;
}

static hax_status take_scalar(parser *p, hax_textformat_node *node)
{
    if (peek(p) == '"' || peek(p) == '\'')
        return take_strings(p, node);
    bool negative = peek(p) == '-';
    if (negative) {
        advance(p);
        skip_space(p);
    }
    if (is_digit(peek(p)) || peek(p) == '.')
        return take_number(p, negative, node);
    if (is_letter(peek(p)))
        return take_word(p, negative, node);
    return fail_here(p, "a value");
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* A new field of the innermost message; its value begins here. */
static hax_textformat_node *add_node(parser *p, const char *name, int line, int at_column)
{
    hax_textformat_node *message = p->stack[p->depth - 1].message;
    hax_textformat_node *node = hax_arena_alloc(p->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    *node = (hax_textformat_node){ .name = name,
                                   .line = line,
                                   .column = at_column,
                                   .value_line = p->line,
                                   .value_column = column(p) };
    if (message->last)
        message->last->next = node;
    else
        message->first = node;
    message->last = node;
    return node;
}

static hax_status open_message(parser *p, hax_textformat_node *node, bool in_list)
{
    if (p->depth == TEXTFORMAT_MAX_DEPTH)
        return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, p->line, column(p),
                           "'%.60s' is nested deeper than %d messages", node->name,
                           (int) TEXTFORMAT_MAX_DEPTH);
    node->kind = TEXTFORMAT_MESSAGE;
    p->stack[p->depth++] = (frame){ node, peek(p) == '{' ? '}' : '>', in_list };
    advance(p);
    return HAX_OK;
}

static void skip_separator(parser *p)
{
    skip_space(p);
    if (peek(p) == ';' || peek(p) == ',')
        advance(p);
}

static bool at_message(const parser *p)
{
    return peek(p) == '{' || peek(p) == '<';
}

/* Items until the list ends or one of them opens a message. `name` was given at a place. */
static hax_status take_items(parser *p, const char *name, int line, int at_column)
{
    for (;;) {
        skip_space(p);
        hax_textformat_node *node = add_node(p, name, line, at_column);
        if (!node)
            return no_memory(p);
        if (at_message(p))
            return open_message(p, node, true);
        HAX_TRY(take_scalar(p, node));
        skip_space(p);
        int c = peek(p);
        if (c != ',' && c != ']')
            return fail_here(p, "',' or ']' in a list");
        advance(p);
        if (c == ']')
            break;
    }
    skip_separator(p);
    return HAX_OK;
}

static hax_status take_list(parser *p, const char *name, int line, int at_column)
{
    advance(p);
    skip_space(p);
    if (peek(p) != ']')
        return take_items(p, name, line, at_column);
    advance(p);
    skip_separator(p);
    return HAX_OK;
}

static hax_status take_field(parser *p)
{
    int line = p->line;
    int at_column = column(p);
    const char *name = take_name(p);
    if (!name)
        return no_memory(p);
    skip_space(p);
    bool colon = peek(p) == ':';
    if (colon) {
        advance(p);
        skip_space(p);
    }
    if (colon && peek(p) == '[')
        return take_list(p, name, line, at_column);
    if (!colon && !at_message(p))
        return fail_here(p, "':' or '{' behind a field's name");
    hax_textformat_node *node = add_node(p, name, line, at_column);
    if (!node)
        return no_memory(p);
    if (at_message(p))
        return open_message(p, node, false);
    HAX_TRY(take_scalar(p, node));
    skip_separator(p);
    return HAX_OK;
}

static hax_status close_message(parser *p)
{
    frame closed = p->stack[p->depth - 1];
    if (peek(p) != closed.close)
        return fail_here(p, closed.close < 0      ? "a field's name"
                            : closed.close == '}' ? "a field's name or '}'"
                                                  : "a field's name or '>'");
    advance(p);
    p->depth--;
    if (!closed.in_list) {
        skip_separator(p);
        return HAX_OK;
    }
    skip_space(p);
    int c = peek(p);
    if (c != ',' && c != ']')
        return fail_here(p, "',' or ']' in a list");
    advance(p);
    if (c == ',')
        return take_items(p, closed.message->name, closed.message->line, closed.message->column);
    skip_separator(p);
    return HAX_OK;
}

static hax_status take_all(parser *p)
{
    for (skip_space(p); peek(p) >= 0; skip_space(p))
        HAX_TRY(is_letter(peek(p)) ? take_field(p) : close_message(p));
    if (p->depth == 1)
        return HAX_OK;
    const hax_textformat_node *open = p->stack[p->depth - 1].message;
    return hax_fail_at(p->err, HAX_BAD_INPUT, p->file, p->line, column(p),
                       "the file ends inside '%.60s', which begins in line %d", open->name,
                       open->line);
}

hax_status hax_textformat_parse(hax_arena *arena, const char *text, size_t length, const char *file,
                                const hax_textformat_node **root, hax_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors begin UTF-8 files with it */
    hax_textformat_node *top = hax_arena_alloc(arena, 1, sizeof *top);
    if (!top)
        return hax_fail_memory(err, "the text of a network");
    top->name = "";
    top->kind = TEXTFORMAT_MESSAGE;
    top->line = top->column = 1;
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    parser p = { .arena = arena,
                 .at = text,
                 .end = text + length,
                 .line_start = text,
                 .line = 1,
                 .file = file,
                 .err = err,
                 .stack = { { top, -1, false } },
                 .depth = 1 };
    HAX_TRY(take_all(&p));
    *root = top;
    return HAX_OK;
}
