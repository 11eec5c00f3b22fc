/* Kernels and the entries of a profile, from any bytes: a profile, a line "%%", launches. Checks
 * that no kernel is counted twice and that demands are what bytes can be. */
#include <math.h>

#include "fuzz_import.h"

static const char *find_split(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i++)
        if (memcmp(data + i, "\n%%\n", 4) == 0)
            return (const char *) data + i;
    return NULL;
}

static double number(const hax_import_section *section, int row, const char *column)
{
    int c = hax_import_column_index(section, column);
    return section->cells[row * section->column_count + c].number;
}

static void check(const hax_import *match)
{
    const hax_import_section *kernels = hax_import_find(match, "kernels", 0);
    const hax_import_section *demands = hax_import_find(match, "demands", 0);
    double launched = 0;
    if (!kernels)
        return;
    for (int r = 0; r < kernels->row_count; r++)
        launched += number(kernels, r, "kernels");
    if (launched * hax_import_fact_number(kernels, "inferences") >
        hax_import_fact_number(kernels, "launches") + 1e-6)
        abort();
    for (int r = 0; demands && r < demands->row_count; r++)
        if (number(demands, r, "gbps") < 0 || number(demands, r, "spread") < 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hax_model *model; /* once for all inputs */
    static const hax_grouping *grouping;
    const hax_import *profile = NULL, *ncu = NULL, *match = NULL;
    const char *text = (const char *) data, *split = find_split(data, size);
    if (!model && (hax_model_load("alexnet", NULL, &model, NULL) != HAX_OK ||
                   hax_grouping_make(model, "blocks", &grouping, NULL) != HAX_OK))
        abort();
    if (!split || hax_import_parse("trtexec-profile", text, (size_t) (split - text), "profile",
                                   NULL, &profile, NULL) != HAX_OK)
        return 0;
    split += 4;
    if (hax_import_parse("ncu", split, (size_t) (text + size - split), "ncu", NULL, &ncu, NULL) ==
        HAX_OK) {
        const hax_import *const beside[] = { ncu };
        if (hax_import_match(profile, 1, beside, model, grouping, &match, NULL) != HAX_OK)
            abort();
        fuzz_write(match);
        check(match);
        hax_import_destroy(match);
    }
    hax_import_destroy(ncu);
    hax_import_destroy(profile);
    return 0;
}
