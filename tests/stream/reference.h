/*
 * A stream told a second time: a small simulation that shares nothing with the library but the
 * slowdown functions and the group times that it is given. Networks of any pieces on units that may
 * share resources; frames released, queued, dropped, worked on, slowed down, late.
 */
#ifndef TESTS_STREAM_REFERENCE_H
#define TESTS_STREAM_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "haxconn/slowdown.h"
#include "haxconn/workload.h"

enum {
    REF_NETWORKS = 4,
    REF_JOBS = 12, /* of one network, hand-overs included */
    REF_UNITS = 3,
    REF_FRAMES = 400, /* of one network */
};

typedef struct ref_job {
    double alone_ms, gbps, own_gbps;
    int unit;
    bool begins_piece; /* it waits for its turn on the unit; others follow at once */
} ref_job;

typedef struct ref_frame { /* as hax_frame */
    int64_t number, release_ns, start_ns, end_ns;
    bool dropped, missed;
} ref_frame;

typedef struct ref_network {
    int job_count;
    ref_job jobs[REF_JOBS];
    hax_frame_source source;
    int after; /* -1 */
    /* what comes out: in the order in which they end or are dropped */
    int frame_count;
    ref_frame frames[REF_FRAMES];
} ref_network;

typedef struct ref_stream {
    int network_count;
    ref_network networks[REF_NETWORKS];
    uint32_t resources[REF_UNITS];
    const hax_slowdown *slowdown[REF_UNITS];
    int64_t frames; /* limits, as hax_stream_limits; -1: none */
    double seconds;
} ref_stream;

void ref_simulate(ref_stream *stream);

#endif
