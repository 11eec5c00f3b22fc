/*
 * Any number of instances side by side: their automata, what runs at the same pressure, and which
 * instances and units cannot be told apart.
 */
#ifndef SCHEDULE_FLEET_H
#define SCHEDULE_FLEET_H

#include "automaton.h"

enum { FLEET_MAX = HAX_MAX_INSTANCES };

typedef struct fleet {
    const hax_problem *problem;
    bool blind; /* as if nothing slowed down anything */
    int count;
    automaton *of; /* [count] */
    bool alone;    /* nothing ever slows down anything: blind, or no unit has a slowdown */
    /* Equal instances: same groups, costs, weight, deadline and neighbours in `after`. The one
     * before with which this one can be exchanged, -1. */
    int *twin;
    int *unit_twin; /* the same for units */
} fleet;

/* HAX_LIMIT as of automaton_build. */
hax_status fleet_make(const hax_problem *problem, bool blind, const hax_effort *effort, fleet *made,
                      hax_error *err);
void fleet_free(fleet *of);

/* How much longer than alone something of demand `own` takes on a unit beside `external`. */
static inline double fleet_slowdown(const fleet *of, int unit, double own, double external)
{
    const hax_slowdown *slowdown = &of->problem->units[unit].slowdown;
    if (of->alone || external <= 0 || slowdown->kind == HAX_SLOWDOWN_NONE)
        return 1;
    return hax_slowdown_value(slowdown, own, external);
}

#endif
