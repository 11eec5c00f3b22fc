/* Waits of any length for a schedule that has only event waits. */
#ifndef HAX_BENCH_DELAYS_H
#define HAX_BENCH_DELAYS_H

#include "timeline.h"

/*
 * Moves the starts of groups by smaller and smaller steps for as long as that gains. *schedule is
 * replaced by what is better, or stays. An improvement at hand and no optimum: moving one
 * start at a time ends where only moving two would help.
 */
hax_status hax_schedule_tune_delays(const hax_problem *problem, const hax_schedule **schedule,
                                    hax_error *err);

#endif
