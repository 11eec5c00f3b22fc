#include "costs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "driver.h"
#include "identity.h"
#include "neighbours.h"
#include "own.h"

hax_status hax_profile_copy_platform(const hax_platform *from, const hax_platform **to,
                                     hax_error *err)
{
    char *text;
    HAX_TRY(hax_platform_text(from, &text, err));
    hax_status status = hax_platform_parse(text, strlen(text), from->name, to, err);
    free(text);
    return status;
}

static void destroy_owned(hax_owned_profile *owned)
{
    hax_platform_destroy(owned->platform);
    for (int u = 0; u < HAX_MAX_UNITS; u++)
        hax_contention_fit_destroy(owned->fits[u]);
    hax_arena_destroy(owned->arena);
    free(owned);
}

hax_status hax_profile_begin(const hax_platform *platform, int network_count,
                             hax_owned_profile **out, hax_network_profile **networks,
                             hax_error *err)
{
    hax_owned_profile *owned_profile = calloc(1, sizeof *owned_profile);
    if (!owned_profile) {
        hax_platform_destroy(platform);
        return hax_fail_memory(err, "a profile");
    }
    owned_profile->profile.platform = owned_profile->platform = platform;
    owned_profile->arena = hax_arena_create();
    hax_network_profile *network_profile =
        owned_profile->arena
            ? hax_arena_alloc(owned_profile->arena, (size_t) network_count, sizeof *network_profile)
            : NULL;
    if (!network_profile) {
        destroy_owned(owned_profile);
        return hax_fail_memory(err, "a profile");
    }
    owned_profile->cost =
        hax_arena_alloc(owned_profile->arena, (size_t) network_count, sizeof *owned_profile->cost);
    if (!owned_profile->cost) {
        destroy_owned(owned_profile);
        return hax_fail_memory(err, "a profile");
    }
    owned_profile->profile.network_count = network_count;
    owned_profile->profile.networks = network_profile;
    *out = owned_profile;
    *networks = network_profile;
    return HAX_OK;
}

void hax_profile_destroy(const hax_profile *profile)
{
    if (profile)
        destroy_owned(hax_own(profile));
}

static hax_status want_contention(hax_owned_profile *profile, hax_error *err)
{
    if (profile->contention)
        return HAX_OK;
    profile->contention =
        hax_arena_alloc(profile->arena, (size_t) profile->profile.platform->unit_count,
                        sizeof *profile->contention);
    profile->profile.contention = profile->contention;
    return profile->contention ? HAX_OK : hax_fail_memory(err, "a profile");
}

hax_status hax_profile_set_neighbours(hax_owned_profile *profile, int unit, int neighbours,
                                      double crowd, hax_error *err)
{
    static const double own[] = { 0, 10 }; /* losses: linear between */
    int columns = neighbours > 1 ? 2 : 1;
    assert(neighbours >= 1 && crowd >= 1);
    HAX_TRY(want_contention(profile, err));
    hax_slowdown *function = hax_arena_alloc(profile->arena, 1, sizeof *function);
    double *external = hax_arena_alloc(profile->arena, 2, sizeof *external);
    double *values = hax_arena_alloc(profile->arena, 4, sizeof *values);
    if (!function || !external || !values)
        return hax_fail_memory(err, "a profile");
    external[0] = 1;
    external[1] = neighbours;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < columns; j++)
            values[i * columns + j] = 1 + own[i] * (j > 0 ? crowd : 1);
    *function = (hax_slowdown){ .kind = HAX_SLOWDOWN_TABLE,
                                .own_count = 2,
                                .external_count = columns,
                                .own_gbps = own,
                                .external_gbps = external,
                                .slowdown = values };
    profile->contention[unit].neighbours = neighbours;
    profile->contention[unit].crowd = crowd;
    profile->contention[unit].beside = function;
    return HAX_OK;
}

hax_status hax_profile_set_contention(hax_owned_profile *profile, int unit,
                                      const hax_unit_contention *unit_contention,
                                      const hax_pressure_table *table, hax_error *err)
{
    assert(unit >= 0 && unit < profile->profile.platform->unit_count);
    assert(!profile->fits[unit]); /* it is given once */
    HAX_TRY(want_contention(profile, err));
    HAX_TRY(hax_contention_fit_make(table, HAX_FIT_ERROR_LIMIT, &profile->fits[unit], err));
    profile->contention[unit] = *unit_contention;
    profile->contention[unit].fit = profile->fits[unit];
    profile->contention[unit].beside = NULL; /* hax_profile_set_neighbours */
    return HAX_OK;
}

