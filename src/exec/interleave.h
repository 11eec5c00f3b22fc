/*
 * The interleaved measuring loop: whatever is compared takes turns within the same rounds, so that
 * what slows the machine for a second hits all alike.
 *
 * A round executes every item once, in an order of its own, so that what one item leaves in the
 * caches does not always meet the same other one. Items of one block stay together: a virtual
 * processor changes its speed every second or so, and how much longer a network takes under
 * pressure than alone can only be told from runs a fraction of that apart.
 *
 * A round in which the host of a virtual machine took the processors away (steal.h) is executed
 * again, but no more rounds than are to be counted at least: on a machine that is never left alone
 * the loop goes on and says so.
 */
#ifndef HAX_EXEC_INTERLEAVE_H
#define HAX_EXEC_INTERLEAVE_H

#include <stdint.h>

#include "error.h"
#include "haxconn/progress.h"

/* What the loop asks the machine for. */
typedef struct hax_interleave_clock {
    uint64_t (*now_ns)(void *context);
    double (*stolen_ms)(void *context); /* so far, of all processors */
    void (*sleep_ms)(void *context, double ms);
    void *context;
} hax_interleave_clock;

/* What is measured. Rounds are numbered as they count: one that is executed again keeps its
 * number. All but `execute` may be NULL. */
typedef struct hax_interleave_calls {
    hax_status (*warm_up)(void *context, int item, hax_error *err);
    /* Before a round (-1: warming up), and after it whatever it came to, if it began. */
    hax_status (*begin)(void *context, int round, hax_error *err);
    void (*end)(void *context);
    hax_status (*execute)(void *context, int item, int round, hax_error *err);
    void (*discard)(void *context, int round); /* what the round just ended has measured */
    void *context;
} hax_interleave_calls;

typedef struct hax_interleave_config {
    const char *stage;         /* for the progress: "measuring" */
    const char *warm_up_stage; /* "warming up"; NULL: too short to be shown */
    int item_count;
    const int *block;   /* [item]: the block that it belongs to; NULL: each is one of its own */
    int rounds;         /* to count, at least */
    int first_round;    /* the number of the first, where a loop goes on from an earlier one */
    double seconds;     /* the rounds are spread over, at least */
    int rounds_in_time; /* that are to fill these seconds at most: the rest is paused; 0: as many
                           as there is time for */
    int processors;     /* whose loss disturbs a round; 0: nothing does */
    const hax_watch *watch;            /* may be NULL */
    const hax_interleave_clock *clock; /* NULL: the machine's */
} hax_interleave_config;

typedef struct hax_interleave_counts {
    int counted;   /* rounds that every item has */
    int repeated;  /* rounds that were executed again, as they were disturbed */
    int disturbed; /* of those counted, as too many were to be executed again */
} hax_interleave_counts;

/*
 * Warms up, if there is anything to call, and executes the rounds. `counts` is right also where it
 * fails: what was counted until then. Statuses of the calls, HAX_INTERRUPTED as soon as the watch
 * is cancelled: no item begins after that.
 */
hax_status hax_interleave(const hax_interleave_config *config, const hax_interleave_calls *calls,
                          hax_interleave_counts *counts, hax_error *err);

#endif
