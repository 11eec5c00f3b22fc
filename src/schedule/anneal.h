/*
 * Good schedules by small changes: simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) over
 * lists of groups with units.
 *
 * A list says in which order the groups take their units; every group starts as early as that
 * and what it follows allow, or once another group has ended. A change gives some groups another
 * unit, moves one in the list, or makes one wait.
 * Whether a change is taken is drawn before it is looked at, so that walks that are too long end
 * early.
 */
#ifndef SCHEDULE_ANNEAL_H
#define SCHEDULE_ANNEAL_H

#include "hunt.h"
#include "random.h"

enum { STAGES = 3 }; /* IN, the group itself, OUT */

typedef struct anneal_entry {
    int instance, group, unit;
    int waits_for; /* STAGES * a group as in place_of + a stage, whose end it waits for; -1: none */
} anneal_entry;

typedef struct anneal {
    hunt *hunt;
    const fleet *fleet;
    hax_random random;
    anneal_entry *list, *kept, *best; /* [hunt.group_count] */
    double cost, best_cost;
    int *next_of;                  /* [instance]: group to start next */
    int *place_of;                 /* [group of all instances]: in the list */
    int *offset;                   /* [instance]: its groups in place_of */
    double *begin_ms, *end_ms;     /* [group of all instances] and its stages, of the last walk */
    int *queue[HAX_MAX_RESOURCES]; /* places, in order */
    int queued[HAX_MAX_RESOURCES], head[HAX_MAX_RESOURCES];
    int *queue_memory;
    state *now;
} anneal;

/* Free with anneal_free in any case. */
hax_status anneal_make(hunt *of, uint64_t seed, anneal *made, hax_error *err);
void anneal_free(anneal *of);

/* Goes on from this schedule if it is better than its best: all groups in the order of their
 * starts; where it is told without contention, its order is what counts. */
void anneal_begin(anneal *of, const placement *from);

/* So many changes, from hot to cold, from the best so far (its own, or the hunt's) on. */
void anneal_run(anneal *of, uint64_t changes);

#endif
