/* When an IN has to begin so that its group begins at a given moment, among others whose times are
 * known. */
#ifndef HAX_SCHEDULE_MULTI_IN_START_H
#define HAX_SCHEDULE_MULTI_IN_START_H

#include "haxconn/schedule.h"

/* The start at which the IN `in` of the schedule ends at `end_ms`, beside all other jobs as they
 * stand there; 0: it would have to begin before the round. */
double hax_in_start_ms(const hax_problem *problem, const hax_schedule *schedule, const hax_job *in,
                       double end_ms);

#endif
