/*
 * The result files of the published HaX-CoNN programs: times of groups, of engines cut at a layer,
 * of engines with a marked layer, and memory traffic of convolutions. Differences in them are what
 * they are: differences of two measured wholes, which come out negative where the wholes scatter
 * more than they differ.
 */
#include <math.h>
#include <string.h>

#include "import.h"
#include "json.h"

enum { TREE_BYTES_MAX = 16 << 20 };

static const hax_import_column group_columns[] = {
    { "unit", false }, { "first", true },  { "last", true },
    { "ms", true },    { "layers", true }, { NULL, false },
};
static const hax_import_column engine_columns[] = {
    { "network", false }, { "unit", false },         { "at", true },
    { "total_ms", true }, { "difference_ms", true }, { NULL, false },
};
static const hax_import_column mark_columns[] = {
    { "network", false }, { "unit", false },   { "at", true },
    { "mean_ms", true },  { "cost_ms", true }, { NULL, false },
};
static const hax_import_column traffic_columns[] = {
    { "layer", false }, { "kernel", false }, { "percent", true }, { NULL, false }
};

/* One of the four shapes: what its first value holds tells it. */
typedef struct shape {
    const char *mark; /* in the text */
    const char *what;
    const char *section;
    const hax_import_column *columns;
    hax_status (*read)(hax_import_builder *builder, const hax_json *entry, hax_error *err);
    void (*judge)(hax_import_builder *builder);
} shape;

/* ---- keys ---------------------------------------------------------------------------------- */

/* "0-9" */
static bool read_range(const char *key, double *first, double *last)
{
    hax_slice rest = hax_slice_of(key);
    return hax_slice_take_number(&rest, first) && hax_slice_take(&rest, "-") &&
           hax_slice_take_number(&rest, last) && rest.length == 0 && *first >= 0 && *last >= *first;
}

/* "googlenet_gpu_transition_at_124": network, unit and layer; -1: whole. */
static bool read_key(const char *key, const char *middle, hax_slice *network, hax_slice *unit,
                     double *layer)
{
    hax_slice rest = hax_slice_of(key), front;
    ptrdiff_t found = hax_slice_find_last(rest, middle);
    if (found == SLICE_NONE ||
        !hax_slice_number(hax_slice_from(rest, (size_t) found + strlen(middle)), layer))
        return false;
    front = hax_slice_to(rest, (size_t) found);
    ptrdiff_t bar = hax_slice_find_last(front, "_");
    if (bar == SLICE_NONE)
        return false;
    *network = hax_slice_to(front, (size_t) bar);
    *unit = hax_slice_from(front, (size_t) bar + 1);
    return *layer >= -1 && *layer <= 1e6 && *layer == floor(*layer);
}

/* ---- the four shapes ----------------------------------------------------------------------- */

static hax_status read_group(hax_import_builder *builder, const hax_json *entry, hax_error *err)
{
    double first, last;
    const char *unit;
    json_t *value;
    if (!read_range(entry->key, &first, &last))
        return hax_json_fail(entry, err, "is no range of layers like \"0-9\"");
    HAX_TRY(hax_json_expect_object(entry, err));
    json_object_foreach(entry->value, unit, value)
    {
        char key[64];
        double ms, layers;
        hax_json json = { .value = value, .parent = entry, .key = unit, .file = entry->file };
        snprintf(key, sizeof key, "total_%.20s_time_ms", unit);
        HAX_TRY(hax_json_member_number(&json, key, -1e9, 1e9, &ms, err));
        HAX_TRY(hax_json_number_or(&json, "layer_count", 0, 1e6, NAN, &layers, err));
        hax_import_value *row = hax_builder_row(builder);
        row[0] = hax_builder_words(builder, hax_slice_of(unit));
        row[1].number = first;
        row[2].number = last;
        row[3].number = ms;
        row[4].number = layers;
    }
    return HAX_OK;
}

/* Engines and marks differ in their words only. */
static hax_status read_cut(hax_import_builder *builder, const hax_json *entry, const char *middle,
                           const char *whole, const char *part, hax_error *err)
{
    hax_slice network, unit;
    double at, total, difference;
    if (!read_key(entry->key, middle, &network, &unit, &at))
        return hax_json_fail(entry, err, "is no key like \"googlenet_gpu%s38\"", middle);
    HAX_TRY(hax_json_member_number(entry, whole, -1e9, 1e9, &total, err));
    HAX_TRY(hax_json_member_number(entry, part, -1e9, 1e9, &difference, err));
    hax_import_value *row = hax_builder_row(builder);
    row[0] = hax_builder_words(builder, network);
    row[1] = hax_builder_words(builder, unit);
    row[2].number = at;
    row[3].number = total;
    row[4].number = difference;
    return HAX_OK;
}

static hax_status read_engine(hax_import_builder *builder, const hax_json *entry, hax_error *err)
{
    return read_cut(builder, entry, "_transition_at_", "total_time", "layer_diff", err);
}

static hax_status read_mark(hax_import_builder *builder, const hax_json *entry, hax_error *err)
{
    return read_cut(builder, entry, "_mark_at_", "mean_time", "transition_cost", err);
}

