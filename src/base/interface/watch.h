/* What long calls do with the watch that they were given: NULL, or one with members that are. */
#ifndef HAX_BASE_INTERFACE_WATCH_H
#define HAX_BASE_INTERFACE_WATCH_H

#include <stddef.h>

#include "error.h"
#include "haxconn/progress.h"

static inline bool hax_watch_cancelled(const hax_watch *watch)
{
    return watch && hax_cancel_requested(watch->cancel);
}

/* HAX_INTERRUPTED once it was asked for. */
static inline hax_status hax_watch_check(const hax_watch *watch, hax_error *err)
{
    return hax_watch_cancelled(watch) ? hax_fail(err, HAX_INTERRUPTED, "interrupted") : HAX_OK;
}

/* `done` and `seconds_left` are negative where they are not known. */
static inline void hax_watch_report(const hax_watch *watch, const char *stage, double done,
                                    double seconds_left)
{
    if (watch && watch->report)
        watch->report(watch->context, &(hax_progress){ stage, done, seconds_left });
}

#endif
