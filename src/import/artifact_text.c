/* Writing the result files of the published HaX-CoNN programs, from what was read or matched. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "json.h"
#include "text.h"

/* Where a section's row goes in the tree. */
typedef struct row_of {
    const hax_import_section *section;
    int row;
} row_of;

static const hax_import_value *at(const row_of *row, const char *column)
{
    int c = hax_import_column_index(row->section, column);
    return c < 0 ? NULL : &row->section->cells[row->row * row->section->column_count + c];
}

static double number(const row_of *row, const char *column)
{
    const hax_import_value *value = at(row, column);
    return value ? value->number : NAN;
}

static const char *words(const row_of *row, const char *column)
{
    const hax_import_value *value = at(row, column);
    return value && value->text ? value->text : "";
}

static json_t *group_entry(const char *unit, double ms, double layers)
{
    char key[64];
    snprintf(key, sizeof key, "total_%.20s_time_ms", unit);
    return json_pack("{s:f, s:i}", key, ms, "layer_count", (int) layers);
}

/* A member of a member, which is added where it is not there. */
static void add_within(json_t **tree, const char *outer, const char *inner, json_t *value)
{
    json_t *within = json_incref(json_object_get(*tree, outer));
    if (!within)
        within = json_object();
    hax_json_set(&within, inner, value);
    hax_json_set(tree, outer, within);
}

/* Times of groups as read ("ms"), or of a match: layers, reformats and copies on the GPU. */
static void add_group(json_t **tree, const row_of *row)
{
    char key[64];
    double first = number(row, "first"), last = number(row, "last"), ms = number(row, "ms");
    const char *unit = words(row, "unit");
    if (unit[0] == '\0') {
        unit = "gpu";
        ms = number(row, "gpu_ms") + number(row, "reformat_ms") + number(row, "copy_ms");
    }
    snprintf(key, sizeof key, "%.0f-%.0f", first, last);
    double layers = number(row, "layers");
    add_within(tree, key, unit,
               group_entry(unit, ms, isfinite(layers) ? layers : last - first + 1));
}

/* Sums over nothing are whole numbers there. */
static json_t *sum_json(double value)
{
    return value == 0 ? json_integer(0) : json_real(value);
}

static void add_cut(json_t **tree, const row_of *row, const char *middle, const char *whole,
                    const char *part, const char *whole_column, const char *part_column)
{
    char key[256];
    snprintf(key, sizeof key, "%.150s_%.30s%s%.0f", words(row, "network"), words(row, "unit"),
             middle, number(row, "at"));
    bool sums = strcmp(whole, "total_time") == 0;
    double total = number(row, whole_column), rest = number(row, part_column);
    hax_json_set(tree, key,
                 json_pack("{s:o, s:o}", whole, sums ? sum_json(total) : json_real(total), part,
                           sums ? sum_json(rest) : json_real(rest)));
}

static void add_traffic(json_t **tree, const row_of *row)
{
    char percent[32];
    snprintf(percent, sizeof percent, "%.15g%%", number(row, "percent"));
    add_within(tree, words(row, "layer"), words(row, "kernel"), json_string(percent));
}

static bool add_row(json_t **tree, const row_of *row)
{
    const char *name = row->section->name;
    if (strcmp(name, "groups") == 0)
        add_group(tree, row);
    else if (strcmp(name, "engines") == 0)
        add_cut(tree, row, "_transition_at_", "total_time", "layer_diff", "total_ms",
                "difference_ms");
    else if (strcmp(name, "transitions") == 0)
        add_cut(tree, row, "_mark_at_", "mean_time", "transition_cost", "mean_ms", "cost_ms");
    else if (strcmp(name, "traffic") == 0)
        add_traffic(tree, row);
    else
        return false;
    return true;
}

/* The first section that has one of the shapes; their names are theirs alone. */
static json_t *make_tree(const hax_import *import, const char *section)
{
    json_t *tree = json_object();
    for (int s = 0; s < import->section_count && json_object_size(tree) == 0; s++) {
        if (section && strcmp(import->sections[s].name, section) != 0)
            continue;
        row_of row = { &import->sections[s], 0 };
        while (row.row < row.section->row_count && add_row(&tree, &row))
            row.row++;
    }
    return tree;
}

/* ---- the text, as Python's json.dump(..., indent=4) writes it -------------------------------- */

/* The fewest digits that are read back as the same number. */
static void append_number(double value, hax_text *text)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    bool whole = strspn(digits, "-0123456789") == strlen(digits);
    hax_text_printf(text, "%s%s", digits, whole ? ".0" : "");
}

static void append_string(const char *string, hax_text *text)
{
    json_t *value = json_string(string);
    hax_json_write(value, JSON_ENCODE_ANY, text);
    json_decref(value);
}

static void append_value(json_t *value, int depth, hax_text *text);

static void append_object(json_t *object, int depth, hax_text *text)
{
    const char *key, *separator = "";
    json_t *value;
    hax_text_append(text, "{");
    json_object_foreach(object, key, value)
    {
        hax_text_printf(text, "%s\n%*s", separator, 4 * (depth + 1), "");
        append_string(key, text);
        hax_text_append(text, ": ");
        append_value(value, depth + 1, text);
        separator = ",";
    }
    hax_text_printf(text, "\n%*s}", 4 * depth, "");
}

static void append_value(json_t *value, int depth, hax_text *text)
{
    if (json_is_object(value))
        append_object(value, depth, text);
    else if (json_is_real(value))
        append_number(json_real_value(value), text);
    else if (json_is_integer(value))
        hax_text_printf(text, "%lld", (long long) json_integer_value(value));
    else
        append_string(json_string_value(value), text);
}

hax_status hax_import_artifact_text(const hax_import *import, const char *section, char **json,
                                    hax_error *err)
{
    hax_text text = { 0 };
    json_t *tree = make_tree(import, section);
    if (tree && json_object_size(tree) == 0) {
        json_decref(tree);
        return hax_fail_at(err, HAX_BAD_INPUT, import->file, 0, 0,
                           "holds nothing that HaX-CoNN's result files do: groups, engines, "
                           "transitions or traffic");
    }
    if (!tree)
        return hax_fail_memory(err, "a document");
    append_value(tree, 0, &text);
    json_decref(tree);
    return hax_text_give(&text, json, "a document", err);
}
