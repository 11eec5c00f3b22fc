/* haxconn contention check */
#include "bench.h"
#include "contention.h"
#include "message.h"
#include "output.h"

static hax_status measure(const cli_contention_settings *set, cli_bench *bench,
                          const hax_contention_check **check, hax_error *err)
{
    hax_contention_check_config config = hax_contention_check_config_default();
    config.platform = bench->platform;
    config.network_count = bench->networks.count;
    config.networks = bench->networks.items;
    if (set->rounds)
        config.rounds = set->rounds;
    config.store_path = bench->store;
    config.watch = &bench->watch;
    hax_status status = hax_contention_check_measure(&config, check, err);
    cli_progress_clear(&bench->progress);
    return status;
}

hax_status cli_contention_check(const cli_call *call, hax_error *err)
{
    const cli_contention_settings *set = call->settings;
    const cli_bench_options bench_options = { set->platform, set->grouping, &set->cuts,
                                              set->store,    &set->shapes,  set->cut_tensors };
    const hax_report_style style = cli_style();
    cli_bench bench;
    const hax_contention_check *check = NULL;
    char *document = NULL, *report = NULL;
    if (call->operand_count < 2)
        return cli_fail(err, HAX_USAGE, "contention check: expected networks");
    cli_call networks = *call;
    networks.operand_count--;
    networks.operands++;
    hax_status status = cli_bench_open(&bench, &networks, &bench_options, err);
    if (status == HAX_OK && call->dry_run) {
        cli_bench_close(&bench);
        return cli_end_dry(call);
    }
    if (status == HAX_OK)
        status = measure(set, &bench, &check, err);
    if (status == HAX_OK)
        status = hax_report_contention_check(check, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_contention_check_text(check, &document, err);
    status = cli_answer_measured(status, set->json, document, report, call, err);
    hax_contention_check_destroy(check);
    cli_bench_close(&bench);
    return status;
}
