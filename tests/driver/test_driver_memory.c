/* What drivers make of a network without memory: the device, the program, the task, a run. */
#define _GNU_SOURCE
#include "fixture.h"

#include "each_allocation.h"
#include "nets.h"
#include "random_operations.h"

/* What is built, and with what; the boundary's memory is there before. */
typedef struct driver_inputs {
    const char *driver;
    hax_unit unit;
    hax_model *model;
    const hax_grouping *grouping;
    void **slots;
    float *values;
} driver_inputs;

static hax_status run_all(const driver_inputs *inputs, const hax_driver *driver, hax_task *task,
                          hax_error *err)
{
    const hax_model *model = inputs->model;
    for (int i = 0; i < hax_model_input_count(model); i++) {
        hax_model_fill_input(model, i, 7, inputs->values);
        HAX_TRY(driver->import(task, hax_model_input(model, i), &hax_layout_plain_tag,
                               inputs->values, err));
    }
    for (int g = 0; g < inputs->grouping->count; g++)
        HAX_TRY(driver->run(task, g, err));
    for (int o = 0; o < hax_model_output_count(model); o++)
        HAX_TRY(driver->export(task, hax_model_output(model, o), inputs->values, err));
    return HAX_OK;
}

static hax_status bind(const driver_inputs *inputs, const hax_driver *driver, hax_program *program,
                       hax_error *err)
{
    hax_task *task = (void *) &hax_untouched;
    hax_status status = driver->bind(program, inputs->slots, &task, err);
    if (status != HAX_OK) {
        assert_ptr_equal(task, &hax_untouched);
        return status;
    }
    status = run_all(inputs, driver, task, err);
    driver->unbind(task);
    return status;
}

static hax_status build(const driver_inputs *inputs, hax_device *device, hax_error *err)
{
    const hax_driver *driver = hax_device_driver(device);
    const uint64_t keys[] = { 3, 5 };
    hax_program *program = (void *) &hax_untouched;
    HAX_TRY(driver->enter(device, &inputs->unit, err));
    if (driver->trust)
        HAX_TRY(driver->trust(device, keys, 2, err));
    hax_status status = driver->build(device, &inputs->unit, inputs->model, inputs->grouping, NULL,
                                      NULL, &program, err);
    if (status != HAX_OK) {
        assert_ptr_equal(program, &hax_untouched);
        return status;
    }
    status = bind(inputs, driver, program, err);
    driver->discard(program);
    return status;
}

static hax_status whole_life(const void *context, bool *kept, hax_error *err)
{
    const driver_inputs *inputs = context;
    const hax_kind kind = {
        .name = "kind", .driver = inputs->driver, .isa = "", .precision = "f32"
    };
    hax_device *device = (void *) &hax_untouched;
    hax_status status = hax_driver_find(inputs->driver)->open(&kind, &device, err);
    if (status != HAX_OK) {
        *kept = (void *) device == &hax_untouched;
        return status;
    }
    *kept = true; /* the device is closed whatever happens */
    status = build(inputs, device, err);
    hax_device_driver(device)->close(device);
    return status;
}

/* A layout in blocks of 16 channels has up to 16 times as many elements. */
static size_t roomy(const hax_tensor *tensor)
{
    return (tensor->bytes * 16 + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
}

static driver_inputs make_inputs(const char *driver, hax_model *model, int *cpus)
{
    driver_inputs inputs = { .driver = driver, .unit = make_unit(1, 0, cpus), .model = model };
    MUST(hax_grouping_make(inputs.model, "fine", &inputs.grouping, err));
    size_t largest = 0;
    for (int t = 0; t < hax_model_tensor_count(inputs.model); t++)
        if (hax_model_tensor(inputs.model, t)->bytes > largest)
            largest = hax_model_tensor(inputs.model, t)->bytes;
    inputs.values = malloc(largest);
    inputs.slots = calloc((size_t) hax_model_tensor_count(inputs.model), sizeof *inputs.slots);
    for (int t = 0; t < hax_model_tensor_count(inputs.model); t++)
        if (is_boundary(inputs.model, inputs.grouping, t))
            inputs.slots[t] = aligned_alloc(ALIGNMENT, roomy(hax_model_tensor(inputs.model, t)));
    return inputs;
}

static void free_inputs(driver_inputs *inputs)
{
    free_slots(inputs->slots, inputs->model);
    free(inputs->values);
    hax_grouping_destroy(inputs->grouping);
    hax_model_destroy(inputs->model);
}

static int try_model(const char *driver, const char *name, hax_model *model)
{
    int cpus[1];
    driver_inputs inputs = make_inputs(driver, model, cpus);
    const hax_allocation_case one = { .name = name, .call = whole_life, .places_most = 40 };
    int wrong = hax_each_allocation(1, &one, &inputs);
    free_inputs(&inputs);
    return wrong;
}

/* In a child: pinned, and with a library that is bound to its processors. */
static void try_all(void *context)
{
    enum { SEEDS = 2 };
    const char *driver = *(const char **) context;
    int wrong = 0;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
        hax_model *model = NULL;
        MUST(hax_model_parse_prototxt(nets[n].text, strlen(nets[n].text), nets[n].name, NULL,
                                      &model, err));
        wrong += try_model(driver, nets[n].name, model);
    }
    for (int n = 0; n < BUILDER_COUNT * SEEDS; n++)
        wrong += try_model(driver, builders[n / SEEDS].name, build_random(n / SEEDS, (uint64_t) n));
    fflush(NULL);
    HOLDS(wrong == 0);
}

static void plain_loops_without_memory(void **state)
{
    (void) state;
    const char *driver = "portable";
    assert_int_equal(end_of_child(start_child(try_all, &driver)), 0);
}

static void null_driver_without_memory(void **state)
{
    (void) state;
    const char *driver = "null";
    assert_int_equal(end_of_child(start_child(try_all, &driver)), 0);
}

static void onednn_without_memory(void **state)
{
    (void) state;
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    const char *driver = "onednn";
    assert_int_equal(end_of_child(start_child(try_all, &driver)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_loops_without_memory),
        cmocka_unit_test(null_driver_without_memory),
        cmocka_unit_test(onednn_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
