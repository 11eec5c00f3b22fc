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

bool trtexec_profile_recognises(slice text)
{
    slice head = slice_to(text, text.length < 65536 ? text.length : 65536);
    return slice_has(head, "\"timeMs\"") && slice_has(head, "\"averageMs\"");
}

/* ---- documents: several may stand in one file, as appending scripts leave them --------- */

static hax_status end(import_builder *to, trtexec_entries *doc, hax_error *err)
{
    trtexec_versions range = TRTEXEC_ALL_VERSIONS;
    if (!doc->begun)
        return HAX_OK;
    HAX_TRY(trtexec_entries_end(to, doc, &range, err));
    trtexec_version_text version = trtexec_version_say(range);
    import_fact_slice(to, "written_by", slice_of(version.text));
    import_is(to, "trtexec --exportProfile", version.text);
    return HAX_OK;
}

/* A count begins a document, also where the bracket is missing. */
static hax_status take_count(import_builder *to, trtexec_entries *doc, int line, double count,
                             hax_error *err)
{
    if (doc->begun && (!isnan(doc->count) || import_row_count(to) > 0))
        HAX_TRY(end(to, doc, err));
    if (!doc->begun)
        trtexec_entries_begin(to, doc, line);
    if (!(count >= 0 && count <= 1e15 && count == floor(count)))
        return import_fail(to, line, err, "the count of inferences is %g", count);
    doc->count = count;
    return HAX_OK;
}

static hax_import_value *figure_cell(hax_import_value *row, slice key)
{
    for (int f = 0; f < FIGURE_COUNT; f++)
        if (slice_is(key, figures[f]))
            return &row[TRTEXEC_TIME_MS + f];
    return NULL;
}

static hax_status check_entry(const import_builder *to, int line, const hax_import_value *entry,
                              unsigned seen, hax_error *err)
{
    for (int f = TRTEXEC_TIME_MS; f <= TRTEXEC_AVERAGE_MS; f++)
        if (!(seen >> f & 1))
            return import_fail(to, line, err, "the entry '%.100s' has no %s",
                               entry[TRTEXEC_NAME].text, figures[f - TRTEXEC_TIME_MS]);
    return HAX_OK;
}

/* ---- strict JSON -------------------------------------------------------------------- */

/* Larger texts are read entry by entry: a tree takes twenty times its text. */
enum { STRICT_BYTES_MAX = 8 << 20 };

/* Offset and tree of every document of a text by turns, NULL where it is not strict and where
 * memory is out. */
static json_t *parse_all(import_builder *to, slice text)
{
    json_t *all = json_array();
    slice rest = text;
    slice_skip_blanks(&rest);
    while (all && rest.length > 0) {
        json_t *one = NULL;
        hax_json_fault fault;
        size_t used = 0;
        hax_status status = hax_json_read(rest.at, rest.length, &one, &used, &fault);
        if (status == HAX_BAD_INPUT || (one && !json_is_array(one) && !json_is_object(one))) {
            json_decref(one);
            json_decref(all);
            return NULL;
        }
        hax_json_append(&all, json_integer(rest.at - text.at));
        hax_json_append(&all, one);
        if (!all)
            break;
        rest = slice_from(rest, used);
        slice_skip_blanks(&rest);
    }
    to->failed = to->failed || !all;
    return all;
}

static hax_status read_member(trtexec_entries *doc, const hax_json *object, const char *key,
                              hax_import_value *entry, unsigned *seen, hax_error *err)
{
    hax_json child;
    hax_import_value *cell = figure_cell(entry, slice_of(key));
    if (!cell) {
        doc->unknown += strcmp(key, "name") != 0;
        return HAX_OK;
    }
    if (!hax_json_optional(object, key, &child))
        return HAX_OK;
    *seen |= 1u << (cell - entry);
    return hax_json_number(&child, -INFINITY, INFINITY, &cell->number, err);
}

static hax_status read_object(import_builder *to, trtexec_entries *doc, int line,
                              const hax_json *object, hax_error *err)
{
    hax_json count;
    HAX_TRY(hax_json_expect_object(object, err));
    if (hax_json_optional(object, "count", &count)) {
        double number;
        HAX_TRY(hax_json_number(&count, 0, 1e15, &number, err));
        return take_count(to, doc, line, number, err);
    }
    const char *name, *key;
    json_t *value;
    unsigned seen = 0;
    HAX_TRY(hax_json_member_string(object, "name", &name, err));
    hax_import_value entry[TRTEXEC_COLUMNS];
    trtexec_entry_clear(entry, import_words(to, slice_of(name)));
    json_object_foreach(object->value, key, value)
        HAX_TRY(read_member(doc, object, key, entry, &seen, err));
    HAX_TRY(check_entry(to, line, entry, seen, err));
    trtexec_entries_add(to, doc, line, entry);
    return HAX_OK;
}

