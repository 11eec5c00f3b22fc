/* Reading of data sheets. */
#ifndef HAX_PLATFORM_DATASHEET_H
#define HAX_PLATFORM_DATASHEET_H

#include "arena.h"
#include "haxconn/datasheet.h"
#include "json.h"

/* Kinds of the platform that a sheet is of. */
typedef struct hax_sheet_reader {
    hax_arena *arena;
    int kind_count;
    const char *const *kinds;
    hax_datasheet *sheet;
} hax_sheet_reader;

/*
 * Reads the member "datasheet" of a platform document, all of it into `arena`. HAX_BAD_INPUT with
 * the path of the value.
 */
hax_status hax_datasheet_read(const hax_json *json, hax_arena *arena, int kind_count,
                              const char *const *kinds, const hax_datasheet **sheet,
                              hax_error *err);

/* ---- between the files of this room ---------------------------------------------------------- */

/* A copy of a member's text; `required`: an absent one is an error, else NULL. */
hax_status hax_sheet_text(const hax_sheet_reader *reader, const hax_json *object, const char *key,
                          bool required, const char **text, hax_error *err);

/* The member `key`, an array of at most `limit` entries (absent: none), and room for what each
 * becomes. */
hax_status hax_sheet_list(const hax_sheet_reader *reader, const hax_json *object, const char *key,
                          int limit, size_t size, hax_json *list, int *count, void **items,
                          hax_error *err);

/* The kind that a key names; an unknown one is an error. */
hax_status hax_sheet_kind_of(const hax_sheet_reader *reader, const hax_json *json, const char *name,
                             int *kind, hax_error *err);

/* "measurements", "standalone", "rounds". */
hax_status hax_sheet_read_measured(const hax_sheet_reader *reader, const hax_json *root,
                                   hax_error *err);

#endif
