/* Gaps are found as by looking through all that a unit is busy with, in far fewer steps. */
#include <math.h>
#include <stdlib.h>

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "free_time.h"
#include "instrumented.h"
#include "random.h"

enum { STRETCHES = 60 };

typedef struct stretch {
    double start_ms, end_ms;
} stretch;

/* The earliest time at which nothing is busy: at first, or at the end of some stretch. */
static double first_by_trying(const stretch *busy, int count, double from_ms, double length_ms)
{
    double first_ms = INFINITY;
    for (int n = -1; n < count; n++) {
        const double start_ms = n < 0 ? from_ms : busy[n].end_ms;
        bool free_then = start_ms >= from_ms;
        for (int b = 0; b < count; b++)
            free_then = free_then &&
                        (busy[b].start_ms >= start_ms + length_ms || busy[b].end_ms <= start_ms);
        if (free_then)
            first_ms = fmin(first_ms, start_ms);
    }
    return first_ms;
}

/* Whole numbers, so that stretches touch and lie upon each other, some of no length. */
static void gaps_are_those_found_by_trying(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= TEST_COUNT(3000); seed++) {
        hax_random random = { seed };
        const uint64_t span = 20 + hax_random_below(&random, 300);
        stretch busy[STRETCHES];
        hax_free_time free_time;
        assert_true(hax_free_time_open(&free_time));
        for (int n = 0; n < STRETCHES; n++) {
            const double from_ms = (double) hax_random_below(&random, span);
            const double length_ms = (double) hax_random_below(&random, 12);
            const double first_ms = hax_free_time_first(&free_time, from_ms, length_ms);
            assert_true(first_ms == first_by_trying(busy, n, from_ms, length_ms));
            const bool there = hax_random_below(&random, 3) > 0; /* else anywhere */
            busy[n].start_ms = there ? first_ms : (double) hax_random_below(&random, span);
            busy[n].end_ms = busy[n].start_ms + length_ms;
            if (length_ms == 0) /* that keeps nobody away */
                busy[n].start_ms = busy[n].end_ms = -1;
            assert_true(hax_free_time_take(&free_time, busy[n].start_ms, busy[n].end_ms));
        }
        hax_free_time_close(&free_time);
    }
}

/* As many gaps as there may be groups, all but the last too short. */
static void short_gaps_are_passed_over(void **state)
{
    enum { GAPS = TEST_COUNT(20000), STEPS_MOST = 120 };
    (void) state;
    hax_free_time free_time;
    hax_random random = { 3 };
    assert_true(hax_free_time_open(&free_time));
    for (int g = 0; g < GAPS; g++)
        assert_true(hax_free_time_take(&free_time, 2.0 * g, 2.0 * g + 1.5));
    const uint64_t before = free_time.steps;
    for (int n = 0; n < GAPS; n++) {
        const double from_ms = (double) hax_random_below(&random, GAPS);
        assert_true(hax_free_time_first(&free_time, from_ms, 1) == 2.0 * GAPS - 0.5);
        assert_true(hax_free_time_first(&free_time, from_ms, 0.5) <= from_ms + 2);
    }
    assert_true(before <= (uint64_t) STEPS_MOST * GAPS);
    assert_true(free_time.steps - before <= 2 * (uint64_t) STEPS_MOST * GAPS);
    hax_free_time_close(&free_time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_are_those_found_by_trying),
        cmocka_unit_test(short_gaps_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
