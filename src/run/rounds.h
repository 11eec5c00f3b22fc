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
    hax_interleave_counts counts;  /* out */
    hax_run_outputs *plan_outputs; /* those of the first row go here; NULL: not kept */
    bool outputs_checked;          /* out: the units compute something and all rows were compared */
} hax_run_rounds;

/* First the outputs of every row are compared with those of the row "serial" (all on one unit),
 * then rows and passes take turns (interleave.h). Rows get round_ms[counted]. */
hax_status hax_run_rounds_execute(hax_run_rounds *rounds, hax_error *err);

#endif
