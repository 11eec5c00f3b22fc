/* The schedulers of others, to compare with. Here: what they share. */
#ifndef HAX_SCHEDULE_BASELINES_BASELINES_H
#define HAX_SCHEDULE_BASELINES_BASELINES_H

#include "haxconn/schedule.h"

/* The same problem as if nothing slowed anything down; free with hax_problem_destroy. */
hax_status hax_problem_without_contention(const hax_problem *problem,
                                          const hax_problem **ignore_contention, hax_error *err);

#endif
