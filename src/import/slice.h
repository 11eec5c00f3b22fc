/* Parts of a text that is not zero-terminated: looking for words, lines and numbers. */
#ifndef HAX_IMPORT_SLICE_H
#define HAX_IMPORT_SLICE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hax_slice {
    const char *at;
    size_t length;
} hax_slice;

/* For "%.*s". */
#define SLICE_ARGS(s) (int) ((s).length < 200 ? (s).length : 200), (s).at

hax_slice hax_slice_of(const char *text);
hax_slice hax_slice_from(hax_slice text, size_t offset); /* offset <= length */
hax_slice hax_slice_to(hax_slice text, size_t length);
hax_slice hax_slice_trim(hax_slice text); /* blanks, tabs, CR and LF at both ends */

bool hax_slice_equal(hax_slice a, hax_slice b);
bool hax_slice_is(hax_slice text, const char *word);
bool hax_slice_starts(hax_slice text, const char *word);
bool hax_slice_ends(hax_slice text, const char *word);
bool hax_slice_has(hax_slice text, const char *word);

enum { SLICE_NONE = -1 };

/* Where a word is first or last, SLICE_NONE: nowhere. */
ptrdiff_t hax_slice_find(hax_slice text, const char *word);
ptrdiff_t hax_slice_find_last(hax_slice text, const char *word);

/* Takes a word off the front; false and unchanged when it is not there. */
bool hax_slice_take(hax_slice *text, const char *word);

/* Takes what stands before `word` off the front, and the word; false when it is not there. */
bool hax_slice_take_until(hax_slice *text, const char *word, hax_slice *before);

void hax_slice_skip_blanks(hax_slice *text); /* also CR and LF */

/*
 * Takes a number as C++ streams and Python print them: digits with a point and an exponent,
 * inf, -inf, nan, -nan, Infinity, NaN. False and unchanged when there is none.
 */
bool hax_slice_take_number(hax_slice *text, double *number);

/* A slice that is a number and nothing else. */
bool hax_slice_number(hax_slice text, double *number);

/* Walks over lines; LF or CRLF ends one. */
typedef struct hax_slice_lines {
    hax_slice rest;
    int line; /* number of the last line taken, from 1 */
} hax_slice_lines;

hax_slice_lines hax_slice_lines_of(hax_slice text);
bool hax_slice_next_line(hax_slice_lines *lines, hax_slice *line);

/* The number of the line, from 1, where the byte at `offset` of the text stands. */
int hax_slice_line_at(hax_slice text, size_t offset);

/* Without a byte order mark at the front. */
hax_slice hax_slice_without_mark(hax_slice text);

#endif
