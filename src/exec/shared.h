/*
 * What the coordinating process and its workers share: one anonymous mapping made
 * before the fork, so that every pointer into it means the same everywhere and nothing
 * outlives the processes.
 *
 *   control block | jobs | dependencies | traffic logs | layouts | slots of boundary tensors |
 *   plain tensors: what crosses between kinds, inputs, outputs
 *
 * Only one side writes at a time: the coordinator between rounds, the workers within;
 * doorbells hand over.
 */
#ifndef HAX_EXEC_SHARED_H
#define HAX_EXEC_SHARED_H

#include <stdalign.h>
#include <sys/types.h>

#include "doorbell.h"
#include "driver.h"
#include "session.h"
#include "traffic_log.h"

enum {
    CACHE_LINE = 64,
    NOTES_PER_KIND = 64,
    NOTE_BYTES = 200,
    CHECKED_PER_KIND = 2048, /* what is more is checked again the next time */
    KIND_MAX = HAX_MAX_UNITS,
};

typedef enum hax_worker_command {
    COMMAND_RUN,   /* its part of the plan */
    COMMAND_PRESS, /* memory traffic while others run */
    COMMAND_FETCH, /* write an instance's outputs in plain form */
    COMMAND_FEED,  /* take the inputs of all instances in plain form */
    COMMAND_PIECE, /* a piece of a plan, without a barrier (pieces.h) */
    COMMAND_QUIT,
} hax_worker_command;

/* How far a unit is with the command in force. */
typedef enum hax_unit_progress {
    UNIT_ASKED,
    UNIT_AT_WORK, /* it has taken the command up */
    UNIT_DONE,
} hax_unit_progress;

/* A job of the plan in force. */
typedef struct hax_shared_job {
    alignas(CACHE_LINE) hax_doorbell done;
    hax_doorbell submitted; /* the batch that begins with it */
    int unit;
    int stream, priority;
    int instance;
    int group;
    hax_part part;
    int peer_kind; /* of IN: the kind that has the tensor; of OUT: the kind that takes it */
    int next;      /* of the same thread, -1 at the end */
    int batch;     /* -1: the thread does it by itself */
    int batch_first, batch_index; /* the batch's first job, and its own place behind that */
    bool untimed;
    int dependency_first, dependency_count; /* jobs of other units that must have ended */
    int after;
    int64_t delay_ns;
    int64_t start_ns, end_ns; /* clock time */
} hax_shared_job;

/* One unit's thread. */
typedef struct hax_shared_unit {
    alignas(CACHE_LINE) hax_doorbell wake; /* a command is there */
    hax_worker_command what;
    int first_job;                    /* COMMAND_RUN, COMMAND_PIECE */
    hax_traffic traffic;              /* COMMAND_PRESS */
    double block_bytes;               /* that a block of it moves */
    int instance;                     /* COMMAND_FETCH, COMMAND_PIECE */
    bool takes_inputs, gives_outputs; /* COMMAND_PIECE: in plain form, before it and behind it */
    bool may_spin;                    /* nobody else needs its cores in this plan */
    _Atomic int running;    /* job in progress, -1; stored with release, loaded with acquire */
    _Atomic int building;   /* instance whose kernels are being built, -1 */
    _Atomic int progress;   /* a hax_unit_progress */
    _Atomic uint32_t beats; /* grows while it builds */
    _Atomic int chosen;     /* per mille of its kernels, where finding them takes long; else -1 */
    _Atomic int left_ms;    /* that finding them goes on */
    hax_status status;      /* of the last command */
    hax_error error;
} hax_shared_unit;

typedef struct hax_shared_kind {
    bool takes_batches; /* driver.h, compile */
    int note_count;
    char notes[NOTES_PER_KIND][NOTE_BYTES];
    int checked_count;
    uint64_t checked[CHECKED_PER_KIND]; /* kernels found right now (driver.h, trusted) */
} hax_shared_kind;

typedef struct hax_shared_control {
    _Atomic int expected;    /* units that take part in the command */
    _Atomic int arrived;     /* of them at the barrier */
    _Atomic int left;        /* of them still working */
    _Atomic int runners;     /* of them still at the plan: traffic goes on until it is 0 */
    int job_count;           /* of the plan */
    int64_t traffic_lead_ns; /* jobs that wait for nobody begin so long after the start */
    int64_t press_ns;        /* traffic without a plan ends so long after the start */
    hax_doorbell go;         /* all have arrived */
    hax_doorbell finished;   /* all have ended */
    hax_event_count pieces;  /* that have ended */
    int64_t start_lead_ns;   /* between `go` and the start of the round */
    int64_t start_ns;        /* clock time */
    hax_shared_unit units[HAX_MAX_UNITS];
    hax_shared_kind kinds[KIND_MAX];
} hax_shared_control;

/* A boundary tensor of an instance: its slots, one per kind, and the plain one. */
typedef struct hax_boundary {
    int tensor;
    hax_layout *layouts; /* [kind], in shared memory, written by the kind's first unit */
    void **slots;        /* [kind] */
    float *plain;
} hax_boundary;

typedef struct hax_instance_memory {
    int boundary_count;
    hax_boundary *boundaries;
    int *boundary_of; /* [tensor]: index, -1 */
    int input_count;
    int *inputs;    /* boundary indices */
    float *outputs; /* in shared memory: all outputs, plain, one after the other */
    size_t output_count;
} hax_instance_memory;

typedef struct hax_worker { /* one per kind that has units */
    int kind;
    pid_t pid;
} hax_worker;

