/* The run command's answer. */
#include "haxconn/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "job_tables.h"
#include "number.h"
#include "table.h"

/* The planned row with the best objective; the references are not in the race. */
static int best_row(const hax_result *result)
{
    int best = -1;
    for (int i = 0; i < result->row_count; i++) {
        const hax_row *row = &result->rows[i];
        if (row->reference || row->measured.count == 0)
            continue;
        if (best < 0 || hax_objective_better(result->problem->objective, row->measured_value.median,
                                             result->rows[best].measured_value.median))
            best = i;
    }
    return best;
}

/* One number of decimals for all times of the table, so that they can be compared. */
static int table_decimals(const hax_result *result)
{
    int decimals = 0;
    for (int i = 0; i < result->row_count; i++) {
        if (!result->rows[i].schedule)
            continue;
        int wanted = hax_number_decimals(result->rows[i].predicted_ms);
        decimals = wanted > decimals ? wanted : decimals;
    }
    return decimals;
}

static bool has_value(const hax_result *result)
{
    return result->problem->objective != HAX_LATENCY;
}

static void append_row(const hax_result *result, const hax_row *row, bool best, int decimals,
                       hax_table *table)
{
    hax_table_cell(table, "%s", best ? "best" : "");
    hax_table_cell(table, "%s%s", row->name, hax_report_cut_short(row->schedule));
    hax_table_cell(table, "%s",
                   row->schedule ? hax_number_fixed(row->predicted_ms, decimals).text : "-");
    if (row->measured.count == 0) {
        for (int i = 0; i < 5 + has_value(result); i++)
            hax_table_cell(table, "-");
        return;
    }
    hax_table_cell(table, "%s", hax_number_fixed(row->measured.median, decimals).text);
    hax_table_cell(table, "%s", hax_number_fixed(row->measured.p25, decimals).text);
    hax_table_cell(table, "%s", hax_number_fixed(row->measured.min, decimals).text);
    hax_table_cell(table, "%s", hax_number_percent(row->error_percent).text);
    hax_table_cell(table, "%d", row->measured.count);
    if (has_value(result))
        hax_table_cell(table, "%s", hax_number_of(row->measured_value.median).text);
}

static bool any_reference(const hax_result *result)
{
    for (int i = 0; i < result->row_count; i++)
        if (result->rows[i].reference)
            return true;
    return false;
}

static void append_rows(const hax_result *result, hax_text *out)
{
    hax_table table;
    char value[64], came_to[40];
    snprintf(came_to, sizeof came_to, "%s ms", hax_report_came_to(result->profile->platform));
    snprintf(value, sizeof value, "%s %s", hax_objective_name(result->problem->objective),
             hax_report_objective_unit(result->problem->objective));
    const char *const heads[] = { "",      "deployment", "predicted ms",
                                  came_to, "p25",        "min",
                                  "error", "rounds",     has_value(result) ? value : NULL,
                                  NULL };
    hax_table_open(&table, has_value(result) ? "llrrrrrrr" : "llrrrrrr", heads);
    int best = best_row(result);
    int decimals = table_decimals(result);
    for (int i = 0; i < result->row_count; i++)
        if (!result->rows[i].reference)
            append_row(result, &result->rows[i], i == best, decimals, &table);
    if (any_reference(result))
        hax_table_line(&table, "for reference, on units that the plan may not use:");
    for (int i = 0; i < result->row_count; i++)
        if (result->rows[i].reference)
            append_row(result, &result->rows[i], false, decimals, &table);
    hax_table_close(&table, 0, 0, out);
}

/* What rounds drawn from a data sheet can show, and what not. */
static void append_drawn(const hax_result *result, int width, hax_text *out)
{
    hax_text_paragraph(
        out, 0, width,
        "Time of one round, all networks once. Predicted: from the profile as it stands. "
        "Simulated: "
        "median of %d rounds that each draw all times anew from how far they may be off, walked on "
        "a virtual clock. So the columns show what uncertain times do to a round, and whether the "
        "plan stays ahead; they cannot show errors that the data sheet's spreads do not hold, of "
        "the slowdown functions and the demands above all.",
        result->rounds);
    hax_report_elsewhere(result->profile->platform, result->problem, width, out);
}

