/* What is asked of a round beyond its networks. */
#include "terms.h"

#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "progress.h"

static int count_rules(const cli_rules *rules)
{
    int count = 0;
    for (int kind = 0; kind <= HAX_RULE_DEADLINE; kind++)
        count += rules->lists[kind].count;
    return count;
}

static void add_options(const cli_rules *rules, cli_terms *terms)
{
    for (int kind = 0; kind <= HAX_RULE_DEADLINE; kind++)
        for (int i = 0; i < rules->lists[kind].count; i++)
            terms->rules[terms->rule_count++] =
                (hax_rule){ (hax_rule_kind) kind, rules->lists[kind].items[i] };
}

hax_status cli_terms_make(const cli_rules *rules, int objective, int max_transitions,
                          const hax_workload *workload, cli_terms *terms, hax_error *err)
{
    int listed = workload ? workload->rule_count : 0;
    *terms = (cli_terms){
        .objective = objective != CLI_OBJECTIVE_NOT_GIVEN ? (hax_objective) objective
                     : workload                           ? workload->objective
                                                          : HAX_LATENCY,
        .max_transitions = max_transitions != CLI_TRANSITIONS_NOT_GIVEN ? max_transitions
                           : workload                                   ? workload->max_transitions
                                                                        : -1,
        .rules = calloc((size_t) (listed + count_rules(rules)) + 1, sizeof *terms->rules),
    };
    if (!terms->rules)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the rules");
    for (int r = 0; r < listed; r++)
        terms->rules[terms->rule_count++] = workload->rules[r];
    add_options(rules, terms);
    return HAX_OK;
}

hax_status cli_terms_check(const cli_rules *rules, hax_objective objective, hax_error *err)
{
    static const struct {
        hax_rule_kind kind;
        hax_objective objective;
    } needs[] = { { HAX_RULE_WEIGHT, HAX_SUM }, { HAX_RULE_DEADLINE, HAX_DEADLINE } };
    for (size_t n = 0; n < sizeof needs / sizeof *needs; n++) {
        const cli_list *list = &rules->lists[needs[n].kind];
        if (list->count > 0 && needs[n].objective != objective)
            return cli_fail(err, HAX_USAGE,
                            "--%s '%s' has no effect on the objective %s: give --objective %s",
                            hax_rule_name(needs[n].kind), list->items[0],
                            hax_objective_name(objective), hax_objective_name(needs[n].objective));
    }
    return HAX_OK;
}

void cli_terms_free(cli_terms *terms)
{
    free(terms->rules);
    *terms = (cli_terms){ 0 };
}

hax_status cli_terms_apply(const cli_rules *rules, int objective, int max_transitions,
                           const hax_problem **problem, hax_error *err)
{
    cli_terms terms;
    hax_problem source = **problem;
    const hax_problem *adjusted = NULL;
    hax_status status = cli_terms_make(
        rules, objective != CLI_OBJECTIVE_NOT_GIVEN ? objective : (int) source.objective,
        max_transitions, NULL, &terms, err);
    if (max_transitions != CLI_TRANSITIONS_NOT_GIVEN)
        source.max_transitions = max_transitions;
    if (status == HAX_OK)
        status = hax_problem_adjust(&source, terms.objective, terms.rule_count, terms.rules,
                                    &adjusted, err);
    if (status == HAX_OK)
        status = cli_terms_check(rules, terms.objective, err);
    cli_terms_free(&terms);
    if (status != HAX_OK) {
        hax_problem_destroy(adjusted);
        return status;
    }
    hax_problem_destroy(*problem);
    *problem = adjusted;
    return HAX_OK;
}

double cli_search_s(double time_s)
{
    return time_s < 0 ? 10 : time_s > 0 ? time_s : INFINITY;
}

double cli_left_s(double time_s, double since_s)
{
    return time_s > 0 ? fmax(time_s - (cli_seconds() - since_s), 1e-9) : time_s;
}

double cli_baselines_s(double time_s, double spent_s)
{
    static const double share = 0.2,
                        most_s = 2; /* a quarter at most, and the report comes on top */
    if (time_s <= 0)
        return INFINITY;
    return fmax(time_s - spent_s, 0) + fmin(share * time_s, most_s);
}
