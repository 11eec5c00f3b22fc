/*
 * Networks made for the CUDA driver's own kernels, in every precision and as one group, against the
 * portable loops: depthwise windows in each shape that has a kernel, means of large and small
 * planes, vectors, concatenations in place.
 */
#define _GNU_SOURCE
#include "on_gpu.h"

#include "../driver/nets.h"

#define DEPTHWISE(c, kernel, stride, pad)                                             \
    CONV("dw", "data",                                                                \
         "num_output: " #c " kernel_size: " #kernel " pad: " #pad " stride: " #stride \
         " group: " #c)                                                               \
    RELU("r", "dw")

static const net own[] = {
    { "depthwise 3, small", INPUT(64, 14, 13) DEPTHWISE(64, 3, 1, 1) },
    { "depthwise 3, large", INPUT(128, 113, 112) DEPTHWISE(128, 3, 1, 1) },
    { "depthwise 3 by 2", INPUT(64, 15, 14) DEPTHWISE(64, 3, 2, 1) },
    { "depthwise 3 by 2, large", INPUT(256, 113, 113) DEPTHWISE(256, 3, 2, 1) },
    { "depthwise 5", INPUT(32, 14, 9) DEPTHWISE(32, 5, 1, 2) },
    { "depthwise 5, large", INPUT(128, 111, 110) DEPTHWISE(128, 5, 1, 2) },
    { "depthwise 5 by 2", INPUT(32, 14, 14) DEPTHWISE(32, 5, 2, 2) },
    { "depthwise 5 by 2, large", INPUT(256, 112, 113) DEPTHWISE(256, 5, 2, 2) },
    { "depthwise 7", INPUT(32, 14, 14) DEPTHWISE(32, 7, 1, 3) },
    { "depthwise 7, large", INPUT(128, 112, 112) DEPTHWISE(128, 7, 1, 3) },
    { "depthwise that adds", INPUT(64, 12, 12) CONV("a", "data", "num_output: 64 kernel_size: 1")
                                 CONV("b", "a", "num_output: 64 kernel_size: 3 pad: 1 group: 64")
                                     LAYER2("Eltwise", "s", "b", "data", "") RELU("r", "s") },
    { "mean of large planes",
      INPUT(40, 65, 64) CONV("a", "data", "num_output: 40 kernel_size: 1")
          POOL("p", "a", "pool: AVE global_pooling: true") FC("f", "p", 16) },
    { "mean, and vectors",
      INPUT(64, 7, 7) CONV("a", "data", "num_output: 96 kernel_size: 1")
          POOL("p", "a", "pool: AVE global_pooling: true")
              CONV("b", "p", "num_output: 24 kernel_size: 1") RELU("r", "b")
                  CONV("c", "b", "num_output: 96 kernel_size: 1") LAYER("Sigmoid", "s", "c", "") },
    { "vectors of odd lengths",
      INPUT(32, 7, 7) CONV("a", "data", "num_output: 72 kernel_size: 1") POOL(
          "p", "a", "pool: AVE global_pooling: true") CONV("b", "p", "num_output: 6 kernel_size: 1")
          RELU("r", "b") CONV("c", "b", "num_output: 29 kernel_size: 1")
              LAYER("Sigmoid", "s", "c", "") FC("f", "s", 10) },
    { "joined branches", INPUT(32, 14, 14) CONV("a", "data", "num_output: 16 kernel_size: 1")
                             CONV("b", "data", "num_output: 24 kernel_size: 3 pad: 1")
                                 POOL("c", "data", "pool: MAX kernel_size: 3 stride: 1 pad: 1")
                                     LAYER3("Concat", "j", "a", "b", "c", "") RELU("r", "j")
                                         CONV("d", "j", "num_output: 32 kernel_size: 1") },
    { "joined odd branches",
      INPUT(9, 14, 14) CONV("a", "data", "num_output: 5 kernel_size: 1")
          CONV("b", "data", "num_output: 7 kernel_size: 3 pad: 1")
              LAYER2("Concat", "j", "a", "b", "") CONV("d", "j", "num_output: 8 kernel_size: 3") },
    { "joined twice",
      INPUT(16, 10, 10) CONV("a", "data", "num_output: 16 kernel_size: 3 pad: 1")
          LAYER2("Concat", "j", "data", "a", "") CONV("b", "j", "num_output: 16 kernel_size: 1")
              LAYER3("Concat", "k", "data", "a", "b", "") CONV(
                  "c", "k", "num_output: 8 kernel_size: 1") LAYER2("Concat", "l", "c", "a", "") },
    { "one tap that adds", INPUT(64, 14, 14) CONV("a", "data", "num_output: 256 kernel_size: 1")
                               CONV("b", "a", "num_output: 64 kernel_size: 1") RELU("r", "b")
                                   CONV("c", "b", "num_output: 256 kernel_size: 1")
                                       LAYER2("Eltwise", "s", "c", "a", "") RELU("t", "s") },
    { "normalised across and within",
      INPUT(32, 9, 9) CONV("a", "data", "num_output: 32 kernel_size: 1")
          LAYER("LRN", "n", "a", "lrn_param { local_size: 5 alpha: 0.1 beta: 0.75 }")
              CONV("b", "a", "num_output: 32 kernel_size: 1") LAYER2("Concat", "j", "n", "b", "") },
};

enum { OWN_COUNT = sizeof own / sizeof *own, OWN_ROOM = 1 << 21 };

typedef struct own_batch {
    const char *driver, *precision;
    int at;
    float *outputs; /* [net][OWN_ROOM] */
} own_batch;

static hax_model *parse(int n)
{
    hax_model *model = NULL;
    MUST(
        hax_model_parse_prototxt(own[n].text, strlen(own[n].text), own[n].name, NULL, &model, err));
    HOLDS(output_floats(model) <= OWN_ROOM);
    return model;
}

static void run_own(hax_device *device, int n, float *outputs)
{
    const hax_driver *driver = hax_device_driver(device);
    hax_unit unit = { .name = "whole", .threads = 1 };
    hax_model *model = parse(n);
    const hax_grouping *grouping = NULL;
    hax_program *program;
    hax_task *task;
    MUST(hax_grouping_make(model, "1", &grouping, err));
    MUST(driver->enter(device, &unit, err));
    MUST(driver->build(device, &unit, model, grouping, NULL, NULL, &program, err));
    void **slots = make_slots(driver, program, model, grouping);
    MUST(driver->bind(program, slots, &task, err));
    put_inputs(driver, task, model, 7);
    MUST(driver->run(task, 0, err));
    get_outputs(driver, task, model, outputs);
    driver->unbind(task);
    driver->discard(program);
    free_slots(slots, model);
    hax_grouping_destroy(grouping);
    hax_model_destroy(model);
}

static void run_own_batch(void *context)
{
    own_batch *with = context;
    hax_device *device = NULL;
    hax_kind kind = {
        .name = "kind", .driver = with->driver, .isa = "", .precision = with->precision
    };
    MUST(hax_driver_find(with->driver)->open(&kind, &device, err));
    for (int n = 0; n < OWN_COUNT; n++) {
        with->at = n;
        run_own(device, n, with->outputs + (size_t) n * OWN_ROOM);
    }
    hax_device_driver(device)->close(device);
}

static const float *outputs_of(const char *driver, const char *precision)
{
    own_batch *result = shared_alloc(sizeof *result);
    *result = (own_batch){ driver, precision, 0,
                           shared_alloc((size_t) OWN_COUNT * OWN_ROOM * sizeof(float)) };
    int end = end_of_child(start_child(run_own_batch, result));
    if (end != 0)
        fail_msg("%s %s: ended with %#x in '%s'", driver, precision, (unsigned) end,
                 own[result->at].name);
    return result->outputs;
}

static const float *portable;

static int run_portable(void **state)
{
    (void) state;
    portable = outputs_of("portable", "f32");
    return 0;
}

/* The networks can be read, and what is compared is something. */
static void loops_compute_all(void **state)
{
    (void) state;
    for (int n = 0; n < OWN_COUNT; n++) {
        hax_model *model = parse(n);
        size_t count = output_floats(model);
        hax_model_destroy(model);
        assert_true(difference(portable + (size_t) n * OWN_ROOM, portable + (size_t) n * OWN_ROOM,
                               count) == 0);
    }
}

static void compare_own(const char *precision, double tolerance)
{
    if (why_no_gpu())
        SKIP(why_no_gpu());
    const float *got = outputs_of("cuda", precision);
    int wrong = 0;
    for (int n = 0; n < OWN_COUNT; n++) {
        hax_model *model = parse(n);
        size_t count = output_floats(model);
        hax_model_destroy(model);
        double apart =
            difference(portable + (size_t) n * OWN_ROOM, got + (size_t) n * OWN_ROOM, count);
        if (apart < tolerance)
            continue;
        print_error("GPU %s, '%s': apart by %g\n", precision, own[n].name, apart);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void gpu_agrees(void **state)
{
    (void) state;
    compare_own("f32", 1e-5);
}

static void gpu_agrees_in_tf32(void **state)
{
    (void) state;
    compare_own("tf32", 5e-3);
}

static void gpu_agrees_in_f16(void **state)
{
    (void) state;
    compare_own("f16", 5e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_compute_all),
        cmocka_unit_test(gpu_agrees),
        cmocka_unit_test(gpu_agrees_in_tf32),
        cmocka_unit_test(gpu_agrees_in_f16),
    };
    return cmocka_run_group_tests(tests, run_portable, NULL);
}
