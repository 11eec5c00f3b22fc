/*
 * Strict reading of JSON documents, as trees of jansson's. A `hax_json` is a
 * value together with the way to it, so that every error names its place:
 * "problem.json: instances[0].groups[2].on.gpu.time_ms: -1 is negative".
 *
 * The links live on the caller's stack: a child must not outlive its parent.
 */
#ifndef HAX_BASE_JSON_JSON_H
#define HAX_BASE_JSON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "text.h"

typedef struct hax_json {
    json_t *value;
    const struct hax_json *parent; /* NULL at the root */
    const char *key;               /* in an object, else NULL */
    size_t index;                  /* in an array */
    const char *file;              /* for messages */
} hax_json;

/*
 * Parses `length` bytes. Syntax errors carry line and column; double keys, trailing
 * text and numbers out of range are errors. *tree is owned by the caller
 * (json_decref) and must outlive every hax_json into it.
 */
hax_status hax_json_parse(const char *text, size_t length, const char *file, json_t **tree,
                          hax_error *err);

/* Where the JSON of a text begins, behind a byte order mark; HAX_BAD_INPUT says in which encoding
 * it is if not in UTF-8. */
hax_status hax_json_begin(const char *text, size_t length, const char *file, const char **begin,
                          size_t *left, hax_error *err);

/* Why a text is not JSON. */
typedef struct hax_json_fault {
    int line, column; /* from 1 */
    char text[200];
} hax_json_fault;

/*
 * Reads the value that a text begins with, and says how many bytes it took. HAX_BAD_INPUT fills
 * `fault`; HAX_NO_MEMORY. json_decref frees the tree.
 */
hax_status hax_json_read(const char *text, size_t length, json_t **tree, size_t *used,
                         hax_json_fault *fault);

/* The same for an object or array that is the whole text. */
hax_status hax_json_read_document(const char *text, size_t length, json_t **tree,
                                  hax_json_fault *fault);

/* Where the value of a member stands in a text, in bytes; where it is not there, both are the end
 * of the last member. */
typedef struct hax_json_place {
    size_t begin, end;
    bool is_there;
    bool has_members; /* the object has any up to there */
} hax_json_place;

/* Finds a member of the object that a text is, without reading what stands behind it: in a document
 * of many megabytes it is among the first. HAX_BAD_INPUT fills `fault`; HAX_NO_MEMORY. */
hax_status hax_json_find_member(const char *text, size_t length, const char *key,
                                hax_json_place *place, hax_json_fault *fault);

/* The root of a parsed tree. */
hax_json hax_json_root(json_t *tree, const char *file);

/* HAX_BAD_INPUT at this value: "<path>: <message>". */
hax_status hax_json_fail(const hax_json *json, hax_error *err, const char *format, ...)
    HAX_PRINTF(3, 4);
#define hax_json_fail(...) hax_failed(hax_json_fail(__VA_ARGS__))

/* The member `key` of an object; a missing one is an error. */
hax_status hax_json_member(const hax_json *object, const char *key, hax_json *child,
                           hax_error *err);

/* As above; false when the member is absent or null, or `object` is no object. */
bool hax_json_optional(const hax_json *object, const char *key, hax_json *child);

/* Item `index` of an array, less than the length that hax_json_expect_array gave. */
hax_json hax_json_item(const hax_json *array, size_t index);

/* Checks the kind of a value. */
hax_status hax_json_expect_object(const hax_json *json, hax_error *err);
hax_status hax_json_expect_array(const hax_json *json, size_t *length, hax_error *err);

/* Refuses members that are not in `keys` (NULL-terminated), naming the first. The root may
 * have "tool" besides: who wrote the document (hax_document_stamp). */
hax_status hax_json_only(const hax_json *object, const char *const *keys, hax_error *err);

/* Scalars; a number must be finite and in [min, max], an integer whole. */
hax_status hax_json_number(const hax_json *json, double min, double max, double *out,
                           hax_error *err);
hax_status hax_json_int(const hax_json *json, int min, int max, int *out, hax_error *err);
hax_status hax_json_string(const hax_json *json, const char **out, hax_error *err);
hax_status hax_json_bool(const hax_json *json, bool *out, hax_error *err);

/* Member and scalar at once; a missing member is an error. */
hax_status hax_json_member_number(const hax_json *object, const char *key, double min, double max,
                                  double *out, hax_error *err);
hax_status hax_json_member_string(const hax_json *object, const char *key, const char **out,
                                  hax_error *err);

/* The same with a value for an absent or null member. */
hax_status hax_json_number_or(const hax_json *object, const char *key, double min, double max,
                              double fallback, double *out, hax_error *err);
hax_status hax_json_int_or(const hax_json *object, const char *key, int min, int max, int fallback,
                           int *out, hax_error *err);
hax_status hax_json_string_or(const hax_json *object, const char *key, const char *fallback,
                              const char **out, hax_error *err);

/* Checks "schema" and "version" (1..version) of a document. */
hax_status hax_json_schema(const hax_json *root, const char *schema, int version, hax_error *err);

/*
 * Building trees. NULL stands for a tree that memory ran out for. A tree that is to take in such a
 * one, or that cannot grow, is freed and becomes NULL itself, as it does in json_pack; so nothing
 * is ever missing in a tree, and asking the root at the end is enough (hax_json_text does).
 */
void hax_json_append(json_t **list, json_t *item);                  /* takes `item` over */
void hax_json_set(json_t **object, const char *key, json_t *value); /* takes `value` over */

/* A string that may not be UTF-8 (names of files, foreign logs); null where it is not. */
json_t *hax_json_words(const char *words);

/* The tree of a text that hax_json_text wrote. */
json_t *hax_json_embedded(const char *text);

/* Appends a tree's text, with jansson's flags; the text has failed where memory is out. */
void hax_json_write(const json_t *tree, size_t flags, hax_text *text);

/* Text of a tree, two blanks of indent and a final newline; free with free. */
hax_status hax_json_text(const json_t *tree, char **text, hax_error *err);

/* A list of numbers, and a list of rows of them ([rows][columns]). */
json_t *hax_json_numbers(const double *values, int count);
json_t *hax_json_number_rows(const double *values, int rows, int columns);

#endif
