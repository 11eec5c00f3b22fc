/* haxconn profile */
#include <stdlib.h>

#include "command.h"
#include "networks.h"
#include "output.h"
#include "progress.h"
#include "store.h"

typedef struct settings {
    const char *platform;
    const char *grouping;
    cli_list cuts;
    int rounds;
    double seconds;
    bool fresh;
    const char *store;
    const char *json;
} settings;

static const settings defaults = { .platform = "host", .grouping = "blocks", .seconds = -1 };

static const cli_option options[] = {
    CLI_PLATFORM(settings), CLI_GROUPING(settings), CLI_MEASURING(settings),
    CLI_JSON(settings),     { .name = NULL },
};

static hax_status measure(const settings *set, const hax_platform *platform,
                          const cli_networks *networks, hax_profile **profile, hax_error *err)
{
    char *store = NULL;
    hax_status status = cli_store_path(set->store, &store, err);
    if (status != HAX_OK)
        return status;
    cli_progress progress;
    const hax_watch watch = cli_progress_watch(&progress);
    const hax_profile_config config = {
        .platform = platform,
        .network_count = networks->count,
        .networks = networks->items,
        .rounds = set->rounds,
        .seconds = set->seconds,
        .store_path = store,
        .fresh = set->fresh,
        .watch = &watch,
    };
    status = hax_profile_measure(&config, profile, err);
    cli_progress_clear(&progress);
    free(store);
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
    status = cli_answer(status, set->json, document, report, call, err);
    if (status == HAX_OK && !cli_to_stdout(set->json))
        cli_print_repeat(call);
    return status;
}

static hax_status profile(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    cli_networks networks = { 0 };
    hax_platform *platform = NULL;
    hax_profile *measured = NULL;
    hax_status status = cli_networks_load(&networks, call->operand_count, call->operands,
                                          set->grouping, &set->cuts, err);
    if (status == HAX_OK)
        status = hax_platform_open(set->platform, &platform, err);
    if (status == HAX_OK)
        status = measure(set, platform, &networks, &measured, err);
    if (status == HAX_OK)
        status = give(measured, call, err);
    hax_profile_destroy(measured);
    hax_platform_close(platform);
    cli_networks_free(&networks);
    return status;
}

const cli_command cli_profile = {
    .name = "profile",
    .operands = "NET...",
    .summary = "Measure what every group of the networks costs on every unit",
    .text = "NET is a built-in network or a Caffe prototxt. Samples are kept (unless --store is\n"
            "none): an interrupted profile goes on where it stopped, and a second one measures\n"
            "only what is missing.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = -1,
    .run = profile,
};
