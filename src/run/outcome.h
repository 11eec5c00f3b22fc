/* What follows from the measurements: gain, noise, verdict. */
#ifndef HAX_RUN_OUTCOME_H
#define HAX_RUN_OUTCOME_H

#include "haxconn/run.h"
#include "rows.h"

/* Medians closer than this, relative, are a tie; no noise is said to be less. */
#define HAX_RUN_TIE 0.01

/* What is judged. */
typedef struct hax_judged_rounds {
    const hax_problem *problem;
    const hax_run_rows *list;
    int rounds;
    int disturbed; /* of them: the host took processors away */
    bool drawn;    /* times were drawn from what they may be: more rounds know no more */
    bool outputs_differ;
    const char *overtaken_by; /* a plain deployment that the times of these rounds predict to be
                                 better than the plan by more than they can tell; NULL: none */
    const char *how;          /* the rounds came about: "measured" */
    double output_tolerance;  /* rows whose outputs differ by more are no answer */
} hax_judged_rounds;

typedef struct hax_run_outcome {
    hax_outcome kind;
    int best_other;         /* row with the least median among the plain deployments, -1: none */
    double gain_percent;    /* over it: median over the rounds, each row's against the other's */
    double medians_percent; /* the same of the rows' medians */
    double noise_percent;
    int answer;        /* the row to deploy (hax_result.answer) */
    char verdict[320]; /* one line */
} hax_run_outcome;

/*
 * Judges rows[0] against the best plain row by the ratio of their objectives round by round: drift
 * that slows a whole round cancels. Noise is the half-width of the notch around the median ratio
 * (where times were drawn, half the range between the ratio's quartiles), at least one percent
 * (what thirty interleaved repetitions repeat to on a shared machine), and at least the distance
 * between that median and the ratio of the rows' medians: two ways to see the same rounds know no
 * more than they agree on. Nothing is claimed where they contradict each other, where rounds were
 * disturbed, where the plan is behind another plain row, or where outputs differ.
 *
 * The answer is the row with the best median that can be deployed; of rows within the noise of it
 * the one with the fewest changes of unit. Where the plan is claimed to be better, no plain row is
 * asked: the answer contradicts no verdict.
 */
hax_status hax_run_outcome_judge(const hax_judged_rounds *from, hax_run_outcome *judged,
                                 hax_error *err);

#endif
