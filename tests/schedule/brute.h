/*
 * Brute force over tiny instances: every order of starts in which something starts as soon as
 * the decisions allow, or is held back until the end of some job (event waits). An oracle that
 * shares nothing with the search: the evaluator's rules are written again here, the slowdown
 * functions in evaluator.h.
 */
#ifndef TESTS_SCHEDULE_BRUTE_H
#define TESTS_SCHEDULE_BRUTE_H

#include "haxconn/schedule.h"

/* The best objective over event waits; infinite (0 for throughput) when nothing is feasible. */
double brute_best(const hax_problem *problem);

#endif
