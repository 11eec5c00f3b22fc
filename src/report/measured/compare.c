/* The compare command's answer: every deployment and every scheduler in one table. */
#include "haxconn/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "job_tables.h"
#include "number.h"
#include "table.h"

/* What only rounds that are executed have. */
static const struct {
    const char *name, *text;
} others[] = {
    { "core-each", "each network whole on a unit of its own" },
    { "equal-parts", "each network whole on one of the GPU's parts of the same size" },
    { "streams", "each network in a stream of its own on the whole GPU, all at once" },
    { "priority-streams", "the same, the longest network's kernels first" },
};

static void append_text(const char *name, int width, hax_text *out)
{
    const hax_baseline *known = hax_baseline_find(name);
    const char *text = known ? known->text : NULL;
    for (size_t t = 0; t < sizeof others / sizeof *others && !text; t++)
        if (strcmp(name, others[t].name) == 0)
            text = others[t].text;
    if (text)
        hax_text_paragraph(out, 4, width, "%s: %s", name, text);
}

/* ---- executed ------------------------------------------------------------------------------ */

static bool in_the_race(const hax_row *row)
{
    return !row->reference && row->measured.count > 0;
}

static double best_median(const hax_result *result)
{
    double best = result->rows[0].measured_value.median;
    for (int r = 1; r < result->row_count; r++) {
        const hax_row *row = &result->rows[r];
        if (in_the_race(row) &&
            hax_objective_better(result->problem->objective, row->measured_value.median, best))
            best = row->measured_value.median;
    }
    return best;
}

static int decimals_of(const hax_result *result)
{
    int most = 0;
    for (int r = 0; r < result->row_count; r++) {
        if (!result->rows[r].schedule)
            continue;
        int wanted = hax_number_decimals(result->rows[r].predicted_value);
        most = wanted > most ? wanted : most;
    }
    return most;
}

/* Rounds drawn from a data sheet: more of them know no more, so not the median's own spread. */
static double spread_of(const hax_result *result, const hax_summary *summary)
{
    bool drawn = result->profile->platform->datasheet != NULL;
    return fabs(drawn ? (summary->p75 - summary->p25) / 2 / summary->median : summary->spread);
}

/* Of a lateness, which passes through zero, in milliseconds. */
static void append_spread(const hax_result *result, const hax_summary *summary, hax_table *table)
{
    bool drawn = result->profile->platform->datasheet != NULL;
    double range = summary->p75 - summary->p25;
    if (result->problem->objective == HAX_DEADLINE)
        hax_table_cell(
            table, "%s ms",
            hax_number_of(drawn ? range / 2 : 1.57 * range / sqrt((double) summary->count)).text);
    else
        hax_table_cell(table, "%.1f %%", 100 * spread_of(result, summary));
}

static void append_row(const hax_result *result, const hax_row *row, double best, int decimals,
                       hax_table *table)
{
    const hax_summary *measured = &row->measured_value;
    hax_table_cell(table, "%s%s", row->name, hax_report_cut_short(row->schedule));
    hax_table_cell(table, "%s",
                   row->schedule ? hax_number_fixed(row->predicted_value, decimals).text : "-");
    hax_table_cell(table, "%s", hax_number_fixed(measured->median, decimals).text);
    append_spread(result, measured, table);
    hax_table_cell(table, "%s",
                   hax_report_behind(result->problem->objective, measured->median, best).text);
    hax_table_cell(table, "%s", row->same_as < 0 ? "" : result->rows[row->same_as].name);
}

static void append_result_rows(const hax_result *result, hax_text *out)
{
    const char *unit = hax_report_objective_unit(result->problem->objective);
    const char *came_to = hax_report_came_to(result->profile->platform);
    char predicted[40], measured[40];
    snprintf(predicted, sizeof predicted, "predicted %s", unit);
    snprintf(measured, sizeof measured, "%s %s", came_to, unit);
    const char *const heads[] = { hax_objective_name(result->problem->objective),
                                  predicted,
                                  measured,
                                  "spread",
                                  "behind",
                                  "same plan as",
                                  NULL };
    hax_table table;
    hax_table_open(&table, "lrrrrl", heads);
    double best = best_median(result);
    int decimals = decimals_of(result);
    for (int r = 0; r < result->row_count; r++)
        if (in_the_race(&result->rows[r]))
            append_row(result, &result->rows[r], best, decimals, &table);
    hax_report_unfinished(result->unfinished, 4, &table);
    hax_table_close(&table, 2, 0, out);
}

