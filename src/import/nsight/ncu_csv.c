/*
 * Nsight Compute's CSV, quoted after RFC 4180: the details page with a row for each metric of each
 * launch, the raw page with a row for each launch below names and units. Columns are known by their
 * heads, which differ between versions; kernels and advice hold commas, quotes and line ends.
 */
#include <limits.h>
#include <stdlib.h>

#include "ncu.h"

typedef struct field {
    hax_slice text; /* without the quotes around; "" within stays double */
    bool quoted;
} field;

/* Rows of a file, one after the other. */
typedef struct rows {
    hax_slice rest;
    int line;     /* where `rest` begins */
    int begin;    /* where the row taken last begins */
    bool damaged; /* its last field has no closing quote, or text behind one */
    int count, capacity;
    field *fields;
} rows;

/* Columns of a page by their heads, -1: none. */
typedef struct columns {
    bool quoted; /* the heads are */
    int count;
    int id, process, kernel, push_range, start_range, cc;
    int section, name, unit, value, rule, grid, block;
} columns;

/* ---- a row ----------------------------------------------------------------------------------- */

bool hax_ncu_is_header(hax_slice line)
{
    bool quoted = hax_slice_take(&line, "\"ID\"");
    if (!quoted && !hax_slice_take(&line, "ID"))
        return false;
    bool separated =
        line.length > 0 && (line.at[0] == ',' || line.at[0] == ';' || line.at[0] == '\t');
    return separated && (hax_slice_has(line, "Kernel Name") || hax_slice_has(line, "Metric Name"));
}

/* What ends a field at the front of `rest`: a separator, an end of line, the end. */
static bool ends_field(hax_slice rest, char separator)
{
    return rest.length == 0 || rest.at[0] == separator || rest.at[0] == '\n' ||
           hax_slice_starts(rest, "\r\n") || hax_slice_is(rest, "\r");
}

static field take_quoted(rows *rows, char separator)
{
    hax_slice start = hax_slice_from(rows->rest, 1), rest = start;
    while (rest.length > 0) {
        if (hax_slice_take(&rest, "\"\""))
            continue;
        if (rest.at[0] == '"')
            break;
        rows->line += rest.at[0] == '\n' && rows->line < INT_MAX;
        rest = hax_slice_from(rest, 1);
    }
    field result = { hax_slice_to(start, (size_t) (rest.at - start.at)), true };
    rows->damaged |= !hax_slice_take(&rest, "\"") || !ends_field(rest, separator);
    rows->rest = rest;
    return result;
}

static field take_plain(rows *rows, char separator)
{
    hax_slice rest = rows->rest;
    while (!ends_field(rest, separator))
        rest = hax_slice_from(rest, 1);
    field result = { hax_slice_to(rows->rest, (size_t) (rest.at - rows->rest.at)), false };
    rows->rest = rest;
    return result;
}

/* False: memory is out. */
static bool take_row(hax_ncu_report *report, rows *rows)
{
    rows->count = 0;
    rows->begin = rows->line;
    rows->damaged = false;
    for (bool more = true; more && !rows->damaged;) {
        if (rows->count == rows->capacity) {
            int wanted = rows->capacity ? rows->capacity * 2 : 32;
            field *grown = realloc(rows->fields, (size_t) wanted * sizeof *grown);
            if (!grown) {
                report->builder->failed = true;
                return false;
            }
            rows->fields = grown;
            rows->capacity = wanted;
        }
        rows->fields[rows->count++] = hax_slice_starts(rows->rest, "\"")
                                          ? take_quoted(rows, report->separator)
                                          : take_plain(rows, report->separator);
        more = rows->rest.length > 0 && rows->rest.at[0] == report->separator;
        if (more)
            rows->rest = hax_slice_from(rows->rest, 1);
    }
    hax_slice_take(&rows->rest, "\r");
    if (hax_slice_take(&rows->rest, "\n") && rows->line < INT_MAX)
        rows->line++;
    return true;
}

static hax_slice text_at(const rows *rows, int column)
{
    return column >= 0 && column < rows->count ? hax_slice_trim(rows->fields[column].text)
                                               : (hax_slice){ "", 0 };
}

/* ---- heads ----------------------------------------------------------------------------------- */

static int find_column(const rows *rows, const char *head)
{
    for (int c = 0; c < rows->count; c++)
        if (hax_slice_is(hax_slice_trim(rows->fields[c].text), head))
            return c;
    return -1;
}

