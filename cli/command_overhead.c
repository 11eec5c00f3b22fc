/* haxconn overhead */
#include "bench.h"
#include "output.h"

typedef struct settings {
    const char *platform;
    cli_list shapes;
    int rounds;
    const char *json;
} settings;

static const settings defaults = { .platform = "host" };

static const cli_option options[] = {
    CLI_PLATFORM(settings),
    CLI_SHAPE(settings),
    { "rounds", 0, CLI_WHOLE, offsetof(settings, rounds), "N", "samples of each (default 20)", 1,
      100000, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

static hax_status measure(const settings *set, cli_bench *bench, hax_overhead **overhead,
                          hax_error *err)
{
    const hax_overhead_config config = { .platform = bench->platform,
                                         .network_count = bench->networks.count,
                                         .networks = bench->networks.items,
                                         .rounds = set->rounds,
                                         .store_path = bench->store,
                                         .watch = &bench->watch };
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

/* The networks given, or all that are built in. */
static cli_call with_networks(const cli_call *call)
{
    cli_call made = *call;
    if (call->operand_count > 0)
        return made;
    made.operands = hax_model_builtin_names();
    while (made.operands[made.operand_count])
        made.operand_count++;
    return made;
}

static hax_status overhead(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    static const cli_list no_cuts;
    const cli_bench_options with = {
        .platform = set->platform, .grouping = "1", .cuts = &no_cuts, .shapes = &set->shapes
    };
    const cli_call networks = with_networks(call);
    cli_bench bench;
    hax_overhead *measured = NULL;
    hax_status status = cli_bench_open(&bench, &networks, &with, err);
    if (status == HAX_OK)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK)
        status = give(measured, bench.platform, call, err);
    hax_overhead_destroy(measured);
    cli_bench_close(&bench);
    return status;
}

const cli_command cli_overhead = {
    .name = "overhead",
    .operands = "[NET...]",
    .summary = "What planning costs the networks that run beside it",
    .text = "Runs each network (all built-in ones if none is given) with and without the exact\n"
            "search in a loop on a processor that it leaves free; beside alexnet on another\n"
            "unit where the machine has enough processors.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 0,
    .operand_max = -1,
    .run = overhead,
};
