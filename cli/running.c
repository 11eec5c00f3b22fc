/* What 'run' and 'compare' have in common. */
#include "running.h"

hax_status cli_run_bench(const cli_run_settings *set, cli_bench *bench, const hax_schedule *plan,
                         bool all, const cli_run_data *data, hax_result **result, hax_error *err)
{
    cli_terms terms;
    hax_status status = cli_terms_make(&set->rules, set->objective, set->max_transitions,
                                       bench->networks.workload, &terms, err);
    if (status != HAX_OK)
        return status;
    const hax_run_config config = {
        .platform = bench->platform,
        .network_count = bench->networks.count,
        .networks = bench->networks.items,
        .names = bench->networks.names,
        .rule_count = terms.rule_count,
        .rules = terms.rules,
        .all_baselines = all,
        .objective = terms.objective,
        .max_transitions = terms.max_transitions,
        .rounds = set->rounds,
        .seconds = set->seconds,
        .store_path = bench->store,
        .ignore_contention = set->contention != 0,
        .fresh = set->fresh,
        .solve_time_limit_s = cli_search_s(set->time_s),
        .baseline_time_limit_s = cli_baselines_s(set->time_s, set->time_s),
        .schedule = plan,
        .feed_count = data ? data->feeds->count : 0,
        .feeds = data ? data->feeds->feeds : NULL,
        .input_seed = data ? (uint64_t) data->seed : 0,
        .keep_outputs = data && data->keep_outputs,
        .watch = &bench->watch,
    };
    status = hax_run(&config, result, err);
    if (status == HAX_OK)
        status = hax_deadlines_check((*result)->problem, (*result)->plan, err);
    cli_progress_clear(&bench->progress);
    cli_terms_free(&terms);
    return status;
}
