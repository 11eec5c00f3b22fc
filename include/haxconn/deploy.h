/*
 * Networks kept ready to run by a schedule, for programs that want what the networks compute: set
 * inputs, run a round, read outputs, as often as there are frames. Nothing is measured, compared
 * or planned here; hax_profile_measure, hax_profile_problem and hax_solve, or hax_run, come before:
 * of its result, problem and rows[answer].schedule are what to deploy.
 *
 * Processes: hax_deployment_open forks a worker process for each kind of unit, without exec, and
 * the workers stay until hax_deployment_close. They end when the calling process does, however it
 * dies, and do not depend on the thread that opened them. They leave SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT, which a terminal sends to all, to the caller. A worker that dies or is stopped during
 * a call is found within a second, also where SIGCHLD is ignored; stopping and continuing the whole
 * process group is no fault. Workers inherit open descriptors: a file lock of the caller's is to be
 * released by unlocking, as closing alone leaves it to them.
 *
 * Threads: a deployment is used by one thread at a time, which may be another one for every call.
 * Different deployments may be used by different threads at once, and opened so, too. As workers
 * are forks, whatever other threads hold locked at that moment stays locked in them; they call the
 * kernel libraries, the C library's allocator and threads, and nothing of the caller's.
 */
#ifndef HAXCONN_DEPLOY_H
#define HAXCONN_DEPLOY_H

#include "haxconn/api.h"
#include "haxconn/config.h"
#include "haxconn/platform.h"
#include "haxconn/problem.h"
#include "haxconn/profile.h"
#include "haxconn/progress.h"
#include "haxconn/run.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_deployment hax_deployment;

typedef struct hax_deployment_config {
    size_t size; /* set by the initialiser; see config.h */
    const hax_platform *platform;
    int network_count; /* instances of one round */
    const hax_profile_network *networks;
    const hax_problem *problem;   /* of these instances, in this order */
    const hax_schedule *schedule; /* of the problem */
    uint64_t input_seed;          /* of inputs that are not set */
    const hax_watch *watch;       /* may be NULL */
} hax_deployment_config;

static inline hax_deployment_config hax_deployment_config_default(void)
{
    hax_deployment_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    return config;
}

/*
 * Forks the worker processes (see above) and builds all networks in them. Platform, networks and
 * the watch must outlive the deployment; problem and schedule are only read here.
 *   HAX_BAD_INPUT  the problem or its schedule is of other networks or units
 *   HAX_UNAVAILABLE, HAX_WORKER_LOST  a library is missing, a processor, or a worker died
 * Close with hax_deployment_close.
 */
HAX_API hax_status hax_deployment_open(const hax_deployment_config *config,
                                       hax_deployment **deployment, hax_error *err);

/* Ends the workers; NULL is allowed. */
HAX_API void hax_deployment_close(hax_deployment *deployment);

/*
 * Numbers for an input, copied, from the next round on until others are set. The array has
 * the input's shape, but for ones in front. HAX_BAD_INPUT as for feeds of hax_run.
 */
HAX_API hax_status hax_deployment_set_input(hax_deployment *deployment, const hax_feed *feed,
                                            hax_error *err);

/*
 * Runs one round; *round_ms (may be NULL) is the time from the common start to the last end.
 *   HAX_WORKER_LOST  a worker died or hung: the deployment can only be closed
 *   HAX_INTERRUPTED  the watch's cancel was set
 */
HAX_API hax_status hax_deployment_run(hax_deployment *deployment, double *round_ms, hax_error *err);

/*
 * An output (0 <= index < hax_model_output_count) of the last round. Its values belong to the
 * deployment and hold until the next round. HAX_UNAVAILABLE when no round was run or the units
 * compute nothing; HAX_BAD_INPUT when there is no such output.
 */
HAX_API hax_status hax_deployment_output(hax_deployment *deployment, int network, int index,
                                         hax_output *output, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
