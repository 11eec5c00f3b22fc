/*
 * Documents written as they go, for those of many megabytes: the text is that of hax_json_text for
 * the same tree, without the tree (an object of jansson's takes ten times as long to make and free
 * as its line takes to write). What people read as one thing, of which there are many, may be kept
 * on one line.
 *
 * Values stand in an object with a key, in an array without one (NULL). Like a text, a writer
 * remembers that memory was out, and a string that is no UTF-8; it is asked once, at the end.
 */
#ifndef HAX_BASE_JSON_JSON_WRITE_H
#define HAX_BASE_JSON_JSON_WRITE_H

#include <jansson.h>
#include <stdbool.h>

#include "json.h"
#include "text.h"

enum { HAX_JSON_DEPTH_MAX = 16 };

typedef struct hax_json_writer {
    hax_text *text;
    int depth;
    char open[HAX_JSON_DEPTH_MAX];       /* '{' or '[' */
    bool filled[HAX_JSON_DEPTH_MAX + 1]; /* [depth]: something stands there */
    int line_depth;                      /* from here on all stands on one line; 0: nothing does */
} hax_json_writer;

/* Begins an object '{' or an array '['; no deeper than HAX_JSON_DEPTH_MAX. */
void hax_json_open(hax_json_writer *writer, const char *key, char bracket);
/* The same with all that stands within on this line. */
void hax_json_open_line(hax_json_writer *writer, const char *key, char bracket);
void hax_json_close(hax_json_writer *writer);

void hax_json_write_null(hax_json_writer *writer, const char *key);
void hax_json_write_bool(hax_json_writer *writer, const char *key, bool value);
void hax_json_write_string(hax_json_writer *writer, const char *key, const char *value);
void hax_json_write_int(hax_json_writer *writer, const char *key, long long value);
/* With 15 digits. A number that is not finite is null. */
void hax_json_write_real(hax_json_writer *writer, const char *key, double value);
/* NULL: memory was out when it was made. Takes the tree over. */
void hax_json_write_tree(hax_json_writer *writer, const char *key, json_t *tree);

/* A document, which is an object, with a member of it put in or in another one's place; all else
 * stays as it was written, and is not read beyond that member. Takes the tree over. HAX_BAD_INPUT
 * fills `fault`; HAX_NO_MEMORY. */
hax_status hax_json_put_member(const char *document, const char *key, json_t *tree, hax_text *out,
                               hax_json_fault *fault);

#endif
