/*
 * trtexec --exportProfile. Every version writes one entry on each line and never escapes a
 * name, so that a name with a quote or a backslash is no JSON; times can be nan or inf. What is
 * strict JSON without backslashes is read by jansson, in whatever layout; all else by the rule
 * that a name ends at the last `", "timeMs" : ` of its line.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "trtexec.h"

/* The figures of an entry, in the order of the columns from TRTEXEC_TIME_MS on. */
static const char *const figures[] = { "timeMs", "averageMs", "medianMs", "percentage" };

enum { FIGURE_COUNT = sizeof figures / sizeof *figures };

bool hax_trtexec_profile_recognises(hax_slice text)
{
    hax_slice head = hax_slice_to(text, text.length < 65536 ? text.length : 65536);
    return hax_slice_has(head, "\"timeMs\"") && hax_slice_has(head, "\"averageMs\"");
}

/* ---- documents: several may stand in one file, as appending scripts leave them --------- */

static hax_status end(hax_import_builder *builder, hax_trtexec_entries *doc, hax_error *err)
{
    hax_trtexec_versions range = TRTEXEC_ALL_VERSIONS;
    if (!doc->begun)
        return HAX_OK;
    HAX_TRY(hax_trtexec_entries_end(builder, doc, &range, err));
    hax_trtexec_version_text version = hax_trtexec_version_say(range);
    hax_builder_fact_slice(builder, "written_by", hax_slice_of(version.text));
    hax_builder_is(builder, "trtexec --exportProfile", version.text);
    return HAX_OK;
}

/* A count begins a document, also where the bracket is missing. */
static hax_status take_count(hax_import_builder *builder, hax_trtexec_entries *doc, int line,
                             double count, hax_error *err)
{
    if (doc->begun && (!isnan(doc->count) || hax_builder_row_count(builder) > 0))
        HAX_TRY(end(builder, doc, err));
    if (!doc->begun)
        hax_trtexec_entries_begin(builder, doc, line);
    if (!(count >= 0 && count <= 1e15 && count == floor(count)))
        return hax_builder_fail(builder, line, err, "the count of inferences is %g", count);
    doc->count = count;
    return HAX_OK;
}

static hax_import_value *figure_cell(hax_import_value *row, hax_slice key)
{
    for (int f = 0; f < FIGURE_COUNT; f++)
        if (hax_slice_is(key, figures[f]))
            return &row[TRTEXEC_TIME_MS + f];
    return NULL;
}

static hax_status check_entry(const hax_import_builder *builder, int line,
                              const hax_import_value *entry, unsigned seen, hax_error *err)
{
    for (int f = TRTEXEC_TIME_MS; f <= TRTEXEC_AVERAGE_MS; f++)
        if (!(seen >> f & 1))
            return hax_builder_fail(builder, line, err, "the entry '%.100s' has no %s",
                                    entry[TRTEXEC_NAME].text, figures[f - TRTEXEC_TIME_MS]);
    return HAX_OK;
}

/* ---- strict JSON -------------------------------------------------------------------- */

/* Larger texts are read entry by entry: a tree takes twenty times its text. */
enum { STRICT_BYTES_MAX = 8 << 20 };

/* Offset and tree of every document of a text by turns, NULL where it is not strict and where
 * memory is out. */
static json_t *parse_all(hax_import_builder *builder, hax_slice text)
{
    json_t *array = json_array();
    hax_slice rest = text;
    hax_slice_skip_blanks(&rest);
    while (array && rest.length > 0) {
        json_t *one = NULL;
        hax_json_fault fault;
        size_t used = 0;
        hax_status status = hax_json_read(rest.at, rest.length, &one, &used, &fault);
        if (status == HAX_BAD_INPUT || (one && !json_is_array(one) && !json_is_object(one))) {
            json_decref(one);
            json_decref(array);
            return NULL;
        }
        hax_json_append(&array, json_integer(rest.at - text.at));
        hax_json_append(&array, one);
        if (!array)
            break;
        rest = hax_slice_from(rest, used);
        hax_slice_skip_blanks(&rest);
    }
    builder->failed = builder->failed || !array;
    return array;
}

