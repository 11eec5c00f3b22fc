/*
 * Layer statistics of cuDLA (JetPack 6): begin and end of each fused layer on the DLA, the only
 * times of single layers that it gives. Names stand in single quotes and may hold commas; columns
 * behind the times differ and are taken by their heads.
 */
#include <math.h>

#include "import.h"

enum { NAME, START_MS, END_MS, TIME_MS, GAP_MS, COLUMN_COUNT };

static const hax_import_column columns[] = {
    [NAME] = { "name", false },    [START_MS] = { "start_ms", true },
    [END_MS] = { "end_ms", true }, [TIME_MS] = { "time_ms", true },
    [GAP_MS] = { "gap_ms", true }, [COLUMN_COUNT] = { NULL, false },
};

#define HEAD "layer_name,start_ms,end_ms"

/* The first three heads, with or without blanks between. */
static bool is_head(slice line)
{
    static const char *const heads[] = { "layer_name", "start_ms", "end_ms" };
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        slice field;
        if (!slice_take_until(&line, ",", &field)) {
            field = line;
            line.length = 0;
        }
        if (!slice_is(slice_trim(field), heads[h]))
            return false;
    }
    return true;
}

bool cudla_recognises(slice text)
{
    slice line;
    slice_skip_blanks(&text);
    slice_lines lines = slice_lines_of(text);
    return slice_next_line(&lines, &line) && is_head(line);
}

/* Where the reader stands. */
typedef struct cudla {
    import_builder *to;
    int fields; /* of a row behind the name */
    int overlaps;
    double begin_ms, end_ms, busy_ms; /* end of the latest so far */
} cudla;

static int count_commas(slice line)
{
    int count = 0;
    for (size_t i = 0; i < line.length; i++)
        count += line.at[i] == ',';
    return count;
}

/* 'name' or a name without commas. */
static hax_status take_name(const cudla *at, int line, slice *rest, slice *name, hax_error *err)
{
    slice row = *rest;
    if (!slice_take(rest, "'")) {
        if (slice_take_until(rest, ",", name))
            return HAX_OK;
        return import_fail(at->to, line, err, "'%.*s' is no row of %s", SLICE_ARGS(row), HEAD);
    }
    ptrdiff_t end = slice_find_last(*rest, "',");
    if (end == SLICE_NONE)
        return import_fail(at->to, line, err, "the name has no closing quote");
    *name = slice_to(*rest, (size_t) end);
    *rest = slice_from(*rest, (size_t) end + 2);
    return HAX_OK;
}

static hax_status take_times(const cudla *at, int line, slice rest, double times[2], hax_error *err)
{
    if (count_commas(rest) + 1 != at->fields)
        return import_fail(at->to, line, err, "%d values behind the name, the head has %d",
                           count_commas(rest) + 1, at->fields);
    for (int f = 0; f < at->fields; f++) {
        slice field;
        double value;
        if (!slice_take_until(&rest, ",", &field))
            field = rest;
        if (!slice_number(field, &value) || !isfinite(value) || value < 0)
            return import_fail(at->to, line, err, "'%.*s' is no time", SLICE_ARGS(field));
        if (f < 2)
            times[f] = value;
    }
    if (times[1] < times[0])
        return import_fail(at->to, line, err, "ends at %g ms, before it starts at %g ms", times[1],
                           times[0]);
    return HAX_OK;
}

static hax_status read_row(cudla *at, int line, slice text, hax_error *err)
{
    slice name;
    double times[2] = { NAN, NAN };
    HAX_TRY(take_name(at, line, &text, &name, err));
    if (slice_trim(name).length == 0)
        return import_fail(at->to, line, err, "a layer without a name");
    HAX_TRY(take_times(at, line, text, times, err));
    bool first = import_row_count(at->to) == 0;
    hax_import_value *row = import_row(at->to);
    row[NAME] = import_words(at->to, slice_trim(name));
    row[START_MS].number = times[0];
    row[END_MS].number = times[1];
    row[TIME_MS].number = times[1] - times[0];
    if (!first)
        row[GAP_MS].number = times[0] - at->end_ms;
    at->overlaps += !first && times[0] < at->end_ms;
    at->busy_ms += times[1] - (first ? times[0] : fmin(fmax(times[0], at->end_ms), times[1]));
    at->begin_ms = first ? times[0] : fmin(at->begin_ms, times[0]);
    at->end_ms = first ? times[1] : fmax(at->end_ms, times[1]);
    return HAX_OK;
}

static hax_status finish(cudla *at, hax_error *err)
{
    int count = import_row_count(at->to);
    if (at->to->failed)
        return HAX_OK;
    if (count == 0)
        return import_fail(at->to, 1, err, "no layers below the head");
    import_fact(at->to, "layers", count);
    import_fact(at->to, "busy_ms", at->busy_ms);
    import_fact(at->to, "span_ms", at->end_ms - at->begin_ms);
    if (at->overlaps > 0)
        import_note(at->to, HAX_IMPORT_WARNING, 0,
                    "%d %s before the one above ends: their times do not add up to the whole",
                    IMPORT_COUNT(at->overlaps, "layer begins", "layers begin"));
    if (at->fields > 2)
        import_note(at->to, HAX_IMPORT_LEFT_OUT, 1, "%d %s behind end_ms",
                    IMPORT_COUNT(at->fields - 2, "column", "columns"));
    import_is(at->to, "cuDLA layer statistics", "JetPack 6 or later");
    return HAX_OK;
}

hax_status cudla_read(import_builder *to, slice text, hax_error *err)
{
    slice line;
    slice_lines lines = slice_lines_of(text);
    cudla at = { .to = to };
    import_section(to, "dla_layers", 1, columns);
    while (slice_next_line(&lines, &line)) {
        line = slice_trim(line);
        if (line.length == 0)
            continue;
        if (at.fields == 0 && !is_head(line))
            return import_fail(to, lines.line, err, "the head is not %s", HEAD);
        if (at.fields == 0)
            at.fields = count_commas(line);
        else
            HAX_TRY(read_row(&at, lines.line, line, err));
    }
    if (at.fields > 0 && text.at[text.length - 1] != '\n')
        import_note(to, HAX_IMPORT_WARNING, lines.line,
                    "no end of the last line: its last number may be cut off");
    return at.fields > 0 ? finish(&at, err)
                         : import_fail(to, 0, err, "empty, the head %s is missing", HEAD);
}
