/* Drivers: found by name, asked in a process of their own, refusing what they cannot do. */
#define _GNU_SOURCE
#include "fixture.h"

#include <errno.h>

#include "graph.h"
#include "nets.h"

static const double TOLERANCE = 1e-4;

static hax_model *read_net(const char *text, const char *file)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(text, strlen(text), file, NULL, &model, &err) != HAX_OK)
        fail_msg("%s:%d:%d: %s", file, err.line, err.column, err.message);
    return model;
}

static const hax_grouping *cut(const hax_model *model)
{
    const hax_grouping *grouping = NULL;
    hax_error err = { 0 };
    if (hax_grouping_make(model, "fine", &grouping, &err) != HAX_OK)
        fail_msg("%s", err.message);
    return grouping;
}

static const char *net_text(const char *name)
{
    for (int n = 0; n < NET_COUNT; n++)
        if (strcmp(nets[n].name, name) == 0)
            return nets[n].text;
    fail_msg("no network '%s'", name);
    return NULL;
}

static void drivers_are_found_by_name(void **state)
{
    (void) state;
    assert_true(hax_driver_find("onednn")->computes);
    assert_true(hax_driver_find("portable")->computes);
    assert_false(hax_driver_find("null")->computes);
    assert_false(hax_driver_find("synthetic")->computes);
    assert_true(hax_driver_find("tensorrt")->computes);
    assert_null(hax_driver_find("abacus"));
}

/* ---- asking ------------------------------------------------------------------------------ */

static bool is_loaded(const char *library)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        found = found || strstr(line, library);
    fclose(maps);
    return found;
}

