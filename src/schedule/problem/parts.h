/*
 * The parts of a group on its instance's path through the units: IN where its tensor comes from
 * elsewhere, the group itself, OUT where its tensor goes elsewhere. Every list of jobs gets its
 * hand-overs here; what is elsewhere, and whether anything is to be done for it, the caller says:
 * the evaluator leaves out what takes no time, what is executed knows units of one kind, which
 * hand nothing over.
 */
#ifndef HAX_SCHEDULE_PROBLEM_PARTS_H
#define HAX_SCHEDULE_PROBLEM_PARTS_H

#include <stdbool.h>

#include "haxconn/schedule.h"

/* Has a group this part, IN or OUT, where a tensor goes from one unit to another? */
typedef bool hax_has_part(const void *context, hax_part part, int group, int from_unit,
                          int to_unit);

/* The units of an instance's groups. */
typedef struct hax_unit_path {
    int group_count;
    const int *units; /* [group_count] */
    hax_has_part *has_part;
    const void *context; /* for has_part */
} hax_unit_path;

typedef struct hax_group_part {
    hax_part part;
    int unit;
    int from_unit; /* IN: of the group before; else -1 */
    int to_unit;   /* OUT: of the group behind; else -1 */
} hax_group_part;

enum { HAX_PARTS_MOST = 3 };

/* The parts of a group in the order in which they run; their number. */
int hax_list_parts(const hax_unit_path *path, int group, hax_group_part *parts);

#endif