static int find_column_with(const rows *rows, const char *words)
{
    for (int c = 0; c < rows->count; c++)
        if (hax_slice_has(rows->fields[c].text, words))
            return c;
    return -1;
}

static columns find_columns(const rows *rows)
{
    return (columns){ .quoted = rows->fields[0].quoted,
                      .count = rows->count,
                      .id = find_column(rows, "ID"),
                      .process = find_column(rows, "Process ID"),
                      .kernel = find_column(rows, "Kernel Name"),
                      .push_range = find_column_with(rows, "Push/Pop_Range"),
                      .start_range = find_column_with(rows, "Start/Stop_Range"),
                      .cc = find_column(rows, "CC"),
                      .grid = find_column(rows, "Grid Size"),
                      .block = find_column(rows, "Block Size"),
                      .section = find_column(rows, "Section Name"),
                      .name = find_column(rows, "Metric Name"),
                      .unit = find_column(rows, "Metric Unit"),
                      .value = find_column(rows, "Metric Value"),
                      .rule = find_column(rows, "Rule Name") };
}

/* ---- what a row may be ----------------------------------------------------------------------- */

static bool is_whole(hax_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.length > 0;
}

/* "(256" of an unquoted "(256, 1, 1)". */
static bool is_torn(hax_slice text)
{
    int depth = 0;
    for (size_t i = 0; i < text.length; i++)
        depth += (text.at[i] == '(') - (text.at[i] == ')');
    return depth != 0;
}

static hax_status fail_torn(const hax_ncu_report *report, const rows *rows, const columns *columns,
                            hax_error *err)
{
    return hax_builder_fail(
        report->builder, rows->begin, err,
        "%d fields below %d heads: commas within fields without quotes, so that a "
        "number such as 2,816 cannot be told from two; export it again with ncu "
        "--csv, which quotes",
        rows->count, columns->count);
}

/* Refuses rows of which nobody can say where a field ends. */
static hax_status check_row(const hax_ncu_report *report, const rows *rows, const columns *columns,
                            hax_error *err)
{
    if (rows->damaged && rows->rest.length == 0)
        return hax_builder_fail(
            report->builder, rows->begin, err,
            "a quote that opens in this row is not closed: the file is cut off");
    if (rows->damaged)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "text behind a closing quote: '%.*s'", SLICE_ARGS(rows->rest));
    if (rows->count > columns->count)
        return fail_torn(report, rows, columns, err);
    const int whole[] = { columns->grid, columns->block };
    for (size_t w = 0; w < sizeof whole / sizeof *whole; w++)
        if (whole[w] >= 0 && whole[w] < rows->count && !rows->fields[whole[w]].quoted &&
            is_torn(rows->fields[whole[w]].text))
            return fail_torn(report, rows, columns, err);
    /* "2" under the value and "816" under the rule's name */
    if (columns->value >= 0 && columns->value + 1 < rows->count &&
        !rows->fields[columns->value].quoted && is_whole(text_at(rows, columns->value)) &&
        is_whole(text_at(rows, columns->value + 1)))
        return fail_torn(report, rows, columns, err);
    return HAX_OK;
}

static hax_status fail_short(const hax_ncu_report *report, const rows *rows, const columns *columns,
                             hax_error *err)
{
    return hax_builder_fail(report->builder, rows->begin, err,
                            "the row ends after %d of %d fields%s", rows->count, columns->count,
                            rows->rest.length == 0 ? ": the file is cut off" : "");
}

/* ---- ranges ---------------------------------------------------------------------------------- */

/* Of "<domain>:NAME:none:none:none:none:none:none" the name. */
static hax_slice name_of_range(hax_slice text)
{
    hax_slice domain, slice = text;
    int colons = 0;
    for (size_t i = 0; i < text.length; i++)
        colons += text.at[i] == ':';
    if (colons < 7 || !hax_slice_take_until(&text, ":", &domain))
        return slice;
    for (int drop = 0; drop < 6; drop++)
        text = hax_slice_to(text, (size_t) hax_slice_find_last(text, ":"));
    return text;
}

