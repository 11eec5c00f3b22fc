/* The document of a fit. */
#include <math.h>
#include <stdlib.h>

#include "json.h"
#include "slowdown_json.h"
#include "table.h"

static json_t *errors_json(const hax_fit_error *fit_error)
{
    if (isnan(fit_error->median))
        return json_null();
    return json_pack("{s:f, s:f, s:f}", "median", fit_error->median, "p95", fit_error->p95, "max",
                     fit_error->max);
}

static json_t *rows_json(const hax_contention_fit *fit, const double *values)
{
    return hax_json_number_rows(values, fit->table.own_count, fit->table.external_count);
}

static json_t *form_json(const hax_contention_fit *fit, const hax_fit_form *form)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "slowdown", hax_slowdown_to_json(&form->slowdown),
                     "error", errors_json(&form->error), "left_out_error",
                     errors_json(&form->left_out), "residual", rows_json(fit, form->residual));
}

hax_status hax_contention_fit_text(const hax_contention_fit *fit, char **json, hax_error *err)
{
    const hax_pressure_table *table = &fit->table;
    json_t *measured =
        json_pack("{s:o, s:o, s:o, s:o}", "own_gbps",
                  hax_json_numbers(table->own_gbps, table->own_count), "external_gbps",
                  hax_json_numbers(table->external_gbps, table->external_count), "achieved_gbps",
                  rows_json(fit, table->achieved_gbps), "slowdown", rows_json(fit, fit->slowdown));
    json_t *tree = json_pack(
        "{s:s, s:i, s:o, s:f, s:b, s:i, s:f, s:o, s:o, s:o}", "schema", "haxconn/contention-fit",
        "version", 1, "slowdown", hax_slowdown_to_json(hax_contention_fit_slowdown(fit)),
        "error_limit", fit->error_limit, "minor_region", fit->minor_region, "repaired_cells",
        fit->repaired_cells, "repaired_most", fit->repaired_most, "pccs",
        form_json(fit, &fit->pccs), "table", form_json(fit, &fit->bilinear), "measured", measured);
    if (!tree)
        return hax_fail_memory(err, "the document of a contention fit");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
