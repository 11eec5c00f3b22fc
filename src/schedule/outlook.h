/*
 * What a state promises: a bound on the objective of all that can follow it, for schedules
 * with waits of any length and with contention.
 *
 * Objectives are costs here, to be made small: throughput is the sum of -1 / T.
 *
 * Chain: each instance alone on the best way, after what it comes after. Load: what instances
 * still have to do takes the units h_d together (load.h), a sum of one number for each instance.
 * Any set of instances that have not ended keeps the units busy for the sum of its h_d at least,
 * and so one of the set ends no sooner than that. Hence, with the ends in the order in which they
 * come, the k-th lies behind the first k in that order; whatever the order is,
 *   latency:    the last end lies behind the sum of all h_d, and behind the height of the
 *               instances' positions (grid.h), if there is a grid;
 *   sum:        the weighted sum is at least that of one machine that does the h_d one after
 *               the other, which is least by falling weight / h_d (Smith 1956);
 *   throughput: the k-th end lies behind the sum of the k least h_d and is no less than the k-th
 *               of the chain bounds;
 *   deadline:   the largest lateness is at least that of one machine, least by rising deadline
 *               (Jackson 1955).
 */
#ifndef SCHEDULE_OUTLOOK_H
#define SCHEDULE_OUTLOOK_H

#include "grid.h"
#include "hull.h"
#include "load.h"
#include "state.h"

typedef struct outlook {
    const fleet *fleet;
    const load *load;
    const grid *grid; /* NULL: there is none */
    int *by_after;    /* [instance]: those that others come after first */
    int *by_deadline; /* [instance] */
} outlook;

hax_status outlook_make(const fleet *of, const load *with, outlook *made, hax_error *err);
void outlook_free(outlook *of);

/* Objective to cost and back. */
double outlook_cost(const hax_problem *problem, double value);

/* Past of a round in which nothing has ended. */
double outlook_no_past(const hax_problem *problem);

/* The past when an instance has ended now, too. */
double outlook_past(const hax_problem *problem, double past, double now_ms, int instance);

/* A state_finished: the end of an instance joins the past. */
void outlook_finished(const fleet *of, state *at, int instance);

/* Cost that nothing which follows can be below; INFINITY: nothing can follow. */
double outlook_promise(const outlook *of, const state *at);

/* The same for all points of a hull, which are at the state's places, at these rates of what is in
 * progress (by instance); for latency. A promise of `enough` need not be the best. */
double outlook_promise_hull(const outlook *of, const state *at, const hull *points,
                            const double *rates, double enough);

#endif
