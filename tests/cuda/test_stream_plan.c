/* Which steps of a group run at once on a GPU: nothing needs one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "stream_plan.h"

enum { STEPS_MAX = 150 };

typedef struct conflicts {
    bool has[STEPS_MAX][STEPS_MAX];
} conflicts;

static bool has_conflict(const void *context, int a, int b)
{
    assert_true(a < b);
    return ((const conflicts *) context)->has[a][b];
}

static hax_cuda_stream_plan make(int count, const conflicts *conflicts)
{
    hax_cuda_stream_plan plan;
    hax_error err = { 0 };
    assert_int_equal(hax_cuda_stream_plan_make(count, has_conflict, conflicts, &plan, &err),
                     HAX_OK);
    return plan;
}

static void a_chain_stays_in_one_stream(void **state)
{
    (void) state;
    conflicts chain = { { { false } } };
    for (int s = 0; s + 1 < 10; s++)
        chain.has[s][s + 1] = true;
    hax_cuda_stream_plan plan = make(10, &chain);
    assert_int_equal(plan.wait_count, 0);
    assert_int_equal(plan.streams, 1);
    for (int s = 0; s < 10; s++)
        assert_int_equal(plan.stream[s], 0);
    hax_cuda_stream_plan_free(&plan);
}

/* An inception module that is a group by itself: what joins it is no step. */
static void branches_need_not_meet(void **state)
{
    (void) state;
    conflicts module = { { { false } } }; /* 0; 1 and 2; 3 and 4 */
    module.has[1][2] = module.has[3][4] = true;
    hax_cuda_stream_plan plan = make(5, &module);
    assert_int_equal(plan.wait_count, 0);
    assert_int_equal(plan.streams, 3);
    assert_int_equal(plan.stream[1], plan.stream[2]);
    assert_int_not_equal(plan.stream[0], plan.stream[1]);
    assert_int_not_equal(plan.stream[1], plan.stream[3]);
    hax_cuda_stream_plan_free(&plan);
}

static void branches_part_and_meet(void **state)
{
    (void) state;
    conflicts diamond = { { { false } } }; /* 0 before 1 and 2, both before 3 */
    diamond.has[0][1] = diamond.has[0][2] = diamond.has[1][3] = diamond.has[2][3] = true;
    diamond.has[0][3] = true; /* follows from the others */
    hax_cuda_stream_plan plan = make(4, &diamond);
    assert_int_not_equal(plan.stream[1], plan.stream[2]);
    assert_int_equal(plan.wait_count, 2);
    assert_int_equal(plan.waits[0].step, 2);
    assert_int_equal(plan.waits[0].awaited, 0);
    assert_int_equal(plan.waits[1].step, 3);
    assert_true(plan.awaited[0] && !plan.awaited[3]);
    hax_cuda_stream_plan_free(&plan);
}

/* Walks back from `step`: by its stream, and by what it waits for. */
static void reach(const hax_cuda_stream_plan *plan, int step, bool *reached)
{
    for (int s = step - 1; s >= 0; s--)
        if (plan->stream[s] == plan->stream[step]) {
            if (!reached[s]) {
                reached[s] = true;
                reach(plan, s, reached);
            }
            break;
        }
    for (int w = 0; w < plan->wait_count; w++)
        if (plan->waits[w].step == step && !reached[plan->waits[w].awaited]) {
            assert_true(plan->awaited[plan->waits[w].awaited]);
            reached[plan->waits[w].awaited] = true;
            reach(plan, plan->waits[w].awaited, reached);
        }
}

static void whatever_conflicts_keeps_its_order(void **state)
{
    (void) state;
    hax_random random = { 5 };
    for (int round = 0; round < 200; round++) {
        static conflicts drawn;
        int count = 1 + (int) hax_random_below(&random, STEPS_MAX), apart = 0;
        uint64_t one_in = 1 + hax_random_below(&random, 40);
        for (int a = 0; a < count; a++)
            for (int b = a + 1; b < count; b++)
                drawn.has[a][b] = hax_random_below(&random, one_in) == 0;
        hax_cuda_stream_plan plan = make(count, &drawn);
        for (int b = 0; b < count; b++) {
            bool reached[STEPS_MAX] = { false };
            reach(&plan, b, reached);
            assert_true(plan.stream[b] >= 0 && plan.stream[b] < HAX_CUDA_STREAMS);
            for (int a = 0; a < b; a++)
                assert_true(reached[a] || !drawn.has[a][b]);
            apart += plan.stream[b] > 0;
        }
        for (int w = 1; w < plan.wait_count; w++)
            assert_true(plan.waits[w].step >= plan.waits[w - 1].step);
        assert_true(one_in < 40 || count < 20 || apart > 0);
        hax_cuda_stream_plan_free(&plan);
    }
}

static hax_cuda_place part(int channels, int of, int height, int width)
{
    const hax_shape shape = { 4, { 1, of, height, width } };
    hax_cuda_place place = hax_cuda_place_make(&shape, true);
    place.dims[1] = (unsigned) channels;
    return place;
}

static void parts_of_channels_are_apart(void **state)
{
    (void) state;
    hax_cuda_place whole = part(40, 40, 5, 6), a = part(16, 40, 5, 6), b = part(24, 40, 5, 6);
    assert_true(hax_cuda_places_are_apart(&a, 0, &b, 16));
    assert_true(hax_cuda_places_are_apart(&b, 16, &a, 0));
    assert_false(hax_cuda_places_are_apart(&a, 0, &b, 8));
    assert_false(hax_cuda_places_are_apart(&whole, 0, &b, 16));
    assert_false(hax_cuda_places_are_apart(&a, 30, &b, 0)); /* across the end of a pixel */
    const hax_shape list = { 1, { 10 } };
    hax_cuda_place ten = hax_cuda_place_make(&list, false);
    assert_true(hax_cuda_places_are_apart(&ten, 0, &ten, 10));
    assert_false(hax_cuda_places_are_apart(&ten, 0, &ten, 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_stays_in_one_stream),
        cmocka_unit_test(branches_need_not_meet),
        cmocka_unit_test(branches_part_and_meet),
        cmocka_unit_test(whatever_conflicts_keeps_its_order),
        cmocka_unit_test(parts_of_channels_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
