/* The schedule command's answer to --published. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"
#include "table.h"

/* In the words of the artifact's script. */
static void append_ways(const hax_published *data, const hax_published_way *ways, hax_text *out)
{
    for (int n = 0; n < 2; n++) {
        const hax_published_network *network = &data->networks[n];
        hax_text_say(out, "%s starts on %s\n", network->name, data->units[ways[n].unit]);
        if (ways[n].change > 0)
            hax_text_say(out, "%s applies transition after layer %d\n", network->name,
                         network->layer[ways[n].change]);
    }
}

static void append_optima(const hax_published_comparison *comparison, hax_text *out)
{
    const hax_published_answer *best = &comparison->enumerated;
    hax_text_say(out, "\nobjective of the published model: %.4f ms, reached by %d schedule%s\n",
                 best->objective_ms, best->optima, best->optima == 1 ? "" : "s");
    hax_text_say(out, "  all ways enumerated in %s ms\n", hax_number_of(best->seconds * 1e3).text);
    if (comparison->z3_failed[0])
        hax_text_say(out, "  Z3: %s\n", comparison->z3_failed);
    else
        hax_text_say(out, "  Z3: %.4f ms, in %s ms\n", comparison->by_z3.objective_ms,
                     hax_number_of(comparison->by_z3.seconds * 1e3).text);
    for (int o = 0; o < best->optima && o < HAX_PUBLISHED_OPTIMA && best->optima > 1; o++) {
        hax_text_say(out, "  optimum %d:", o + 1);
        for (int n = 0; n < 2; n++) {
            const hax_published_way *way = &comparison->optima[o][n];
            const hax_published_network *network = &comparison->data.networks[n];
            hax_text_say(out, "%s %s on %s", n ? ";" : "", network->name,
                         comparison->data.units[way->unit]);
            if (way->change > 0)
                hax_text_say(out, ", then %s from layer %d", comparison->data.units[1 - way->unit],
                             network->layer[way->change]);
        }
        hax_text_append(out, "\n");
    }
}

static void append_ours(const hax_published_comparison *comparison, hax_text *out)
{
    static const char *const heads[] = { "the same numbers by this library's evaluator", "ms",
                                         NULL };
    hax_table table;
    hax_table_open(&table, "lr", heads);
    for (int r = 0; r < HAX_PUBLISHED_ROWS; r++) {
        hax_table_cell(&table, "%s", hax_published_row_name((hax_published_row) r));
        hax_table_cell(&table, "%.3f", comparison->rows_ms[r]);
    }
    hax_text_append(out, "\n");
    hax_table_close(&table, 0, 0, out);
}

hax_status hax_report_published(const hax_published_comparison *comparison,
                                const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    append_ways(&comparison->data, comparison->optima[0], &out);
    append_optima(comparison, &out);
    append_ours(comparison, &out);
    hax_text_paragraph(&out, 0, hax_report_width(style),
                       "\nThe published model charges every group a slowdown whether anything runs "
                       "beside it or not, and the time of a group on the unit of the next; the "
                       "evaluator charges hand-over and, where there is contention, only what "
                       "really overlaps. Their milliseconds cannot be compared.");
    return hax_report_take(&out, "a report", text, err);
}
