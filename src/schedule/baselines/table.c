/* The baselines by name: everything that compares reads this table. */
#include <string.h>

#include "haxconn/schedule.h"

static const hax_baseline all[] = {
    { "serial", "one network after the other on the unit where that is shortest", true, false,
      hax_baseline_serial },
    { "per-network", "each network whole on one unit, the best of all mappings and orders", true,
      false, hax_baseline_per_network },
    { "all-cores", "one network after the other on the unit of all resources", true, false,
      hax_baseline_all_cores },
    { "mensa",
      "each network for itself, its groups on their best units, joined where moving costs "
      "more than it gains",
      false, false, hax_baseline_mensa },
    { "herald-like",
      "groups in turn over the networks to their fastest units, loads balanced; no "
      "transitions, no contention",
      false, false, hax_baseline_herald },
    { "h2h",
      "mapped by frontier, then groups moved to their neighbours' units while the round "
      "gets shorter; no contention",
      false, false, hax_baseline_h2h },
    { "earliest-finish",
      "HEFT: the group with the longest way to go, where it ends first; no "
      "contention",
      false, false, hax_baseline_earliest_finish },
    { "contention-blind", "the best schedule of the same problem without contention", false, true,
      hax_baseline_contention_blind },
};

const hax_baseline *hax_baselines(int *count)
{
    *count = (int) (sizeof all / sizeof *all);
    return all;
}

const hax_baseline *hax_baseline_find(const char *name)
{
    for (size_t b = 0; b < sizeof all / sizeof *all; b++)
        if (strcmp(all[b].name, name) == 0)
            return &all[b];
    return NULL;
}
