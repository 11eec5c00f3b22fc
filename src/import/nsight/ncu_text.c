/*
 * Nsight Compute's page that is made to be read: a line for each launch, below it sections, each a
 * table between lines of dashes. Names stand left, units and values right; a unit may be missing,
 * and so may the heads, which older versions do not print.
 */
#include <stdlib.h>

#include "ncu.h"

/* Columns of a table by its line of dashes: where each ends. */
typedef struct dashes {
    size_t begin[3], end[3];
} dashes;

typedef enum text_state {
    OUTSIDE, /* no launch yet */
    LAUNCH,  /* below a launch, before a section */
    SECTION, /* below "Section:", before its dashes */
    TABLE,   /* rows */
    ADVICE,  /* behind a table */
} text_state;

typedef struct text_reader {
    hax_ncu_report *report;
    text_state state;
    bool ranges; /* below the head of the stack of ranges */
    bool heads;  /* the last line was that of a table's heads */
    hax_slice section;
    dashes table;
} text_reader;

/* ---- a launch -------------------------------------------------------------------------------- */

/* Whatever the indentation, which is lost where outputs are pasted. */
bool hax_ncu_is_launch_line(hax_slice line)
{
    return !hax_slice_starts(line, "\"") && hax_slice_has(line, ", Context ") &&
           hax_slice_has(line, ", Stream ");
}

/* Takes " (1, 2, 3)x(4, 5, 6)" off the end of a kernel: its grid and its blocks. */
static hax_slice without_sizes(hax_slice kernel)
{
    ptrdiff_t at = hax_slice_find_last(kernel, ")x(");
    if (at == SLICE_NONE || !hax_slice_ends(kernel, ")"))
        return kernel;
    ptrdiff_t open = hax_slice_find_last(hax_slice_to(kernel, (size_t) at), " (");
    return open == SLICE_NONE ? kernel : hax_slice_to(kernel, (size_t) open);
}

/* Takes ", 2023-May-07 14:53:47" off the end. */
static hax_slice without_date(hax_slice kernel)
{
    ptrdiff_t comma = hax_slice_find_last(kernel, ", ");
    if (comma == SLICE_NONE)
        return kernel;
    hax_slice date = hax_slice_from(kernel, (size_t) comma + 2);
    bool is_date =
        date.length >= 18 && date.at[4] == '-' && date.at[8] == '-' && hax_slice_has(date, ":");
    return is_date ? hax_slice_to(kernel, (size_t) comma) : kernel;
}

static void add_launch(text_reader *text_reader, hax_slice line, int number)
{
    hax_slice text = line, cc = { "", 0 };
    hax_slice_skip_blanks(&text); /* not at the end, where ", Context " may stand */
    ptrdiff_t context = hax_slice_find_last(text, ", Context "),
              capability = hax_slice_find_last(text, ", CC ");
    if (text_reader->report->page_count == 0 &&
        !hax_ncu_add_page(text_reader->report, "text", number))
        return;
    hax_ncu_launch *launch = hax_ncu_add_launch(text_reader->report, number);
    if (!launch)
        return;
    if (capability > context)
        cc = hax_slice_trim(hax_slice_from(text, (size_t) capability + 5));
    launch->kernel = without_sizes(without_date(hax_slice_to(text, (size_t) context)));
    launch->cc = cc;
    text_reader->state = LAUNCH;
    text_reader->ranges = false;
}

/* "<0,NAME>" of a stack of ranges; the innermost is the last. */
static void take_range(const text_reader *text_reader, hax_slice line)
{
    hax_slice text = hax_slice_trim(line), number;
    if (text_reader->state != LAUNCH || !text_reader->ranges || !hax_slice_take(&text, "<") ||
        !hax_slice_ends(text, ">") || !hax_slice_take_until(&text, ",", &number))
        return;
    text_reader->report->launches[text_reader->report->launch_count - 1].range =
        hax_slice_trim(hax_slice_to(text, text.length - 1));
}

/* ---- a table --------------------------------------------------------------------------------- */

/* "----- ---- ----": three columns. */
static bool take_dashes(hax_slice line, dashes *table)
{
    int column = -1;
    dashes result = { { 0 }, { 0 } };
    for (size_t i = 0; i < line.length; i++) {
        if (line.at[i] != '-' && line.at[i] != ' ')
            return false;
        if (line.at[i] != '-')
            continue;
        if (i == 0 || line.at[i - 1] != '-') {
            if (++column == 3)
                return false;
            result.begin[column] = i;
        }
        result.end[column] = i + 1;
    }
    if (column != 2)
        return false;
    *table = result;
    return true;
}

/* Any line of dashes. */
static bool is_rule(hax_slice line)
{
    line = hax_slice_trim(line);
    for (size_t i = 0; i < line.length; i++)
        if (line.at[i] != '-' && line.at[i] != ' ')
            return false;
    return line.length >= 3;
}

