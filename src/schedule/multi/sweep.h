/*
 * The exact search of any number of instances over all schedules, waits of any length
 * included: labels in the order of time.
 *
 * A label names a place of each instance and a convex set of clocks and of work left there
 * (convex_set.h): all that a sequence of starts and ends can lead to, whatever the waits in
 * between. Rates are constant between events, so the end of an item cuts the set into parts by who
 * ends first and maps each in a straight line, and a start after a wait adds a dimension to it.
 * Nothing is left out but what provably cannot matter:
 *
 * - labels whose bound (lower_bound.h, straight in clock and work left) reaches the limit;
 * - labels that another one of the same places covers: for each of their points one that has gone
 *   on at least as far by the same clock. From there the rest can be repeated with every start at
 *   its time, and every job gets on at least as fast, since the others demand no more at any
 *   moment: no OUT demands more than its group, and a group may wait behind its IN until its
 *   time has come.
 *
 * That wait is not part of the problem: there a group follows its IN at once. An IN begun so much
 * later that it need not wait leaves all other times as they are, whatever slows the IN there
 * (in_start.h), unless INs demand something; then the bound still holds, and the schedule is taken
 * at its true value.
 *
 * Sweeps stop at a limit on the objective, so that a sweep without a schedule is a bound.
 * Latency only.
 */
#ifndef HAX_SCHEDULE_MULTI_SWEEP_H
#define HAX_SCHEDULE_MULTI_SWEEP_H

#include "heap.h"
#include "local.h"
#include "state.h"

typedef struct hax_sweep_label hax_sweep_label;

enum {
    STEP_END,   /* an item has ended, and what follows it is decided */
    STEP_START, /* something is started at once */
    STEP_WAIT,  /* something is started at any time before the first end */
};

/* What makes a label of its parent. */
typedef struct hax_sweep_step {
    int kind;
    int instance;       /* that ended or started something */
    int ender;          /* who ends first; START: -1 */
    hax_position after; /* where the instance is then */
} hax_sweep_step;

typedef struct hax_sweep_bucket {
    uint64_t hash;
    size_t newest; /* label of these places, 0: none */
} hax_sweep_bucket;

typedef struct hax_sweep {
    hax_search_context *search;
    const hax_instance_set *instances;
    double limit;     /* only what ends before it is looked for */
    int *first_start; /* [instance]: of its groups among all */
    int points_most;  /* of a label: more are rounded */
    bool rounded;     /* some have been: labels may lead to what cannot be reached */
    size_t bytes_most;
    bool full; /* the memory there is was not enough: the sweep says nothing */
    bool out_of_memory;
    double least_ms; /* the least end of all labels so far; INFINITY */
    /* labels */
    char *pool;
    size_t pool_bytes, pool_capacity;
    hax_heap ahead; /* labels that have not been expanded, by clock */
    hax_sweep_bucket *table;
    size_t table_capacity, table_count;
    /* while a label is expanded */
    hax_round_state *state;
    double *rates; /* [instance], 0: nothing in progress */
    hax_convex_set from, part, child, other;
    hax_position places[HAX_INSTANCES_MAX]; /* of the child, and their hash */
    uint64_t hash;
    size_t parent;
    hax_sweep_step
        ended; /* the last step of a round that ended, and the label before it; 0: none */
    size_t ended_parent;
} hax_sweep;

/* Can it be swept: is the objective one of those, do demands rise and fall as they must? */
bool hax_sweep_fits(const hax_instance_set *instances);

/* Memory is out: HAX_NO_MEMORY. Free with hax_sweep_free in any case. */
hax_status hax_sweep_make(hax_search_context *search, size_t bytes_most, hax_sweep *sweep,
                          hax_error *err);
void hax_sweep_free(hax_sweep *sweep);

/* Begins anew with a limit; labels of more points than `points_most` are rounded to better ones: a
 * quick bound with 2, nearly always exact with SWEEP_EXACT. */
enum { SWEEP_EXACT = 24 };
void hax_sweep_begin(hax_sweep *sweep, double limit, int points_most);

/* Expands so many labels; true when none is left or the sweep has failed (`full`, `out_of_memory`).
 */
bool hax_sweep_run(hax_sweep *sweep, uint64_t labels);

/* A bound that a sweep which has not failed proves: for all schedules, at most the best one's cost.
 */
double hax_sweep_bound(const hax_sweep *sweep);

#endif
