/*
 * Branch and bound over event decisions, depth first, the most promising child first: it ends
 * with a proof that nothing with event waits is better than the best found (without contention:
 * nothing at all), if it is let. It can be stopped and gone on with.
 */
#ifndef HAX_SCHEDULE_MULTI_BRANCH_H
#define HAX_SCHEDULE_MULTI_BRANCH_H

#include "local.h"
#include "transposition_table.h"

typedef struct hax_branch_frame {
    int first, count; /* children, in branch.order */
    int next;
} hax_branch_frame;

typedef struct hax_branch_child {
    double bound;
    int progress;
    int slot;
} hax_branch_child;

typedef struct hax_branch {
    hax_search_context *search;
    const hax_instance_set *instances;
    hax_transposition_table seen;
    size_t size;
    char *slots; /* states: the children of all frames, a stack */
    hax_branch_child *order;
    int count, capacity;
    hax_branch_frame *frames;
    int depth, depth_most;
    hax_round_state *work, *child;
} hax_branch;

/* Free with hax_branch_free in any case. */
hax_status hax_branch_make(hax_search_context *search, hax_branch *branch, hax_error *err);
void hax_branch_free(hax_branch *branch);

/* Goes on for so many nodes at most; true when everything has been looked at. */
bool hax_branch_run(hax_branch *branch, uint64_t nodes);

#endif
