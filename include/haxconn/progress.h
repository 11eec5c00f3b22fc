/* Progress and cancellation of long calls. */
#ifndef HAXCONN_PROGRESS_H
#define HAXCONN_PROGRESS_H

#include <stdbool.h>

#include "haxconn/api.h"
#include "haxconn/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Asks long calls to stop. Lives where the program likes and outlives the calls that were given it;
 * one may be given to several. What is inside is for the functions below only, which may be called
 * from any thread and from signal handlers. (No atomic_bool, as C++ has none before C++23.)
 */
typedef struct hax_cancel {
    int requested;
} hax_cancel;

/* Not requested yet; so is one of zeros. */
#define HAX_CANCEL_INIT \
    {                   \
        0               \
    }

/* The calls that look at it end as soon as they can, with HAX_INTERRUPTED or the best so far. */
HAX_API void hax_cancel_request(hax_cancel *cancel);

/* Takes the request back, for the next call. */
HAX_API void hax_cancel_clear(hax_cancel *cancel);

/* False where `cancel` is NULL. */
HAX_API bool hax_cancel_requested(const hax_cancel *cancel);

typedef struct hax_progress {
    const char *stage;   /* "building kernels", "finding kernels" (of a GPU's library, of the
                            network that is being built), "measuring", "running" */
    double done;         /* 0..1; < 0: not known, it goes on */
    double seconds_left; /* < 0: not known yet */
} hax_progress;

/* How to follow and stop a long call. All pointers may be NULL. It will not grow. `report` is
 * called on the caller's thread, between measurements, never during one. */
typedef struct hax_watch {
    void (*report)(void *context, const hax_progress *progress);
    void (*warn)(void *context, const char *message);
    void *context;
    const hax_cancel *cancel; /* requested: HAX_INTERRUPTED */
    double hang_s; /* a job, or the building of kernels, that shows no end and no progress for so
                      long is a hang: HAX_WORKER_LOST. HAX_AUTOMATIC: a job 1.5 s, or ten times the
                      longest time that it was seen to take, if that is more; building 60 s. What
                      the calling process itself was stopped for does not count, nor what workers
                      waited for processors that other processes had (where the kernel tells). */
} hax_watch;

static inline hax_watch hax_watch_default(void)
{
    hax_watch watch;
    memset(&watch, 0, sizeof watch);
    watch.hang_s = HAX_AUTOMATIC;
    return watch;
}

#ifdef __cplusplus
}
#endif

#endif
