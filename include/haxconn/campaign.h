/*
 * A profiling campaign on a Jetson: the engines that tell what the groups of networks take on GPU
 * and DLA and what a change of unit costs, as one shell script that builds and measures them, and
 * what it needs beside it.
 *
 * For each network with cuts c: NET_gpu_mark_at_-1 and NET_dla_mark_at_-1 (whole on a unit),
 * NET_gpu_transition_at_c and NET_dla_transition_at_c (one change of unit: the DLA's times by a
 * fit, IN), NET_gpu_mark_at_c and NET_dla_mark_at_c (the tensor at the cut is an output: OUT). The
 * names are those of the published HaX-CoNN programs, and the readers here know them.
 */
#ifndef HAXCONN_CAMPAIGN_H
#define HAXCONN_CAMPAIGN_H

#include <stdbool.h>

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_campaign_network {
    const char *name;         /* in names of files: letters, digits, "_" and "-" (asserted) */
    hax_engine_source source; /* its paths are relative to the campaign's folder */
    const hax_grouping *grouping;
} hax_campaign_network;

typedef struct hax_campaign_options {
    size_t size;               /* set by the initialiser; see config.h */
    int iterations;            /* inferences of each measurement; default: 1000 */
    int warm_up_ms;            /* before them; default: 2000 */
    int tegrastats_ms;         /* between two samples of the memory's load; default: 100 */
    double build_s;            /* what a build is taken to last before any was made; default: 40 */
    const char *platform_file; /* of the folder: the board as a platform; default: platform.json */
} hax_campaign_options;

static inline hax_campaign_options hax_campaign_options_default(void)
{
    hax_campaign_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.iterations = 1000;
    options.warm_up_ms = 2000;
    options.tegrastats_ms = 100;
    options.build_s = 40;
    options.platform_file = "platform.json";
    return options;
}

/* An engine to build and measure. */
typedef struct hax_campaign_engine {
    int network;
    const char *name; /* "googlenet_gpu_transition_at_38" */
    const char *what; /* "layers 0-37 on the GPU, layers 38-140 on the DLA" */
    hax_engine engine;
    int pieces;   /* on the DLA */
    int fallback; /* layers of the DLA's part that it cannot run, at its begin or end */
    bool python;
} hax_campaign_engine;

typedef struct hax_campaign_left_out {
    const char *name;
    const char *reason;
} hax_campaign_left_out;

typedef struct hax_campaign_file {
    const char *path; /* relative to the folder */
    const char *text;
    bool executable;
} hax_campaign_file;

/* Immutable; holds no reference to networks and options. */
typedef struct hax_campaign {
    int engine_count;
    const hax_campaign_engine *engines;
    int left_out_count; /* engines whose DLA part would fall into pieces, or be empty */
    const hax_campaign_left_out *left_out;
    int file_count;
    const hax_campaign_file *files; /* campaign.sh, import.sh, the platform, Python programs */
    double seconds; /* it is taken to last; builds from build_s, inferences of 5 ms */
} hax_campaign;

/*
 * Plans it. Free with hax_campaign_destroy.
 *   HAX_BAD_INPUT  as hax_engine_script; a board without a DLA; no engine with a part on the DLA
 */
HAX_API hax_status hax_campaign_make(int count, const hax_campaign_network *networks,
                                     const hax_campaign_options *options,
                                     const hax_campaign **campaign, hax_error *err);
HAX_API void hax_campaign_destroy(const hax_campaign *campaign);

/* A board as a "haxconn/platform" document: units gpu, dla0, dla1 that are not here. Free with
 * free. */
HAX_API hax_status hax_jetson_platform_text(const hax_jetson_target *target, char **json,
                                            hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
