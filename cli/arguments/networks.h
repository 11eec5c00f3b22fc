/* The networks that a command line names, loaded and cut. */
#ifndef CLI_NETWORKS_H
#define CLI_NETWORKS_H

#include "command.h"

typedef struct cli_networks {
    int count;                      /* instances, as named */
    hax_profile_network *items;     /* [count]; a network that is named twice is loaded once */
    hax_model **models;             /* [count], NULL where an earlier one is shared */
    const hax_grouping **groupings; /* as above */
    const hax_workload *workload;   /* that named them; NULL: the command line did */
    const char **names;             /* [count] of the instances; NULL: by their networks */
    bool grouping_used;             /* by one network at least */
    bool cuts_used[CLI_LIST_MAX];   /* [item of --cuts] */
} cli_networks;

/* How they are loaded and cut. */
typedef struct cli_network_options {
    const char *grouping;   /* of networks that `cuts` says nothing of; NULL: as the platform's data
                               sheet cuts them, else blocks */
    const cli_list *cuts;   /* "NET:10,24,...", for a single network also "10,24,..." */
    const cli_list *shapes; /* "NET:INPUT=1x3x640x640", the same; NULL: none */
    int cut_tensors;        /* that may cross at a cut, 0: one */
    const hax_platform *platform; /* NULL: none is known */
    const cli_call *call; /* whose --grouping is refused where it has no effect; NULL: nobody's */
} cli_network_options;

/* Loads networks by name or file; a single name FILE.json is a workload that names them. Free with
 * cli_networks_free, also after a failure. */
hax_status cli_networks_load(cli_networks *networks, int count, const char *const *names,
                             const cli_network_options *options, hax_error *err);

/* Is instance `n` meant by this text, which need not end there: as it stands on the command line
 * (`operand`), as reports call it ("name", "name-2"), or by its network's name? */
bool cli_network_is_called(const cli_networks *networks, int n, const char *operand,
                           const char *text, size_t length);
void cli_networks_free(cli_networks *networks);

#endif
