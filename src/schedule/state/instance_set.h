/*
 * Any number of instances side by side: their automata, what runs at the same pressure, and which
 * instances and units cannot be told apart.
 */
#ifndef HAX_SCHEDULE_STATE_INSTANCE_SET_H
#define HAX_SCHEDULE_STATE_INSTANCE_SET_H

#include "automaton.h"
#include "evaluate.h"

enum { HAX_INSTANCES_MAX = HAX_MAX_INSTANCES };

typedef struct hax_instance_set {
    const hax_problem *problem;
    bool ignore_contention; /* as if nothing slowed down anything */
    int count;
    hax_automaton *automata; /* [count] */
    bool alone; /* nothing ever slows down anything: contention is ignored, or no unit has a
                   slowdown */
    /* Equal instances: same groups, costs, weight, deadline and neighbours in `after`. The one
     * before with which this one can be exchanged, -1. */
    int *symmetric_to;
    int *unit_symmetric_to; /* the same for units */
} hax_instance_set;

/* HAX_LIMIT as of hax_automaton_build. */
hax_status hax_instance_set_make(const hax_problem *problem, bool ignore_contention,
                                 const hax_effort *effort, hax_instance_set *instances,
                                 hax_error *err);
void hax_instance_set_free(hax_instance_set *instances);

/* How much longer than alone something of demand `own` takes on a unit beside `external`. */
static inline double hax_instance_set_slowdown(const hax_instance_set *instances, int unit,
                                               double own, double external)
{
    if (instances->alone)
        return 1;
    return hax_step_slowdown(&instances->problem->units[unit].slowdown, own, external);
}

#endif
