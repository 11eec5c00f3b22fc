/* What a reader fills: grown on the heap, moved into one arena at the end. */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

enum {
    NOTES_MAX = 200,
    SECTIONS_MAX = 20000, /* no script appends so much; each costs a kilobyte */
};

/* The arena lies behind the import it belongs to. */
typedef struct import_owned {
    hax_import public;
    hax_arena *arena;
} import_owned;

/* A section while it is read. */
typedef struct import_open_section {
    hax_import_section public;
    int fact_room, row_room;
    hax_import_fact *facts;
    hax_import_value *cells;
} import_open_section;

/* Room for one more of `size` bytes each; false and `failed` when memory is out. */
static bool grow(hax_import_builder *builder, void *items, int count, int *capacity, size_t size)
{
    if (builder->failed)
        return false;
    if (count < *capacity)
        return true;
    int wanted = *capacity ? *capacity * 2 : 8;
    void *list = *(void **) items;
    void *grown = *capacity > INT_MAX / 2 ? NULL : realloc(list, (size_t) wanted * size);
    if (!grown) {
        builder->failed = true;
        return false;
    }
    *(void **) items = grown;
    *capacity = wanted;
    return true;
}

hax_status hax_builder_open(hax_import_builder *builder, const char *kind, const char *file,
                            hax_error *err)
{
    *builder = (hax_import_builder){ .file = file, .arena = hax_arena_create() };
    import_owned *owned = builder->arena ? hax_arena_alloc(builder->arena, 1, sizeof *owned) : NULL;
    builder->import = owned ? &owned->public : NULL;
    builder->spare = builder->import ? hax_arena_alloc(builder->arena, IMPORT_COLUMNS_MAX,
                                                       sizeof *builder->spare)
                                     : NULL;
    if (!builder->spare) {
        hax_arena_destroy(builder->arena);
        return hax_fail_memory(err, "an import");
    }
    builder->import->kind = hax_builder_keep(builder, hax_slice_of(kind));
    builder->import->file = hax_builder_keep(builder, hax_slice_of(file));
    hax_builder_is(builder, kind, "");
    return HAX_OK;
}

void hax_builder_is(hax_import_builder *builder, const char *what, const char *version)
{
    builder->import->what = hax_builder_keep(builder, hax_slice_of(what));
    builder->import->version = hax_builder_keep(builder, hax_slice_of(version));
}

/* ---- texts -------------------------------------------------------------------------- */

/* Bytes of the UTF-8 character at the front, 0: none. */
static size_t character(hax_slice text)
{
    unsigned char first = (unsigned char) text.at[0];
    size_t length = first < 0x80    ? 1
                    : first < 0xc2  ? 0
                    : first < 0xe0  ? 2
                    : first < 0xf0  ? 3
                    : first <= 0xf4 ? 4
                                    : 0;
    if (length > text.length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char) text.at[i] & 0xc0) != 0x80)
            return 0;
    unsigned char second = length > 2 ? (unsigned char) text.at[1] : 0x90;
    bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    bool surrogate = first == 0xed && second >= 0xa0;
    bool beyond = first == 0xf4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/* C0 and C1 controls could steer a terminal. */
static bool control(hax_slice text, size_t length)
{
    unsigned char first = (unsigned char) text.at[0];
    if (length == 1)
        return first < 0x20 || first == 0x7f;
    return first == 0xc2 && (unsigned char) text.at[1] < 0xa0;
}

/* Writes the text as hax_builder_keep says where `copy` is not NULL; returns its bytes. */
static size_t clean(hax_slice text, char *copy)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t used = 0;
    while (text.length > 0) {
        size_t length = character(text);
        bool tab = text.at[0] == '\t';
        bool wrong = length == 0 || (!tab && control(text, length));
        const char *from = wrong ? replacement : tab ? " " : text.at;
        size_t bytes = wrong ? sizeof replacement - 1 : length;
        if (copy)
            memcpy(copy + used, from, bytes);
        used += bytes;
        text = hax_slice_from(text, length ? length : 1);
    }
    return used;
}

