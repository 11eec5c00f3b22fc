/* Fits of tables whose answer is known: made from a model, by hand, or broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/contention.h"

static const hax_contention_fit *fit_text(const char *text)
{
    const hax_pressure_table *table = NULL;
    const hax_contention_fit *fit = NULL;
    hax_error err = { 0 };
    if (hax_pressure_table_parse(text, strlen(text), "table.txt", &table, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(hax_contention_fit_make(table, HAX_FIT_ERROR_LIMIT, &fit, &err), HAX_OK);
    hax_pressure_table_destroy(table);
    return fit;
}

static double value(const hax_contention_fit *fit, double own, double external)
{
    return hax_slowdown_value(hax_contention_fit_slowdown(fit), own, external);
}

/* By hand: the two smallest kernels lose 1 and 2 % at most; twice the smallest kernel's loss is
 * 2 %. Kernels 30 and 40 lose it first under 20 and under 10: TBWDC is the mean of 50 and
 * 50. Kernel 50 loses it at once. */
static void the_six_numbers_follow_the_published_recipe(void **state)
{
    (void) state;
    const hax_contention_fit *fit = fit_text("5\n10 20 30 40 50\n"
                                             "5\n5 10 20 30 40\n"
                                             "9.9 9.9 9.9 9.9 9.9\n"
                                             "20 20 19.8 19.7 19.6\n"
                                             "30 30 27 24 24\n"
                                             "40 36 28 28 28\n"
                                             "45 40 30 30 30\n");
    const hax_pccs *p = &fit->pccs.slowdown.pccs;
    assert_true(fit->minor_region);
    assert_float_equal(p->normal_gbps, 20, 1e-9);
    assert_float_equal(p->intensive_gbps, 50, 1e-9);
    assert_float_equal(p->mrmc_percent, 2, 1e-9);
    assert_float_equal(p->tbwdc_gbps, 50, 1e-9);
    /* falls end under 40 and 30; each is read one pressure behind, the sum divided by three */
    assert_float_equal(p->cbp_gbps, (40 + 40) / 3.0, 1e-9);
    /* slopes up to 26.7: 0 and 1, 2 and 2 % per GB/s */
    assert_float_equal(p->rate_percent_per_gbps, (0.5 + 2) / 2, 1e-9);
    hax_contention_fit_destroy(fit);
}

static void without_a_minor_region_slowdowns_remain(void **state)
{
    (void) state;
    const hax_contention_fit *fit = fit_text("3\n5 10 20\n3\n5 10 20\n4 3 2.5\n8 6 5\n15 11 9\n");
    const hax_pccs *p = &fit->pccs.slowdown.pccs;
    assert_false(fit->minor_region);
    assert_true(p->rate_percent_per_gbps > 0 && p->cbp_gbps > 0);
    assert_true(hax_slowdown_value(&fit->pccs.slowdown, 10, 20) > 1.3);
    assert_true(value(fit, 10, 20) > 1.3);
    hax_contention_fit_destroy(fit);
}

static void what_the_three_regions_miss_the_table_has(void **state)
{
    (void) state;
    const hax_contention_fit *fit =
        fit_text("4\n10 20 30 40\n4\n10 20 30 40\n"
                 "10 10 10 9.9\n20 12 12 12\n30 30 15 15\n40 40 40 10\n");
    assert_int_equal(fit->chosen, HAX_SLOWDOWN_TABLE);
    assert_true(fit->pccs.error.median > fit->error_limit || fit->repaired_cells > 0);
    assert_true(fit->bilinear.error.median <= fit->pccs.error.median);
    hax_contention_fit_destroy(fit);
}

/* Near what was measured (limit 5 %), and no worse on kernels that were left out: only both
 * together speak for the regions. */
static void the_choice_looks_at_what_was_left_out(void **state)
{
    static const struct {
        const char *what, *table;
        bool near, beaten;
    } cases[] = {
        { "near, and better left out",
          "4\n10 20 30 40\n3\n10 20 30\n9.5 9.5 9.5\n"
          "19.5 19 19.5\n30 29 29\n39 36 35\n",
          true, false },
        { "near, and worse left out", /* a smooth loss: o / (1 + o e / 9000) */
          "4\n5 10 20 30\n4\n5 10 20 30\n4.986 4.972 4.945 4.918\n9.945 9.89 9.783 9.677\n"
          "19.78 19.57 19.15 18.75\n29.51 29.03 28.12 27.27\n",
          true, true },
        { "far, and worse left out", /* o / (1 + o e / 1800) */
          "4\n5 10 20 30\n4\n5 10 20 30\n4.932 4.865 4.737 4.615\n9.73 9.474 9 8.571\n"
          "18.95 18 16.36 15\n27.69 25.71 22.5 20\n",
          false, true },
        { "far, though better left out",
          "4\n10 20 30 40\n3\n10 20 30\n9.5 9.5 9.5\n"
          "19 19.5 19.5\n29 26 26\n34.5 29.5 29.5\n",
          false, false },
        { "near, nothing to leave out", "2\n10 20\n2\n10 20\n10 10\n20 19.9\n", true, false },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_contention_fit *fit = fit_text(cases[c].table);
        print_message("%s\n", cases[c].what);
        assert_int_equal(fit->pccs.error.p95 <= fit->error_limit, cases[c].near);
        assert_int_equal(fit->pccs.left_out.p95 > fit->bilinear.left_out.p95, cases[c].beaten);
        assert_int_equal(isnan(fit->pccs.left_out.p95) != 0, fit->table.own_count < 3);
        assert_int_equal(fit->chosen, cases[c].near && !cases[c].beaten ? HAX_SLOWDOWN_PCCS
                                                                        : HAX_SLOWDOWN_TABLE);
        assert_int_equal(hax_contention_fit_slowdown(fit)->kind, fit->chosen);
        hax_contention_fit_destroy(fit);
    }
}

