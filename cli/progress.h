/* The progress line on standard error, on a terminal only. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include <haxconn/progress.h>

/* Of the monotonic clock. */
double cli_seconds(void);

typedef struct cli_progress {
    bool terminal;
    bool shown;   /* a line stands there now */
    double since; /* seconds of the monotonic clock when it was written */
} cli_progress;

/* Follows a long call; also stops it on Ctrl-C. `progress` must outlive the watch. */
hax_watch cli_progress_watch(cli_progress *progress);

/* Takes the line away. */
void cli_progress_clear(cli_progress *progress);

#endif
