/* The one table of verdicts: what each means and how it begins. docs/verdicts.md says the same in
 * words; whoever judges, figures or rounds, gathers evidence and asks here. */
#ifndef HAX_SCHEDULE_EVALUATE_VERDICT_H
#define HAX_SCHEDULE_EVALUATE_VERDICT_H

#include <stdbool.h>

#include "haxconn/schedule.h"

/* A plan beside the best plain deployment, its rival. */
typedef struct hax_evidence {
    bool doubtful; /* figures that contradict each other, disturbed rounds, unequal outputs */
    bool rival;    /* there is one */
    bool plain;    /* the plan is itself a plain deployment */
    bool splits;   /* some network changes its unit */
    double gain;   /* over the rival, relative */
    double noise;  /* differences up to it mean nothing */
} hax_evidence;

hax_outcome hax_outcome_of(const hax_evidence *evidence);

/* In documents: "as-planned". */
const char *hax_outcome_name(hax_outcome outcome);

/* A verdict's first words: "as planned". */
const char *hax_outcome_words(hax_outcome outcome);

/* A percentage to be printed with one place, without "-0.0". */
double hax_printed_percent(double percent);

/* Does some network of the schedule change its unit? */
bool hax_schedule_splits(const hax_problem *problem, const hax_schedule *schedule);

#endif
