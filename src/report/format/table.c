/* Tables: columns aligned to their widest cell. */
#include "table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

enum {
    GAP = 2,
    ROOM_MIN = 8, /* a cell is never cut shorter */
    CELL_MAX = 250,
};

struct hax_table_row {
    struct hax_table_row *next;
    const char *line; /* across all columns, NULL for a row of cells */
    const char *cells[HAX_TABLE_COLUMNS_MAX];
};

void hax_table_open(hax_table *table, const char *align, const char *const *heads)
{
    *table = (hax_table){ .arena = hax_arena_create(), .column_count = (int) strlen(align) };
    assert(table->column_count <= HAX_TABLE_COLUMNS_MAX);
    for (int i = 0; i < table->column_count; i++)
        table->align[i] = align[i] == 'r' ? HAX_ALIGN_RIGHT : HAX_ALIGN_LEFT;
    table->failed = !table->arena;
    table->filled = table->column_count;
    for (; *heads; heads++)
        hax_table_cell(table, "%s", *heads);
}

static struct hax_table_row *add_row(hax_table *table)
{
    struct hax_table_row *row =
        table->failed ? NULL : hax_arena_alloc(table->arena, 1, sizeof *row);
    if (!row) {
        table->failed = true;
        return NULL;
    }
    if (table->last)
        table->last->next = row;
    else
        table->first = row;
    table->last = row;
    return row;
}

void hax_table_cell(hax_table *table, const char *format, ...)
{
    if (table->filled == table->column_count) {
        if (!add_row(table))
            return;
        table->filled = 0;
    }
    hax_text cell = { 0 };
    va_list args;
    va_start(args, format);
    hax_text_vsay(&cell, format, args);
    va_end(args);
    hax_text fitting = { 0 };
    hax_text_cut(&fitting, hax_text_get(&cell), CELL_MAX);
    table->failed |= cell.failed | fitting.failed;
    const char *kept =
        table->failed ? NULL : hax_arena_string(table->arena, hax_text_get(&fitting));
    hax_text_free(&fitting);
    hax_text_free(&cell);
    if (!kept) {
        table->failed = true;
        return;
    }
    int column = table->filled++;
    table->last->cells[column] = kept;
    int columns = hax_text_columns(kept);
    if (columns > table->width[column])
        table->width[column] = columns;
}

void hax_table_line(hax_table *table, const char *line)
{
    assert(table->failed || table->filled == table->column_count);
    struct hax_table_row *row = add_row(table);
    if (!row)
        return;
    row->line = hax_arena_string(table->arena, line);
    table->failed = !row->line;
}

static void print_row(const hax_table *table, const struct hax_table_row *row, int indent,
                      int width, hax_text *text)
{
    int at = indent;
    int pending = indent; /* blanks that are only written when something follows */
    for (int i = 0; i < table->column_count; i++) {
        const char *cell = row->cells[i] ? row->cells[i] : "";
        int columns = hax_text_columns(cell);
        int slack = table->width[i] - columns;
        int lead = table->align[i] == HAX_ALIGN_RIGHT ? slack : 0;
        bool last = i == table->column_count - 1;
        int capacity = last && width > 0 && lead == 0 ? width - at : columns;
        pending += lead;
        if (columns > 0) {
            hax_text_printf(text, "%*s", pending, "");
            hax_text_cut(text, cell,
                         capacity > ROOM_MIN || capacity == columns ? capacity : ROOM_MIN);
            pending = 0;
        }
        pending += slack - lead + GAP;
        at += table->width[i] + GAP;
    }
    hax_text_append(text, "\n");
}

void hax_table_close(hax_table *table, int indent, int width, hax_text *text)
{
    for (const struct hax_table_row *row = table->first; row; row = row->next)
        if (row->line)
            hax_text_say(text, "%*s%s\n", indent, "", row->line);
        else
            print_row(table, row, indent, width, text);
    text->failed |= table->failed;
    hax_arena_destroy(table->arena);
    *table = (hax_table){ 0 };
}
