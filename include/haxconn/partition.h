/*
 * Finding the partition of a GPU on which some networks end first, before they are run there.
 *
 * Every partition into at most one part a network is estimated from times that were measured on a
 * few sizes of parts and are interpolated between them; promising ones are planned exactly; the
 * best is measured where it is not yet, and so on until the best has been measured.
 *
 * Processes and threads: as hax_profile_measure (profile.h), which it calls.
 */
#ifndef HAXCONN_PARTITION_H
#define HAXCONN_PARTITION_H

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/run.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A partition as it was predicted when the search ended. */
typedef struct hax_partition {
    const char *sizes; /* "100+32"; the whole GPU: "132" */
    int part_count;    /* 1: the whole */
    double whole_ms;   /* round of whole networks, the best way of sharing them out */
    bool planned;      /* false: not looked at closely, or no schedule can be the best on it */
    double value;      /* of the schedule on it, as hax_schedule.value */
    bool measured;     /* on parts of exactly these sizes; else interpolated */
} hax_partition;

typedef struct hax_partition_choice {
    const char *platform;            /* for hax_platform_load: "gpu,f16,100+32" */
    const char *gpu;                 /* its name */
    int partition_count;             /* that were estimated */
    const hax_partition *partitions; /* planned ones first, the best of them first */
    int chosen;                      /* of the partitions */
    int size_count;                  /* of parts that were measured */
    const int *sizes;                /* SMs, falling */
    int steps;                       /* of measuring, after the first */
    double largest_loss;             /* of a network beside a neighbour: 0.1 for 10 % longer; 0: not
                                        measured */
    const char *why;                 /* this one was chosen, a sentence */
} hax_partition_choice;

/* Is this the name of a platform with a GPU that names no partition: is there one to be found? */
HAX_API bool hax_partition_is_open(const char *platform);

/*
 * Finds it. `platform` is as in hax_partition_is_open; `run` is what is to be run on it (its own
 * platform is not looked at). Parts are measured as hax_profile_measure does and kept in the store
 * of `run`: what was measured once is not measured again. With platform "machine" only the GPU's
 * units are planned on here. HAX_UNAVAILABLE  no GPU, or one that cannot be partitioned else as
 * hax_profile_measure and hax_solve Free with hax_partition_choice_destroy.
 */
HAX_API hax_status hax_partition_find(const char *platform, const hax_run_config *run,
                                      hax_partition_choice **choice, hax_error *err);

HAX_API void hax_partition_choice_destroy(hax_partition_choice *choice);

#ifdef __cplusplus
}
#endif

#endif
