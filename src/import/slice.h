/* Parts of a text that is not zero-terminated: looking for words, lines and numbers. */
#ifndef IMPORT_SLICE_H
#define IMPORT_SLICE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct slice {
    const char *at;
    size_t length;
} slice;

/* For "%.*s". */
#define SLICE_ARGS(s) (int) ((s).length < 200 ? (s).length : 200), (s).at

slice slice_of(const char *text);
slice slice_from(slice text, size_t offset); /* offset <= length */
slice slice_to(slice text, size_t length);
slice slice_trim(slice text); /* blanks, tabs, CR and LF at both ends */

bool slice_equal(slice a, slice b);
bool slice_is(slice text, const char *word);
bool slice_starts(slice text, const char *word);
bool slice_ends(slice text, const char *word);
bool slice_has(slice text, const char *word);

enum { SLICE_NONE = -1 };

/* Where a word is first or last, SLICE_NONE: nowhere. */
ptrdiff_t slice_find(slice text, const char *word);
ptrdiff_t slice_find_last(slice text, const char *word);

/* Takes a word off the front; false and unchanged when it is not there. */
bool slice_take(slice *text, const char *word);

/* Takes what stands before `word` off the front, and the word; false when it is not there. */
bool slice_take_until(slice *text, const char *word, slice *before);

void slice_skip_blanks(slice *text); /* also CR and LF */

/*
 * Takes a number as C++ streams and Python print them: digits with a point and an exponent,
 * inf, -inf, nan, -nan, Infinity, NaN. False and unchanged when there is none.
 */
bool slice_take_number(slice *text, double *number);

/* A slice that is a number and nothing else. */
bool slice_number(slice text, double *number);

/* Walks over lines; LF or CRLF ends one. */
typedef struct slice_lines {
    slice rest;
    int line; /* number of the last line taken, from 1 */
} slice_lines;

slice_lines slice_lines_of(slice text);
bool slice_next_line(slice_lines *lines, slice *line);

/* The number of the line, from 1, where the byte at `offset` of the text stands. */
int slice_line_at(slice text, size_t offset);

/* Without a byte order mark at the front. */
slice slice_without_mark(slice text);

#endif
