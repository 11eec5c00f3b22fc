/* What a platform offers, and why. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"
#include "table.h"

/* Names of the resources a unit holds, "core0+core1". */
static void append_resources(const hax_platform *platform, const hax_unit *unit, hax_text *text)
{
    bool first = true;
    for (int r = 0; r < platform->resource_count; r++) {
        if (!(unit->resources >> r & 1))
            continue;
        hax_text_say(text, "%s%s", first ? "" : "+", platform->resources[r]);
        first = false;
    }
}

static void append_unit(const hax_platform *platform, const hax_unit *unit, hax_table *table)
{
    const hax_kind *kind = &platform->kinds[unit->kind];
    hax_text resources = { 0 };
    append_resources(platform, unit, &resources);
    hax_table_cell(table, "%s", unit->name);
    hax_table_cell(table, "%s", hax_text_get(&resources));
    if (unit->sms > 0)
        hax_table_cell(table, "%d SMs", unit->sms);
    else
        hax_table_cell(table, "%d", unit->threads);
    hax_table_cell(table, "%s", kind->driver);
    hax_table_cell(table, "%s", kind->isa[0] ? kind->isa : "all");
    hax_table_cell(table, "%s", kind->precision);
    hax_table_cell(table, "%s", unit->reference ? "to compare" : "to plan on");
    table->failed |= resources.failed;
    hax_text_free(&resources);
}

static void append_fingerprint(const hax_fingerprint *print, int width, hax_text *out)
{
    hax_text_paragraph(out, 2, width, "machine: %s, %d core%s, %s, %s, clocks: %s", print->cpu,
                       print->cores, print->cores == 1 ? "" : "s", print->kernel, print->libraries,
                       print->clocks);
}

const char *hax_report_came_to(const hax_platform *platform)
{
    return platform->simulated ? "simulated" : "measured";
}

void hax_report_emulated(const hax_platform *platform, int width, hax_text *out)
{
    if (platform->emulated)
        hax_text_paragraph(
            out, 0, width,
            "EMULATED: a core of this machine, held to an old instruction set, stands in "
            "for a second device. The kernels and the shared memory are real, the "
            "silicon is not: read the result as a demonstration, not as advice for this "
            "machine.");
    if (platform->datasheet)
        hax_text_paragraph(out, 0, width,
                           "SIMULATED: %s is not here. Times are those of its data sheet, or of a "
                           "model calibrated on it; nothing was measured and nothing is computed.",
                           platform->name);
    else if (platform->simulated)
        hax_text_wrap(out,
                      "SIMULATED: times come from a virtual clock by a known law; nothing is "
                      "computed.",
                      0, 0, width);
    if (platform->emulated || platform->simulated)
        hax_text_append(out, "\n");
}

hax_status hax_report_platform(const hax_platform *platform, const hax_report_style *style,
                               char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(platform, width, &out);
    hax_text_say(&out, "%s: ", platform->name);
    hax_text_wrap(&out, platform->description, hax_text_columns(platform->name) + 2, 2, width);
    append_fingerprint(&platform->fingerprint, width, &out);
    hax_text_append(&out, "\n");
    hax_table table;
    static const char *const heads[] = { "unit",         "resources", "threads", "driver",
                                         "instructions", "precision", "use",     NULL };
    hax_table_open(&table, "llrllll", heads);
    for (int u = 0; u < platform->unit_count; u++)
        append_unit(platform, &platform->units[u], &table);
    hax_table_close(&table, 0, 0, &out);
    hax_text_append(&out, "\n");
    for (int u = 0; u < platform->unit_count; u++)
        hax_text_paragraph(&out, 2, width, "%s: %s", platform->units[u].name,
                           platform->units[u].why);
    hax_text_append(&out, "\n");
    hax_text_paragraph(&out, 0, width, "Units that share a resource never run at once.");
    return hax_report_take(&out, "a report", text, err);
}
