/*
 * The exact optimum of every pair of instances (pair_table.h) as a bound for all of them.
 *
 * Take the others out of a schedule. What is left is a schedule of the pair, once its starts are
 * moved: let every IN begin as late as that its group begins when it did, and every other start
 * stay. By induction over time nothing runs longer than before and no part demands anything when
 * that unit did not demand as much before: an IN lies inside the time of the IN it was, and a
 * group that ends sooner brings its OUT sooner, which is why no OUT may demand more than its group
 * did. Where one does there is no such bound, unless there is no contention. So the optimum of
 * the pair, over waits of any length, is a bound on what the pair adds to the objective:
 *   latency, deadline: the largest of all pairs;
 *   sum, throughput: every instance is part of count - 1 pairs, so the sum over all pairs is
 *                    count - 1 times the objective.
 */
#ifndef HAX_SCHEDULE_BOUNDS_PAIRWISE_BOUND_H
#define HAX_SCHEDULE_BOUNDS_PAIRWISE_BOUND_H

#include "pair.h"
#include "state.h"

/* Raises *bound, as a cost (lower_bound.h), to what the pairs prove; `states` of the tables of each
 * pair at most, or nothing is known of it. HAX_NO_MEMORY. */
hax_status hax_pairwise_bound(const hax_instance_set *instances, uint64_t states,
                              const hax_effort *effort, double *bound, hax_error *err);

#endif
