/*
 * Deployments: inputs are set, rounds run, outputs read, with every group on another kind of unit
 * than the one before, two tensors across every cut, and two inputs, of which one is read late.
 */
#define _GNU_SOURCE
#include "../exec/fixture.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "../model/onnx_writer.h"
#include "driver.h"
#include "haxconn/deploy.h"
#include "kernel.h"
#include "skip.h"

enum { ELEMENTS = 4, GROUPS = 4 };

typedef struct rig {
    trio platform;
    hax_model *model;
    const hax_grouping *grouping;
    hax_profile_network network;
    const hax_problem *problem;
    const hax_schedule *schedule;
    hax_deployment *deployment;
} rig;

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

/* p = softmax a; q = softmax p; s = p q; y = s b, z = p s: a skip, a late input, two outputs. */
static message skip_network(void)
{
    network net = network_open(13);
    add_input(&net, "a", "1 4");
    add_input(&net, "b", "1 4");
    add_node(&net, node_of("Softmax", "p", "a", "p"));
    add_node(&net, node_of("Softmax", "q", "p", "q"));
    add_node(&net, node_of("Mul", "s", "p q", "s"));
    add_node(&net, node_of("Mul", "y", "s b", "y"));
    add_node(&net, node_of("Mul", "z", "p s", "z"));
    add_output(&net, "y");
    add_output(&net, "z");
    return network_close(&net);
}

static void softmax(const float *in, float *out)
{
    float sum = 0;
    for (int i = 0; i < ELEMENTS; i++)
        sum += out[i] = expf(in[i]);
    for (int i = 0; i < ELEMENTS; i++)
        out[i] /= sum;
}

/* Groups cost little on the one unit, and much on the other, in turns. */
static void solve(rig *rig)
{
    hax_text text = { 0 };
    hax_error err;
    hax_text_append(&text, "{\"schema\": \"haxconn/problem\", \"version\": 1,"
                           "\"resources\": [\"r0\", \"r1\"], \"units\": ["
                           "{\"name\": \"u0\", \"uses\": [\"r0\"], \"slowdown\": {\"kind\": "
                           "\"none\"}}, {\"name\": \"u1\", \"uses\": [\"r1\"], \"slowdown\": "
                           "{\"kind\": \"none\"}}], \"instances\": [{\"name\": \"net\", "
                           "\"groups\": [");
    for (int g = 0; g < rig->grouping->count; g++)
        hax_text_printf(&text,
                        "%s{\"name\": \"%d\", \"on\": {\"u%d\": {\"time_ms\": 1}, \"u%d\": "
                        "{\"time_ms\": 100}}}",
                        g ? "," : "", g, g % 2, 1 - g % 2);
    hax_text_append(&text, "]}], \"objective\": \"latency\"}");
    must(hax_problem_parse(text.data, text.length, "p.json", &rig->problem, &err), &err);
    must(hax_solve(rig->problem, NULL, &rig->schedule, &err), &err);
    for (int g = 0; g < rig->grouping->count; g++)
        assert_int_equal(rig->schedule->assignment[0][g], g % 2);
    hax_text_free(&text);
}

static void rig_open(rig *rig, const char *first, const char *second)
{
    hax_error err;
    int cpus[2] = { sched_getcpu(), sched_getcpu() };
    message file = skip_network();
    hax_model_options options = hax_model_options_default();
    options.cut_tensors = 2;
    memset(rig, 0, sizeof *rig);
    trio_make(&rig->platform, first, cpus);
    rig->platform.kinds[1].driver = second;
    must(hax_model_parse_onnx(file.data, file.length, "net.onnx", &options, &rig->model, &err),
         &err);
    hax_text_free(&file);
    must(hax_grouping_make(rig->model, "1,2,3", &rig->grouping, &err), &err);
    assert_int_equal(rig->grouping->count, GROUPS);
    rig->network = (hax_profile_network){ "net", rig->model, rig->grouping };
    solve(rig);
    hax_deployment_config config = hax_deployment_config_default();
    config.platform = &rig->platform.platform;
    config.network_count = 1;
    config.networks = &rig->network;
    config.problem = rig->problem;
    config.schedule = rig->schedule;
    must(hax_deployment_open(&config, &rig->deployment, &err), &err);
}

static void rig_close(rig *rig)
{
    hax_deployment_close(rig->deployment);
    hax_schedule_destroy(rig->schedule);
    hax_problem_destroy(rig->problem);
    hax_grouping_destroy(rig->grouping);
    hax_model_destroy(rig->model);
}

static void set(rig *rig, const char *name, float step)
{
    hax_array *array;
    hax_error err;
    must(hax_array_make(&(hax_shape){ 1, { ELEMENTS } }, &array, &err), &err);
    for (int i = 0; i < ELEMENTS; i++)
        array->values[i] = step * (float) i;
    must(hax_deployment_set_input(rig->deployment, &(hax_feed){ 0, name, array }, &err), &err);
    hax_array_destroy(array); /* the numbers have been copied */
}

static void expect(rig *rig, float step_a, float step_b)
{
    float a[ELEMENTS], p[ELEMENTS], q[ELEMENTS];
    hax_output y, z;
    hax_error err;
    for (int i = 0; i < ELEMENTS; i++)
        a[i] = step_a * (float) i;
    softmax(a, p);
    softmax(p, q);
    must(hax_deployment_output(rig->deployment, 0, 0, &y, &err), &err);
    assert_string_equal(y.name, "y");
    assert_int_equal(y.shape.rank, 2);
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(y.values[i], p[i] * q[i] * step_b * (float) i, 1e-6F);
    must(hax_deployment_output(rig->deployment, 0, 1, &z, &err), &err);
    assert_string_equal(z.name, "z");
    for (int i = 0; i < ELEMENTS; i++)
        assert_float_equal(z.values[i], p[i] * p[i] * q[i], 1e-6F);
}

