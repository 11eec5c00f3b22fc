/* The optimum of those who do not know of contention, as it fares with it. */
#include "baselines.h"
#include "error.h"
#include "evaluate.h"
#include "problem.h"

hax_status hax_problem_without_contention(const hax_problem *problem,
                                          const hax_problem **ignore_contention, hax_error *err)
{
    hax_problem stripped = *problem;
    hax_unit_spec units[HAX_MAX_UNITS];
    for (int u = 0; u < problem->unit_count; u++) {
        units[u] = problem->units[u];
        units[u].slowdown = (hax_slowdown){ .kind = HAX_SLOWDOWN_NONE };
    }
    stripped.units = units;
    return hax_problem_copy(&stripped, ignore_contention, err);
}

hax_status hax_baseline_contention_blind(const hax_problem *problem,
                                         const hax_baseline_limits *limits,
                                         const hax_schedule **schedule, hax_error *err)
{
    const hax_problem *ignore_contention;
    const hax_schedule *result = NULL;
    if (!hax_has_contention(problem))
        return hax_fail(err, HAX_INFEASIBLE, "no unit of this problem slows another down");
    const hax_time_budget allowed = hax_time_budget_from(limits);
    HAX_TRY(hax_time_budget_check(&allowed, "contention-blind", err));
    HAX_TRY(hax_problem_without_contention(problem, &ignore_contention, err));
    /* of many instances the search may never end by itself; by nodes, its best so far is the same
     * every time */
    hax_solve_options search = hax_solve_options_default();
    search.time_limit_s = hax_time_budget_left_s(&allowed);
    search.cancel = allowed.cancel;
    if (ignore_contention->instance_count > 2)
        search.node_limit = 50000;
    hax_status status = hax_solve(ignore_contention, &search, &result, err);
    const bool cut = status == HAX_LIMIT && result &&
                     (isfinite(search.time_limit_s) || hax_time_budget_is_over(&allowed)) &&
                     result->nodes < search.node_limit;
    if (status == HAX_INTERRUPTED)
        status = HAX_LIMIT;
    if (status == HAX_OK || (status == HAX_LIMIT && result))
        status = hax_schedule_evaluate(problem, "contention-blind", result->job_count, result->jobs,
                                       schedule, err);
    if (status == HAX_OK)
        hax_schedule_edit(*schedule)->cut_short = cut;
    hax_schedule_destroy(result);
    hax_problem_destroy(ignore_contention);
    return status;
}
