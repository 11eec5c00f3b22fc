/* Profiles from other tools' files: demands with their sources, and what is said of what is
 * missing. */
#include "fixture.h"

#include "haxconn/import.h"
#include "text.h"

/* conv1 0, relu1 1, pool1 2, conv2 3; groups 0-1 and 2-3. */
static const char network[] =
    "name: \"tiny\"\ninput: \"data\"\ninput_shape { dim: 1 dim: 3 dim: 32 dim: 32 }\n"
    "layer { name: \"conv1\" type: \"Convolution\" bottom: \"data\" top: \"conv1\"\n"
    "  convolution_param { num_output: 8 kernel_size: 3 pad: 1 } }\n"
    "layer { name: \"relu1\" type: \"ReLU\" bottom: \"conv1\" top: \"conv1\" }\n"
    "layer { name: \"pool1\" type: \"Pooling\" bottom: \"conv1\" top: \"pool1\"\n"
    "  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    "layer { name: \"conv2\" type: \"Convolution\" bottom: \"pool1\" top: \"conv2\"\n"
    "  convolution_param { num_output: 16 kernel_size: 3 pad: 1 } }\n";

static const char machine[] =
    "{\"schema\": \"haxconn/platform\", \"version\": 1, \"name\": \"board\", \"simulated\": true,\n"
    " \"resources\": [\"gpu\", \"dla\"],\n"
    " \"kinds\": [{\"name\": \"gpu\", \"driver\": \"synthetic\", \"precision\": \"f16\",\n"
    "             \"law\": {\"gmac_per_s\": 1000, \"gbps\": 100}},\n"
    "            {\"name\": \"dla\", \"driver\": \"synthetic\", \"precision\": \"f16\",\n"
    "             \"law\": {\"gmac_per_s\": 500, \"gbps\": 50}}],\n"
    " \"units\": [{\"name\": \"gpu\", \"kind\": \"gpu\", \"uses\": [\"gpu\"]},\n"
    "            {\"name\": \"dla\", \"kind\": \"dla\", \"uses\": [\"dla\"]}]}\n";

enum { GPU_UNIT, DLA_UNIT, IMPORTS_MAX = 16 };

typedef struct bench {
    hax_model *model;
    const hax_grouping *grouping;
    const hax_platform *platform;
    int count;
    const hax_import *imports[IMPORTS_MAX];
    const hax_profile *profile;
} bench;

static void must(hax_status status, const hax_error *err)
{
    if (status != HAX_OK)
        fail_msg("%s", err->message);
}

static void bench_open(bench *measured)
{
    hax_error err = { 0 };
    *measured = (bench){ 0 };
    must(hax_model_parse_prototxt(network, strlen(network), "tiny", NULL, &measured->model, &err),
         &err);
    must(hax_grouping_make(measured->model, "2,", &measured->grouping, &err), &err);
    must(hax_platform_parse(machine, strlen(machine), "board.json", &measured->platform, &err),
         &err);
}

static void bench_close(bench *measured)
{
    for (int i = 0; i < measured->count; i++)
        hax_import_destroy(measured->imports[i]);
    hax_profile_destroy(measured->profile);
    hax_platform_destroy(measured->platform);
    hax_grouping_destroy(measured->grouping);
    hax_model_destroy(measured->model);
}

static const hax_import *add(bench *measured, const char *kind, const char *file, const char *text,
                             const hax_import_options *how)
{
    hax_error err = { 0 };
    must(hax_import_parse(kind, text, strlen(text), file, how, &measured->imports[measured->count],
                          &err),
         &err);
    return measured->imports[measured->count++];
}

/* A profile of name and time pairs, and its match with what is there already. */
static void add_profile(bench *measured, const char *file, const char *const *names,
                        const double *ms)
{
    hax_text text = { 0 };
    hax_error err = { 0 };
    hax_text_append(&text, "[\n  { \"count\" : 1 }\n");
    for (int e = 0; names[e]; e++)
        hax_text_printf(
            &text,
            ", { \"name\" : \"%s\", \"timeMs\" : %g, \"averageMs\" : %g, \"percentage\" "
            ": 1 }\n",
            names[e], ms[e], ms[e]);
    hax_text_append(&text, "]\n");
    add(measured, "trtexec-profile", file, hax_text_get(&text), NULL);
    hax_text_free(&text);
    must(hax_import_match(measured->imports[measured->count - 1], measured->count,
                          (const hax_import *const *) measured->imports, measured->model,
                          measured->grouping, &measured->imports[measured->count], &err),
         &err);
    measured->count++;
}

static void add_engines(bench *measured)
{
    static const char *const whole[] = { "conv1 + relu1", "pool1", "conv2", NULL };
    static const char *const all[] = { "{ForeignNode[conv1...conv2]}", NULL };
    static const char *const half[] = {
        "conv1 + relu1", "Reformatting CopyNode for Input Tensor 0 to {ForeignNode[pool1...conv2]}",
        "{ForeignNode[pool1...conv2]}", NULL
    };
    hax_error err = { 0 };
    add(measured, "trtexec-log", "log",
        "[I] [TRT] [DlaLayer] {ForeignNode[conv1...conv2]}\n"
        "[I] [TRT] [DlaLayer] {ForeignNode[pool1...conv2]}\n",
        NULL);
    add_profile(measured, "gpu.json", whole, (const double[]){ 2, 1, 3 });
    add_profile(measured, "tiny_gpu_transition_at_0.json", all, (const double[]){ 9 });
    add_profile(measured, "tiny_gpu_transition_at_2.json", half, (const double[]){ 2, 0.25, 5 });
    must(hax_import_fit(measured->count, (const hax_import *const *) measured->imports,
                        measured->model, &measured->imports[measured->count], &err),
         &err);
    measured->count++;
}

static void add_counters(bench *measured)
{
    add(measured, "ncu", "ncu.csv",
        "\"ID\",\"Kernel Name\",\"dram__bytes.sum\",\"gpu__time_duration.sum\"\n"
        "\"\",\"\",\"Mbyte\",\"ms\"\n"
        "\"0\",\"k1\",\"40\",\"2\"\n\"1\",\"k2\",\"10\",\"1\"\n\"2\",\"k3\",\"70\",\"3\"\n",
        NULL);
}

static void add_load(bench *measured, const char *side, int percent, int emc_bits)
{
    char text[512], line[120];
    hax_import_options how = hax_import_options_default();
    how.emc_bits = emc_bits;
    how.ran_on = side;
    snprintf(line, sizeof line, "RAM 1/4MB CPU [1%%@100] EMC_FREQ %d%%@2000 GR3D_FREQ 9%%\n",
             percent);
    snprintf(text, sizeof text, "%s%s%s", line, line, line);
    add(measured, "tegrastats", side, text, &how);
}

static void make_profile(bench *measured)
{
    const hax_profile_network profile_network = { "tiny", measured->model, measured->grouping };
    hax_error err = { 0 };
    must(hax_profile_from_imports(measured->count, (const hax_import *const *) measured->imports,
                                  &profile_network, measured->platform, &measured->profile, &err),
         &err);
}

static const hax_group_cost *cost(const bench *measured, int group, int unit)
{
    return &measured->profile->networks[0].cost[group][unit];
}

static void expect_demand(const bench *measured, int group, int unit, double gbps,
                          hax_demand_source demand)
{
    assert_float_equal(cost(measured, group, unit)->gbps, gbps, 1e-9);
    assert_int_equal(cost(measured, group, unit)->demand, demand);
    assert_true(cost(measured, group, unit)->gbps_spread > 0);
}

static void counters_and_the_ratio_of_loads(void **state)
{
    (void) state;
    bench measured;
    bench_open(&measured);
    add_counters(&measured);
    add_engines(&measured);
    add_load(&measured, "gpu", 40, 0);
    add_load(&measured, "dla", 30, 0);
    make_profile(&measured);
    expect_demand(&measured, 0, GPU_UNIT, 20, HAX_DEMAND_COUNTERS);
    expect_demand(&measured, 1, GPU_UNIT, 20, HAX_DEMAND_COUNTERS);
    expect_demand(&measured, 0, DLA_UNIT, 15, HAX_DEMAND_RATIO);
    assert_non_null(strstr(cost(&measured, 0, DLA_UNIT)->run_source, "fit to engines"));
    assert_non_null(strstr(cost(&measured, 1, DLA_UNIT)->in_source, "reformat in a profile"));
    assert_non_null(strstr(cost(&measured, 1, DLA_UNIT)->out_source, "no group behind it"));
    assert_non_null(strstr(measured.profile->source, "demands on the GPU from ncu.csv"));
    assert_non_null(strstr(measured.profile->source, "by the ratio of loads in gpu, dla"));
    assert_non_null(strstr(measured.profile->source, "no OUT of the GPU, taken as nothing"));
    assert_float_equal(cost(&measured, 1, DLA_UNIT)->in.median, 0.25, 1e-12);
    bench_close(&measured);
}

/* 50 % of 2000 MHz x 2 x 128 bit is 32 GB/s. */
static void loads_are_shared_by_counted_bytes(void **state)
{
    (void) state;
    bench measured;
    bench_open(&measured);
    add_engines(&measured);
    add_load(&measured, "gpu", 50, 128);
    add_load(&measured, "dla", 25, 128);
    make_profile(&measured);
    double bytes = 0, ms = 0;
    for (int g = 0; g < 2; g++) {
        assert_int_equal(cost(&measured, g, GPU_UNIT)->demand, HAX_DEMAND_LOAD);
        assert_int_equal(cost(&measured, g, DLA_UNIT)->demand, HAX_DEMAND_RATIO);
        assert_float_equal(cost(&measured, g, DLA_UNIT)->gbps,
                           cost(&measured, g, GPU_UNIT)->gbps / 2, 1e-9);
        bytes += cost(&measured, g, GPU_UNIT)->gbps * cost(&measured, g, GPU_UNIT)->run.median;
        ms += cost(&measured, g, GPU_UNIT)->run.median;
    }
    assert_float_equal(bytes / ms, 32, 1e-9);
    bench_close(&measured);
}

static void without_measurements_bytes_are_counted_and_it_is_said(void **state)
{
    (void) state;
    bench measured;
    bench_open(&measured);
    add_engines(&measured);
    add_load(&measured, "gpu", 0, 128);
    make_profile(&measured);
    for (int unit = 0; unit < 2; unit++) {
        assert_int_equal(cost(&measured, 0, unit)->demand, HAX_DEMAND_COUNTED);
        assert_float_equal(cost(&measured, 0, unit)->gbps_spread, 1, 0);
        assert_non_null(strstr(cost(&measured, 0, unit)->gbps_source, "not measured"));
    }
    assert_non_null(
        strstr(measured.profile->source, "no load of the memory (without root, or idle) in"));
    bench_close(&measured);
}

static void a_pressure_table_becomes_the_slowdown(void **state)
{
    (void) state;
    static const double own[] = { 10, 20 }, external[] = { 10, 20 };
    static const double achieved[] = { 10, 9, 18, 14 };
    const hax_pressure_table table = { 2, 2, own, external, achieved };
    bench measured;
    hax_error err = { 0 };
    bench_open(&measured);
    add_counters(&measured);
    add_engines(&measured);
    make_profile(&measured);
    const hax_profile *pressed = NULL;
    assert_int_equal(hax_profile_with_pressure(measured.profile, "npu", &table, &pressed, &err),
                     HAX_USAGE);
    assert_null(pressed);
    static double many[65];
    const hax_pressure_table large = { 65, 2, many, external, many };
    assert_int_equal(hax_profile_with_pressure(measured.profile, "gpu", &large, &pressed, &err),
                     HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "65 kernels and 2 pressures; at most 64 of each"));
    must(hax_profile_with_pressure(measured.profile, "gpu", &table, &pressed, &err), &err);
    assert_null(measured.profile->contention);
    char *text = NULL;
    const hax_profile *again = NULL;
    must(hax_profile_text(pressed, &text, &err), &err);
    hax_profile_destroy(pressed);
    must(hax_profile_parse(text, strlen(text), "again", &again, &err), &err);
    assert_non_null(again->contention[GPU_UNIT].fit);
    assert_string_equal(again->networks[0].cost[0][0].gbps_source,
                        cost(&measured, 0, 0)->gbps_source);
    assert_true(again->networks[0].cost[0][0].gbps_spread == cost(&measured, 0, 0)->gbps_spread);
    free(text);
    hax_profile_destroy(again);
    bench_close(&measured);
}

