/* haxconn contention press */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "contention.h"
#include "message.h"
#include "output.h"

/* UNIT=GBPS, or UNIT=all. */
static hax_status read_demand(const hax_platform *platform, const char *operand,
                              double gbps[HAX_MAX_UNITS], hax_error *err)
{
    const char *equals = strchr(operand, '=');
    size_t length = equals ? (size_t) (equals - operand) : 0;
    if (!equals)
        return cli_fail(err, HAX_USAGE, "contention press: '%s' is not UNIT=GBPS or UNIT=all",
                        operand);
    hax_nearest nearest = hax_nearest_start(operand, length);
    for (int u = 0; u < platform->unit_count; u++) {
        const char *name = platform->units[u].name;
        hax_nearest_offer(&nearest, name);
        if (strlen(name) != length || strncmp(name, operand, length) != 0)
            continue;
        char *end;
        gbps[u] = strcmp(equals + 1, "all") == 0 ? INFINITY : strtod(equals + 1, &end);
        if (gbps[u] > 0 && (isinf(gbps[u]) || (*end == '\0' && gbps[u] < 1e6)))
            return HAX_OK;
        return cli_fail(err, HAX_USAGE,
                        "contention press: '%s' in '%s' is not a demand: give GB/s above 0, or all",
                        equals + 1, operand);
    }
    return cli_fail(
        err, HAX_BAD_INPUT,
        "contention press: platform '%s' has no unit '%.*s'%s ('haxconn units' lists them)",
        platform->name, (int) length, operand, hax_nearest_words(&nearest).text);
}

static hax_status press(const cli_call *call, cli_bench *bench, hax_press_config *config,
                        hax_pressed_unit *units, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    *config = hax_press_config_default();
    config->platform = bench->platform;
    config->traffic = (hax_traffic_kind) set->traffic;
    if (set->seconds >= 0)
        config->seconds = set->seconds;
    config->store_path = bench->store;
    config->watch = &bench->watch;
    hax_status status = HAX_OK;
    for (int i = 1; i < call->operand_count && status == HAX_OK; i++)
        status = read_demand(bench->platform, call->operands[i], config->gbps, err);
    if (status == HAX_OK && !call->dry_run)
        status = hax_press_measure(config, units, err);
    cli_progress_clear(&bench->progress);
    return status;
}

hax_status cli_contention_press(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const hax_report_style style = cli_style();
    cli_call without = *call;
    cli_bench bench;
    hax_press_config config;
    hax_pressed_unit units[HAX_MAX_UNITS];
    char *document = NULL, *report = NULL;
    if (call->operand_count < 2)
        return cli_fail(err, HAX_USAGE, "contention press: expected UNIT=GBPS...");
    without.operand_count = 1;
    hax_status status = cli_contention_bench(&bench, &without, err);
    if (status == HAX_OK)
        status = press(call, &bench, &config, units, err);
    if (status == HAX_OK && call->dry_run) {
        cli_bench_close(&bench);
        return cli_end_dry(call);
    }
    if (status == HAX_OK)
        status = hax_report_press(&config, units, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_press_text(&config, units, &document, err);
    status = cli_answer_measured(status, set->json, document, report, call, err);
    cli_bench_close(&bench);
    return status;
}
