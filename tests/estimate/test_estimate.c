/* The model on the shipped board: its properties, and what profiles take from whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/estimate.h"
#include "haxconn/profile.h"

static const hax_platform *board;

static int open_board(void **state)
{
    (void) state;
    return hax_platform_load("xavier-agx", &board, NULL) == HAX_OK ? 0 : -1;
}

static int close_board(void **state)
{
    (void) state;
    hax_platform_destroy(board);
    return 0;
}

static void the_numbers_are_possible(void **state)
{
    (void) state;
    const hax_calibration *calibration = NULL;
    hax_error err = { 0 };
    const hax_datasheet *sheet = board->datasheet;
    assert_int_equal(hax_calibration_make(board, true, &calibration, &err), HAX_OK);
    for (int k = 0; k < calibration->kind_count; k++) {
        const hax_calibrated_kind *kind = &calibration->kinds[k];
        assert_true(kind->launch_ms > 0 && kind->network_ms > 0);
        assert_true(kind->gmac_per_s > 0 &&
                    kind->gmac_per_s <= sheet->kinds[k].gmac_per_s.value * 1.000001);
        assert_true(kind->activation_gbps > 0 &&
                    kind->activation_gbps <= sheet->memory_gbps.value * 1.000001);
        assert_true(kind->weight_gbps > 0 &&
                    kind->weight_gbps <= sheet->memory_gbps.value * 1.000001);
        assert_true(kind->out_ms >= 0 && kind->out_gbps > 0);
        print_message("%s: groups of left-out networks within a factor of %.2f, networks %.2f\n",
                      board->kinds[k].name, exp(kind->group_error), exp(kind->network_error));
    }
    for (int r = 0; r < calibration->row_count; r++) {
        assert_true(calibration->rows[r].fitted_ms > 0);
        assert_true(calibration->rows[r].left_out_ms > 0);
    }
    assert_int_equal(calibration->row_count, 56);
    assert_true(calibration->whole_count > 0);
    hax_calibration_destroy(calibration);
}

static void a_longer_network_takes_longer(void **state)
{
    (void) state;
    static const char *const rising[] = { "resnet18", "resnet50", "resnet152" };
    hax_error err = { 0 };
    double before_ms[HAX_MAX_UNITS] = { 0 };
    for (int n = 0; n < 3; n++) {
        hax_model *model = NULL;
        const hax_grouping *grouping = NULL;
        const hax_profile *profile = NULL;
        assert_int_equal(hax_model_load(rising[n], NULL, &model, &err), HAX_OK);
        assert_int_equal(hax_grouping_make(model, "1", &grouping, &err), HAX_OK);
        const hax_profile_network network = { rising[n], model, grouping };
        hax_profile_config config = hax_profile_config_default();
        config.platform = board;
        config.network_count = 1;
        config.networks = &network;
        assert_int_equal(hax_profile_measure(&config, &profile, &err), HAX_OK);
        for (int u = 0; u < board->unit_count; u++) {
            const hax_group_cost *cost = &profile->networks[0].cost[0][u];
            assert_true(cost->allowed);
            assert_true(cost->run.median > before_ms[u]);
            before_ms[u] = cost->run.median;
        }
        hax_profile_destroy(profile);
        hax_grouping_destroy(grouping);
        hax_model_destroy(model);
    }
}

/* The profile of a network cut like this. */
static const hax_profile *profile_of(hax_model *model, const char *cuts)
{
    const hax_grouping *grouping = NULL;
    const hax_profile *profile = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_grouping_make(model, cuts, &grouping, &err), HAX_OK);
    const hax_profile_network network = { hax_model_name(model), model, grouping };
    hax_profile_config config = hax_profile_config_default();
    config.platform = board;
    config.network_count = 1;
    config.networks = &network;
    assert_int_equal(hax_profile_measure(&config, &profile, &err), HAX_OK);
    hax_grouping_destroy(grouping);
    return profile;
}

static hax_model *load(const char *name)
{
    hax_model *model = NULL;
    assert_int_equal(hax_model_load(name, NULL, &model, NULL), HAX_OK);
    return model;
}

static void published_groups_stay_as_published(void **state)
{
    (void) state;
    const hax_sheet_network *sheet = &board->datasheet->measured[0];
    hax_model *model = load(sheet->network);
    const char *cuts = NULL;
    assert_int_equal(hax_estimate_cuts(board, model, &cuts, NULL), HAX_OK);
    assert_string_equal(cuts, sheet->cuts);
    const hax_profile *profile = profile_of(model, cuts);
    for (int g = 0; g < sheet->group_count; g++) {
        const hax_group_cost *cost = &profile->networks[0].cost[g][0];
        assert_true(cost->run.median == sheet->run_ms[0][g]);
        assert_true(strncmp(cost->run_source, "published: ", 11) == 0);
        assert_non_null(strstr(cost->run_source, sheet->source));
        if (g + 1 < sheet->group_count)
            assert_true(cost->out.median == sheet->out_ms[0][g]);
    }
    assert_true(profile->networks[0].whole[0].median == sheet->whole_ms[0]);
    hax_profile_destroy(profile);
    hax_model_destroy(model);
}

