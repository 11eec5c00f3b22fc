/* Networks beside networks (neighbours.h). */
#include "neighbours.h"

#include <assert.h>
#include <math.h>

#include "identity.h"
#include "pressure.h"

/* To a millionth, so that a document of 15 digits carries it exactly; 0 would mean something else.
 */
static const double loss_least = 1e-3;

bool hax_neighbours_measured(const hax_platform *platform, int unit, int network_count)
{
    int pressers[HAX_MAX_UNITS];
    return network_count > 0 && platform->units[unit].sms > 0 &&
           hax_pressure_by(platform, unit, pressers) > 0;
}

int hax_neighbours_beside(const hax_platform *platform, int unit, int level,
                          int units[HAX_MAX_UNITS])
{
    int count = hax_pressure_by(platform, unit, units);
    assert(level == HAX_BESIDE_ONE || level == HAX_BESIDE_ALL);
    return level == HAX_BESIDE_ONE && count > 1 ? 1 : count;
}

int hax_neighbours_instances(const hax_platform *platform, int network_count)
{
    int count = network_count, units[HAX_MAX_UNITS];
    for (int u = 0; u < platform->unit_count; u++) {
        if (!hax_neighbours_measured(platform, u, network_count))
            continue;
        int together = 1 + hax_neighbours_beside(platform, u, HAX_BESIDE_ALL, units);
        count = together > count ? together : count;
    }
    return count;
}

/* By how much the whole network took longer. 0: it was not measured so. */
static hax_status read_whole(const hax_samples *samples, int network, int unit, int level,
                             double *loss, hax_error *err)
{
    hax_summary alone, beside;
    hax_sample sample = {
        .network = network, .group = HAX_WHOLE, .part = HAX_PART_RUN, .unit = unit, .other_kind = -1
    };
    HAX_TRY(hax_samples_summarise(samples, &sample, &alone, err));
    sample.level = level;
    HAX_TRY(hax_samples_summarise(samples, &sample, &beside, err));
    *loss = alone.count > 0 && beside.count > 0 && alone.median > 0
                ? beside.median / alone.median - 1
                : 0;
    return HAX_OK;
}

/* By how much the whole network took longer beside others, or where it never was beside them long
 * enough, the groups that were, all together. 0: none were. */
static hax_status read_loss(const hax_samples *samples, int network, int group_count, int unit,
                            int level, double *loss, hax_error *err)
{
    double alone_ms = 0, beside_ms = 0, whole;
    HAX_TRY(read_whole(samples, network, unit, level, &whole, err));
    for (int g = 0; g < group_count; g++) {
        hax_summary alone, beside;
        hax_sample sample = {
            .network = network, .group = g, .part = HAX_PART_RUN, .unit = unit, .other_kind = -1
        };
        HAX_TRY(hax_samples_summarise(samples, &sample, &alone, err));
        sample.level = level;
        HAX_TRY(hax_samples_summarise(samples, &sample, &beside, err));
        if (alone.count == 0 || beside.count == 0)
            continue;
        alone_ms += alone.median;
        beside_ms += beside.median;
    }
    double found = whole > 0 ? whole : alone_ms > 0 ? beside_ms / alone_ms - 1 : 0;
    *loss = whole > 0 || alone_ms > 0 ? fmax(round(1e6 * found) / 1e6, loss_least) : 0;
    return HAX_OK;
}

/* Sums over networks of what one neighbour costs, and of what all cost. */
static hax_status add_losses(const hax_owned_profile *profile, const hax_samples *samples, int unit,
                             double sums[2], hax_error *err)
{
    sums[0] = sums[1] = 0;
    for (int n = 0; n < profile->profile.network_count; n++) {
        double one, all;
        int groups = profile->profile.networks[n].group_count;
        HAX_TRY(read_loss(samples, n, groups, unit, HAX_BESIDE_ONE, &one, err));
        HAX_TRY(read_loss(samples, n, groups, unit, HAX_BESIDE_ALL, &all, err));
        sums[0] += one;
        sums[1] += one > 0 ? fmax(all, one) : 0;
    }
    return HAX_OK;
}

hax_status hax_neighbours_contention(hax_owned_profile *profile, const hax_samples *samples,
                                     hax_error *err)
{
    const hax_platform *platform = profile->profile.platform;
    int networks = profile->profile.network_count;
    for (int u = 0; u < platform->unit_count; u++) {
        int units[HAX_MAX_UNITS], unit = hax_class_of(platform, u);
        double sums[2];
        if (!hax_neighbours_measured(platform, u, networks))
            continue;
        HAX_TRY(add_losses(profile, samples, unit, sums, err));
        if (!(sums[0] > 0))
            continue;
        int count = hax_neighbours_beside(platform, unit, HAX_BESIDE_ALL, units);
        double crowd = count > 1 ? round(1e6 * sums[1] / sums[0]) / 1e6 : 1;
        HAX_TRY(hax_profile_set_neighbours(profile, u, count, crowd, err));
    }
    return HAX_OK;
}

hax_status hax_neighbours_demands(const hax_profile *profile, const hax_samples *samples,
                                  int network, int group_count, int unit,
                                  hax_group_cost *const *cost, hax_error *err)
{
    double loss, all = 0;
    if (!profile->contention || !profile->contention[unit].beside)
        return HAX_OK;
    const hax_unit_contention *contention = &profile->contention[unit];
    int class_unit = hax_class_of(profile->platform, unit);
    HAX_TRY(read_loss(samples, network, group_count, class_unit, HAX_BESIDE_ONE, &loss, err));
    /* all are at work for most of a round: there each network's own loss is to be right, and the
     * networks' common factor is what it is less beside fewer */
    if (contention->neighbours > 1)
        HAX_TRY(read_loss(samples, network, group_count, class_unit, HAX_BESIDE_ALL, &all, err));
    loss = all > 0 ? round(1e6 * all / contention->crowd) / 1e6 : loss;
    for (int g = 0; g < group_count; g++) {
        if (!cost[g][unit].allowed)
            continue;
        cost[g][unit].gbps = 1;
        cost[g][unit].own_gbps = fmax(loss, loss_least);
        cost[g][unit].demand = HAX_DEMAND_NEIGHBOURS;
    }
    return HAX_OK;
}
