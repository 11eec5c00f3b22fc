/*
 * The pricing of columns for lp_bound.h. A column is a mix: what can be at work at one moment, at
 * most one kind of work on each unit.
 *
 * A kind is a group of an instance on a unit, or any hand-over (IN or OUT) on a unit. Let every
 * kind earn value[k] per millisecond of its time alone. A mix earns the sum of value[k] times
 * the rate at which k gets on beside the others, per millisecond that passes; if no mix
 * earns more than 1, then work worth v takes at least v milliseconds, whatever the order and the
 * waits: that is the bound in lp_bound.h.
 *
 * Hand-overs of a unit are one kind with the least demands of all of them: it earns no less than
 * any of them would beside the same others, nor do those, since slowdowns never fall with a
 * demand. For the same reason a kind need not be looked at when another one of its instance
 * and unit earns no less, demands no more and stands no higher on the slowdown function.
 */
#ifndef HAX_SCHEDULE_BOUNDS_COLUMN_PRICER_H
#define HAX_SCHEDULE_BOUNDS_COLUMN_PRICER_H

#include "state.h"

enum {
    PRICER_STEPS = 24,
    PRICER_FOUND = 48, /* so many of the most expensive mixes are found at once */
};

typedef struct hax_activity {
    int instance; /* -1: a hand-over, of any */
    int unit;
    double gbps, own_gbps;
} hax_activity;

typedef struct hax_configuration {
    int count;
    int kinds[HAX_MAX_UNITS];
    double rates[HAX_MAX_UNITS]; /* per kind */
    double earns;
} hax_configuration;

typedef struct hax_column_pricer {
    const hax_instance_set *instances;
    int kind_count;
    hax_activity *kinds;
    int **of_item; /* [instance][item]: its kind, -1 when it takes no time */
    /* of one search for the most expensive */
    const double *values;
    int *listed[HAX_MAX_UNITS]; /* kinds worth looking at, by falling value */
    int listed_count[HAX_MAX_UNITS];
    /* most that the units from here on earn beside others that demand a step's gbps or more */
    double rest[HAX_MAX_UNITS + 1][PRICER_STEPS];
    double step_gbps;
    int *list_memory;
    hax_configuration now;
    hax_configuration found[PRICER_FOUND]; /* the most expensive so far, in no order */
    int found_count;
    double above;   /* only what earns more counts */
    uint64_t steps; /* looked at since it was made */
    uint64_t stop;  /* steps at which to give up */
    bool stopped;
    const hax_effort *effort; /* NULL: no limit; when it is over the search is given up too */
} hax_column_pricer;

hax_status hax_pricer_make(const hax_instance_set *instances, hax_column_pricer *pricer,
                           hax_error *err);
void hax_pricer_free(hax_column_pricer *pricer);

/* Begins to look at mixes with these values (>= 0), which must stay as they are. */
void hax_pricer_begin(hax_column_pricer *pricer, const double *values);

/* Rates and earnings of a mix whose kinds are set. */
void hax_pricer_set_rates(const hax_column_pricer *pricer, hax_configuration *configuration);

/* Finds the mixes that earn most of those that earn more than `above`, in found; what the
 * most expensive earns, `above` if none does. With `stopped` set the search was given up, and
 * nothing is known. */
double hax_pricer_best(hax_column_pricer *pricer, double above);

/* The most that others earn beside kind k (of a value of 0). */
double hax_pricer_best_beside(hax_column_pricer *pricer, int k);

/* A mix that contains kind k and to which nothing can be added that earns more. */
hax_configuration hax_pricer_greedy(hax_column_pricer *pricer, int k);

#endif
