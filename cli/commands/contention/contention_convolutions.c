/* haxconn contention convolutions */
#include "bench.h"
#include "contention.h"
#include "message.h"
#include "output.h"

static hax_status measure(const cli_contention_settings *set, cli_bench *bench,
                          const hax_profile **profile, hax_error *err)
{
    hax_profile_config config = hax_profile_config_default();
    config.platform = bench->platform;
    if (set->rounds)
        config.rounds = set->rounds;
    if (set->seconds >= 0)
        config.seconds = set->seconds;
    config.store_path = bench->store;
    config.traffic = (hax_traffic_kind) set->traffic;
    config.fresh = set->fresh;
    config.watch = &bench->watch;
    hax_status status = hax_convolutions_measure(&config, profile, err);
    cli_progress_clear(&bench->progress);
    return status;
}

hax_status cli_contention_convolutions(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_report_style style = cli_style();
    cli_bench bench;
    const hax_profile *measured = NULL;
    char *document = NULL, *report = NULL;
    hax_status status = cli_contention_bench(&bench, call, err);
    if (status == HAX_OK && call->dry_run) {
        cli_bench_close(&bench);
        return cli_end_dry(call);
    }
    if (status == HAX_OK)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK)
        status = hax_report_convolutions(measured, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_convolutions_text(measured, &document, err);
    status = cli_answer_measured(status, set->json, document, report, call, err);
    hax_profile_destroy(measured);
    cli_bench_close(&bench);
    return status;
}
