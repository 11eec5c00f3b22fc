/*
 * Tables: columns aligned to their widest cell, figures to the right. A table is filled
 * cell by cell, row after row, then printed. A failed allocation shows when it is printed.
 */
#ifndef HAX_REPORT_TABLE_H
#define HAX_REPORT_TABLE_H

#include <stdbool.h>

#include "arena.h"
#include "text.h"

enum { HAX_TABLE_COLUMNS_MAX = 16 };

typedef enum hax_align {
    HAX_ALIGN_LEFT,
    HAX_ALIGN_RIGHT,
} hax_align;

typedef struct hax_table {
    hax_arena *arena;
    int column_count;
    hax_align align[HAX_TABLE_COLUMNS_MAX];
    int width[HAX_TABLE_COLUMNS_MAX];
    struct hax_table_row *first;
    struct hax_table_row *last;
    int filled; /* cells of the last row */
    bool failed;
} hax_table;

/* `align` has a letter for each column, "lrr"; `heads` are the cells of the first row,
 * NULL-terminated (those that are missing follow by hax_table_cell). */
void hax_table_open(hax_table *table, const char *align, const char *const *heads);

/* The next cell of the current row, made visible; a full row is followed by a new one. */
void hax_table_cell(hax_table *table, const char *format, ...) HAX_PRINTF(2, 3);

/* A line of text across all columns, between rows. */
void hax_table_line(hax_table *table, const char *line);

/* Appends the table, every row after `indent` blanks, and frees it. A last column that
 * aligns left is cut to `width` (0: never). */
void hax_table_close(hax_table *table, int indent, int width, hax_text *text);

#endif
