/*
 * A bound on the objective of all that can follow a state, for schedules with waits of any length
 * and with contention.
 *
 * Objectives are costs here, to be made small: throughput is the sum of -1 / T.
 *
 * Chain: each instance alone on the best way, after what it comes after. Load: what instances
 * still have to do takes the units h_d together (lp_bound.h), a sum of one number for each
 * instance. Any set of instances that have not ended keeps the units busy for the sum of its h_d at
 * least, and so one of the set ends no sooner than that. Hence, with the ends in the order in which
 * they come, the k-th lies behind the first k in that order. Whatever the order is:
 *
 *   latency     the last end lies behind the sum of all h_d, and behind the height of the
 *               instances' positions (potential_bound.h), where there is one;
 *   sum         the weighted sum is at least that of one machine that does the h_d one after the
 *               other, which is least by falling weight / h_d (Smith 1956);
 *   throughput  the k-th end lies behind the sum of the k least h_d and is no less than the k-th
 *               of the chain bounds;
 *   deadline    the largest lateness is at least that of one machine, least by rising deadline
 *               (Jackson 1955).
 */
#ifndef HAX_SCHEDULE_BOUNDS_LOWER_BOUND_H
#define HAX_SCHEDULE_BOUNDS_LOWER_BOUND_H

#include "lp_bound.h"
#include "potential_bound.h"
#include "state.h"

typedef struct hax_lower_bound {
    const hax_instance_set *instances;
    const hax_lp_bound *lp;
    const hax_potential_bound *potential; /* NULL: there is none */
    int *by_after;                        /* [instance]: those that others come after first */
    int *by_deadline;                     /* [instance] */
} hax_lower_bound;

hax_status hax_lower_bound_make(const hax_instance_set *instances, const hax_lp_bound *lp,
                                hax_lower_bound *lower, hax_error *err);
void hax_lower_bound_free(hax_lower_bound *lower);

/* Objective to cost and back. */
double hax_objective_cost(const hax_problem *problem, double value);

/* Past of a round in which nothing has ended. */
double hax_objective_no_past(const hax_problem *problem);

/* The past when an instance has ended now, too. */
double hax_objective_past(const hax_problem *problem, double past, double now_ms, int instance);

/* A hax_state_finished: the end of an instance joins the past. */
void hax_lower_bound_finished(const hax_instance_set *instances, hax_round_state *state,
                              int instance);

/* Cost that nothing which follows can be below; INFINITY: nothing can follow. */
double hax_lower_bound_value(const hax_lower_bound *lower, const hax_round_state *state);

/* The same for all points of a hull, which are at the state's places, at these rates of what is in
 * progress (by instance); for latency. A bound of `enough` need not be the best. */
double hax_lower_bound_of_set(const hax_lower_bound *lower, const hax_round_state *state,
                              const hax_convex_set *points, const double *rates, double enough);

#endif
