/*
 * Signals and stops from outside: what the whole process group gets, what single workers get, and
 * coordinators that die or whose threads end.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <pthread.h>
#include <sys/mman.h>

#include "faulty.h"

/* Shared by a test and the coordinators it forks. */
typedef struct meeting {
    _Atomic int ready;
    _Atomic int go;
} meeting;

static meeting *meet(void)
{
    void *made =
        mmap(NULL, sizeof(meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(made != MAP_FAILED);
    return made;
}

/* Forks a coordinator with a process group of its own. */
static pid_t coordinator(int (*life)(meeting *), meeting *meeting)
{
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        _exit(life(meeting));
    }
    setpgid(pid, pid);
    return pid;
}

static int exit_code(pid_t pid)
{
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

static int workers_of(pid_t process, pid_t *pids)
{
    int count = children(process, pids, 8);
    if (count < 0)
        skip(); /* a kernel without the list of children */
    assert_int_equal(count, 2);
    return count;
}

/* ---- stops --------------------------------------------------------------------------------- */

/* Runs a job that waits to be released, under a limit that the stop outlasts by far. */
static int runs_one_round(meeting *meeting)
{
    rig context;
    hax_error err = { 0 };
    fault_plan_clear();
    rig_open(&context, "portable", "faulty");
    fault_plan_set(CALL_RUN, FAULT_WAIT);
    context.watch.hang_s = 1;
    atomic_store(&meeting->ready, 1);
    hax_status status = rig_run(&context, &err);
    if (status != HAX_OK)
        print_error("%s\n", err.message);
    hax_session_close(context.session);
    return status == HAX_OK ? 0 : 1;
}

static void stop_and_continue(int number)
{
    meeting *with = meet();
    fault_plan_clear();
    pid_t pid = coordinator(runs_one_round, with), workers[8];
    await_int(&with->ready, 1);
    await_int(&fault_plan_get()->hits, 1); /* the job is under way */
    int count = workers_of(pid, workers);
    kill(-pid, number);
    assert_true(await_state(pid, "T"));
    for (int w = 0; w < count; w++)
        assert_true(await_state(workers[w], "T"));
    nanosleep(&(struct timespec){ 1, 500 * 1000000 }, NULL); /* longer than the limit */
    atomic_store(&fault_plan_get()->released, 1);
    kill(-pid, SIGCONT);
    assert_int_equal(exit_code(pid), 0);
    munmap(with, sizeof *with);
}

static void a_stop_of_the_whole_group_is_no_hang(void **state)
{
    (void) state;
    stop_and_continue(SIGSTOP);
}

/* Ctrl-Z reaches the foreground group so. In a group that nobody controls (its parent is in
 * another session, as under some test runners) the kernel drops it: asked first. */
static void ctrl_z_and_fg_are_no_hang(void **state)
{
    (void) state;
    pid_t probe = fork();
    if (probe == 0) {
        setpgid(0, 0);
        kill(getpid(), SIGTSTP);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(probe, &how, WUNTRACED), probe);
    if (!WIFSTOPPED(how))
        skip();
    kill(probe, SIGKILL);
    waitpid(probe, NULL, 0);
    stop_and_continue(SIGTSTP);
}

static void a_stopped_worker_is_named(void **state)
{
    (void) state;
    rig context;
    hax_error err = { 0 };
    pid_t pids[8];
    fault_plan_clear();
    rig_open(&context, "null", "null");
    workers_of(getpid(), pids);
    kill(pids[1], SIGSTOP);
    assert_true(await_state(pids[1], "T"));
    assert_int_equal(rig_run(&context, &err), HAX_WORKER_LOST);
    assert_non_null(strstr(err.message, "kind 'second' was stopped by signal 19"));
    rig_close(&context);
}

/* ---- signals to the group ------------------------------------------------------------------ */

/* What a terminal sends, and a SIGTERM to the group, is answered by the coordinator alone. */
static void workers_leave_group_signals_to_the_coordinator(void **state)
{
    (void) state;
    static const int numbers[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCONT };
    rig context;
    hax_error err = { 0 };
    pid_t pids[8];
    rig_open(&context, "null", "null");
    int count = workers_of(getpid(), pids);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        for (int w = 0; w < count; w++)
            kill(pids[w], numbers[n]);
    assert_int_equal(rig_run(&context, &err), HAX_OK);
    rig_close(&context);
}

/* ---- dead workers -------------------------------------------------------------------------- */

/* Nobody but the limit, which is far away, would notice: the kernel reaps children at once. */
static int ignores_children(meeting *meeting)
{
    (void) meeting;
    rig context;
    hax_error err = { 0 };
    pid_t pids[8];
    signal(SIGCHLD, SIG_IGN);
    rig_open(&context, "null", "null");
    if (children(getpid(), pids, 8) != 2)
        return 2;
    kill(pids[1], SIGKILL);
    while (kill(pids[1], 0) == 0)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    hax_status status = rig_run(&context, &err);
    bool named = strstr(err.message, "the worker process of kind 'second' has died") != NULL;
    hax_session_close(context.session);
    return status == HAX_WORKER_LOST && named && kill(pids[0], 0) != 0 ? 0 : 1;
}

static void dead_workers_are_noticed_where_children_are_ignored(void **state)
{
    (void) state;
    pid_t pids[8];
    if (children(getpid(), pids, 8) < 0)
        skip();
    assert_int_equal(exit_code(coordinator(ignores_children, NULL)), 0);
}

/* ---- coordinators that die, threads that end ------------------------------------------------- */

static int opens_and_waits(meeting *meeting)
{
    rig context;
    rig_open(&context, "null", "null");
    atomic_store(&meeting->ready, 1);
    while (pause() != 0)
        continue;
    return 0;
}

static void kill_coordinator(int (*life)(meeting *), bool stop_first)
{
    meeting *with = meet();
    pid_t pid = coordinator(life, with), workers[8];
    await_int(&with->ready, 1);
    int count = workers_of(pid, workers);
    if (stop_first) {
        kill(workers[0], SIGSTOP);
        assert_true(await_state(workers[0], "T"));
    }
    kill(pid, SIGKILL);
    assert_int_equal(exit_code(pid), 128 + SIGKILL);
    for (int w = 0; w < count; w++)
        assert_true(await_death(workers[w]));
    munmap(with, sizeof *with);
}

static void workers_die_with_their_coordinator(void **state)
{
    (void) state;
    kill_coordinator(opens_and_waits, false);
}

static void stopped_workers_die_with_their_coordinator_too(void **state)
{
    (void) state;
    kill_coordinator(opens_and_waits, true);
}

static void *open_rig(void *argument)
{
    rig_open(argument, "null", "null");
    return NULL;
}

static void open_in_a_thread_that_ends(rig *rig)
{
    pthread_t thread;
    pid_t pids[8];
    assert_int_equal(pthread_create(&thread, NULL, open_rig, rig), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    /* pthread_join returns before the kernel has told the workers: they are ours when it has */
    for (int looks = 0; looks < 4000 && children(getpid(), pids, 8) == 0; looks++)
        nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
}

static void a_session_outlives_the_thread_that_opened_it(void **state)
{
    (void) state;
    rig context;
    hax_error err = { 0 };
    open_in_a_thread_that_ends(&context);
    for (int round = 0; round < 20; round++) {
        if (rig_run(&context, &err) != HAX_OK)
            fail_msg("%s", err.message);
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
    rig_close(&context);
}

static int opens_in_a_thread_and_waits(meeting *meeting)
{
    rig context;
    open_in_a_thread_that_ends(&context);
    atomic_store(&meeting->ready, 1);
    while (pause() != 0)
        continue;
    return 0;
}

static void workers_die_with_their_coordinator_after_the_thread(void **state)
{
    (void) state;
    kill_coordinator(opens_in_a_thread_and_waits, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_of_the_whole_group_is_no_hang),
        cmocka_unit_test(ctrl_z_and_fg_are_no_hang),
        cmocka_unit_test(a_stopped_worker_is_named),
        cmocka_unit_test(workers_leave_group_signals_to_the_coordinator),
        cmocka_unit_test(dead_workers_are_noticed_where_children_are_ignored),
        cmocka_unit_test(workers_die_with_their_coordinator),
        cmocka_unit_test(stopped_workers_die_with_their_coordinator_too),
        cmocka_unit_test(a_session_outlives_the_thread_that_opened_it),
        cmocka_unit_test(workers_die_with_their_coordinator_after_the_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
