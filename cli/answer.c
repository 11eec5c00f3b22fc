/* A problem's answer, and what it is compared with. */
#include "answer.h"

#include <stdlib.h>

/* Baselines that the problem does not allow are left out. */
static hax_status add_baselines(const hax_problem *problem, cli_answer_set *answer, hax_error *err)
{
    int count;
    const hax_baseline *all = hax_baselines(&count);
    for (int b = 0; b < count; b++) {
        hax_error why = { 0 };
        hax_status status = all[b].make(problem, &answer->schedules[answer->count], &why);
        if (status == HAX_OK)
            answer->count++;
        else if (status != HAX_INFEASIBLE) {
            *err = why;
            return status;
        }
    }
    return HAX_OK;
}

/* What the answer, which is there, is compared with; *err only on failure. */
static hax_status compare(const hax_problem *problem, cli_answer_set *answer, hax_error *err)
{
    hax_error why = { 0 };
    answer->count = 1;
    hax_status status = hax_schedule_verify(problem, answer->schedules[0], &why);
    if (status == HAX_OK)
        status = add_baselines(problem, answer, &why);
    if (status == HAX_OK)
        status = hax_verdict(problem, answer->schedules[0],
                             (const hax_schedule *const *) answer->schedules + 1, answer->count - 1,
                             0, &answer->verdict, &why);
    if (status != HAX_OK)
        *err = why;
    return status;
}

hax_status cli_solve(const hax_problem *problem, const hax_solve_options *options,
                     cli_answer_set *answer, bool *limited, hax_error *err)
{
    hax_status status = hax_solve(problem, options, &answer->schedules[0], err);
    *limited = status == HAX_LIMIT && answer->schedules[0];
    if (status != HAX_OK && !*limited)
        return status;
    return compare(problem, answer, err);
}

hax_status cli_solve_z3(const hax_problem *problem, double time_s, cli_answer_set *answer,
                        hax_error *err)
{
    hax_status status =
        hax_z3_solve(problem, time_s, &answer->schedules[0], &answer->z3_value, err);
    return status == HAX_OK ? compare(problem, answer, err) : status;
}

void cli_answer_free(cli_answer_set *answer)
{
    for (int i = 0; i < answer->count; i++)
        hax_schedule_destroy(answer->schedules[i]);
    free(answer->verdict);
    *answer = (cli_answer_set){ 0 };
}
