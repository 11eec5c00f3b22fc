/* The "haxconn/calibration" document. */
#include <jansson.h>
#include <math.h>

#include "haxconn/estimate.h"
#include "haxconn/version.h"
#include "json.h"

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *kind_json(const hax_calibrated_kind *kind)
{
    return json_pack("{s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:o, s:f, s:f, s:f}", "samples",
                     kind->samples, "launch_ms", kind->launch_ms, "gmac_per_s", kind->gmac_per_s,
                     "activation_gbps", kind->activation_gbps, "weight_gbps", kind->weight_gbps,
                     "network_ms", kind->network_ms, "out_ms", kind->out_ms, "out_gbps",
                     number_or_null(kind->out_gbps), "out_spread", kind->out_spread, "group_error",
                     kind->group_error, "network_error", kind->network_error);
}

static json_t *rows_json(const hax_platform *platform, const hax_calibration *calibration)
{
    json_t *rows = json_array();
    for (int r = 0; r < calibration->row_count; r++) {
        const hax_calibration_row *row = &calibration->rows[r];
        hax_json_append(&rows, json_pack("{s:s, s:i, s:i, s:s, s:f, s:f, s:o}", "network",
                                         row->network, "first", row->first, "last", row->last,
                                         "kind", platform->kinds[row->kind].name, "measured_ms",
                                         row->measured_ms, "fitted_ms", row->fitted_ms,
                                         "left_out_ms", number_or_null(row->left_out_ms)));
    }
    return rows;
}

static json_t *wholes_json(const hax_platform *platform, const hax_calibration *calibration)
{
    json_t *rows = json_array();
    for (int w = 0; w < calibration->whole_count; w++) {
        const hax_calibration_whole *row = &calibration->wholes[w];
        json_t *result = json_pack("{s:s, s:s, s:f, s:o, s:b}", "network", row->network, "kind",
                                   platform->kinds[row->kind].name, "measured_ms", row->measured_ms,
                                   "modelled_ms", number_or_null(row->modelled_ms), "calibrated",
                                   row->calibrated);
        if (result && row->uncertain)
            hax_json_set(&result, "uncertain", json_string(row->uncertain));
        hax_json_append(&rows, result);
    }
    return rows;
}

hax_status hax_calibration_text(const hax_platform *platform, const hax_calibration *calibration,
                                char **json, hax_error *err)
{
    json_t *kinds = json_object();
    for (int k = 0; k < calibration->kind_count; k++)
        hax_json_set(&kinds, platform->kinds[k].name, kind_json(&calibration->kinds[k]));
    json_t *tree = json_pack(
        "{s:s, s:i, s:s, s:s, s:o, s:o, s:o}", "schema", "haxconn/calibration", "version", 1,
        "tool", "haxconn " HAX_VERSION, "platform", platform->name, "kinds", kinds, "groups",
        rows_json(platform, calibration), "wholes", wholes_json(platform, calibration));
    if (!tree)
        return hax_fail_memory(err, "a calibration document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
