/* Processors of units: whether they are here, and pinning the calling thread to them. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

hax_status hax_unit_pin_thread(const int *cpus, int cpu_count, hax_error *err)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int c = 0; c < cpu_count; c++)
        CPU_SET((size_t) cpus[c], &set);
    if (cpu_count > 0 && sched_setaffinity(0, sizeof set, &set) != 0)
        return hax_fail(err, HAX_UNAVAILABLE, "cannot pin a thread to processor %d: %s", cpus[0],
                        strerror(errno));
    return HAX_OK;
}

hax_status hax_platform_check_processors(const hax_platform *platform, hax_error *err)
{
    long here = sysconf(_SC_NPROCESSORS_CONF);
    for (int u = 0; u < platform->unit_count && !platform->simulated; u++) {
        const hax_unit *unit = &platform->units[u];
        for (int c = 0; c < unit->cpu_count; c++)
            if (unit->cpus[c] >= here)
                return hax_fail(err, HAX_UNAVAILABLE,
                                "unit '%.100s' of platform '%.100s' is on processor %d, this "
                                "machine has 0 to %ld: run it on the machine it was written for, "
                                "or change the unit's \"cpus\"",
                                unit->name, platform->name, unit->cpus[c], here - 1);
    }
    return HAX_OK;
}
