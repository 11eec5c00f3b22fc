/*
 * Branch and bound over event decisions, depth first, the most promising child first: it ends
 * with a proof that nothing with event waits is better than the best found (without contention:
 * nothing at all), if it is let. It can be stopped and gone on with.
 */
#ifndef SCHEDULE_BRANCH_H
#define SCHEDULE_BRANCH_H

#include "hunt.h"
#include "merge.h"

typedef struct branch_frame {
    int first, count; /* children, in branch.order */
    int next;
} branch_frame;

typedef struct branch_child {
    double promise;
    int progress;
    int slot;
} branch_child;

typedef struct branch {
    hunt *hunt;
    const fleet *fleet;
    merge_table seen;
    size_t size;
    char *slots; /* states: the children of all frames, a stack */
    branch_child *order;
    int count, room;
    branch_frame *frames;
    int depth, depth_most;
    state *work, *child;
} branch;

/* Free with branch_free in any case. */
hax_status branch_make(hunt *of, branch *made, hax_error *err);
void branch_free(branch *of);

/* Goes on for so many nodes at most; true when everything has been looked at. */
bool branch_run(branch *of, uint64_t nodes);

#endif
