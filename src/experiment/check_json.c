/* The "haxconn/contention-check" document. */
#include <jansson.h>

#include "haxconn/experiment.h"
#include "haxconn/version.h"
#include "json.h"
#include "run.h"

static json_t *error_json(const hax_check_error *error)
{
    return json_pack("{s:i, s:f, s:f, s:f, s:f}", "count", error->count, "median", error->median,
                     "p95", error->p95, "uncontended_median", error->uncontended_median,
                     "uncontended_p95", error->uncontended_p95);
}

static json_t *errors_json(const hax_contention_check *check)
{
    static const char *const names[HAX_CHECKED_COUNT] = {
        [HAX_CHECKED_PRESSED] = "groups_beside_pressure",
        [HAX_CHECKED_PRESSED_BOUND] = "memory_bound_groups_beside_pressure",
        [HAX_CHECKED_BESIDE] = "groups_beside_networks",
        [HAX_CHECKED_BESIDE_BOUND] = "memory_bound_groups_beside_networks",
        [HAX_CHECKED_ROUNDS] = "rounds",
    };
    json_t *errors = json_object();
    for (int what = 0; errors && what < HAX_CHECKED_COUNT; what++)
        hax_json_set(&errors, names[what], error_json(&check->errors[what]));
    return errors;
}

static json_t *group_json(const hax_profile *profile, const hax_checked_group *checked_group)
{
    const hax_network_profile *network = &profile->networks[checked_group->network];
    const hax_group *group = &network->groups[checked_group->group];
    json_t *object =
        json_pack("{s:s, s:i, s:i, s:s, s:f, s:f}", "network", network->name, "first", group->first,
                  "last", group->last, "unit", profile->platform->units[checked_group->unit].name,
                  "predicted", checked_group->predicted, "measured", checked_group->measured);
    if (object && checked_group->beside >= 0)
        hax_json_set(&object, "beside", json_string(profile->networks[checked_group->beside].name));
    else if (object)
        hax_json_set(&object, "external_gbps", json_real(checked_group->external_gbps));
    return object;
}

static json_t *round_json(const hax_profile *profile, const hax_checked_round *round)
{
    const hax_unit *units = profile->platform->units;
    return json_pack("{s:[s, s], s:[s, s], s:f, s:f, s:f}", "networks",
                     profile->networks[round->networks[0]].name,
                     profile->networks[round->networks[1]].name, "units",
                     units[round->units[0]].name, units[round->units[1]].name, "predicted_ms",
                     round->predicted_ms, "uncontended_ms", round->uncontended_ms, "measured_ms",
                     round->measured_ms);
}

hax_status hax_contention_check_text(const hax_contention_check *check, char **json, hax_error *err)
{
    const hax_platform *platform = check->profile->platform;
    json_t *groups = json_array(), *rounds = json_array();
    for (int g = 0; groups && g < check->group_count; g++)
        hax_json_append(&groups, group_json(check->profile, &check->groups[g]));
    for (int r = 0; rounds && r < check->round_count; r++)
        hax_json_append(&rounds, round_json(check->profile, &check->rounds[r]));
    json_t *tree =
        json_pack("{s:s, s:i, s:s, s:o, s:o, s:i, s:i, s:o, s:o, s:o}", "schema",
                  "haxconn/contention-check", "version", 1, "tool", "haxconn " HAX_VERSION,
                  "platform", hax_machine_platform_json(platform), "fingerprint",
                  hax_machine_fingerprint_json(&platform->fingerprint), "counted", check->counted,
                  "disturbed", check->disturbed, "errors", errors_json(check), "groups", groups,
                  "rounds", rounds);
    if (!tree)
        return hax_fail_memory(err, "a check's document");
    hax_status status = hax_json_text(tree, json, err);
    json_decref(tree);
    return status;
}