/* Traffic on the virtual clock: bytes moved by the moments at which its rate changed. */
typedef struct hax_virtual_traffic {
    int count, capacity;
    int64_t *ns;
    double *bytes;
} hax_virtual_traffic;

struct hax_supervision;
struct hax_run_delay;

struct hax_session {
    hax_session_config config;
    hax_session_instance *instances;
    struct hax_arena *arena;
    /* real platforms */
    void *mapping;
    size_t mapping_bytes;
    hax_shared_control *control;
    int job_max;
    hax_shared_job *jobs;
    int *dependencies;
    void *exchange; /* where tensors lie as plain floats, for all kinds: the end of the mapping */
    size_t exchange_bytes;
    size_t region_bytes;           /* of a unit's traffic */
    hax_traffic_log *traffic_logs; /* [thread of all units] */
    int traffic_threads;
    int *traffic_first;          /* [unit + 1]: its first thread in there */
    hax_instance_memory *memory; /* [instance] */
    hax_worker workers[KIND_MAX];
    int worker_count;
    struct hax_supervision *supervision; /* while pieces are executed; NULL before the first */
    struct hax_run_delay
        *delays;        /* [worker], of the supervision; NULL before anything is suspicious */
    bool broken;        /* a worker was lost: only close is left */
    double watched_ms;  /* of the last command; without what this process itself was stopped for */
    double *longest_ms; /* [unit][instance][group] seen so far, for the hang limit */
    int *group_offset;  /* [instance] into that */
    int group_total;
    /* simulated platforms */
    hax_virtual_traffic traffic[HAX_MAX_UNITS]; /* of the last execution */
    /* both */
    int note_count;
    const char **notes;
    int checked_count;
    uint64_t *checked;
};

/* memory.c: lays out and maps everything. */
hax_status hax_session_map(hax_session *session, hax_error *err);
void hax_session_unmap(hax_session *session);

/* order.c: how many jobs a plan may have. */
int hax_plan_limit(const hax_session *session);

/* order.c: checks a plan against the session. */
hax_status hax_plan_check(const hax_session *session, const hax_plan *plan, hax_error *err);

/*
 * order.c: turns a checked plan into jobs with dependencies in shared memory. first[unit] is the
 * first job of each unit's thread, or -1.
 *
 * Jobs that a device takes up by itself are joined in batches. What waits for nothing that a thread
 * has to do is one batch of all units of the kind, with the number of the kind, begun by the thread
 * of the first job's unit; true: that is the whole plan, which is then that thread's alone. Behind
 * something that a thread does, a batch goes on until the next job that waits for others, or for a
 * time behind them.
 */
bool hax_plan_compile(hax_session *session, const hax_plan *plan, int *first);

/* order.c: turns a checked plan into jobs in shared memory, from `first` on, that wait for nobody:
 * next[job] is the one that follows in the same piece, -1 at its end. */
void hax_plan_load(hax_session *session, int first, const hax_plan *plan, const int *next);

/* Do two units need a common processor? */
bool hax_units_share_cpu(const hax_unit *a, const hax_unit *b);

/* worker.c: the life of a worker process; does not return. */
_Noreturn void hax_worker_main(hax_session *session, int kind, pid_t coordinator);

/* supervise.c */
hax_status hax_workers_start(hax_session *session, hax_error *err);
void hax_workers_stop(hax_session *session);
/* Hands a command to `count` units (already written into their hax_shared_unit) and waits for
 * its end, watching over the workers. */
hax_status hax_workers_command(hax_session *session, const int *units, int count, bool building,
                               hax_error *err);
/* Pieces are begun from now on, and workers looked after. */
hax_status hax_workers_watch_pieces(hax_session *session, hax_error *err);
/* Hands a piece to a unit (already written into its hax_shared_unit). */
void hax_workers_begin_piece(hax_session *session, int unit);
/* Waits until one of the `pending` units (a bit each) has ended its piece, until a time of the
 * clock or for as long as workers need no looking after; *ended are those that have.
 * HAX_WORKER_LOST, or what a piece that has ended came to. */
hax_status hax_workers_await_piece(hax_session *session, uint32_t pending, int64_t until_ns,
                                   uint32_t *ended, hax_error *err);
/* To whoever watches: it is not known how long libraries take to build and to time kernels, but
 * that they go on is. */
void hax_workers_report_building(const hax_session *session);

/* press.c: a unit's sources of traffic, made by the unit's own thread. */
typedef struct hax_press_team hax_press_team;
hax_status hax_press_open(const hax_session *session, int unit, hax_device *device,
                          hax_press_team **team, hax_error *err);
void hax_press_close(hax_press_team *team); /* NULL is allowed */
/* Before the round's barrier, and after it: makes the unit's traffic until the plan, or its time,
 * has ended. The second must be called also when the first has failed. */
hax_status hax_press_ready(hax_press_team *team, hax_error *err);
hax_status hax_press_run(hax_press_team *team, hax_error *err);

/* virtual.c: a plan on the virtual clock. */
hax_status hax_virtual_execute(hax_session *session, const hax_plan *plan, const hax_press *press,
                               hax_stamp *stamps, hax_error *err);
/* What a job takes alone there; `enters`: its network was on another unit of the kind before. */
hax_virtual_cost hax_virtual_cost_of(const hax_session *session, const hax_plan_job *job,
                                     bool enters);
double hax_virtual_slowdown(const hax_session *session, int unit, double own_gbps,
                            double external_gbps);
double hax_virtual_moved(const hax_session *session, int unit, int64_t ns);
void hax_virtual_forget(hax_session *session);

#endif
