/* Time that the host of a virtual machine kept to itself. */
#ifndef HAX_BASE_SYSTEM_STEAL_H
#define HAX_BASE_SYSTEM_STEAL_H

#include <stdbool.h>

/* Milliseconds so far, summed over all processors; 0 where the system does not tell. */
double hax_steal_ms(void);

/* Was so much taken away from that many processors that what took `took_ms` is to be measured
 * again? */
bool hax_steal_disturbs(double stolen_ms, double took_ms, int processors);

#endif
