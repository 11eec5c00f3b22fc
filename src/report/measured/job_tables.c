#include "job_tables.h"

#include <math.h>

#include "explain.h"
#include "number.h"
#include "table.h"

/* A decimal more than the table of rows has: parts are smaller than their whole. */
static int decimals_of(const hax_row *row)
{
    enum { MOST = 4 };
    int decimals = hax_number_decimals(row->measured.median) + 1;
    return decimals < MOST ? decimals : MOST;
}

static void append_ms(double ms, int decimals, hax_table *table)
{
    const double half = 0.5 * pow(10, -decimals);
    hax_table_cell(table, "%s", hax_number_fixed(fabs(ms) < half ? 0 : ms, decimals).text);
}

/* ---- causes ---------------------------------------------------------------------------------- */

static void append_causes(const char *name, const char *kind, const hax_causes *causes,
                          int decimals, hax_table *table)
{
    const double parts[] = { causes->alone_ms, causes->contention_ms, causes->entering_ms,
                             causes->waiting_ms, causes->barrier_ms };
    double sum_ms = 0;
    hax_table_cell(table, "%s", name);
    hax_table_cell(table, "%s", kind);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        append_ms(parts[p], decimals, table);
        sum_ms += parts[p];
    }
    append_ms(sum_ms, decimals, table);
}

static void append_all_causes(const hax_result *result, int row, hax_text *out)
{
    static const char *const heads[] = { "network", "",        "alone", "contention", "entering",
                                         "waiting", "barrier", "round", NULL };
    const hax_timeline *timeline = &result->timelines[row];
    const char *came_to = hax_report_came_to(result->profile->platform);
    const int decimals = decimals_of(&result->rows[row]);
    hax_table table;
    hax_table_open(&table, "llrrrrrr", heads);
    for (int i = 0; i < result->problem->instance_count; i++) {
        const char *name = result->problem->instances[i].name;
        if (timeline->predicted)
            append_causes(name, "predicted", &timeline->predicted[i], decimals, &table);
        append_causes(timeline->predicted ? "" : name, came_to, &timeline->measured[i], decimals,
                      &table);
    }
    hax_table_close(&table, 2, 0, out);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* "groups 0-3", or the layers that they are. */
static void append_where(const hax_result *result, const hax_timed_piece *piece, hax_table *table)
{
    const hax_instance_spec *instance = &result->problem->instances[piece->instance];
    const hax_group_spec *first = &instance->groups[piece->first_group];
    const hax_group_spec *last = &instance->groups[piece->last_group];
    if (first->layer_count > 0 && last->layer_count > 0)
        hax_table_cell(table, "%s %d-%d", instance->name, first->first_layer,
                       last->first_layer + last->layer_count - 1);
    else
        hax_table_cell(table, "%s groups %d-%d", instance->name, piece->first_group,
                       piece->last_group);
    hax_table_cell(table, "%s", result->profile->platform->units[piece->unit].name);
}

static void append_piece(const hax_result *result, const hax_timed_piece *piece, int decimals,
                         hax_table *table)
{
    const double predicted_ms = piece->predicted_ms;
    append_where(result, piece, table);
    if (isfinite(predicted_ms)) {
        append_ms(piece->predicted_start_ms, decimals, table);
        append_ms(piece->start.median, decimals, table);
        append_ms(predicted_ms, decimals, table);
    } else {
        hax_table_cell(table, "-");
        append_ms(piece->start.median, decimals, table);
        hax_table_cell(table, "-");
    }
    append_ms(piece->took.median, decimals, table);
    append_ms(piece->took.p25, decimals, table);
    append_ms(piece->took.p75, decimals, table);
}

static void append_pieces(const hax_result *result, int row, hax_text *out)
{
    const char *came_to = hax_report_came_to(result->profile->platform);
    const char *const heads[] = { "layers", "unit", "starts", came_to, "takes",
                                  came_to,  "p25",  "p75",    NULL };
    const hax_timeline *timeline = &result->timelines[row];
    hax_table table;
    hax_table_open(&table, "llrrrrrr", heads);
    for (int p = 0; p < timeline->piece_count; p++)
        append_piece(result, &timeline->pieces[p], decimals_of(&result->rows[row]), &table);
    hax_table_close(&table, 2, 0, out);
}

void hax_report_timeline(const hax_result *result, int row, int width, hax_text *out)
{
    const char *came_to = hax_report_came_to(result->profile->platform);
    hax_text_append(out, "\n");
    hax_text_paragraph(out, 0, width,
                       "Where the round of %s went, ms; each line adds up to it (docs/verdicts.md "
                       "says what counts as what):",
                       result->rows[row].name);
    append_all_causes(result, row, out);
    hax_text_append(out, "\n");
    hax_text_paragraph(
        out, 0, width,
        "Its pieces, ms, predicted and %s (medians, quartiles of what they take):", came_to);
    append_pieces(result, row, out);
}
