/* A problem's answer, and what it is compared with. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "command.h"

typedef struct cli_answer_set {
    int count; /* schedule and baselines */
    const hax_schedule
        *schedules[HAX_BASELINES_MAX + 2]; /* the answer first; room for a robust one */
    unsigned unfinished;                   /* as hax_baseline_set_unfinished */
    char *verdict;
    double z3_value; /* what Z3 says without contention, if it solved */
} cli_answer_set;

/*
 * Solves a problem and makes every baseline that it allows. HAX_LIMIT with the best so far counts
 * as an answer: *limited says so, and *err why. `time_s` is the option --time: given, it ends
 * baselines too. Free with cli_answer_free, also after a failure.
 */
hax_status cli_solve(const hax_problem *problem, const hax_solve_options *options, double time_s,
                     cli_answer_set *answer, bool *limited, hax_error *err);

/* The same with Z3's schedule as the answer; `cancel` (may be NULL) ends baselines. Statuses of
 * hax_z3_solve. */
hax_status cli_solve_z3(const hax_problem *problem, double time_s, const hax_cancel *cancel,
                        cli_answer_set *answer, hax_error *err);
void cli_answer_free(cli_answer_set *answer);

#endif
