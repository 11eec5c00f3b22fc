/*
 * Workloads: what is to run in a round, as a document. Which networks, how often each, what
 * comes after what, how they are cut, what is to be optimised and what must be kept.
 */
#ifndef HAXCONN_WORKLOAD_H
#define HAXCONN_WORKLOAD_H

#include <math.h>
#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/problem.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- frames --------------------------------------------------------------------- */

/* When a network's frames come. */
typedef enum hax_frame_release {
    HAX_BACK_TO_BACK, /* the next one when the one before has its result */
    HAX_PERIODIC,     /* so many in a second, whatever becomes of those before */
    HAX_SUBMITTED,    /* when the program says so (hax_stream_submit) */
    HAX_NO_FRAMES,    /* none: it stands ready to be given some (hax_stream_set_source) */
} hax_frame_release;

/* What becomes of a frame for which there is no room: of those that wait, and it. */
typedef enum hax_frame_policy {
    HAX_KEEP_LATEST, /* the oldest is dropped */
    HAX_KEEP_QUEUE,  /* it is dropped itself */
} hax_frame_policy;

enum { HAX_FRAME_BUFFER_MAX = 4096 };

/* How the frames of a network come, and which of them count. It will not grow. */
typedef struct hax_frame_source {
    hax_frame_release release;
    double rate_hz;     /* of HAX_PERIODIC: above 0, at most 1e6 */
    double deadline_ms; /* of a result, from its frame's release on; INFINITY: none */
    int buffer;         /* frames that may wait, beside the one that is worked on: 1 to
                           HAX_FRAME_BUFFER_MAX */
    hax_frame_policy policy;
} hax_frame_source;

/* Back to back, without a deadline, the latest of one. */
static inline hax_frame_source hax_frame_source_default(void)
{
    hax_frame_source source;
    source.release = HAX_BACK_TO_BACK;
    source.rate_hz = 0;
    source.deadline_ms = INFINITY;
    source.buffer = 1;
    source.policy = HAX_KEEP_LATEST;
    return source;
}

/* A source at a rate; a result is due before the next frame. */
static inline hax_frame_source hax_frame_source_periodic(double rate_hz)
{
    hax_frame_source source = hax_frame_source_default();
    source.release = HAX_PERIODIC;
    source.rate_hz = rate_hz;
    source.deadline_ms = 1e3 / rate_hz;
    return source;
}

/* ---- workloads ------------------------------------------------------------------ */

typedef struct hax_workload_instance {
    const char *name;    /* of the instance: unique; copies are NAME, NAME-2, ... */
    const char *network; /* a built-in network, or the path of a file */
    const char *cuts; /* how it is cut, as hax_grouping_make takes it; NULL: as the command says */
} hax_workload_instance;

typedef struct hax_workload {
    int instance_count;
    const hax_workload_instance *instances; /* copies counted out */
    hax_objective objective;
    int max_transitions; /* per instance; HAX_NO_LIMIT */
    int rule_count;      /* after, weights, deadlines, pieces, pinned, forbidden, joined */
    const hax_rule *rules;
    const hax_frame_source *sources; /* [instance_count]: its frames in a stream */
} hax_workload;

/*
 * Reads a workload document ("haxconn/workload"); `file` is for messages, and paths of networks
 * in it are relative to its folder. HAX_BAD_INPUT with the path of the value. Free with
 * hax_workload_destroy. Thread-safe.
 */
HAX_API hax_status hax_workload_parse(const char *json, size_t length, const char *file,
                                      const hax_workload **workload, hax_error *err);

/* NULL is allowed. */
HAX_API void hax_workload_destroy(const hax_workload *workload);

#ifdef __cplusplus
}
#endif

#endif
