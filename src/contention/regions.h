/* The three regions of PCCS from a pressure table. */
#ifndef HAX_CONTENTION_REGIONS_H
#define HAX_CONTENTION_REGIONS_H

#include "table.h"

/* The six numbers of the kernels for which used[i] (NULL: all); says whether a minor region exists.
 * At least two kernels must be used. */
hax_pccs hax_regions_fit(const hax_pressure_table *table, const bool *used, bool *minor_region);

#endif
