/*
 * Frames, one after the other, of several networks by a schedule, without a barrier between rounds:
 * the next frame of a network begins while another network still works.
 *
 * Frames come at a rate, back to back, or as the program submits them, each network's into a
 * bounded buffer of its own; what there is no room for is dropped by the network's policy
 * (hax_frame_source, workload.h). A network works on one frame at a time, or on so many as
 * hax_stream_config.in_flight says, by the units that the schedule gives its groups. Whose turn it
 * is on a unit: the earliest deadline first (docs/stream.md).
 *
 * Memory is bounded, and no frame allocates any.
 *
 * Processes: hax_stream_open forks workers as hax_deployment_open does (haxconn/deploy.h says what
 * that means), on a simulated platform none. There the clock is virtual: it moves only within the
 * calls of this header, and the same calls give the same times.
 *
 * Threads: a stream is used by one thread at a time. Frames go on only within hax_stream_run,
 * hax_stream_submit and hax_stream_wait; callbacks are called there.
 */
#ifndef HAXCONN_STREAM_H
#define HAXCONN_STREAM_H

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/platform.h"
#include "haxconn/problem.h"
#include "haxconn/profile.h"
#include "haxconn/progress.h"
#include "haxconn/run.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"
#include "haxconn/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_stream hax_stream;

enum { HAX_FRAMES_IN_FLIGHT_MAX = 8 };

/* What has become of a frame. Times are nanoseconds from the start of the stream's run, or of the
 * stream where frames are submitted. It will not grow. */
typedef struct hax_frame {
    int network;
    int64_t number;     /* of the network's frames, from 0 */
    bool dropped;       /* there was no room for it; the times but its release are 0 */
    bool lost;          /* with a worker; likewise */
    bool missed;        /* its result came behind its deadline */
    int64_t release_ns; /* of a network that comes after another: of that one's frame */
    int64_t start_ns;
    int64_t end_ns;
    int output_count;          /* of a frame that was submitted, where units compute; else 0 */
    const hax_output *outputs; /* until the callback returns, or of hax_stream_wait until the next
                                  call with the stream */
} hax_frame;

/* What has become of a network's frames. */
typedef struct hax_stream_network {
    const char *name;
    hax_frame_source source;
    int64_t released; /* = ended + dropped + lost + unfinished */
    int64_t ended;
    int64_t missed;  /* of those that ended: behind their deadline */
    int64_t dropped; /* there was no room for them */
    int64_t lost;    /* they were worked on when a worker was lost */
    int64_t unfinished;
    double ended_per_s;            /* until its last one */
    double p50_ms, p95_ms, p99_ms; /* from release to result, of those that ended, at most 0.8 % too
                                      long; NAN: none has */
    double max_ms;
    int64_t compared;          /* results that were compared with those of a single unit */
    double largest_difference; /* of them, relative to the largest value */
} hax_stream_network;

typedef struct hax_stream_unit {
    const char *name;
    double load; /* share of the time in which it was at work */
} hax_stream_unit;

typedef struct hax_stream_result {
    double seconds; /* from the start to the last event */
    int network_count;
    const hax_stream_network *networks;
    int unit_count;
    const hax_stream_unit *units; /* those that the schedule uses */
    bool interrupted;             /* ended by the watch */
    int restarts;                 /* of the workers */
    bool outputs_checked;         /* false where units compute nothing, or it is not asked for */
    bool outputs_equal;           /* all within the tolerance */
    double output_tolerance;
} hax_stream_result;

/*
 * The least common period of networks' rates, as a scheduling problem: each frame that is released
 * in it is an instance, and a schedule of it is repeated. Instances come in the order of the
 * networks, of one network in that of its frames, each after the one before; behind them come
 * timers, which are no work: a frame comes after the timer that ends when it is released, and
 * timers run one after the other on a unit of their own, the last one. The objective is the largest
 * lateness; a deadline behind the end of the period counts as that, and so does none, so that a
 * schedule without lateness can be repeated as it is.
 */
typedef struct hax_cycle {
    double period_ms;
    int frame_count;    /* instances that are frames */
    const int *network; /* [frame_count] of the problem it was made of */
    const int *turn;    /* [frame_count] which of its network's frames in the period, from 0 */
    const double *release_ms;   /* [frame_count] from the period's start */
    const hax_problem *problem; /* of frames and timers */
} hax_cycle;