static hax_status read_member(hax_trtexec_entries *doc, const hax_json *object, const char *key,
                              hax_import_value *entry, unsigned *seen, hax_error *err)
{
    hax_json child;
    hax_import_value *cell = figure_cell(entry, hax_slice_of(key));
    if (!cell) {
        doc->unknown += strcmp(key, "name") != 0;
        return HAX_OK;
    }
    if (!hax_json_optional(object, key, &child))
        return HAX_OK;
    *seen |= 1u << (cell - entry);
    return hax_json_number(&child, -INFINITY, INFINITY, &cell->number, err);
}

static hax_status read_object(hax_import_builder *builder, hax_trtexec_entries *doc, int line,
                              const hax_json *object, hax_error *err)
{
    hax_json count;
    HAX_TRY(hax_json_expect_object(object, err));
    if (hax_json_optional(object, "count", &count)) {
        double number;
        HAX_TRY(hax_json_number(&count, 0, 1e15, &number, err));
        return take_count(builder, doc, line, number, err);
    }
    const char *name, *key;
    json_t *value;
    unsigned seen = 0;
    HAX_TRY(hax_json_member_string(object, "name", &name, err));
    hax_import_value entry[TRTEXEC_COLUMNS];
    hax_trtexec_entry_clear(entry, hax_builder_words(builder, hax_slice_of(name)));
    json_object_foreach(object->value, key, value)
        HAX_TRY(read_member(doc, object, key, entry, &seen, err));
    HAX_TRY(check_entry(builder, line, entry, seen, err));
    hax_trtexec_entries_add(builder, doc, line, entry);
    return HAX_OK;
}

static hax_status read_strict(hax_import_builder *builder, hax_slice text, const json_t *json_t,
                              hax_error *err)
{
    hax_trtexec_entries doc = { 0 };
    for (size_t d = 0; d + 1 < json_array_size(json_t); d += 2) {
        int line = hax_slice_line_at(text, (size_t) json_integer_value(json_array_get(json_t, d)));
        hax_json root = hax_json_root(json_array_get(json_t, d + 1), builder->file);
        size_t length;
        HAX_TRY(hax_json_expect_array(&root, &length, err));
        hax_trtexec_entries_begin(builder, &doc, line);
        for (size_t i = 0; i < length; i++) {
            hax_json item = hax_json_item(&root, i);
            HAX_TRY(read_object(builder, &doc, line, &item, err));
        }
        HAX_TRY(end(builder, &doc, err));
    }
    return HAX_OK;
}

/* ---- as trtexec writes it ------------------------------------------------------------ */

/* Where the reader stands. */
typedef struct cursor {
    hax_slice text, rest;
    const char *counted; /* up to here lines are counted */
    int line;
    hax_trtexec_entries doc;
    bool open;      /* behind a "[" whose "]" has not come */
    int other;      /* lines that are no part of a document */
    int other_line; /* the first of them */
} cursor;

static int line_of(cursor *cursor)
{
    for (; cursor->counted < cursor->rest.at; cursor->counted++)
        cursor->line += *cursor->counted == '\n';
    return cursor->line;
}

/* Takes what a pattern says; a blank in it stands for any blanks, or none. */
static bool take_tokens(hax_slice *text, const char *pattern)
{
    hax_slice rest = *text;
    for (; *pattern; pattern++) {
        if (*pattern == ' ')
            hax_slice_skip_blanks(&rest);
        else if (rest.length > 0 && rest.at[0] == *pattern)
            rest = hax_slice_from(rest, 1);
        else
            return false;
    }
    *text = rest;
    return true;
}

/* Where the name at the front ends: before the last `", "timeMs" : ` that begins on its line and
 * before the next entry. */
