/* Profiles of a machine that is not here: of its data sheet, and of the model calibrated on it. */
#include <stdlib.h>
#include <string.h>

#include "costs.h"
#include "estimate.h"
#include "text.h"

static hax_summary summary_of(const hax_estimate *estimate)
{
    return estimate->source ? hax_summary_known(estimate->ms, estimate->spread * estimate->ms, 1)
                            : (hax_summary){ 0 };
}

static void fill_cost(const hax_group_estimate *estimate, hax_group_cost *cost)
{
    if (!estimate->allowed)
        return;
    *cost = (hax_group_cost){ .allowed = true,
                              .run = summary_of(&estimate->run),
                              .out = summary_of(&estimate->out),
                              .in = summary_of(&estimate->in),
                              .bytes = estimate->bytes,
                              .gbps = estimate->bytes / estimate->run.ms * 1e-6,
                              .demand = HAX_DEMAND_COUNTED,
                              .run_source = estimate->run.source,
                              .out_source = estimate->out.source,
                              .in_source = estimate->in.source };
}

static hax_status fill_network(hax_owned_profile *owned_profile, const hax_calibration *calibration,
                               const hax_profile_network *from, hax_network_profile *network,
                               hax_error *err)
{
    const hax_platform *platform = owned_profile->profile.platform;
    hax_group *groups;
    hax_group_cost **cost;
    hax_summary *whole;
    hax_network_estimate estimate;
    HAX_TRY(hax_estimate_network(platform, calibration, from->model, from->grouping,
                                 owned_profile->arena, &estimate, err));
    HAX_TRY(hax_profile_add_network(owned_profile, from->name, from->grouping->count, network,
                                    &groups, &cost, &whole, err));
    network->model_hash = hax_model_hash(from->model);
    for (int u = 0; u < platform->unit_count; u++) {
        int kind = platform->units[u].kind;
        bool all = estimate.whole[kind].ms > 0;
        for (int g = 0; g < network->group_count; g++) {
            groups[g] = from->grouping->groups[g];
            fill_cost(&estimate.groups[g * estimate.kind_count + kind], &cost[g][u]);
            all = all && cost[g][u].allowed;
        }
        if (all)
            whole[u] = summary_of(&estimate.whole[kind]);
    }
    return HAX_OK;
}

static hax_status name_source(hax_owned_profile *owned_profile, const hax_calibration *calibration,
                              hax_error *err)
{
    const hax_platform *platform = owned_profile->profile.platform;
    hax_text text = { 0 };
    hax_text_printf(&text, "the data sheet of %s, and a model calibrated on it that tells groups",
                    platform->name);
    for (int k = 0; k < calibration->kind_count; k++)
        hax_text_printf(&text, "%s on %s within %.0f %%", k > 0 ? "," : "", platform->kinds[k].name,
                        100 * calibration->kinds[k].group_error);
    owned_profile->profile.source = hax_arena_string(owned_profile->arena, hax_text_get(&text));
    bool failed = text.failed || !owned_profile->profile.source;
    hax_text_free(&text);
    return failed ? hax_fail_memory(err, "a profile") : HAX_OK;
}

static hax_status fill(hax_owned_profile *owned_profile, const hax_profile_config *config,
                       hax_network_profile *networks, hax_error *err)
{
    const hax_calibration *calibration;
    HAX_TRY(hax_calibration_make(config->platform, false, &calibration, err));
    hax_status status = name_source(owned_profile, calibration, err);
    for (int n = 0; n < config->network_count && status == HAX_OK; n++)
        status = fill_network(owned_profile, calibration, &config->networks[n], &networks[n], err);
    hax_calibration_destroy(calibration);
    return status;
}

hax_status hax_profile_estimated(const hax_profile_config *config, const hax_profile **profile,
                                 hax_error *err)
{
    const hax_platform *copy;
    hax_owned_profile *owned_profile;
    hax_network_profile *networks;
    if (config->network_count < 1)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "'%s' is known from its data sheet only: nothing can be measured there; "
                        "name networks, their times are told",
                        config->platform->name);
    HAX_TRY(hax_profile_copy_platform(config->platform, &copy, err));
    HAX_TRY(hax_profile_begin(copy, config->network_count, &owned_profile, &networks, err));
    hax_status status = fill(owned_profile, config, networks, err);
    if (status != HAX_OK) {
        hax_profile_destroy(&owned_profile->profile);
        return status;
    }
    *profile = &owned_profile->profile;
    return HAX_OK;
}
