/*
 * Lower bounds for two instances, for schedules with waits of any length and with contention
 * (which only adds). They know nothing of the incumbent.
 */
#ifndef HAX_SCHEDULE_PAIR_PAIR_BOUNDS_H
#define HAX_SCHEDULE_PAIR_PAIR_BOUNDS_H

#include "state.h"

/*
 * What is to be made small, so that what is still to come does not depend on the clock:
 *   latest: the largest T_d - deadline_ms[d] (deadlines 0: the end of the round);
 *   sum:    the sum of weight[d] T_d.
 */
typedef struct hax_pair_objective {
    bool sum;
    double weight[2];
    double deadline_ms[2];
} hax_pair_objective;

/* Its value for two ends. */
double hax_pair_objective_value(const hax_pair_objective *pair_objective, const double *finish_ms);

/* What a millisecond costs while both instances are at work. */
static inline double hax_pair_objective_slope(const hax_pair_objective *pair_objective)
{
    return pair_objective->sum ? pair_objective->weight[0] + pair_objective->weight[1] : 1;
}

typedef struct hax_pair_bounds hax_pair_bounds;

/* NULL when memory is out. Free with hax_pair_bounds_free. */
hax_pair_bounds *hax_pair_bounds_make(const hax_problem *problem);
void hax_pair_bounds_free(hax_pair_bounds *pair_bounds);

/* A place of one instance: its node, or its item with all of it still to do. */
typedef struct hax_position_bounds {
    double early_ms; /* when it can be reached at the earliest, alone */
    double ms;       /* of the item; 0 for a node */
    double rest_ms;  /* alone, behind it */
    int before;      /* groups done when it is reached */
    int after;       /* groups surely done at its end */
} hax_position_bounds;

hax_position_bounds hax_position_bounds_of(const hax_automaton *automaton, hax_position position);

/* When both positions (of instance 0 and 1) can have been reached at the earliest. */
double hax_pair_bounds_early(const hax_pair_bounds *pair_bounds, const hax_position_bounds *zero,
                             const hax_position_bounds *one);

/* A bound on the objective of all schedules in which both instances are at these positions at one
 * time (items in progress). */
double hax_pair_bounds_value(const hax_pair_bounds *pair_bounds,
                             const hax_pair_objective *objective, const hax_position_bounds *zero,
                             const hax_position_bounds *one);

#endif
