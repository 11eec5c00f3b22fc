#include "steal.h"

#include <stdio.h>
#include <unistd.h>

/* The eighth number of the first line of Linux' /proc/stat, in ticks of the clock. */
double hax_steal_ms(void)
{
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    unsigned long long ticks = 0;
    int found = fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks);
    fclose(file);
    long per_second = sysconf(_SC_CLK_TCK);
    return found == 1 && per_second > 0 ? 1000.0 * (double) ticks / (double) per_second : 0;
}

bool hax_steal_disturbs(double stolen_ms, double took_ms, int processors)
{
    static const double share = 0.02; /* a time slice of the host in a round of 0.2 s */
    return stolen_ms > share * took_ms * processors;
}