const char *hax_builder_keep(hax_import_builder *builder, hax_slice text)
{
    char *copy = builder->failed ? NULL : hax_arena_alloc(builder->arena, clean(text, NULL) + 1, 1);
    if (!copy) {
        builder->failed = true;
        return "";
    }
    clean(text, copy);
    return copy;
}

/* ---- sections ----------------------------------------------------------------------- */

static int column_count(const hax_import_column *columns)
{
    int count = 0;
    while (columns && columns[count].name)
        count++;
    assert(count <= IMPORT_COLUMNS_MAX);
    return count;
}

int hax_builder_section(hax_import_builder *builder, const char *name, int line,
                        const hax_import_column *columns)
{
    if (builder->section_count == SECTIONS_MAX)
        builder->failed = builder->crowded = true;
    if (!grow(builder, &builder->sections, builder->section_count, &builder->section_room,
              sizeof *builder->sections))
        return 0;
    builder->current = builder->section_count;
    import_open_section *result = &builder->sections[builder->section_count++];
    *result = (import_open_section){ .public = { .name = name,
                                                 .line = line,
                                                 .column_count = column_count(columns),
                                                 .columns = columns } };
    return builder->current;
}

void hax_builder_select(hax_import_builder *builder, int section)
{
    assert(builder->failed || (section >= 0 && section < builder->section_count));
    builder->current = section;
}

static import_open_section *current(const hax_import_builder *builder)
{
    assert(builder->failed || builder->current < builder->section_count);
    return builder->current < builder->section_count ? &builder->sections[builder->current] : NULL;
}

static void add_fact(hax_import_builder *builder, const char *name, hax_import_value value)
{
    import_open_section *section = current(builder);
    if (!section || !grow(builder, &section->facts, section->public.fact_count, &section->fact_room,
                          sizeof *section->facts))
        return;
    section->facts[section->public.fact_count++] = (hax_import_fact){ name, value };
}

void hax_builder_fact(hax_import_builder *builder, const char *name, double number)
{
    add_fact(builder, name, hax_builder_number(number));
}

void hax_builder_fact_slice(hax_import_builder *builder, const char *name, hax_slice text)
{
    add_fact(builder, name, hax_builder_words(builder, text));
}

hax_import_value *hax_builder_row(hax_import_builder *builder)
{
    import_open_section *section = current(builder);
    size_t columns = section ? (size_t) section->public.column_count : 0;
    if (columns == 0 || !grow(builder, &section->cells, section->public.row_count,
                              &section->row_room, columns * sizeof *section->cells))
        return builder->spare;
    hax_import_value *row = section->cells + (size_t) section->public.row_count++ * columns;
    for (size_t c = 0; c < columns; c++)
        row[c] = hax_builder_number(NAN);
    return row;
}

int hax_builder_row_count(const hax_import_builder *builder)
{
    const import_open_section *section = current(builder);
    return section ? section->public.row_count : 0;
}

hax_import_value *hax_builder_row_at(const hax_import_builder *builder, int row)
{
    const import_open_section *section = current(builder);
    assert(section && row >= 0 && row < section->public.row_count);
    return section->cells + (size_t) row * (size_t) section->public.column_count;
}

/* ---- notes and failures ------------------------------------------------------------- */

HAX_VPRINTF(2)
static const char *format_text(hax_import_builder *builder, const char *format, va_list args)
{
    char text[HAX_ERROR_MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, args);
    return hax_builder_keep(builder, hax_slice_of(text));
}

