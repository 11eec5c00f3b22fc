/* How the plan of a stream was chosen, and changed while it ran. */
#include <math.h>

#include "explain.h"
#include "haxconn/report.h"
#include "number.h"
#include "table.h"

hax_status hax_report_stream_choice(const hax_stream_choice *choice, const hax_report_style *style,
                                    char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_text rate = { 0 };
    if (choice->factor > 0)
        hax_text_printf(&rate, "all rates times %s, ", hax_number_of(choice->factor).text);
    if (choice->factor > 0)
        hax_text_append(&out, "\n"); /* behind the table of rates */
    hax_text_paragraph(&out, 2, hax_report_width(style),
                       "haxconn: the best of %d plans in a simulation of the stream, %s: %s%lld of "
                       "%lld frames late or dropped, mean latencies together %s ms.",
                       choice->candidates, choice->schedule->name, hax_text_get(&rate),
                       (long long) choice->late, (long long) choice->frames,
                       isfinite(choice->latency_ms) ? hax_number_of(choice->latency_ms).text
                                                    : "unknown");
    hax_text_free(&rate);
    return hax_report_take(&out, "a report", text, err);
}

static void append_number(hax_table *table, double value)
{
    hax_table_cell(table, "%s", isfinite(value) ? hax_number_of(value).text : "-");
}

/* How far the plan in force may be from the best, by the round. */
static void append_gap(hax_table *table, const hax_stream_plan *plan)
{
    double gap = hax_objective_gap(plan->objective, plan->round, plan->bound);
    if (!isfinite(plan->bound) || !isfinite(gap))
        hax_table_cell(table, "-");
    else
        hax_table_cell(table, "%.1f %%", 100 * gap);
}

static void append_plan(hax_table *table, const hax_stream_plan *plan, bool by_frames)
{
    hax_table_cell(table, "%s", hax_number_of(plan->after_ms).text);
    hax_table_cell(table, "%s%s", plan->plan, plan->kept && !plan->ended ? " (stays)" : "");
    if (by_frames && plan->by_frames) {
        hax_table_cell(table, "%lld of %lld", (long long) plan->late, (long long) plan->frames);
        append_number(table, plan->latency_ms);
    } else if (by_frames) {
        hax_table_cell(table, "-");
        hax_table_cell(table, "-");
    }
    append_number(table, plan->round);
    append_number(table, plan->bound);
    if (!by_frames)
        append_gap(table, plan);
}

static void append_change(int count, const hax_stream_plan *plans, bool by_frames, int width,
                          hax_text *out)
{
    static const char *const with_frames[] = { "after ms", "plan in force", "late", "latency ms",
                                               "round",    "bound",         NULL };
    static const char *const by_round[] = { "after ms", "plan in force", "round",
                                            "bound",    "gap",           NULL };
    hax_table table;
    hax_text_append(out, "\n");
    hax_text_paragraph(out, 2, width, "%d. after %s s: %s", plans->change,
                       hax_number_of(plans->changed_s).text, plans->what);
    hax_table_open(&table, by_frames ? "rlrrrr" : "rlrrr", by_frames ? with_frames : by_round);
    for (int p = 0; p < count; p++)
        append_plan(&table, &plans[p], by_frames);
    hax_table_close(&table, 2, 0, out);
    const hax_stream_plan *last = &plans[count - 1];
    if (last->ended && isnan(last->best))
        return; /* a unit is tried: nothing was searched for */
    hax_text_append(out, "  ");
    if (!last->ended)
        hax_text_append(out, "The search was not done when this ended.\n");
    else if (last->proof != HAX_PROOF_NO)
        hax_text_paragraph(out, 2, width, "The best round is %s, %s, after %s ms.",
                           hax_number_of(last->best).text, hax_report_proof(last->proof),
                           hax_number_of(last->after_ms).text);
    else
        hax_text_paragraph(out, 2, width,
                           "The best round found is %s; searched without a proof until nothing "
                           "better came for a long time.",
                           hax_number_of(last->best).text);
}

hax_status hax_report_stream_plans(int count, const hax_stream_plan *plans,
                                   const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    const int width = hax_report_width(style);
    bool by_frames = false;
    for (int p = 0; p < count; p++)
        by_frames = by_frames || plans[p].by_frames;
    if (count > 0)
        hax_text_append(&out, "\nhow the plan changed\n");
    for (int p = 0, end; p < count; p = end) {
        for (end = p + 1; end < count && plans[end].change == plans[p].change;)
            end++;
        append_change(end - p, &plans[p], by_frames, width, &out);
    }
    if (by_frames) {
        hax_text_append(&out, "\n");
        hax_text_paragraph(&out, 0, width,
                           "late, latency: of the frames of a simulation by the figures in force; "
                           "round: its objective (%s), bound: proven for all schedules.",
                           hax_objective_name(plans->objective));
    }
    return hax_report_take(&out, "a report", text, err);
}
