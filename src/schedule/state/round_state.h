/*
 * The state of a round at an event, and what can follow: any number of instances.
 *
 * At an event some instances start something, all others wait for the next event (the end of some
 * IN, group or OUT). So the states that follow one another are the schedules with event waits;
 * with waits of any length there are more (docs/search.md).
 */
#ifndef HAX_SCHEDULE_STATE_ROUND_STATE_H
#define HAX_SCHEDULE_STATE_ROUND_STATE_H

#include "instance_set.h"

/* What an instance is doing. */
typedef struct hax_instance_state {
    int item;       /* in progress; -1: none */
    int node;       /* if none: where it is; -1: nowhere, `then` begins at once */
    int then;       /* if none: what may begin only now (an OUT), -1 */
    int started;    /* what it started at the event before, -1 */
    double left_ms; /* of the item, alone */
} hax_instance_state;

typedef struct hax_round_state {
    double now_ms;
    double past;  /* the objective as far as finished instances decide it, see hax_objective_past */
    double bound; /* a bound on the objective of all that can follow */
    uint32_t resources; /* busy */
    int unfinished;
    int progress;                /* groups started, of all instances */
    int parent;                  /* for searches that keep states in a list */
    hax_instance_state actors[]; /* [instances.count] */
} hax_round_state;

static inline size_t hax_round_state_size(const hax_instance_set *instances)
{
    return sizeof(hax_round_state) + (size_t) instances->count * sizeof(hax_instance_state);
}

/* Both in bytes that hax_round_state_size says. */
void hax_round_state_copy(const hax_instance_set *instances, hax_round_state *to,
                          const hax_round_state *from);

/* The start of the round. */
void hax_round_state_begin(const hax_instance_set *instances, hax_round_state *state);

/* Has everything ended that the instance comes after? */
bool hax_round_state_may_begin(const hax_instance_set *instances, const hax_round_state *state,
                               int instance);

/* May the instance start this item? The unit is free, the limits on pieces of all instances are
 * kept. */
bool hax_round_state_may_start(const hax_instance_set *instances, const hax_round_state *state,
                               int instance, int item);

void hax_round_state_start(const hax_instance_set *instances, hax_round_state *state, int instance,
                           int item);

/* Lets time pass to the next event; false when nothing is in progress. `finished` is called for
 * each instance that ends. */
typedef void hax_state_finished(const hax_instance_set *instances, hax_round_state *state,
                                int instance);
bool hax_round_state_advance(const hax_instance_set *instances, hax_round_state *state,
                             hax_state_finished *finished);

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
typedef bool hax_state_next(void *context, hax_round_state *decided);
bool hax_round_state_decide(const hax_instance_set *instances, hax_round_state *work,
                            hax_state_next *next, void *context);

#endif