static void asking_leaves_nothing_behind(void **state)
{
    (void) state;
    hax_driver_probe probe;
    assert_int_equal(hax_driver_ask("onednn", &probe, NULL), HAX_OK);
    if (probe.available) {
        assert_non_null(strstr(probe.library, "oneDNN "));
        assert_string_not_equal(probe.isa, "");
    } else {
        assert_string_not_equal(probe.reason, "");
    }
    assert_false(is_loaded("libgomp"));
    assert_false(is_loaded("libdnnl"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void asking_knows_who_is_there(void **state)
{
    (void) state;
    hax_driver_probe probe;
    assert_int_equal(hax_driver_ask("portable", &probe, NULL), HAX_OK);
    assert_true(probe.available);
    assert_int_equal(hax_driver_ask("tensorrt", &probe, NULL), HAX_OK);
    assert_false(probe.available);
}

/* ---- what can run where ---------------------------------------------------------------------- */

static const hax_platform *open_platform(const char *name)
{
    const hax_platform *platform = NULL;
    hax_error err = { 0 };
    if (hax_platform_load(name, &platform, &err) != HAX_OK)
        fail_msg("%s: %s", name, err.message);
    return platform;
}

/* A volume: no driver resizes three dimensions. */
static hax_model *volume_resized(void)
{
    static const float scales[] = { 1, 1, 2, 2, 2 };
    static const int64_t order[] = { 0, 1, 2, 4, 3 };
    hax_model *model = NULL;
    hax_layer_list list;
    hax_layer_list_init(&list, hax_arena_create(), "up", "up.onnx");
    hax_layer_spec *input = hax_layer_list_add(&list, HAX_OP_INPUT, "data");
    hax_layer_spec *turned = hax_layer_list_add(&list, HAX_OP_TRANSPOSE, "turned");
    hax_layer_spec *up = hax_layer_list_add(&list, HAX_OP_RESIZE, "up");
    input->params.shape = (hax_shape){ 5, { 1, 2, 3, 4, 5 } };
    turned->params.order = (hax_layer_longs){ 5, order };
    up->params.scales = (hax_layer_reals){ 5, scales };
    up->line = 3;
    hax_layer_spec *const layer_spec[] = { input, turned, up };
    for (int l = 0; l < 3; l++) {
        hax_layer_list_set_tops(&list, layer_spec[l], &layer_spec[l]->name, 1);
        hax_layer_list_set_bottoms(&list, layer_spec[l], l > 0 ? &layer_spec[l - 1]->name : NULL,
                                   l > 0);
    }
    assert_int_equal(hax_graph_build(&list, &model, NULL), HAX_OK);
    return model;
}

static void a_layer_no_unit_runs_is_named(void **state)
{
    (void) state;
    hax_error err = { 0 };
    const hax_platform *platform = open_platform("host");
    hax_model *model = volume_resized();
    const hax_grouping *grouping = cut(model);
    assert_int_equal(hax_platform_check_model(platform, model, &err), HAX_BAD_INPUT);
    assert_string_equal(err.file, "up.onnx");
    assert_int_equal(err.line, 3);
    assert_non_null(strstr(err.message, "'up'"));
    assert_non_null(strstr(err.message, "Resize"));
    assert_true(hax_unit_supports_group(platform, 0, model, &grouping->groups[0]));
    assert_false(
        hax_unit_supports_group(platform, 0, model, &grouping->groups[grouping->count - 1]));
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
    hax_platform_destroy(platform);
}

static void every_builtin_network_can_run(void **state)
{
    (void) state;
    const hax_platform *platform = open_platform("host");
    for (const char *const *name = hax_model_builtin_names(); *name; name++) {
        hax_model *model = NULL;
        hax_error err = { 0 };
        assert_int_equal(hax_model_load(*name, NULL, &model, &err), HAX_OK);
        if (hax_platform_check_model(platform, model, &err) != HAX_OK)
            fail_msg("%s", err.message);
        hax_model_destroy(model);
    }
    hax_platform_destroy(platform);
}

/* ---- refusals -------------------------------------------------------------------------------- */

typedef struct refusal {
    hax_kind kind;
    const char *part; /* of the message */
} refusal;

static const refusal refusals[] = {
    { { "k", "portable", "sse41", "f32" }, "no instruction-set cap" },
    { { "k", "synthetic", "", "f32" }, "virtual clock" },
    { { "k", "onednn", "", "int8" }, "int8" },
    { { "k", "onednn", "sse9", "f32" }, "sse9" },
};

static void open_refused(void *context)
{
    const refusal *with = context;
    hax_device *device = NULL;
    hax_error err = { 0 };
    HOLDS(hax_driver_find(with->kind.driver)->open(&with->kind, &device, &err) == HAX_UNAVAILABLE);
    HOLDS(device == NULL);
    HOLDS(strstr(err.message, with->kind.name));
    HOLDS(strstr(err.message, with->part));
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void) state;
    bool library = onednn_is_here();
    for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++) {
        if (!library && strcmp(refusals[r].kind.driver, "onednn") == 0)
            continue;
        refusal copy = refusals[r];
        assert_int_equal(end_of_child(start_child(open_refused, &copy)), 0);
    }
}

/* ---- a device that sees many models ---------------------------------------------------------- */

static void run_text(hax_device *device, const char *text, float *outputs)
{
    const hax_driver *driver = hax_device_driver(device);
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    MUST(hax_model_parse_prototxt(text, strlen(text), "net", NULL, &model, err));
    MUST(hax_grouping_make(model, "fine", &grouping, err));
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    put_inputs(driver, task, model, 7);
    for (int g = 0; g < grouping->count; g++)
        MUST(driver->run(task, g, err));
    get_outputs(driver, task, model, outputs);
    driver->unbind(task);
    driver->discard(program);
    free_slots(slots, model);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* Alike but for a parameter: a later model must not get what an earlier one left. */
static void run_models_in_turn(void *context)
{
    (void) context;
    enum { ROOM = 4096 };
    static const char *const texts[] = {
        INPUT(8, 6, 6) CONV("a", "data", "num_output: 16 kernel_size: 3") RELU("r", "a"),
        INPUT(8, 6, 6) CONV("a", "data", "num_output: 16 kernel_size: 3"),
        INPUT(8, 6, 6) CONV("a", "data", "num_output: 16 kernel_size: 3 bias_term: false"),
        INPUT(8, 6, 6) CONV("b", "data", "num_output: 12 kernel_size: 3"),
    };
    static float expected[ROOM], got[ROOM];
    hax_device *loops = open_device("portable", ""), *device = open_device("onednn", "");
    for (int i = 0; i < 12; i++) {
        const char *text = texts[i % 4];
        memset(expected, 0, sizeof expected);
        memset(got, 0, sizeof got);
        run_text(loops, text, expected);
        run_text(device, text, got);
        HOLDS(difference(expected, got, ROOM) < TOLERANCE);
    }
    hax_device_driver(device)->close(device);
    hax_device_driver(loops)->close(loops);
    check_leaks();
}

static void models_come_and_go(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    assert_int_equal(end_of_child(start_child(run_models_in_turn, NULL)), 0);
}

/* ---- notes ----------------------------------------------------------------------------------- */

typedef struct noted {
    const hax_model *model;
    const hax_grouping *grouping;
    const char *isa;
    hax_kernel_note notes[64]; /* [kernel] */
    int beats;
} noted;

static void count_beat(void *context)
{
    ((noted *) context)->beats++;
}

static void take_notes(void *context)
{
    noted *with = context;
    hax_device *device = open_device("onednn", with->isa);
    const hax_driver *driver = hax_device_driver(device);
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    hax_program *program;
    MUST(driver->enter(device, &unit, err));
    MUST(
        driver->build(device, &unit, with->model, with->grouping, count_beat, with, &program, err));
    for (int k = 0; k < hax_model_kernel_count(with->model); k++)
        driver->note(program, k, &with->notes[k]);
    driver->discard(program);
    driver->close(device);
    check_leaks();
}

static noted *notes_of(const hax_model *model, const hax_grouping *grouping, const char *isa)
{
    noted *with = shared_alloc(sizeof *with);
    assert_true(hax_model_kernel_count(model) <= 64);
    *with = (noted){ .model = model, .grouping = grouping, .isa = isa };
    assert_int_equal(end_of_child(start_child(take_notes, with)), 0);
    return with;
}

static void slow_kernels_are_noted(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    hax_model *model = read_net(net_text("average with padding, rounded up"), "net");
    const hax_grouping *grouping = cut(model);
    const noted *with = notes_of(model, grouping, "");
    int last = hax_model_kernel_count(model) - 1;
    assert_int_equal(with->beats, last + 1);
    assert_true(with->notes[last].slow);
    assert_string_equal(with->notes[last].implementation, "reference loops");
    assert_string_not_equal(with->notes[0].implementation, "");
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

/* The pooling behind a normalisation was 50 times slower under the cap in the layout that the
 * normalisation leaves. */
static void alexnet_under_the_cap_has_no_slow_kernel(void **state)
{
    (void) state;
    if (why_no_caps())
        SKIP(why_no_caps());
    hax_model *model = NULL;
    assert_int_equal(hax_model_load("alexnet", NULL, &model, NULL), HAX_OK);
    const hax_grouping *grouping = cut(model);
    const noted *with = notes_of(model, grouping, "sse41");
    for (int k = 0; k < hax_model_kernel_count(model); k++)
        if (with->notes[k].slow)
            fail_msg("kernel %d: %s", k, with->notes[k].implementation);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_found_by_name),
        cmocka_unit_test(asking_leaves_nothing_behind),
        cmocka_unit_test(asking_knows_who_is_there),
        cmocka_unit_test(a_layer_no_unit_runs_is_named),
        cmocka_unit_test(every_builtin_network_can_run),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(models_come_and_go),
        cmocka_unit_test(slow_kernels_are_noted),
        cmocka_unit_test(alexnet_under_the_cap_has_no_slow_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
