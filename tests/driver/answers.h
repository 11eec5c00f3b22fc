/* What a network gives for numbers that it is fed, by the portable driver. */
#ifndef TESTS_DRIVER_ANSWERS_H
#define TESTS_DRIVER_ANSWERS_H

#include "operations.h"

#define GIVES(model, input, ...) \
    expect((model), (input), COUNT(float, __VA_ARGS__), (const float[]){ __VA_ARGS__ }, __LINE__)
#define FED(...) ((const float[]){ __VA_ARGS__ })

/* Runs a network on given numbers and compares its first output; frees it. */
static inline void expect(hax_model *model, const float *input, int count, const float *wanted,
                          int line)
{
    int cpus[1];
    hax_unit unit = make_unit(1, 0, cpus);
    const hax_grouping *grouping = NULL;
    hax_program *program = NULL;
    hax_task *task = NULL;
    hax_error err = { 0 };
    hax_device *device = open_device("portable", "");
    const hax_driver *driver = hax_device_driver(device);
    assert_int_equal(hax_grouping_make(model, "1", &grouping, &err), HAX_OK);
    assert_int_equal(driver->build(device, &unit, model, grouping, NULL, NULL, &program, &err),
                     HAX_OK);
    void **slots = make_slots(driver, program, model, grouping);
    assert_int_equal(driver->bind(program, slots, &task, &err), HAX_OK);
    assert_int_equal(
        driver->import(task, hax_model_input(model, 0), &hax_layout_plain_tag, input, &err),
        HAX_OK);
    assert_int_equal(driver->run(task, 0, &err), HAX_OK);
    assert_int_equal(output_floats(model), count);
    float *got = calloc((size_t) count, sizeof *got);
    get_outputs(driver, task, model, got);
    for (int i = 0; i < count; i++)
        if (!(got[i] == wanted[i] || (isnan(got[i]) && isnan(wanted[i])) ||
              fabsf(got[i] - wanted[i]) <= 1e-5F * (1 + fabsf(wanted[i]))))
            fail_msg("line %d: element %d is %g, not %g", line, i, (double) got[i],
                     (double) wanted[i]);
    free(got);
    driver->unbind(task);
    driver->discard(program);
    driver->close(device);
    free_slots(slots, model);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

#endif
