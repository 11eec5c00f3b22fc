/* The platform rounds command's answer: what others measured of networks at once, beside what this
 * evaluator says of their deployments and of ours. */
#include "haxconn/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "number.h"
#include "table.h"

/* "googlenet (published), inception (modelled)" */
static void append_networks(const hax_profile *profile, hax_text *out)
{
    for (int n = 0; n < profile->network_count; n++) {
        const hax_network_profile *network = &profile->networks[n];
        const char *source = network->cost[0][0].run_source;
        bool published = source && strncmp(source, "published", 9) == 0;
        hax_text_say(out, "%s%s (%s)", n > 0 ? " + " : "", network->name,
                     published ? "published times" : "modelled");
    }
    hax_text_append(out, "\n");
}

static void append_published(const hax_compared_round *round, hax_table *table)
{
    for (int r = 0; r < round->published->result_count; r++) {
        const hax_sheet_result *result = &round->published->results[r];
        bool told = isfinite(round->here_ms[r]);
        hax_table_cell(table, "there");
        hax_table_cell(table, "%s", result->name);
        hax_table_cell(table, "%g", result->ms);
        hax_table_cell(table, "%s", told ? hax_number_of(round->here_ms[r]).text : "-");
    }
}

static void append_ours(const hax_schedule *schedule, hax_table *table)
{
    hax_table_cell(table, "ours");
    hax_table_cell(table, "%s", schedule->name);
    hax_table_cell(table, "-");
    hax_table_cell(table, "%s", hax_number_of(schedule->value).text);
}

static hax_status append_round(const hax_compared_round *round, int width, hax_text *out,
                               hax_error *err)
{
    static const char *const heads[] = { "", "deployment", "published ms", "here ms", NULL };
    hax_table table;
    char *where = NULL;
    append_networks(round->profile, out);
    hax_table_open(&table, "llrr", heads);
    append_published(round, &table);
    for (int b = 0; b < round->baseline_count; b++)
        append_ours(round->baselines[b], &table);
    append_ours(round->plan, &table);
    hax_table_close(&table, 2, 0, out);
    hax_status status = hax_report_assignment(round->problem, round->plan, &where, err);
    if (status != HAX_OK)
        return status;
    hax_text_append(out, "  ");
    hax_text_paragraph(out, 4, width - 2, "verdict: %s; %s", round->verdict,
                       hax_report_proof(round->plan->proof));
    hax_text_append(out, "  ");
    hax_text_paragraph(out, 4, width - 2, "source: %s; UNCERTAIN: %s", round->published->source,
                       round->published->uncertain ? round->published->uncertain : "nothing known");
    hax_text_append(out, where);
    hax_text_append(out, "\n");
    free(where);
    return HAX_OK;
}

hax_status hax_report_rounds(const hax_platform *platform, int count,
                             const hax_compared_round *rounds, const hax_report_style *style,
                             char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(platform, width, &out);
    for (int r = 0; r < count; r++) {
        hax_status status = append_round(&rounds[r], width, &out, err);
        if (status != HAX_OK) {
            hax_text_free(&out);
            return status;
        }
    }
    if (platform->datasheet->rounds_text)
        hax_text_paragraph(&out, 0, width, "%s", platform->datasheet->rounds_text);
    return hax_report_take(&out, "a report", text, err);
}
