/* How the frames of networks come, by a workload and the options over it. */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "networks.h"

/* "NET=VALUE" each; NET is an instance's name, * all of them. */
typedef struct cli_source_options {
    const cli_list *rates;     /* frames a second */
    const cli_list *deadlines; /* ms from the release */
    const cli_list *buffers;   /* frames that may wait */
    const cli_list *policies;  /* "latest", "queue" */
} cli_source_options;

/* sources[networks->count], by the workload, if one names the networks, else back to back.
 * HAX_USAGE where an option names no network (which one may be meant) or its value is none. */
hax_status cli_sources_make(const cli_networks *networks, const char *const *operands,
                            const cli_source_options *options, hax_frame_source *sources,
                            hax_error *err);

#endif
