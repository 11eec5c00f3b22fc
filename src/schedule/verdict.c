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

static double round_ms(const hax_schedule *schedule)
{
    double end_ms = 0;
    for (int i = 0; i < schedule->instance_count; i++)
        end_ms = fmax(end_ms, schedule->finish_ms[i]);
    return end_ms;
}

/* Relative gain over a rival; positive when the schedule is better. Lateness passes through zero:
 * there relative to the rival's round. */
static double gain_over(const hax_problem *problem, const hax_schedule *schedule,
                        const hax_schedule *rival)
{
    double by = problem->objective == HAX_THROUGHPUT ? schedule->value - rival->value
                                                     : rival->value - schedule->value;
    double size = problem->objective == HAX_DEADLINE ? round_ms(rival) : fabs(rival->value);
    return by / fmax(size, 1e-12);
}

static void say_better(const hax_problem *problem, const hax_schedule *schedule,
                       const hax_schedule *rival, double gain, hax_text *line)
{
    const char *what = splits(problem, schedule) ? "split" : "as planned";
    if (problem->objective == HAX_DEADLINE)
        hax_text_printf(line, "%s: the largest lateness is %.3g ms, %.3g ms less than with %s",
                        what, schedule->value, rival->value - schedule->value, rival->name);
    else
        hax_text_printf(line, "%s: %.1f %% %s than %s", what, 100 * gain,
                        problem->objective == HAX_THROUGHPUT ? "more throughput" : "shorter",
                        rival->name);
    if (rival->cut_short)
        hax_text_append(line, ", which was cut short");
}

hax_status hax_verdict(const hax_problem *problem, const hax_schedule *schedule,
                       const hax_schedule *const *baselines, int baseline_count, double noise,
                       char **text, hax_error *err)
{
    const hax_schedule *rival = best_of(problem, baselines, baseline_count);
    hax_text line = { 0 };
    double gain = rival ? gain_over(problem, schedule, rival) : 0;
    if (!rival)
        hax_text_printf(&line, "%s: no plain deployment is possible",
                        splits(problem, schedule) ? "split" : "as planned");
    else if (!splits(problem, schedule) && gain <= 1e-9)
        hax_text_printf(&line,
                        schedule->proof == HAX_PROOF_NO
                            ? "do not split: nothing better than %s was found"
                            : "do not split: %s is the best there is",
                        rival->name);
    else if (gain <= noise || gain <= 1e-9)
        hax_text_printf(&line, "do not split: %.1f %% over %s is within the noise of %.1f %%",
                        100 * gain, rival->name, 100 * noise);
    else
        say_better(problem, schedule, rival, gain, &line);
    return hax_text_give(&line, text, "a verdict", err);
}
