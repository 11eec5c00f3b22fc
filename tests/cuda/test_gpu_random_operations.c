/*
 * ONNX's operations on random shapes on a GPU, in every precision, against the portable loops:
 * the networks of tests/driver/test_random_operations.c.
 */
#define _GNU_SOURCE
int random_operations_main(void); /* that test's own, which is not called */
#define main random_operations_main
#include "../driver/test_random_operations.c"
#undef main

#include "on_gpu.h"

typedef struct gpu_batch {
    const char *precision;
    int at;
    float *outputs;
} gpu_batch;

static void run_gpu_batch(void *context)
{
    gpu_batch *with = context;
    hax_device *device = open_gpu(with->precision);
    for (int n = 0; n < NET_COUNT; n++) {
        with->at = n;
        run_net(device, n, 1, with->outputs + (size_t) n * ROOM);
    }
    hax_device_driver(device)->close(device);
}

/* Sums of rounded products are off by a few roundings of the largest. */
static void compare_gpu(const char *precision, double tolerance)
{
    if (why_no_gpu())
        SKIP(why_no_gpu());
    gpu_batch *result = shared_alloc(sizeof *result);
    *result = (gpu_batch){ precision, 0, shared_alloc((size_t) NET_COUNT * ROOM * sizeof(float)) };
    int end = end_of_child(start_child(run_gpu_batch, result));
    if (end != 0)
        fail_msg("%s: ended with %#x in '%s' %d", precision, (unsigned) end,
                 builders[result->at / SEEDS].name, result->at % SEEDS);
    int wrong = 0;
    for (int n = 0; n < NET_COUNT; n++) {
        double apart = difference(reference + (size_t) n * ROOM,
                                  result->outputs + (size_t) n * ROOM, output_floats(models[n]));
        if (apart < tolerance)
            continue;
        print_error("GPU %s, '%s' %d: apart by %g\n", precision, builders[n / SEEDS].name,
                    n % SEEDS, apart);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void gpu_agrees(void **state)
{
    (void) state;
    compare_gpu("f32", 1e-5);
}

static void gpu_agrees_in_tf32(void **state)
{
    (void) state;
    compare_gpu("tf32", 1e-2);
}

static void gpu_agrees_in_f16(void **state)
{
    (void) state;
    compare_gpu("f16", 1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_run_all),
        cmocka_unit_test(gpu_agrees),
        cmocka_unit_test(gpu_agrees_in_tf32),
        cmocka_unit_test(gpu_agrees_in_f16),
    };
    return cmocka_run_group_tests(tests, build_all, free_all);
}
