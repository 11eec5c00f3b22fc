/*
 * The sample ONNX networks, with the weights that are in them, against what ONNX Runtime 1.32 makes
 * of the same files and the same input.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include "../model/onnx_samples.h"

enum { OUTPUT_ROOM = 512 };

typedef struct place {
    int at;
    double value;
} place;

static const struct {
    const char *name;
    size_t count;
    double sum;
    place places[4];
} expected[] = {
    { "classifier",
      5,
      1.00000007,
      { { 0, 0.0965218395 }, { 1, 0.0614150167 }, { 2, 0.0556076951 }, { 3, 0.111341782 } } },
    { "shapes", 2, 3.5625, { { 0, 1.875 }, { 1, 1.6875 } } },
    { "detector",
      512,
      36.5651816,
      { { 0, 0.727437139 }, { 1, 0.727437139 }, { 256, 0.6328125 }, { 511, 0.4453125 } } },
    { "operators",
      4,
      0.186859576,
      { { 0, 0.0302556176 }, { 1, 0.0523077399 }, { 2, 0.0516687334 }, { 3, 0.0526274852 } } },
};

typedef struct job {
    const char *driver;
    const char *grouping;
    int sample;
    size_t count;
    float outputs[OUTPUT_ROOM];
} job;

/* The input that ONNX Runtime got: eighths from -1 to 7/8, in steps of seven. */
static void give_input(const hax_driver *driver, hax_task *task, const hax_model *model)
{
    int input = hax_model_input(model, 0);
    size_t count = hax_model_tensor(model, input)->bytes / sizeof(float);
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float) (i * 7 % 16) / 8 - 1;
    MUST(driver->import(task, input, &hax_layout_plain_tag, values, err));
    free(values);
}

static hax_model *load_sample(int sample)
{
    hax_model *model = NULL;
    message file = samples[sample].write();
    hax_model_options options = hax_model_options_default();
    options.shape_count = samples[sample].shape ? 1 : 0;
    options.shapes = &samples[sample].shape;
    MUST(hax_model_parse_onnx(file.data, file.length, samples[sample].name, &options, &model, err));
    hax_text_free(&file);
    return model;
}

static void run_sample(void *context)
{
    job *with = context;
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    hax_model *model = load_sample(with->sample);
    hax_device *device = open_device(with->driver, "");
    const hax_driver *driver = hax_device_driver(device);
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    MUST(hax_grouping_make(model, with->grouping, &grouping, err));
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    give_input(driver, task, model);
    for (int g = 0; g < grouping->count; g++)
        MUST(driver->run(task, g, err));
    with->count = output_floats(model);
    HOLDS(with->count <= OUTPUT_ROOM);
    get_outputs(driver, task, model, with->outputs);
    driver->unbind(task);
    driver->discard(program);
    driver->close(device);
    free_slots(slots, model);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void check_close(const char *name, const char *what, double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-5 * fmax(1, fabs(wanted))))
        fail_msg("%s: %s is %.9g, not %.9g", name, what, got, wanted);
}

static void check_sample(const char *driver, const char *grouping, int sample)
{
    job *with = shared_alloc(sizeof *with);
    *with = (job){ .driver = driver, .grouping = grouping, .sample = sample };
    int end = end_of_child(start_child(run_sample, with));
    if (end != 0)
        fail_msg("%s on %s: ended with %#x", expected[sample].name, driver, (unsigned) end);
    assert_int_equal(with->count, expected[sample].count);
    double sum = 0;
    for (size_t i = 0; i < with->count; i++)
        sum += (double) with->outputs[i];
    check_close(expected[sample].name, "the sum", sum, expected[sample].sum);
    for (int p = 0; p < 4; p++) {
        char what[40];
        const place *position = &expected[sample].places[p];
        if (p > 0 && position->at == 0)
            break;
        snprintf(what, sizeof what, "element %d", position->at);
        check_close(expected[sample].name, what, (double) with->outputs[position->at],
                    position->value);
    }
    munmap(with, sizeof *with);
}

static void check_all(const char *driver)
{
    for (size_t s = 0; s < sizeof expected / sizeof *expected; s++) {
        assert_string_equal(samples[s].name, expected[s].name);
        check_sample(driver, "fine", (int) s);
        check_sample(driver, "1", (int) s);
    }
}

static void portable_agrees(void **state)
{
    (void) state;
    check_all("portable");
}

static void onednn_agrees(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    check_all("onednn");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(portable_agrees),
                                        cmocka_unit_test(onednn_agrees) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
