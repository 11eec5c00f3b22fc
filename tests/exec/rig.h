/*
 * A session over two kinds of units, the second of which may be faulty, and what tests look up
 * about processes.
 */
#ifndef TESTS_EXEC_RIG_H
#define TESTS_EXEC_RIG_H

#include "fixture.h"
#include "processes.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Until a fault is in place nothing may count as a hang, however busy the machine is. */
static const double patient_s = 100;

typedef struct rig {
    trio platform;
    chain net;
    hax_session_instance instance;
    hax_watch watch;
    hax_session *session;
} rig;

/* With traffic, opening takes much longer. */
static inline hax_status rig_try(rig *rig, const char *first, const char *second, bool traffic,
                                 hax_error *err)
{
    int cpus[2];
    usable_cpus(cpus);
    memset(rig, 0, sizeof *rig);
    trio_make(&rig->platform, first, cpus);
    rig->platform.kinds[1].driver = second;
    rig->net = chain_make();
    rig->instance = (hax_session_instance){ "a", rig->net.model, rig->net.grouping };
    rig->watch = hax_watch_default();
    rig->watch.hang_s = patient_s;
    const hax_session_config config = { .platform = &rig->platform.platform,
                                        .instance_count = 1,
                                        .instances = &rig->instance,
                                        .traffic = traffic,
                                        .watch = &rig->watch };
    return hax_session_open(&config, &rig->session, err);
}

static inline void rig_open(rig *rig, const char *first, const char *second)
{
    hax_error err = { 0 };
    if (rig_try(rig, first, second, false, &err) != HAX_OK)
        fail_msg("%s", err.message);
}

/* Closes, and makes sure that no child is left. */
static inline void rig_close(rig *rig)
{
    hax_session_close(rig->session);
    chain_free(&rig->net);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* The network's groups on the second unit. */
static const hax_plan_job whole[] = {
    { .unit = 1, .group = 0, .after = -1 },
    { .unit = 1, .group = 1, .after = -1 },
    { .unit = 1, .group = 2, .after = -1 },
};
static const hax_plan whole_plan = { 3, whole };

static inline hax_status rig_run(rig *rig, hax_error *err)
{
    hax_stamp stamps[3];
    return hax_session_execute(rig->session, &whole_plan, stamps, err);
}

/* The state letter of a process in /proc, '-' when there is none. */
static inline char state_of(pid_t pid)
{
    char path[40], line[300] = "", *end;
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return '-';
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    return read && (end = strrchr(line, ')')) && end[1] ? end[2] : '-';
}

/* Waits until a process is in one of these states; what it waits for may take long but comes. */
static inline bool await_state(pid_t pid, const char *letters)
{
    for (int looks = 0; looks < 4000; looks++) {
        if (strchr(letters, state_of(pid)))
            return true;
        nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
    }
    return false;
}

/* Has it died? Whoever inherited it may not have looked yet. */
static inline bool await_death(pid_t pid)
{
    return await_state(pid, "-ZX");
}

static inline void await_int(_Atomic int *value, int at_least)
{
    for (int looks = 0; looks < 20000 && atomic_load(value) < at_least; looks++)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    assert_true(atomic_load(value) >= at_least);
}

#endif
