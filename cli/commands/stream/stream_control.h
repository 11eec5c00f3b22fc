/*
 * What changes while a stream runs, by lines of a file or of standard input:
 *
 *   [@SECONDS] rate NET HZ | add NET [HZ] | remove NET
 *   [@SECONDS] slow UNIT FACTOR | lose [MS]     (on a virtual clock)
 *
 * A line with a time waits for it, counted from the start of the run, and those behind it wait too.
 * A file is read before the stream begins, and so is standard input where the clock is virtual; on
 * a real clock its lines are taken as they come, and one that cannot be done is told and passed
 * over.
 */
#ifndef CLI_STREAM_CONTROL_H
#define CLI_STREAM_CONTROL_H

#include "networks.h"

enum { CLI_CONTROL_LINE_BYTES = 512 };

typedef enum cli_control_verb {
    CLI_CONTROL_RATE,
    CLI_CONTROL_ADD,
    CLI_CONTROL_REMOVE,
    CLI_CONTROL_SLOW,
    CLI_CONTROL_LOSE,
} cli_control_verb;

typedef struct cli_control_event {
    int64_t time_ns; /* from the start of the run; 0: at once */
    cli_control_verb verb;
    int object;    /* network, or unit of the platform */
    double number; /* NAN: none was given */
    int line;
} cli_control_event;

typedef struct cli_control {
    const char *path; /* NULL: nothing changes */
    const cli_networks *networks;
    const char *const *operands;
    const hax_platform *platform;
    const hax_frame_source
        *given; /* [network] as the command line says, also of those that stand by */
    hax_frame_source now[HAX_MAX_INSTANCES];
    int count, next; /* events */
    cli_control_event *events;
    bool live; /* standard input is followed */
    int lines;
    char partial[CLI_CONTROL_LINE_BYTES]; /* of a line whose end has not come */
    size_t partial_bytes;
} cli_control;

/* Reads what is there to read beforehand; `sources` are those of the networks that have frames at
 * the beginning. HAX_BAD_INPUT with file and line, HAX_IO. Close also after a failure. */
hax_status cli_control_open(cli_control *control, const char *path, const cli_networks *networks,
                            const char *const *operands, const hax_platform *platform,
                            const hax_frame_source *given, const hax_frame_source *sources,
                            hax_error *err);
void cli_control_close(cli_control *control);

/* For hax_stream_config.control. */
hax_status cli_control_step(cli_control *control, hax_stream *stream, int64_t now_ns,
                            int64_t *next_ns, hax_error *err);

#endif
