/* What runs, deployments and experiments refuse before they begin, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "haxconn/haxconn.h"

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

static void expect(const hax_error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("'%s' does not hold '%s'", err->message, part);
}

/* A network on a platform whose clock is virtual. */
typedef struct rig {
    const hax_platform *platform;
    hax_model *model;
    const hax_grouping *grouping;
    hax_profile_network network;
    const hax_profile *profile;
    const hax_problem *problem;
    const hax_schedule *plan;
} rig;

static void rig_open(rig *rig, const char *platform)
{
    hax_error err = { 0 };
    *rig = (struct rig){ 0 };
    if (platform[0] == '{')
        must(hax_platform_parse(platform, strlen(platform), "platform", &rig->platform, &err),
             &err);
    else
        must(hax_platform_load(platform, &rig->platform, &err), &err);
    must(hax_model_load("alexnet", NULL, &rig->model, &err), &err);
    must(hax_grouping_make(rig->model, "3", &rig->grouping, &err), &err);
    rig->network = (hax_profile_network){ "alexnet", rig->model, rig->grouping };
}

static void rig_plan(rig *rig)
{
    hax_error err = { 0 };
    hax_profile_config config = hax_profile_config_default();
    config.platform = rig->platform;
    config.network_count = 1;
    config.networks = &rig->network;
    must(hax_profile_measure(&config, &rig->profile, &err), &err);
    must(hax_profile_problem(rig->profile, 1, (const int[]){ 0 }, NULL, &rig->problem, &err), &err);
    must(hax_solve(rig->problem, NULL, &rig->plan, &err), &err);
}

static void rig_close(rig *rig)
{
    hax_schedule_destroy(rig->plan);
    hax_problem_destroy(rig->problem);
    hax_profile_destroy(rig->profile);
    hax_grouping_destroy(rig->grouping);
    hax_model_destroy(rig->model);
    hax_platform_destroy(rig->platform);
}

static void measuring_needs_networks_and_rounds(void **state)
{
    rig rig;
    hax_error err = { 0 };
    const hax_contention_check *check = NULL;
    const hax_overhead *overhead = NULL;
    const hax_result *result = NULL;
    (void) state;
    rig_open(&rig, "synthetic");
    hax_contention_check_config checked = hax_contention_check_config_default();
    checked.platform = rig.platform;
    assert_int_equal(hax_contention_check_measure(&checked, &check, &err), HAX_USAGE);
    expect(&err, "no network to check with");
    checked.network_count = 1;
    checked.networks = &rig.network;
    checked.rounds = 0;
    assert_int_equal(hax_contention_check_measure(&checked, &check, &err), HAX_USAGE);
    expect(&err, "0 rounds: give at least one");
    hax_overhead_config timed = hax_overhead_config_default();
    timed.platform = rig.platform;
    assert_int_equal(hax_overhead_measure(&timed, &overhead, &err), HAX_USAGE);
    expect(&err, "no network to run");
    timed.network_count = 1;
    timed.networks = &rig.network;
    timed.rounds = 0;
    assert_int_equal(hax_overhead_measure(&timed, &overhead, &err), HAX_USAGE);
    expect(&err, "0 rounds: give at least one");
    hax_run_config run = hax_run_config_default();
    run.platform = rig.platform;
    run.network_count = 1;
    run.networks = &rig.network;
    run.rounds = 0;
    assert_int_equal(hax_run(&run, &result, &err), HAX_USAGE);
    expect(&err, "0 rounds over 20 s");
    assert_true(!check && !overhead && !result);
    rig_close(&rig);
}

static const char lonely[] =
    "{\"schema\": \"haxconn/platform\", \"version\": 1, \"name\": \"lonely\", \"simulated\": "
    "true,\n"
    " \"resources\": [\"r\"], \"kinds\": [{\"name\": \"k\", \"driver\": \"synthetic\",\n"
    "   \"law\": {\"overhead_ms\": 1}}],\n"
    " \"units\": [{\"name\": \"only\", \"kind\": \"k\", \"uses\": [\"r\"], \"cpus\": [0]}]}";

static void contention_needs_two_units(void **state)
{
    rig rig;
    hax_error err = { 0 };
    const hax_contention_check *check = NULL;
    (void) state;
    rig_open(&rig, lonely);
    hax_contention_check_config config = hax_contention_check_config_default();
    config.platform = rig.platform;
    config.network_count = 1;
    config.networks = &rig.network;
    assert_int_equal(hax_contention_check_measure(&config, &check, &err), HAX_UNAVAILABLE);
    expect(&err, "no two units of platform 'lonely' work side by side");
    rig_close(&rig);
}

static void results_without_outputs_are_not_saved(void **state)
{
    const hax_result nothing = { .output_count = 0 };
    hax_error err = { 0 };
    (void) state;
    assert_int_equal(hax_result_save_outputs(&nothing, "nowhere", &err), HAX_UNAVAILABLE);
    expect(&err, "there are no outputs to save in 'nowhere'");
}

static void deployments_fit_their_problem(void **state)
{
    rig rig, other;
    hax_error err = { 0 };
    hax_deployment *deployment = NULL;
    hax_output output;
    (void) state;
    rig_open(&rig, "null");
    rig_plan(&rig);
    rig_open(&other, lonely);
    hax_deployment_config config = hax_deployment_config_default();
    config.platform = rig.platform;
    config.networks = &rig.network;
    config.problem = rig.problem;
    config.schedule = rig.plan;
    assert_int_equal(hax_deployment_open(&config, &deployment, &err), HAX_BAD_INPUT);
    expect(&err, "the problem has 1 instances, 0 networks are given");
    config.network_count = 1;
    config.platform = other.platform;
    assert_int_equal(hax_deployment_open(&config, &deployment, &err), HAX_BAD_INPUT);
    expect(&err, "platform 'lonely' has no unit");
    config.platform = rig.platform;
    must(hax_deployment_open(&config, &deployment, &err), &err);
    hax_array *array = NULL;
    must(hax_array_make(&(hax_shape){ 1, { 1 } }, &array, &err), &err);
    assert_int_equal(
        hax_deployment_set_input(deployment, &(hax_feed){ .network = 7, .array = array }, &err),
        HAX_BAD_INPUT);
    expect(&err, "there is no network 7: 1 are deployed");
    assert_int_equal(hax_deployment_output(deployment, -1, 0, &output, &err), HAX_BAD_INPUT);
    expect(&err, "there is no network -1: 1 are deployed");
    assert_int_equal(hax_deployment_output(deployment, 0, 9, &output, &err), HAX_BAD_INPUT);
    expect(&err, "alexnet has no output 9");
    assert_int_equal(hax_deployment_output(deployment, 0, 0, &output, &err), HAX_UNAVAILABLE);
    expect(&err, "no round has been run");
    hax_array_destroy(array);
    hax_deployment_close(deployment);
    rig_close(&other);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_needs_networks_and_rounds),
        cmocka_unit_test(contention_needs_two_units),
        cmocka_unit_test(results_without_outputs_are_not_saved),
        cmocka_unit_test(deployments_fit_their_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
