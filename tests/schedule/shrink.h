/*
 * Makes a problem that fails smaller while it still fails: instances, groups, units, resources
 * and orders are dropped, limits and contention removed, costs made zero or round, one change at a
 * time, until none is left that keeps the failure.
 */
#ifndef TESTS_SCHEDULE_SHRINK_H
#define TESTS_SCHEDULE_SHRINK_H

#include "haxconn/problem.h"

/* Does what is looked for happen with this problem? */
typedef bool shrink_fails(const hax_problem *problem, void *context);

enum { SHRINK_TRIES = 20000 };

/* The smallest found within SHRINK_TRIES calls of `fails`; a copy at least. Free with
 * hax_problem_destroy; NULL when the problem is too large to be edited. `problem` must fail. */
const hax_problem *shrink(const hax_problem *problem, shrink_fails *fails, void *context);

#endif
