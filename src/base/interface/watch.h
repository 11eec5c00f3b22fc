/* What long calls do with the watch that they were given: NULL, or one with members that are. */
#ifndef HAX_BASE_INTERFACE_WATCH_H
#define HAX_BASE_INTERFACE_WATCH_H

#include <stddef.h>

#include "haxconn/progress.h"

static inline bool hax_watch_cancelled(const hax_watch *watch)
{
    return watch && hax_cancel_requested(watch->cancel);
}

/* `done` and `seconds_left` are negative where they are not known. */
static inline void hax_watch_report(const hax_watch *watch, const char *stage, double done,
                                    double seconds_left)
{
    if (watch && watch->report)
        watch->report(watch->context, &(hax_progress){ stage, done, seconds_left });
}

#endif
