/* A profile: what every group costs on every unit. */
#include "haxconn/report.h"

#include <math.h>
#include <string.h>

#include "explain.h"
#include "number.h"
#include "table.h"

static void head(const hax_profile *profile, hax_table *table)
{
    char align[HAX_TABLE_COLUMNS_MAX + 1] = "rr";
    int units = profile->platform->unit_count;
    for (int u = 0; u < units && u + 2 < HAX_TABLE_COLUMNS_MAX; u++) {
        align[u + 2] = 'r';
        align[u + 3] = '\0';
    }
    static const char *const heads[] = { "group", "layers", NULL };
    hax_table_open(table, align, heads);
    for (int c = 2; c < table->column_count; c++)
        hax_table_cell(table, "%s", profile->platform->units[c - 2].name);
}

/* Of other tools' files, which are measurements. */
static bool is_imported(const hax_group_cost *cost)
{
    return strncmp(cost->run_source, "imported: ", 10) == 0;
}

static bool is_modelled(const hax_group_cost *cost)
{
    return cost->run_source && !is_imported(cost) &&
           strncmp(cost->run_source, "published:", 10) != 0 &&
           strncmp(cost->run_source, "published, several", 18) != 0;
}

/* Of a data sheet; an imported profile may be of the same platform and yet measured. */
static bool is_told(const hax_profile *profile)
{
    for (int n = 0; n < profile->network_count; n++)
        for (int g = 0; g < profile->networks[n].group_count; g++)
            for (int u = 0; u < profile->platform->unit_count; u++)
                if (profile->networks[n].cost[g][u].run_source &&
                    !is_imported(&profile->networks[n].cost[g][u]))
                    return true;
    return false;
}

static void cost_cell(const hax_group_cost *cost, hax_table *table)
{
    if (cost->allowed)
        hax_table_cell(table, "%s%s", is_modelled(cost) ? "~" : "",
                       hax_number_of(cost->run.median).text);
    else
        hax_table_cell(table, "cannot");
}

/* Least and largest median of what was measured. */
struct range {
    int count;
    double least;
    double largest;
};

static void widen(struct range *range, const hax_summary *summary)
{
    if (summary->count == 0)
        return;
    range->least = range->count == 0 ? summary->median : fmin(range->least, summary->median);
    range->largest = fmax(range->largest, summary->median);
    range->count++;
}

/* The hand-overs are small beside the groups: their range is enough here. */
static void append_hand_over(const hax_network_profile *network, int units, int width,
                             hax_text *out)
{
    struct range in = { 0 }, leaving = { 0 };
    for (int g = 0; g < network->group_count; g++) {
        for (int u = 0; u < units; u++) {
            if (!network->cost[g][u].allowed)
                continue;
            widen(&in, &network->cost[g][u].in);
            widen(&leaving, &network->cost[g][u].out);
        }
    }
    if (in.count == 0 && leaving.count == 0)
        return;
    hax_text_append(out, "  ");
    hax_text_paragraph(out, 2, width - 2,
                       "a change of unit costs %s to %s ms before the group (IN), %s to %s ms "
                       "after it (OUT)",
                       hax_number_of(in.least).text, hax_number_of(in.largest).text,
                       hax_number_of(leaving.least).text, hax_number_of(leaving.largest).text);
}

/* What it costs to go on with a network on another unit of one kind, where nothing is copied. */
static void append_entering(const hax_network_profile *network, int units, int width, hax_text *out)
{
    double largest_ms = 0, sum_ms = 0;
    int count = 0;
    for (int g = 0; g < network->group_count; g++)
        for (int u = 0; u < units; u++)
            for (int e = 0; e < network->cost[g][u].entered_count; e++) {
                const double ms =
                    hax_profile_entering_ms(&network->cost[g][u], &network->cost[g][u].entered[e]);
                largest_ms = fmax(largest_ms, ms);
                sum_ms += ms;
                count++;
            }
    if (count == 0)
        return;
    hax_text_append(out, "  ");
    if (largest_ms > 0)
        hax_text_paragraph(out, 2, width - 2,
                           "entering a unit from another one of its kind (caches that are cold, "
                           "threads that sleep) costs a group %s ms on average, %s ms at most",
                           hax_number_of(sum_ms / count).text, hax_number_of(largest_ms).text);
    else
        hax_text_paragraph(out, 2, width - 2,
                           "entering a unit from another one of its kind costs nothing that could "
                           "be measured");
}

/* Sum over the groups; NaN when the unit cannot run one of them. */
static double total(const hax_network_profile *network, int unit)
{
    double sum = 0;
    for (int g = 0; g < network->group_count; g++)
        sum += network->cost[g][unit].allowed ? network->cost[g][unit].run.median : NAN;
    return sum;
}

