/*
 * What other people's tools print, read as it stands: trtexec's profiles and logs, and
 * whatever else has a reader. A reader says what it recognised, which version wrote it, what
 * it holds and what it left out and why; it invents nothing.
 */
#ifndef HAXCONN_IMPORT_H
#define HAXCONN_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/model.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A text, or a number where `text` is NULL; NAN: not there, or the tool printed nan. */
typedef struct hax_import_value {
    const char *text;
    double number;
} hax_import_value;

/* Something a file says once. The unit is the end of the name: "gpu_mean_ms". */
typedef struct hax_import_fact {
    const char *name;
    hax_import_value value;
} hax_import_fact;

typedef struct hax_import_column {
    const char *name; /* "average_ms" */
    bool is_number;
} hax_import_column;

/* A part of a file: what it says once, and a table (of no rows: none). */
typedef struct hax_import_section {
    const char *name; /* "profile", "placement" */
    int line;         /* where it begins, from 1; 0: unknown */
    int fact_count;
    const hax_import_fact *facts;
    int column_count;
    const hax_import_column *columns;
    int row_count;
    const hax_import_value *cells; /* [row][column] */
} hax_import_section;

typedef enum hax_import_note_kind {
    HAX_IMPORT_REMARK,
    HAX_IMPORT_WARNING,  /* what it says may not be what it seems */
    HAX_IMPORT_LEFT_OUT, /* there, but not read, and why */
} hax_import_note_kind;

/* "remark", "warning", "left out" */
HAX_API const char *hax_import_note_name(hax_import_note_kind kind);

typedef struct hax_import_note {
    hax_import_note_kind kind;
    int line; /* 0: of the whole file */
    const char *text;
} hax_import_note;

/* One file, read. Immutable; may be shared by threads. */
typedef struct hax_import {
    const char *kind; /* the reader's name */
    const char *file;
    const char *what;    /* what was recognised: "trtexec --exportProfile" */
    const char *version; /* of the tool that wrote it, or a range; "" unknown */
    int section_count;
    const hax_import_section *sections;
    int note_count;
    const hax_import_note *notes;
} hax_import;

/* What there are readers for. */
typedef struct hax_import_kind {
    const char *name;
    const char *reads; /* one line */
} hax_import_kind;

/* NULL behind the last one. */
HAX_API const hax_import_kind *hax_import_kind_at(int index);

/* What a file cannot say itself. */
typedef struct hax_import_options {
    size_t size;        /* set by the initialiser; see config.h */
    double warm_up_ms;  /* trtexec's --warmUp; default: 200, as there */
    int emc_bits;       /* tegrastats: width of the board's memory bus; 0: unknown, no GB/s */
    const char *ran_on; /* tegrastats: the unit ("gpu", "dla") on which the network ran beside it,
                           for demands; NULL: not said */
} hax_import_options;

static inline hax_import_options hax_import_options_default(void)
{
    hax_import_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.warm_up_ms = 200;
    return options;
}

/*
 * Reads one file's text. `options` may be NULL. `kind` is a reader's name ("trtexec-log"), the name
 * of its family
 * ("trtexec") or "auto": then the first of them that recognises the text. Texts are made
 * valid UTF-8 without control characters. Free with hax_import_destroy.
 *   HAX_USAGE      no such kind
 *   HAX_BAD_INPUT  with file and, where known, line: of another kind, cut off, contradictory
 */
HAX_API hax_status hax_import_parse(const char *kind, const char *text, size_t length,
                                    const char *file, const hax_import_options *options,
                                    const hax_import **import, hax_error *err);

HAX_API void hax_import_destroy(const hax_import *import);

/* The first section of that name from index `from` on, NULL: none. */
HAX_API const hax_import_section *hax_import_find(const hax_import *import, const char *name,
                                                  int from);

/* The index of a column, -1: none; the value of a fact, NAN when there is none. */
HAX_API int hax_import_column_index(const hax_import_section *section, const char *name);
HAX_API double hax_import_fact_number(const hax_import_section *section, const char *name);
HAX_API const char *hax_import_fact_text(const hax_import_section *section, const char *name);

/*
 * Matches the entries of an import's last profile with the layers of a network, and tells it as an
 * import of its own with these sections: "match" (shares of the time, what the DLA took),
 * "not_matched", "groups" (times of a grouping, which may be NULL), "matched_entries" with their
 * layers in the numbers of cuts, "layers_in_no_entry". `beside` are other files of the same engine:
 * a log or layer information says which ForeignNode is the DLA's, and a log with results what the
 * engine takes when it is not profiled (facts engine_ms, scale = engine_ms / total_ms); the
 * launches of the last Nsight Compute file are mapped to the entries of a profile without a DLA and
 * give "kernels", "kernels_not_mapped" and, with a grouping, "demands": GB/s of each group, NAN
 * where less than half of its time was counted, with a relative spread of two sigma. Free with
 * hax_import_destroy.
 *   HAX_BAD_INPUT  no profile in it
 */
HAX_API hax_status hax_import_match(const hax_import *import, int beside_count,
                                    const hax_import *const *beside, const hax_model *model,
                                    const hax_grouping *grouping, const hax_import **match,
                                    hax_error *err);

/*
 * Times of the DLA for the layers between cuts, from engines of one network that are cut at
 * different layers: rows of HaX-CoNN's dla_compute_times, and matches of files that are called
 * "..._gpu_transition_at_38..." (the GPU runs what lies before layer 38) or "..._dla_...", and the
 * whole on the DLA,
 * "..._dla_mark_at_-1...". No time
 * is negative and no longer piece takes less than a shorter one; each time has a range in which 90
 * of 100 resampled series lie. Engines that fit into no such series are left out and named.
 * `model` may be NULL. Sections "fit" and "left_out". Free with hax_import_destroy.
 *   HAX_BAD_INPUT  no such engines, or of several networks
 */
HAX_API hax_status hax_import_fit(int count, const hax_import *const *imports,
                                  const hax_model *model, const hax_import **fit, hax_error *err);

/*
 * Holds where a build's log says that layers run against where they should: `on_dla` has
 * hax_model_compute_layer_count entries. *checked: the layers that the log places; others were
 * folded into them.
 *   HAX_MISMATCH  a layer runs elsewhere: the first of them, and how many; no list in the log
 */
HAX_API hax_status hax_import_check_placement(const hax_import *log, const hax_model *model,
                                              const bool *on_dla, int *checked, hax_error *err);

/*
 * What it costs to give a tensor away, from logs of engines that are called
 * "..._gpu_mark_at_38..." and have the output of a layer there as one more of theirs, less the one
 * called "..._gpu_mark_at_-1...". Section "transitions", as in the published results. *marks is
 * NULL where there are no such files.
 */
HAX_API hax_status hax_import_marks(int count, const hax_import *const *imports,
                                    const hax_import **marks, hax_error *err);

/*
 * The result file of the published HaX-CoNN programs that has what the import holds: "groups"
 * (read, or of a match: then what the GPU takes for them), "engines" (read, or of a fit),
 * "transitions" or "traffic"; `section` is one of them, NULL: the first there is. Free with free.
 *   HAX_BAD_INPUT  none of these in it
 */
HAX_API hax_status hax_import_artifact_text(const hax_import *import, const char *section,
                                            char **json, hax_error *err);

/* The "haxconn/import" document of several files; free with free. */
HAX_API hax_status hax_import_text(int count, const hax_import *const *imports, char **json,
                                   hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