/* The innermost range: `1  ""dom:outer:..."" ""dom:inner:...""`, quotes doubled or not. */
static hax_slice innermost(hax_slice stack)
{
    stack = hax_slice_trim(stack);
    while (stack.length > 0 && stack.at[stack.length - 1] == '"')
        stack.length--;
    ptrdiff_t quote = hax_slice_find_last(stack, "\"");
    if (quote != SLICE_NONE)
        stack = hax_slice_from(stack, (size_t) quote + 1);
    return name_of_range(hax_slice_trim(stack));
}

static hax_slice range_of(const rows *rows, const columns *columns)
{
    hax_slice push = text_at(rows, columns->push_range);
    return innermost(push.length > 0 ? push : text_at(rows, columns->start_range));
}

/* ---- launches -------------------------------------------------------------------------------- */

/* The launch of a row: that of the row above, or a new one. */
static hax_status find_launch(hax_ncu_report *report, const rows *rows, const columns *columns,
                              hax_error *err)
{
    hax_slice id = text_at(rows, columns->id), process = text_at(rows, columns->process);
    const hax_ncu_page *page = &report->pages[report->page_count - 1];
    const hax_ncu_launch *last =
        page->launch_count > 0 ? &report->launches[report->launch_count - 1] : NULL;
    double number, before;
    if (!is_whole(id) || !hax_slice_number(id, &number))
        return hax_builder_fail(report->builder, rows->begin, err, "'%.*s' is no ID of a launch",
                                SLICE_ARGS(id));
    bool same_process = last && (process.length == 0 || hax_slice_equal(process, last->process));
    if (same_process && hax_slice_equal(id, last->id))
        return HAX_OK;
    if (same_process && hax_slice_number(last->id, &before) && number < before)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "launch %.*s behind launch %.*s: the rows are not in ncu's order",
                                SLICE_ARGS(id), SLICE_ARGS(last->id));
    hax_ncu_launch *launch = hax_ncu_add_launch(report, rows->begin);
    if (!launch)
        return HAX_OK;
    launch->id = id;
    launch->process = process;
    launch->kernel = text_at(rows, columns->kernel);
    launch->range = range_of(rows, columns);
    launch->cc = text_at(rows, columns->cc);
    return HAX_OK;
}

/* ---- the details page ------------------------------------------------------------------------ */

static hax_status details_row(hax_ncu_report *report, const rows *rows, const columns *columns,
                              hax_error *err)
{
    hax_slice name = text_at(rows, columns->name);
    if (rows->count <= columns->value)
        return fail_short(report, rows, columns, err);
    HAX_TRY(find_launch(report, rows, columns, err));
    if (report->builder->failed)
        return HAX_OK;
    if (name.length == 0) {
        report->pages[report->page_count - 1].rules++;
        return HAX_OK;
    }
    const hax_ncu_key key = { text_at(rows, columns->section), name, text_at(rows, columns->unit),
                              rows->begin };
    hax_ncu_add_metric(report, &key, text_at(rows, columns->value), rows->begin);
    return HAX_OK;
}

/* ---- the raw page ---------------------------------------------------------------------------- */

/* What identifies a launch is no metric. */
static bool is_metric(hax_slice head)
{
    return hax_slice_has(head, "__");
}

static hax_status raw_row(hax_ncu_report *report, const rows *rows, const columns *columns,
                          const hax_ncu_key *keys, hax_error *err)
{
    if (rows->count < columns->count)
        return fail_short(report, rows, columns, err);
    HAX_TRY(find_launch(report, rows, columns, err));
    if (report->builder->failed)
        return HAX_OK;
    if (report->launches[report->launch_count - 1].line != rows->begin)
        return hax_builder_fail(report->builder, rows->begin, err, "a second row of launch %.*s",
                                SLICE_ARGS(text_at(rows, columns->id)));
    for (int c = 0; c < columns->count; c++)
        if (is_metric(keys[c].name) &&
            !hax_ncu_add_metric(report, &keys[c], text_at(rows, c), rows->begin))
            return HAX_OK;
    return HAX_OK;
}

