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
    uint64_t looks;                   /* at what follows them */
    bool stopped;                     /* a limit was hit */
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

/* Of many instances a node has thousands of followers: looks at the clock now and then among them,
 * and counts no node. false when it is time to stop. */
bool hunt_look(hunt *of);

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
