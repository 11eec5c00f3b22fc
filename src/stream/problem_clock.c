#include "problem_clock.h"

#include <assert.h>
#include <string.h>

#include "problem.h"

hax_problem_clock hax_problem_clock_make(const hax_platform *platform, const hax_problem *problem)
{
    hax_problem_clock clock = { .problem = problem };
    for (int u = 0; u < platform->unit_count; u++) {
        clock.unit_of[u] = -1;
        for (int p = 0; p < problem->unit_count; p++)
            if (strcmp(problem->units[p].name, platform->units[u].name) == 0)
                clock.unit_of[u] = p;
    }
    return clock;
}

/* Instances behind those of the problem are copies of these, in their order. */
static int network_of(const hax_problem_clock *clock, const hax_plan_job *job)
{
    return job->instance % clock->problem->instance_count;
}

static hax_virtual_cost cost(const void *context, const hax_plan_job *job)
{
    const hax_problem_clock *clock = context;
    const int unit = clock->unit_of[job->unit], instance = network_of(clock, job);
    hax_handover handover;
    assert(unit >= 0);
    switch (job->part) {
    case HAX_PART_OUT:
        handover = hax_out_between(clock->problem, instance, job->group, unit,
                                   clock->unit_of[job->to_unit]);
        break;
    case HAX_PART_IN:
        handover = hax_in_between(clock->problem, instance, job->group,
                                  clock->unit_of[job->from_unit], unit);
        break;
    default: {
        const hax_cost *group = hax_cost_of(clock->problem, instance, job->group, unit);
        return (hax_virtual_cost){ group->time_ms, group->gbps, hax_cost_own_gbps(group) };
    }
    }
    return (hax_virtual_cost){ handover.ms, handover.gbps, handover.gbps };
}

double hax_problem_clock_enter_ms(const hax_problem_clock *clock, const hax_plan_job *job,
                                  int from_unit)
{
    const int from = clock->unit_of[from_unit], to = clock->unit_of[job->unit];
    assert(from >= 0 && to >= 0);
    return hax_in_between(clock->problem, network_of(clock, job), job->group, from, to).ms;
}

static double slowdown(const void *context, int unit, double own_gbps, double external_gbps)
{
    const hax_problem_clock *clock = context;
    assert(clock->unit_of[unit] >= 0);
    return hax_slowdown_value(&clock->problem->units[clock->unit_of[unit]].slowdown, own_gbps,
                              external_gbps);
}

hax_session_clock hax_problem_clock_session(const hax_problem_clock *clock)
{
    return (hax_session_clock){ cost, slowdown, clock };
}
