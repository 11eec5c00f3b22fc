/*
 * Real networks: the outputs of oneDNN with the whole instruction set and under the SSE4.1 cap,
 * which choose other kernels and layouts, must agree.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include "instrumented.h"

static const double TOLERANCE = 1e-4;
static const char *const names[] = { "alexnet", "googlenet", "mobilenet",
#ifndef TEST_INSTRUMENTED
                                     "resnet18", "densenet"
#endif
};

enum { NAME_COUNT = sizeof names / sizeof *names, OUTPUT_ROOM = 1000 };

typedef struct side {
    const char *isa;
    int threads;
    int at; /* the network in work, for the message */
    float outputs[NAME_COUNT][OUTPUT_ROOM];
} side;

static void run_network(hax_device *device, const char *name, int threads, float *outputs)
{
    const hax_driver *driver = hax_device_driver(device);
    int cpus[2];
    hax_unit unit = make_unit(threads, 0, cpus);
    hax_model *model = NULL;
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    MUST(hax_model_load(name, NULL, &model, err));
    MUST(hax_grouping_make(model, "blocks", &grouping, err));
    HOLDS(output_floats(model) == OUTPUT_ROOM);
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

static void run_side(void *context)
{
    side *with = context;
    hax_device *device = open_device("onednn", with->isa);
    for (int n = 0; n < NAME_COUNT; n++) {
        with->at = n;
        run_network(device, names[n], with->threads, with->outputs[n]);
    }
    hax_device_driver(device)->close(device);
}

static side *make_side(const char *isa, int threads)
{
    side *result = shared_alloc(sizeof *result);
    result->isa = isa;
    result->threads = threads;
    int end = end_of_child(start_child(run_side, result));
    if (end != 0)
        fail_msg("%s: ended with %#x in %s", isa, (unsigned) end, names[result->at]);
    return result;
}

static void instruction_sets_agree(void **state)
{
    (void) state;
    if (why_no_caps())
        SKIP(why_no_caps());
    const side *full = make_side("", 2), *capped = make_side("sse41", 1);
    for (int n = 0; n < NAME_COUNT; n++) {
        double apart = difference(full->outputs[n], capped->outputs[n], OUTPUT_ROOM);
        if (!(apart < TOLERANCE))
            fail_msg("%s: apart by %g", names[n], apart);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(instruction_sets_agree) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
