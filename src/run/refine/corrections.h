/*
 * What jobs took in their rounds against what the profile says: learned by context (which group on
 * which unit, after what, beside others or not), and put into the scheduling problem.
 *
 *   alone       time of a group that went on on its unit beside nobody
 *   contention  what slowdowns add to such a group beside the others: a factor, which the problem
 *               takes as a demand of its own that is as much larger (where it stands on its unit's
 *               slowdown function)
 *   entering    what a group takes longer (its IN included) whose network came from another unit
 *   out         the hand-over behind a group
 *
 * A difference counts that is more than both times are uncertain by, one percent of the group's
 * time, and a microsecond. What was learned of changes between two units holds for the cuts that
 * were not tried between them too: they cost more by the median of the differences, until they are;
 * and changes between other units of these kinds, of which nothing is known, cost that median.
 */
#ifndef HAX_RUN_CORRECTIONS_H
#define HAX_RUN_CORRECTIONS_H

#include "arena.h"
#include "haxconn/run.h"
#include "rows.h"

/* What corrections are about. */
typedef struct hax_correction_frame {
    const hax_platform *platform;
    int instance_count;
    const hax_profile_network *networks; /* [instance] */
    const int *network_of;               /* [instance]: equal numbers are equal networks */
} hax_correction_frame;

/* One that is known, also where the profile was right (then it changes nothing). */
typedef struct hax_known_correction {
    hax_correction public;
    bool changes;
} hax_known_correction;

typedef struct hax_corrections {
    const hax_correction_frame *frame;
    int count, capacity;
    hax_known_correction *list;
} hax_corrections;

void hax_corrections_free(hax_corrections *corrections);

/* Adds one, or writes over the one with its kind, network, group and classes of units. */
hax_status hax_corrections_set(hax_corrections *corrections, const hax_known_correction *one,
                               hax_error *err);

/* The correction of a context, NULL: none is known. */
const hax_known_correction *hax_corrections_find(const hax_corrections *corrections,
                                                 hax_correction_kind kind, int instance, int group,
                                                 int unit, int from_unit);

/* A copy of a problem of the frame's instances on some of its units, corrected. Free with
 * hax_problem_destroy. */
hax_status hax_corrections_apply(const hax_corrections *corrections, const hax_problem *problem,
                                 const hax_problem **corrected, hax_error *err);

/* Rounds to learn from. */
typedef struct hax_lesson {
    const hax_profile *profile;   /* of the same rounds, */
    const hax_problem *problem;   /* the problem of that, uncorrected, */
    const hax_problem *corrected; /* and by what is known so far */
    int row_count;
    const hax_timeline *timelines; /* [row]: of rows that were executed, as the corrected problem
                                      predicts them */
} hax_lesson;

/* Learns (learn.c); *news is how many corrections say something else than before. */
hax_status hax_corrections_learn(hax_corrections *corrections, const hax_lesson *lesson, int *news,
                                 hax_error *err);

/* What an earlier run has learned of these networks together, cut so, on units like these; and
 * writes what is known now in its place (lessons.c). Statuses of the store. */
hax_status hax_corrections_recall(hax_corrections *corrections, const char *store_path,
                                  hax_error *err);
hax_status hax_corrections_keep(hax_corrections *corrections, const char *store_path,
                                hax_error *err);

/* Those that change anything, in `arena`. */
hax_status hax_corrections_list(const hax_corrections *corrections, hax_arena *arena,
                                const hax_correction **list, int *count, hax_error *err);

#endif
