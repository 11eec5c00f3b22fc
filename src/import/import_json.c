/* The document of what was imported. */
#include <math.h>

#include "import.h"
#include "json.h"

/* JSON has no nan and no infinity: null. */
static json_t *value_json(const hax_import_value *value)
{
    if (value->text)
        return hax_json_words(value->text);
    double number = value->number;
    if (!isfinite(number))
        return json_null();
    if (number == floor(number) && fabs(number) < 1e15)
        return json_integer((json_int_t) number);
    return json_real(number);
}

static json_t *facts_json(const hax_import_section *section)
{
    json_t *facts = json_object();
    for (int f = 0; f < section->fact_count; f++)
        hax_json_set(&facts, section->facts[f].name, value_json(&section->facts[f].value));
    return facts;
}

static json_t *rows_json(const hax_import_section *section)
{
    json_t *rows = json_array();
    const hax_import_value *cell = section->cells;
    for (int r = 0; r < section->row_count; r++) {
        json_t *row = json_object();
        for (int c = 0; c < section->column_count; c++, cell++)
            hax_json_set(&row, section->columns[c].name, value_json(cell));
        hax_json_append(&rows, row);
    }
    return rows;
}

static json_t *section_json(const hax_import_section *section)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "name", section->name, "line",
                     section->line > 0 ? json_integer(section->line) : json_null(), "facts",
                     facts_json(section), "rows", rows_json(section));
}

static json_t *note_json(const hax_import_note *note)
{
    return json_pack("{s:s, s:o, s:o}", "kind", hax_import_note_name(note->kind), "line",
                     note->line > 0 ? json_integer(note->line) : json_null(), "text",
                     hax_json_words(note->text));
}

static json_t *import_json(const hax_import *import)
{
    json_t *sections = json_array(), *notes = json_array();
    for (int s = 0; s < import->section_count; s++)
        hax_json_append(&sections, section_json(&import->sections[s]));
    for (int n = 0; n < import->note_count; n++)
        hax_json_append(&notes, note_json(&import->notes[n]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "kind", import->kind, "file", import->file,
                     "what", import->what, "tool_version", import->version, "notes", notes,
                     "sections", sections);
}

hax_status hax_import_text(int count, const hax_import *const *imports, char **json, hax_error *err)
{
    json_t *files = json_array();
    for (int i = 0; files && i < count; i++)
        hax_json_append(&files, import_json(imports[i]));
    json_t *tree =
        json_pack("{s:s, s:i, s:o}", "schema", "haxconn/import", "version", 1, "files", files);
    hax_status status = tree ? hax_json_text(tree, json, err) : hax_fail_memory(err, "a document");
    json_decref(tree);
    return status;
}
