/* The inside of a stream. */
#ifndef HAX_STREAM_INSIDE_H
#define HAX_STREAM_INSIDE_H

#include "arena.h"
#include "dispatcher.h"
#include "haxconn/stream.h"
#include "histogram.h"
#include "plan_figures.h"
#include "problem_clock.h"
#include "replan.h"
#include "run.h"

/* Where the data of a submitted frame lie, and what has become of it. */
typedef struct hax_stream_slot {
    hax_frame frame; /* number -1: none yet */
    bool open;       /* it waits, or is worked on */
    float **inputs;  /* [input] */
    float *values;   /* all outputs, one after the other; NULL: units compute nothing */
    hax_output *outputs;
} hax_stream_slot;

/* A network's frames. */
typedef struct hax_stream_counts {
    hax_frame_source source;
    int64_t deadline_ns; /* INT64_MAX: none */
    int after;           /* the network whose frames it takes over, -1 */
    int last_unit;       /* of the platform: where its outputs are */
    int64_t next_number, next_release_ns;
    int64_t phase_ns; /* of a rate: from the start of a run to the first frame; 0 but where a stream
                         is simulated that is under way */
    int64_t last_release_ns;
    int64_t epoch_ns, epoch_number; /* of a rate: that frame is released then, and so on */
    bool awaits_plan;               /* that has it: no frames until then */
    int64_t released, ended, missed, dropped, lost;
    int64_t last_end_ns;
    hax_histogram *latency;
    double latency_sum_ns; /* of those that ended */
    int64_t compared;
    double largest_difference;
    int slot_count; /* 0: its frames are not submitted */
    hax_stream_slot *slots;
    float **inputs; /* [input]: as last submitted */
} hax_stream_counts;

struct hax_stream {
    hax_stream_config config;
    hax_arena *arena; /* of what lives as long as the stream */
    hax_profile_network *networks;
    int in_flight; /* frames of a network: the session has so many copies of each */
    hax_session_instance *instances; /* [in_flight * networks]: all, and all once more; */
    hax_problem_clock clock;
    hax_session_clock session_clock;
    hax_session *session;
    hax_plan_job *jobs;
    hax_plan plan;
    hax_figures present; /* of the plan that the stream was opened with */
    hax_pieces *pieces;
    const hax_piece *list; /* of pieces */
    hax_dispatcher *dispatcher;
    const hax_cycle *cycle;    /* whose schedule is executed; NULL: none's */
    int64_t *start_ns;         /* [piece] in its table */
    hax_stream_counts *counts; /* [network] */
    hax_run_outputs reference; /* instance_count 0: nothing is compared */
    int64_t base_ns;           /* of the session's clock: what times count from */
    int64_t busy_ns[HAX_MAX_UNITS];
    int64_t next_second_ns;
    hax_stream_limits limits;
    bool releasing; /* frames that are not submitted */
    int restarts;
    int restarts_in_vain; /* since the last result */
    hax_replan *replan;   /* NULL: the plan stays */
};

/* Nanoseconds since the start. */
int64_t hax_stream_now_ns(const hax_stream *stream);

/* copies.c: the network that an instance of the session is, or is a copy of. */
int hax_stream_network_of(const hax_stream *stream, int instance);
/* The instances of all networks and their copies, in the stream's arena. HAX_BAD_INPUT: there
 * cannot be so many. */
hax_status hax_stream_make_instances(hax_stream *stream, hax_error *err);
/* Numbers of inputs that copies share with what they are copies of: those of `fed`, else random
 * ones. *filled is to be freed with free when the session is open. */
hax_status hax_stream_fill_copies(hax_stream *stream, const hax_fed_inputs *fed, void **filled,
                                  hax_error *err);
/* Appends the jobs of all copies to those of a plan; `jobs` were allocated with malloc. */
hax_status hax_stream_copy_jobs(const hax_stream *stream, hax_plan_job **jobs, int *count,
                                hax_error *err);

/* loop.c: one step: begins what may, waits until something happens, or until a time, at most. */
hax_status hax_stream_step(hax_stream *stream, int64_t until_ns, hax_error *err);
/* A frame is there. */
void hax_stream_release(hax_stream *stream, int network, const hax_queued_frame *frame);
void hax_stream_begin_ready(hax_stream *stream, int64_t now_ns);
/* A network's own frames begin now, from its next number on, or go on at another rate. */
void hax_stream_start_frames(hax_stream *stream, int network);
void hax_stream_change_rate(hax_stream *stream, int network);

/* stream.c: another dispatcher, of the sources as they stand; nothing is under way. */
hax_status hax_stream_reload(hax_stream *stream, hax_error *err);

/* source.c: what of a source is not possible. */
hax_status hax_stream_check_source(const hax_instance_spec *instance,
                                   const hax_frame_source *source, hax_error *err);

/* cycle.c: the jobs of a cycle's schedule, with when they start in it; free both with free. */
hax_status hax_cycle_jobs(const hax_cycle *cycle, const hax_platform *platform,
                          const hax_schedule *schedule, hax_plan_job **jobs, double **start_ms,
                          int *count, hax_error *err);
int hax_cycle_jobs_most(const hax_cycle *cycle);

/* submit.c */
hax_status hax_stream_slots_open(hax_stream *stream, hax_error *err);
void hax_stream_slots_close(hax_stream *stream);
/* Its values are those of the instance that worked on it; -1: it has none. */
void hax_stream_slot_end(hax_stream *stream, int instance, int slot, const hax_frame *frame);

/* result.c: counts as they stand. */
hax_status hax_stream_result_make(const hax_stream *stream, bool interrupted,
                                  const hax_stream_result **result, hax_error *err);

#endif
