/* trtexec --dumpProfile: a table in the log. Up to 8.5 the name stands first, at the right of its
 * column; from 8.6 on it stands last. */
#include <math.h>
#include <string.h>

#include "trtexec_log.h"

/* "=== Profile (1514 iterations ) ===" */
static bool is_title(hax_slice text, double *count)
{
    hax_slice rest = hax_slice_trim(text);
    return hax_slice_take(&rest, "=== Profile (") && hax_slice_take_number(&rest, count) &&
           hax_slice_starts(rest, " iteration");
}

/* The head of the columns says the layout; false: it is none. */
static bool read_head(hax_trtexec_log *log, hax_slice text)
{
    hax_slice head = hax_slice_trim(text);
    bool median = hax_slice_has(head, "Median");
    if (hax_slice_starts(head, "Layer") && hax_slice_has(head, "Time (ms)"))
        log->table = TABLE_NAME_FIRST;
    else if (hax_slice_starts(head, "Time(ms)") && hax_slice_ends(head, "Layer") && median)
        log->table = TABLE_NAME_LAST;
    else
        return false;
    log->table_layout = log->table;
    log->table_figures = median ? 4 : 3;
    log->entries.time_step = 0.005;
    log->entries.average_step = median ? 0.00005 : 0.005;
    if (log->table == TABLE_NAME_LAST)
        hax_trtexec_narrow(&log->version, 80600, TRTEXEC_LAST);
    else
        hax_trtexec_narrow(&log->version, median ? 80400 : TRTEXEC_FIRST, median ? 80599 : 80299);
    return true;
}

/* What people put where they leave rows out: dots, in brackets or not. */
static bool is_elision(hax_slice text)
{
    text = hax_slice_trim(text);
    int dots = 0;
    while (text.length > 0) {
        if (hax_slice_take(&text, "\xe2\x80\xa6")) /* U+2026, three in one */
            dots += 3;
        else if (hax_slice_take(&text, "."))
            dots++;
        else if (strchr("[](){}<> \t", text.at[0]))
            text = hax_slice_from(text, 1);
        else
            return false;
    }
    return dots >= 2;
}

/* ---- rows --------------------------------------------------------------------------------- */

static void set_figures(const hax_trtexec_log *log, const double *figures, hax_import_value *row)
{
    bool median = log->table_figures == 4;
    row[TRTEXEC_TIME_MS].number = figures[0];
    row[TRTEXEC_AVERAGE_MS].number = figures[1];
    row[TRTEXEC_MEDIAN_MS].number = median ? figures[2] : NAN;
    row[TRTEXEC_PERCENT].number = figures[median ? 3 : 2];
}

/* Takes the last word off the end if it is a number. */
static bool take_last_number(hax_slice *text, double *number)
{
    size_t start = text->length;
    while (start > 0 && text->at[start - 1] != ' ' && text->at[start - 1] != '\t')
        start--;
    if (!hax_slice_number(hax_slice_from(*text, start), number))
        return false;
    *text = hax_slice_trim(hax_slice_to(*text, start));
    return true;
}

static bool split_row(const hax_trtexec_log *log, hax_slice text, double *figures, hax_slice *name)
{
    *name = hax_slice_trim(text);
    if (log->table_layout == TABLE_NAME_LAST) {
        for (int f = 0; f < log->table_figures; f++) {
            hax_slice_skip_blanks(name);
            if (!hax_slice_take_number(name, &figures[f]) ||
                !(hax_slice_starts(*name, " ") || hax_slice_starts(*name, "\t")))
                return false;
        }
        *name = hax_slice_trim(*name);
    } else {
        for (int f = log->table_figures - 1; f >= 0; f--)
            if (!take_last_number(name, &figures[f]))
                return false;
    }
    return name->length > 0;
}

/* A name with three figures or four at the left or the right: a row of any layout. */
bool hax_trtexec_is_row(hax_slice text)
{
    double figures[4];
    hax_slice name;
    for (int count = 3; count <= 4; count++)
        for (int last = 0; last < 2; last++) {
            const hax_trtexec_log log = { .table_figures = count,
                                          .table_layout =
                                              last ? TABLE_NAME_LAST : TABLE_NAME_FIRST };
            if (split_row(&log, text, figures, &name))
                return true;
        }
    return false;
}

static void add_row(hax_trtexec_log *log, const hax_import_value *row)
{
    hax_trtexec_entries_add(log->builder, &log->entries, log->entries.line, row);
}

/* ---- the end ------------------------------------------------------------------------------ */

