/* haxconn contention measure */
#include <stdlib.h>
#include <string.h>

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
    config.contention = true;
    config.traffic = (hax_traffic_kind) set->traffic;
    config.fresh = set->fresh;
    config.watch = &bench->watch;
    hax_status status = hax_profile_measure(&config, profile, err);
    cli_progress_clear(&bench->progress);
    return status;
}

hax_status cli_contention_bench(cli_bench *bench, const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    /* pressing lasts as long as it is told to, on a virtual clock too */
    const bool pressing = strcmp(call->operands[0], "press") == 0;
    const cli_bench_options bench_options = { set->platform, set->grouping, &set->cuts, set->store,
                                              .seconds = pressing ? 0 : set->seconds };
    cli_call without = *call;
    *bench = (cli_bench){ 0 };
    if (call->operand_count != 1)
        return cli_fail(err, HAX_USAGE, "contention %s: takes no networks", call->operands[0]);
    without.operand_count = 0;
    return cli_bench_open(bench, &without, &bench_options, err);
}

/* The first unit with a fit. */
static hax_status draw(const hax_profile *profile, const char *path, hax_error *err)
{
    for (int u = 0; profile->contention && u < profile->platform->unit_count; u++)
        if (profile->contention[u].fit)
            return cli_draw_fit(profile->contention[u].fit, path, err);
    return cli_fail(err, HAX_UNAVAILABLE, "no unit was pressed: there is nothing to draw");
}

/* NULL on a virtual clock, which nothing could count. */
static const char *look_for_counters(const hax_profile *profile, char *names, size_t size)
{
    if (profile->platform->simulated)
        return NULL;
    hax_memory_counters("", names, size);
    return names;
}

static hax_status give(const hax_profile *profile, const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char counters[256], *document = NULL, *report = NULL;
    hax_error why = { 0 };
    hax_status drawn = set->svg ? draw(profile, set->svg, &why) : HAX_OK;
    hax_status status = hax_report_contention(
        profile, look_for_counters(profile, counters, sizeof counters), &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_profile_text(profile, &document, err);
    status = cli_answer_measured(status, set->json, document, report, call, err);
    cli_also_failed(&status, err, drawn, &why);
    return status;
}

hax_status cli_contention_measure(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    cli_bench bench;
    const hax_profile *measured = NULL;
    hax_status status = cli_contention_bench(&bench, call, err);
    if (status == HAX_OK && call->dry_run) {
        cli_bench_close(&bench);
        return cli_end_dry(call);
    }
    if (status == HAX_OK)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK)
        status = give(measured, call, err);
    hax_profile_destroy(measured);
    cli_bench_close(&bench);
    return status;
}
