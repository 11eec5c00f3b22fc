/* Configurations and options as callers of older and newer versions hand them in, and what 0 means
 * in them. */
#include "haxconn/haxconn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

/* ---- sizes ----------------------------------------------------------------------------------- */

/* All that have a size, as one type: what a call does with a struct of that size. */
typedef hax_status call(const void *given, hax_error *err);

#define UNUSED ((void *) &unused)
static char unused;

static hax_status profile(const void *given, hax_error *err)
{
    return hax_profile_measure(given, UNUSED, err);
}

static hax_status convolutions(const void *given, hax_error *err)
{
    return hax_convolutions_measure(given, UNUSED, err);
}

static hax_status run(const void *given, hax_error *err)
{
    return hax_run(given, UNUSED, err);
}

static hax_status deployment(const void *given, hax_error *err)
{
    return hax_deployment_open(given, UNUSED, err);
}

static hax_status check(const void *given, hax_error *err)
{
    return hax_contention_check_measure(given, UNUSED, err);
}

static hax_status overhead(const void *given, hax_error *err)
{
    return hax_overhead_measure(given, UNUSED, err);
}

static hax_status press(const void *given, hax_error *err)
{
    hax_pressed_unit units[HAX_MAX_UNITS];
    return hax_press_measure(given, units, err);
}

static hax_status problem(const void *given, hax_error *err)
{
    return hax_profile_problem(UNUSED, 0, NULL, given, UNUSED, err);
}

static hax_status solve(const void *given, hax_error *err)
{
    return hax_solve(UNUSED, given, UNUSED, err);
}

static hax_status sensitivity(const void *given, hax_error *err)
{
    return hax_schedule_sensitivity(UNUSED, UNUSED, given, UNUSED, err);
}

static hax_status robust(const void *given, hax_error *err)
{
    return hax_schedule_robust(UNUSED, 1, UNUSED, given, UNUSED, UNUSED, err);
}

static hax_status model(const void *given, hax_error *err)
{
    return hax_model_load("alexnet", given, UNUSED, err);
}

static hax_status onnx(const void *given, hax_error *err)
{
    return hax_model_parse_onnx("", 0, "net.onnx", given, UNUSED, err);
}

static hax_status import(const void *given, hax_error *err)
{
    return hax_import_parse("auto", "", 0, "log", given, UNUSED, err);
}

static hax_status export(const void *given, hax_error *err)
{
    return hax_export_text("json", UNUSED, UNUSED, UNUSED, given, UNUSED, err);
}

static hax_status campaign(const void *given, hax_error *err)
{
    return hax_campaign_make(0, UNUSED, given, UNUSED, err);
}

static const struct {
    const char *type;
    size_t size;
    call *make;
} calls[] = {
    { "hax_profile_config", sizeof(hax_profile_config), profile },
    { "hax_profile_config", sizeof(hax_profile_config), convolutions },
    { "hax_run_config", sizeof(hax_run_config), run },
    { "hax_deployment_config", sizeof(hax_deployment_config), deployment },
    { "hax_contention_check_config", sizeof(hax_contention_check_config), check },
    { "hax_overhead_config", sizeof(hax_overhead_config), overhead },
    { "hax_press_config", sizeof(hax_press_config), press },
    { "hax_problem_options", sizeof(hax_problem_options), problem },
    { "hax_solve_options", sizeof(hax_solve_options), solve },
    { "hax_sensitivity_options", sizeof(hax_sensitivity_options), sensitivity },
    { "hax_sensitivity_options", sizeof(hax_sensitivity_options), robust },
    { "hax_model_options", sizeof(hax_model_options), model },
    { "hax_model_options", sizeof(hax_model_options), onnx },
    { "hax_import_options", sizeof(hax_import_options), import },
    { "hax_export_options", sizeof(hax_export_options), export },
    { "hax_campaign_options", sizeof(hax_campaign_options), campaign },
};

/* Nothing else of the arguments is looked at before. */
static void sizes_are_looked_at_first(void **state)
{
    (void) state;
    size_t given[64] = { 0 };
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
        hax_error err = { 0 };
        char begin[64];
        assert_true(calls[c].size <= sizeof given - sizeof *given);
        snprintf(begin, sizeof begin, "begin with %s_default()", calls[c].type);
        given[0] = 0;
        assert_int_equal(calls[c].make(given, &err), HAX_USAGE);
        assert_non_null(strstr(err.message, begin));
        given[0] = calls[c].size + 8;
        assert_int_equal(calls[c].make(given, &err), HAX_USAGE);
        assert_non_null(strstr(err.message, "a later one"));
    }
}

