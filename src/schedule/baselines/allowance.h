/* How long a baseline or a search may go on: until a moment, and while nobody cancels it. */
#ifndef SCHEDULE_BASELINES_ALLOWANCE_H
#define SCHEDULE_BASELINES_ALLOWANCE_H

#include "error.h"
#include "haxconn/schedule.h"

typedef struct allowance {
    uint64_t end_ns; /* 0: no end */
    const hax_cancel *cancel;
} allowance;

/* From now on; `limits` may be NULL. */
allowance allowance_from(const hax_baseline_limits *limits);

/* The same of a search; `options` may be NULL. */
allowance allowance_of_search(const hax_solve_options *options);

bool allowance_is_over(const allowance *of);

/* 0: no end; else more than 0. */
double allowance_left_s(const allowance *of);

/* HAX_LIMIT when it is over, in a baseline's name. */
hax_status allowance_check(const allowance *of, const char *name, hax_error *err);

/* An allowance that is looked at when enough has been done since the last time. */
typedef struct metered_allowance {
    allowance allowed;
    uint64_t steps; /* since then */
} metered_allowance;

/* Work between two looks: about a millisecond. */
enum { ALLOWANCE_STEPS = 1 << 18 };

/* A hax_spend (spend.h) over a metered_allowance. */
bool allowance_spend(void *context, uint64_t steps);

#endif
