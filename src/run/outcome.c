#include "outcome.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "evaluate.h"
#include "statistics.h"

/* Medians and quartiles stand up to fewer rounds that are not like the others. */
static const double most_disturbed = 0.25;

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
static double cost(const hax_problem *problem, const hax_run_rows *list, int r, int round)
{
    const hax_run_row *timed = &list->rows[list->rows[r].same_as >= 0 ? list->rows[r].same_as : r];
    assert(timed->same_as < 0);
    switch (problem->objective) {
    case HAX_THROUGHPUT: return 1 / timed->value[round];
    case HAX_DEADLINE: return timed->value[round] + latest_deadline(problem);
    default: return timed->value[round];
    }
}

/* Two rows beside each other; gains are relative and positive when rows[0] is better. */
typedef struct comparison {
    double gain;    /* median over the rounds */
    double medians; /* of the rows' medians */
    double noise;   /* of `gain` alone */
} comparison;

static bool is_rival(const hax_run_rows *list, int r)
{
    return r > 0 && !list->rows[r].reference && list->rows[r].plain;
}

/* `values` is room for the rounds of two rows and their ratios. */
static comparison compare(const hax_judged_rounds *from, int other, double *values)
{
    int count = from->rounds;
    double *mine = values, *theirs = values + count, *ratio = values + 2 * (ptrdiff_t) count;
    for (int i = 0; i < count; i++) {
        mine[i] = cost(from->problem, from->list, 0, i);
        theirs[i] = cost(from->problem, from->list, other, i);
        ratio[i] = mine[i] / theirs[i];
        if (!isfinite(ratio[i]))
            return (comparison){ NAN, NAN, NAN };
    }
    hax_summary summary = hax_summarise(ratio, (size_t) count);
    double my_median = hax_summarise(mine, (size_t) count).median;
    double noise = from->drawn ? (summary.p75 - summary.p25) / 2 : summary.spread * summary.median;
    return (comparison){ .gain = 1 - summary.median,
                         .medians = 1 - my_median / hax_summarise(theirs, (size_t) count).median,
                         .noise = fmax(noise, HAX_RUN_TIE) };
}

static double median_of(const hax_judged_rounds *from, int r, double *values)
{
    for (int i = 0; i < from->rounds; i++)
        values[i] = cost(from->problem, from->list, r, i);
    return hax_summarise(values, (size_t) from->rounds).median;
}

static int best_other_row(const hax_judged_rounds *from, double *values)
{
    int best = -1;
    double best_cost = INFINITY;
    for (int r = 1; r < from->list->count; r++) {
        double median = is_rival(from->list, r) ? median_of(from, r, values) : NAN;
        if (is_rival(from->list, r) && (best < 0 || median < best_cost)) {
            best = r;
            best_cost = median;
        }
    }
    return best;
}

static bool is_plain(const hax_run_rows *list)
{
    for (int r = 1; r < list->count; r++)
        if (is_rival(list, r) && list->rows[r].same_as == 0)
            return true;
    return false;
}

/* ---- what speaks against claiming anything --------------------------------------------------- */

/* A plain row, other than the rival, that the plan is not ahead of round by round; -1: none. */
static int unbeaten(const hax_judged_rounds *from, int rival, double *values)
{
    for (int r = 1; r < from->list->count; r++)
        if (r != rival && is_rival(from->list, r) && !(compare(from, r, values).gain > 0))
            return r;
    return -1;
}

static const char *direction(double gain)
{
    return gain < 0 ? "worse" : "better";
}

/* What would be claimed by the rounds, the medians deny. A gain within its noise is no claim. */
static bool contradict(const comparison *comparison)
{
    return comparison->gain * comparison->medians < 0 && fabs(comparison->gain) > comparison->noise;
}

static const char *advice(const hax_judged_rounds *from)
{
    return from->drawn ? "the draws differ too much to tell"
                       : "the machine was disturbed; measure again";
}