static void append_reading(const hax_result *result, int width, hax_text *out)
{
    const hax_platform *platform = result->profile->platform;
    hax_text_append(out, "\n");
    if (platform->datasheet) {
        append_drawn(result, width, out);
        return;
    }
    if (platform->simulated) {
        hax_text_wrap(out,
                      "Time of one round, all networks once, on a virtual clock; the prediction is "
                      "made from group times alone on it.",
                      0, 0, width);
        return;
    }
    hax_text_wrap(out,
                  "Time of one round, all networks once; measured is the median. All deployments "
                  "took turns in the same rounds, and the prediction is made from group times "
                  "measured alone in them.",
                  0, 0, width);
    if (any_reference(result) && result->profile->platform->emulated)
        hax_text_paragraph(
            out, 0, width,
            "The reference rows use the same cores at their full instruction set: they "
            "are what this machine can do without the emulated unit.");
}

static void append_outputs(const hax_result *result, int width, hax_text *out)
{
    if (!result->outputs_checked) {
        hax_text_append(out, "outputs: not compared, these units compute nothing\n");
        return;
    }
    double largest = 0;
    const char *name = "";
    int compared = 0;
    for (int i = 0; i < result->row_count; i++) {
        const hax_row *row = &result->rows[i];
        compared += row->compared;
        if (row->compared && row->largest_difference >= largest) {
            largest = row->largest_difference;
            name = row->name;
        }
    }
    char allowed[60] = "";
    if (result->output_tolerance > 1e-3)
        snprintf(allowed, sizeof allowed, "; %.0e is allowed in this precision",
                 result->output_tolerance);
    hax_text_paragraph(out, 9, width,
                       "outputs: %s in %d deployments, compared with the single-unit run; "
                       "largest difference %.1e of the largest value (%s)%s",
                       result->outputs_equal ? "equal" : "DIFFERENT", compared, largest, name,
                       allowed);
}

static void append_verdict(const hax_result *result, const hax_report_style *style, hax_text *out)
{
    int width = hax_report_width(style);
    hax_text_paragraph(out, 9, width, "verdict: %s", result->verdict);
    if (result->outcome == HAX_OUTCOME_DO_NOT_SPLIT)
        hax_report_do_not_split(out, style);
    hax_report_refined(result, width, out);
    hax_report_notes(result, width, out);
}

/* The plan: where each instance runs, the proof, and the chart. */
static hax_status append_plan(const hax_result *result, const hax_report_style *style,
                              hax_text *out, hax_error *err)
{
    const hax_schedule *plan = result->rows[0].schedule;
    char *chart = NULL, *where = NULL;
    hax_status status = hax_report_assignment(result->problem, plan, &where, err);
    if (status == HAX_OK)
        status = hax_report_gantt_executed(result, 0, style, &chart, err);
    if (status == HAX_OK)
        hax_report_timeline(result, 0, hax_report_width(style), out);
    if (status == HAX_OK)
        hax_text_say(out, "\nThe plan (%s):\n",
                     hax_report_plan_proof(result->plan ? result->plan : plan).text);
    for (int p = 0; p < 3 && status == HAX_OK; p++)
        hax_text_append(out, p == 0 ? where : p == 1 ? "\n" : chart);
    free(where);
    free(chart);
    return status;
}

hax_status hax_report_result(const hax_result *result, const hax_report_style *style, char **text,
                             hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(result->profile->platform, width, &out);
    append_rows(result, &out);
    append_reading(result, width, &out);
    hax_report_unpredicted(result, width, &out);
    hax_text_append(&out, "\n");
    append_outputs(result, width, &out);
    append_verdict(result, style, &out);
    hax_status status = result->row_count > 0 ? append_plan(result, style, &out, err) : HAX_OK;
    if (status != HAX_OK) {
        hax_text_free(&out);
        return status;
    }
    return hax_report_take(&out, "a report", text, err);
}
