/* What follows from the measurements: gain, noise, verdict. */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "haxconn/run.h"
#include "rows.h"

typedef struct outcome {
    hax_outcome kind;
    const char *better; /* the word for a smaller cost */
    int best_other;     /* row with the least median among the plain deployments */
    double gain_percent;
    double noise_percent;
    bool no_memory; /* nothing was judged */
} outcome;

/*
 * Judges rows[0] against the best other planned row by the ratio of their objectives round by
 * round: drift that slows a whole round cancels. Noise is the half-width of the notch
 * around the median ratio, at least one percent (what thirty interleaved repetitions
 * repeat to on a shared machine). Where times were `drawn` from what they may be, more rounds know
 * no more: noise is then half the range between the ratio's quartiles.
 */
outcome outcome_judge(const hax_problem *problem, const row_list *list, int rounds, bool drawn);

/* The verdict in one line; `how` the rounds came about: "measured". */
void outcome_describe(const row_list *list, const outcome *judged, bool outputs_equal,
                      const char *how, char *text, size_t size);

#endif
