/* Pinning the calling thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "driver.h"

hax_status unit_pin_thread(const int *cpus, int cpu_count, hax_error *err)
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