static bool take_name(hax_slice *rest, hax_slice *name)
{
    const char *found = NULL;
    for (hax_slice slice = *rest; slice.length > 0 && slice.at[0] != '\n';
         slice = hax_slice_from(slice, 1)) {
        hax_slice after = slice;
        if (slice.at[0] == '{' && take_tokens(&after, "{ \"name\" :"))
            break;
        if (slice.at[0] == '"' && take_tokens(&after, "\" , \"timeMs\" :"))
            found = slice.at;
    }
    if (!found)
        return false;
    *name = hax_slice_to(*rest, (size_t) (found - rest->at));
    *rest = hax_slice_from(*rest, (size_t) (found + 1 - rest->at));
    return true;
}

/* trtexec's own layout has a blank before the colon and no escapes; other writers' names are JSON
 * strings. */
static hax_import_value name_value(hax_import_builder *builder, hax_slice name, bool raw)
{
    hax_slice quoted = { name.at - 1, name.length + 2 };
    hax_json_fault fault;
    size_t used;
    json_t *decoded = NULL;
    if (!raw && hax_json_read(quoted.at, quoted.length, &decoded, &used, &fault) == HAX_NO_MEMORY)
        builder->failed = true;
    hax_import_value value =
        json_is_string(decoded)
            ? hax_builder_words(builder, hax_slice_of(json_string_value(decoded)))
            : hax_builder_words(builder, name);
    json_decref(decoded);
    return value;
}

/* `, "key" : number` over and over, then the brace. */
static hax_status take_figures(hax_import_builder *builder, cursor *cursor, hax_import_value *entry,
                               hax_error *err)
{
    unsigned seen = 0;
    int line = line_of(cursor);
    while (take_tokens(&cursor->rest, " , \"")) {
        hax_slice key;
        double number = NAN;
        if (!hax_slice_take_until(&cursor->rest, "\"", &key) ||
            !take_tokens(&cursor->rest, " : ") ||
            (!hax_slice_take_number(&cursor->rest, &number) &&
             !hax_slice_take(&cursor->rest, "null")))
            break;
        hax_import_value *cell = figure_cell(entry, key);
        if (cell) {
            cell->number = number;
            seen |= 1u << (cell - entry);
        } else {
            cursor->doc.unknown++;
        }
    }
    if (!take_tokens(&cursor->rest, " }"))
        return hax_builder_fail(builder, line_of(cursor), err, "%s within the entry '%.100s'",
                                hax_slice_has(cursor->rest, "}") ? "no number" : "the file ends",
                                entry[TRTEXEC_NAME].text);
    return check_entry(builder, line, entry, seen, err);
}

static hax_status take_named(hax_import_builder *builder, cursor *cursor, bool raw, hax_error *err)
{
    hax_slice name;
    int line = line_of(cursor);
    if (!take_name(&cursor->rest, &name))
        return hax_builder_fail(builder, line, err, "%s",
                                hax_slice_has(cursor->rest, "\n")
                                    ? "an entry whose name is not followed by timeMs"
                                    : "the file ends within the name of an entry");
    hax_import_value entry[TRTEXEC_COLUMNS];
    hax_trtexec_entry_clear(entry, name_value(builder, name, raw));
    HAX_TRY(take_figures(builder, cursor, entry, err));
    hax_trtexec_entries_add(builder, &cursor->doc, line, entry);
    return HAX_OK;
}

static hax_status take_object(hax_import_builder *builder, cursor *cursor, hax_error *err)
{
    double count;
    int line = line_of(cursor);
    hax_slice rest = cursor->rest;
    bool raw = take_tokens(&rest, "{ \"name\"") && hax_slice_starts(rest, " :");
    if (take_tokens(&cursor->rest, "{ \"name\" : \""))
        return take_named(builder, cursor, raw, err);
    if (take_tokens(&cursor->rest, "{ \"count\" : ") &&
        hax_slice_take_number(&cursor->rest, &count) && take_tokens(&cursor->rest, " }"))
        return take_count(builder, &cursor->doc, line, count, err);
    return hax_builder_fail(
        builder, line, err, "neither an entry nor a count: '%.*s'",
        SLICE_ARGS(hax_slice_trim(
            hax_slice_to(cursor->rest, cursor->rest.length < 60 ? cursor->rest.length : 60))));
}

