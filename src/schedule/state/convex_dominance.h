/*
 * Is a point of a hull as good as another point, though none of those that are given is? A small
 * linear program tells.
 */
#ifndef HAX_SCHEDULE_STATE_CONVEX_DOMINANCE_H
#define HAX_SCHEDULE_STATE_CONVEX_DOMINANCE_H

#include "convex_set.h"

/* Is some mixture of the points (as many as `count`, like those of a hull) as good as `wanted`? A
 * yes has been checked; a no may be for want of precision. */
bool hax_convex_dominates(const double *points, int count, const double *wanted,
                          const hax_convex_set *like);

#endif
