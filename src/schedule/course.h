/*
 * A schedule as a list of groups with units, and the course that things take from it.
 *
 * The list says in which order the groups take their units; every group starts as early as that
 * and what it follows allow, or once another group has ended. Walked, a list gives the same times
 * as state_advance does, to the bit.
 *
 * A small change of the list leaves what happens before it as it was. So the course keeps, of the
 * list that was walked last and kept, what stood at every few events, and for each group at which
 * events it mattered; a changed list is walked on from the last event that the changes cannot have
 * reached.
 */
#ifndef SCHEDULE_COURSE_H
#define SCHEDULE_COURSE_H

#include "arena.h"
#include "outlook.h"

enum { STAGES = 3 };     /* IN, the group itself, OUT */
enum { MARK_EVERY = 4 }; /* events from one that is kept to the next */

/* Groups of all instances are numbered one instance after the other. */
typedef struct course_entry {
    int group;
    int unit;
    int waits_for; /* STAGES * a group + a stage, whose end it waits for; -1: none */
} course_entry;

/* Where a group mattered first: numbers of events. */
typedef struct course_seen {
    int looked;  /* it may start; its unit is asked for when the event comes */
    int started; /* it (with its IN) starts */
    int left;    /* its unit is free again */
} course_seen;

/* An item. */
typedef struct course_step {
    double ms, gbps, own_gbps;
    int then, to; /* as an item's, among all steps and nodes; -1 */
    int group, stage, unit;
    int kind; /* steps of one kind have unit and demands alike */
    uint32_t resources;
    const used *used;
} course_step;

/* What an instance is doing. */
typedef struct course_seat {
    int node; /* where it is when it does nothing */
    int next; /* group to start next; the next instance's first: none is left */
    int step; /* the last one it began, -1: none */
    bool busy;
} course_seat;

typedef struct course_runner {
    double left_ms; /* alone */
    int instance, step;
} course_runner;

/* What stands at an event. */
typedef struct moment {
    double now_ms, past;
    uint64_t look;    /* instances that may be able to start something, as bits */
    uint64_t waiting; /* those of which only the end of a stage is missing */
    uint64_t done;
    uint32_t resources; /* busy */
    int event;
    int running;
    int head[HAX_MAX_RESOURCES];      /* in their queues */
    course_runner run[HAX_MAX_UNITS]; /* what is in progress, by rising instance */
    course_seat at[];                 /* [instance] */
} moment;

/* Slowdowns of steps that run side by side: of as many at most. */
enum { RATES_OF = 4, RATES_BITS = 12 };

typedef struct course_rates {
    uint64_t key; /* their kinds, 16 bits each; 0: none */
    double slow[RATES_OF];
} course_rates;

typedef struct course {
    const fleet *fleet;
    hax_arena *arena;
    int group_count; /* of all instances */
    /* what never changes */
    course_step *steps; /* items of all instances */
    int *first_step;    /* [node of all instances * units + unit]: -1: none may start there */
    int *start_node;    /* [instance] */
    int *offset;        /* [instance + 1]: its first group */
    int *instance_of;   /* [group] */
    uint64_t *after;    /* [instance]: instances it comes after, as bits */
    uint64_t *before;   /* [instance]: that come after it */
    uint64_t all;
    bool limited;   /* a unit's pieces are */
    bool remembers; /* slowdowns: there are not too many kinds */
    course_rates *rates;
    double slow[HAX_MAX_UNITS];
    /* the list */
    int *order; /* [place]: group */
    int *place; /* [group] */
    int *unit, *waits_for;
    double *whole_ms;              /* [group]: how long it takes its unit alone, with hand-overs */
    int *queue[HAX_MAX_RESOURCES]; /* groups, in order */
    int queued[HAX_MAX_RESOURCES];
    /* what is kept of walks */
    int since;      /* first event that changes of the list can have reached; INT_MAX: none */
    int begun;      /* event at which the last walk began */
    double last_ms; /* ends behind this are of no use */
    double left_ms[HAX_MAX_RESOURCES]; /* what is still in the queues, alone */
    moment *now;                       /* of the walk */
    moment **kept, **on;         /* [event / MARK_EVERY]: of the list kept, and of the last walk */
    course_seen *seen, *seen_on; /* [group]: the same */
    int *starts;                 /* [group_count]: groups in the order of their starts, */
    int start_count;
    double *begin_ms; /* [group]: and when, */
    double *end_ms;   /* [STAGES * group + stage]: of the last walk that was traced */
    bool traced;
} course;

static inline size_t moment_size(const course *of)
{
    return sizeof(moment) + (size_t) of->fleet->count * sizeof(course_seat);
}

/* Free with course_free in any case. */
hax_status course_make(const fleet *of, course *made, hax_error *err);
void course_free(course *of);

/* Another list in place of all. */
void course_set(course *of, const course_entry *list);
void course_get(const course *of, course_entry *list);

/* Changes of the list: a group's unit (which may run it), what it waits for, and the place of a
 * group between its neighbours of the same instance. */
void course_set_unit(course *of, int group, int unit);
void course_set_wait(course *of, int group, int waits_for);
void course_move(course *of, int from, int to);

/* Can the changes since the walk that was kept make no difference? */
bool course_is_as_kept(const course *of);

/* Cost of the list, INFINITY when it is above `most` or cannot be. */
double course_walk(course *of, double most);

/* The same for the list as a whole, with starts, begin_ms and end_ms. */
double course_trace(course *of);

/* The last walk, which came to its end, is the one to go on from. */
void course_keep(course *of);

/* The list is the one that was kept again. */
void course_undone(course *of);

#endif
