/*
 * How fast units are, by the jobs that have run there. Of each job the work it was is known from
 * the problem: what it takes alone, and how much slower it goes beside what others demanded from
 * moment to moment (the fluid model of the scheduling problem). What the job took, counted by that,
 * over what it takes alone is how many times slower than profiled its unit was: 1 where the profile
 * holds, whoever ran beside it.
 *
 * A unit counts as changed when the median of its last WINDOW jobs is THRESHOLD times off what is
 * in force, and three quarters of them are off by half of that in the same direction: medians of 32
 * jobs that scatter by a quarter stray by 6 %, and such jobs do not agree like that. Jobs too short
 * for clocks are left out.
 */
#ifndef HAX_STREAM_UNIT_WATCH_H
#define HAX_STREAM_UNIT_WATCH_H

#include "exec.h"
#include "problem_clock.h"

enum { HAX_UNIT_WATCH_WINDOW = 32, HAX_UNIT_WATCH_RECORDS = 64 };

/* A job that has ended. */
typedef struct hax_unit_record {
    int64_t start_ns, end_ns;
    double alone_ms, gbps, own_gbps;
} hax_unit_record;

typedef struct hax_unit_history {
    hax_unit_record records[HAX_UNIT_WATCH_RECORDS]; /* a ring */
    int64_t recorded, counted; /* so far: those behind `counted` may still have company */
    int64_t since_ns;          /* of the piece under way; INT64_MAX: none is */
    double samples[HAX_UNIT_WATCH_WINDOW]; /* a ring */
    int64_t sampled;
    int64_t sampled_ns; /* when the last job of them ended */
    double factor;      /* in force: how many times slower than profiled */
} hax_unit_history;

typedef struct hax_unit_watch {
    const hax_problem_clock *clock; /* of the problem that was profiled */
    int unit_count;
    hax_unit_history units[HAX_MAX_UNITS]; /* [of the platform] */
} hax_unit_watch;

void hax_unit_watch_start(hax_unit_watch *watch, const hax_problem_clock *clock, int unit_count);

/* A piece begins on a unit. */
void hax_unit_watch_begin(hax_unit_watch *watch, int unit, int64_t now_ns);

/* It has ended, with these jobs. */
void hax_unit_watch_end(hax_unit_watch *watch, int unit, const hax_pieces *pieces, int first_job);

/* What was seen so far is forgotten, factors stay: workers were started anew. */
void hax_unit_watch_forget(hax_unit_watch *watch);

/* A unit that has changed: its factor is set to what was seen; -1: none has. */
int hax_unit_watch_changed(hax_unit_watch *watch);

#endif
