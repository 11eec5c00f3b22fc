/* The platform calibrate command's answer: the model's numbers, and what it says of groups that it
 * has and has not seen. */
#include "haxconn/report.h"

#include <math.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static hax_number off(double told_ms, double measured_ms)
{
    return hax_number_percent(100 * (told_ms / measured_ms - 1));
}

static void append_rows(const hax_calibration *calibration, int kind, hax_text *out)
{
    static const char *const heads[] = { "network", "layers",   "published ms", "fitted",
                                         "error",   "left out", "error",        NULL };
    hax_table table;
    hax_table_open(&table, "lrrrrrr", heads);
    for (int r = 0; r < calibration->row_count; r++) {
        const hax_calibration_row *row = &calibration->rows[r];
        if (row->kind != kind)
            continue;
        bool told = isfinite(row->left_out_ms);
        hax_table_cell(&table, "%s", row->network);
        hax_table_cell(&table, "%d-%d", row->first, row->last);
        hax_table_cell(&table, "%s", hax_number_of(row->measured_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(row->fitted_ms).text);
        hax_table_cell(&table, "%s", off(row->fitted_ms, row->measured_ms).text);
        hax_table_cell(&table, "%s", told ? hax_number_of(row->left_out_ms).text : "-");
        hax_table_cell(&table, "%s", told ? off(row->left_out_ms, row->measured_ms).text : "-");
    }
    hax_table_close(&table, 2, 0, out);
}

static void append_out(const hax_calibrated_kind *kind, int width, hax_text *out)
{
    hax_text_append(out, "  ");
    if (isfinite(kind->out_gbps))
        hax_text_paragraph(out, 4, width - 2, "OUT: %s ms + bytes at %s GB/s, within %.0f %%",
                           hax_number_of(kind->out_ms).text, hax_number_of(kind->out_gbps).text,
                           100 * kind->out_spread);
    else
        hax_text_paragraph(out, 4, width - 2, "OUT: %s ms whatever the size, within %.0f %%",
                           hax_number_of(kind->out_ms).text, 100 * kind->out_spread);
}

static bool any_left_out(const hax_calibration *calibration, int kind)
{
    for (int r = 0; r < calibration->row_count; r++)
        if (calibration->rows[r].kind == kind && isfinite(calibration->rows[r].left_out_ms))
            return true;
    return false;
}

static void append_error(const hax_calibration *calibration, int kind, int width, hax_text *out)
{
    const hax_calibrated_kind *calibrated = &calibration->kinds[kind];
    hax_text_append(out, "  ");
    if (any_left_out(calibration, kind))
        hax_text_paragraph(out, 4, width - 2,
                           "networks left out of the calibration: groups are told to a factor of "
                           "%.2f, whole networks to %.2f (root mean square of the logarithm)",
                           exp(calibrated->group_error), exp(calibrated->network_error));
    else
        hax_text_paragraph(out, 4, width - 2,
                           "no network could be left out: taken to be off by a factor of %.2f",
                           exp(calibrated->group_error));
    hax_text_append(out, "\n");
}

static void append_kind(const hax_platform *platform, const hax_calibration *calibration, int kind,
                        int width, hax_text *out)
{
    const hax_calibrated_kind *calibrated = &calibration->kinds[kind];
    const hax_sheet_kind *sheet = &platform->datasheet->kinds[kind];
    double memory_gbps = platform->datasheet->memory_gbps.value;
    hax_text_say(out, "%s: %d groups\n", platform->kinds[kind].name, calibrated->samples);
    append_rows(calibration, kind, out);
    hax_text_append(out, "  ");
    hax_text_paragraph(
        out, 4, width - 2,
        "model: %s ms a kernel, %s GMAC/s (%.0f %% of the sheet's), tensors at %s GB/s (%.0f %%), "
        "weights at %s GB/s (%.0f %%), %s ms for a network beyond",
        hax_number_of(calibrated->launch_ms).text, hax_number_of(calibrated->gmac_per_s).text,
        100 * calibrated->gmac_per_s / sheet->gmac_per_s.value,
        hax_number_of(calibrated->activation_gbps).text,
        100 * calibrated->activation_gbps / memory_gbps,
        hax_number_of(calibrated->weight_gbps).text, 100 * calibrated->weight_gbps / memory_gbps,
        hax_number_of(calibrated->network_ms).text);
    append_out(calibrated, width, out);
    append_error(calibration, kind, width, out);
}

static void append_wholes(const hax_platform *platform, const hax_calibration *calibration,
                          int width, hax_text *out)
{
    static const char *const heads[] = { "network", "unit", "elsewhere ms", "modelled", "error",
                                         "note",    NULL };
    hax_table table;
    hax_text_append(out, "whole networks, as a further check:\n");
    hax_table_open(&table, "llrrrl", heads);
    for (int w = 0; w < calibration->whole_count; w++) {
        const hax_calibration_whole *row = &calibration->wholes[w];
        bool told = isfinite(row->modelled_ms);
        hax_table_cell(&table, "%s", row->network);
        hax_table_cell(&table, "%s", platform->kinds[row->kind].name);
        hax_table_cell(&table, "%s", hax_number_of(row->measured_ms).text);
        hax_table_cell(&table, "%s", told ? hax_number_of(row->modelled_ms).text : "cannot");
        hax_table_cell(&table, "%s", told ? off(row->modelled_ms, row->measured_ms).text : "-");
        hax_table_cell(&table, "%s%s%s", row->calibrated ? "calibrated on" : "",
                       row->calibrated && row->uncertain ? "; " : "",
                       row->uncertain ? row->uncertain : "");
    }
    hax_table_close(&table, 2, width, out);
}

hax_status hax_report_calibration(const hax_platform *platform, const hax_calibration *calibration,
                                  const hax_report_style *style, char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_text_paragraph(&out, 0, width,
                       "The model of layers' times on %s, calibrated on the groups of its data "
                       "sheet. 'Left out': what a calibration without that network says of it.",
                       platform->name);
    hax_text_append(&out, "\n");
    for (int k = 0; k < calibration->kind_count; k++)
        append_kind(platform, calibration, k, width, &out);
    if (calibration->whole_count > 0)
        append_wholes(platform, calibration, width, &out);
    return hax_report_take(&out, "a report", text, err);
}
