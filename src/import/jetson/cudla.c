/*
 * Layer statistics of cuDLA (JetPack 6): begin and end of each fused layer on the DLA, the only
 * times of single layers that it gives. Names stand in single quotes and may hold commas; columns
 * behind the times differ, may be words ("INT8", 'fp16, int8') and are left out.
 */
#include <math.h>

#include "import.h"

enum { NAME, START_MS, END_MS, TIME_MS, GAP_MS, COLUMN_COUNT };

static const hax_import_column columns[] = {
    [NAME] = { "name", false },    [START_MS] = { "start_ms", true },
    [END_MS] = { "end_ms", true }, [TIME_MS] = { "time_ms", true },
    [GAP_MS] = { "gap_ms", true }, [COLUMN_COUNT] = { NULL, false },
};

enum { TRIES_MOST = 100 }; /* to find where a name ends */

#define HEAD "layer_name,start_ms,end_ms"

/* The first three heads, with or without blanks between. */
static bool is_head(hax_slice line)
{
    static const char *const heads[] = { "layer_name", "start_ms", "end_ms" };
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        hax_slice field;
        if (!hax_slice_take_until(&line, ",", &field)) {
            field = line;
            line.length = 0;
        }
        if (!hax_slice_is(hax_slice_trim(field), heads[h]))
            return false;
    }
    return true;
}

bool hax_cudla_recognises(hax_slice text)
{
    hax_slice line;
    hax_slice_skip_blanks(&text);
    hax_slice_lines lines = hax_slice_lines_of(text);
    return hax_slice_next_line(&lines, &line) && is_head(line);
}

/* Where the reader stands. */
typedef struct cudla {
    hax_import_builder *builder;
    int fields; /* of a row behind the name */
    int overlaps;
    double begin_ms, end_ms, busy_ms; /* end of the latest so far */
} cudla;

/* A field off the front, up to a comma outside of single quotes; *more: that comma was there. */
static hax_slice take_field(hax_slice *rest, bool *more)
{
    bool quoted = false;
    size_t length = 0;
    for (; length < rest->length && (quoted || rest->at[length] != ','); length++)
        quoted ^= rest->at[length] == '\'';
    hax_slice field = hax_slice_to(*rest, length);
    *more = length < rest->length;
    *rest = hax_slice_from(*rest, length + *more);
    return field;
}

static int count_fields(hax_slice line)
{
    int count = 0;
    for (bool more = true; more; count++)
        take_field(&line, &more);
    return count;
}

/* Do as many fields follow as the head has, and are the first two times? */
static bool is_rest(const cudla *cudla, hax_slice rest)
{
    bool more;
    double number;
    if (count_fields(rest) != cudla->fields)
        return false;
    for (int f = 0; f < 2; f++)
        if (!hax_slice_number(take_field(&rest, &more), &number))
            return false;
    return true;
}

/* 'name' or a name without commas. A name may hold what looks like its end, and later columns may
 * be quoted as well: what follows the right end has the form of the head. */
static hax_status take_name(const cudla *cudla, int line, hax_slice *rest, hax_slice *name,
                            hax_error *err)
{
    hax_slice row = *rest;
    if (!hax_slice_take(rest, "'")) {
        if (hax_slice_take_until(rest, ",", name))
            return HAX_OK;
        return hax_builder_fail(cudla->builder, line, err, "'%.*s' is no row of %s",
                                SLICE_ARGS(row), HEAD);
    }
    ptrdiff_t end = hax_slice_find_last(*rest, "',");
    if (end == SLICE_NONE)
        return hax_builder_fail(cudla->builder, line, err, "the name has no closing quote");
    int tries = 0;
    for (ptrdiff_t at = 0; at < end && tries < TRIES_MOST; at++) {
        hax_slice from = hax_slice_from(*rest, (size_t) at);
        if (!hax_slice_starts(from, "',"))
            continue;
        tries++;
        if (is_rest(cudla, hax_slice_from(from, 2)))
            end = at;
    }
    *name = hax_slice_to(*rest, (size_t) end);
    *rest = hax_slice_from(*rest, (size_t) end + 2);
    return HAX_OK;
}

