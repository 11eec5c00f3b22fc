#include "time_budget.h"

#include <assert.h>
#include <math.h>

#include "clock.h"

uint64_t hax_time_budget_end_ns(uint64_t now_ns, double time_limit_s)
{
    static const double longest_s = 1e9; /* thirty years; 64 bits hold it in nanoseconds */
    assert(time_limit_s >= 0);
    return time_limit_s < longest_s ? now_ns + (uint64_t) (time_limit_s * 1e9) : 0;
}

static hax_time_budget from_now(double time_limit_s, const hax_cancel *cancel)
{
    return (hax_time_budget){ hax_time_budget_end_ns(hax_clock_ns(), time_limit_s), cancel };
}

hax_time_budget hax_time_budget_from(const hax_baseline_limits *limits)
{
    return limits ? from_now(limits->time_limit_s, limits->cancel) : (hax_time_budget){ 0 };
}

hax_time_budget hax_time_budget_of_search(const hax_solve_options *options)
{
    return options ? from_now(options->time_limit_s, options->cancel) : (hax_time_budget){ 0 };
}

bool hax_time_budget_is_over(const hax_time_budget *budget)
{
    if (hax_cancel_requested(budget->cancel))
        return true;
    return budget->end_ns && hax_clock_ns() >= budget->end_ns;
}

double hax_time_budget_left_s(const hax_time_budget *budget)
{
    uint64_t now_ns = hax_clock_ns();
    if (!budget->end_ns)
        return INFINITY;
    return now_ns < budget->end_ns ? (double) (budget->end_ns - now_ns) * 1e-9 : 0;
}

hax_status hax_time_budget_check(const hax_time_budget *budget, const char *name, hax_error *err)
{
    return hax_time_budget_is_over(budget)
               ? hax_fail(err, HAX_LIMIT, "%s: ended by a limit before it had a schedule", name)
               : HAX_OK;
}

bool hax_time_budget_spend(void *context, uint64_t steps)
{
    hax_metered_budget *metered_allowance = context;
    metered_allowance->steps += steps;
    if (metered_allowance->steps < BUDGET_STEPS)
        return true;
    metered_allowance->steps = 0;
    return !hax_time_budget_is_over(&metered_allowance->allowed);
}
