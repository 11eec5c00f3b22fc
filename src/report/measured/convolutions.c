/* The contention convolutions command's answer. */
#include "haxconn/report.h"

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_cell(hax_table *table, const hax_profile *profile, int input, int kernel,
                        int unit)
{
    const hax_group_cost *cost = hax_convolution_cost(profile, input, kernel, unit);
    double share = hax_convolution_share(profile, input, kernel, unit);
    if (share > 0)
        hax_table_cell(table, "%.1f %3.0f %%", cost->gbps, 100 * share);
    else
        hax_table_cell(table, "%.1f", cost->gbps);
}

static void append_unit(const hax_profile *profile, int unit, hax_text *out)
{
    static const char *const heads[] = { "input",    "kernel 1", "kernel 2", "kernel 3",
                                         "kernel 4", "kernel 5", NULL };
    hax_table table;
    hax_text_say(out, "\n%s", profile->platform->units[unit].name);
    if (profile->contention)
        hax_text_say(out, ", which reads at most %.1f GB/s",
                     profile->contention[unit].peak_gbps[HAX_TRAFFIC_READ]);
    hax_text_append(out, "\n");
    hax_table_open(&table, "lrrrrr", heads);
    for (int i = 0; i < HAX_CONVOLUTION_INPUTS; i++) {
        hax_convolution_input size = hax_convolution_input_of(i);
        hax_table_cell(&table, "%dx%d", size.height, size.width);
        for (int k = 0; k < HAX_CONVOLUTION_KERNELS; k++)
            append_cell(&table, profile, i, k, unit);
    }
    hax_table_close(&table, 2, 0, out);
}

/* Has no earlier unit the same costs (one class)? */
static bool first_of_class(const hax_profile *profile, int unit)
{
    const hax_platform *platform = profile->platform;
    for (int u = 0; u < unit; u++)
        if (platform->units[u].class_id == platform->units[unit].class_id)
            return false;
    return true;
}

static bool all_black_box(const hax_profile *profile, int unit)
{
    for (int i = 0; i < HAX_CONVOLUTION_INPUTS; i++)
        for (int k = 0; k < HAX_CONVOLUTION_KERNELS; k++)
            if (hax_convolution_cost(profile, i, k, unit)->demand != HAX_DEMAND_BLACK_BOX)
                return false;
    return true;
}

hax_status hax_report_convolutions(const hax_profile *profile, const hax_report_style *style,
                                   char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(profile->platform, width, &out);
    hax_text_paragraph(&out, 0, width,
                       "What one convolution (64 channels in and out, border 1, ReLU) demands of "
                       "the memory, in GB/s and as a share of the most that the unit reads.");
    hax_report_stored(profile, width, &out);
    for (int u = 0; u < profile->platform->unit_count; u++) {
        if (!hax_convolution_cost(profile, 0, 0, u)->allowed || !first_of_class(profile, u))
            continue;
        append_unit(profile, u, &out);
        if (!all_black_box(profile, u))
            hax_text_append(&out, "  counted: nothing can press this unit\n");
    }
    return hax_report_take(&out, "a report", text, err);
}