static hax_status take_times(const cudla *cudla, int line, hax_slice rest, double times[2],
                             hax_error *err)
{
    int count = count_fields(rest);
    bool more;
    if (count != cudla->fields)
        return hax_builder_fail(cudla->builder, line, err,
                                "%d values behind the name, the head has %d", count, cudla->fields);
    for (int f = 0; f < 2; f++) {
        hax_slice field = take_field(&rest, &more);
        if (!hax_slice_number(field, &times[f]) || !isfinite(times[f]) || times[f] < 0)
            return hax_builder_fail(cudla->builder, line, err, "'%.*s' is no time",
                                    SLICE_ARGS(field));
    }
    if (times[1] < times[0])
        return hax_builder_fail(cudla->builder, line, err,
                                "ends at %g ms, before it starts at %g ms", times[1], times[0]);
    return HAX_OK;
}

static hax_status read_row(cudla *cudla, int line, hax_slice text, hax_error *err)
{
    hax_slice name;
    double times[2] = { NAN, NAN };
    HAX_TRY(take_name(cudla, line, &text, &name, err));
    if (hax_slice_trim(name).length == 0)
        return hax_builder_fail(cudla->builder, line, err, "a layer without a name");
    HAX_TRY(take_times(cudla, line, text, times, err));
    bool first = hax_builder_row_count(cudla->builder) == 0;
    hax_import_value *row = hax_builder_row(cudla->builder);
    row[NAME] = hax_builder_words(cudla->builder, hax_slice_trim(name));
    row[START_MS].number = times[0];
    row[END_MS].number = times[1];
    row[TIME_MS].number = times[1] - times[0];
    if (!first)
        row[GAP_MS].number = times[0] - cudla->end_ms;
    cudla->overlaps += !first && times[0] < cudla->end_ms;
    cudla->busy_ms += times[1] - (first ? times[0] : fmin(fmax(times[0], cudla->end_ms), times[1]));
    cudla->begin_ms = first ? times[0] : fmin(cudla->begin_ms, times[0]);
    cudla->end_ms = first ? times[1] : fmax(cudla->end_ms, times[1]);
    return HAX_OK;
}

static hax_status finish(cudla *cudla, hax_error *err)
{
    int count = hax_builder_row_count(cudla->builder);
    if (cudla->builder->failed)
        return HAX_OK;
    if (count == 0)
        return hax_builder_fail(cudla->builder, 1, err, "no layers below the head");
    hax_builder_fact(cudla->builder, "layers", count);
    hax_builder_fact(cudla->builder, "busy_ms", cudla->busy_ms);
    hax_builder_fact(cudla->builder, "span_ms", cudla->end_ms - cudla->begin_ms);
    if (cudla->overlaps > 0)
        hax_builder_note(cudla->builder, HAX_IMPORT_WARNING, 0,
                         "%d %s before the one above ends: their times do not add up to the whole",
                         IMPORT_COUNT(cudla->overlaps, "layer begins", "layers begin"));
    if (cudla->fields > 2)
        hax_builder_note(cudla->builder, HAX_IMPORT_LEFT_OUT, 1, "%d %s behind end_ms",
                         IMPORT_COUNT(cudla->fields - 2, "column", "columns"));
    hax_builder_is(cudla->builder, "cuDLA layer statistics", "JetPack 6 or later");
    return HAX_OK;
}

hax_status hax_cudla_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    hax_slice line;
    hax_slice_lines lines = hax_slice_lines_of(text);
    cudla context = { .builder = builder };
    hax_builder_section(builder, "dla_layers", 1, columns);
    while (hax_slice_next_line(&lines, &line)) {
        line = hax_slice_trim(line);
        if (line.length == 0)
            continue;
        if (context.fields == 0 && !is_head(line))
            return hax_builder_fail(builder, lines.line, err, "the head is not %s", HEAD);
        if (context.fields == 0)
            context.fields = count_fields(line) - 1;
        else
            HAX_TRY(read_row(&context, lines.line, line, err));
    }
    if (context.fields > 0 && text.at[text.length - 1] != '\n')
        hax_builder_note(builder, HAX_IMPORT_WARNING, lines.line,
                         "no end of the last line: its last number may be cut off");
    return context.fields > 0
               ? finish(&context, err)
               : hax_builder_fail(builder, 0, err, "empty, the head %s is missing", HEAD);
}
