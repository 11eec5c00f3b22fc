/* Percentiles of a histogram against those of the sorted times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "histogram.h"
#include "random.h"

enum { TIMES = 1000, ROUNDS = 200 };

static int by_value(const void *a, const void *b)
{
    int64_t first = *(const int64_t *) a, second = *(const int64_t *) b;
    return first < second ? -1 : first > second;
}

static void nothing_has_no_percentile(void **state)
{
    static hax_histogram histogram;
    (void) state;
    assert_true(isnan(hax_histogram_percentile_ms(&histogram, 50)));
}

static void small_times_are_exact(void **state)
{
    static hax_histogram histogram;
    (void) state;
    for (int64_t ns = 0; ns <= 200; ns++)
        hax_histogram_add(&histogram, ns);
    assert_true(hax_histogram_percentile_ms(&histogram, 0) == 0);
    assert_true(hax_histogram_percentile_ms(&histogram, 50) == 1e-6 * 100);
    assert_true(hax_histogram_percentile_ms(&histogram, 100) == 1e-6 * 200);
}

/* Never below, at most 1/128 above; the largest exactly. */
static void percentiles_are_those_of_the_sorted_times(void **state)
{
    static hax_histogram histogram;
    static int64_t times[TIMES];
    static const double percents[] = { 1, 25, 50, 95, 99, 99.9, 100 };
    hax_random random = { 7 };
    (void) state;
    for (int round = 0; round < ROUNDS; round++) {
        int count = 1 + (int) hax_random_below(&random, TIMES);
        int bits = 1 + (int) hax_random_below(&random, 62);
        histogram = (hax_histogram){ 0 };
        for (int i = 0; i < count; i++) {
            times[i] = (int64_t) (hax_random_next(&random) >> (64 - bits));
            hax_histogram_add(&histogram, times[i]);
        }
        qsort(times, (size_t) count, sizeof *times, by_value);
        for (size_t p = 0; p < sizeof percents / sizeof *percents; p++) {
            int rank = (int) ceil(percents[p] / 100 * count);
            double right = 1e-6 * (double) times[rank > 0 ? rank - 1 : 0];
            double told = hax_histogram_percentile_ms(&histogram, percents[p]);
            assert_true(told >= right && told <= right * (1 + 1.0 / 128));
        }
        assert_true(hax_histogram_percentile_ms(&histogram, 100) ==
                    1e-6 * (double) times[count - 1]);
    }
}

/* A time before its release can be by a clock's grain; it counts as none. */
static void what_is_below_zero_counts_as_none(void **state)
{
    static hax_histogram histogram;
    (void) state;
    hax_histogram_add(&histogram, -5);
    assert_true(hax_histogram_percentile_ms(&histogram, 100) == 0);
    hax_histogram_add(&histogram, INT64_MAX);
    assert_true(hax_histogram_percentile_ms(&histogram, 100) == 1e-6 * (double) INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_percentile),
        cmocka_unit_test(small_times_are_exact),
        cmocka_unit_test(percentiles_are_those_of_the_sorted_times),
        cmocka_unit_test(what_is_below_zero_counts_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
