/* What tests of sessions look up about this machine and its processes; wants _GNU_SOURCE. */
#ifndef TESTS_EXEC_PROCESSES_H
#define TESTS_EXEC_PROCESSES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <sys/types.h>

/* Two processors this process may use; the same one twice where there is only one. */
static inline void usable_cpus(int cpus[2])
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    int found = 0;
    for (int c = 0; c < CPU_SETSIZE && found < 2; c++)
        if (CPU_ISSET(c, &set))
            cpus[found++] = c;
    if (found == 1)
        cpus[1] = cpus[0];
}

/* Processes that a thread of this process has forked; -1: this kernel does not tell. */
static inline int children(pid_t process, pid_t *pids, int max)
{
    char path[80];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int) process, (int) process);
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    int count = 0;
    for (int pid; count < max && fscanf(file, "%d", &pid) == 1;)
        pids[count++] = pid;
    fclose(file);
    return count;
}

#endif
