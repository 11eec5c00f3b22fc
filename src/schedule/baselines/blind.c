/* The optimum of those who do not know of contention, as it fares with it. */
#include "baselines/allowance.h"
#include "baselines/baselines.h"
#include "error.h"
#include "problem.h"

hax_status problem_without_contention(const hax_problem *problem, hax_problem **blind,
                                      hax_error *err)
{
    hax_problem stripped = *problem;
    hax_unit_spec units[HAX_MAX_UNITS];
    for (int u = 0; u < problem->unit_count; u++) {
        units[u] = problem->units[u];
        units[u].slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    }
    stripped.units = units;
    return hax_problem_copy(&stripped, blind, err);
}

hax_status hax_baseline_contention_blind(const hax_problem *problem,
                                         const hax_baseline_limits *limits, hax_schedule **schedule,
                                         hax_error *err)
{
    hax_problem *blind;
    hax_schedule *made = NULL;
    if (!has_contention(problem))
        return hax_fail(err, HAX_INFEASIBLE, "no unit of this problem slows another down");
    const allowance allowed = allowance_from(limits);
    HAX_TRY(allowance_check(&allowed, "contention-blind", err));
    HAX_TRY(problem_without_contention(problem, &blind, err));
    /* of many instances the search may never end by itself; by nodes, its best so far is the same
     * every time */
    const hax_solve_options search = {
        .time_limit_s = allowance_left_s(&allowed),
        .node_limit = blind->instance_count > 2 ? 50000 : 0,
        .cancel = allowed.cancel,
    };
    hax_status status = hax_solve(blind, &search, &made, err);
    const bool cut = status == HAX_LIMIT && made &&
                     (search.time_limit_s > 0 || allowance_is_over(&allowed)) &&
                     (!search.node_limit || made->nodes < search.node_limit);
    if (status == HAX_INTERRUPTED)
        status = HAX_LIMIT;
    if (status == HAX_OK || (status == HAX_LIMIT && made))
        status = hax_schedule_evaluate(problem, "contention-blind", made->job_count, made->jobs,
                                       schedule, err);
    if (status == HAX_OK)
        (*schedule)->cut_short = cut;
    hax_schedule_destroy(made);
    hax_problem_destroy(blind);
    return status;
}
