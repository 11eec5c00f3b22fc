#include "baselines/allowance.h"

#include "clock.h"

static const double least_s = 1e-9;

allowance allowance_from(const hax_baseline_limits *limits)
{
    allowance made = { 0 };
    if (limits && limits->time_limit_s > 0)
        made.end_ns = hax_clock_ns() + (uint64_t) (limits->time_limit_s * 1e9);
    if (limits)
        made.cancel = limits->cancel;
    return made;
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
