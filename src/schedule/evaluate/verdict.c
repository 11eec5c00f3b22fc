/* What follows from a schedule and its rivals, in one line. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "figures.h"
#include "problem.h"
#include "text.h"
#include "verdict.h"

/* No time is known better than that: what would be printed as 0.0 % is no gain. */
static const double least_noise = 0.001;

/* [hax_outcome] */
static const struct {
    const char *name;
    const char *words;
} outcomes[] = {
    [HAX_OUTCOME_SPLIT] = { "split", "split" },
    [HAX_OUTCOME_TIE] = { "tie", "tie" },
    [HAX_OUTCOME_DO_NOT_SPLIT] = { "do-not-split", "do not split" },
    [HAX_OUTCOME_WORSE] = { "worse", "worse" },
    [HAX_OUTCOME_AS_PLANNED] = { "as-planned", "as planned" },
    [HAX_OUTCOME_NOT_CLAIMED] = { "not-claimed", "not claimed" },
};

const char *hax_outcome_name(hax_outcome outcome)
{
    return outcomes[outcome].name;
}

const char *hax_outcome_words(hax_outcome outcome)
{
    return outcomes[outcome].words;
}

hax_outcome hax_outcome_of(const hax_evidence *evidence)
{
    assert(evidence->doubtful || !evidence->rival || evidence->noise > 0);
    if (evidence->doubtful)
        return HAX_OUTCOME_NOT_CLAIMED;
    if (evidence->rival && evidence->plain && evidence->gain >= -evidence->noise)
        return HAX_OUTCOME_DO_NOT_SPLIT;
    if (evidence->rival && evidence->gain < -evidence->noise)
        return HAX_OUTCOME_WORSE;
    if (evidence->rival && evidence->gain <= evidence->noise)
        return HAX_OUTCOME_TIE;
    return evidence->splits ? HAX_OUTCOME_SPLIT : HAX_OUTCOME_AS_PLANNED;
}

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

double hax_printed_percent(double percent)
{
    return fabs(percent) < 0.05 ? 0 : percent;
}

bool hax_schedule_splits(const hax_problem *problem, const hax_schedule *schedule)
{
    for (int i = 0; i < problem->instance_count; i++)
        for (int g = 1; g < problem->instances[i].group_count; g++)
            if (schedule->assignment[i][g] != schedule->assignment[i][g - 1])
                return true;
    return false;
}

/* Relative gain over a rival; positive when the schedule is better. Lateness passes through zero:
 * there relative to the rival's round. */
static double gain_over(const hax_problem *problem, const hax_schedule *schedule,
                        const hax_schedule *rival)
{
    double by = problem->objective == HAX_THROUGHPUT ? schedule->value - rival->value
                                                     : rival->value - schedule->value;
    double size =
        problem->objective == HAX_DEADLINE ? hax_schedule_round_ms(rival) : fabs(rival->value);
    assert(size >= 0);
    return by / fmax(size, 1e-12);
}

static void say_figures(const hax_problem *problem, const hax_schedule *schedule,
                        const hax_schedule *rival, double gain, hax_text *line)
{
    double less_ms = rival->value - schedule->value;
    if (problem->objective == HAX_DEADLINE)
        hax_text_printf(line, "the largest lateness is %s ms, %s ms %s than with %s",
                        hax_figures_of(schedule->value).text, hax_figures_of(fabs(less_ms)).text,
                        less_ms < 0 ? "more" : "less", rival->name);
    else if (problem->objective == HAX_THROUGHPUT)
        hax_text_printf(line, "%.1f %% %s throughput than %s", 100 * fabs(gain),
                        gain < 0 ? "less" : "more", rival->name);
    else
        hax_text_printf(line, "%.1f %% %s than %s", 100 * fabs(gain),
                        gain < 0 ? "longer" : "shorter", rival->name);
    if (rival->cut_short)
        hax_text_append(line, ", which was cut short");
}

/* A schedule that misses a deadline is none that was asked for, however good it is. */
static void say_missed(const hax_problem *problem, const hax_schedule *schedule, hax_text *line)
{
    if (problem->objective != HAX_DEADLINE || schedule->value <= HAX_TIME_TOLERANCE_MS)
        return;
    const char *name = problem->instances[hax_deadlines_latest(problem, schedule)].name;
    hax_text_printf(
        line, "; '%s' misses its deadline by %s ms, %s", name, hax_figures_of(schedule->value).text,
        schedule->bound > HAX_TIME_TOLERANCE_MS ? "every schedule misses one"
                                                : "that every schedule misses one is not proven");
}

hax_status hax_verdict(const hax_problem *problem, const hax_schedule *schedule, int baseline_count,
                       const hax_schedule *const *baselines, double noise, char **text,
                       hax_error *err)
{
    const hax_schedule *rival = best_of(problem, baselines, baseline_count);
    double gain = rival ? gain_over(problem, schedule, rival) : 0;
    bool splits = hax_schedule_splits(problem, schedule);
    const hax_evidence evidence = { .rival = rival != NULL,
                                    .plain = !splits && gain <= 1e-9,
                                    .splits = splits,
                                    .gain = gain,
                                    .noise = fmax(noise, least_noise) };
    hax_outcome outcome = hax_outcome_of(&evidence);
    hax_text line = { 0 };
    hax_text_printf(&line, "%s: ", hax_outcome_words(outcome));
    if (!rival)
        hax_text_append(&line, "no plain deployment is possible");
    else if (outcome == HAX_OUTCOME_DO_NOT_SPLIT)
        hax_text_printf(&line,
                        schedule->proof == HAX_PROOF_ALL ? "%s is the best there is"
                                                         : "nothing better than %s was found",
                        rival->name);
    else if (outcome == HAX_OUTCOME_TIE)
        hax_text_printf(&line, "%.1f %% over %s is within the noise of %.1f %%",
                        hax_printed_percent(100 * gain), rival->name, 100 * evidence.noise);
    else
        say_figures(problem, schedule, rival, gain, &line);
    say_missed(problem, schedule, &line);
    return hax_text_give(&line, text, "a verdict", err);
}
