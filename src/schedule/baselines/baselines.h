/* What the baselines share. */
#ifndef SCHEDULE_BASELINES_H
#define SCHEDULE_BASELINES_H

#include "haxconn/schedule.h"

/* The same problem as if nothing slowed anything down; free with hax_problem_destroy. */
hax_status problem_without_contention(const hax_problem *problem, hax_problem **blind,
                                      hax_error *err);

#endif
