/*
 * Nsight Compute's CSV, quoted after RFC 4180: the details page with a row for each metric of each
 * launch, the raw page with a row for each launch below names and units. Columns are known by their
 * heads, which differ between versions; kernels and advice hold commas, quotes and line ends.
 */
#include <limits.h>
#include <stdlib.h>

#include "ncu.h"

typedef struct field {
    slice text; /* without the quotes around; "" within stays double */
    bool quoted;
} field;

/* Rows of a file, one after the other. */
typedef struct rows {
    slice rest;
    int line;     /* where `rest` begins */
    int begin;    /* where the row taken last begins */
    bool damaged; /* its last field has no closing quote, or text behind one */
    int count, room;
    field *fields;
} rows;

/* Columns of a page by their heads, -1: none. */
typedef struct columns {
    bool quoted; /* the heads are */
    int count;
    int id, process, kernel, push_range, start_range, cc;
    int section, name, unit, value, rule, grid, block;
} columns;

/* ---- a row --------------------------------------------------------------------------------------
 */

bool ncu_is_header(slice line)
{
    bool quoted = slice_take(&line, "\"ID\"");
    if (!quoted && !slice_take(&line, "ID"))
        return false;
    bool separated =
        line.length > 0 && (line.at[0] == ',' || line.at[0] == ';' || line.at[0] == '\t');
    return separated && (slice_has(line, "Kernel Name") || slice_has(line, "Metric Name"));
}

/* What ends a field at the front of `rest`: a separator, an end of line, the end. */
static bool ends_field(slice rest, char separator)
{
    return rest.length == 0 || rest.at[0] == separator || rest.at[0] == '\n' ||
           slice_starts(rest, "\r\n") || slice_is(rest, "\r");
}

static field take_quoted(rows *at, char separator)
{
    slice start = slice_from(at->rest, 1), rest = start;
    while (rest.length > 0) {
        if (slice_take(&rest, "\"\""))
            continue;
        if (rest.at[0] == '"')
            break;
        at->line += rest.at[0] == '\n' && at->line < INT_MAX;
        rest = slice_from(rest, 1);
    }
    field made = { slice_to(start, (size_t) (rest.at - start.at)), true };
    at->damaged |= !slice_take(&rest, "\"") || !ends_field(rest, separator);
    at->rest = rest;
    return made;
}

static field take_plain(rows *at, char separator)
{
    slice rest = at->rest;
    while (!ends_field(rest, separator))
        rest = slice_from(rest, 1);
    field made = { slice_to(at->rest, (size_t) (rest.at - at->rest.at)), false };
    at->rest = rest;
    return made;
}

/* False: memory is out. */
static bool take_row(ncu_report *report, rows *at)
{
    at->count = 0;
    at->begin = at->line;
    at->damaged = false;
    for (bool more = true; more && !at->damaged;) {
        if (at->count == at->room) {
            int wanted = at->room ? at->room * 2 : 32;
            field *grown = realloc(at->fields, (size_t) wanted * sizeof *grown);
            if (!grown) {
                report->to->failed = true;
                return false;
            }
            at->fields = grown;
            at->room = wanted;
        }
        at->fields[at->count++] = slice_starts(at->rest, "\"") ? take_quoted(at, report->separator)
                                                               : take_plain(at, report->separator);
        more = at->rest.length > 0 && at->rest.at[0] == report->separator;
        if (more)
            at->rest = slice_from(at->rest, 1);
    }
    slice_take(&at->rest, "\r");
    if (slice_take(&at->rest, "\n") && at->line < INT_MAX)
        at->line++;
    return true;
}

static slice text_at(const rows *at, int column)
{
    return column >= 0 && column < at->count ? slice_trim(at->fields[column].text)
                                             : (slice){ "", 0 };
}

/* ---- heads
 * --------------------------------------------------------------------------------------- */

static int find_column(const rows *at, const char *head)
{
    for (int c = 0; c < at->count; c++)
        if (slice_is(slice_trim(at->fields[c].text), head))
            return c;
    return -1;
}

