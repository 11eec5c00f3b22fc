/* How long threads waited for processors, read from a made-up /proc/PID/task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run_delay.h"

static char folder[] = "run_delay_XXXXXX";

static void write_file(long thread, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%ld", folder, thread);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%ld/%s", folder, thread, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void set_thread(long thread, char state, double run_ms, double waited_ms)
{
    char text[80];
    snprintf(text, sizeof text, "%ld (a) S (b) %c 1 1 1 0 -1", thread, state);
    write_file(thread, "stat", text);
    snprintf(text, sizeof text, "%.0f %.0f 77\n", run_ms * 1e6, waited_ms * 1e6);
    write_file(thread, "schedstat", text);
}

static void remove_thread(long thread)
{
    static const char *const names[] = { "/stat", "/schedstat", "" };
    for (int n = 0; n < 3; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%ld%s", folder, thread, names[n]);
        remove(path);
    }
}

static double read_step(hax_run_delay *delay)
{
    return hax_run_delay_read(delay, folder, 0.05);
}

static void the_thread_that_waited_longest_counts(void **state)
{
    hax_run_delay delay = { 0 };
    (void) state;
    set_thread(11, 'R', 100, 900);
    set_thread(12, 'S', 5, 30);
    assert_true(read_step(&delay) == 0); /* nothing to compare with */
    set_thread(11, 'R', 150, 900);       /* it had a processor */
    set_thread(12, 'S', 6, 32);
    assert_float_equal(read_step(&delay), 0.002, 1e-9);
    set_thread(11, 'R', 170, 930);
    assert_float_equal(read_step(&delay), 0.030, 1e-9);
    set_thread(11, 'S', 170, 930); /* it sleeps: nobody keeps it from running */
    assert_true(read_step(&delay) == 0);
    remove_thread(11);
    remove_thread(12);
}

static void who_waits_still_is_told_by_its_state(void **state)
{
    hax_run_delay delay = { 0 };
    (void) state;
    set_thread(11, 'R', 100, 900);
    read_step(&delay);
    assert_float_equal(read_step(&delay), 0.05, 1e-9); /* runnable, but it has not run */
    set_thread(11, 'R', 110, 900);
    assert_float_equal(read_step(&delay), 0.04, 1e-9);
    set_thread(11, 'S', 111, 1400); /* a wait is over: more than the step, but for what was told */
    assert_float_equal(read_step(&delay), 0.41, 1e-9);
    set_thread(11, 'D', 111, 1400); /* a disk or a device has it */
    assert_true(read_step(&delay) == 0);
    remove_thread(11);
}

/* Its turn comes at every third reading: two thirds of the time are a wait, and no more. */
static void no_wait_counts_twice(void **state)
{
    hax_run_delay delay = { 0 };
    double waited_s = 0, run_ms = 0, told_ms = 0;
    (void) state;
    set_thread(11, 'R', 0, 0);
    read_step(&delay);
    for (int turn = 0; turn < 20; turn++) {
        for (int step = 0; step < 3; step++) {
            run_ms += step == 2 ? 50 : 0;
            told_ms += step == 2 ? 100 : 0; /* the kernel adds a wait when it is over */
            set_thread(11, 'R', run_ms, told_ms);
            waited_s += read_step(&delay);
        }
    }
    assert_float_equal(waited_s, 20 * 0.1, 1e-6);
    remove_thread(11);
}

static void threads_come_and_go(void **state)
{
    hax_run_delay delay = { 0 };
    (void) state;
    set_thread(11, 'S', 100, 900);
    read_step(&delay);
    set_thread(12, 'R', 0, 700); /* new: when its wait was is not known */
    assert_true(read_step(&delay) == 0);
    remove_thread(11);
    set_thread(12, 'R', 50, 720);
    assert_float_equal(read_step(&delay), 0.02, 1e-9);
    assert_int_equal(delay.count, 1);
    write_file(12, "schedstat", "not numbers\n");
    assert_true(read_step(&delay) == 0);
    remove_thread(12);
    for (int t = 0; t < HAX_RUN_DELAY_THREADS + 2; t++)
        set_thread(1000 + t, 'S', 1, 1);
    assert_true(read_step(&delay) == 0);
    assert_int_equal(delay.count, HAX_RUN_DELAY_THREADS);
    for (int t = 0; t < HAX_RUN_DELAY_THREADS + 2; t++)
        remove_thread(1000 + t);
}

static void nothing_is_known_without_the_files(void **state)
{
    hax_run_delay delay = { 0 };
    (void) state;
    assert_true(hax_run_delay_read(&delay, "no/such/folder", 0.05) == 0);
    assert_int_equal(delay.count, 0);
}

static int make_folder(void **state)
{
    (void) state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void) state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thread_that_waited_longest_counts),
        cmocka_unit_test(who_waits_still_is_told_by_its_state),
        cmocka_unit_test(no_wait_counts_twice),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(nothing_is_known_without_the_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
