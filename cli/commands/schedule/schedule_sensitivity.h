/* The schedule command's answers to --sensitivity and --robust. */
#ifndef CLI_SCHEDULE_SENSITIVITY_H
#define CLI_SCHEDULE_SENSITIVITY_H

#include "answer.h"

typedef struct cli_sensitivity {
    bool wanted;
    bool robust_wanted;
    bool unfinished;             /* a limit or an interruption ended one of them */
    hax_sensitivity sensitivity; /* where wanted */
    hax_robust robust;           /* where wanted */
} cli_sensitivity;

/* Times move as far as the problem says they were measured to, else by 5 %, where `spread_percent`
 * is negative (not given). */
#define CLI_SPREAD_NOT_GIVEN (-1)

/* Weighs the answer; a robust choice that is another schedule takes its place, with the optimum
 * first among what it is compared with. What is not done at `end_s` of cli_seconds (0: no limit),
 * or at an interruption, is marked as unfinished. */
hax_status cli_sensitivity_find(const hax_problem *problem, double spread_percent, double end_s,
                                cli_answer_set *answer, cli_sensitivity *found, hax_error *err);

/* Adds what was found to the report and to the document, each if it is there. */
hax_status cli_sensitivity_say(const hax_problem *problem, const cli_sensitivity *found,
                               char **report, char **document, hax_error *err);

#endif