/* HAX_BAD_INPUT: a network without a rate that comes after none; rates whose least common period
 * has more frames and timers than are planned together (HAX_MAX_INSTANCES), or none (multiples of
 * 1e-6 Hz have one); no unit is left for timers. Free with hax_cycle_destroy.
 */
HAX_API hax_status hax_cycle_make(const hax_problem *problem, const hax_frame_source *sources,
                                  const hax_cycle **cycle, hax_error *err);

/* NULL is allowed. */
HAX_API void hax_cycle_destroy(const hax_cycle *cycle);

/*
 * What planning anew has come to, while a stream runs: the plan that is in force from a moment on.
 * A change has several, each better than the one before; the last one says how far from the best it
 * may be. It will not grow. Texts are there until the call returns.
 */
typedef struct hax_stream_plan {
    int change;       /* the how manieth change of the stream, from 1 */
    const char *what; /* has changed */
    double changed_s; /* when that was, from the start of the run */
    double after_ms;  /* so long after it this plan is in force */
    const char *plan; /* "haxconn", or the name of a plain deployment */
    bool kept;        /* it was in force before */
    bool by_frames; /* judged by a simulation of the stream (hax_stream_choose); else by `round` */
    int64_t frames; /* that were simulated; */
    int64_t late;   /* of them: dropped, behind their deadlines, or without a result */
    double latency_ms;       /* sum of the networks' means in it */
    hax_objective objective; /* of the round: */
    double round;            /* what this plan comes to */
    double best;             /* the best that was found so far; NAN: nothing was searched for yet */
    double bound;            /* proven for all schedules; NAN as above */
    hax_proof proof;         /* of `best` */
    uint64_t nodes;          /* of the searches so far */
    bool ended;              /* nothing better is looked for any more */
} hax_stream_plan;

typedef struct hax_stream_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count;
    const hax_profile_network *networks;
    const hax_problem *problem;      /* of these networks, in this order */
    const hax_schedule *schedule;    /* of the problem, or of the cycle's */
    const hax_frame_source *sources; /* [network_count]; read during the call */
    uint64_t input_seed;             /* of inputs that nobody submits */
    bool check_outputs;              /* each result, but those of submitted frames, is compared with
                                        that of one unit (hax_run) */
    void (*frame_ended)(void *context, const hax_frame *frame); /* or dropped; may be NULL */
    /* After each second of a run; false ends it as the watch's cancel does. May be NULL. */
    bool (*second_passed)(void *context, const hax_stream_result *so_far);
    void *context;
    const hax_watch *watch; /* may be NULL */
    const hax_cycle *cycle; /* made of the problem and the sources: pieces begin when its schedule
                               has them, again in each period; NULL: none */
    bool restart; /* where a worker dies or hangs, all are started anew and the stream goes on:
                     frames that were worked on are lost, which the watch is warned of. Given up
                     when it happens three times without a result in between */
    void (*plan_changed)(void *context, const hax_stream_plan *plan); /* may be NULL */
    /* Asked at each step of a run, on its thread: may call hax_stream_set_source,
     * hax_stream_slow_unit and hax_stream_lose_workers. *next_ns: when it wants to be asked again
     * at the latest, from the start of the run; INT64_MAX as it comes in: when something happens,
     * and on a real clock every few milliseconds. Another status than HAX_OK ends the run with it.
     */
    hax_status (*control)(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                          hax_error *err);
    bool replan;    /* the plan is made anew when a network comes or goes, a rate changes
                       (hax_stream_set_source), a unit is found to be slower or faster than before, or
                       workers were started anew. The schedule is of the networks that have frames (of
                       the problem without those of HAX_NO_FRAMES). On a real clock that takes a thread
                       of its own; the functions of the watch are not called from there */
    int feed_count; /* inputs that are given, the same for each frame; others are random, by seed */
    const hax_feed *feeds; /* read during the call; of networks whose frames are not submitted */
    int in_flight; /* frames of each network that are worked on at once, at most, in order: the next
                      one begins on the first of its units while the one before is on another. Each
                      has memory of its own; weights and kernels are shared. 0: one; at most
                      HAX_FRAMES_IN_FLIGHT_MAX, and HAX_MAX_INSTANCES of all networks together;
                      one where the schedule is of a cycle */
} hax_stream_config;

