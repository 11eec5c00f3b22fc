#include "outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "statistics.h"

static const double least_noise_percent = 1;

/* Deadlines are judged by the latest end that they would allow for, so that ratios mean
 * something: lateness passes through zero. */
static double latest_deadline(const hax_problem *problem)
{
    double latest_ms = 0;
    for (int i = 0; i < problem->instance_count; i++)
        latest_ms = fmax(latest_ms, problem->instances[i].deadline_ms);
    return latest_ms;
}

/* The objective of a row (or of the row it is the same as) in a round as something positive that
 * is to be small. */
static double cost(const hax_problem *problem, const row_list *list, int r, int round)
{
    const row *timed = &list->rows[list->rows[r].same_as >= 0 ? list->rows[r].same_as : r];
    switch (problem->objective) {
    case HAX_THROUGHPUT: return 1 / timed->value[round];
    case HAX_DEADLINE: return timed->value[round] + latest_deadline(problem);
    default: return timed->value[round];
    }
}

/* NAN where memory is out. */
static double median_of(const hax_problem *problem, const row_list *list, int r, int rounds)
{
    double *costs = malloc((size_t) rounds * sizeof *costs);
    if (!costs)
        return NAN;
    for (int i = 0; i < rounds; i++)
        costs[i] = cost(problem, list, r, i);
    double median = hax_summarise(costs, (size_t) rounds).median;
    free(costs);
    return median;
}

static int best_other_row(const hax_problem *problem, const row_list *list, int rounds,
                          bool *no_memory)
{
    int best = -1;
    double best_ms = INFINITY;
    for (int r = 1; r < list->count; r++) {
        if (list->rows[r].reference || !list->rows[r].plain)
            continue;
        double ms = median_of(problem, list, r, rounds);
        *no_memory = *no_memory || isnan(ms);
        if (best < 0 || ms < best_ms) {
            best = r;
            best_ms = ms;
        }
    }
    return best;
}

static bool is_plain(const row_list *list)
{
    for (int r = 1; r < list->count; r++)
        if (!list->rows[r].reference && list->rows[r].plain && list->rows[r].same_as == 0)
            return true;
    return false;
}

outcome outcome_judge(const hax_problem *problem, const row_list *list, int rounds, bool drawn)
{
    outcome judged = { .kind = HAX_OUTCOME_TIE,
                       .better = problem->objective == HAX_LATENCY ? "shorter" : "better",
                       .best_other = -1 };
    judged.best_other = best_other_row(problem, list, rounds, &judged.no_memory);
    if (judged.best_other < 0)
        return judged;
    double *ratio = malloc((size_t) rounds * sizeof *ratio);
    if (!ratio) {
        judged.no_memory = true;
        return judged;
    }
    for (int i = 0; i < rounds; i++)
        ratio[i] = cost(problem, list, 0, i) / cost(problem, list, judged.best_other, i);
    hax_summary summary = hax_summarise(ratio, (size_t) rounds);
    free(ratio);
    judged.gain_percent = 100 * (1 - summary.median);
    double noise = drawn ? (summary.p75 - summary.p25) / 2 : summary.spread * summary.median;
    judged.noise_percent = fmax(100 * noise, least_noise_percent);
    if (is_plain(list) && judged.gain_percent >= -judged.noise_percent)
        judged.kind = HAX_OUTCOME_DO_NOT_SPLIT;
    else if (judged.gain_percent > judged.noise_percent)
        judged.kind = HAX_OUTCOME_SPLIT;
    else if (judged.gain_percent < -judged.noise_percent)
        judged.kind = HAX_OUTCOME_WORSE;
    return judged;
}

void outcome_describe(const row_list *list, const outcome *judged, bool outputs_equal,
                      const char *how, char *text, size_t size)
{
    const char *other = judged->best_other >= 0 ? list->rows[judged->best_other].name : "nothing";
    double gain = judged->gain_percent, noise = judged->noise_percent;
    if (!outputs_equal) {
        snprintf(text, size, "no gain is claimed: outputs differ from the single-unit run");
        return;
    }
    switch (judged->kind) {
    case HAX_OUTCOME_SPLIT:
        snprintf(text, size,
                 "split: %.1f %% %s than %s, the best plain deployment "
                 "(%s, +- %.1f %%)",
                 gain, judged->better, other, how, noise);
        break;
    case HAX_OUTCOME_TIE:
        snprintf(text, size, "tie with %s: %+.1f %% is within the noise of %.1f %%; do not split",
                 other, gain, noise);
        break;
    case HAX_OUTCOME_DO_NOT_SPLIT:
        snprintf(text, size, "do not split: no split beats the plain deployment '%s'", other);
        break;
    case HAX_OUTCOME_WORSE:
        snprintf(text, size,
                 "do not split: the plan is %.1f %% worse than %s (%s, "
                 "+- %.1f %%)",
                 -gain, other, how, noise);
        break;
    }
}
