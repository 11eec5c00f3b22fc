/*
 * Two tiny instances over all schedules, waits of any length included, without a search: every
 * assignment and every order of starts and ends is a linear program over the times between them,
 * as rates are constant there. Slow, and shares nothing with the library.
 */
#ifndef TESTS_SCHEDULE_PAIR_WAITS_H
#define TESTS_SCHEDULE_PAIR_WAITS_H

#include "haxconn/schedule.h"

/* Two instances, up to 4 groups each and 6 together. Kept problems (property.h) may be larger. */
bool pair_waits_fits(const hax_problem *problem);

/* The best objective if it is better than `than`, else `than`. Of throughput, which no linear
 * program makes large, the best ends that several weighted sums lead to. Only of problems that
 * fit. */
double pair_waits_best(const hax_problem *problem, double than);

#endif
