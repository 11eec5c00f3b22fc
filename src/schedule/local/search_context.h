/*
 * What the ways of looking for schedules of many instances share: the best found so far, and when
 * to stop.
 */
#ifndef HAX_SCHEDULE_LOCAL_SEARCH_CONTEXT_H
#define HAX_SCHEDULE_LOCAL_SEARCH_CONTEXT_H

#include "bounds.h"
#include "pair.h"

typedef struct hax_search_context {
    const hax_instance_set *instances;
    const hax_lower_bound *lower_bound;
    const hax_solve_options *options; /* may be NULL */
    uint64_t start_ns, deadline_ns;   /* 0: none */
    uint64_t nodes;                   /* states decided at */
    uint64_t steps;                   /* of work since the last look at the clock */
    bool stopped;                     /* a limit was hit */
    uint64_t phase_end_ns;            /* 0: no phase */
    bool phase_over;                  /* others are to have their turn */
    bool inexact;                     /* choices were left out for lack of room */
    double bound;                     /* proven for all schedules, as a cost */
    double cost;                      /* the best; INFINITY: none */
    int group_count;                  /* of all instances */
    hax_placement *best;              /* [group_count] */
    int best_count;                   /* 0: none was found here */
    hax_placement *trail;             /* [group_count]: for whoever makes one */
} hax_search_context;

/* Costs from this on are no better than the best. */
double hax_search_limit(const hax_search_context *search);

/* Counts a node; false when it is time to stop. */
bool hax_search_count_node(hax_search_context *search);

/* A hax_spend: looks at the clock now and then. */
bool hax_search_spend(void *context, uint64_t steps);

/* A hax_spend of steps that take milliseconds and are no nodes: a limit of nodes does not end them,
 * and each looks at the clock. */
bool hax_search_spend_time(void *context, uint64_t steps);

/* Of many instances a node has thousands of followers: counts the work of looking at one, and no
 * node. false when it is time to stop. */
bool hax_search_poll(hax_search_context *search);

/* Until hax_search_end_phase no more than a share of the time that is left is used: what looks at
 * the clock stops then, and others may go on. Without a limit of time there is no end. */
void hax_search_begin_phase(hax_search_context *search, double share);
void hax_search_end_phase(hax_search_context *search);

/* Looks at the clock and for a cancellation; false when it is time to stop. */
bool hax_search_in_time(hax_search_context *search);

/* Adds what was started in the state `after`, decided at time `at_ms`, to the trail's first
 * `count` placements; their number. */
int hax_search_append_starts(hax_search_context *search, int count, double at_ms,
                             const hax_round_state *after);

/* The trail is a schedule that costs less than the best: takes it. */
void hax_search_accept(hax_search_context *search, double cost, int count);

/* How the progress is reported. */
void hax_search_report(const hax_search_context *search);

#endif
