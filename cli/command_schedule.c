/* haxconn schedule */
#include <stdlib.h>

#include "command.h"
#include "input.h"
#include "interrupt.h"
#include "output.h"
#include "report_lines.h"

enum { BASELINES = 4 };

typedef struct settings {
    const char *json;
    double time_s;
    double nodes;
    int contention; /* 0: on */
    bool verbose;
} settings;

static const settings defaults = { .time_s = 10 };

static const cli_option options[] = {
    { "time", 't', CLI_NUMBER, offsetof(settings, time_s), "S",
      "seconds to search at most (10), 0: no limit", 0, 1e9, NULL },
    { "nodes", 'n', CLI_NUMBER, offsetof(settings, nodes), "N",
      "nodes to search at most, 0: no limit", 0, 1e15, NULL },
    { "contention", 0, CLI_CHOICE, offsetof(settings, contention), "C",
      "off: plan as if units did not slow each other down; the plan is evaluated with it", 0, 0,
      cli_contention_choices },
    { "verbose", 'v', CLI_FLAG, offsetof(settings, verbose), NULL,
      "a line for each improvement, also where standard error is no terminal", 0, 0, NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

/* A problem's answer and what it is compared with. */
struct answer {
    hax_schedule *schedule;
    int baseline_count;
    hax_schedule *baselines[BASELINES];
    char *verdict;
};

/* Baselines that the problem does not allow are left out. */
static hax_status add_baselines(const hax_problem *problem, struct answer *answer, hax_error *err)
{
    static hax_status (*const makers[BASELINES])(const hax_problem *, hax_schedule **,
                                                 hax_error *) = {
        hax_baseline_serial,
        hax_baseline_per_network,
        hax_baseline_all_cores,
        hax_baseline_contention_blind,
    };
    for (int i = 0; i < BASELINES; i++) {
        hax_status status = makers[i](problem, &answer->baselines[answer->baseline_count], err);
        if (status == HAX_OK)
            answer->baseline_count++;
        else if (status != HAX_INFEASIBLE)
            return status;
    }
    return HAX_OK;
}

/* HAX_LIMIT with an answer counts as one; *limited says so. */
static hax_status solve(const hax_problem *problem, const settings *set, struct answer *answer,
                        bool *limited, hax_error *err)
{
    cli_report_lines lines = cli_report_begin(set->verbose);
    const hax_solve_options search = {
        .time_limit_s = set->time_s,
        .node_limit = (uint64_t) set->nodes,
        .cancel = cli_interrupt_flag(),
        .ignore_contention = set->contention != 0,
        .improved = cli_report_improvement,
        .context = &lines,
    };
    hax_status status = hax_solve(problem, &search, &answer->schedule, err);
    *limited = status == HAX_LIMIT && answer->schedule;
    if (status != HAX_OK && !*limited)
        return status;
    hax_error ignored;
    status = hax_schedule_verify(problem, answer->schedule, *limited ? &ignored : err);
    if (status == HAX_OK)
        status = add_baselines(problem, answer, *limited ? &ignored : err);
    if (status == HAX_OK)
        status =
            hax_verdict(problem, answer->schedule, (const hax_schedule *const *) answer->baselines,
                        answer->baseline_count, 0, &answer->verdict, err);
    return status;
}

static hax_status give(const hax_problem *problem, const struct answer *answer,
                       const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const hax_schedule *const *baselines = (const hax_schedule *const *) answer->baselines;
    const hax_report_style style = cli_style();
    char *document = NULL, *report = NULL;
    hax_status status =
        hax_report_schedule(problem, answer->schedule, baselines, answer->baseline_count,
                            answer->verdict, &style, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_schedule_text(problem, answer->schedule, baselines, answer->baseline_count,
                                   answer->verdict, &document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status schedule(const cli_call *call, hax_error *err)
{
    hax_problem *problem = NULL;
    struct answer answer = { 0 };
    bool limited = false;
    hax_status status = cli_read_problem(call->operands[0], &problem, err);
    if (status == HAX_OK)
        status = solve(problem, call->settings, &answer, &limited, err);
    hax_error limit = *err;
    if (status == HAX_OK)
        status = give(problem, &answer, call, err);
    if (status == HAX_OK && limited) {
        *err = limit;
        status = HAX_LIMIT;
    }
    for (int i = 0; i < answer.baseline_count; i++)
        hax_schedule_destroy(answer.baselines[i]);
    hax_schedule_destroy(answer.schedule);
    hax_problem_destroy(problem);
    free(answer.verdict);
    return status;
}

const cli_command cli_schedule = {
    .name = "schedule",
    .operands = "PROBLEM.json",
    .summary = "Find the provably best schedule of a problem document",
    .text = "Prints the objective, its proven bound, the same figures of the plain deployments,\n"
            "a chart and the verdict; - is standard input. One or two instances are solved over\n"
            "all schedules, more of them over waits for the end of some job. Exit code 10 when a\n"
            "limit was reached before the proof, 20 when no schedule keeps the constraints.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 1,
    .operand_max = 1,
    .run = schedule,
};
