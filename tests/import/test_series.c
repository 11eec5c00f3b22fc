/* Fits of series of engines, against the truth they were made from and against brute force. */
#include "fixture.h"

#include "random.h"
#include "series.h"

enum { POINTS = 12 };

/* Totals behind each of `count` cuts, of pieces that are all positive. */
static void make_truth(hax_random *random, int count, double *truth)
{
    double sum = 0;
    for (int i = count - 1; i >= 0; i--) {
        sum += 0.05 + 0.3 * hax_random_unit(random);
        truth[i] = sum;
    }
}

static double normal(hax_random *random)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += hax_random_unit(random);
    return sum - 6;
}

static void set_points(hax_series_point *points, const double *totals, double sigma, int count)
{
    for (int i = 0; i < count; i++)
        points[i] = (hax_series_point){ .size = 10 * i, .total_ms = totals[i], .sigma_ms = sigma };
}

static void totals_without_noise_are_found_again(void **state)
{
    (void) state;
    hax_random random = { 3 };
    for (int round = 0; round < 50; round++) {
        double truth[POINTS];
        hax_series_point points[POINTS];
        hax_series_piece pieces[POINTS + 1];
        int count = 1 + (int) hax_random_below(&random, POINTS), found = 0;
        make_truth(&random, count, truth);
        set_points(points, truth, 0.01, count);
        assert_int_equal(hax_series_fit(points, count, pieces, &found, NULL), HAX_OK);
        assert_int_equal(found, count);
        for (int i = 0; i < count; i++) {
            double piece = truth[i] - (i + 1 < count ? truth[i + 1] : 0);
            assert_float_equal(pieces[i].ms, piece, 1e-12);
            assert_true(pieces[i].low_ms < piece && piece < pieces[i].high_ms);
        }
    }
}

/* Engines whose time is booked elsewhere have next to none: they are found, all of them, as long as
 * more good ones lie behind them, and the others are not touched. */
static void engines_without_their_time_are_left_out(void **state)
{
    (void) state;
    hax_random random = { 5 };
    for (int round = 0; round < 100; round++) {
        double truth[POINTS];
        bool broken[POINTS] = { false };
        hax_series_point points[POINTS];
        hax_series_piece pieces[POINTS + 1];
        int found = 0, kept = 0;
        make_truth(&random, POINTS, truth);
        set_points(points, truth, 0.005, POINTS);
        for (int i = 0; i < 3; i++) {
            int at = (int) hax_random_below(&random, POINTS - 4);
            broken[at] = true;
            points[at].total_ms = 0.02 * hax_random_unit(&random);
        }
        assert_int_equal(hax_series_fit(points, POINTS, pieces, &found, NULL), HAX_OK);
        for (int i = 0; i < POINTS; i++) {
            assert_int_equal(points[i].left_out, broken[i]);
            if (broken[i])
                continue;
            assert_int_equal(pieces[kept].from, i);
            assert_float_equal(points[i].fitted_ms, truth[i], 1e-12);
            kept++;
        }
        assert_int_equal(found, kept);
    }
}

/* The best series that never rises, over all ways of cutting it into blocks of one value. */
static double brute_force(const double *totals, int count, double *best)
{
    double least = INFINITY;
    for (unsigned cuts = 0; cuts < 1U << (count - 1); cuts++) {
        double value[POINTS], error = 0;
        bool falls = true;
        for (int i = 0; i < count;) {
            int end = i + 1;
            double sum = totals[i];
            while (end < count && !(cuts >> (end - 1) & 1))
                sum += totals[end++];
            for (int j = i; j < end; j++) {
                value[j] = fmax(sum / (end - i), 0);
                error += (totals[j] - value[j]) * (totals[j] - value[j]);
            }
            falls &= i == 0 || value[i - 1] >= value[i];
            i = end;
        }
        if (falls && error < least - 1e-15) {
            least = error;
            memcpy(best, value, (size_t) count * sizeof *best);
        }
    }
    return least;
}

static void the_regression_is_the_best_there_is(void **state)
{
    (void) state;
    hax_random random = { 9 };
    for (int round = 0; round < 200; round++) {
        double totals[POINTS], best[POINTS] = { 0 };
        hax_series_point points[POINTS];
        hax_series_piece pieces[POINTS + 1];
        int count = 2 + (int) hax_random_below(&random, 8), found = 0;
        for (int i = 0; i < count; i++)
            totals[i] = hax_random_unit(&random);
        set_points(points, totals, 10, count); /* nothing is far */
        assert_int_equal(hax_series_fit(points, count, pieces, &found, NULL), HAX_OK);
        brute_force(totals, count, best);
        assert_int_equal(found, count);
        for (int i = 0; i < count; i++) {
            assert_float_equal(points[i].fitted_ms, best[i], 1e-9);
            assert_true(pieces[i].ms >= 0 && pieces[i].low_ms >= 0);
        }
    }
}

/* Of ranges of 90 in 100, most hold the truth. */
static void ranges_hold_the_truth(void **state)
{
    (void) state;
    hax_random random = { 13 };
    int inside = 0, all = 0;
    for (int round = 0; round < 150; round++) {
        double truth[POINTS], totals[POINTS];
        hax_series_point points[POINTS];
        hax_series_piece pieces[POINTS + 1];
        int found = 0;
        make_truth(&random, POINTS, truth);
        for (int i = 0; i < POINTS; i++)
            totals[i] = truth[i] + 0.01 * normal(&random);
        set_points(points, totals, 0.01, POINTS);
        assert_int_equal(hax_series_fit(points, POINTS, pieces, &found, NULL), HAX_OK);
        for (int p = 0; p < found; p++, all++) {
            double piece =
                truth[pieces[p].from] - (pieces[p].to < POINTS ? truth[pieces[p].to] : 0);
            inside += piece >= pieces[p].low_ms && piece <= pieces[p].high_ms;
        }
    }
    assert_true(inside > 0.85 * all);
    assert_true(inside < 0.95 * all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_without_noise_are_found_again),
        cmocka_unit_test(engines_without_their_time_are_left_out),
        cmocka_unit_test(the_regression_is_the_best_there_is),
        cmocka_unit_test(ranges_hold_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
