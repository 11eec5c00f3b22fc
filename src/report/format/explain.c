/* Sentences that stand in several reports. */
#include "explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int hax_report_width(const hax_report_style *style)
{
    return style->width;
}

const char *hax_report_proof(hax_proof proof)
{
    switch (proof) {
    case HAX_PROOF_ALL: return "proven optimal over all schedules";
    case HAX_PROOF_EVENT_WAITS: return "proven optimal over schedules that wait for ends of jobs";
    case HAX_PROOF_NO: break;
    }
    return "not proven";
}

hax_proof_text hax_report_plan_proof(const hax_schedule *plan)
{
    hax_proof_text text;
    if (plan && plan->fewest && plan->proof == HAX_PROOF_NO)
        snprintf(text.text, sizeof text.text,
                 "proven within %.2g %% of the optimum, with the fewest changes of unit",
                 100 * plan->tie);
    else
        snprintf(text.text, sizeof text.text, "%s",
                 hax_report_proof(plan ? plan->proof : HAX_PROOF_NO));
    return text;
}

const char *hax_report_cut_short(const hax_schedule *baseline)
{
    return baseline && baseline->cut_short ? " (cut short)" : "";
}

void hax_report_unfinished(unsigned unfinished, int empty, hax_table *table)
{
    int count;
    const hax_baseline *baseline = hax_baselines(&count);
    for (int b = 0; b < count; b++) {
        if (!(unfinished >> b & 1))
            continue;
        hax_table_cell(table, "%s", baseline[b].name);
        hax_table_cell(table, "not finished");
        for (int e = 0; e < empty; e++)
            hax_table_cell(table, "%s", "");
    }
}

void hax_report_limits(const hax_schedule *const *baselines, int count, unsigned unfinished,
                       hax_text *out)
{
    bool cut = false;
    for (int b = 0; b < count; b++)
        cut = cut || baselines[b]->cut_short;
    if (cut)
        hax_text_append(out,
                        "cut short: ended by the time or an interruption before it was done\n");
    if (unfinished)
        hax_text_append(
            out, "not finished: ended by the time or an interruption before it had a schedule\n");
}

bool hax_report_whole(const hax_problem *problem, const hax_schedule *schedule)
{
    for (int i = 0; i < schedule->instance_count; i++)
        for (int g = 1; g < problem->instances[i].group_count; g++)
            if (schedule->assignment[i][g] != schedule->assignment[i][0])
                return false;
    return true;
}

const char *hax_report_objective_unit(hax_objective objective)
{
    return objective == HAX_THROUGHPUT ? "1/ms" : "ms";
}

hax_number hax_report_behind(hax_objective objective, double value, double best)
{
    double worse = objective == HAX_THROUGHPUT ? best - value : value - best;
    if (objective != HAX_DEADLINE && (best != 0 || worse == 0))
        return hax_number_percent(worse == 0 ? 0 : 100 * worse / fabs(best));
    hax_number number;
    snprintf(number.text, sizeof number.text, "%.27s ms", hax_number_of(worse).text);
    return number;
}

bool hax_report_says_do_not_split(const char *verdict)
{
    static const char words[] = "do not split";
    return verdict && strncmp(verdict, words, sizeof words - 1) == 0;
}

void hax_report_do_not_split(hax_text *text, const hax_report_style *style)
{
    hax_text_paragraph(
        text, 0, hax_report_width(style),
        "\"Do not split\" means: splits were searched too, and none beats keeping each "
        "network whole. Either the units are alike for these layers, or handing the "
        "tensor over and sharing the memory cost what a split would save.");
}

hax_status hax_report_take(hax_text *out, const char *what, char **text, hax_error *err)
{
    char *taken = hax_text_take(out);
    if (!taken)
        return hax_fail_memory(err, what);
    *text = taken;
    return HAX_OK;
}

void hax_report_stored(const hax_profile *profile, int width, hax_text *out)
{
    char words[200];
    if (hax_profile_stored_words(profile, words, sizeof words))
        hax_text_paragraph(out, 0, width, "Figures: %s.", words);
}

void hax_report_notes(const hax_result *result, int width, hax_text *out)
{
    if (result->disturbed > 0)
        hax_text_paragraph(out, 6, width,
                           "note: in %d of %d rounds the host of this virtual machine took "
                           "processors away",
                           result->disturbed, result->rounds);
    for (int i = 0; i < result->note_count; i++)
        hax_text_paragraph(out, 6, width, "note: %s", result->notes[i]);
}

void hax_report_unpredicted(const hax_result *result, int width, hax_text *out)
{
    const char *why = NULL;
    char names[200] = "";
    for (int i = 0; i < result->row_count; i++) {
        const hax_row *row = &result->rows[i];
        if (!row->unpredicted || (why && strcmp(why, row->unpredicted) != 0))
            continue;
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", row->name);
        why = row->unpredicted;
    }
    if (why)
        hax_text_paragraph(out, 0, width, "Not predicted: %s: %s.", names, why);
}