static hax_status read_strict(import_builder *to, slice text, const json_t *all, hax_error *err)
{
    trtexec_entries doc = { 0 };
    for (size_t d = 0; d + 1 < json_array_size(all); d += 2) {
        int line = slice_line_at(text, (size_t) json_integer_value(json_array_get(all, d)));
        hax_json root = hax_json_root(json_array_get(all, d + 1), to->file);
        size_t length;
        HAX_TRY(hax_json_expect_array(&root, &length, err));
        trtexec_entries_begin(to, &doc, line);
        for (size_t i = 0; i < length; i++) {
            hax_json item = hax_json_item(&root, i);
            HAX_TRY(read_object(to, &doc, line, &item, err));
        }
        HAX_TRY(end(to, &doc, err));
    }
    return HAX_OK;
}

/* ---- as trtexec writes it ------------------------------------------------------------ */

/* Where the reader stands. */
typedef struct cursor {
    slice text, rest;
    const char *counted; /* up to here lines are counted */
    int line;
    trtexec_entries doc;
    bool open;      /* behind a "[" whose "]" has not come */
    int other;      /* lines that are no part of a document */
    int other_line; /* the first of them */
} cursor;

static int line_of(cursor *at)
{
    for (; at->counted < at->rest.at; at->counted++)
        at->line += *at->counted == '\n';
    return at->line;
}

/* Takes what a pattern says; a blank in it stands for any blanks, or none. */
static bool take_tokens(slice *text, const char *pattern)
{
    slice rest = *text;
    for (; *pattern; pattern++) {
        if (*pattern == ' ')
            slice_skip_blanks(&rest);
        else if (rest.length > 0 && rest.at[0] == *pattern)
            rest = slice_from(rest, 1);
        else
            return false;
    }
    *text = rest;
    return true;
}

/* Where the name at the front ends: before the last `", "timeMs" : ` that begins on its line and
 * before the next entry. */
static bool take_name(slice *rest, slice *name)
{
    const char *found = NULL;
    for (slice at = *rest; at.length > 0 && at.at[0] != '\n'; at = slice_from(at, 1)) {
        slice after = at;
        if (at.at[0] == '{' && take_tokens(&after, "{ \"name\" :"))
            break;
        if (at.at[0] == '"' && take_tokens(&after, "\" , \"timeMs\" :"))
            found = at.at;
    }
    if (!found)
        return false;
    *name = slice_to(*rest, (size_t) (found - rest->at));
    *rest = slice_from(*rest, (size_t) (found + 1 - rest->at));
    return true;
}

/* trtexec's own layout has a blank before the colon and no escapes; other writers' names are JSON
 * strings. */
static hax_import_value name_value(import_builder *to, slice name, bool raw)
{
    slice quoted = { name.at - 1, name.length + 2 };
    hax_json_fault fault;
    size_t used;
    json_t *decoded = NULL;
    if (!raw && hax_json_read(quoted.at, quoted.length, &decoded, &used, &fault) == HAX_NO_MEMORY)
        to->failed = true;
    hax_import_value value = json_is_string(decoded)
                                 ? import_words(to, slice_of(json_string_value(decoded)))
                                 : import_words(to, name);
    json_decref(decoded);
    return value;
}

/* `, "key" : number` over and over, then the brace. */
static hax_status take_figures(import_builder *to, cursor *at, hax_import_value *entry,
                               hax_error *err)
{
    unsigned seen = 0;
    int line = line_of(at);
    while (take_tokens(&at->rest, " , \"")) {
        slice key;
        double number = NAN;
        if (!slice_take_until(&at->rest, "\"", &key) || !take_tokens(&at->rest, " : ") ||
            (!slice_take_number(&at->rest, &number) && !slice_take(&at->rest, "null")))
            break;
        hax_import_value *cell = figure_cell(entry, key);
        if (cell) {
            cell->number = number;
            seen |= 1u << (cell - entry);
        } else {
            at->doc.unknown++;
        }
    }
    if (!take_tokens(&at->rest, " }"))
        return import_fail(to, line_of(at), err, "%s within the entry '%.100s'",
                           slice_has(at->rest, "}") ? "no number" : "the file ends",
                           entry[TRTEXEC_NAME].text);
    return check_entry(to, line, entry, seen, err);
}

