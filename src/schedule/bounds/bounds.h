/* What no schedule can beat: bounds from linear programs, from potentials that know the order of
 * groups, and from exact pairs. */
#ifndef HAX_SCHEDULE_BOUNDS_BOUNDS_H
#define HAX_SCHEDULE_BOUNDS_BOUNDS_H

#include "lower_bound.h"
#include "pairwise_bound.h"

#endif
