/* What a stream tells while it runs: a line that moves on a terminal, a line of JSON a second. */
#ifndef CLI_STREAM_LINES_H
#define CLI_STREAM_LINES_H

#include <stdio.h>

#include "command.h"
#include "progress.h"
#include "stream_control.h"

enum { CLI_STREAM_PLANS_MOST = 500 }; /* that are kept for the report, the last ones */

typedef struct cli_stream_plans {
    int count;
    int64_t left_out;
    hax_stream_plan items[CLI_STREAM_PLANS_MOST];
    char whats[CLI_STREAM_PLANS_MOST][200], names[CLI_STREAM_PLANS_MOST][40];
} cli_stream_plans;

typedef struct cli_stream_lines {
    cli_progress *progress;
    const char *path; /* of the JSON lines; NULL: none */
    FILE *file;
    const char *deployment;
    cli_control *control;    /* NULL: nothing changes */
    cli_stream_plans *plans; /* NULL as well */
    hax_status status;       /* what writing came to */
    hax_error error;
} cli_stream_lines;

/* HAX_IO where the file cannot be opened; `path` may be NULL, or - for standard output. */
hax_status cli_stream_lines_open(cli_stream_lines *lines, const char *path, cli_progress *progress,
                                 hax_error *err);

/* For hax_stream_config.second_passed; false once a line could not be written. */
bool cli_stream_second(void *context, const hax_stream_result *so_far);

/* For hax_stream_config.plan_changed: a line of JSON, and one on a terminal. */
void cli_stream_plan(void *context, const hax_stream_plan *plan);

/* For hax_stream_config.control. */
hax_status cli_stream_control(void *context, hax_stream *stream, int64_t now_ns, int64_t *next_ns,
                              hax_error *err);

/* The last line of a deployment's run. */
hax_status cli_stream_lines_final(cli_stream_lines *lines, const hax_stream_result *result,
                                  hax_error *err);

/* HAX_IO where what was written has not arrived. */
hax_status cli_stream_lines_close(cli_stream_lines *lines, hax_error *err);

#endif