static hax_status take_named(import_builder *to, cursor *at, bool raw, hax_error *err)
{
    slice name;
    int line = line_of(at);
    if (!take_name(&at->rest, &name))
        return import_fail(to, line, err, "%s",
                           slice_has(at->rest, "\n")
                               ? "an entry whose name is not followed by timeMs"
                               : "the file ends within the name of an entry");
    hax_import_value entry[TRTEXEC_COLUMNS];
    trtexec_entry_clear(entry, name_value(to, name, raw));
    HAX_TRY(take_figures(to, at, entry, err));
    trtexec_entries_add(to, &at->doc, line, entry);
    return HAX_OK;
}

static hax_status take_object(import_builder *to, cursor *at, hax_error *err)
{
    double count;
    int line = line_of(at);
    slice rest = at->rest;
    bool raw = take_tokens(&rest, "{ \"name\"") && slice_starts(rest, " :");
    if (take_tokens(&at->rest, "{ \"name\" : \""))
        return take_named(to, at, raw, err);
    if (take_tokens(&at->rest, "{ \"count\" : ") && slice_take_number(&at->rest, &count) &&
        take_tokens(&at->rest, " }"))
        return take_count(to, &at->doc, line, count, err);
    return import_fail(
        to, line, err, "neither an entry nor a count: '%.*s'",
        SLICE_ARGS(slice_trim(slice_to(at->rest, at->rest.length < 60 ? at->rest.length : 60))));
}

/* What people leave around a document: an assignment, a fence, a sentence. */
static hax_status skip_other(import_builder *to, cursor *at, hax_error *err)
{
    int line = line_of(at);
    size_t length = 0;
    while (length < at->rest.length && !strchr("[{\n", at->rest.at[length]))
        length++;
    slice words = slice_trim(slice_to(at->rest, length));
    if (at->open)
        return import_fail(to, line, err, "expected an entry, found '%.*s'",
                           (int) (words.length < 60 ? words.length : 60), words.at);
    if (at->other++ == 0)
        at->other_line = line;
    at->rest = slice_from(at->rest, length ? length : 1);
    return HAX_OK;
}

static hax_status take_bracket(import_builder *to, cursor *at, hax_error *err)
{
    int line = line_of(at);
    bool opens = at->rest.at[0] == '[';
    if (opens && at->open)
        return import_fail(to, line, err, "a document begins before the one of line %d has ended",
                           at->doc.line);
    at->rest = slice_from(at->rest, 1);
    at->open = opens;
    HAX_TRY(end(to, &at->doc, err));
    if (opens)
        trtexec_entries_begin(to, &at->doc, line);
    return HAX_OK;
}

static hax_status read_loose(import_builder *to, slice text, hax_error *err)
{
    cursor at = { .text = text, .rest = text, .counted = text.at, .line = 1 };
    for (slice_skip_blanks(&at.rest); at.rest.length > 0; slice_skip_blanks(&at.rest)) {
        char next = at.rest.at[0];
        if (next == '{')
            HAX_TRY(take_object(to, &at, err));
        else if (next == '[' || next == ']')
            HAX_TRY(take_bracket(to, &at, err));
        else if (next == ',' || next == ';')
            at.rest = slice_from(at.rest, 1);
        else
            HAX_TRY(skip_other(to, &at, err));
    }
    if (at.open)
        return import_fail(to, line_of(&at), err,
                           "the file ends within the profile of line %d: no closing bracket",
                           at.doc.line);
    HAX_TRY(end(to, &at.doc, err));
    if (at.other > 0)
        import_note(to, HAX_IMPORT_LEFT_OUT, at.other_line, "%d %s of text around the profile",
                    IMPORT_COUNT(at.other, "piece", "pieces"));
    return HAX_OK;
}

/* ---- both ---------------------------------------------------------------------------- */

hax_status trtexec_profile_read(import_builder *to, slice text, hax_error *err)
{
    /* trtexec does not escape: what looks like an escape in its layout is a part of the name */
    bool raw = slice_has(text, "\\") && slice_has(text, "\"name\" : \"");
    json_t *all = raw || text.length > STRICT_BYTES_MAX ? NULL : parse_all(to, text);
    hax_status status = all ? read_strict(to, text, all, err) : HAX_BAD_INPUT;
    json_decref(all);
    if (to->failed)
        return hax_fail_memory(err, to->file);
    if (status == HAX_BAD_INPUT) { /* what a tree refuses has a line here */
        import_restart(to);
        status = read_loose(to, text, err);
    }
    if (status == HAX_OK && to->section_count == 0 && !to->failed)
        status = import_fail(to, 0, err, "no profile: no entry with a name and timeMs");
    if (status == HAX_OK && to->section_count > 1)
        import_note(to, HAX_IMPORT_REMARK, 0, "%d profiles, one after the other",
                    to->section_count);
    return status;
}
