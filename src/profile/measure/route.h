/* The way of one pass through the units: which unit runs each group, and the jobs of it. */
#ifndef HAX_PROFILE_MEASURE_ROUTE_H
#define HAX_PROFILE_MEASURE_ROUTE_H

#include "exec.h"

/* Which units can run which groups of a network. */
typedef struct hax_ability {
    int group_count;
    int unit_count;
    bool *can; /* [group][unit] */
} hax_ability;

typedef struct hax_route {
    const hax_platform *platform;
    const hax_ability *ability;
    int unit;  /* first unit of the class measured */
    int other; /* of the class changed with (its own: between two units of it), -1: alone */
    int phase; /* crossing: 0 starts on `unit`, 1 on `other` */
} hax_route;

/* In how many ways units of the classes can take their turns (at least 1). */
int hax_route_turns(const hax_route *route);

/* Unit of every group in turn `turn` (any number >= 0): `units` [group_count]. Where the
 * route's own units cannot run a group, the first that can, planned units before others. */
void hax_route_units(const hax_route *route, int turn, int *units);

/* The jobs of groups on units, OUT and IN at every change of kind; at most 3 * group_count.
 * Returns their number. */
int hax_route_jobs(const hax_platform *platform, int instance, int group_count, const int *units,
                   hax_plan_job *jobs);

#endif