/* What the caller's version did not have is at its default, what it had is as it was given. */
static void shorter_structs_are_filled_up(void **state)
{
    (void) state;
    hax_run_config given = hax_run_config_default(), own = hax_run_config_default();
    given.network_count = 3;
    given.rounds = 7;
    given.seconds = 1;
    given.size = offsetof(hax_run_config, seconds);
    assert_int_equal(hax_config_take("hax_run_config", &own, sizeof own, &given, NULL), HAX_OK);
    assert_int_equal(own.size, sizeof own);
    assert_int_equal(own.network_count, 3);
    assert_int_equal(own.rounds, 7);
    assert_true(own.seconds == 20);
    assert_true(own.solve_time_limit_s == INFINITY);
    assert_int_equal(hax_config_take("hax_run_config", &own, sizeof own, NULL, NULL), HAX_OK);
    assert_int_equal(own.rounds, 7);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static const char two_by_two[] =
    "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": [\"a\", \"b\"],"
    " \"units\": [{\"name\": \"fast\", \"uses\": [\"a\"]},"
    "             {\"name\": \"slow\", \"uses\": [\"b\"]}],"
    " \"instances\": [{\"name\": \"x\", \"groups\": [{\"name\": \"g\", \"on\":"
    "   {\"fast\": {\"time_ms\": 3}, \"slow\": {\"time_ms\": 5}}}]},"
    "  {\"name\": \"y\", \"groups\": [{\"name\": \"g\", \"on\":"
    "   {\"fast\": {\"time_ms\": 3}, \"slow\": {\"time_ms\": 5}}}]}]}";

/* No time and no nodes are no time and no nodes; what is not said ends by itself. */
static void zero_is_zero(void **state)
{
    (void) state;
    hax_error err = { 0 };
    const hax_problem *two = NULL;
    const hax_schedule *plan = NULL;
    if (hax_problem_parse(two_by_two, sizeof two_by_two - 1, "two", &two, &err) != HAX_OK)
        fail_msg("%s", err.message);
    hax_solve_options options = hax_solve_options_default();
    assert_int_equal(hax_solve(two, &options, &plan, &err), HAX_OK);
    assert_true(plan->value == 5 && plan->proof == HAX_PROOF_ALL);
    hax_schedule_destroy(plan);
    plan = NULL;
    options.time_limit_s = -1;
    assert_int_equal(hax_solve(two, &options, &plan, &err), HAX_USAGE);
    assert_non_null(strstr(err.message, "INFINITY"));
    options.time_limit_s = NAN;
    assert_int_equal(hax_solve(two, &options, &plan, &err), HAX_USAGE);

    const hax_cancel stop = { 0 };
    hax_baseline_limits limits = hax_baseline_limits_default();
    limits.cancel = &stop;
    assert_int_equal(hax_baseline_h2h(two, &limits, &plan, &err), HAX_OK);
    assert_false(plan->cut_short);
    hax_schedule_destroy(plan);
    plan = NULL;
    limits.time_limit_s = 0;
    assert_int_equal(hax_baseline_h2h(two, &limits, &plan, &err), HAX_LIMIT);

    hax_sensitivity_options question = hax_sensitivity_options_default();
    hax_sensitivity answer = hax_sensitivity_default();
    const hax_schedule *serial = NULL;
    assert_int_equal(hax_baseline_serial(two, NULL, &serial, &err), HAX_OK);
    assert_int_equal(hax_schedule_sensitivity(two, serial, &question, &answer, &err), HAX_OK);
    question.time_limit_s = 0;
    assert_int_equal(hax_schedule_sensitivity(two, serial, &question, &answer, &err), HAX_LIMIT);
    question.time_limit_s = -1;
    assert_int_equal(hax_schedule_sensitivity(two, serial, &question, &answer, &err), HAX_USAGE);
    hax_schedule_destroy(serial);
    hax_problem_destroy(two);
}

/* Cuts that no tensor crosses are none, and not the usual ones. */
static void no_tensor_is_refused(void **state)
{
    (void) state;
    hax_error err = { 0 };
    hax_model *network = NULL;
    hax_model_options options = hax_model_options_default();
    assert_int_equal(options.cut_tensors, 1);
    options.cut_tensors = 0;
    assert_int_equal(hax_model_load("alexnet", &options, &network, &err), HAX_USAGE);
    assert_null(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_looked_at_first),
        cmocka_unit_test(shorter_structs_are_filled_up),
        cmocka_unit_test(zero_is_zero),
        cmocka_unit_test(no_tensor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
