/*
 * ONNX's operations on random shapes: oneDNN, whole and under the SSE4.1 cap, against the portable
 * loops, on one thread and on two, group by group at every legal cut.
 */
#define _GNU_SOURCE
#include "instrumented.h"
#include "random_operations.h"

enum { SEEDS = TEST_COUNT(12), ROOM = 1 << 14 };

static const double TOLERANCE = 1e-4;

enum { NET_COUNT = BUILDER_COUNT * SEEDS };

static hax_model *models[NET_COUNT];
static const hax_grouping *groupings[NET_COUNT];
static float *reference;

static int build_all(void **state)
{
    (void) state;
    for (int n = 0; n < NET_COUNT; n++) {
        hax_error err = { 0 };
        models[n] = build_random(n / SEEDS, (uint64_t) n);
        if (hax_grouping_make(models[n], "fine", &groupings[n], &err) != HAX_OK) {
            fprintf(stderr, "'%s' %d: %s\n", builders[n / SEEDS].name, n % SEEDS, err.message);
            return 1;
        }
        assert_true(output_floats(models[n]) <= ROOM);
    }
    return 0;
}

static int free_all(void **state)
{
    (void) state;
    for (int n = 0; n < NET_COUNT; n++) {
        hax_grouping_destroy(groupings[n]);
        hax_model_destroy(models[n]);
    }
    return 0;
}

typedef struct batch {
    const char *driver, *isa;
    int threads;
    int at; /* the network in work, for the message */
    float *outputs;
} batch;

static void run_net(hax_device *device, int n, int threads, float *outputs)
{
    int cpus[2];
    hax_unit unit = make_unit(threads, 0, cpus);
    const hax_driver *driver = hax_device_driver(device);
    hax_program *program = NULL;
    hax_task *task = NULL;
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, models[n], groupings[n], NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, models[n], groupings[n]);
    MUST(driver->bind(program, slots, &task, err));
    put_inputs(driver, task, models[n], 7);
    for (int turn = 0; turn < 2; turn++) /* the second time over what the first left */
        for (int g = 0; g < groupings[n]->count; g++)
            MUST(driver->run(task, g, err));
    get_outputs(driver, task, models[n], outputs);
    driver->unbind(task);
    driver->discard(program);
    free_slots(slots, models[n]);
}

static void run_batch(void *context)
{
    batch *with = context;
    hax_device *device = open_device(with->driver, with->isa);
    for (int n = 0; n < NET_COUNT; n++) {
        with->at = n;
        run_net(device, n, with->threads, with->outputs + (size_t) n * ROOM);
    }
    hax_device_driver(device)->close(device);
}

static float *outputs_of_batch(const char *driver, const char *isa, int threads)
{
    batch *result = shared_alloc(sizeof *result);
    *result =
        (batch){ driver, isa, threads, 0, shared_alloc((size_t) NET_COUNT * ROOM * sizeof(float)) };
    int end = end_of_child(start_child(run_batch, result));
    if (end != 0)
        fail_msg("%s %s: ended with %#x in '%s' %d", driver, isa, (unsigned) end,
                 builders[result->at / SEEDS].name, result->at % SEEDS);
    return result->outputs;
}

static void compare(const char *isa, int threads)
{
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    const float *got = outputs_of_batch("onednn", isa, threads);
    int wrong = 0;
    for (int n = 0; n < NET_COUNT; n++) {
        double apart = difference(reference + (size_t) n * ROOM, got + (size_t) n * ROOM,
                                  output_floats(models[n]));
        if (apart < TOLERANCE)
            continue;
        print_error("oneDNN %s, '%s' %d: apart by %g\n", isa, builders[n / SEEDS].name, n % SEEDS,
                    apart);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void loops_run_all(void **state)
{
    (void) state;
    reference = outputs_of_batch("portable", "", 1);
    for (int n = 0; n < NET_COUNT; n++)
        for (size_t i = 0; i < output_floats(models[n]); i++)
            assert_true(isfinite(reference[(size_t) n * ROOM + i]));
}

static void onednn_agrees(void **state)
{
    (void) state;
    compare("", 1);
}

static void onednn_on_two_threads_agrees(void **state)
{
    (void) state;
    compare("", 2);
}

static void onednn_sse41_agrees(void **state)
{
    (void) state;
    if (why_no_caps())
        SKIP(why_no_caps());
    compare("sse41", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_run_all),
        cmocka_unit_test(onednn_agrees),
        cmocka_unit_test(onednn_on_two_threads_agrees),
        cmocka_unit_test(onednn_sse41_agrees),
    };
    return cmocka_run_group_tests(tests, build_all, free_all);
}