static int find_column_with(const rows *at, const char *words)
{
    for (int c = 0; c < at->count; c++)
        if (slice_has(at->fields[c].text, words))
            return c;
    return -1;
}

static columns find_columns(const rows *at)
{
    return (columns){ .quoted = at->fields[0].quoted,
                      .count = at->count,
                      .id = find_column(at, "ID"),
                      .process = find_column(at, "Process ID"),
                      .kernel = find_column(at, "Kernel Name"),
                      .push_range = find_column_with(at, "Push/Pop_Range"),
                      .start_range = find_column_with(at, "Start/Stop_Range"),
                      .cc = find_column(at, "CC"),
                      .grid = find_column(at, "Grid Size"),
                      .block = find_column(at, "Block Size"),
                      .section = find_column(at, "Section Name"),
                      .name = find_column(at, "Metric Name"),
                      .unit = find_column(at, "Metric Unit"),
                      .value = find_column(at, "Metric Value"),
                      .rule = find_column(at, "Rule Name") };
}

/* ---- what a row may be
 * ---------------------------------------------------------------------------- */

static bool is_whole(slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.length > 0;
}

/* "(256" of an unquoted "(256, 1, 1)". */
static bool is_torn(slice text)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++)
        depth += (text.at[i] == '(') - (text.at[i] == ')');
    return depth != 0;
}

static hax_status fail_torn(const ncu_report *report, const rows *at, const columns *of,
                            hax_error *err)
{
    return import_fail(report->to, at->begin, err,
                       "%d fields below %d heads: commas within fields without quotes, so that a "
                       "number such as 2,816 cannot be told from two; export it again with ncu "
                       "--csv, which quotes",
                       at->count, of->count);
}

/* Refuses rows of which nobody can say where a field ends. */
static hax_status check_row(const ncu_report *report, const rows *at, const columns *of,
                            hax_error *err)
{
    if (at->damaged && at->rest.length == 0)
        return import_fail(report->to, at->begin, err,
                           "a quote that opens in this row is not closed: the file is cut off");
    if (at->damaged)
        return import_fail(report->to, at->begin, err, "text behind a closing quote: '%.*s'",
                           SLICE_ARGS(at->rest));
    if (at->count > of->count)
        return fail_torn(report, at, of, err);
    const int whole[] = { of->grid, of->block };
    for (size_t w = 0; w < sizeof whole / sizeof *whole; w++)
        if (whole[w] >= 0 && whole[w] < at->count && !at->fields[whole[w]].quoted &&
            is_torn(at->fields[whole[w]].text))
            return fail_torn(report, at, of, err);
    /* "2" under the value and "816" under the rule's name */
    if (of->value >= 0 && of->value + 1 < at->count && !at->fields[of->value].quoted &&
        is_whole(text_at(at, of->value)) && is_whole(text_at(at, of->value + 1)))
        return fail_torn(report, at, of, err);
    return HAX_OK;
}

static hax_status fail_short(const ncu_report *report, const rows *at, const columns *of,
                             hax_error *err)
{
    return import_fail(report->to, at->begin, err, "the row ends after %d of %d fields%s",
                       at->count, of->count, at->rest.length == 0 ? ": the file is cut off" : "");
}

/* ---- ranges
 * ---------------------------------------------------------------------------------------- */

/* Of "<domain>:NAME:none:none:none:none:none:none" the name. */
static slice name_of_range(slice text)
{
    slice domain, all = text;
    int colons = 0;
    for (size_t i = 0; i < text.length; i++)
        colons += text.at[i] == ':';
    if (colons < 7 || !slice_take_until(&text, ":", &domain))
        return all;
    for (int drop = 0; drop < 6; drop++)
        text = slice_to(text, (size_t) slice_find_last(text, ":"));
    return text;
}

/* The innermost range: `1  ""dom:outer:..."" ""dom:inner:...""`, quotes doubled or not. */
static slice innermost(slice stack)
{
    stack = slice_trim(stack);
    while (stack.length > 0 && stack.at[stack.length - 1] == '"')
        stack.length--;
    ptrdiff_t quote = slice_find_last(stack, "\"");
    if (quote != SLICE_NONE)
        stack = slice_from(stack, (size_t) quote + 1);
    return name_of_range(slice_trim(stack));
}

