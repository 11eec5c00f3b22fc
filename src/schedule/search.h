/* The exact searches, for one, for two and for any number of instances. */
#ifndef SCHEDULE_SEARCH_H
#define SCHEDULE_SEARCH_H

#include "automaton.h"
#include "timeline.h"

typedef struct search_result {
    placement *placements; /* in the order of their starts; freed by the caller */
    int count;             /* 0: nothing better than the given value exists */
    double value;          /* the objective as the search sees it */
    double bound;          /* proven for all schedules */
    bool complete;         /* no limit was hit */
    bool all_waits;        /* complete for waits of any length, not for event waits alone */
    uint64_t nodes;
} search_result;

/* `incumbent`: objective of a schedule at hand; only better ones are looked for. */
hax_status search_single(const hax_problem *problem, search_result *result, hax_error *err);
hax_status search_pair(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err);
hax_status search_many(const hax_problem *problem, const hax_solve_options *options,
                       double incumbent, bool blind, search_result *result, hax_error *err);

#endif