static void the_table_form_never_falls(void **state)
{
    (void) state;
    const hax_contention_fit *fit =
        fit_text("3\n10 20 30\n3\n10 20 30\n9 8 9\n19 14 15\n20 25 28\n");
    const double *table = fit->bilinear.slowdown.slowdown;
    assert_true(fit->repaired_cells > 0 && fit->repaired_most > 0.01);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            assert_true(table[3 * i + j] >= 1);
            assert_true(j == 0 || table[3 * i + j] >= table[3 * i + j - 1]);
            assert_true(i == 0 || table[3 * i + j] >= table[3 * (i - 1) + j]);
        }
    }
    hax_contention_fit_destroy(fit);
}

static void nothing_noticed_is_no_slowdown(void **state)
{
    (void) state;
    const hax_contention_fit *fit = fit_text("3\n10 20 30\n2\n10 20\n10 10\n20 20\n30 30\n");
    assert_true(fit->minor_region);
    assert_float_equal(value(fit, 30, 20), 1, 1e-9);
    assert_float_equal(fit->pccs.error.max, 0, 1e-9);
    assert_int_equal(fit->chosen, HAX_SLOWDOWN_PCCS);
    hax_contention_fit_destroy(fit);
}

/* The document's slowdown is one that a problem takes. */
static void a_fit_goes_into_a_problem(void **state)
{
    (void) state;
    const hax_contention_fit *fit = fit_text("3\n5 10 20\n3\n5 10 20\n4 3 2.5\n8 6 5\n15 11 9\n");
    char *json = NULL, *svg = NULL;
    assert_int_equal(hax_contention_fit_text(fit, &json, NULL), HAX_OK);
    assert_non_null(strstr(json, "\"schema\": \"haxconn/contention-fit\""));
    assert_int_equal(hax_contention_fit_svg(fit, &svg, NULL), HAX_OK);
    assert_non_null(strstr(svg, "</svg>"));
    free(json);
    free(svg);
    hax_contention_fit_destroy(fit);
}

static void broken_tables_are_refused_with_the_place(void **state)
{
    static const struct {
        const char *text, *says;
        int line, column;
    } cases[] = {
        { "", "the table ends where the number of kernels should be", 1, 1 },
        { "1\n10\n", "2 to 1000 are possible", 1, 1 },
        { "2\n10 ten\n", "expected a bandwidth in GB/s", 2, 4 },
        { "2\n10 -20\n", "must be positive", 2, 4 },
        { "2\n20 10\n", "bandwidths must rise", 2, 4 },
        { "2\n10 20\n2\n5 10\n1 1\n1\n", "the table ends", 7, 1 },
        { "2\n10 20\n2\n5 10\n1 1\n1 1 1\n", "more numbers", 6, 5 },
        { "2\n10 nan\n", "expected a bandwidth", 2, 4 },
    };
    (void) state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const hax_pressure_table *table = NULL;
        hax_error err = { 0 };
        assert_int_equal(
            hax_pressure_table_parse(cases[c].text, strlen(cases[c].text), "t", &table, &err),
            HAX_BAD_INPUT);
        assert_null(table);
        assert_non_null(strstr(err.message, cases[c].says));
        assert_int_equal(err.line, cases[c].line);
        assert_int_equal(err.column, cases[c].column);
    }
}

static void the_published_ratio_is_there_for_imports(void **state)
{
    (void) state;
    assert_float_equal(hax_demand_by_ratio(60, 40, 30), 45, 1e-12);
    assert_float_equal(hax_demand_by_ratio(60, 0, 30), 0, 0);
    assert_float_equal(hax_demand_by_ratio(-1, 40, 30), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_six_numbers_follow_the_published_recipe),
        cmocka_unit_test(without_a_minor_region_slowdowns_remain),
        cmocka_unit_test(what_the_three_regions_miss_the_table_has),
        cmocka_unit_test(the_choice_looks_at_what_was_left_out),
        cmocka_unit_test(the_table_form_never_falls),
        cmocka_unit_test(nothing_noticed_is_no_slowdown),
        cmocka_unit_test(a_fit_goes_into_a_problem),
        cmocka_unit_test(broken_tables_are_refused_with_the_place),
        cmocka_unit_test(the_published_ratio_is_there_for_imports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
