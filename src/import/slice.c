/* Parts of a text that is not zero-terminated. */
#include "slice.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

slice slice_of(const char *text)
{
    return (slice){ text, strlen(text) };
}

slice slice_from(slice text, size_t offset)
{
    return (slice){ text.at + offset, text.length - offset };
}

slice slice_to(slice text, size_t length)
{
    return (slice){ text.at, length };
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

slice slice_trim(slice text)
{
    slice_skip_blanks(&text);
    while (text.length > 0 && blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

bool slice_equal(slice a, slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool slice_is(slice text, const char *word)
{
    return text.length == strlen(word) && slice_starts(text, word);
}

bool slice_starts(slice text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && (length == 0 || memcmp(text.at, word, length) == 0);
}

bool slice_ends(slice text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && slice_is(slice_from(text, text.length - length), word);
}

bool slice_has(slice text, const char *word)
{
    return slice_find(text, word) != SLICE_NONE;
}

ptrdiff_t slice_find(slice text, const char *word)
{
    slice rest = text;
    while (rest.length > 0) {
        const char *next = memchr(rest.at, word[0], rest.length);
        if (!next)
            return SLICE_NONE;
        rest = slice_from(rest, (size_t) (next - rest.at));
        if (slice_starts(rest, word))
            return rest.at - text.at;
        rest = slice_from(rest, 1);
    }
    return SLICE_NONE;
}

ptrdiff_t slice_find_last(slice text, const char *word)
{
    size_t length = strlen(word);
    for (size_t back = length; back <= text.length; back++)
        if (slice_starts(slice_from(text, text.length - back), word))
            return (ptrdiff_t) (text.length - back);
    return SLICE_NONE;
}

bool slice_take(slice *text, const char *word)
{
    if (!slice_starts(*text, word))
        return false;
    *text = slice_from(*text, strlen(word));
    return true;
}

bool slice_take_until(slice *text, const char *word, slice *before)
{
    ptrdiff_t at = slice_find(*text, word);
    if (at == SLICE_NONE)
        return false;
    *before = slice_to(*text, (size_t) at);
    *text = slice_from(*text, (size_t) at + strlen(word));
    return true;
}

void slice_skip_blanks(slice *text)
{
    while (text->length > 0 && blank(text->at[0]))
        *text = slice_from(*text, 1);
}

/* ---- numbers ------------------------------------------------------------------------ */

static size_t digits(slice text)
{
    size_t count = 0;
    while (count < text.length && text.at[count] >= '0' && text.at[count] <= '9')
        count++;
    return count;
}

/* Length of "12.5e-05" at the front, without a sign; 0: none. */
static size_t decimal(slice text)
{
    size_t used = digits(text), whole = used;
    if (used < text.length && text.at[used] == '.')
        used += 1 + digits(slice_from(text, used + 1));
    if (used == 0 || (whole == 0 && used == 1))
        return 0;
    slice rest = slice_from(text, used);
    if (rest.length >= 2 && (rest.at[0] == 'e' || rest.at[0] == 'E')) {
        size_t sign = rest.at[1] == '-' || rest.at[1] == '+';
        size_t exponent = digits(slice_from(rest, 1 + sign));
        if (exponent > 0)
            used += 1 + sign + exponent;
    }
    return used;
}

static bool take_word_number(slice *text, double *number)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        { "nan", NAN },           { "NaN", NAN },      { "NAN", NAN },
        { "Infinity", INFINITY }, { "inf", INFINITY }, { "INF", INFINITY },
    };
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (slice_take(text, words[w].word)) {
            *number = words[w].value;
            return true;
        }
    return false;
}

bool slice_take_number(slice *text, double *number)
{
    char copy[64];
    slice rest = *text;
    bool negative = slice_take(&rest, "-");
    if (!negative)
        slice_take(&rest, "+");
    double value;
    if (!take_word_number(&rest, &value)) {
        size_t length = decimal(rest);
        if (length == 0 || length >= sizeof copy)
            return false;
        memcpy(copy, rest.at, length);
        copy[length] = '\0';
        value = strtod(copy, NULL);
        rest = slice_from(rest, length);
    }
    *number = negative ? -value : value;
    *text = rest;
    return true;
}

bool slice_number(slice text, double *number)
{
    double value;
    text = slice_trim(text);
    if (!slice_take_number(&text, &value) || text.length > 0)
        return false;
    *number = value;
    return true;
}

/* ---- lines -------------------------------------------------------------------------- */

slice_lines slice_lines_of(slice text)
{
    return (slice_lines){ text, 0 };
}

bool slice_next_line(slice_lines *lines, slice *line)
{
    if (lines->rest.length == 0)
        return false;
    const char *end = memchr(lines->rest.at, '\n', lines->rest.length);
    size_t length = end ? (size_t) (end - lines->rest.at) : lines->rest.length;
    *line = slice_to(lines->rest, length);
    lines->rest = slice_from(lines->rest, length + (end != NULL));
    if (slice_ends(*line, "\r"))
        line->length--;
    if (lines->line < INT_MAX)
        lines->line++;
    return true;
}

int slice_line_at(slice text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && i < text.length; i++)
        line += text.at[i] == '\n' && line < INT_MAX;
    return line;
}

slice slice_without_mark(slice text)
{
    slice_take(&text, "\xef\xbb\xbf");
    return text;
}
