/* The monotonic clock, the same for all processes of the machine. */
#ifndef HAX_BASE_SYSTEM_CLOCK_H
#define HAX_BASE_SYSTEM_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t hax_clock_ns(void);

static inline double hax_ms_between(uint64_t start_ns, uint64_t end_ns)
{
    return (double) (int64_t) (end_ns - start_ns) * 1e-6;
}

#endif
