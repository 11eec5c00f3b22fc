/* The overhead command's answer. */
#include "haxconn/report.h"

#include <math.h>
#include <stdlib.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_percent(hax_table *table, double percent)
{
    hax_table_cell(table, "%+.1f %%", round(10 * percent) / 10 + 0.0);
}

static void append_rows(const hax_overhead *overhead, hax_text *out)
{
    static const char *const heads[] = {
        "network", "planner idle ms", "planning ms", "longer by", "p25", "p75", NULL
    };
    hax_table table;
    hax_table_open(&table, "lrrrrr", heads);
    for (int r = 0; r < overhead->row_count; r++) {
        const hax_overhead_row *row = &overhead->rows[r];
        hax_table_cell(&table, "%s", row->network);
        hax_table_cell(&table, "%s", hax_number_of(row->idle.median).text);
        hax_table_cell(&table, "%s", hax_number_of(row->solving.median).text);
        append_percent(&table, row->percent.median);
        append_percent(&table, row->percent.p25);
        append_percent(&table, row->percent.p75);
    }
    hax_table_close(&table, 0, 0, out);
}

/* Units with their processors, since who shares what is the point. */
static void append_unit(const hax_unit *unit, hax_text *out)
{
    hax_text_say(out, "%s (%d thread%s)", unit->name, unit->threads, unit->threads == 1 ? "" : "s");
}

static char *describe_place(const hax_overhead *overhead, const hax_platform *platform)
{
    hax_text out = { 0 };
    append_unit(&platform->units[overhead->unit], &out);
    if (overhead->beside >= 0) {
        hax_text_say(&out, " beside %s on ", overhead->companion);
        append_unit(&platform->units[overhead->beside], &out);
    } else if (overhead->companion) {
        hax_text_say(&out,
                     ", alone: %s beside it would leave no processor to plan on (that takes "
                     "three)",
                     overhead->companion);
    }
    return hax_text_take(&out);
}

hax_status hax_report_overhead(const hax_overhead *overhead, const hax_platform *platform,
                               const hax_report_style *style, char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(platform, width, &out);
    append_rows(overhead, &out);
    char *where = describe_place(overhead, platform);
    hax_text_append(&out, "\n");
    hax_text_paragraph(&out, 0, width,
                       "median over the networks: %+.1f %%. Each ran on %s, with and without "
                       "the exact search in a loop on processor %d (%llu searches in %d rounds). "
                       "'Longer by' is the median of the ratios round by round.",
                       round(10 * overhead->median_percent) / 10 + 0.0, where ? where : "a unit",
                       overhead->cpu, (unsigned long long) overhead->searches, overhead->rounds);
    free(where);
    hax_text_append(&out, "published (HaX-CoNN, AGX Xavier, beside AlexNet on the DLA): -1.0 to "
                          "+3.2 %\n");
    return hax_report_take(&out, "a report", text, err);
}
