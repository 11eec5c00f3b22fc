/* What was imported from other tools' files. */
#include "haxconn/report.h"

#include <math.h>
#include <string.h>

#include "number.h"
#include "table.h"

enum {
    SHORT_MAX = 14, /* bytes of a text that may stand before figures */
    LAST_MAX = 60,  /* columns of the last text; a cell has room for as many wide ones */
    WORDS_MAX = 28, /* columns of a text that is not the last one */
};

/* The name of a column or fact as words: "average_ms" is "average ms". */
static void append_name(hax_text *text, const char *name)
{
    for (; *name; name++)
        hax_text_append_bytes(text, *name == '_' ? " " : name, 1);
}

static hax_number number_text(double number)
{
    hax_number result = { "-" };
    if (isinf(number))
        strcpy(result.text, number > 0 ? "inf" : "-inf");
    else if (number == floor(number) && fabs(number) < 1e9)
        result = hax_number_fixed(number, 0);
    else if (!isnan(number))
        result = hax_number_of(number);
    return result;
}

/* ---- tables ------------------------------------------------------------------------- */

/* The order of columns: short texts, figures, long texts, so that the last one can be cut. What no
 * row has is left out. */
typedef struct layout {
    int count;
    int columns[HAX_TABLE_COLUMNS_MAX];
    char align[HAX_TABLE_COLUMNS_MAX + 1];
} layout;

typedef enum column_class {
    COLUMN_SHORT,
    COLUMN_FIGURES,
    COLUMN_LONG,
    COLUMN_EMPTY,
} column_class;

static column_class class_of(const hax_import_section *section, int column)
{
    bool empty = true, is_long = false;
    for (int r = 0; r < section->row_count; r++) {
        const hax_import_value *cell =
            &section->cells[(size_t) r * (size_t) section->column_count + (size_t) column];
        empty &= !cell->text && isnan(cell->number);
        is_long |= cell->text && strlen(cell->text) > SHORT_MAX;
    }
    return empty                                ? COLUMN_EMPTY
           : section->columns[column].is_number ? COLUMN_FIGURES
           : is_long                            ? COLUMN_LONG
                                                : COLUMN_SHORT;
}

static layout lay_out(const hax_import_section *section)
{
    layout result = { 0 };
    for (column_class wanted = COLUMN_SHORT; wanted <= COLUMN_LONG; wanted++) {
        for (int c = 0; c < section->column_count && result.count < HAX_TABLE_COLUMNS_MAX; c++) {
            if (class_of(section, c) != wanted)
                continue;
            result.align[result.count] = wanted == COLUMN_FIGURES ? 'r' : 'l';
            result.columns[result.count++] = c;
        }
    }
    return result;
}

static void add_cell(hax_table *table, const hax_import_value *value, bool last)
{
    if (!value->text) {
        hax_table_cell(table, "%s", number_text(value->number).text);
        return;
    }
    hax_text cut = { 0 };
    hax_text_cut(&cut, value->text, last ? LAST_MAX : WORDS_MAX);
    hax_table_cell(table, "%s", hax_text_get(&cut));
    table->failed |= cut.failed;
    hax_text_free(&cut);
}

static void append_table(const hax_import_section *section, int rows, int width, hax_text *out)
{
    const layout order = lay_out(section);
    static const char *const no_heads[] = { NULL };
    hax_table table;
    if (order.count == 0)
        return;
    hax_table_open(&table, order.align, no_heads);
    for (int c = 0; c < order.count; c++) {
        hax_text head = { 0 };
        append_name(&head, section->columns[order.columns[c]].name);
        hax_table_cell(&table, "%s", hax_text_get(&head));
        table.failed |= head.failed;
        hax_text_free(&head);
    }
    int shown = rows >= 0 && rows < section->row_count ? rows : section->row_count;
    for (int r = 0; r < shown; r++) {
        const hax_import_value *cells =
            section->cells + (size_t) r * (size_t) section->column_count;
        for (int c = 0; c < order.count; c++)
            add_cell(&table, &cells[order.columns[c]], c == order.count - 1);
    }
    hax_table_close(&table, 4, width, out);
    if (shown < section->row_count)
        hax_text_say(out, "    %d more rows (--rows 0: all)\n", section->row_count - shown);
}

/* ---- sections and files ------------------------------------------------------------- */

static void append_facts(const hax_import_section *section, int width, hax_text *out)
{
    hax_text words = { 0 };
    for (int f = 0; f < section->fact_count; f++) {
        const hax_import_fact *fact = &section->facts[f];
        hax_text_append(&words, f > 0 ? ", " : "");
        append_name(&words, fact->name);
        hax_text_say(&words, " %s",
                     fact->value.text ? fact->value.text : number_text(fact->value.number).text);
    }
    if (words.length > 0) {
        hax_text_append(out, "    ");
        hax_text_wrap(out, hax_text_get(&words), 4, 4, width);
    }
    hax_text_spend(&words, out);
}

static void append_section(const hax_import_section *section, int rows, int width, hax_text *out)
{
    hax_text_append(out, "\n  ");
    append_name(out, section->name);
    if (section->line > 0)
        hax_text_say(out, " (line %d)", section->line);
    if (section->row_count > 0)
        hax_text_say(out, ": %d %s", section->row_count, section->row_count == 1 ? "row" : "rows");
    hax_text_append(out, "\n");
    append_facts(section, width, out);
    if (section->row_count > 0)
        append_table(section, rows, width, out);
}

static void append_note(const hax_import_note *note, int width, hax_text *out)
{
    hax_text words = { 0 };
    hax_text_say(&words, "%s", hax_import_note_name(note->kind));
    if (note->line > 0)
        hax_text_say(&words, ", line %d", note->line);
    hax_text_say(&words, ": %s", note->text);
    hax_text_append(out, "  ");
    hax_text_wrap(out, hax_text_get(&words), 2, 4, width);
    hax_text_spend(&words, out);
}

static void append_import(const hax_import *import, int rows, int width, hax_text *out)
{
    hax_text_say(out, "%s: %s%s%s\n", import->file, import->what, import->version[0] ? ", " : "",
                 import->version);
    for (int n = 0; n < import->note_count; n++)
        append_note(&import->notes[n], width, out);
    for (int s = 0; s < import->section_count; s++)
        append_section(&import->sections[s], rows, width, out);
}

hax_status hax_report_import(int count, const hax_import *const *imports, int rows,
                             const hax_report_style *style, char **text, hax_error *err)
{
    const hax_report_style usual = hax_report_style_default();
    int width = style ? style->width : usual.width;
    hax_text out = { 0 };
    for (int i = 0; i < count; i++) {
        hax_text_append(&out, i > 0 ? "\n" : "");
        append_import(imports[i], rows, width, &out);
    }
    return hax_text_give(&out, text, "a report", err);
}
