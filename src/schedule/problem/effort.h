/* How long work goes on that a limit may end. */
#ifndef HAX_SCHEDULE_PROBLEM_EFFORT_H
#define HAX_SCHEDULE_PROBLEM_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

/* Counts work in steps of a few nanoseconds, at most some hundred thousand at once: the clock is
 * looked at now and then. false when it is time to stop. */
typedef bool hax_spend(void *context, uint64_t steps);

typedef struct hax_effort {
    hax_spend *spend; /* NULL: no limit */
    void *context;
} hax_effort;

static inline bool hax_effort_spend(const hax_effort *from, uint64_t steps)
{
    return !from || !from->spend || from->spend(from->context, steps);
}

#endif
