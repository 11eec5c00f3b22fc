/* haxconn profile */
#include "bench.h"
#include "output.h"

typedef struct settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    cli_list shapes;
    int cut_tensors;
    int rounds;
    double seconds;
    bool fresh;
    const char *store;
    int contention; /* 0: on */
    const char *json;
} settings;

static const settings defaults = { .platform = "host", .seconds = -1 };

static const cli_option options[] = {
    CLI_PLATFORM(settings),   CLI_GPU_WORDS(settings),   CLI_GROUPING(settings),
    CLI_SHAPE(settings),      CLI_CUT_TENSORS(settings), CLI_MEASURING(settings),
    CLI_CONTENTION(settings), CLI_JSON(settings),        { .name = NULL },
};

static hax_status measure(const settings *set, cli_bench *bench, const hax_profile **profile,
                          hax_error *err)
{
    hax_profile_config config = hax_profile_config_default();
    config.platform = bench->platform;
    config.network_count = bench->networks.count;
    config.networks = bench->networks.items;
    if (set->rounds)
        config.rounds = set->rounds;
    if (set->seconds >= 0)
        config.seconds = set->seconds;
    config.store_path = bench->store;
    config.contention = set->contention == 0;
    config.fresh = set->fresh;
    config.watch = &bench->watch;
    hax_status status = hax_profile_measure(&config, profile, err);
    cli_progress_clear(&bench->progress);
    return status;
}

static hax_status give(const hax_profile *profile, const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = hax_report_profile(profile, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_profile_text(profile, &document, err);
    return cli_answer_measured(status, set->json, document, report, call, err);
}

static hax_status profile(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const cli_bench_options bench_options = { set->platform, set->grouping, &set->cuts,
                                              set->store,    &set->shapes,  set->cut_tensors,
                                              set->seconds,  true };
    cli_bench bench;
    const hax_profile *measured = NULL;
    hax_status status = cli_bench_open(&bench, call, &bench_options, err);
    if (status == HAX_OK && !call->dry_run)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK && call->dry_run)
        status = cli_end_dry(call);
    else if (status == HAX_OK)
        status = give(measured, call, err);
    hax_profile_destroy(measured);
    cli_bench_close(&bench);
    return status;
}

const cli_command cli_profile = {
    .name = "profile",
    .operands = "NET... | WORKLOAD.json",
    .summary = "Measure what every group of the networks costs on every unit",
    .text = "NET is a built-in network, a Caffe prototxt or an ONNX model. Samples are kept "
            "(unless --store is\n"
            "none): an interrupted profile goes on where it stopped, and a second one measures\n"
            "only what is missing.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .measures = true,
    .run = profile,
};