static slice range_of(const rows *at, const columns *of)
{
    slice push = text_at(at, of->push_range);
    return innermost(push.length > 0 ? push : text_at(at, of->start_range));
}

/* ---- launches
 * --------------------------------------------------------------------------------------- */

/* The launch of a row: that of the row above, or a new one. */
static hax_status find_launch(ncu_report *report, const rows *at, const columns *of, hax_error *err)
{
    slice id = text_at(at, of->id), process = text_at(at, of->process);
    const ncu_page *page = &report->pages[report->page_count - 1];
    const ncu_launch *last =
        page->launch_count > 0 ? &report->launches[report->launch_count - 1] : NULL;
    double number, before;
    if (!is_whole(id) || !slice_number(id, &number))
        return import_fail(report->to, at->begin, err, "'%.*s' is no ID of a launch",
                           SLICE_ARGS(id));
    bool same_process = last && (process.length == 0 || slice_equal(process, last->process));
    if (same_process && slice_equal(id, last->id))
        return HAX_OK;
    if (same_process && slice_number(last->id, &before) && number < before)
        return import_fail(report->to, at->begin, err,
                           "launch %.*s behind launch %.*s: the rows are not in ncu's order",
                           SLICE_ARGS(id), SLICE_ARGS(last->id));
    ncu_launch *made = ncu_add_launch(report, at->begin);
    if (!made)
        return HAX_OK;
    made->id = id;
    made->process = process;
    made->kernel = text_at(at, of->kernel);
    made->range = range_of(at, of);
    made->cc = text_at(at, of->cc);
    return HAX_OK;
}

/* ---- the details page
 * --------------------------------------------------------------------------------- */

static hax_status details_row(ncu_report *report, const rows *at, const columns *of, hax_error *err)
{
    slice name = text_at(at, of->name);
    if (at->count <= of->value)
        return fail_short(report, at, of, err);
    HAX_TRY(find_launch(report, at, of, err));
    if (report->to->failed)
        return HAX_OK;
    if (name.length == 0) {
        report->pages[report->page_count - 1].rules++;
        return HAX_OK;
    }
    const ncu_key key = { text_at(at, of->section), name, text_at(at, of->unit), at->begin };
    ncu_add_metric(report, &key, text_at(at, of->value), at->begin);
    return HAX_OK;
}

/* ---- the raw page
 * ------------------------------------------------------------------------------------- */

/* What identifies a launch is no metric. */
static bool is_metric(slice head)
{
    return slice_has(head, "__");
}

static hax_status raw_row(ncu_report *report, const rows *at, const columns *of,
                          const ncu_key *keys, hax_error *err)
{
    if (at->count < of->count)
        return fail_short(report, at, of, err);
    HAX_TRY(find_launch(report, at, of, err));
    if (report->to->failed)
        return HAX_OK;
    if (report->launches[report->launch_count - 1].line != at->begin)
        return import_fail(report->to, at->begin, err, "a second row of launch %.*s",
                           SLICE_ARGS(text_at(at, of->id)));
    for (int c = 0; c < of->count; c++)
        if (is_metric(keys[c].name) && !ncu_add_metric(report, &keys[c], text_at(at, c), at->begin))
            return HAX_OK;
    return HAX_OK;
}

/* Names from the heads and units from the row below, which has no ID. */
static hax_status raw_keys(ncu_report *report, const rows *at, const columns *of, ncu_key *keys,
                           hax_error *err)
{
    if (text_at(at, of->id).length > 0)
        return import_fail(report->to, at->begin, err,
                           "no row of units below the names: ncu --page raw --csv writes one");
    if (at->count < of->count)
        return fail_short(report, at, of, err);
    for (int c = 0; c < of->count; c++)
        keys[c].unit = text_at(at, c);
    return HAX_OK;
}

/* ---- pages
 * ---------------------------------------------------------------------------------------------- */

