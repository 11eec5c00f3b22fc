/* What 'run' and 'compare' have in common. */
#include "running.h"

hax_status cli_run_bench(const cli_run_settings *set, cli_bench *bench, const hax_schedule *plan,
                         bool all_baselines, const cli_run_data *data, const hax_result **result,
                         hax_error *err)
{
    cli_terms terms;
    hax_status status = cli_terms_make(&set->rules, set->objective, set->max_transitions,
                                       bench->networks.workload, &terms, err);
    if (status != HAX_OK)
        return status;
    hax_run_config config = hax_run_config_default();
    config.platform = bench->platform;
    config.network_count = bench->networks.count;
    config.networks = bench->networks.items;
    config.names = bench->networks.names;
    config.rule_count = terms.rule_count;
    config.rules = terms.rules;
    config.all_baselines = all_baselines;
    config.objective = terms.objective;
    config.max_transitions = terms.max_transitions;
    if (set->rounds)
        config.rounds = set->rounds;
    if (set->seconds >= 0)
        config.seconds = set->seconds;
    config.store_path = bench->store;
    config.ignore_contention = set->contention != 0;
    config.fresh = set->fresh;
    config.solve_time_limit_s = cli_search_s(set->time_s);
    config.baseline_time_limit_s = cli_baselines_s(set->time_s, set->time_s);
    config.schedule = plan;
    config.feed_count = data ? data->feeds->count : 0;
    config.feeds = data ? data->feeds->feeds : NULL;
    config.input_seed = data ? (uint64_t) data->seed : 0;
    config.keep_outputs = data && data->keep_outputs;
    config.watch = &bench->watch;
    status = hax_run(&config, result, err);
    if (status == HAX_OK)
        status = hax_deadlines_check((*result)->problem, (*result)->plan, err);
    cli_progress_clear(&bench->progress);
    cli_terms_free(&terms);
    return status;
}
