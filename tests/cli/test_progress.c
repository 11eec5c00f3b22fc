/* What progress says where there is no terminal. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "progress.h"

/* Standard error goes to a pipe meanwhile. */
static size_t hear(void (*tell)(const hax_watch *watch), char *said, size_t size)
{
    int ends[2], kept = dup(STDERR_FILENO);
    cli_progress progress;
    assert_true(kept >= 0);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    hax_watch watch = cli_progress_watch(&progress, true);
    tell(&watch);
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    close(kept);
    ssize_t length = read(ends[0], said, size - 1);
    close(ends[0]);
    assert_true(length >= 0);
    said[length] = '\0';
    return (size_t) length;
}

static void tell_from_one_text(const hax_watch *watch)
{
    static const char *const stages[] = { "sizes 1: building", "sizes 1: building",
                                          "sizes 1: measuring", "sizes 2: building" };
    char stage[40];
    for (int s = 0; s < 4; s++) {
        snprintf(stage, sizeof stage, "%s", stages[s]);
        const hax_progress progress = { .stage = stage, .done = -1, .seconds_left = -1 };
        watch->report(watch->context, &progress);
    }
}

/* Who reports may write the next stage where the last one stood. */
static void stages_are_told_though_their_text_moves(void **state)
{
    char said[400];
    (void) state;
    hear(tell_from_one_text, said, sizeof said);
    assert_string_equal(said, "haxconn: sizes 1: building\nhaxconn: sizes 1: measuring\n"
                              "haxconn: sizes 2: building\n");
}

static void tell_long(const hax_watch *watch)
{
    char stage[400];
    memset(stage, 'a', sizeof stage - 1);
    stage[sizeof stage - 1] = '\0';
    const hax_progress progress = { .stage = stage, .done = -1, .seconds_left = -1 };
    watch->report(watch->context, &progress);
    watch->report(watch->context, &progress);
}

static void a_long_stage_is_told_once(void **state)
{
    char said[1000];
    (void) state;
    assert_int_equal(hear(tell_long, said, sizeof said), 9 + 399 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_are_told_though_their_text_moves),
        cmocka_unit_test(a_long_stage_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
