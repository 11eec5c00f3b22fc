/* The contention command's parts: one function for each word that may follow it. */
#ifndef CLI_CONTENTION_H
#define CLI_CONTENTION_H

#include "bench.h"
#include "command.h"

typedef struct cli_contention_settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    int rounds;
    double seconds;
    bool fresh;
    const char *store;
    int traffic; /* hax_traffic_kind */
    double error_limit_percent;
    const char *svg;
    const char *json;
} cli_contention_settings;

hax_status cli_contention_fit(const cli_call *call, hax_error *err);
hax_status cli_contention_check(const cli_call *call, hax_error *err);
hax_status cli_contention_measure(const cli_call *call, hax_error *err);
hax_status cli_contention_press(const cli_call *call, hax_error *err);
hax_status cli_contention_convolutions(const cli_call *call, hax_error *err);

/* Opens a bench without networks, by the settings; operands behind the part's name are refused.
 * Close it also after a failure. */
hax_status cli_contention_bench(cli_bench *bench, const cli_call *call, hax_error *err);

/* Writes the picture of a fit. */
hax_status cli_draw_fit(const hax_contention_fit *fit, const char *path, hax_error *err);

#endif