/* How the others decide, and what the figures mean. */
static void append_reading(const hax_result *result, int width, hax_text *out)
{
    hax_text_append(out, "\n");
    if (result->profile->platform->datasheet)
        hax_text_paragraph(out, 0, width,
                           "Each round drew all times anew from how far they may be off, the same "
                           "for all rows; spread is half the range between the quartiles.");
    hax_text_paragraph(out, 0, width,
                       "Medians of %d rounds, all networks once, in which all took turns; two "
                       "values closer than their spreads are a tie. 'Behind' is how far behind the "
                       "best of the column '%s'. The verdict is by the ratios within single "
                       "rounds, in which what slows a whole round cancels.",
                       result->rounds, hax_report_came_to(result->profile->platform));
    hax_report_elsewhere(result->profile->platform, result->problem, width, out);
    hax_report_unpredicted(result, width, out);
    hax_text_append(out, "\n");
    for (int r = 0; r < result->row_count; r++)
        if (in_the_race(&result->rows[r]))
            append_text(result->rows[r].name, width, out);
    if (result->plans > 1)
        hax_text_paragraph(out, 4, width,
                           "plan-1, ...: our plans before the rounds had taught what they cost");
    hax_text_append(out, "\n");
}

hax_status hax_report_comparison(const hax_result *result, const hax_report_style *style,
                                 char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(result->profile->platform, width, &out);
    append_result_rows(result, &out);
    append_reading(result, width, &out);
    if (result->outputs_checked && !result->outputs_equal)
        hax_text_append(&out, "outputs: DIFFERENT from the single-unit run\n");
    hax_text_paragraph(&out, 6, width, "plan: %s", hax_report_plan_proof(result->plan).text);
    hax_text_paragraph(&out, 9, width, "verdict: %s", result->verdict);
    hax_report_refined(result, width, &out);
    hax_report_notes(result, width, &out);
    hax_report_timeline(result, 0, width, &out);
    return hax_report_take(&out, "a report", text, err);
}

/* ---- evaluated only ------------------------------------------------------------------------ */

static double best_value(const hax_problem *problem, const hax_schedule *const *rows, int count)
{
    double best = rows[0]->value;
    for (int r = 1; r < count; r++)
        if (hax_objective_better(problem->objective, rows[r]->value, best))
            best = rows[r]->value;
    return best;
}

hax_status hax_report_compare(const hax_problem *problem, int count,
                              const hax_schedule *const *schedules, unsigned unfinished,
                              const char *verdict, const hax_report_style *style, char **text,
                              hax_error *err)
{
    char value[64];
    snprintf(value, sizeof value, "%s %s", hax_objective_name(problem->objective),
             hax_report_objective_unit(problem->objective));
    const char *const heads[] = { "deployment",    value,     "behind", "changes",
                                  "contention ms", "idle ms", NULL };
    hax_table table;
    hax_text out = { 0 };
    double best = best_value(problem, schedules, count);
    hax_table_open(&table, "lrrrrr", heads);
    for (int r = 0; r < count; r++) {
        const hax_schedule *row = schedules[r];
        hax_table_cell(&table, "%s%s", row->name, hax_report_cut_short(row));
        hax_table_cell(&table, "%s", hax_number_of(row->value).text);
        hax_table_cell(&table, "%s", hax_report_behind(problem->objective, row->value, best).text);
        hax_table_cell(&table, "%d", hax_schedule_changes(problem, row));
        hax_table_cell(&table, "%s", hax_number_of(row->lost.contention_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(row->lost.idle_ms).text);
    }
    hax_report_unfinished(unfinished, 4, &table);
    hax_table_close(&table, 2, 0, &out);
    hax_report_limits(schedules, count, unfinished, &out);
    hax_text_append(&out, "\n");
    for (int r = 1; r < count; r++)
        append_text(schedules[r]->name, hax_report_width(style), &out);
    hax_text_say(&out, "\nevaluated, not executed; haxconn is %s\n",
                 hax_report_proof(schedules[0]->proof));
    if (verdict)
        hax_text_paragraph(&out, 9, hax_report_width(style), "verdict: %s", verdict);
    return hax_report_take(&out, "a report", text, err);
}
