/* The answers of contention measure and contention fit. */
#include "haxconn/report.h"

#include <math.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_numbers(const hax_pccs *p, hax_text *out)
{
    hax_text_say(out,
                 "normal %.4g GB/s, intensive %.4g GB/s, MRMC %.3g %%, TBWDC %.4g GB/s, "
                 "CBP %.4g GB/s, rate %.3g %% per GB/s\n",
                 p->normal_gbps, p->intensive_gbps, p->mrmc_percent, p->tbwdc_gbps, p->cbp_gbps,
                 p->rate_percent_per_gbps);
}

static void append_form(hax_table *table, const char *name, const hax_fit_form *form)
{
    hax_table_cell(table, "%s", name);
    hax_table_cell(table, "%.1f %%", 100 * form->error.median);
    hax_table_cell(table, "%.1f %%", 100 * form->error.p95);
    hax_table_cell(table, "%.1f %%", 100 * form->error.max);
    if (isnan(form->left_out.median)) {
        hax_table_cell(table, "-");
        hax_table_cell(table, "-");
        return;
    }
    hax_table_cell(table, "%.1f %%", 100 * form->left_out.median);
    hax_table_cell(table, "%.1f %%", 100 * form->left_out.p95);
}

static void append_errors(const hax_contention_fit *fit, hax_text *out)
{
    static const char *const heads[] = { "error of the slowdown", "median",  "p95", "max",
                                         "kernel left out",       "its p95", NULL };
    hax_table table;
    hax_table_open(&table, "lrrrrr", heads);
    append_form(&table, "three regions", &fit->pccs);
    append_form(&table, "table", &fit->bilinear);
    hax_table_close(&table, 2, 0, out);
}

/* Measured slowdowns with the residual behind; as many pressures as fit in the width. */
static void append_cells(const hax_contention_fit *fit, int width, hax_text *out)
{
    enum { COLUMN = 12, FIRST = 8 };
    const hax_fit_form *form = fit->chosen == HAX_SLOWDOWN_PCCS ? &fit->pccs : &fit->bilinear;
    static const char *const heads[] = { "GB/s", NULL };
    int most = (width - FIRST) / COLUMN, pressures = fit->table.external_count;
    if (most > HAX_TABLE_COLUMNS_MAX - 1)
        most = HAX_TABLE_COLUMNS_MAX - 1;
    int step = (pressures + most - 1) / most, columns = (pressures + step - 1) / step;
    hax_table table;
    hax_table_open(&table, &"rrrrrrrrrrrrrrrr"[HAX_TABLE_COLUMNS_MAX - 1 - columns], heads);
    for (int j = 0; j < pressures; j += step)
        hax_table_cell(&table, "%.3g", fit->table.external_gbps[j]);
    for (int i = 0; i < fit->table.own_count; i++) {
        hax_table_cell(&table, "%.3g", fit->table.own_gbps[i]);
        for (int j = 0; j < pressures; j += step) {
            int cell = i * pressures + j;
            double residual = round(100 * form->residual[cell]) / 100 + 0.0; /* no minus zero */
            hax_table_cell(&table, "%.2f %+.2f", fit->slowdown[cell], residual);
        }
    }
    hax_text_say(out,
                 "\nslowdown of each kernel (down) under each pressure (across), and by how "
                 "much the\nprediction is higher%s:\n",
                 step > 1 ? "; some pressures left out, --json has all" : "");
    hax_table_close(&table, 2, 0, out);
}

static void append_choice(const hax_contention_fit *fit, hax_text *out)
{
    if (fit->chosen == HAX_SLOWDOWN_PCCS && isnan(fit->pccs.left_out.p95))
        hax_text_say(out, "\nchosen: the three regions, 95 of 100 cells within %.3g %%\n",
                     100 * fit->error_limit);
    else if (fit->chosen == HAX_SLOWDOWN_PCCS)
        hax_text_say(out,
                     "\nchosen: the three regions, 95 of 100 cells within %.3g %%, and kernels "
                     "that were\nleft out predicted no worse than by the table\n",
                     100 * fit->error_limit);
    else if (!(fit->pccs.error.p95 <= fit->error_limit))
        hax_text_say(out,
                     "\nchosen: the table, interpolated: the three regions miss more than 5 of "
                     "100 cells\nby more than %.3g %%\n",
                     100 * fit->error_limit);
    else
        hax_text_say(out,
                     "\nchosen: the table, interpolated: the three regions are within %.3g %% of "
                     "95 of 100\ncells, but it predicts kernels that were left out better (p95 "
                     "%.1f %%, they %.1f %%)\n",
                     100 * fit->error_limit, 100 * fit->bilinear.left_out.p95,
                     100 * fit->pccs.left_out.p95);
    if (fit->repaired_cells > 0)
        hax_text_say(out,
                     "the table was made monotone: %d cells changed by more than 1 %%, at most "
                     "%.1f %%\n",
                     fit->repaired_cells, 100 * fit->repaired_most);
}

