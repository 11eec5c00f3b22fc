/* haxconn problem */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "message.h"
#include "output.h"

typedef struct settings {
    int objective;
    int max_transitions;
    int contention; /* 0: on */
    const char *json;
} settings;

static const settings defaults = { .max_transitions = -1, .json = "-" };

static const cli_option options[] = {
    CLI_OBJECTIVE(settings), CLI_TRANSITIONS(settings), CLI_CONTENTION(settings),
    CLI_JSON(settings),      { .name = NULL },
};

static hax_status find_network(const hax_profile *profile, const char *name, int *index,
                               hax_error *err)
{
    for (int i = 0; i < profile->network_count; i++) {
        if (strcmp(profile->networks[i].name, name) == 0) {
            *index = i;
            return HAX_OK;
        }
    }
    return cli_fail(err, HAX_BAD_INPUT, "the profile holds no network '%s'", name);
}

static hax_status make_problem(const hax_profile *profile, const cli_call *call,
                               hax_problem **problem, hax_error *err)
{
    const settings *set = call->settings;
    const hax_problem_options wanted = {
        .objective = (hax_objective) set->objective,
        .max_transitions = set->max_transitions,
        .ignore_contention = set->contention != 0,
    };
    int count = call->operand_count - 1;
    int *instances = calloc((size_t) count, sizeof *instances);
    if (!instances)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the instances");
    hax_status status = HAX_OK;
    for (int i = 0; i < count && status == HAX_OK; i++)
        status = find_network(profile, call->operands[1 + i], &instances[i], err);
    if (status == HAX_OK)
        status = hax_profile_problem(profile, count, instances, &wanted, problem, err);
    free(instances);
    return status;
}

static hax_status problem(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    hax_profile *profile = NULL;
    hax_problem *made = NULL;
    char *text = NULL;
    hax_status status = cli_read_profile(call->operands[0], &profile, err);
    if (status == HAX_OK)
        status = make_problem(profile, call, &made, err);
    if (status == HAX_OK)
        status = hax_problem_text(made, &text, err);
    if (status == HAX_OK)
        status = cli_write(set->json, text, call, err);
    hax_problem_destroy(made);
    hax_profile_destroy(profile);
    return status;
}

const cli_command cli_problem = {
    .name = "problem",
    .operands = "PROFILE.json NET...",
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