/* However a measured network is cut, its groups add up to what was measured of it. */
static void shares_add_up(void **state)
{
    (void) state;
    static const char *const ways[] = { "fine", "1", "38,", "blocks" };
    const hax_sheet_network *sheet = &board->datasheet->measured[0];
    double all_ms = 0;
    for (int g = 0; g < sheet->group_count; g++)
        all_ms += sheet->run_ms[0][g];
    hax_model *model = load(sheet->network);
    for (int w = 0; w < 4; w++) {
        const hax_profile *profile = profile_of(model, ways[w]);
        double ms = 0;
        for (int g = 0; g < profile->networks[0].group_count; g++)
            ms += profile->networks[0].cost[g][0].run.median;
        assert_true(fabs(ms / all_ms - 1) < 1e-9);
        hax_profile_destroy(profile);
    }
    const hax_profile *fine = profile_of(model, "fine");
    assert_non_null(strstr(fine->networks[0].cost[0][0].run_source, "shared out by the model"));
    assert_true(fine->networks[0].cost[0][0].run.spread > 2 * sheet->spread[0]);
    hax_profile_destroy(fine);
    hax_model_destroy(model);
}

static void other_networks_are_modelled(void **state)
{
    (void) state;
    hax_model *model = load("resnet50");
    const char *cuts = "";
    assert_int_equal(hax_estimate_cuts(board, model, &cuts, NULL), HAX_OK);
    assert_null(cuts);
    const hax_profile *coarse = profile_of(model, "5"), *fine = profile_of(model, "fine");
    const hax_calibration *calibration = NULL;
    assert_int_equal(hax_calibration_make(board, false, &calibration, NULL), HAX_OK);
    double coarse_ms = 0, fine_ms = 0;
    for (int g = 0; g < coarse->networks[0].group_count; g++) {
        const hax_group_cost *cost = &coarse->networks[0].cost[g][0];
        assert_string_equal(cost->run_source, "modelled");
        assert_true(fabs(cost->run.spread - 2 * calibration->kinds[0].group_error) < 1e-9);
        coarse_ms += cost->run.median;
    }
    for (int g = 0; g < fine->networks[0].group_count; g++)
        fine_ms += fine->networks[0].cost[g][0].run.median;
    assert_true(fabs(coarse_ms / fine_ms - 1) < 1e-9);
    hax_calibration_destroy(calibration);
    hax_profile_destroy(coarse);
    hax_profile_destroy(fine);
    hax_model_destroy(model);
}

/* A window that no DLA has, before a Softmax that falls back. */
static const char refused_net[] =
    "input: \"data\" input_dim: 1 input_dim: 8 input_dim: 60 input_dim: 60\n"
    "layer { name: \"a\" type: \"Convolution\" bottom: \"data\" top: \"a\"\n"
    "  convolution_param { num_output: 64 kernel_size: 3 } }\n"
    "layer { name: \"b\" type: \"Pooling\" bottom: \"a\" top: \"b\"\n"
    "  pooling_param { pool: MAX kernel_size: 10 stride: 2 } }\n"
    "layer { name: \"c\" type: \"Convolution\" bottom: \"b\" top: \"c\"\n"
    "  convolution_param { num_output: 512 kernel_size: 5 } }\n"
    "layer { name: \"s\" type: \"Softmax\" bottom: \"c\" top: \"s\" }\n";

static void what_a_dla_refuses_has_no_entry(void **state)
{
    (void) state;
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_model_parse_prototxt(refused_net, sizeof refused_net - 1, "r.prototxt",
                                              NULL, &model, &err),
                     HAX_OK);
    const hax_profile *profile = profile_of(model, "1,2");
    const hax_network_profile *network = &profile->networks[0];
    assert_true(network->cost[0][1].allowed);
    assert_false(network->cost[1][1].allowed);
    assert_true(network->cost[1][0].allowed);
    hax_profile_destroy(profile);
    hax_model_destroy(model);
}

static void without_a_sheet_there_is_nothing_to_calibrate(void **state)
{
    (void) state;
    const hax_platform *platform = NULL;
    const hax_calibration *calibration = NULL;
    hax_error err = { 0 };
    assert_int_equal(hax_platform_load("synthetic", &platform, &err), HAX_OK);
    assert_int_equal(hax_calibration_make(platform, false, &calibration, &err), HAX_BAD_INPUT);
    hax_platform_destroy(platform);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_are_possible),
        cmocka_unit_test(a_longer_network_takes_longer),
        cmocka_unit_test(published_groups_stay_as_published),
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(other_networks_are_modelled),
        cmocka_unit_test(what_a_dla_refuses_has_no_entry),
        cmocka_unit_test(without_a_sheet_there_is_nothing_to_calibrate),
    };
    return cmocka_run_group_tests(tests, open_board, close_board);
}
