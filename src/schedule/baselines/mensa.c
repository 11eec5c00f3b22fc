/*
 * Mensa (Boroumand et al., PACT 2021), in the form that the published comparison uses: every
 * network for itself, each group on its best unit, then groups are joined where moving a
 * tensor costs more than it gains. What the other networks do is not looked at.
 */
#include <math.h>

#include "baselines/draft.h"

/* Alone, with all that moving its tensors costs, of one instance as it is mapped. */
static double alone_ms(const draft *of, int instance)
{
    double sum_ms = 0;
    for (int s = of->first_step[instance]; s < of->first_step[instance + 1]; s++) {
        int unit = of->steps[s].unit;
        sum_ms += of->steps[s].ms[unit];
        if (s == of->first_step[instance])
            continue;
        sum_ms += draft_out_ms(of, s, of->steps[s - 1].unit, unit);
        sum_ms += draft_in_ms(of, s, of->steps[s - 1].unit, unit);
    }
    return sum_ms;
}

static hax_status choose_fastest(draft *of, hax_error *err)
{
    for (int s = 0; s < of->step_count; s++) {
        step *at = &of->steps[s];
        for (int u = 0; u < of->problem->unit_count; u++)
            if (!isinf(at->ms[u]) && (at->unit < 0 || at->ms[u] < at->ms[at->unit]))
                at->unit = u;
        if (at->unit < 0)
            return draft_stuck(of, s, "mensa", err);
    }
    return HAX_OK;
}

static int changes(const draft *of, int instance)
{
    int count = 0;
    for (int s = of->first_step[instance] + 1; s < of->first_step[instance + 1]; s++)
        count += of->steps[s].unit != of->steps[s - 1].unit;
    return count;
}

static void give(draft *of, int from, int to, int unit)
{
    for (int s = from; s < to; s++)
        of->steps[s].unit = unit;
}

/* A run of steps on one unit, given to a neighbour's unit. */
typedef struct joining {
    int from, to, unit;
    double ms; /* of the instance afterwards; INFINITY: none is possible */
} joining;

static void try_joining(draft *of, int instance, int from, int to, int unit, joining *best)
{
    int old = of->steps[from].unit;
    for (int s = from; s < to; s++)
        if (isinf(of->steps[s].ms[unit]))
            return;
    give(of, from, to, unit);
    double ms = alone_ms(of, instance);
    give(of, from, to, old);
    if (ms < best->ms)
        *best = (joining){ from, to, unit, ms };
}

static joining best_joining(draft *of, int instance)
{
    joining best = { .ms = INFINITY };
    int first = of->first_step[instance], end = of->first_step[instance + 1];
    for (int from = first, to; from < end; from = to) {
        for (to = from + 1; to < end && of->steps[to].unit == of->steps[from].unit;)
            to++;
        if (from > first)
            try_joining(of, instance, from, to, of->steps[from - 1].unit, &best);
        if (to < end)
            try_joining(of, instance, from, to, of->steps[to].unit, &best);
    }
    return best;
}

/* Joins while that is shorter alone, and beyond as long as there are too many transitions. */
static void join(draft *of, int instance)
{
    int limit = of->problem->max_transitions;
    for (;;) {
        joining best = best_joining(of, instance);
        bool forced = limit >= 0 && changes(of, instance) > limit;
        if (isinf(best.ms) || (!forced && best.ms >= alone_ms(of, instance)))
            return;
        give(of, best.from, best.to, best.unit);
    }
}

hax_status hax_baseline_mensa(const hax_problem *problem, const hax_baseline_limits *limits,
                              hax_schedule **schedule, hax_error *err)
{
    draft of;
    HAX_TRY(draft_open(problem, limits, &of, err));
    hax_status status = choose_fastest(&of, err);
    for (int i = 0; status == HAX_OK && i < problem->instance_count; i++) {
        join(&of, i);
        status = allowance_check(&of.allowed, "mensa", err);
    }
    if (status == HAX_OK)
        status = draft_arrange(&of, "mensa", err);
    if (status == HAX_OK)
        status = draft_schedule(&of, problem, "mensa", schedule, err);
    draft_close(&of);
    return status;
}
