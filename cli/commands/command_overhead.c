/* haxconn overhead */
#include <stdlib.h>

#include "bench.h"
#include "message.h"
#include "output.h"

typedef struct settings {
    const char *platform;
    cli_list shapes;
    int rounds;
    const char *json;
} settings;

static const settings defaults = { .platform = NULL };

static const cli_option options[] = {
    CLI_PLATFORM(settings),
    CLI_SHAPE(settings),
    { "rounds", 0, CLI_WHOLE, offsetof(settings, rounds), "N", "samples of each (default 20)", 1,
      100000, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status measure(const settings *set, cli_bench *bench, const hax_overhead **overhead,
                          hax_error *err)
{
    /* the companion stands last */
    const int count = bench->networks.count - 1;
    hax_overhead_config config = hax_overhead_config_default();
    config.platform = bench->platform;
    config.network_count = count;
    config.networks = bench->networks.items;
    config.companion = &bench->networks.items[count];
    if (set->rounds)
        config.rounds = set->rounds;
    config.store_path = bench->store;
    config.watch = &bench->watch;
    hax_status status = hax_overhead_measure(&config, overhead, err);
    cli_progress_clear(&bench->progress);
    return status;
}

static hax_status give(const hax_overhead *overhead, const hax_platform *platform,
                       const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = hax_report_overhead(overhead, platform, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_overhead_text(overhead, platform, &document, err);
    return cli_answer_measured(status, set->json, document, report, call, err);
}

/* The networks given, or all that are built in, and behind them the companion; free with free. */
static const char **list_networks(const cli_call *call, int *count)
{
    const char *const *names = call->operands;
    *count = call->operand_count;
    if (*count == 0)
        for (names = hax_model_builtin_names(); names[*count];)
            ++*count;
    const char **all = calloc((size_t) *count + 1, sizeof *all);
    for (int i = 0; all && i < *count; i++)
        all[i] = names[i];
    if (all)
        all[(*count)++] = "alexnet";
    return all;
}

/* A platform that leaves a processor free, where there are enough. */
static const char *choose_platform(const settings *set)
{
    const hax_platform *platform = NULL;
    if (set->platform)
        return set->platform;
    if (hax_platform_load("spare", &platform, NULL) != HAX_OK)
        return "host";
    hax_platform_destroy(platform);
    return "spare";
}

static hax_status run_on_bench(const cli_call *call, const cli_call *networks, hax_error *err)
{
    const settings *set = call->settings;
    static const cli_list no_cuts;
    const cli_bench_options bench_options = {
        .platform = choose_platform(set), .grouping = "1", .cuts = &no_cuts, .shapes = &set->shapes
    };
    cli_bench bench;
    const hax_overhead *measured = NULL;
    hax_status status = cli_bench_open(&bench, networks, &bench_options, err);
    if (status == HAX_OK && !call->dry_run)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK && call->dry_run)
        status = cli_end_dry(call);
    else if (status == HAX_OK)
        status = give(measured, bench.platform, call, err);
    hax_overhead_destroy(measured);
    cli_bench_close(&bench);
    return status;
}

static hax_status overhead(const cli_call *call, hax_error *err)
{
    cli_call networks = *call;
    const char **names = list_networks(call, &networks.operand_count);
    if (!names)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the networks");
    networks.operands = names;
    hax_status status = run_on_bench(call, &networks, err);
    free(names);
    return status;
}

const cli_command cli_overhead = {
    .name = "overhead",
    .operands = "[NET...]",
    .summary = "What planning costs the networks that run beside it",
    .text =
        "Runs each network (all built-in ones if none is given) with and without the exact\n"
        "search in a loop on a spare processor, beside alexnet on a second unit (the published\n"
        "experiment). That takes three processors, one of which the platform 'spare', the\n"
        "default then, leaves free; with two the network runs alone.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 0,
    .operand_max = -1,
    .measures = true,
    .run = overhead,
};