static double sum_of_times(const hax_trtexec_log *log)
{
    double sum = 0;
    hax_builder_select(log->builder, log->entries.section);
    for (int r = 0; r < hax_builder_row_count(log->builder); r++)
        sum += hax_builder_row_at(log->builder, r)[TRTEXEC_TIME_MS].number;
    return sum;
}

static void check_total(hax_trtexec_log *log, double total, double sum)
{
    hax_builder_select(log->builder, log->entries.section);
    hax_builder_fact(log->builder, "stated_total_ms", total);
    double rounding = 0.005 * (hax_builder_row_count(log->builder) + 1) + 1e-5 * fabs(total);
    if (fabs(total - sum) > rounding)
        hax_builder_note(log->builder, HAX_IMPORT_WARNING, log->entries.line,
                         "the rows add up to %.2f ms and not to the %.2f of the last one: rows are "
                         "missing or changed",
                         sum, total);
}

hax_status hax_trtexec_end_table(hax_trtexec_log *log, hax_error *err)
{
    hax_log_table was = log->table;
    log->table = TABLE_NONE;
    if (was == TABLE_NONE)
        return HAX_OK;
    if (!log->entries.begun)
        return hax_builder_fail(log->builder, log->entries.line, err,
                                "the profile table has no rows that can be read");
    hax_trtexec_versions range = TRTEXEC_ALL_VERSIONS;
    double sum = sum_of_times(log);
    int line = log->entries.line, elided = log->elided;
    log->elided = 0;
    HAX_TRY(hax_trtexec_entries_end(log->builder, &log->entries, &range, err));
    hax_trtexec_narrow(&log->version, range.first, range.last);
    if (was == TABLE_TOTAL)
        check_total(log, log->total[TRTEXEC_TIME_MS].number, sum);
    else
        hax_builder_note(log->builder, HAX_IMPORT_WARNING, line,
                         "the profile table has no last row 'Total': it is cut off");
    if (elided > 0)
        hax_builder_note(
            log->builder, HAX_IMPORT_WARNING, elided,
            "dots in place of rows of the profile table: what they stand for is missing");
    if (log->table_figures == 4)
        hax_builder_note(log->builder, HAX_IMPORT_REMARK, line,
                         "entries that took no time are not in this table, but in --exportProfile");
    return HAX_OK;
}

static void begin(hax_trtexec_log *log, int line, double count)
{
    hax_trtexec_entries_begin(log->builder, &log->entries, line);
    log->entries.count = count;
    log->table = TABLE_TITLE;
}

/* A line where a table is open: its head, a row, or the first line behind it. */
static hax_status take_open(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                            hax_error *err)
{
    double figures[4];
    hax_slice name;
    hax_import_value row[TRTEXEC_COLUMNS];
    if (line->severity == 'W' || line->severity == 'E') /* the other stream, in between */
        return HAX_OK;
    if (hax_slice_trim(line->text).length == 0) /* pages put such lines between all others */
        return HAX_OK;
    if (is_elision(line->text)) {
        log->elided = log->elided ? log->elided : line->number;
        *taken = true;
        return HAX_OK;
    }
    if (log->table == TABLE_TITLE) {
        *taken = read_head(log, line->text);
        if (!*taken)
            return hax_builder_fail(
                log->builder, line->number, err,
                "no head of a profile table that any known version prints: '%.*s'",
                SLICE_ARGS(hax_slice_trim(line->text)));
        return HAX_OK;
    }
    if (!split_row(log, line->text, figures, &name))
        return hax_trtexec_end_table(log, err);
    *taken = true;
    if (log->table == TABLE_TOTAL) { /* a layer of that name */
        add_row(log, log->total);
        log->table = log->table_layout;
    }
    hax_trtexec_entry_clear(row, hax_builder_words(log->builder, name));
    set_figures(log, figures, row);
    if (hax_slice_is(name, "Total")) {
        memcpy(log->total, row, sizeof row);
        log->table = TABLE_TOTAL;
    } else {
        add_row(log, row);
    }
    return HAX_OK;
}

hax_status hax_trtexec_take_table(hax_trtexec_log *log, const hax_log_line *line, bool *taken,
                                  hax_error *err)
{
    double count;
    if (is_title(line->text, &count)) {
        HAX_TRY(hax_trtexec_end_table(log, err));
        begin(log, line->number, count);
        *taken = true;
        return HAX_OK;
    }
    /* people paste tables without their title */
    if (log->table == TABLE_NONE && read_head(log, line->text)) {
        hax_log_table layout = log->table_layout;
        begin(log, line->number, NAN);
        *taken = read_head(log, line->text);
        log->table = layout;
        return HAX_OK;
    }
    if (log->table == TABLE_NONE)
        return HAX_OK;
    return take_open(log, line, taken, err);
}
