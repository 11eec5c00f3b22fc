/* The contention check: what takes turns in it, and what its rounds took. */
#ifndef RUN_CHECK_H
#define RUN_CHECK_H

#include "arena.h"
#include "error.h"
#include "haxconn/run.h"
#include "passes.h"
#include "session.h"
#include "turns.h"

/* A network on a unit, alone or under one pressure, or two networks at once. */
typedef struct check_item {
    int networks[2]; /* the second -1: one alone or pressed */
    int units[2];    /* of a pressed one the first of its class: units of a class take turns */
    int work;        /* of the pressure's traffic; < 0: none */
    double *ms;      /* [job or the whole round, last][round] */
    double *gbps;    /* [round] the pressure, just before the network began */
} check_item;

typedef struct checking {
    const hax_check_config *config;
    hax_arena *arena;
    hax_session *session;
    hax_passes *passes; /* the profile, taken in the same rounds */
    hax_profile *profile;
    hax_turns turns;
    int item_count;
    check_item *items;
    int *order;       /* [item, then pass] */
    int *kin;         /* of the same: what is compared is run close together */
    int rounds, room; /* counted, and that there is room for */
    int disturbed;    /* rounds that were done again */
    hax_plan_job *jobs;
    hax_stamp *stamps;
} checking;

/* Number of groups of the item's networks: its jobs. */
int check_jobs(const checking *at, const check_item *of);

/* Where the time of job `job` (or, at check_jobs, of the whole) in round 0 is. */
double *check_series(const checking *at, const check_item *of, int job);

/* The unit that a pressed item was on in a round. */
int check_unit(const checking *at, const check_item *of, int round);

/* Fills groups, rounds and errors of the public check from what the rounds took. */
hax_status check_judge(const checking *at, hax_contention_check *made, hax_error *err);

#endif
