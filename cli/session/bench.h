/* What a command that measures works with: a platform, networks, a store, a progress line. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "networks.h"
#include "progress.h"
#include "terms.h"

typedef struct cli_bench {
    cli_networks networks;
    const hax_platform *platform;
    char *store;     /* NULL: none */
    char *partition; /* what was said about the GPU's partition that was found; NULL: none was */
    cli_progress progress;
    hax_watch watch;
} cli_bench;

/* The options that say what it is made of, as given. */
typedef struct cli_bench_options {
    const char *platform;
    const char *grouping;
    const cli_list *cuts;
    const char *store;
    const cli_list *shapes; /* NULL: none */
    int cut_tensors;        /* as in cli_network_options */
    double seconds;         /* that measuring is to be spread over; <= 0: not said */
    bool profile_only;      /* no rounds are run */
} cli_bench_options;

/* HAX_USAGE where a problem document is given and options say how to measure. */
hax_status cli_bar_measuring(const cli_call *call, const char *what, hax_error *err);

/* All operands of the call are networks. The bench must stay where it is while its watch is in
 * use. Close it also after a failure. */
hax_status cli_bench_open(cli_bench *bench, const cli_call *call, const cli_bench_options *options,
                          hax_error *err);
void cli_bench_close(cli_bench *bench);

/* How its networks are measured. */
typedef struct cli_bench_measuring {
    int rounds;     /* 0: not said */
    double seconds; /* < 0: not said */
    bool fresh;
    bool contention;
} cli_bench_measuring;

/* The profile of the bench's networks, each once: measured where the store does not know them. */
hax_status cli_bench_measure(cli_bench *bench, const cli_bench_measuring *measuring,
                             const hax_profile **profile, hax_error *err);

/* What is asked of the problem of a bench's networks; as in cli_terms_make. */
typedef struct cli_bench_terms {
    const cli_rules *rules;
    int objective;
    int max_transitions;
    bool ignore_contention;
} cli_bench_terms;

/* The problem of the bench's networks by that profile. */
hax_status cli_bench_problem(const cli_bench *bench, const cli_bench_terms *asked,
                             const hax_profile *profile, const hax_problem **problem,
                             hax_error *err);

#endif
