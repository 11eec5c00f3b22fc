/*
 * When a unit is free: its gaps, each but the last between two stretches in which it is busy.
 *
 * A treap by start (Seidel and Aragon, Randomized search trees, Algorithmica 16, 1996) whose nodes
 * know the longest gap below them: the first gap of a length is found, and one is taken, in steps
 * that grow with the logarithm of their number, however short most of them are.
 */
#ifndef HAX_SCHEDULE_BASELINES_FREE_TIME_H
#define HAX_SCHEDULE_BASELINES_FREE_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct hax_free_gap {
    double start_ms, end_ms; /* may be the same: what takes no time fits in */
    double longest_ms;       /* of it and those below, rounded up */
    uint64_t priority;
    int left, right; /* -1: none */
} hax_free_gap;

typedef struct hax_free_time {
    hax_free_gap *gaps;
    int count, capacity, root;
    uint64_t random;
    uint64_t steps; /* gaps that were looked at so far */
} hax_free_time;

/* Free from 0 on; false: memory is out. */
bool hax_free_time_open(hax_free_time *free_time);
void hax_free_time_close(hax_free_time *free_time);

/* The first time from one on at which it is free for so long. */
double hax_free_time_first(hax_free_time *free_time, double from_ms, double length_ms);

/* Busy from then to then, also where it is so already; false: memory is out. */
bool hax_free_time_take(hax_free_time *free_time, double start_ms, double end_ms);

#endif
