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

/* The profile holds each network once, in the order in which they are first named: which one is an
 * instance's? */
static void number_networks(const cli_networks *networks, int *network_of)
{
    for (int i = 0, known = 0; i < networks->count; i++) {
        int first = 0;
        while (networks->items[first].model != networks->items[i].model)
            first++;
        network_of[i] = first == i ? known++ : network_of[first];
    }
}

hax_status cli_bench_problem(const cli_bench *bench, const cli_bench_terms *asked,
                             const hax_profile *profile, const hax_problem **problem,
                             hax_error *err)
{
    const cli_networks *networks = &bench->networks;
    cli_terms terms;
    int *network_of = calloc((size_t) networks->count, sizeof *network_of);
    hax_status status = cli_terms_make(asked->rules, asked->objective, asked->max_transitions,
                                       networks->workload, &terms, err);
    hax_problem_options wanted = hax_problem_options_default();
    wanted.objective = terms.objective;
    wanted.max_transitions = terms.max_transitions;
    wanted.ignore_contention = asked->ignore_contention;
    wanted.names = networks->names;
    wanted.rule_count = terms.rule_count;
    wanted.rules = terms.rules;
    if (network_of)
        number_networks(networks, network_of);
    else if (status == HAX_OK)
        status = cli_fail(err, HAX_NO_MEMORY, "out of memory for the instances");
    if (status == HAX_OK)
        status = hax_profile_problem(profile, networks->count, network_of, &wanted, problem, err);
    cli_terms_free(&terms);
    free(network_of);
    return status;
}

hax_status cli_bench_measure(cli_bench *bench, const cli_bench_measuring *measuring,
                             const hax_profile **profile, hax_error *err)
{
    const cli_networks *networks = &bench->networks;
    int count = 0;
    hax_profile_network *once = calloc((size_t) networks->count, sizeof *once);
    if (!once)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    for (int i = 0; i < networks->count; i++)
        if (networks->models[i])
            once[count++] = networks->items[i];
    hax_profile_config config = hax_profile_config_default();
    config.platform = bench->platform;
    config.network_count = count;
    config.networks = once;
    if (measuring->rounds)
        config.rounds = measuring->rounds;
    if (measuring->seconds >= 0)
        config.seconds = measuring->seconds;
    config.store_path = bench->store;
    config.contention = measuring->contention;
    config.fresh = measuring->fresh;
    config.watch = &bench->watch;
    hax_status status = hax_profile_measure(&config, profile, err);
    cli_progress_clear(&bench->progress);
    free(once);
    return status;
}
