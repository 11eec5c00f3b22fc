/* Why deadlines cannot be kept. */
#include <math.h>

#include "state.h"

/* Whole on its best unit, -1 where none can run all of it. */
static int best_unit(const hax_problem *problem, int instance, double *ms)
{
    int best = -1;
    for (int u = 0; u < problem->unit_count; u++) {
        double sum_ms = 0;
        for (int g = 0; g < problem->instances[instance].group_count; g++) {
            const hax_cost *cost = hax_cost_of(problem, instance, g, u);
            sum_ms += cost->allowed ? cost->time_ms : INFINITY;
        }
        if (isinf(sum_ms) || (best >= 0 && sum_ms >= *ms))
            continue;
        best = u;
        *ms = sum_ms;
    }
    return best;
}

/* The instance whose deadline even alone, split as is best, is missed by the most. */
static hax_status hopeless_instance(const hax_problem *problem, int *worst, double *alone_ms,
                                    hax_error *err)
{
    double worst_ms = HAX_TIME_TOLERANCE_MS;
    *worst = -1;
    for (int i = 0; i < problem->instance_count; i++) {
        hax_automaton automaton;
        hax_status status = hax_automaton_build(problem, i, NULL, &automaton, err);
        if (status == HAX_LIMIT)
            continue; /* too large to be told */
        HAX_TRY(status);
        double ms = automaton.nodes[0].rest_ms;
        hax_automaton_free(&automaton);
        if (ms - problem->instances[i].deadline_ms <= worst_ms)
            continue;
        worst_ms = ms - problem->instances[i].deadline_ms;
        *worst = i;
        *alone_ms = ms;
    }
    return HAX_OK;
}

static hax_status fail_alone(const hax_problem *problem, int instance, double alone_ms,
                             hax_error *err)
{
    const hax_instance_spec *instance_spec = &problem->instances[instance];
    double whole_ms = 0;
    int unit = best_unit(problem, instance, &whole_ms);
    if (unit < 0)
        return hax_fail(err, HAX_INFEASIBLE,
                        "'%s' misses its deadline of %g ms even alone: no unit can run all of it, "
                        "and split over units as is best it takes %g ms, %g ms too long",
                        instance_spec->name, instance_spec->deadline_ms, alone_ms,
                        alone_ms - instance_spec->deadline_ms);
    if (whole_ms - alone_ms > HAX_TIME_TOLERANCE_MS)
        return hax_fail(err, HAX_INFEASIBLE,
                        "'%s' misses its deadline of %g ms even alone: on '%s', its best unit, it "
                        "takes %g ms, and split over units as is best %g ms, %g ms too long",
                        instance_spec->name, instance_spec->deadline_ms, problem->units[unit].name,
                        whole_ms, alone_ms, alone_ms - instance_spec->deadline_ms);
    return hax_fail(err, HAX_INFEASIBLE,
                    "'%s' misses its deadline of %g ms even alone: on '%s', its best unit, it "
                    "takes %g ms, %g ms too long",
                    instance_spec->name, instance_spec->deadline_ms, problem->units[unit].name,
                    whole_ms, whole_ms - instance_spec->deadline_ms);
}

/* Times that are the same do not decide who it is: often two are late alike, as is best for both.
 */
int hax_deadlines_latest(const hax_problem *problem, const hax_schedule *schedule)
{
    int worst = 0;
    for (int i = 1; i < problem->instance_count; i++) {
        const double late_ms = schedule->finish_ms[i] - problem->instances[i].deadline_ms;
        const double most_ms = schedule->finish_ms[worst] - problem->instances[worst].deadline_ms;
        if (late_ms > most_ms + HAX_TIME_TOLERANCE_MS * fmax(1, fabs(most_ms)))
            worst = i;
    }
    return worst;
}

hax_status hax_deadlines_check(const hax_problem *problem, const hax_schedule *schedule,
                               hax_error *err)
{
    int worst;
    double alone_ms = 0;
    if (problem->objective != HAX_DEADLINE || schedule->value <= HAX_TIME_TOLERANCE_MS)
        return HAX_OK;
    HAX_TRY(hopeless_instance(problem, &worst, &alone_ms, err));
    if (worst >= 0)
        return fail_alone(problem, worst, alone_ms, err);
    worst = hax_deadlines_latest(problem, schedule);
    const hax_instance_spec *late = &problem->instances[worst];
    if (schedule->bound <= HAX_TIME_TOLERANCE_MS)
        return hax_fail(err, HAX_LIMIT,
                        "a deadline is missed, and that every schedule misses one is not proven: "
                        "here '%s' ends at %g ms, its deadline is %g ms, %g ms too late",
                        late->name, schedule->finish_ms[worst], late->deadline_ms, schedule->value);
    return hax_fail(err, HAX_INFEASIBLE,
                    "each network meets its deadline alone, but not together: in every schedule "
                    "one is at least %g ms late; here '%s' ends at %g ms, its deadline is %g ms",
                    schedule->bound, late->name, schedule->finish_ms[worst], late->deadline_ms);
}
