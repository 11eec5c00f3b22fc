/* What a command that measures works with: a platform, networks, a store, a progress line. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "store.h"

hax_status cli_bar_measuring(const cli_call *call, const char *what, hax_error *err)
{
    static const char *const measuring[] = { "platform", "precision",   "partition", "grouping",
                                             "shape",    "cut-tensors", "cuts",      "rounds",
                                             "seconds",  "fresh",       "store",     NULL };
    return cli_bar_options(call, what, measuring,
                           "on a problem document: it holds its costs, nothing is measured", err);
}

/* Options of measuring where nothing is measured, or nothing takes time. */
static void warn_of_idle(const cli_call *call, const cli_bench_options *options,
                         const hax_platform *platform)
{
    char text[200];
    const bool sheet = platform->datasheet != NULL;
    const bool kept = options->store && strcmp(options->store, "none") != 0;
    const char *idle = platform->simulated && options->seconds > 0                   ? "seconds"
                       : sheet && cli_given(call, "fresh")                           ? "fresh"
                       : sheet && kept                                               ? "store"
                       : sheet && options->profile_only && cli_given(call, "rounds") ? "rounds"
                                                                                     : NULL;
    if (!idle)
        return;
    snprintf(text, sizeof text, "--%s has no effect on platform '%.100s', which is %s", idle,
             platform->name, sheet ? "told from a data sheet" : "simulated");
    cli_print_warning(text);
}

hax_status cli_bench_open(cli_bench *bench, const cli_call *call, const cli_bench_options *options,
                          hax_error *err)
{
    *bench = (cli_bench){ .platform = NULL };
    cli_network_options how = { options->grouping,    options->cuts, options->shapes,
                                options->cut_tensors, NULL,          call };
    hax_status status = hax_platform_load(options->platform, &bench->platform, err);
    how.platform = bench->platform;
    if (status == HAX_OK)
        warn_of_idle(call, options, bench->platform);
    if (status == HAX_OK)
        status =
            cli_networks_load(&bench->networks, call->operand_count, call->operands, &how, err);
    if (status == HAX_OK && !call->dry_run &&
        !bench->platform->datasheet) /* nothing is measured with one */
        status = cli_store_open(options->store, &bench->store, err);
    /* last: until here a signal ends the program at once, also while a pipe is read */
    bench->watch =
        cli_progress_watch(&bench->progress, bench->platform && !bench->platform->simulated &&
                                                 !bench->platform->datasheet);
    return status;
}

void cli_bench_close(cli_bench *bench)
{
    free(bench->store);
    free(bench->partition);
    hax_platform_destroy(bench->platform);
    cli_networks_free(&bench->networks);
}
