/* Progress on standard error: a line that moves on a terminal, a line for each phase elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include <haxconn/progress.h>

/* Of the monotonic clock. */
double cli_seconds(void);

typedef struct cli_progress {
    bool terminal;
    bool phases;        /* elsewhere: a line for each */
    char stage[160];    /* the present one, "": none yet; reports may reuse their text's memory */
    double stage_since; /* seconds of the monotonic clock */
    bool shown;         /* a line stands there now */
    double since;       /* when it was written */
} cli_progress;

/* Follows a long call; also stops it on Ctrl-C. `takes_time`: on a virtual clock phases are over at
 * once, and not worth a line each. `progress` must outlive the watch. */
hax_watch cli_progress_watch(cli_progress *progress, bool takes_time);

/* Takes the line away. */
void cli_progress_clear(cli_progress *progress);

#endif
