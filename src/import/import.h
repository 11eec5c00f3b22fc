/*
 * Readers of what other tools print. A reader is a row of the table in import.c and two
 * functions in a file of its own: one that recognises a text at a glance, one that reads it
 * into a builder.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "arena.h"
#include "error.h"
#include "haxconn/import.h"
#include "slice.h"

/*
 * What a reader fills: sections in order, each with facts and rows. Nothing of it fails at
 * once; when memory runs out, what is added goes nowhere and import_finish says so.
 */
typedef struct import_builder {
    hax_arena *arena; /* texts that outlive the reading */
    hax_import *made;
    const char *file;
    hax_import_options options;
    int current; /* section that facts and rows go to */
    int section_count, section_room;
    struct import_open_section *sections;
    int note_count, note_room;
    int notes_dropped; /* beyond the most that are kept */
    hax_import_note *notes;
    hax_import_value *spare; /* a row that goes nowhere */
    bool failed;
    bool crowded; /* failed because of too many sections */
} import_builder;

enum { IMPORT_COLUMNS_MAX = 32 };

typedef struct import_reader {
    hax_import_kind public;
    bool (*recognises)(slice text);
    hax_status (*read)(import_builder *to, slice text, hax_error *err);
} import_reader;

/* ---- what readers call ------------------------------------------------------------- */

/* What was recognised, and the version that wrote it ("" unknown). Copied. */
void import_is(import_builder *to, const char *what, const char *version);

/* A copy in the arena, valid UTF-8: wrong bytes and control characters become U+FFFD, tabs
 * blanks. Never NULL. */
const char *import_keep(import_builder *to, slice text);

/*
 * Begins a section and makes it the current one; `columns` is ended by a name of NULL and must be
 * static, NULL: no table. Returns its index, for import_select. A section that gets neither facts
 * nor rows is left out in the end.
 */
int import_section(import_builder *to, const char *name, int line,
                   const hax_import_column *columns);

/* Makes an earlier section the current one. */
void import_select(import_builder *to, int section);

/* Facts of the current section; `name` must be static. */
void import_fact(import_builder *to, const char *name, double number);
void import_fact_slice(import_builder *to, const char *name, slice text);

/* A new row of the current section: its cells, all NAN, to be filled at once. */
hax_import_value *import_row(import_builder *to);

/* Rows of the current section, to be looked at again; valid until the next row. */
int import_row_count(const import_builder *to);
hax_import_value *import_row_at(const import_builder *to, int row);

static inline hax_import_value import_number(double number)
{
    return (hax_import_value){ NULL, number };
}

static inline hax_import_value import_words(import_builder *to, slice text)
{
    return (hax_import_value){ import_keep(to, text), 0 };
}

void import_note(import_builder *to, hax_import_note_kind kind, int line, const char *format, ...)
    HAX_PRINTF(4, 5);

/* Forgets all that was read, for a second try in another way. */
void import_restart(import_builder *to);

/* "3 entries", "1 entry": for "%d %s". */
#define IMPORT_COUNT(count, one, many) (count), (count) == 1 ? (one) : (many)

/* HAX_BAD_INPUT at a line of the file (0: the whole file). */
hax_status import_fail(const import_builder *to, int line, hax_error *err, const char *format, ...)
    HAX_PRINTF(4, 5);
#define import_fail(...) hax_failed(import_fail(__VA_ARGS__))

/* marks.c: the mean of a log's "gpu compute"; NAN: it has no results. */
double import_compute_mean(const hax_import *import);

/* ---- the readers: <file>.c --------------------------------------------------------- */

bool trtexec_profile_recognises(slice text);
hax_status trtexec_profile_read(import_builder *to, slice text, hax_error *err);
bool trtexec_times_recognises(slice text);
hax_status trtexec_times_read(import_builder *to, slice text, hax_error *err);
bool trtexec_layers_recognises(slice text);
hax_status trtexec_layers_read(import_builder *to, slice text, hax_error *err);
bool artifact_recognises(slice text);
hax_status artifact_read(import_builder *to, slice text, hax_error *err);
bool trtexec_log_recognises(slice text);
hax_status trtexec_log_read(import_builder *to, slice text, hax_error *err);
bool cudla_recognises(slice text);
hax_status cudla_read(import_builder *to, slice text, hax_error *err);
bool ncu_recognises(slice text);
hax_status ncu_read(import_builder *to, slice text, hax_error *err);
bool tegrastats_recognises(slice text);
hax_status tegrastats_read(import_builder *to, slice text, hax_error *err);

/* ---- builder.c, for import.c -------------------------------------------------------- */

hax_status import_open(import_builder *to, const char *kind, const char *file, hax_error *err);
hax_status import_finish(import_builder *to, hax_import **import, hax_error *err);
void import_abandon(import_builder *to);

#endif
