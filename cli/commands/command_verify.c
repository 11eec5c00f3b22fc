/* haxconn verify */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "input.h"
#include "output.h"

typedef struct settings {
    const char *json;
} settings;

static const settings defaults = { .json = NULL };

static const cli_option options[] = { CLI_JSON(settings), { .name = NULL } };

/* The document's own text is read twice: once as claims, and with --json as a schedule. */
typedef struct document {
    const char *path;
    char *text;
    size_t length;
} document;

/* Each line of the list behind a dash. */
static void print_unchecked(const char *lines)
{
    printf("not checked:\n");
    while (*lines) {
        int length = (int) strcspn(lines, "\n");
        printf("  - %.*s\n", length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void print(const hax_problem *problem, const hax_verification *result)
{
    printf("verified: %d jobs keep all rules and times; %s %.6g %s\n", result->job_count,
           hax_objective_name(problem->objective), result->value,
           problem->objective == HAX_THROUGHPUT ? "1/ms" : "ms");
    printf(
        "checked: assignment, order, waits, starts, ends, slowdowns, what is lost, value, gap\n");
    if (result->baseline_count > 0)
        printf("checked: %d baselines, %d replayed, %d found again as the best of their kind\n",
               result->baseline_count, result->baselines_replayed, result->baselines_best);
    if (result->verdict_checked)
        printf("checked: the verdict\n");
    if (result->own_bound_reaches)
        printf("checked: the bound, by the longest network or the load of a resource: %.6g\n",
               result->own_bound);
    print_unchecked(result->unchecked);
}

static hax_status answer(const hax_problem *problem, const document *from, const cli_call *call,
                         hax_error *err)
{
    const settings *set = call->settings;
    hax_verification verification = hax_verification_default();
    const hax_schedule *schedule = NULL;
    char *json = NULL;
    hax_status status = hax_schedule_verify_document(problem, from->text, from->length, from->path,
                                                     &verification, err);
    if (status == HAX_OK && set->json)
        status = hax_schedule_parse(problem, from->text, from->length, from->path, &schedule, err);
    if (status == HAX_OK && set->json)
        status = hax_schedule_text(problem, schedule, 0, NULL, 0, NULL, &json, err);
    status = cli_answer(status, set->json, json, NULL, call, err);
    if (status == HAX_OK && !cli_to_stdout(set->json))
        print(problem, &verification);
    hax_schedule_destroy(schedule);
    free(verification.unchecked);
    return status;
}

static hax_status verify(const cli_call *call, hax_error *err)
{
    const hax_problem *problem = NULL;
    document from = { .path = call->operands[1] };
    hax_status status = cli_read_problem(call->operands[0], &problem, err);
    if (status == HAX_OK)
        status = hax_document_read(from.path, &from.text, &from.length, err);
    if (status == HAX_OK)
        status = answer(problem, &from, call, err);
    free(from.text);
    hax_problem_destroy(problem);
    return status;
}

const cli_command cli_verify = {
    .name = "verify",
    .operands = "PROBLEM.json SCHEDULE.json",
    .summary = "Recompute a schedule from its problem and say whether all it claims holds",
    .text = "Assignment, order, waits, every start, end and slowdown, what is lost, value, gap,\n"
            "baselines and verdict are recomputed by code that neither the search nor the\n"
            "evaluator uses. Exit code 5 and the first thing that is wrong when the schedule does\n"
            "not hold, 3 when it is no schedule document of the problem. What a document claims\n"
            "and cannot be checked without a search is listed, docs/verify.md.\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_min = 2,
    .operand_max = 2,
    .run = verify,
};
