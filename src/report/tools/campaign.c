/* A campaign: how many engines of which kind, what is left out, how long it takes. */
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "haxconn/report.h"
#include "number.h"
#include "table.h"

/* Names are NET_unit_kind_at_N. */
typedef struct counts {
    int whole, transitions, marks, fallback;
} counts;

static counts count_engines(const hax_campaign *campaign, int network)
{
    counts result = { 0 };
    for (int e = 0; e < campaign->engine_count; e++) {
        const hax_campaign_engine *engine = &campaign->engines[e];
        if (engine->network != network)
            continue;
        result.whole += engine->engine.transition < 0 && engine->engine.mark < 0;
        result.transitions += engine->engine.transition >= 0;
        result.marks += engine->engine.mark >= 0;
        if (engine->fallback > result.fallback)
            result.fallback = engine->fallback;
    }
    return result;
}

/* "googlenet" of its first engine. */
static void append_name(const hax_campaign *campaign, int network, hax_table *table)
{
    for (int e = 0; e < campaign->engine_count; e++) {
        const char *name = campaign->engines[e].name;
        if (campaign->engines[e].network != network)
            continue;
        const char *end = strstr(name, "_gpu_");
        end = end ? end : strstr(name, "_dla_");
        hax_table_cell(table, "%.*s", end ? (int) (end - name) : (int) strlen(name), name);
        return;
    }
    hax_table_cell(table, "%s", "-");
}

static void append_engines(const hax_campaign *campaign, hax_text *out)
{
    static const char *const heads[] = {
        "network", "whole", "one change of unit", "one output more", "layers always on the GPU",
        NULL
    };
    hax_table table;
    int networks = 0;
    for (int e = 0; e < campaign->engine_count; e++)
        if (campaign->engines[e].network >= networks)
            networks = campaign->engines[e].network + 1;
    hax_table_open(&table, "lrrrr", heads);
    for (int n = 0; n < networks; n++) {
        counts engines = count_engines(campaign, n);
        append_name(campaign, n, &table);
        hax_table_cell(&table, "%d", engines.whole);
        hax_table_cell(&table, "%d", engines.transitions);
        hax_table_cell(&table, "%d", engines.marks);
        hax_table_cell(&table, "%d", engines.fallback);
    }
    hax_table_close(&table, 0, 0, out);
}

static void append_left_out(const hax_campaign *campaign, int width, hax_text *out)
{
    if (campaign->left_out_count == 0)
        return;
    hax_text_paragraph(out, 0, width,
                       "\nLeft out (%d), with the reason:", campaign->left_out_count);
    for (int l = 0; l < campaign->left_out_count; l++)
        hax_text_paragraph(out, 4, width, "  %s: %s", campaign->left_out[l].name,
                           campaign->left_out[l].reason);
}

hax_status hax_report_campaign(const hax_campaign *campaign, const char *folder,
                               const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    int width = hax_report_width(style);
    hax_text_paragraph(&out, 0, width, "%d engines to build and to measure, about %.0f minutes",
                       campaign->engine_count, campaign->seconds / 60);
    hax_text_append(&out, "\n");
    append_engines(campaign, &out);
    append_left_out(campaign, width, &out);
    hax_text_append(&out, "\n");
    hax_text_paragraph(
        &out, 0, width,
        "The time is taken from an assumption for each build; once it runs, what was "
        "built and measured says how much is left.");
    hax_text_say(&out,
                 "\nnext, on the board, as root with the clocks at their highest:\n"
                 "    sh %s/campaign.sh\nthen, where haxconn is:\n    sh %s/import.sh\n",
                 folder, folder);
    return hax_report_take(&out, "a report", text, err);
}
