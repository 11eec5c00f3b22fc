/* Growing text buffer. After a failed append the buffer stays valid and `failed` is set. */
#ifndef HAX_BASE_TEXT_H
#define HAX_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

typedef struct hax_text {
    char *data; /* zero-terminated once anything was appended, else NULL */
    size_t length;
    size_t capacity;
    bool failed; /* memory ran out at some append */
    bool fixed;  /* `data` is somebody's room: what does not fit is left out */
} hax_text;

void hax_text_free(hax_text *text);

/* A text in the caller's room of `size` bytes (at least 1), for messages: it needs no memory and
 * cannot fail. */
hax_text hax_text_in(char *buffer, size_t size);

/* Frees a text that was made to become a part of `whole`, which has failed if the part has. */
void hax_text_spend(hax_text *part, hax_text *whole);

void hax_text_append(hax_text *text, const char *string);
void hax_text_append_bytes(hax_text *text, const char *bytes, size_t length);
void hax_text_printf(hax_text *text, const char *format, ...) HAX_PRINTF(2, 3);

/* A word as a POSIX shell takes it back, quoted where it must be. */
void hax_text_shell_word(hax_text *text, const char *word);

/*
 * Text of others as a terminal may show it: every control character (C0, C1, DEL), every character
 * that turns or hides what stands beside it (Unicode's bidirectional and zero-width formats, line
 * and paragraph separators) and every byte that is no UTF-8 becomes an escape, "\\n", "\\u001b",
 * "\\xff". For people: a backslash stays what it is.
 */
void hax_text_append_visible(hax_text *text, const char *string);

/* The same into a buffer, without an allocation; cut where `size` (> 0) bytes do not hold it. */
void hax_text_copy_visible(const char *string, char *visible, size_t size);

/* As hax_text_printf, with what the arguments bring made visible; line ends of the format stay. */
void hax_text_say(hax_text *text, const char *format, ...) HAX_PRINTF(2, 3);
void hax_text_vsay(hax_text *text, const char *format, va_list args) HAX_VPRINTF(2);

/* Is all of it visible already? */
bool hax_text_is_visible(const char *string);

/* The text so far, "" when nothing was appended. Owned by the buffer. */
const char *hax_text_get(const hax_text *text);

/* Hands the text over to the caller (free with free); NULL if an append failed. */
char *hax_text_take(hax_text *text);

/* The same with a status; *given is written on success only. `what` is what memory is for. */
hax_status hax_text_give(hax_text *text, char **given, const char *what, hax_error *err);

/* Are these bytes UTF-8 (RFC 3629)? */
bool hax_text_is_utf8(const char *text, size_t length);

/* Bytes of the mark that some editors begin UTF-8 files with (U+FEFF): 3, or 0 without one. */
size_t hax_text_mark_length(const char *text, size_t length);

/* "UTF-16" or "UTF-32" for a text that begins with the byte-order mark of one, else NULL. */
const char *hax_text_wide_encoding(const char *text, size_t length);

#endif
