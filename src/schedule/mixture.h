/*
 * Is a point of a hull as good as another point, though none of those that are given is? A small
 * linear program tells.
 */
#ifndef SCHEDULE_MIXTURE_H
#define SCHEDULE_MIXTURE_H

#include "hull.h"

/* Is some mixture of the points (as many as `count`, like those of a hull) as good as `wanted`? A
 * yes has been checked; a no may be for want of precision. */
bool mixture_covers(const double *points, int count, const double *wanted, const hull *like);

#endif
