/* What the schedule command says of a schedule's sensitivity. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "explain.h"
#include "haxconn/report.h"
#include "number.h"
#include "table.h"

static hax_number percent(double share)
{
    return hax_number_of(100 * share);
}

/* "under 1.18 times slower"; "no slower" where the end is as close as ends are searched for. */
static void append_end(double times, const char *direction, hax_text *words)
{
    hax_text_append(words, words->length > 0 ? ", " : "");
    if (times <= 1 + HAX_SPEED_TOLERANCE)
        hax_text_say(words, "no %s", direction);
    else
        hax_text_say(words, "under %.2f times %s", times, direction);
}

static void append_words(const hax_speed_range *range, hax_table *table)
{
    hax_text words = { 0 };
    if (!range->high_open)
        append_end(range->high, "slower", &words);
    if (!range->low_open)
        append_end(1 / range->low, "faster", &words);
    hax_table_cell(table, "%s", words.length > 0 ? hax_text_get(&words) : "at any speed tried");
    table->failed |= words.failed;
    hax_text_free(&words);
}

static void append_ranges(const hax_problem *problem, const hax_sensitivity *sensitivity,
                          hax_text *out)
{
    const char *const heads[] = { "unit", "times from", "to", "stays optimal while it is", NULL };
    hax_table table;
    hax_table_open(&table, "lrrl", heads);
    for (int u = 0; u < problem->unit_count; u++) {
        const hax_speed_range *range = &sensitivity->units[u];
        hax_table_cell(&table, "%s", problem->units[u].name);
        hax_table_cell(&table, "%s%.3f", range->low_open ? "<= " : "", range->low);
        hax_table_cell(&table, "%s%.3f", range->high_open ? ">= " : "", range->high);
        append_words(range, &table);
    }
    hax_table_close(&table, 2, 0, out);
}

/* "when all times move by up to 5 %", or as far as was measured, by unit. */
static char *describe_moves(const hax_problem *problem, const hax_time_moves *moves)
{
    hax_text words = { 0 };
    if (!moves->measured) {
        hax_text_say(&words, "when all times move by up to %s %%", percent(moves->largest).text);
        return hax_text_take(&words);
    }
    hax_text_append(&words, "when times move as far as they were measured to");
    for (int u = 0; u < problem->unit_count; u++)
        hax_text_say(&words, "%s%s times %.3f to %.3f", u ? ", " : " (", problem->units[u].name,
                     moves->low[u], moves->high[u]);
    hax_text_append(&words, ")");
    return hax_text_take(&words);
}

static void append_regret(const hax_problem *problem, const hax_sensitivity *sensitivity, int width,
                          hax_text *out)
{
    hax_text where = { 0 };
    for (int u = 0; sensitivity->regret > 0 && u < problem->unit_count; u++)
        hax_text_say(&where, "%s%s times %.3g", u ? ", " : " (at ", problem->units[u].name,
                     sensitivity->worst[u]);
    if (sensitivity->regret > 0)
        hax_text_append(&where, ")");
    char *at = hax_text_take(&where), *moves = describe_moves(problem, &sensitivity->moves);
    out->failed |= !at || !moves;
    hax_text_paragraph(out, 2, width, "worst regret %s: %s %% behind the optimum%s",
                       moves ? moves : "", percent(sensitivity->regret).text, at ? at : "");
    free(at);
    free(moves);
}

static void append_robust(const hax_problem *problem, const hax_robust *robust, int width,
                          hax_text *out)
{
    const char *unit = hax_report_objective_unit(problem->objective);
    char *moves = describe_moves(problem, &robust->moves);
    out->failed |= !moves;
    hax_text_paragraph(out, 2, width,
                       "robust: the least worst regret of %d schedules is %s %% %s "
                       "(%s %s as measured); the optimum's is %s %% (%s %s)%s",
                       robust->candidate_count, percent(robust->regret).text, moves ? moves : "",
                       hax_number_of(robust->value).text, unit,
                       percent(robust->nominal_regret).text,
                       hax_number_of(robust->nominal_value).text, unit,
                       robust->regret < robust->nominal_regret ? "" : ", so the optimum is chosen");
    free(moves);
}

static void append_unfinished(const char *what, int width, hax_text *out)
{
    hax_text_paragraph(out, 2, width,
                       "%s: not finished, the time was over or it was interrupted while times were "
                       "varied",
                       what);
}

hax_status hax_report_sensitivity(const hax_problem *problem, const hax_sensitivity *sensitivity,
                                  const hax_robust *robust, const hax_report_style *style,
                                  char **text, hax_error *err)
{
    const int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_text_append(&out, "\n");
    if (robust && robust->unfinished)
        append_unfinished("robust", width, &out);
    else if (robust)
        append_robust(problem, robust, width, &out);
    const bool told = sensitivity && !sensitivity->unfinished;
    if (sensitivity && !told)
        append_unfinished("sensitivity", width, &out);
    if (told && sensitivity->optimal)
        append_ranges(problem, sensitivity, &out);
    else if (told)
        hax_text_paragraph(&out, 2, width, "%s",
                           "ranges of speed: none, another schedule is better as measured");
    if (told)
        append_regret(problem, sensitivity, width, &out);
    if ((told && sensitivity->limited) || (robust && robust->limited))
        hax_text_paragraph(&out, 2, width, "%s",
                           "searches ended at their limit: \"optimum\" is the best one found");
    return hax_report_take(&out, "a report", text, err);
}
