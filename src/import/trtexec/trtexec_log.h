/* A log of trtexec while it is read, line by line. */
#ifndef HAX_IMPORT_TRTEXEC_TRTEXEC_LOG_H
#define HAX_IMPORT_TRTEXEC_TRTEXEC_LOG_H

#include "trtexec.h"

/* A line without its prefix "[MM/DD/YYYY-HH:MM:SS] [I] [TRT] ", any part of which people cut. */
typedef struct hax_log_line {
    hax_slice text;
    int number;
    char severity; /* F, E, W, I, V; 0: not said */
    bool prefixed;
} hax_log_line;

/* In 7.x figures stand below the name of what they are of. */
typedef enum hax_log_part {
    PART_NONE,
    PART_HOST,
    PART_ENQUEUE,
    PART_GPU,
} hax_log_part;

typedef enum hax_log_placement {
    PLACEMENT_NONE,
    PLACEMENT_DLA, /* the next line of 7.x is a list */
    PLACEMENT_GPU,
} hax_log_placement;

/* Where a --dumpProfile table stands. */
typedef enum hax_log_table {
    TABLE_NONE,
    TABLE_TITLE,      /* seen, the head comes next */
    TABLE_NAME_FIRST, /* figures at the right */
    TABLE_NAME_LAST,
    TABLE_TOTAL, /* its last row was, unless another follows */
} hax_log_table;

/* A run of trtexec: from its first line to its last. */
typedef struct hax_trtexec_log {
    hax_import_builder *builder;
    int run, options, placement, messages, results, trace; /* sections */
    hax_slice foreign;          /* what stands before trtexec's own prefix; length 0: nothing yet */
    int strange;                /* lines that look like results and are not understood */
    bool begun, passed, failed; /* lines "&&&& RUNNING", "PASSED", "FAILED" were there */
    hax_slice command;
    hax_trtexec_versions version; /* by its words */
    int exact;                    /* as it says itself, 0: it does not */
    hax_slice option_part;        /* of the echoed options; length 0: none */
    bool options_prefixed;        /* the last line that had something had a prefix */
    hax_log_part part;
    hax_log_placement listing;
    hax_log_table table, table_layout;
    int table_figures; /* columns of numbers */
    int elided;        /* the first line of dots in the open table; 0: none */
    hax_import_value total[TRTEXEC_COLUMNS];
    hax_trtexec_entries entries;
    int errors, fallbacks, dla_pieces, gpu_pieces;
    int taken_in_run;
    int taken, other; /* lines, over all runs */
    int unknown;      /* of those taken: warnings that nothing marks as trtexec's */
} hax_trtexec_log;

/* Each takes a line that is its own; `*taken` says so. */
typedef hax_status hax_log_taker(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                 hax_error *err);

hax_log_taker hax_trtexec_take_result;    /* trtexec_results.c */
hax_log_taker hax_trtexec_take_placement; /* trtexec_placement.c: which layer runs where */
hax_log_taker hax_trtexec_take_message;   /* the same file: fallbacks, failures, warnings */
hax_log_taker hax_trtexec_take_table;     /* trtexec_table.c */

/* The same file: does a line look like a row of a profile, whether a table is open or not? */
bool hax_trtexec_is_row(hax_slice text);

extern const hax_import_column hax_trtexec_result_columns[], hax_trtexec_trace_columns[],
    hax_trtexec_placement_columns[], hax_trtexec_message_columns[];

/* Is the result of this run there already? Then another one begins. */
bool hax_trtexec_has_result(const hax_trtexec_log *log);

/* Ends a table that the next line does not continue. */
hax_status hax_trtexec_end_table(hax_trtexec_log *log, hax_error *err);

#endif
