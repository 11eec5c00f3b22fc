/* Parts of a text that is not zero-terminated. */
#include "slice.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

hax_slice hax_slice_of(const char *text)
{
    return (hax_slice){ text, strlen(text) };
}

hax_slice hax_slice_from(hax_slice text, size_t offset)
{
    return (hax_slice){ text.at + offset, text.length - offset };
}

hax_slice hax_slice_to(hax_slice text, size_t length)
{
    return (hax_slice){ text.at, length };
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

hax_slice hax_slice_trim(hax_slice text)
{
    hax_slice_skip_blanks(&text);
    while (text.length > 0 && blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

bool hax_slice_equal(hax_slice a, hax_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool hax_slice_is(hax_slice text, const char *word)
{
    return text.length == strlen(word) && hax_slice_starts(text, word);
}

bool hax_slice_starts(hax_slice text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && (length == 0 || memcmp(text.at, word, length) == 0);
}

bool hax_slice_ends(hax_slice text, const char *word)
{
    size_t length = strlen(word);
    return text.length >= length && hax_slice_is(hax_slice_from(text, text.length - length), word);
}

bool hax_slice_has(hax_slice text, const char *word)
{
    return hax_slice_find(text, word) != SLICE_NONE;
}

ptrdiff_t hax_slice_find(hax_slice text, const char *word)
{
    hax_slice rest = text;
    while (rest.length > 0) {
        const char *next = memchr(rest.at, word[0], rest.length);
        if (!next)
            return SLICE_NONE;
        rest = hax_slice_from(rest, (size_t) (next - rest.at));
        if (hax_slice_starts(rest, word))
            return rest.at - text.at;
        rest = hax_slice_from(rest, 1);
    }
    return SLICE_NONE;
}

ptrdiff_t hax_slice_find_last(hax_slice text, const char *word)
{
    size_t length = strlen(word);
    for (size_t back = length; back <= text.length; back++)
        if (hax_slice_starts(hax_slice_from(text, text.length - back), word))
            return (ptrdiff_t) (text.length - back);
    return SLICE_NONE;
}

bool hax_slice_take(hax_slice *text, const char *word)
{
    if (!hax_slice_starts(*text, word))
        return false;
    *text = hax_slice_from(*text, strlen(word));
    return true;
}

bool hax_slice_take_until(hax_slice *text, const char *word, hax_slice *before)
{
    ptrdiff_t at = hax_slice_find(*text, word);
    if (at == SLICE_NONE)
        return false;
    *before = hax_slice_to(*text, (size_t) at);
    *text = hax_slice_from(*text, (size_t) at + strlen(word));
    return true;
}

void hax_slice_skip_blanks(hax_slice *text)
{
    while (text->length > 0 && blank(text->at[0]))
        *text = hax_slice_from(*text, 1);
}

/* ---- numbers ------------------------------------------------------------------------ */

static size_t digits(hax_slice text)
{
    size_t count = 0;
    while (count < text.length && text.at[count] >= '0' && text.at[count] <= '9')
        count++;
    return count;
}

/* Length of "12.5e-05" at the front, without a sign; 0: none. */
static size_t decimal(hax_slice text)
{
    size_t used = digits(text), whole = used;
    if (used < text.length && text.at[used] == '.')
        used += 1 + digits(hax_slice_from(text, used + 1));
    if (used == 0 || (whole == 0 && used == 1))
        return 0;
    hax_slice rest = hax_slice_from(text, used);
    if (rest.length >= 2 && (rest.at[0] == 'e' || rest.at[0] == 'E')) {
        size_t sign = rest.at[1] == '-' || rest.at[1] == '+';
        size_t exponent = digits(hax_slice_from(rest, 1 + sign));
        if (exponent > 0)
            used += 1 + sign + exponent;
    }
    return used;
}

static bool take_word_number(hax_slice *text, double *number)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        { "nan", NAN },           { "NaN", NAN },      { "NAN", NAN },
        { "Infinity", INFINITY }, { "inf", INFINITY }, { "INF", INFINITY },
    };
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (hax_slice_take(text, words[w].word)) {
            *number = words[w].value;
            return true;
        }
    return false;
}

bool hax_slice_take_number(hax_slice *text, double *number)
{
    char copy[64];
    hax_slice rest = *text;
    bool negative = hax_slice_take(&rest, "-");
    if (!negative)
        hax_slice_take(&rest, "+");
    double value;
    if (!take_word_number(&rest, &value)) {
        size_t length = decimal(rest);
        if (length == 0 || length >= sizeof copy)
            return false;
        memcpy(copy, rest.at, length);
        copy[length] = '\0';
        value = strtod(copy, NULL);
        rest = hax_slice_from(rest, length);
    }
    *number = negative ? -value : value;
    *text = rest;
    return true;
}

bool hax_slice_number(hax_slice text, double *number)
{
    double value;
    text = hax_slice_trim(text);
    if (!hax_slice_take_number(&text, &value) || text.length > 0)
        return false;
    *number = value;
    return true;
}

/* ---- lines -------------------------------------------------------------------------- */

hax_slice_lines hax_slice_lines_of(hax_slice text)
{
    return (hax_slice_lines){ text, 0 };
}

bool hax_slice_next_line(hax_slice_lines *lines, hax_slice *line)
{
    if (lines->rest.length == 0)
        return false;
    const char *end = memchr(lines->rest.at, '\n', lines->rest.length);
    size_t length = end ? (size_t) (end - lines->rest.at) : lines->rest.length;
    *line = hax_slice_to(lines->rest, length);
    lines->rest = hax_slice_from(lines->rest, length + (end != NULL));
    if (hax_slice_ends(*line, "\r"))
        line->length--;
    if (lines->line < INT_MAX)
        lines->line++;
    return true;
}

int hax_slice_line_at(hax_slice text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && i < text.length; i++)
        line += text.at[i] == '\n' && line < INT_MAX;
    return line;
}

hax_slice hax_slice_without_mark(hax_slice text)
{
    hax_slice_take(&text, "\xef\xbb\xbf");
    return text;
}
