/*
 * Processes that measure on one machine take turns, round by round, by locks on two files
 * beside the store. The kernel releases them when a process dies, however it dies.
 *
 * Open after the workers have been forked: they would inherit the locks.
 */
#ifndef HAX_PROFILE_STORE_MEASURING_LOCK_H
#define HAX_PROFILE_STORE_MEASURING_LOCK_H

#include <stdbool.h>

#include "error.h"
#include "haxconn/progress.h"

typedef struct hax_turns {
    int queue; /* held while waiting for `round`: who waits longest is next */
    int round; /* held during a round */
    bool warned_stopped, warned_long; /* who holds a lock, in a warning */
} hax_turns;

/* Makes "<path>.queue" and "<path>.round"; a NULL path gives turns that never wait. HAX_IO. */
hax_status hax_turns_open(const char *path, hax_turns *turns, hax_error *err);
void hax_turns_close(hax_turns *turns);

/* Waits for the turn, however long that takes, and says through the watch (may be NULL) for which
 * process, with a warning when that one is stopped or takes a minute. HAX_INTERRUPTED when the
 * watch is cancelled. */
hax_status hax_turns_begin(hax_turns *turns, const hax_watch *watch, hax_error *err);
void hax_turns_end(hax_turns *turns);

#endif