/* By the dashes, where blanks stand between the columns. */
static bool by_columns(const dashes *table, hax_slice line, hax_slice parts[3])
{
    if (line.length > table->end[2] || line.length <= table->begin[2])
        return false;
    for (int c = 1; c < 3; c++)
        if (line.at[table->begin[c] - 1] != ' ')
            return false;
    for (int c = 0; c < 3; c++) {
        size_t end = table->end[c] < line.length ? table->end[c] : line.length;
        parts[c] = hax_slice_trim(
            hax_slice_to(hax_slice_from(line, table->begin[c]), end - table->begin[c]));
    }
    return parts[0].length > 0 && parts[2].length > 0;
}

/* Takes what stands behind the last two blanks or more. */
static bool take_last(hax_slice *line, hax_slice *part)
{
    ptrdiff_t gap = hax_slice_find_last(*line, "  ");
    if (gap == SLICE_NONE)
        return false;
    *part = hax_slice_trim(hax_slice_from(*line, (size_t) gap));
    *line = hax_slice_trim(hax_slice_to(*line, (size_t) gap));
    return part->length > 0;
}

/* By gaps of two blanks or more: name, unit, value or name, value. */
static bool by_gaps(hax_slice line, hax_slice parts[3])
{
    line = hax_slice_trim(line);
    parts[1] = (hax_slice){ "", 0 };
    if (!take_last(&line, &parts[2]))
        return false;
    take_last(&line, &parts[1]);
    parts[0] = line;
    return line.length > 0 && !hax_slice_has(line, "  ");
}

static hax_status add_row(text_reader *text_reader, hax_slice line, int number, hax_error *err)
{
    hax_slice parts[3];
    if (!by_columns(&text_reader->table, line, parts) && !by_gaps(line, parts))
        return hax_builder_fail(text_reader->report->builder, number, err,
                                "'%.*s' is no row of name, unit and value in the section %.*s",
                                SLICE_ARGS(hax_slice_trim(line)), SLICE_ARGS(text_reader->section));
    text_reader->heads = hax_slice_is(parts[0], "Metric Name");
    if (text_reader->heads)
        return HAX_OK;
    const hax_ncu_key key = { text_reader->section, parts[0], parts[1], number };
    hax_ncu_add_metric(text_reader->report, &key, parts[2], number);
    return HAX_OK;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Rules of the tool and of the page itself, which are neither rows nor the program's. */
static void other_line(text_reader *text_reader, hax_slice line, int number)
{
    hax_slice text = hax_slice_trim(line);
    bool advice = text_reader->state == ADVICE && hax_slice_starts(line, " ");
    if (hax_slice_starts(text, "NVTX "))
        text_reader->ranges = true;
    take_range(text_reader, line);
    if (text.length > 0 && text_reader->state != OUTSIDE && !hax_slice_starts(text, "==") &&
        (advice || (text_reader->state == LAUNCH && hax_slice_starts(line, "    ")))) {
        text_reader->report->pages[0].rules +=
            advice && (hax_slice_starts(text, "OPT ") || hax_slice_starts(text, "WRN ") ||
                       hax_slice_starts(text, "INF "));
        return;
    }
    if (hax_slice_starts(text, "[") && hax_slice_has(text, "@")) /* [PROCESS] PROGRAM@HOST */
        return;
    hax_ncu_other_line(text_reader->report, line, number);
}

static hax_status read_line(text_reader *text_reader, hax_slice line, int number, hax_error *err)
{
    hax_slice text = hax_slice_trim(line);
    if (text_reader->state != TABLE && hax_ncu_is_launch_line(line)) {
        add_launch(text_reader, line, number);
        return HAX_OK;
    }
    if (text_reader->state != OUTSIDE && text_reader->state != TABLE &&
        hax_slice_take(&text, "Section: ")) {
        text_reader->section = hax_slice_trim(text);
        text_reader->state = SECTION;
        return HAX_OK;
    }
    if (text_reader->state == SECTION && take_dashes(line, &text_reader->table)) {
        text_reader->heads = false;
        text_reader->state = TABLE;
        return HAX_OK;
    }
    if (text_reader->state != TABLE) {
        other_line(text_reader, line, number);
        return HAX_OK;
    }
    if (text.length == 0)
        return HAX_OK;
    if (!is_rule(line))
        return add_row(text_reader, line, number, err);
    if (!text_reader->heads) /* else the dashes below the heads */
        text_reader->state = ADVICE;
    text_reader->heads = false;
    return HAX_OK;
}

hax_status hax_ncu_read_text(hax_ncu_report *report, hax_error *err)
{
    hax_slice line;
    hax_slice_lines lines = hax_slice_lines_of(report->text);
    text_reader context = { .report = report };
    while (hax_slice_next_line(&lines, &line) && !report->builder->failed)
        HAX_TRY(read_line(&context, line, lines.line, err));
    if (context.state == TABLE && !report->builder->failed)
        return hax_builder_fail(report->builder, lines.line, err,
                                "the file ends within the section %.*s",
                                SLICE_ARGS(context.section));
    return HAX_OK;
}
