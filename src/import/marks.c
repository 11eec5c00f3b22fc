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
    slice network;
    bool dla;
    double at, mean_ms;
} marked;

double import_compute_mean(const hax_import *import)
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
static bool read_mark(const hax_import *import, marked *of)
{
    slice name = slice_of(import->file), before;
    ptrdiff_t folder = slice_find_last(name, "/");
    if (folder != SLICE_NONE)
        name = slice_from(name, (size_t) folder + 1);
    if (!slice_take_until(&name, "_mark_at_", &before) || !slice_take_number(&name, &of->at))
        return false;
    of->dla = slice_ends(before, "_dla");
    if (!of->dla && !slice_ends(before, "_gpu"))
        return false;
    of->network = slice_to(before, before.length - strlen("_gpu"));
    of->mean_ms = import_compute_mean(import);
    return isfinite(of->mean_ms) && of->mean_ms > 0;
}

/* The whole engine's mean on a unit. */
static double whole_mean(const hax_import *const *imports, int count, const marked *like)
{
    marked of;
    for (int i = 0; i < count; i++)
        if (read_mark(imports[i], &of) && of.at < 0 && of.dla == like->dla)
            return of.mean_ms;
    return NAN;
}

static void add_row(import_builder *to, const marked *of, double whole_ms)
{
    hax_import_value *row = import_row(to);
    row[NETWORK] = import_words(to, of->network);
    row[UNIT] = import_words(to, slice_of(of->dla ? "dla" : "gpu"));
    row[AT].number = of->at;
    row[MEAN].number = of->mean_ms;
    row[COST].number = nearbyint((of->mean_ms - whole_ms) * 1e5) / 1e5;
}

hax_status hax_import_marks(const hax_import *const *imports, int count, hax_import **marks,
                            hax_error *err)
{
    import_builder to;
    marked of;
    int found = 0;
    HAX_TRY(import_open(&to, "marks", count > 0 ? imports[0]->file : "", err));
    import_is(&to, "costs of an output, from a series of engines", "");
    import_section(&to, "transitions", 0, columns);
    for (int i = 0; i < count && !to.failed; i++) {
        if (!read_mark(imports[i], &of))
            continue;
        double whole_ms = whole_mean(imports, count, &of);
        if (isnan(whole_ms)) {
            import_note(&to, HAX_IMPORT_LEFT_OUT, 0,
                        "%.200s: there is no engine without a mark (_mark_at_-1) to compare with",
                        imports[i]->file);
            continue;
        }
        if (found == 0)
            to.made->file = import_keep(&to, slice_of(imports[i]->file));
        add_row(&to, &of, whole_ms);
        found++;
    }
    if (found > 0)
        return import_finish(&to, marks, err);
    import_abandon(&to);
    *marks = NULL;
    return HAX_OK;
}
