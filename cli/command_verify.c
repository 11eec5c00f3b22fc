/* haxconn verify */
#include <stdio.h>

#include "command.h"
#include "input.h"
#include "output.h"

typedef struct settings {
    const char *json;
} settings;

static const settings defaults = { .json = NULL };

static const cli_option options[] = { CLI_JSON(settings), { .name = NULL } };

static hax_status answer(const hax_problem *problem, const hax_schedule *schedule,
                         const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    hax_status status = hax_schedule_verify(problem, schedule, err);
    char *document = NULL;
    if (status == HAX_OK && set->json)
        status = hax_schedule_text(problem, schedule, NULL, 0, 0, NULL, &document, err);
    status = cli_answer(status, set->json, document, NULL, call, err);
    if (status == HAX_OK && !cli_to_stdout(set->json))
        printf("verified: %d jobs keep all rules and times; %s %.6g %s\n", schedule->job_count,
               hax_objective_name(problem->objective), schedule->value,
               problem->objective == HAX_THROUGHPUT ? "1/ms" : "ms");
    return status;
}

static hax_status verify(const cli_call *call, hax_error *err)
{
    hax_problem *problem = NULL;
    hax_schedule *schedule = NULL;
    hax_status status = cli_read_problem(call->operands[0], &problem, err);
    if (status == HAX_OK)
        status = cli_read_schedule(call->operands[1], problem, &schedule, err);
    if (status == HAX_OK)
        status = answer(problem, schedule, call, err);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    return status;
}

const cli_command cli_verify = {
    .name = "verify",
    .operands = "PROBLEM.json SCHEDULE.json",
    .summary = "Recompute a schedule from its problem and say whether all it claims holds",
    .text = "Order, resources, limits, every start, end and slowdown, and the objective are\n"
            "recomputed by code that the search does not use. Exit code 5 and the first thing\n"
            "that is wrong when the schedule does not hold.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = 2,
    .run = verify,
};
