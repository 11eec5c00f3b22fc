/* Changes between parts of a GPU (handover.h). */
#include "handover.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

#include "identity.h"
#include "pressure.h"

bool hax_handover_units(const hax_platform *platform, int units[2])
{
    for (int u = 0; u < platform->unit_count; u++) {
        int others[HAX_MAX_UNITS], count = hax_pressure_by(platform, u, others);
        if (platform->units[u].sms == 0 || platform->units[u].reference)
            continue;
        for (int o = 0; o < count; o++) {
            if (platform->units[others[o]].kind != platform->units[u].kind)
                continue;
            units[0] = hax_class_of(platform, u);
            units[1] = hax_class_of(platform, others[o]);
            return true;
        }
    }
    return false;
}

/* OUT and IN tell the phases apart: a whole network has neither. */
hax_sample hax_handover_sample(const hax_platform *platform, int network, int phase)
{
    int units[2] = { 0, 0 };
    bool found = hax_handover_units(platform, units);
    assert(found && (phase == 0 || phase == 1));
    (void) found;
    return (hax_sample){ .network = network,
                         .group = HAX_WHOLE,
                         .part = phase == 0 ? HAX_PART_OUT : HAX_PART_IN,
                         .unit = units[0],
                         .other_kind = platform->units[units[0]].kind };
}

/* In the two phases together each group runs once on each class. 0: not measured. */
static hax_status read_handover(const hax_platform *platform, const hax_samples *samples,
                                int network, int group_count, const hax_summary *whole,
                                hax_summary *handover, hax_error *err)
{
    int units[2], count = INT32_MAX;
    double sum_ms = 0, spread = 0;
    *handover = (hax_summary){ 0 };
    if (group_count < 2 || !hax_handover_units(platform, units))
        return HAX_OK;
    for (int phase = 0; phase < 2; phase++) {
        hax_summary crossed;
        hax_sample sample = hax_handover_sample(platform, network, phase);
        HAX_TRY(hax_samples_summarise(samples, &sample, &crossed, err));
        const hax_summary *alone = &whole[units[phase]];
        if (crossed.count == 0 || alone->count == 0)
            return HAX_OK;
        sum_ms += crossed.median - alone->median;
        spread = fmax(spread, crossed.spread * crossed.median);
        count = crossed.count < count ? crossed.count : count;
    }
    double ms = fmax(round(1e6 * sum_ms / 2 / (group_count - 1)) / 1e6, 0);
    *handover = hax_summary_known(ms, round(1e6 * spread / 2 / (group_count - 1)) / 1e6, count);
    return HAX_OK;
}

hax_status hax_handover_costs(const hax_platform *platform, const hax_samples *samples, int network,
                              int group_count, const hax_summary *whole,
                              hax_group_cost *const *cost, hax_error *err)
{
    hax_summary handover;
    HAX_TRY(read_handover(platform, samples, network, group_count, whole, &handover, err));
    for (int u = 0; handover.count > 0 && u < platform->unit_count; u++) {
        if (platform->units[u].sms == 0)
            continue;
        for (int g = 1; g < group_count; g++)
            if (cost[g][u].allowed && cost[g][u].in.median < handover.median)
                cost[g][u].in = handover;
    }
    return HAX_OK;
}
