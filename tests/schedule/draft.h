/* A problem that can be changed: all that a problem points to, in one block. */
#ifndef TESTS_SCHEDULE_DRAFT_H
#define TESTS_SCHEDULE_DRAFT_H

#include "haxconn/problem.h"

enum { DRAFT_UNITS = 5, DRAFT_INSTANCES = 4, DRAFT_GROUPS = 12 };

/* Names and slowdown tables are those of the problem it was filled from, which must outlive it. */
typedef struct draft {
    hax_problem problem;
    const char *resources[DRAFT_UNITS];
    hax_unit_spec units[DRAFT_UNITS];
    hax_instance_spec instances[DRAFT_INSTANCES];
    hax_group_spec groups[DRAFT_INSTANCES][DRAFT_GROUPS];
    hax_cost costs[DRAFT_INSTANCES][DRAFT_GROUPS][DRAFT_UNITS];
    hax_entering entering[DRAFT_INSTANCES][DRAFT_GROUPS][DRAFT_UNITS][DRAFT_UNITS];
    int after[DRAFT_INSTANCES][DRAFT_INSTANCES];
} draft;

/* False when the problem is too large for a draft. */
bool draft_fill(draft *greedy, const hax_problem *from);

/* Both are in the draft; what points into it goes on pointing to the right place. */
void draft_drop_unit(draft *greedy, int unit);
void draft_drop_instance(draft *greedy, int instance);
void draft_drop_group(draft *greedy, int instance, int group);
void draft_drop_resource(draft *greedy, int resource);

/* The costs point to what they say of entering, in the draft; after costs have been moved. */
void draft_link_entering(draft *greedy);

/* No instance waits for another one any more than once removed from `after`. */
void draft_drop_after(draft *greedy, int instance, int which);

#endif
