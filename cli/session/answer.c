/* A problem's answer, and what it is compared with. */
#include "answer.h"

#include <stdlib.h>

#include "message.h"
#include "terms.h"

/* Baselines that the problem does not allow are left out. */
static hax_status add_baselines(const hax_problem *problem, double time_s, const hax_cancel *cancel,
                                cli_answer_set *answer, hax_error *err)
{
    static const double cancelled_s = 0.05; /* soon, and most of them need no more */
    hax_baseline_limits limits = hax_baseline_limits_default();
    limits.time_limit_s = cli_baselines_s(time_s, answer->schedules[0]->seconds);
    limits.cancel = cancel;
    if (hax_cancel_requested(cancel)) {
        limits.time_limit_s = cancelled_s;
        limits.cancel = NULL;
    }
    hax_baseline_set *baselines;
    hax_error why = { 0 };
    hax_status status = hax_baselines_make(problem, false, &limits, &baselines, &why);
    if (status != HAX_OK) {
        *err = why;
        return status;
    }
    for (int b = 0; b < hax_baseline_set_count(baselines); b++)
        answer->schedules[answer->count++] = hax_baseline_set_take(baselines, b);
    answer->unfinished = hax_baseline_set_unfinished(baselines);
    hax_baseline_set_destroy(baselines);
    return HAX_OK;
}

/* A search that was stopped can be behind the one baseline that searches itself; what is better is
 * the answer then, with the bound that was found. *err, on success, says by how much it may miss;
 * *limited, whether it may.
 */
static hax_status take_better(const hax_problem *problem, cli_answer_set *answer, bool *limited,
                              hax_error *err)
{
    const hax_schedule *best = answer->schedules[0];
    const hax_schedule *schedule = NULL;
    for (int i = 1; i < answer->count; i++)
        if (hax_objective_better(problem->objective, answer->schedules[i]->value, best->value))
            best = answer->schedules[i];
    if (best == answer->schedules[0])
        return HAX_OK;
    hax_error why = { 0 };
    hax_status status = hax_schedule_improve(problem, answer->schedules[0], best, &schedule, &why);
    if (status != HAX_OK) {
        *err = why;
        return status;
    }
    hax_schedule_destroy(answer->schedules[0]);
    answer->schedules[0] = schedule;
    *limited = schedule->gap > 0;
    if (*limited)
        cli_fail(err, HAX_LIMIT,
                 "a limit was reached: the best schedule so far, a baseline's, is at most %s from "
                 "the optimum",
                 hax_schedule_gap_text(problem, schedule).text);
    return HAX_OK;
}

/* What the answer, which is there, is compared with; *err only on failure. */
static hax_status compare(const hax_problem *problem, cli_answer_set *answer, hax_error *err)
{
    hax_error why = { 0 };
    hax_status status =
        hax_verdict(problem, answer->schedules[0], answer->count - 1,
                    (const hax_schedule *const *) answer->schedules + 1, 0, &answer->verdict, &why);
    if (status != HAX_OK)
        *err = why;
    return status;
}

hax_status cli_solve(const hax_problem *problem, const hax_solve_options *options, double time_s,
                     cli_answer_set *answer, bool *limited, hax_error *err)
{
    hax_status status = hax_solve(problem, options, &answer->schedules[0], err);
    *limited = status == HAX_LIMIT && answer->schedules[0];
    if (status != HAX_OK && !*limited)
        return status;
    answer->count = 1;
    status = add_baselines(problem, time_s, options ? options->cancel : NULL, answer, err);
    if (status == HAX_OK && *limited && !options->ignore_contention)
        status = take_better(problem, answer, limited, err);
    return status == HAX_OK ? compare(problem, answer, err) : status;
}

hax_status cli_solve_z3(const hax_problem *problem, double time_s, const hax_cancel *cancel,
                        cli_answer_set *answer, hax_error *err)
{
    hax_status status =
        hax_z3_solve(problem, cli_search_s(time_s), &answer->schedules[0], &answer->z3_value, err);
    if (status == HAX_OK) /* hax_solve does so itself */
        status = hax_schedule_verify(problem, answer->schedules[0], err);
    if (status != HAX_OK)
        return status;
    answer->count = 1;
    status = add_baselines(problem, time_s, cancel, answer, err);
    return status == HAX_OK ? compare(problem, answer, err) : status;
}

void cli_answer_free(cli_answer_set *answer)
{
    for (int i = 0; i < answer->count; i++)
        hax_schedule_destroy(answer->schedules[i]);
    free(answer->verdict);
    *answer = (cli_answer_set){ 0 };
}
