/*
 * A driver of tests, 'batching', whose device takes up batches (driver.h, compile): a thread over
 * the portable driver that runs what is ready in an order of its own, and does wrong what it is
 * told to.
 */
#ifndef TESTS_EXEC_BATCHING_H
#define TESTS_EXEC_BATCHING_H

#include <stdatomic.h>
#include <stdbool.h>

/* What the device does wrong, and when. */
typedef enum fault {
    FAULT_NONE,
    REFUSE_COMPILE,
    REFUSE_SUBMIT,
    FAIL_JOB,     /* asking whether it has ended */
    DIE_AT_JOB,   /* killed within a batch */
    STAMP_BEFORE, /* it ended before it began */
    STAMP_EARLY,  /* it began before the round */
} fault;

/* Counted in memory that workers share with the test. */
typedef struct counts {
    _Atomic int compiled, released, submitted, run, lone, largest, too_early, adopted;
    _Atomic int fault, fault_at; /* a fault, and the group that it comes at */
    _Atomic int streams, priorities;
    _Atomic int untimed;       /* jobs compiled so */
    _Atomic int lone_networks; /* batches submitted of one network */
} counts;

extern counts *seen;

/* Before the first session; false: there is no memory for it. */
bool batching_share_counts(void);

#endif
