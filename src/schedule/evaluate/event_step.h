/*
 * The step from one event to the next, which evaluator, search states and list schedules take
 * alike.
 *
 * Between two events the jobs in progress stay the same, and so do their rates 1 / s(own, external)
 * (timeline.c). So what is left of a job takes left * s, the next event comes when the first of
 * them ends, and by then each of the others has done span / s of its work.
 *
 * Rules for one job, not a loop over all: the three keep what runs in lists of their own, and lists
 * of a common form would be filled anew at every event.
 */
#ifndef HAX_SCHEDULE_EVALUATE_EVENT_STEP_H
#define HAX_SCHEDULE_EVALUATE_EVENT_STEP_H

#include <assert.h>
#include <stdbool.h>

#include "haxconn/problem.h"

/* How much longer than alone something takes beside others that demand so much in all. */
static inline double hax_step_slowdown(const hax_slowdown *slowdown, double own_gbps,
                                       double external_gbps)
{
    if (external_gbps <= 0 || slowdown->kind == HAX_SLOWDOWN_NONE)
        return 1;
    return hax_slowdown_value(slowdown, own_gbps, external_gbps);
}

/* The span until the next event, given that of the jobs looked at before (INFINITY: none). */
static inline double hax_step_span(double span_ms, double left_ms, double slowdown)
{
    const double time_ms = left_ms * slowdown;
    assert(left_ms >= 0 && slowdown >= 1);
    return time_ms < span_ms ? time_ms : span_ms;
}

/* Does a job end with the event after `span_ms`? Ends this close (relative to the step) are one
 * event, as rounding has it. */
static inline bool hax_step_ends(double span_ms, double left_ms, double slowdown)
{
    return left_ms * slowdown <= span_ms + 1e-12 * (1 + span_ms);
}

/* What is left then of one that does not end. */
static inline double hax_step_left(double span_ms, double left_ms, double slowdown)
{
    const double left = left_ms - span_ms / slowdown;
    return left > 0 ? left : 0;
}

#endif
