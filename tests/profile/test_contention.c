/* Contention measured on a virtual clock whose law is known: the law must come out again. */
#include "fixture.h"
#include "haxconn/experiment.h"

#include <math.h>

#include "costs.h"

/* Units with a bandwidth and a law of slowdown; `both` shares everything and is never pressed. */
static void pressed_lab_make(lab *lab)
{
    lab_make(lab);
    lab->platform.kinds[0].law =
        (hax_law){ .overhead_ms = 1, .gmac_per_s = 1e-3, .gbps = 40, .slowdown_per_gbps = 0.02 };
    lab->platform.kinds[1].law =
        (hax_law){ .overhead_ms = 0.0001, .gbps = 20, .slowdown_per_gbps = 0.01 };
    lab->config.contention = true;
}

static void the_law_comes_out(void **state)
{
    (void) state;
    lab rig;
    pressed_lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    assert_non_null(profile->contention);
    assert_null(profile->contention[2].fit); /* nobody can run beside it */
    for (int u = 0; u < 2; u++) {
        const hax_unit_contention *unit_contention = &profile->contention[u];
        const double k = rig.platform.kinds[u].law.slowdown_per_gbps;
        assert_non_null(unit_contention->fit);
        assert_float_equal(unit_contention->peak_gbps[HAX_TRAFFIC_READ], u ? 20 : 40, 1e-4);
        assert_float_equal(unit_contention->together_gbps[HAX_TRAFFIC_READ],
                           40 / (1 + 0.02 * 20) + 20 / (1 + 0.01 * 40), 1e-4);
        for (double external = 2; external < 20; external += 3)
            assert_float_equal(
                hax_slowdown_value(hax_contention_fit_slowdown(unit_contention->fit), 15, external),
                1 + k * external, 2e-3);
    }
    hax_profile_destroy(profile);
    lab_free(&rig);
}

/* What a group demands is read off the slowdown of the pressers. */
static void demands_are_read_off_slowdowns(void **state)
{
    (void) state;
    lab rig;
    pressed_lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    for (int g = 0; g < 3; g++) {
        for (int u = 0; u < 2; u++) {
            const hax_group_cost *cost = &profile->networks[0].cost[g][u];
            assert_int_equal(cost->demand, HAX_DEMAND_BLACK_BOX);
            assert_float_equal(cost->gbps, cost->bytes / cost->run.p25 * 1e-6, 0.6);
        }
        assert_int_equal(profile->networks[0].cost[g][2].demand, HAX_DEMAND_COUNTED);
    }
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void contention_is_kept_and_read_back(void **state)
{
    (void) state;
    folder place = folder_make();
    lab rig;
    char *first, *second, *third;
    hax_error err = { 0 };
    const hax_profile *read = NULL;
    pressed_lab_make(&rig);
    rig.config.store_path = place.store;
    const hax_profile *measured = lab_measure(&rig), *kept = lab_measure(&rig);
    set_stored(kept, &measured->stored); /* the one difference there is to be */
    assert_int_equal(hax_profile_text(measured, &first, &err), HAX_OK);
    assert_int_equal(hax_profile_text(kept, &second, &err), HAX_OK);
    assert_string_equal(first, second);
    assert_int_equal(hax_profile_parse(first, strlen(first), "p.json", &read, &err), HAX_OK);
    assert_int_equal(hax_profile_text(read, &third, &err), HAX_OK);
    assert_string_equal(first, third);
    free(first);
    free(second);
    free(third);
    hax_profile_destroy(measured);
    hax_profile_destroy(kept);
    hax_profile_destroy(read);
    lab_free(&rig);
    folder_free(&place);
}

static void problems_carry_contention_unless_told_not_to(void **state)
{
    (void) state;
    lab rig;
    hax_error err;
    const hax_problem *problem, *without;
    const int instances[] = { 0, 0 };
    hax_problem_options options = hax_problem_options_default();
    pressed_lab_make(&rig);
    const hax_profile *profile = lab_measure(&rig);
    assert_int_equal(hax_profile_problem(profile, 2, instances, &options, &problem, &err), HAX_OK);
    options.ignore_contention = true;
    assert_int_equal(hax_profile_problem(profile, 2, instances, &options, &without, &err), HAX_OK);
    for (int u = 0; u < 3; u++) {
        assert_int_equal(problem->units[u].slowdown.kind == HAX_SLOWDOWN_NONE, u == 2);
        assert_int_equal(without->units[u].slowdown.kind, HAX_SLOWDOWN_NONE);
    }
    assert_true(problem->instances[0].groups[0].on[0].own_gbps > 0);
    hax_problem_destroy(problem);
    hax_problem_destroy(without);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

static void pressing_makes_the_demand_that_was_asked_for(void **state)
{
    (void) state;
    lab rig;
    hax_error err;
    hax_pressed_unit units[HAX_MAX_UNITS];
    pressed_lab_make(&rig);
    hax_press_config config = hax_press_config_default();
    config.platform = rig.config.platform;
    config.seconds = 0.1;
    config.gbps[0] = 5;
    config.gbps[1] = INFINITY;
    assert_int_equal(hax_press_measure(&config, units, &err), HAX_OK);
    assert_float_equal(units[0].peak_gbps, 40, 1e-3);
    assert_float_equal(units[0].alone_gbps, 5, 0.05);
    assert_float_equal(units[1].alone_gbps, 20, 1e-3);
    assert_float_equal(units[0].reached_gbps, 5 / (1 + 0.02 * 20), 0.05);
    assert_float_equal(units[1].reached_gbps, 20 / (1 + 0.01 * 5), 0.05);
    config.gbps[2] = 1; /* shares what the others run on */
    assert_int_equal(hax_press_measure(&config, units, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "share"));
    lab_free(&rig);
}

static void convolutions_demand_less_the_larger_their_kernels(void **state)
{
    (void) state;
    lab rig;
    hax_error err;
    const hax_profile *profile;
    pressed_lab_make(&rig);
    for (int k = 0; k < 2; k++)
        rig.platform.kinds[k].law.gmac_per_s = 100;
    assert_int_equal(hax_convolutions_measure(&rig.config, &profile, &err), HAX_OK);
    for (int input = 0; input < HAX_CONVOLUTION_INPUTS; input++)
        for (int kernel = 1; kernel < HAX_CONVOLUTION_KERNELS; kernel++)
            assert_true(hax_convolution_share(profile, input, kernel, 0) <
                        hax_convolution_share(profile, input, kernel - 1, 0));
    char *json;
    assert_int_equal(hax_convolutions_text(profile, &json, &err), HAX_OK);
    assert_non_null(strstr(json, "\"conv5\""));
    assert_non_null(strstr(json, "\"kernel5\""));
    free(json);
    hax_profile_destroy(profile);
    lab_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_law_comes_out),
        cmocka_unit_test(demands_are_read_off_slowdowns),
        cmocka_unit_test(contention_is_kept_and_read_back),
        cmocka_unit_test(problems_carry_contention_unless_told_not_to),
        cmocka_unit_test(pressing_makes_the_demand_that_was_asked_for),
        cmocka_unit_test(convolutions_demand_less_the_larger_their_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
