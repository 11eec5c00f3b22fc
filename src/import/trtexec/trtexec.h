/* What trtexec's readers have in common. */
#ifndef HAX_IMPORT_TRTEXEC_TRTEXEC_H
#define HAX_IMPORT_TRTEXEC_TRTEXEC_H

#include "import.h"

/* ---- versions: major * 10000 + minor * 100 + patch ------------------------------------- */

enum { TRTEXEC_FIRST = 70000, TRTEXEC_LAST = 990000 };

/* The versions that can have written something. */
typedef struct hax_trtexec_versions {
    int first, last;
} hax_trtexec_versions;

#define TRTEXEC_ALL_VERSIONS        \
    (hax_trtexec_versions)          \
    {                               \
        TRTEXEC_FIRST, TRTEXEC_LAST \
    }

void hax_trtexec_narrow(hax_trtexec_versions *range, int first, int last);

/* "TensorRT 8.4.1", "TensorRT 7.0 to 7.2", "TensorRT 8.4 or later"; "" for all. */
typedef struct hax_trtexec_version_text {
    char text[64];
} hax_trtexec_version_text;

hax_trtexec_version_text hax_trtexec_version_say(hax_trtexec_versions range);

/* ---- entries: what a layer took, in JSON and in tables ---------------------------------- */

enum {
    TRTEXEC_NAME,
    TRTEXEC_TIME_MS,
    TRTEXEC_AVERAGE_MS,
    TRTEXEC_MEDIAN_MS,
    TRTEXEC_PERCENT,
    TRTEXEC_COLUMNS
};

/* A profile while it is read: a section of its own, a row for each entry. */
typedef struct hax_trtexec_entries {
    bool begun;
    int section;
    int line;
    double count;                   /* inferences, NAN: not said */
    double time_step, average_step; /* what times are rounded to, 0: six digits */
    int unknown;                    /* values under keys that no version is known to write */
} hax_trtexec_entries;

void hax_trtexec_entries_begin(hax_import_builder *builder, hax_trtexec_entries *entries, int line);
void hax_trtexec_entries_add(hax_import_builder *builder, hax_trtexec_entries *entries, int line,
                             const hax_import_value *row);

/* Sums, notes and the versions whose layout and names these are; HAX_BAD_INPUT when there are no
 * entries. Nothing where none was begun. */
hax_status hax_trtexec_entries_end(hax_import_builder *builder, hax_trtexec_entries *entries,
                                   hax_trtexec_versions *range, hax_error *err);

/* An entry whose figures are all NAN. */
void hax_trtexec_entry_clear(hax_import_value *row, hax_import_value name);

#endif
