/*
 * Good schedules by small changes: simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over
 * lists of groups with units (list_schedule.h).
 *
 * A change gives some groups another unit, moves one in the list, or makes one wait. Whether a
 * change is taken is drawn before it is looked at, so that walks that are too long end early.
 */
#ifndef HAX_SCHEDULE_LOCAL_ANNEALING_H
#define HAX_SCHEDULE_LOCAL_ANNEALING_H

#include "list_schedule.h"
#include "random.h"
#include "search_context.h"

typedef struct hax_anneal {
    hax_search_context *search;
    hax_list_schedule list;
    hax_random random;
    hax_list_entry *best, *start; /* [search.group_count] */
    double cost, best_cost;
} hax_anneal;

/* Free with hax_anneal_free in any case. */
hax_status hax_anneal_make(hax_search_context *search, uint64_t seed, hax_anneal *anneal,
                           hax_error *err);
void hax_anneal_free(hax_anneal *anneal);

/* Goes on from this schedule if it is better than its best: all groups in the order of their
 * starts; where it is told without contention, its order is what counts. */
void hax_anneal_begin(hax_anneal *anneal, const hax_placement *from);

/* So many changes, from hot to cold, from the best so far (its own, or the search's) on. */
void hax_anneal_run(hax_anneal *anneal, uint64_t changes);

/* Runs of so many changes for each pair of groups, then of more and more, until two have gained
 * little. */
void hax_anneal_runs(hax_anneal *anneal, uint64_t effort);

#endif
