/* The stream command's answer. */
#include <math.h>

#include "explain.h"
#include "haxconn/report.h"
#include "number.h"
#include "table.h"

/* ---- the table ------------------------------------------------------------------------------- */

static void append_latency(hax_table *table, double ms)
{
    hax_table_cell(table, "%s", isnan(ms) ? "-" : hax_number_of(ms).text);
}

static void append_network(hax_table *table, const hax_stream_network *network)
{
    hax_table_cell(table, "  %s", network->name);
    hax_table_cell(table, "%s",
                   network->source.release == HAX_PERIODIC
                       ? hax_number_of(network->source.rate_hz).text
                       : "-");
    hax_table_cell(table, "%lld", (long long) network->ended);
    hax_table_cell(table, "%s", hax_number_of(network->ended_per_s).text);
    append_latency(table, network->p50_ms);
    append_latency(table, network->p95_ms);
    append_latency(table, network->p99_ms);
    append_latency(table, network->max_ms);
    if (isinf(network->source.deadline_ms))
        hax_table_cell(table, "-");
    else
        hax_table_cell(table, "%lld", (long long) network->missed);
    hax_table_cell(table, "%lld", (long long) network->dropped);
}

/* Deployments in lines of their own: beside the networks they would make it wider than 80 columns.
 */
static void append_rows(int count, const hax_stream_row *rows, hax_text *out)
{
    static const char *const heads[] = { "  network", "rate", "frames", "per s",   "ms: p50", "p95",
                                         "p99",       "max",  "missed", "dropped", NULL };
    hax_table table;
    hax_table_open(&table, "lrrrrrrrrr", heads);
    for (int r = 0; r < count; r++) {
        if (rows[r].result)
            hax_table_line(&table, rows[r].name);
        for (int n = 0; rows[r].result && n < rows[r].result->network_count; n++)
            append_network(&table, &rows[r].result->networks[n]);
    }
    hax_table_close(&table, 0, 0, out);
}

/* ---- lines below ----------------------------------------------------------------------------- */

static void append_loads(int count, const hax_stream_row *rows, hax_text *out)
{
    for (int r = 0; r < count; r++) {
        const hax_stream_result *result = rows[r].result;
        if (!result)
            continue;
        hax_text_say(out, "%s: %s s, load ", rows[r].name, hax_number_of(result->seconds).text);
        for (int u = 0; u < result->unit_count; u++)
            hax_text_say(out, "%s%s %.0f %%", u ? ", " : "", result->units[u].name,
                         100 * result->units[u].load);
        hax_text_append(out, "\n");
    }
    for (int r = 0; r < count; r++)
        if (rows[r].same_as)
            hax_text_say(out, "%s: the same plan as %s\n", rows[r].name, rows[r].same_as);
}

/* What a period was planned to come to. */
static void append_cycles(int count, const hax_stream_row *rows, int width, hax_text *out)
{
    for (int r = 0; r < count; r++) {
        const hax_cycle *cycle = rows[r].cycle;
        if (!cycle)
            continue;
        const hax_schedule *schedule = rows[r].schedule;
        double late_ms = schedule->value;
        const char *words = late_ms <= HAX_TIME_TOLERANCE_MS ? "every deadline is kept"
                            : schedule->bound > 0            ? "no schedule keeps every deadline"
                                                             : "no schedule was found that keeps "
                                                               "every deadline";
        hax_text_paragraph(
            out, 2, width,
            "%s: planned for a period of %s ms with %d frames, repeated: %s, the "
            "closest result is %s ms %s (%s).",
            rows[r].name, hax_number_of(cycle->period_ms).text, cycle->frame_count, words,
            hax_number_of(fabs(late_ms)).text, late_ms <= 0 ? "early" : "late",
            schedule->proof == HAX_PROOF_ALL ? "proven optimal" : "not proven optimal");
    }
}

