/*
 * From pressed samples to slowdown functions and demands.
 *
 * A unit's slowdown function is fitted to kernels of known demand under known pressure. A group
 * is then read off it twice: how it was slowed by known pressure says where it stands on its own
 * unit's function (own_gbps), how it slowed the pressers says what it demands of the memory
 * (gbps). Both work on units whose memory traffic nobody can count.
 */
#ifndef HAX_PROFILE_DEMAND_DEMAND_H
#define HAX_PROFILE_DEMAND_DEMAND_H

#include "costs.h"

/* Fits every unit that was pressed; units that were not measured take the function of one over the
 * same resources. Nothing where nothing was pressed. */
hax_status hax_demand_contention(hax_owned_profile *profile, const hax_samples *samples,
                                 hax_traffic_kind traffic, hax_error *err);

/* Demand of the group that `sample` names, into a cost that has counted bytes and times; left as it
 * is when the group was not pressed. */
hax_status hax_demand_measured(const hax_profile *profile, const hax_samples *samples,
                               const hax_sample *sample, hax_group_cost *cost, hax_error *err);

#endif
