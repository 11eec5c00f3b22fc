/* What a stream tells while it runs: a line that moves on a terminal, a line of JSON a second. */
#ifndef CLI_STREAM_LINES_H
#define CLI_STREAM_LINES_H

#include <stdio.h>

#include "command.h"
#include "progress.h"

typedef struct cli_stream_lines {
    cli_progress *progress;
    const char *path; /* of the JSON lines; NULL: none */
    FILE *file;
    const char *deployment;
    hax_status status; /* what writing came to */
    hax_error error;
} cli_stream_lines;

/* HAX_IO where the file cannot be opened; `path` may be NULL, or - for standard output. */
hax_status cli_stream_lines_open(cli_stream_lines *lines, const char *path, cli_progress *progress,
                                 hax_error *err);

/* For hax_stream_config.second_passed; false once a line could not be written. */
bool cli_stream_second(void *context, const hax_stream_result *so_far);

/* The last line of a deployment's run. */
hax_status cli_stream_lines_final(cli_stream_lines *lines, const hax_stream_result *result,
                                  hax_error *err);

/* HAX_IO where what was written has not arrived. */
hax_status cli_stream_lines_close(cli_stream_lines *lines, hax_error *err);

#endif
