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
    ncu_report *report;
    text_state state;
    bool ranges; /* below the head of the stack of ranges */
    bool heads;  /* the last line was that of a table's heads */
    slice section;
    dashes table;
} text_reader;

/* ---- a launch -----------------------------------------------------------------------------------
 */

/* Whatever the indentation, which is lost where outputs are pasted. */
bool ncu_is_launch_line(slice line)
{
    return !slice_starts(line, "\"") && slice_has(line, ", Context ") &&
           slice_has(line, ", Stream ");
}

/* Takes " (1, 2, 3)x(4, 5, 6)" off the end of a kernel: its grid and its blocks. */
static slice without_sizes(slice kernel)
{
    ptrdiff_t at = slice_find_last(kernel, ")x(");
    if (at == SLICE_NONE || !slice_ends(kernel, ")"))
        return kernel;
    ptrdiff_t open = slice_find_last(slice_to(kernel, (size_t) at), " (");
    return open == SLICE_NONE ? kernel : slice_to(kernel, (size_t) open);
}

/* Takes ", 2023-May-07 14:53:47" off the end. */
static slice without_date(slice kernel)
{
    ptrdiff_t comma = slice_find_last(kernel, ", ");
    if (comma == SLICE_NONE)
        return kernel;
    slice date = slice_from(kernel, (size_t) comma + 2);
    bool is_date =
        date.length >= 18 && date.at[4] == '-' && date.at[8] == '-' && slice_has(date, ":");
    return is_date ? slice_to(kernel, (size_t) comma) : kernel;
}

static void add_launch(text_reader *at, slice line, int number)
{
    slice text = line, cc = { "", 0 };
    slice_skip_blanks(&text); /* not at the end, where ", Context " may stand */
    ptrdiff_t context = slice_find_last(text, ", Context "),
              capability = slice_find_last(text, ", CC ");
    if (at->report->page_count == 0 && !ncu_add_page(at->report, "text", number))
        return;
    ncu_launch *made = ncu_add_launch(at->report, number);
    if (!made)
        return;
    if (capability > context)
        cc = slice_trim(slice_from(text, (size_t) capability + 5));
    made->kernel = without_sizes(without_date(slice_to(text, (size_t) context)));
    made->cc = cc;
    at->state = LAUNCH;
    at->ranges = false;
}

/* "<0,NAME>" of a stack of ranges; the innermost is the last. */
static void take_range(const text_reader *at, slice line)
{
    slice text = slice_trim(line), number;
    if (at->state != LAUNCH || !at->ranges || !slice_take(&text, "<") || !slice_ends(text, ">") ||
        !slice_take_until(&text, ",", &number))
        return;
    at->report->launches[at->report->launch_count - 1].range =
        slice_trim(slice_to(text, text.length - 1));
}

/* ---- a table
 * ------------------------------------------------------------------------------------- */

/* "----- ---- ----": three columns. */
static bool take_dashes(slice line, dashes *table)
{
    int column = -1;
    dashes made = { { 0 }, { 0 } };
    for (size_t i = 0; i < line.length; i++) {
        if (line.at[i] != '-' && line.at[i] != ' ')
            return false;
        if (line.at[i] != '-')
            continue;
        if (i == 0 || line.at[i - 1] != '-') {
            if (++column == 3)
                return false;
            made.begin[column] = i;
        }
        made.end[column] = i + 1;
    }
    if (column != 2)
        return false;
    *table = made;
    return true;
}

/* Any line of dashes. */
static bool is_rule(slice line)
{
    line = slice_trim(line);
    for (size_t i = 0; i < line.length; i++)
        if (line.at[i] != '-' && line.at[i] != ' ')
            return false;
    return line.length >= 3;
}

/* By the dashes, where blanks stand between the columns. */
static bool by_columns(const dashes *table, slice line, slice parts[3])
{
    if (line.length > table->end[2] || line.length <= table->begin[2])
        return false;
    for (int c = 1; c < 3; c++)
        if (line.at[table->begin[c] - 1] != ' ')
            return false;
    for (int c = 0; c < 3; c++) {
        size_t end = table->end[c] < line.length ? table->end[c] : line.length;
        parts[c] = slice_trim(slice_to(slice_from(line, table->begin[c]), end - table->begin[c]));
    }
    return parts[0].length > 0 && parts[2].length > 0;
}

