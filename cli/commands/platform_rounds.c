/* Rounds that others measured on a board, on this evaluator, beside our own schedules. */
#include "platform_rounds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "message.h"
#include "networks.h"
#include "output.h"
#include "terms.h"

enum { RULES_MAX = 3 * HAX_MAX_UNITS, CUTS_BYTES = 4096, RULE_BYTES = 300 };

/* One round in the making. */
typedef struct comparison {
    const hax_platform *platform;
    const hax_sheet_round *round;
    char cuts[HAX_MAX_UNITS][CUTS_BYTES]; /* "NET:10,24" */
    cli_networks networks;
    const hax_profile *profile;
    const hax_problem *problem; /* one unit of each kind */
    double *here_ms;
    cli_answer_set answer;
} comparison;

/* ---- networks, cut where anybody cut them ---------------------------------------------------- */

static bool cut_there(const comparison *comparison, int network, int layer)
{
    for (int r = 0; r < comparison->round->result_count; r++) {
        const hax_sheet_run *runs = comparison->round->results[r].runs;
        if (runs && runs[network].cut == layer)
            return true;
    }
    return false;
}

static bool cut_usually(const hax_grouping *grouping, int layer)
{
    for (int g = 1; g < grouping->count; g++)
        if (grouping->groups[g].first == layer)
            return true;
    return false;
}

static void list_cuts(comparison *comparison, int network, const hax_model *model,
                      const hax_grouping *grouping)
{
    char *text = comparison->cuts[network];
    size_t used = (size_t) snprintf(text, CUTS_BYTES, "%s:", comparison->round->networks[network]);
    for (int l = 1; l < hax_model_compute_layer_count(model) && used + 16 < CUTS_BYTES; l++)
        if (cut_usually(grouping, l) || cut_there(comparison, network, l))
            used += (size_t) snprintf(text + used, CUTS_BYTES - used, "%d,", l);
}

/* Loaded twice: as they are cut usually, then with the cuts of every result. */
static hax_status load(comparison *comparison, hax_error *err)
{
    const cli_list none = { 0 };
    cli_list cuts = { 0 };
    cli_networks usual;
    const int count = comparison->round->network_count;
    const cli_network_options how = { .cuts = &none, .platform = comparison->platform };
    hax_status status = cli_networks_load(&usual, count, comparison->round->networks, &how, err);
    for (int n = 0; n < count && status == HAX_OK; n++) {
        list_cuts(comparison, n, usual.items[n].model, usual.items[n].grouping);
        cuts.items[cuts.count++] = comparison->cuts[n];
    }
    cli_networks_free(&usual);
    const cli_network_options network_options = { .cuts = &cuts, .platform = comparison->platform };
    return status == HAX_OK ? cli_networks_load(&comparison->networks, count,
                                                comparison->round->networks, &network_options, err)
                            : status;
}

/* ---- problems -------------------------------------------------------------------------------- */

typedef struct rule_list {
    int count;
    hax_rule rules[RULES_MAX];
    char texts[RULES_MAX][RULE_BYTES];
} rule_list;

static char *next_rule(rule_list *list, hax_rule_kind kind)
{
    char *text = list->texts[list->count];
    list->rules[list->count++] = (hax_rule){ kind, text };
    return text;
}

static int first_unit(const hax_platform *platform, int kind)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].kind == kind)
            return u;
    return -1;
}

/* One unit of each kind, as those who measured used. */
static void forbid_others(const hax_platform *platform, rule_list *list)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (first_unit(platform, platform->units[u].kind) != u)
            snprintf(next_rule(list, HAX_RULE_FORBID), RULE_BYTES, "*=%s", platform->units[u].name);
}

static void pin(const comparison *comparison, int network, int first, int last, int kind,
                rule_list *list)
{
    snprintf(next_rule(list, HAX_RULE_PIN), RULE_BYTES, "%.200s:%d-%d=%s",
             comparison->round->networks[network], first, last,
             comparison->platform->units[first_unit(comparison->platform, kind)].name);
}

static void pin_as_there(const comparison *comparison, const hax_sheet_result *result,
                         rule_list *list)
{
    for (int n = 0; n < comparison->round->network_count; n++) {
        const hax_sheet_run *run = &result->runs[n];
        int last = hax_model_compute_layer_count(comparison->networks.items[n].model) - 1;
        pin(comparison, n, 0, run->cut > 0 ? run->cut - 1 : last, run->from, list);
        if (run->cut > 0)
            pin(comparison, n, run->cut, last, run->to, list);
    }
}

