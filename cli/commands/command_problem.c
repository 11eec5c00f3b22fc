/* haxconn problem */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "output.h"
#include "terms.h"

typedef struct settings {
    int objective;
    int max_transitions;
    cli_rules rules;
    int contention; /* 0: on */
    const char *json;
} settings;

static const settings defaults = { .objective = CLI_OBJECTIVE_NOT_GIVEN,
                                   .max_transitions = CLI_TRANSITIONS_NOT_GIVEN,
                                   .json = "-" };

static const cli_option options[] = {
    CLI_OBJECTIVE(settings),  CLI_TRANSITIONS(settings), CLI_RULES(settings),
    CLI_CONTENTION(settings), CLI_JSON(settings),        { .name = NULL },
};

static hax_status find_network(const hax_profile *profile, const char *name, int *index,
                               hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(name, strlen(name));
    for (int i = 0; i < profile->network_count; i++) {
        hax_nearest_offer(&nearest, profile->networks[i].name);
        if (strcmp(profile->networks[i].name, name) == 0) {
            *index = i;
            return HAX_OK;
        }
    }
    return cli_fail(err, HAX_BAD_INPUT, "the profile holds no network '%s'%s", name,
                    hax_nearest_words(&nearest).text);
}

/* The networks named, by the operands or by a workload. */
struct request {
    const hax_workload *workload; /* NULL: by the operands */
    int count;
    int *networks;      /* [count] of the profile */
    const char **names; /* [count] of the instances; NULL: by their networks */
};

static const char *network_of(const struct request *asked, const cli_call *call, int i)
{
    return asked->workload ? asked->workload->instances[i].network : call->operands[1 + i];
}

static hax_status read_request(const hax_profile *profile, const cli_call *call,
                               struct request *asked, hax_error *err)
{
    hax_status status = HAX_OK;
    *asked = (struct request){ .count = call->operand_count - 1 };
    if (asked->count == 1 && cli_is_document(call->operands[1]))
        status = cli_read_workload(call->operands[1], &asked->workload, err);
    if (status != HAX_OK)
        return status;
    if (asked->workload)
        asked->count = asked->workload->instance_count;
    asked->networks = calloc((size_t) asked->count, sizeof *asked->networks);
    asked->names = calloc((size_t) asked->count, sizeof *asked->names);
    if (!asked->networks || !asked->names)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the instances");
    for (int i = 0; i < asked->count && status == HAX_OK; i++) {
        asked->names[i] = asked->workload ? asked->workload->instances[i].name : NULL;
        status = find_network(profile, network_of(asked, call, i), &asked->networks[i], err);
    }
    return status;
}

static hax_status make_problem(const hax_profile *profile, const cli_call *call,
                               const hax_problem **problem, hax_error *err)
{
    const settings *set = call->settings;
    struct request asked;
    cli_terms terms = { 0 };
    hax_status status = read_request(profile, call, &asked, err);
    if (status == HAX_OK)
        status = cli_terms_make(&set->rules, set->objective, set->max_transitions, asked.workload,
                                &terms, err);
    hax_problem_options wanted = hax_problem_options_default();
    wanted.objective = terms.objective;
    wanted.max_transitions = terms.max_transitions;
    wanted.ignore_contention = set->contention != 0;
    wanted.names = asked.names;
    wanted.rule_count = terms.rule_count;
    wanted.rules = terms.rules;
    if (status == HAX_OK)
        status = hax_profile_problem(profile, asked.count, asked.networks, &wanted, problem, err);
    cli_terms_free(&terms);
    hax_workload_destroy(asked.workload);
    free(asked.networks);
    free(asked.names);
    return status;
}

static hax_status problem(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_profile *profile = NULL;
    const hax_problem *problem = NULL;
    char *text = NULL;
    hax_status status = cli_read_profile(call->operands[0], &profile, err);
    if (status == HAX_OK)
        status = make_problem(profile, call, &problem, err);
    if (status == HAX_OK)
        status = hax_problem_text(problem, &text, err);
    if (status == HAX_OK)
        status = cli_write(set->json, text, call, err);
    hax_problem_destroy(problem);
    hax_profile_destroy(profile);
    return status;
}

const cli_command cli_problem = {
    .name = "problem",
    .operands = "PROFILE.json NET... | PROFILE.json WORKLOAD.json",
    .summary = "Make the problem document of some networks of a profile",
    .text = "NET is a network of the profile; it may stand twice. The document goes to\n"
            "standard output unless --json names a file; 'haxconn schedule' takes it.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = -1,
    .run = problem,
};
