/* What follows from a schedule and its rivals, in one line. */
#include <math.h>
#include <stdlib.h>

#include "problem.h"
#include "text.h"

/* Other schedulers may find the same split: only whole networks speak against one. */
static bool speaks_against(const hax_schedule *baseline)
{
    const hax_baseline *known = hax_baseline_find(baseline->name);
    return !known || known->plain;
}

static const hax_schedule *best_of(const hax_problem *problem, const hax_schedule *const *list,
                                   int count)
{
    const hax_schedule *best = NULL;
    for (int b = 0; b < count; b++)
        if (speaks_against(list[b]) &&
            (!best || hax_objective_better(problem->objective, list[b]->value, best->value)))
            best = list[b];
    return best;
}

static bool splits(const hax_problem *problem, const hax_schedule *schedule)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 1; g < problem->instances[i].group_count; g++)
            if (schedule->assignment[i][g] != schedule->assignment[i][g - 1])
                return true;
    return false;
}

/* Relative gain of a over b; positive when a is better. */
static double gain_over(hax_objective objective, double a, double b)
{
    double by = objective == HAX_THROUGHPUT ? a - b : b - a;
    double size = fmax(fabs(b), 1e-12);
    return by / size;
}

hax_status hax_verdict(const hax_problem *problem, const hax_schedule *schedule,
                       const hax_schedule *const *baselines, int baseline_count, double noise,
                       char **text, hax_error *err)
{
    const char *better = problem->objective == HAX_THROUGHPUT ? "more throughput" : "shorter";
    const hax_schedule *rival = best_of(problem, baselines, baseline_count);
    hax_text line = { 0 };
    double gain = rival ? gain_over(problem->objective, schedule->value, rival->value) : 0;
    if (!rival)
        hax_text_printf(&line, "%s: no plain deployment is possible",
                        splits(problem, schedule) ? "split" : "as planned");
    else if (!splits(problem, schedule) && gain <= 1e-9)
        hax_text_printf(&line, "do not split: %s is the best there is", rival->name);
    else if (gain <= noise || gain <= 1e-9)
        hax_text_printf(&line, "do not split: %.1f %% over %s is within the noise of %.1f %%",
                        100 * gain, rival->name, 100 * noise);
    else
        hax_text_printf(&line, "%s: %.1f %% %s than %s",
                        splits(problem, schedule) ? "split" : "as planned", 100 * gain, better,
                        rival->name);
    char *taken = hax_text_take(&line);
    if (!taken)
        return hax_fail_memory(err, "a verdict");
    *text = taken;
    return HAX_OK;
}