void hax_builder_note(hax_import_builder *builder, hax_import_note_kind kind, int line,
                      const char *format, ...)
{
    if (builder->note_count == NOTES_MAX) {
        builder->notes_dropped++;
        return;
    }
    if (!grow(builder, &builder->notes, builder->note_count, &builder->note_room,
              sizeof *builder->notes))
        return;
    va_list args;
    va_start(args, format);
    builder->notes[builder->note_count++] =
        (hax_import_note){ kind, line, format_text(builder, format, args) };
    va_end(args);
}

hax_status(hax_builder_fail)(const hax_import_builder *builder, int line, hax_error *err,
                             const char *format, ...)
{
    char text[HAX_ERROR_MESSAGE_MAX], cleaned[3 * HAX_ERROR_MESSAGE_MAX + 1];
    va_list args;
    if (builder->failed && !builder->crowded) /* what looks wrong may only be missing */
        return hax_fail_memory(err, builder->file);
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* what is quoted from the file must not steer a terminal */
    cleaned[clean(hax_slice_of(text), cleaned)] = '\0';
    return hax_fail_at(err, HAX_BAD_INPUT, builder->file, line, 0, "%s", cleaned);
}

/* ---- the end ------------------------------------------------------------------------ */

/* A copy in the arena. */
static void *settle(hax_import_builder *builder, const void *items, int count, size_t size)
{
    void *copy = builder->failed ? NULL : hax_arena_alloc(builder->arena, (size_t) count, size);
    if (!copy)
        builder->failed = true;
    else if (count > 0 && size > 0)
        memcpy(copy, items, (size_t) count * size);
    return copy;
}

static void settle_section(hax_import_builder *builder, const import_open_section *from,
                           hax_import_section *section)
{
    *section = from->public;
    section->facts = settle(builder, from->facts, section->fact_count, sizeof *from->facts);
    section->cells = settle(builder, from->cells, section->row_count,
                            (size_t) section->column_count * sizeof *from->cells);
}

static bool holds_something(const import_open_section *section)
{
    return section->public.fact_count > 0 || section->public.row_count > 0;
}

static void settle_sections(hax_import_builder *builder, hax_import *import)
{
    hax_import_section *sections =
        hax_arena_alloc(builder->arena, (size_t) builder->section_count, sizeof *sections);
    builder->failed |= !sections;
    for (int s = 0; s < builder->section_count && !builder->failed; s++)
        if (holds_something(&builder->sections[s]))
            settle_section(builder, &builder->sections[s], &sections[import->section_count++]);
    import->sections = sections;
}

void hax_builder_restart(hax_import_builder *builder)
{
    for (int s = 0; s < builder->section_count; s++) {
        free(builder->sections[s].facts);
        free(builder->sections[s].cells);
    }
    builder->section_count = builder->current = builder->note_count = builder->notes_dropped = 0;
}

void hax_builder_abandon(hax_import_builder *builder)
{
    hax_builder_restart(builder);
    free(builder->sections);
    free(builder->notes);
    hax_arena_destroy(builder->arena);
}

hax_status hax_builder_finish(hax_import_builder *builder, const hax_import **import,
                              hax_error *err)
{
    if (builder->notes_dropped > 0) {
        builder->note_count--;
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0, "%d more notes are not listed",
                         builder->notes_dropped + 1);
    }
    hax_import *result = builder->import;
    settle_sections(builder, result);
    result->notes = settle(builder, builder->notes, builder->note_count, sizeof *builder->notes);
    result->note_count = builder->note_count;
    hax_arena *arena = builder->arena;
    if (builder->failed) {
        hax_status status =
            builder->crowded ? hax_builder_fail(builder, 0, err, "more than %d runs or documents",
                                                SECTIONS_MAX / 6)
                             : hax_fail_memory(err, "an import");
        hax_builder_abandon(builder);
        return status;
    }
    builder->arena = NULL;
    hax_builder_abandon(builder);
    ((import_owned *) result)->arena = arena;
    *import = result;
    return HAX_OK;
}

void hax_import_destroy(const hax_import *import)
{
    if (import)
        hax_arena_destroy(((const import_owned *) import)->arena);
}
