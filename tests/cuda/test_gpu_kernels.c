/*
 * Every kernel of Caffe's networks on a GPU against the portable loops: whole, group by group, and
 * with groups handed over between a GPU and a processor. The networks of
 * tests/driver/test_kernels.c.
 */
#define _GNU_SOURCE
int kernels_main(void); /* that test's own, which is not called */
#define main kernels_main
#include "../driver/test_kernels.c"
#undef main

#include "on_gpu.h"

static void gpu_agrees(void **state)
{
    (void) state;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    check_batch(make_batch("cuda", ""));
}

static void gpu_and_loops_hand_over(void **state)
{
    (void) state;
    if (why_no_gpu())
        SKIP(why_no_gpu());
    hand_over("portable", "", "cuda", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_agrees_with_itself),
        cmocka_unit_test(gpu_agrees),
        cmocka_unit_test(gpu_and_loops_hand_over),
    };
    return cmocka_run_group_tests(tests, read_nets, free_nets);
}
