/*
 * Lower bounds on what is still to come, for schedules with waits of any length and with
 * contention (which only adds). They know nothing of the incumbent.
 */
#ifndef SCHEDULE_BOUNDS_H
#define SCHEDULE_BOUNDS_H

#include "automaton.h"

typedef struct bounds bounds;

/* For two instances. NULL when memory is out. Free with bounds_free. */
bounds *bounds_make(const hax_problem *problem, const automaton *pair);
void bounds_free(bounds *of);

/*
 * A bound on the objective (for throughput: on what is to be made small, minus the sum of 1/T)
 * from a moment t_ms at which instance `idle` is in node `at` and the other has a job of
 * arc `running` in progress that ends at s_ms at the earliest and leads to arcs[running].to.
 */
double bounds_value(const bounds *of, int idle, int at, double t_ms, int running, double s_ms);

/* Both idle in nodes a (instance 0) and b (instance 1) at t_ms. */
double bounds_both_idle(const bounds *of, int a, int b, double t_ms);

#endif
