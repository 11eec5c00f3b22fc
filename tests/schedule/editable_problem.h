/* A problem that can be changed: all that a problem points to, in one block. */
#ifndef TESTS_SCHEDULE_EDITABLE_PROBLEM_H
#define TESTS_SCHEDULE_EDITABLE_PROBLEM_H

#include "haxconn/problem.h"

enum { EDITABLE_UNITS = 5, EDITABLE_INSTANCES = 4, EDITABLE_GROUPS = 12 };

/* Names and slowdown tables are those of the problem it was filled from, which must outlive it. */
typedef struct editable_problem {
    hax_problem problem;
    const char *resources[EDITABLE_UNITS];
    hax_unit_spec units[EDITABLE_UNITS];
    hax_instance_spec instances[EDITABLE_INSTANCES];
    hax_group_spec groups[EDITABLE_INSTANCES][EDITABLE_GROUPS];
    hax_cost costs[EDITABLE_INSTANCES][EDITABLE_GROUPS][EDITABLE_UNITS];
    int after[EDITABLE_INSTANCES][EDITABLE_INSTANCES];
} editable_problem;

/* False when the problem is too large to be edited. */
bool editable_fill(editable_problem *editable, const hax_problem *from);

/* Both are in it; what points into it goes on pointing to the right place. */
void editable_drop_unit(editable_problem *editable, int unit);
void editable_drop_instance(editable_problem *editable, int instance);
void editable_drop_group(editable_problem *editable, int instance, int group);
void editable_drop_resource(editable_problem *editable, int resource);

/* No instance waits for another one any more than once removed from `after`. */
void editable_drop_after(editable_problem *editable, int instance, int which);

#endif
