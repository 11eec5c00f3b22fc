/*
 * The exact search of any number of instances over all schedules, waits of any length
 * included: labels in the order of time.
 *
 * A label names a place of each instance and a convex set of clocks and of work left there
 * (hull.h): all that a sequence of starts and ends can lead to, whatever the waits in between.
 * Rates are constant between events, so the end of an item cuts the set into parts by who ends
 * first and maps each in a straight line, and a start after a wait adds a dimension to it. Nothing
 * is left out but what provably cannot matter:
 *
 * - labels whose bound (outlook.h, straight in clock and work left) reaches the limit;
 * - labels that another one of the same places covers: for each of their points one that has gone
 *   on at least as far by the same clock. From there the rest can be repeated with every start at
 *   its time, and every job gets on at least as fast, since the others demand no more at any
 *   moment: no OUT demands more than its group, and a group may wait behind its IN until its
 *   time has come.
 *
 * That wait is not part of the problem: there a group follows its IN at once. An IN begun so much
 * later that it need not wait leaves all other times as they are, unless INs demand something; then
 * the bound still holds, and the schedule is taken at its true value.
 *
 * Sweeps stop at a limit on the objective, so that a sweep without a schedule is a bound.
 * Latency only.
 */
#ifndef SCHEDULE_SWEEP_H
#define SCHEDULE_SWEEP_H

#include "heap.h"
#include "hull.h"
#include "hunt.h"

typedef struct sweep_label sweep_label;

enum {
    STEP_END,   /* an item has ended, and what follows it is decided */
    STEP_START, /* something is started at once */
    STEP_WAIT,  /* something is started at any time before the first end */
};

/* What makes a label of its parent. */
typedef struct step {
    int kind;
    int instance; /* that ended or started something */
    int ender;    /* who ends first; START: -1 */
    place after;  /* where the instance is then */
} step;

typedef struct sweep_places {
    uint64_t hash;
    size_t newest; /* label of these places, 0: none */
} sweep_places;

typedef struct sweep {
    hunt *hunt;
    const fleet *fleet;
    double limit;     /* only what ends before it is looked for */
    int *first_start; /* [instance]: of its groups among all */
    int points_most;  /* of a label: more are rounded */
    size_t bytes_most;
    bool full; /* the memory there is was not enough: the sweep says nothing */
    bool out_of_memory;
    double least_ms; /* the least end of all labels so far; INFINITY */
    /* labels */
    char *pool;
    size_t pool_bytes, pool_room;
    heap ahead; /* labels that have not been expanded, by clock */
    sweep_places *table;
    size_t table_room, table_count;
    /* while a label is expanded */
    state *at;
    double *rates; /* [instance], 0: nothing in progress */
    hull from, part, child, other;
    place places[FLEET_MAX]; /* of the child, and their hash */
    uint64_t hash;
    size_t parent;
    step ended; /* the last step of a round that ended, and the label before it; 0: none */
    size_t ended_parent;
} sweep;

/* Can it be swept: is the objective one of those, do demands rise and fall as they must? */
bool sweep_fits(const fleet *of);

/* Memory is out: HAX_OUT_OF_MEMORY. Free with sweep_free in any case. */
hax_status sweep_make(hunt *on, size_t bytes_most, sweep *made, hax_error *err);
void sweep_free(sweep *of);

/* Begins anew with a limit; labels of more points than `points_most` are rounded to better ones: a
 * quick bound with 2, nearly always exact with SWEEP_EXACT. */
enum { SWEEP_EXACT = 24 };
void sweep_begin(sweep *of, double limit, int points_most);

/* Expands so many labels; true when none is left or the sweep has failed (`full`, `out_of_memory`).
 */
bool sweep_run(sweep *of, uint64_t labels);

/* A bound that a sweep which has not failed proves: for all schedules, at most the best one's cost.
 */
double sweep_bound(const sweep *of);

#endif
