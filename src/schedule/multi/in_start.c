#include "in_start.h"

#include <assert.h>

#include "evaluate.h"
#include "problem.h"
#include "state.h"

/* What stays the same for a while before a moment: what the others demand, and since when. */
typedef struct stretch {
    double from_ms;
    double gbps;
} stretch;

static stretch stretch_before(const hax_problem *problem, const hax_schedule *schedule,
                              const hax_job *in, double until_ms)
{
    stretch result = { 0, 0 };
    for (int j = 0; j < schedule->job_count; j++) {
        const hax_job *other = &schedule->jobs[j];
        if (other == in || other->start_ms >= until_ms)
            continue;
        const bool runs = other->end_ms >= until_ms;
        result.from_ms = hax_max(result.from_ms, runs ? other->start_ms : other->end_ms);
        result.gbps += runs ? hax_job_gbps(problem, other) : 0;
    }
    assert(result.from_ms < until_ms && result.gbps >= 0);
    return result;
}

double hax_in_start_ms(const hax_problem *problem, const hax_schedule *schedule, const hax_job *in,
                       double end_ms)
{
    const hax_job_work work = hax_job_work_of(problem, in);
    double left_ms = work.alone_ms, until_ms = end_ms;
    assert(in->part == HAX_PART_IN);
    while (until_ms > 0) {
        const stretch before = stretch_before(problem, schedule, in, until_ms);
        const double slowdown =
            hax_step_slowdown(&problem->units[in->unit].slowdown, work.own_gbps, before.gbps);
        const double span_ms = until_ms - before.from_ms;
        if (left_ms * slowdown <= span_ms)
            return until_ms - left_ms * slowdown;
        left_ms = hax_step_left(span_ms, left_ms, slowdown);
        until_ms = before.from_ms;
    }
    return 0;
}