static void take_demands(hax_owned_profile *to, const hax_profile *from, int network)
{
    assert(to->profile.networks[network].group_count == from->networks[network].group_count);
    assert(to->profile.platform->unit_count == from->platform->unit_count);
    for (int g = 0; g < from->networks[network].group_count; g++) {
        for (int u = 0; u < from->platform->unit_count; u++) {
            const hax_group_cost *source = &from->networks[network].cost[g][u];
            hax_group_cost *cost = &to->cost[network][g][u];
            cost->gbps = source->gbps;
            cost->own_gbps = source->own_gbps;
            cost->gbps_spread = source->gbps_spread;
            cost->demand = source->demand;
        }
    }
}

hax_status hax_profile_take_contention(const hax_profile *profile, const hax_profile *from,
                                       hax_error *err)
{
    hax_owned_profile *to = hax_own(profile);
    assert(profile->network_count == from->network_count);
    for (int u = 0; from->contention && u < from->platform->unit_count; u++) {
        const hax_unit_contention *unit_contention = &from->contention[u];
        if (unit_contention->fit)
            HAX_TRY(hax_profile_set_contention(to, u, unit_contention, &unit_contention->fit->table,
                                               err));
        if (unit_contention->beside)
            HAX_TRY(hax_profile_set_neighbours(to, u, unit_contention->neighbours,
                                               unit_contention->crowd, err));
    }
    for (int n = 0; from->contention && n < from->network_count; n++)
        take_demands(to, from, n);
    return HAX_OK;
}

hax_status hax_profile_add_network(hax_owned_profile *profile, const char *name, int group_count,
                                   hax_network_profile *network, hax_group **groups,
                                   hax_group_cost ***cost, hax_summary **whole, hax_error *err)
{
    hax_arena *arena = profile->arena;
    size_t count = (size_t) group_count, units = (size_t) profile->profile.platform->unit_count;
    *groups = hax_arena_alloc(arena, count, sizeof **groups);
    *cost = hax_arena_alloc(arena, count, sizeof **cost);
    *whole = hax_arena_alloc(arena, units, sizeof **whole);
    hax_group_cost *rows = hax_arena_alloc(arena, count * units, sizeof *rows);
    network->name = hax_arena_string(arena, name);
    if (!*groups || !*cost || !*whole || !rows || !network->name)
        return hax_fail_memory(err, "a profile");
    for (size_t g = 0; g < count; g++)
        (*cost)[g] = rows + g * units;
    network->group_count = group_count;
    network->groups = *groups;
    network->cost = (const hax_group_cost *const *) *cost;
    assert(network >= profile->profile.networks &&
           network < profile->profile.networks + profile->profile.network_count);
    profile->cost[network - profile->profile.networks] = *cost;
    network->whole = *whole;
    return HAX_OK;
}

/* Where the samples of a summary are looked for. */
typedef struct summing {
    const hax_platform *platform;
    const hax_samples *samples;
} summing;

/* The most expensive transition of what `sample` names with any other kind, on the sample's unit.
 */
static hax_status most_expensive_here(const summing *summing, hax_sample sample, hax_summary *out,
                                      hax_error *err)
{
    for (int k = 0; k < summing->platform->kind_count; k++) {
        hax_summary one;
        sample.other_kind = k;
        HAX_TRY(hax_samples_summarise(summing->samples, &sample, &one, err));
        if (one.count > 0 && (out->count == 0 || one.median > out->median))
            *out = one;
    }
    return HAX_OK;
}

/* As above; a class that was never crossed (a reference unit) has what its kind costs. */
static hax_status most_expensive(const summing *summing, hax_sample sample, hax_summary *out,
                                 hax_error *err)
{
    *out = (hax_summary){ 0 };
    assert(sample.part != HAX_PART_RUN && sample.unit < summing->platform->unit_count);
    HAX_TRY(most_expensive_here(summing, sample, out, err));
    int kind = summing->platform->units[sample.unit].kind;
    for (int u = 0; u < summing->platform->unit_count && out->count == 0; u++) {
        sample.unit = u;
        if (summing->platform->units[u].kind == kind)
            HAX_TRY(most_expensive_here(summing, sample, out, err));
    }
    return HAX_OK;
}

static hax_status fill_cost(const summing *summing, hax_sample sample, const hax_group *group,
                            hax_group_cost *cost, hax_error *err)
{
    sample.part = HAX_PART_RUN;
    sample.other_kind = -1;
    HAX_TRY(hax_samples_summarise(summing->samples, &sample, &cost->run, err));
    if (cost->run.count == 0)
        return hax_fail(err, HAX_FAILURE, "unit '%s' has no measured time of layers %d-%d",
                        summing->platform->units[sample.unit].name, group->first, group->last);
    sample.part = HAX_PART_OUT;
    HAX_TRY(most_expensive(summing, sample, &cost->out, err));
    sample.part = HAX_PART_IN;
    HAX_TRY(most_expensive(summing, sample, &cost->in, err));
    cost->allowed = true;
    cost->bytes = (double) (group->weight_bytes + group->input_bytes + group->output_bytes);
    /* to a millionth, for the reason that summaries are rounded */
    if (cost->run.median > 0)
        cost->gbps = round(cost->bytes / cost->run.median) / 1e6;
    return HAX_OK;
}

