/*
 * How networks fare beside networks, on the parts of a GPU: what a model in GB/s misses.
 *
 * Networks next door slow a network by what their kernels' beginnings and ends do, nearly the same
 * whatever they compute and in all groups alike (docs/contention.md has the figures). So each
 * network on each size of part is run beside others, whole and untimed as it is run in rounds, and
 * one loss is read off it: where it stands on its unit's function. The external demand of a job is
 * then 1, a neighbour at work, and the function is 1 + loss * f(neighbours), f(1) = 1 and linear up
 * to the most that were measured at once, f(most) the same for all networks: it is there that each
 * network's loss is what was measured.
 */
#ifndef HAX_PROFILE_DEMAND_NEIGHBOURS_H
#define HAX_PROFILE_DEMAND_NEIGHBOURS_H

#include "costs.h"
#include "store/samples.h"

/* Are networks on the unit measured beside others, and not under pressure? Those on parts of a GPU
 * are. */
bool hax_neighbours_measured(const hax_platform *platform, int unit, int network_count);

/* Units that work beside `unit` in such a measurement, the first so many of those that could press
 * on it: one, or all. Returns their number. */
int hax_neighbours_beside(const hax_platform *platform, int unit, int level,
                          int units[HAX_MAX_UNITS]);

/* Instances that a session needs for that: of each network one, and where fewer networks than units
 * can be at work, the same again in their order (instance i is of network i modulo their number).
 */
int hax_neighbours_instances(const hax_platform *platform, int network_count);

/* The functions of all units that samples tell of. */
hax_status hax_neighbours_contention(hax_owned_profile *profile, const hax_samples *samples,
                                     hax_error *err);

/* The demands of a network's groups on a unit with such a function; left as they are where it was
 * not measured. */
hax_status hax_neighbours_demands(const hax_profile *profile, const hax_samples *samples,
                                  int network, int group_count, int unit,
                                  hax_group_cost *const *cost, hax_error *err);

#endif
