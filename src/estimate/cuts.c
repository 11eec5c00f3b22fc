/* Networks of a data sheet, found again by their content. */
#include "group_estimate.h"

hax_status hax_datasheet_of(const hax_platform *platform, const hax_datasheet **sheet,
                            hax_error *err)
{
    *sheet = platform->datasheet;
    return *sheet ? HAX_OK
                  : hax_fail(err, HAX_BAD_INPUT, "the platform '%s' has no data sheet",
                             platform->name);
}

hax_status hax_measured_find(const hax_platform *platform, const hax_model *model,
                             const hax_sheet_network **found, hax_error *err)
{
    const hax_datasheet *sheet;
    HAX_TRY(hax_datasheet_of(platform, &sheet, err));
    *found = NULL;
    for (int m = 0; m < sheet->measured_count && !*found; m++) {
        hax_model *other;
        HAX_TRY(hax_model_load(sheet->measured[m].network, NULL, &other, err));
        if (hax_model_hash(other) == hax_model_hash(model))
            *found = &sheet->measured[m];
        hax_model_destroy(other);
    }
    return HAX_OK;
}

hax_status hax_estimate_cuts(const hax_platform *platform, const hax_model *model,
                             const char **cuts, hax_error *err)
{
    const hax_sheet_network *found;
    HAX_TRY(hax_measured_find(platform, model, &found, err));
    *cuts = found ? found->cuts : NULL;
    return HAX_OK;
}
