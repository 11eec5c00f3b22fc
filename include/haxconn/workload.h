/*
 * Workloads: what is to run in a round, as a document. Which networks, how often each, what
 * comes after what, how they are cut, what is to be optimised and what must be kept.
 */
#ifndef HAXCONN_WORKLOAD_H
#define HAXCONN_WORKLOAD_H

#include <stddef.h>

#include "haxconn/api.h"
#include "haxconn/problem.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

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
