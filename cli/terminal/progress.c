/* Progress on standard error: a line that moves on a terminal, a line for each phase elsewhere. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"

/* Seconds between two lines: more often cannot be read, and writing disturbs the measuring. */
static const double interval_s = 0.25;

double cli_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

static void show(void *context, const hax_progress *state)
{
    cli_progress *progress = context;
    double now = cli_seconds();
    if (strncmp(progress->stage, state->stage, sizeof progress->stage - 1) != 0) {
        snprintf(progress->stage, sizeof progress->stage, "%s", state->stage);
        progress->stage_since = now;
        if (progress->phases)
            fprintf(stderr, "haxconn: %s\n", state->stage);
    }
    if (!progress->terminal || (progress->shown && now - progress->since < interval_s))
        return;
    progress->shown = true;
    progress->since = now;
    char left[48] = "";
    long seconds = (long) (state->seconds_left + 0.5);
    if (seconds >= 60)
        snprintf(left, sizeof left, ", %ld min %02ld s left", seconds / 60, seconds % 60);
    else if (state->seconds_left >= 0)
        snprintf(left, sizeof left, ", %ld s left", seconds);
    if (state->done < 0)
        fprintf(stderr, "\r\x1b[K%s: %.0f s", state->stage, floor(now - progress->stage_since));
    else
        fprintf(stderr, "\r\x1b[K%s: %.0f %%%s", state->stage, 100 * state->done, left);
    fflush(stderr);
}

static void warn(void *context, const char *message)
{
    cli_progress_clear(context);
    cli_print_warning(message);
}

hax_watch cli_progress_watch(cli_progress *progress, bool takes_time)
{
    bool terminal = isatty(STDERR_FILENO) != 0;
    *progress = (cli_progress){ .terminal = terminal, .phases = takes_time && !terminal };
    hax_watch watch = hax_watch_default();
    watch.report = show;
    watch.warn = warn;
    watch.context = progress;
    watch.cancel = cli_interrupt_flag();
    return watch;
}

void cli_progress_clear(cli_progress *progress)
{
    if (progress->shown)
        fputs("\r\x1b[K", stderr);
    progress->shown = false;
}
