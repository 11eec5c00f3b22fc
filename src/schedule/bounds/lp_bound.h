/*
 * How long the units need at the least for what all instances still have to do: for schedules with
 * waits of any length, contention and hand-overs counted.
 *
 * Let value[k] >= 0 be such that no mix of kinds earns more than 1 (column_pricer.h). Whatever an
 * instance still does is a way through its automaton, and earns at least the cheapest such way
 * does, at value[k] per millisecond alone of every item. At any moment all of them together earn at
 * most 1 per millisecond, so the sum of the cheapest ways is a bound on the time that is left. It
 * is a sum of one number for each instance's place, tabulated here.
 *
 * The best values are the multipliers of a linear program: give time to mixes and let flow go
 * through the automata, such that every kind gets the time that its flow needs; make the time
 * least. Columns are made when they pay: ways by shortest paths, mixes by column_pricer.h. Stopped
 * at any moment, the multipliers divided by what the most expensive mix earns are values (Farley, A
 * note on bounding a class of linear programming problems, including cutting stock problems, 1990).
 *
 * Without contention, or where the program would be too large, shares do: value[k] = share of the
 * resources k occupies and share of its instance, all shares adding up to 1. (No unit is busy, nor
 * an instance, more than all the time.)
 */
#ifndef HAX_SCHEDULE_BOUNDS_LP_BOUND_H
#define HAX_SCHEDULE_BOUNDS_LP_BOUND_H

#include "state.h"

enum { LOADS_MAX = 8 };

typedef struct hax_lp_bound {
    const hax_instance_set *instances;
    int count;        /* sets of values */
    double **at_node; /* [instance][node * LOADS_MAX + set]: of all that follows */
    double **behind;  /* [instance][item * LOADS_MAX + set]: of all that follows its end */
    double **per_ms;  /* [instance][item * LOADS_MAX + set]: of itself */
    uint64_t steps;   /* what it took, in steps that cost about the same */
} hax_lp_bound;

/* Free with hax_lp_bound_free in any case. */
hax_status hax_lp_bound_make(const hax_instance_set *instances, hax_lp_bound *lp, hax_error *err);
void hax_lp_bound_free(hax_lp_bound *lp);

/* Adds the shares that are best when the instances are at these nodes, as far as they are found. */
void hax_lp_bound_add_shares(hax_lp_bound *lp, const int *nodes, const hax_effort *effort);

/* How long to look for good values. */
typedef struct hax_lp_effort {
    uint64_t steps_most; /* > 0 */
    const hax_effort *effort;
} hax_lp_effort;

/* Adds the values of the linear program, or shares where those are better, in the same way.
 * `coarse`: a smaller program that leaves hand-overs out, and counts what is left over for them
 * afterwards. */
hax_status hax_lp_bound_refine(hax_lp_bound *lp, const int *nodes, bool coarse,
                               const hax_lp_effort *effort, hax_error *err);

#endif
