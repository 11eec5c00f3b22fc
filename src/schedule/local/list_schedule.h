/*
 * A schedule as a list of groups with units, and the walk from event to event that gives its times.
 *
 * The list says in which order the groups take their units; every group starts as early as that
 * and what it follows allow, or once another group has ended. Walked, a list gives the same times
 * as hax_round_state_advance does, to the bit.
 *
 * A small change of the list leaves what happens before it as it was. So a list schedule keeps, of
 * the list that was walked last and kept, what stood at every few events, and for each group at
 * which events it mattered; a changed list is walked on from the last event that the changes cannot
 * have reached.
 */
#ifndef HAX_SCHEDULE_LOCAL_LIST_SCHEDULE_H
#define HAX_SCHEDULE_LOCAL_LIST_SCHEDULE_H

#include "arena.h"
#include "bounds.h"

enum { STAGES = 3 };     /* IN, the group itself, OUT */
enum { MARK_EVERY = 4 }; /* events from one that is kept to the next */

/* Groups of all instances are numbered one instance after the other. */
typedef struct hax_list_entry {
    int group;
    int unit;
    int waits_for; /* STAGES * a group + a stage, whose end it waits for; -1: none */
} hax_list_entry;

/* Where a group mattered first: numbers of events. */
typedef struct hax_list_events {
    int looked;  /* it may start; its unit is asked for when the event comes */
    int started; /* it (with its IN) starts */
    int left;    /* its unit is free again */
} hax_list_events;

/* An item of an automaton, by its number among those of all instances: a step. */
typedef struct hax_list_item {
    double ms, gbps, own_gbps;
    int then, to; /* as a hax_chain_item's, among all steps and nodes; -1 */
    int group, stage, unit;
    int kind; /* steps of one kind have unit and demands alike */
    uint32_t resources;
    const hax_limit_use *uses;
} hax_list_item;

/* What an instance is doing. */
typedef struct hax_list_instance {
    int node; /* where it is when it does nothing */
    int next; /* group to start next; the next instance's first: none is left */
    int step; /* the last one it began, -1: none */
    bool busy;
} hax_list_instance;

typedef struct hax_list_running {
    double left_ms; /* alone */
    int instance, step;
} hax_list_running;

/* What stands at an event. */
typedef struct hax_list_checkpoint {
    double now_ms, past;
    uint64_t look;    /* instances that may be able to start something, as bits */
    uint64_t waiting; /* those of which only the end of a stage is missing */
    uint64_t done;
    uint32_t resources; /* busy */
    int event;
    int running;
    int head[HAX_MAX_RESOURCES];         /* in their queues */
    hax_list_running run[HAX_MAX_UNITS]; /* what is in progress, by rising instance */
    hax_list_instance instances[];       /* [instance] */
} hax_list_checkpoint;

/* Slowdowns of steps that run side by side: of as many at most. */
enum { RATES_OF = 4, RATES_BITS = 12 };

typedef struct hax_list_rates {
    uint64_t key; /* their kinds, 16 bits each; 0: none */
    double slow[RATES_OF];
} hax_list_rates;

typedef struct hax_list_schedule {
    const hax_instance_set *instances;
    hax_arena *arena;
    int group_count; /* of all instances */
    /* what never changes */
    hax_list_item *steps; /* items of all instances */
    int *first_step;      /* [node of all instances * units + unit]: -1: none may start there */
    int *start_node;      /* [instance] */
    int *offset;          /* [instance + 1]: its first group */
    int *instance_of;     /* [group] */
    uint64_t *after;      /* [instance]: instances it comes after, as bits */
    uint64_t *before;     /* [instance]: that come after it */
    uint64_t everyone;
    bool limited;   /* a unit's pieces are */
    bool remembers; /* slowdowns: there are not too many kinds */
    hax_list_rates *rates;
    double slow[HAX_MAX_UNITS];
    /* the list */
    int *order;    /* [place]: group */
    int *position; /* [group] */
    int *unit, *waits_for;
    double *whole_ms;              /* [group]: how long it takes its unit alone, with hand-overs */
    int *queue[HAX_MAX_RESOURCES]; /* groups, in order */
    int queued[HAX_MAX_RESOURCES];
    /* what is kept of walks */
    int since;      /* first event that changes of the list can have reached; INT_MAX: none */
    int begun;      /* event at which the last walk began */
    double last_ms; /* ends behind this are of no use */
    double left_ms[HAX_MAX_RESOURCES]; /* what is still in the queues, alone */
    hax_list_checkpoint *now;          /* of the walk */
    hax_list_checkpoint **kept,
        **checkpoints; /* [event / MARK_EVERY]: of the list kept, and of the last walk */
    hax_list_events *seen, *seen_on; /* [group]: the same */
    int *starts;                     /* [group_count]: groups in the order of their starts, */
    int start_count;
    double *begin_ms; /* [group]: and when, */
    double *end_ms;   /* [STAGES * group + stage]: of the last walk that was traced */
    bool traced;
} hax_list_schedule;

static inline size_t hax_list_checkpoint_size(const hax_list_schedule *schedule)
{
    return sizeof(hax_list_checkpoint) +
           (size_t) schedule->instances->count * sizeof(hax_list_instance);
}

/* Free with hax_list_free in any case. */
hax_status hax_list_make(const hax_instance_set *instances, hax_list_schedule *schedule,
                         hax_error *err);
void hax_list_free(hax_list_schedule *schedule);

/* Another list in place of all. */
void hax_list_set(hax_list_schedule *schedule, const hax_list_entry *list);
void hax_list_get(const hax_list_schedule *schedule, hax_list_entry *list);

/* Changes of the list: a group's unit (which may run it), what it waits for, and the place of a
 * group between its neighbours of the same instance. */
void hax_list_set_unit(hax_list_schedule *schedule, int group, int unit);
void hax_list_set_wait(hax_list_schedule *schedule, int group, int waits_for);
void hax_list_move(hax_list_schedule *schedule, int from, int to);

/* Can the changes since the walk that was kept make no difference? */
bool hax_list_is_unchanged(const hax_list_schedule *schedule);

/* Cost of the list, INFINITY when it is above `most` or cannot be. */
double hax_list_evaluate(hax_list_schedule *schedule, double most);

/* The same for the list as a whole, with starts, begin_ms and end_ms. */
double hax_list_evaluate_traced(hax_list_schedule *schedule);

/* The last walk, which came to its end, is the one to go on from. */
void hax_list_commit(hax_list_schedule *schedule);

/* The list is the one that was kept again. */
void hax_list_rollback(hax_list_schedule *schedule);

#endif
