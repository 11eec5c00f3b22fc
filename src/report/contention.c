/* The contention fit command's answer. */
#include "haxconn/report.h"

#include <math.h>

#include "explain.h"
#include "table.h"

static void append_numbers(const hax_pccs *p, hax_text *out)
{
    hax_text_printf(out,
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
    enum { COLUMN = 14, FIRST = 14 };
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
            hax_table_cell(&table, "%.3f %+.3f", fit->slowdown[cell], form->residual[cell]);
        }
    }
    hax_text_printf(out,
                    "\nslowdown of each kernel (down) under each pressure (across), and by how "
                    "much the\nprediction is higher%s:\n",
                    step > 1 ? "; some pressures left out, --json has all" : "");
    hax_table_close(&table, 2, 0, out);
}

static void append_choice(const hax_contention_fit *fit, hax_text *out)
{
    if (fit->chosen == HAX_SLOWDOWN_PCCS)
        hax_text_printf(out, "\nchosen: the three regions, median error within %.3g %%\n",
                        100 * fit->error_limit);
    else
        hax_text_printf(out,
                        "\nchosen: the table, interpolated: the three regions miss by more than "
                        "%.3g %% (median)\n",
                        100 * fit->error_limit);
    if (fit->repaired_cells > 0)
        hax_text_printf(out,
                        "the table was made monotone: %d cells changed by more than 1 %%, at most "
                        "%.1f %%\n",
                        fit->repaired_cells, 100 * fit->repaired_most);
}

hax_status hax_report_contention_fit(const hax_contention_fit *fit, const hax_report_style *style,
                                     char **text, hax_error *err)
{
    hax_text out = { 0 };
    hax_text_printf(&out, "%d kernels under %d pressures, %s\n", fit->table.own_count,
                    fit->table.external_count,
                    fit->minor_region ? "some of which hardly notice"
                                      : "none of which goes unharmed (no minor region)");
    append_numbers(&fit->pccs.slowdown.pccs, &out);
    hax_text_append(&out, "\n");
    append_errors(fit, &out);
    append_cells(fit, hax_report_width(style), &out);
    append_choice(fit, &out);
    *text = hax_text_take(&out);
    return *text ? HAX_OK : hax_fail_memory(err, "a report");
}
