/* The contention check command's answer. */
#include "haxconn/report.h"

#include <math.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void append_error(hax_table *table, const char *name, const hax_check_error *error)
{
    hax_table_cell(table, "%s", name);
    hax_table_cell(table, "%d", error->count);
    const double errors[] = { error->median, error->p95, error->uncontended_median,
                              error->uncontended_p95 };
    for (int e = 0; e < 4; e++)
        if (error->count > 0)
            hax_table_cell(table, "%.1f %%", 100 * errors[e]);
        else
            hax_table_cell(table, "-");
}

static void append_errors(const hax_contention_check *check, hax_text *out)
{
    static const char *const heads[] = {
        "error of the prediction", "count", "median", "p95", "blind median", "blind p95", NULL
    };
    hax_table table;
    hax_table_open(&table, "lrrrrr", heads);
    append_error(&table, "groups beside pressure", &check->errors[HAX_CHECKED_PRESSED]);
    append_error(&table, "  slowed by 5 % or more", &check->errors[HAX_CHECKED_PRESSED_BOUND]);
    append_error(&table, "groups beside networks", &check->errors[HAX_CHECKED_BESIDE]);
    append_error(&table, "  slowed by 5 % or more", &check->errors[HAX_CHECKED_BESIDE_BOUND]);
    append_error(&table, "rounds of two networks", &check->errors[HAX_CHECKED_ROUNDS]);
    hax_table_close(&table, 0, 0, out);
}

/* By how much a prediction is off; no minus before a zero. */
static void append_off(hax_table *table, double predicted, double measured)
{
    hax_table_cell(table, "%+.1f %%", round(1000 * (predicted / measured - 1)) / 10 + 0.0);
}

static void append_rounds(const hax_contention_check *check, hax_text *out)
{
    static const char *const heads[] = { "at once",     "predicted ms", "blind ms",
                                         "measured ms", "error",        NULL };
    const hax_profile *profile = check->profile;
    hax_table table;
    hax_table_open(&table, "lrrrr", heads);
    for (int r = 0; r < check->round_count; r++) {
        const hax_checked_round *round = &check->rounds[r];
        hax_table_cell(&table, "%s on %s, %s on %s", profile->networks[round->networks[0]].name,
                       profile->platform->units[round->units[0]].name,
                       profile->networks[round->networks[1]].name,
                       profile->platform->units[round->units[1]].name);
        hax_table_cell(&table, "%s", hax_number_of(round->predicted_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(round->uncontended_ms).text);
        hax_table_cell(&table, "%s", hax_number_of(round->measured_ms).text);
        append_off(&table, round->predicted_ms, round->measured_ms);
    }
    hax_table_close(&table, 0, 0, out);
}

/* The groups that are slowed most. */
static void append_groups(const hax_contention_check *check, hax_text *out)
{
    enum { SHOWN = 12 };
    static const char *const heads[] = { "most slowed", "beside", "predicted",
                                         "measured",    "error",  NULL };
    const hax_profile *profile = check->profile;
    hax_table table;
    hax_table_open(&table, "llrrr", heads);
    double below = INFINITY;
    for (int shown = 0; shown < SHOWN; shown++) {
        const hax_checked_group *next = NULL;
        for (int g = 0; g < check->group_count; g++)
            if (check->groups[g].measured < below &&
                (!next || check->groups[g].measured > next->measured))
                next = &check->groups[g];
        if (!next)
            break;
        below = next->measured;
        const hax_network_profile *network = &profile->networks[next->network];
        hax_table_cell(&table, "%s %d-%d on %s", network->name, network->groups[next->group].first,
                       network->groups[next->group].last,
                       profile->platform->units[next->unit].name);
        if (next->beside >= 0)
            hax_table_cell(&table, "%s", profile->networks[next->beside].name);
        else
            hax_table_cell(&table, "%.1f GB/s", next->external_gbps);
        hax_table_cell(&table, "%.2f", next->predicted);
        hax_table_cell(&table, "%.2f", next->measured);
        append_off(&table, next->predicted, next->measured);
    }
    hax_table_close(&table, 0, 0, out);
}

hax_status hax_report_contention_check(const hax_contention_check *check,
                                       const hax_report_style *style, char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    hax_report_emulated(check->profile->platform, width, &out);
    append_errors(check, &out);
    hax_text_paragraph(
        &out, 0, width,
        "\nMedians of %d round%s in which all took turns. 'Blind' is a model in which "
        "nothing slows anything down.",
        check->counted, check->counted == 1 ? "" : "s");
    if (check->disturbed > 0)
        hax_text_paragraph(&out, 0, width,
                           "Rounds done again because the host of this virtual machine took its "
                           "processors away: %d.",
                           check->disturbed);
    if (check->round_count > 0) {
        hax_text_append(&out, "\n");
        append_rounds(check, &out);
    }
    hax_text_append(&out, "\n");
    append_groups(check, &out);
    return hax_report_take(&out, "a report", text, err);
}
