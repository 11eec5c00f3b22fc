/*
 * What it costs to give a tensor away, from a series of engines that have one more output each:
 * the mean of an engine whose file is called "..._gpu_mark_at_38...", less that of
 * "..._gpu_mark_at_-1", the same without a mark.
 */
#include <math.h>
#include <string.h>

#include "import.h"

enum { NETWORK, UNIT, AT, MEAN, COST };

static const hax_import_column columns[] = {
    [NETWORK] = { "network", false }, [UNIT] = { "unit", false },   [AT] = { "at", true },
    [MEAN] = { "mean_ms", true },     [COST] = { "cost_ms", true }, { NULL, false },
};

typedef struct marked {
    hax_slice network;
    bool dla;
    double ms, mean_ms;
} marked;

double hax_builder_compute_mean(const hax_import *import)
{
    const hax_import_section *results = hax_import_find(import, "results", 0);
    int quantity = results ? hax_import_column_index(results, "quantity") : -1;
    int mean = results ? hax_import_column_index(results, "mean_ms") : -1;
    for (int r = 0; r < (quantity < 0 || mean < 0 ? 0 : results->row_count); r++) {
        const hax_import_value *row = &results->cells[r * results->column_count];
        if (row[quantity].text && strcmp(row[quantity].text, "gpu compute") == 0)
            return row[mean].number;
    }
    return NAN;
}

/* "DIR/googlenet_gpu_mark_at_38.log" */
static bool read_mark(const hax_import *import, marked *marked)
{
    hax_slice name = hax_slice_of(import->file), before;
    ptrdiff_t folder = hax_slice_find_last(name, "/");
    if (folder != SLICE_NONE)
        name = hax_slice_from(name, (size_t) folder + 1);
    if (!hax_slice_take_until(&name, "_mark_at_", &before) ||
        !hax_slice_take_number(&name, &marked->ms))
        return false;
    marked->dla = hax_slice_ends(before, "_dla");
    if (!marked->dla && !hax_slice_ends(before, "_gpu"))
        return false;
    marked->network = hax_slice_to(before, before.length - strlen("_gpu"));
    marked->mean_ms = hax_builder_compute_mean(import);
    return isfinite(marked->mean_ms) && marked->mean_ms > 0;
}

/* The whole engine's mean on a unit. */
static double whole_mean(const hax_import *const *imports, int count, const marked *like)
{
    marked context;
    for (int i = 0; i < count; i++)
        if (read_mark(imports[i], &context) && context.ms < 0 && context.dla == like->dla)
            return context.mean_ms;
    return NAN;
}

static void add_row(hax_import_builder *builder, const marked *marked, double whole_ms)
{
    hax_import_value *row = hax_builder_row(builder);
    row[NETWORK] = hax_builder_words(builder, marked->network);
    row[UNIT] = hax_builder_words(builder, hax_slice_of(marked->dla ? "dla" : "gpu"));
    row[AT].number = marked->ms;
    row[MEAN].number = marked->mean_ms;
    row[COST].number = nearbyint((marked->mean_ms - whole_ms) * 1e5) / 1e5;
}

hax_status hax_import_marks(int count, const hax_import *const *imports, const hax_import **marks,
                            hax_error *err)
{
    hax_import_builder builder;
    marked context;
    int found = 0;
    HAX_TRY(hax_builder_open(&builder, "marks", count > 0 ? imports[0]->file : "", err));
    hax_builder_is(&builder, "costs of an output, from a series of engines", "");
    hax_builder_section(&builder, "transitions", 0, columns);
    for (int i = 0; i < count && !builder.failed; i++) {
        if (!read_mark(imports[i], &context))
            continue;
        double whole_ms = whole_mean(imports, count, &context);
        if (isnan(whole_ms)) {
            hax_builder_note(
                &builder, HAX_IMPORT_LEFT_OUT, 0,
                "%.200s: there is no engine without a mark (_mark_at_-1) to compare with",
                imports[i]->file);
            continue;
        }
        if (found == 0)
            builder.import->file = hax_builder_keep(&builder, hax_slice_of(imports[i]->file));
        add_row(&builder, &context, whole_ms);
        found++;
    }
    if (found > 0)
        return hax_builder_finish(&builder, marks, err);
    hax_builder_abandon(&builder);
    *marks = NULL;
    return HAX_OK;
}