static void an_entry_across_a_cut_is_named(void **state)
{
    (void) state;
    static const char *const names[] = { "conv1 + relu1 + pool1", "conv2", NULL };
    bench measured;
    hax_error err = { 0 };
    bench_open(&measured);
    add_profile(&measured, "gpu.json", names, (const double[]){ 3, 3 });
    const hax_profile_network profile_network = { "tiny", measured.model, measured.grouping };
    assert_int_equal(
        hax_profile_from_imports(measured.count, (const hax_import *const *) measured.imports,
                                 &profile_network, measured.platform, &measured.profile, &err),
        HAX_BAD_INPUT);
    assert_non_null(strstr(err.message, "layers of the group 0-1 and of a later one"));
    bench_close(&measured);
}

/* What from_imports says of these files and this platform. */
static void refuse(bench *measured, const hax_platform *platform, const char *part)
{
    const hax_profile_network profile_network = { "tiny", measured->model, measured->grouping };
    hax_error err = { 0 };
    assert_int_equal(hax_profile_from_imports(measured->count,
                                              (const hax_import *const *) measured->imports,
                                              &profile_network, platform, &measured->profile, &err),
                     HAX_BAD_INPUT);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    assert_null(measured->profile);
}

static void what_is_missing_is_named(void **state)
{
    (void) state;
    const hax_platform *other = NULL;
    hax_error err = { 0 };
    bench measured;
    bench_open(&measured);
    refuse(&measured, measured.platform, "no time of layers 0-1 on the GPU");
    must(hax_platform_load("synthetic", &other, &err), &err);
    refuse(&measured, other, "has no unit called gpu and one called dla");
    hax_platform_destroy(other);
    bench_close(&measured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_and_the_ratio_of_loads),
        cmocka_unit_test(loads_are_shared_by_counted_bytes),
        cmocka_unit_test(without_measurements_bytes_are_counted_and_it_is_said),
        cmocka_unit_test(a_pressure_table_becomes_the_slowdown),
        cmocka_unit_test(an_entry_across_a_cut_is_named),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
