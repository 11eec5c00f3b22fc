/*
 * Whole networks on a GPU, in every precision, against the processor. Strict f32 is as exact as
 * another order of sums allows.
 */
#define _GNU_SOURCE
int whole_networks_main(void); /* that test's own, which is not called */
#define main whole_networks_main
#include "../driver/test_whole_networks.c"
#undef main

#include "on_gpu.h"

/* The last, DenseNet, has a hundred different convolutions: plans on tensor cores take minutes. */
static int count_of(const char *precision)
{
    return strcmp(precision, "f32") == 0 ? NAME_COUNT : NAME_COUNT - 1;
}

static void run_gpu_side(void *context)
{
    side *with = context;
    hax_device *device = open_gpu(with->isa);
    for (int n = 0; n < count_of(with->isa); n++) {
        with->at = n;
        run_network(device, names[n], 1, with->outputs[n]);
    }
    hax_device_driver(device)->close(device);
}

static side *make_gpu_side(const char *precision)
{
    side *result = shared_alloc(sizeof *result);
    result->isa = precision;
    int end = end_of_child(start_child(run_gpu_side, result));
    if (end != 0)
        fail_msg("%s: ended with %#x in %s", precision, (unsigned) end, names[result->at]);
    return result;
}

static int largest(const float *values)
{
    int at = 0;
    for (int i = 1; i < OUTPUT_ROOM; i++)
        at = values[i] > values[at] ? i : at;
    return at;
}

static void compare_gpu(const char *precision, double tolerance)
{
    if (why_no_gpu())
        SKIP(why_no_gpu());
    if (!onednn_is_here())
        SKIP("oneDNN is not here");
    const side *processor = make_side("", 2), *gpu = make_gpu_side(precision);
    int wrong = 0;
    for (int n = 0; n < count_of(precision); n++) {
        double apart = difference(processor->outputs[n], gpu->outputs[n], OUTPUT_ROOM);
        print_message("%s, %s: apart by %.3g of the largest\n", precision, names[n], apart);
        bool same = largest(processor->outputs[n]) == largest(gpu->outputs[n]);
        if (apart < tolerance && same)
            continue;
        print_error("%s, %s: apart by %g, %s\n", precision, names[n], apart,
                    same ? "same class" : "another class");
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
    compare_gpu("tf32", 5e-3);
}

static void gpu_agrees_in_f16(void **state)
{
    (void) state;
    compare_gpu("f16", 5e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpu_agrees),
        cmocka_unit_test(gpu_agrees_in_tf32),
        cmocka_unit_test(gpu_agrees_in_f16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
