/* What the jobs of a row took, beside what was predicted of them, and where the round went. */
#ifndef HAX_RUN_ROW_TIMES_H
#define HAX_RUN_ROW_TIMES_H

#include <jansson.h>

#include "arena.h"
#include "haxconn/run.h"
#include "rows.h"

/* A row and its rounds. */
typedef struct hax_timeline_from {
    const hax_platform *platform;
    const hax_problem *problem;   /* with the row's units */
    const hax_run_row *row;       /* whose jobs they are */
    const hax_run_row *timed;     /* the same, or the row with the same plan that was executed */
    const hax_schedule *schedule; /* the row's, as predicted by `problem`; NULL: it has none */
    int rounds;
} hax_timeline_from;

/* All that it points to is in `arena`. */
hax_status hax_timeline_make(const hax_timeline_from *from, hax_arena *arena,
                             hax_timeline *timeline, hax_error *err);

/* Members "jobs" and "causes" of a row of a result document (row_times_json.c); NULL without
 * memory. */
json_t *hax_timeline_jobs_json(const hax_result *result, const hax_timeline *timeline);
json_t *hax_timeline_causes_json(const hax_result *result, const hax_timeline *timeline);

#endif
