/*
 * oracle_outputs FILE.onnx DRIVER [NAME=SHAPE]
 *
 * Runs a network on one thread, cut wherever at most so many tensors cross as can be allowed: reads
 * its inputs as raw floats from standard input, writes its outputs one after the other to standard
 * output. With DRIVER "inputs" it only lists the names of the inputs that it reads, in order.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

enum { ALIGNMENT = 64 };

static bool is_boundary(const hax_model *model, const hax_grouping *grouping, int tensor)
{
    for (int i = 0; i < hax_model_input_count(model); i++)
        if (hax_model_input(model, i) == tensor)
            return true;
    for (int g = 0; g < grouping->count; g++) {
        hax_crossing crossing = hax_group_crossing(model, grouping, g);
        for (int t = 0; t < crossing.count; t++)
            if (crossing.tensors[t] == tensor)
                return true;
    }
    for (int o = 0; o < hax_model_output_count(model); o++)
        if (hax_model_output(model, o) == tensor)
            return true;
    return false;
}

/* Slots for the inputs, the outputs and what crosses groups. */
static void **make_slots(const hax_driver *driver, const hax_program *program,
                         const hax_model *model, const hax_grouping *grouping)
{
    int tensors = hax_model_tensor_count(model);
    void **slots = calloc((size_t) tensors, sizeof *slots);
    for (int t = 0; slots && t < tensors; t++) {
        bool boundary = is_boundary(model, grouping, t);
        size_t bytes = boundary ? driver->layout(program, t)->bytes : 0;
        if (boundary)
            slots[t] = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
    }
    return slots;
}

static hax_status give_outputs(const hax_driver *driver, hax_task *task, const hax_model *model,
                               hax_error *err)
{
    for (int o = 0; o < hax_model_output_count(model); o++) {
        int tensor = hax_model_output(model, o);
        size_t bytes = hax_model_tensor(model, tensor)->bytes;
        float *values = malloc(bytes);
        hax_status status =
            values ? driver->export(task, tensor, values, err) : hax_fail_memory(err, "an output");
        if (status == HAX_OK && fwrite(values, 1, bytes, stdout) != bytes)
            status = hax_fail(err, HAX_IO, "cannot write an output");
        free(values);
        HAX_TRY(status);
    }
    return HAX_OK;
}

static hax_status take_input(const hax_driver *driver, hax_task *task, const hax_model *model,
                             int input, hax_error *err)
{
    size_t bytes = hax_model_tensor(model, input)->bytes;
    float *values = malloc(bytes);
    hax_status status = values ? HAX_OK : hax_fail_memory(err, "the input");
    if (status == HAX_OK && fread(values, 1, bytes, stdin) != bytes)
        status = hax_fail(err, HAX_BAD_INPUT, "standard input ends within the inputs");
    if (status == HAX_OK)
        status = driver->import(task, input, &hax_layout_plain_tag, values, err);
    free(values);
    return status;
}

static hax_status run(const hax_model *model, const char *name, hax_error *err)
{
    int cpu = sched_getcpu();
    const hax_unit unit = { .name = "unit", .cpu_count = 1, .cpus = &cpu, .threads = 1 };
    const hax_kind kind = { .name = "kind", .driver = name, .isa = "", .precision = "f32" };
    const hax_driver *driver = hax_driver_find(name);
    hax_device *device = NULL;
    const hax_grouping *grouping = NULL;
    hax_program *program = NULL;
    hax_task *task = NULL;
    if (!driver)
        return hax_fail(err, HAX_UNAVAILABLE, "no driver is called %s", name);
    for (int k = 0; k < hax_model_kernel_count(model); k++) {
        char why[200];
        if (!driver->supports(model, k, why, sizeof why))
            return hax_fail(err, HAX_UNAVAILABLE, "%s", why);
    }
    HAX_TRY(driver->open(&kind, &device, err));
    driver = hax_device_driver(device);
    HAX_TRY(hax_grouping_make(model, "fine", &grouping, err));
    HAX_TRY(driver->enter(device, &unit, err));
    HAX_TRY(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    HAX_TRY(driver->bind(program, make_slots(driver, program, model, grouping), &task, err));
    for (int i = 0; i < hax_model_input_count(model); i++)
        HAX_TRY(take_input(driver, task, model, hax_model_input(model, i), err));
    for (int g = 0; g < grouping->count; g++)
        HAX_TRY(driver->run(task, g, err));
    return give_outputs(driver, task, model, err);
}

static void list_inputs(const hax_model *model)
{
    for (int i = 0; i < hax_model_input_count(model); i++)
        printf("%s\n", hax_model_input_info(model, i).name);
}

int main(int argc, char **argv)
{
    hax_error err = { 0 };
    hax_model *model = NULL;
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s FILE.onnx DRIVER [NAME=SHAPE]\n", argv[0]);
        return 2;
    }
    const char *shapes[] = { argc > 3 ? argv[3] : NULL };
    hax_model_options options = hax_model_options_default();
    options.shape_count = argc - 3;
    options.shapes = shapes;
    options.cut_tensors = HAX_CUT_TENSORS_MAX;
    hax_status status = hax_model_load(argv[1], &options, &model, &err);
    if (status == HAX_OK && strcmp(argv[2], "inputs") == 0)
        list_inputs(model);
    else if (status == HAX_OK)
        status = run(model, argv[2], &err);
    if (status != HAX_OK)
        fprintf(stderr, "%s\n", err.message);
    hax_model_destroy(model);
    return hax_status_exit_code(status);
}
