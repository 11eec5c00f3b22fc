/* What is asked of a round beyond its networks: objective, limits, rules. From the options, and
 * from a workload where one is given. */
#ifndef CLI_TERMS_H
#define CLI_TERMS_H

#include "command.h"

/* Options of rules, each repeatable; in the order of hax_rule_kind. */
typedef struct cli_rules {
    cli_list lists[HAX_RULE_DEADLINE + 1];
} cli_rules;

enum {
    CLI_OBJECTIVE_NOT_GIVEN = -1,
    CLI_TRANSITIONS_NOT_GIVEN = -2,
};

typedef struct cli_terms {
    hax_objective objective;
    int max_transitions;
    int rule_count;
    hax_rule *rules;
} cli_terms;

/*
 * Options win over the workload (may be NULL), whose rules come first; else latency without a
 * limit. `objective` and `max_transitions` may be ..._NOT_GIVEN. Free with cli_terms_free.
 */
hax_status cli_terms_make(const cli_rules *rules, int objective, int max_transitions,
                          const hax_workload *workload, cli_terms *terms, hax_error *err);
void cli_terms_free(cli_terms *terms);

/* HAX_USAGE where weights or deadlines are given to an objective that does not look at them. Those
 * of a document may be there for another call. */
hax_status cli_terms_check(const cli_rules *rules, hax_objective objective, hax_error *err);

/* Changes a problem document's problem as the options say; *problem is replaced. */
hax_status cli_terms_apply(const cli_rules *rules, int objective, int max_transitions,
                           const hax_problem **problem, hax_error *err);

/* The option --time, where it is not given: how long searches go on then. */
#define CLI_TIME_NOT_GIVEN (-1)
#define CLI_TIME_WORDS                                                                      \
    "seconds to search at most (default 10), 0: no limit; where it is given, the plans to " \
    "compare "                                                                              \
    "with end by then and a quarter more"
double cli_search_s(double time_s);

/* What is left of a time that is given and counts since cli_seconds() was `since_s`; never 0, which
 * would be no limit. As it is where none is given. */
double cli_left_s(double time_s, double since_s);

/* With --time: what the baselines beside a plan may take in all, after a search that took
 * `spent_s`; 0, no limit, without it. What searches leave, and a quarter more, at most two seconds.
 */
double cli_baselines_s(double time_s, double spent_s);

#define CLI_RULE(type, word, kind, value_word, words)                           \
    {                                                                           \
        word, 0, CLI_LIST, offsetof(type, rules.lists[kind]), value_word, words \
    }

/* The settings need `rules`. Those about units are apart for commands that say the others in words
 * of their own. */
#define CLI_UNIT_RULES(type)                                                         \
    CLI_RULE(type, "pin", HAX_RULE_PIN, "NET[:GROUPS]=UNIT",                         \
             "run these groups on this unit only, repeatable: googlenet:10-24=gpu"), \
        CLI_RULE(type, "forbid", HAX_RULE_FORBID, "NET[:GROUPS]=UNIT",               \
                 "do not run them on this unit, repeatable; NET may be *"),          \
        CLI_RULE(type, "join", HAX_RULE_JOIN, "NET:GROUPS",                          \
                 "no cut between these groups (before one), repeatable"),            \
        CLI_RULE(type, "max-pieces", HAX_RULE_PIECES, "UNIT=N",                      \
                 "pieces of networks that a unit holds at most, repeatable")
#define CLI_RULES(type)                                                                          \
    CLI_UNIT_RULES(type),                                                                        \
        CLI_RULE(type, "after", HAX_RULE_AFTER, "NET=OTHER",                                     \
                 "begin a network when others have ended, repeatable"),                          \
        CLI_RULE(type, "weight", HAX_RULE_WEIGHT, "NET=W", "for the objective sum, repeatable"), \
        CLI_RULE(type, "deadline", HAX_RULE_DEADLINE, "NET=MS",                                  \
                 "for the objective deadline, repeatable")

#endif
