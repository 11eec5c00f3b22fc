/* A problem, a schedule and a platform made by hand, so that reports are tested alone. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include <math.h>

#include "haxconn/haxconn.h"

#define GROUP(title, first, count, fast, slow)                                              \
    {                                                                                       \
        .name = title, .first_layer = first, .layer_count = count, .on = (const hax_cost[]) \
        {                                                                                   \
            { .allowed = true, .time_ms = fast },                                           \
            {                                                                               \
                .allowed = true, .time_ms = slow, .in_ms = 1                                \
            }                                                                               \
        }                                                                                   \
    }

static const hax_group_spec net_groups[] = { GROUP("0-9", 0, 10, 4, 8),
                                             GROUP("10-24", 10, 15, 6, 3) };
static const hax_group_spec other_groups[] = { GROUP("0-4", 0, 5, 5, 12), GROUP("5", 5, 1, 5, 7) };

static const hax_instance_spec instances[] = {
    { .name = "net", .group_count = 2, .groups = net_groups, .weight = 1, .deadline_ms = INFINITY },
    { .name = "other",
      .group_count = 2,
      .groups = other_groups,
      .weight = 1,
      .deadline_ms = INFINITY },
};

static const hax_unit_spec units[] = { { .name = "fast", .resources = 1, .max_pieces = -1 },
                                       { .name = "slow", .resources = 2, .max_pieces = -1 } };

static const hax_problem problem = {
    .resource_count = 2,
    .resources = (const char *const[]){ "core0", "core1" },
    .unit_count = 2,
    .units = units,
    .instance_count = 2,
    .instances = instances,
    .objective = HAX_LATENCY,
    .max_transitions = -1,
};

static const hax_job jobs[] = {
    { .unit = 0,
      .instance = 0,
      .group = 0,
      .part = HAX_PART_RUN,
      .after = -1,
      .start_ms = 0,
      .end_ms = 4,
      .slowdown = 1 },
    { .unit = 0,
      .instance = 1,
      .group = 0,
      .part = HAX_PART_RUN,
      .after = -1,
      .start_ms = 4,
      .end_ms = 9,
      .slowdown = 1 },
    { .unit = 1,
      .instance = 0,
      .group = 1,
      .part = HAX_PART_IN,
      .after = -1,
      .start_ms = 4,
      .end_ms = 5,
      .slowdown = 1 },
    { .unit = 1,
      .instance = 0,
      .group = 1,
      .part = HAX_PART_RUN,
      .after = -1,
      .start_ms = 5,
      .end_ms = 8,
      .slowdown = 1 },
    { .unit = 0,
      .instance = 1,
      .group = 1,
      .part = HAX_PART_RUN,
      .after = -1,
      .start_ms = 9,
      .end_ms = 14,
      .slowdown = 1 },
};

static const hax_schedule schedule = {
    .name = "haxconn",
    .job_count = 5,
    .jobs = jobs,
    .instance_count = 2,
    .assignment = (const int *const[]){ (const int[]){ 0, 1 }, (const int[]){ 0, 0 } },
    .finish_ms = (const double[]){ 8, 14 },
    .value = 14,
    .bound = 14,
    .gap = 0,
    .proof = HAX_PROOF_ALL,
    .lost = { .contention_ms = 0, .transitions_ms = 1, .idle_ms = 10 },
    .nodes = 2021,
    .seconds = 0.0003,
};

static const hax_schedule serial = {
    .name = "serial",
    .job_count = 0,
    .instance_count = 2,
    .assignment = (const int *const[]){ (const int[]){ 0, 0 }, (const int[]){ 0, 0 } },
    .finish_ms = (const double[]){ 10, 20 },
    .value = 20,
    .bound = -INFINITY,
};

static const hax_kind kinds[] = {
    { .name = "full", .driver = "onednn", .isa = "", .precision = "f32" },
    { .name = "sse41", .driver = "onednn", .isa = "sse41", .precision = "f32" },
};

static const hax_unit platform_units[] = {
    { .name = "fast", .kind = 0, .resources = 1, .threads = 1, .why = "core 0, all instructions" },
    { .name = "slow",
      .kind = 1,
      .resources = 2,
      .threads = 1,
      .class_id = 1,
      .why = "core 1, held to SSE4.1" },
    { .name = "both",
      .kind = 0,
      .resources = 3,
      .threads = 2,
      .class_id = 2,
      .reference = true,
      .why = "all cores" },
};

static hax_platform platform = {
    .name = "emulated",
    .description = "two cores that are alike",
    .emulated = true,
    .resource_count = 2,
    .resources = (const char *const[]){ "core0", "core1" },
    .kind_count = 2,
    .kinds = kinds,
    .unit_count = 3,
    .units = platform_units,
    .fingerprint = { .cpu = "Some CPU",
                     .cores = 2,
                     .kernel = "Linux 6",
                     .libraries = "oneDNN 2.6",
                     .clocks = "unknown" },
};

static const hax_summary measured = { .count = 14,
                                      .min = 13.6,
                                      .p25 = 13.9,
                                      .median = 14.2,
                                      .p75 = 14.4,
                                      .p95 = 15,
                                      .p99 = 15,
                                      .max = 15,
                                      .spread = 0.01 };
static const hax_summary measured_serial = { .count = 14,
                                             .min = 19.6,
                                             .p25 = 19.9,
                                             .median = 20.2,
                                             .p75 = 20.4,
                                             .p95 = 21,
                                             .p99 = 21,
                                             .max = 21,
                                             .spread = 0.01 };

#endif
