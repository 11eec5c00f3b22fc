/* What tests of readers have in common. */
#ifndef TEST_IMPORT_FIXTURE_H
#define TEST_IMPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/import.h"

static inline const hax_import *read_text(const char *kind, const char *text)
{
    const hax_import *import = NULL;
    hax_error err = { 0 };
    if (hax_import_parse(kind, text, strlen(text), "test", NULL, &import, &err) != HAX_OK)
        fail_msg("line %d: %s", err.line, err.message);
    return import;
}

static inline const hax_import_value *cell(const hax_import_section *section, int row,
                                           const char *column)
{
    int c = hax_import_column_index(section, column);
    if (c < 0 || row >= section->row_count)
        fail_msg("no cell %d of '%s' in '%s'", row, column, section->name);
    return &section->cells[row * section->column_count + c];
}

static inline const hax_import_section *part(const hax_import *import, const char *name)
{
    const hax_import_section *found = hax_import_find(import, name, 0);
    if (!found)
        fail_msg("no section '%s'", name);
    return found;
}

/* The row whose text in a column is `text`. */
static inline int row_with(const hax_import_section *section, const char *column, const char *text)
{
    for (int r = 0; r < section->row_count; r++) {
        const char *word = cell(section, r, column)->text;
        if (word && strcmp(word, text) == 0)
            return r;
    }
    fail_msg("no row with '%s' in '%s'", text, section->name);
    return -1;
}

static inline bool noted(const hax_import *import, hax_import_note_kind kind, const char *words)
{
    for (int n = 0; n < import->note_count; n++)
        if (import->notes[n].kind == kind && strstr(import->notes[n].text, words))
            return true;
    return false;
}

#endif
