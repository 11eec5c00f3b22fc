/* The platform show command's answer: every number of a data sheet with its source. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"
#include "table.h"

/* "what value unit (source); UNCERTAIN: why" */
static void append_fact(const char *what, const char *source, const char *uncertain, int width,
                        hax_text *out)
{
    hax_text_append(out, "  ");
    hax_text_paragraph(out, 4, width - 2, "%s: %s%s%s", what, source,
                       uncertain ? "; UNCERTAIN: " : "", uncertain ? uncertain : "");
}

static void append_number(const char *what, const hax_sheet_number *number, const char *unit,
                          int width, hax_text *out)
{
    hax_text line = { 0 };
    hax_text_say(&line, "%s %g%s%s", what, number->value, *unit ? " " : "", unit);
    out->failed |= line.failed;
    append_fact(hax_text_get(&line), number->source, number->uncertain, width, out);
    hax_text_free(&line);
}

static void append_slowdown(const hax_sheet_kind *kind, int width, hax_text *out)
{
    const hax_pccs *p = &kind->slowdown.pccs;
    hax_text line = { 0 };
    if (!kind->slows)
        return;
    hax_text_say(&line,
                 "slowdown: PCCS, normal to %.1f GB/s, intensive from %.1f, MRMC %.1f %%, TBWDC "
                 "%.1f, CBP %.1f, %.2f %% for each GB/s, peak %.1f",
                 p->normal_gbps, p->intensive_gbps, p->mrmc_percent, p->tbwdc_gbps, p->cbp_gbps,
                 p->rate_percent_per_gbps, p->peak_gbps);
    out->failed |= line.failed;
    append_fact(hax_text_get(&line), kind->slowdown_source, kind->slowdown_uncertain, width, out);
    hax_text_free(&line);
}

static void append_kind(const hax_platform *platform, int k, int width, hax_text *out)
{
    const hax_sheet_kind *kind = &platform->datasheet->kinds[k];
    hax_text_say(out, "%s%s\n", platform->kinds[k].name,
                 kind->dla ? ", under the rules of a DLA" : "");
    append_number("computes", &kind->gmac_per_s, "GMAC/s at most", width, out);
    append_number("channels padded to", &kind->channels, "", width, out);
    if (kind->fallback >= 0)
        append_number("falls back where that takes at most", &kind->fallback_percent,
                      "% of a group", width, out);
    if (kind->pieces.value > 0)
        append_number("holds at most", &kind->pieces, "pieces of networks", width, out);
    append_slowdown(kind, width, out);
}

static void append_measured(const hax_datasheet *sheet, int width, hax_text *out)
{
    for (int m = 0; m < sheet->measured_count; m++) {
        const hax_sheet_network *network = &sheet->measured[m];
        hax_text line = { 0 };
        hax_text_say(&line, "%s, %d groups", network->network, network->group_count);
        out->failed |= line.failed;
        append_fact(hax_text_get(&line), network->source, network->uncertain, width, out);
        hax_text_free(&line);
    }
}

void hax_report_elsewhere(const hax_platform *platform, const hax_problem *problem, int width,
                          hax_text *out)
{
    const hax_sheet_round *round = hax_datasheet_round(platform->datasheet, problem);
    static const char *const heads[] = { "deployment", "published ms", NULL };
    hax_table table;
    if (!round)
        return;
    hax_text_append(out, "\nMeasured elsewhere, these networks at once:\n");
    hax_table_open(&table, "lr", heads);
    for (int r = 0; r < round->result_count; r++) {
        hax_table_cell(&table, "%s", round->results[r].name);
        hax_table_cell(&table, "%g", round->results[r].ms);
    }
    hax_table_close(&table, 6, 0, out);
    if (round->plan) {
        hax_text_append(out, "  ");
        hax_text_paragraph(out, 4, width - 2, "plan there: %s", round->plan);
    }
    append_fact("source", round->source, round->uncertain, width, out);
}

hax_status hax_report_datasheet(const hax_platform *platform, const hax_report_style *style,
                                char **text, hax_error *err)
{
    int width = hax_report_width(style);
    const hax_datasheet *sheet = platform->datasheet;
    hax_text out = { 0 };
    hax_text_say(&out, "%s: ", platform->name);
    hax_text_wrap(&out, platform->description, hax_text_columns(platform->name) + 2, 2, width);
    hax_text_append(&out, "\nthe machine\n");
    if (sheet->board)
        hax_text_say(&out, "  board %s, TensorRT %s\n", sheet->board,
                     sheet->tensorrt ? sheet->tensorrt : "as usual there");
    append_number("memory", &sheet->memory_gbps, "GB/s", width, &out);
    append_number("IN", &sheet->in_ms, "ms", width, &out);
    for (int k = 0; k < sheet->kind_count; k++)
        append_kind(platform, k, width, &out);
    hax_text_append(&out, "measured in groups\n");
    append_measured(sheet, width, &out);
    hax_text_say(&out, "measured as wholes: %d networks; at once: %d rounds\n", sheet->whole_count,
                 sheet->round_count);
    return hax_report_take(&out, "a report", text, err);
}
