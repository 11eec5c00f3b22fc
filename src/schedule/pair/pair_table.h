/*
 * What is still to come, for every state of two instances: an exact table, filled from the end
 * to the start.
 *
 * A state names a place of each instance. When one is idle in a node and the other has an
 * item in progress, what is still to come is a function of how much is left of that item; so it
 * is when both have one and one of them has just begun. These functions are piecewise linear,
 * because rates are constant between events. The idle instance may start something at once
 * or after any wait; the wait ends with the other's item at the latest, where another state
 * begins. So the table holds the optimum over all schedules, waits of any length included, and
 * needs no argument about dominance: nothing in it depends on the clock.
 *
 * States that cannot be part of anything better than a given value are left out (infinite):
 * bounds say when a state can be reached at the earliest and what must follow.
 */
#ifndef HAX_SCHEDULE_PAIR_PAIR_TABLE_H
#define HAX_SCHEDULE_PAIR_PAIR_TABLE_H

#include "curve.h"
#include "pair_bounds.h"

/* Both have an item in progress. */
typedef struct hax_pair_curves {
    hax_curve begun[2]; /* instance i's item has just begun; of what is left of the other's */
    hax_curve ended[2]; /* instance i's item has just ended; of what is left of the other's */
} hax_pair_curves;

/* States near a schedule: with so many groups of instance 0 done, instance 1 has done as many as
 * these at least and at most. Both lists never fall. */
typedef struct hax_pair_corridor {
    const int *low, *high; /* [groups of instance 0, and one more] */
} hax_pair_corridor;

typedef struct hax_pair_table {
    const hax_problem *problem;
    const hax_automaton *pair; /* [2] */
    const hax_pair_bounds *bounds;
    const hax_pair_objective *objective;
    double below;                      /* only what is better than this counts */
    bool ignore_contention;            /* as if nothing slowed down anything */
    const hax_pair_corridor *corridor; /* NULL: all states */
    hax_curve_pool pool;
    double *both_idle;      /* [node of 0][node of 1] */
    hax_curve *idle[2];     /* [node of i][item of the other] */
    hax_pair_curves *items; /* [item of 0][item of 1] */
    double **alone[2];      /* [node of the other, done]: rest of i's nodes; made when needed */
    hax_position_bounds *positions[2]; /* [place] */
    uint64_t states;                   /* looked at */
    int done; /* all states are filled in which instance 0 has done so many groups */
} hax_pair_table;

/* Says at every state whether to go on, and at every few that are left out. */
typedef bool hax_pair_table_go_on(void *context, uint64_t states);

/* Has memory room for the table of these two? */
bool hax_pair_table_fits(const hax_automaton *pair);

/* What a table that was not filled to its end proves: no schedule is better. */
double hax_pair_table_bound(const hax_pair_table *table);

/*
 * Fills a table whose first members are set, up to and including `below`. HAX_LIMIT when go_on said
 * no or where the table would be too large, HAX_NO_MEMORY. Free with hax_pair_table_free in any
 * case.
 */
hax_status hax_pair_table_fill(hax_pair_table *table, hax_pair_table_go_on *go_on, void *context,
                               hax_error *err);
void hax_pair_table_free(hax_pair_table *table);

/* The optimum if it is better than `below`, else INFINITY. */
double hax_pair_table_optimum(const hax_pair_table *table);

/* Speed (at most 1) of an item of instance i beside one of the other. */
double hax_pair_table_rate(const hax_pair_table *table, int i, int mine, int other);

/* May i start an item (or anything: -1) while the other is at work on one (-1: it is idle)? */
bool hax_pair_table_may_start(const hax_pair_table *table, int i, int started, int other);

/* Instance i idle in a node, the other's item in progress. */
static inline hax_curve *hax_pair_table_idle(const hax_pair_table *table, int i, int n, int other)
{
    return &table->idle[i][(size_t) n * (size_t) table->pair[1 - i].item_count + (size_t) other];
}

/* Item `mine` of instance i, `other` of the other. */
static inline hax_pair_curves *hax_pair_table_items(const hax_pair_table *table, int i, int mine,
                                                    int other)
{
    size_t zero = (size_t) (i == 0 ? mine : other), one = (size_t) (i == 0 ? other : mine);
    return &table->items[zero * (size_t) table->pair[1].item_count + one];
}

static inline double *hax_pair_table_both_idle(const hax_pair_table *table, int i, int mine,
                                               int other)
{
    size_t zero = (size_t) (i == 0 ? mine : other), one = (size_t) (i == 0 ? other : mine);
    return &table->both_idle[zero * (size_t) table->pair[1].node_count + one];
}

/* What is still to come when i is idle in n and the other's item ends now. */
double hax_pair_table_at_end(const hax_pair_table *table, int i, int n, int other);

/* Least times alone of i's nodes once the other has ended in `done`; NULL when memory is out. */
const double *hax_pair_table_alone(hax_pair_table *table, int i, int done);

#endif
