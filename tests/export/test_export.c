/* Plans in other tools' words: every format, and what it cannot say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haxconn/export.h"
#include "instrumented.h"
#include "text.h"

/* a 0, "b, \"x\"" 1, a Dropout without a number, c 2. */
static const char network[] =
    "name: \"odd\"\ninput: \"data\"\ninput_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n"
    "layer { name: \"a\" type: \"Convolution\" bottom: \"data\" top: \"a\"\n"
    "  convolution_param { num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"%s\" type: \"Convolution\" bottom: \"a\" top: \"b\"\n"
    "  convolution_param { num_output: 4 kernel_size: 1 } }\n"
    "layer { name: \"drop\" type: \"Dropout\" bottom: \"b\" top: \"b\" }\n"
    "layer { name: \"c\" type: \"Pooling\" bottom: \"b\" top: \"c\"\n"
    "  pooling_param { pool: MAX kernel_size: 9 pad: 4 stride: 1 } }\n";

static const char problem_text[] =
    "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": [\"r\", \"s\", \"t\"],\n"
    " \"units\": [{\"name\": \"%s\", \"uses\": [\"r\"], \"slowdown\": {\"kind\": \"none\"}},\n"
    "  {\"name\": \"%s\", \"uses\": [\"s\"], \"slowdown\": {\"kind\": \"none\"}},\n"
    "  {\"name\": \"%s\", \"uses\": [\"t\"], \"slowdown\": {\"kind\": \"none\"}}],\n"
    " \"instances\": [{\"name\": \"one\", \"after\": [], \"weight\": 1, \"deadline_ms\": null,\n"
    "  \"groups\": [{\"name\": \"%s\", \"on\": {\"%s\": {\"time_ms\": 1, \"gbps\": 0, \"out_ms\": "
    "0, "
    "\"in_ms\": 0}}},\n"
    "   {\"name\": \"%s\", \"on\": {\"%s\": {\"time_ms\": 2, \"gbps\": 0, \"out_ms\": 0, "
    "\"in_ms\": "
    "0}}}]}],\n"
    " \"objective\": \"latency\", \"limits\": {\"max_transitions\": null}}\n";

/* Names of units, of two groups, and on which units these run. */
typedef struct plan {
    const char *units[3], *groups[2], *on[2];
    const char *second_layer;
    const char *device;
    int tensorrt;
} plan;

static const plan usual = {
    { "gpu", "dla0", "dla1" }, { "0-1", "2" }, { "gpu", "dla0" }, "b", NULL, 80602
};

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

static hax_model *load(const char *second_layer)
{
    char text[2048];
    hax_model *model = NULL;
    hax_error err = { 0 };
    snprintf(text, sizeof text, network, second_layer);
    must(hax_model_parse_prototxt(text, strlen(text), "odd.prototxt", NULL, &model, &err), &err);
    return model;
}

static hax_status export_plan(const char *format, const plan *plan, char **text, hax_error *err)
{
    char json[4096];
    const hax_problem *problem = NULL;
    const hax_schedule *schedule = NULL;
    hax_export_options how = hax_export_options_default();
    how.device_count = plan->device != NULL;
    how.devices = &plan->device;
    hax_model *model = load(plan->second_layer);
    const hax_model *models[] = { model };
    snprintf(json, sizeof json, problem_text, plan->units[0], plan->units[1], plan->units[2],
             plan->groups[0], plan->on[0], plan->groups[1], plan->on[1]);
    must(hax_problem_parse(json, strlen(json), "p.json", &problem, err), err);
    must(hax_solve(problem, NULL, &schedule, err), err);
    must(hax_jetson_target_make("orin-agx", NULL, &how.target, err), err);
    how.target.tensorrt = plan->tensorrt;
    hax_status status = hax_export_text(format, problem, schedule, models, &how, text, err);
    hax_schedule_destroy(schedule);
    hax_problem_destroy(problem);
    hax_model_destroy(model);
    return status;
}

static void expect(const char *format, const plan *plan, const char *words)
{
    char *text = NULL;
    hax_error err = { 0 };
    must(export_plan(format, plan, &text, &err), &err);
    if (!strstr(text, words))
        fail_msg("'%s' does not hold '%s'", text, words);
    free(text);
}

static void refuse(const char *format, const plan *plan, hax_status expected, const char *words)
{
    char *text = NULL;
    hax_error err = { 0 };
    assert_int_equal(export_plan(format, plan, &text, &err), expected);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not hold '%s'", err.message, words);
    assert_null(text);
}

static void every_layer_has_a_row(void **state)
{
    (void) state;
    plan of = usual;
    of.second_layer = "b, \\\"x\\\"";
    expect("csv", &of, "one,odd,1,\"b, \"\"x\"\"\",Convolution,0-1,gpu,0,1\n");
    expect("csv", &of, "one,odd,,drop,Dropout,0-1,gpu,0,1\n");
    expect("csv", &of, "one,odd,2,c,Pooling,2,dla0,1,3\n");
    expect("json", &of, "\"name\": \"b, \\\"x\\\"\"");
    expect("json", &of, "\"schema\": \"haxconn/placement\"");
}

static void trtexec_gets_gpu_or_dla(void **state)
{
    (void) state;
    plan of = usual;
    expect("layer-device-types", &of, "--layerDeviceTypes='a:GPU,b:GPU,drop:GPU,c:DLA'\n");
    expect("layer-device-types", &of, "# the DLA leaves to the GPU: c: window 9x9 > 8\n");
    of.second_layer = "it's";
    expect("layer-device-types", &of, "'a:GPU,it'\\''s:GPU,drop:GPU,c:DLA'\n");
    of.on[1] = "gpu";
    expect("layer-device-types", &of, "on the GPU alone, build it without --useDLACore");
}

static void trtexec_cannot_be_told_everything(void **state)
{
    (void) state;
    plan of = usual;
    of.second_layer = "b,c";
    refuse("layer-device-types", &of, HAX_BAD_INPUT, "'b,c' has a comma");
    of = usual;
    of.tensorrt = 80502;
    refuse("layer-device-types", &of, HAX_BAD_INPUT, "TensorRT 8.5 has no --layerDeviceTypes");
    of = usual;
    of.on[0] = "dla1";
    refuse("layer-device-types", &of, HAX_BAD_INPUT, "built for one core of the DLA");
    of = (plan){ { "fast", "slow", "x" }, { "0", "1-2" }, { "fast", "slow" }, "b", NULL, 80600 };
    refuse("layer-device-types", &of, HAX_BAD_INPUT, "'fast' is neither by its name");
    of.device = "fast=GPU";
    refuse("layer-device-types", &of, HAX_BAD_INPUT, "'slow' is neither by its name");
    of =
        (plan){ { "gpu", "slow", "x" }, { "0", "1-2" }, { "gpu", "slow" }, "b", "slow=DLA", 80600 };
    expect("layer-device-types", &of, "'a:GPU,b:DLA,drop:DLA,c:DLA'\n");
}

static void groups_must_be_the_networks_layers(void **state)
{
    (void) state;
    plan of = usual;
    of.groups[0] = "0-0";
    refuse("csv", &of, HAX_BAD_INPUT, "does not go on at layer 1");
    of = usual;
    of.groups[1] = "2-3";
    refuse("csv", &of, HAX_BAD_INPUT, "does not go on at layer 2 of the 3");
    of.groups[0] = "0";
    of.groups[1] = "1";
    refuse("csv", &of, HAX_BAD_INPUT, "end before layer 2");
    of.groups[1] = "head";
    refuse("csv", &of, HAX_BAD_INPUT, "'head' of 'one' is not named after its layers");
    of.groups[1] = "1-2147483647";
    refuse("csv", &of, HAX_BAD_INPUT, "is not named after its layers");
}

static void usage_is_checked(void **state)
{
    (void) state;
    plan of = usual;
    refuse("yaml", &of, HAX_USAGE, "no format 'yaml' (known: json, csv");
    of.device = "gpu";
    refuse("csv", &of, HAX_USAGE, "is not UNIT=DEVICE");
    of.device = "gp=GPU";
    refuse("csv", &of, HAX_USAGE, "has no unit 'gp'");
    of = usual;
    refuse("onnxruntime", &of, HAX_BAD_INPUT, "odd is no ONNX model");
    for (int f = 0; hax_export_format_at(f); f++)
        assert_non_null(hax_export_format_at(f)->text);
}

/* ---- at the limit of groups ------------------------------------------------------------------
 */

enum { MANY_LAYERS = TEST_COUNT(100000 / HAX_MAX_INSTANCES) };

static hax_model *long_model(void)
{
    hax_text text = { 0 };
    hax_model *model = NULL;
    hax_error err = { 0 };
    hax_text_append(&text, "name: \"long\"\ninput: \"data\"\n"
                           "input_shape { dim: 1 dim: 1 dim: 2 dim: 2 }\n");
    for (int l = 0; l < MANY_LAYERS; l++) {
        hax_text_printf(&text, "layer { name: \"l%d\" type: \"Pooling\" top: \"l%d\" ", l, l);
        hax_text_printf(&text, l > 0 ? "bottom: \"l%d\" " : "bottom: \"data\" ", l - 1);
        hax_text_append(&text, "pooling_param { pool: MAX kernel_size: 1 stride: 1 } }\n");
    }
    must(hax_model_parse_prototxt(hax_text_get(&text), text.length, "long.prototxt", NULL, &model,
                                  &err),
         &err);
    hax_text_free(&text);
    return model;
}

static const hax_problem *long_problem(void)
{
    hax_text text = { 0 };
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    hax_text_append(&text, "{\"schema\": \"haxconn/problem\", \"version\": 1, \"resources\": "
                           "[\"r\", \"s\"], \"units\": [{\"name\": \"gpu\", \"uses\": [\"r\"]}, "
                           "{\"name\": \"dla\", \"uses\": [\"s\"]}], \"instances\": [");
    for (int i = 0; i < HAX_MAX_INSTANCES; i++) {
        hax_text_printf(&text, "%s{\"name\": \"i%d\", \"groups\": [", i > 0 ? ", " : "", i);
        for (int g = 0; g < MANY_LAYERS; g++)
            hax_text_printf(&text, "%s{\"name\": \"%d\", \"on\": {\"%s\": {\"time_ms\": %d}}}",
                            g > 0 ? ", " : "", g, (i + g / 10) % 2 ? "gpu" : "dla", 1 + g % 3);
        hax_text_append(&text, "]}");
    }
    hax_text_append(&text, "], \"objective\": \"latency\"}");
    must(hax_problem_parse(hax_text_get(&text), text.length, "long.json", &problem, &err), &err);
    hax_text_free(&text);
    return problem;
}

/* A row for each group's run, as the plan has it. */
static void check_rows(const hax_problem *problem, const hax_schedule *schedule, char *csv)
{
    int next[HAX_MAX_INSTANCES] = { 0 }, rows = 0;
    double(*starts_ms)[MANY_LAYERS] = calloc(HAX_MAX_INSTANCES, sizeof *starts_ms);
    assert_non_null(starts_ms);
    for (int j = 0; j < schedule->job_count; j++)
        if (schedule->jobs[j].part == HAX_PART_RUN)
            starts_ms[schedule->jobs[j].instance][schedule->jobs[j].group] =
                schedule->jobs[j].start_ms;
    for (char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char expected[100], row[100], layer[16];
        int instance;
        snprintf(row, sizeof row, "%.*s", (int) strcspn(line, "\n") + 1, line);
        if (sscanf(row, "i%d,long,%15[0-9],", &instance, layer) != 2)
            continue; /* the input */
        const int g = next[instance]++;
        const double start_ms = starts_ms[instance][g];
        snprintf(expected, sizeof expected, "i%d,long,%d,l%d,Pooling,%d,%s,%.6g,%.6g\n", instance,
                 g, g, g, problem->units[schedule->assignment[instance][g]].name, start_ms,
                 start_ms + 1 + g % 3);
        if (strcmp(row, expected) != 0)
            fail_msg("'%s' is not '%s'", row, expected);
        rows++;
    }
    assert_int_equal(rows, HAX_MAX_INSTANCES * MANY_LAYERS);
    free(starts_ms);
}

/* Groups are not looked for one by one: that took ten seconds of a processor here. */
static void as_many_groups_as_there_may_be_are_exported(void **state)
{
    (void) state;
    const hax_problem *problem = long_problem();
    hax_model *model = long_model();
    const hax_model *models[HAX_MAX_INSTANCES];
    const hax_schedule *schedule = NULL;
    hax_error err = { 0 };
    must(hax_baseline_earliest_finish(problem, NULL, &schedule, &err), &err);
    for (int i = 0; i < HAX_MAX_INSTANCES; i++)
        models[i] = model;
    char *csv = NULL, *json = NULL;
    must(hax_export_text("csv", problem, schedule, models, NULL, &csv, &err), &err);
    check_rows(problem, schedule, csv);
    must(hax_export_text("json", problem, schedule, models, NULL, &json, &err), &err);
    free(json);
    free(csv);
    hax_schedule_destroy(schedule);
    hax_model_destroy(model);
    hax_problem_destroy(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_has_a_row),
        cmocka_unit_test(trtexec_gets_gpu_or_dla),
        cmocka_unit_test(trtexec_cannot_be_told_everything),
        cmocka_unit_test(groups_must_be_the_networks_layers),
        cmocka_unit_test(usage_is_checked),
        cmocka_unit_test(as_many_groups_as_there_may_be_are_exported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
