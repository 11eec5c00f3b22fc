/* Progress and cancellation of long calls. */
#ifndef HAXCONN_PROGRESS_H
#define HAXCONN_PROGRESS_H

#include <stdatomic.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hax_progress {
    const char *stage;   /* "building kernels", "measuring", "running" */
    double done;         /* 0..1; < 0: not known, it goes on */
    double seconds_left; /* < 0: not known yet */
} hax_progress;

/* How to follow and stop a long call. All members may be NULL. `report` is called on the
 * caller's thread, between measurements, never during one. */
typedef struct hax_watch {
    void (*report)(void *context, const hax_progress *progress);
    void (*warn)(void *context, const char *message);
    void *context;
    const atomic_bool *cancel; /* set (also from a signal handler) to stop: HAX_INTERRUPTED */
    double hang_s; /* a job, or the building of kernels, that shows no end and no progress for so
                      long is a hang: HAX_WORKER_LOST. 0: a job 1.5 s, or ten times the longest time
                      that it was seen to take, if that is more; building 60 s. What the calling
                      process itself was stopped for does not count. */
} hax_watch;

#ifdef __cplusplus
}
#endif

#endif
