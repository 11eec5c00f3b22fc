/* Reading of data sheets. */
#ifndef DATASHEET_DATASHEET_H
#define DATASHEET_DATASHEET_H

#include "arena.h"
#include "haxconn/datasheet.h"
#include "json.h"

/* Kinds of the platform that a sheet is of. */
typedef struct sheet_reader {
    hax_arena *arena;
    int kind_count;
    const char *const *kinds;
    hax_datasheet *sheet;
} sheet_reader;

/*
 * Reads the member "datasheet" of a platform document, all of it into `arena`. HAX_BAD_INPUT with
 * the path of the value.
 */
hax_status datasheet_read(const hax_json *at, hax_arena *arena, int kind_count,
                          const char *const *kinds, const hax_datasheet **sheet, hax_error *err);

/* ---- between the files of this room ---------------------------------------------------------- */

/* A copy of a member's text; `required`: an absent one is an error, else NULL. */
hax_status sheet_text(const sheet_reader *reader, const hax_json *object, const char *key,
                      bool required, const char **text, hax_error *err);

/* The member `key`, an array of at most `limit` entries (absent: none), and room for what each
 * becomes. */
hax_status sheet_list(const sheet_reader *reader, const hax_json *object, const char *key,
                      int limit, size_t size, hax_json *list, int *count, void **made,
                      hax_error *err);

/* The kind that a key names; an unknown one is an error. */
hax_status sheet_kind_of(const sheet_reader *reader, const hax_json *at, const char *name,
                         int *kind, hax_error *err);

/* "measurements", "standalone", "rounds". */
hax_status sheet_read_measured(const sheet_reader *reader, const hax_json *root, hax_error *err);

#endif