/* Says why nothing can be claimed, behind the verdict's first words; "" when something can. */
static void find_doubt(const hax_judged_rounds *from, const hax_run_outcome *judged,
                       const comparison *comparison, bool better, double *values, char *text,
                       size_t size)
{
    int other = better ? unbeaten(from, judged->best_other, values) : -1;
    text[0] = '\0';
    if (from->outputs_differ)
        snprintf(text, size, "outputs differ from the single-unit run");
    else if (from->disturbed > most_disturbed * from->rounds)
        snprintf(text, size,
                 "the host took processors away in %d of %d rounds; measure again when the machine "
                 "is left alone",
                 from->disturbed, from->rounds);
    else if (judged->best_other < 0)
        return;
    else if (isnan(comparison->gain))
        snprintf(text, size, "some rounds took no time that could be compared");
    else if (contradict(comparison))
        snprintf(text, size,
                 "round by round the plan is %.1f %% %s than %s, by the medians %.1f %% %s: %s",
                 100 * fabs(comparison->gain), direction(comparison->gain),
                 from->list->rows[judged->best_other].name, 100 * fabs(comparison->medians),
                 direction(comparison->medians), advice(from));
    else if (other >= 0)
        snprintf(
            text, size,
            "the plan is ahead of %s, which has the best median, but round by round not of %s: %s",
            from->list->rows[judged->best_other].name, from->list->rows[other].name, advice(from));
    else if (better && from->overtaken_by)
        snprintf(text, size,
                 "the plan came out better, but group times have changed since it was made and "
                 "speak for %s now; profile again (--fresh)",
                 from->overtaken_by);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* What the medians say, where a reader of the table would miss it. */
static void append_medians(const hax_run_outcome *judged, char *text, size_t size)
{
    size_t used = strlen(text);
    if (fabs(judged->gain_percent - judged->medians_percent) >= 0.1)
        snprintf(text + used, size - used, "; by the medians %+.1f %%",
                 hax_printed_percent(judged->medians_percent));
}

static void say_gain(const hax_judged_rounds *from, hax_run_outcome *judged, const char *rival)
{
    bool time = from->problem->objective == HAX_LATENCY;
    double gain = judged->gain_percent;
    char medians[60] = "";
    append_medians(judged, medians, sizeof medians);
    snprintf(judged->verdict, sizeof judged->verdict,
             "%s: %.1f %% %s than %s, the best plain deployment (%s round by round, +- %.1f %%%s)",
             hax_outcome_words(judged->kind), fabs(gain),
             gain < 0 ? (time ? "longer" : "worse") : (time ? "shorter" : "better"), rival,
             from->how, judged->noise_percent, medians);
}

static void describe(const hax_judged_rounds *from, hax_run_outcome *judged, const char *doubt)
{
    const char *words = hax_outcome_words(judged->kind);
    const char *rival =
        judged->best_other >= 0 ? from->list->rows[judged->best_other].name : "nothing";
    char medians[60] = "";
    switch (judged->kind) {
    case HAX_OUTCOME_SPLIT:
    case HAX_OUTCOME_AS_PLANNED:
    case HAX_OUTCOME_WORSE:
        if (judged->best_other >= 0)
            say_gain(from, judged, rival);
        else
            snprintf(judged->verdict, sizeof judged->verdict, "%s: no plain deployment is possible",
                     words);
        break;
    case HAX_OUTCOME_TIE:
        append_medians(judged, medians, sizeof medians);
        snprintf(judged->verdict, sizeof judged->verdict,
                 "%s: %.1f %% over %s is within the noise of %.1f %% (%s round by round%s)", words,
                 hax_printed_percent(judged->gain_percent), rival, judged->noise_percent, from->how,
                 medians);
        break;
    case HAX_OUTCOME_DO_NOT_SPLIT:
        snprintf(judged->verdict, sizeof judged->verdict,
                 "%s: no split beats the plain deployment '%s'", words, rival);
        break;
    case HAX_OUTCOME_NOT_CLAIMED:
        snprintf(judged->verdict, sizeof judged->verdict, "%s: %s", words, doubt);
        break;
    }
}

/* ---- what to deploy -------------------------------------------------------------------------- */

static bool can_be_answer(const hax_judged_rounds *from, const hax_run_outcome *judged, int r)
{
    const hax_run_row *row = &from->list->rows[r];
    const hax_run_row *timed = &from->list->rows[hax_run_row_timed(from->list, r)];
    const bool claimed =
        judged->kind == HAX_OUTCOME_SPLIT || judged->kind == HAX_OUTCOME_AS_PLANNED;
    const bool right = !timed->compared || timed->largest_difference <= from->output_tolerance;
    return row->schedule && !row->reference && right && !(claimed && row->plain);
}

/* Fewer changes of unit are simpler; then the smaller time counts. */
static bool is_simpler(const hax_judged_rounds *from, int r, double median, int other,
                       double other_median)
{
    const int mine = hax_schedule_changes(from->problem, from->list->rows[r].schedule);
    const int theirs = hax_schedule_changes(from->problem, from->list->rows[other].schedule);
    return mine < theirs || (mine == theirs && median < other_median);
}

/* rows[0] where no row can be one. */
static int find_answer(const hax_judged_rounds *from, const hax_run_outcome *judged, double noise,
                       double *values)
{
    double best = INFINITY, answer_median = INFINITY;
    int answer = -1;
    for (int r = 0; r < from->list->count; r++)
        if (can_be_answer(from, judged, r))
            best = fmin(best, median_of(from, r, values));
    for (int r = 0; r < from->list->count; r++) {
        double median = can_be_answer(from, judged, r) ? median_of(from, r, values) : INFINITY;
        if (!(median <= best * (1 + noise)) || isinf(median))
            continue;
        if (answer >= 0 && !is_simpler(from, r, median, answer, answer_median))
            continue;
        answer = r;
        answer_median = median;
    }
    assert(answer < from->list->count);
    return answer >= 0 ? answer : 0;
}

hax_status hax_run_outcome_judge(const hax_judged_rounds *from, hax_run_outcome *judged,
                                 hax_error *err)
{
    char doubt[260];
    assert(from->rounds > 0 && from->disturbed <= from->rounds);
    double *values = malloc(3 * (size_t) from->rounds * sizeof *values);
    if (!values)
        return hax_fail_memory(err, "a verdict");
    *judged = (hax_run_outcome){ .best_other = best_other_row(from, values) };
    assert(judged->best_other < 0 || is_rival(from->list, judged->best_other));
    comparison context = { .noise = HAX_RUN_TIE };
    if (judged->best_other >= 0)
        context = compare(from, judged->best_other, values);
    double noise = isnan(context.gain) ? HAX_RUN_TIE
                                       : fmax(context.noise, fabs(context.gain - context.medians));
    assert(noise >= HAX_RUN_TIE);
    hax_evidence evidence = { .rival = judged->best_other >= 0,
                              .plain = is_plain(from->list),
                              .splits =
                                  hax_schedule_splits(from->problem, from->list->rows[0].schedule),
                              .gain = context.gain,
                              .noise = noise };
    hax_outcome kind = hax_outcome_of(&evidence);
    bool better = kind == HAX_OUTCOME_SPLIT || kind == HAX_OUTCOME_AS_PLANNED;
    find_doubt(from, judged, &context, better, values, doubt, sizeof doubt);
    evidence.doubtful = doubt[0] != '\0';
    judged->kind = hax_outcome_of(&evidence);
    judged->answer = find_answer(from, judged, noise, values);
    free(values);
    judged->gain_percent = 100 * context.gain;
    judged->medians_percent = 100 * context.medians;
    judged->noise_percent = 100 * noise;
    describe(from, judged, doubt);
    return HAX_OK;
}
