/* What a command that measures works with: a platform, networks, a store, a progress line. */
#include "bench.h"

#include <stdlib.h>

#include "store.h"

hax_status cli_bench_open(cli_bench *bench, const cli_call *call, const cli_bench_options *options,
                          hax_error *err)
{
    *bench = (cli_bench){ .platform = NULL };
    bench->watch = cli_progress_watch(&bench->progress);
    cli_network_options how = { options->grouping, options->cuts, options->shapes,
                                options->cut_tensors, NULL };
    hax_status status = hax_platform_open(options->platform, &bench->platform, err);
    how.platform = bench->platform;
    if (status == HAX_OK)
        status =
            cli_networks_load(&bench->networks, call->operand_count, call->operands, &how, err);
    if (status == HAX_OK && !bench->platform->datasheet) /* nothing is measured with one */
        status = cli_store_open(options->store, &bench->store, err);
    return status;
}

void cli_bench_close(cli_bench *bench)
{
    free(bench->store);
    hax_platform_close(bench->platform);
    cli_networks_free(&bench->networks);
}