static hax_status check_heads(const ncu_report *report, const rows *at, const columns *of, bool raw,
                              hax_error *err)
{
    if (at->damaged)
        return import_fail(report->to, at->begin, err,
                           "a quote in the row of heads is not closed: the file is cut off");
    if (of->name >= 0 && of->value < 0)
        return import_fail(report->to, at->begin, err,
                           "a summary over launches (no Metric Value): print it without "
                           "--print-summary");
    if (of->name < 0 && !raw)
        return import_fail(report->to, at->begin, err,
                           "neither Metric Name and Metric Value (details page) nor names such as "
                           "gpu__time_duration.sum (raw page) among the %d heads",
                           at->count);
    return HAX_OK;
}

/* A row begins with a quote where the heads do, or with a number and a separator; that of units
 * with nothing and a separator. */
static bool begins_row(slice line, const columns *of, char separator, bool units)
{
    size_t digits = 0;
    if (of->quoted && slice_starts(line, "\""))
        return true;
    while (digits < line.length && line.at[digits] >= '0' && line.at[digits] <= '9')
        digits++;
    return (digits > 0 || units) && digits < line.length && line.at[digits] == separator;
}

static slice first_line(slice rest)
{
    slice line = { "", 0 };
    slice_lines lines = slice_lines_of(rest);
    slice_next_line(&lines, &line);
    return line;
}

static void skip_line(ncu_report *report, rows *at)
{
    slice_lines lines = { at->rest, at->line - 1 };
    slice line = { "", 0 };
    slice_next_line(&lines, &line);
    ncu_other_line(report, line, at->line);
    at->rest = lines.rest;
    at->line = lines.line < INT_MAX ? lines.line + 1 : INT_MAX;
}

static hax_status read_rows(ncu_report *report, rows *at, const columns *of, bool raw,
                            ncu_key *keys, hax_error *err)
{
    bool units = raw; /* their row is still to come */
    while (at->rest.length > 0 && !report->to->failed) {
        slice line = first_line(at->rest);
        if (ncu_is_header(line))
            return HAX_OK;
        if (!begins_row(line, of, report->separator, units)) {
            skip_line(report, at);
            continue;
        }
        if (!take_row(report, at))
            return HAX_OK;
        HAX_TRY(check_row(report, at, of, err));
        if (units)
            HAX_TRY(raw_keys(report, at, of, keys, err));
        else
            HAX_TRY(raw ? raw_row(report, at, of, keys, err) : details_row(report, at, of, err));
        units = false;
    }
    if (units && !report->to->failed)
        return import_fail(report->to, at->begin, err, "the file ends behind the names");
    return HAX_OK;
}

static hax_status read_page(ncu_report *report, rows *at, hax_error *err)
{
    slice heads = first_line(at->rest);
    report->separator = heads.at[heads.at[0] == '"' ? 4 : 2];
    if (!take_row(report, at))
        return HAX_OK;
    const columns of = find_columns(at);
    ncu_key *keys = calloc((size_t) of.count, sizeof *keys);
    bool metrics = false;
    if (!keys) {
        report->to->failed = true;
        return HAX_OK;
    }
    for (int c = 0; c < of.count; c++) {
        keys[c].name = text_at(at, c);
        keys[c].line = at->begin;
        metrics |= is_metric(keys[c].name);
    }
    bool raw = of.name < 0;
    hax_status status = check_heads(report, at, &of, metrics, err);
    if (status == HAX_OK && ncu_add_page(report, raw ? "raw" : "details", at->begin))
        status = read_rows(report, at, &of, raw, keys, err);
    free(keys);
    return status;
}

hax_status ncu_read_csv(ncu_report *report, hax_error *err)
{
    rows at = { .rest = report->text, .line = 1 };
    hax_status status = HAX_OK;
    while (at.rest.length > 0 && status == HAX_OK && !report->to->failed) {
        if (ncu_is_header(first_line(at.rest)))
            status = read_page(report, &at, err);
        else
            skip_line(report, &at);
    }
    free(at.fields);
    return status;
}