static inline hax_stream_config hax_stream_config_default(void)
{
    hax_stream_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    return config;
}

/* The plan that a stream is best off with, and what it is worth. It will not grow. */
typedef struct hax_stream_choice {
    const hax_schedule *schedule; /* of the networks that have frames, or of a cycle; free with
                                     hax_schedule_destroy */
    int candidates;
    bool by_frames;    /* judged by a simulation of the stream; else by the round */
    int64_t frames;    /* that were simulated; */
    int64_t late;      /* of them: dropped, behind their deadlines, or without a result */
    double latency_ms; /* sum of the networks' means in it */
    double factor;     /* by which all rates can grow, where that was asked for; else 0 */
} hax_stream_choice;

/*
 * Chooses a plan for a stream: of the configuration platform, networks, problem, sources, replan,
 * in_flight and the watch's cancel are read. Where networks have rates and no frame is submitted,
 * plain deployments, the plan for the round's objective and one for latency or throughput,
 * whichever that is not, are simulated as the stream executes them, on a virtual clock by the
 * problem, for sixteen frames of the slowest network: the one with the fewest frames dropped or
 * late is taken, of these the one with the shortest mean latency. `by_rate`: before that, the one
 * that keeps the highest rates (hax_stream_find_rate, in runs of 100 frames). Likewise, with the
 * most frames in a second before all else, where all frames come back to back, several are in
 * flight and the objective is throughput. So no plain deployment is better by the model. Else it is
 * the answer of hax_solve. `options` (may be NULL) are those of each search; what a limit cuts
 * short counts as well.
 *
 * *cycle: where the schedule is of a cycle (hax_cycle_make), that one, free with hax_cycle_destroy;
 * else NULL. One is a candidate where all networks have frames and rates with a period that can be
 * planned, one frame of each is in flight, the plan stays what it is (`replan`) and no rates are
 * looked for (`by_rate`); its search has 100,000 nodes at most. `cycle` NULL: none is.
 *
 *   HAX_BAD_INPUT  no network has frames
 *   else           as hax_solve
 */
HAX_API hax_status hax_stream_choose(const hax_stream_config *config,
                                     const hax_solve_options *options, bool by_rate,
                                     hax_stream_choice *choice, const hax_cycle **cycle,
                                     hax_error *err);

/* Would a stream execute two schedules of the problem alike? Waits do not count: a stream leaves
 * them out. */
HAX_API hax_status hax_stream_same_plan(const hax_platform *platform, const hax_problem *problem,
                                        const hax_schedule *a, const hax_schedule *b, bool *same,
                                        hax_error *err);

/*
 * Forks the worker processes and builds all networks in them. Platform, networks, problem and the
 * watch must outlive the stream.
 *
 * A network that comes after another one (hax_instance_spec.after) takes its frames from there: its
 * n-th is released when the other's n-th has its result, and its latency and deadline count from
 * that one's release. It has neither a rate nor is it submitted, and it comes after one only.
 *   HAX_BAD_INPUT  the problem or its schedule is of other networks or units; a source that is not
 *                  possible
 *   HAX_UNAVAILABLE, HAX_WORKER_LOST  as hax_deployment_open
 * Close with hax_stream_close.
 */
HAX_API hax_status hax_stream_open(const hax_stream_config *config, hax_stream **stream,
                                   hax_error *err);

/* Ends the workers; NULL is allowed. */
HAX_API void hax_stream_close(hax_stream *stream);

/* Another schedule of the same problem, or of a cycle (else NULL), and other sources (NULL: as they
 * are), from the next run on. Frames that were submitted and have no result are lost. HAX_BAD_INPUT
 * also for a cycle with more jobs than the stream was opened for. */
HAX_API hax_status hax_stream_change(hax_stream *stream, const hax_schedule *schedule,
                                     const hax_cycle *cycle, const hax_frame_source *sources,
                                     hax_error *err);

/*
 * Other frames for a network from now on, of a stream that plans anew, also within a run (from its
 * callbacks). HAX_NO_FRAMES: it goes; what it has begun and what waits ends. A network that had
 * none comes: its first frame is released when a plan that has it is in force. At another rate the
 * next frame comes one new period after the last. Deadlines are those of frames that are released
 * from now on; buffer and policy stay. HAX_USAGE      the stream does not plan anew HAX_BAD_INPUT
 * a source that is not possible, also: HAX_SUBMITTED where it was not that when the stream was
 * opened; no network would be left; one would take its frames over from one that has none
 */
