/*
 * Readers of what other tools print. A reader is a row of the table in import.c and two
 * functions in a file of its own: one that recognises a text at a glance, one that reads it
 * into a builder.
 */
#ifndef HAX_IMPORT_IMPORT_H
#define HAX_IMPORT_IMPORT_H

#include "arena.h"
#include "error.h"
#include "haxconn/import.h"
#include "slice.h"

/*
 * What a reader fills: sections in order, each with facts and rows. Nothing of it fails at
 * once; when memory runs out, what is added goes nowhere and hax_builder_finish says so.
 */
typedef struct hax_import_builder {
    hax_arena *arena; /* texts that outlive the reading */
    hax_import *import;
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
} hax_import_builder;

enum { IMPORT_COLUMNS_MAX = 32 };

typedef struct hax_import_reader {
    hax_import_kind public;
    bool (*recognises)(hax_slice text);
    hax_status (*read)(hax_import_builder *builder, hax_slice text, hax_error *err);
} hax_import_reader;

/* ---- what readers call ------------------------------------------------------------- */

/* What was recognised, and the version that wrote it ("" unknown). Copied. */
void hax_builder_is(hax_import_builder *builder, const char *what, const char *version);

/* A copy in the arena, valid UTF-8: wrong bytes and control characters become U+FFFD, tabs
 * blanks. Never NULL. */
const char *hax_builder_keep(hax_import_builder *builder, hax_slice text);

/*
 * Begins a section and makes it the current one; `columns` is ended by a name of NULL and must be
 * static, NULL: no table. Returns its index, for hax_builder_select. A section that gets neither
 * facts nor rows is left out in the end.
 */
int hax_builder_section(hax_import_builder *builder, const char *name, int line,
                        const hax_import_column *columns);

/* Makes an earlier section the current one. */
void hax_builder_select(hax_import_builder *builder, int section);

/* Facts of the current section; `name` must be static. */
void hax_builder_fact(hax_import_builder *builder, const char *name, double number);
void hax_builder_fact_slice(hax_import_builder *builder, const char *name, hax_slice text);

/* A new row of the current section: its cells, all NAN, to be filled at once. */
hax_import_value *hax_builder_row(hax_import_builder *builder);

/* Rows of the current section, to be looked at again; valid until the next row. */
int hax_builder_row_count(const hax_import_builder *builder);
hax_import_value *hax_builder_row_at(const hax_import_builder *builder, int row);

static inline hax_import_value hax_builder_number(double number)
{
    return (hax_import_value){ NULL, number };
}

static inline hax_import_value hax_builder_words(hax_import_builder *builder, hax_slice text)
{
    return (hax_import_value){ hax_builder_keep(builder, text), 0 };
}

void hax_builder_note(hax_import_builder *builder, hax_import_note_kind kind, int line,
                      const char *format, ...) HAX_PRINTF(4, 5);

/* Forgets all that was read, for a second try in another way. */
void hax_builder_restart(hax_import_builder *builder);

/* "3 entries", "1 entry": for "%d %s". */
#define IMPORT_COUNT(count, one, many) (count), (count) == 1 ? (one) : (many)

/* HAX_BAD_INPUT at a line of the file (0: the whole file). */
hax_status hax_builder_fail(const hax_import_builder *builder, int line, hax_error *err,
                            const char *format, ...) HAX_PRINTF(4, 5);
#define hax_builder_fail(...) hax_failed(hax_builder_fail(__VA_ARGS__))

/* marks.c: the mean of a log's "gpu compute"; NAN: it has no results. */
double hax_builder_compute_mean(const hax_import *import);

/* ---- the readers: <file>.c --------------------------------------------------------- */

bool hax_trtexec_profile_recognises(hax_slice text);
hax_status hax_trtexec_profile_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_trtexec_times_recognises(hax_slice text);
hax_status hax_trtexec_times_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_trtexec_layers_recognises(hax_slice text);
hax_status hax_trtexec_layers_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_artifact_recognises(hax_slice text);
hax_status hax_artifact_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_trtexec_log_recognises(hax_slice text);
hax_status hax_trtexec_log_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_cudla_recognises(hax_slice text);
hax_status hax_cudla_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_ncu_recognises(hax_slice text);
hax_status hax_ncu_read(hax_import_builder *builder, hax_slice text, hax_error *err);
bool hax_tegrastats_recognises(hax_slice text);
hax_status hax_tegrastats_read(hax_import_builder *builder, hax_slice text, hax_error *err);

/* ---- builder.c, for import.c -------------------------------------------------------- */

hax_status hax_builder_open(hax_import_builder *builder, const char *kind, const char *file,
                            hax_error *err);
hax_status hax_builder_finish(hax_import_builder *builder, const hax_import **import,
                              hax_error *err);
void hax_builder_abandon(hax_import_builder *builder);

#endif
