/*
 * Waiting for a word of shared memory to change: a bounded spin, then sleep in the
 * kernel (futex). Works between processes. Spinning answers within 0.1 us but burns a
 * core, so it is allowed only to a waiter whose core nobody else needs; sleeping costs
 * some 30 us to wake.
 */
#ifndef EXEC_DOORBELL_H
#define EXEC_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    /* Longer than a hand-over takes, shorter than a neighbour would feel. */
    SPIN_NS = 100 * 1000,
};

/* A one-shot event in shared memory. */
typedef struct doorbell {
    _Atomic uint32_t word;
} doorbell;

/* Makes the event not rung; nobody may be waiting. */
void doorbell_reset(doorbell *bell);

/* Rings: wakes everybody who waits, now and later. All that the caller wrote before is
 * seen by those who wake. */
void doorbell_ring(doorbell *bell);

bool doorbell_rung(const doorbell *bell);

/* Waits until rung. */
void doorbell_wait(doorbell *bell, bool may_spin);

/* Sleeps until rung or `timeout_ns` has passed; true if rung. */
bool doorbell_wait_for(doorbell *bell, int64_t timeout_ns);

/* One breath of a spinning loop. */
void cpu_relax(void);

#endif
