/*
 * Brute force over tiny instances: every order of starts in which something starts as soon as
 * the decisions allow, or is held back until the end of some job (event waits). An oracle that
 * shares nothing with the search: the evaluator's rules are written again here, the slowdown
 * functions in evaluator.h.
 */
#ifndef TESTS_SCHEDULE_BRUTE_H
#define TESTS_SCHEDULE_BRUTE_H

#include "haxconn/schedule.h"

/* Up to 4 instances; what that takes grows with every group: those of all instances may be 12.
 * Kept problems (property.h) may be larger. */
bool brute_fits(const hax_problem *problem);

/* Of a problem that fits: the best objective over event waits; infinite (0 for throughput) when
 * nothing is feasible. */
double brute_best(const hax_problem *problem);

#endif
