/* What a signal does to the tool, by what has been asked for before: each in a child. */
#define _DEFAULT_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "interrupt.h"

enum { WENT_ON = 42, WENT_ON_UNASKED = 43 };

/* What a child did: its status, and what it said. */
typedef struct ending {
    int status;
    char said[200];
} ending;

static ending run(void (*child)(int number), int number)
{
    ending ending = { 0 };
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(number, SIG_DFL);
        child(number);
        _exit(hax_cancel_requested(cli_interrupt_flag()) ? WENT_ON : WENT_ON_UNASKED);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got;
         (got = read(ends[0], ending.said + length, sizeof ending.said - 1 - length)) > 0;)
        length += (size_t) got;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &ending.status, 0), pid);
    return ending;
}

static void expect_line(void (*child)(int number))
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        char line[64];
        const ending ending = run(child, numbers[n]);
        snprintf(line, sizeof line, "haxconn: %s\n", cli_interrupt_word(numbers[n]));
        assert_true(WIFEXITED(ending.status));
        assert_int_equal(WEXITSTATUS(ending.status), 128 + numbers[n]);
        assert_string_equal(ending.said, line);
    }
}

static void expect_to_go_on(void (*child)(int number), int how)
{
    const ending ending = run(child, SIGTERM);
    assert_true(WIFEXITED(ending.status));
    assert_int_equal(WEXITSTATUS(ending.status), how);
    assert_string_equal(ending.said, "");
}

static void expect_death(void (*child)(int number))
{
    const ending ending = run(child, SIGTERM);
    assert_true(WIFSIGNALED(ending.status));
    assert_int_equal(WTERMSIG(ending.status), SIGTERM);
}

/* ---- what children do ------------------------------------------------------------------------
 */

static void at_the_beginning(int number)
{
    cli_interrupt_begin();
    raise(number);
}

static void while_the_flag_is_looked_at(int number)
{
    cli_interrupt_begin();
    cli_interrupt_flag();
    raise(number);
}

static void a_second_time(int number)
{
    while_the_flag_is_looked_at(number);
    raise(number);
}

static void after_the_release(int number)
{
    cli_interrupt_begin();
    cli_interrupt_flag();
    cli_interrupt_release();
    raise(number);
}

/* Released again and again, as a program that plans more than once would. */
static void after_two_releases(int number)
{
    cli_interrupt_begin();
    for (int n = 0; n < 2; n++) {
        cli_interrupt_flag();
        cli_interrupt_release();
    }
    raise(number);
}

static void when_the_flag_is_taken_again(int number)
{
    cli_interrupt_begin();
    cli_interrupt_flag();
    cli_interrupt_release();
    cli_interrupt_flag();
    raise(number);
}

/* What was asked for stays asked for: the answer is given, only a second signal ends that. */
static void before_the_release(int number)
{
    while_the_flag_is_looked_at(number);
    cli_interrupt_release();
}

static void before_and_after_the_release(int number)
{
    before_the_release(number);
    raise(number);
}

static void ignored_from_the_beginning(int number)
{
    signal(number, SIG_IGN);
    cli_interrupt_begin();
    raise(number);
    cli_interrupt_flag();
    raise(number);
    cli_interrupt_release();
    raise(number);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void nobody_looks_at_the_flag(void **state)
{
    (void) state;
    expect_line(at_the_beginning);
    expect_line(after_the_release);
    expect_line(after_two_releases);
}

static void somebody_looks_at_the_flag(void **state)
{
    (void) state;
    expect_to_go_on(while_the_flag_is_looked_at, WENT_ON);
    expect_to_go_on(when_the_flag_is_taken_again, WENT_ON);
    expect_to_go_on(before_the_release, WENT_ON);
}

static void the_second_kills(void **state)
{
    (void) state;
    expect_death(a_second_time);
    expect_death(before_and_after_the_release);
}

static void what_was_ignored_stays_ignored(void **state)
{
    (void) state;
    expect_to_go_on(ignored_from_the_beginning, WENT_ON_UNASKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_looks_at_the_flag),
        cmocka_unit_test(somebody_looks_at_the_flag),
        cmocka_unit_test(the_second_kills),
        cmocka_unit_test(what_was_ignored_stays_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
