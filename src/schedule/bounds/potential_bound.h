/*
 * How long what is left takes at the least, by the positions of all instances: a bound that knows
 * the order of their groups, with contention, for schedules with waits of any length.
 *
 * The values of lp_bound.h may pair any groups of different instances, as if all were to be done at
 * the same time. Here a height stands over every position (groups done, fractions of the one in
 * progress), 0 where all is done, and along all ways that the instances can go it falls by no more
 * than the time that passes: so no way takes less than the height where it begins. A sufficient
 * condition is that in whatever groups the instances are, and whatever of them runs on which unit,
 *
 *   sum over what runs of rate_i / time_i * (fall of the height along group i) <= 1.
 *
 * Hand-overs count nothing, and units may be changed within a group.
 *
 * Positions with whole numbers of groups done are the points of a grid, POTENTIAL_INSTANCES
 * dimensions at most. Heights are linear on the simplices into which the orders of the fractions
 * cut every cell of it (Kuhn 1960), so a fall is the difference of two neighbouring points, and the
 * condition is a linear inequality for every cell, order and way to give out the units. Their best
 * solution would be a program of thousands of variables. But good heights that break some of them
 * are soon made (a dynamic program that goes back from the end, as for the time that a front needs:
 * Sethian, A fast marching level set method, 1996), and moved until all hold: every
 * inequality that does not hold moves its points as little as it asks for, one after the other
 * (Kaczmarz 1937, Agmon 1954). The heights are divided by what is still missing then.
 */
#ifndef HAX_SCHEDULE_BOUNDS_POTENTIAL_BOUND_H
#define HAX_SCHEDULE_BOUNDS_POTENTIAL_BOUND_H

#include "problem.h"
#include "state.h"

enum { POTENTIAL_INSTANCES = 4 };

typedef struct hax_potential_bound {
    const hax_instance_set *instances; /* NULL: there is no bound */
    size_t stride[POTENTIAL_INSTANCES];
    size_t points;
    float *potential; /* [points] */
} hax_potential_bound;

/* Where there are too many instances or positions, or the height at the start would be below
 * `least_ms`, or the effort is over before there are any heights, there is no bound afterwards.
 * Free with hax_potential_free in any case. */
hax_status hax_potential_make(const hax_instance_set *instances, double least_ms,
                              const hax_effort *effort, hax_potential_bound *potential,
                              hax_error *err);
void hax_potential_free(hax_potential_bound *potential);

/* Time that is needed from a state on, at the least. */
double hax_potential_value(const hax_potential_bound *potential, const hax_round_state *state);

/* A straight function of the times of a hull's point: constant + slope[i] * (the end of i's item -
 * the clock). */
typedef struct hax_potential_plane {
    double constant;
    double slope[POTENTIAL_INSTANCES];
} hax_potential_plane;

/* Planes of which the least is no higher than the heights over the points, which are at the
 * state's places, at these rates of what is in progress. Their number, at most
 * POTENTIAL_PLANES. */
enum { POTENTIAL_PLANES = 24 };
int hax_potential_planes(const hax_potential_bound *potential, const hax_round_state *state,
                         const hax_convex_set *points, const double *rates,
                         hax_potential_plane *planes);

#endif
