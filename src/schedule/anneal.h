/*
 * Good schedules by small changes: simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over
 * lists of groups with units (course.h).
 *
 * A change gives some groups another unit, moves one in the list, or makes one wait. Whether a
 * change is taken is drawn before it is looked at, so that walks that are too long end early.
 */
#ifndef SCHEDULE_ANNEAL_H
#define SCHEDULE_ANNEAL_H

#include "course.h"
#include "hunt.h"
#include "random.h"

typedef struct anneal {
    hunt *hunt;
    course course;
    hax_random random;
    course_entry *best, *start; /* [hunt.group_count] */
    double cost, best_cost;
} anneal;

/* Free with anneal_free in any case. */
hax_status anneal_make(hunt *of, uint64_t seed, anneal *made, hax_error *err);
void anneal_free(anneal *of);

/* Goes on from this schedule if it is better than its best: all groups in the order of their
 * starts; where it is told without contention, its order is what counts. */
void anneal_begin(anneal *of, const placement *from);

/* So many changes, from hot to cold, from the best so far (its own, or the hunt's) on. */
void anneal_run(anneal *of, uint64_t changes);

/* Runs of so many changes for each pair of groups, then of more and more, until two have gained
 * little. */
void anneal_runs(anneal *of, uint64_t effort);

#endif
