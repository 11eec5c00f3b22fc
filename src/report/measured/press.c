/* The contention press command's answer. */
#include "haxconn/report.h"

#include <math.h>

#include "explain.h"
#include "table.h"

hax_status hax_report_press(const hax_press_config *config, const hax_pressed_unit *units,
                            const hax_report_style *style, char **text, hax_error *err)
{
    static const char *const heads[] = { "unit",  "asked GB/s",      "most it moves",
                                         "alone", "with the others", NULL };
    hax_text out = { 0 };
    hax_table table;
    hax_report_emulated(config->platform, hax_report_width(style), &out);
    hax_table_open(&table, "lrrrr", heads);
    for (int u = 0; u < config->platform->unit_count; u++) {
        if (!(config->gbps[u] > 0))
            continue;
        hax_table_cell(&table, "%s", config->platform->units[u].name);
        if (isfinite(config->gbps[u]))
            hax_table_cell(&table, "%.4g", config->gbps[u]);
        else
            hax_table_cell(&table, "all");
        hax_table_cell(&table, "%.1f", units[u].peak_gbps);
        hax_table_cell(&table, "%.2f", units[u].alone_gbps);
        hax_table_cell(&table, "%.2f", units[u].reached_gbps);
    }
    hax_table_close(&table, 0, 0, &out);
    return hax_report_take(&out, "a report", text, err);
}
