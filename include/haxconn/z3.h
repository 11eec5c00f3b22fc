/* A second opinion: problems without contention, solved by Z3. Optional at build. */
#ifndef HAXCONN_Z3_H
#define HAXCONN_Z3_H

#include "haxconn/api.h"
#include "haxconn/problem.h"
#include "haxconn/schedule.h"
#include "haxconn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The optimum of the problem as if every slowdown were 1, over all schedules (objectives latency,
 * sum, deadline); *value is Z3's objective. *schedule is its schedule as the evaluator sees it,
 * with the problem's contention; free with hax_schedule_destroy. Times are taken to 12 decimals.
 *   HAX_INFEASIBLE   no schedule keeps the constraints
 *   HAX_LIMIT        Z3 gave up or `time_limit_s` (INFINITY: none) was over
 *   HAX_UNAVAILABLE  built without Z3
 *   HAX_USAGE        the objective is not linear
 */
HAX_API hax_status hax_z3_solve(const hax_problem *problem, double time_limit_s,
                                const hax_schedule **schedule, double *value, hax_error *err);

#ifdef __cplusplus
}
#endif

#endif
