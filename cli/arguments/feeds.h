/* The numbers that a command line feeds networks with. */
#ifndef CLI_FEEDS_H
#define CLI_FEEDS_H

#include "networks.h"

typedef struct cli_feeds {
    int count;
    hax_feed *feeds; /* [count] */
    int array_count;
    hax_array **owned; /* [array_count] */
    char **names;      /* [array_count] of inputs, NULL: not told */
} cli_feeds;

/*
 * Reads what items "[NET:][INPUT=]FILE" name, .npy files or ONNX's tensors (.pb), for networks that
 * are loaded; NET may be left out where all instances are of one network. A file feeds all
 * instances of its network. Free with cli_feeds_free, also after a failure.
 */
hax_status cli_feeds_read(cli_feeds *feeds, const cli_list *items, const cli_networks *networks,
                          const char *const *names, hax_error *err);
void cli_feeds_free(cli_feeds *feeds);

#endif