static void append_unfinished(int count, const hax_stream_row *rows, hax_text *out)
{
    for (int r = 0; r < count; r++)
        for (int n = 0; rows[r].result && n < rows[r].result->network_count; n++) {
            const hax_stream_network *network = &rows[r].result->networks[n];
            if (network->lost > 0)
                hax_text_say(out, "%s: %lld frame%s of %s lost with a worker\n", rows[r].name,
                             (long long) network->lost, network->lost == 1 ? "" : "s",
                             network->name);
            if (network->unfinished > 0)
                hax_text_say(out, "%s: %lld frame%s of %s left without a result\n", rows[r].name,
                             (long long) network->unfinished, network->unfinished == 1 ? "" : "s",
                             network->name);
        }
}

static void append_outputs(const hax_stream_row *row, hax_text *out)
{
    long long compared = 0;
    double largest = 0;
    if (!row->result || !row->result->outputs_checked)
        return;
    for (int n = 0; n < row->result->network_count; n++) {
        compared += row->result->networks[n].compared;
        largest = fmax(largest, row->result->networks[n].largest_difference);
    }
    hax_text_say(out,
                 "%s: %lld outputs compared with those of a single unit: %s (largest difference "
                 "%.2g of the largest value)\n",
                 row->name, compared, row->result->outputs_equal ? "equal" : "THEY DIFFER",
                 largest);
}

/* ---- rates ----------------------------------------------------------------------------------- */

static void append_rate_row(hax_table *table, const hax_stream_row *row,
                            const hax_stream_result *of)
{
    hax_table_cell(table, "%s", row->name);
    if (row->rate->factor == 0)
        hax_table_cell(table, "none");
    else
        hax_table_cell(table, "%s%s", isinf(row->rate->first_missed) ? "> " : "",
                       hax_number_of(row->rate->factor).text);
    for (int n = 0; n < of->network_count; n++)
        if (of->networks[n].source.release == HAX_PERIODIC)
            hax_table_cell(table, "%s",
                           hax_number_of(row->rate->factor * of->networks[n].source.rate_hz).text);
}

static void append_rates(int count, const hax_stream_row *rows, int width, hax_text *out)
{
    const char *heads[HAX_TABLE_COLUMNS_MAX + 1] = { "highest rates kept", "factor" };
    char align[HAX_TABLE_COLUMNS_MAX + 1] = "lr";
    int columns = 2;
    const hax_stream_result *of = rows[0].result;
    hax_table table;
    if (!rows[0].rate || !of)
        return;
    for (int n = 0; n < of->network_count && columns < HAX_TABLE_COLUMNS_MAX; n++)
        if (of->networks[n].source.release == HAX_PERIODIC) {
            heads[columns] = of->networks[n].name;
            align[columns++] = 'r';
        }
    hax_text_append(out, "\n");
    hax_table_open(&table, align, heads);
    for (int r = 0; r < count; r++)
        if (rows[r].rate)
            append_rate_row(&table, &rows[r], of);
    hax_table_close(&table, 0, 0, out);
    hax_text_paragraph(out, 0, width,
                       "All rates times one factor, no frame dropped or late; known to 1 %%.");
}

hax_status hax_report_stream(int count, const hax_stream_row *rows, const hax_platform *platform,
                             const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    int width = hax_report_width(style);
    hax_report_emulated(platform, width, &out);
    append_rows(count, rows, &out);
    hax_text_append(&out, "\n");
    append_loads(count, rows, &out);
    append_cycles(count, rows, width, &out);
    append_unfinished(count, rows, &out);
    for (int r = 0; r < count; r++)
        append_outputs(&rows[r], &out);
    append_rates(count, rows, width, &out);
    return hax_report_take(&out, "a report", text, err);
}

hax_status hax_report_stream_line(const hax_stream_result *result, char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_text_say(&out, "%.0f s", result->seconds);
    for (int n = 0; n < result->network_count; n++) {
        const hax_stream_network *network = &result->networks[n];
        hax_text_say(&out, " | %s %s/s", network->name, hax_number_of(network->ended_per_s).text);
        if (network->ended > 0)
            hax_text_say(&out, " p99 %s ms", hax_number_of(network->p99_ms).text);
        if (network->missed > 0)
            hax_text_say(&out, " %lld missed", (long long) network->missed);
        if (network->dropped > 0)
            hax_text_say(&out, " %lld dropped", (long long) network->dropped);
    }
    return hax_report_take(&out, "a line", text, err);
}
