/* Pressure tables: read from the published program's input, checked, copied. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* The arena lies behind the table it belongs to. */
typedef struct owned_table {
    hax_pressure_table public;
    hax_arena *arena;
} owned_table;

static hax_status check_axis(const char *name, int count, const double *axis, hax_error *err)
{
    if (count < 2)
        return hax_fail(err, HAX_BAD_INPUT, "the table has %d %s; a fit needs at least two", count,
                        name);
    for (int i = 0; i < count; i++)
        if (!isfinite(axis[i]) || axis[i] <= 0 || (i > 0 && axis[i] <= axis[i - 1]))
            return hax_fail(err, HAX_BAD_INPUT,
                            "%s must be positive and rise; number %d is %g after %g", name, i + 1,
                            axis[i], i > 0 ? axis[i - 1] : 0);
    return HAX_OK;
}

hax_status hax_table_check(const hax_pressure_table *table, hax_error *err)
{
    HAX_TRY(check_axis("kernels", table->own_count, table->own_gbps, err));
    HAX_TRY(check_axis("pressures", table->external_count, table->external_gbps, err));
    for (int i = 0; i < table->own_count; i++) {
        for (int j = 0; j < table->external_count; j++) {
            double value = table->achieved_gbps[i * table->external_count + j];
            if (!isfinite(value) || value <= 0)
                return hax_fail(err, HAX_BAD_INPUT,
                                "kernel %d under pressure %d reaches %g GB/s; it must be positive",
                                i + 1, j + 1, value);
        }
    }
    return HAX_OK;
}

static const double *keep(hax_arena *arena, const double *values, int count)
{
    double *copy = hax_arena_alloc(arena, (size_t) count, sizeof *copy);
    if (copy)
        memcpy(copy, values, (size_t) count * sizeof *copy);
    return copy;
}

bool hax_table_copy(hax_arena *arena, const hax_pressure_table *from, hax_pressure_table *to)
{
    *to = *from;
    to->own_gbps = keep(arena, from->own_gbps, from->own_count);
    to->external_gbps = keep(arena, from->external_gbps, from->external_count);
    to->achieved_gbps = keep(arena, from->achieved_gbps, from->own_count * from->external_count);
    return to->own_gbps && to->external_gbps && to->achieved_gbps;
}

/* ---- reading ----------------------------------------------------------------------------- */

enum { AXIS_MAX = 1000 };

typedef struct reader {
    const char *at, *end;
    const char *file;
    int line, column;
    int number_column; /* of the last number */
    hax_error *err;
} reader;

static void skip_blanks(reader *reader)
{
    for (; reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at;
         reader->at++) {
        reader->column++;
        if (*reader->at == '\n') {
            reader->line++;
            reader->column = 1;
        }
    }
}

static hax_status fail_here(const reader *reader, const char *expected)
{
    if (reader->at >= reader->end)
        return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line, reader->column,
                           "the table ends where %s should be", expected);
    return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line, reader->column,
                       "expected %s", expected);
}

static hax_status read_number(reader *reader, const char *expected, double *value)
{
    skip_blanks(reader);
    char *after = NULL;
    double number = reader->at < reader->end ? strtod(reader->at, &after) : 0;
    if (!after || after == reader->at || after > reader->end || !isfinite(number) ||
        (after < reader->end && !strchr(" \t\r\n", *after)))
        return fail_here(reader, expected);
    if (number <= 0)
        return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line, reader->column,
                           "%g: bandwidths and counts must be positive", number);
    reader->number_column = reader->column;
    reader->column += (int) (after - reader->at);
    reader->at = after;
    *value = number;
    return HAX_OK;
}

static hax_status read_axis(reader *reader, hax_arena *arena, const char *counted, int *count,
                            const double **axis)
{
    double number;
    HAX_TRY(read_number(reader, counted, &number));
    if (number != floor(number) || number < 2 || number > AXIS_MAX)
        return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line,
                           reader->number_column, "%g is %s; 2 to %d are possible", number, counted,
                           AXIS_MAX);
    *count = (int) number;
    double *values = hax_arena_alloc(arena, (size_t) *count, sizeof *values);
    if (!values)
        return hax_fail_memory(reader->err, "a pressure table");
    for (int i = 0; i < *count; i++) {
        HAX_TRY(read_number(reader, "a bandwidth in GB/s", &values[i]));
        if (i > 0 && values[i] <= values[i - 1])
            return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line,
                               reader->number_column, "%g after %g: bandwidths must rise",
                               values[i], values[i - 1]);
    }
    *axis = values;
    return HAX_OK;
}

static hax_status read_table(reader *reader, hax_arena *arena, hax_pressure_table *table)
{
    HAX_TRY(read_axis(reader, arena, "the number of kernels", &table->own_count, &table->own_gbps));
    HAX_TRY(read_axis(reader, arena, "the number of pressures", &table->external_count,
                      &table->external_gbps));
    int cells = table->own_count * table->external_count;
    double *values = hax_arena_alloc(arena, (size_t) cells, sizeof *values);
    if (!values)
        return hax_fail_memory(reader->err, "a pressure table");
    for (int c = 0; c < cells; c++)
        HAX_TRY(read_number(reader, "the bandwidth of a kernel under pressure", &values[c]));
    table->achieved_gbps = values;
    skip_blanks(reader);
    if (reader->at < reader->end)
        return hax_fail_at(reader->err, HAX_BAD_INPUT, reader->file, reader->line, reader->column,
                           "more numbers than %d kernels under %d pressures have", table->own_count,
                           table->external_count);
    return HAX_OK;
}

const char *hax_traffic_kind_name(hax_traffic_kind kind)
{
    static const char *const names[] = { "read", "write", "copy", "cache" };
    return names[kind];
}

hax_status hax_pressure_table_parse(const char *text, size_t length, const char *file,
                                    const hax_pressure_table **table, hax_error *err)
{
    const size_t mark = hax_text_mark_length(text, length);
    hax_arena *arena = hax_arena_create();
    owned_table *owned = arena ? hax_arena_alloc(arena, 1, sizeof *owned) : NULL;
    text += mark;
    length -= mark;
    const char *copy = owned ? hax_arena_text(arena, text, length) : NULL; /* strtod needs an end */
    reader context = { copy, copy + length, file, 1, 1, 1, err };
    hax_status status = copy ? read_table(&context, arena, &owned->public)
                             : hax_fail_memory(err, "a pressure table");
    if (status != HAX_OK) {
        hax_arena_destroy(arena);
        return status;
    }
    owned->arena = arena;
    *table = &owned->public;
    return HAX_OK;
}

void hax_pressure_table_destroy(const hax_pressure_table *table)
{
    if (table)
        hax_arena_destroy(((const owned_table *) table)->arena);
}
