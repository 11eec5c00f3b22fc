/* The contention check: what takes turns in it, and what its rounds took. */
#ifndef HAX_EXPERIMENT_CHECK_H
#define HAX_EXPERIMENT_CHECK_H

#include "arena.h"
#include "error.h"
#include "exec.h"
#include "haxconn/experiment.h"
#include "profile.h"

/* A network on a unit, alone or under one pressure, or two networks at once. */
typedef struct hax_check_item {
    int networks[2]; /* the second -1: one alone or pressed */
    int units[2];    /* of a pressed one the first of its class: units of a class take turns */
    int work;        /* of the pressure's traffic; < 0: none */
    double *ms;      /* [job or the whole round, last][round] */
    double *gbps;    /* [round] the pressure, just before the network began */
} hax_check_item;

typedef struct hax_check_run {
    const hax_contention_check_config *config;
    hax_arena *arena;
    hax_session *session;
    hax_passes *passes; /* the profile, taken in the same rounds */
    const hax_profile *profile;
    hax_turns turns;
    int item_count;
    hax_check_item *items;
    int *block;   /* [item, then pass]: what is compared is run close together */
    int capacity; /* rounds that there is room for */
    hax_interleave_counts counts;
    hax_plan_job *jobs;
    hax_stamp *stamps;
} hax_check_run;

/* Number of groups of the item's networks: its jobs. */
int hax_check_jobs(const hax_check_run *run, const hax_check_item *item);

/* Where the time of job `job` (or, at hax_check_jobs, of the whole) in round 0 is. */
double *hax_check_series(const hax_check_run *run, const hax_check_item *item, int job);

/* The unit that a pressed item was on in a round. */
int hax_check_unit(const hax_check_run *run, const hax_check_item *item, int round);

/* Fills groups, rounds and errors of the public check from what the rounds took. */
hax_status hax_check_judge(const hax_check_run *run, hax_contention_check *check, hax_error *err);

#endif
