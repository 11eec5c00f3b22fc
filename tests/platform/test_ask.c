/*
 * Questions answered in a child process, whatever becomes of it: the caller's process goes on. The
 * linker puts this file's hwloc_topology_load before the library's, so that hwloc can crash as it
 * does where one of its allocations fails.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "driver.h"
#include "platforms.h"
#include "traffic.h"

static bool crashing;

int __real_hwloc_topology_load(hwloc_topology_t topology);
int __wrap_hwloc_topology_load(hwloc_topology_t topology);

int __wrap_hwloc_topology_load(hwloc_topology_t topology)
{
    if (crashing) {
        signal(SIGSEGV, SIG_DFL); /* cmocka would take it for the test's end */
        raise(SIGSEGV);
    }
    return __real_hwloc_topology_load(topology);
}

static int restore(void **state)
{
    (void) state;
    crashing = false;
    return 0;
}

static hax_status repeat(const void *context, hax_text *answer, hax_error *err)
{
    (void) err;
    hax_text_append_bytes(answer, context, 5);
    return HAX_OK;
}

static hax_status refuse(const void *context, hax_text *answer, hax_error *err)
{
    (void) answer;
    return hax_fail_at(err, HAX_BAD_INPUT, "file", 3, 4, "no %s", (const char *) context);
}

static hax_status end(const void *context, hax_text *answer, hax_error *err)
{
    (void) answer, (void) err;
    if (context)
        raise(*(const int *) context);
    _exit(0);
}

static hax_status talk(const void *context, hax_text *answer, hax_error *err)
{
    (void) context, (void) err;
    for (int i = 0; i < (1 << 20) / 16 + 1; i++)
        hax_text_append(answer, "0123456789abcdef");
    return HAX_OK;
}

static hax_status ask(hax_question *question, const void *context, hax_text *answer, hax_error *err)
{
    *answer = (hax_text){ 0 };
    *err = (hax_error){ 0 };
    hax_status status = hax_ask_in_child("asking", question, context, answer, err);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
    return status;
}

static void answers_and_errors_come_back(void **state)
{
    (void) state;
    hax_text answer;
    hax_error err;
    assert_int_equal(ask(repeat, "ab\0cd", &answer, &err), HAX_OK);
    assert_int_equal(answer.length, 5);
    assert_memory_equal(answer.data, "ab\0cd", 6);
    hax_text_free(&answer);
    assert_int_equal(ask(refuse, "cake", &answer, &err), HAX_BAD_INPUT);
    assert_string_equal(err.message, "no cake");
    assert_int_equal(err.line, 3);
    assert_int_equal(answer.length, 0);
    assert_int_equal(ask(talk, NULL, &answer, &err), HAX_NO_MEMORY);
}

static void a_child_that_dies_is_an_error(void **state)
{
    (void) state;
    static const int number = SIGKILL;
    hax_text answer;
    hax_error err;
    assert_int_equal(ask(end, &number, &answer, &err), HAX_FAILURE);
    assert_non_null(strstr(err.message, "the process that was asking was killed by signal 9"));
    assert_int_equal(ask(end, NULL, &answer, &err), HAX_FAILURE);
    assert_non_null(strstr(err.message, "ended without an answer"));
    signal(SIGCHLD, SIG_IGN); /* then nobody can say how */
    assert_int_equal(ask(end, &number, &answer, &err), HAX_FAILURE);
    assert_int_equal(ask(repeat, "abcde", &answer, &err), HAX_OK);
    signal(SIGCHLD, SIG_DFL);
    hax_text_free(&answer);
}

static void hwloc_crashes_in_its_own_process(void **state)
{
    (void) state;
    static const char *const names[] = { "host", "spare", "emulated", "null" };
    const hax_platform *platform = NULL;
    hax_error err;
    int cpu, unit = 0;
    assert_int_equal(hax_platform_load("null", &platform, &err), HAX_OK);
    crashing = true;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        const hax_platform *none = NULL;
        assert_int_equal(hax_platform_load(names[n], &none, &err), HAX_FAILURE);
        assert_non_null(strstr(err.message, "reading this machine's topology was killed by"));
        assert_null(none);
    }
    assert_int_equal(hax_unit_spare_cpu(platform, &unit, 1, &cpu, &err), HAX_FAILURE);
    assert_true(hax_traffic_region_bytes() > 0); /* as where hwloc knows no cache */
    hax_platform_destroy(platform);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_and_errors_come_back),
        cmocka_unit_test(a_child_that_dies_is_an_error),
        cmocka_unit_test_teardown(hwloc_crashes_in_its_own_process, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
