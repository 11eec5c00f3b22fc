#include "baselines/allowance.h"

#include "clock.h"

static const double least_s = 1e-9;

static allowance from_now(double time_limit_s, const hax_cancel *cancel)
{
    allowance made = { .cancel = cancel };
    if (time_limit_s > 0)
        made.end_ns = hax_clock_ns() + (uint64_t) (time_limit_s * 1e9);
    return made;
}

allowance allowance_from(const hax_baseline_limits *limits)
{
    return limits ? from_now(limits->time_limit_s, limits->cancel) : (allowance){ 0 };
}

allowance allowance_of_search(const hax_solve_options *options)
{
    return options ? from_now(options->time_limit_s, options->cancel) : (allowance){ 0 };
}

bool allowance_is_over(const allowance *of)
{
    if (hax_cancel_requested(of->cancel))
        return true;
    return of->end_ns && hax_clock_ns() >= of->end_ns;
}

double allowance_left_s(const allowance *of)
{
    uint64_t now_ns = hax_clock_ns();
    if (!of->end_ns)
        return 0;
    return now_ns < of->end_ns ? (double) (of->end_ns - now_ns) * 1e-9 : least_s;
}

hax_status allowance_check(const allowance *of, const char *name, hax_error *err)
{
    return allowance_is_over(of)
               ? hax_fail(err, HAX_LIMIT, "%s: ended by a limit before it had a schedule", name)
               : HAX_OK;
}

bool allowance_spend(void *context, uint64_t steps)
{
    metered_allowance *of = context;
    of->steps += steps;
    if (of->steps < ALLOWANCE_STEPS)
        return true;
    of->steps = 0;
    return !allowance_is_over(&of->allowed);
}
