/* The "haxconn/overhead" document. */
#include <jansson.h>

#include "haxconn/experiment.h"
#include "haxconn/version.h"
#include "json.h"
#include "run.h"

static json_t *row_json(const hax_overhead_row *row)
{
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "network", row->network, "idle_ms",
                     row->idle.median, "solving_ms", row->solving.median, "median_percent",
                     row->percent.median, "p25_percent", row->percent.p25, "p75_percent",
                     row->percent.p75);
}

hax_status hax_overhead_text(const hax_overhead *overhead, const hax_platform *platform,
                             char **json, hax_error *err)
{
    json_t *rows = json_array();
    for (int r = 0; rows && r < overhead->row_count; r++)
        hax_json_append(&rows, row_json(&overhead->rows[r]));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:o, s:o, s:s, s:s?, s:s?, s:i, s:i, s:I, s:f, s:o}", "schema",
        "haxconn/overhead", "version", 1, "tool", "haxconn " HAX_VERSION, "platform",
        hax_machine_platform_json(platform), "fingerprint",
        hax_machine_fingerprint_json(&platform->fingerprint), "unit",
        platform->units[overhead->unit].name, "beside",
        overhead->beside >= 0 ? platform->units[overhead->beside].name : NULL, "companion",
        overhead->beside >= 0 ? overhead->companion : NULL, "cpu", overhead->cpu, "rounds",
        overhead->rounds, "searches", (json_int_t) overhead->searches, "median_percent",
        overhead->median_percent, "rows", rows);
    if (!tree)
        return hax_fail_memory(err, "a document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
