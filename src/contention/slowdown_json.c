/* Slowdown functions as they stand in documents. */
#include "slowdown_json.h"

json_t *hax_slowdown_to_json(const hax_slowdown *s)
{
    static const char *const kinds[] = { "none", "linear", "table", "pccs" };
    const hax_pccs *p = &s->pccs;
    json_t *result = NULL, *rows;
    switch (s->kind) {
    case HAX_SLOWDOWN_NONE: result = json_pack("{s:s}", "kind", kinds[s->kind]); break;
    case HAX_SLOWDOWN_LINEAR:
        result = json_pack("{s:s, s:f}", "kind", kinds[s->kind], "per_gbps", s->per_gbps);
        break;
    case HAX_SLOWDOWN_TABLE:
        rows = hax_json_number_rows(s->slowdown, s->own_count, s->external_count);
        result = json_pack("{s:s, s:o, s:o, s:o}", "kind", kinds[s->kind], "own_gbps",
                           hax_json_numbers(s->own_gbps, s->own_count), "external_gbps",
                           hax_json_numbers(s->external_gbps, s->external_count), "slowdown", rows);
        break;
    case HAX_SLOWDOWN_PCCS:
        result = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "kind", kinds[s->kind],
                           "normal_gbps", p->normal_gbps, "intensive_gbps", p->intensive_gbps,
                           "mrmc_percent", p->mrmc_percent, "tbwdc_gbps", p->tbwdc_gbps, "cbp_gbps",
                           p->cbp_gbps, "rate_percent_per_gbps", p->rate_percent_per_gbps,
                           "peak_gbps", p->peak_gbps);
        break;
    }
    return result;
}

hax_status hax_slowdown_pccs_from_json(const hax_json *object, hax_pccs *p, hax_error *err)
{
    static const char *const keys[] = {
        "kind",       "normal_gbps", "intensive_gbps",        "mrmc_percent",
        "tbwdc_gbps", "cbp_gbps",    "rate_percent_per_gbps", "peak_gbps",
        NULL
    };
    const double most = 1e12;
    HAX_TRY(hax_json_only(object, keys, err));
    HAX_TRY(hax_json_member_number(object, "normal_gbps", 0, most, &p->normal_gbps, err));
    HAX_TRY(hax_json_member_number(object, "intensive_gbps", p->normal_gbps, most,
                                   &p->intensive_gbps, err));
    HAX_TRY(hax_json_member_number(object, "mrmc_percent", 0, 100, &p->mrmc_percent, err));
    HAX_TRY(hax_json_member_number(object, "tbwdc_gbps", 0, most, &p->tbwdc_gbps, err));
    HAX_TRY(hax_json_member_number(object, "cbp_gbps", 0, most, &p->cbp_gbps, err));
    HAX_TRY(hax_json_member_number(object, "rate_percent_per_gbps", 0, most,
                                   &p->rate_percent_per_gbps, err));
    return hax_json_member_number(object, "peak_gbps", 0, most, &p->peak_gbps, err);
}
