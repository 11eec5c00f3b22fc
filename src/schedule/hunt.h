/*
 * What the ways of looking for schedules of many instances share: the best found so far, and when
 * to stop.
 */
#ifndef SCHEDULE_HUNT_H
#define SCHEDULE_HUNT_H

#include "outlook.h"
#include "search.h"

typedef struct hunt {
    const fleet *fleet;
    const outlook *outlook;
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
    placement *best;                  /* [group_count] */
    int best_count;                   /* 0: none was found here */
    placement *trail;                 /* [group_count]: for whoever makes one */
} hunt;

/* Costs from this on are no better than the best. */
double hunt_limit(const hunt *of);

/* Counts a node; false when it is time to stop. */
bool hunt_go_on(hunt *of);

/* A hax_spend: looks at the clock now and then. */
bool hunt_spend(void *of, uint64_t steps);

/* A hax_spend of steps that take milliseconds and are no nodes: a limit of nodes does not end them,
 * and each looks at the clock. */
bool hunt_spend_time(void *of, uint64_t steps);

/* Of many instances a node has thousands of followers: counts the work of looking at one, and no
 * node. false when it is time to stop. */
bool hunt_look(hunt *of);

/* Until hunt_end_phase no more than a share of the time that is left is used: what looks at the
 * clock stops then, and others may go on. Without a limit of time there is no end. */
void hunt_begin_phase(hunt *of, double share);
void hunt_end_phase(hunt *of);

/* Looks at the clock and for a cancellation; false when it is time to stop. */
bool hunt_in_time(hunt *of);

/* Adds what was started in the state `after`, decided at time `at_ms`, to the trail's first
 * `count` placements; their number. */
int hunt_trail(hunt *of, int count, double at_ms, const state *after);

/* The trail is a schedule that costs less than the best: takes it. */
void hunt_found(hunt *of, double cost, int count);

/* How the progress is reported. */
void hunt_report(const hunt *of);

#endif
