/* The rounds: rows and solo measurements take turns, so that whatever slows the machine
 * for a second hits them alike. */
#ifndef HAX_RUN_ROUNDS_H
#define HAX_RUN_ROUNDS_H

#include "exec.h"
#include "outputs.h"
#include "profile.h"
#include "rows.h"
#include "simulation.h"

typedef struct hax_run_rounds {
    hax_session *session;
    const hax_platform *platform;
    int instance_count;
    const hax_problem *problem; /* for the objective */
    hax_run_rows *rows;
    hax_passes *passes; /* solo measurements of the same rounds, for the predictions; NULL: none */
    hax_simulation *simulation; /* draws times anew for every round; NULL: none */
    int least;                  /* rounds to count, at least */
    double seconds;             /* spread over at least so long */
    const hax_watch *watch;
    hax_turns turns;               /* with other processes that measure here */
    double share;                  /* of the present round that is done, for the progress */
    uint64_t start_ns;             /* of the counted rounds */
    int counted;                   /* out: rounds that every row has */
    int repeated;                  /* out: rounds that were done again, as they were disturbed */
    int disturbed;                 /* out: of those counted, when there were too many to do again */
    hax_run_outputs *plan_outputs; /* those of the first row go here; NULL: not kept */
    bool outputs_checked;          /* out: the units compute something and all rows were compared */
} hax_run_rounds;

/*
 * One warm-up round, in which the outputs of every row are compared with those of the row
 * "serial" (all on one unit), then the counted ones. Rows get round_ms[counted]. A round in which
 * the host of a virtual machine took the processors away is done again, but no more of them than
 * are to be counted at least: on a machine that is never left alone the rounds go on and say so.
 */
hax_status hax_run_rounds_execute(hax_run_rounds *rounds, hax_error *err);

#endif
