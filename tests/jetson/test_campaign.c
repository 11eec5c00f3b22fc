/* Which engines a campaign has, and which not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/campaign.h"

#define DATA "input: 'data' input_dim: 1 input_dim: 3 input_dim: 64 input_dim: 64\n"
#define RELU(name, bottom) \
    "layer { name: '" name "' type: 'ReLU' bottom: '" bottom "' top: '" name "' }\n"

static const hax_campaign *make(const char *prototxt, const char *builtin, const char *spec,
                                const char *board, const char *tensorrt, hax_status expected,
                                hax_error *err)
{
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    const hax_campaign *campaign = NULL;
    hax_campaign_network network = { .name = "net", .source = { .path = "net.prototxt" } };
    hax_campaign_options options = hax_campaign_options_default();
    options.iterations = 100;
    options.warm_up_ms = 500;
    if ((prototxt ? hax_model_parse_prototxt(prototxt, strlen(prototxt), "net", NULL, &model, err)
                  : hax_model_load(builtin, NULL, &model, err)) != HAX_OK ||
        hax_grouping_make(model, spec, &grouping, err) != HAX_OK ||
        hax_jetson_target_make(board, tensorrt, &network.source.target, err) != HAX_OK)
        fail_msg("%s", err->message);
    network.source.model = model;
    network.grouping = grouping;
    assert_int_equal(hax_campaign_make(1, &network, &options, &campaign, err), expected);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
    return expected == HAX_OK ? campaign : NULL;
}

static const hax_campaign_engine *find(const hax_campaign *campaign, const char *name)
{
    for (int e = 0; e < campaign->engine_count; e++)
        if (strcmp(campaign->engines[e].name, name) == 0)
            return &campaign->engines[e];
    return NULL;
}

static const char *left_out(const hax_campaign *campaign, const char *name)
{
    for (int l = 0; l < campaign->left_out_count; l++)
        if (strcmp(campaign->left_out[l].name, name) == 0)
            return campaign->left_out[l].reason;
    return NULL;
}

/* Ten groups: two whole engines, nine cuts in two directions, nine marks on two units. */
static void the_published_campaign(void **state)
{
    (void) state;
    hax_error err = { 0 };
    const hax_campaign *campaign = make(NULL, "googlenet", "10,24,38,53,67,81,95,110,124",
                                        "xavier-agx", "7.1.3", HAX_OK, &err);
    assert_int_equal(campaign->engine_count, 38);
    assert_int_equal(campaign->left_out_count, 0);
    assert_int_equal(campaign->file_count, 4); /* two scripts, the platform, the Python program */
    const hax_campaign_engine *cut = find(campaign, "net_gpu_transition_at_38");
    assert_non_null(cut);
    assert_int_equal(cut->engine.transition, 38);
    assert_int_equal(cut->pieces, 1);
    assert_int_equal(cut->fallback, 1); /* prob */
    assert_true(cut->python);
    assert_string_equal(cut->what, "layers 0-37 on the GPU, layers 38-140 on the DLA");
    const hax_campaign_engine *mark = find(campaign, "net_dla_mark_at_38");
    assert_non_null(mark);
    assert_int_equal(mark->engine.mark, 37);
    assert_true(mark->engine.starts_on_dla);
    assert_int_equal(find(campaign, "net_gpu_mark_at_-1")->pieces, 0);
    assert_true(campaign->seconds > 38 * 40);
    hax_campaign_destroy(campaign);
}

/* A window of 10 in the middle: what would fall into two pieces is left out, with the layer. */
static void pieces_are_left_out(void **state)
{
    (void) state;
    hax_error err = { 0 };
    static const char text[] = DATA RELU("a", "data")
        RELU("b", "a") "layer { name: 'pool' type: 'Pooling' bottom: 'b' top: 'pool' pooling_param "
                       "{ pool: MAX "
                       "kernel_size: 10 } }\n" RELU("c", "pool") RELU("d", "c");
    const hax_campaign *campaign = make(text, NULL, "1,2,3,4", "orin-agx", "8.6.2", HAX_OK, &err);
    assert_null(find(campaign, "net_dla_mark_at_-1"));
    assert_non_null(left_out(campaign, "net_dla_mark_at_-1"));
    assert_non_null(strstr(left_out(campaign, "net_gpu_transition_at_1"),
                           "2 pieces (first pool: window 10x10 > 8)"));
    /* with the pool on the DLA's side these would be the engines of the cut beyond it */
    assert_non_null(left_out(campaign, "net_gpu_transition_at_2"));
    assert_non_null(left_out(campaign, "net_dla_transition_at_3"));
    assert_non_null(find(campaign, "net_gpu_transition_at_3"));
    assert_non_null(find(campaign, "net_dla_transition_at_2"));
    assert_non_null(find(campaign, "net_gpu_mark_at_3"));
    assert_null(left_out(campaign, "net_gpu_mark_at_-1"));
    hax_campaign_destroy(campaign);
}

static void nothing_to_divide(void **state)
{
    (void) state;
    hax_error err = { 0 };
    make(NULL, "alexnet", "4", "orin-nano-8gb", "8.6.2", HAX_BAD_INPUT, &err);
    assert_non_null(strstr(err.message, "has no DLA"));
    make(DATA "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' pooling_param { pool: MAX "
              "kernel_size: 9 } }\n",
         NULL, "1", "orin-agx", "8.6.2", HAX_BAD_INPUT, &err);
    assert_non_null(strstr(err.message, "in one piece"));
}

static void a_board_is_a_platform(void **state)
{
    (void) state;
    static const struct {
        const char *board;
        int units;
    } boards[] = { { "xavier-agx", 3 }, { "orin-nx-8gb", 2 }, { "orin-nano-8gb", 1 } };
    for (size_t b = 0; b < sizeof boards / sizeof *boards; b++) {
        hax_jetson_target target;
        char *json = NULL;
        assert_int_equal(hax_jetson_target_make(boards[b].board, NULL, &target, NULL), HAX_OK);
        assert_int_equal(hax_jetson_platform_text(&target, &json, NULL), HAX_OK);
        int uses = 0;
        for (const char *at = strstr(json, "\"uses\""); at; at = strstr(at + 1, "\"uses\""))
            uses++;
        assert_int_equal(uses, boards[b].units);
        free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_campaign),
        cmocka_unit_test(pieces_are_left_out),
        cmocka_unit_test(nothing_to_divide),
        cmocka_unit_test(a_board_is_a_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
