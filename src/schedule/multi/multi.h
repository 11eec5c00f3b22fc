/* The search of any number of instances: a portfolio of sweeps, branch and bound, and beams. */
#ifndef HAX_SCHEDULE_MULTI_MULTI_H
#define HAX_SCHEDULE_MULTI_MULTI_H

#include "pair.h"

/* A schedule at hand; only better ones are looked for. */
typedef struct hax_search_start {
    double value;                    /* its objective; the worst there is: none is at hand */
    const hax_placement *placements; /* all groups by their starts; NULL: not known */
} hax_search_start;

/* Any number of instances. `incumbent`: objective of a schedule at hand; only better ones are
 * looked for. */
hax_status hax_portfolio_search(const hax_problem *problem, const hax_solve_options *options,
                                double incumbent, bool ignore_contention, hax_search_result *result,
                                hax_error *err);

/* The same, with small changes of the schedule at hand among what is tried. HAX_LIMIT when a limit
 * came before anything was known. */
hax_status hax_portfolio_search_from(const hax_problem *problem, const hax_solve_options *options,
                                     const hax_search_start *from, bool ignore_contention,
                                     hax_search_result *result, hax_error *err);

#endif
