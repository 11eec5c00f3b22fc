/*
 * Streams of two networks alike, "a" and "b", of four groups each with two tensors across every cut
 * and two inputs, of which one is read late. "a" changes its unit at every cut, "b" stays on the
 * second unit.
 */
#ifndef TESTS_STREAM_RIG_H
#define TESTS_STREAM_RIG_H

#include "../exec/fixture.h"
#include "../exec/processes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/onnx_writer.h"
#include "haxconn/stream.h"

enum { ELEMENTS = 4, GROUPS = 4, NETWORKS = 2, UNITS = 2 };

typedef struct rig {
    trio platform;
    hax_datasheet sheet;
    hax_model *model;
    const hax_grouping *grouping;
    hax_profile_network networks[NETWORKS];
    hax_cost costs[NETWORKS][GROUPS][UNITS];
    hax_group_spec groups[NETWORKS][GROUPS];
    hax_instance_spec instances[NETWORKS];
    hax_unit_spec units[UNITS];
    hax_problem problem;
    const hax_schedule *schedule;
    hax_frame_source sources[NETWORKS];
    hax_stream_config config;
    hax_cancel cancel;
    hax_watch watch;
    hax_stream *stream;
} rig;

static inline void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

/* p = softmax a; q = softmax p; s = p q; y = s b, z = p s: a skip, a late input, two outputs. */
static inline message skip_network(void)
{
    network net = network_open(13);
    add_input(&net, "a", "1 4");
    add_input(&net, "b", "1 4");
    add_node(&net, node_of("Softmax", "p", "a", "p"));
    add_node(&net, node_of("Softmax", "q", "p", "q"));
    add_node(&net, node_of("Mul", "s", "p q", "s"));
    add_node(&net, node_of("Mul", "y", "s b", "y"));
    add_node(&net, node_of("Mul", "z", "p s", "z"));
    add_output(&net, "y");
    add_output(&net, "z");
    return network_close(&net);
}

static inline void softmax(const float *in, float *out)
{
    float sum = 0;
    for (int i = 0; i < ELEMENTS; i++)
        sum += out[i] = expf(in[i]);
    for (int i = 0; i < ELEMENTS; i++)
        out[i] /= sum;
}

/* A group takes `ms` on either unit. */
static inline void rig_problem(rig *rig, double ms)
{
    static const char *const names[] = { "0", "1", "2", "3" };
    for (int u = 0; u < UNITS; u++)
        rig->units[u] = (hax_unit_spec){ .name = u ? "u1" : "u0",
                                         .resources = UINT32_C(1) << u,
                                         .max_pieces = HAX_NO_LIMIT };
    for (int n = 0; n < NETWORKS; n++) {
        for (int g = 0; g < GROUPS; g++) {
            for (int u = 0; u < UNITS; u++)
                rig->costs[n][g][u] = (hax_cost){ .allowed = true, .time_ms = ms };
            rig->groups[n][g] = (hax_group_spec){ .name = names[g], .on = rig->costs[n][g] };
        }
        rig->instances[n] = (hax_instance_spec){ .name = n ? "b" : "a",
                                                 .group_count = GROUPS,
                                                 .groups = rig->groups[n],
                                                 .weight = 1,
                                                 .deadline_ms = INFINITY };
        rig->sources[n] = hax_frame_source_default();
    }
    rig->problem = (hax_problem){ .resource_count = UNITS,
                                  .resources = trio_resources,
                                  .unit_count = UNITS,
                                  .units = rig->units,
                                  .instance_count = NETWORKS,
                                  .instances = rig->instances,
                                  .max_transitions = HAX_NO_LIMIT };
}

static inline const hax_schedule *rig_schedule(const rig *rig, bool split)
{
    hax_job jobs[NETWORKS * GROUPS];
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    for (int n = 0; n < NETWORKS; n++)
        for (int g = 0; g < GROUPS; g++)
            jobs[n * GROUPS + g] = (hax_job){
                .unit = n == 0 && split ? g % 2 : n, .instance = n, .group = g, .after = -1
            };
    must(hax_schedule_evaluate(&rig->problem, "rig", NETWORKS * GROUPS, jobs, &schedule, &err),
         &err);
    return schedule;
}

/* Everything but the stream; sources and configuration may be changed before it is opened. */
static inline void rig_make(rig *rig, const char *first, const char *second, double ms)
{
    hax_error err = { 0 };
    int cpus[2];
    message file = skip_network();
    hax_model_options options = hax_model_options_default();
    options.cut_tensors = 2;
    usable_cpus(cpus);
    memset(rig, 0, sizeof *rig);
    trio_make(&rig->platform, first, cpus);
    rig->platform.kinds[1].driver = second;
    if (rig->platform.platform.simulated)
        rig->platform.platform.datasheet = &rig->sheet; /* times are the problem's */
    must(hax_model_parse_onnx(file.data, file.length, "net.onnx", &options, &rig->model, &err),
         &err);
    hax_text_free(&file);
    must(hax_grouping_make(rig->model, "1,2,3", &rig->grouping, &err), &err);
    assert_int_equal(rig->grouping->count, GROUPS);
    for (int n = 0; n < NETWORKS; n++)
        rig->networks[n] = (hax_profile_network){ n ? "b" : "a", rig->model, rig->grouping };
    rig_problem(rig, ms);
    rig->schedule = rig_schedule(rig, true);
    rig->watch = hax_watch_default();
    rig->watch.cancel = &rig->cancel;
    rig->watch.hang_s = 100; /* until a fault is in place, however busy the machine is */
    rig->config = hax_stream_config_default();
    rig->config.platform = &rig->platform.platform;
    rig->config.network_count = NETWORKS;
    rig->config.networks = rig->networks;
    rig->config.problem = &rig->problem;
    rig->config.schedule = rig->schedule;
    rig->config.sources = rig->sources;
    rig->config.context = rig;
    rig->config.watch = &rig->watch;
}

static inline void rig_open(rig *rig)
{
    hax_error err = { 0 };
    must(hax_stream_open(&rig->config, &rig->stream, &err), &err);
}

static inline void rig_close(rig *rig)
{
    hax_stream_close(rig->stream);
    hax_schedule_destroy(rig->schedule);
    hax_grouping_destroy(rig->grouping);
    hax_model_destroy(rig->model);
}

#endif
