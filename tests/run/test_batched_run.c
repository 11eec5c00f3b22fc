/* A run on a device that takes up whole rounds: what is executed beside the plan, and what of it is
 * predicted. */
#define _GNU_SOURCE
#include "../profile/fixture.h"

#include <jansson.h>
#include <math.h>
#include <sched.h>

#include "batching.h"
#include "haxconn/run.h"
#include "passes.h"

/* The third unit is the whole of which the others are halves. */
static void make_gpu(trio *trio)
{
    static const int sms[] = { 8, 8, 16 };
    int cpus[2] = { sched_getcpu(), sched_getcpu() };
    trio_make(trio, "batching", cpus);
    trio->platform.kind_count = 1;
    trio->units[1].kind = 0;
    trio->units[1].first_sm = 8;
    for (int u = 0; u < 3; u++) {
        trio->units[u].sms = sms[u];
        trio->units[u].cpu_count = 0;
    }
}

static void assert_row(const hax_result *result, const char *name, bool predicted)
{
    const hax_row *row = result->rows;
    while (row < result->rows + result->row_count && strcmp(row->name, name) != 0)
        row++;
    if (row == result->rows + result->row_count)
        fail_msg("no row '%s'", name);
    assert_true(row->plain && row->compared);
    assert_true(row->measured.median > 0 && row->measured.count == result->rounds);
    assert_int_equal(row->schedule != NULL, predicted);
    assert_int_equal(row->unpredicted == NULL, predicted);
    assert_int_equal(isfinite(row->predicted_ms), predicted);
    assert_int_equal(isfinite(row->error_percent), predicted);
}

static void assert_document(const hax_result *result)
{
    char *text = NULL;
    hax_error err;
    assert_int_equal(hax_result_text(result, &text, &err), HAX_OK);
    json_t *tree = json_loads(text, 0, NULL), *row;
    size_t r;
    int unpredicted = 0;
    json_array_foreach(json_object_get(tree, "rows"), r, row)
    {
        bool none = json_is_null(json_object_get(row, "predicted_ms"));
        assert_int_equal(none, json_is_null(json_object_get(row, "error_percent")));
        assert_int_equal(none, json_is_string(json_object_get(row, "unpredicted")));
        unpredicted += none;
    }
    assert_int_equal(unpredicted, 2);
    json_decref(tree);
    free(text);
}

static void rows_of_a_gpu_are_executed(void **state)
{
    (void) state;
    trio platform;
    chain net = chain_make();
    const hax_result *result = NULL;
    hax_error err = { 0 };
    memset(seen, 0, sizeof *seen);
    make_gpu(&platform);
    hax_profile_network networks[2];
    for (int n = 0; n < 2; n++)
        networks[n] = (hax_profile_network){ n ? "b" : "a", net.model, net.grouping };
    hax_run_config config = hax_run_config_default();
    config.platform = &platform.platform;
    config.network_count = 2;
    config.networks = networks;
    config.rounds = 2;
    config.seconds = 0;
    config.ignore_contention = true;
    if (hax_run(&config, &result, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_true(result->outputs_checked && result->outputs_equal);
    assert_row(result, "serial", true);
    assert_row(result, "equal-parts", true);
    assert_row(result, "streams", false);
    assert_row(result, "priority-streams", false);
    assert_document(result);
    assert_int_equal(atomic_load(&seen->lone), 0); /* the host ran no group by itself */
    assert_int_equal(atomic_load(&seen->streams), 1);
    assert_int_equal(atomic_load(&seen->priorities), 1);
    hax_result_destroy(result);
    chain_free(&net);
}

/* In a round the other networks have run before, so they do before a network is measured: in the
 * profile's rounds and in those of the rows, on each of the three units, with times of groups and
 * without. */
static void others_run_before_a_pass(void **state)
{
    (void) state;
    enum { ROUNDS = 6, PASSES = 2 * 3 };
    trio platform;
    chain net = chain_make();
    const hax_grouping *other;
    const hax_profile *profile = NULL;
    hax_error err = { 0 };
    memset(seen, 0, sizeof *seen);
    make_gpu(&platform);
    assert_int_equal(hax_grouping_make(net.model, "2", &other, &err), HAX_OK);
    const hax_profile_network networks[] = { { "a", net.model, net.grouping },
                                             { "b", net.model, other } };
    hax_profile_config config = hax_profile_config_default();
    config.platform = &platform.platform;
    config.network_count = 2;
    config.networks = networks;
    config.rounds = ROUNDS;
    config.seconds = 0;
    config.contention = false;
    if (hax_profile_measure(&config, &profile, &err) != HAX_OK)
        fail_msg("%s", err.message);
    assert_true(atomic_load(&seen->lone_networks) >= 4 * ROUNDS * PASSES);
    hax_profile_destroy(profile);
    hax_grouping_destroy(other);
    chain_free(&net);
}

/* The key of the first network alone on the first unit, profiled among so many. */
static uint64_t first_key(const hax_platform *platform, const hax_profile_network *networks,
                          int count)
{
    hax_passes *passes = NULL;
    hax_error err;
    const hax_passes_config config = { .platform = platform,
                                       .network_count = count,
                                       .networks = networks };
    assert_int_equal(hax_passes_create(&config, &passes, &err), HAX_OK);
    assert_non_null(strstr(hax_passes_describe(passes, 0), "a alone on u0"));
    uint64_t key = hax_passes_key(passes, 0);
    hax_passes_destroy(passes);
    return key;
}

/* What is kept of a network alone on a GPU holds where the same others have run before it. */
static void kept_times_know_the_others(void **state)
{
    (void) state;
    trio platform;
    chain nets[3] = { chain_make(), chain_make(), chain_make() };
    hax_profile_network networks[] = { { "a", nets[0].model, nets[0].grouping },
                                       { "b", nets[1].model, nets[1].grouping },
                                       { "c", nets[2].model, nets[2].grouping } };
    make_gpu(&platform);
    uint64_t alone = first_key(&platform.platform, networks, 1);
    uint64_t pair = first_key(&platform.platform, networks, 2);
    assert_true(alone != pair);
    assert_true(first_key(&platform.platform, networks, 3) != pair);
    assert_true(first_key(&platform.platform, networks, 2) == pair);
    for (int u = 0; u < 3; u++)
        platform.units[u].sms = 0; /* processors */
    assert_true(first_key(&platform.platform, networks, 1) ==
                first_key(&platform.platform, networks, 3));
    for (int n = 0; n < 3; n++)
        chain_free(&nets[n]);
}

static int share_counts(void **state)
{
    (void) state;
    return batching_share_counts() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_gpu_are_executed),
        cmocka_unit_test(others_run_before_a_pass),
        cmocka_unit_test(kept_times_know_the_others),
    };
    return cmocka_run_group_tests(tests, share_counts, NULL);
}
