/* haxconn schedule */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "schedule_published.h"

enum { BASELINES = 4 };

typedef struct settings {
    const char *json;
    double time_s;
    double nodes;
    int contention; /* 0: on */
    int solver;     /* 0: exact */
    bool published;
} settings;

static const settings defaults = { .time_s = 0 };

static const char *const solvers[] = { "exact", "z3", NULL };

static const cli_option options[] = {
    { "time", 't', CLI_NUMBER, offsetof(settings, time_s), "S",
      "seconds to search at most, 0: no limit", 0, 1e9, NULL },
    { "nodes", 'n', CLI_NUMBER, offsetof(settings, nodes), "N",
      "nodes to search at most, 0: no limit", 0, 1e15, NULL },
    { "contention", 0, CLI_CHOICE, offsetof(settings, contention), "C",
      "off: plan as if units did not slow each other down; the plan is evaluated with it", 0, 0,
      cli_contention_choices },
    { "solver", 0, CLI_CHOICE, offsetof(settings, solver), "S",
      "exact (default), or z3: a second opinion, without contention", 0, 0, solvers },
    { "published", 0, CLI_FLAG, offsetof(settings, published), NULL,
      "the published solver's model instead, with the artifact's numbers or those of a file", 0, 0,
      NULL },
    CLI_JSON(settings),
    { .name = NULL },
};

/* A problem's answer and what it is compared with. */
struct answer {
    hax_schedule *schedule;
    int baseline_count;
    hax_schedule *baselines[BASELINES];
    char *verdict;
    double z3_value;
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
    const hax_solve_options search = {
        .time_limit_s = set->time_s,
        .node_limit = (uint64_t) set->nodes,
        .cancel = cli_interrupt_flag(),
        .ignore_contention = set->contention != 0,
    };
    hax_status status =
        set->solver ? hax_z3_solve(problem, set->time_s, &answer->schedule, &answer->z3_value, err)
                    : hax_solve(problem, &search, &answer->schedule, err);
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

/* Z3 knows no contention: its own figure stands before the evaluator's. */
static hax_status say_who_solved(const hax_problem *problem, const struct answer *answer,
                                 char **report, hax_error *err)
{
    static const char format[] = "solved by Z3 without contention: %s %.6g%s; as evaluated:\n\n%s";
    const char *unit = problem->objective == HAX_THROUGHPUT ? "" : " ms";
    size_t size = strlen(*report) + sizeof format + 80;
    char *text = malloc(size);
    if (!text)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    snprintf(text, size, format, hax_objective_name(problem->objective), answer->z3_value, unit,
             *report);
    free(*report);
    *report = text;
    return HAX_OK;
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
    if (status == HAX_OK && set->solver)
        status = say_who_solved(problem, answer, &report, err);
    if (status == HAX_OK && set->json)
        status = hax_schedule_text(problem, answer->schedule, baselines, answer->baseline_count,
                                   answer->verdict, &document, err);
    return cli_answer(status, set->json, document, report, call, err);
}

static hax_status schedule(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    if (set->published)
        return cli_schedule_published(call, set->json, err);
    if (call->operand_count == 0)
        return cli_fail(err, HAX_USAGE,
                        "schedule: expected PROBLEM.json, see 'haxconn help schedule'");
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
    .operands = "PROBLEM.json | --published [DATA.json]",
    .summary = "Find the provably best schedule of a problem document",
    .text = "Prints the objective, its proven bound, the same figures of the plain deployments,\n"
            "a chart and the verdict; - is standard input. Exit code 10 when a limit was\n"
            "reached before the proof, 20 when no schedule keeps the constraints.\n\n"
            "--published solves the model of the HaX-CoNN artifact (two networks, one switch\n"
            "each) by enumeration and by Z3, prints its words, and what this evaluator says of\n"
            "the same numbers.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 0,
    .operand_max = 1,
    .run = schedule,
};
