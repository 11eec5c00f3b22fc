/*
 * Who runs an entry, and whose time it is. "{ForeignNode[...]}" may be the DLA or the GPU: a log's
 * placement or the engine's layer information says which; copies to and from the DLA's memory say
 * that there is one. Before 8.5 the DLA's time is not in its own entry but where the GPU waits for
 * it: up to 7.x in the reformatter behind it, then in the copy back.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"

/* What another file says of a name. */
typedef struct evidence {
    const char *name;
    hax_match_unit unit;
} evidence;

typedef struct evidence_list {
    int count;
    evidence *items;
    bool dla_asked; /* the engine was built with --useDLACore */
} evidence_list;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const evidence *) a)->name, ((const evidence *) b)->name);
}

/* ---- collecting ---------------------------------------------------------------------------- */

static const char *cell(const hax_import_section *section, int row, int column)
{
    return column < 0 ? NULL : section->cells[row * section->column_count + column].text;
}

/* Rows of "placement" say DLA or GPU; those of "layers" have a type. */
static void collect_rows(const hax_import_section *section, evidence_list *list)
{
    int name = hax_import_column_index(section, "name");
    int unit = hax_import_column_index(section, "unit");
    int type = hax_import_column_index(section, "type");
    for (int r = 0; r < section->row_count; r++) {
        const char *word = cell(section, r, unit >= 0 ? unit : type);
        if (!word || !cell(section, r, name))
            continue;
        list->items[list->count++] =
            (evidence){ cell(section, r, name), strcmp(word, "DLA") == 0 ? MATCH_DLA : MATCH_GPU };
    }
}

static void read_options(const hax_import_section *section, evidence_list *list)
{
    int option = hax_import_column_index(section, "option");
    int value = hax_import_column_index(section, "value");
    for (int r = 0; r < section->row_count; r++) {
        const char *key = cell(section, r, option), *word = cell(section, r, value);
        list->dla_asked |= key && strcmp(key, "DLACore") == 0 && word && word[0];
    }
    const char *command = hax_import_fact_text(section, "command");
    list->dla_asked |= command && strstr(command, "--useDLACore=");
}

static bool has_evidence(const hax_import_section *section)
{
    return strcmp(section->name, "placement") == 0 || strcmp(section->name, "layers") == 0;
}

static bool collect(const hax_import *const *beside, int count, evidence_list *list)
{
    size_t capacity = 0;
    *list = (evidence_list){ 0 };
    for (int i = 0; i < count; i++)
        for (int s = 0; s < beside[i]->section_count; s++)
            capacity += has_evidence(&beside[i]->sections[s])
                            ? (size_t) beside[i]->sections[s].row_count
                            : 0;
    list->items = calloc(capacity + 1, sizeof *list->items);
    for (int i = 0; i < count && list->items; i++) {
        for (int s = 0; s < beside[i]->section_count; s++) {
            const hax_import_section *section = &beside[i]->sections[s];
            if (has_evidence(section))
                collect_rows(section, list);
            else if (strcmp(section->name, "options") == 0 || strcmp(section->name, "run") == 0)
                read_options(section, list);
        }
    }
    if (list->items)
        qsort(list->items, (size_t) list->count, sizeof *list->items, by_name);
    return list->items != NULL;
}

/* ---- units --------------------------------------------------------------------------------- */

static hax_match_unit unit_of(const hax_match_entry *entry, const evidence_list *list, bool has_nvm)
{
    const evidence key = { entry->name, MATCH_UNKNOWN_UNIT };
    const evidence *found =
        list->count > 0 ? bsearch(&key, list->items, (size_t) list->count, sizeof key, by_name)
                        : NULL;
    if (entry->nvm || (entry->braces && !entry->foreign))
        return MATCH_DLA;
    if (found)
        return found->unit;
    if (!entry->foreign || !entry->braces)
        return MATCH_GPU;
    return has_nvm || list->dla_asked ? MATCH_DLA : MATCH_UNKNOWN_UNIT;
}

/* ---- whose time ---------------------------------------------------------------------------- */

/* In 7.x the GPU waits for the DLA in the next reformatter. */
static void book_waiting(hax_match *match)
{
    bool behind_dla = false;
    for (int e = 0; e < match->entry_count; e++) {
        hax_match_entry *entry = &match->entries[e];
        if (entry->unit == MATCH_DLA && entry->role == MATCH_LAYERS)
            behind_dla = true;
        else if (behind_dla && entry->role == MATCH_REFORMAT) {
            entry->books_dla = true;
            behind_dla = false;
        } else if (entry->role == MATCH_LAYERS) {
            behind_dla = false;
        }
    }
}

static void book(hax_match *match, bool has_nvm)
{
    bool has_dla = false, lists = false;
    for (int e = 0; e < match->entry_count; e++) {
        hax_match_entry *entry = &match->entries[e];
        entry->books_dla = entry->unit == MATCH_DLA;
        has_dla |= entry->books_dla;
        lists |= entry->braces && !entry->foreign;
    }
    if (!has_dla)
        return;
    if (lists) {
        book_waiting(match);
        match->booked = "in the reformatter behind it, where the GPU waits (TensorRT 7)";
    } else if (has_nvm) {
        match->booked = "in the copy back from its memory (TensorRT 8.0 to 8.4)";
    } else {
        match->booked = "in its own entries (TensorRT 8.5 and later)";
    }
}

void hax_match_find_units(hax_match *match, const hax_import *const *beside, int beside_count)
{
    evidence_list list;
    bool has_nvm = false;
    if (!collect(beside, beside_count, &list)) {
        match->failed = true;
        return;
    }
    for (int e = 0; e < match->entry_count; e++)
        has_nvm |= match->entries[e].nvm;
    for (int e = 0; e < match->entry_count; e++)
        match->entries[e].unit = unit_of(&match->entries[e], &list, has_nvm);
    book(match, has_nvm);
    free(list.items);
}
