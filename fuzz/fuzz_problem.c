/* A problem document from any bytes: read, written and read again; solved where it is tiny, within
 * a few states, which ends with the verifier. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const hax_problem *problem)
{
    char *text = NULL, *again = NULL;
    const hax_problem *copy = NULL;
    if (hax_problem_text(problem, &text, NULL) != HAX_OK ||
        hax_problem_parse(text, strlen(text), "again.json", &copy, NULL) != HAX_OK ||
        hax_problem_text(copy, &again, NULL) != HAX_OK || strcmp(text, again) != 0)
        abort();
    hax_problem_destroy(copy);
    free(text);
    free(again);
}

static bool tiny(const hax_problem *problem)
{
    if (problem->instance_count > 2 || problem->unit_count > 3)
        return false;
    for (int i = 0; i < problem->instance_count; i++)
        if (problem->instances[i].group_count > 4)
            return false;
    return true;
}

static void solve(const hax_problem *problem)
{
    hax_solve_options options = hax_solve_options_default();
    options.node_limit = 500;
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    hax_status status = hax_solve(problem, &options, &schedule, &err);
    if (status != HAX_OK && status != HAX_LIMIT && status != HAX_INFEASIBLE)
        abort();
    hax_schedule_destroy(schedule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    hax_status status = hax_problem_parse((const char *) data, size, "fuzz.json", &problem, &err);
    if (status != HAX_OK) {
        if (status != HAX_BAD_INPUT || problem || err.message[0] == '\0')
            abort();
        return 0;
    }
    write_again(problem);
    if (tiny(problem))
        solve(problem);
    hax_problem_destroy(problem);
    return 0;
}
