/* A log of trtexec while it is read, line by line. */
#ifndef IMPORT_TRTEXEC_LOG_H
#define IMPORT_TRTEXEC_LOG_H

#include "trtexec.h"

/* A line without its prefix "[MM/DD/YYYY-HH:MM:SS] [I] [TRT] ", any part of which people cut. */
typedef struct log_line {
    slice text;
    int number;
    char severity; /* F, E, W, I, V; 0: not said */
    bool prefixed;
} log_line;

/* In 7.x figures stand below the name of what they are of. */
typedef enum log_part {
    PART_NONE,
    PART_HOST,
    PART_ENQUEUE,
    PART_GPU,
} log_part;

typedef enum log_placement {
    PLACEMENT_NONE,
    PLACEMENT_DLA, /* the next line of 7.x is a list */
    PLACEMENT_GPU,
} log_placement;

/* Where a --dumpProfile table stands. */
typedef enum log_table {
    TABLE_NONE,
    TABLE_TITLE,      /* seen, the head comes next */
    TABLE_NAME_FIRST, /* figures at the right */
    TABLE_NAME_LAST,
    TABLE_TOTAL, /* its last row was, unless another follows */
} log_table;

/* A run of trtexec: from its first line to its last. */
typedef struct trtexec_log {
    import_builder *to;
    int run, options, placement, messages, results, trace; /* sections */
    bool begun, passed, failed; /* lines "&&&& RUNNING", "PASSED", "FAILED" were there */
    slice command;
    trtexec_versions version; /* by its words */
    int exact;                /* as it says itself, 0: it does not */
    slice option_part;        /* of the echoed options; length 0: none */
    log_part part;
    log_placement listing;
    log_table table, table_layout;
    int table_figures; /* columns of numbers */
    hax_import_value total[TRTEXEC_COLUMNS];
    trtexec_entries entries;
    int errors, fallbacks, dla_pieces, gpu_pieces;
    int taken_in_run;
    int taken, other; /* lines, over all runs */
    int unknown;      /* of those taken: warnings that nothing marks as trtexec's */
} trtexec_log;

/* Each takes a line that is its own; `*taken` says so. */
typedef hax_status log_taker(trtexec_log *log, const log_line *line, bool *taken, hax_error *err);

log_taker trtexec_take_result;    /* trtexec_results.c */
log_taker trtexec_take_placement; /* trtexec_placement.c: which layer runs where */
log_taker trtexec_take_message;   /* the same file: fallbacks, failures, warnings */
log_taker trtexec_take_table;     /* trtexec_table.c */

extern const hax_import_column trtexec_result_columns[], trtexec_trace_columns[],
    trtexec_placement_columns[], trtexec_message_columns[];

/* Is the result of this run there already? Then another one begins. */
bool trtexec_has_result(const trtexec_log *log);

/* Ends a table that the next line does not continue. */
hax_status trtexec_end_table(trtexec_log *log, hax_error *err);

#endif
