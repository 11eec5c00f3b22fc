/*
 * Protocol-buffer text format, read without a schema: a tree of named fields in which
 * every node knows its place. Accepts all that Caffe's own reader does but extension
 * names: `name: value`, `name { }`, `name: < >`, lists, ';' and ',' after a field,
 * strings in either quote with C escapes, put together when they follow each other.
 * Nesting is limited, strings must be UTF-8 without zero bytes.
 */
#ifndef HAX_MODEL_CAFFE_TEXTFORMAT_H
#define HAX_MODEL_CAFFE_TEXTFORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

typedef enum hax_textformat_kind {
    TEXTFORMAT_STRING,
    TEXTFORMAT_NUMBER,
    TEXTFORMAT_WORD, /* true, false, an enumerator */
    TEXTFORMAT_MESSAGE,
} hax_textformat_kind;

/* A field. Repeated fields are several nodes of one name, as is a list. */
typedef struct hax_textformat_node {
    const char *name; /* "" at the root */
    hax_textformat_kind kind;
    const char *text; /* of a scalar: the string, the number as written, the word */
    double number;
    int64_t whole; /* of a number without fraction or exponent */
    bool is_whole;
    int line, column;                         /* of the name */
    int value_line, value_column;             /* of the value */
    struct hax_textformat_node *first, *last; /* of a message */
    struct hax_textformat_node *next;
} hax_textformat_node;

enum { TEXTFORMAT_MAX_DEPTH = 32 };

/* The root message lies in the arena, and nothing points into `text`. */
hax_status hax_textformat_parse(hax_arena *arena, const char *text, size_t length, const char *file,
                                const hax_textformat_node **root, hax_error *err);

/* HAX_BAD_INPUT at a node's name: "message". */
hax_status hax_textformat_fail(const hax_textformat_node *node, const char *file, hax_error *err,
                               const char *format, ...) HAX_PRINTF(4, 5);
#define hax_textformat_fail(...) hax_failed(hax_textformat_fail(__VA_ARGS__))

/* Value of a scalar; an error at the value when it is of another kind or out of range. */
hax_status hax_textformat_whole(const hax_textformat_node *node, int64_t min, int64_t max,
                                const char *file, int64_t *value, hax_error *err);
hax_status hax_textformat_real(const hax_textformat_node *node, const char *file, float *value,
                               hax_error *err);
hax_status hax_textformat_bool(const hax_textformat_node *node, const char *file, bool *value,
                               hax_error *err);
hax_status hax_textformat_string(const hax_textformat_node *node, const char *file,
                                 const char **value, hax_error *err);
/* Position in `words` (NULL-terminated); its number is allowed too. */
hax_status hax_textformat_enum(const hax_textformat_node *node, const char *const *words,
                               const char *file, int *value, hax_error *err);
hax_status hax_textformat_expect_message(const hax_textformat_node *node, const char *file,
                                         hax_error *err);

#endif
