/*
 * A session: worker processes that hold the instances of a platform ready to run, and
 * execute plans (lists of jobs with an order) on request, stamping every job.
 *
 * One process per kind, in it one thread per unit. The caller's thread coordinates and
 * sleeps while a plan runs. Profiling and execution both stand on this. Workers are forked and do
 * not exec; they end when the process that opened the session does, however it dies, and outlive
 * the thread that did.
 *
 * A simulated platform gets a session without processes: plans are walked on a virtual
 * clock under the units' laws, or with the costs that the caller gives.
 */
#ifndef HAX_EXEC_SESSION_H
#define HAX_EXEC_SESSION_H

#include "error.h"
#include "haxconn/model.h"
#include "haxconn/platform.h"
#include "haxconn/progress.h"
#include "haxconn/schedule.h"
#include "traffic.h"

typedef struct hax_session hax_session;

typedef struct hax_session_instance {
    const char *name;
    const hax_model *model;
    const hax_grouping *grouping;
    const float *const *inputs; /* plain, of the network's inputs; NULL, or an entry that is: by
                                   seed. Read while opening only */
    int after_count; /* instances that must have ended in a plan before this one begins */
    const int *after;
} hax_session_instance;

/* The longest delay, and the longest traffic: nanoseconds of it are counted. */
enum { HAX_SESSION_MS_MAX = 1000 * 1000 * 1000 };

typedef struct hax_plan_job {
    int unit;
    int instance;
    int group;
    hax_part part;
    int from_unit;   /* of HAX_PART_IN: the unit whose slot holds the tensor */
    int to_unit;     /* of HAX_PART_OUT: the unit that will take it */
    int stream;      /* 0; others run beside it on the unit, which has to take up its work by itself
                        and be the only one of the plan */
    int priority;    /* of streams beside each other: higher ones go first */
    int after;       /* job it must wait for beyond order and precedence, -1 */
    double delay_ms; /* after that job's end, or after the start of the round */
    int turn;        /* of plans in pieces: which of its instance's frames it is of, from 0 */
} hax_plan_job;

/* A job on the virtual clock. */
typedef struct hax_virtual_cost {
    double alone_ms;
    double gbps;     /* what the others feel of it */
    double own_gbps; /* where it stands on its unit's slowdown function */
} hax_virtual_cost;

/* What jobs take on the virtual clock of a platform with a data sheet, whose units have no laws. */
typedef struct hax_session_clock {
    hax_virtual_cost (*cost)(const void *context, const hax_plan_job *job);
    double (*slowdown)(const void *context, int unit, double own_gbps, double external_gbps);
    const void *context;
} hax_session_clock;

typedef struct hax_session_config {
    const hax_platform *platform;
    int instance_count; /* 0: a session for traffic only */
    const hax_session_instance *instances;
    bool traffic;  /* every unit can also make traffic: regions of memory are set aside for it */
    int plan_jobs; /* a plan has at most; 0: each group once, with what goes in and out */
    uint64_t input_seed;
    int checked_count;              /* kernels found right before (hax_session_checked) */
    const uint64_t *checked;        /* are not held against the loops again */
    const hax_session_clock *clock; /* NULL: units take what their laws say */
    const hax_watch *watch;         /* may be NULL */
} hax_session_config;

/*
 * Starts the workers and builds every instance on every unit (progress by watch). All
 * that config points to must outlive the session.
 *   HAX_BAD_INPUT    an operation that no unit can run
 *   HAX_UNAVAILABLE  a library is missing, or a processor that a unit is on; a platform with a data
 *                    sheet and no clock: nothing can be executed or measured there
 *   HAX_WORKER_LOST  a worker died, was stopped or hangs (its name and how)
 */
hax_status hax_session_open(const hax_session_config *config, hax_session **session,
                            hax_error *err);

/* Ends the workers; nothing stays behind. NULL is allowed. */
void hax_session_close(hax_session *session);

/* Jobs in an order in which they could be started one after the other; those of a unit,
 * of an instance and of a resource run in that order. */
typedef struct hax_plan {
    int job_count;
    const hax_plan_job *jobs;
    bool untimed; /* taking times costs a device that takes up its work by itself a microsecond a
                     job: there only the ends of instances and of queues are stamped, and where
                     threads wait or delays count from; what others took counts as the next one's */
} hax_plan;

typedef struct hax_stamp { /* nanoseconds from the start of the round */
    int64_t start_ns;
    int64_t end_ns;
} hax_stamp;

static inline double hax_stamp_ms(const hax_stamp *stamp)
{
    return (double) (stamp->end_ns - stamp->start_ns) * 1e-6;
}

/* From the start of a round to its last end. */
double hax_stamps_round_ms(const hax_stamp *stamps, int count);

/* From the start of the first of some jobs that follow each other to the end of the last. */
static inline double hax_stamps_span_ms(const hax_stamp *stamps, int count)
{
    return hax_stamp_ms(&(hax_stamp){ stamps[0].start_ns, stamps[count - 1].end_ns });
}

/*
 * Runs a plan once; stamps[job_count]. The round starts at a barrier of the units in use
 * and ends with the last job.
 *   HAX_WORKER_LOST  a worker died or hung; the session can only be closed
 *   HAX_INTERRUPTED  the watch's cancel was set (before the plan began or while it ran)
 */
hax_status hax_session_execute(hax_session *session, const hax_plan *plan, hax_stamp *stamps,
                               hax_error *err);

/* Memory traffic beside a plan. */
typedef struct hax_press {
    hax_traffic traffic[HAX_MAX_UNITS]; /* [unit]; work < 0: none */
    double ms; /* with a plan: how long before the plan's start; without: how long at all */
} hax_press;

/* No traffic on any unit yet. */
static inline hax_press hax_press_begin(double ms)
{
    hax_press press = { .ms = ms };
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        press.traffic[u].work = -1;
    return press;
}

/*
 * Runs a plan while other units make traffic, until its last job has ended; the traffic comes
 * first, so that caches are as they stay (the plan's own start is press->ms after the round's).
 * `plan` NULL: traffic only. A unit that makes traffic has no job in the plan. Statuses of
 * hax_session_execute.
 */
hax_status hax_session_press(hax_session *session, const hax_plan *plan, const hax_press *press,
                             hax_stamp *stamps, hax_error *err);

/* Bytes that a unit that made traffic in the last round had moved so many nanoseconds
 * after the round's start. */
double hax_session_moved(const hax_session *session, int unit, int64_t ns);

/*
 * Other numbers for an input of an instance, plain, from the next plan on. On a simulated platform
 * nothing happens. Numbers are copied here and reach the units with hax_session_feed, once for
 * all inputs that were set.
 */
void hax_session_set_input(hax_session *session, int instance, int input, const float *values);
hax_status hax_session_feed(hax_session *session, hax_error *err);

/*
 * Outputs of an instance (all concatenated, plain) as unit `unit` left them in the last
 * plan. *values is owned by the session until its next call. HAX_UNAVAILABLE when the unit's
 * driver computes nothing.
 */
hax_status hax_session_output(hax_session *session, int instance, int unit, const float **values,
                              size_t *count, hax_error *err);

/* Kernels for which a library fell back to a slow implementation, one line each; owned by
 * the session. */
int hax_session_note_count(const hax_session *session);
const char *hax_session_note(const hax_session *session, int note);

/* Keys of the kernels that were found right when this session was opened, besides those of its
 * configuration; owned by the session. */
const uint64_t *hax_session_checked(const hax_session *session, int *count);

#endif
