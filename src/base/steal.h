/* Time that the host of a virtual machine kept to itself. */
#ifndef BASE_STEAL_H
#define BASE_STEAL_H

/* Milliseconds so far, summed over all processors; 0 where the system does not tell. */
double hax_steal_ms(void);

#endif