/* What people leave around a document: an assignment, a fence, a sentence. */
static hax_status skip_other(hax_import_builder *builder, cursor *cursor, hax_error *err)
{
    int line = line_of(cursor);
    size_t length = 0;
    while (length < cursor->rest.length && !strchr("[{\n", cursor->rest.at[length]))
        length++;
    hax_slice words = hax_slice_trim(hax_slice_to(cursor->rest, length));
    if (cursor->open)
        return hax_builder_fail(builder, line, err, "expected an entry, found '%.*s'",
                                (int) (words.length < 60 ? words.length : 60), words.at);
    if (cursor->other++ == 0)
        cursor->other_line = line;
    cursor->rest = hax_slice_from(cursor->rest, length ? length : 1);
    return HAX_OK;
}

static hax_status take_bracket(hax_import_builder *builder, cursor *cursor, hax_error *err)
{
    int line = line_of(cursor);
    bool opens = cursor->rest.at[0] == '[';
    if (opens && cursor->open)
        return hax_builder_fail(builder, line, err,
                                "a document begins before the one of line %d has ended",
                                cursor->doc.line);
    cursor->rest = hax_slice_from(cursor->rest, 1);
    cursor->open = opens;
    HAX_TRY(end(builder, &cursor->doc, err));
    if (opens)
        hax_trtexec_entries_begin(builder, &cursor->doc, line);
    return HAX_OK;
}

static hax_status read_loose(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    cursor context = { .text = text, .rest = text, .counted = text.at, .line = 1 };
    for (hax_slice_skip_blanks(&context.rest); context.rest.length > 0;
         hax_slice_skip_blanks(&context.rest)) {
        char next = context.rest.at[0];
        if (next == '{')
            HAX_TRY(take_object(builder, &context, err));
        else if (next == '[' || next == ']')
            HAX_TRY(take_bracket(builder, &context, err));
        else if (next == ',' || next == ';')
            context.rest = hax_slice_from(context.rest, 1);
        else
            HAX_TRY(skip_other(builder, &context, err));
    }
    if (context.open)
        return hax_builder_fail(builder, line_of(&context), err,
                                "the file ends within the profile of line %d: no closing bracket",
                                context.doc.line);
    HAX_TRY(end(builder, &context.doc, err));
    if (context.other > 0)
        hax_builder_note(builder, HAX_IMPORT_LEFT_OUT, context.other_line,
                         "%d %s of text around the profile",
                         IMPORT_COUNT(context.other, "piece", "pieces"));
    return HAX_OK;
}

/* ---- both ---------------------------------------------------------------------------- */

hax_status hax_trtexec_profile_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    /* trtexec does not escape: what looks like an escape in its layout is a part of the name */
    bool raw = hax_slice_has(text, "\\") && hax_slice_has(text, "\"name\" : \"");
    json_t *array = raw || text.length > STRICT_BYTES_MAX ? NULL : parse_all(builder, text);
    hax_status status = array ? read_strict(builder, text, array, err) : HAX_BAD_INPUT;
    json_decref(array);
    if (builder->failed)
        return hax_fail_memory(err, builder->file);
    if (status == HAX_BAD_INPUT) { /* what a tree refuses has a line here */
        hax_builder_restart(builder);
        status = read_loose(builder, text, err);
    }
    if (status == HAX_OK && builder->section_count == 0 && !builder->failed)
        status = hax_builder_fail(builder, 0, err, "no profile: no entry with a name and timeMs");
    if (status == HAX_OK && builder->section_count > 1)
        hax_builder_note(builder, HAX_IMPORT_REMARK, 0, "%d profiles, one after the other",
                         builder->section_count);
    return status;
}