static hax_status make_problem(const comparison *comparison, const hax_sheet_result *result,
                               const hax_problem **problem, hax_error *err)
{
    rule_list list = { 0 };
    int instances[HAX_MAX_UNITS];
    forbid_others(comparison->platform, &list);
    if (result)
        pin_as_there(comparison, result, &list);
    for (int n = 0; n < comparison->round->network_count; n++)
        instances[n] = n;
    hax_problem_options options = hax_problem_options_default();
    options.objective = HAX_LATENCY;
    options.rule_count = list.count;
    options.rules = list.rules;
    return hax_profile_problem(comparison->profile, comparison->round->network_count, instances,
                               &options, problem, err);
}

/* What the deployment of a result takes here, its jobs in the best order; NAN where it is not told
 * or a unit cannot run its part. */
static hax_status evaluate_there(const comparison *comparison, const hax_sheet_result *result,
                                 double *ms, hax_error *err)
{
    const hax_problem *problem = NULL;
    const hax_schedule *schedule = NULL;
    *ms = NAN;
    if (!result->runs)
        return HAX_OK;
    hax_status status = make_problem(comparison, result, &problem, err);
    if (status == HAX_OK)
        status = hax_solve(problem, NULL, &schedule, err);
    if (status == HAX_OK)
        *ms = schedule->value;
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return status == HAX_INFEASIBLE ? HAX_OK : status;
}

/* ---- a round --------------------------------------------------------------------------------- */

static hax_status compare(comparison *comparison, hax_error *err)
{
    bool limited = false;
    hax_status status = load(comparison, err);
    hax_profile_config config = hax_profile_config_default();
    config.platform = comparison->platform;
    config.network_count = comparison->networks.count;
    config.networks = comparison->networks.items;
    if (status == HAX_OK)
        status = hax_profile_measure(&config, &comparison->profile, err);
    if (status == HAX_OK)
        status = make_problem(comparison, NULL, &comparison->problem, err);
    comparison->here_ms =
        calloc((size_t) comparison->round->result_count + 1, sizeof *comparison->here_ms);
    if (status == HAX_OK && !comparison->here_ms)
        status = cli_fail(err, HAX_NO_MEMORY, "out of memory for a round");
    for (int r = 0; r < comparison->round->result_count && status == HAX_OK; r++)
        status = evaluate_there(comparison, &comparison->round->results[r], &comparison->here_ms[r],
                                err);
    if (status == HAX_OK)
        status = cli_solve(comparison->problem, NULL, CLI_TIME_NOT_GIVEN, &comparison->answer,
                           &limited, err);
    return status;
}

static void release(comparison *comparison)
{
    cli_answer_free(&comparison->answer);
    free(comparison->here_ms);
    hax_problem_destroy(comparison->problem);
    hax_profile_destroy(comparison->profile);
    cli_networks_free(&comparison->networks);
}

static hax_compared_round result_of(const comparison *comparison)
{
    return (hax_compared_round){
        .published = comparison->round,
        .problem = comparison->problem,
        .profile = comparison->profile,
        .here_ms = comparison->here_ms,
        .plan = comparison->answer.schedules[0],
        .baseline_count = comparison->answer.count - 1,
        .baselines = (const hax_schedule *const *) comparison->answer.schedules + 1,
        .verdict = comparison->answer.verdict,
    };
}

hax_status cli_platform_rounds(const hax_platform *platform, const char *json, const cli_call *call,
                               hax_error *err)
{
    const hax_datasheet *sheet = platform->datasheet;
    const hax_report_style style = cli_style();
    size_t count = (size_t) sheet->round_count;
    comparison *context = calloc(count + 1, sizeof *context);
    hax_compared_round *rounds = calloc(count + 1, sizeof *rounds);
    char *report = NULL, *document = NULL;
    hax_status status =
        context && rounds ? HAX_OK : cli_fail(err, HAX_NO_MEMORY, "out of memory for the rounds");
    for (size_t r = 0; r < count && status == HAX_OK; r++) {
        context[r].platform = platform;
        context[r].round = &sheet->rounds[r];
        status = compare(&context[r], err);
        rounds[r] = result_of(&context[r]);
    }
    if (status == HAX_OK)
        status = hax_report_rounds(platform, (int) count, rounds, &style, &report, err);
    if (status == HAX_OK && json)
        status = hax_rounds_text(platform, (int) count, rounds, &document, err);
    for (size_t r = 0; context && r < count; r++)
        release(&context[r]);
    free(context);
    free(rounds);
    return cli_answer(status, json, document, report, call, err);
}
