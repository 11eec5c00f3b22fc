/*
 * An evaluator of the tests' own: what a schedule's jobs come to, from the problem and the starts
 * alone. It shares nothing with the library, slowdown functions included.
 */
#ifndef TESTS_SCHEDULE_EVALUATOR_H
#define TESTS_SCHEDULE_EVALUATOR_H

#include "haxconn/schedule.h"

enum { EVALUATOR_WHY_BYTES = 200 };

/* s(own, external) of a unit. */
double evaluator_slowdown(const hax_slowdown *slowdown, double own_gbps, double external_gbps);

/* The objective of ends. */
double evaluator_value(const hax_problem *problem, const double *finish_ms);

/* True where the jobs are a schedule of the problem, end when the schedule says, and its value is
 * the objective's; else why not. */
bool evaluator_agrees(const hax_problem *problem, const hax_schedule *schedule,
                      char why[EVALUATOR_WHY_BYTES]);

#endif
