#define _GNU_SOURCE
#include "doorbell.h"

#include <assert.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { SILENT = 0, RUNG = 1, AWAITED = 2 };

void hax_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void hax_doorbell_reset(hax_doorbell *bell)
{
    /* who sleeps on it would not hear the next ring */
    assert(atomic_load_explicit(&bell->word, memory_order_relaxed) != AWAITED);
    atomic_store_explicit(&bell->word, SILENT, memory_order_relaxed);
}

bool hax_doorbell_rung(const hax_doorbell *bell)
{
    return atomic_load_explicit(&bell->word, memory_order_acquire) == RUNG;
}

/* Sleeps while the word is `value`. The futex is shared between processes: no FUTEX_PRIVATE_FLAG.
 */
static void sleep_on(_Atomic uint32_t *word, uint32_t value, int64_t timeout_ns)
{
    struct timespec timeout = { timeout_ns / 1000000000, timeout_ns % 1000000000 };
    syscall(SYS_futex, word, FUTEX_WAIT, value, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
}

static void wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void hax_doorbell_ring(hax_doorbell *bell)
{
    /* release: the job's results; acquire is not needed to ring */
    uint32_t before = atomic_exchange_explicit(&bell->word, RUNG, memory_order_release);
    assert(before != RUNG); /* once, until it is reset */
    if (before == AWAITED)
        wake_all(&bell->word);
}

static bool spin(hax_doorbell *bell)
{
    uint64_t start_ns = hax_clock_ns();
    do {
        for (int i = 0; i < 32; i++) {
            if (hax_doorbell_rung(bell))
                return true;
            hax_cpu_relax();
        }
    } while (hax_clock_ns() - start_ns < SPIN_NS);
    return false;
}

/* Announces a sleeper; false when the bell rang meanwhile. */
static bool announce(hax_doorbell *bell)
{
    uint32_t expected = SILENT;
    atomic_compare_exchange_strong_explicit(&bell->word, &expected, AWAITED, memory_order_acquire,
                                            memory_order_acquire);
    assert(expected <= AWAITED);
    return expected != RUNG;
}

void hax_doorbell_wait(hax_doorbell *bell, bool may_spin)
{
    if (hax_doorbell_rung(bell) || (may_spin && spin(bell)))
        return;
    while (announce(bell))
        sleep_on(&bell->word, AWAITED, -1);
    assert(hax_doorbell_rung(bell));
}

bool hax_doorbell_wait_for(hax_doorbell *bell, int64_t timeout_ns)
{
    assert(timeout_ns >= 0);
    if (announce(bell))
        sleep_on(&bell->word, AWAITED, timeout_ns);
    return hax_doorbell_rung(bell);
}

uint32_t hax_event_count_read(const hax_event_count *events)
{
    return atomic_load_explicit(&events->count, memory_order_acquire);
}

void hax_event_count_ring(hax_event_count *events)
{
    atomic_fetch_add_explicit(&events->count, 1, memory_order_release);
    wake_all(&events->count);
}

void hax_event_count_wait_for(hax_event_count *events, uint32_t seen, int64_t timeout_ns)
{
    assert(timeout_ns >= 0);
    if (hax_event_count_read(events) == seen)
        sleep_on(&events->count, seen, timeout_ns);
}