HAX_API hax_status hax_stream_set_source(hax_stream *stream, int network,
                                         const hax_frame_source *source, hax_error *err);

/* On a virtual clock only, to try what becomes of it (else HAX_USAGE): jobs on a unit (of the
 * platform) that begin from now on take `factor` times as long; workers are lost now, and new ones
 * are ready so much later. */
HAX_API hax_status hax_stream_slow_unit(hax_stream *stream, int unit, double factor,
                                        hax_error *err);
HAX_API hax_status hax_stream_lose_workers(hax_stream *stream, double restart_ms, hax_error *err);

/* How long a run releases frames. It will not grow. */
typedef struct hax_stream_limits {
    int64_t frames; /* of each network; HAX_NO_LIMIT */
    double seconds; /* INFINITY: no limit */
} hax_stream_limits;

/*
 * Releases frames, that are not submitted, until a limit is reached, and ends when all of them have
 * their results. Counts begin anew with each run.
 *   HAX_OK           *result is filled; free with hax_stream_result_destroy
 *   HAX_INTERRUPTED  the watch's cancel was set: no more frames were released, those that waited
 *                    count as unfinished; *result is filled all the same
 *   HAX_MISMATCH     outputs differ from those of a single unit; *result is filled all the same
 *   HAX_WORKER_LOST  a worker died or hung: the stream can only be closed; *result says what came
 *                    before, unless memory is out
 */
HAX_API hax_status hax_stream_run(hax_stream *stream, const hax_stream_limits *limits,
                                  const hax_stream_result **result, hax_error *err);

/* Which rates a deployment keeps: all of them multiplied by one factor. */
typedef struct hax_stream_rate {
    double factor;       /* the highest at which no frame was dropped, nor missed its deadline; 0:
                            none down to a thousandth */
    double first_missed; /* the lowest tried at which one was, at most 1 % above; INFINITY: none up
                            to a thousandfold */
    int runs;
} hax_stream_rate;

/*
 * Searches for it: each step is a run of so many frames of each network. A deadline of one period
 * stays one period, others stay what they are. The sources are as before at the end.
 *   HAX_USAGE  no network's frames come at a rate, or no frames are given; the schedule is of a
 *              cycle, which holds for its own rates only
 *   else       as hax_stream_run, but for HAX_MISMATCH
 */
HAX_API hax_status hax_stream_find_rate(hax_stream *stream, int64_t frames, hax_stream_rate *rate,
                                        hax_error *err);

/* NULL is allowed. */
HAX_API void hax_stream_result_destroy(const hax_stream_result *result);

/* The "haxconn/stream" document of a result, in one line; free with free. */
HAX_API hax_status hax_stream_result_text(const hax_stream_result *result, const char *deployment,
                                          bool final, char **json, hax_error *err);

/* The "haxconn/stream-plan" document of a plan, in one line; free with free. */
HAX_API hax_status hax_stream_plan_text(const hax_stream_plan *plan, char **json, hax_error *err);

/*
 * Gives a network whose frames are submitted one more, and returns. Numbers of inputs are copied;
 * one that no feed is for stays as it was. *number (may be NULL) is the frame's.
 *   HAX_LIMIT      there is no room, and the policy keeps the queue: the frame is dropped
 *   HAX_BAD_INPUT  feeds as for hax_run; the network's frames are not submitted
 *   HAX_WORKER_LOST
 */
HAX_API hax_status hax_stream_submit(hax_stream *stream, int network, int feed_count,
                                     const hax_feed *feeds, int64_t *number, hax_error *err);

/*
 * Waits until a frame that was submitted has its result, or was dropped. What has become of the
 * last two of a network's frames, at least, is kept. HAX_BAD_INPUT    no such frame was submitted,
 * or what became of it is no longer kept HAX_INTERRUPTED  the watch's cancel was set; frames go on
 * with the next call HAX_WORKER_LOST
 */
HAX_API hax_status hax_stream_wait(hax_stream *stream, int network, int64_t number,
                                   hax_frame *frame, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