static void append_fit(const hax_contention_fit *fit, const hax_report_style *style, hax_text *out)
{
    hax_text_say(out, "%d kernels under %d pressures, %s\n", fit->table.own_count,
                 fit->table.external_count,
                 fit->minor_region ? "some of which hardly notice"
                                   : "none of which goes unharmed (no minor region)");
    append_numbers(&fit->pccs.slowdown.pccs, out);
    hax_text_append(out, "\n");
    append_errors(fit, out);
    append_cells(fit, hax_report_width(style), out);
    append_choice(fit, out);
}

static void append_peaks(const hax_profile *profile, hax_text *out)
{
    static const char *const heads[] = { "most it moves, GB/s", "traffic", "alone",
                                         "with the others", NULL };
    hax_table table;
    hax_table_open(&table, "llrr", heads);
    for (int u = 0; u < profile->platform->unit_count; u++) {
        const hax_unit_contention *contention = &profile->contention[u];
        for (int k = HAX_TRAFFIC_READ; contention->fit && k < HAX_TRAFFIC_KINDS; k++) {
            hax_table_cell(&table, "%s", k == 0 ? profile->platform->units[u].name : "");
            hax_table_cell(&table, "%s", hax_traffic_kind_name((hax_traffic_kind) k));
            hax_table_cell(&table, "%.1f", contention->peak_gbps[k]);
            hax_table_cell(&table, "%.1f", contention->together_gbps[k]);
        }
    }
    hax_table_close(&table, 0, 0, out);
    hax_text_append(out,
                    "\nA copied byte counts twice, read and written. 'With the others' is the sum "
                    "over all\nunits that can run beside it.\n");
}

/* Has an earlier unit the same contention (one class)? */
static bool told_before(const hax_profile *profile, int unit)
{
    for (int u = 0; u < unit; u++)
        if (profile->contention[u].fit &&
            profile->platform->units[u].class_id == profile->platform->units[unit].class_id)
            return true;
    return false;
}

static void append_counters(const char *counters, int width, hax_text *out)
{
    if (counters[0])
        hax_text_paragraph(out, 0, width,
                           "\nCounters of memory traffic: the kernel offers %s. They are not read "
                           "yet: demands of groups are read off slowdowns.",
                           counters);
    else
        hax_text_paragraph(out, 0, width,
                           "\nCounters of memory traffic: none (neither memory controllers in perf "
                           "nor resctrl, as in most virtual machines). Demands of groups are read "
                           "off slowdowns.");
}

hax_status hax_report_contention(const hax_profile *profile, const char *counters,
                                 const hax_report_style *style, char **text, hax_error *err)
{
    hax_text out = { 0 };
    bool any = false;
    for (int u = 0; profile->contention && u < profile->platform->unit_count; u++)
        any = any || profile->contention[u].fit;
    hax_report_stored(profile, hax_report_width(style), &out);
    if (any && profile->stored.runs > 0)
        hax_text_append(&out, "\n");
    if (any)
        append_peaks(profile, &out);
    else
        hax_text_append(&out,
                        "no two units of this platform run side by side: nothing slows down\n");
    for (int u = 0; any && u < profile->platform->unit_count; u++) {
        const hax_unit_contention *contention = &profile->contention[u];
        if (!contention->fit || profile->platform->units[u].reference || told_before(profile, u))
            continue;
        hax_text_say(&out, "\n%s under pressure (%s): ", profile->platform->units[u].name,
                     hax_traffic_kind_name(contention->traffic));
        append_fit(contention->fit, style, &out);
    }
    if (any && counters)
        append_counters(counters, hax_report_width(style), &out);
    return hax_report_take(&out, "a report", text, err);
}

hax_status hax_report_contention_fit(const hax_contention_fit *fit, const hax_report_style *style,
                                     char **text, hax_error *err)
{
    hax_text out = { 0 };
    append_fit(fit, style, &out);
    return hax_report_take(&out, "a report", text, err);
}
