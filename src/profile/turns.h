/*
 * Processes that measure on one machine take turns, round by round, by locks on two files
 * beside the store. The kernel releases them when a process dies, however it dies.
 *
 * Open after the workers have been forked: they would inherit the locks.
 */
#ifndef PROFILE_TURNS_H
#define PROFILE_TURNS_H

#include "error.h"
#include "haxconn/progress.h"

typedef struct hax_turns {
    int queue; /* held while waiting for `round`: who waits longest is next */
    int round; /* held during a round */
} hax_turns;

/* Makes "<path>.queue" and "<path>.round"; a NULL path gives turns that never wait. HAX_IO. */
hax_status hax_turns_open(const char *path, hax_turns *turns, hax_error *err);
void hax_turns_close(hax_turns *turns);

/* Waits for the turn; HAX_INTERRUPTED when the watch (may be NULL) is cancelled. */
hax_status hax_turns_begin(hax_turns *turns, const hax_watch *watch, hax_error *err);
void hax_turns_end(hax_turns *turns);

#endif
