/* How long a baseline or a search may go on: until a moment, and while nobody cancels it. */
#ifndef HAX_SCHEDULE_PROBLEM_TIME_BUDGET_H
#define HAX_SCHEDULE_PROBLEM_TIME_BUDGET_H

#include "error.h"
#include "haxconn/schedule.h"

typedef struct hax_time_budget {
    uint64_t end_ns; /* 0: no end */
    const hax_cancel *cancel;
} hax_time_budget;

/* So long after `now_ns`; 0, no end, for INFINITY and for what is longer than any program runs. */
uint64_t hax_time_budget_end_ns(uint64_t now_ns, double time_limit_s);

/* From now on; `limits` may be NULL. */
hax_time_budget hax_time_budget_from(const hax_baseline_limits *limits);

/* The same of a search; `options` may be NULL. */
hax_time_budget hax_time_budget_of_search(const hax_solve_options *options);

bool hax_time_budget_is_over(const hax_time_budget *budget);

/* INFINITY: no end; else at least 0. */
double hax_time_budget_left_s(const hax_time_budget *budget);

/* HAX_LIMIT when it is over, in a baseline's name. */
hax_status hax_time_budget_check(const hax_time_budget *budget, const char *name, hax_error *err);

/* A budget that is looked at when enough has been done since the last time. */
typedef struct hax_metered_budget {
    hax_time_budget allowed;
    uint64_t steps; /* since then */
} hax_metered_budget;

/* Work between two looks: about a millisecond. */
enum { BUDGET_STEPS = 1 << 18 };

/* A hax_spend (effort.h) over a hax_metered_budget. */
bool hax_time_budget_spend(void *context, uint64_t steps);

#endif
