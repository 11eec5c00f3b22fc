/*
 * How long threads of a process could have run and did not, as others had the processors, by the
 * Linux kernel's account: /proc/PID/task/TID/schedstat (time run, time waited while runnable, both
 * in ns) and the state in /proc/PID/task/TID/stat. What a thread waits is added there once it runs
 * again; until then its state says that it waits.
 */
#ifndef HAX_BASE_SYSTEM_RUN_DELAY_H
#define HAX_BASE_SYSTEM_RUN_DELAY_H

#include <stdint.h>

enum { HAX_RUN_DELAY_THREADS = 128 };

/* What was read last of a process's threads; zeros: nothing yet. */
typedef struct hax_run_delay {
    int count;
    struct {
        long thread;
        uint64_t run_ns, waited_ns;
        double told_early_s; /* by its state, of a wait that the kernel has yet to add */
    } threads[HAX_RUN_DELAY_THREADS];
} hax_run_delay;

/*
 * Reads them anew. Returns for how much of the last `step_s` seconds, which is the time since they
 * were read before, the thread that waited longest has waited: 0 when none did, the first time, and
 * where the kernel does not tell; it may be more than the step where a long wait has come to its
 * end. Threads beyond HAX_RUN_DELAY_THREADS are not looked at. `folder` is "/proc/PID/task".
 */
double hax_run_delay_read(hax_run_delay *delay, const char *folder, double step_s);

#endif
