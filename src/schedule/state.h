/*
 * The state of a round at an event, and what can follow: any number of instances.
 *
 * At an event some instances start something, all others wait for the next event (the end of some
 * IN, group or OUT). So the states that follow one another are the schedules with event waits;
 * with waits of any length there are more (model: "Waiting can pay").
 */
#ifndef SCHEDULE_STATE_H
#define SCHEDULE_STATE_H

#include "fleet.h"

/* What an instance is doing. */
typedef struct actor {
    int item;       /* in progress; -1: none */
    int node;       /* if none: where it is; -1: nowhere, `then` begins at once */
    int then;       /* if none: what may begin only now (an OUT), -1 */
    int started;    /* what it started at the event before, -1 */
    double left_ms; /* of the item, alone */
} actor;

typedef struct state {
    double now_ms;
    double past;        /* the objective as far as finished instances decide it, see cost.h */
    double promise;     /* a bound on the objective of all that can follow */
    uint32_t resources; /* busy */
    int unfinished;
    int progress; /* groups started, of all instances */
    int parent;   /* for searches that keep states in a list */
    actor at[];   /* [fleet.count] */
} state;

static inline size_t state_size(const fleet *of)
{
    return sizeof(state) + (size_t) of->count * sizeof(actor);
}

/* Both in bytes that state_size says. */
void state_copy(const fleet *of, state *to, const state *from);

/* The start of the round. */
void state_begin(const fleet *of, state *made);

/* Has everything ended that the instance comes after? */
bool state_may_begin(const fleet *of, const state *at, int instance);

/* May the instance start this item? The unit is free, the limits on pieces of all instances are
 * kept. */
bool state_may_start(const fleet *of, const state *at, int instance, int item);

void state_start(const fleet *of, state *at, int instance, int item);

/* Does what ends after `left_ms` end with the event after `span_ms`? Ends this close (relative to
 * the step) are one event, as rounding has it. */
static inline bool state_ends(double left_ms, double span_ms)
{
    return left_ms <= span_ms + 1e-12 * (1 + span_ms);
}

/* Lets time pass to the next event; false when nothing is in progress. `finished` is called for
 * each instance that ends. */
typedef void state_finished(const fleet *of, state *at, int instance);
bool state_advance(const fleet *of, state *at, state_finished *finished);

/*
 * All that can be decided at a state, one after the other: `next` gets each state in which
 * nothing more is started, before time passes. Instances that cannot be told apart and stand alike
 * decide in one order only, and so do units that nothing has touched: exchanged, the schedules
 * are the same.
 *
 * Where that may be more than STATE_DECISIONS_MOST states (with 16 idle instances before 8 units
 * there are billions) only some are given: what is done if every instance, the one with the
 * longest way to go first, takes the item with which it would end first, and what becomes of that
 * when one of them decides otherwise.
 *
 * Ends when `next` says false. False when not all was given.
 */
enum { STATE_DECISIONS_MOST = 1 << 15 };
typedef bool state_next(void *context, state *decided);
bool state_decide(const fleet *of, state *work, state_next *next, void *context);

#endif