static void rounds(const char *first, const char *second)
{
    rig context;
    hax_error err;
    double ms = -1;
    rig_open(&context, first, second);
    for (int g = 1; g < GROUPS; g++)
        assert_int_equal(hax_group_crossing(context.model, context.grouping, g).count,
                         g == 1 ? 1 : 2);
    set(&context, "a", 0.5F);
    set(&context, "b", 2);
    must(hax_deployment_run(context.deployment, &ms, &err), &err);
    assert_true(ms >= 0);
    expect(&context, 0.5F, 2);
    set(&context, "a", -1);
    must(hax_deployment_run(context.deployment, NULL, &err), &err);
    expect(&context, -1, 2); /* b stays as it was */
    set(&context, "b", 3);
    must(hax_deployment_run(context.deployment, NULL, &err), &err);
    must(hax_deployment_run(context.deployment, NULL, &err), &err);
    expect(&context, -1, 3);
    rig_close(&context);
}

static void two_kinds_of_loops(void **state)
{
    (void) state;
    rounds("portable", "portable");
}

/* Tensors change their form on the way. */
static void onednn_and_loops(void **state)
{
    (void) state;
    hax_driver_probe probe;
    if (hax_driver_ask("onednn", &probe, NULL) != HAX_OK || !probe.available)
        SKIP("oneDNN is not here");
    rounds("onednn", "portable");
    rounds("portable", "onednn");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void) state;
    rig context;
    hax_error err;
    hax_output output;
    hax_array *array;
    rig_open(&context, "null", "null");
    must(hax_array_make(&(hax_shape){ 1, { ELEMENTS + 1 } }, &array, &err), &err);
    assert_int_equal(
        hax_deployment_set_input(context.deployment, &(hax_feed){ 0, "a", array }, &err),
        HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "has shape 1x4, the array for it 5"));
    assert_int_equal(
        hax_deployment_set_input(context.deployment, &(hax_feed){ 0, "c", array }, &err),
        HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "no input 'c', it has 'a', 'b'"));
    assert_int_equal(
        hax_deployment_set_input(context.deployment, &(hax_feed){ 0, NULL, array }, &err),
        HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "has 2 inputs"));
    assert_int_equal(
        hax_deployment_set_input(context.deployment, &(hax_feed){ 1, "a", array }, &err),
        HAX_BAD_INPUT);
    assert_int_equal(hax_deployment_output(context.deployment, 0, 0, &output, &err),
                     HAX_UNAVAILABLE);
    assert_int_equal(hax_deployment_output(context.deployment, 0, 2, &output, &err), HAX_BAD_INPUT);
    must(hax_deployment_run(context.deployment, NULL, &err), &err);
    assert_int_equal(hax_deployment_output(context.deployment, 0, 0, &output, &err),
                     HAX_UNAVAILABLE);
    hax_array_destroy(array);
    rig_close(&context);
}

static void another_grouping_is_refused(void **state)
{
    (void) state;
    rig context;
    hax_error err;
    const hax_grouping *other;
    hax_deployment *deployment = NULL;
    rig_open(&context, "null", "null");
    must(hax_grouping_make(context.model, "1", &other, &err), &err);
    const hax_profile_network cut = { "net", context.model, other };
    hax_deployment_config config = hax_deployment_config_default();
    config.platform = &context.platform.platform;
    config.network_count = 1;
    config.networks = &cut;
    config.problem = context.problem;
    config.schedule = context.schedule;
    assert_int_equal(hax_deployment_open(&config, &deployment, &err), HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "has 4 groups, network 'net' 1"));
    assert_null(deployment);
    hax_grouping_destroy(other);
    rig_close(&context);
}

/* The same number of groups, but cut from a network with layers of other shapes, or with fewer
 * layers: taken for this network's, it would name layers and crossing tensors that are not there.
 */
static void a_grouping_of_another_network_is_refused(void **state)
{
    (void) state;
    rig context;
    hax_error err;
    rig_open(&context, "null", "null");
    hax_group groups[GROUPS];
    for (int change = 0; change < 5; change++) {
        memcpy(groups, context.grouping->groups, sizeof groups);
        groups[2].macs += change == 0;
        groups[1].output_bytes += change == 1 ? 4 : 0;
        groups[GROUPS - 1].last += change == 2;
        groups[1].last += change == 3;
        groups[2].first += change == 3;
        groups[0].first -= change == 4;
        const hax_grouping other = { GROUPS, groups };
        hax_deployment *deployment = NULL;
        const hax_profile_network cut = { "net", context.model, &other };
        hax_deployment_config config = hax_deployment_config_default();
        config.platform = &context.platform.platform;
        config.network_count = 1;
        config.networks = &cut;
        config.problem = context.problem;
        config.schedule = context.schedule;
        assert_int_equal(hax_deployment_open(&config, &deployment, &err), HAX_BAD_INPUT);
        assert_non_null(strstr(err.message, "the grouping is not one of net"));
        assert_null(deployment);
    }
    rig_close(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_kinds_of_loops),
        cmocka_unit_test(onednn_and_loops),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(another_grouping_is_refused),
        cmocka_unit_test(a_grouping_of_another_network_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