/* Names from the heads and units from the row below, which has no ID. */
static hax_status raw_keys(hax_ncu_report *report, const rows *rows, const columns *columns,
                           hax_ncu_key *keys, hax_error *err)
{
    if (text_at(rows, columns->id).length > 0)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "no row of units below the names: ncu --page raw --csv writes one");
    if (rows->count < columns->count)
        return fail_short(report, rows, columns, err);
    for (int c = 0; c < columns->count; c++)
        keys[c].unit = text_at(rows, c);
    return HAX_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static hax_status check_heads(const hax_ncu_report *report, const rows *rows,
                              const columns *columns, bool raw, hax_error *err)
{
    if (rows->damaged)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "a quote in the row of heads is not closed: the file is cut off");
    if (columns->name >= 0 && columns->value < 0)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "a summary over launches (no Metric Value): print it without "
                                "--print-summary");
    if (columns->name < 0 && !raw)
        return hax_builder_fail(
            report->builder, rows->begin, err,
            "neither Metric Name and Metric Value (details page) nor names such as "
            "gpu__time_duration.sum (raw page) among the %d heads",
            rows->count);
    return HAX_OK;
}

/* A row begins with a quote where the heads do, or with a number and a separator; that of units
 * with nothing and a separator. */
static bool begins_row(hax_slice line, const columns *columns, char separator, bool units)
{
    size_t digits = 0;
    if (columns->quoted && hax_slice_starts(line, "\""))
        return true;
    while (digits < line.length && line.at[digits] >= '0' && line.at[digits] <= '9')
        digits++;
    return (digits > 0 || units) && digits < line.length && line.at[digits] == separator;
}

static hax_slice first_line(hax_slice rest)
{
    hax_slice line = { "", 0 };
    hax_slice_lines lines = hax_slice_lines_of(rest);
    hax_slice_next_line(&lines, &line);
    return line;
}

static void skip_line(hax_ncu_report *report, rows *rows)
{
    hax_slice_lines lines = { rows->rest, rows->line - 1 };
    hax_slice line = { "", 0 };
    hax_slice_next_line(&lines, &line);
    hax_ncu_other_line(report, line, rows->line);
    rows->rest = lines.rest;
    rows->line = lines.line < INT_MAX ? lines.line + 1 : INT_MAX;
}

static hax_status read_rows(hax_ncu_report *report, rows *rows, const columns *columns, bool raw,
                            hax_ncu_key *keys, hax_error *err)
{
    bool units = raw; /* their row is still to come */
    while (rows->rest.length > 0 && !report->builder->failed) {
        hax_slice line = first_line(rows->rest);
        if (hax_ncu_is_header(line))
            return HAX_OK;
        if (!begins_row(line, columns, report->separator, units)) {
            skip_line(report, rows);
            continue;
        }
        if (!take_row(report, rows))
            return HAX_OK;
        HAX_TRY(check_row(report, rows, columns, err));
        if (units)
            HAX_TRY(raw_keys(report, rows, columns, keys, err));
        else
            HAX_TRY(raw ? raw_row(report, rows, columns, keys, err)
                        : details_row(report, rows, columns, err));
        units = false;
    }
    if (units && !report->builder->failed)
        return hax_builder_fail(report->builder, rows->begin, err,
                                "the file ends behind the names");
    return HAX_OK;
}

static hax_status read_page(hax_ncu_report *report, rows *rows, hax_error *err)
{
    hax_slice heads = first_line(rows->rest);
    report->separator = heads.at[heads.at[0] == '"' ? 4 : 2];
    if (!take_row(report, rows))
        return HAX_OK;
    const columns context = find_columns(rows);
    hax_ncu_key *keys = calloc((size_t) context.count, sizeof *keys);
    bool metrics = false;
    if (!keys) {
        report->builder->failed = true;
        return HAX_OK;
    }
    for (int c = 0; c < context.count; c++) {
        keys[c].name = text_at(rows, c);
        keys[c].line = rows->begin;
        metrics |= is_metric(keys[c].name);
    }
    bool raw = context.name < 0;
    hax_status status = check_heads(report, rows, &context, metrics, err);
    if (status == HAX_OK && hax_ncu_add_page(report, raw ? "raw" : "details", rows->begin))
        status = read_rows(report, rows, &context, raw, keys, err);
    free(keys);
    return status;
}

hax_status hax_ncu_read_csv(hax_ncu_report *report, hax_error *err)
{
    rows context = { .rest = report->text, .line = 1 };
    hax_status status = HAX_OK;
    while (context.rest.length > 0 && status == HAX_OK && !report->builder->failed) {
        if (hax_ncu_is_header(first_line(context.rest)))
            status = read_page(report, &context, err);
        else
            skip_line(report, &context);
    }
    free(context.fields);
    return status;
}