static hax_status read_traffic(hax_import_builder *builder, const hax_json *entry, hax_error *err)
{
    const char *kernel;
    json_t *value;
    HAX_TRY(hax_json_expect_object(entry, err));
    json_object_foreach(entry->value, kernel, value)
    {
        const char *words;
        double percent;
        hax_json json = { .value = value, .parent = entry, .key = kernel, .file = entry->file };
        HAX_TRY(hax_json_string(&json, &words, err));
        hax_slice rest = hax_slice_of(words);
        if (!hax_slice_take_number(&rest, &percent) || !hax_slice_is(rest, "%") ||
            !(percent >= 0 && percent <= 100))
            return hax_json_fail(&json, err, "'%.50s' is no percentage", words);
        hax_import_value *row = hax_builder_row(builder);
        row[0] = hax_builder_words(builder, hax_slice_of(entry->key));
        row[1] = hax_builder_words(builder, hax_slice_of(kernel));
        row[2].number = percent;
    }
    return HAX_OK;
}

/* ---- what can be said of the numbers --------------------------------------------------------- */

static void judge_groups(hax_import_builder *builder)
{
    int miscounted = 0, negative = 0;
    for (int r = 0; r < hax_builder_row_count(builder); r++) {
        const hax_import_value *row = hax_builder_row_at(builder, r);
        negative += row[3].number < 0;
        miscounted += isfinite(row[4].number) && row[4].number != row[2].number - row[1].number + 1;
    }
    if (negative > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "%d %s a negative time, which no layer takes",
                         IMPORT_COUNT(negative, "group has", "groups have"));
    if (miscounted > 0)
        hax_builder_note(builder, HAX_IMPORT_WARNING, 0,
                         "layer_count of %d %s is not that of the range",
                         IMPORT_COUNT(miscounted, "group", "groups"));
}

/* How many of a column are below zero, and the least. */
static int negatives(hax_import_builder *builder, int column, double *least)
{
    int count = 0;
    *least = 0;
    for (int r = 0; r < hax_builder_row_count(builder); r++) {
        double value = hax_builder_row_at(builder, r)[column].number;
        count += value < 0;
        *least = fmin(*least, value);
    }
    return count;
}

static void judge_engines(hax_import_builder *builder)
{
    double least;
    int count = negatives(builder, 4, &least);
    if (count > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d of %d differences are negative, the least %.3g ms: no time of a layer but "
            "the difference of two engines, one of which has the DLA's time elsewhere; "
            "--fit gives times that can be",
            count, hax_builder_row_count(builder), least);
}

static void judge_marks(hax_import_builder *builder)
{
    double least;
    int count = negatives(builder, 4, &least);
    if (count > 0)
        hax_builder_note(
            builder, HAX_IMPORT_WARNING, 0,
            "%d of %d costs are negative, the least %.3g ms: differences of two means that "
            "scatter more than they differ",
            count, hax_builder_row_count(builder), least);
    hax_builder_note(
        builder, HAX_IMPORT_REMARK, 0,
        "costs are means of whole engines less the mean without a mark: OUT only, and as "
        "uncertain as two means");
}

static void judge_traffic(hax_import_builder *builder)
{
    hax_builder_note(
        builder, HAX_IMPORT_REMARK, 0,
        "kernels are the names of files; as published, conv2 kernel4 is a kernel of 2 and "
        "conv5 kernel3 one of 5");
}

/* ---- reading ------------------------------------------------------------------------------- */

static const shape shapes[] = {
    { "_time_ms\"", "HaX-CoNN layer_results", "groups", group_columns, read_group, judge_groups },
    { "\"layer_diff\"", "HaX-CoNN dla_compute_times", "engines", engine_columns, read_engine,
      judge_engines },
    { "\"transition_cost\"", "HaX-CoNN transition_results", "transitions", mark_columns, read_mark,
      judge_marks },
    { "\"kernel", "HaX-CoNN emc_results", "traffic", traffic_columns, read_traffic, judge_traffic },
};

static const shape *find_shape(hax_slice text)
{
    hax_slice head = hax_slice_to(text, text.length < 4096 ? text.length : 4096), start = text;
    hax_slice_skip_blanks(&start);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        if (hax_slice_starts(start, "{") && hax_slice_has(head, shapes[s].mark))
            return &shapes[s];
    return NULL;
}

bool hax_artifact_recognises(hax_slice text)
{
    return find_shape(text) != NULL;
}

static hax_status read_entries(hax_import_builder *builder, const shape *expected, json_t *tree,
                               hax_error *err)
{
    hax_json root = hax_json_root(tree, builder->file);
    const char *key;
    json_t *value;
    HAX_TRY(hax_json_expect_object(&root, err));
    hax_builder_section(builder, expected->section, 1, expected->columns);
    json_object_foreach(tree, key, value)
    {
        hax_json entry = { .value = value, .parent = &root, .key = key, .file = builder->file };
        HAX_TRY(expected->read(builder, &entry, err));
    }
    if (hax_builder_row_count(builder) == 0 && !builder->failed)
        return hax_json_fail(&root, err, "holds nothing");
    hax_builder_fact(builder, "entries", hax_builder_row_count(builder));
    expected->judge(builder);
    return HAX_OK;
}

hax_status hax_artifact_read(hax_import_builder *builder, hax_slice text, hax_error *err)
{
    const shape *expected = find_shape(text);
    json_t *tree = NULL;
    if (!expected || text.length > TREE_BYTES_MAX)
        return hax_builder_fail(builder, 1, err,
                                "none of layer_results, dla_compute_times, transition_results, "
                                "emc_results of HaX-CoNN");
    HAX_TRY(hax_json_parse(text.at, text.length, builder->file, &tree, err));
    hax_status status = read_entries(builder, expected, tree, err);
    json_decref(tree);
    hax_builder_is(builder, expected->what, "");
    return status;
}
