/*
 * Waiting for a word of shared memory to change: a bounded spin, then sleep in the
 * kernel (futex). Works between processes. Spinning answers within 0.1 us but burns a
 * core, so it is allowed only to a waiter whose core nobody else needs; sleeping costs
 * some 30 us to wake.
 */
#ifndef HAX_EXEC_DOORBELL_H
#define HAX_EXEC_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    /* Longer than a hand-over takes, shorter than a time slice. */
    SPIN_NS = 100 * 1000,
};

/* A one-shot event in shared memory. */
typedef struct hax_doorbell {
    _Atomic uint32_t word;
} hax_doorbell;

/* Makes the event not rung; nobody may be waiting. */
void hax_doorbell_reset(hax_doorbell *bell);

/* Rings: wakes everybody who waits, now and later. All that the caller wrote before is
 * seen by those who wake. */
void hax_doorbell_ring(hax_doorbell *bell);

bool hax_doorbell_rung(const hax_doorbell *bell);

/* Waits until rung. */
void hax_doorbell_wait(hax_doorbell *bell, bool may_spin);

/* Sleeps until rung or `timeout_ns` has passed; true if rung. */
bool hax_doorbell_wait_for(hax_doorbell *bell, int64_t timeout_ns);

/* Events that several ring and one waits for, counted, so that none is missed between a look and a
 * sleep (an eventcount). */
typedef struct hax_event_count {
    _Atomic uint32_t count;
} hax_event_count;

uint32_t hax_event_count_read(const hax_event_count *events);

/* One more. All that the caller wrote before is seen by those who read the count. */
void hax_event_count_ring(hax_event_count *events);

/* Sleeps until the count is no longer `seen` or `timeout_ns` has passed. */
void hax_event_count_wait_for(hax_event_count *events, uint32_t seen, int64_t timeout_ns);

/* One turn of a spinning loop: lets a hyperthread go on. */
void hax_cpu_relax(void);

#endif
