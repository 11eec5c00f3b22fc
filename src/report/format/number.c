/* Numbers and lines of text as people read them. */
#include "number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "haxconn/report.h"

int hax_number_decimals(double value)
{
    double size = fabs(value);
    if (!(size > 0) || !isfinite(size))
        return 2;
    /* 9.996 is printed as 10.0: look at the value as it will be rounded. */
    int magnitude = (int) floor(log10(size * 1.0005));
    int decimals = 2 - magnitude;
    return decimals < 0 ? 0 : decimals > 4 ? 4 : decimals;
}

hax_number hax_number_fixed(double value, int decimals)
{
    hax_number number;
    if (!isfinite(value))
        snprintf(number.text, sizeof number.text, "-");
    else
        snprintf(number.text, sizeof number.text, "%.*f", decimals, value);
    return number;
}

hax_number hax_number_of(double value)
{
    if (value == 0)
        return (hax_number){ "0" };
    return hax_number_fixed(value, hax_number_decimals(value));
}

hax_number hax_number_percent(double percent)
{
    hax_number number;
    if (!isfinite(percent))
        snprintf(number.text, sizeof number.text, "-");
    else if (fabs(percent) < 0.05)
        snprintf(number.text, sizeof number.text, "0 %%");
    else
        snprintf(number.text, sizeof number.text, "%+.*f %%", fabs(percent) < 9.95 ? 1 : 0,
                 percent);
    return number;
}

hax_number hax_number_bytes(double bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    hax_number number;
    int decimals = unit == 0 || bytes == 0 ? 0 : hax_number_decimals(bytes);
    snprintf(number.text, sizeof number.text, "%.*f %s", decimals, bytes, units[unit]);
    return number;
}

static int word_columns(const char *word, size_t length)
{
    int columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char) word[i] & 0xc0) != 0x80;
    return columns;
}

int hax_text_columns(const char *text)
{
    return word_columns(text, strlen(text));
}

int hax_text_visible_columns(const char *text)
{
    /* Nothing is allocated, since nobody here could be told that it failed; a longer text is wider
     * than what is laid out with this anyway. */
    char seen[1024];
    hax_text_copy_visible(text, seen, sizeof seen);
    return hax_text_columns(seen);
}

static void wrap(hax_text *text, const char *words, int column, int indent, int width)
{
    int used = column;
    bool empty = true; /* no word on this line yet */
    for (;;) {
        words += strspn(words, " \n");
        size_t length = strcspn(words, " \n");
        if (length == 0)
            break;
        int columns = word_columns(words, length);
        if (!empty && used + 1 + columns > width) {
            hax_text_printf(text, "\n%*s", indent, "");
            used = indent;
            empty = true;
        }
        if (!empty)
            hax_text_append(text, " ");
        hax_text_append_bytes(text, words, length);
        used += columns + !empty;
        empty = false;
        words += length;
    }
    hax_text_append(text, "\n");
}

void hax_text_wrap(hax_text *text, const char *words, int column, int indent, int width)
{
    /* line ends are blanks here, whoever brings them */
    hax_text seen = { 0 };
    for (const char *line = words; *line;) {
        size_t length = strcspn(line, "\n");
        hax_text one = { 0 };
        hax_text_append_bytes(&one, line, length);
        hax_text_append_visible(&seen, hax_text_get(&one));
        hax_text_append(&seen, " ");
        text->failed |= one.failed;
        hax_text_free(&one);
        line += length + (line[length] == '\n');
    }
    wrap(text, hax_text_get(&seen), column, indent, width);
    text->failed |= seen.failed;
    hax_text_free(&seen);
}

void hax_text_paragraph(hax_text *text, int indent, int width, const char *format, ...)
{
    hax_text words = { 0 };
    va_list args;
    va_start(args, format);
    hax_text_vsay(&words, format, args);
    va_end(args);
    hax_text_wrap(text, hax_text_get(&words), 0, indent, width);
    text->failed |= words.failed;
    hax_text_free(&words);
}

static void cut(hax_text *text, const char *string, int columns)
{
    if (hax_text_columns(string) <= columns) {
        hax_text_append(text, string);
        return;
    }
    const char *end = string;
    for (int kept = 0; kept < columns - 3; kept++)
        do
            end++;
        while (((unsigned char) *end & 0xc0) == 0x80);
    hax_text_append_bytes(text, string, (size_t) (end - string));
    hax_text_append(text, "...");
}

void hax_text_cut(hax_text *text, const char *string, int columns)
{
    hax_text seen = { 0 };
    hax_text_append_visible(&seen, string);
    cut(text, hax_text_get(&seen), columns);
    text->failed |= seen.failed;
    hax_text_free(&seen);
}

void hax_report_visible(const char *text, char *visible, size_t size)
{
    hax_text_copy_visible(text, visible, size);
}
