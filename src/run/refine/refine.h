/*
 * Plans that keep their promise: after the first rounds the problem is corrected by what jobs took
 * (corrections.h), solved again, and the new plan joins the rounds, until nothing is learned that
 * is new, no better plan is found, or it was done as often as it may be.
 */
#ifndef HAX_RUN_REFINE_H
#define HAX_RUN_REFINE_H

#include "corrections.h"
#include "rounds.h"

/* Learns from the rounds so far: `profile` was taken in them, `problem` is of that profile. *news
 * is how many corrections say something else than before. */
hax_status hax_refine_learn(hax_corrections *corrections, const hax_run_rounds *rounds,
                            const hax_profile *profile, const hax_problem *problem, int *news,
                            hax_error *err);

/* What became of a new plan. */
typedef enum hax_refined {
    HAX_REFINED_NOTHING, /* it is known, or no better than what was measured */
    HAX_REFINED_KNOWN,   /* it is a deployment that is executed anyway */
    HAX_REFINED_JOINED,  /* it is a row that has no rounds yet */
} hax_refined;

/* Takes over `solved`, the best schedule of the corrected problem. */
hax_status hax_refine_join(hax_run_rounds *rounds, const hax_problem *corrected,
                           const hax_schedule *solved, hax_refined *refined, hax_error *err);

/* Makes the plan with the best median rows[0]; of those within a percent of it the one with the
 * fewest changes of unit. */
hax_status hax_refine_settle(hax_run_rounds *rounds, hax_error *err);

#endif
