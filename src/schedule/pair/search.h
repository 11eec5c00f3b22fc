/* The exact searches for one and for two instances, and what every search gives. */
#ifndef HAX_SCHEDULE_PAIR_SEARCH_H
#define HAX_SCHEDULE_PAIR_SEARCH_H

#include "evaluate.h"
#include "state.h"

typedef struct hax_search_result {
    hax_placement *placements; /* in the order of their starts; freed by the caller */
    int count;                 /* 0: nothing better than the given value exists */
    double value;              /* the objective as the search sees it */
    double bound;              /* proven for all schedules */
    bool complete;             /* no limit was hit */
    bool all_waits;            /* complete for waits of any length, not for event waits alone */
    uint64_t nodes;
} hax_search_result;

/* `incumbent`: objective of a schedule at hand; only better ones are looked for. */
hax_status hax_single_search(const hax_problem *problem, const hax_solve_options *options,
                             hax_search_result *result, hax_error *err);
hax_status hax_pair_search(const hax_problem *problem, const hax_solve_options *options,
                           double incumbent, bool ignore_contention, hax_search_result *result,
                           hax_error *err);

/* The best schedule of two in a part of all states (pair_table.h), or everywhere (NULL): no
 * bound.
 */
struct hax_pair_corridor;
hax_status hax_pair_search_near(const hax_problem *problem, const hax_solve_options *options,
                                const struct hax_pair_corridor *corridor, bool ignore_contention,
                                hax_search_result *result, hax_error *err);

/* A bound on the objective that takes one look at every group: each instance alone with every group
 * on its fastest unit, behind those that it comes after; for the latency, all resources shared out
 * evenly besides. */
hax_status hax_chain_bound(const hax_problem *problem, double *bound, hax_error *err);

#endif
