/*
 * Lower bounds for two instances, for schedules with waits of any length and with contention
 * (which only adds). They know nothing of the incumbent.
 */
#ifndef SCHEDULE_BOUNDS_H
#define SCHEDULE_BOUNDS_H

#include "automaton.h"
#include "order.h"

/*
 * What is to be made small, so that what is still to come does not depend on the clock:
 *   latest: the largest T_d - deadline_ms[d] (deadlines 0: the end of the round);
 *   sum:    the sum of weight[d] T_d.
 */
typedef struct pair_objective {
    bool sum;
    double weight[2];
    double deadline_ms[2];
} pair_objective;

/* Its value for two ends. */
double pair_objective_value(const pair_objective *of, const double *finish_ms);

/* What a millisecond costs while both instances are at work. */
static inline double pair_objective_slope(const pair_objective *of)
{
    return of->sum ? of->weight[0] + of->weight[1] : 1;
}

typedef struct bounds bounds;

/* NULL when memory is out. Free with bounds_free. */
bounds *bounds_make(const hax_problem *problem);
void bounds_free(bounds *of);

/* A place of one instance: its node, or its item with all of it still to do. */
typedef struct position {
    double early_ms; /* when it can be reached at the earliest, alone */
    double ms;       /* of the item; 0 for a node */
    double rest_ms;  /* alone, behind it */
    int before;      /* groups done when it is reached */
    int after;       /* groups surely done at its end */
} position;

position position_of(const automaton *of, place at);

/* When both positions (of instance 0 and 1) can have been reached at the earliest. */
double bounds_early(const bounds *of, const position *zero, const position *one);

/* A bound on the objective of all schedules in which both instances are at these positions at one
 * time (items in progress). */
double bounds_value(const bounds *of, const pair_objective *objective, const position *zero,
                    const position *one);

#endif
