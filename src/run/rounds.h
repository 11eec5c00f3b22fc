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
    const hax_watch *watch;
    hax_turns turns;               /* with other processes that measure here */
    hax_interleave_counts counts;  /* out: of the rounds that stand */
    bool warm;                     /* passes have run before */
    hax_run_outputs *plan_outputs; /* those of the first row go here; NULL: not kept */
    bool outputs_checked;          /* out: the units compute something and all rows were compared */
} hax_run_rounds;

/* Compares the outputs of every row with those of a row on a single unit. */
hax_status hax_run_rounds_begin(hax_run_rounds *rounds, hax_error *err);

/* The same for a row that has joined since; its rounds begin with the next call of
 * hax_run_rounds_take from round 0. */
hax_status hax_run_rounds_join(hax_run_rounds *rounds, int row, hax_error *err);

/* Rows and passes take turns (interleave.h) in `count` rounds and `seconds` at least, from round
 * `first` on: those before stand, and those of earlier calls from there on are written over. Rows
 * get round_ms[round]. */
hax_status hax_run_rounds_take(hax_run_rounds *rounds, int first, int count, double seconds,
                               hax_error *err);

/* Fetches the outputs of the first row into plan_outputs, after another one became the first. */
hax_status hax_run_rounds_fetch(hax_run_rounds *rounds, hax_error *err);

#endif
