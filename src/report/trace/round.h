/* Rounds of jobs as documents have them, for traces. */
#ifndef HAX_REPORT_TRACE_ROUND_H
#define HAX_REPORT_TRACE_ROUND_H

#include <jansson.h>

#include "arena.h"
#include "error.h"

typedef struct hax_trace_job {
    const char *instance;
    const char *part; /* "run", "out", "in" */
    int group;
    int first_group;    /* earlier than `group` where no times were taken in between */
    int unit;           /* index in the round's */
    const char *layers; /* NULL: unknown, or of several groups */
    double start_ms, end_ms;
    double alone_ms, gbps; /* NAN: unknown */
} hax_trace_job;

typedef struct hax_trace_round {
    const char *deployment;
    const char *kind; /* "predicted", "measured", "simulated" */
    double round_ms;
    int unit_count;
    const char **units;
    int job_count;
    hax_trace_job *jobs; /* by unit, then by start; on a unit none begins before another's end */
} hax_trace_round;

typedef struct hax_trace_rounds {
    int count;
    hax_trace_round *items;
} hax_trace_rounds;

/* All that the documents (trees) tell of rounds; strings are theirs, all else is in `arena`.
 * HAX_BAD_INPUT: none tells of any, or one is not as it must be. */
hax_status hax_trace_rounds_read(int count, json_t *const *documents, hax_arena *arena,
                                 hax_trace_rounds *rounds, hax_error *err);

#endif