/* What was measured of a group on a unit whose network came from another unit of its kind. */
static hax_status fill_entered(const summing *summing, hax_sample sample, int unit,
                               hax_arena *arena, hax_group_cost *cost, hax_error *err)
{
    const hax_platform *platform = summing->platform;
    hax_group_entered *entered =
        hax_arena_alloc(arena, (size_t) platform->unit_count, sizeof *entered);
    if (!entered)
        return hax_fail_memory(err, "a profile");
    sample.part = HAX_PART_RUN;
    sample.other_kind = -1;
    sample.entered = true;
    for (int from = 0; from < platform->unit_count; from++) {
        hax_group_entered *next = &entered[cost->entered_count];
        sample.from = hax_class_of(platform, from);
        if (from == unit || platform->units[from].kind != platform->units[unit].kind)
            continue;
        HAX_TRY(hax_samples_summarise(summing->samples, &sample, &next->run, err));
        next->from_unit = from;
        cost->entered_count += next->run.count > 0;
    }
    cost->entered = entered;
    return HAX_OK;
}

static hax_status fill_network(const summing *summing, int index, const hax_profile_network *from,
                               hax_owned_profile *profile, hax_network_profile *network,
                               hax_error *err)
{
    hax_group *groups;
    hax_group_cost **cost;
    hax_summary *whole;
    HAX_TRY(hax_profile_add_network(profile, from->name, from->grouping->count, network, &groups,
                                    &cost, &whole, err));
    network->model_hash = hax_model_hash(from->model);
    for (int g = 0; g < network->group_count; g++) {
        groups[g] = from->grouping->groups[g];
        for (int u = 0; u < summing->platform->unit_count; u++) {
            if (!hax_unit_supports_group(summing->platform, u, from->model, &groups[g]))
                continue;
            hax_sample samples = { .network = index,
                                   .group = g,
                                   .unit = hax_class_of(summing->platform, u) };
            HAX_TRY(fill_cost(summing, samples, &groups[g], &cost[g][u], err));
            HAX_TRY(fill_entered(summing, samples, u, profile->arena, &cost[g][u], err));
            HAX_TRY(hax_demand_measured(&profile->profile, summing->samples, &samples, &cost[g][u],
                                        err));
        }
    }
    for (int u = 0; u < summing->platform->unit_count; u++)
        HAX_TRY(hax_neighbours_demands(&profile->profile, summing->samples, index,
                                       network->group_count, u, cost, err));
    for (int u = 0; u < summing->platform->unit_count; u++) {
        hax_sample samples = { .network = index,
                               .group = HAX_WHOLE,
                               .part = HAX_PART_RUN,
                               .unit = hax_class_of(summing->platform, u),
                               .other_kind = -1 };
        HAX_TRY(hax_samples_summarise(summing->samples, &samples, &whole[u], err));
    }
    return HAX_OK;
}

hax_status hax_profile_from_samples(const hax_platform *platform, int network_count,
                                    const hax_profile_network *networks, const hax_samples *samples,
                                    hax_traffic_kind traffic, const hax_profile **profile,
                                    hax_error *err)
{
    summing context = { platform, samples };
    hax_owned_profile *owned_profile;
    hax_network_profile *filled;
    const hax_platform *copy;
    HAX_TRY(hax_profile_copy_platform(platform, &copy, err));
    HAX_TRY(hax_profile_begin(copy, network_count, &owned_profile, &filled, err));
    owned_profile->profile.source = "measured";
    for (int n = 0; n < network_count; n++)
        filled[n].group_count = networks[n].grouping->count;
    hax_status status = hax_demand_contention(owned_profile, samples, traffic, err);
    if (status == HAX_OK)
        status = hax_neighbours_contention(owned_profile, samples, err);
    for (int n = 0; n < network_count && status == HAX_OK; n++)
        status = fill_network(&context, n, &networks[n], owned_profile, &filled[n], err);
    if (status != HAX_OK) {
        hax_profile_destroy(&owned_profile->profile);
        return status;
    }
    *profile = &owned_profile->profile;
    return HAX_OK;
}

hax_summary hax_summary_known(double ms, double sigma_ms, double count)
{
    double value = fmax(ms, 0);
    return (hax_summary){ .count = count >= 1 && count < 1e9 ? (int) count : 1,
                          .min = value,
                          .p25 = value,
                          .median = value,
                          .p75 = value,
                          .p95 = value,
                          .p99 = value,
                          .max = value,
                          .spread = value > 0 ? 2 * sigma_ms / value : 0 };
}

double hax_element_share(const char *precision)
{
    return strcmp(precision, "f16") == 0 ? 0.5 : strcmp(precision, "i8") == 0 ? 0.25 : 1;
}
