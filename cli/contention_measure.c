/* haxconn contention measure */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "contention.h"
#include "message.h"
#include "output.h"

static hax_status measure(const cli_contention_settings *set, cli_bench *bench,
                          hax_profile **profile, hax_error *err)
{
    const hax_profile_config config = { .platform = bench->platform,
                                        .rounds = set->rounds,
                                        .seconds = set->seconds,
                                        .store_path = bench->store,
                                        .contention = true,
                                        .traffic = (hax_traffic_kind) set->traffic,
                                        .fresh = set->fresh,
                                        .watch = &bench->watch };
    hax_status status = hax_profile_measure(&config, profile, err);
    cli_progress_clear(&bench->progress);
    return status;
}

/* The first unit with a fit. */
static hax_status draw(const hax_profile *profile, const char *path, hax_error *err)
{
    for (int u = 0; profile->contention && u < profile->platform->unit_count; u++)
        if (profile->contention[u].fit)
            return cli_draw_fit(profile->contention[u].fit, path, err);
    return cli_fail(err, HAX_UNAVAILABLE, "no unit was pressed: there is nothing to draw");
}

static hax_status give(const hax_profile *profile, const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status = set->svg ? draw(profile, set->svg, err) : HAX_OK;
    if (status == HAX_OK)
        status = hax_report_contention(profile, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_profile_text(profile, &document, err);
    return cli_answer_measured(status, set->json, document, report, call, err);
}

hax_status cli_contention_measure(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const cli_bench_options with = { set->platform, set->grouping, &set->cuts, set->store };
    cli_bench bench;
    hax_profile *measured = NULL;
    if (call->operand_count != 1)
        return cli_fail(err, HAX_USAGE, "contention measure: takes no networks");
    cli_call without = *call;
    without.operand_count = 0;
    hax_status status = cli_bench_open(&bench, &without, &with, err);
    if (status == HAX_OK)
        status = measure(set, &bench, &measured, err);
    if (status == HAX_OK)
        status = give(measured, call, err);
    hax_profile_destroy(measured);
    cli_bench_close(&bench);
    return status;
}
