/* What 'run' and 'compare' have in common. */
#include "running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "output.h"

/* Rules that name a GPU's parts need to know them. */
static const hax_rule *rule_of_units(const hax_run_config *config)
{
    for (int r = 0; r < config->rule_count; r++) {
        hax_rule_kind kind = config->rules[r].kind;
        if (kind == HAX_RULE_PIN || kind == HAX_RULE_FORBID || kind == HAX_RULE_PIECES)
            return &config->rules[r];
    }
    return NULL;
}

/* Puts the platform with the partition that is found in the place of the bench's. */
static hax_status find_partition(const char *platform, cli_bench *bench, hax_run_config *config,
                                 hax_error *err)
{
    const hax_partition_choice *choice = NULL;
    const hax_platform *found = NULL;
    const hax_report_style style = cli_style();
    hax_status status = hax_partition_find(platform, config, &choice, err);
    cli_progress_clear(&bench->progress);
    if (status == HAX_OK)
        status = hax_report_partition(choice, config->objective, &style, &bench->partition, err);
    if (status == HAX_OK)
        status = hax_platform_load(choice->platform, &found, err);
    hax_partition_choice_destroy(choice);
    if (status != HAX_OK)
        return status;
    hax_platform_destroy(bench->platform);
    config->platform = bench->platform = found;
    return HAX_OK;
}

/* A GPU whose parts nobody named has halves, unless there is something to find. */
static hax_status settle_partition(const char *platform, cli_bench *bench, hax_run_config *config,
                                   hax_error *err)
{
    char text[200];
    const hax_rule *rule = rule_of_units(config);
    if (!hax_partition_is_open(platform) || config->schedule || config->network_count < 2 ||
        bench->platform->unit_count < 2)
        return HAX_OK;
    if (!rule)
        return find_partition(platform, bench, config, err);
    snprintf(text, sizeof text,
             "--%s %.60s is about units: the GPU's partition is not searched for, its parts are "
             "its halves (--partition names others)",
             hax_rule_name(rule->kind), rule->text);
    cli_print_warning(text);
    return HAX_OK;
}

hax_status cli_with_partition(const cli_bench *bench, char **report, hax_error *err)
{
    if (!bench->partition)
        return HAX_OK;
    size_t size = strlen(bench->partition) + strlen(*report) + 1;
    char *joined = malloc(size);
    if (!joined)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    snprintf(joined, size, "%s%s", bench->partition, *report);
    free(*report);
    *report = joined;
    return HAX_OK;
}

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
    config.refine = set->refine;
    config.feed_count = data ? data->feeds->count : 0;
    config.feeds = data ? data->feeds->feeds : NULL;
    config.input_seed = data ? (uint64_t) data->seed : 0;
    config.keep_outputs = data && data->keep_outputs;
    config.watch = &bench->watch;
    status = settle_partition(set->platform, bench, &config, err);
    if (status == HAX_OK)
        status = hax_run(&config, result, err);
    if (status == HAX_OK)
        status = hax_deadlines_check((*result)->problem, (*result)->plan, err);
    cli_progress_clear(&bench->progress);
    cli_terms_free(&terms);
    return status;
}