/* Takes what stands behind the last two blanks or more. */
static bool take_last(slice *line, slice *part)
{
    ptrdiff_t gap = slice_find_last(*line, "  ");
    if (gap == SLICE_NONE)
        return false;
    *part = slice_trim(slice_from(*line, (size_t) gap));
    *line = slice_trim(slice_to(*line, (size_t) gap));
    return part->length > 0;
}

/* By gaps of two blanks or more: name, unit, value or name, value. */
static bool by_gaps(slice line, slice parts[3])
{
    line = slice_trim(line);
    parts[1] = (slice){ "", 0 };
    if (!take_last(&line, &parts[2]))
        return false;
    take_last(&line, &parts[1]);
    parts[0] = line;
    return line.length > 0 && !slice_has(line, "  ");
}

static hax_status add_row(text_reader *at, slice line, int number, hax_error *err)
{
    slice parts[3];
    if (!by_columns(&at->table, line, parts) && !by_gaps(line, parts))
        return import_fail(at->report->to, number, err,
                           "'%.*s' is no row of name, unit and value in the section %.*s",
                           SLICE_ARGS(slice_trim(line)), SLICE_ARGS(at->section));
    at->heads = slice_is(parts[0], "Metric Name");
    if (at->heads)
        return HAX_OK;
    const ncu_key key = { at->section, parts[0], parts[1], number };
    ncu_add_metric(at->report, &key, parts[2], number);
    return HAX_OK;
}

/* ---- lines
 * ---------------------------------------------------------------------------------------- */

/* Rules of the tool and of the page itself, which are neither rows nor the program's. */
static void other_line(text_reader *at, slice line, int number)
{
    slice text = slice_trim(line);
    bool advice = at->state == ADVICE && slice_starts(line, " ");
    if (slice_starts(text, "NVTX "))
        at->ranges = true;
    take_range(at, line);
    if (text.length > 0 && at->state != OUTSIDE && !slice_starts(text, "==") &&
        (advice || (at->state == LAUNCH && slice_starts(line, "    ")))) {
        at->report->pages[0].rules +=
            advice && (slice_starts(text, "OPT ") || slice_starts(text, "WRN ") ||
                       slice_starts(text, "INF "));
        return;
    }
    if (slice_starts(text, "[") && slice_has(text, "@")) /* [PROCESS] PROGRAM@HOST */
        return;
    ncu_other_line(at->report, line, number);
}

static hax_status read_line(text_reader *at, slice line, int number, hax_error *err)
{
    slice text = slice_trim(line);
    if (at->state != TABLE && ncu_is_launch_line(line)) {
        add_launch(at, line, number);
        return HAX_OK;
    }
    if (at->state != OUTSIDE && at->state != TABLE && slice_take(&text, "Section: ")) {
        at->section = slice_trim(text);
        at->state = SECTION;
        return HAX_OK;
    }
    if (at->state == SECTION && take_dashes(line, &at->table)) {
        at->heads = false;
        at->state = TABLE;
        return HAX_OK;
    }
    if (at->state != TABLE) {
        other_line(at, line, number);
        return HAX_OK;
    }
    if (text.length == 0)
        return HAX_OK;
    if (!is_rule(line))
        return add_row(at, line, number, err);
    if (!at->heads) /* else the dashes below the heads */
        at->state = ADVICE;
    at->heads = false;
    return HAX_OK;
}

hax_status ncu_read_text(ncu_report *report, hax_error *err)
{
    slice line;
    slice_lines lines = slice_lines_of(report->text);
    text_reader at = { .report = report };
    while (slice_next_line(&lines, &line) && !report->to->failed)
        HAX_TRY(read_line(&at, line, lines.line, err));
    if (at.state == TABLE && !report->to->failed)
        return import_fail(report->to, lines.line, err, "the file ends within the section %.*s",
                           SLICE_ARGS(at.section));
    return HAX_OK;
}