/* What every group demands of the memory, and where it stands on its unit's slowdown function. */
static void append_demands(const hax_profile *profile, const hax_network_profile *network,
                           hax_text *out)
{
    hax_table table;
    hax_text_append(
        out, "  demand in GB/s, as the others feel it, and (own) by how pressure slows it:\n");
    head(profile, &table);
    for (int g = 0; g < network->group_count; g++) {
        hax_table_cell(&table, "%d", g);
        hax_table_cell(&table, "%d-%d", network->groups[g].first, network->groups[g].last);
        for (int c = 2; c < table.column_count; c++) {
            const hax_group_cost *cost = &network->cost[g][c - 2];
            if (!cost->allowed)
                hax_table_cell(&table, "-");
            else if (cost->demand == HAX_DEMAND_BLACK_BOX)
                hax_table_cell(&table, "%.1f (%.1f)", cost->gbps, cost->own_gbps);
            else
                hax_table_cell(&table, "%.1f %s", cost->gbps, hax_demand_source_name(cost->demand));
        }
    }
    hax_table_close(&table, 2, 0, out);
}

/* Are any of them more than counted? */
static bool has_demands(const hax_profile *profile, const hax_network_profile *network)
{
    for (int g = 0; g < network->group_count; g++)
        for (int u = 0; u < profile->platform->unit_count; u++)
            if (network->cost[g][u].allowed && network->cost[g][u].demand != HAX_DEMAND_COUNTED)
                return true;
    return false;
}

static void append_network(const hax_profile *profile, const hax_network_profile *network,
                           int width, hax_text *out)
{
    hax_table table;
    hax_text_say(out, "\n%s\n", network->name);
    head(profile, &table);
    for (int g = 0; g < network->group_count; g++) {
        hax_table_cell(&table, "%d", g);
        hax_table_cell(&table, "%d-%d", network->groups[g].first, network->groups[g].last);
        for (int c = 2; c < table.column_count; c++)
            cost_cell(&network->cost[g][c - 2], &table);
    }
    hax_table_cell(&table, "all");
    hax_table_cell(&table, "%s", "");
    for (int c = 2; c < table.column_count; c++)
        hax_table_cell(&table, "%s", hax_number_of(total(network, c - 2)).text);
    hax_table_close(&table, 2, 0, out);
    append_hand_over(network, profile->platform->unit_count, width, out);
    append_entering(network, profile->platform->unit_count, width, out);
    if (profile->contention || profile->platform->datasheet || has_demands(profile, network))
        append_demands(profile, network, out);
}

/* The widest spread of the groups' times, so that the reader knows what the figures hold. */
static double widest_spread(const hax_profile *profile, int *rounds)
{
    double widest = 0;
    *rounds = 0;
    for (int n = 0; n < profile->network_count; n++) {
        const hax_network_profile *network = &profile->networks[n];
        for (int g = 0; g < network->group_count; g++) {
            for (int u = 0; u < profile->platform->unit_count; u++) {
                const hax_group_cost *cost = &network->cost[g][u];
                if (!cost->allowed || cost->run.count == 0)
                    continue;
                widest = fmax(widest, cost->run.spread);
                *rounds = *rounds == 0 || cost->run.count < *rounds ? cost->run.count : *rounds;
            }
        }
    }
    return widest;
}

static void append_head(const hax_profile *profile, int width, hax_text *out)
{
    int rounds;
    double spread = widest_spread(profile, &rounds);
    if (profile->platform->datasheet) {
        hax_text_paragraph(
            out, 0, width,
            "Time alone in ms, from %s. ~ is the model's; the others were published. "
            "The document holds the source and the spread of each.",
            profile->source);
        return;
    }
    hax_text_paragraph(out, 0, width,
                       "Time alone in ms (median), %s, at least %d samples each, widest spread "
                       "%s %% of the median.",
                       profile->source, rounds, hax_number_of(100 * spread).text);
}

hax_status hax_report_profile(const hax_profile *profile, const hax_report_style *style,
                              char **text, hax_error *err)
{
    int width = hax_report_width(style);
    hax_text out = { 0 };
    if (!profile->platform->datasheet || is_told(profile))
        hax_report_emulated(profile->platform, width, &out);
    append_head(profile, width, &out);
    hax_report_stored(profile, width, &out);
    for (int n = 0; n < profile->network_count; n++)
        append_network(profile, &profile->networks[n], width, &out);
    return hax_report_take(&out, "a report", text, err);
}
