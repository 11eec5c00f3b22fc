/*
 * What the greedy baselines work on: the groups of all instances, those between which no cut is
 * allowed taken together as one step, a unit for each, and a rough clock (no contention).
 * Whatever a baseline decides with it is then judged by the one evaluator.
 */
#ifndef HAX_SCHEDULE_BASELINES_GREEDY_SCHEDULE_H
#define HAX_SCHEDULE_BASELINES_GREEDY_SCHEDULE_H

#include "free_time.h"
#include "problem.h"

typedef struct hax_greedy_task {
    int instance;
    int first, count;          /* groups */
    double ms[HAX_MAX_UNITS];  /* alone; INFINITY where it may not run */
    int fewest[HAX_MAX_UNITS]; /* changes of unit from here to the end of the instance if it runs
                                  there; GREEDY_NEVER: there is no way */
    int unit;                  /* -1: not mapped yet */
    int changes;               /* of unit from the start of the instance to here, once mapped */
    bool placed;               /* on the clock */
    double start_ms, end_ms;   /* IN included, OUT only if out_included */
} hax_greedy_task;

enum { GREEDY_NEVER = 1 << 20 };

/* When a resource is free for good. */
typedef struct hax_greedy_clock {
    double free_ms[HAX_MAX_RESOURCES];
} hax_greedy_clock;

typedef struct hax_greedy_schedule {
    const hax_problem *problem;
    hax_time_budget allowed;
    int step_count;
    hax_greedy_task *steps; /* by instance */
    int *first_step;        /* [instance_count + 1] */
    int *next_step;         /* [instance]: the first that is not placed */
    int *order;             /* steps as they were placed */
    int placed_count;
    int pieces[HAX_MAX_UNITS]; /* of what is mapped */
    hax_greedy_clock clock;
    bool gaps; /* hax_greedy_start_ms is asked for gaps: they are kept */
    hax_free_time free_time[HAX_MAX_UNITS];
    bool out_included; /* ends of steps count their OUT, whether anything moves or not */
} hax_greedy_schedule;

hax_status hax_greedy_open(const hax_problem *problem, const hax_baseline_limits *limits,
                           hax_greedy_schedule *greedy, hax_error *err);
void hax_greedy_close(hax_greedy_schedule *greedy);

/* From the beginning on, hax_greedy_start_ms finds gaps; false: memory is out. */
bool hax_greedy_keep_gaps(hax_greedy_schedule *greedy);

/* The step before in the same instance, -1 at its start. */
int hax_greedy_before(const hax_greedy_schedule *greedy, int s);

/* Maps the next step of its instance, or takes the last one's unit back. Whoever asks
 * hax_greedy_may maps with these. */
void hax_greedy_map(hax_greedy_schedule *greedy, int s, int unit);
void hax_greedy_unmap(hax_greedy_schedule *greedy, int s);

/* May a step run on a unit, after what is mapped before it in its instance: permissions, and the
 * limits on transitions (with what is still needed to the end) and pieces. */
bool hax_greedy_may(const hax_greedy_schedule *greedy, int s, int unit);

/* OUT and IN between a step's predecessor on one unit and itself on another; 0 on the same. */
double hax_greedy_out_ms(const hax_greedy_schedule *greedy, int s, int from, int to);
double hax_greedy_in_ms(const hax_greedy_schedule *greedy, int s, int from, int to);

/* ---- the clock ---- */

/* The next step of an instance that is not placed, -1 if there is none or if instances that come
 * before it are not placed yet. */
int hax_greedy_ready(const hax_greedy_schedule *greedy, int instance);

/* Earliest start of a ready step on a unit: behind all that is placed there, or (`gaps`) in the
 * first gap that is long enough. */
double hax_greedy_start_ms(hax_greedy_schedule *greedy, int s, int unit, double length_ms);

/* Puts a step on a unit and on the clock; false: memory is out, which only `gaps` need. */
bool hax_greedy_place(hax_greedy_schedule *greedy, int s, int unit, double start_ms, double end_ms);

/* Takes the last `count` steps that were placed back off the clock, which was `before` before them,
 * and off their units; without `gaps`. */
void hax_greedy_take_back(hax_greedy_schedule *greedy, int count, const hax_greedy_clock *before);

/* Places all steps on the units that they are mapped to, always the one that can start first, so
 * that no unit waits while something is ready for it. HAX_LIMIT, in a baseline's name, when time is
 * over before. */
hax_status hax_greedy_arrange(hax_greedy_schedule *greedy, const char *name, hax_error *err);

/* The placed steps in the order of their starts, evaluated. HAX_INFEASIBLE where the problem's
 * limits forbid it. */
hax_status hax_greedy_evaluate(hax_greedy_schedule *greedy, const hax_problem *problem,
                               const char *name, const hax_schedule **schedule, hax_error *err);

/* HAX_INFEASIBLE: the baseline found no unit for a step that keeps the limits. */
hax_status hax_greedy_stuck(const hax_greedy_schedule *greedy, int s, const char *name,
                            hax_error *err);

#endif
