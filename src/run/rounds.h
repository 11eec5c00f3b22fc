/* The rounds: rows and solo measurements take turns, so that whatever slows the machine
 * for a second hits them alike. */
#ifndef RUN_ROUNDS_H
#define RUN_ROUNDS_H

#include "outputs.h"
#include "passes.h"
#include "rows.h"
#include "session.h"
#include "simulation.h"
#include "turns.h"

typedef struct rounds {
    hax_session *session;
    const hax_platform *platform;
    int instance_count;
    const hax_problem *problem; /* for the objective */
    row_list *rows;
    hax_passes *passes; /* solo measurements of the same rounds, for the predictions; NULL: none */
    simulation *simulation; /* draws times anew for every round; NULL: none */
    int least;              /* rounds to count, at least */
    double seconds;         /* spread over at least so long */
    const hax_watch *watch;
    hax_turns turns;       /* with other processes that measure here */
    double share;          /* of the present round that is done, for the progress */
    uint64_t start_ns;     /* of the counted rounds */
    int counted;           /* out: rounds that every row has */
    int repeated;          /* out: rounds that were done again, as they were disturbed */
    int disturbed;         /* out: of those counted, when there were too many to do again */
    outputs *plan_outputs; /* those of the first row go here; NULL: not kept */
    bool outputs_checked;  /* out: the units compute something and all rows were compared */
} rounds;

/*
 * One warm-up round, in which the outputs of every row are compared with those of the row
 * "serial" (all on one unit), then the counted ones. Rows get round_ms[counted]. A round in which
 * the host of a virtual machine took the processors away is done again, but no more of them than
 * are to be counted at least: on a machine that is never left alone the rounds go on and say so.
 */
hax_status rounds_run(rounds *rounds, hax_error *err);

#endif
