/*
 * The search for a partition, given times over sizes: every partition is estimated, promising ones
 * are planned, the best is measured where it is not yet, until the best one has been measured.
 * Knows no GPU and no clock; what is measured comes from a function.
 */
#ifndef HAX_PARTITION_SEARCH_H
#define HAX_PARTITION_SEARCH_H

#include "candidates.h"
#include "curves.h"
#include "haxconn/progress.h"

enum { HAX_PARTITION_STEPS = 5 }; /* of measuring, at most */

typedef struct hax_partition_search {
    const hax_gpu *gpu;
    const hax_problem *frame; /* instances, objective and limits */
    hax_curves *curves;       /* the whole GPU is in there already */
    double plan_limit_s;      /* of one partition's schedule */
    double step_limit_s;      /* of all schedules of a step */
    /* Adds parts of these sizes to the curves. */
    hax_status (*measure)(void *context, int step, int size_count, const int *sizes,
                          hax_error *err);
    void *context;
    const hax_watch *watch;
} hax_partition_search;

typedef struct hax_partition_estimate {
    hax_part_sizes sizes;
    double whole_ms; /* the best round of whole networks */
    double bound_ms;
    bool planned;
    double value; /* of the schedule, as hax_schedule.value; else the objective is not known */
    bool measured;
} hax_partition_estimate;

typedef struct hax_partition_found {
    int count;
    hax_partition_estimate *list; /* planned ones first, the best of them first; free with free */
    int chosen;                   /* of the list: the best one that was planned and measured */
    int steps;                    /* of measuring that were made */
} hax_partition_found;

/* Sizes to measure first, besides the whole: one that each instance can have a part of, and half of
 * it. Returns their number. */
int hax_partition_first_sizes(const hax_gpu *gpu, int instance_count, int sizes[2]);

hax_status hax_partition_search_run(const hax_partition_search *search, hax_partition_found *found,
                                    hax_error *err);

#endif
